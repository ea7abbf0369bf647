"""Rows about answers of status 200 that are none, or nearly none."""

from __future__ import annotations

import gzip
import zlib
from typing import TYPE_CHECKING

from sockets.fault import Answers, Fails, Fault, always, invoked, streamed
from sockets.scripts import HELLO, answers, completion, encoded, event, first, good

if TYPE_CHECKING:
    from sockets.server import Exchange
from langchain_aimlapi.errors import (
    APIConnectionError,
    AuthenticationError,
    MalformedResponseError,
    RateLimitError,
    ServerError,
    StreamInterruptedError,
)

GOOD = encoded(completion())
SERVICE_ERROR = {"statusCode": 401, "message": "Bad key", "requestId": "req-of-body", "path": "/"}


async def too_short(exchange: Exchange) -> None:
    await exchange.head(200, {"content-length": "9999", "x-inference-id": "inf-7"})
    await exchange.send(GOOD)
    exchange.finish()


def _with_usage(usage: object) -> bytes:
    return encoded(completion(usage=None)).replace(b"null", encoded(usage), 1)


def _without_usage(text: bytes) -> bytes:
    return encoded(completion(usage=None)).replace(b"null", text, 1)


UNREADABLE: tuple[Fault, ...] = (
    invoked("an empty body", answers(200, b""), Fails(MalformedResponseError, 200)),
    invoked("truncated JSON", answers(200, GOOD[:60]), Fails(
        MalformedResponseError, 200, says=("chatcmpl-7", "inf-7"))),
    always("HTML", answers(200, b"<html><body><p>Welcome</p></body></html>"), Fails(
        MalformedResponseError, 200, says=("Welcome",))),
    always("null", answers(200, b"null"), Fails(MalformedResponseError, 200)),
    always("a list", answers(200, b"[1]"), Fails(MalformedResponseError, 200)),
    always("no choices", answers(200, {"id": "a"}), Fails(MalformedResponseError, 200)),
    always("choices that are empty", answers(200, completion(choices=[])), Fails(
        MalformedResponseError, 200)),
    invoked("a message that is null", answers(200, completion(choices=[{"message": None}])), Fails(
        MalformedResponseError, 200)),
    always("100,000 nested lists", answers(200, b"[" * 100_000), Fails(
        MalformedResponseError, 200)),
    invoked("a body shorter than it says", too_short, Fails(
        APIConnectionError)),
)  # fmt: skip

ERRORS: tuple[Fault, ...] = (
    invoked("an error that names no code", answers(200, {"error": {"message": "Odd"}}), Fails(
        ServerError, says=("Odd",))),
    streamed("an error instead of a stream", answers(200, {"error": {"message": "Odd"}}), Fails(
        ServerError, says=("Odd",)), requests=3),
    always("an error that may pass, once", first(answers(200, {"error": {"code": 503}}), good),
           Answers(), requests=2),
    always("an error of the service", answers(200, SERVICE_ERROR), Fails(
        AuthenticationError, 401, ("Bad key", "req-of-body"))),
)  # fmt: skip

TOLERATED: tuple[Fault, ...] = (
    invoked("bad UTF-8", answers(200, GOOD.replace(b"Hello", b"Hel\xfflo")), Answers("Hel�lo")),
    invoked("usage NaN", answers(200, _without_usage(b'{"prompt_tokens": NaN}')), Answers()),
    invoked("usage 10^30", answers(200, _with_usage({"prompt_tokens": 10**30})), Answers()),
    invoked(
        "usage of 5000 digits",
        answers(200, _without_usage(b'{"prompt_tokens": 1' + b"0" * 4999 + b"}")),
        Answers(),
    ),
)  # fmt: skip

STREAM = b"".join(HELLO)
EVENT_STREAM = {"content_type": "text/event-stream"}
ENCODINGS: tuple[Fault, ...] = (
    invoked("gzip", answers(200, gzip.compress(GOOD), content_encoding="GZIP"), Answers()),
    invoked("deflate, which was not asked for", answers(
        200, zlib.compress(GOOD), content_encoding="deflate"), Fails(
            MalformedResponseError, 200, ("'deflate' was not asked for",))),
    always("an encoding that is none", answers(200, GOOD, content_encoding="utf-8"), Answers()),
    invoked("no encoding, in so many words", answers(
        200, GOOD, content_encoding="None, identity"), Answers()),
    invoked("gzip of something in UTF-8", answers(
        200, gzip.compress(GOOD), content_encoding="utf-8, gzip"), Answers()),
    Fault(
        "a gzipped stream",
        answers(200, gzip.compress(STREAM), content_encoding="gzip", **EVENT_STREAM),
        stream=Answers(),
    ),
    always("broken gzip", answers(200, b"not gzip at all", content_encoding="gzip"), Fails(
        MalformedResponseError, 200, says=("decode",))),
    always("an encoding that nobody asked for", answers(200, GOOD, content_encoding="snappy"),
           Fails(MalformedResponseError, 200, says=("snappy",))),
)  # fmt: skip

INSTEAD_OF_A_STREAM: tuple[Fault, ...] = (
    Fault("JSON instead of a stream", answers(200, GOOD), stream=Answers()),
    Fault("an empty stream", answers(200, b"", **EVENT_STREAM), stream=Fails(
        StreamInterruptedError), requests=3),
    Fault("a bare line of an error", answers(200, b'error: {"code": 429}\n\n', **EVENT_STREAM),
          stream=Fails(RateLimitError, 429), settings={"max_retries": 0}),
    Fault("an error as the first event", first(answers(200, event({"error": {"code": 500}}),
          **EVENT_STREAM), good), stream=Answers(), requests=2),
)  # fmt: skip

BODIES = UNREADABLE + ERRORS + TOLERATED + ENCODINGS + INSTEAD_OF_A_STREAM
