"""Answers and streams that fail, or that cannot be read: a typed error that says what is known."""

from __future__ import annotations

import json
import pickle
from typing import Any

import pytest
import wire
from langchain_core.exceptions import ModelError

from langchain_aimlapi import errors as e

Json = dict[str, Any]
HI = wire.chunk({"content": "Hi"})
IDS = {"x-inference-id": "inf-1", "x-client-request-id": "mine"}


def read_until_error(stream: Any, **settings: Any) -> tuple[list[str], e.AIMLAPIError]:
    """Return the texts that came before the error, and the error."""
    texts: list[str] = []
    try:
        for made in wire.model_of(stream=stream, headers=IDS, **settings).stream("Hi"):
            texts.append(made.text)  # noqa: PERF401  # what came before the error is kept
    except e.AIMLAPIError as error:
        return texts, error
    pytest.fail("no error was raised")


def failure(body: bytes, **settings: Any) -> e.AIMLAPIError:
    """Return the error of a body."""
    with pytest.raises(e.AIMLAPIError) as raised:
        wire.invoked(body, headers=IDS, **settings)
    return raised.value


def knows_its_call(error: e.AIMLAPIError) -> bool:
    return (error.inference_id, error.client_request_id) == ("inf-1", "mine")


# --- streams ------------------------------------------------------------------------------------
FAILURES: dict[str, tuple[list[Any], type[e.AIMLAPIError], str]] = {
    "OpenAI's envelope":
        ([HI, {"error": {"message": "slow down", "code": 429}}], e.RateLimitError, "slow down"),
    "an error beside choices":
        ([HI, {**HI, "error": {"message": "overloaded", "code": 502}}],
         e.ServerError,
         "overloaded"),
    "an error inside a choice":
        ([HI, {"choices": [{"error": {"message": "gone", "code": 404}, "finish_reason": "error"}]}],
         e.NotFoundError,
         "gone"),
    "the service's own envelope":
        ([HI, {"message": "no", "statusCode": "401", "requestId": "r1"}],
         e.AuthenticationError,
         "no"),
    "an error event with JSON":
        ([HI, b'event: error\ndata: {"message": "down", "statusCode": 503}\n\n'],
         e.ServerError,
         "down"),
    "an error event with text":
        ([HI, b"event: error\ndata: it broke\n\n"], e.ServerError, "it broke"),
    "a bare error line": ([HI, b'error: {"message": "it broke"}\n\n'], e.ServerError, "it broke"),
    "an error in a list":
        ([HI, [{"error": {"message": "bad", "code": 400}}]], e.InvalidRequestError, "bad"),
    "an event that is no JSON":
        ([HI, "<html>oops</html>", HI, wire.DONE], e.MalformedResponseError, "oops"),
    "an event cut short, and then more":
        ([HI, '{"choices": [{"del', HI, wire.DONE], e.MalformedResponseError, "del"),
    "the end of the connection": ([HI], e.StreamInterruptedError, "ended before the answer"),
    "the end of the connection inside an event":
        ([HI, b'data: {"choices": [{"delta": {"cont'], e.StreamInterruptedError, "ended before"),
    "the end of the connection inside a character":
        ([HI, b'data: {"choices": [{"delta": {"content": "\xf0\x9f'],
         e.StreamInterruptedError,
         "ended before"),
    "nesting without end":
        ([HI, b"data: " + b'{"choices":[' * 100_000 + b"\n\n"],
         e.MalformedResponseError,
         "recursion"),
}  # fmt: skip


@pytest.mark.parametrize(("events", "kind", "text"), FAILURES.values(), ids=FAILURES)
def test_a_failing_stream_raises_after_what_had_come(
    events: list[Any], kind: type[e.AIMLAPIError], text: str
) -> None:
    texts, error = read_until_error(events)
    assert texts == ["Hi"]
    assert type(error) is kind
    assert text in f"{error} {error.body_excerpt}"
    assert error.chunks_received == 1
    assert knows_its_call(error)
    assert isinstance(error, ModelError)
    copied = pickle.loads(pickle.dumps(error))  # noqa: S301  # our own
    assert copied.__dict__ == error.__dict__


NO_STREAMS: dict[str, tuple[bytes, type[e.AIMLAPIError]]] = {
    "nothing": (b"", e.StreamInterruptedError),
    "comments only": (b": ping\n\n: ping\n\n", e.StreamInterruptedError),
    "[DONE] only": (b"data: [DONE]\n\n", e.MalformedResponseError),
    "no choices in any chunk": (wire.sse([{"choices": []}, wire.DONE]), e.MalformedResponseError),
    "HTML": (b"<html><body>Bad gateway</body></html>", e.MalformedResponseError),
    "text": (b"upstream connect error", e.MalformedResponseError),
    "text that ends": (b"upstream connect error\n", e.MalformedResponseError),
    "a list": (b"[1]", e.MalformedResponseError),
    "an error as indented JSON": (b' \n{\n"statusCode": 429, "message": "no"}', e.RateLimitError),
}


@pytest.mark.parametrize(("data", "kind"), NO_STREAMS.values(), ids=NO_STREAMS)
def test_what_is_no_stream_raises(data: bytes, kind: type[e.AIMLAPIError]) -> None:
    texts, error = read_until_error(data)
    assert (texts, type(error)) == ([], kind)


@pytest.mark.parametrize("place", ["error.code", "error.type", "error.data.kind", "code", "type"])
def test_the_kind_of_an_error_stands_in_many_places(place: str) -> None:
    for word, kind in (
        ("rate_limit_exceeded", e.RateLimitError),
        ("invalid_api_key", e.AuthenticationError),
    ):
        told: Any = word
        for name in reversed(place.split(".")[1:] or [place]):
            told = {name: told, "message": "No."}
        event = {"error": told} if "." in place else {"error": True, **told}
        assert type(read_until_error([event])[1]) is kind
        assert type(failure(json.dumps(event).encode())) is kind


def test_an_error_beside_a_wrapped_chunk_counts() -> None:
    error = {"message": "No more.", "code": "rate_limit_exceeded"}
    with pytest.raises(e.RateLimitError, match=r"No more\."):
        wire.streamed([{"event": HI, "state": {}}, {"event": HI, "error": error}])


# --- interrupted, on every endpoint -------------------------------------------------------------
TEXT = {"type": "text", "text": ""}
EVENTS: dict[str, list[Any]] = {
    "chat/completions": [
        HI,
        wire.chunk({"content": "Ho"}),
        wire.chunk({}, finish="stop"),
        wire.DONE,
    ],
    "messages": wire.claude_events(
        (TEXT, [{"type": "text_delta", "text": t} for t in ("Hi", "Ho")])
    ),
    "responses": wire.response_events(wire.response(wire.message_item("HiHo"))),
}
BROKEN_OFF = "The stream ended before the answer did."


@pytest.mark.parametrize("endpoint", wire.ENDPOINTS)
def test_a_stream_that_ends_too_early_is_interrupted(endpoint: str) -> None:
    events = [event for event in EVENTS[endpoint] if event != wire.DONE]
    marker = [] if endpoint == "chat/completions" else [wire.DONE]
    ends = 1 if endpoint != "messages" else 2  # the reason to stop is an end as well
    for count in range(1, len(events) - ends + 1):
        for more in ([b'data: {"id": "a\n\n'], [b'data: {"type'], marker):
            _, error = read_until_error([*events[:count], *more], endpoint=endpoint)
            assert type(error) is e.StreamInterruptedError
            assert error.message == BROKEN_OFF


@pytest.mark.parametrize("endpoint", wire.ENDPOINTS)
def test_events_that_say_nothing_are_no_answer(endpoint: str) -> None:
    _, error = read_until_error(["5", "[]", "{}", '{"id": "a"}', "null", {}], endpoint=endpoint)
    assert type(error) is e.StreamInterruptedError


def test_a_stream_that_only_ends_held_no_answer() -> None:
    _, error = read_until_error([{"type": "message_stop"}], endpoint="messages")
    assert (type(error), error.message) == (e.MalformedResponseError, "The stream held no answer.")


BEHIND: dict[str, bytes] = {
    "nothing": b"",
    "what is no JSON": b"data: nothing\n\n",
    "half of an event": b'data: {"type": "resp\n\n',
    "the end": b"data: [DONE]\n\n",
    "the end under a name": b"event: done\ndata: [DONE]\n\n",
    "an error": b'data: {"error": {"message": "No."}}\n\n',
    "an error under its name": b'event: error\ndata: {"message": "No."}\n\n',
    "a chunk under a name": b'event: more\ndata: {"choices": [{"delta": {"content": "X"}}]}\n\n',
}


@pytest.mark.parametrize("endpoint", wire.ENDPOINTS)
def test_nothing_behind_the_end_of_an_answer_counts(endpoint: str) -> None:
    for name, behind in BEHIND.items():
        again = EVENTS[endpoint][3 if endpoint == "messages" else 0]
        made = wire.streamed([*EVENTS[endpoint], behind, again], endpoint=endpoint)
        assert made.text == "HiHo", name


# --- errors of the other endpoints --------------------------------------------------------------
FLAT = {"type": "error", "code": "server_error", "message": "Out of order.", "param": None}
NESTED = {"type": "error", "error": {"code": "rate_limit_exceeded", "message": "Slow down."}}
BROKE = {"code": "server_error", "message": "The model broke."}
FAILED = {"type": "response.failed", "response": wire.response(status="failed", error=BROKE)}


REFUSED = {"error": {"message": "no", "code": "server_error"}}
RESPONSES: list[tuple[list[Json], type[e.AIMLAPIError], list[str]]] = [
    ([FLAT], e.ServerError, ["Out of order."]),
    ([NESTED], e.RateLimitError, ["Slow down."]),
    ([FAILED], e.ServerError, ["The model broke."]),
    ([FLAT, FAILED], e.ServerError, ["Out of order.", "The model broke."]),
    ([NESTED, FAILED], e.RateLimitError, ["Slow down.", "The model broke."]),
    ([FLAT, EVENTS["responses"][-1]], e.ServerError, ["Out of order."]),
    ([{"type": "error", "error": "no"}], e.ServerError, ["no"]),
    ([REFUSED], e.ServerError, ["no"]),
]


@pytest.mark.parametrize(("events", "kind", "texts"), RESPONSES)
def test_an_error_of_a_response_is_raised_once_with_all_that_it_says(
    events: list[Json], kind: type[e.AIMLAPIError], texts: list[str]
) -> None:
    for count, received in ((1, 0), (5, 1)):
        stream = wire.sse([*EVENTS["responses"][:count], *events], named=False)
        _, error = read_until_error(stream, endpoint="responses")
        assert type(error) is kind
        assert all(text in str(error) for text in texts)
        assert error.chunks_received == received


def test_a_response_that_failed_says_why() -> None:
    body = wire.response(status="failed", error={"code": "rate_limit_exceeded", "message": "Slow."})
    assert type(failure(json.dumps(body).encode(), endpoint="responses")) is e.RateLimitError
    error = failure(json.dumps(wire.response(status="failed")).encode(), endpoint="responses")
    why = "The response failed, without a reason."
    assert (type(error), error.message) == (e.ServerError, why)
    assert json.loads(error.body_excerpt or "") == {"error": {"message": why, "code": "failed"}}


def test_an_error_event_of_claude_is_that_error() -> None:
    error = {"type": "error", "error": {"type": "overloaded_error", "message": "Busy"}}
    texts, raised = read_until_error([*EVENTS["messages"][:3], error], endpoint="messages")
    assert (texts, type(raised)) == (["Hi"], e.ServerError)
    assert "Busy" in str(raised)


# --- bodies -------------------------------------------------------------------------------------
ERRORS: dict[str, tuple[bytes, type[e.AIMLAPIError]]] = {
    "an error beside choices":
        (b'{"choices": [{"message": {"content": "H"}}], "error": {"code": 429}}', e.RateLimitError),
    "an error inside a choice":
        (b'{"choices": [{"message": {"content": ""}, "error": {"code": 502, "message": "x"}}]}',
         e.ServerError),
    "nesting inside an answer":
        (b'{"choices": [{"message": {"content": ' + b"[" * 5000 + b"]" * 5000 + b"}}]}",
         e.MalformedResponseError),
}  # fmt: skip


@pytest.mark.parametrize(("data", "kind"), ERRORS.values(), ids=ERRORS)
def test_an_unusable_body_raises_wherever_it_comes(data: bytes, kind: type[e.AIMLAPIError]) -> None:
    in_place_of_a_stream = [read_until_error(data)[1]] if data.startswith(b"{") else []
    for error in (failure(data), *in_place_of_a_stream):
        assert type(error) is kind
        assert knows_its_call(error)
        assert len(error.body_excerpt or "") <= 300


MISSING = {
    "chat/completions": "The answer holds no choices.",
    "messages": "The answer holds no content.",
    "responses": "The answer holds no output.",
}
NO_JSON = "Expecting value: line 1 column 1 (char 0)"
CUT = "EOF while parsing a string at line 1 column 9"
TOO_DEEP = "recursion limit exceeded at line 1 column 202"
DEEP = b"[" * 400
DEEP_AND_BROKEN = b'["\xff", ' + b"[" * 250 + b"]" * 251
UNREADABLE: list[tuple[bytes, str | None, str | None]] = [
    (b"", "The answer cannot be read: EOF while parsing a value at line 1 column 0.", None),
    (b" \n", "The answer cannot be read: EOF while parsing a value at line 2 column 0.", ""),
    (b'{"id": "a', f"The answer ends too early: {CUT}.", '{"id": "a'),
    (b"<p>Hello</p>", f"The answer cannot be read: {NO_JSON}.", "Hello"),
    (b"Hello", f"The answer cannot be read: {NO_JSON}.", "Hello"),
    (f"Hello {wire.KEY}".encode(), f"The answer cannot be read: {NO_JSON}.", "Hello ***"),
    (DEEP, f"The answer cannot be read: {TOO_DEEP}.", "[" * 299 + "…"),
    (DEEP_AND_BROKEN, "The answer cannot be read: nested too deeply.",
     DEEP_AND_BROKEN.decode(errors="replace")[:299] + "…"),
    *(
        (body.encode(), None, body)
        for body in ("5", "{}", "[]", '{"id": "a"}', '{"choices": "x", "content": 5}')
    ),
    (b'{"choices": []}', None, '{"choices": []}'),
]  # fmt: skip


@pytest.mark.parametrize(("data", "text", "shown"), UNREADABLE)
def test_a_body_that_is_no_answer_is_shown_in_its_error(
    data: bytes, text: str | None, shown: str | None
) -> None:
    for endpoint in wire.ENDPOINTS:
        error: Any = failure(data, endpoint=endpoint)
        assert type(error) is e.MalformedResponseError
        assert (error.status_code, error.message) == (200, text or MISSING[endpoint])
        assert error.body_excerpt == shown
        assert knows_its_call(error)
        if data.startswith(b"{"):  # a document in place of a stream
            _, error = read_until_error(data, endpoint=endpoint)
            assert (error.message, error.body_excerpt) == (text or MISSING[endpoint], shown)


@pytest.mark.parametrize(
    "choice", [5, {"message": "Hi"}, {"text": 5}, {"index": 0, "finish_reason": ""}]
)
def test_a_choice_without_a_message_is_shown_in_its_error(choice: Any) -> None:
    data = json.dumps({"choices": [choice]}).encode()
    for error in (failure(data), read_until_error(data)[1]):
        assert type(error) is e.MalformedResponseError
        assert (error.message, error.body_excerpt) == ("A choice holds no message.", data.decode())


@pytest.mark.parametrize("endpoint", wire.ENDPOINTS)
def test_an_event_that_cannot_be_read_is_shown_in_its_error(endpoint: str) -> None:
    for data, why, shown in (
        ('{"id": "a', CUT, '{"id": "a'),
        ("Hello", NO_JSON, "Hello"),
        (DEEP.decode(), TOO_DEEP, "[" * 299 + "…"),
    ):
        _, error = read_until_error([data, {}], endpoint=endpoint)
        assert type(error) is e.MalformedResponseError
        assert (error.message, error.body_excerpt) == (f"An event cannot be read: {why}", shown)


def test_bad_bytes_do_not_lose_an_answer() -> None:
    body = b'\xef\xbb\xbf {"choices": [{"message": {"content": "a\xff\\ud83d\nb"}}]}\n'
    assert wire.invoked(body).text == "a\ufffd\ufffd\nb"


def test_an_answer_in_place_of_a_stream_is_one_chunk_and_an_end() -> None:
    for padding in (b"", b" " * 3000, b"\n" * 3000, b"\xef\xbb\xbf"):
        data = padding + json.dumps(wire.completion({"content": "Hi"})).encode()
        assert [made.text for made in wire.chunks_of(data)] == ["Hi", ""]


def test_a_stream_of_no_content_in_place_of_an_answer_is_an_empty_answer() -> None:
    answer = wire.invoked(wire.sse(wire.claude_events()), endpoint="messages")
    assert (answer.text, answer.response_metadata["finish_reason"]) == ("", "stop")


# --- secrecy ------------------------------------------------------------------------------------
@pytest.mark.parametrize("endpoint", wire.ENDPOINTS)
def test_the_key_stands_in_no_error(endpoint: str) -> None:
    error = json.dumps({"error": {"message": f"Slow down, {wire.KEY}", "code": 429}})
    bodies = [error, f"<p>{wire.KEY}</p>", f'{{"{wire.KEY}"', f'{{"id": "{wire.KEY}"}}']
    streams = [error.encode(), [*EVENTS[endpoint][:2], error], *([body, {}] for body in bodies)]
    failed = [failure(body.encode(), endpoint=endpoint) for body in bodies]
    failed += [read_until_error(stream, endpoint=endpoint)[1] for stream in streams]
    limited = [each for each in failed if type(each) is e.RateLimitError]
    assert [(each.message, each.status_code) for each in limited] == [("Slow down, ***", 429)] * 4
    for each in failed:
        assert wire.KEY not in f"{each} {each!r} {each.__dict__}"


def test_a_finish_reason_makes_a_cut_a_success() -> None:
    stream = wire.chat_stream({"content": "Hi"}).removesuffix(b"data: [DONE]\n\n")
    assert wire.streamed(stream).text == "Hi"
    assert wire.streamed(stream + b'data: {"choices": [{"del').text == "Hi"


@pytest.mark.parametrize(
    ("code", "status"),
    [(399, None), (400, 400), (599, 599), (600, None), ("400", 400), ("0400", None),
     ("40x", None), (400.0, None), (True, None)],
)  # fmt: skip
def test_only_the_status_of_an_error_is_one(code: Any, status: int | None) -> None:
    error = failure(json.dumps({"error": {"code": code, "message": "No."}}).encode())
    assert error.status_code == status
    assert error.body_excerpt == json.dumps({"error": {"code": code, "message": "No."}})
