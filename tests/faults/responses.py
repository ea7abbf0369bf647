"""Rows about the Responses endpoint: its events, its errors, its own ends of a stream."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from faults.fault import Answers, Fails, Fault, always, invoked, streamed
from faults.scripts import EVENTS, IDS, answers, encoded, first, streams, streams_until_closed
from langchain_aimlapi.errors import (
    AuthenticationError,
    ContextLengthError,
    InvalidRequestError,
    MalformedResponseError,
    RateLimitError,
    ServerError,
    StreamInterruptedError,
)

if TYPE_CHECKING:
    from faults.server import Exchange, Script


def item(text: str = "Hello", status: str = "completed") -> dict[str, Any]:
    part = {"type": "output_text", "text": text, "annotations": []}
    return {
        "type": "message",
        "id": "msg_7",
        "status": status,
        "role": "assistant",
        "content": [part] if text else [],
    }


def response(*items: Any, **fields: Any) -> dict[str, Any]:
    return {
        "id": "resp_7",
        "object": "response",
        "created_at": 1.5,
        "status": "completed",
        "error": None,
        "incomplete_details": None,
        "model": "gpt-served",
        "output": list(items or (item(),)),
        "usage": {"input_tokens": 3, "output_tokens": 2, "total_tokens": 5},
        **fields,
    }


def event(kind: str, **fields: Any) -> bytes:
    return _event(kind, json.dumps({"type": kind, **fields}, ensure_ascii=False).encode())


def _event(kind: str, data: bytes) -> bytes:
    return b"event: " + kind.encode() + b"\ndata: " + data + b"\n\n"


def piece(text: str) -> bytes:
    place = {"item_id": "msg_7", "output_index": 0, "content_index": 0}
    return event("response.output_text.delta", **place, delta=text)


def failure(code: str, text: str) -> dict[str, Any]:
    return {"code": code, "message": text}


START = event(
    "response.created", response=response(status="in_progress", usage=None) | {"output": []}
)
ADDED = event("response.output_item.added", output_index=0, item=item("", "in_progress"))
PING = event("keepalive")
HEL, LO = piece("Hel"), piece("lo")
ITEM_DONE = event("response.output_item.done", output_index=0, item=item())
END = event("response.completed", response=response())
BEGUN = (START, ADDED, HEL)
HELLO = (*BEGUN, LO, ITEM_DONE, END)
"""The parts of a good stream."""
FLAT = event("error", **failure("server_error", "Busy"), param=None)
FAILED = event(
    "response.failed",
    response=response(status="failed", error=failure("server_error", "It broke")),
)
CUT = Fails(StreamInterruptedError, says=("inf-7",), after="Hel")


async def good(exchange: Exchange) -> None:
    """Answer `Hello`, streamed or not."""
    script = streams(*HELLO) if exchange.request.streams else answers(200, response())
    await script(exchange)


async def begins_and_resets(exchange: Exchange) -> None:
    await exchange.head(200, {**EVENTS, **IDS, "transfer-encoding": "chunked"})
    exchange.reset()


def _text(data: bytes) -> Script:
    return answers(200, encoded(response()).replace(b"Hello", data))


def _used(usage: Any) -> Script:
    return answers(200, response(usage=usage))


WHOLE: tuple[Fault, ...] = (
    always("a good answer", good, Answers()),
    streamed("a disconnect, once", first(begins_and_resets, good), Answers(), 2),
    invoked("an empty body", answers(200, b""), Fails(MalformedResponseError, 200)),
    invoked("truncated JSON", answers(200, encoded(response())[:60]), Fails(
        MalformedResponseError, 200, says=("resp_7", "inf-7"))),
    always("HTML", answers(200, b"<html><body><p>Welcome</p></body></html>"), Fails(
        MalformedResponseError, 200, says=("Welcome",))),
    always("null", answers(200, b"null"), Fails(MalformedResponseError, 200)),
    always("a list", answers(200, b"[1]"), Fails(MalformedResponseError, 200)),
    always("no output", answers(200, {"id": "a"}), Fails(
        MalformedResponseError, 200, says=("no output",))),
    always("an output that is null", answers(200, response(output=None)), Answers("")),
    always("100,000 nested lists", answers(200, b"[" * 100_000), Fails(
        MalformedResponseError, 200)),
    always("the vendor's envelope", answers(400, {"error": {
        **failure("context_length_exceeded", "Too long"), "type": "invalid_request_error"}}),
           Fails(ContextLengthError, 400, ("Too long",))),
    always("xAI's envelope", answers(400, {"code": "invalid-argument", "error": "Odd"}), Fails(
        InvalidRequestError, 400, ("Odd",))),
    always("the same with 200", answers(200, {"error": failure("invalid_api_key", "No")}), Fails(
        AuthenticationError, 401, ("No",))),
    invoked("an answer that failed", answers(200, response(
        status="failed", error=failure("rate_limit_exceeded", "Slow"))), Fails(
            RateLimitError, 429, ("Slow",)), 3),
    invoked("bad UTF-8", _text(b"Hel\xfflo"), Answers("Hel\ufffdlo")),
    invoked("items that are no objects", answers(200, response(1, None, "a", item(), {})),
            Answers()),
    invoked("usage NaN", answers(200, encoded(response()).replace(b": 3", b": NaN", 1)),
            Answers()),
    invoked("usage 10^30", _used({"input_tokens": 10**30, "output_tokens": -1}), Answers()),
    invoked("usage that is text", _used("many"), Answers()),
    Fault("JSON instead of a stream", answers(200, response()), stream=Answers()),
    invoked("a stream instead of JSON", streams(*HELLO), Answers()),
)  # fmt: skip

STREAMS: tuple[Fault, ...] = (
    streamed("a reset midway", streams(*BEGUN, then="reset"), CUT),
    streamed("an end of the body midway", streams(*BEGUN), CUT),
    streamed("an end of a stream without a length", streams_until_closed(*BEGUN), CUT),
    streamed("an end inside an event", streams(*BEGUN, LO[:40]), CUT),
    streamed("an end before any text", streams(START), Fails(
        StreamInterruptedError, says=("inf-7",))),
    streamed("an end before the last event", streams(*HELLO[:-1]), Fails(
        StreamInterruptedError, says=("inf-7",), after="Hello")),
    streamed("[DONE] before the last event", streams(*HELLO[:-1], b"data: [DONE]\n\n"), Fails(
        StreamInterruptedError, after="Hello")),
    streamed("an error midway", streams(*BEGUN, FLAT), Fails(
        ServerError, 500, ("Busy", "inf-7"), after="Hel", retryable=True)),
    streamed("an error, then a failure", streams(*BEGUN, FLAT, FAILED), Fails(
        ServerError, 500, ("Busy", "It broke"), after="Hel")),
    streamed("a failure midway", streams(*BEGUN, FAILED), Fails(
        ServerError, 500, ("It broke",), after="Hel")),
    streamed("an error, then a reset", streams(*BEGUN, FLAT, then="reset"), Fails(
        ServerError, 500, ("Busy",), after="Hel")),
    streamed("an error midway as text", streams(*BEGUN, _event("error", b"upstream died")),
             Fails(ServerError, None, ("upstream died",), after="Hel")),
    streamed("the service's error midway", streams(*BEGUN, b"data: " + encoded(
        {"statusCode": "401", "message": "Bad key", "requestId": "r"}) + b"\n\n"),
             Fails(AuthenticationError, 401, ("Bad key",), after="Hel")),
    streamed("an error as the first event", first(streams(FLAT), good), Answers(), 2),
    streamed("malformed JSON midway", streams(
        *BEGUN, _event("response.output_text.delta", b'{"type": ['), LO, END),
             Fails(MalformedResponseError, 200, ("type",), after="Hel")),
    streamed("a disconnect midway, then silence", streams(*BEGUN, then="finish"), CUT),
)  # fmt: skip

ODD: tuple[Fault, ...] = (
    streamed("no names of events", streams(*(p.partition(b"\n")[2] for p in HELLO)), Answers()),
    streamed("CRLF", streams(*(part.replace(b"\n", b"\r\n") for part in HELLO)), Answers()),
    streamed("one byte a packet", streams(*(bytes([b]) for b in b"".join(HELLO))), Answers()),
    streamed("pings all over", streams(*(part for each in HELLO for part in (PING, each))),
             Answers()),
    streamed("events that are not known", streams(
        START, event("response.cheer", cheer="hurray"), *HELLO[1:]), Answers()),
    streamed("[DONE] after the end", streams(*HELLO, b"data: [DONE]\n\n"), Answers()),
    streamed("text after the end", streams(*HELLO, LO, LO), Answers()),
    streamed("an error after the end", streams(*HELLO, FLAT), Answers()),
    streamed("no start of the item", streams(START, HEL, LO, END), Answers()),
    streamed("nothing but the last event", streams(END), Answers()),
    streamed("a last event without a response", streams(
        *HELLO[:-1], event("response.completed")), Answers()),
    streamed("a delta that is null", streams(START, ADDED, event(
        "response.output_text.delta", output_index=0, content_index=0, delta=None), HEL, LO, END),
             Answers()),
    streamed("an index that is no number", streams(START, ADDED, event(
        "response.output_text.delta", output_index={}, content_index=[], delta="Hel"), LO, END),
             Answers()),
    Fault("held open after the end", streams(*HELLO, then="hold"), stream=Answers(), within=0.25),
    streamed("10,000 events", streams(START, ADDED, b"".join([piece("y")] * 10_000), event(
        "response.completed", response=response(output=[]))), Answers("y" * 10_000), within=20),
    streamed("an event of 10 MB", streams(START, ADDED, piece("x" * 10_000_000), event(
        "response.completed", response=response(output=[]))), Answers("x" * 10_000_000), within=20),
)  # fmt: skip

_SETTINGS = {"model": "openai/gpt-5-pro"}
RESPONSES = tuple(
    replace(fault, name=f"responses: {fault.name}", settings={**_SETTINGS, **fault.settings})
    for fault in (*WHOLE, *STREAMS, *ODD)
)
