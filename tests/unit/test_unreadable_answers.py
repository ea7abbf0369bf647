"""Answers that cannot be read, on each endpoint: what the error says, shows and knows."""

from __future__ import annotations

import json
from typing import Any

import pytest
from doors.answers import read_answer
from doors.streams import chunks_of

from langchain_aimlapi.errors import (
    AIMLAPIError,
    MalformedResponseError,
    RateLimitError,
    StreamInterruptedError,
)

KEY = "sk-live-0123456789abcdef"
HEADERS = {"x-inference-id": "inf-1", "x-client-request-id": "mine"}
MISSING = {
    "chat/completions": "The answer holds no choices.",
    "messages": "The answer holds no content.",
    "responses": "The answer holds no output.",
}
BROKEN_OFF = {
    "chat/completions": "The stream ended before the answer did: no finish reason and no [DONE].",
    "messages": "The stream ended before the answer did.",
    "responses": "The stream ended before the answer did: no response.completed.",
}
NO_JSON = "Expecting value: line 1 column 1 (char 0)"
CUT = "EOF while parsing a string at line 1 column 9"
TOO_DEEP = "recursion limit exceeded at line 1 column 202"
DEEP = b"[" * 400
DEEP_AND_BROKEN = b'["\xff", ' + b"[" * 250 + b"]" * 251
LIMITED = {"message": f"Slow down, {KEY}", "code": 429}


def body(data: bytes, endpoint: str) -> Any:
    return read_answer(data, HEADERS, endpoint=endpoint, secrets=(KEY,))


def document(data: bytes, endpoint: str) -> Any:
    """Read what answers a request for a stream, and is none."""
    options = {"content_type": "application/json", "headers": HEADERS, "secrets": (KEY,)}
    return chunks_of(data, endpoint=endpoint, **options)  # type: ignore[arg-type]  # by name


def event(data: bytes, endpoint: str) -> Any:
    """Read an event of a stream, with one more behind it."""
    stream = b"data: " + data + b"\n\ndata: {}\n\n"
    return chunks_of(stream, endpoint=endpoint, headers=HEADERS, secrets=(KEY,))


def failure(read: Any, data: bytes, endpoint: str) -> AIMLAPIError:
    with pytest.raises(AIMLAPIError) as failed:
        read(data, endpoint)
    error = failed.value
    assert (error.inference_id, error.client_request_id) == ("inf-1", "mine")
    assert error.chunks_received == 0
    return error


@pytest.mark.parametrize("endpoint", MISSING)
@pytest.mark.parametrize(
    ("data", "text", "shown"),
    [
        (b"", "The answer cannot be read: EOF while parsing a value at line 1 column 0.", None),
        (b" \n", "The answer cannot be read: EOF while parsing a value at line 2 column 0.", ""),
        (b'{"id": "a', f"The answer ends too early: {CUT}.", '{"id": "a'),
        (b"<p>Hello</p>", f"The answer cannot be read: {NO_JSON}.", "Hello"),
        (b"Hello", f"The answer cannot be read: {NO_JSON}.", "Hello"),
        (f"Hello {KEY}".encode(), f"The answer cannot be read: {NO_JSON}.", "Hello ***"),
        (DEEP, f"The answer cannot be read: {TOO_DEEP}.", "[" * 299 + "…"),
        (
            DEEP_AND_BROKEN,
            "The answer cannot be read: nested too deeply.",
            DEEP_AND_BROKEN.decode(errors="replace")[:299] + "…",
        ),
        (b"5", None, "5"),
        (b"{}", None, "{}"),
        (b"[]", None, "[]"),
        (b'{"id": "a"}', None, '{"id": "a"}'),
        (b'{"choices": "x", "content": 5}', None, '{"choices": "x", "content": 5}'),
        (b'{"choices": []}', None, '{"choices": []}'),
    ],
)
def test_a_body_that_is_no_answer_is_shown_in_its_error(
    endpoint: str, data: bytes, text: str | None, shown: str | None
) -> None:
    error: Any = failure(body, data, endpoint)
    assert type(error) is MalformedResponseError
    assert (error.status_code, error.message) == (200, text or MISSING[endpoint])
    assert error.body_excerpt == shown


@pytest.mark.parametrize("endpoint", MISSING)
@pytest.mark.parametrize(
    ("data", "text"),
    [
        (b'{"id": "a', f"The answer ends too early: {CUT}."),
        (b"<p>Hello</p>", f"The answer cannot be read: {NO_JSON}."),
        (b"Hello", f"The answer cannot be read: {NO_JSON}."),
        (b"5", None),
        (b"{}", None),
        (b"[]", None),
        (b'{"id": "a"}', None),
    ],
)
def test_a_document_instead_of_a_stream_is_shown_in_its_error(
    endpoint: str, data: bytes, text: str | None
) -> None:
    error: Any = failure(document, data, endpoint)
    assert type(error) is MalformedResponseError
    assert (error.status_code, error.message) == (200, text or MISSING[endpoint])
    assert error.body_excerpt == data.decode().removeprefix("<p>").removesuffix("</p>")


@pytest.mark.parametrize("endpoint", MISSING)
@pytest.mark.parametrize(
    ("data", "text", "shown"),
    [
        (b'{"id": "a', f"An event cannot be read: {CUT}", '{"id": "a'),
        (b"Hello", f"An event cannot be read: {NO_JSON}", "Hello"),
        (DEEP, f"An event cannot be read: {TOO_DEEP}", "[" * 299 + "…"),
    ],
)
def test_an_event_that_cannot_be_read_is_shown_in_its_error(
    endpoint: str, data: bytes, text: str, shown: str
) -> None:
    error: Any = failure(event, data, endpoint)
    assert type(error) is MalformedResponseError
    assert (error.status_code, error.message, error.body_excerpt) == (200, text, shown)


@pytest.mark.parametrize("endpoint", MISSING)
@pytest.mark.parametrize("data", [b"5", b"[]", b"{}", b'{"id": "a"}', b"null"])
def test_a_stream_of_events_that_say_nothing_ends_too_early(endpoint: str, data: bytes) -> None:
    error: Any = failure(event, data, endpoint)
    assert type(error) is StreamInterruptedError
    assert error.message == BROKEN_OFF[endpoint]


@pytest.mark.parametrize("endpoint", MISSING)
def test_an_event_cut_at_the_end_of_a_stream_ends_it_too_early(endpoint: str) -> None:
    with pytest.raises(StreamInterruptedError) as failed:
        chunks_of(b'data: {"id": "a\n\n', endpoint=endpoint)
    assert failed.value.message == BROKEN_OFF[endpoint]


@pytest.mark.parametrize("endpoint", MISSING)
def test_an_error_behind_an_event_that_was_cut_is_that_error(endpoint: str) -> None:
    error = json.dumps({"error": LIMITED}).encode()
    with pytest.raises(RateLimitError, match="Slow down"):
        chunks_of(b'data: {"id": "a\n\nevent: error\ndata: ' + error + b"\n\n", endpoint=endpoint)


@pytest.mark.parametrize("endpoint", ["messages", "responses"])
def test_an_end_marker_before_the_answer_has_ended_is_no_end(endpoint: str) -> None:
    with pytest.raises(StreamInterruptedError) as failed:
        chunks_of(b"data: [DONE]\n\n", endpoint=endpoint)
    assert failed.value.message == BROKEN_OFF[endpoint]


def test_a_text_without_a_message_is_an_answer_in_a_document_too() -> None:
    data = b'{"choices": [{"text": "Hi", "finish_reason": "stop"}]}'
    first, *_ = chunks_of(data, content_type="application/json")
    assert first.text == body(data, "chat/completions").generations[0].text == "Hi"


def test_an_event_cut_at_the_end_of_a_response_that_began_ends_it_too_early() -> None:
    said = {"type": "response.output_text.delta", "output_index": 0, "delta": "Hi"}
    data = b"data: " + json.dumps(said).encode() + b'\n\ndata: {"id": "a\n\n'
    with pytest.raises(StreamInterruptedError) as failed:
        chunks_of(data, endpoint="responses")
    assert failed.value.message == BROKEN_OFF["responses"]
    assert failed.value.chunks_received == 1


@pytest.mark.parametrize("endpoint", MISSING)
@pytest.mark.parametrize("read", [body, document, event])
def test_an_error_where_an_answer_should_be_is_that_error(read: Any, endpoint: str) -> None:
    error: Any = failure(read, json.dumps({"error": LIMITED}).encode(), endpoint)
    assert type(error) is RateLimitError
    assert (error.message, error.status_code) == ("Slow down, ***", 429)
    assert KEY not in str(error.body_excerpt)


@pytest.mark.parametrize("read", [body, document, event])
def test_an_error_in_the_place_of_a_choice_is_that_error(read: Any) -> None:
    data = json.dumps({"choices": [{"error": LIMITED}]}).encode()
    error: Any = failure(read, data, "chat/completions")
    assert type(error) is RateLimitError
    assert (error.message, error.status_code) == ("Slow down, ***", 429)


@pytest.mark.parametrize("choice", [{"index": 0}, 5, {"message": "Hi"}, {"text": 5}])
def test_a_choice_without_a_message_is_shown_in_its_error(choice: Any) -> None:
    data = json.dumps({"choices": [choice]}).encode()
    for read in (body, document):
        error: Any = failure(read, data, "chat/completions")
        assert type(error) is MalformedResponseError
        assert (error.message, error.body_excerpt) == ("A choice holds no message.", data.decode())


@pytest.mark.parametrize("endpoint", ["messages"])
def test_a_stream_that_only_ends_held_no_answer(endpoint: str) -> None:
    stop = b'data: {"type": "message_stop"}\n\n'
    with pytest.raises(MalformedResponseError) as failed:
        chunks_of(stop, endpoint=endpoint, headers=HEADERS)
    assert failed.value.message == "The stream held no answer."
