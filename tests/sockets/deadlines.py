"""Rows about servers that are too slow: no drip of bytes and no comment may hold a call up."""

from __future__ import annotations

from typing import TYPE_CHECKING

from langchain_aimlapi.errors import APITimeoutError, ServerError, StreamChunkTimeoutError
from sockets import scripts
from sockets.fault import Answers, Fails, Fault, always, invoked, streamed

if TYPE_CHECKING:
    from sockets.server import Exchange, Script

HEAD = b"HTTP/1.1 200 OK\r\nx-inference-id: inf-7\r\ncontent-length: 5000\r\n\r\n"
STREAM_HEAD = b"HTTP/1.1 200 OK\r\nx-inference-id: inf-7\r\ncontent-type: text/event-stream\r\n\r\n"
ERROR_HEAD = b"HTTP/1.1 503 Busy\r\nx-inference-id: inf-7\r\ncontent-length: 900\r\n\r\n"
SHORT = 1.5
"""Seconds of these deadlines: what has to come before them comes on a busy machine, too."""
GAP = SHORT / 10
# A blocking client bounds each read of the headers, and looks at the clock when they are whole.
DRIPPED_HEADERS = scripts.byte_by_byte(b"", HEAD * 9, SHORT / 30)
TOTAL = {"timeout": SHORT}
CHUNK = {"stream_chunk_timeout": SHORT, "timeout": 30.0}


async def stalls(exchange: Exchange) -> None:
    await exchange.hold()


async def stalls_in_the_body(exchange: Exchange) -> None:
    await exchange.head(200, {**scripts.JSON, "content-length": "5000", "x-inference-id": "inf-7"})
    await exchange.send(scripts.encoded(scripts.completion())[:30])
    await exchange.hold()


async def stalls_before_the_first_chunk(exchange: Exchange) -> None:
    await exchange.head(200, {**scripts.EVENTS, **scripts.CHUNKED, "x-inference-id": "inf-7"})
    await exchange.hold()


async def stalls_midway(exchange: Exchange) -> None:
    await exchange.head(200, {**scripts.EVENTS, **scripts.CHUNKED, "x-inference-id": "inf-7"})
    await exchange.chunk(scripts.HEL)
    await exchange.hold()


async def pauses(exchange: Exchange) -> None:
    """Send a good stream that as a whole takes longer than its chunks may."""
    await exchange.head(200, {**scripts.EVENTS, **scripts.CHUNKED})
    for part in scripts.HELLO:
        await exchange.pause(SHORT / 3)
        await exchange.chunk(part)
    await exchange.end()


LATE = Fails(APITimeoutError, says=("in total",))
NO_CHUNK = Fails(StreamChunkTimeoutError, says=("inf-7", "no chunk"))
NO_NEXT_CHUNK = Fails(StreamChunkTimeoutError, says=("inf-7", "no chunk"), after="Hel")
PING = b"event: ping\n" + scripts.event({"type": "ping"})
LONG = scripts.event({"choices": [{"delta": {"content": "x" * 900}}]})
DRIPPED_EVENT = scripts.byte_by_byte(STREAM_HEAD + scripts.HEL, LONG, GAP)


def for_ever(part: bytes) -> Script:
    return scripts.for_ever(scripts.EVENTS, [part], GAP)


DEADLINES: tuple[Fault, ...] = (
    invoked("no answer", stalls, Fails(APITimeoutError), **TOTAL),
    invoked("a stall in the body", stalls_in_the_body, Fails(APITimeoutError), **TOTAL),
    invoked("a dripped body", scripts.byte_by_byte(HEAD, b" " * 900, GAP), LATE, **TOTAL),
    invoked("a dripped error", scripts.byte_by_byte(ERROR_HEAD, b"B" * 900, GAP), Fails(
        ServerError, 503, ("B", "inf-7")), **TOTAL, max_retries=0),
    streamed("a stall before the first chunk", stalls_before_the_first_chunk, NO_CHUNK, **CHUNK),
    streamed("a stall midway", stalls_midway, NO_NEXT_CHUNK, **CHUNK),
    streamed("comments for ever", for_ever(b": ping\n\n"), NO_CHUNK, **CHUNK),
    streamed("event: ping for ever", for_ever(PING), NO_CHUNK, **CHUNK),
    streamed("data: null for ever", for_ever(scripts.event(b"null")), NO_CHUNK, **CHUNK),
    streamed("a dripped event", DRIPPED_EVENT, NO_NEXT_CHUNK, **CHUNK),
    always("dripped headers", DRIPPED_HEADERS, LATE, **TOTAL),
    streamed("a slow stream whose chunks come in time", pauses, Answers(),
             stream_chunk_timeout=SHORT),
)  # fmt: skip
