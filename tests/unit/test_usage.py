"""Tokens and cost: what is reported, what cannot be believed, and where it stands."""

from typing import Any

import pytest
from doors.answers import read_answer

USAGES: dict[str, tuple[Any, dict[str, Any] | None]] = {
    "three numbers": (
        {"prompt_tokens": 50, "completion_tokens": 630, "total_tokens": 680},
        {"input_tokens": 50, "output_tokens": 630, "total_tokens": 680},
    ),
    "no total": (
        {"prompt_tokens": 1, "completion_tokens": 2, "total_tokens": None},
        {"input_tokens": 1, "output_tokens": 2, "total_tokens": 3},
    ),
    "a total of its own": (
        {"prompt_tokens": 432, "completion_tokens": 68, "total_tokens": 636},
        {"input_tokens": 432, "output_tokens": 68, "total_tokens": 636},
    ),
    "older names": (
        {"input_tokens": 1, "output_tokens": 2},
        {"input_tokens": 1, "output_tokens": 2, "total_tokens": 3},
    ),
    "details": (
        {"prompt_tokens": 1, "completion_tokens": 2,
         "prompt_tokens_details": {"cached_tokens": 3, "audio_tokens": 0, "cache_write_tokens": 4},
         "completion_tokens_details": {"reasoning_tokens": 5, "audio_tokens": 6, "other": 7}},
        {"input_tokens": 1, "output_tokens": 2, "total_tokens": 3,
         "input_token_details": {"audio": 0, "cache_read": 3, "cache_creation": 4},
         "output_token_details": {"audio": 6, "reasoning": 5}},
    ),
    "details in other places": (
        {"prompt_tokens": 1, "completion_tokens": 2, "cache_read_input_tokens": 3,
         "cache_creation_input_tokens": 4, "reasoning_tokens": 5, "prompt_tokens_details": None},
        {"input_tokens": 1, "output_tokens": 2, "total_tokens": 3,
         "input_token_details": {"cache_read": 3, "cache_creation": 4},
         "output_token_details": {"reasoning": 5}},
    ),
    "details that cannot be believed": (
        {"prompt_tokens": 1, "completion_tokens": 2,
         "prompt_tokens_details": {"cached_tokens": -1}, "completion_tokens_details": [1]},
        {"input_tokens": 1, "output_tokens": 2, "total_tokens": 3},
    ),
    "nothing": (None, None),
    "no object": ([1], None),
    "an empty object": ({}, None),
    "null": ({"prompt_tokens": 11, "completion_tokens": None}, None),
    "negative": ({"prompt_tokens": -1, "completion_tokens": 1}, None),
    "half a token": ({"prompt_tokens": 1.5, "completion_tokens": 1}, None),
    "not a number": ({"prompt_tokens": float("nan"), "completion_tokens": 1}, None),
    "far too many": ({"prompt_tokens": 10**30, "completion_tokens": 1}, None),
    "true": ({"prompt_tokens": True, "completion_tokens": 1}, None),
    "text": ({"prompt_tokens": "1", "completion_tokens": 1}, None),
}  # fmt: skip


def message_of(facts: dict[str, Any], headers: dict[str, str] | None = None) -> Any:
    body = {**facts, "choices": [{"message": {"content": "Hi"}}]}
    return read_answer(body, headers).generations[0].message


@pytest.mark.parametrize(("sent", "read"), USAGES.values(), ids=USAGES)
def test_usage(sent: Any, read: dict[str, Any] | None) -> None:
    assert message_of({"usage": sent}).usage_metadata == read


META = {"meta": {"usage": {"credits_used": 120000, "usd_spent": 0.06}}}
HEADERS = {"x-aimlapi-usd-spent": "0.01", "x-aimlapi-credits-used": "20000"}
COSTS: dict[str, tuple[dict[str, Any], dict[str, str], dict[str, Any] | None]] = {
    "the body": (META, {}, {"usd": 0.06, "credits": 120000}),
    "the body before the headers": (META, HEADERS, {"usd": 0.06, "credits": 120000}),
    "the headers": ({"meta": None}, HEADERS, {"usd": 0.01, "credits": 20000}),
    "credits only": ({"meta": {"usage": {"credits_used": 7}}}, {}, {"credits": 7}),
    "a whole dollar": ({"meta": {"usage": {"usd_spent": 1}}}, {}, {"usd": 1.0}),
    "the usage": ({"usage": {"cost": 0.5}}, {}, {"usd": 0.5}),
    "a total in the usage": (
        {"usage": {"cost": {"input": 1, "total_cost": 2.5}}},
        {},
        {"usd": 2.5},
    ),
    "nothing": ({}, {}, None),
    "nonsense": (
        {"meta": {"usage": {"credits_used": -1, "usd_spent": "a lot"}}, "usage": {"cost": True}},
        {"x-aimlapi-usd-spent": "nan", "x-aimlapi-credits-used": ""},
        None,
    ),
    "nonsense of other kinds": ({"meta": [1], "usage": {"cost": {"total": 10**400}}}, {}, None),
}


@pytest.mark.parametrize(("body", "headers", "cost"), COSTS.values(), ids=COSTS)
def test_cost(body: dict[str, Any], headers: dict[str, str], cost: dict[str, Any] | None) -> None:
    found = message_of(body, headers).response_metadata.get("cost")
    assert found == cost
    assert found is None or isinstance(found.get("usd", 0.0), float)
