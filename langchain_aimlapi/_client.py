"""One request or one stream, sync and async: JSON and SSE only, no LangChain.

What decides (headers, deadlines, repeats, which failure is which error) is `Exchange`, shared by
both twins; the twins only pump.
"""

from __future__ import annotations

import asyncio
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Any, NamedTuple

import httpx

from langchain_aimlapi import _pool
from langchain_aimlapi._error_bodies import MAX_BODY
from langchain_aimlapi._exchange import ClientSettings, Exchange, Failed, Line
from langchain_aimlapi._sse import BodyDecoder, Event
from langchain_aimlapi.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
    from types import TracebackType

    from typing_extensions import Self

__all__ = [
    "AsyncClient",
    "AsyncEventStream",
    "ClientSettings",
    "EventStream",
    "Reply",
    "SyncClient",
]

DRAIN = 0.02
"""Seconds to wait, after `[DONE]`, for the end of the body, so that its connection is used again."""

# What httpx raises for a transport; anything else is a defect and stays what it is.
_HTTPX_ERRORS = (httpx.TransportError, httpx.DecodingError, httpx.InvalidURL)


class Reply(NamedTuple):
    """A whole answer."""

    body: bytes
    headers: httpx.Headers


def _own_request(exchange: Exchange, client: httpx.Client | httpx.AsyncClient) -> httpx.Request:
    """Return a request that needs nothing from the client but its accepted encodings."""
    body = exchange.body
    headers = [
        (b"Host", exchange.url.netloc),
        *exchange.headers,
        (b"Accept-Encoding", client.headers["accept-encoding"].encode()),
        (b"Content-Length", str(len(body)).encode()),
    ]
    # A stream instead of content: httpx would work out the headers above once more.
    return httpx.Request(
        exchange.method,
        exchange.url,
        headers=headers,
        stream=httpx.ByteStream(body),
        extensions=exchange.start(),
    )


def _users_request(exchange: Exchange, client: httpx.Client | httpx.AsyncClient) -> httpx.Request:
    """Return a request that carries what the user set on the client: headers, cookies, auth."""
    if client.is_closed:
        raise ConfigurationError("The http_client given to this model is closed.")
    return client.build_request(
        exchange.method,
        exchange.url,
        content=exchange.body,
        headers=exchange.headers,
        extensions=exchange.start(),
    )


def _is_ok(status: int) -> bool:
    return 200 <= status < 300  # noqa: PLR2004  # the success statuses


def _limit(response: httpx.Response) -> int | None:
    """Return how many bytes are worth reading: an answer whole, an error's start."""
    return None if _is_ok(response.status_code) else MAX_BODY


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
            request = _own_request(exchange, client)
        else:
            request = _users_request(exchange, client)
        return client.send(request, stream=True, follow_redirects=False)

    def _attempt(self, exchange: Exchange) -> Reply | Failed:
        try:
            response = self.send(exchange)
            with_limit = _limit(response)
            try:
                body = read_body(response, exchange, with_limit)
            finally:
                response.close()
        except _HTTPX_ERRORS as exception:
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
            if not _is_ok(response.status_code):
                body = read_body(response, exchange, MAX_BODY)
                return exchange.failed_response(response.status_code, response.headers, body)
            self.headers = response.headers
            exchange.opened(response.headers)
            self._reads = _reads(response)
            self._decoder = BodyDecoder(response.headers.get("content-type", ""))
            self._ended = False
            events = self._next_events()
        except _HTTPX_ERRORS as exception:
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
        except _HTTPX_ERRORS as exception:
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
            with suppress(*_HTTPX_ERRORS):  # held open: it is closed then
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


class AsyncClient:
    """Sends requests with the async client of the running event loop, or with the user's.

    Args:
        settings: Where to, and how long.
        http_client: The user's client: used as it is, never closed.
        sleep: Waits the seconds between attempts.
    """

    def __init__(
        self,
        settings: ClientSettings,
        http_client: httpx.AsyncClient | None = None,
        *,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        """Open nothing yet."""
        self.line = Line(settings)
        self.http_client = http_client
        self._sleep = sleep

    async def post(self, path: str, body: bytes, **call: Any) -> Reply:
        """Send `body` and return the answer; see `request`."""
        return await self.request("POST", path, body, **call)

    async def request(self, method: str, path: str, body: bytes = b"", **call: Any) -> Reply:
        """Send one request and return the answer; arguments and errors as `SyncClient.request`."""
        exchange = Exchange(self.line, method, path, body, stream=False, **call)
        while True:
            outcome = await self._attempt(exchange)
            if isinstance(outcome, Reply):
                return outcome
            await self._sleep(exchange.delay(outcome))

    def stream(self, path: str, body: bytes, **call: Any) -> AsyncEventStream:
        """Return a stream; entering it sends the request and waits for the first event."""
        exchange = Exchange(self.line, "POST", path, body, stream=True, **call)
        return AsyncEventStream(self, exchange, self._sleep)

    async def aclose(self) -> None:
        """Close this loop's shared connections unless another client uses them."""
        await _pool.arelease(self, self.line.settings.proxy)

    async def send(self, exchange: Exchange) -> httpx.Response:
        """Send one attempt; the body of the response is not read yet."""
        client = self.http_client
        if client is None:
            client = await _pool.async_client(self, self.line.settings.proxy)
            request = _own_request(exchange, client)
        else:
            request = _users_request(exchange, client)
        return await client.send(request, stream=True, follow_redirects=False)

    async def _attempt(self, exchange: Exchange) -> Reply | Failed:
        try:
            response = await self.send(exchange)
            with_limit = _limit(response)
            try:
                body = await aread_body(response, exchange, with_limit)
            finally:
                await response.aclose()
        except _HTTPX_ERRORS as exception:
            return exchange.failed_transport(exception)
        if with_limit is None:
            return Reply(body, response.headers)
        return exchange.failed_response(response.status_code, response.headers, body)


async def aread_body(response: httpx.Response, exchange: Exchange, limit: int | None) -> bytes:
    """Return the body, or what comes of it up to and including the read that passes `limit`."""
    exchange.note(response.headers)
    pieces, size = [], 0
    async for piece in response.aiter_bytes():
        pieces.append(piece)
        size += len(piece)
        if limit is not None and size >= limit:
            break
        exchange.check()
    return b"".join(pieces)


class AsyncEventStream:
    """One streaming answer: an async context manager, and an iterator of its events, read by read.

    Attributes:
        headers: Response headers, known once the stream is entered.
    """

    headers: httpx.Headers

    def __init__(
        self, client: AsyncClient, exchange: Exchange, sleep: Callable[[float], Awaitable[None]]
    ) -> None:
        """Send nothing yet."""
        self._client = client
        self._exchange = exchange
        self._sleep = sleep
        self._response: httpx.Response | None = None
        self._reads: AsyncIterator[bytes]
        self._decoder = BodyDecoder()
        self._first: list[Event] = []
        self._ended = False

    async def __aenter__(self) -> Self:
        """Send the request and wait for the first event, with repeats until it is there.

        Raises:
            AIMLAPIError: No attempt succeeded.
        """
        while True:
            failed: Failed | None = None
            try:
                failed = await self._open()
            finally:
                if not self._first:
                    await self._close()
            if failed is None:
                return self
            await self._sleep(self._exchange.delay(failed))

    async def _open(self) -> Failed | None:
        exchange = self._exchange
        try:
            self._response = response = await self._client.send(exchange)
            if not _is_ok(response.status_code):
                body = await aread_body(response, exchange, MAX_BODY)
                return exchange.failed_response(response.status_code, response.headers, body)
            self.headers = response.headers
            exchange.opened(response.headers)
            self._reads = _areads(response)
            self._decoder = BodyDecoder(response.headers.get("content-type", ""))
            self._ended = False
            events = await self._next_events()
        except _HTTPX_ERRORS as exception:
            return exchange.failed_transport(exception)
        if not events:
            return exchange.ended_early()
        failed = exchange.failed_event(events[0])
        if failed is None:
            self._first = events
        return failed

    async def _next_events(self) -> list[Event]:
        """Return what the next read completes that completes anything; nothing at the end."""
        if self._ended:
            return []
        async for data in self._reads:
            events = self._decoder.feed(data)
            if events:
                self._exchange.progressed(len(events))
                return events
            self._exchange.check()
        self._ended = True
        return self._decoder.flush()

    def __aiter__(self) -> Self:
        """Return the stream itself."""
        return self

    async def __anext__(self) -> list[Event]:
        """Return the events that one read completed, at least one.

        Raises:
            AIMLAPIError: The stream broke off, or paused for too long.
        """
        events, self._first = self._first, []
        if events:
            return events
        failed: Failed | None = None
        try:
            events = await self._next_events()
        except _HTTPX_ERRORS as exception:
            failed = self._exchange.failed_transport(exception)
        if failed is not None:
            raise failed.error  # out here: an httpx exception holds the request, so the key
        if not events:
            raise StopAsyncIteration
        return events

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Let the connection be used again if the answer was read, close it otherwise."""
        # Only our own clients can bound the wait for the end of the body.
        if exc_type is None and not self._ended and self._client.http_client is None:
            self._exchange.draining(DRAIN)
            with suppress(*_HTTPX_ERRORS):  # held open: it is closed then
                while await self._next_events():
                    pass
        await self._close()

    async def _close(self) -> None:
        if self._response is not None:
            await self._response.aclose()
            self._response = None


def _areads(response: httpx.Response) -> AsyncIterator[bytes]:
    if response.is_stream_consumed or "content-encoding" in response.headers:
        return response.aiter_bytes()
    return response.aiter_raw()
