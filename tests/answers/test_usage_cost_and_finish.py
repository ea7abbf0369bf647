"""Tokens, cost and finish reasons: every form in which they come, and what cannot be believed."""

from __future__ import annotations

from typing import Any

import pytest
from ways import Json, all_ways, blocks_of, invoke_ways, stream_ways
from wire import (
    DONE,
    call,
    calls,
    chat_stream,
    chat_streams,
    chunk,
    claude,
    claude_events,
    completion,
    invoked,
    model_of,
    response,
    sse,
    streamed,
    usage,
)

from langchain_aimlapi.errors import MalformedResponseError

USAGES: dict[str, tuple[Any, Json | None]] = {
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


@pytest.mark.parametrize(("sent", "read"), USAGES.values(), ids=USAGES)
def test_tokens_are_read_or_left_out(sent: Any, read: Json | None) -> None:
    body = completion({"content": "Hi"}, usage=sent)
    assert invoked(body).usage_metadata == read
    assert streamed([chunk({"content": "Hi"}, usage=sent), DONE]).usage_metadata == read


@pytest.mark.parametrize("number", ["NaN", "-Infinity", "1e999", "-1", "1.5", "9" * 5000, "1e30"])
def test_absurd_numbers_lose_the_usage_not_the_answer(number: str) -> None:
    counts = f'"usage": {{"prompt_tokens": {number}, "completion_tokens": 1}}'
    answer = invoked(f'{{"choices": [{{"message": {{"content": "Hi"}}}}], {counts}}}'.encode())
    assert (answer.text, answer.usage_metadata) == ("Hi", None)
    event = f'{{"choices": [{{"delta": {{"content": "Hi"}}}}], {counts}}}'
    assert streamed([event, DONE]).usage_metadata is None


def test_tokens_are_in_the_metadata_in_openais_names_too() -> None:
    details = {
        "prompt_tokens_details": {"audio_tokens": 1, "cached_tokens": 2, "cache_write_tokens": 3},
        "completion_tokens_details": {"audio_tokens": 4, "reasoning_tokens": 5},
    }
    body = completion({"content": "Hi"}, usage=usage(9, 9, **details))
    for message in all_ways(body).values():
        shown = message.response_metadata["token_usage"]
        assert shown == {**usage(9, 9, **details), "total_tokens": 18}
    quiet = streamed(chat_streams(body)["pieces"], stream_usage=False)
    assert quiet.usage_metadata is None
    assert "token_usage" not in quiet.response_metadata


# --- counts that come more than once ------------------------------------------------------------
def counts(sent: int, received: int, **more: Any) -> Json:
    return usage(sent, received, **{"total_tokens": sent + received, **more})


CACHED = {"prompt_tokens_details": {"cached_tokens": 4}}
CHAT: dict[str, tuple[list[Json | None], Json]] = {
    "cumulative": (
        [counts(10, 1), counts(10, 3), counts(10, 5)],
        {"input_tokens": 10, "output_tokens": 5, "total_tokens": 15},
    ),
    "zeros at the end": (
        [counts(10, 5), counts(0, 0)],
        {"input_tokens": 10, "output_tokens": 5, "total_tokens": 15},
    ),
    "each in an event of its own": (
        [counts(10, 0), counts(0, 5)],
        {"input_tokens": 10, "output_tokens": 5, "total_tokens": 15},
    ),
    "zeros of the cache": (
        [counts(10, 1, **CACHED), counts(10, 5, prompt_tokens_details={"cached_tokens": 0})],
        {"input_tokens": 10, "output_tokens": 5, "total_tokens": 15,
         "input_token_details": {"cache_read": 4}},
    ),
    "details that come once": (
        [counts(10, 1, **CACHED), counts(10, 5)],
        {"input_tokens": 10, "output_tokens": 5, "total_tokens": 15,
         "input_token_details": {"cache_read": 4}},
    ),
    "a total that is more than its parts": (
        [counts(10, 1, total_tokens=30), counts(10, 5, total_tokens=40)],
        {"input_tokens": 10, "output_tokens": 5, "total_tokens": 40},
    ),
    "a count that is none": (
        [counts(10, 5), {"prompt_tokens": -1, "completion_tokens": 5}],
        {"input_tokens": 10, "output_tokens": 5, "total_tokens": 15},
    ),
}  # fmt: skip


@pytest.mark.parametrize(("sent", "expected"), CHAT.values(), ids=CHAT)
def test_counts_of_chat_completions_do_not_shrink(sent: list[Json], expected: Json) -> None:
    events = [*(chunk({"content": "a"}, usage=each) for each in sent), chunk({}, finish="stop")]
    for way, message in stream_ways(events).items():
        assert message.usage_metadata == expected, way


CLAUDE: dict[str, tuple[list[Json | None], Json | None]] = {
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
    "a count that is more": (
        [{"input_tokens": 9}, {"input_tokens": 12, "output_tokens": 5}],
        {"input_tokens": 12, "output_tokens": 5},
    ),
    "a count that is none": ([{"input_tokens": -1}, {"output_tokens": 5}], None),
    "no counts": ([{}, {}], None),
    "null and nothing": (
        [{"input_tokens": 10, "output_tokens": 1}, {"output_tokens": 5, "input_tokens": None}, {},
         None],
        {"input_tokens": 10, "output_tokens": 5},
    ),
}  # fmt: skip


@pytest.mark.parametrize(("sent", "expected"), CLAUDE.values(), ids=CLAUDE)
def test_counts_of_messages_do_not_shrink(sent: list[Json | None], expected: Json | None) -> None:
    start, *events, end, stop = claude_events(({"type": "text", "text": "Hello"}, ()))
    start["message"]["usage"] = sent[0]
    stream = [start, *events, *({**end, "usage": each} for each in sent[1:]), stop]
    total = {"total_tokens": sum(expected[n] for n in NAMES)} if expected else {}
    for way, message in stream_ways(stream, endpoint="messages").items():
        assert message.usage_metadata == (expected and {**expected, **total}), way


NAMES = ("input_tokens", "output_tokens")
AGES = {"ephemeral_5m_input_tokens": 400, "ephemeral_1h_input_tokens": 26}
CLAUDE_COUNTS: dict[str, tuple[Json, tuple[int, int, int], Json]] = {
    "cached tokens are a part of the input": (
        {
            "input_tokens": 4,
            "cache_creation_input_tokens": 430,
            "cache_read_input_tokens": 1000,
            "cache_creation": AGES,
            "output_tokens": 290,
            "output_tokens_details": {"thinking_tokens": 15},
        },
        (1434, 290, 1724),
        {
            "input_token_details": {"cache_read": 1000, "cache_creation": 4, **AGES},
            "output_token_details": {"reasoning": 15},
        },
    ),
    "ages of a cache count where no other count is sent": (
        {"input_tokens": 10, "output_tokens": 5, "cache_creation": AGES},
        (436, 5, 441),
        {"input_token_details": {"cache_creation": 0, **AGES}},
    ),
    "a total that is not Claude's is left out": (
        {"input_tokens": 10, "output_tokens": 5, "total_tokens": 999},
        (10, 5, 15),
        {},
    ),
}


@pytest.mark.parametrize(("sent", "tokens", "details"), CLAUDE_COUNTS.values(), ids=CLAUDE_COUNTS)
def test_tokens_of_claude(sent: Json, tokens: tuple[int, int, int], details: Json) -> None:
    message = invoked(claude({"type": "text", "text": "a"}, usage=sent), endpoint="messages")
    found = dict(message.usage_metadata)
    assert tuple(found.pop(n) for n in (*NAMES, "total_tokens")) == tokens
    assert found == details


# --- cost ---------------------------------------------------------------------------------------
META = {"meta": {"usage": {"credits_used": 120000, "usd_spent": 0.06}}}
HEADERS = {"x-aimlapi-usd-spent": "0.01", "x-aimlapi-credits-used": "20000"}
COSTS: dict[str, tuple[Json, dict[str, str], Json | None]] = {
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
    "a sum of parts": ({"usage": {"cost": {"total": 0.25, "input": 0.05}}}, {}, {"usd": 0.25}),
    "a text": (
        {"meta": {"usage": {"credits_used": 130.4, "usd_spent": "0.0065"}}},
        {},
        {"usd": 0.0065, "credits": 130},
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
def test_the_cost_is_read_or_left_out(
    body: Json, headers: dict[str, str], cost: Json | None
) -> None:
    message = invoked(completion({"content": "Hi"}, **body), headers=headers)
    found = message.response_metadata.get("cost")
    assert found == cost
    assert found is None or isinstance(found.get("usd", 0.0), float)


def test_headers_say_the_cost_of_an_answer_on_every_endpoint_but_not_that_of_a_stream() -> None:
    spent = {"usd": 0.01, "credits": 20000}
    bodies: dict[str, Json] = {
        "chat/completions": completion({"content": "Hi"}),
        "messages": claude({"type": "text", "text": "Hi"}),
        "responses": response(meta=None),
    }
    for endpoint, body in bodies.items():
        answer = invoked(body, headers=HEADERS, endpoint=endpoint)
        assert answer.response_metadata["cost"] == spent
    stream = streamed(chat_stream({"content": "a"}), headers=HEADERS)
    assert "cost" not in stream.response_metadata


@pytest.mark.parametrize("place", [0, -2, -1])
def test_the_cost_of_claude_is_read_wherever_it_stands(place: int) -> None:
    events = claude_events(({"type": "text", "text": "Hi"}, ()))
    (events[place] if place else events[0]["message"])["meta"] = META["meta"]
    message = streamed(events, endpoint="messages")
    assert message.response_metadata["cost"] == {"usd": 0.06, "credits": 120000}


def test_a_cost_that_grows_from_chunk_to_chunk_is_the_last() -> None:
    events = [chunk({"content": "a"}, usage=usage(1, 1, cost=cost)) for cost in (0.1, 0.25)]
    assert streamed([*events, DONE]).response_metadata["cost"] == {"usd": 0.25}


# --- the finish ---------------------------------------------------------------------------------
CALLED = calls(call("f", "{}", id="c1"))
FINISHES: dict[str, tuple[Json, str | None, tuple[Any, Any, Any]]] = {
    "stop": ({"content": "a"}, "stop", ("stop", "stop", "completed")),
    "length": ({"content": "a"}, "MAX_TOKENS", ("length", "length", "incomplete")),
    "filter": ({"content": "a"}, "safety", ("content_filter", "content_filter", "incomplete")),
    "calls": (CALLED, "tool_calls", ("tool_calls", "tool_call", "completed")),
    "calls, but stop": (CALLED, "stop", ("tool_calls", "tool_call", "completed")),
    "calls and no finish": (CALLED, None, ("tool_calls", "tool_call", "completed")),
    "a refusal": ({"refusal": "No."}, "stop", ("stop", "refusal", "completed")),
    "a refusal as the finish": (
        {"content": ""}, "refusal", ("content_filter", "refusal", "completed")),
    "unknown": ({"content": "a"}, "moon_phase", ("moon_phase", None, None)),
}  # fmt: skip


@pytest.mark.parametrize(("message", "finish", "expected"), FINISHES.values(), ids=FINISHES)
def test_the_finish_is_told_in_langchains_words_too(
    message: Json, finish: str | None, expected: tuple[Any, Any, Any]
) -> None:
    body = completion(message, finish=finish)
    stream = chat_streams(body)["one chunk"]
    names = ("finish_reason", "normalized_finish_reason", "finish_state")
    *_, event = model_of(stream=stream).stream_events("Hi", version="v3")
    found = [made.response_metadata for made in all_ways(body, {"one chunk": stream}).values()]
    for metadata in (event, event["metadata"], *found):
        assert tuple(metadata.get(name) for name in names) == expected


def test_the_vendors_word_is_told_only_if_it_is_another() -> None:
    for native, expected in (("stop", None), ("end_turn", "end_turn")):
        for message in all_ways(completion({"content": "a"}, native_finish_reason=native)).values():
            assert message.response_metadata.get("native_finish_reason") == expected


# --- answers without a message ------------------------------------------------------------------
def said_nothing(ways: Json, finish: str) -> None:
    for way, message in ways.items():
        assert (message.text, blocks_of(message), message.tool_calls) == ("", [], []), way
        assert message.response_metadata["finish_reason"] == finish, way


def bare(choice: Json, finish: str | None) -> Json:
    return {"id": "g", "model": "m", "choices": [{"index": 0, **choice, "finish_reason": finish}]}


EMPTY = {
    "content_filter": "content_filter",
    "content_filter: OTHER": "content_filter",
    "SAFETY": "content_filter",
    "length": "length",
    "OTHER": "OTHER",
}


@pytest.mark.parametrize(("sent", "finish"), EMPTY.items())
def test_a_choice_that_ended_without_a_message_is_an_empty_answer(sent: str, finish: str) -> None:
    for choice, delta in (({"message": None}, {"delta": None}), ({}, {})):
        body = bare(choice, sent)
        said_nothing(all_ways(body, {}), finish)
        said_nothing(stream_ways([body, DONE]), finish)
        said_nothing(stream_ways([bare(delta, sent), DONE]), finish)


@pytest.mark.parametrize("choice", [{"message": None}, {}], ids=["null", "missing"])
@pytest.mark.parametrize("finish", [None, ""])
def test_a_choice_without_a_message_and_a_reason_is_an_error(
    choice: Json, finish: str | None
) -> None:
    model = model_of(bare(choice, finish), [bare(choice, finish), DONE])
    for ask in (model.invoke, lambda text: list(model.stream(text))):
        with pytest.raises(MalformedResponseError):
            ask("Hi")


def test_text_that_came_before_the_filter_stays() -> None:
    events = [chunk({"content": "Hel"}), bare({"delta": None}, "content_filter"), DONE]
    for way, message in stream_ways(events).items():
        assert message.text == "Hel", way
        assert message.response_metadata["finish_reason"] == "content_filter", way


@pytest.mark.parametrize("content", [{"content": None}, {}], ids=["null", "missing"])
@pytest.mark.parametrize(("stop", "finish"), [("max_tokens", "length"), ("end_turn", "stop")])
def test_a_claude_that_said_nothing_is_an_empty_answer(
    content: Json, stop: str, finish: str
) -> None:
    body = {"id": "msg_1", "model": "m", "stop_reason": stop, **content}
    started = {"type": "message_start", "message": {"id": "msg_1", "model": "m", **content}}
    ended = {"type": "message_delta", "delta": {"stop_reason": stop}}
    stream = sse([started, ended, {"type": "message_stop"}])
    said_nothing(all_ways(body, {"pieces": stream}, endpoint="messages"), finish)


def test_a_claude_without_content_and_reason_is_an_error() -> None:
    with pytest.raises(MalformedResponseError):
        invoked({"id": "msg_1", "model": "m"}, endpoint="messages")


@pytest.mark.parametrize("output", [None, []])
def test_a_response_that_said_nothing_is_an_empty_answer(output: Any) -> None:
    body = response(status="incomplete", incomplete_details={"reason": "content_filter"})
    body["output"] = output
    stream = sse([{"type": "response.incomplete", "response": body}])
    ways = {**invoke_ways(body, endpoint="responses"), **stream_ways(stream, endpoint="responses")}
    said_nothing(ways, "content_filter")
