"""Spoken answers, streamed in pieces of base64 that need not end at a byte."""

from __future__ import annotations

import base64
import binascii
from typing import TYPE_CHECKING, Any

from langchain_aimlapi._answers.coerce import string_of
from langchain_aimlapi.data.media_types import TELLING, is_riff, mime_type_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from langchain_aimlapi._answers.delta import Block

AUDIO_INDEX = "lc_aud_0"
_GROUP = 4
"""Characters of base64 that stand for three bytes; pieces may be joined at such borders only."""


class AudioAssembler:
    """One spoken answer, put together."""

    def __init__(self) -> None:
        self._rest = ""
        self._sent: set[str] = set()  # what is sent once
        self._started = False

    def add(self, audio: Mapping[str, Any]) -> list[Block]:
        """Add an `audio` object; return the block for what is new in it, if anything."""
        block: Block = {}
        extras: Block = {}
        self._rest += string_of(audio.get("data")) or ""
        if whole := self._take():
            block = self._recording(whole)
        if transcript := string_of(audio.get("transcript")):
            extras["transcript"] = transcript
        for fields, name, kind in ((block, "id", str), (extras, "expires_at", int)):
            value = audio.get(name)
            if isinstance(value, kind) and name not in self._sent:
                self._sent.add(name)
                fields[name] = value
        if extras:
            block["extras"] = extras
        return [{"type": "audio", **block, "index": AUDIO_INDEX}] if block else []

    def close(self) -> list[Block]:
        """Return the block for what is left."""
        rest, self._rest = self._rest, ""
        return [{"type": "audio", **self._recording(rest), "index": AUDIO_INDEX}] if rest else []

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
        is_first, self._started = not self._started, True
        # What is known to be a recording needs no more than the mark of a RIFF file.
        mime = ("audio/wav" if is_riff(data) else mime_type_of(data)) if is_first else None
        if mime is None or not mime.startswith("audio/"):
            return {"base64": data}
        return {"mime_type": mime, "base64": data}


def _rejoined(data: str) -> str:
    """Return base64 that was padded in the middle as one text; as it is, if it is none."""
    pieces = [piece for piece in data.replace("==", "=").split("=") if piece]
    try:
        raw = b"".join(base64.b64decode(piece + "=" * (-len(piece) % _GROUP)) for piece in pieces)
    except (ValueError, binascii.Error):
        return data
    return base64.b64encode(raw).decode()
