"""Rules of one line each: statuses in bodies, stored answers, sums, chunks like LangChain's."""

from __future__ import annotations

import json
from typing import Any

import pytest
from doors.answers import read_answer
from doors.streams import chunks_of
from langchain_core.messages import AIMessageChunk
from langchain_core.outputs import ChatGenerationChunk

from langchain_aimlapi import ChatAIMLAPI
from langchain_aimlapi.errors import AIMLAPIError


@pytest.mark.parametrize(
    ("code", "status"),
    [
        (399, None),
        (400, 400),
        (599, 599),
        (600, None),
        ("400", 400),
        ("0400", None),
        ("40x", None),
        (400.0, None),
        (True, None),
    ],
)
def test_only_the_status_of_an_error_is_one(code: Any, status: int | None) -> None:
    with pytest.raises(AIMLAPIError) as failed:
        read_answer({"error": {"code": code, "message": "No."}})
    error: Any = failed.value
    assert error.status_code == status
    assert error.body_excerpt == json.dumps({"error": {"code": code, "message": "No."}})
    assert error.chunks_received == 0


def test_the_outputs_of_several_calls_are_summed_by_their_names() -> None:
    model = ChatAIMLAPI(model="m", api_key="k")
    outputs: list[Any] = [
        {"token_usage": {"prompt_tokens": 1, "details": {"a": 1}}, "model_name": "m", "id": "1"},
        None,
        {
            "token_usage": {"prompt_tokens": 2, "total": 5, "details": {"b": None}},
            "cost": {"usd": 1},
        },
        {"token_usage": None, "cost": {"usd": 2, "credits": 7}, "model_name": "n"},
        {"token_usage": {"prompt_tokens": 3, "total": 5}},
    ]
    assert model._combine_llm_outputs(outputs) == {
        "token_usage": {"prompt_tokens": 6, "details": {"a": 1, "b": 0}, "total": 10},
        "model_name": "m",
        "id": "1",
        "cost": {"usd": 3, "credits": 7},
    }


@pytest.mark.parametrize(
    "delta",
    [
        {"content": "Hi"},
        {"reasoning_content": "Hm."},
        {"tool_calls": [{"index": 0, "id": "c", "function": {"name": "f", "arguments": '{"a'}}]},
        {"tool_calls": [{"index": 0, "id": "c", "function": {"name": "f", "arguments": "[1"}}]},
        {"tool_calls": [{"index": 0, "id": "c", "function": {"name": "f", "arguments": "{}"}}]},
        {"images": ["https://x.io/a"]},
    ],
)
def test_a_chunk_equals_a_validated_one_in_every_respect(delta: dict[str, Any]) -> None:
    event = {"id": "1", "model": "m", "choices": [{"delta": delta, "finish_reason": "stop"}]}
    first, *_ = chunks_of(b"data: " + json.dumps(event).encode() + b"\n\n")
    made: Any = first.message
    fields = (
        "content",
        "additional_kwargs",
        "response_metadata",
        "id",
        "tool_call_chunks",
    )
    validated = AIMessageChunk(**{name: getattr(made, name) for name in fields})
    assert made.__dict__ == validated.__dict__
    assert first.__dict__ == ChatGenerationChunk(message=validated).__dict__
    assert made.__pydantic_fields_set__ <= set(AIMessageChunk.model_fields)
