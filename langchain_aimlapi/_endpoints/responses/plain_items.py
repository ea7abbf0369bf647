"""The fast path for messages of plain text and calls; see `_messages.plain_turns`."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from langchain_core.messages import (
    AIMessage,
    AIMessageChunk,
    HumanMessage,
    SystemMessage,
    ToolMessage,
)

from langchain_aimlapi._messages import plain_turns
from langchain_aimlapi._messages.plain_turns import (
    arguments,
    calls_written_by,
    is_plain_answer,
    is_plain_result,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from langchain_core.messages import BaseMessage

PlainItems = list[dict[str, Any]]


def _user(message: HumanMessage) -> PlainItems | None:
    content = message.content
    return [{"role": "user", "content": content}] if type(content) is str else None


def _system(message: SystemMessage) -> PlainItems | None:
    turn = plain_turns.system(message)
    return None if turn is None else [turn]


def _result(message: ToolMessage) -> PlainItems | None:
    if not is_plain_result(message):
        return None
    kind = "function_call_output"
    return [{"type": kind, "call_id": message.tool_call_id, "output": message.content}]


def _answer(message: AIMessage) -> PlainItems | None:
    if not is_plain_answer(message):
        return None
    content = message.content
    items: PlainItems = [{"role": "assistant", "content": content}] if content else []
    if not message.tool_calls:
        return items
    called = _calls(message.tool_calls)
    return None if called is None else items + called


def _call(call: Mapping[str, Any]) -> dict[str, Any]:
    args = call["args"]
    return {
        "type": "function_call",
        "call_id": call["id"],
        "name": call["name"],
        "arguments": arguments(args) if args else "{}",
    }


_calls = calls_written_by(_call)


FAST_PATHS: Mapping[type[BaseMessage], Callable[[Any], PlainItems | None]] = MappingProxyType(
    {
        HumanMessage: _user,
        SystemMessage: _system,
        ToolMessage: _result,
        AIMessage: _answer,
        AIMessageChunk: _answer,
    }
)
"""By class, exactly: a subclass may mean something else."""
