"""One request or one stream with the blocking client; JSON and SSE only, no LangChain.

What decides (headers, deadlines, repeats, which failure is which error) is `Exchange`, shared with
`async_client`; the two only send and receive.
"""

from __future__ import annotations

import time
from contextlib import suppress
from typing import TYPE_CHECKING, Any, TypeVar

from langchain_aimlapi._http import pool as _pool
from langchain_aimlapi._http.error_bodies import MAX_BODY
from langchain_aimlapi._http.exchange import Exchange, Failed
from langchain_aimlapi._http.line import ClientSettings, Line
from langchain_aimlapi._http.modules import errors_of
from langchain_aimlapi._http.reading import EventReading
from langchain_aimlapi._http.requests import (
    DRAIN,
    Reply,
    began,
    own_request,
    pieces,
    taken,
    users_request,
)
from langchain_aimlapi._http.tracebacks import without_requests
from langchain_aimlapi.errors import AIMLAPIError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import TracebackType

    import httpx
    from typing_extensions import Self

    from langchain_aimlapi._http.sse import Event

_T = TypeVar("_T")

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
        self.line = Line(settings, errors_of(http_client))
        self.http_client = http_client
        self._sleep = sleep
        self._route = _pool.route_by(settings.proxy)

    def fetch(
        self, method: str, path: str, body: bytes, read: Callable[[Reply], _T], **call: Any
    ) -> _T:
        """Send one request and return what `read` makes of the answer.

        Args:
            method: HTTP method.
            path: Path below the base URL.
            body: JSON.
            read: Reads the answer. An `AIMLAPIError` that it raises is completed with the ids
                and the place of the call, and repeated if its status says that it may pass.
            **call: `api_key`, `client_request_id`, `hint` and `if_none_match` of `Exchange`.

        Raises:
            AIMLAPIError: No attempt succeeded.
        """
        exchange = Exchange(self.line, method, path, body, stream=False, **call)
        while True:
            outcome = self._attempt(exchange, read)
            if not isinstance(outcome, Failed):
                return outcome
            self._sleep(exchange.delay(outcome))

    def stream(self, path: str, body: bytes, **call: Any) -> EventStream:
        """Return a stream; entering it sends the request and waits for the first event."""
        exchange = Exchange(self.line, "POST", path, body, stream=True, **call)
        return EventStream(self, exchange, self._sleep)

    def close(self) -> None:
        """Close the shared connections unless another client uses them; not the user's."""
        if self.http_client is None:
            _pool.release(self, self._route)

    def send(self, exchange: Exchange) -> httpx.Response:
        """Send one attempt; the body of the response is not read yet."""
        client = self.http_client
        if client is not None:
            request = users_request(exchange, client)
            return client.send(request, stream=True, follow_redirects=False)
        while True:
            client = _pool.sync_client(self, self._route)
            try:
                return client.send(own_request(exchange), stream=True)
            except RuntimeError:
                if not client.is_closed:  # it was closed just now, in another thread
                    raise

    def _attempt(self, exchange: Exchange, read: Callable[[Reply], _T]) -> _T | Failed:
        with without_requests:
            try:
                response = self.send(exchange)
                opened = taken(response)
                try:
                    ok = began(exchange, response)
                    body = _read(exchange, response) if ok else _read_error(exchange, response)
                finally:
                    opened.close()
            except self.line.errors as exception:
                return exchange.failed_transport(exception)
        if not ok:
            return exchange.failed_response(response.status_code, response.headers, body)
        try:
            return read(exchange.reply(body, response.status_code))
        except AIMLAPIError as error:
            return exchange.failed_answer(error)


def _read(exchange: Exchange, response: httpx.Response) -> bytes:
    """Return the body."""
    read = []
    for piece in pieces(exchange, response):
        read.append(piece)
        exchange.received(len(piece))
    return b"".join(read)


def _read_error(exchange: Exchange, response: httpx.Response) -> bytes:
    """Return the start of an error's body, as much as came of it."""
    read, size = [], 0
    with suppress(*exchange.line.errors):  # the status says more than how its body broke off
        for piece in pieces(exchange, response):
            read.append(piece)
            size += len(piece)
            if size >= MAX_BODY:
                break
    return b"".join(read)


class EventStream(EventReading):
    """One streaming answer: a context manager, and an iterator of its events, read by read."""

    def __init__(
        self, client: SyncClient, exchange: Exchange, sleep: Callable[[float], None]
    ) -> None:
        """Send nothing yet."""
        super().__init__(exchange)
        self._client = client
        self._sleep = sleep
        self._reads: Iterator[bytes]

    def __enter__(self) -> Self:
        """Send the request and wait for the first event, with repeats until it is there.

        Raises:
            AIMLAPIError: No attempt succeeded.
        """
        while True:
            failed: Failed | None = None
            with without_requests:
                try:
                    failed = self._open()
                finally:
                    if self._first is None:
                        self._close()
            if failed is None:
                return self
            self._sleep(self._exchange.delay(failed))

    def _open(self) -> Failed | None:
        try:
            if (failed := self._send()) is not None:
                return failed
            return self._judged(self._next_events())
        except self._client.line.errors as exception:
            return self._exchange.failed_transport(exception)

    def _send(self) -> Failed | None:
        """Send the request; of its response only the body is left to wait for the first event."""
        exchange = self._exchange
        response = self._client.send(exchange)
        if not self._began(response):
            body = _read_error(exchange, response)
            return exchange.failed_response(response.status_code, response.headers, body)
        self._reads = pieces(exchange, response)
        return None

    def _next_events(self) -> list[Event]:
        """Return what the next read completes that completes a chunk; nothing at the end."""
        if not self._ended:
            for data in self._reads:
                if events := self._fed(data):
                    return events
        return self._rest()

    def __iter__(self) -> Self:
        """Return the stream itself."""
        return self

    def __next__(self) -> list[Event]:
        """Return the events that one read completed, at least one.

        Raises:
            AIMLAPIError: The stream broke off, or paused for too long.
        """
        events, self._first = self._first, None
        if events is not None:
            return events
        failed: Failed | None = None
        self._exchange.awaited()
        with without_requests:
            try:
                events = self._next_events()
            except self._client.line.errors as exception:
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
        if isinstance(exc, AIMLAPIError):  # of who reads the events
            self._exchange.completed(exc)
        with without_requests:
            # Only our own clients can bound the wait for the end of the body.
            if exc_type is None and not self._ended and self._client.http_client is None:
                self._exchange.draining(DRAIN)
                with suppress(*self._client.line.errors):  # held open: it is closed then
                    while self._next_events():
                        pass
            self._close()

    def _close(self) -> None:
        if self._opened is not None:
            opened, self._opened = self._opened, None
            opened.close()
