"""The calls of an earlier answer: each once, with names, ids and arguments that services take.

A conversation may go on with another vendor's model, and each vendor refuses ids of another form.
"""

from __future__ import annotations

import json
import re
from base64 import b32encode
from collections.abc import Iterable, Mapping
from functools import lru_cache
from hashlib import blake2b
from typing import TYPE_CHECKING, Any

from langchain_aimlapi._messages.content import parse_arguments
from langchain_aimlapi._messages.parts import Part, ToolUse

if TYPE_CHECKING:
    from langchain_core.messages import BaseMessage

    from langchain_aimlapi._messages.conversation import MessageContext

_MAX_NAME_CHARACTERS = 64
_NAME = re.compile(r"[a-zA-Z0-9_-]{1,64}")
_REFUSED = re.compile(r"[^a-zA-Z0-9_-]")
_UNNAMED = "unknown"
"""The name of a call that a model left without one: services refuse an empty name."""


# --- names and ids ------------------------------------------------------------------------------
@lru_cache(maxsize=2048)
def fitting_name(name: str | None) -> str:
    """Return a name as every service takes it: `^[a-zA-Z0-9_-]{1,64}$`.

    Models invent names such as `multi_tool_use.parallel`, and services then refuse every later
    request of the conversation; classes have names such as `Answer[int]`.
    """
    if not name or _NAME.fullmatch(name):
        return name or _UNNAMED
    return _REFUSED.sub("_", name)[:_MAX_NAME_CHARACTERS]


@lru_cache(maxsize=4096)
def fitting_id(call_id: str, allowed: re.Pattern[str] | None) -> str:
    """Return the id of a call as `allowed` wants it; an id that fits stays as it is.

    Args:
        call_id: The id in the conversation.
        allowed: What ids have to match; None allows all.
    """
    if allowed is None or allowed.fullmatch(call_id):
        return call_id
    digest = blake2b(call_id.encode(errors="surrogatepass"), digest_size=20).digest()
    text = b32encode(digest).decode().lower()
    candidates = (_REFUSED.sub("_", call_id) or "call", f"call_{text[:24]}", text[:9])
    return next((made for made in candidates if allowed.fullmatch(made)), call_id)


class CallIds:
    """The ids of calls in one request.

    Args:
        allowed: What ids have to match; None allows all.
        unique: Whether no two calls of the request may have the same id. Models that count their
            calls from the start in each turn use ids again, which Claude refuses.
    """

    def __init__(self, allowed: re.Pattern[str] | None, *, unique: bool = False) -> None:
        self._allowed = allowed
        self._unique = unique
        self._sent: dict[str, list[str]] = {}
        """By the id of the conversation: the ids of the latest turn that calls."""
        self._used: set[str] = set()
        self._next: dict[str, int] = {}

    def forget_call(self, call_id: str) -> None:
        """Forget what an id of an earlier turn, used again, was written as."""
        self._sent.pop(call_id, None)

    def id_of_call(self, call_id: str) -> str:
        """Return the id with which a call is sent."""
        stem = written = fitting_id(call_id, self._allowed)
        if not self._unique:
            return written
        n = self._next.get(stem, 1)
        while written in self._used:
            n += 1
            suffix = f"_{n}"
            written = stem[: _MAX_NAME_CHARACTERS - len(suffix)] + suffix
        self._next[stem] = n
        self._used.add(written)
        self._sent.setdefault(call_id, []).append(written)
        return written

    def id_of_result(self, call_id: str) -> str:
        """Return the id of the latest call `call_id`, as it was sent."""
        if not self._unique:
            return fitting_id(call_id, self._allowed)
        ids = self._sent.get(call_id)
        if not ids:
            return self.id_of_call(call_id)  # no message makes that call
        return ids.pop(0) if len(ids) > 1 else ids[0]


# --- arguments ----------------------------------------------------------------------------------
_strict_json = json.JSONEncoder(ensure_ascii=False, allow_nan=False).encode


def arguments_of(context: MessageContext, call: ToolUse) -> tuple[Any, str]:
    """Return the arguments of a call as an object that JSON can hold, and as its text.

    Raises:
        UnsupportedContentError: They hold something that JSON has no form for, such as a date.
    """
    try:
        return call.args, _strict_json(call.args)
    except (TypeError, ValueError, RecursionError):
        # NaN, which JSON does not have, goes as text; what has no text either is refused here.
        text = context.json_text(call.args, f"the arguments of the tool call {call.name!r}")
        return {"arguments": text}, _strict_json({"arguments": text})


def free_text_of(args: Mapping[str, Any], arguments: str) -> str:
    """Return what a call of a custom tool says: its only argument, whatever its name, as it is.

    It is `input` here and `__arg1` in `ChatOpenAI`.
    """
    (text,) = args.values() if len(args) == 1 else (None,)
    return text if isinstance(text, str) else arguments


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


def _raw_arguments(call: Mapping[str, Any], message: BaseMessage) -> str:
    """Return the arguments of an invalid call as the model wrote them.

    Where a stream was merged, they have an end that keeps LangChain from repairing them.
    """
    args = str(call.get("args") or "")
    broken = message.additional_kwargs.get("broken_tool_calls")
    for sent in broken if isinstance(broken, list) else ():
        if isinstance(sent, Mapping) and sent.get("id") == call.get("id"):
            text = str(sent.get("args") or "")
            return text if args.startswith(text) else args
    return args


# --- the calls of a turn ------------------------------------------------------------------------
def tool_uses(context: MessageContext, parts: Iterable[Part] = ()) -> list[ToolUse]:
    """Return the calls of an assistant turn, each once, in order.

    `tool_calls` of the message are what LangChain keeps up to date (a tool may have been renamed
    or an argument corrected there); blocks of the content add what only they hold:
    `extra_content`, and calls that are listed nowhere else.
    """
    message: Any = context.message
    blocks = [part for part in parts if isinstance(part, ToolUse)]
    calls = [_call(call, call["args"]) for call in getattr(message, "tool_calls", ())]
    invalid = getattr(message, "invalid_tool_calls", ())
    calls += [_call(call, _raw_arguments(call, message)) for call in invalid]
    for block in blocks:
        if not any(_is_same_call(call, block) for call in calls):
            name, args = fitting_name(block.name), _as_object(block.args)
            calls.append(block._replace(name=name, args=args))
    block_by_id = {block.id: block for block in blocks}
    extras = message.additional_kwargs.get("tool_call_extras")
    extras = extras if isinstance(extras, dict) else {}
    for n, call in enumerate(calls):
        block = block_by_id.get(call.id, call)
        extra = extras.get(call.id, block.extra_content)
        call_id = call.id or f"call_{context.position}_{n}"
        calls[n] = ToolUse(call_id, call.name, call.args, extra, block.cache_control)
    return calls


def _call(call: Mapping[str, Any], args: Mapping[str, Any] | str) -> ToolUse:
    return ToolUse(call.get("id"), fitting_name(call.get("name")), _as_object(args))


def place_calls(parts: Iterable[Part], calls: Iterable[ToolUse]) -> list[Part]:
    """Return the parts with each call once: where its block stands, else at the end.

    Args:
        parts: The content of an assistant turn.
        calls: What `tool_uses` made of it.
    """
    waiting = list(calls)
    placed = [take_call(waiting, part) if isinstance(part, ToolUse) else part for part in parts]
    return [*(part for part in placed if part is not None), *waiting]


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
    return (call.name, call.args) == (fitting_name(block.name), _as_object(block.args))
