"""Doors to the messages endpoint: what a model sends there, and what it makes of an answer."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any

import httpx

from langchain_aimlapi import ChatAIMLAPI

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator, Sequence

    from langchain_core.language_models import LanguageModelInput
    from langchain_core.messages import AIMessage, AIMessageChunk

Json = dict[str, Any]

MODEL = "anthropic/claude-sonnet-5"
MARK = {"type": "ephemeral"}
USAGE = {"input_tokens": 10, "output_tokens": 5}


def message(*content: Json, stop: str | None = "end_turn", **more: Any) -> Json:
    """Return the body of an answer."""
    return {
        "id": "msg_1",
        "type": "message",
        "role": "assistant",
        "model": "claude-sonnet-5",
        "content": list(content),
        "stop_reason": stop,
        "stop_sequence": None,
        "usage": USAGE,
        **more,
    }


def events(*blocks: tuple[Json, Sequence[Json]], stop: str = "end_turn", **more: Any) -> list[Json]:
    """Return the events of an answer: each block as it starts, and its pieces."""
    made: list[Json] = [{"type": "message_start", "message": message(stop=None)}]
    for index, (start, pieces) in enumerate(blocks):
        made.append({"type": "content_block_start", "index": index, "content_block": start})
        made += [{"type": "content_block_delta", "index": index, "delta": p} for p in pieces]
        made.append({"type": "content_block_stop", "index": index})
    delta = {"stop_reason": stop, "stop_sequence": None}
    made.append({"type": "message_delta", "delta": delta, "usage": {"output_tokens": 5}} | more)
    return [*made, {"type": "message_stop"}]


def sse(events: Sequence[Json], *, named: bool = True) -> bytes:
    """Return events as they are sent."""
    return b"".join(
        (f"event: {e['type']}\n" if named else "").encode()
        + b"data: "
        + json.dumps(e, ensure_ascii=False).encode()
        + b"\n\n"
        for e in events
    )


def text_piece(text: str) -> Json:
    """Return a piece of text."""
    return {"type": "text_delta", "text": text}


def whole(block: Json) -> tuple[Json, list[Json]]:
    """Return a block that comes whole at its start."""
    return block, []


class _Bytes(httpx.SyncByteStream, httpx.AsyncByteStream):
    def __init__(self, pieces: list[bytes]) -> None:
        self._pieces = pieces

    def __iter__(self) -> Iterator[bytes]:
        yield from self._pieces

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for piece in self._pieces:
            yield piece


class Service:
    """Answers every request with the same bytes, and keeps what it was asked.

    Args:
        answer: The body of whole answers.
        stream: The body of streams, whole or in the pieces in which it arrives.
    """

    def __init__(self, answer: Any = None, stream: bytes | list[bytes] = b"") -> None:
        self.answer = message({"type": "text", "text": "ok"}) if answer is None else answer
        self.stream = [stream] if isinstance(stream, bytes) else stream
        self.paths: list[str] = []
        self.bodies: list[Json] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.paths.append(request.url.path)
        self.bodies.append(json.loads(request.content))
        if self.bodies[-1].get("stream"):
            kind = {"content-type": "text/event-stream"}
            return httpx.Response(200, headers=kind, stream=_Bytes(self.stream))
        data = self.answer if isinstance(self.answer, bytes) else json.dumps(self.answer).encode()
        return httpx.Response(200, content=data, headers={"content-type": "application/json"})

    def model(self, **settings: Any) -> ChatAIMLAPI:
        """Return a model that asks here."""
        given = {"model": MODEL, "endpoint": "messages", "api_key": "k" * 20, "max_retries": 0}
        return ChatAIMLAPI(
            **{**given, **settings},
            http_client=httpx.Client(transport=httpx.MockTransport(self)),
            http_async_client=httpx.AsyncClient(transport=httpx.MockTransport(self)),
        )


def body_of(messages: LanguageModelInput, **settings: Any) -> Json:
    """Return the body that is sent for messages."""
    service = Service()
    service.model(**settings).invoke(messages)
    (path,), (body,) = service.paths, service.bodies
    assert path == "/v1/messages"
    return body


def merged(chunks: Sequence[AIMessageChunk]) -> AIMessageChunk:
    """Return the message that chunks add up to."""
    first, *rest = chunks
    return first + rest if rest else first


def streamed(stream: bytes | list[bytes], **settings: Any) -> AIMessageChunk:
    """Return what a stream is merged to; the async twin must say the same."""
    model = Service(stream=stream).model(**settings)

    async def twin() -> list[Any]:
        return [chunk async for chunk in model.astream("Hi")]

    one = merged(list(model.stream("Hi")))
    other = merged(asyncio.run(twin()))
    assert other.id != one.id  # each run has its own
    other.id = one.id
    assert other == one
    return one


def invoked(answer: Any, **settings: Any) -> AIMessage:
    """Return what a whole answer is read as."""
    return Service(answer).model(**settings).invoke("Hi")
