"""Which choice of a chunk belongs to the answer."""

from __future__ import annotations

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


class ChoicePicker:
    """Picks the choice of one answer from every chunk of a stream.

    With `n` > 1 chunks of several answers alternate; only the first answer is streamed. GLM
    counts the index of one answer up, from reasoning to text to tool calls. Where nothing says
    which it is, a second index goes on with the answer if it brings a kind of content that the
    first did not have, and if the first is never heard of again.

    Args:
        several: Whether several answers were asked for.

    Attributes:
        index: The index that is followed; None before the first choice, and for good where
            choices have none.
        kinds: What the answer was made of so far: "text", "reasoning", "call".
        spare_finish: The finish reason of another index that brought nothing else.
    """

    def __init__(self, *, several: bool = False) -> None:
        """Start before the first chunk."""
        self.index: Any = None
        self.spare_finish: str | None = None
        self._several = several
        self._growing = False
        self._finished = False
        self.kinds: set[str] = set()

    def pick(self, choices: Any) -> Mapping[str, Any] | None:
        """Return the choice of the answer, or None if the chunk has none."""
        if not isinstance(choices, list):
            return None
        mine: Mapping[str, Any] | None = None
        found = [choice for choice in choices if isinstance(choice, dict)]
        if len({_index(choice) for choice in found}) > 1:
            self._several = True
        for choice in found:
            if mine is None and self._is_mine(choice):
                mine = choice
        return mine

    def _is_mine(self, choice: Mapping[str, Any]) -> bool:
        index, kinds = _index(choice), _kinds(choice)
        if self.index is None:
            self.index = index
        if index is not None and index != self.index and not self._moves_to(index, kinds, choice):
            return False
        self.kinds |= kinds
        self._finished = self._finished or bool(choice.get("finish_reason"))
        return True

    def _moves_to(self, index: int, kinds: set[str], choice: Mapping[str, Any]) -> bool:
        """Return whether the answer goes on at another index."""
        if not self._several and not self._finished and index > self.index:
            if not self._growing and not kinds:
                finish = choice.get("finish_reason")  # nothing yet that tells which it is
                self.spare_finish = finish if isinstance(finish, str) and finish else None
                return False
            self._growing = self._growing or (bool(self.kinds) and not kinds & self.kinds)
            if self._growing:
                self.index = index
                return True
        self._several = self._several or not self._growing
        self.spare_finish = None
        if index < self.index and not self.kinds:
            self.index = index  # the first answer was late
            return True
        return False


def _index(choice: Mapping[str, Any]) -> int | None:
    index = choice.get("index")
    return index if isinstance(index, int) else None


def _kinds(choice: Mapping[str, Any]) -> set[str]:
    message = choice.get("delta") or choice.get("message")
    if not isinstance(message, dict):
        return set()
    return {kind for name, kind in _KINDS.items() if message.get(name)}
