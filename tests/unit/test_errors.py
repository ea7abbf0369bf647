"""From any error body to a typed error that says what happened and shows no key."""

from __future__ import annotations

import copy
import json
import pickle
from typing import Any

import httpx
import pytest
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


@pytest.mark.parametrize(
    ("kind", "of_langchain"),
    [
        (errors.InvalidRequestError, core.ModelInvalidRequestError),
        (errors.ContextLengthError, core.ContextOverflowError),
        (errors.RedirectError, core.ModelInvalidRequestError),
        (errors.AuthenticationError, core.ModelAuthenticationError),
        (errors.PermissionDeniedError, core.ModelPermissionDeniedError),
        (errors.InsufficientCreditsError, core.ModelPermissionDeniedError),
        (errors.NotFoundError, core.ModelNotFoundError),
        (errors.StatusTimeoutError, core.ModelTimeoutError),
        (errors.RateLimitError, core.ModelRateLimitError),
        (errors.ServerError, core.ModelAPIError),
        (errors.APIConnectionError, core.ModelConnectionError),
        (errors.StreamInterruptedError, core.ModelConnectionError),
        (errors.APITimeoutError, core.ModelTimeoutError),
        (errors.StreamChunkTimeoutError, core.ModelTimeoutError),
        (errors.MalformedResponseError, core.ModelAPIError),
        (errors.MissingAPIKeyError, core.ModelAuthenticationError),
        (errors.ConfigurationError, core.ModelInvalidRequestError),
    ],
)
def test_every_error_is_one_of_langchains(
    kind: type[AIMLAPIError], of_langchain: type[Exception]
) -> None:
    assert issubclass(kind, of_langchain)
    assert issubclass(kind, AIMLAPIError)
    assert kind("x").is_retryable is of_langchain.is_retryable


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (301, RedirectError),
        (307, RedirectError),
        (400, InvalidRequestError),
        (401, AuthenticationError),
        (402, InvalidRequestError),
        (403, PermissionDeniedError),
        (404, NotFoundError),
        (408, StatusTimeoutError),
        (409, ServerError),
        (413, InvalidRequestError),
        (422, InvalidRequestError),
        (425, RateLimitError),
        (429, RateLimitError),
        (451, InvalidRequestError),
        (500, ServerError),
        (529, ServerError),
        (999, ServerError),
    ],
)
def test_the_status_decides_the_class(status: int, kind: type[AIMLAPIError]) -> None:
    error = from_response(status)
    assert type(error) is kind
    assert error.status_code == status
    assert error.message


SERVICE_TITLED = {
    "title": "Forbidden",
    "status": 403,
    "message": "Out of credits",
    "error": {"name": "E", "message": "No funds", "data": {"kind": "err_insufficent_credits"}},
}


@pytest.mark.parametrize(
    ("status", "body", "kind", "message"),
    [
        # the service's own envelopes (contract section 5)
        (
            400,
            {"message": "Bad", "statusCode": "400", "requestId": "r", "path": "/"},
            InvalidRequestError,
            "Bad",
        ),
        (
            400,
            {"message": "Bad body", "meta": {"n": {"_errors": ["Expected number"]}}},
            InvalidRequestError,
            "Bad body: n: Expected number",
        ),
        (403, SERVICE_TITLED, InsufficientCreditsError, "No funds"),
        (400, {"title": "Bad Request", "status": 400}, InvalidRequestError, "Bad Request"),
        # those of upstreams and frameworks
        (400, {"error": {"message": "Bad"}}, InvalidRequestError, "Bad"),
        (400, [{"error": {"message": "Bad"}}], InvalidRequestError, "Bad"),
        (400, {"error": "Bad"}, InvalidRequestError, "Bad"),
        (400, {"error": ["Bad", "Worse"]}, InvalidRequestError, "Bad; Worse"),
        (400, {"message": ["Bad", "Worse"]}, InvalidRequestError, "Bad; Worse"),
        (422, {"detail": "Bad"}, InvalidRequestError, "Bad"),
        (422, {"detail": [{"loc": ["a", 0], "msg": "Bad"}]}, InvalidRequestError, "a.0: Bad"),
        # what stands before the service
        (
            502,
            b"<html><style>p{}</style><p>Bad  &amp; worse</p></html>",
            ServerError,
            "Bad & worse",
        ),
        (502, b"Bad gateway\n", ServerError, "Bad gateway"),
        (503, b"", ServerError, "Service Unavailable"),
        (503, b"   ", ServerError, "Service Unavailable"),
        (400, b"{", InvalidRequestError, "{"),
        (400, {}, InvalidRequestError, "{}"),
        (400, b"\xffBad", InvalidRequestError, "\ufffdBad"),
        # lengths and credits by words
        (
            400,
            {"error": {"message": "This model's maximum context length is 8192 tokens"}},
            ContextLengthError,
            "This model's maximum context length is 8192 tokens",
        ),
        (
            400,
            {"message": "prompt is too long: 9 > 8"},
            ContextLengthError,
            "prompt is too long: 9 > 8",
        ),
        (
            400,
            {"error": {"message": "No", "code": "context_length_exceeded"}},
            ContextLengthError,
            "No",
        ),
        (
            402,
            {"message": "Insufficient credits"},
            InsufficientCreditsError,
            "Insufficient credits",
        ),
        (403, {"message": "You shall not pass"}, PermissionDeniedError, "You shall not pass"),
    ],
)
def test_the_message_is_found_in_every_envelope(
    status: int, body: Any, kind: type[AIMLAPIError], message: str
) -> None:
    error = from_response(status, body)
    assert (type(error), error.message) == (kind, message)


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
        (17, ServerError, None),
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
        ({"object": "error", "message": "x"}, True),
        ({"type": "error", "message": "x"}, True),
        ({"id": "a", "object": "chat.completion"}, False),
        ({}, False),
        ([], False),
        (None, False),
        ("error", False),
    ],
)
def test_what_is_an_error_inside_a_200(payload: Any, expected: bool) -> None:  # noqa: FBT001  # a column
    assert is_error_payload(payload) is expected


@settings(deadline=None)  # a busy machine is no defect
@given(status=st.integers(300, 599), body=st.binary(max_size=300))
def test_no_bytes_make_reading_fail(status: int, body: bytes) -> None:
    error = error_from_response(status, {}, body)
    assert isinstance(error, AIMLAPIError)
    assert str(error)


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["error", "message", "detail", "code", "type", "meta", "_errors", "data"]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@settings(deadline=None)  # a busy machine is no defect
@given(payload=_JSON)
def test_no_json_makes_reading_fail(payload: Any) -> None:
    is_error_payload(payload)
    assert isinstance(error_from_payload(payload, {}), AIMLAPIError)
    assert isinstance(error_from_response(400, {}, json.dumps(payload).encode()), AIMLAPIError)


def test_at_most_64_kib_are_read() -> None:
    error = from_response(500, b"x" * 10_000_000)
    assert len(error.message) <= 300
    assert len(error.body_excerpt or "") <= 300


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


def test_the_id_of_the_body_wins() -> None:
    assert from_response(400, {"requestId": "body"}, x_request_id="head").request_id == "body"


def test_a_hint_of_the_caller_is_shown() -> None:
    error = error_from_response(
        404, {}, b'{"message": "No such model"}', hint=lambda error: f"Not {error.status_code}!"
    )
    assert str(error) == "No such model [HTTP 404] Not 404!"


@pytest.mark.parametrize(
    "body",
    [
        f"Incorrect API key provided: {KEY}".encode(),
        json.dumps({"error": {"message": f"key {KEY}"}}).encode(),
        json.dumps({"message": "x", "requestId": KEY}).encode(),
        json.dumps({"detail": [{"msg": KEY, "loc": [KEY]}]}).encode(),
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


def _pickled(error: AIMLAPIError) -> Any:
    return pickle.loads(pickle.dumps(error))  # noqa: S301  # its own


@pytest.mark.parametrize("copied", [copy.copy, copy.deepcopy, _pickled])
def test_errors_can_be_copied(copied: Any) -> None:
    error = from_response(429, {"message": "Slow"}, retry_after="7", x_inference_id="inf")
    twin = copied(error)
    assert type(twin) is RateLimitError
    assert (str(twin), vars(twin)) == (str(error), vars(error))
    assert twin.retry_after == 7.0


def test_langchains_tracer_reads_the_failed_response() -> None:
    error = from_response(400, {"message": "Bad"}, x_request_id="req", x_inference_id="inf")
    metadata = _generate_response_from_error(error)[0].message.response_metadata
    assert metadata == {
        "body": {"message": "Bad"},
        "headers": {"x-request-id": "req", "x-inference-id": "inf"},
        "status_code": 400,
        "request_id": "req",
    }


def test_langchains_tracer_reads_an_error_without_a_response() -> None:
    error = errors.APIConnectionError("No connection")
    metadata = _generate_response_from_error(error)[0].message.response_metadata
    assert metadata == {"request_id": None}


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
