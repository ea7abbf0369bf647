"""Pools of connections for httpcore: a request costs the same, however many there are.

httpcore's own pools look at all connections, and for each idle one at all of them again, whenever
a request begins or ends: a thousand concurrent streams spend their time there. A connection that
is cancelled twice while it closes stays open in them. Here a connection belongs to one request
from when it is taken until its response is closed; then it is put back or closed, whatever else
happens. The latest one is used first, so that the others grow old and are closed.

The blocking pool does the same for what httpcore's cannot: it never keeps a connection on which
bytes follow a whole answer, and it repeats a request that met a connection just closed.
"""

from __future__ import annotations

import asyncio
import errno
import socket
import time
from collections import deque
from contextlib import suppress
from typing import TYPE_CHECKING, Any, NamedTuple

import httpcore

from langchain_aimlapi._http import sweeper
from langchain_aimlapi._http.bodies import AsyncBody, Body
from langchain_aimlapi._http.deadlines import monotonic, seconds_left

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from langchain_aimlapi._http.bodies import Stream

MAX_IDLE = 100
"""Connections that a pool keeps for later, at most."""
EXPIRY = 60.0
"""Seconds after which a connection that nobody used is closed."""

_GONE = (httpcore.ReadError, httpcore.WriteError, httpcore.RemoteProtocolError)
"""What using a connection raises that the peer has closed."""
_NO_FILES = frozenset({errno.EMFILE, errno.ENFILE})
_PAUSES = (0.05, 0.1, 0.2, 0.4)
"""Seconds between attempts to connect while the process has no file left to open."""
_LONGEST = 60.0
"""Seconds that such a wait takes at most where the call has no limit."""


class _IdleConnection(NamedTuple):
    connection: Any
    stream: Stream
    expires_at: float

    @property
    def usable(self) -> bool:
        return monotonic() < self.expires_at and not self.stream.readable


class _Idle:
    """The connections of one pool that nobody uses, per origin, the latest one last.

    Threads may use it at the same time: every step is one step of a deque.
    """

    def __init__(self) -> None:
        self._stacks: dict[tuple[bytes, bytes, int], deque[_IdleConnection]] = {}
        self._closed = False

    @property
    def count(self) -> int:
        """How many are kept."""
        return sum(map(len, tuple(self._stacks.values())))

    def take(self, origin: httpcore.Origin) -> _IdleConnection | None:
        """Return a connection to `origin`, if there is one; close those that are of no use."""
        stack = self._stacks.get((origin.scheme, origin.host, origin.port))
        with suppress(IndexError):  # another thread was faster
            while stack:
                kept = stack.pop()
                if kept.usable:
                    return kept
                kept.stream.end()
        return None

    def put(self, origin: httpcore.Origin, connection: Any, stream: Stream | None) -> bool:
        """Keep `connection` if it can be used again; return whether it is kept."""
        if (
            self._closed
            or stream is None
            or not stream.framing.clean
            or not connection.is_available()
        ):
            return False
        stack = self._stacks.setdefault((origin.scheme, origin.host, origin.port), deque())
        now = monotonic()
        stack.append(_IdleConnection(connection, stream, now + EXPIRY))
        with suppress(IndexError):  # another thread took it already
            if len(self._stacks) > 1 or stack[0].expires_at <= now:
                self.close_expired()
            elif len(stack) > MAX_IDLE:
                stack.popleft().stream.end()
        return True

    def close_expired(self) -> float | None:
        """Close what is too old or too much; return when the next one will be, if there is one."""
        now = monotonic()
        with suppress(IndexError):  # another thread was faster
            while stacks := [stack for stack in tuple(self._stacks.values()) if stack]:
                oldest = min(stacks, key=lambda stack: stack[0].expires_at)
                due = oldest[0].expires_at
                if due > now and sum(map(len, stacks)) <= MAX_IDLE:
                    return due
                oldest.popleft().stream.end()
        return None

    def close_all(self) -> int:
        """Close all that is kept; return how many that were."""
        count = 0
        for stack in tuple(self._stacks.values()):
            with suppress(IndexError):  # nothing is left
                while True:
                    stack.pop().stream.end()
                    count += 1
        return count

    def close(self) -> None:
        """Keep nothing from now on."""
        self._closed = True
        self.close_all()


def _no_files(error: BaseException) -> bool:
    """Return whether `error` says that the process has no file left to open."""
    cause: BaseException | None = error
    while cause is not None:
        if getattr(cause, "errno", None) in _NO_FILES:
            return True
        if isinstance(cause, socket.gaierror):  # a look-up opens files as well, and hides why not
            try:
                socket.socket().close()
            except OSError as failed:
                return failed.errno in _NO_FILES
        cause = cause.__cause__ or cause.__context__
    return False


def _make_way(idle: _Idle) -> bool:
    """Close what is kept, so that files can be opened; return whether there was any."""
    # Any thread may close those of blocking pools.
    return idle.close_all() + sweeper.close_all() > 0


def _timeout(request: httpcore.Request, phase: str) -> float | None:
    """Return the seconds that a phase of a request may take."""
    seconds: float | None = request.extensions.get("timeout", {}).get(phase)
    return seconds


def _is_traced(request: httpcore.Request) -> bool:
    """Return whether each step of a request is reported, as httpcore's own connections do."""
    return "trace" in request.extensions


class ConnectionPool:
    """Sends requests on connections that are kept.

    Args:
        factory: Knows how to connect, through a proxy or without.
    """

    def __init__(self, factory: httpcore.ConnectionPool) -> None:
        """Open nothing yet."""
        self._factory = factory
        self._idle = _Idle()
        sweeper.watch(self._idle)

    def handle_request(self, request: httpcore.Request) -> httpcore.Response:
        """Send `request` on a kept connection, or on a new one."""
        origin = request.url.origin
        kept = self._idle.take(origin)
        if kept is not None:
            try:
                return self._send(request, origin, kept.connection)
            except _GONE:
                if not kept.stream.framing.silent:
                    raise
            # The peer closed it, just as it was taken. Nothing came back, so nothing was done.
        for pause in _PAUSES:
            try:
                return self._send(request, origin, self._factory.create_connection(origin))
            except httpcore.ConnectError as error:
                if not _no_files(error):
                    raise
            if not _make_way(self._idle):  # another thread may have closed some
                time.sleep(pause)
        return self._send(request, origin, self._factory.create_connection(origin))

    def _send(
        self, request: httpcore.Request, origin: httpcore.Origin, connection: Any
    ) -> httpcore.Response:
        try:
            response: httpcore.Response = connection.handle_request(request)
        except BaseException:
            connection.close()
            raise
        # A new response would check all headers once more.
        response.stream = Body(response, _timeout(request, "read"), self, origin, connection)
        return response

    def give_back(self, origin: httpcore.Origin, connection: Any, stream: Stream | None) -> None:
        """Keep `connection` if it can be used again, close it otherwise."""
        if self._idle.put(origin, connection, stream):
            sweeper.note_more(self._idle, EXPIRY)
        else:
            connection.close()

    def close(self) -> None:
        """Close what nobody uses; what is in use is closed after its use."""
        self._idle.close()
        sweeper.note_less()


class AsyncConnectionPool:
    """The same as `ConnectionPool`, for one event loop.

    Args:
        factory: Knows how to connect, through a proxy or without.
        connect: Connects to an origin faster, given the seconds that it may take; not where the
            steps of a request are traced. None through a proxy.
    """

    def __init__(
        self,
        factory: httpcore.AsyncConnectionPool,
        connect: Callable[[httpcore.Origin, float | None], Awaitable[Any]] | None = None,
    ) -> None:
        """Open nothing yet."""
        self._factory = factory
        self._connect = connect
        self._idle = _Idle()
        self._timer: asyncio.TimerHandle | None = None
        self._busy = 0  # requests that have a connection, or are about to

    async def handle_async_request(self, request: httpcore.Request) -> httpcore.Response:
        """Send `request` on a kept connection, or on a new one; wait if no file is left for it."""
        origin = request.url.origin
        kept = self._take(request, origin)
        if kept is not None:
            try:
                return await self._send(request, origin, kept.connection)
            except _GONE:
                if not kept.stream.framing.silent:
                    raise
            # The peer closed it, just as it was taken. Nothing came back, so nothing was done.
        end: float | None = None
        while True:
            try:
                return await self._send(request, origin)
            except httpcore.ConnectError as error:
                if not _no_files(error):
                    raise
                if not (made_way := _make_way(self._idle)):
                    left = seconds_left(_timeout(request, "pool"), httpcore.PoolTimeout)
                    end = end or monotonic() + (_LONGEST if left is None else left)
                    if not self._busy or monotonic() > end:  # no call of ours will end
                        raise
            if not made_way:
                await asyncio.sleep(_PAUSES[0])

    def _take(self, request: httpcore.Request, origin: httpcore.Origin) -> _IdleConnection | None:
        """Return a kept connection that tells of its steps if somebody wants to know them."""
        if self._connect is not None and _is_traced(request):
            return None
        return self._idle.take(origin)

    async def _send(
        self, request: httpcore.Request, origin: httpcore.Origin, connection: Any = None
    ) -> httpcore.Response:
        self._busy += 1
        try:
            if connection is None:
                if self._connect is None or _is_traced(request):
                    connection = self._factory.create_connection(origin)
                else:
                    connection = await self._connect(origin, _timeout(request, "connect"))
            response: httpcore.Response = await connection.handle_async_request(request)
        except BaseException:
            self._busy -= 1
            if connection is not None:
                await connection.aclose()
            raise
        response.stream = AsyncBody(response, _timeout(request, "read"), self, origin, connection)
        return response

    async def give_back(
        self, origin: httpcore.Origin, connection: Any, stream: Stream | None
    ) -> None:
        """Keep `connection` if it can be used again, close it otherwise."""
        self._busy -= 1
        if not self._idle.put(origin, connection, stream):
            await connection.aclose()
        elif self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(EXPIRY, self._close_expired)

    def _close_expired(self) -> None:
        self._timer = None
        due = self._idle.close_expired()
        if due is not None:
            seconds = max(due - monotonic(), 0.01)
            self._timer = asyncio.get_running_loop().call_later(seconds, self._close_expired)

    async def aclose(self) -> None:
        """Close what nobody uses; what is in use is closed after its use."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self._idle.close()
