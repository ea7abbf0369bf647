"""From any error body to a typed error that says what happened and shows no key."""

from __future__ import annotations

import copy
import json
import pickle
from typing import Any

import httpx
import pytest
from doors.streams import chunks_of
from doors.wire import Secret, error_from_payload, error_from_response, excerpt, is_error_payload
from hypothesis import given, settings
from hypothesis import strategies as st
from langchain_core import exceptions as core
from langchain_core.language_models.chat_models import _generate_response_from_error

from langchain_aimlapi import ChatAIMLAPI, errors
from langchain_aimlapi.errors import (
    AIMLAPIError,
    AuthenticationError,
    ContextLengthError,
    InsufficientCreditsError,
    InvalidRequestError,
    NotFoundError,
    PermissionDeniedError,
    RateLimitError,
    RedirectError,
    ServerError,
    StatusTimeoutError,
)

KEY = "sk-live-0123456789abcdef"


def from_response(status: int, body: Any = b"", **headers: str) -> AIMLAPIError:
    body = body if isinstance(body, bytes) else json.dumps(body).encode()
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return error_from_response(status, named, body, secrets=(Secret(KEY),))


OF_LANGCHAIN: dict[type[core.ModelError], tuple[type[AIMLAPIError], ...]] = {
    core.ModelInvalidRequestError: (InvalidRequestError, RedirectError, errors.ConfigurationError),
    core.ContextOverflowError: (ContextLengthError,),
    core.ModelAuthenticationError: (AuthenticationError, errors.MissingAPIKeyError),
    core.ModelPermissionDeniedError: (PermissionDeniedError, InsufficientCreditsError),
    core.ModelNotFoundError: (NotFoundError,),
    core.ModelTimeoutError: (
        StatusTimeoutError,
        errors.APITimeoutError,
        errors.StreamChunkTimeoutError,
    ),
    core.ModelRateLimitError: (RateLimitError,),
    core.ModelAPIError: (ServerError, errors.MalformedResponseError),
    core.ModelConnectionError: (errors.APIConnectionError, errors.StreamInterruptedError),
}


@pytest.mark.parametrize(("of_langchain", "kinds"), OF_LANGCHAIN.items())
def test_every_error_is_one_of_langchains(
    of_langchain: type[core.ModelError], kinds: tuple[type[AIMLAPIError], ...]
) -> None:
    for kind in kinds:
        assert issubclass(kind, of_langchain)
        assert issubclass(kind, AIMLAPIError)
        assert kind("x").is_retryable is of_langchain.is_retryable


STATUSES: dict[type[AIMLAPIError], tuple[int, ...]] = {
    RedirectError: (301, 307),
    InvalidRequestError: (400, 402, 413, 422, 451),
    AuthenticationError: (401,),
    PermissionDeniedError: (403,),
    NotFoundError: (404,),
    StatusTimeoutError: (408,),
    RateLimitError: (425, 429),
    ServerError: (409, 500, 529, 999),
}


@pytest.mark.parametrize(("kind", "statuses"), STATUSES.items())
def test_the_status_decides_the_class(kind: type[AIMLAPIError], statuses: tuple[int, ...]) -> None:
    for status in statuses:
        error = from_response(status)
        assert type(error) is kind
        assert error.status_code == status
        assert error.message


MANY = [str(number) for number in range(12)]
# Where a body has its message; what is none of these is shown as it is.
ENVELOPES: list[tuple[Any, str]] = [
    # of the service
    ({"message": "Bad", "statusCode": "400", "requestId": "r", "path": "/"}, "Bad"),
    (
        {"message": "Bad", "meta": {"n": {"_errors": ["Expected number"]}}},
        "Bad: n: Expected number",
    ),
    ({"message": "Bad", "meta": {"_errors": ["a", 5, *"bcdefg"]}}, "Bad: a; b; c; d; e"),
    ({"message": "Bad. a: No.", "meta": {"a": {"_errors": ["No."]}}}, "Bad. a: No."),
    ({"title": "Bad Request", "status": 400}, "Bad Request"),
    # of upstreams and frameworks
    ({"error": {"message": "Bad"}}, "Bad"),
    ([{"error": {"message": "Bad"}}], "Bad"),
    ({"error": "Bad"}, "Bad"),
    ({"error": ["Bad", "Worse"]}, "Bad; Worse"),
    ({"message": ["Bad", "Worse"]}, "Bad; Worse"),
    ({"detail": "Bad"}, "Bad"),
    ({"detail": [{"loc": ["body", 0, "x"], "msg": "Bad"}]}, "body.0.x: Bad"),
    ({"detail": [{"loc": "body", "msg": "Bad"}]}, "Bad"),
    ({"detail": ["Bad", {"msg": 5}, 7, None]}, 'Bad; {"msg": 5}; 7; null'),
    ({"detail": [{"why": "é"}]}, '{"why": "é"}'),
    ({"detail": MANY}, "; ".join(MANY[:10])),
    # of what stands before the service
    (b"<html><style>p{}</style><p>Bad  &amp; worse</p></html>", "Bad & worse"),
    (b"Bad gateway\n", "Bad gateway"),
    (b"   ", "Bad Request"),
    (b"{", "{"),
    ({}, "{}"),
    (b"\xffBad", "\ufffdBad"),
]


@pytest.mark.parametrize(("body", "message"), ENVELOPES)
def test_the_message_is_found_in_every_envelope(body: Any, message: str) -> None:
    assert from_response(400, body).message == message


NO_FUNDS = {"message": "No funds", "data": {"kind": "err_insufficent_credits"}}


@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        (400, {"error": {"message": "No", "code": "context_length_exceeded"}}, ContextLengthError),
        (400, {"message": "prompt is too long: 9 > 8"}, ContextLengthError),
        (400, {"message": "The maximum context length is 8192 tokens"}, ContextLengthError),
        (402, {"message": "Insufficient credits"}, InsufficientCreditsError),
        (403, {"message": "Out of credits", "error": NO_FUNDS}, InsufficientCreditsError),
        (403, {"message": "You shall not pass"}, PermissionDeniedError),
    ],
)
def test_lengths_and_credits_are_known_by_their_words(
    status: int, body: Any, kind: type[AIMLAPIError]
) -> None:
    assert type(from_response(status, body)) is kind


@pytest.mark.parametrize(
    ("status", "message"),
    [(503, "Service Unavailable"), (599, "The service answered with an error that says nothing")],
)
def test_an_empty_body_leaves_the_words_of_the_status(status: int, message: str) -> None:
    assert from_response(status).message == message


@pytest.mark.parametrize(
    ("payload", "kind", "status"),
    [
        ({"error": {"message": "x"}}, ServerError, None),
        ({"error": {"code": 429}}, RateLimitError, 429),
        ({"error": {"code": "429"}}, RateLimitError, 429),
        ({"error": {"status": 401}}, AuthenticationError, 401),
        ({"error": {"code": 200}}, ServerError, None),
        ({"error": {"code": True}}, ServerError, None),
        ({"error": {"code": 10**4000}}, ServerError, None),
        ({"error": {"code": "rate_limit_exceeded"}}, RateLimitError, 429),
        ({"error": {"type": "overloaded_error"}}, ServerError, 529),
        ({"error": {"type": "invalid_request_error"}}, InvalidRequestError, 400),
        ({"error": {"code": "context_length_exceeded"}}, ContextLengthError, 400),
        ({"statusCode": "404", "message": "x"}, NotFoundError, 404),
        ({"status": 403, "message": "x"}, PermissionDeniedError, 403),
        ("upstream died", ServerError, None),
        (None, ServerError, None),
    ],
)
def test_an_error_inside_a_200_is_typed_by_its_code(
    payload: Any, kind: type[AIMLAPIError], status: int | None
) -> None:
    error = error_from_payload(payload, {"x-inference-id": "inf"}, chunks_received=3)
    assert (type(error), error.status_code) == (kind, status)
    assert (error.inference_id, error.chunks_received) == ("inf", 3)


@pytest.mark.parametrize(
    ("payload", "expected"),
    [
        ({"error": {"message": "x"}}, True),
        ({"error": "x", "choices": []}, True),
        ({"error": None, "choices": []}, False),
        ({"choices": [], "status": 500}, False),
        ({"statusCode": 401, "message": "x"}, True),
        ({"title": "x", "status": "500"}, True),
        ({"detail": "x"}, True),
        ({"type": "error", "message": "x"}, True),
        ({"id": "a", "object": "chat.completion"}, False),
        (None, False),
    ],
)
def test_what_is_an_error_inside_a_200(payload: Any, expected: bool) -> None:  # noqa: FBT001  # a column
    assert is_error_payload(payload) is expected


NAMES = ["error", "message", "detail", "code", "type", "meta", "_errors", "data"]
SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8)
JSON = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(NAMES), inner, max_size=4)
    ),
    max_leaves=12,
)


@settings(deadline=None)  # a busy machine is no defect
@given(status=st.integers(300, 599), payload=JSON, garbage=st.binary(max_size=300))
def test_no_body_makes_reading_fail(status: int, payload: Any, garbage: bytes) -> None:
    is_error_payload(payload)
    assert isinstance(error_from_payload(payload, {}), AIMLAPIError)
    for body in (json.dumps(payload).encode(), garbage):
        assert str(error_from_response(status, {}, body))


def _event(body: dict[str, Any]) -> bytes:
    return b"data: " + json.dumps(body).encode() + b"\n\n"


def _chunk(text: str) -> dict[str, Any]:
    delta = {"index": 0, "delta": {"content": text}, "finish_reason": "stop"}
    return {"id": "1", "model": "m", "choices": [delta]}


@pytest.mark.parametrize(
    "event",
    [
        *({"detail": "low", name: {"x": 1}} for name in ("id", "usage", "delta", "message")),
        {"detail": "low", "event": _chunk(""), "state": {}},
        {"status": 500, "event": _chunk(""), "state": {}},
        {"statusCode": 404, "event": _chunk(""), "state": {}},
    ],
)
def test_what_stands_beside_parts_of_an_answer_is_no_error(event: dict[str, Any]) -> None:
    chunks = chunks_of(_event(event) + _event(_chunk("Hi")))
    assert "".join(chunk.text for chunk in chunks) == "Hi"


@pytest.mark.parametrize(
    ("body", "shown"),
    [
        ("  a \n b ", "a b"),
        ("<p>a</p><script>no</script>", "a"),
        ("a < b", "a < b"),
        (b"\xff", "\ufffd"),
        ("x" * 400, "x" * 299 + "…"),
    ],
)
def test_excerpts(body: str | bytes, shown: str) -> None:
    assert excerpt(body) == shown


# --- what an error says ---


def test_it_says_what_happened_where_with_which_ids_and_what_to_do() -> None:
    error = error_from_response(
        401,
        {"x-inference-id": "inf-1", "x-request-id": "req-1", "x-client-request-id": "mine"},
        b'{"message": "Bad key"}',
        where="POST https://api.aimlapi.com/v1/chat/completions",
    )
    assert str(error) == (
        "Bad key [HTTP 401, request req-1, inference inf-1, client request mine, "
        "at POST https://api.aimlapi.com/v1/chat/completions] "
        "Check the key: set AIMLAPI_API_KEY or api_key=... (https://aimlapi.com/app/keys)."
    )


@pytest.mark.parametrize(
    "body",
    [
        f"Incorrect API key provided: {KEY}".encode(),
        json.dumps({"error": {"message": f"key {KEY}"}}).encode(),
        json.dumps({"message": "x", "requestId": KEY}).encode(),
        json.dumps({"message": "x", "meta": {KEY: {"_errors": [KEY]}}}).encode(),
        b"x" * 290 + KEY.encode(),  # the cut goes through the key
        b"<p>" + KEY.encode() + b"</p>",
    ],
)
def test_the_key_is_not_shown_when_the_body_holds_it(body: bytes) -> None:
    error = error_from_response(
        401, {"x-request-id": KEY, "x-inference-id": KEY}, body, secrets=(Secret(KEY),)
    )
    shown = f"{error} {error!r} {vars(error)} {error.args} {pickle.dumps(error)!r}"
    assert KEY[:8] not in shown


@pytest.mark.parametrize("copied", [copy.copy, copy.deepcopy])
def test_errors_can_be_copied(copied: Any) -> None:
    error = from_response(429, {"message": "Slow"}, retry_after="7", x_inference_id="inf")
    twin = copied(error)
    assert (type(twin), str(twin), vars(twin)) == (RateLimitError, str(error), vars(error))


def test_langchains_tracer_reads_the_failed_response() -> None:
    error = from_response(400, {"message": "Bad"}, x_request_id="req", x_inference_id="inf")
    metadata = _generate_response_from_error(error)[0].message.response_metadata
    assert metadata == {
        "body": {"message": "Bad"},
        "headers": {"x-request-id": "req", "x-inference-id": "inf"},
        "status_code": 400,
        "request_id": "req",
    }
    without_one = _generate_response_from_error(errors.APIConnectionError("No connection"))
    assert without_one[0].message.response_metadata == {"request_id": None}


def _invoked(answer: httpx.Response, model: str) -> AIMLAPIError:
    client = httpx.Client(transport=httpx.MockTransport(lambda _: answer))
    with pytest.raises(AIMLAPIError) as caught:
        ChatAIMLAPI(model=model, api_key=KEY, http_client=client, max_retries=0).invoke("Hi!")
    return caught.value


def test_a_wrong_model_id_names_the_nearest_ones_however_many_the_service_lists() -> None:
    listed = " | ".join(f"'vendor-{number}/model'" for number in range(444))
    complaint = f"Invalid enum value. Expected {listed}, received 'gpt-4oo'"
    body = {"message": "Body validation error", "meta": {"model": {"_errors": [complaint]}}}
    for answer in (
        httpx.Response(400, json=body),
        httpx.Response(400, json={"message": f"Unknown model. {complaint}"}),
        httpx.Response(422, json={"message": complaint}),
    ):
        error = _invoked(answer, "gpt-4oo")
        assert "'gpt-4oo' is not a documented model id: did you mean " in str(error)
        assert "gpt-4o" in str(error).partition("did you mean")[2]


def test_a_refusal_of_something_else_asks_nothing_about_the_model() -> None:
    refusal = httpx.Response(400, json={"message": "temperature must be at most 2"})
    assert _invoked(refusal, "gpt-4oo").hint is None
    of_a_known_one = httpx.Response(400, json={"message": "the model takes no tools"})
    assert _invoked(of_a_known_one, "openai/gpt-4o").hint is None
