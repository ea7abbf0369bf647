"""The calls of an earlier answer: each once, with arguments that JSON can hold."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from pydantic_core import from_json

from langchain_aimlapi._messages.call_ids import UNNAMED, fitting_name
from langchain_aimlapi._messages.content import parse_arguments
from langchain_aimlapi._messages.parts import Part, ToolUse
from langchain_aimlapi._messages.turns import Place, json_text

if TYPE_CHECKING:
    from langchain_core.messages import BaseMessage


def place_calls(parts: Iterable[Part], calls: Iterable[ToolUse]) -> list[Part]:
    """Return the parts with each call once: where its block stands, else at the end.

    Args:
        parts: The content of an assistant turn.
        calls: What `tool_uses` made of it.
    """
    waiting = list(calls)
    placed: list[Part] = []
    for part in parts:
        if not isinstance(part, ToolUse):
            placed.append(part)
            continue
        call = take_call(waiting, part)
        if call is not None:
            placed.append(call)
    return [*placed, *waiting]


def take_call(waiting: list[ToolUse], block: ToolUse) -> ToolUse | None:
    """Take the call that a block of the content stands for out of `waiting`.

    Two calls may have the same id: the first of them is taken first.
    """
    for place, call in enumerate(waiting):
        if _is_same_call(call, block):
            return waiting.pop(place)
    return None


def _is_same_call(call: ToolUse, block: ToolUse) -> bool:
    if block.id:
        return call.id == block.id
    return (call.name, call.args) == (_name_of(block.name), _as_object(block.args))


def _name_of(name: str | None) -> str:
    return fitting_name(name or UNNAMED)


def _as_object(args: Mapping[str, Any] | str) -> Mapping[str, Any]:
    """Return the arguments of a call as an object that JSON can hold.

    Services refuse a request with arguments that are no JSON, and with it every later request of
    the conversation. So what a model wrote wrongly goes back as the text that it wrote, inside of
    an object.
    """
    if not isinstance(args, str):
        return args
    parsed = parse_arguments(args) if args.strip() else {}
    return {"arguments": args} if isinstance(parsed, str) else parsed


_strict_json = json.JSONEncoder(ensure_ascii=False, allow_nan=False).encode


def arguments_text(place: Place, call: ToolUse) -> str:
    """Return the arguments of a call as the text of a JSON object.

    Raises:
        UnsupportedContentError: They hold something that JSON has no form for, such as a date.
    """
    try:
        return _strict_json(call.args)
    except (TypeError, ValueError, RecursionError):
        text = json_text(place, call.args, f"the arguments of the tool call {call.name!r}")
        return _strict_json({"arguments": text})  # NaN, which JSON does not have


def arguments_object(place: Place, call: ToolUse) -> Any:
    """Return the arguments of a call as an object that JSON can hold; see `arguments_text`."""
    try:
        _strict_json(call.args)
    except (TypeError, ValueError, RecursionError):
        return from_json(arguments_text(place, call))
    return call.args


def raw_arguments(call: Mapping[str, Any], message: BaseMessage) -> str:
    """Return the arguments of an invalid call as the model wrote them.

    Where a stream was merged, they have an end that keeps LangChain from repairing them.
    """
    args = str(call.get("args") or "")
    kept = message.additional_kwargs.get("broken_tool_calls")
    for sent in kept if isinstance(kept, list) else ():
        if isinstance(sent, Mapping) and sent.get("id") == call.get("id"):
            text = str(sent.get("args") or "")
            return text if args.startswith(text) else args
    return args


def tool_uses(place: Place, parts: Iterable[Part] = ()) -> list[ToolUse]:
    """Return the calls of an assistant turn, each once, in order.

    `tool_calls` of the message are what LangChain keeps up to date (a tool may have been renamed
    or an argument corrected there); blocks of the content add what only they hold:
    `extra_content`, and calls that are listed nowhere else.
    """
    message = place.message
    blocks = [part for part in parts if isinstance(part, ToolUse)]
    valid: Sequence[Mapping[str, Any]] = getattr(message, "tool_calls", ())
    invalid: Sequence[Mapping[str, Any]] = getattr(message, "invalid_tool_calls", ())
    if not (blocks or valid or invalid):
        return []
    calls = [_call(call, call["args"]) for call in valid]
    calls += [_call(call, raw_arguments(call, message)) for call in invalid]
    calls += [
        block._replace(name=_name_of(block.name), args=_as_object(block.args))
        for block in blocks
        if not any(_is_same_call(call, block) for call in calls)
    ]
    extras = message.additional_kwargs.get("tool_call_extras")
    extras = extras if isinstance(extras, Mapping) else {}
    if not blocks and not extras and all(call.id for call in calls):
        return calls
    of_blocks = {block.id: block for block in blocks}
    completed = []
    for n, call in enumerate(calls):
        block = of_blocks.get(call.id)
        extra = extras.get(call.id) if call.id else None
        if extra is None and block is not None:
            extra = block.extra_content
        completed.append(
            call._replace(
                id=call.id or f"call_{place.position}_{n}",
                extra_content=extra,
                cache_control=block.cache_control if block else None,
            )
        )
    return completed


def _call(call: Mapping[str, Any], args: Mapping[str, Any] | str) -> ToolUse:
    return ToolUse(call.get("id"), _name_of(call.get("name")), _as_object(args))
