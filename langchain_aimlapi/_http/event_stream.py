"""A streaming answer while it is read: what its sync and its async form decide alike; no IO."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from langchain_aimlapi._http.attempts import Failed
from langchain_aimlapi._http.sse import BodyDecoder

if TYPE_CHECKING:
    from collections.abc import Mapping

    import httpx
    from pydantic import SecretStr

    from langchain_aimlapi._http.attempts import Attempts
    from langchain_aimlapi._http.clients import Sent
    from langchain_aimlapi._http.sse import Event

DRAIN_SECONDS = 0.02
"""Seconds to wait after `[DONE]` for the end of a body, so that its connection is used again."""


class EventStreamState:
    """What was read of one streaming answer, through all attempts to open it.

    Args:
        client: Sends the request.
        attempts: The call.

    Attributes:
        headers: Response headers, known once the stream is entered.
    """

    headers: Mapping[str, str]
    _decoder: BodyDecoder

    def __init__(self, client: Any, attempts: Attempts[Any]) -> None:
        self._client = client
        self._attempts = attempts
        self._sent: Sent | None = None
        self._first: list[Event] | None = None
        self._ended = False

    @property
    def secrets(self) -> tuple[SecretStr, ...]:
        """What no error about the stream may show."""
        return self._attempts.secrets

    def _has_succeeded(self, response: httpx.Response) -> bool:
        """Note the headers of a response; return whether its status is a success."""
        if not self._attempts.has_succeeded(response):
            return False
        self.headers = self._attempts.response_headers
        self._decoder = BodyDecoder(self.headers.get("content-type", ""))
        self._ended = False
        return True

    def _keep_first(self, found: list[Event] | Failed) -> Failed | None:
        """Keep the first events to be read, unless they say that the attempt failed, and how."""
        if isinstance(found, Failed):
            return found
        failed = self._attempts.failed_event(found[0]) if found else self._attempts.ended_early()
        if failed is None:
            self._first = found
        return failed

    def _decode(self, data: bytes) -> list[Event] | None:
        """Return the events that a read completed if one of them has content."""
        events = self._decoder.feed(data)
        return events if self._attempts.has_content(events, len(data)) else None

    def _last_events(self) -> list[Event]:
        """Return the events that the end of the body completes, once."""
        if self._ended:
            return []
        self._ended = True
        events = self._decoder.flush()
        return events if events and self._attempts.has_content(events, 0) else []
