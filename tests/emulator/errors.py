"""The service's error envelopes."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from .ids import TIMESTAMP, uuid

if TYPE_CHECKING:
    from collections.abc import Iterable

    from .rules import Issue

Json = dict[str, Any]

BILLING = "https://aimlapi.com/app/billing/"


class Refusal(Exception):  # noqa: N818  # the service refuses; nothing went wrong here
    """An answer with an error status, raised where the reason is found."""

    def __init__(self, status: int, body: Json, headers: dict[str, str] | None = None) -> None:
        super().__init__(status, body)
        self.status = status
        self.body = body
        self.headers = headers or {}

    @property
    def content(self) -> bytes:
        return json.dumps(self.body, ensure_ascii=False).encode()


def envelope(status: int, message: str, path: str, *, meta: Json | None = None) -> Refusal:
    """The envelope of most errors."""
    body: Json = {
        "requestId": uuid(f"{status}{message}{path}", "request"),
        "statusCode": status,
        "timestamp": TIMESTAMP,
        "path": path,
        "message": message,
    }
    return Refusal(status, body | ({"meta": meta} if meta else {}))


def invalid(issues: Iterable[Issue], path: str) -> Refusal:
    """The envelope of a body that failed validation: all issues, in text and as a tree."""
    found = list(issues)
    tree: Json = {"_errors": []}
    for issue in found:
        node = tree
        for step in issue.path:
            node = node.setdefault(str(step), {"_errors": []})
        node["_errors"].append(issue.text)
    listed = "; ".join(map(str, found[:5]))
    return envelope(400, f"Invalid input: {listed}", path, meta=tree)


def no_credits(path: str) -> Refusal:
    """The other envelope: an account without credits."""
    message = (
        "You've run out of credits. Please top up your balance or update your payment method to "
        f"continue: {BILLING}"
    )
    error = {
        "name": "ForbiddenException",
        "message": message,
        "data": {"kind": "err_insufficent_credits"},  # the service spells it so
    }
    body = {
        "title": "Forbidden",
        "status": 403,
        "message": message,
        "instance": path,
        "timestamp": TIMESTAMP,
        "error": error,
    }
    return Refusal(403, body)


def rate_limited(path: str, retry_after: str) -> Refusal:
    """Too many requests, with the time to wait in seconds."""
    refusal = envelope(429, "Too many requests. Please slow down and try again later.", path)
    refusal.headers["retry-after"] = retry_after
    return refusal


def unauthorized(path: str) -> Refusal:
    """A key that is missing or wrong; the key itself is not repeated."""
    return envelope(401, "Unauthorized: the API key is missing or invalid.", path)


def not_found(method: str, path: str) -> Refusal:
    """A path that the service does not have."""
    return envelope(404, f"Cannot {method} {path}", path)


def retired(model: str, path: str) -> Refusal:
    """A model that is not served any more."""
    return envelope(404, f"The model '{model}' has been retired and is no longer available.", path)
