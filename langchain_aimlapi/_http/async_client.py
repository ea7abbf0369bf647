"""One request or one stream with the async client of the running event loop, as in `client`."""

from __future__ import annotations

import asyncio
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
    apieces,
    began,
    own_request,
    taken,
    users_request,
)
from langchain_aimlapi._http.tracebacks import without_requests
from langchain_aimlapi.errors import AIMLAPIError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable
    from types import TracebackType

    import httpx
    from typing_extensions import Self

    from langchain_aimlapi._http.sse import Event


_T = TypeVar("_T")


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
        self.line = Line(settings, errors_of(http_client))
        self.http_client = http_client
        self._sleep = sleep
        self._route = _pool.route_by(settings.proxy)

    async def fetch(
        self, method: str, path: str, body: bytes, read: Callable[[Reply], _T], **call: Any
    ) -> _T:
        """Send one request and return what `read` makes of the answer, as `SyncClient.fetch`."""
        exchange = Exchange(self.line, method, path, body, stream=False, **call)
        while True:
            outcome = await self._attempt(exchange, read)
            if not isinstance(outcome, Failed):
                return outcome
            await self._sleep(exchange.delay(outcome))

    def stream(self, path: str, body: bytes, **call: Any) -> AsyncEventStream:
        """Return a stream; entering it sends the request and waits for the first event."""
        exchange = Exchange(self.line, "POST", path, body, stream=True, **call)
        return AsyncEventStream(self, exchange, self._sleep)

    async def aclose(self) -> None:
        """Close this loop's shared connections unless another client uses them; not the user's."""
        if self.http_client is None:
            await _pool.arelease(self, self._route)

    async def send(self, exchange: Exchange) -> httpx.Response:
        """Send one attempt; the body of the response is not read yet."""
        client = self.http_client
        if client is not None:
            request = users_request(exchange, client)
            return await client.send(request, stream=True, follow_redirects=False)
        while True:
            client = await _pool.async_client(self, self._route)
            try:
                return await client.send(own_request(exchange), stream=True)
            except RuntimeError:
                if not client.is_closed:  # it was closed just now, by another task
                    raise

    async def _attempt(self, exchange: Exchange, read: Callable[[Reply], _T]) -> _T | Failed:
        with without_requests:
            try:
                response = await self.send(exchange)
                opened = taken(response)
                try:
                    ok = began(exchange, response)
                    body = await (
                        _aread(exchange, response) if ok else _aread_error(exchange, response)
                    )
                finally:
                    await opened.aclose()
            except self.line.errors as exception:
                return exchange.failed_transport(exception)
        if not ok:
            return exchange.failed_response(response.status_code, response.headers, body)
        try:
            return read(exchange.reply(body, response.status_code))
        except AIMLAPIError as error:
            return exchange.failed_answer(error)


async def _aread(exchange: Exchange, response: httpx.Response) -> bytes:
    """Return the body."""
    read = []
    async for piece in apieces(exchange, response):
        read.append(piece)
        exchange.received(len(piece))
    return b"".join(read)


async def _aread_error(exchange: Exchange, response: httpx.Response) -> bytes:
    """Return the start of an error's body, as much as came of it."""
    read, size = [], 0
    with suppress(*exchange.line.errors):  # the status says more than how its body broke off
        async for piece in apieces(exchange, response):
            read.append(piece)
            size += len(piece)
            if size >= MAX_BODY:
                break
    return b"".join(read)


class AsyncEventStream(EventReading):
    """One streaming answer: an async context manager and an iterator of its events, by reads."""

    def __init__(
        self, client: AsyncClient, exchange: Exchange, sleep: Callable[[float], Awaitable[None]]
    ) -> None:
        """Send nothing yet."""
        super().__init__(exchange)
        self._client = client
        self._sleep = sleep
        self._reads: AsyncIterator[bytes]

    async def __aenter__(self) -> Self:
        """Send the request and wait for the first event, with repeats until it is there.

        Raises:
            AIMLAPIError: No attempt succeeded.
        """
        while True:
            failed: Failed | None = None
            with without_requests:
                try:
                    failed = await self._open()
                finally:
                    if self._first is None:
                        await self._close()
            if failed is None:
                return self
            await self._sleep(self._exchange.delay(failed))

    async def _open(self) -> Failed | None:
        try:
            response = await self._client.send(self._exchange)
            if not self._began(response):
                body = await _aread_error(self._exchange, response)
                return self._exchange.failed_response(response.status_code, response.headers, body)
            self._reads = apieces(self._exchange, response)
            del response  # only the body is left while the first event is waited for
            return self._judged(await self._next_events())
        except self._client.line.errors as exception:
            return self._exchange.failed_transport(exception)

    async def _next_events(self) -> list[Event]:
        """Return what the next read completes that completes a chunk; nothing at the end."""
        if not self._ended:
            async for data in self._reads:
                if events := self._fed(data):
                    return events
        return self._rest()

    def __aiter__(self) -> Self:
        """Return the stream itself."""
        return self

    async def __anext__(self) -> list[Event]:
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
                if not self._ended:
                    # Not through `_next_events`: a coroutine more would wait in every stream.
                    async for data in self._reads:
                        if events := self._fed(data):
                            return events
                events = self._rest()
            except self._client.line.errors as exception:
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
        if isinstance(exc, AIMLAPIError):  # of who reads the events
            self._exchange.completed(exc)
        with without_requests:
            # Only our own clients can bound the wait for the end of the body.
            if exc_type is None and not self._ended and self._client.http_client is None:
                self._exchange.draining(DRAIN)
                with suppress(*self._client.line.errors):  # held open: it is closed then
                    while await self._next_events():
                        pass
            await self._close()

    async def _close(self) -> None:
        if self._opened is not None:
            opened, self._opened = self._opened, None
            await opened.aclose()
