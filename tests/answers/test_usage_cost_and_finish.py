"""Tokens, cost and finish reasons: every form in which they come, and what cannot be believed."""

from __future__ import annotations

from typing import Any

import pytest
import wire
from ways import Json, all_ways, blocks_of, invoke_ways, stream_ways
from wire import chunk, usage


def tokens(sent: int, received: int, total: int | None = None, **details: Json) -> Json:
    """Return counts as LangChain has them; the sum is the total."""
    counts = {"input_tokens": sent, "output_tokens": received}
    return {**counts, "total_tokens": total or sent + received, **details}


USAGES: dict[str, tuple[Any, Json | None]] = {
    "three numbers": (usage(50, 630, total_tokens=680), tokens(50, 630)),
    "no total": (usage(1, 2, total_tokens=None), tokens(1, 2)),
    "a total of its own": (usage(432, 68, total_tokens=636), tokens(432, 68, 636)),
    "older names": ({"input_tokens": 1, "output_tokens": 2}, tokens(1, 2)),
    "details":
        (usage(1, 2,
               prompt_tokens_details={"cached_tokens": 3, "audio_tokens": 0,
                                      "cache_write_tokens": 4},
               completion_tokens_details={"reasoning_tokens": 5, "audio_tokens": 6, "other": 7}),
         tokens(1, 2, input_token_details={"audio": 0, "cache_read": 3, "cache_creation": 4},
                output_token_details={"audio": 6, "reasoning": 5})),
    "details in other places":
        (usage(1, 2, cache_read_input_tokens=3, cache_creation_input_tokens=4, reasoning_tokens=5,
               prompt_tokens_details=None),
         tokens(1, 2, input_token_details={"cache_read": 3, "cache_creation": 4},
                output_token_details={"reasoning": 5})),
    "details that cannot be believed":
        (usage(1, 2, prompt_tokens_details={"cached_tokens": -1}, completion_tokens_details=[1]),
         tokens(1, 2)),
    "nothing": (None, None),
    "no object": ([1], None),
    "an empty object": ({}, None),
    "null": (usage(11, None), None),
    "true": ({**usage(1, 1), "prompt_tokens": True}, None),
    "text": (usage("1", 1), None),
}  # fmt: skip


@pytest.mark.parametrize(("sent", "read"), USAGES.values(), ids=USAGES)
def test_tokens_are_read_or_left_out(sent: Any, read: Json | None) -> None:
    body = wire.completion({"content": "Hi"}, usage=sent)
    assert wire.invoked(body).usage_metadata == read
    assert wire.streamed([chunk({"content": "Hi"}, usage=sent), wire.DONE]).usage_metadata == read


@pytest.mark.parametrize("number", ["NaN", "-Infinity", "1e999", "-1", "1.5", "9" * 5000, "1e30"])
def test_absurd_numbers_lose_the_usage_not_the_answer(number: str) -> None:
    counts = f'"usage": {{"prompt_tokens": {number}, "completion_tokens": 1}}'
    answer = wire.invoked(f'{{"choices": [{{"message": {{"content": "Hi"}}}}], {counts}}}'.encode())
    assert (answer.text, answer.usage_metadata) == ("Hi", None)
    event = f'{{"choices": [{{"delta": {{"content": "Hi"}}}}], {counts}}}'
    assert wire.streamed([event, wire.DONE]).usage_metadata is None


def test_tokens_are_in_the_metadata_in_openais_names_too() -> None:
    details = {
        "prompt_tokens_details": {"audio_tokens": 1, "cached_tokens": 2, "cache_write_tokens": 3},
        "completion_tokens_details": {"audio_tokens": 4, "reasoning_tokens": 5},
    }
    body = wire.completion({"content": "Hi"}, usage=usage(9, 9, **details))
    for message in all_ways(body).values():
        shown = message.response_metadata["token_usage"]
        assert shown == {**usage(9, 9, **details), "total_tokens": 18}
    quiet = wire.streamed(wire.chat_streams(body)["pieces"], stream_usage=False)
    assert quiet.usage_metadata is None
    assert "token_usage" not in quiet.response_metadata


# --- counts that come more than once ------------------------------------------------------------
def counts(sent: int, received: int, **more: Any) -> Json:
    return usage(sent, received, **{"total_tokens": sent + received, **more})


CACHED = {"prompt_tokens_details": {"cached_tokens": 4}}
CHAT: dict[str, tuple[list[Json | None], Json]] = {
    "cumulative": ([counts(10, 1), counts(10, 3), counts(10, 5)], tokens(10, 5)),
    "zeros at the end": ([counts(10, 5), counts(0, 0)], tokens(10, 5)),
    "each in an event of its own": ([counts(10, 0), counts(0, 5)], tokens(10, 5)),
    "zeros of the cache":
        ([counts(10, 1, **CACHED), counts(10, 5, prompt_tokens_details={"cached_tokens": 0})],
         tokens(10, 5, input_token_details={"cache_read": 4})),
    "details that come once": ([counts(10, 1, **CACHED), counts(10, 5)],
                               tokens(10, 5, input_token_details={"cache_read": 4})),
    "a total that is more than its parts":
        ([counts(10, 1, total_tokens=30), counts(10, 5, total_tokens=40)], tokens(10, 5, 40)),
    "a count that is none": ([counts(10, 5), usage(-1, 5)], tokens(10, 5)),
}  # fmt: skip


@pytest.mark.parametrize(("sent", "expected"), CHAT.values(), ids=CHAT)
def test_counts_of_chat_completions_do_not_shrink(sent: list[Json], expected: Json) -> None:
    events = [
        *(chunk({"content": "a"}, usage=each) for each in sent),
        chunk({}, finish="stop"),
    ]
    for way, message in stream_ways(events).items():
        assert message.usage_metadata == expected, way


def claudes(
    sent: Any, received: Any, read: int | None = None, written: int | None = None, **more: Any
) -> Json:
    """Return counts in Claude's names, without those that are not given."""
    cache = {"cache_read_input_tokens": read, "cache_creation_input_tokens": written}
    known = {name: count for name, count in cache.items() if count is not None}
    return {"input_tokens": sent, "output_tokens": received, **known, **more}


def ages(minutes: int, hour: int) -> Json:
    return {"ephemeral_5m_input_tokens": minutes, "ephemeral_1h_input_tokens": hour}


CLAUDE: dict[str, tuple[list[Json | None], Json | None]] = {
    "a zero at the end": ([claudes(10, 1), claudes(0, 5)], tokens(10, 5)),
    "zeros at the beginning": ([claudes(0, 0), claudes(10, 5)], tokens(10, 5)),
    "zeros of the cache":
        ([claudes(4, 1, 100, 20), claudes(0, 5, 0, 0)],
         tokens(124, 5, input_token_details={"cache_read": 100, "cache_creation": 20})),
    "zeros of the cache by age":
        ([claudes(4, 1, None, 20, cache_creation=ages(20, 0)),
          claudes(0, 5, None, 0, cache_creation=ages(0, 0))],
         tokens(24, 5, input_token_details={"cache_creation": 0, **ages(20, 0)})),
    "a count that is none": ([{"input_tokens": -1}, {"output_tokens": 5}], None),
    "null and nothing": ([claudes(10, 1), claudes(None, 5), {}, None], tokens(10, 5)),
    "cached tokens are a part of the input":
        ([claudes(4, 290, 1000, 430, cache_creation=ages(400, 26),
                  output_tokens_details={"thinking_tokens": 15})],
         tokens(1434, 290,
                input_token_details={"cache_read": 1000, "cache_creation": 4, **ages(400, 26)},
                output_token_details={"reasoning": 15})),
    "ages of a cache count where no other count is sent":
        ([claudes(10, 5, cache_creation=ages(400, 26))],
         tokens(436, 5, input_token_details={"cache_creation": 0, **ages(400, 26)})),
    "a total that is not Claude's is left out": ([claudes(10, 5, total_tokens=999)], tokens(10, 5)),
}  # fmt: skip


@pytest.mark.parametrize(("sent", "expected"), CLAUDE.values(), ids=CLAUDE)
def test_counts_of_messages_do_not_shrink(sent: list[Json | None], expected: Json | None) -> None:
    start, *events, end, stop = wire.claude_events(({"type": "text", "text": "Hello"}, ()))
    start["message"]["usage"] = sent[0]
    ends = [{**end, "usage": each} for each in sent[1:] or [None]]
    for way, message in stream_ways([start, *events, *ends, stop], endpoint="messages").items():
        assert message.usage_metadata == expected, way
    if len(sent) == 1:
        body = wire.claude({"type": "text", "text": "a"}, usage=sent[0])
        assert wire.invoked(body, endpoint="messages").usage_metadata == expected


# --- cost ---------------------------------------------------------------------------------------
META = {"meta": {"usage": {"credits_used": 120000, "usd_spent": 0.06}}}
HEADERS = {"x-aimlapi-usd-spent": "0.01", "x-aimlapi-credits-used": "20000"}
NONSENSE = {"x-aimlapi-usd-spent": "nan", "x-aimlapi-credits-used": ""}


def meta(**spent: Any) -> Json:
    return {"meta": {"usage": spent}}


def cost(value: Any) -> Json:
    return {"usage": {"cost": value}}


COSTS: dict[str, tuple[Json, dict[str, str], Json | None]] = {
    "the body": (META, {}, {"usd": 0.06, "credits": 120000}),
    "the body before the headers": (META, HEADERS, {"usd": 0.06, "credits": 120000}),
    "the headers": ({"meta": None}, HEADERS, {"usd": 0.01, "credits": 20000}),
    "a whole dollar": (meta(usd_spent=1), {}, {"usd": 1.0}),
    "the usage": (cost(0.5), {}, {"usd": 0.5}),
    "a total in the usage": (cost({"input": 1, "total_cost": 2.5}), {}, {"usd": 2.5}),
    "a sum of parts": (cost({"total": 0.25, "input": 0.05}), {}, {"usd": 0.25}),
    "a text": (meta(credits_used=130.4, usd_spent="0.0065"), {}, {"usd": 0.0065, "credits": 130}),
    "nothing": ({}, {}, None),
    "nonsense": ({**meta(credits_used=-1, usd_spent="a lot"), **cost([True])}, NONSENSE, None),
    "true": ({"usage": {"cost": True}}, {}, None),
    "nonsense of other kinds": ({"meta": [1], **cost({"total": 10**400})}, {}, None),
}


@pytest.mark.parametrize(("body", "headers", "cost"), COSTS.values(), ids=COSTS)
def test_the_cost_is_read_or_left_out(
    body: Json, headers: dict[str, str], cost: Json | None
) -> None:
    message = wire.invoked(wire.completion({"content": "Hi"}, **body), headers=headers)
    found = message.response_metadata.get("cost")
    assert found == cost
    assert found is None or isinstance(found.get("usd", 0.0), float)


def test_headers_say_the_cost_of_an_answer_on_every_endpoint_but_not_that_of_a_stream() -> None:
    spent = {"usd": 0.01, "credits": 20000}
    bodies: dict[str, Json] = {
        "chat/completions": wire.completion({"content": "Hi"}),
        "messages": wire.claude({"type": "text", "text": "Hi"}),
        "responses": wire.response(meta=None),
    }
    for endpoint, body in bodies.items():
        answer = wire.invoked(body, headers=HEADERS, endpoint=endpoint)
        assert answer.response_metadata["cost"] == spent
    stream = wire.streamed(wire.chat_stream({"content": "a"}), headers=HEADERS)
    assert "cost" not in stream.response_metadata


@pytest.mark.parametrize("place", [0, -2, -1])
def test_the_cost_of_claude_is_read_wherever_it_stands(place: int) -> None:
    events = wire.claude_events(({"type": "text", "text": "Hi"}, ()))
    (events[place] if place else events[0]["message"])["meta"] = META["meta"]
    message = wire.streamed(events, endpoint="messages")
    assert message.response_metadata["cost"] == {"usd": 0.06, "credits": 120000}


def test_a_cost_that_grows_from_chunk_to_chunk_is_the_last() -> None:
    events = [chunk({"content": "a"}, usage=usage(1, 1, cost=cost)) for cost in (0.1, 0.25)]
    assert wire.streamed([*events, wire.DONE]).response_metadata["cost"] == {"usd": 0.25}


# --- the finish ---------------------------------------------------------------------------------
CALLED = wire.calls(wire.call("f", "{}", id="c1"))
FINISHES: dict[str, tuple[Json, str | None, tuple[Any, Any, Any]]] = {
    "stop": ({"content": "a"}, "stop", ("stop", "stop", "completed")),
    "length": ({"content": "a"}, "MAX_TOKENS", ("length", "length", "incomplete")),
    "filter": ({"content": "a"}, "safety", ("content_filter", "content_filter", "incomplete")),
    "calls": (CALLED, "tool_calls", ("tool_calls", "tool_call", "completed")),
    "calls, but stop": (CALLED, "stop", ("tool_calls", "tool_call", "completed")),
    "calls and no finish": (CALLED, None, ("tool_calls", "tool_call", "completed")),
    "a refusal": ({"refusal": "No."}, "stop", ("stop", "refusal", "completed")),
    "a refusal as the finish":
        ({"content": ""}, "refusal", ("content_filter", "refusal", "completed")),
    "unknown": ({"content": "a"}, "moon_phase", ("moon_phase", None, None)),
    "not finished": ({"content": "a"}, "in_progress", ("in_progress", None, "in_progress")),
}  # fmt: skip


@pytest.mark.parametrize(("message", "finish", "expected"), FINISHES.values(), ids=FINISHES)
def test_the_finish_is_told_in_langchains_words_too(
    message: Json, finish: str | None, expected: tuple[Any, Any, Any]
) -> None:
    body = wire.completion(message, finish=finish)
    stream = wire.chat_streams(body)["one chunk"]
    names = ("finish_reason", "normalized_finish_reason", "finish_state")
    *_, event = wire.model_of(stream=stream).stream_events("Hi", version="v3")
    found = [made.response_metadata for made in all_ways(body, {"one chunk": stream}).values()]
    for metadata in (event, event["metadata"], *found):
        assert tuple(metadata.get(name) for name in names) == expected


def test_the_vendors_word_is_told_only_if_it_is_another() -> None:
    for native, expected in (("stop", None), ("end_turn", "end_turn")):
        for message in all_ways(
            wire.completion({"content": "a"}, native_finish_reason=native)
        ).values():
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
    for choice in ({"message": None}, {"delta": None}, {}):
        body = bare(choice, sent)
        streams = {} if "delta" in choice else all_ways(body, {})
        said_nothing({**streams, **stream_ways([body, wire.DONE])}, finish)


@pytest.mark.parametrize("content", [{"content": None}, {}], ids=["null", "missing"])
@pytest.mark.parametrize(("stop", "finish"), [("max_tokens", "length"), ("end_turn", "stop")])
def test_a_claude_that_said_nothing_is_an_empty_answer(
    content: Json, stop: str, finish: str
) -> None:
    body = {"id": "msg_1", "model": "m", "stop_reason": stop, **content}
    started = {"type": "message_start", "message": {"id": "msg_1", "model": "m", **content}}
    ended = {"type": "message_delta", "delta": {"stop_reason": stop}}
    stream = wire.sse([started, ended, {"type": "message_stop"}])
    said_nothing(all_ways(body, {"pieces": stream}, endpoint="messages"), finish)


@pytest.mark.parametrize("output", [None, []])
def test_a_response_that_said_nothing_is_an_empty_answer(output: Any) -> None:
    body = wire.response(status="incomplete", incomplete_details={"reason": "content_filter"})
    body["output"] = output
    stream = wire.sse([{"type": "response.incomplete", "response": body}])
    ways = {**invoke_ways(body, endpoint="responses"), **stream_ways(stream, endpoint="responses")}
    said_nothing(ways, "content_filter")
