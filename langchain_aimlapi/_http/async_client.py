"""One request or one stream with the async client of the running event loop, as in `client`."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

import anyio  # httpx stands on it

from langchain_aimlapi._http import clients
from langchain_aimlapi._http.attempts import Attempts, Failed
from langchain_aimlapi._http.event_stream import DRAIN_SECONDS, EventStreamState
from langchain_aimlapi._http.requests import (
    RequestDefaults,
    aiter_body,
    shared_client_request,
    users_client_request,
)
from langchain_aimlapi.errors import AIMLAPIError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from types import TracebackType

    import httpx
    from pydantic import SecretStr
    from typing_extensions import Self

    from langchain_aimlapi._http.call import Call
    from langchain_aimlapi._http.requests import ClientSettings
    from langchain_aimlapi._http.sse import Event


_T = TypeVar("_T")


class AsyncClient:
    """Sends requests with the async client of the running event loop, or with the user's.

    Args:
        settings: Where to, and how long.
        http_client: The user's client: used as it is, never closed.
    """

    sleep = staticmethod(asyncio.sleep)
    """Waits the seconds between attempts."""

    def __init__(
        self, settings: ClientSettings, http_client: httpx.AsyncClient | None = None
    ) -> None:
        """Prepare requests; nothing is opened."""
        self.defaults = RequestDefaults(settings, http_client)
        self.http_client = http_client
        self._route = clients.route_by(settings.proxy)

    async def fetch(self, call: Call[_T], key: SecretStr | None) -> _T:
        """Send one request and return what its `read` makes of the answer, as `SyncClient`."""
        attempts = Attempts(self.defaults, call, key, stream=False)
        while True:
            outcome = await self._attempt(attempts)
            if not isinstance(outcome, Failed):
                return outcome
            await self.sleep(attempts.delay(outcome))

    def stream(self, call: Call[Any], key: SecretStr | None) -> AsyncEventStream:
        """Return a stream; entering it sends the request and waits for the first event."""
        return AsyncEventStream(self, Attempts(self.defaults, call, key, stream=True))

    async def aclose(self) -> None:
        """Close this loop's shared connections unless another client uses them; not the user's."""
        if self.http_client is None:
            await clients.arelease(self, self._route)

    async def send(self, attempts: Attempts[Any]) -> clients.Sent:
        """Send one attempt; the body of the response is not read yet.

        Raises:
            LateError: No headers of a response came within the total timeout.
        """
        with anyio.move_on_after(self.defaults.settings.total_timeout):
            return await self._send(attempts)
        raise attempts.expire()

    async def _send(self, attempts: Attempts[Any]) -> clients.Sent:
        if self.http_client is not None:
            request = users_client_request(attempts, self.http_client)
            send = self.http_client.send(request, stream=True, follow_redirects=False)
            return clients.Sent(await send)
        idle = await clients.async_clients(self, self._route)
        client = idle.take()
        try:
            response = await client.send(shared_client_request(attempts), stream=True)
        except BaseException:
            idle.forget(client)
            await client.aclose()
            raise
        return clients.Sent(response, partial(idle.put_back, client))

    def aiter_body(self, attempts: Attempts[Any], response: httpx.Response) -> AsyncIterator[bytes]:
        """Return an iterator of a body, no read of which lasts longer than the deadline allows."""
        body = aiter_body(attempts, response)
        # httpx's own transports read the timeouts of `Attempts` again when a body is begun. Others
        # have read them when the request was sent.
        return body if self.http_client is None else _within_deadline(attempts, body)

    async def receive(self, attempts: Attempts[Any], response: httpx.Response) -> bytes:
        """Return the body; of an error only the start, as much as comes of it."""
        received = []
        with suppress(*attempts.body_errors):
            async for data in self.aiter_body(attempts, response):
                received.append(data)
                if attempts.received(len(data)):
                    break
        return b"".join(received)

    async def _attempt(self, attempts: Attempts[_T]) -> _T | Failed:
        try:
            sent = await self.send(attempts)
            try:
                attempts.has_succeeded(sent.response)
                body = await self.receive(attempts, sent.response)
            finally:
                await sent.aclose()
        except attempts.errors as exception:
            return attempts.failed_transport(exception)
        return attempts.outcome(body)


async def _within_deadline(
    attempts: Attempts[Any], body: AsyncIterator[bytes]
) -> AsyncIterator[bytes]:
    while True:
        data = None
        with anyio.move_on_after(attempts.seconds_left) as scope:
            data = await anext(body, None)
        if scope.cancelled_caught:
            raise attempts.expire()
        if data is None:
            return
        yield data


class AsyncEventStream(EventStreamState):
    """One streaming answer: an async context manager and an iterator of its events, by reads."""

    _client: AsyncClient
    _body: AsyncIterator[bytes]

    async def __aenter__(self) -> Self:
        """Send the request and wait for the first event, with retries until it is there.

        Raises:
            AIMLAPIError: No attempt succeeded.
        """
        while True:
            try:
                failed = await self._open()
            except asyncio.CancelledError as cancelled:  # a tally asks for the id
                headers = self._attempts.response_headers
                vars(cancelled)["inference_id"] = headers.get("x-inference-id")
                raise
            finally:
                if self._first is None:
                    await self._close()
            if failed is None:
                return self
            await self._client.sleep(self._attempts.delay(failed))

    async def _open(self) -> Failed | None:
        attempts, client = self._attempts, self._client
        try:
            self._sent = await client.send(attempts)
            response = self._sent.response
            if not self._has_succeeded(response):
                return attempts.failed_response(await client.receive(attempts, response))
            self._body = client.aiter_body(attempts, response)
            return self._keep_first(await self._next_events())
        except attempts.errors as exception:
            return attempts.failed_transport(exception)

    async def _next_events(self) -> list[Event] | Failed:
        """Return what the next read completes that has content, or how it failed; none at the end.

        Who raises the error does it elsewhere: an httpx exception holds the request, so the key.
        """
        try:
            if not self._ended:
                async for data in self._body:
                    if events := self._decode(data):
                        return events
            return self._last_events()
        except self._attempts.errors as exception:
            return self._attempts.failed_transport(exception)

    def __aiter__(self) -> Self:
        """Return the stream itself."""
        return self

    async def __anext__(self) -> list[Event]:
        """Return the events that one read completed, at least one.

        Raises:
            AIMLAPIError: The stream broke off, or paused for too long.
        """
        self._attempts.await_event()
        events = self._first or await self._next_events()
        self._first = None
        if isinstance(events, Failed):
            raise events.error
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
            self._attempts.completed(exc)
        try:
            if exc_type is None and not self._ended:
                await self._drain()
        finally:
            await self._close()

    async def _drain(self) -> None:
        """Wait a moment for the end of the body, so that its connection is used again."""
        self._attempts.drain(DRAIN_SECONDS)
        with suppress(*self._attempts.errors), anyio.move_on_after(DRAIN_SECONDS):
            async for _ in self._body:
                pass

    async def _close(self) -> None:
        sent, self._sent = self._sent, None
        if sent is not None:
            await sent.aclose()
