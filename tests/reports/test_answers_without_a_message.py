"""A choice that ended without a message is an empty answer, which says why it ended."""

from __future__ import annotations

from typing import Any

import pytest
from answered import chat_stream, completion, invoked, model_of, sse, streamed
from langchain_core.messages import HumanMessage

from langchain_aimlapi.errors import MalformedResponseError

FINISHES = {
    "content_filter": "content_filter",
    "content_filter: OTHER": "content_filter",
    "SAFETY": "content_filter",
    "length": "length",
    "MAX_TOKENS": "length",
    "stop": "stop",
    "OTHER": "OTHER",
}
CHOICES: dict[str, dict[str, Any]] = {"null": {"message": None}, "missing": {}}


def body_of(choice: dict[str, Any], finish: str | None) -> dict[str, Any]:
    return {"id": "g", "model": "m", "choices": [{"index": 0, **choice, "finish_reason": finish}]}


def assert_empty(ways: dict[str, Any], finish: str) -> None:
    for way, message in ways.items():
        assert message.text == "", way
        assert message.content_blocks == [], way
        assert message.tool_calls == [], way
        assert message.response_metadata["finish_reason"] == finish, way


@pytest.mark.parametrize(("sent", "finish"), FINISHES.items())
@pytest.mark.parametrize("choice", CHOICES.values(), ids=CHOICES)
def test_it_is_an_empty_answer(choice: dict[str, Any], sent: str, finish: str) -> None:
    body = body_of(choice, sent)
    delta = "delta" if "message" in choice else "other"
    chunk = body_of({delta: None}, sent)
    assert_empty(invoked(body), finish)
    assert_empty(streamed(sse([chunk, "[DONE]"])), finish)
    assert_empty(streamed(sse([body, "[DONE]"])), finish)


def test_the_vendors_own_word_is_kept() -> None:
    metadata = model_of(body_of({}, "content_filter: OTHER")).invoke("Hi").response_metadata
    assert metadata["native_finish_reason"] == "content_filter: OTHER"
    assert metadata["finish_state"] == "incomplete"


@pytest.mark.parametrize("choice", CHOICES.values(), ids=CHOICES)
@pytest.mark.parametrize("finish", [None, ""])
def test_without_a_reason_it_is_an_error(choice: dict[str, Any], finish: str | None) -> None:
    model = model_of(body_of(choice, finish), sse([body_of(choice, finish), "[DONE]"]))
    with pytest.raises(MalformedResponseError):
        model.invoke("Hi")
    with pytest.raises(MalformedResponseError):
        list(model.stream("Hi"))


def test_one_of_several_choices_may_be_empty() -> None:
    body = completion({"content": "Hello"})
    body["choices"].append({"index": 1, "message": None, "finish_reason": "content_filter"})
    generations = model_of(body, n=2).generate([[HumanMessage("Hi")]]).generations[0]
    assert [made.text for made in generations] == ["Hello", ""]


def test_text_that_came_before_the_filter_stays() -> None:
    end = body_of({"delta": None}, "content_filter")
    stream = chat_stream({"content": "Hel"}).split(b"\n\n")[0] + b"\n\n" + sse([end, "[DONE]"])
    for way, message in streamed(stream).items():
        assert message.text == "Hel", way
        assert message.response_metadata["finish_reason"] == "content_filter", way


# --- the other endpoints ---
@pytest.mark.parametrize("content", [{"content": None}, {}, {"content": []}])
@pytest.mark.parametrize(("stop", "finish"), [("max_tokens", "length"), ("end_turn", "stop")])
def test_a_claude_that_said_nothing_is_an_empty_answer(
    content: dict[str, Any], stop: str, finish: str
) -> None:
    body = {"id": "msg_1", "model": "m", "stop_reason": stop, **content}
    assert_empty(invoked(body, endpoint="messages"), finish)
    started = {"type": "message_start", "message": {"id": "msg_1", "model": "m", **content}}
    ended = {"type": "message_delta", "delta": {"stop_reason": stop}}
    stream = sse([started, ended, {"type": "message_stop"}])
    assert_empty(streamed(stream, endpoint="messages"), finish)


def test_a_claude_without_content_and_reason_is_an_error() -> None:
    with pytest.raises(MalformedResponseError):
        model_of({"id": "msg_1", "model": "m"}, endpoint="messages").invoke("Hi")


@pytest.mark.parametrize("output", [None, []])
def test_a_response_that_said_nothing_is_an_empty_answer(output: Any) -> None:
    body = {
        "id": "resp_1", "object": "response", "model": "m", "status": "incomplete",
        "incomplete_details": {"reason": "content_filter"}, "output": output,
    }  # fmt: skip
    assert_empty(invoked(body, endpoint="responses"), "content_filter")
    stream = sse([{"type": "response.incomplete", "response": body}])
    assert_empty(streamed(stream, endpoint="responses"), "content_filter")


def test_text_in_place_of_a_message_is_read_in_every_way() -> None:
    chunks = [body_of({"text": "Hel"}, None), body_of({"text": "lo"}, "stop")]
    ways = {**invoked(body_of({"text": "Hello"}, "stop")), **streamed(sse([*chunks, "[DONE]"]))}
    assert {way: message.text for way, message in ways.items()} == dict.fromkeys(ways, "Hello")
