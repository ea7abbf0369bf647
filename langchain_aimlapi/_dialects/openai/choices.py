"""Which choice of a chunk belongs to the answer."""

from __future__ import annotations

from enum import Enum, auto
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

_KINDS = {
    "content": "text",
    "reasoning_content": "reasoning",
    "reasoning": "reasoning",
    "reasoning_details": "reasoning",
    "tool_calls": "call",
    "function_call": "call",
}


class _Mode(Enum):
    """What is known of the stream."""

    UNKNOWN = auto()  # one index so far, or no sign of either
    GROWING = auto()  # one answer whose index counts up
    SEVERAL = auto()  # several answers, of which the first is followed


class _Step(Enum):
    """How a choice of another index stands to the one that is followed."""

    SILENT = auto()  # above it, and brings nothing
    OTHER_KIND = auto()  # above it, with a kind of content that the answer did not have
    SAME_KIND = auto()  # above it, with what the answer has or before it has anything
    TOO_LATE = auto()  # above it, after the answer has finished
    BELOW = auto()  # below it
    FIRST = auto()  # below it, which has brought nothing: the first answer was late


class _Do(Enum):
    """What to do with the choice."""

    FOLLOW = auto()
    SKIP = auto()
    WAIT = auto()  # skip it, but remember its finish reason


_TABLE: dict[tuple[_Mode, _Step], tuple[_Mode, _Do]] = {
    (_Mode.UNKNOWN, _Step.SILENT): (_Mode.UNKNOWN, _Do.WAIT),
    (_Mode.UNKNOWN, _Step.OTHER_KIND): (_Mode.GROWING, _Do.FOLLOW),
    (_Mode.UNKNOWN, _Step.SAME_KIND): (_Mode.SEVERAL, _Do.SKIP),
    (_Mode.UNKNOWN, _Step.TOO_LATE): (_Mode.SEVERAL, _Do.SKIP),
    (_Mode.UNKNOWN, _Step.BELOW): (_Mode.SEVERAL, _Do.SKIP),
    (_Mode.UNKNOWN, _Step.FIRST): (_Mode.SEVERAL, _Do.FOLLOW),
    (_Mode.GROWING, _Step.SILENT): (_Mode.GROWING, _Do.FOLLOW),
    (_Mode.GROWING, _Step.OTHER_KIND): (_Mode.GROWING, _Do.FOLLOW),
    (_Mode.GROWING, _Step.SAME_KIND): (_Mode.GROWING, _Do.FOLLOW),
    (_Mode.GROWING, _Step.TOO_LATE): (_Mode.GROWING, _Do.SKIP),
    (_Mode.GROWING, _Step.BELOW): (_Mode.GROWING, _Do.SKIP),
    (_Mode.SEVERAL, _Step.SILENT): (_Mode.SEVERAL, _Do.SKIP),
    (_Mode.SEVERAL, _Step.OTHER_KIND): (_Mode.SEVERAL, _Do.SKIP),
    (_Mode.SEVERAL, _Step.SAME_KIND): (_Mode.SEVERAL, _Do.SKIP),
    (_Mode.SEVERAL, _Step.TOO_LATE): (_Mode.SEVERAL, _Do.SKIP),
    (_Mode.SEVERAL, _Step.BELOW): (_Mode.SEVERAL, _Do.SKIP),
    (_Mode.SEVERAL, _Step.FIRST): (_Mode.SEVERAL, _Do.FOLLOW),
}
"""Growing and FIRST never meet: an answer grows when it has brought something."""


class ChoicePicker:
    """Picks the choice of one answer from every chunk of a stream.

    With `n` > 1 chunks of several answers alternate; only the first answer is streamed. GLM
    counts the index of one answer up, from reasoning to text to tool calls. Where nothing says
    which it is, a second index goes on with the answer if it brings a kind of content that the
    first did not have.

    Args:
        several: Whether several answers were asked for.

    Attributes:
        index: The index that is followed; None before the first choice, and for good where
            choices have none.
        spare_finish: The finish reason of another index that brought nothing else.
    """

    def __init__(self, *, several: bool = False) -> None:
        self.index: Any = None
        self.spare_finish: str | None = None
        self._mode = _Mode.SEVERAL if several else _Mode.UNKNOWN
        self._finished = False
        self._kinds: set[str] = set()

    def pick(self, choices: Any) -> Mapping[str, Any] | None:
        """Return the choice of the answer, or None if the chunk has none."""
        if not isinstance(choices, list):
            return None
        mine: Mapping[str, Any] | None = None
        found = [choice for choice in choices if isinstance(choice, dict)]
        if len(found) > 1 and len({_index(choice) for choice in found}) > 1:
            self._mode = _Mode.SEVERAL
        for choice in found:
            if mine is None and self._is_mine(choice):
                mine = choice
        return mine

    def _is_mine(self, choice: Mapping[str, Any]) -> bool:
        index, kinds = _index(choice), _kinds(choice)
        if self.index is None:
            self.index = index
        if index is not None and index != self.index and not self._follows(index, kinds, choice):
            return False
        self._kinds |= kinds
        self._finished = self._finished or bool(choice.get("finish_reason"))
        return True

    def _follows(self, index: int, kinds: set[str], choice: Mapping[str, Any]) -> bool:
        """Return whether the answer goes on at another index."""
        self._mode, do = _TABLE[self._mode, self._step(index, kinds)]
        if do is _Do.WAIT:
            finish = choice.get("finish_reason")
            self.spare_finish = finish if isinstance(finish, str) and finish else None
        elif self._mode is _Mode.SEVERAL:
            self.spare_finish = None
        if do is _Do.FOLLOW:
            self.index = index
        return do is _Do.FOLLOW

    def _step(self, index: int, kinds: set[str]) -> _Step:
        if index < self.index:
            return _Step.BELOW if self._kinds else _Step.FIRST
        if self._finished:
            return _Step.TOO_LATE
        if not kinds:
            return _Step.SILENT
        return _Step.OTHER_KIND if self._kinds and not kinds & self._kinds else _Step.SAME_KIND


def _index(choice: Mapping[str, Any]) -> int | None:
    index = choice.get("index")
    return index if isinstance(index, int) else None


def _kinds(choice: Mapping[str, Any]) -> set[str]:
    message = choice.get("delta") or choice.get("message")
    if not isinstance(message, dict):
        return set()
    return {_KINDS[name] for name, value in message.items() if value and name in _KINDS}
