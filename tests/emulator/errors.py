"""The service's error envelopes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .ids import TIMESTAMP, uuid

if TYPE_CHECKING:
    from collections.abc import Iterable

    from .rules import Issue

Json = dict[str, Any]


class Refusal(Exception):  # noqa: N818  # the service refuses; nothing went wrong here
    """An answer with an error status, raised where the reason is found."""

    def __init__(self, status: int, body: Json) -> None:
        super().__init__(status, body)
        self.status = status
        self.body = body


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


def unauthorized(path: str) -> Refusal:
    """A key that is missing or wrong; the key itself is not repeated."""
    return envelope(401, "Unauthorized: the API key is missing or invalid.", path)


def not_found(method: str, path: str) -> Refusal:
    """A path that the service does not have."""
    return envelope(404, f"Cannot {method} {path}", path)


def retired(model: str, path: str) -> Refusal:
    """A model that is not served any more."""
    return envelope(404, f"The model '{model}' has been retired and is no longer available.", path)


def no_previous_response(name: str) -> Refusal:
    """A response that was not stored, in the vendor's own envelope."""
    error = {
        "message": f"Previous response with id '{name}' not found.",
        "type": "invalid_request_error",
        "param": "previous_response_id",
        "code": "previous_response_not_found",
    }
    return Refusal(400, {"error": error})
