"""Rows about streams: how they break off, fail midway, or look odd and are right."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from langchain_aimlapi.errors import (
    APIConnectionError,
    MalformedResponseError,
    RateLimitError,
    ServerError,
    StreamInterruptedError,
)
from sockets.fault import Answers, Fails, Fault, always, invoked, streamed
from sockets.scripts import (
    CHUNKED,
    DONE,
    EVENTS,
    HEL,
    HELLO,
    LO,
    STOP,
    answers,
    byte_by_byte,
    event,
    first,
    good,
    streams,
    streams_until_closed,
    text_delta,
)

if TYPE_CHECKING:
    from sockets.server import Exchange

CUT = Fails(StreamInterruptedError, says=("inf-7",), after="Hel")
ACCENT = json.dumps(text_delta("Hé"), ensure_ascii=False).encode()
MIDDLE = ACCENT.index("é".encode()) + 1


async def disconnects(exchange: Exchange) -> None:
    """Close the connection instead of answering."""
    exchange.finish()


async def resets(exchange: Exchange) -> None:
    exchange.reset()


async def opens_and_resets(exchange: Exchange) -> None:
    await exchange.head(200, {**EVENTS, **CHUNKED})
    exchange.reset()


async def breaks_off_its_error(exchange: Exchange) -> None:
    await exchange.head(503, {"content-length": "900", "x-inference-id": "inf-7"})
    await exchange.send(b'{"message": "Busy')
    exchange.finish()


async def sends_no_headers(exchange: Exchange) -> None:
    await exchange.send(b"HTTP/1.1 200 OK\r\n\r\n" + HEL)
    exchange.reset()


CONNECTIONS: tuple[Fault, ...] = (
    always("a disconnect, once", first(disconnects, good), Answers(), requests=2),
    always("a reset instead of an answer", resets, Fails(APIConnectionError), requests=3),
    always("no HTTP at all", byte_by_byte(b"SSH-2.0-OpenSSH_9\r\n", b"", 0), Fails(
        APIConnectionError), requests=3),
    always("an error that breaks off", breaks_off_its_error, Fails(
        ServerError, 503, ("Busy", "inf-7")), requests=3),
    streamed("a reset before the first chunk", first(opens_and_resets, good), Answers(), 2),
    streamed("an end before the first chunk", first(streams(then="end"), good), Answers(), 2),
    streamed("comments, then an end", first(streams(b": hello\n\n"), good), Answers(), 2),
    streamed("nothing but pings, then an end", first(streams(
        b"event: ping\n" + event({}), event(b"null"), b"data:\n\n"), good), Answers(), 2),
    streamed("a reset of an answer without headers", sends_no_headers, Fails(
        StreamInterruptedError, after="Hel")),
)  # fmt: skip

BREAKS: tuple[Fault, ...] = (
    streamed("a reset midway", streams(HEL, then="reset"), CUT),
    streamed("an end of the connection midway, chunked", streams(HEL, then="finish"), CUT),
    streamed("an end of the body midway, chunked", streams(HEL, then="end"), CUT),
    streamed("an end of a stream without a length", streams_until_closed(HEL), CUT),
    streamed("an end after the finish reason", streams_until_closed(HEL, LO, STOP), Answers()),
    streamed(
        "an end inside a character",
        streams(HEL, b"data: " + ACCENT[:MIDDLE], then="finish"),
        CUT,
    ),
)

ERRORS: tuple[Fault, ...] = (
    streamed("{error} midway", streams(HEL, event({"error": {"code": 429, "message": "Slow"}})),
             Fails(RateLimitError, 429, ("Slow", "inf-7"), after="Hel")),
    streamed("event: error with JSON", streams(HEL, b"event: error\n" + event(
        {"message": "Overloaded", "type": "overloaded_error"})),
             Fails(ServerError, 529, ("Overloaded",), after="Hel")),
    streamed("event: error with text", streams(HEL, b"event: error\n" + event(b"upstream died")),
             Fails(ServerError, None, ("upstream died",), after="Hel")),
    streamed("malformed JSON midway", streams(HEL, event(b'{"choices": ['), LO, STOP, DONE),
             Fails(MalformedResponseError, 200, ("choices",), after="Hel")),
)  # fmt: skip

BOM = b"\xef\xbb\xbf"
SEPARATOR = json.dumps(text_delta("a\u2028b"), ensure_ascii=False).encode()
ODD: tuple[Fault, ...] = (
    streamed("a byte order mark", streams(BOM + HEL, *HELLO[1:]), Answers()),
    streamed("CRLF", streams(*(part.replace(b"\n", b"\r\n") for part in HELLO)), Answers()),
    streamed("U+2028 in the text", streams(event(SEPARATOR), STOP, DONE), Answers("a\u2028b")),
    streamed("comments", streams(b": PROCESSING\n\n", HEL, b": ping\n\n", *HELLO[1:]), Answers()),
    streamed("data after [DONE]", streams(*HELLO, LO, LO), Answers()),
    streamed("no [DONE]", streams(HEL, LO, STOP), Answers()),
    streamed("one byte a packet", streams(*(bytes([b]) for b in b"".join(HELLO))), Answers()),
    streamed("held open after [DONE]", streams(*HELLO, then="hold"), Answers()),
    streamed("flooded after [DONE]", streams(*HELLO, *[LO] * 2000, then="hold"), Answers()),
    streamed("5,000 events", streams(b"".join([event(text_delta("y"))] * 5_000), STOP, DONE),
             Answers("y" * 5_000)),
    invoked("an answer of 10 MB", answers(200, {"choices": [{"message": {
        "content": "x" * 10_000_000}}]}), Answers("x" * 10_000_000)),
)  # fmt: skip

INTERRUPTIONS = CONNECTIONS + BREAKS + ERRORS + ODD
