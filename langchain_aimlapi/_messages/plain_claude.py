"""The fast path of the Claude schema for messages of plain text and calls; see `plain_turns`."""

from __future__ import annotations

import json
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from langchain_core.messages import AIMessage, AIMessageChunk, HumanMessage, ToolMessage

from langchain_aimlapi._messages.by_value import kept_by_value
from langchain_aimlapi._messages.plain_turns import (
    KEPT_CALLS,
    are_sound,
    is_plain_answer,
    is_plain_result,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from langchain_aimlapi._http.json import JsonObject
    from langchain_aimlapi._messages.call_ids import CallIds

_strict = json.JSONEncoder(allow_nan=False).encode
_SCALARS = frozenset({str, int, bool, type(None)})

ClaudeContent = str | list[dict[str, Any]]
PlainTurn = tuple[str, ClaudeContent, bool]
"""Its role, its content, and whether that is JSON without a doubt."""


def _user(message: HumanMessage, _: CallIds) -> PlainTurn | None:
    content = message.content
    return ("user", _spoken(content), True) if type(content) is str else None


def _result(message: ToolMessage, ids: CallIds) -> PlainTurn | None:
    if not is_plain_result(message):
        return None
    block: JsonObject = {
        "type": "tool_result",
        "tool_use_id": ids.id_of_result(message.tool_call_id),
        "content": message.content,
    }
    if message.status == "error":
        block["is_error"] = True
    return "user", [block], True


def _answer(message: AIMessage, ids: CallIds) -> PlainTurn | None:
    if not is_plain_answer(message):
        return None
    text = _spoken(str(message.content))
    calls: list[Any] = message.tool_calls
    if not calls:
        return "assistant", text, True
    if not are_sound(calls):
        return None
    written = [_block(c) for c in calls] if _have_scalars(calls) else _kept_blocks(calls)
    if written is None:
        return None
    for call in calls:
        ids.forget_call(call["id"])
    blocks: list[JsonObject] = [{"type": "text", "text": text}] if text else []
    for block in written:
        call_id = ids.id_of_call(block["id"])
        blocks.append(block if call_id == block["id"] else {**block, "id": call_id})
    return "assistant", blocks, True


def _blocks(calls: Sequence[Mapping[str, Any]]) -> list[JsonObject] | None:
    """Return the blocks of sound calls, if their arguments are JSON without a doubt."""
    try:
        is_json = all(json.loads(_strict(call["args"])) == call["args"] for call in calls)
    except (TypeError, ValueError, RecursionError):
        return None
    return [_block(call) for call in calls] if is_json else None


_kept_blocks = kept_by_value(_blocks, **KEPT_CALLS)


def _block(call: Mapping[str, Any]) -> JsonObject:
    return {"type": "tool_use", "id": call["id"], "name": call["name"], "input": call["args"]}


def _have_scalars(calls: Iterable[Mapping[str, Any]]) -> bool:
    """Return whether the arguments of calls are texts and numbers, and so JSON without a doubt."""
    for call in calls:
        for name, value in call["args"].items():
            if type(name) is not str or type(value) not in _SCALARS:
                return False
    return True


def _spoken(text: str) -> str:
    """Return the text, or "" if it is blank: the schema refuses blank text."""
    return text if text and not text.isspace() else ""


FAST_PATHS: Mapping[type[Any], Callable[[Any, CallIds], PlainTurn | None]] = MappingProxyType(
    {
        HumanMessage: _user,
        ToolMessage: _result,
        AIMessage: _answer,
        AIMessageChunk: _answer,
    }
)
"""By class, exactly: a subclass may mean something else."""
