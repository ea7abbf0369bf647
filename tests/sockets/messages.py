"""Rows about the messages endpoint: its events, its errors, its own ends of a stream."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from langchain_aimlapi.errors import (
    AuthenticationError,
    MalformedResponseError,
    ServerError,
)
from sockets.fault import Answers, Fails, Fault, always, invoked, streamed
from sockets.scripts import answers, first, streams, streams_until_closed
from sockets.typed_events import (
    Good,
    broken_streams,
    event,
    odd_streams,
    whole_answers,
)


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


GOOD = Good(
    message(),
    HELLO,
    len(BEGUN),
    "content_block_delta",
    PING,
    event("message_cheer", cheer="hurray"),
)

WHOLE: tuple[Fault, ...] = (
    always("no content", answers(200, {"id": "a", "type": "message"}), Fails(
        MalformedResponseError, 200, says=("no content",))),
    always("the same with 200", answers(200, error("authentication_error", "No")), Fails(
        AuthenticationError, 401, ("No",))),
    invoked("blocks that are no objects", answers(200, message(content=[
        1, None, "a", {"type": "text", "text": "Hello"}, {}])), Answers()),
)  # fmt: skip

STREAMS: tuple[Fault, ...] = (
    streamed("an end after the reason", streams_until_closed(*HELLO[:-1]), Answers()),
    streamed("an end without a reason", streams(*BEGUN, LO, BLOCK_STOP, STOP), Answers()),
    streamed("nothing but an end", streams(STOP), Fails(MalformedResponseError, 200)),
    streamed("an error midway", streams(*BEGUN, event("error", **error("overloaded_error", "Busy")
             )),
             Fails(ServerError, 529, ("Busy", "inf-7"), after="Hel", retryable=True)),
    streamed("an error as the first event", first(
        streams(event("error", **error("rate_limit_error", "Slow"))), GOOD.answer), Answers(), 2),
)  # fmt: skip

ODD: tuple[Fault, ...] = (
    streamed("no start of the block", streams(START, HEL, LO, REASON, STOP), Answers()),
)  # fmt: skip

_SETTINGS = {"model": "anthropic/claude-sonnet-5", "endpoint": "messages"}
MESSAGES = tuple(
    replace(fault, name=f"messages: {fault.name}", settings={**_SETTINGS, **fault.settings})
    for fault in (
        *whole_answers(GOOD),
        *WHOLE,
        *broken_streams(GOOD),
        *STREAMS,
        *odd_streams(GOOD),
        *ODD,
    )
)
