"""A scripted answer in the words of each endpoint: as a body, and as the events of a stream."""

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple
from uuid import uuid4

from langchain_core.messages.ai import UsageMetadata
from pydantic import BaseModel

from langchain_aimlapi._answers.usage import token_usage

Json = dict[str, Any]

_CREDITS_PER_USD = 2_000_000
_CHARACTERS_PER_TOKEN = 4


@dataclass(frozen=True)
class Failure:
    """An answer with an error status.

    Attributes:
        status: HTTP status, such as 429.
        message: What the service says.
        retry_after: Seconds that it asks to wait, if it does.
        delay: Seconds until it answers.
    """

    status: int
    message: str = "Scripted failure."
    retry_after: float | None = None
    delay: float = 0.0


@dataclass(frozen=True)
class Answer:
    """An answer of a model.

    Attributes:
        text: The text; as a list, the pieces that a stream brings. A string is streamed by word.
        reasoning: What the model thought.
        tool_calls: As LangChain's: `{"name": ..., "args": {...}}`, and an `id` if it matters.
            `args` as a string is sent as it is, valid JSON or not.
        structured: What `with_structured_output` or an agent's `response_format` returns, as a
            Pydantic object or a dict. It is written as the request asks for it: as JSON text, or
            as a call of the tool of that name. It has neither `text` nor `tool_calls` beside it.
        finish_reason: `"stop"`, `"tool_calls"`, `"length"` or `"content_filter"`; the first two
            by themselves.
        usage: Token counts as LangChain's `usage_metadata`; about right where there are none.
        cost: US dollars; none are reported otherwise.
        delay: Seconds until the answer begins.
        pause: Seconds between the events of a stream.
        then: How it breaks off: a `Failure`, or an exception such as `httpx.ReadError("gone")`.
            In a stream this comes after the pieces.
    """

    text: str | Sequence[str] = ""
    reasoning: str = ""
    tool_calls: Sequence[Mapping[str, Any]] = ()
    structured: BaseModel | Mapping[str, Any] | None = None
    finish_reason: str | None = None
    usage: UsageMetadata | Mapping[str, Any] | None = None
    cost: float | None = None
    delay: float = 0.0
    pause: float = 0.0
    then: Failure | Exception | None = None

    def __post_init__(self) -> None:
        """Refuse what could not be written.

        Raises:
            TypeError: `structured` is neither a Pydantic object nor a dict, or has text or tool
                calls beside it.
        """
        alone = not (self.text or self.tool_calls)
        if self.structured is not None and not (
            alone and isinstance(self.structured, BaseModel | Mapping)
        ):
            raise TypeError(
                "structured of Answer is a Pydantic object or a dict, without text and tool_calls"
                f" beside it, not {self.structured!r}."
            )


class Wire(NamedTuple):
    """How an endpoint words an answer to the body of a request."""

    whole: Callable[[Answer, Json], Json]
    events: Callable[[Answer, Json], Iterator[bytes]]


class Part(NamedTuple):
    """A part of an answer: reasoning, text, or a call with the JSON of its arguments."""

    kind: Literal["reasoning", "text", "call"]
    pieces: Sequence[str]
    call: Mapping[str, Any] = {}

    @property
    def text(self) -> str:
        return "".join(self.pieces)


def _parts(answer: Answer) -> list[Part]:
    pieces = answer.text if not isinstance(answer.text, str) else _words(answer.text)
    parts = [Part("reasoning", _words(answer.reasoning)), Part("text", pieces)]
    calls = [Part("call", _words(_arguments(call)), call) for call in answer.tool_calls]
    return [*(part for part in parts if part.pieces), *calls]


def _words(text: str) -> list[str]:
    return re.findall(r"\S+\s*|\s+", text)


def _arguments(call: Mapping[str, Any]) -> str:
    args = call.get("args", {})
    return args if isinstance(args, str) else json.dumps(args, ensure_ascii=False)


def _finish(answer: Answer) -> str:
    return answer.finish_reason or ("tool_calls" if answer.tool_calls else "stop")


def _usage(answer: Answer, request: Json) -> Json:
    """Return the token counts in OpenAI's names."""
    counts: Json = dict(answer.usage or {})
    written = sum(len(part.text) for part in _parts(answer))
    counts.setdefault("input_tokens", len(json.dumps(request)) // _CHARACTERS_PER_TOKEN)
    counts.setdefault("output_tokens", written // _CHARACTERS_PER_TOKEN + 1)
    counts.setdefault("total_tokens", counts["input_tokens"] + counts["output_tokens"])
    return token_usage(UsageMetadata(**counts)) or {}  # type: ignore[typeddict-item]  # as given


def _meta(answer: Answer) -> Json:
    if answer.cost is None:
        return {}
    spent = {"usd_spent": answer.cost, "credits_used": round(answer.cost * _CREDITS_PER_USD)}
    return {"meta": {"usage": spent}}


def _event(body: Json) -> bytes:
    kind = body.get("type")
    head = f"event: {kind}\n" if kind else ""
    return f"{head}data: {json.dumps(body, ensure_ascii=False)}\n\n".encode()


def _end(answer: Answer, *last: bytes) -> Iterator[bytes]:
    """Yield the end of a stream, or break it off."""
    if isinstance(answer.then, Exception):
        raise answer.then
    if answer.then is not None:
        error = {"message": answer.then.message, "code": answer.then.status}
        yield _event({"type": "error", "error": error})
    else:
        yield from last


# --- /chat/completions ---
def _chat(answer: Answer, request: Json) -> Json:
    parts = _parts(answer)
    message: Json = {"role": "assistant", "content": None}
    message |= {_CHAT_FIELDS[part.kind]: part.text for part in parts if not part.call}
    calls = [_chat_call(part.call, part.text) for part in parts if part.call]
    if calls:
        message["tool_calls"] = calls
    return {
        "id": f"chatcmpl-{uuid4().hex}",
        "object": "chat.completion",
        "created": 0,
        "model": request.get("model"),
        "choices": [{"index": 0, "message": message, "finish_reason": _finish(answer)}],
        "usage": _usage(answer, request),
        **_meta(answer),
    }


_CHAT_FIELDS = {"reasoning": "reasoning_content", "text": "content"}


def _chat_call(call: Mapping[str, Any], arguments: str) -> Json:
    function = {"name": call["name"], "arguments": arguments}
    return {"id": call["id"], "type": "function", "function": function}


def _chat_events(answer: Answer, request: Json) -> Iterator[bytes]:
    whole = _chat(answer, request)
    head = {**whole, "object": "chat.completion.chunk", "usage": None}
    head.pop("meta", None)

    def chunk(delta: Json, finish: str | None = None, **more: Any) -> bytes:
        choice = {"index": 0, "delta": delta, "finish_reason": finish}
        return _event({**head, "choices": [choice], **more})

    yield chunk({"role": "assistant", "content": ""})
    parts = _parts(answer)
    for part in parts:
        if not part.call:
            yield from (chunk({_CHAT_FIELDS[part.kind]: piece}) for piece in part.pieces)
    for index, part in enumerate(part for part in parts if part.call):
        yield chunk({"tool_calls": [{"index": index, **_chat_call(part.call, "")}]})
        for piece in part.pieces:
            yield chunk({"tool_calls": [{"index": index, "function": {"arguments": piece}}]})
    last = chunk({}, _finish(answer), usage=whole["usage"], **_meta(answer))
    yield from _end(answer, last, b"data: [DONE]\n\n")


# --- /responses ---
_INCOMPLETE = {"length": "max_output_tokens", "content_filter": "content_filter"}
_ITEM_DELTAS = {
    "reasoning": "response.reasoning_summary_text.delta",
    "text": "response.output_text.delta",
    "call": "response.function_call_arguments.delta",
}


def _item(part: Part, text: str, status: str) -> Json:
    """Return an item of the output, with the text that it has so far."""
    item: Json = {"id": f"item_{uuid4().hex}", "status": status}
    if part.kind == "reasoning":
        summary = [{"type": "summary_text", "text": text}] if text else []
        return {**item, "type": "reasoning", "summary": summary, "encrypted_content": "sealed"}
    if part.kind == "text":
        content = [{"type": "output_text", "text": text, "annotations": []}] if text else []
        return {**item, "type": "message", "role": "assistant", "content": content}
    known = {"call_id": part.call["id"], "name": part.call["name"], "arguments": text}
    return {**item, "type": "function_call", **known}


def _response(answer: Answer, request: Json) -> Json:
    counts = _usage(answer, request)
    usage = {
        "input_tokens": counts["prompt_tokens"],
        "output_tokens": counts["completion_tokens"],
        "total_tokens": counts["total_tokens"],
        "input_tokens_details": counts.get("prompt_tokens_details", {}),
        "output_tokens_details": counts.get("completion_tokens_details", {}),
    }
    reason = _INCOMPLETE.get(_finish(answer))
    return {
        "id": f"resp_{uuid4().hex}",
        "object": "response",
        "model": request.get("model"),
        "status": "incomplete" if reason else "completed",
        "incomplete_details": {"reason": reason} if reason else None,
        "output": [_item(part, part.text, "completed") for part in _parts(answer)],
        "usage": usage,
        **_meta(answer),
    }


def _response_events(answer: Answer, request: Json) -> Iterator[bytes]:
    whole = _response(answer, request)
    begun = {**whole, "status": "in_progress", "output": [], "usage": None, "meta": None}
    yield _event({"type": "response.created", "response": begun})
    for index, (part, item) in enumerate(zip(_parts(answer), whole["output"], strict=True)):
        added = {**_item(part, "", "in_progress"), "id": item["id"]}
        yield _event({"type": "response.output_item.added", "output_index": index, "item": added})
        place = {"item_id": item["id"], "output_index": index}
        place |= {"content_index": 0, "summary_index": 0}
        for piece in part.pieces:
            yield _event({"type": _ITEM_DELTAS[part.kind], **place, "delta": piece})
        yield _event({"type": "response.output_item.done", "output_index": index, "item": item})
    yield from _end(answer, _event({"type": f"response.{whole['status']}", "response": whole}))


# --- /messages ---
_STOP_REASONS = {
    "stop": "end_turn",
    "tool_calls": "tool_use",
    "length": "max_tokens",
    "content_filter": "refusal",
}
_CACHED = {
    "cached_tokens": "cache_read_input_tokens",
    "cache_write_tokens": "cache_creation_input_tokens",
}


def _block(part: Part, text: str) -> Json:
    """Return a block of the content, with the text that it has so far."""
    if part.kind == "reasoning":
        return {"type": "thinking", "thinking": text, "signature": "signed" if text else ""}
    if part.kind == "text":
        return {"type": "text", "text": text}
    value: Any = text
    with suppress(ValueError):
        value = json.loads(text or "{}")
    return {"type": "tool_use", "id": part.call["id"], "name": part.call["name"], "input": value}


def _message(answer: Answer, request: Json) -> Json:
    counts = _usage(answer, request)
    details = counts.get("prompt_tokens_details", {})
    cached = {theirs: details[name] for name, theirs in _CACHED.items() if name in details}
    usage = {
        "input_tokens": counts["prompt_tokens"] - sum(cached.values()),  # counted apart there
        "output_tokens": counts["completion_tokens"],
        **cached,
    }
    thoughts = counts.get("completion_tokens_details", {}).get("reasoning_tokens")
    if thoughts is not None:
        usage["output_tokens_details"] = {"thinking_tokens": thoughts}
    return {
        "id": f"msg_{uuid4().hex}",
        "type": "message",
        "role": "assistant",
        "model": request.get("model"),
        "content": [_block(part, part.text) for part in _parts(answer)],
        "stop_reason": _STOP_REASONS.get(_finish(answer), _finish(answer)),
        "usage": usage,
        **_meta(answer),
    }


_BLOCK_DELTAS = {
    "reasoning": ("thinking_delta", "thinking"),
    "text": ("text_delta", "text"),
    "call": ("input_json_delta", "partial_json"),
}


def _message_events(answer: Answer, request: Json) -> Iterator[bytes]:
    whole = _message(answer, request)
    begun = {**whole, "content": [], "stop_reason": None}
    begun.pop("meta", None)
    yield _event({"type": "message_start", "message": begun})
    for index, part in enumerate(_parts(answer)):
        block = _block(part, "")
        yield _event({"type": "content_block_start", "index": index, "content_block": block})
        kind, field = _BLOCK_DELTAS[part.kind]
        deltas = [{"type": kind, field: piece} for piece in part.pieces]
        if part.kind == "reasoning":
            deltas.append({"type": "signature_delta", "signature": "signed"})
        for delta in deltas:
            yield _event({"type": "content_block_delta", "index": index, "delta": delta})
        yield _event({"type": "content_block_stop", "index": index})
    ends = {"stop_reason": whole["stop_reason"]}
    last = {"type": "message_delta", "delta": ends, "usage": whole["usage"]}
    yield from _end(answer, _event(last), _event({"type": "message_stop", **_meta(answer)}))


WIRES: Mapping[str, Wire] = {
    "/chat/completions": Wire(_chat, _chat_events),
    "/responses": Wire(_response, _response_events),
    "/messages": Wire(_message, _message_events),
}
"""By the end of the path."""
