"""Sockets of the running event loop for httpcore, with deadlines.

httpcore's own backend opens a cancel scope for every read, which costs more than the read. This
one keeps what arrives in a buffer, and a timer per connection.
"""

from __future__ import annotations

import asyncio
import select
import sys
from collections import deque
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING, Any

import httpcore

from langchain_aimlapi._http.deadlines import NOTHING_CAME, end_of, monotonic, seconds_left
from langchain_aimlapi._http.framing import Framing
from langchain_aimlapi._http.sync_socket import READ, UNASKED

if TYPE_CHECKING:
    import ssl
    from collections.abc import AsyncIterator, Awaitable

_HIGH_WATER = 1 << 20
"""Bytes that are buffered before the peer is made to wait: a slow reader must not fill memory."""
_HUNG_UP = "the peer closed it during the TLS handshake"
_RESOLUTION = 0.001  # seconds by which a timer of the loop may be early


class Buffer(asyncio.Protocol):
    """What arrived and was not read yet, and what became of the connection."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.loop = loop
        self.pieces: deque[bytes] = deque()
        self.size = 0
        self.ended = False
        self.error: Exception | None = None
        self.writable = True
        self.transport: Any = None
        self._paused = False
        self._waiter: asyncio.Future[bool] | None = None
        self._due: float | None = None  # when the waiter gives up, by our clock
        self._timer: asyncio.TimerHandle | None = None
        self._timer_at = 0.0

    # --- called by the transport ---

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        self.pieces.append(data)
        self.size += len(data)
        if self.size > _HIGH_WATER and not self._paused:
            self._paused = True
            self.transport.pause_reading()
        self._wake()

    def eof_received(self) -> bool:
        self.ended = True
        self._wake()
        return False

    def connection_lost(self, exc: Exception | None) -> None:
        self.ended = True
        self.error = exc
        self.writable = True
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self._wake()

    def pause_writing(self) -> None:
        self.writable = False

    def resume_writing(self) -> None:
        self.writable = True
        self._wake()

    # --- asked by the stream ---

    def take(self, max_bytes: int) -> bytes:
        piece = self.pieces.popleft()
        if len(piece) > max_bytes:
            self.pieces.appendleft(piece[max_bytes:])
            piece = piece[:max_bytes]
        self.size -= len(piece)
        if self._paused and self.size <= _HIGH_WATER // 2:
            self._paused = False
            if not self.ended:
                self.transport.resume_reading()
        return piece

    def put_back(self, data: bytes) -> None:
        """Have `data` taken first, once more."""
        self.pieces.appendleft(data)
        self.size += len(data)

    def wait(self, end: float | None) -> asyncio.Future[bool]:
        """Return what is done once something happens: True, or False if nothing did until `end`."""
        self._waiter = waiter = self.loop.create_future()
        self._due = end
        if end is not None and (self._timer is None or self._timer_at > end):
            self._start_timer(end)
        return waiter

    def _start_timer(self, at: float) -> None:
        """Start the timer, which serves many waits: most end long before it."""
        if self._timer is not None:
            self._timer.cancel()
        self._timer_at = at
        self._timer = self.loop.call_later(at - monotonic(), self._timer_ended)

    def _timer_ended(self) -> None:
        self._timer = None
        if self._due is None:
            return  # nobody waits
        # Our clock decides, not the loop's: tests may turn that one.
        if monotonic() < self._due - _RESOLUTION:  # a later wait, with a later deadline
            self._start_timer(self._due)
        else:
            self._wake(happened=False)

    def _wake(self, *, happened: bool = True) -> None:
        waiter, self._waiter, self._due = self._waiter, None, None
        if waiter is not None and not waiter.done():
            waiter.set_result(happened)


class AsyncSocket(httpcore.AsyncNetworkStream):
    """One connection, plain or with TLS.

    Attributes:
        framing: Where the answers on it end.
    """

    def __init__(self, buffer: Buffer) -> None:
        """Read and write through the transport of `buffer`."""
        self.framing = Framing()
        self._buffer = buffer
        self._outer: tuple[Any, ...] = ()  # transports under that of the buffer: TLS is inside them

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        """Return what arrived, at most `max_bytes`; nothing at the end."""
        while (waiting := self.arrival(timeout)) is not None:
            if not await waiting:
                raise httpcore.ReadTimeout(NOTHING_CAME)
        buffer = self._buffer
        data = buffer.take(max_bytes) if buffer.pieces else b""
        end = self.framing.received(data)
        if end < len(data):
            buffer.put_back(data[end:])
            return data[:end]
        return data

    # A body is read in three steps, without a coroutine of their own for each: one more that
    # waits in every open stream costs more than what it does.

    def arrival(self, timeout: float | None) -> asyncio.Future[bool] | None:
        """Return what to wait for before more can be read; None if there is no need to.

        It is done with True once there may be more, with False if there is none in time.

        Args:
            timeout: What httpx hands down.

        Raises:
            httpcore.ReadError: The connection broke.
            httpcore.ReadTimeout: The deadline has passed.
        """
        buffer = self._buffer
        if buffer.pieces:
            return None
        if buffer.error is not None:
            raise httpcore.ReadError(str(buffer.error)) from buffer.error
        if buffer.ended:
            return None
        return buffer.wait(end_of(timeout, httpcore.ReadTimeout))

    def content(self) -> tuple[bytes, bool]:
        """Return what arrived of the content of an answer in chunks, and whether more may come.

        Where none may, the parser reads on.
        """
        buffer = self._buffer
        content, rest = self.framing.content(buffer.take(READ) if buffer.pieces else b"")
        if rest:
            buffer.put_back(rest)
        return content, rest is None

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:
        """Send `buffer`, and wait while the peer does not take it."""
        if not buffer:
            return
        state = self._buffer
        if state.ended:
            raise httpcore.WriteError("the connection was closed")
        used_again = self.framing.clean
        self.framing.sent()
        # Once more, at the last moment: what comes late behind an answer is not the next one.
        if used_again and self.readable:
            raise httpcore.ReadError(UNASKED)
        state.transport.write(buffer)
        while not state.writable:
            if not await state.wait(end_of(timeout, httpcore.WriteTimeout)):
                raise httpcore.WriteTimeout("the peer did not take the data in time")

    async def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """Return the same connection with TLS."""
        buffer = self._buffer
        if self._outer:  # Python 3.10 has no TLS inside of TLS
            from langchain_aimlapi._http.nested_tls import NestedTLS  # noqa: PLC0415  # it speaks through this

            return await NestedTLS.over(self, ssl_context, server_hostname, timeout)
        try:
            transport = await in_time(
                buffer.loop.start_tls(
                    buffer.transport, buffer, ssl_context, server_hostname=server_hostname
                ),
                timeout,
            )
        except BaseException:
            self.end()
            raise
        if transport is None:
            self.end()
            raise httpcore.ConnectError(_HUNG_UP)
        self._outer = buffer.transport, *self._outer
        buffer.transport = transport
        self.framing = Framing()
        return self

    async def aclose(self) -> None:
        """Close the connection; unsent data is dropped."""
        self.end()

    def end(self) -> None:
        """Close the connection; unsent data is dropped."""
        transport = self._buffer.transport
        transport.close()  # with TLS this sends the closing alert
        transport.abort()  # without waiting for an answer to it

    def abandon(self) -> None:
        """Close the connection of an event loop that is closed and cannot do it any more."""
        for transport in (self._buffer.transport, *self._outer):
            for end in (transport.close, transport.abort):
                with suppress(RuntimeError):  # "Event loop is closed", after it has noted the end
                    end()
            lost = getattr(transport, "_call_connection_lost", None)
            if lost is not None:  # what the loop would have called
                with suppress(RuntimeError):
                    lost(None)

    @property
    def readable(self) -> bool:
        """Whether something arrived, or the peer hung up: while nothing is asked, it is no use.

        The kernel is asked as well. What it knows reaches the loop only when that runs, and the
        caller may have kept it busy since.
        """
        buffer = self._buffer
        return buffer.ended or bool(buffer.pieces) or _readable(buffer.transport)

    def get_extra_info(self, info: str) -> Any:
        """Return what httpcore asks about."""
        if info == "is_readable":
            return self.readable
        name = {"client_addr": "sockname", "server_addr": "peername"}.get(info, info)
        return self._buffer.transport.get_extra_info(name)


def _readable(transport: Any) -> bool:
    sock = transport.get_extra_info("socket")
    number = -1 if sock is None else sock.fileno()
    if number < 0:
        return True
    if hasattr(select, "poll"):
        asked = select.poll()
        asked.register(number, select.POLLIN)
        return bool(asked.poll(0))
    return bool(select.select([number], [], [], 0)[0])  # Windows


if sys.version_info >= (3, 11):
    _time_limit = asyncio.timeout
else:

    @asynccontextmanager
    async def _time_limit(seconds: float | None) -> AsyncIterator[None]:
        import anyio  # noqa: PLC0415  # at the top it brings ASYNC109 for the interface of httpcore

        with anyio.fail_after(seconds):
            yield


async def in_time(work: Awaitable[Any], timeout: float | None) -> Any:
    """Await a connection or a handshake; name in httpcore's terms how it failed."""
    try:
        async with _time_limit(seconds_left(timeout, httpcore.ConnectTimeout)):
            return await work
    except TimeoutError as error:
        raise httpcore.ConnectTimeout("no connection in time") from error
    # ValueError: a host name that has no IDNA form, such as one with an empty label.
    except (OSError, ValueError) as error:
        raise httpcore.ConnectError(str(error) or _HUNG_UP) from error
