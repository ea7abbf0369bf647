"""Answers of the Responses endpoint as bodies and as streams, and a model that gets them."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any, cast

import httpx

from langchain_aimlapi import ChatAIMLAPI

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from langchain_core.messages import AIMessage, AIMessageChunk

Json = dict[str, Any]

MODEL = "openai/gpt-5-4"
"""Served on this endpoint only, reasons, and documents most of what there is."""
BASE = "https://api.example/v1"
USAGE: Json = {
    "input_tokens": 9,
    "input_tokens_details": {"cached_tokens": 4, "cache_write_tokens": 2},
    "output_tokens": 7,
    "output_tokens_details": {"reasoning_tokens": 5},
    "total_tokens": 16,
}
META: Json = {"usage": {"credits_used": 120, "usd_spent": 0.00006}}


def text_part(text: str, **more: Any) -> Json:
    return {"type": "output_text", "text": text, "annotations": [], "logprobs": [], **more}


def message(*parts: Any, **more: Any) -> Json:
    content = [text_part(part) if isinstance(part, str) else part for part in parts]
    return {
        "type": "message",
        "id": "msg_1",
        "status": "completed",
        "role": "assistant",
        "content": content,
        **more,
    }


def reasoning(*summary: str, sealed: str | None = "c2VhbGVk", **more: Any) -> Json:
    item = {
        "type": "reasoning",
        "id": "rs_1",
        "summary": [{"type": "summary_text", "text": text} for text in summary],
        **more,
    }
    return {**item, "encrypted_content": sealed} if sealed else item


def call(
    arguments: str = '{"a": 1, "b": 2}', name: str = "add", call_id: str = "call_1", **more: Any
) -> Json:
    return {
        "type": "function_call",
        "id": f"fc_{call_id}",
        "status": "completed",
        "call_id": call_id,
        "name": name,
        "arguments": arguments,
        **more,
    }


def response(*items: Json, **more: Any) -> Json:
    return {
        "id": "resp_1",
        "object": "response",
        "created_at": 1,
        "status": "completed",
        "error": None,
        "incomplete_details": None,
        "model": "gpt-5.4",
        "output": list(items),
        "store": False,
        "usage": USAGE,
        "meta": META,
        **more,
    }


def events_of(body: Json) -> list[Json]:
    """Return the documented events of an answer."""
    started = {**body, "status": "in_progress", "output": [], "usage": None, "meta": None}
    events: list[Json] = [
        {"type": "response.created", "response": {**started, "service_tier": "auto"}},
        {"type": "response.in_progress", "response": started},
    ]
    for index, item in enumerate(body["output"]):
        events += item_events(index, item)
    return [*events, {"type": f"response.{body['status']}", "response": body}]


def item_events(index: int, item: Json) -> list[Json]:
    """Return the events of one item, from its beginning to its end."""
    at = {"output_index": index, "item_id": item["id"]}
    begun = {**item, "status": "in_progress"}
    begun |= {name: [] for name in ("content", "summary") if name in item}
    begun |= {name: "" for name in ("arguments", "input", "code") if name in item}
    if "encrypted_content" in begun:
        begun["encrypted_content"] = "of the beginning"
    added = {"type": "response.output_item.added", "output_index": index, "item": begun}
    done = {"type": "response.output_item.done", "output_index": index, "item": item}
    return [added, *_pieces(at, item), done]


def _pieces(at: Json, item: Json) -> Iterator[Json]:
    def of(kind: str, **more: Any) -> Json:
        return {"type": f"response.{kind}", **at, **more}

    for number, part in enumerate(item.get("content") or ()):
        where = {"content_index": number}
        name = {"output_text": "output_text", "reasoning_text": "reasoning_text"}.get(
            part["type"], part["type"]
        )
        field = "refusal" if name == "refusal" else "text"
        yield of("content_part.added", **where, part={**part, field: ""})
        if field in part:
            for piece in split(part[field]):
                yield of(f"{name}.delta", **where, delta=piece)
            for cited in part.get("annotations", ()):
                yield of("output_text.annotation.added", **where, annotation=cited)
            yield of(f"{name}.done", **where, **{field: part[field]})
        yield of("content_part.done", **where, part=part)
    for number, part in enumerate(item.get("summary") or ()):
        where = {"summary_index": number}
        yield of("reasoning_summary_part.added", **where, part={**part, "text": ""})
        for piece in split(part["text"]):
            yield of("reasoning_summary_text.delta", **where, delta=piece)
        yield of("reasoning_summary_text.done", **where, text=part["text"])
        yield of("reasoning_summary_part.done", **where, part=part)
    names = {"function_call": "arguments", "custom_tool_call": "input"}
    if (name := names.get(item["type"])) is not None:
        kind = f"{item['type']}_{name}"
        for piece in split(item[name]):
            yield of(f"{kind}.delta", delta=piece)
        yield of(f"{kind}.done", **{name: item[name]})


def split(text: str) -> list[str]:
    """Return a text in pieces."""
    return [text[at : at + 5] for at in range(0, len(text), 5)]


def wire(events: Sequence[Json], *, named: bool = True, end: bytes = b"") -> bytes:
    """Return events as bytes, with their names beside them or not."""
    lines = [
        (f"event: {event['type']}\n" if named else "")
        + f"data: {json.dumps({**event, 'sequence_number': number}, ensure_ascii=False)}\n\n"
        for number, event in enumerate(events)
    ]
    return "".join(lines).encode() + end


class Service:
    """A service that gives one answer, and remembers what it was asked."""

    def __init__(self, *replies: Json | bytes, status: int = 200, **headers: str) -> None:
        self.asked: list[Json] = []
        self.paths: list[str] = []
        self._replies = list(replies)
        self._status = status
        self._headers = headers

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(json.loads(request.content))
        self.paths.append(request.url.path)
        reply = self._replies[min(len(self.asked), len(self._replies)) - 1]
        if isinstance(reply, bytes):
            kind = "text/event-stream"
            headers = {"content-type": kind, **self._headers}
            return httpx.Response(self._status, content=reply, headers=headers)
        return httpx.Response(self._status, json=reply, headers=self._headers)

    @property
    def body(self) -> Json:
        """What was asked last."""
        return self.asked[-1]

    def model(self, name: str = MODEL, **settings: Any) -> ChatAIMLAPI:
        """Return a model that asks here."""
        transport = httpx.MockTransport(self)
        return ChatAIMLAPI(
            model=name,
            api_key="sk-test",
            base_url=BASE,
            max_retries=0,
            http_client=httpx.Client(transport=transport),
            http_async_client=httpx.AsyncClient(transport=transport),
            **settings,
        )


def invoked(body: Json, **settings: Any) -> AIMessage:
    """Return the message of a whole answer."""
    return Service(body).model(**settings).invoke("Hi!")


def merged(chunks: Sequence[Any]) -> AIMessageChunk:
    """Return the sum of chunks."""
    first, *rest = chunks
    return cast("AIMessageChunk", first + rest if rest else first)


def streamed(data: bytes, **settings: Any) -> AIMessageChunk:
    """Return the sum of a stream."""
    return merged(list(Service(data).model(**settings).stream("Hi!")))


def astreamed(data: bytes) -> AIMessageChunk:
    """Return the sum of a stream that was read asynchronously."""

    async def read() -> list[Any]:
        return [chunk async for chunk in Service(data).model().astream("Hi!")]

    return merged(asyncio.run(read()))


def stream_messages(data: bytes) -> Any:
    """Return what LangChain's protocol events say that the message is."""
    stream = Service(data).model().stream_events("Hi!", version="v3")
    return stream.output


Way = "Callable[[Json], AIMessage]"
