"""Parts of an answer that come in pieces, in a form that LangChain's merge puts together.

LangChain merges entries of a list by their `index`, if it is an integer or starts with "lc_":
strings are concatenated, so what is not to be concatenated may be said once only.
"""

from __future__ import annotations

import base64
import binascii
from typing import TYPE_CHECKING, Any

from langchain_aimlapi._answers.delta import Block, text_of_detail

if TYPE_CHECKING:
    from collections.abc import Mapping

AUDIO_INDEX = "lc_aud_0"
_GROUP = 4
"""Characters of base64 that stand for three bytes; pieces may be joined at such borders only."""
_TELLING = 8
"""Characters of base64 that tell the format of what they start."""
_AUDIO_MAGIC = {
    "UklGR": "audio/wav",
    "SUQz": "audio/mpeg",
    "//": "audio/mpeg",
    "T2dnUw": "audio/ogg",
    "ZkxhQ": "audio/flac",
}
_JOINED = ("text", "summary")


class _Entry:
    """What of an entry was said already, apart from its text."""

    __slots__ = ("closed", "number", "said")

    def __init__(self, number: int) -> None:
        self.number = number
        self.said: dict[str, Any] = {}
        self.closed = False  # by a signature

    def goes_on_with(self, detail: Block) -> bool:
        for name in ("id", "data"):
            if detail.get(name) and self.said.get(name, detail[name]) != detail[name]:
                return False
        return not (self.closed and text_of_detail(detail))

    def take(self, detail: Block) -> Block:
        """Return what is new in a detail."""
        new: Block = {}
        for name, value in detail.items():
            if name == "index" or value is None or value == "":
                continue
            if name == "id" and not isinstance(value, str):
                continue  # LangChain compares ids
            if name in _JOINED:
                if isinstance(value, str):
                    new[name] = value
            elif name not in self.said:
                self.said[name] = new[name] = value
        self.closed = "signature" in self.said
        return new


class Details:
    """`reasoning_details`, put together.

    Indices are ours, one per entry: upstreams use the same one for a text and its encrypted form.
    """

    def __init__(self) -> None:
        """Start without entries."""
        self._count = 0
        self._latest: dict[tuple[str, Any], _Entry] = {}

    def add(self, details: list[Block]) -> list[Block]:
        """Add details; return what is new in them, one piece per entry."""
        pieces: dict[int, Block] = {}
        for detail in details:
            entry = self._entry_of(detail)
            if new := entry.take(detail):
                piece = pieces.setdefault(entry.number, {"index": entry.number})
                for name, value in new.items():
                    piece[name] = piece.get(name, "") + value if name in _JOINED else value
        return list(pieces.values())

    def _entry_of(self, detail: Block) -> _Entry:
        kind, index = str(detail.get("type")), detail.get("index")
        key = (kind, index if isinstance(index, (int, str)) else None)
        entry = self._latest.get(key)
        if entry is None or not entry.goes_on_with(detail):
            entry = _Entry(self._count)
            self._count += 1
        self._latest[key] = self._latest[kind, None] = entry
        return entry


class Audio:
    """Spoken answers, streamed in pieces of base64 that need not end at a byte."""

    def __init__(self) -> None:
        """Start silent."""
        self._rest = ""
        self._told: set[str] = set()
        self._started = False

    def add(self, audio: Mapping[str, Any]) -> list[Block]:
        """Add an `audio` object; return the block for what is new in it, if anything."""
        block: Block = {}
        data = audio.get("data")
        if isinstance(data, str) and data:
            self._rest += data
            if whole := self._take():
                self._say_type(block, whole)
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
        self._say_type(block, rest)
        return [{"type": "audio", **block, "base64": rest, "index": AUDIO_INDEX}]

    def _take(self) -> str:
        """Return what of the data can be joined with more: whole triples of bytes."""
        if not self._started and len(self._rest) < _TELLING:
            return ""
        if "=" in self._rest:
            self._rest = _rejoined(self._rest)
        end = len(self._rest) // _GROUP * _GROUP
        if self._rest.endswith("="):
            end -= _GROUP
        whole, self._rest = self._rest[:end], self._rest[end:]
        return whole

    def _say_type(self, block: Block, data: str) -> None:
        for start, mime in _AUDIO_MAGIC.items():
            if data.startswith(start) and not self._started:
                block["mime_type"] = mime
        self._started = True

    def _once(self, block: Block, name: str, value: Any) -> None:
        if name not in self._told:
            self._told.add(name)
            block[name] = value


def _rejoined(data: str) -> str:
    """Return base64 that was padded in the middle as one text; as it is, if it is none."""
    pieces = [piece for piece in data.replace("==", "=").split("=") if piece]
    try:
        raw = b"".join(base64.b64decode(piece + "=" * (-len(piece) % _GROUP)) for piece in pieces)
    except (ValueError, binascii.Error):
        return data
    return base64.b64encode(raw).decode()
