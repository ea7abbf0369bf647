"""How answers of the messages endpoint end, and what they used and cost."""

from __future__ import annotations

import pytest
from cases.claude_answers import TEXT, THOUGHT, Json, in_all_ways, pieces_of, start_of
from cases.messages import (
    MODEL,
    Service,
    events,
    invoked,
    message,
    sse,
    streamed,
    text_piece,
    whole,
)

from langchain_aimlapi.errors import (
    ServerError,
    StreamInterruptedError,
)


# --- how it ends ---
def test_a_refusal_is_a_block_of_its_own() -> None:
    details = {"type": "refusal", "category": "cyber", "explanation": "No."}
    explained = {"type": "refusal", "refusal": "No.", "extras": {"category": "cyber"}}
    for body, blocks in (
        (message(stop="refusal", stop_details=details), [explained]),
        (message(TEXT, stop="refusal"), [TEXT, {"type": "refusal", "refusal": ""}]),
    ):
        stream = sse([{"type": "message_start", "message": body}, {"type": "message_stop"}])
        for answer in (invoked(body), streamed(stream)):
            assert answer.content_blocks == blocks
            assert answer.response_metadata["finish_reason"] == "content_filter"
            assert answer.response_metadata["normalized_finish_reason"] == "refusal"


@pytest.mark.parametrize(
    ("stop", "finish"),
    [
        ("end_turn", "stop"),
        ("stop_sequence", "stop"),
        ("max_tokens", "length"),
        ("model_context_window_exceeded", "length"),
        ("pause_turn", "pause_turn"),
        ("something_new", "something_new"),
    ],
)
def test_reasons_to_stop(stop: str, finish: str) -> None:
    metadata = in_all_ways(TEXT, stop=stop).response_metadata
    assert metadata["finish_reason"] == finish
    assert metadata.get("native_finish_reason", finish) == stop


def test_facts_without_a_place_are_kept_in_the_metadata() -> None:
    facts = {
        "container": {"id": "c1", "expires_at": "2026-03-03"},
        "context_management": {"applied_edits": []},
        "stop_sequence": "END",
    }
    usage = {"input_tokens": 1, "output_tokens": 2, "service_tier": "standard", "iterations": [{}]}
    metadata = invoked(message(TEXT, **facts, usage=usage)).response_metadata
    delta = {"stop_reason": "end_turn", **facts}
    stream = sse(
        [*events(whole(TEXT))[:-2], {"type": "message_delta", "delta": delta, "usage": usage}]
    )
    for found in (metadata, streamed(stream).response_metadata):
        assert {name: found[name] for name in facts} == facts
        assert found["service_tier"] == "standard"
        assert found["iterations"] == [{}]


def test_an_error_event_raises_and_a_cut_is_reported() -> None:
    parts = events((start_of(TEXT), [text_piece("Hel")]))
    error = {"type": "error", "error": {"type": "overloaded_error", "message": "Busy"}}
    with pytest.raises(ServerError, match="Busy"):
        streamed(sse([*parts[:3], error]))
    with pytest.raises(StreamInterruptedError):
        streamed(sse(parts[:3]))


def test_names_of_events_are_not_needed() -> None:
    parts = events((start_of(THOUGHT), pieces_of(THOUGHT)), (start_of(TEXT), pieces_of(TEXT)))
    named, unnamed = streamed(sse(parts)), streamed(sse(parts, named=False))
    assert unnamed.content_blocks == named.content_blocks
    assert unnamed.response_metadata == named.response_metadata


# --- tokens and cost ---
COUNTS = {
    "input_tokens": 4,
    "cache_creation_input_tokens": 430,
    "cache_read_input_tokens": 1000,
    "cache_creation": {"ephemeral_5m_input_tokens": 400, "ephemeral_1h_input_tokens": 26},
    "output_tokens": 290,
    "output_tokens_details": {"thinking_tokens": 15},
}


def test_cached_tokens_are_a_part_of_the_input() -> None:
    assert invoked(message(TEXT, usage=COUNTS)).usage_metadata == {
        "input_tokens": 1434,
        "output_tokens": 290,
        "total_tokens": 1724,
        "input_token_details": {
            "cache_read": 1000,
            "cache_creation": 4,
            "ephemeral_5m_input_tokens": 400,
            "ephemeral_1h_input_tokens": 26,
        },
        "output_token_details": {"reasoning": 15},
    }


@pytest.mark.parametrize(
    ("first", "last", "expected"),
    [
        ({"input_tokens": 9, "output_tokens": 1}, {"output_tokens": 5}, (9, 5)),
        ({"input_tokens": 9}, {"input_tokens": 12, "output_tokens": 5}, (12, 5)),
        ({"input_tokens": 9, "output_tokens": 1}, None, (9, 1)),
        ({"input_tokens": 9}, {"input_tokens": None, "output_tokens": 5}, (9, 5)),
        ({}, {}, None),
        ({"input_tokens": -1}, {"output_tokens": 5}, None),
    ],
)
def test_final_counts_come_at_the_end_where_they_come_at_all(
    first: Json, last: Json | None, expected: tuple[int, int] | None
) -> None:
    parts = events(whole(TEXT))
    parts[0]["message"]["usage"] = first
    parts[-2]["usage"] = last
    usage = streamed(sse(parts)).usage_metadata
    assert (usage and (usage["input_tokens"], usage["output_tokens"])) == expected


@pytest.mark.parametrize("place", [0, -2, -1])
def test_the_cost_is_read_wherever_it_stands(place: int) -> None:
    meta = {"usage": {"credits_used": 40, "usd_spent": 0.00002}}
    parts = events(whole(TEXT))
    (parts[place] if place else parts[0]["message"])["meta"] = meta
    cost = {"usd": 0.00002, "credits": 40}
    assert streamed(sse(parts)).response_metadata["cost"] == cost
    assert invoked(message(TEXT, meta=meta)).response_metadata["cost"] == cost


def test_the_answer_is_asked_where_the_endpoint_says() -> None:
    service = Service()
    service.model(model=MODEL).invoke("Hi")
    service.model(model=MODEL, endpoint="chat/completions", max_retries=0).bind()
    assert service.paths == ["/v1/messages"]


def test_a_stream_in_place_of_a_whole_answer_is_read_whole() -> None:
    pieces = [text_piece("Hi"), text_piece(" you")]
    answer = invoked(sse(events(({"type": "text", "text": ""}, pieces))))
    assert (answer.text, answer.response_metadata["finish_reason"]) == ("Hi you", "stop")


def test_a_stream_of_no_content_in_place_of_a_whole_answer_is_an_empty_answer() -> None:
    answer = invoked(sse(events()))
    assert (answer.text, answer.response_metadata["finish_reason"]) == ("", "stop")
