"""Answers of all three endpoints as bodies, events and streams, and a model that gets them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import httpx
from emulator import responses
from emulator.messages import pieces_of

from langchain_aimlapi import ChatAIMLAPI

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

Json = dict[str, Any]

KEY = "sk-live-0123456789abcdef"
DONE = "[DONE]"
ENDPOINTS = ("chat/completions", "messages", "responses")
MODELS = {
    "chat/completions": "openai/gpt-4o",
    "messages": "anthropic/claude-sonnet-5",
    "responses": "openai/gpt-5-4",
}


# --- the service --------------------------------------------------------------------------------
def encoded(body: Any) -> bytes:
    """Return a body as bytes, if it is none yet."""
    return body if isinstance(body, bytes) else json.dumps(body, ensure_ascii=False).encode()


def sse(events: Iterable[Any], *, named: bool = True) -> bytes:
    """Return events as they are sent: bytes as they are, texts as data, a type as a name too."""
    return b"".join(_frame(event, named=named) for event in events)


def _frame(event: Any, *, named: bool) -> bytes:
    if isinstance(event, bytes):
        return event
    name = event.get("type") if named and isinstance(event, dict) else None
    line = f"event: {name}\n".encode() if isinstance(name, str) else b""
    data = event.encode() if isinstance(event, str) else encoded(event)
    return line + b"data: " + data + b"\n\n"


def model_of(
    body: Any = b"",
    stream: Any = b"",
    *,
    headers: dict[str, str] | None = None,
    sent: list[Json] | None = None,
    **settings: Any,
) -> ChatAIMLAPI:
    """Return a model that is answered with a body, or with a stream where it asks for one.

    Args:
        body: As bytes, or what they say.
        stream: As bytes, or its events. What begins with a brace is sent as a document.
        headers: Of every answer.
        sent: A list that takes the bodies of the requests.
        **settings: Of the model.
    """
    whole = encoded(body)
    events = stream if isinstance(stream, bytes) else sse(stream)

    def answer(request: httpx.Request) -> httpx.Response:
        asked = json.loads(request.content)
        if sent is not None:
            sent.append(asked)
        data = events if asked.get("stream") else whole
        kind = "application/json" if data.startswith(b"{") else "text/event-stream"
        return httpx.Response(200, content=data, headers={"content-type": kind, **(headers or {})})

    endpoint = settings.get("endpoint", "chat/completions")
    transport = httpx.MockTransport(answer)
    given = {"model": MODELS.get(endpoint), "api_key": KEY, "max_retries": 0, **settings}
    return ChatAIMLAPI(
        **given,
        http_client=httpx.Client(transport=transport),
        http_async_client=httpx.AsyncClient(transport=transport),
    )


def chunks_of(stream: Any, **settings: Any) -> list[Any]:
    """Return the chunks of a stream."""
    return list(model_of(stream=stream, **settings).stream("Hi"))


def merged(chunks: Iterable[Any]) -> Any:
    """Return the message that chunks add up to."""
    first, *rest = chunks
    return first + rest if rest else first


def streamed(stream: Any, **settings: Any) -> Any:
    """Return the message of a stream."""
    return merged(chunks_of(stream, **settings))


def invoked(body: Any, **settings: Any) -> Any:
    """Return the message of a body."""
    return model_of(body, **settings).invoke("Hi")


# --- chat/completions ---------------------------------------------------------------------------
def completion(message: Any = None, /, **more: Any) -> Json:
    """Return a body of one choice; what does not belong to the choice stands beside it."""
    choice: Json = {"index": 0, "message": message, "finish_reason": more.pop("finish", "stop")}
    for name in ("logprobs", "native_finish_reason"):
        if name in more:
            choice[name] = more.pop(name)
    return {"id": "gen-1", "model": "vendor/model-1", "choices": [choice], **more}


def chunk(delta: Json | None = None, /, **more: Any) -> Json:
    """Return a chunk of a stream; what does not belong to the choice stands beside it."""
    choice: Json = {"index": more.pop("index", 0), "finish_reason": more.pop("finish", None)}
    for name in ("logprobs", "native_finish_reason", "message"):
        if name in more:
            choice[name] = more.pop(name)
    if delta is not None:
        choice["delta"] = delta
    return {"id": "gen-1", "model": "vendor/model-1", "choices": [choice], **more}


def calls(*entries: Any) -> Json:
    """Return a delta, or a message, with entries of `tool_calls`."""
    return {"tool_calls": list(entries)}


def call(name: str | None = None, arguments: Any = None, /, **more: Any) -> Json:
    """Return an entry of `tool_calls`, with what is given and nothing else."""
    function = {"name": name} if name is not None else {}
    if arguments is not None:
        function["arguments"] = arguments
    return {"function": function, **more}


def usage(sent: Any, received: Any, **more: Any) -> Json:
    """Return a usage in OpenAI's names."""
    return {"prompt_tokens": sent, "completion_tokens": received, **more}


def chat_stream(*deltas: Json, finish: str = "stop", **more: Any) -> bytes:
    """Return a stream of deltas; each chunk says more."""
    return sse([*(chunk(d, **more) for d in deltas), chunk({}, finish=finish, **more), DONE])


def chat_streams(body: Json) -> dict[str, bytes]:
    """Return streams of the same answer: in one chunk, and in pieces."""
    choice = body["choices"][0]
    message = choice.get("message") or choice.get("delta") or {}
    return {
        "one chunk": sse([*_chat_chunks(body, choice, [message]), DONE]),
        "pieces": sse(_chat_chunks(body, choice, list(_chat_pieces(message)))),
    }


def _chat_chunks(body: Json, choice: Json, deltas: list[Json]) -> list[Json]:
    head = {"id": body.get("id"), "model": body.get("model")}
    chunks: list[Json] = [{**head, "choices": [{"index": 0, "delta": delta}]} for delta in deltas]
    logprobs = choice.get("logprobs") or {}
    chunks += [
        {**head, "choices": [{"delta": {}, "logprobs": {"content": [token]}}]}
        for token in logprobs.get("content", ())
    ]
    ends = {n: choice[n] for n in ("finish_reason", "native_finish_reason") if n in choice}
    chunks.append({**head, "choices": [{"index": 0, "delta": {}, **ends}]})
    return [*chunks, {**body, "choices": []}]


def _chat_pieces(message: Json) -> Iterator[Json]:
    """Yield deltas: the texts character by character, the rest as it is, one field at a time."""
    yield {"role": "assistant", "content": ""}
    details = message.get("reasoning_details")
    if details:
        yield from _detail_pieces(details, doubled="reasoning" in message)
    for name in ("reasoning_content", "reasoning", "content", "refusal"):
        if isinstance(message.get(name), str) and not (details and name == "reasoning"):
            yield from ({name: letter} for letter in message[name])
    for name, value in message.items():
        if name == "tool_calls" and isinstance(value, list):
            yield from _call_pieces(value)
        elif name == "audio" and isinstance(value, dict):
            yield from _audio_pieces(value)
        elif isinstance(value, list) and name != "reasoning_details":
            yield from ({name: [item]} for item in value)
        elif isinstance(value, dict) or name == "encrypted_content":
            yield {name: value}


def _detail_pieces(details: list[Json], *, doubled: bool) -> Iterator[Json]:
    for detail in details:
        name = "summary" if "summary" in detail else "text"
        for letter in detail.get(name, ""):
            piece: Json = {"type": detail["type"], name: letter, "index": detail.get("index", 0)}
            yield {"reasoning_details": [piece], **({"reasoning": letter} if doubled else {})}
        yield {"reasoning_details": [{k: v for k, v in detail.items() if k != name}]}


def _call_pieces(entries: list[Any]) -> Iterator[Json]:
    for index, entry in enumerate(e for e in entries if isinstance(e, dict)):
        kind = "custom" if "custom" in entry else "function"
        if kind not in entry:
            continue
        field = "input" if kind == "custom" else "arguments"
        text = entry[kind].get(field) or ""
        whole = text if isinstance(text, dict) else ""
        first = {**entry[kind], field: whole}
        yield {"tool_calls": [{**entry, "index": index, kind: first}]}
        for letter in "" if whole else text:
            yield {"tool_calls": [{"index": index, kind: {field: letter}}]}


def _audio_pieces(audio: Json) -> Iterator[Json]:
    yield {"audio": {"id": audio["id"]}}
    yield from ({"audio": {"transcript": letter}} for letter in audio["transcript"])
    for start in range(0, len(audio["data"]), 3):
        yield {"audio": {"data": audio["data"][start : start + 3]}}
    yield {"audio": {"expires_at": audio.get("expires_at")}}


# --- messages -----------------------------------------------------------------------------------
def claude(*content: Json, stop: str | None = "end_turn", **more: Any) -> Json:
    """Return a body of the messages endpoint."""
    return {
        "id": "msg_1",
        "type": "message",
        "role": "assistant",
        "model": "claude-sonnet-5",
        "content": list(content),
        "stop_reason": stop,
        "stop_sequence": None,
        "usage": {"input_tokens": 10, "output_tokens": 5},
        **more,
    }


def claude_events(
    *blocks: tuple[Json, Sequence[Json]], stop: str | None = "end_turn", **more: Any
) -> list[Json]:
    """Return the events of an answer: each block as it starts, and its pieces.

    Args:
        *blocks: Each as it starts, with the deltas that follow.
        stop: The reason.
        **more: Of `message_delta`.
    """
    made: list[Json] = [{"type": "message_start", "message": claude(stop=None)}]
    for index, (start, pieces) in enumerate(blocks):
        made.append({"type": "content_block_start", "index": index, "content_block": start})
        made += [{"type": "content_block_delta", "index": index, "delta": p} for p in pieces]
        made.append({"type": "content_block_stop", "index": index})
    delta = {"stop_reason": stop, "stop_sequence": None}
    end = {"type": "message_delta", "delta": delta, "usage": {"output_tokens": 5}, **more}
    return [*made, end, {"type": "message_stop"}]


def claude_streams(body: Json) -> dict[str, bytes]:
    """Return streams of the same answer: in pieces, in whole blocks, in the first event."""
    blocks, stop = body["content"], body["stop_reason"]
    pieces = claude_events(*(pieces_of(block, list) for block in blocks), stop=stop)
    whole = claude_events(*((block, ()) for block in blocks), stop=stop)
    started = [{"type": "message_start", "message": body}, {"type": "message_stop"}]
    return {"pieces": sse(pieces), "blocks": sse(whole, named=False), "its start": sse(started)}


# --- responses ----------------------------------------------------------------------------------
def text_part(text: str, **more: Any) -> Json:
    """Return a part of a message item."""
    return {"type": "output_text", "text": text, "annotations": [], "logprobs": [], **more}


def message_item(*parts: Any, **more: Any) -> Json:
    """Return a message item of texts and other parts."""
    content = [text_part(part) if isinstance(part, str) else part for part in parts]
    item = {"type": "message", "id": "msg_1", "status": "completed", "role": "assistant"}
    return {**item, "content": content, **more}


def reasoning_item(*summary: str, sealed: str | None = "c2VhbGVk", **more: Any) -> Json:
    """Return a reasoning item with parts of a summary, encrypted or not."""
    parts = [{"type": "summary_text", "text": text} for text in summary]
    item = {"type": "reasoning", "id": "rs_1", "summary": parts, **more}
    return {**item, "encrypted_content": sealed} if sealed else item


def call_item(arguments: Any = '{"a": 1, "b": 2}', *, call_id: Any = "call_1", **more: Any) -> Json:
    """Return a call of a function named `add`."""
    item = {"type": "function_call", "id": f"fc_{call_id}", "status": "completed"}
    return {**item, "call_id": call_id, "name": "add", "arguments": arguments, **more}


RESPONSE_USAGE: Json = {
    "input_tokens": 9,
    "input_tokens_details": {"cached_tokens": 4, "cache_write_tokens": 2},
    "output_tokens": 7,
    "output_tokens_details": {"reasoning_tokens": 5},
    "total_tokens": 16,
}


def response(*items: Any, **more: Any) -> Json:
    """Return a body of the Responses endpoint."""
    return {
        "id": "resp_1",
        "object": "response",
        "status": "completed",
        "model": "gpt-5.4",
        "output": list(items),
        "store": False,
        "usage": RESPONSE_USAGE,
        "meta": {"usage": {"credits_used": 120, "usd_spent": 0.00006}},
        **more,
    }


def response_streams(body: Json) -> dict[str, bytes]:
    """Return streams of the same answer: in pieces, and whole in the last event."""
    events = response_events(body)
    return {"pieces": sse(events), "its end": sse([events[0], events[-1]], named=False)}


def response_events(body: Json) -> list[Json]:
    """Return the documented events of an answer."""
    return list(responses.events_of(body, split))


def item_events(index: int, item: Json) -> list[Json]:
    """Return the events of one item, from its beginning to its end."""
    return responses.item_events(index, item, split)


def split(text: str) -> list[str]:
    """Return a text in pieces."""
    return [text[at : at + 5] for at in range(0, len(text), 5)]


STREAMS = {
    "chat/completions": chat_streams,
    "messages": claude_streams,
    "responses": response_streams,
}
