"""Rows about what only a connection shows: how it ends, how bodies are framed and encoded.

What an error says, and what of an answer is read, is tested without sockets.
"""

from __future__ import annotations

import gzip
import zlib
from typing import TYPE_CHECKING

from langchain_aimlapi.errors import (
    APIConnectionError,
    AuthenticationError,
    MalformedResponseError,
    RateLimitError,
    RedirectError,
    ServerError,
    StreamInterruptedError,
)
from sockets.fault import ECHO, Answers, Fails, Fault, always, invoked, streamed
from sockets.scripts import (
    CHUNKED,
    EVENTS,
    HEL,
    HELLO,
    LO,
    STOP,
    answers,
    byte_by_byte,
    completion,
    encoded,
    event,
    first,
    good,
    streams,
    streams_until_closed,
    text_delta,
)

if TYPE_CHECKING:
    from sockets.server import Exchange

GOOD = encoded(completion())
STREAM = {"content_type": "text/event-stream"}
ELSEWHERE = "http://user:pass@elsewhere.example/v1/chat/completions"


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


async def too_short(exchange: Exchange) -> None:
    await exchange.head(200, {"content-length": "9999", "x-inference-id": "inf-7"})
    await exchange.send(GOOD)
    exchange.finish()


CUT = Fails(StreamInterruptedError, says=("inf-7",), after="Hel")
ERROR = event({"type": "error", "error": {"message": ECHO, "code": 429}})
CONNECTIONS: tuple[Fault, ...] = (
    always("a disconnect, once", first(disconnects, good), Answers(), requests=2),
    always("a reset instead of an answer", resets, Fails(APIConnectionError), requests=3),
    always("no HTTP at all", byte_by_byte(b"SSH-2.0-OpenSSH_9\r\n", b"", 0), Fails(
        APIConnectionError), requests=3),
    always("an error that breaks off", breaks_off_its_error, Fails(
        ServerError, 503, ("Busy", "inf-7")), requests=3),
    invoked("a body shorter than it says", too_short, Fails(APIConnectionError)),
    streamed("a reset before the first chunk", first(opens_and_resets, good), Answers(), 2),
    streamed("an end before the first chunk", first(streams(then="end"), good), Answers(), 2),
    streamed("nothing but pings, then an end", first(streams(
        b": hello\n\n", b"event: ping\n" + event({}), event(b"null"), b"data:\n\n"), good),
             Answers(), 2),
    streamed("a reset midway", streams(HEL, then="reset"), CUT),
    streamed("an end of the connection midway", streams(HEL, then="finish"), CUT),
    streamed("an end of the body midway", streams(HEL), CUT),
    streamed("an end of a stream without a length", streams_until_closed(HEL), CUT),
    streamed("an end inside an event", streams(HEL, b'data: {"\xc3'), CUT),
    streamed("an error midway", streams(HEL, ERROR), Fails(
        RateLimitError, 429, ("Not ***", "inf-7"), after="Hel")),
    streamed("an error first, once", first(streams(ERROR), good), Answers(), 2),
    streamed("held open after the end", streams(*HELLO, then="hold"), Answers()),
    streamed("a reset of an answer without headers", sends_no_headers, Fails(
        StreamInterruptedError, after="Hel")),
    streamed("one byte a packet", streams(*(bytes([b]) for b in b"".join(HELLO))), Answers()),
    streamed("flooded after [DONE]", streams(*HELLO, *[LO] * 2000, then="hold"), Answers()),
    streamed("1,000 events", streams(b"".join([event(text_delta("y"))] * 1_000), STOP),
             Answers("y" * 1_000)),
    invoked("an answer of 10 MB", answers(200, completion("x" * 10_000_000)),
            Answers("x" * 10_000_000)),
)  # fmt: skip

REFUSED: tuple[Fault, ...] = (
    always("401 that echoes the key", answers(401, {"error": {"message": ECHO}}), Fails(
        AuthenticationError, 401, ("Not *** with *** and ***", "AIMLAPI_API_KEY"))),
    always("an error in a 200", answers(200, {"error": {"message": ECHO, "code": 401}}), Fails(
        AuthenticationError, 401, ("Not *** with",))),
    always("an error in a 200, once", first(answers(200, {"error": {"code": 503}}), good),
           Answers(), requests=2),
    always("no JSON", answers(200, ECHO.encode()), Fails(
        MalformedResponseError, 200, ("Not *** with",))),
    streamed("no JSON midway", streams(HEL, event(ECHO.encode()), STOP), Fails(
        MalformedResponseError, 200, ("Not *** with",), after="Hel")),
    streamed("an empty stream", answers(200, b"", **STREAM), Fails(StreamInterruptedError), 3),
    always("307 to another origin", answers(307, location=ELSEWHERE), Fails(
        RedirectError, 307, ("elsewhere.example",))),
    always("302 to a broken address", answers(302, location="http://[::1"), Fails(RedirectError)),
    always("308 to a path", answers(308, location="/v2"), Fails(RedirectError, 308, ("/v2",))),
)  # fmt: skip

ENCODINGS: tuple[Fault, ...] = (
    invoked("gzip", answers(200, gzip.compress(GOOD), content_encoding="GZIP"), Answers()),
    streamed("a gzipped stream", answers(
        200, gzip.compress(b"".join(HELLO)), content_encoding="gzip", **STREAM), Answers()),
    always("an encoding that is none", answers(200, GOOD, content_encoding="utf-8"), Answers()),
    invoked("no encoding, in so many words", answers(
        200, GOOD, content_encoding="None, identity"), Answers()),
    invoked("gzip of something in UTF-8", answers(
        200, gzip.compress(GOOD), content_encoding="utf-8, gzip"), Answers()),
    always("broken gzip", answers(200, b"not gzip at all", content_encoding="gzip"), Fails(
        MalformedResponseError, 200, says=("decode",))),
    always("deflate, which was not asked for", answers(
        200, zlib.compress(GOOD), content_encoding="deflate"), Fails(
            MalformedResponseError, 200, ("'deflate' was not asked for",))),
    invoked("an error in deflate", answers(500, zlib.compress(GOOD), content_encoding="deflate"),
            Fails(ServerError, 500), requests=3),
)  # fmt: skip

ROWS = CONNECTIONS + REFUSED + ENCODINGS
