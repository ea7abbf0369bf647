"""The content of one answer: a plain text as long as it is nothing else, then a list of blocks.

What is returned here is safe to be merged by LangChain: blocks have an `index` ("lc_...", one per
block) by which it finds those that belong together, the strings in them are to be concatenated,
and everything else is sent once.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Container, Hashable, Iterable, Mapping

    from langchain_aimlapi._answers.calls import Call, CallAssembler
    from langchain_aimlapi._answers.delta import Block

BLOCK_INDEX = "lc_block"
TEXT_INDEX = "lc_txt_0"
"""Of the plain text, where it is a block at all."""

_IN_PIECES: Final = frozenset({"text", "reasoning", "refusal"})
"""Types of blocks whose text comes in pieces, in a field of the same name."""
_GROWING: Mapping[str, tuple[str, ...]] = {
    **{kind: (kind,) for kind in _IN_PIECES},
    "reasoning": ("reasoning", "signature"),
    "audio": ("base64", "transcript"),
}
"""Of a type of block: the fields that are concatenated, in its `extras` too."""
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
            if more := new_fields(known, value, growing):
                new[name] = more
        elif known is None:
            new[name] = value
            emitted[name] = dict(value) if isinstance(value, dict) else value
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
        grown = {self.type: ""} if self.type in _IN_PIECES else {}
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
            return piece.get("text") or "", []
        state = self._state_of(kind, key)
        new = new_fields(state.emitted, piece, _GROWING.get(kind, ()), skipped=_OF_A_PIECE)
        state.annotations |= once_each(piece.get("annotations") or ())
        if not new and (state.index or kind in _NOTHING_IF_EMPTY):
            return "", []
        marks = [] if state.index else self._begin(state)
        return "", [*marks, state.block(new)]

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
        if piece["type"] != "text" or (self.is_list and piece.get("text")):
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
        goes_on = key is not None or (self._latest == kind and kind in _IN_PIECES)
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
