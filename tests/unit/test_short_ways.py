"""The common wire and the common conversation take a short way: counted in calls of functions.

What takes the long way comes out the same, so only the work shows which way was taken. It is
counted, not timed: a busy machine makes no difference.
"""

from __future__ import annotations

import gc
import json
import sys
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from langchain_aimlapi import ChatAIMLAPI

if TYPE_CHECKING:
    from collections.abc import Callable

EVENTS = 200


def _calls(run: Callable[[], object]) -> int:
    """Return how many functions are called, those written in C included, once all is warm."""
    count = 0

    def note(_frame: object, event: str, _arg: object) -> None:
        nonlocal count
        count += event in {"call", "c_call"}

    run()
    gc.collect()
    gc.disable()  # what it calls for things that other tests left is not counted
    before = sys.getprofile()
    sys.setprofile(note)
    try:
        run()
    finally:
        sys.setprofile(before)
        gc.enable()
    return count


def _model(answer: bytes, **settings: Any) -> ChatAIMLAPI:
    streamed = not answer.startswith(b"{")
    kind = "text/event-stream" if streamed else "application/json"

    def respond(_: httpx.Request) -> httpx.Response:
        return httpx.Response(200, content=answer, headers={"content-type": kind})

    client = httpx.Client(transport=httpx.MockTransport(respond))
    return ChatAIMLAPI(api_key="k", http_client=client, **settings)


# --- streams ---


def _events(*bodies: Any, line: str = "data: ") -> bytes:
    return "".join(f"{line}{json.dumps(body)}\n\n" for body in bodies).encode()


def _chat(delta: dict[str, Any], **more: Any) -> bytes:
    choice = {"index": 0, "delta": delta, "finish_reason": None}
    chunk = {"id": "a", "model": "m", "choices": [choice], **more}
    end = {**chunk, "choices": [{**choice, "delta": {}, "finish_reason": "stop"}]}
    first = {**chunk, "choices": [{**choice, "delta": {"role": "assistant", "content": "a"}}]}
    return _events(first, *[chunk] * EVENTS, end) + b"data: [DONE]\n\n"


def _claude(piece: dict[str, Any], line: str = "data: ") -> bytes:
    message = {"id": "a", "type": "message", "role": "assistant", "model": "m", "content": []}
    usage = {"input_tokens": 1, "output_tokens": 1}
    block = {"index": 0, "content_block": {"type": "text", "text": ""}}
    return _events(
        {"type": "message_start", "message": {**message, "usage": usage}},
        {"type": "content_block_start", **block},
        *[{"type": "content_block_delta", "index": 0, "delta": piece}] * EVENTS,
        {"type": "content_block_stop", "index": 0},
        {"type": "message_delta", "delta": {"stop_reason": "end_turn"}, "usage": usage},
        {"type": "message_stop"},
        line=line,
    )


def _text(model: ChatAIMLAPI) -> str:
    return "".join(chunk.text for chunk in model.stream("Hi"))


def _responses() -> bytes:
    item = {"type": "message", "id": "msg_1", "role": "assistant", "status": "in_progress"}
    place = {"item_id": "msg_1", "output_index": 0}
    part = {"type": "output_text", "text": "", "annotations": []}
    whole = {**part, "text": "b" * EVENTS}
    response = {
        "id": "a",
        "object": "response",
        "model": "m",
        "status": "in_progress",
        "output": [],
    }
    done = {**item, "status": "completed", "content": [whole]}
    piece = {"type": "response.output_text.delta", **place, "content_index": 0, "delta": "b"}
    return _events(
        {"type": "response.created", "response": response},
        {"type": "response.output_item.added", "output_index": 0, "item": {**item, "content": []}},
        {"type": "response.content_part.added", **place, "content_index": 0, "part": part},
        *[piece] * EVENTS,
        {"type": "response.output_text.done", **place, "content_index": 0, "text": whole["text"]},
        {"type": "response.output_item.done", "output_index": 0, "item": done},
        {
            "type": "response.completed",
            "response": {**response, "status": "completed", "output": [done]},
        },
    )


def _text(model: ChatAIMLAPI) -> str:
    return "".join(chunk.text for chunk in model.stream("Hi"))


CHAT: dict[str, Any] = {"model": "openai/gpt-4o"}
CLAUDE: dict[str, Any] = {"model": "anthropic/claude-sonnet-4", "endpoint": "messages"}
RESPONSES: dict[str, Any] = {"model": "openai/gpt-4o", "endpoint": "responses"}
TEXT = {"content": "b"}
SHORT = {
    "chat": (CHAT, _chat(TEXT)),
    "chat with a role": (CHAT, _chat({"role": "assistant", **TEXT})),
    "chat with names": (CHAT, _chat(TEXT).replace(b"data: {", b"event: message\ndata: {")),
    "messages": (CLAUDE, _claude({"type": "text_delta", "text": "b"})),
    "responses": (RESPONSES, _responses()),
}


def _per_piece(settings: dict[str, Any], stream: bytes) -> float:
    model = _model(stream, **settings)
    assert _text(model).strip("a") == "b" * EVENTS
    return _calls(lambda: _text(model)) / EVENTS


@pytest.mark.parametrize(("settings", "stream"), SHORT.values(), ids=SHORT)
def test_a_plain_piece_of_text_takes_the_short_way(settings: dict[str, Any], stream: bytes) -> None:
    long = _per_piece(CHAT, _chat(TEXT, event=None))  # a key that is worth a second look
    assert _per_piece(settings, stream) < 0.8 * long


def test_a_blank_behind_the_name_of_a_line_spares_work() -> None:
    streams = (_claude({"type": "text_delta", "text": "b"}, line) for line in ("data: ", "data:"))
    common, rare = (_per_piece(CLAUDE, stream) for stream in streams)
    assert common < rare


# --- conversations ---
