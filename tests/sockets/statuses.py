"""Rows about error statuses: what the error is, what it says, and what is repeated."""

from __future__ import annotations

from langchain_aimlapi.errors import (
    AuthenticationError,
    InvalidRequestError,
    RateLimitError,
    RedirectError,
    ServerError,
)
from sockets.fault import Answers, Fails, Fault, always
from sockets.scripts import answers, first, good

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
ECHO = {"error": {"message": f"Incorrect API key provided: {KEY}.", "type": "auth", "code": None}}


def _limited(name: str, after: str, requests: int, known: float | None) -> Fault:
    outcome = Fails(RateLimitError, 429, retry_after=known)
    return always(name, answers(429, {}, retry_after=after), outcome, requests)


ELSEWHERE = "http://user:pass@elsewhere.example/v1/chat/completions"
REFUSED: tuple[Fault, ...] = (
    always("400 with the complaints of a validation", answers(400, VALIDATION), Fails(
        InvalidRequestError, 400, ("max_tokens: Expected number", "req-of-body", "inf-7"))),
    always("400 nested without end", answers(400, b'{"error":' * 50_000), Fails(
        InvalidRequestError, 400)),
    always("401 that echoes the key", answers(401, ECHO), Fails(
        AuthenticationError, 401, ("***", "AIMLAPI_API_KEY"))),
    always("307 to another origin", answers(307, location=ELSEWHERE), Fails(
        RedirectError, 307, ("elsewhere.example",))),
    always("302 to a broken address", answers(302, location="http://[::1"), Fails(RedirectError)),
    always("308 to a path", answers(308, location="/v2"), Fails(RedirectError, 308, ("/v2",))),
)  # fmt: skip

REPEATED: tuple[Fault, ...] = (
    always("502 in HTML", answers(502, HTML), Fails(
        ServerError, 502, ("502 Bad Gateway", "cloudflare")), 3),
    always("503 once", first(answers(503), good), Answers(), requests=2),
)  # fmt: skip

# ChatOpenAI sleeps through the first one in silence.
WAITS: tuple[Fault, ...] = (
    _limited("Retry-After: 119", "119", 1, 119.0),
    _limited("Retry-After: 0.01", "0.01", 3, 0.01),
)

STATUSES = REFUSED + REPEATED + WAITS
