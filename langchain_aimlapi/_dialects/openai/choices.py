"""Which choice of a chunk belongs to the answer."""

from __future__ import annotations

from enum import Enum, auto
from typing import TYPE_CHECKING, Any

from langchain_aimlapi._answers.coerce import dict_of, dicts_of

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
        self.index: int | None = None
        self.spare_finish: str | None = None
        self._mode = _Mode.SEVERAL if several else _Mode.UNKNOWN
        self._finished = False
        self._kinds: set[str] = set()

    def pick(self, choices: Any) -> Mapping[str, Any] | None:
        """Return the choice of the answer, or None if the chunk has none."""
        found = dicts_of(choices)
        if len(found) > 1 and len({_index(choice) for choice in found}) > 1:
            self._mode = _Mode.SEVERAL
        for choice in found:
            if self._is_mine(choice):
                return choice
        return None

    def _is_mine(self, choice: Mapping[str, Any]) -> bool:
        index, finish = _index(choice), choice.get("finish_reason")
        if self.index is None:
            self.index = index
        if index is not None and index != self.index:
            if not self._goes_on_at(index, set(_kinds(choice)), finish):
                return False
            self.index = index
        self._kinds.update(_kinds(choice))
        self._finished = self._finished or bool(finish)
        return True

    def _goes_on_at(self, index: int, kinds: set[str], finish: Any) -> bool:
        """Return whether the answer goes on at another index than before."""
        if index < (self.index or 0):
            goes_on = not self._kinds  # the first answer was late
        elif self._finished or self._mode is _Mode.SEVERAL:
            goes_on = False
        elif self._mode is _Mode.GROWING:
            return True
        elif not kinds:
            self.spare_finish = finish if isinstance(finish, str) and finish else None
            return False
        else:
            goes_on = bool(self._kinds) and kinds.isdisjoint(self._kinds)
            self._mode = _Mode.GROWING if goes_on else _Mode.SEVERAL
        if self._mode is not _Mode.GROWING:
            self._mode, self.spare_finish = _Mode.SEVERAL, None
        return goes_on


def _index(choice: Mapping[str, Any]) -> int | None:
    index = choice.get("index")
    return index if isinstance(index, int) else None


def _kinds(choice: Mapping[str, Any]) -> list[str]:
    message = dict_of(choice.get("delta") or choice.get("message"))
    return [_KINDS[name] for name, value in message.items() if value and name in _KINDS]
