"""The common wire takes a short way: counted in calls of functions.

What takes the long way comes out the same, so only the work shows which way was taken. It is
counted, not timed: a busy machine makes no difference.
"""

from __future__ import annotations

import gc
import json
import sys
from typing import TYPE_CHECKING, Any

import httpx

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


def _events(*bodies: Any, line: str = "data: ") -> bytes:
    return "".join(f"{line}{json.dumps(body)}\n\n" for body in bodies).encode()


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


CLAUDE: dict[str, Any] = {"model": "anthropic/claude-sonnet-4", "endpoint": "messages"}


def _per_piece(settings: dict[str, Any], stream: bytes) -> float:
    model = _model(stream, **settings)
    assert _text(model).strip("a") == "b" * EVENTS
    return _calls(lambda: _text(model)) / EVENTS


def test_a_blank_behind_the_name_of_a_line_spares_work() -> None:
    streams = (_claude({"type": "text_delta", "text": "b"}, line) for line in ("data: ", "data:"))
    common, rare = (_per_piece(CLAUDE, stream) for stream in streams)
    assert common < rare
