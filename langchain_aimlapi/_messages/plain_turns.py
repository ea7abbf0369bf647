"""Turns of plain text and calls, by a fast path: nearly all of a long conversation is such turns.

An agent sends its whole conversation with every step, so these are written thousands of times. A
message of any other kind has no fast path; then the writers of its schema are asked. What both
paths write is the same.
"""

from __future__ import annotations

from collections.abc import Callable
from json import JSONEncoder
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from langchain_core.messages import (
    AIMessage,
    AIMessageChunk,
    HumanMessage,
    SystemMessage,
    ToolMessage,
)

from langchain_aimlapi._messages.by_value import kept_by_value
from langchain_aimlapi._messages.call_ids import fitting_name

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from langchain_core.messages import BaseMessage

Turn = dict[str, Any]
FastPath = Callable[[Any], "Turn | None"]

_MARKS = frozenset(
    {"refusal", "reasoning_content", "reasoning_details", "tool_call_extras", "broken_tool_calls"}
)
"""What of `additional_kwargs` a turn of the assistant may have to carry."""

KEPT_CALLS = MappingProxyType({"most": 2048, "longest": 2048})
"""How many values of the calls of an answer are kept: those of a few long conversations.
`longest` is in bytes, about."""

arguments = JSONEncoder(ensure_ascii=False, allow_nan=False).encode
"""Writes as `json.dumps` does, without making an encoder for each call; refuses NaN."""


class Turns(list[Turn]):
    """The turns of a request, and which of them were not written by the fast path.

    All others are JSON without a doubt, which the encoder of the body makes use of.

    Attributes:
        others: Their indices, in order.
    """

    __slots__ = ("others",)

    def __init__(self) -> None:
        """Start without turns."""
        self.others: list[int] = []

    def add(self, turn: Turn) -> None:
        """Append a turn that may hold anything; one that is plain is just appended."""
        self.others.append(len(self))
        self.append(turn)

    def add_all(self, turns: Iterable[Turn]) -> None:
        """Append turns that may hold anything."""
        for turn in turns:
            self.add(turn)

    def extend_last(self, blocks: list[Turn], *, plain: bool) -> None:
        """Append blocks to the content of the last turn."""
        last = self[-1]
        if isinstance(last["content"], str):
            last["content"] = [{"type": "text", "text": last["content"]}]
        last["content"] += blocks
        if not plain and self.others[-1:] != [len(self) - 1]:
            self.others.append(len(self) - 1)


def user(message: HumanMessage) -> Turn | None:
    """Return the turn of a user; None if there is no fast path."""
    content, name = message.content, message.name
    if type(content) is not str:
        return None
    if not name:
        return {"role": "user", "content": content}
    return {"role": "user", "content": content, "name": name} if type(name) is str else None


def is_plain_result(message: ToolMessage) -> bool:
    """Return whether a result is text, and names its call."""
    call_id = message.tool_call_id
    return type(message.content) is str and type(call_id) is str and call_id != ""


def tool(message: ToolMessage) -> Turn | None:
    """Return the turn of a result; None if there is no fast path."""
    if not is_plain_result(message):
        return None
    return {"role": "tool", "tool_call_id": message.tool_call_id, "content": message.content}


def is_plain_answer(message: AIMessage) -> bool:
    """Return whether an answer is text and calls: no reasoning, no refusal, no name."""
    marks = message.additional_kwargs
    return (
        type(message.content) is str
        and not message.invalid_tool_calls
        and not message.name
        and not (marks and not _MARKS.isdisjoint(marks))
    )


def are_sound(calls: Iterable[Mapping[str, Any]]) -> bool:
    """Return whether each call has an id, a name that services take, and arguments."""
    for call in calls:
        call_id, name, args = call.get("id"), call.get("name"), call.get("args")
        if type(call_id) is not str or type(name) is not str or type(args) is not dict:
            return False
        if not call_id or fitting_name(name) != name:
            return False
    return True


def calls_written_by(
    write: Callable[[Mapping[str, Any]], Turn],
) -> Callable[[Sequence[Mapping[str, Any]]], list[Turn] | None]:
    """Return a function that writes the calls of an answer; equal ones are written once.

    It returns None where there is no fast path; then the general path raises the error, if there
    is one, with its place.

    Args:
        write: Writes one sound call.
    """

    def written(calls: Sequence[Mapping[str, Any]]) -> list[Turn] | None:
        if not are_sound(calls):
            return None
        try:
            return [write(call) for call in calls]
        except (TypeError, ValueError, RecursionError):
            return None

    kept = kept_by_value(written, **KEPT_CALLS)
    return lambda calls: kept(calls) or written(calls)


def _call(call: Mapping[str, Any]) -> Turn:
    args = call["args"]
    function = {"name": call["name"], "arguments": arguments(args) if args else "{}"}
    return {"id": call["id"], "type": "function", "function": function}


_calls = calls_written_by(_call)


def assistant(message: AIMessage) -> Turn | None:
    """Return the turn of an earlier answer; None if there is no fast path."""
    if not is_plain_answer(message):
        return None
    if not message.tool_calls:
        return {"role": "assistant", "content": message.content}
    calls = _calls(message.tool_calls)
    if calls is None:
        return None
    return {"role": "assistant", "content": message.content, "tool_calls": calls}


def system(message: SystemMessage) -> Turn | None:
    """Return the turn of a system prompt; None if there is no fast path."""
    content = message.content
    if type(content) is not str or message.additional_kwargs or message.name:
        return None
    return {"role": "system", "content": content}


def no_fast_path(*_: object) -> None:
    """Have no fast path."""


FAST_PATHS: Mapping[type[BaseMessage], FastPath] = MappingProxyType(
    {
        HumanMessage: user,
        AIMessage: assistant,
        AIMessageChunk: assistant,
        ToolMessage: tool,
        SystemMessage: system,
    }
)
"""By class, exactly: a subclass may mean something else."""

ROLES = MappingProxyType(
    {
        HumanMessage: "user",
        AIMessage: "assistant",
        AIMessageChunk: "assistant",
        ToolMessage: "tool",
        SystemMessage: "system",
    }
)
"""The role of each."""
