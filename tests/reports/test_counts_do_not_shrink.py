"""Zeros in a later event do not take the place of counts that came before."""

from __future__ import annotations

from typing import Any

import pytest
from answered import chunk, sse, streamed

Counts = dict[str, Any]


def claude(*usages: Counts | None) -> bytes:
    first, *later = usages
    text = {"type": "text", "text": "Hello"}
    events: list[Any] = [
        {"type": "message_start",
         "message": {"id": "msg_1", "model": "m", "content": [], "usage": first}},
        {"type": "content_block_start", "index": 0, "content_block": text},
    ]  # fmt: skip
    for usage in later:
        ended = {"type": "message_delta", "delta": {"stop_reason": "end_turn"}}
        events.append({**ended, "usage": usage})
    return sse([*events, {"type": "message_stop"}])


CLAUDE: dict[str, tuple[list[Counts | None], Counts]] = {
    "a zero at the end": (
        [{"input_tokens": 10, "output_tokens": 1}, {"input_tokens": 0, "output_tokens": 5}],
        {"input_tokens": 10, "output_tokens": 5},
    ),
    "zeros at the beginning": (
        [{"input_tokens": 0, "output_tokens": 0}, {"input_tokens": 10, "output_tokens": 5}],
        {"input_tokens": 10, "output_tokens": 5},
    ),
    "nothing but zeros at the end": (
        [{"input_tokens": 10, "output_tokens": 5}, {"input_tokens": 0, "output_tokens": 0}],
        {"input_tokens": 10, "output_tokens": 5},
    ),
    "zeros of the cache": (
        [{"input_tokens": 4, "cache_read_input_tokens": 100, "cache_creation_input_tokens": 20,
          "output_tokens": 1},
         {"input_tokens": 0, "cache_read_input_tokens": 0, "cache_creation_input_tokens": 0,
          "output_tokens": 5}],
        {"input_tokens": 124, "output_tokens": 5,
         "input_token_details": {"cache_read": 100, "cache_creation": 20}},
    ),
    "zeros of the cache by age": (
        [{"input_tokens": 4, "output_tokens": 1, "cache_creation_input_tokens": 20,
          "cache_creation": {"ephemeral_5m_input_tokens": 20, "ephemeral_1h_input_tokens": 0}},
         {"input_tokens": 0, "output_tokens": 5, "cache_creation_input_tokens": 0,
          "cache_creation": {"ephemeral_5m_input_tokens": 0, "ephemeral_1h_input_tokens": 0}}],
        {"input_tokens": 24, "output_tokens": 5,
         "input_token_details": {"cache_creation": 0, "ephemeral_5m_input_tokens": 20,
                                 "ephemeral_1h_input_tokens": 0}},
    ),
    "null and nothing": (
        [{"input_tokens": 10, "output_tokens": 1}, {"output_tokens": 5, "input_tokens": None}, {},
         None],
        {"input_tokens": 10, "output_tokens": 5},
    ),
}  # fmt: skip


@pytest.mark.parametrize(("sent", "expected"), CLAUDE.values(), ids=CLAUDE)
def test_counts_of_messages(sent: list[Counts | None], expected: Counts) -> None:
    total = expected["input_tokens"] + expected["output_tokens"]
    for way, message in streamed(claude(*sent), endpoint="messages").items():
        assert message.usage_metadata == {**expected, "total_tokens": total}, way


def openai(sent: int, received: int, **more: Any) -> Counts:
    counts = {"prompt_tokens": sent, "completion_tokens": received}
    return {**counts, "total_tokens": sent + received, **more}


CACHED = {"prompt_tokens_details": {"cached_tokens": 4}}
CHAT: dict[str, tuple[list[Counts | None], Counts]] = {
    "cumulative": (
        [openai(10, 1), openai(10, 3), openai(10, 5)],
        {"input_tokens": 10, "output_tokens": 5, "total_tokens": 15},
    ),
    "zeros at the end": (
        [openai(10, 5), openai(0, 0)],
        {"input_tokens": 10, "output_tokens": 5, "total_tokens": 15},
    ),
    "each in an event of its own": (
        [openai(10, 0), openai(0, 5)],
        {"input_tokens": 10, "output_tokens": 5, "total_tokens": 15},
    ),
    "zeros of the cache": (
        [openai(10, 1, **CACHED), openai(10, 5, prompt_tokens_details={"cached_tokens": 0})],
        {"input_tokens": 10, "output_tokens": 5, "total_tokens": 15,
         "input_token_details": {"cache_read": 4}},
    ),
    "details that come once": (
        [openai(10, 1, **CACHED), openai(10, 5)],
        {"input_tokens": 10, "output_tokens": 5, "total_tokens": 15,
         "input_token_details": {"cache_read": 4}},
    ),
    "a total that is more than its parts": (
        [openai(10, 1, total_tokens=30), openai(10, 5, total_tokens=40)],
        {"input_tokens": 10, "output_tokens": 5, "total_tokens": 40},
    ),
    "a count that is none": (
        [openai(10, 5), {"prompt_tokens": -1, "completion_tokens": 5}],
        {"input_tokens": 10, "output_tokens": 5, "total_tokens": 15},
    ),
}  # fmt: skip


@pytest.mark.parametrize(("sent", "expected"), CHAT.values(), ids=CHAT)
def test_counts_of_chat_completions(sent: list[Counts | None], expected: Counts) -> None:
    stream = sse(
        [*(chunk({"content": "a"}, usage=usage) for usage in sent), chunk({}, finish="stop"),
         "[DONE]"]
    )  # fmt: skip
    for way, message in streamed(stream).items():
        assert message.usage_metadata == expected, way
