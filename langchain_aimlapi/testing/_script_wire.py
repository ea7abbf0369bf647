"""A scripted answer in the words of each endpoint: as a body, and as the events of a stream."""

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, NamedTuple
from uuid import uuid4

from langchain_core.messages.ai import UsageMetadata

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

    def body(self) -> Json:
        """Return the service's envelope of an error."""
        return {"requestId": str(uuid4()), "statusCode": self.status, "message": self.message}

    def headers(self) -> dict[str, str]:
        """Return its headers."""
        return {} if self.retry_after is None else {"retry-after": str(self.retry_after)}


@dataclass(frozen=True)
class Answer:
    """An answer of a model.

    Attributes:
        text: The text; as a list, the pieces that a stream brings. A string is streamed by word.
        reasoning: What the model thought.
        tool_calls: As LangChain's: `{"name": ..., "args": {...}}`, and an `id` if it matters.
            `args` as a string is sent as it is, valid JSON or not.
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
    finish_reason: str | None = None
    usage: UsageMetadata | Mapping[str, Any] | None = None
    cost: float | None = None
    delay: float = 0.0
    pause: float = 0.0
    then: Failure | Exception | None = None


class Wire(NamedTuple):
    """How an endpoint words an answer to the body of a request."""

    whole: Callable[[Answer, Json], Json]
    events: Callable[[Answer, Json], Iterator[bytes]]


def _text(answer: Answer) -> str:
    return answer.text if isinstance(answer.text, str) else "".join(answer.text)


def _pieces(answer: Answer) -> Sequence[str]:
    return _words(answer.text) if isinstance(answer.text, str) else answer.text


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
    written = (_text(answer), answer.reasoning, *map(_arguments, answer.tool_calls))
    counts.setdefault("input_tokens", len(json.dumps(request)) // _CHARACTERS_PER_TOKEN)
    counts.setdefault("output_tokens", sum(map(len, written)) // _CHARACTERS_PER_TOKEN + 1)
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


def _end(answer: Answer, last: Sequence[bytes]) -> Iterator[bytes]:
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
    message: Json = {"role": "assistant", "content": _text(answer) or None}
    if answer.reasoning:
        message["reasoning_content"] = answer.reasoning
    if answer.tool_calls:
        message["tool_calls"] = [_chat_call(call, _arguments(call)) for call in answer.tool_calls]
    return {
        "id": f"chatcmpl-{uuid4().hex}",
        "object": "chat.completion",
        "created": 0,
        "model": request.get("model"),
        "choices": [{"index": 0, "message": message, "finish_reason": _finish(answer)}],
        "usage": _usage(answer, request),
        **_meta(answer),
    }


def _chat_call(call: Mapping[str, Any], arguments: str) -> Json:
    function = {"name": call["name"], "arguments": arguments}
    return {"id": call["id"], "type": "function", "function": function}


def _chat_events(answer: Answer, request: Json) -> Iterator[bytes]:
    whole = _chat(answer, request)
    head = {**whole, "object": "chat.completion.chunk", "usage": None}
    head.pop("meta", None)

    def chunk(delta: Json, finish: str | None = None, **more: Any) -> bytes:
        return _event(
            {**head, "choices": [{"index": 0, "delta": delta, "finish_reason": finish}], **more}
        )

    yield chunk({"role": "assistant", "content": ""})
    for piece in _words(answer.reasoning):
        yield chunk({"reasoning_content": piece})
    for piece in _pieces(answer):
        yield chunk({"content": piece})
    for index, call in enumerate(answer.tool_calls):
        yield chunk({"tool_calls": [{"index": index, **_chat_call(call, "")}]})
        for piece in _words(_arguments(call)):
            yield chunk({"tool_calls": [{"index": index, "function": {"arguments": piece}}]})
    last = chunk({}, _finish(answer), usage=whole["usage"], **_meta(answer))
    yield from _end(answer, [last, b"data: [DONE]\n\n"])


# --- /responses ---
_INCOMPLETE = {"length": "max_output_tokens", "content_filter": "content_filter"}


def _response(answer: Answer, request: Json) -> Json:
    items: list[Json] = []
    if answer.reasoning:
        summary = [{"type": "summary_text", "text": answer.reasoning}]
        items.append({"type": "reasoning", "summary": summary, "encrypted_content": "sealed"})
    if _text(answer):
        part = {"type": "output_text", "text": _text(answer), "annotations": []}
        items.append({"type": "message", "role": "assistant", "content": [part]})
    for call in answer.tool_calls:
        known = {"call_id": call["id"], "name": call["name"], "arguments": _arguments(call)}
        items.append({"type": "function_call", **known})
    counts = _usage(answer, request)
    usage = {
        "input_tokens": counts["prompt_tokens"],
        "output_tokens": counts["completion_tokens"],
        "total_tokens": counts["total_tokens"],
        "input_tokens_details": counts.get("prompt_tokens_details", {}),
        "output_tokens_details": counts.get("completion_tokens_details", {}),
    }
    reason = _INCOMPLETE.get(_finish(answer))
    name = uuid4().hex
    prefixes = {"reasoning": "rs", "message": "msg", "function_call": "fc"}
    return {
        "id": f"resp_{name}",
        "object": "response",
        "created_at": 0,
        "model": request.get("model"),
        "status": "incomplete" if reason else "completed",
        "incomplete_details": {"reason": reason} if reason else None,
        "error": None,
        "output": [
            {"id": f"{prefixes[item['type']]}_{name}{index}", "status": "completed", **item}
            for index, item in enumerate(items)
        ],
        "store": request.get("store", True),
        "usage": usage,
        **_meta(answer),
    }


_EMPTY: Mapping[str, Any] = {"content": [], "summary": [], "arguments": ""}
_GROWING = {
    "reasoning": "reasoning_summary_text",
    "message": "output_text",
    "function_call": "function_call_arguments",
}


def _response_events(answer: Answer, request: Json) -> Iterator[bytes]:
    whole = _response(answer, request)
    begun = {**whole, "status": "in_progress", "output": [], "usage": None, "meta": None}
    yield _event({"type": "response.created", "response": begun})
    for index, item in enumerate(whole["output"]):
        empty = {name: value for name, value in _EMPTY.items() if name in item}
        added = {**item, **empty, "status": "in_progress"}
        yield _event({"type": "response.output_item.added", "output_index": index, "item": added})
        place = {"item_id": item["id"], "output_index": index}
        place |= {"content_index": 0, "summary_index": 0}
        for piece in _pieces_of(item["type"], answer, item):
            kind = f"response.{_GROWING[item['type']]}.delta"
            yield _event({"type": kind, **place, "delta": piece})
        if item["type"] != "message" or answer.then is None:
            done = {"type": "response.output_item.done", "output_index": index, "item": item}
            yield _event(done)
    yield from _end(answer, [_event({"type": f"response.{whole['status']}", "response": whole})])


def _pieces_of(kind: str, answer: Answer, item: Json) -> Sequence[str]:
    if kind == "message":
        return _pieces(answer)
    return _words(answer.reasoning if kind == "reasoning" else item["arguments"])


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


def _message(answer: Answer, request: Json) -> Json:
    content: list[Json] = []
    if answer.reasoning:
        content.append({"type": "thinking", "thinking": answer.reasoning, "signature": "signed"})
    if _text(answer):
        content.append({"type": "text", "text": _text(answer)})
    for call in answer.tool_calls:
        known = {"id": call["id"], "name": call["name"], "input": _input(call)}
        content.append({"type": "tool_use", **known})
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
        "content": content,
        "stop_reason": _STOP_REASONS.get(_finish(answer), _finish(answer)),
        "stop_sequence": None,
        "usage": usage,
        **_meta(answer),
    }


def _input(call: Mapping[str, Any]) -> Any:
    try:
        return json.loads(_arguments(call))
    except ValueError:
        return _arguments(call)


def _message_events(answer: Answer, request: Json) -> Iterator[bytes]:
    whole = _message(answer, request)
    begun = {**whole, "content": [], "stop_reason": None}
    begun.pop("meta", None)
    yield _event({"type": "message_start", "message": begun})
    calls = iter(answer.tool_calls)
    for index, block in enumerate(whole["content"]):
        start, deltas = _BLOCKS[block["type"]](answer, calls)
        head = {"type": "content_block_start", "index": index}
        yield _event({**head, "content_block": {**block, **start}})
        for delta in deltas:
            yield _event({"type": "content_block_delta", "index": index, "delta": delta})
        yield _event({"type": "content_block_stop", "index": index})
    ends = {name: whole[name] for name in ("stop_reason", "stop_sequence")}
    last = {"type": "message_delta", "delta": ends, "usage": whole["usage"]}
    yield from _end(answer, [_event(last), _event({"type": "message_stop", **_meta(answer)})])


def _thinking(answer: Answer, _: Iterator[Mapping[str, Any]]) -> tuple[Json, list[Json]]:
    deltas = [{"type": "thinking_delta", "thinking": piece} for piece in _words(answer.reasoning)]
    signed = {"type": "signature_delta", "signature": "signed"}
    return {"thinking": "", "signature": ""}, [*deltas, signed]


def _text_block(answer: Answer, _: Iterator[Mapping[str, Any]]) -> tuple[Json, list[Json]]:
    return {"text": ""}, [{"type": "text_delta", "text": piece} for piece in _pieces(answer)]


def _tool_use(_: Answer, calls: Iterator[Mapping[str, Any]]) -> tuple[Json, list[Json]]:
    pieces = _words(_arguments(next(calls)))
    return {"input": {}}, [{"type": "input_json_delta", "partial_json": p} for p in pieces]


_BLOCKS = {"thinking": _thinking, "text": _text_block, "tool_use": _tool_use}

WIRES: Mapping[str, Wire] = MappingProxyType(
    {
        "chat/completions": Wire(_chat, _chat_events),
        "responses": Wire(_response, _response_events),
        "messages": Wire(_message, _message_events),
    }
)
"""By the names of `ENDPOINTS`."""
