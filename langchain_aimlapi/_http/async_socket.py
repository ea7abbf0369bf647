"""Sockets of the running event loop for httpcore, with deadlines.

httpcore's own backend opens a cancel scope for every read, which costs more than the read, and
asks the kernel about every idle connection of the pool before every request. This one keeps what
arrives in a buffer and a timer per read, and knows without asking whether a connection is gone.
"""

from __future__ import annotations

import asyncio
import socket
from collections import deque
from contextlib import suppress
from typing import TYPE_CHECKING, Any
from weakref import WeakSet

import httpcore

from langchain_aimlapi._http.deadlines import seconds_left

if TYPE_CHECKING:
    import ssl
    from collections.abc import Awaitable, Iterable

_HIGH_WATER = 1 << 20
"""Bytes that are buffered before the peer is made to wait: a slow reader must not fill memory."""
HELD_BACK = 1 << 14
"""Bytes of a first write that wait for a second: the head of a request for its body."""
JOINED = 1 << 18
"""Bytes of that second write up to which both are joined; copying more costs more than it saves."""
_HUNG_UP = "the peer closed it during the TLS handshake"
_NEXT_ADDRESS = 2.0
"""Seconds until the next address of a host is tried, as long as there is one."""


class _Buffer(asyncio.Protocol):
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

    # --- told by the transport ---

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

    async def wait(self, seconds: float | None) -> bool:
        """Wait until something happens; return False if nothing did in time."""
        waiter: asyncio.Future[bool] = self.loop.create_future()
        self._waiter = waiter
        if seconds is None:
            return await waiter
        timer = self.loop.call_later(seconds, self._give_up)
        try:
            return await waiter
        finally:
            timer.cancel()

    def _wake(self, *, happened: bool = True) -> None:
        waiter, self._waiter = self._waiter, None
        if waiter is not None and not waiter.done():
            waiter.set_result(happened)

    def _give_up(self) -> None:
        self._wake(happened=False)


class AsyncSocket(httpcore.AsyncNetworkStream):
    """One connection, plain or with TLS."""

    def __init__(self, buffer: _Buffer) -> None:
        """Read and write through the transport of `buffer`."""
        self._buffer = buffer
        self._transports = [buffer.transport]
        self._held = b""

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        """Return what arrived, at most `max_bytes`; nothing at the end."""
        buffer = self._buffer
        if self._held:
            self._flush()
        left = seconds_left(timeout, httpcore.ReadTimeout)
        while not buffer.pieces:
            if buffer.error is not None:
                raise httpcore.ReadError(str(buffer.error)) from buffer.error
            if buffer.ended:
                return b""
            if not await buffer.wait(left):
                raise httpcore.ReadTimeout("nothing was received in time")
            left = seconds_left(timeout, httpcore.ReadTimeout)
        return buffer.take(max_bytes)

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:
        """Send `buffer`, and wait while the peer does not take it.

        A small first one is held back: head and body leave in one packet.
        """
        state = self._buffer
        if state.ended:
            raise httpcore.WriteError("the connection was closed")
        if not self._held and len(buffer) <= HELD_BACK:
            self._held = buffer
            return
        if self._held and len(buffer) <= JOINED:
            buffer, self._held = self._held + buffer, b""
        else:
            self._flush()
        state.transport.write(buffer)
        while not state.writable:
            if not await state.wait(seconds_left(timeout, httpcore.WriteTimeout)):
                raise httpcore.WriteTimeout("the peer did not take the data in time")

    def _flush(self) -> None:
        held, self._held = self._held, b""
        if held:
            self._buffer.transport.write(held)

    async def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """Return the same connection with TLS."""
        self._flush()
        buffer = self._buffer
        try:
            transport = await _in_time(
                buffer.loop.start_tls(
                    buffer.transport, buffer, ssl_context, server_hostname=server_hostname
                ),
                timeout,
            )
        except BaseException:
            await self.aclose()
            raise
        if transport is None:
            await self.aclose()
            raise httpcore.ConnectError(_HUNG_UP)
        buffer.transport = transport
        self._transports.append(transport)
        return self

    async def aclose(self) -> None:
        """Close the connection; unsent data is dropped."""
        transport = self._buffer.transport
        transport.close()  # with TLS this says goodbye
        transport.abort()  # without waiting for an answer to it

    def abandon(self) -> None:
        """Close the connection of an event loop that is closed and cannot do it any more."""
        for transport in reversed(self._transports):
            for end in (transport.close, transport.abort):
                with suppress(RuntimeError):  # "Event loop is closed", after it has noted the end
                    end()
            lost = getattr(transport, "_call_connection_lost", None)
            if lost is not None:  # what the loop would have called
                with suppress(RuntimeError):
                    lost(None)

    def get_extra_info(self, info: str) -> Any:
        """Return what httpcore asks about."""
        buffer = self._buffer
        if info == "is_readable":
            return buffer.ended or bool(buffer.pieces)
        name = {"client_addr": "sockname", "server_addr": "peername"}.get(info, info)
        return buffer.transport.get_extra_info(name)


class AsyncBackend(httpcore.AsyncNetworkBackend):
    """Opens the connections of one client.

    Attributes:
        sockets: The connections that are in use or kept.
    """

    def __init__(self, socket_options: Iterable[tuple[int, int, int]]) -> None:
        """Open nothing yet."""
        self.sockets: WeakSet[AsyncSocket] = WeakSet()
        self._options = tuple(socket_options)

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """Connect to the first address of `host` that answers."""
        options = (*self._options, *(socket_options or ()))
        opened = AsyncSocket(await _in_time(_connect(host, port, local_address, options), timeout))
        self.sockets.add(opened)
        return opened

    async def sleep(self, seconds: float) -> None:
        """Sleep."""
        await asyncio.sleep(seconds)

    def abandon(self) -> None:
        """Close what is open although its event loop is closed."""
        for opened in list(self.sockets):
            opened.abandon()


async def _connect(
    host: str, port: int, local_address: str | None, options: Iterable[Any]
) -> _Buffer:
    """Try the addresses of `host` in turn.

    `loop.create_connection` could try them side by side, but loses the socket of a connection
    that is made just when its caller is cancelled.
    """
    import anyio  # noqa: PLC0415  # see `_in_time`

    loop = asyncio.get_running_loop()
    found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    *others, last = dict.fromkeys((family, address) for family, _, _, _, address in found)
    for family, address in others:
        with anyio.move_on_after(_NEXT_ADDRESS), suppress(OSError):
            return await _connect_to(family, address, local_address, options)
    return await _connect_to(*last, local_address, options)


async def _connect_to(
    family: int, address: Any, local_address: str | None, options: Iterable[Any]
) -> _Buffer:
    loop = asyncio.get_running_loop()
    sock = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        sock.setblocking(False)  # noqa: FBT003  # the socket's own signature
        for option in options:
            sock.setsockopt(*option)
        if local_address is not None:
            sock.bind((local_address, 0))
        await loop.sock_connect(sock, address)
        _, buffer = await loop.create_connection(lambda: _Buffer(loop), sock=sock)
    except BaseException:
        sock.close()
        raise
    return buffer


async def _in_time(work: Awaitable[Any], timeout: float | None) -> Any:
    """Await a connection or a handshake; name in httpcore's terms how it failed."""
    import anyio  # noqa: PLC0415  # brought by httpx; slow to import, and connecting is rare

    try:
        with anyio.fail_after(seconds_left(timeout, httpcore.ConnectTimeout)):
            return await work
    except TimeoutError as error:
        raise httpcore.ConnectTimeout("no connection in time") from error
    # ValueError: a host name that has no IDNA form, such as one with an empty label.
    except (OSError, ValueError) as error:
        raise httpcore.ConnectError(str(error) or _HUNG_UP) from error
