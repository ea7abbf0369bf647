"""How streams look, vendor by vendor."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING

import pytest
from emulator_helpers import (
    CLAUDE,
    GEMINI,
    GPT,
    MAGIC,
    REASONER,
    WEATHER,
    body,
    merged,
    tools_of,
)

if TYPE_CHECKING:
    from emulator_helpers import Http

OPENROUTER = "deepseek/deepseek-v3.2-speciale"
SONAR = "perplexity/sonar"
SPEAKER = "gpt-4o-audio-preview"
COUNT = {"include_usage": True}


def test_claude_streams_as_on_the_seed_page(http: Http) -> None:
    chunks = http.stream(body(CLAUDE, "What do you think about mankind?"))
    empty = {"content": "", "role": "assistant", "refusal": None}
    assert [chunk["id"] for chunk in chunks[1:]] == [""] * (len(chunks) - 1)
    assert chunks[0]["id"].startswith("msg_01")
    assert [chunk["choices"][0]["delta"] for chunk in chunks[:2]] == [empty, empty]
    assert chunks[2]["choices"][0]["delta"]["content"]
    *_, empty_one, counted, last = chunks
    assert empty_one["choices"] == [{"index": 0, "delta": empty}]
    assert counted["choices"] == [{"index": 0, "delta": empty, "finish_reason": "stop"}]
    assert set(counted["usage"]) == {"prompt_tokens", "completion_tokens", "total_tokens"}
    assert last["choices"] == [{"index": 0, "finish_reason": "stop"}]
    assert set(last["meta"]["usage"]) == {"credits_used", "usd_spent"}
    assert [chunk["usage"] for chunk in (*chunks[:-2], last)] == [None] * (len(chunks) - 1)
    assert list(chunks[0]) == ["id", "choices", "created", "model", "object", "usage"]


@pytest.mark.parametrize(
    ("model", "ends"),
    [
        (CLAUDE, False),
        (GPT, False),
        (REASONER, True),
        (GEMINI, True),
        (OPENROUTER, True),
        (SONAR, True),
    ],
)
def test_only_some_streams_end_with_done(http: Http, model: str, *, ends: bool) -> None:
    raw = http.post(body(model, stream=True)).content
    assert raw.endswith(b"data: [DONE]\n\n") is ends


def test_claude_thinks_before_it_speaks(http: Http) -> None:
    sent = body(CLAUDE, "Hello", thinking={"type": "enabled", "budget_tokens": 1024})
    message = http.message(sent)
    chunks = http.stream(sent)
    deltas = [choice.get("delta", {}) for chunk in chunks for choice in chunk["choices"]]
    whole = merged(chunks)
    assert (whole["reasoning"], whole["content"]) == (
        message["reasoning_content"],
        message["content"],
    )
    (signed,) = [d["reasoning_details"] for d in deltas if "reasoning_details" in d]
    assert signed[0]["signature"] == message["reasoning_details"][0]["signature"]
    assert http.message(body(CLAUDE, "Hello"))["reasoning_content"] == ""


def test_openai_counts_in_a_last_chunk_without_choices_when_asked(http: Http) -> None:
    *chunks, finished, counted = http.stream(body(GPT, stream_options=COUNT))
    assert counted["choices"] == []
    assert counted["usage"]["total_tokens"] > 0
    assert counted["meta"]["usage"]["credits_used"] > 0
    assert finished["choices"][0]["delta"] == {}
    assert finished["choices"][0]["finish_reason"] == "stop"
    assert {chunk["usage"] for chunk in chunks} == {None}
    assert len({chunk["id"] for chunk in chunks}) == 1


def test_openai_does_not_count_unasked(http: Http) -> None:
    chunks = http.stream(body(GPT))
    assert {chunk["usage"] for chunk in chunks} == {None}
    assert chunks[-1]["choices"][0]["finish_reason"] == "stop"


def test_two_choices_alternate(http: Http) -> None:
    sent = body(GPT, n=2)
    choices = http.json(sent)["choices"]
    chunks = http.stream(sent)
    assert [choice["index"] for choice in choices] == [0, 1]
    assert choices[0]["message"] != choices[1]["message"]
    assert [chunk["choices"][0]["index"] for chunk in chunks[:8]] == [0, 1] * 4


def test_reasoning_comes_with_null_content_then_content(http: Http) -> None:
    chunks = http.stream(body(REASONER))
    deltas = [chunk["choices"][0]["delta"] for chunk in chunks]
    thinking = [bool(delta.get("reasoning_content")) for delta in deltas[1:-1]]
    assert thinking == sorted(thinking, reverse=True)
    assert {True, False} == set(thinking)
    for delta in deltas[1:-1]:
        assert (delta.get("content") is None) is bool(delta["reasoning_content"])
    message = http.message(body(REASONER))
    assert merged(chunks)["reasoning"] == message["reasoning_content"] != ""


def test_hidden_reasoning_shows_in_the_count_only(http: Http) -> None:
    answer = http.json(body("openai/gpt-5-2025-08-07"))
    assert answer["usage"]["completion_tokens_details"]["reasoning_tokens"] > 0
    assert "reasoning_content" not in answer["choices"][0]["message"]


def test_openrouter_sends_comments_and_reasoning_twice(http: Http) -> None:
    raw = http.post(body(OPENROUTER, stream=True)).content
    assert raw.startswith(b": OPENROUTER PROCESSING\n\n")
    message = http.message(body(OPENROUTER))
    assert message["reasoning_details"][0]["text"] == message["reasoning"] != ""
    assert http.json(body(OPENROUTER))["choices"][0]["native_finish_reason"] == "stop"


def test_perplexity_counts_in_every_chunk_and_cites(http: Http) -> None:
    chunks = http.stream(body(SONAR, "What is new about whales?"))
    totals = [chunk["usage"]["total_tokens"] for chunk in chunks]
    assert totals == sorted(totals)
    assert len(set(totals)) > 3
    assert {tuple(chunk["citations"]) for chunk in chunks} == {
        ("https://encyclopedia.example/whales", "https://news.example/whales")
    }
    assert chunks[-1]["object"] == "chat.completion.done"
    assert chunks[-1]["choices"][0]["message"]["content"] == merged(chunks)["content"]
    answer = http.json(body(SONAR, "What is new about whales?"))
    assert answer["search_results"][0]["url"] == answer["citations"][0]
    assert answer["usage"]["total_tokens"] == totals[-1]


@pytest.mark.parametrize("model", [CLAUDE, GPT, REASONER])
def test_arguments_come_in_pieces(http: Http, model: str) -> None:
    sent = body(model, "Use magic_function(12345)", tools=tools_of(model, MAGIC))
    parts = [
        part
        for chunk in http.stream(sent)
        for choice in chunk["choices"]
        for part in choice.get("delta", {}).get("tool_calls", ())
    ]
    assert [bool(part.get("id")) for part in parts] == [True] + [False] * (len(parts) - 1)
    assert parts[0]["function"] == {"name": "magic_function", "arguments": ""}
    assert len(parts) > 3


def test_gemini_sends_whole_calls_and_says_stop(http: Http) -> None:
    sent = body(GEMINI, "What is the weather in Paris and London?", tools=tools_of(GEMINI, WEATHER))
    chunks = http.stream(sent)
    (calls,) = [
        choice["delta"]["tool_calls"]
        for chunk in chunks
        for choice in chunk["choices"]
        if "tool_calls" in choice["delta"]
    ]
    assert [json.loads(call["function"]["arguments"]) for call in calls] == [
        {"location": "Paris"},
        {"location": "London"},
    ]
    # Only the first of parallel calls is signed.
    assert ["extra_content" in call for call in calls] == [True, False]
    finished = [c["choices"][0] for c in chunks if c["choices"]][-1]
    assert (finished["finish_reason"], finished["native_finish_reason"]) == ("stop", "STOP")


@pytest.mark.parametrize(
    ("model", "native", "streamed"),
    [(CLAUDE, "tool_use", "tool_calls"), (GPT, "tool_calls", "tool_calls")],
)
def test_finish_reasons_of_tool_calls(http: Http, model: str, native: str, streamed: str) -> None:
    sent = body(model, "Use magic_function(3)", tools=tools_of(model, MAGIC))
    assert http.json(sent)["choices"][0]["finish_reason"] == native
    assert http.stream(sent)[-1]["choices"][0]["finish_reason"] == streamed


@pytest.mark.parametrize(
    ("model", "native", "streamed"),
    [
        (CLAUDE, "max_tokens", "length"),
        (GPT, "length", "length"),
        (REASONER, "length", "length"),
        (GEMINI, "length", "length"),
    ],
)
def test_max_tokens_cuts(http: Http, model: str, native: str, streamed: str) -> None:
    sent = body(model, "Write a story about a cat.", max_tokens=40)
    answer = http.json(sent)
    assert answer["choices"][0]["finish_reason"] == native
    assert answer["usage"]["completion_tokens"] <= 40
    text = answer["choices"][0]["message"]["content"]
    assert text.startswith("Once upon a time there was a cat")
    chunks = http.stream(sent)
    assert merged(chunks)["content"] == text
    reasons = {c.get("finish_reason") for chunk in chunks for c in chunk["choices"]}
    assert reasons - {None} == {streamed}


def test_a_spoken_answer(http: Http) -> None:
    sent = body(SPEAKER, modalities=["text", "audio"], audio={"voice": "alloy", "format": "wav"})
    message = http.message(sent)
    assert message["content"] is None
    assert message["audio"]["transcript"].startswith("Hello!")
    deltas = [c["delta"].get("audio", {}) for chunk in http.stream(sent) for c in chunk["choices"]]
    data = b"".join(base64.b64decode(delta.get("data", "")) for delta in deltas)
    assert base64.b64encode(data).decode() == message["audio"]["data"]
    assert "".join(d.get("transcript", "") for d in deltas) == message["audio"]["transcript"]
    assert [d["id"][:6] for d in deltas if "id" in d] == ["audio_"]


@pytest.mark.parametrize("model", [GPT, REASONER])
def test_logprobs_come_with_their_words(http: Http, model: str) -> None:
    sent = body(model, "Hello", logprobs=True)
    choice = http.json(sent)["choices"][0]
    whole = "".join(token["token"] for token in choice["logprobs"]["content"])
    assert whole == choice["message"]["content"]
    streamed = "".join(
        token["token"]
        for chunk in http.stream(sent)
        for choice in chunk["choices"]
        if choice.get("logprobs")
        for token in choice["logprobs"]["content"]
    )
    assert streamed == whole
