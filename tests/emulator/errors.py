"""The service's error envelopes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .ids import TIMESTAMP, uuid

if TYPE_CHECKING:
    from collections.abc import Iterable

    from starlette.requests import Request

    from .rules import Issue

Json = dict[str, Any]


class Refusal(Exception):  # noqa: N818  # the service refuses; nothing went wrong here
    """An answer with an error status, raised where the reason is found.

    Args:
        status: Of the answer.
        message: In the envelope of most errors.
        meta: Beside it.
        body: What is sent in the place of the envelope.
    """

    def __init__(
        self, status: int, message: str = "", *, meta: Json | None = None, body: Json | None = None
    ) -> None:
        super().__init__(status, message)
        self.status, self.message, self.meta, self._body = status, message, meta, body

    def body(self, path: str) -> Json:
        """Return the body of the answer to a request of a path."""
        if self._body is not None:
            return self._body
        envelope: Json = {
            "requestId": uuid(f"{self.status}{self.message}{path}", "request"),
            "statusCode": self.status,
            "timestamp": TIMESTAMP,
            "path": path,
            "message": self.message,
        }
        return envelope | ({"meta": self.meta} if self.meta else {})


def refuse(issues: Iterable[Issue]) -> None:
    """Refuse a body that failed validation, with all issues in text and as a tree."""
    found = list(issues)
    if not found:
        return
    tree: Json = {"_errors": []}
    for issue in found:
        node = tree
        for step in issue.path:
            node = node.setdefault(str(step), {"_errors": []})
        node["_errors"].append(issue.text)
    raise Refusal(400, f"Invalid input: {'; '.join(map(str, found[:5]))}", meta=tree)


def not_found(request: Request) -> Refusal:
    """A path that the service does not have."""
    return Refusal(404, f"Cannot {request.method} {request.url.path}")


def no_previous_response(name: str) -> Refusal:
    """A response that was not stored, in the vendor's own envelope."""
    error = {
        "message": f"Previous response with id '{name}' not found.",
        "type": "invalid_request_error",
        "param": "previous_response_id",
        "code": "previous_response_not_found",
    }
    return Refusal(400, body={"error": error})
