"""One request or one stream with the blocking client; JSON and SSE only, no LangChain.

What decides (headers, deadlines, repeats, which failure is which error) is `Exchange`, shared with
the async twin; the twins only pump.
"""

from __future__ import annotations

import time
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from langchain_aimlapi import _pool
from langchain_aimlapi._error_bodies import MAX_BODY
from langchain_aimlapi._exchange import ClientSettings, Exchange, Failed, Line
from langchain_aimlapi._requests import (
    DRAIN,
    HTTPX_ERRORS,
    Reply,
    is_ok,
    limit_of,
    own_request,
    users_request,
)
from langchain_aimlapi._sse import BodyDecoder, Event

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import TracebackType

    import httpx
    from typing_extensions import Self

__all__ = ["ClientSettings", "EventStream", "Reply", "SyncClient"]


class SyncClient:
    """Sends requests with the blocking client of the process, or with the user's.

    Args:
        settings: Where to, and how long.
        http_client: The user's client: used as it is, never closed.
        sleep: Waits the seconds between attempts.
    """

    def __init__(
        self,
        settings: ClientSettings,
        http_client: httpx.Client | None = None,
        *,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        """Open nothing yet."""
        self.line = Line(settings)
        self.http_client = http_client
        self._sleep = sleep

    def post(self, path: str, body: bytes, **call: Any) -> Reply:
        """Send `body` and return the answer; see `request`."""
        return self.request("POST", path, body, **call)

    def request(self, method: str, path: str, body: bytes = b"", **call: Any) -> Reply:
        """Send one request and return the answer.

        Args:
            method: HTTP method.
            path: Path below the base URL.
            body: JSON.
            **call: `api_key`, `client_request_id` and `hint` of `Exchange`.

        Raises:
            AIMLAPIError: No attempt succeeded.
        """
        exchange = Exchange(self.line, method, path, body, stream=False, **call)
        while True:
            outcome = self._attempt(exchange)
            if isinstance(outcome, Reply):
                return outcome
            self._sleep(exchange.delay(outcome))

    def stream(self, path: str, body: bytes, **call: Any) -> EventStream:
        """Return a stream; entering it sends the request and waits for the first event."""
        exchange = Exchange(self.line, "POST", path, body, stream=True, **call)
        return EventStream(self, exchange, self._sleep)

    def close(self) -> None:
        """Close the shared connections unless another client uses them; not the user's."""
        _pool.release(self, self.line.settings.proxy)

    def send(self, exchange: Exchange) -> httpx.Response:
        """Send one attempt; the body of the response is not read yet."""
        client = self.http_client
        if client is None:
            client = _pool.sync_client(self, self.line.settings.proxy)
            request = own_request(exchange, client)
        else:
            request = users_request(exchange, client)
        return client.send(request, stream=True, follow_redirects=False)

    def _attempt(self, exchange: Exchange) -> Reply | Failed:
        try:
            response = self.send(exchange)
            with_limit = limit_of(response)
            try:
                body = read_body(response, exchange, with_limit)
            finally:
                response.close()
        except HTTPX_ERRORS as exception:
            return exchange.failed_transport(exception)
        if with_limit is None:
            return Reply(body, response.headers)
        return exchange.failed_response(response.status_code, response.headers, body)


def read_body(response: httpx.Response, exchange: Exchange, limit: int | None) -> bytes:
    """Return the body, or what comes of it up to and including the read that passes `limit`."""
    exchange.note(response.headers)
    pieces, size = [], 0
    for piece in response.iter_bytes():
        pieces.append(piece)
        size += len(piece)
        if limit is not None and size >= limit:
            break
        exchange.check()
    return b"".join(pieces)


class EventStream:
    """One streaming answer: a context manager, and an iterator of its events, read by read.

    Attributes:
        headers: Response headers, known once the stream is entered.
    """

    headers: httpx.Headers

    def __init__(
        self, client: SyncClient, exchange: Exchange, sleep: Callable[[float], None]
    ) -> None:
        """Send nothing yet."""
        self._client = client
        self._exchange = exchange
        self._sleep = sleep
        self._response: httpx.Response | None = None
        self._reads: Iterator[bytes]
        self._decoder = BodyDecoder()
        self._first: list[Event] = []
        self._ended = False

    def __enter__(self) -> Self:
        """Send the request and wait for the first event, with repeats until it is there.

        Raises:
            AIMLAPIError: No attempt succeeded.
        """
        while True:
            failed: Failed | None = None
            try:
                failed = self._open()
            finally:
                if not self._first:
                    self._close()
            if failed is None:
                return self
            self._sleep(self._exchange.delay(failed))

    def _open(self) -> Failed | None:
        exchange = self._exchange
        try:
            self._response = response = self._client.send(exchange)
            if not is_ok(response.status_code):
                body = read_body(response, exchange, MAX_BODY)
                return exchange.failed_response(response.status_code, response.headers, body)
            self.headers = response.headers
            exchange.opened(response.headers)
            self._reads = _reads(response)
            self._decoder = BodyDecoder(response.headers.get("content-type", ""))
            self._ended = False
            events = self._next_events()
        except HTTPX_ERRORS as exception:
            return exchange.failed_transport(exception)
        if not events:
            return exchange.ended_early()
        failed = exchange.failed_event(events[0])
        if failed is None:
            self._first = events
        return failed

    def _next_events(self) -> list[Event]:
        """Return what the next read completes that completes anything; nothing at the end."""
        if self._ended:
            return []
        for data in self._reads:
            events = self._decoder.feed(data)
            if events:
                self._exchange.progressed(len(events))
                return events
            self._exchange.check()
        self._ended = True
        return self._decoder.flush()

    def __iter__(self) -> Self:
        """Return the stream itself."""
        return self

    def __next__(self) -> list[Event]:
        """Return the events that one read completed, at least one.

        Raises:
            AIMLAPIError: The stream broke off, or paused for too long.
        """
        events, self._first = self._first, []
        if events:
            return events
        failed: Failed | None = None
        try:
            events = self._next_events()
        except HTTPX_ERRORS as exception:
            failed = self._exchange.failed_transport(exception)
        if failed is not None:
            raise failed.error  # out here: an httpx exception holds the request, so the key
        if not events:
            raise StopIteration
        return events

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Let the connection be used again if the answer was read, close it otherwise."""
        # Only our own clients can bound the wait for the end of the body.
        if exc_type is None and not self._ended and self._client.http_client is None:
            self._exchange.draining(DRAIN)
            with suppress(*HTTPX_ERRORS):  # held open: it is closed then
                while self._next_events():
                    pass
        self._close()

    def _close(self) -> None:
        if self._response is not None:
            self._response.close()
            self._response = None


def _reads(response: httpx.Response) -> Iterator[bytes]:
    if response.is_stream_consumed or "content-encoding" in response.headers:
        return response.iter_bytes()  # also what a user's event hook has read already
    return response.iter_raw()
