"""The service's error envelopes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .ids import TIMESTAMP, uuid

if TYPE_CHECKING:
    from collections.abc import Iterable

    from .rules import Issue

Json = dict[str, Any]


class Refusal(Exception):  # noqa: N818  # the service refuses; nothing went wrong here
    """An answer with an error status, raised where the reason is found.

    Args:
        status: Of the answer.
        message: In the envelope of most errors.
        body: What is sent in the place of the envelope, or beside its message.
    """

    def __init__(self, status: int, message: str = "", **body: Any) -> None:
        super().__init__(status, message)
        self.status, self.message, self._body = status, message, body

    def body(self, path: str) -> Json:
        """Return the body of the answer to a request of a path."""
        if not self.message:
            return self._body
        return {
            "requestId": uuid(f"{self.status}{self.message}{path}", "request"),
            "statusCode": self.status,
            "timestamp": TIMESTAMP,
            "path": path,
            "message": self.message,
            **self._body,
        }


def refuse(issues: Iterable[Issue]) -> None:
    """Refuse a body that failed validation, if it did."""
    found = list(issues)
    if found:
        raise Refusal(400, f"Invalid input: {'; '.join(map(str, found[:5]))}")
