"""What the fault server says: bodies, chunks, and scripts made of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import wire
from wire import encoded

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sockets.server import Exchange, Script

IDS = {"x-inference-id": "inf-7", "x-request-id": "req-7"}
USAGE = {"prompt_tokens": 3, "completion_tokens": 2, "total_tokens": 5}
JSON = {"content-type": "application/json"}
EVENTS = {"content-type": "text/event-stream"}
CHUNKED = {"transfer-encoding": "chunked"}
DONE = b"data: [DONE]\n\n"


def completion(text: str = "Hello", **fields: Any) -> dict[str, Any]:
    return wire.completion({"role": "assistant", "content": text}, usage=USAGE, **fields)


def text_delta(text: str, finish: str | None = None) -> dict[str, Any]:
    """Return a chunk that says `text`."""
    return wire.chunk({"content": text}, finish=finish)


def event(payload: Any) -> bytes:
    return b"data: " + encoded(payload) + b"\n\n"


HEL = event(text_delta("Hel"))
LO = event(text_delta("lo"))
STOP = event(text_delta("", "stop"))
HELLO = (HEL, LO, STOP, DONE)
"""The parts of a good stream."""


def answers(status: int = 200, payload: Any = b"", **headers: str) -> Script:
    """Answer every request with one body; header names are written with underscores."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}

    async def script(exchange: Exchange) -> None:
        body = encoded(payload)
        kind = {} if isinstance(payload, bytes) else JSON
        length = {"content-length": str(len(body))}
        await exchange.head(status, {**kind, **IDS, **length, **named})
        await exchange.send(body)

    return script


async def good(exchange: Exchange) -> None:
    """Answer `Hello`, streamed or not."""
    if exchange.request.streams:
        await streams(*HELLO)(exchange)
    else:
        await answers(200, completion())(exchange)


async def echoes(exchange: Exchange) -> None:
    """Answer what was asked, streamed or not: no answer can be taken for another."""
    asked = exchange.request.json["messages"][-1]["content"]
    if exchange.request.streams:
        await streams(*(event(text_delta(letter)) for letter in asked), STOP, DONE)(exchange)
    else:
        await answers(200, completion(asked))(exchange)


def streams(*parts: bytes, then: str = "end", kind: str = "text/event-stream") -> Script:
    """Answer with a chunked stream of `parts`, and `then` end, finish, reset or hold."""

    async def script(exchange: Exchange) -> None:
        await exchange.head(200, {"content-type": kind, **CHUNKED, **IDS})
        *before, last = parts or (b"",)
        for part in before:
            await exchange.chunk(part)
        if then == "end":
            await exchange.end(last)
        else:
            await exchange.chunk(last)
            await _then(exchange, then)

    return script


def streams_until_closed(*parts: bytes) -> Script:
    """Answer with a stream that has no length and no chunks: its end is the end of it."""

    async def script(exchange: Exchange) -> None:
        await exchange.head(200, {**EVENTS, **IDS, "connection": "close"})
        for part in parts:
            await exchange.send(part)
        exchange.finish()

    return script


async def _then(exchange: Exchange, then: str) -> None:
    if then == "hold":
        await exchange.hold()
    elif then == "reset":
        exchange.reset()
    else:
        exchange.finish()


def first(*scripts: Script) -> Script:
    """Play one script per request, in order; the last one from then on."""

    async def script(exchange: Exchange) -> None:
        await scripts[min(exchange.attempt, len(scripts)) - 1](exchange)

    return script


def byte_by_byte(head: bytes, dripped: bytes, seconds: float) -> Script:
    """Send `head` at once and the rest one byte at a time."""

    async def script(exchange: Exchange) -> None:
        await exchange.send(head)
        await exchange.drip(dripped, seconds)
        exchange.finish()

    return script


def for_ever(head: dict[str, str], parts: Iterable[bytes], seconds: float) -> Script:
    """Send `parts` over and over, one every `seconds`."""
    pieces = list(parts)

    async def script(exchange: Exchange) -> None:
        await exchange.head(200, {**head, **CHUNKED, **IDS})
        for number in range(2000):
            await exchange.chunk(pieces[number % len(pieces)])
            await exchange.pause(seconds)
        exchange.finish()

    return script
