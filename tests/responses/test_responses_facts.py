"""The facts of answers of the Responses endpoint, and answers that are none."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from responses_wire import (
    META,
    USAGE,
    Service,
    call,
    events_of,
    invoked,
    message,
    response,
    streamed,
    text_part,
    wire,
)

from langchain_aimlapi.errors import MalformedResponseError, RateLimitError, ServerError

if TYPE_CHECKING:
    from responses_wire import Json


# --- the facts ----------------------------------------------------------------------------------
def test_the_facts_of_an_answer_are_reported() -> None:
    answer = invoked(response(message("Hello"), service_tier="default"))
    assert answer.response_metadata["id"] == "resp_1"
    metadata = answer.response_metadata
    assert {name: metadata[name] for name in FACTS} == FACTS
    assert answer.usage_metadata == {
        "input_tokens": 9,
        "output_tokens": 7,
        "total_tokens": 16,
        "input_token_details": {"cache_read": 4, "cache_creation": 2},
        "output_token_details": {"reasoning": 5},
    }


FACTS = {
    "id": "resp_1",
    "model_name": "gpt-5.4",
    "model_provider": "aimlapi",
    "endpoint": "responses",
    "status": "completed",
    "finish_reason": "stop",
    "service_tier": "default",
    "cost": {"usd": META["usage"]["usd_spent"], "credits": META["usage"]["credits_used"]},
}


def test_the_cost_of_a_whole_answer_may_stand_in_its_headers() -> None:
    spent = {"x-aimlapi-usd-spent": "0.01", "x-aimlapi-credits-used": "20000"}
    answer = Service(response(message("Hello"), meta=None), **spent).model().invoke("Hi!")
    assert answer.response_metadata["cost"] == {"usd": 0.01, "credits": 20000}


@pytest.mark.parametrize(
    ("more", "finish"),
    [
        ({}, "stop"),
        (
            {"status": "incomplete", "incomplete_details": {"reason": "max_output_tokens"}},
            "length",
        ),
        (
            {"status": "incomplete", "incomplete_details": {"reason": "content_filter"}},
            "content_filter",
        ),
        ({"status": "incomplete"}, "incomplete"),
        ({"status": "queued", "output": [], "usage": None}, "queued"),
    ],
)
def test_the_status_is_a_finish_reason(more: Json, finish: str) -> None:
    body = response(message("Hello"), **more)
    assert invoked(body).response_metadata["finish_reason"] == finish
    if body["status"] != "queued":
        assert streamed(wire(events_of(body))).response_metadata["finish_reason"] == finish


def test_an_answer_that_calls_ends_for_its_calls() -> None:
    assert invoked(response(call())).response_metadata["finish_reason"] == "tool_calls"


def test_log_probabilities_are_kept() -> None:
    tokens = [{"token": "Hello", "logprob": -0.1, "bytes": [], "top_logprobs": []}]
    body = response(message(text_part("Hello", logprobs=tokens)))
    assert invoked(body).response_metadata["logprobs"] == {"content": tokens}
    assert streamed(wire(events_of(body))).response_metadata["logprobs"] == {"content": tokens}


def test_a_refusal_is_told_apart_from_text() -> None:
    body = response(message({"type": "refusal", "refusal": "I will not."}))
    for answer in (invoked(body), streamed(wire(events_of(body)))):
        (block,) = answer.content_blocks
        assert (block["type"], block.get("refusal")) == ("refusal", "I will not.")
        assert answer.text == ""
        assert answer.response_metadata["normalized_finish_reason"] == "refusal"


def test_the_text_beside_an_empty_output_is_read() -> None:
    assert invoked(response(output_text="Hello")).text == "Hello"


# --- what goes wrong ----------------------------------------------------------------------------
def test_an_answer_that_failed_is_a_typed_error() -> None:
    error = {"code": "rate_limit_exceeded", "message": "Slow down."}
    with pytest.raises(RateLimitError, match="Slow down"):
        invoked(response(status="failed", error=error))
    with pytest.raises(ServerError, match="without a reason"):
        invoked(response(status="failed"))


@pytest.mark.parametrize("body", [b"{}", b"[]", b'{"output": 3}', b'{"id": "resp_1"'])
def test_what_is_no_answer_is_a_typed_error(body: bytes) -> None:
    with pytest.raises(MalformedResponseError):
        Service(body).model().invoke("Hi!")


@pytest.mark.parametrize(
    "odd",
    [
        {"output": None, "status": "in_progress"},
        {"output": [None, 3, {"type": None}, {}, {"type": "message"}]},
        {"output": [{"type": "message", "content": [None, {"type": "output_text"}]}]},
        {"output": [{"type": "reasoning", "summary": "a"}, {"type": "function_call"}]},
        {"output": [{"type": "mcp_call", "arguments": [1]}, {"type": "web_search_call"}]},
        {"output": [{"type": "image_generation_call", "result": None}]},
        {"usage": {"input_tokens": "9"}, "incomplete_details": "no", "status": 3},
    ],
)
def test_odd_answers_are_read_all_the_same(odd: Json) -> None:
    body = response(message("Hello"), **odd)
    assert isinstance(invoked(body).content_blocks, list)


def test_a_body_that_is_a_stream_of_nothing_is_a_typed_error() -> None:
    with pytest.raises(MalformedResponseError):
        streamed(b'{"hello": 1}')


def test_usage_is_left_out_where_it_is_not_wanted() -> None:
    data = wire(events_of(response(message("Hello"))))
    assert streamed(data, stream_usage=False).usage_metadata is None
    assert USAGE["total_tokens"] == 16
