"""The exchange that the service publishes on its page of Claude 4 Sonnet, replayed.

The page prints one answer to "Hello", one example of an answer with its cost, and one stream.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from langchain_aimlapi import ChatAIMLAPI

if TYPE_CHECKING:
    from langchain_core.messages import AIMessage, AIMessageChunk

# What the page printed is never recorded again.
pytestmark = pytest.mark.vcr(record_mode="none")

QUESTION = "Hi! What do you think about mankind?"
STREAM_USAGE = {"input_tokens": 16, "output_tokens": 163, "total_tokens": 179}


@pytest.fixture
def model() -> ChatAIMLAPI:
    return ChatAIMLAPI(model="anthropic/claude-sonnet-4")


async def ask(model: ChatAIMLAPI, way: str, question: str) -> AIMessage:
    if way == "ainvoke":
        return await model.ainvoke(question)
    return model.invoke(question)


async def stream(model: ChatAIMLAPI, way: str) -> list[AIMessageChunk]:
    if way == "astream":
        return [chunk async for chunk in model.astream(QUESTION)]
    return list(model.stream(QUESTION))


def metadata_values(chunks: list[AIMessageChunk], name: str) -> list[Any]:
    """Return each value that a chunk's metadata has under a name."""
    return [c.response_metadata[name] for c in chunks if name in c.response_metadata]


@pytest.mark.parametrize("way", ["invoke", "ainvoke"])
@pytest.mark.default_cassette("answer.yaml")
async def test_the_first_answer(model: ChatAIMLAPI, way: str) -> None:
    answer = await ask(model, way, "Hello")
    assert answer.content == (
        "Hello! How are you doing today? Is there anything I can help you with?"
    )
    assert answer.usage_metadata == {"input_tokens": 50, "output_tokens": 630, "total_tokens": 680}
    assert answer.response_metadata == {
        "model_provider": "aimlapi",
        "model_name": "claude-sonnet-4-20250514",
        "id": "msg_011MNbgezv2p5BBE9RvnsZV9",
        "finish_reason": "stop",
        "native_finish_reason": "end_turn",
        "normalized_finish_reason": "stop",
        "finish_state": "completed",
        "token_usage": {"prompt_tokens": 50, "completion_tokens": 630, "total_tokens": 680},
    }
    assert answer.tool_calls == []


@pytest.mark.parametrize("way", ["invoke", "ainvoke"])
@pytest.mark.default_cassette("answer_with_cost.yaml")
async def test_the_answer_with_its_cost(model: ChatAIMLAPI, way: str) -> None:
    answer = await ask(model, way, "Hello")
    assert answer.content == (
        "Hello! I'm just a program, so I don't have feelings, but I'm here and ready to help you. "
        "How can I assist you today?"
    )
    assert answer.usage_metadata == {
        "input_tokens": 137,
        "output_tokens": 914,
        "total_tokens": 1051,
    }
    assert answer.response_metadata == {
        "model_provider": "aimlapi",
        "model_name": "anthropic/claude-sonnet-4",
        "id": "chatcmpl-CQ9FPg3osank0dx0k46Z53LTqtXMl",
        "finish_reason": "stop",
        "cost": {"usd": 0.06, "credits": 120000},
        "normalized_finish_reason": "stop",
        "finish_state": "completed",
        "token_usage": {"prompt_tokens": 137, "completion_tokens": 914, "total_tokens": 1051},
    }


@pytest.mark.parametrize("way", ["stream", "astream"])
@pytest.mark.default_cassette("stream.yaml")
async def test_the_stream_says_everything_once_and_merges_into_one_answer(
    model: ChatAIMLAPI, way: str
) -> None:
    chunks = await stream(model, way)
    assert len(chunks) > 60
    assert [c.usage_metadata for c in chunks if c.usage_metadata] == [STREAM_USAGE]
    assert metadata_values(chunks, "model_provider") == ["aimlapi"] * len(chunks)
    assert len({chunk.id for chunk in chunks}) == 1
    assert [chunk.chunk_position for chunk in chunks] == [*[None] * (len(chunks) - 1), "last"]
    answer = chunks[0] + chunks[1:]
    assert len(answer.text) == 840
    assert answer.text.startswith("I find humanity fascinating and complex.")
    assert answer.text.endswith("do you find most significant or puzzling?")
    assert answer.usage_metadata == STREAM_USAGE
    expected = {
        "model_provider": "aimlapi",
        "model_name": "claude-sonnet-4-20250514",
        "id": "msg_0163QG3JvwgxndzWtBsdJpGt",
        "finish_reason": "stop",
        "normalized_finish_reason": "stop",
        "finish_state": "completed",
        "token_usage": {"prompt_tokens": 16, "completion_tokens": 163, "total_tokens": 179},
    }
    assert answer.response_metadata == expected
    for name in expected.keys() - {"model_provider"}:
        assert metadata_values(chunks, name) == [expected[name]]


@pytest.mark.default_cassette("stream.yaml")
def test_a_streaming_model_invokes_by_streaming(model: ChatAIMLAPI) -> None:
    answer = model.model_copy(update={"streaming": True}).invoke(QUESTION)
    assert len(answer.text) == 840
    assert answer.usage_metadata == STREAM_USAGE
    assert answer.response_metadata["finish_reason"] == "stop"
