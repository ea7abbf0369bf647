"""Token counts: offline, approximate, and the same whatever dialect a block is in."""

from __future__ import annotations

import base64
from typing import Any

import pytest
from langchain_core.messages import AIMessage, BaseMessage, HumanMessage, ToolMessage

from langchain_aimlapi import ChatAIMLAPI

MODEL = ChatAIMLAPI(model="gpt-4o", api_key="k")
A_FILE = 1500  # tokens, as a video; the largest flat figure
BIG = base64.b64encode(b"x" * 300_000).decode()
IMAGE = {"type": "image", "base64": BIG, "mime_type": "image/png"}


@pytest.mark.parametrize(("text", "tokens"), [("", 0), ("a", 1), ("abcd", 1), ("abcde", 2)])
def test_four_characters_are_a_token(text: str, tokens: int) -> None:
    assert MODEL.get_num_tokens(text) == tokens


def tokens_of(*messages: BaseMessage, **options: Any) -> int:
    return MODEL.get_num_tokens_from_messages(list(messages), **options)


def test_tools_count() -> None:
    def weather(city: str) -> str:
        """Get the weather of a city."""
        return city

    message = HumanMessage("Hi")
    assert tokens_of(message, tools=[weather]) > tokens_of(message) + 10


IMAGES = [
    IMAGE,
    {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{BIG}"}},
    {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": BIG}},
    {"type": "input_image", "image_url": f"data:image/png;base64,{BIG}"},
    {"type": "image", "url": "https://x.io/a.png"},
]
OTHERS = [
    {"type": "file", "base64": BIG, "mime_type": "application/pdf"},
    {"type": "input_file", "file_data": f"data:application/pdf;base64,{BIG}"},
    {"type": "audio", "base64": BIG, "mime_type": "audio/wav"},
    {"type": "video", "base64": BIG, "mime_type": "video/mp4"},
    {"type": "document", "source": {"type": "base64", "data": BIG}},
    {"type": "mystery", "data": BIG},
]


@pytest.mark.parametrize("block", [*IMAGES, *OTHERS])
def test_media_are_a_flat_figure_in_every_dialect_and_in_results(block: dict[str, Any]) -> None:
    result = {"type": "tool_result", "tool_use_id": "c", "content": [block]}
    text = {"type": "text", "text": "What is it?"}
    without = tokens_of(HumanMessage([text]))
    if block in IMAGES:
        assert tokens_of(HumanMessage([text, block])) - without == 85
    for content in (block, result):
        assert 50 < tokens_of(HumanMessage([content])) < A_FILE + 500


@pytest.mark.parametrize(
    "message",
    [
        HumanMessage("x" * 400),
        ToolMessage("x" * 400, tool_call_id="c1"),
        HumanMessage([{"type": "tool_result", "tool_use_id": "c1", "content": "x" * 400}]),
    ],
)
def test_texts_and_results_count(message: BaseMessage) -> None:
    assert 100 <= tokens_of(message) < 150


def test_the_text_of_a_document_counts() -> None:
    block = {"type": "text-plain", "text": "word " * 4000, "mime_type": "text/plain"}
    assert tokens_of(HumanMessage([block])) > A_FILE


def test_calls_count_once_whether_they_stand_in_blocks_or_not() -> None:
    args = {"text": "x" * 400}
    calls = [{"name": "f", "args": args, "id": "c1"}]
    plain = tokens_of(AIMessage("Hi", tool_calls=calls))
    block = {"type": "tool_use", "id": "c1", "name": "f", "input": args}
    blocks = [{"type": "text", "text": "Hi"}, block]
    assert tokens_of(AIMessage(blocks, tool_calls=calls)) == plain
    with_image = tokens_of(AIMessage([*blocks, IMAGE], tool_calls=calls))
    assert with_image == plain + 85


def test_a_block_that_cannot_be_read_still_counts() -> None:
    assert tokens_of(HumanMessage([{"type": "image"}])) > 0
