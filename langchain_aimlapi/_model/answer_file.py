"""Answers with their `ETag` in a file of the user's choice, for the next process."""

from __future__ import annotations

import json
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING

from langchain_aimlapi._model.access import ETagCache
from langchain_aimlapi.errors import ConfigurationError

if TYPE_CHECKING:
    from langchain_aimlapi._http.redaction import Secret


File = str | PathLike[str] | None
"""A path; None for no file."""


class AnswerFile(ETagCache[bytes]):
    """Bodies as they came, by URL: for answers that are the same for every key.

    Args:
        path: The file; None keeps the answers in memory.

    Raises:
        ConfigurationError: The file holds something else, or cannot be read, or has no folder.
    """

    def __init__(self, path: File) -> None:
        super().__init__()
        self.path = None if path is None else Path(path)
        self._bodies: dict[str, tuple[str, bytes]] = {}
        if self.path is not None and not self.path.parent.is_dir():
            raise ConfigurationError(f"There is no folder {self.path.parent} for the cache.")
        if self.path is not None and self.path.exists():
            try:
                sent = json.loads(self.path.read_text(encoding="utf-8"))
                self._bodies = {url: (str(tag), body.encode()) for url, (tag, body) in sent.items()}
            except (OSError, ValueError, TypeError, AttributeError) as error:
                raise ConfigurationError(
                    f"{self.path} cannot be read as the cache of a refresh: {error}. "
                    "Choose another file, or delete it."
                ) from None

    def get(self, at: tuple[str, Secret | None]) -> tuple[str, bytes] | None:
        """Return the tag and the body of an URL, if they are known."""
        return self._bodies.get(at[0])

    def put(self, at: tuple[str, Secret | None], etag: str, value: bytes) -> None:
        """Keep an answer."""
        self._bodies[at[0]] = (etag, value)

    def in_file(self, url: str) -> bytes | None:
        """Return the body that the file has of an URL; None if it has none, or there is no file."""
        known = self._bodies.get(url)
        return None if known is None or self.path is None else known[1]

    def write(self) -> None:
        """Write the file, as a whole or not at all."""
        if self.path is not None:
            written = {url: (tag, body.decode()) for url, (tag, body) in self._bodies.items()}
            beside = self.path.with_name(f"{self.path.name}.new")
            beside.write_text(json.dumps(written), encoding="utf-8")
            beside.replace(self.path)
