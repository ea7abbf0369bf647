"""A streaming answer while it is read: what its sync and its async form decide alike; no IO."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from langchain_aimlapi._http.requests import began, taken
from langchain_aimlapi._http.sse import BodyDecoder

if TYPE_CHECKING:
    from collections.abc import Mapping

    import httpx

    from langchain_aimlapi._http.exchange import Exchange, Failed
    from langchain_aimlapi._http.redaction import Secret
    from langchain_aimlapi._http.sse import Event


class EventReading:
    """What was read of one streaming answer, through all attempts to open it.

    Args:
        exchange: The call.

    Attributes:
        headers: Response headers, known once the stream is entered.
    """

    headers: Mapping[str, str]
    _decoder: BodyDecoder

    def __init__(self, exchange: Exchange) -> None:
        """Start before the first attempt."""
        self._exchange = exchange
        self._opened: Any = None  # what has to be closed
        self._first: list[Event] | None = None
        self._ended = False

    @property
    def secrets(self) -> tuple[Secret, ...]:
        """What no error about the stream may show."""
        return self._exchange.secrets

    def _began(self, response: httpx.Response) -> bool:
        """Note the head of an answer; return whether its status is a success."""
        self._opened = taken(response)
        if not began(self._exchange, response):
            return False
        self.headers = self._exchange.response_headers
        self._decoder = BodyDecoder(self.headers.get("content-type", ""))
        self._ended = False
        return True

    def _judged(self, events: list[Event]) -> Failed | None:
        """Keep the first events to be read, unless they say that the attempt failed, and how."""
        if not events:
            return self._exchange.ended_early()
        failed = self._exchange.failed_event(events[0])
        if failed is None:
            self._first = events
        return failed

    def _fed(self, data: bytes) -> list[Event] | None:
        """Return the events in what was read if one of them completes a chunk."""
        events = self._decoder.feed(data)
        return events if self._exchange.progressed(events, len(data)) else None

    def _rest(self) -> list[Event]:
        """Return the events at the end of the body that complete a chunk, once."""
        if self._ended:
            return []
        self._ended = True
        return self._exchange.last(self._decoder.flush())
