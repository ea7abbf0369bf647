"""The service for benchmarks: a process of its own, HTTP/1.1 with keep-alive, no thinking.

The first parts of a path say what is answered: `/KIND/CHUNKS/PER_WRITE/PAUSE/v1/...`. KIND is
`chat`, `responses` or `messages`; a stream brings CHUNKS chunks, PER_WRITE of them per write, with
PAUSE seconds before each. A write is one chunk of the transfer encoding, so also one of httpx's.
"""

from __future__ import annotations

import asyncio
import json
import resource
import sys
from contextlib import suppress
from functools import lru_cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

PAUSE = 0.15
"""Seconds between the chunks of a stream that is to stay open."""

_USAGE = {
    "prompt_tokens": 16,
    "completion_tokens": 500,
    "total_tokens": 516,
    "completion_tokens_details": {"reasoning_tokens": 0},
    "prompt_tokens_details": {"cached_tokens": 0},
}
_ANSWER = {
    "id": "chatcmpl-bench",
    "object": "chat.completion",
    "created": 1770995751,
    "model": "bench/model",
    "system_fingerprint": None,
    "choices": [
        {
            "index": 0,
            "message": {"role": "assistant", "content": "Hello! " * 40},
            "finish_reason": "stop",
        }
    ],
    "usage": _USAGE,
    "meta": {"usage": {"credits_used": 120000, "usd_spent": 0.06}},
}
_TOKENS = {"input_tokens": 16, "output_tokens": 500}
_MESSAGE = {
    "id": "msg_bench",
    "type": "message",
    "role": "assistant",
    "model": "bench/model",
    "content": [{"type": "text", "text": "Hello! " * 40}],
    "stop_reason": "end_turn",
    "stop_sequence": None,
    "usage": _TOKENS,
}
_SAID = {"type": "output_text", "text": "Hello! " * 40, "annotations": [], "logprobs": []}
_RESPONSE = {
    "id": "resp_bench",
    "object": "response",
    "created_at": 1770995751,
    "model": "bench/model",
    "error": None,
    "status": "completed",
    "output": [
        {
            "type": "message",
            "id": "msg_bench",
            "status": "completed",
            "role": "assistant",
            "content": [_SAID],
        }
    ],
    "parallel_tool_calls": True,
    "tool_choice": "auto",
    "tools": [],
    "usage": {
        **_TOKENS,
        "total_tokens": 516,
        "input_tokens_details": {"cached_tokens": 0},
        "output_tokens_details": {"reasoning_tokens": 0},
    },
}
BODIES = {
    "chat": json.dumps(_ANSWER).encode(),
    "responses": json.dumps(_RESPONSE).encode(),
    "messages": json.dumps(_MESSAGE).encode(),
}
"""Whole answers, by kind."""
_JSON_HEAD = (
    b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nx-inference-id: inf_1\r\n"
    b"x-aimlapi-usd-spent: 0.06\r\ncontent-length: %d\r\n\r\n"
)
_STREAM_HEAD = (
    b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nx-inference-id: inf_1\r\n"
    b"transfer-encoding: chunked\r\n\r\n"
)


def _event(delta: dict[str, Any], finish: str | None = None) -> bytes:
    choice = {"index": 0, "delta": delta, "finish_reason": finish}
    return _data({"choices": [choice], "usage": None})


def _data(facts: dict[str, Any]) -> bytes:
    chunk = {
        "id": "chatcmpl-bench",
        "object": "chat.completion.chunk",
        "created": 1770995751,
        "model": "bench/model",
        "system_fingerprint": None,
        **facts,
    }
    return b"data: " + json.dumps(chunk, separators=(",", ":")).encode() + b"\n\n"


def _chat(chunks: int) -> Iterator[bytes]:
    """Make the events of a text on chat/completions, each with its blank line."""
    yield _event({"role": "assistant", "content": ""})
    for number in range(chunks):
        yield _event({"content": f" word{number}"})
    yield _event({}, "stop")
    yield _data({"choices": [], "usage": _USAGE})
    yield b"data: [DONE]\n\n"


def _responses(chunks: int) -> Iterator[bytes]:
    """Make the events of a text on the Responses endpoint, as OpenAI sends them."""
    text = "".join(f" word{number}" for number in range(chunks))
    part = {"type": "output_text", "text": text, "annotations": [], "logprobs": []}
    item = {"type": "message", "id": "msg_bench", "status": "completed", "role": "assistant"}
    place = {"item_id": "msg_bench", "output_index": 0}
    at = {**place, "content_index": 0}
    usage = {"input_tokens": 16, "output_tokens": 500, "total_tokens": 516}
    response = {"id": "resp_bench", "object": "response", "model": "bench/model", "error": None}
    begun = {**response, "status": "in_progress", "output": []}
    whole = {**response, "status": "completed", "output": [{**item, "content": [part]}]}
    made: list[dict[str, Any]] = [
        {"type": "response.created", "response": begun},
        {"type": "response.output_item.added", "output_index": 0, "item": {**item, "content": []}},
        {"type": "response.content_part.added", **at, "part": {**part, "text": ""}},
        *(
            {
                "type": "response.output_text.delta",
                **at,
                "delta": f" word{number}",
                "logprobs": [],
            }
            for number in range(chunks)
        ),
        {"type": "response.output_text.done", **at, "text": text},
        {"type": "response.content_part.done", **at, "part": part},
        {"type": "response.output_item.done", "output_index": 0, "item": whole["output"][0]},
        {"type": "response.completed", "response": {**whole, "usage": usage}},
    ]
    for number, event in enumerate(made):
        data = json.dumps({**event, "sequence_number": number}, separators=(",", ":"))
        yield f"event: {event['type']}\ndata: {data}\n\n".encode()


def _messages(chunks: int) -> Iterator[bytes]:
    """Make the events of a text on the Messages endpoint, as Anthropic sends them."""
    begun = {**_MESSAGE, "content": [], "stop_reason": None}
    ended = {"stop_reason": "end_turn", "stop_sequence": None}
    made: list[dict[str, Any]] = [
        {"type": "message_start", "message": begun},
        {
            "type": "content_block_start",
            "index": 0,
            "content_block": {"type": "text", "text": ""},
        },
        *(
            {
                "type": "content_block_delta",
                "index": 0,
                "delta": {"type": "text_delta", "text": f" word{number}"},
            }
            for number in range(chunks)
        ),
        {"type": "content_block_stop", "index": 0},
        {"type": "message_delta", "delta": ended, "usage": {"output_tokens": 500}},
        {"type": "message_stop"},
    ]
    for event in made:
        data = json.dumps(event, separators=(",", ":"))
        yield f"event: {event['type']}\ndata: {data}\n\n".encode()


EVENTS = {"chat": _chat, "responses": _responses, "messages": _messages}


@lru_cache(maxsize=8)
def _writes(kind: str, chunks: int, per_write: int) -> list[bytes]:
    made = list(EVENTS[kind](chunks))
    parts = [b"".join(made[at : at + per_write]) for at in range(0, len(made), per_write)]
    return [b"%x\r\n%s\r\n" % (len(part), part) for part in [*parts, b""]]


async def _serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(asyncio.IncompleteReadError, ConnectionError):
        while True:
            head = (await reader.readuntil(b"\r\n\r\n")).lower()
            kind, chunks, per_write, pause = head.split(b" ", 2)[1].decode().split("/")[1:5]
            length = int(head.partition(b"content-length:")[2].split(b"\r\n", 1)[0])
            body = json.loads(await reader.readexactly(length))
            if not body.get("stream"):
                writer.write(_JSON_HEAD % len(BODIES[kind]) + BODIES[kind])
                await writer.drain()
                continue
            writer.write(_STREAM_HEAD)
            for data in _writes(kind, int(chunks), int(per_write)):
                if float(pause):
                    await asyncio.sleep(float(pause))
                writer.write(data)
                await writer.drain()
    writer.close()


async def _main() -> None:
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    server = await asyncio.start_server(_serve, "127.0.0.1", 0, backlog=8192)
    sys.stdout.write(f"{server.sockets[0].getsockname()[1]}\n")
    sys.stdout.flush()
    async with server:
        await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(_main())
