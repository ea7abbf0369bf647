"""Rows about the Responses endpoint: its events, its errors, its own ends of a stream."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from langchain_aimlapi.errors import (
    AuthenticationError,
    ContextLengthError,
    MalformedResponseError,
    RateLimitError,
    ServerError,
    StreamInterruptedError,
)
from sockets.fault import Answers, Fails, Fault, always, invoked, streamed
from sockets.scripts import answers, first, streams
from sockets.typed_events import (
    Good,
    broken_streams,
    event,
    odd_streams,
    whole_answers,
)


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


GOOD = Good(
    response(),
    HELLO,
    len(BEGUN),
    "response.output_text.delta",
    PING,
    event("response.cheer", cheer="hurray"),
)

WHOLE: tuple[Fault, ...] = (
    always("no output", answers(200, {"id": "a"}), Fails(
        MalformedResponseError, 200, says=("no output",))),
    always("the vendor's envelope", answers(400, {"error": {
        **failure("context_length_exceeded", "Too long"), "type": "invalid_request_error"}}),
           Fails(ContextLengthError, 400, ("Too long",))),
    always("the same with 200", answers(200, {"error": failure("invalid_api_key", "No")}), Fails(
        AuthenticationError, 401, ("No",))),
    invoked("an answer that failed", answers(200, response(
        status="failed", error=failure("rate_limit_exceeded", "Slow"))), Fails(
            RateLimitError, 429, ("Slow",)), 3),
    invoked("items that are no objects", answers(200, response(1, None, "a", item(), {})),
            Answers()),
)  # fmt: skip

STREAMS: tuple[Fault, ...] = (
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
    streamed("an error as the first event", first(streams(FLAT), GOOD.answer), Answers(), 2),
)  # fmt: skip

ODD: tuple[Fault, ...] = (
    streamed("an error after the end", streams(*HELLO, FLAT), Answers()),
    streamed("no start of the item", streams(START, HEL, LO, END), Answers()),
    streamed("nothing but the last event", streams(END), Answers()),
)  # fmt: skip

_SETTINGS = {"model": "openai/gpt-5-pro"}
RESPONSES = tuple(
    replace(fault, name=f"responses: {fault.name}", settings={**_SETTINGS, **fault.settings})
    for fault in (
        *whole_answers(GOOD),
        *WHOLE,
        *broken_streams(GOOD),
        *STREAMS,
        *odd_streams(GOOD),
        *ODD,
    )
)
