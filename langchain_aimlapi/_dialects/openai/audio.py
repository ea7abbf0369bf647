"""Spoken answers: the `audio` beside the content of a message, whole or in pieces."""

from __future__ import annotations

import base64
import binascii
from typing import TYPE_CHECKING, Any

from langchain_aimlapi._answers.coerce import string_of
from langchain_aimlapi.data.media_types import TELLING, is_riff, mime_type_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from langchain_aimlapi._answers.delta import Block

_GROUP = 4
"""Characters of base64 that stand for three bytes; pieces may be joined at such borders only."""


class Audio:
    """One spoken answer, put together of pieces of base64 that need not end at a byte."""

    def __init__(self) -> None:
        self._rest = ""
        self._started = False

    def read(self, audio: Mapping[str, Any]) -> list[Block]:
        """Read an `audio` object; return the piece of the block that it brings, if any."""
        self._rest += string_of(audio.get("data")) or ""
        fields = self._recording(self._take())
        if id_ := string_of(audio.get("id")):
            fields["id"] = id_
        expires_at = audio.get("expires_at")
        found = {
            "transcript": string_of(audio.get("transcript")),
            "expires_at": expires_at if isinstance(expires_at, int) else None,
        }
        if extras := {name: value for name, value in found.items() if value}:
            fields["extras"] = extras
        return _block(fields)

    def close(self) -> list[Block]:
        """Return the piece for what is left."""
        rest, self._rest = self._rest, ""
        return _block(self._recording(rest))

    def _take(self) -> str:
        """Return what of the data can be joined with more: whole triples of bytes."""
        if not self._started and len(self._rest) < TELLING:
            return ""
        if "=" in self._rest:
            self._rest = _rejoined(self._rest)
        end = len(self._rest) // _GROUP * _GROUP
        if self._rest.endswith("="):
            end -= _GROUP
        whole, self._rest = self._rest[:end], self._rest[end:]
        return whole

    def _recording(self, data: str) -> Block:
        """Return a piece of the recording; the first says what it is, if the data shows it."""
        if not data:
            return {}
        is_first, self._started = not self._started, True
        # What is known to be a recording needs no more than the mark of a RIFF file.
        mime = ("audio/wav" if is_riff(data) else mime_type_of(data)) if is_first else None
        if mime is None or not mime.startswith("audio/"):
            return {"base64": data}
        return {"mime_type": mime, "base64": data}


def _block(fields: Block) -> list[Block]:
    return [{"type": "audio", "key": "audio", **fields}] if fields else []


def _rejoined(data: str) -> str:
    """Return base64 that was padded in the middle as one text; as it is, if it is none."""
    pieces = [piece for piece in data.replace("==", "=").split("=") if piece]
    try:
        raw = b"".join(base64.b64decode(piece + "=" * (-len(piece) % _GROUP)) for piece in pieces)
    except (ValueError, binascii.Error):
        return data
    return base64.b64encode(raw).decode()
