"""Rows about the messages endpoint: its events, its errors, its own ends of a stream."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from faults.fault import Answers, Fails, Fault, always, invoked, streamed
from faults.scripts import EVENTS, IDS, answers, encoded, first, streams, streams_until_closed
from langchain_aimlapi.errors import (
    AuthenticationError,
    InvalidRequestError,
    MalformedResponseError,
    RateLimitError,
    ServerError,
    StreamInterruptedError,
)

if TYPE_CHECKING:
    from faults.server import Exchange, Script


def message(text: str = "Hello", stop: str | None = "end_turn", **fields: Any) -> dict[str, Any]:
    return {
        "id": "msg_7",
        "type": "message",
        "role": "assistant",
        "model": "claude-served",
        "content": [{"type": "text", "text": text}],
        "stop_reason": stop,
        "usage": {"input_tokens": 3, "output_tokens": 2},
        **fields,
    }


def event(kind: str, **fields: Any) -> bytes:
    return _event(kind, json.dumps({"type": kind, **fields}, ensure_ascii=False).encode())


def _event(kind: str, data: bytes) -> bytes:
    return b"event: " + kind.encode() + b"\ndata: " + data + b"\n\n"


def piece(text: str) -> bytes:
    delta = {"type": "text_delta", "text": text}
    return event("content_block_delta", index=0, delta=delta)


def error(kind: str, text: str) -> dict[str, Any]:
    return {"type": "error", "error": {"type": kind, "message": text}}


START = event("message_start", message=message(stop=None) | {"content": []})
BLOCK = event("content_block_start", index=0, content_block={"type": "text", "text": ""})
PING = event("ping")
HEL, LO = piece("Hel"), piece("lo")
BLOCK_STOP = event("content_block_stop", index=0)
REASON = event("message_delta", delta={"stop_reason": "end_turn"}, usage={"output_tokens": 2})
STOP = event("message_stop")
BEGUN = (START, BLOCK, PING, HEL)
HELLO = (*BEGUN, LO, BLOCK_STOP, REASON, STOP)
"""The parts of a good stream."""
CUT = Fails(StreamInterruptedError, says=("inf-7",), after="Hel")


async def good(exchange: Exchange) -> None:
    """Answer `Hello`, streamed or not."""
    script = streams(*HELLO) if exchange.request.streams else answers(200, message())
    await script(exchange)


async def begins_and_resets(exchange: Exchange) -> None:
    await exchange.head(200, {**EVENTS, **IDS, "transfer-encoding": "chunked"})
    exchange.reset()


def _text(data: bytes) -> Script:
    return answers(200, encoded(message()).replace(b"Hello", data))


def _used(**counts: Any) -> Script:
    return answers(200, message(usage=counts))


WHOLE: tuple[Fault, ...] = (
    always("a good answer", good, Answers()),
    streamed("a disconnect, once", first(begins_and_resets, good), Answers(), 2),
    invoked("an empty body", answers(200, b""), Fails(MalformedResponseError, 200)),
    invoked("truncated JSON", answers(200, encoded(message())[:60]), Fails(
        MalformedResponseError, 200, says=("msg_7", "inf-7"))),
    always("HTML", answers(200, b"<html><body><p>Welcome</p></body></html>"), Fails(
        MalformedResponseError, 200, says=("Welcome",))),
    always("null", answers(200, b"null"), Fails(MalformedResponseError, 200)),
    always("a list", answers(200, b"[1]"), Fails(MalformedResponseError, 200)),
    always("no content", answers(200, {"id": "a", "type": "message"}), Fails(
        MalformedResponseError, 200, says=("no content",))),
    always("content that is null", answers(200, message(content=None)), Fails(
        MalformedResponseError, 200)),
    always("100,000 nested lists", answers(200, b"[" * 100_000), Fails(
        MalformedResponseError, 200)),
    always("an error of Claude's form", answers(400, error("invalid_request_error", "Odd")),
           Fails(InvalidRequestError, 400, ("Odd",))),
    always("the same with 200", answers(200, error("authentication_error", "No")), Fails(
        AuthenticationError, 401, ("No",))),
    always("too much at once", answers(529, error("overloaded_error", "Busy")), Fails(
        ServerError, 529, ("Busy",)), 3),
    invoked("bad UTF-8", _text(b"Hel\xfflo"), Answers("Hel\ufffdlo")),
    invoked("blocks that are no objects", answers(200, message(content=[
        1, None, "a", {"type": "text", "text": "Hello"}, {}])), Answers()),
    invoked("usage NaN", answers(200, encoded(message()).replace(b"3", b"NaN", 1)), Answers()),
    invoked("usage 10^30", _used(input_tokens=10**30, output_tokens=-1), Answers()),
    invoked("usage that is text", answers(200, message(usage="many")), Answers()),
    Fault("JSON instead of a stream", answers(200, message()), stream=Answers()),
    invoked("a stream instead of JSON", streams(*HELLO), Answers()),
)  # fmt: skip

STREAMS: tuple[Fault, ...] = (
    streamed("a reset midway", streams(*BEGUN, then="reset"), CUT),
    streamed("an end of the body midway", streams(*BEGUN), CUT),
    streamed("an end of a stream without a length", streams_until_closed(*BEGUN), CUT),
    streamed("an end inside an event", streams(*BEGUN, LO[:40]), CUT),
    streamed("an end before any text", streams(START), Fails(
        StreamInterruptedError, says=("inf-7",))),
    streamed("an end after the reason", streams_until_closed(*HELLO[:-1]), Answers()),
    streamed("an end without a reason", streams(*BEGUN, LO, BLOCK_STOP, STOP), Answers()),
    streamed("nothing but an end", streams(STOP), Fails(MalformedResponseError, 200)),
    streamed("an error midway", streams(*BEGUN, event("error", **error("overloaded_error", "Busy")
             )),
             Fails(ServerError, 529, ("Busy", "inf-7"), after="Hel", retryable=True)),
    streamed("an error midway as text", streams(*BEGUN, _event("error", b"upstream died")),
             Fails(ServerError, None, ("upstream died",), after="Hel")),
    streamed("the service's error midway", streams(*BEGUN, b"data: " + encoded(
        {"statusCode": "401", "message": "Bad key", "requestId": "r"}) + b"\n\n"),
             Fails(AuthenticationError, 401, ("Bad key",), after="Hel")),
    streamed("an error as the first event", first(
        streams(event("error", **error("rate_limit_error", "Slow"))), good), Answers(), 2),
    streamed("errors only", streams(event("error", **error("rate_limit_error", "Slow"))),
             Fails(RateLimitError, 429, ("Slow",)), 3),
    streamed("malformed JSON midway", streams(
        *BEGUN, _event("content_block_delta", b'{"type": ['), LO, STOP),
             Fails(MalformedResponseError, 200, ("type",), after="Hel")),
    streamed("a disconnect midway, then silence", streams(*BEGUN, then="finish"), CUT),
)  # fmt: skip

ODD: tuple[Fault, ...] = (
    streamed("no names of events", streams(*(p.partition(b"\n")[2] for p in HELLO)), Answers()),
    streamed("CRLF", streams(*(part.replace(b"\n", b"\r\n") for part in HELLO)), Answers()),
    streamed("one byte a packet", streams(*(bytes([b]) for b in b"".join(HELLO))), Answers()),
    streamed("padding inside the lines", streams(
        *(part.replace(b"}\n", b"     }\n") for part in HELLO)), Answers()),
    streamed("pings all over", streams(*(part for each in HELLO for part in (PING, each))),
             Answers()),
    streamed("events that are not known", streams(
        START, event("message_cheer", cheer="hurray"), *HELLO[1:]), Answers()),
    streamed("[DONE] after the end", streams(*HELLO, b"data: [DONE]\n\n"), Answers()),
    streamed("text after the end", streams(*HELLO, LO, LO), Answers()),
    streamed("no start of the block", streams(START, HEL, LO, REASON, STOP), Answers()),
    streamed("no end of the block", streams(START, BLOCK, HEL, LO, REASON, STOP), Answers()),
    streamed("all of it in two events", streams(
        event("message_start", message=message()), STOP), Answers()),
    streamed("a delta that is null", streams(START, BLOCK, event(
        "content_block_delta", index=0, delta=None), HEL, LO, REASON, STOP), Answers()),
    streamed("an index that is no number", streams(START, BLOCK, event(
        "content_block_delta", index={}, delta={"type": "text_delta", "text": "Hel"}), LO, STOP),
             Answers()),
    Fault("held open after the end", streams(*HELLO, then="hold"), stream=Answers(), within=0.25),
    streamed("20,000 events", streams(START, BLOCK, b"".join([piece("y")] * 20_000), STOP),
             Answers("y" * 20_000), within=20),
    streamed("an event of 10 MB", streams(START, BLOCK, piece("x" * 10_000_000), STOP),
             Answers("x" * 10_000_000), within=20),
)  # fmt: skip

_SETTINGS = {"model": "anthropic/claude-sonnet-5", "endpoint": "messages"}
MESSAGES = tuple(
    replace(fault, name=f"messages: {fault.name}", settings={**_SETTINGS, **fault.settings})
    for fault in (*WHOLE, *STREAMS, *ODD)
)
