"""Rows about servers that are too slow: no drip of bytes and no comment may hold a call up."""

from __future__ import annotations

from typing import TYPE_CHECKING

from faults.fault import SHORT, Answers, Fails, Fault, invoked, streamed
from faults.scripts import (
    CHUNKED,
    EVENTS,
    HEL,
    HELLO,
    JSON,
    byte_by_byte,
    completion,
    encoded,
    event,
    first,
    for_ever,
    good,
)
from langchain_aimlapi.errors import APITimeoutError, ServerError, StreamChunkTimeoutError

if TYPE_CHECKING:
    from faults.server import Exchange

HEAD = b"HTTP/1.1 200 OK\r\nx-inference-id: inf-7\r\ncontent-length: 5000\r\n\r\n"
STREAM_HEAD = b"HTTP/1.1 200 OK\r\nx-inference-id: inf-7\r\ncontent-type: text/event-stream\r\n\r\n"
ERROR_HEAD = b"HTTP/1.1 503 Busy\r\nx-inference-id: inf-7\r\ncontent-length: 900\r\n\r\n"
GAP = SHORT / 10
DRIPPED_HEADERS = byte_by_byte(b"", HEAD * 9, GAP)
TOTAL = {"timeout": SHORT}
CHUNK = {"stream_chunk_timeout": SHORT, "timeout": 30.0}


async def stalls(exchange: Exchange) -> None:
    await exchange.hold()


async def stalls_in_the_body(exchange: Exchange) -> None:
    await exchange.head(200, {**JSON, "content-length": "5000", "x-inference-id": "inf-7"})
    await exchange.send(encoded(completion())[:30])
    await exchange.hold()


async def stalls_before_the_first_chunk(exchange: Exchange) -> None:
    await exchange.head(200, {**EVENTS, **CHUNKED, "x-inference-id": "inf-7"})
    await exchange.hold()


async def stalls_midway(exchange: Exchange) -> None:
    await exchange.head(200, {**EVENTS, **CHUNKED, "x-inference-id": "inf-7"})
    await exchange.chunk(HEL)
    await exchange.hold()


async def pauses(exchange: Exchange) -> None:
    """Send a good stream that as a whole takes longer than its chunks may."""
    await exchange.head(200, {**EVENTS, **CHUNKED})
    for part in HELLO:
        await exchange.pause(SHORT / 2)
        await exchange.chunk(part)
    await exchange.end()


LATE = Fails(APITimeoutError, says=("in total",), retryable=True)
NO_CHUNK = Fails(StreamChunkTimeoutError, says=("inf-7", "no chunk"), retryable=True)
NO_NEXT_CHUNK = Fails(StreamChunkTimeoutError, says=("inf-7", "no chunk"), after="Hel")
DRIPPED_EVENT = event({"choices": [{"delta": {"content": "x" * 500}}]})


def _within(fault: Fault) -> Fault:
    # A deadline is kept when the call is over soon after it; the server would go on for seconds.
    return Fault(**{**vars(fault), "within": 3.5 * SHORT})


_ROWS: tuple[Fault, ...] = (
    invoked("no answer", stalls, Fails(APITimeoutError, retryable=True), **TOTAL),
    streamed("no stream", stalls, Fails(APITimeoutError, retryable=True), **TOTAL),
    invoked("a stall in the body", stalls_in_the_body, Fails(APITimeoutError), **TOTAL),
    invoked("a dripped body", byte_by_byte(HEAD, b" " * 300, GAP), LATE, **TOTAL),
    invoked("a dripped error", byte_by_byte(ERROR_HEAD, b"B" * 300, GAP), Fails(
        ServerError, 503, ("B", "inf-7")), **TOTAL, max_retries=0),
    streamed("a dripped error of a stream", byte_by_byte(ERROR_HEAD, b"B" * 300, GAP), Fails(
        ServerError, 503, ("B", "inf-7")), **TOTAL, max_retries=0),
    streamed("a stall before the first chunk", stalls_before_the_first_chunk, NO_CHUNK, **CHUNK),
    streamed("a stall midway", stalls_midway, NO_NEXT_CHUNK, **CHUNK),
    streamed("comments for ever", for_ever(EVENTS, [b": ping\n\n"], GAP), NO_CHUNK, **CHUNK),
    streamed("blank lines for ever", for_ever(EVENTS, [b"\n\n"], GAP), NO_CHUNK, **CHUNK),
    streamed("event: ping for ever", for_ever(EVENTS, [b"event: ping\n" + event({"type": "ping"})],
             GAP), NO_CHUNK, **CHUNK),
    streamed("data: null for ever", for_ever(EVENTS, [event(b"null")], GAP), NO_CHUNK, **CHUNK),
    streamed("empty data for ever", for_ever(EVENTS, [b"data:\n\n"], GAP), NO_CHUNK, **CHUNK),
    streamed("a dripped event", byte_by_byte(STREAM_HEAD + HEL, DRIPPED_EVENT, GAP),
             NO_NEXT_CHUNK, **CHUNK),
    streamed("a dripped comment", byte_by_byte(STREAM_HEAD + HEL, b": " + b"x" * 500, GAP),
             NO_NEXT_CHUNK, **CHUNK),
)  # fmt: skip

# A blocking client bounds each read of the headers, and looks at the clock when they are whole.
_UNTIL_HEADERS_END = len(HEAD) * GAP * 2

DEADLINES = (
    Fault("dripped headers", DRIPPED_HEADERS, LATE, LATE, settings=TOTAL, within=3.5 * SHORT,
          within_sync=_UNTIL_HEADERS_END),
    *map(_within, _ROWS),
    streamed("a slow stream whose chunks come in time", pauses, Answers(), **CHUNK),
    streamed("a slow stream without a deadline", pauses, Answers(), stream_chunk_timeout=None),
    invoked("no answer, after a first that was an error", first(stalls, good), Fails(
        APITimeoutError), **TOTAL),
)  # fmt: skip
