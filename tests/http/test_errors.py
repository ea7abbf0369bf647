"""From any answer that fails to a typed error that says what happened."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest
import wire
from hypothesis import given, settings
from hypothesis import strategies as st
from langchain_core import exceptions as core
from langchain_core.language_models.chat_models import _generate_response_from_error
from sockets.modes import text_of

from langchain_aimlapi import ChatAIMLAPI, errors
from langchain_aimlapi.errors import (
    AIMLAPIError,
    AuthenticationError,
    ContextLengthError,
    InsufficientCreditsError,
    InvalidRequestError,
    MalformedResponseError,
    NotFoundError,
    PermissionDeniedError,
    RateLimitError,
    RedirectError,
    ServerError,
    StatusTimeoutError,
)


def answering(status: int, body: Any = b"", **headers: str) -> ChatAIMLAPI:
    """Make a model of a service that always gives this answer."""
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    answer = httpx.Response(status, headers=named, content=content)
    client = httpx.Client(transport=httpx.MockTransport(lambda _: answer))
    return ChatAIMLAPI("openai/gpt-4o", api_key="test-key", max_retries=0, http_client=client)


def failure(status: int, body: Any = b"", mode: str = "invoke", **headers: str) -> AIMLAPIError:
    with pytest.raises(AIMLAPIError) as caught:
        text_of(answering(status, body, **headers), mode)
    return caught.value


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
    ServerError: (409, 500, 529, 599),
}


@pytest.mark.parametrize(("kind", "statuses"), STATUSES.items())
def test_the_status_decides_the_class(kind: type[AIMLAPIError], statuses: tuple[int, ...]) -> None:
    for status in statuses:
        error = failure(status)
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
    assert failure(400, body).message == message


@pytest.mark.parametrize(
    ("status", "message"),
    [(503, "Service Unavailable"), (599, "The service answered with an error that says nothing")],
)
def test_an_empty_body_leaves_the_words_of_the_status(status: int, message: str) -> None:
    assert failure(status).message == message


NO_FUNDS = {"message": "No funds", "data": {"kind": "err_insufficent_credits"}}
CREDITS = {"message": "Insufficient credits"}
TOO_LONG = "This model's maximum context length is 8192 tokens"


@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        *((status, CREDITS, InsufficientCreditsError) for status in (400, 402, 403, 429)),
        (403, {"message": "Out of credits", "error": NO_FUNDS}, InsufficientCreditsError),
        (404, CREDITS, NotFoundError),
        (500, CREDITS, ServerError),
        (403, {"message": "You shall not pass"}, PermissionDeniedError),
        (400, {"message": "prompt is too long: 9 > 8"}, ContextLengthError),
        (400, {"error": {"message": TOO_LONG}}, ContextLengthError),
        (400, {"message": "No"}, InvalidRequestError),
        # A server that fails may talk of lengths; only its code says that this one is too long.
        (500, {"error": {"message": TOO_LONG}}, ServerError),
        (500, {"error": {"message": "No", "code": "context_length_exceeded"}}, ContextLengthError),
    ],
)
def test_lengths_and_credits_are_known_by_their_words(
    status: int, body: Any, kind: type[AIMLAPIError]
) -> None:
    assert type(failure(status, body)) is kind


@pytest.mark.parametrize(
    ("payload", "kind", "status"),
    [
        ({"error": {"message": "x"}}, ServerError, None),
        ({"error": "x", "choices": []}, ServerError, None),
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
        ({"title": "x", "status": "500"}, ServerError, 500),
        ({"detail": "x"}, ServerError, None),
        ({"type": "error", "message": "x"}, ServerError, None),
        ({"error": None, "choices": []}, MalformedResponseError, 200),
        ({"choices": [], "status": 500}, MalformedResponseError, 200),
        ({"id": "a", "object": "chat.completion"}, MalformedResponseError, 200),
        (None, MalformedResponseError, 200),
    ],
)
def test_an_error_inside_a_200_is_typed_by_its_code(
    payload: Any, kind: type[AIMLAPIError], status: int | None
) -> None:
    for mode in ("invoke", "stream"):
        error = failure(200, payload, mode, x_inference_id="inf")
        assert (mode, type(error), error.status_code) == (mode, kind, status)
        assert error.inference_id == "inf"


NAMES = ["error", "message", "detail", "code", "type", "meta", "_errors", "data"]
SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8)
JSON = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(NAMES), inner, max_size=4)
    ),
    max_leaves=12,
)


@settings(deadline=None, max_examples=12)  # a busy machine is no defect
@given(status=st.integers(300, 599), payload=JSON, garbage=st.binary(max_size=300))
def test_no_body_makes_reading_fail(status: int, payload: Any, garbage: bytes) -> None:
    for answer in [
        httpx.Response(each, content=body)
        for body in (json.dumps(payload).encode(), garbage)
        for each in (status, 200)
    ]:
        ANSWERS.append(answer)
        with pytest.raises(AIMLAPIError) as caught:
            ANSWERED.invoke("Hi!")
        assert str(caught.value)


ANSWERS: list[httpx.Response] = []
ANSWERED = ChatAIMLAPI(
    "openai/gpt-4o",
    api_key="test-key",
    max_retries=0,
    http_client=httpx.Client(transport=httpx.MockTransport(lambda _: ANSWERS.pop())),
)


EMPTY, CHUNK = (wire.chunk({"content": text}, finish="stop") for text in ("", "Hi"))


@pytest.mark.parametrize(
    "event",
    [
        *({"detail": "low", name: {"x": 1}} for name in ("id", "usage", "delta", "message")),
        {"detail": "low", "event": EMPTY, "state": {}},
        {"status": 500, "event": EMPTY, "state": {}},
        {"statusCode": 404, "event": EMPTY, "state": {}},
    ],
)
def test_what_stands_beside_parts_of_an_answer_is_no_error(event: dict[str, Any]) -> None:
    assert text_of(answering(200, wire.sse([event, CHUNK])), "stream") == "Hi"


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
def test_an_error_has_an_excerpt_of_the_body(body: str | bytes, shown: str) -> None:
    content = body.encode() if isinstance(body, str) else body
    assert failure(400, content).body_excerpt == shown


# --- what an error says ---


def test_it_says_what_happened_where_with_which_ids_and_what_to_do() -> None:
    ids = {"x_inference_id": "inf-1", "x_request_id": "req-1", "x_client_request_id": "mine"}
    error = failure(401, {"message": "Bad key"}, **ids)
    assert str(error) == (
        "Bad key [HTTP 401, request req-1, inference inf-1, client request mine, "
        "at POST https://api.aimlapi.com/v1/chat/completions] "
        "Check the key: set AIMLAPI_API_KEY or api_key=... (https://aimlapi.com/app/keys)."
    )


def test_langchains_tracer_reads_the_failed_response() -> None:
    error = failure(400, {"message": "Bad"}, x_request_id="req", x_inference_id="inf")
    metadata = _generate_response_from_error(error)[0].message.response_metadata
    assert metadata == {
        "body": {"message": "Bad"},
        "headers": {"x-request-id": "req", "x-inference-id": "inf"},
        "status_code": 400,
        "request_id": "req",
    }
    without_one = _generate_response_from_error(errors.APIConnectionError("No connection"))
    assert without_one[0].message.response_metadata == {"request_id": None}


# --- complaints with their places ---
@pytest.mark.parametrize("depth", [0, 1, 7, 8, 9])
def test_a_complaint_is_shown_with_its_place(depth: int) -> None:
    """Nested deeper than eight levels it is not looked for: no service complains so deeply."""
    meta: Any = {"_errors": ["not that"]}
    for _ in range(depth):
        meta = {"a": meta}
    place = ".".join("a" * depth)
    complaint = f"{place}: not that" if place else "not that"
    expected = "Bad body" if depth > 8 else f"Bad body: {complaint}"
    assert failure(400, {"message": "Bad body", "meta": meta}).message == expected
