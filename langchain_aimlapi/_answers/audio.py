"""Spoken answers, streamed in pieces of base64 that need not end at a byte."""

from __future__ import annotations

import base64
import binascii
from typing import TYPE_CHECKING, Any

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
        self._emitted: set[str] = set()
        self._started = False

    def add(self, audio: Mapping[str, Any]) -> list[Block]:
        """Add an `audio` object; return the block for what is new in it, if anything."""
        block: Block = {}
        data = audio.get("data")
        if isinstance(data, str) and data:
            self._rest += data
            if whole := self._take():
                self._add_type(block, whole)
                block["base64"] = whole
        if isinstance(audio.get("id"), str):
            self._once(block, "id", audio["id"])
        extras: Block = {}
        if isinstance(audio.get("transcript"), str) and audio["transcript"]:
            extras["transcript"] = audio["transcript"]
        if isinstance(audio.get("expires_at"), int):
            self._once(extras, "expires_at", audio["expires_at"])
        if extras:
            block["extras"] = extras
        return [{"type": "audio", **block, "index": AUDIO_INDEX}] if block else []

    def close(self) -> list[Block]:
        """Return the block for what is left."""
        rest, self._rest = self._rest, ""
        if not rest:
            return []
        block: Block = {}
        self._add_type(block, rest)
        return [{"type": "audio", **block, "base64": rest, "index": AUDIO_INDEX}]

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

    def _add_type(self, block: Block, data: str) -> None:
        if not self._started:
            # What is known to be a recording needs no more than the mark of a RIFF file.
            mime = "audio/wav" if is_riff(data) else mime_type_of(data)
            if mime is not None and mime.startswith("audio/"):
                block["mime_type"] = mime
        self._started = True

    def _once(self, block: Block, name: str, value: Any) -> None:
        if name not in self._emitted:
            self._emitted.add(name)
            block[name] = value


def _rejoined(data: str) -> str:
    """Return base64 that was padded in the middle as one text; as it is, if it is none."""
    pieces = [piece for piece in data.replace("==", "=").split("=") if piece]
    try:
        raw = b"".join(base64.b64decode(piece + "=" * (-len(piece) % _GROUP)) for piece in pieces)
    except (ValueError, binascii.Error):
        return data
    return base64.b64encode(raw).decode()
