"""Pools of connections for httpcore: a request costs the same, however many there are.

httpcore's own pools look at all connections, and for each idle one at all of them again, whenever
a request begins or ends: a thousand concurrent streams spend their time there. A connection that
is cancelled twice while it closes stays open in them. Here a connection belongs to one request
from when it is taken until its response is closed; then it is put back or closed, whatever else
happens. The latest one is used first, so that the others grow old and are closed.
"""

from __future__ import annotations

from collections import deque
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Generic, TypeVar

import httpcore

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from typing_extensions import Self

MAX_IDLE = 1000
"""Connections that are kept for later, at most, per origin."""

_Kept = TypeVar("_Kept", httpcore.ConnectionInterface, httpcore.AsyncConnectionInterface)


class _Idle(Generic[_Kept]):
    """The connections of one pool that nobody uses, per origin, the latest one last."""

    def __init__(self) -> None:
        self._stacks: dict[tuple[bytes, bytes, int], deque[_Kept]] = {}
        self._closed = False

    def take(self, origin: httpcore.Origin, expired: list[_Kept]) -> _Kept | None:
        """Return a connection to `origin`; add those that the peer closed to `expired`."""
        stack = self._stacks.get((origin.scheme, origin.host, origin.port))
        with suppress(IndexError):  # another thread was faster
            while stack:
                connection = stack.pop()
                if not connection.has_expired():
                    return connection
                expired.append(connection)
        return None

    def put(self, origin: httpcore.Origin, connection: _Kept) -> list[_Kept]:
        """Keep `connection`; return those to be closed."""
        if self._closed or not connection.is_available():
            return [connection]
        stack = self._stacks.setdefault((origin.scheme, origin.host, origin.port), deque())
        stack.append(connection)
        expired: list[_Kept] = []
        with suppress(IndexError):  # another thread was faster
            while len(stack) > MAX_IDLE or stack[0].has_expired():
                expired.append(stack.popleft())
        return expired

    def close(self) -> list[_Kept]:
        """Keep nothing from now on; return all that was kept."""
        self._closed = True
        kept = [connection for stack in self._stacks.values() for connection in tuple(stack)]
        self._stacks.clear()
        return kept


class ConnectionPool:
    """Serves `httpx.HTTPTransport` in place of the pool that it made.

    Args:
        factory: That pool: it knows how to connect, through a proxy or without.
    """

    def __init__(self, factory: httpcore.ConnectionPool) -> None:
        """Open nothing yet."""
        self._factory = factory
        self._idle: _Idle[httpcore.ConnectionInterface] = _Idle()

    def handle_request(self, request: httpcore.Request) -> httpcore.Response:
        """Send `request` on a kept connection, or on a new one."""
        origin = request.url.origin
        expired: list[httpcore.ConnectionInterface] = []
        connection = self._idle.take(origin, expired) or self._factory.create_connection(origin)
        _close(expired)
        try:
            response = connection.handle_request(request)
        except BaseException:
            connection.close()
            raise
        # A new response would check all headers once more.
        response.stream = _Body(response.stream, connection, origin, self._idle)
        return response

    def close(self) -> None:
        """Close what nobody uses; what is in use is closed after its use."""
        _close(self._idle.close())

    def __enter__(self) -> Self:
        """Return the pool."""
        return self

    def __exit__(self, *exc: object) -> None:
        """Close it."""
        self.close()


class _Body:
    """A response's body; closing it gives its connection back."""

    def __init__(
        self,
        stream: Any,
        connection: httpcore.ConnectionInterface,
        origin: httpcore.Origin,
        idle: _Idle[httpcore.ConnectionInterface],
    ) -> None:
        self._stream = stream
        self._connection = connection
        self._origin = origin
        self._idle = idle
        self._closed = False

    def __iter__(self) -> Iterator[bytes]:
        return iter(self._stream)

    def close(self) -> None:
        if self._closed:
            return
        self._closed = True
        try:
            self._stream.close()
        finally:
            _close(self._idle.put(self._origin, self._connection))


def _close(connections: list[httpcore.ConnectionInterface]) -> None:
    for connection in connections:
        connection.close()


class AsyncConnectionPool:
    """Serves `httpx.AsyncHTTPTransport` in place of the pool that it made: the async twin."""

    def __init__(self, factory: httpcore.AsyncConnectionPool) -> None:
        """Open nothing yet."""
        self._factory = factory
        self._idle: _Idle[httpcore.AsyncConnectionInterface] = _Idle()

    async def handle_async_request(self, request: httpcore.Request) -> httpcore.Response:
        """Send `request` on a kept connection, or on a new one."""
        origin = request.url.origin
        expired: list[httpcore.AsyncConnectionInterface] = []
        connection = self._idle.take(origin, expired) or self._factory.create_connection(origin)
        await _aclose(expired)
        try:
            response = await connection.handle_async_request(request)
        except BaseException:
            await connection.aclose()
            raise
        body = _AsyncBody(response.stream, connection, origin, self._idle)
        return httpcore.Response(
            response.status,
            headers=response.headers,
            content=body,
            extensions=response.extensions,
        )

    async def aclose(self) -> None:
        """Close what nobody uses; what is in use is closed after its use."""
        await _aclose(self._idle.close())

    async def __aenter__(self) -> Self:
        """Return the pool."""
        return self

    async def __aexit__(self, *exc: object) -> None:
        """Close it."""
        await self.aclose()


class _AsyncBody:
    """A response's body; closing it gives its connection back."""

    def __init__(
        self,
        stream: Any,
        connection: httpcore.AsyncConnectionInterface,
        origin: httpcore.Origin,
        idle: _Idle[httpcore.AsyncConnectionInterface],
    ) -> None:
        self._stream = stream
        self._connection = connection
        self._origin = origin
        self._idle = idle
        self._closed = False

    def __aiter__(self) -> AsyncIterator[bytes]:
        iterator: AsyncIterator[bytes] = aiter(self._stream)
        return iterator

    async def aclose(self) -> None:
        if self._closed:
            return
        self._closed = True
        try:
            await self._stream.aclose()
        finally:  # also when cancelled: closing our sockets never waits, so it always happens
            await _aclose(self._idle.put(self._origin, self._connection))


async def _aclose(connections: list[httpcore.AsyncConnectionInterface]) -> None:
    for connection in connections:
        await connection.aclose()
