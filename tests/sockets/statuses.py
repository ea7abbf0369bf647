"""Rows about error statuses: what the error is, what it says, and what is repeated."""

from __future__ import annotations

from faults.fault import Answers, Fails, Fault, always
from faults.scripts import answers, first, good
from langchain_aimlapi.errors import (
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

HTML = b"""<!DOCTYPE html><html><head><title>502 Bad Gateway</title>
<style>body { color: red }</style></head>
<body><h1>502 Bad Gateway</h1><hr>cloudflare</body></html>"""
VALIDATION = {
    "message": "Body validation error",
    "path": "/v1/chat/completions",
    "requestId": "req-of-body",
    "statusCode": "400",
    "timestamp": "2026-02-13T10:00:00.000Z",
    "meta": {"max_tokens": {"_errors": ["Expected number, received string"]}},
}
NO_CREDITS = {
    "title": "Forbidden",
    "status": 403,
    "message": "You have run out of credits.",
    "instance": "/v1/chat/completions",
    "timestamp": "2026-02-13T10:00:00.000Z",
    "error": {"name": "E", "message": "No funds", "data": {"kind": "err_insufficent_credits"}},
}
TOO_LONG = {
    "error": {
        "message": "This model's maximum context length is 8192 tokens.",
        "type": "invalid_request_error",
        "code": "context_length_exceeded",
    }
}
ECHO = {"error": {"message": f"Incorrect API key provided: {KEY}.", "type": "auth", "code": None}}


def _once(name: str, status: int, payload: object, outcome: Fails, **headers: str) -> Fault:
    return always(name, answers(status, payload, **headers), outcome)


def _repeated(name: str, status: int, payload: object, outcome: Fails, **headers: str) -> Fault:
    return always(name, answers(status, payload, **headers), outcome, requests=3)


def _limited(name: str, after: str, requests: int, known: float | None) -> Fault:
    outcome = Fails(RateLimitError, 429, retry_after=known)
    return always(name, answers(429, {}, retry_after=after), outcome, requests)


REFUSED: tuple[Fault, ...] = (
    _once("400 with the complaints of a validation", 400, VALIDATION, Fails(
        InvalidRequestError, 400, ("max_tokens: Expected number", "req-of-body", "inf-7"))),
    _once("400 in no encoding", 400, b"\xff\xfe\x00bad", Fails(InvalidRequestError, 400)),
    _once("400 nested without end", 400, b'{"error":' * 50_000, Fails(InvalidRequestError, 400)),
    _once("400 that is too long", 400, TOO_LONG, Fails(ContextLengthError, 400, ("8192",))),
    _once("401 that echoes the key", 401, ECHO, Fails(
        AuthenticationError, 401, ("***", "AIMLAPI_API_KEY"))),
    _once("402", 402, {"message": "Payment required: insufficient credits"}, Fails(
        InsufficientCreditsError, 402)),
    _once("403", 403, {"message": "Not for you"}, Fails(PermissionDeniedError, 403)),
    _once("403 without credits", 403, NO_CREDITS, Fails(
        InsufficientCreditsError, 403, ("No funds", "aimlapi.com"))),
    _once("404", 404, {"message": "No such model", "statusCode": 404}, Fails(NotFoundError, 404)),
    _once("501", 501, b"", Fails(ServerError, 501)),
    _once("500 that forbids repeats", 500, b"", Fails(ServerError, 500), x_should_retry="false"),
    _once("307 to another origin", 307, b"", Fails(RedirectError, 307, ("elsewhere.example",)),
          location="http://user:pass@elsewhere.example/v1/chat/completions"),
    _once("301 to nowhere", 301, b"", Fails(RedirectError, 301)),
    _once("302 to a broken address", 302, b"", Fails(RedirectError), location="http://[::1"),
    _once("308 to a path", 308, b"", Fails(RedirectError, 308, ("/v2",)), location="/v2"),
)  # fmt: skip

REPEATED: tuple[Fault, ...] = (
    _repeated("408", 408, b"", Fails(StatusTimeoutError, 408, retryable=True)),
    _repeated("425", 425, b"", Fails(RateLimitError, 425)),
    _repeated("429", 429, {"message": "Slow down"}, Fails(RateLimitError, 429, ("Slow down",))),
    _repeated("500", 500, {"error": {"message": "Oops"}}, Fails(ServerError, 500, ("Oops",))),
    _repeated("502 in HTML", 502, HTML, Fails(ServerError, 502, ("502 Bad Gateway", "cloudflare"))),
    _repeated("503 that is empty", 503, b"", Fails(ServerError, 503, ("Service Unavailable",))),
    _repeated("400 that asks for repeats", 400, b"", Fails(InvalidRequestError, 400),
              x_should_retry="true"),
    always("503 once", first(answers(503), good), Answers(), requests=2),
    always("429 with repeats switched off", answers(429), Fails(RateLimitError, 429),
           max_retries=0),
)  # fmt: skip

# ChatOpenAI sleeps through the first one in silence.
WAITS: tuple[Fault, ...] = (
    _limited("Retry-After: 119", "119", 1, 119.0),
    _limited("Retry-After: 1e9", "1e9", 1, 1e9),
    _limited("Retry-After: nan", "nan", 3, None),
    _limited("Retry-After: -5", "-5", 3, None),
    _limited("Retry-After: abc", "abc", 3, None),
    _limited("Retry-After: a past date", "Wed, 21 Oct 2015 07:28:00 GMT", 3, None),
    _limited("Retry-After: 0.01", "0.01", 3, 0.01),
)

STATUSES = REFUSED + REPEATED + WAITS
