"""The ids of calls as Claude takes them: unlike each other, of few characters."""

from __future__ import annotations

import re
from functools import lru_cache

_REFUSED_IN_ID = re.compile(r"[^a-zA-Z0-9_-]")


@lru_cache(maxsize=4096)
def _without_refused(name: str) -> str:
    return _REFUSED_IN_ID.sub("_", name) or "call"


class CallIds:
    """Ids of calls on the wire."""

    def __init__(self) -> None:
        """Start without calls."""
        self._calls: dict[str, list[str]] = {}
        """By the id of the conversation: the ids of the latest turn that calls."""
        self._taken: set[str] = set()

    def forget_call(self, name: str) -> None:
        """Forget what an id of an earlier turn, used again, was written as."""
        self._calls.pop(name, None)

    def id_of_call(self, name: str) -> str:
        """Return an id that no other call has and that the schema takes: `^[a-zA-Z0-9_-]+$`.

        Some models count their calls from the start in each turn, so an id may come again.
        """
        stem = written = _without_refused(name)
        n = 1
        while written in self._taken:
            n += 1
            written = f"{stem}_{n}"
        self._taken.add(written)
        self._calls.setdefault(name, []).append(written)
        return written

    def id_of_result(self, name: str) -> str:
        """Return the id as which the latest call named `name` was written."""
        ids = self._calls.get(name)
        if not ids:
            return self.id_of_call(name)  # no message makes that call
        return ids.pop(0) if len(ids) > 1 else ids[0]
