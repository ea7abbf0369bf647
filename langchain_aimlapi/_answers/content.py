"""The content of one answer: a plain text as long as it is nothing else, then a list of blocks.

What is returned here is safe to be merged by LangChain: blocks have an `index` ("lc_...", one per
block) by which it finds those that belong together, the strings in them are to be concatenated,
and everything else is sent once.
"""

from __future__ import annotations

import base64
import binascii
import json
from typing import TYPE_CHECKING, Any, Final

from langchain_aimlapi._answers.coerce import string_of
from langchain_aimlapi.data.media_types import TELLING, is_riff, mime_type_of

if TYPE_CHECKING:
    from collections.abc import Container, Hashable, Iterable, Mapping

    from langchain_aimlapi._answers.calls import Call, CallAssembler
    from langchain_aimlapi._answers.delta import Block

BLOCK_INDEX = "lc_block"
TEXT_INDEX = "lc_txt_0"
"""Of the plain text, where it is a block at all."""

GROWING: Final = frozenset({"text", "reasoning", "refusal"})
"""Types of blocks that come in pieces; the field that grows has the same name."""
_NOTHING_IF_EMPTY = frozenset({"text", "reasoning"})
_OF_A_PIECE = frozenset({"type", "key", "index", "annotations"})
_ONLY_TEXT = frozenset({"type", "key", "text", "annotations"})


def once_each(annotations: Iterable[Block]) -> dict[str, Block]:
    """Return annotations by what they say: each counts once, however often it is sent."""
    return {json.dumps(each, sort_keys=True, default=str): each for each in annotations}


def new_fields(
    emitted: dict[str, Any], piece: Block, growing: Container[str], skipped: Container[str] = ()
) -> Block:
    """Return what is new in a piece, so that LangChain may merge it with those before.

    Args:
        emitted: What earlier pieces brought; brought up to date here.
        piece: The fields of the piece.
        growing: Names of texts that come in pieces; everything else counts once.
        skipped: Names of what is no field of the block.
    """
    new: Block = {}
    for name, value in piece.items():
        if value is None or name in skipped:
            continue
        known = emitted.get(name)
        if name in growing:
            if value:
                new[name] = value
        elif isinstance(value, dict) and isinstance(known, dict):
            if more := {key: inner for key, inner in value.items() if key not in known}:
                new[name] = more
                emitted[name] = {**known, **more}
        elif known is None:
            emitted[name] = new[name] = value
    return new


class _BlockState:
    """What earlier chunks hold of a block."""

    __slots__ = ("annotations", "emitted", "index", "type")

    def __init__(self, kind: str) -> None:
        self.type = kind
        self.index = ""  # until it has its place
        self.emitted: dict[str, Any] = {}
        self.annotations: dict[str, Block] = {}

    def block(self, new: Block) -> Block:
        """Return a piece as it stands in a chunk."""
        grown = {self.type: ""} if self.type in GROWING else {}
        return {"type": self.type, **grown, **new, "index": self.index}


class Content:
    """Puts the content of one answer together.

    Args:
        calls: The calls of the answer, whose places the content marks.

    Attributes:
        is_list: Whether the content has become a list of blocks.
        annotations: Those of the plain text.
        has_plain: Whether there is a plain text.
    """

    def __init__(self, calls: CallAssembler) -> None:
        self.is_list = False
        self.annotations: dict[str, Block] = {}
        self._calls = calls
        self._plain: Hashable = None  # the key of the block that is the plain text
        self.has_plain = False
        self._states: dict[tuple[str, Hashable], _BlockState] = {}
        self._order: list[_BlockState] = []
        self._latest: str | None = None  # type of the block that a piece without a key goes on with
        self._marked = 0  # calls whose place is marked

    def add(self, piece: Block) -> tuple[str, list[Block]]:
        """Add a piece of a block; return the plain text or the blocks that it brings."""
        kind, key = piece["type"], piece.get("key")
        if self._is_plain(piece):
            self._plain, self.has_plain, self._latest = key, True, kind
            self.annotations |= once_each(piece.get("annotations") or ())
            text = piece.get("text") or ""
            if not (text and self.is_list):
                return text, []
            # Without an index LangChain would start another text block.
            return "", [{"type": "text", "text": text, "index": TEXT_INDEX}]
        state = self._state_of(kind, key)
        growing = (kind,) if kind in GROWING else ()
        new = new_fields(state.emitted, piece, growing, skipped=_OF_A_PIECE)
        state.annotations |= once_each(piece.get("annotations") or ())
        if not new and (state.index or kind in _NOTHING_IF_EMPTY):
            return "", []
        marks = [] if state.index else self._begin(state)
        return "", [*marks, state.block(new)]

    def end_text(self) -> None:
        """End the block before: one of audio follows, which has an index of its own."""
        self._latest = None
        self.is_list = True

    def close(self) -> list[Block]:
        """Return the last blocks, which have the annotations of texts."""
        texts = [state for state in self._order if state.type == "text"]
        if texts and not self.has_plain:
            # They came beside the content, but its text is a block.
            texts[0].annotations |= self.annotations
            self.annotations = {}
        return [
            state.block({"annotations": [*state.annotations.values()]})
            for state in self._order
            if state.annotations
        ]

    def _is_plain(self, piece: Block) -> bool:
        """Return whether a piece belongs to the one text that is written as `str`."""
        if piece["type"] != "text":
            return False
        key = piece.get("key")
        if self.has_plain and (key is not None or key != self._plain):
            return key == self._plain
        return not (
            self.is_list
            or any(self._calls.calls[self._marked :])
            or any(value for name, value in piece.items() if name not in _ONLY_TEXT)
        )

    def _state_of(self, kind: str, key: Hashable) -> _BlockState:
        place = (kind, key)
        goes_on = key is not None or (self._latest == kind and kind in GROWING)
        state = self._states.get(place) if goes_on else None
        self._latest = kind if key is None else None
        if state is None:
            state = self._states[place] = _BlockState(kind)
        return state

    def _begin(self, state: _BlockState) -> list[Block]:
        """Give a block its place; return the marks of the calls that stand before it."""
        calls = self._calls.calls
        marks = [self._mark(call) for call in calls[self._marked :] if call]
        self._marked = len(calls)
        self._place(state)
        self.is_list = True
        return marks

    def _mark(self, call: Call) -> Block:
        mark = _BlockState("tool_use")
        self._place(mark)
        return mark.block({"id": self._calls.id_of(call), "name": call.name, "input": {}})

    def _place(self, state: _BlockState) -> None:
        state.index = f"{BLOCK_INDEX}_{len(self._order)}"
        self._order.append(state)


# --- spoken answers ---------------------------------------------------------------------------
AUDIO_INDEX = "lc_aud_0"
_GROUP = 4
"""Characters of base64 that stand for three bytes; pieces may be joined at such borders only."""


class AudioAssembler:
    """One spoken answer, put together of pieces of base64 that need not end at a byte."""

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
