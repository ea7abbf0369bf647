"""The service for the load script: a process of its own; one answer in twenty is faulty.

A prompt is a number. The answer says that number again and again, so an answer that belongs to
another call shows. Which calls go wrong, and how, follows from the number: see `FAULTS`.
"""

from __future__ import annotations

import asyncio
import json
import resource
import sys
from contextlib import suppress
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

CHUNKS = 200
EVERY = 20
"""One call in so many goes wrong: 5 %."""

SLOW = "load/slow"
"""The model whose streams stay open: chunks with a pause before each."""
SLOW_CHUNKS, SLOW_PAUSE = 20, 0.15

CLOSES, IDLES = "load/closes", "load/idles"
"""Models whose connections are closed without a word: after each answer, and when idle."""
IDLE = 0.03
"""Seconds after which an idle connection of the second is closed."""

_HEAD = "HTTP/1.1 {} X\r\ncontent-type: {}\r\nx-inference-id: inf-{}\r\n{}\r\n"
_GONE: set[int] = set()
"""Calls whose fault has happened: the next attempt gets its answer."""


def expected_text(number: int, chunks: int) -> str:
    """Return what the answer to `number` says."""
    return f"{number} " * chunks


def fault_of(number: int) -> str | None:
    """Return what goes wrong with the call of this number."""
    kinds = sorted(FAULTS)
    return kinds[number // EVERY % len(kinds)] if number % EVERY == 0 else None


def ends_well(number: int, *, stream: bool) -> bool:
    """Return whether an answer is to be expected in spite of the fault."""
    return fault_of(number) not in ({"refused", "cut"} if stream else {"refused", "garbled"})


class _Call:
    """One request, and the pieces of an answer to it."""

    def __init__(
        self, body: dict[str, Any], writer: asyncio.StreamWriter, *, claude: bool = False
    ) -> None:
        self.claude = claude  # asked on the messages endpoint
        self.number = int(body["messages"][-1]["content"])
        self.stream = bool(body.get("stream"))
        self.slow = body.get("model") == SLOW
        self.writer = writer

    async def answer(self, chunks: int = CHUNKS) -> None:
        if not self.stream:
            await self.whole(json.dumps(_completion(self.number)).encode())
            return
        framing = "transfer-encoding: chunked\r\n"
        self.writer.write(_HEAD.format(200, "text/event-stream", self.number, framing).encode())
        for _ in range(chunks):
            await self.event(_chunk(self.number, f"{self.number} "))
        if chunks == CHUNKS:
            await self.event(_chunk(self.number, "", "stop"))
            self.writer.write(b"e\r\ndata: [DONE]\n\n\r\n0\r\n\r\n")
            await self.writer.drain()

    async def slowly(self) -> None:
        """Answer by a short stream that takes its time."""
        framing = "transfer-encoding: chunked\r\n"
        self.writer.write(_HEAD.format(200, "text/event-stream", self.number, framing).encode())
        before, after = _AROUND_CLAUDE if self.claude else ((), ())
        for begun in before:
            await self.event(begun)
        for _ in range(SLOW_CHUNKS):
            await asyncio.sleep(SLOW_PAUSE)
            piece = _claude_piece if self.claude else _chunk
            await self.event(piece(self.number, f"{self.number} "))
        for ended in after or (_chunk(self.number, "", "stop"),):
            await self.event(ended)
        end = b"" if self.claude else b"e\r\ndata: [DONE]\n\n\r\n"
        self.writer.write(end + b"0\r\n\r\n")
        await self.writer.drain()

    async def event(self, chunk: dict[str, Any]) -> None:
        name = f"event: {chunk['type']}\n".encode() if self.claude else b""
        data = name + b"data: " + json.dumps(chunk).encode() + b"\n\n"
        self.writer.write(b"%x\r\n%s\r\n" % (len(data), data))
        await self.writer.drain()

    async def whole(self, body: bytes, status: int = 200, headers: str = "") -> None:
        framing = f"content-length: {len(body)}\r\n{headers}"
        head = _HEAD.format(status, "application/json", self.number, framing)
        self.writer.write(head.encode() + body)
        await self.writer.drain()


def _chunk(number: int, text: str, finish: str | None = None) -> dict[str, Any]:
    choice = {"index": 0, "delta": {"content": text}, "finish_reason": finish}
    return {"id": f"chat-{number}", "model": "load/model", "choices": [choice]}


def _claude_piece(_: int, text: str) -> dict[str, Any]:
    delta = {"type": "text_delta", "text": text}
    return {"type": "content_block_delta", "index": 0, "delta": delta}


_AROUND_CLAUDE: tuple[tuple[dict[str, Any], ...], ...] = (
    (
        {
            "type": "message_start",
            "message": {
                "id": "msg_1",
                "type": "message",
                "role": "assistant",
                "model": SLOW,
                "content": [],
                "stop_reason": None,
                "stop_sequence": None,
                "usage": {"input_tokens": 1, "output_tokens": 1},
            },
        },
        {
            "type": "content_block_start",
            "index": 0,
            "content_block": {"type": "text", "text": ""},
        },
    ),
    (
        {"type": "content_block_stop", "index": 0},
        {
            "type": "message_delta",
            "delta": {"stop_reason": "end_turn", "stop_sequence": None},
            "usage": {"output_tokens": SLOW_CHUNKS},
        },
        {"type": "message_stop"},
    ),
)
"""The events before and behind the pieces of a stream on the messages endpoint."""


def _completion(number: int) -> dict[str, Any]:
    message = {"role": "assistant", "content": expected_text(number, 1)}
    choice = {"index": 0, "message": message, "finish_reason": "stop"}
    usage = {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2}
    return {"id": f"chat-{number}", "model": "load/model", "choices": [choice], "usage": usage}


async def _busy(call: _Call) -> None:
    await call.whole(b'{"error": {"message": "busy"}}', 503, "retry-after: 0\r\n")


async def _limited(call: _Call) -> None:
    await call.whole(b'{"error": {"message": "slow down"}}', 429, "retry-after: 0\r\n")


async def _reset(call: _Call) -> None:
    call.writer.transport.abort()


async def _refused(call: _Call) -> None:
    _GONE.discard(call.number)  # each time
    await call.whole(b'{"error": {"message": "no"}}', 400)


async def _cut(call: _Call) -> None:
    """End a stream in its middle. A whole answer is simply not sent; the next attempt gets it."""
    if call.stream:
        _GONE.discard(call.number)
        await call.answer(CHUNKS // 2)
    call.writer.transport.abort()


async def _garbled(call: _Call) -> None:
    """Send what is no JSON; to a stream, an error before the first chunk, which may pass."""
    if call.stream:
        await _busy(call)
        return
    _GONE.discard(call.number)
    await call.whole(b'{"id": "chat-')


FAULTS: dict[str, Callable[[_Call], Awaitable[None]]] = {
    "busy": _busy,
    "limited": _limited,
    "reset": _reset,
    "refused": _refused,
    "cut": _cut,
    "garbled": _garbled,
}


async def _serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(asyncio.IncompleteReadError, ConnectionError):
        while not writer.transport.is_closing():
            head = (await reader.readuntil(b"\r\n\r\n")).lower()
            path = head.split(b" ", 2)[1]
            length = int(head.partition(b"content-length:")[2].split(b"\r\n", 1)[0])
            body = json.loads(await reader.readexactly(length))
            call = _Call(body, writer, claude=path.endswith(b"/messages"))
            fault = fault_of(call.number)
            if call.slow:
                await call.slowly()
            elif fault is None or call.number in _GONE:
                await call.answer()
            else:
                _GONE.add(call.number)
                await FAULTS[fault](call)
            if body["model"] == CLOSES:
                break
            if body["model"] == IDLES:
                asyncio.get_running_loop().call_later(IDLE, writer.close)
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
