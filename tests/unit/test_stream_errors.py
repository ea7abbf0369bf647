"""Streams and bodies that fail: a typed error, with what is known and what had been delivered."""

import json
import pickle
from typing import Any

import pytest
from cases.reading import END, Json, body, call, calls, chunk, chunks_of, invoked, streamed, wire
from doors.answers import read_answer
from langchain_core.exceptions import ModelError
from langchain_core.outputs import ChatGenerationChunk

from langchain_aimlapi import errors as e

HI = chunk({"content": "Hi"})
IDS = {"x-inference-id": "inf-1", "x-client-request-id": "mine"}
KEY = "sk-secret-key-123"


def read_until_error(
    data: bytes | list[Any], **options: Any
) -> tuple[list[ChatGenerationChunk], e.AIMLAPIError]:
    """Return the chunks that came before the error, and the error."""
    delivered: list[ChatGenerationChunk] = []
    try:
        chunks_of(data, headers=IDS, secrets=[KEY], into=delivered, **options)
    except e.AIMLAPIError as error:
        return delivered, error
    pytest.fail("no error was raised")


FAILURES: dict[str, tuple[list[Any], type[e.AIMLAPIError], str]] = {
    "OpenAI's envelope": (
        [HI, {"error": {"message": "slow down", "code": 429}}],
        e.RateLimitError,
        "slow down",
    ),
    "an error beside choices": (
        [HI, {**HI, "error": {"message": "overloaded", "code": 502}}],
        e.ServerError,
        "overloaded",
    ),
    "an error inside a choice": (
        [HI, {"choices": [{"error": {"message": "gone", "code": 404}, "finish_reason": "error"}]}],
        e.NotFoundError,
        "gone",
    ),
    "the service's own envelope": (
        [HI, {"message": "no", "statusCode": "401", "requestId": "r1"}],
        e.AuthenticationError,
        "no",
    ),
    "an error event with JSON": (
        [HI, b'event: error\ndata: {"message": "down", "statusCode": 503}\n\n'],
        e.ServerError,
        "down",
    ),
    "an error event with text": (
        [HI, b"event: error\ndata: it broke\n\n"],
        e.ServerError,
        "it broke",
    ),
    "a bare error line": ([HI, b'error: {"message": "it broke"}\n\n'], e.ServerError, "it broke"),
    "an error in a list": (
        [HI, [{"error": {"message": "bad", "code": 400}}]],
        e.InvalidRequestError,
        "bad",
    ),
    "an event that is no JSON": (
        [HI, "<html>oops</html>", HI, END],
        e.MalformedResponseError,
        "oops",
    ),
    "an event cut short, and then more": (
        [HI, '{"choices": [{"del', HI, END],
        e.MalformedResponseError,
        "del",
    ),
    "the end of the connection": ([HI], e.StreamInterruptedError, "ended before the answer"),
    "the end of the connection inside an event": (
        [HI, b'data: {"choices": [{"delta": {"cont'],
        e.StreamInterruptedError,
        "ended before",
    ),
    "the end of the connection inside a character": (
        [HI, b'data: {"choices": [{"delta": {"content": "\xf0\x9f'],
        e.StreamInterruptedError,
        "ended before",
    ),
    "nesting without end": (
        [HI, b"data: " + b'{"choices":[' * 100_000 + b"\n\n"],
        e.MalformedResponseError,
        "recursion",
    ),
}


@pytest.mark.parametrize(("events", "kind", "text"), FAILURES.values(), ids=FAILURES)
def test_failing_stream_raises_after_what_had_come(
    events: list[Any], kind: type[e.AIMLAPIError], text: str
) -> None:
    delivered, error = read_until_error(_as_wire(events))
    assert [found.text for found in delivered] == ["Hi"]
    assert type(error) is kind
    assert text in f"{error} {error.body_excerpt}"
    assert error.chunks_received == 1
    assert error.inference_id == "inf-1"
    assert error.client_request_id == "mine"
    assert isinstance(error, ModelError)
    copied = pickle.loads(pickle.dumps(error))  # noqa: S301  # our own
    assert copied.__dict__ == error.__dict__


def _as_wire(events: list[Any]) -> bytes:
    return wire([json.dumps(event) if isinstance(event, list) else event for event in events])


@pytest.mark.parametrize(
    ("data", "kind"),
    {
        "nothing": (b"", e.StreamInterruptedError),
        "comments only": (b": ping\n\n: ping\n\n", e.StreamInterruptedError),
        "[DONE] only": (b"data: [DONE]\n\n", e.MalformedResponseError),
        "no choices in any chunk": (wire([{"choices": []}, END]), e.MalformedResponseError),
        "HTML": (b"<html><body>Bad gateway</body></html>", e.MalformedResponseError),
        "text": (b"upstream connect error", e.MalformedResponseError),
        "text that ends": (b"upstream connect error\n", e.MalformedResponseError),
        "JSON without choices": (b'{"ok": true}', e.MalformedResponseError),
        "JSON cut short": (b'{"choices": [', e.MalformedResponseError),
        "a list": (b"[1]", e.MalformedResponseError),
        "an error as JSON": (b'{"error": {"message": "no", "code": 401}}', e.AuthenticationError),
        "an error as indented JSON": (
            b' \n{\n"statusCode": 429, "message": "no"}',
            e.RateLimitError,
        ),
    }.items(),
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_is_no_stream_raises(data: str, kind: Any) -> None:
    content, error = kind
    delivered, raised = read_until_error(content)
    assert delivered == []
    assert type(raised) is error


def test_an_answer_in_place_of_a_stream_is_one_chunk() -> None:
    for padding in (b"", b" " * 3000, b"\n" * 3000, b"\xef\xbb\xbf"):
        for content_type in ("application/json", "text/event-stream", ""):
            data = padding + b'{"id": "1", "choices": [{"message": {"content": "Hi"}}]}'
            first, last = chunks_of(data, content_type=content_type)
            assert (first.text, last.text) == ("Hi", "")


def test_a_finish_reason_makes_the_end_a_success() -> None:
    end = chunk({}, finish="stop")
    assert streamed([HI, end]).text == "Hi"
    assert streamed([HI, end, b'data: {"choices": [{"del']).text == "Hi"


def test_the_key_is_shown_nowhere() -> None:
    for event in (
        {"error": {"message": f"bad key {KEY}"}},
        f"<p>{KEY}</p>",
        f'{{"{KEY}"',
    ):
        _, error = read_until_error([HI, event, HI])
        assert KEY not in f"{error} {error!r} {error.__dict__}"


# --- bodies -------------------------------------------------------------------------------------
BODIES: dict[str, tuple[bytes, type[e.AIMLAPIError]]] = {
    "nothing": (b"", e.MalformedResponseError),
    "blank": (b" \n", e.MalformedResponseError),
    "cut short": (b'{"choices": [{"message": {"content": "H', e.MalformedResponseError),
    "HTML": (b"<html>", e.MalformedResponseError),
    "text": (b"upstream error", e.MalformedResponseError),
    "null": (b"null", e.MalformedResponseError),
    "a list": (b"[]", e.MalformedResponseError),
    "a string": (b'"hi"', e.MalformedResponseError),
    "an empty object": (b"{}", e.MalformedResponseError),
    "null choices": (b'{"choices": null}', e.MalformedResponseError),
    "no choices": (b'{"choices": []}', e.MalformedResponseError),
    "a null choice": (b'{"choices": [null]}', e.MalformedResponseError),
    "a null message": (b'{"choices": [{"message": null}]}', e.MalformedResponseError),
    "a choice of nothing": (b'{"choices": [{}]}', e.MalformedResponseError),
    "choices that are no list": (b'{"choices": {"0": 1}}', e.MalformedResponseError),
    "an error": (b'{"error": {"message": "no", "code": 403}}', e.PermissionDeniedError),
    "an error as text": (b'{"error": "no"}', e.ServerError),
    "an error beside choices": (
        b'{"choices": [{"message": {"content": "H"}}], "error": {"code": 429}}',
        e.RateLimitError,
    ),
    "an error inside a choice": (
        b'{"choices": [{"message": {"content": ""}, "error": {"code": 502, "message": "x"}}]}',
        e.ServerError,
    ),
    "the service's envelope": (b'{"statusCode": "404", "message": "no model"}', e.NotFoundError),
    "no credits": (
        b'{"title": "x", "status": 403, "error": {"data": {"kind": "err_insufficent_credits"}}}',
        e.InsufficientCreditsError,
    ),
    "nesting without end": (b"[" * 100_000, e.MalformedResponseError),
    "nesting inside an answer": (
        b'{"choices": [{"message": {"content": ' + b"[" * 5000 + b"]" * 5000 + b"}}]}",
        e.MalformedResponseError,
    ),
}


@pytest.mark.parametrize(("data", "kind"), BODIES.values(), ids=BODIES)
def test_unusable_body_raises(data: bytes, kind: type[e.AIMLAPIError]) -> None:
    with pytest.raises(e.AIMLAPIError) as caught:
        invoked(data, IDS, secrets=[KEY])
    error = caught.value
    assert type(error) is kind
    assert error.inference_id == "inf-1"
    assert error.client_request_id == "mine"
    assert len(error.body_excerpt or "") <= 300


def test_bad_bytes_do_not_lose_an_answer() -> None:
    answer = invoked(b'\xef\xbb\xbf {"choices": [{"message": {"content": "a\xff\\ud83d\nb"}}]}\n')
    assert answer.text == "a\ufffd\ufffd\nb"


@pytest.mark.parametrize("number", ["NaN", "-Infinity", "1e999", "-1", "1.5", "9" * 5000, "1e30"])
def test_absurd_numbers_lose_the_usage_not_the_answer(number: str) -> None:
    usage = f'{{"prompt_tokens": {number}, "completion_tokens": 1}}'
    data = f'{{"choices": [{{"message": {{"content": "Hi"}}}}], "usage": {usage}}}'
    answer = invoked(data.encode())
    assert (answer.text, answer.usage_metadata) == ("Hi", None)
    event = f'{{"choices": [{{"delta": {{"content": "Hi"}}}}], "usage": {usage}}}'
    assert streamed([event, END]).usage_metadata is None


def test_several_answers_come_as_generations_with_one_usage() -> None:
    given: Json = body({"content": "a"}, usage={"prompt_tokens": 1, "completion_tokens": 2})
    given["choices"].append({"index": 1, "message": calls(call("f", "{}", id="c1"))})
    result = read_answer(json.dumps(given).encode(), {"x-aimlapi-usd-spent": "0.5"})
    messages: list[Any] = [generation.message for generation in result.generations]
    assert [message.text for message in messages] == ["a", ""]
    assert [len(message.tool_calls) for message in messages] == [0, 1]
    # Tracers add the usage of all generations up.
    assert [message.usage_metadata is None for message in messages] == [False, True]
    assert [message.response_metadata.get("cost") for message in messages] == [{"usd": 0.5}, None]
