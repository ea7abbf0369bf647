"""The fast path of the Claude schema for messages of plain text and calls; see `plain_turns`."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from langchain_core.messages import AIMessage, AIMessageChunk, HumanMessage, ToolMessage

from langchain_aimlapi._messages.plain_turns import is_plain_answer, is_plain_result

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from langchain_aimlapi._messages.claude_ids import CallIds

_SCALARS = frozenset({str, int, bool, type(None)})

ClaudeContent = str | list[dict[str, Any]]


def _user(message: HumanMessage, _: CallIds) -> ClaudeContent | None:
    content = message.content
    return _spoken(content) if type(content) is str else None


def _result(message: ToolMessage, ids: CallIds) -> ClaudeContent | None:
    if not is_plain_result(message):
        return None
    block = {
        "type": "tool_result",
        "tool_use_id": ids.id_of_result(message.tool_call_id),
        "content": message.content,
    }
    return [{**block, "is_error": True} if message.status == "error" else block]


def _answer(message: AIMessage, ids: CallIds) -> ClaudeContent | None:
    if not is_plain_answer(message):
        return None
    text = _spoken(str(message.content))
    calls: list[Any] = message.tool_calls
    if not calls:
        return text
    for call in calls:
        ids.forget_call(call["id"])
    blocks: list[dict[str, Any]] = [{"type": "text", "text": text}] if text else []
    blocks.extend(
        {
            "type": "tool_use",
            "id": ids.id_of_call(call["id"]),
            "name": call["name"],
            "input": call["args"],
        }
        for call in calls
    )
    return blocks


def _spoken(text: str) -> str:
    """Return the text, or "" if it is blank: the schema refuses blank text."""
    return text if text and not text.isspace() else ""


def no_fast_path(_: Any, __: CallIds) -> None:
    """Have no fast path."""


FAST_PATHS: Mapping[type[Any], Callable[[Any, CallIds], ClaudeContent | None]] = MappingProxyType(
    {
        HumanMessage: _user,
        ToolMessage: _result,
        AIMessage: _answer,
        AIMessageChunk: _answer,
    }
)
"""By class, exactly: a subclass may mean something else."""

WIRE_ROLES = MappingProxyType(
    {HumanMessage: "user", ToolMessage: "user", AIMessage: "assistant", AIMessageChunk: "assistant"}
)
"""The role of the turn of each."""


def has_plain_calls(message: Any) -> bool:
    """Return whether the arguments of an answer's calls are JSON without a doubt."""
    for call in message.tool_calls:
        for name, value in call["args"].items():
            if type(name) is not str or type(value) not in _SCALARS:
                return False
    return True
