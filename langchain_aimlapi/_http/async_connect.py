"""Connects the sockets of the running event loop: which address of a host, and how long."""

from __future__ import annotations

import asyncio
import socket
from collections import deque
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Any
from weakref import WeakSet

import httpcore

from langchain_aimlapi._http.async_connection import AsyncConnection
from langchain_aimlapi._http.async_socket import AsyncSocket, Buffer, in_time

if TYPE_CHECKING:
    import ssl
    from collections.abc import Iterable, Sequence

_NEXT_ADDRESS = 0.25
"""Seconds until the next address of a host is tried beside the first (RFC 8305, 8)."""

_Address = tuple[int, Any]
"""The family of a socket, and what it connects to."""


class AsyncBackend(httpcore.AsyncNetworkBackend):
    """Opens the connections of one client.

    Attributes:
        sockets: The connections that are in use or kept.
    """

    def __init__(self, socket_options: Iterable[tuple[int, int, int]]) -> None:
        """Open nothing yet."""
        self.sockets: WeakSet[AsyncSocket] = WeakSet()
        self._options = tuple(socket_options)
        self._worked: dict[tuple[str, int], _Address] = {}
        self._lookups: dict[tuple[str, int], asyncio.Task[Any]] = {}

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """Connect to the first address of `host` that answers."""
        del local_address  # of no client of ours
        options = (*self._options, *socket_options) if socket_options else self._options
        opened = AsyncSocket(await in_time(self._connect(host, port, options), timeout))
        self.sockets.add(opened)
        return opened

    async def connect(
        self, certificates: ssl.SSLContext, origin: httpcore.Origin, timeout: float | None
    ) -> AsyncConnection:
        """Return a new connection to `origin`."""
        host = origin.host.decode("ascii")
        stream = await self.connect_tcp(host, origin.port, timeout)
        if origin.scheme == b"https":
            certificates.set_alpn_protocols(["http/1.1"])
            stream = await stream.start_tls(certificates, host, timeout)
        return AsyncConnection(stream)

    async def sleep(self, seconds: float) -> None:
        """Sleep."""
        await asyncio.sleep(seconds)

    def abandon(self) -> None:
        """Close what is open although its event loop is closed."""
        for opened in list(self.sockets):
            opened.abandon()

    async def _connect(self, host: str, port: int, options: Iterable[Any]) -> Buffer:
        loop = asyncio.get_running_loop()
        addresses = await self._addresses(host, port)
        worked = self._worked.get((host, port))
        if worked in addresses:  # the others are dead, for all that is known
            addresses = (worked, *(each for each in addresses if each != worked))
        if len(addresses) == 1:
            sock = await _connected(addresses[0], options)
        else:
            sock, self._worked[host, port] = await _first(addresses, options)
        # `loop.create_connection` could do all of this, but loses the socket of a connection
        # that is made just when its caller is cancelled.
        try:
            _, buffer = await loop.create_connection(partial(Buffer, loop), sock=sock)
        except BaseException:
            sock.close()
            raise
        return buffer

    async def _addresses(self, host: str, port: int) -> tuple[_Address, ...]:
        """Look up a name, once for all that ask meanwhile: each look-up takes a thread."""
        name = host, port
        lookup = self._lookups.get(name)
        if lookup is None:
            loop = asyncio.get_running_loop()
            lookup = loop.create_task(_look_up(host, port))
            self._lookups[name] = lookup
            lookup.add_done_callback(lambda _: self._lookups.pop(name))
        found: tuple[_Address, ...] | Exception = await asyncio.shield(lookup)
        if isinstance(found, Exception):
            raise found
        return found


async def _look_up(host: str, port: int) -> tuple[_Address, ...] | Exception:
    """Return the addresses of a host, each once, or why there are none."""
    loop = asyncio.get_running_loop()
    try:
        found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, ValueError) as error:  # ValueError: the name has no IDNA form
        return error
    addresses = tuple(dict.fromkeys((family, address) for family, _, _, _, address in found))
    if not addresses:
        return socket.gaierror(socket.EAI_NONAME, "no address belongs to this name")
    return addresses


async def _connected(address: _Address, options: Iterable[Any]) -> socket.socket:
    family, target = address
    sock = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        sock.setblocking(False)  # noqa: FBT003  # the socket's own signature
        for option in options:
            sock.setsockopt(*option)
        await asyncio.get_running_loop().sock_connect(sock, target)
    except BaseException:
        sock.close()
        raise
    return sock


async def _first(
    addresses: Sequence[_Address], options: Iterable[Any]
) -> tuple[socket.socket, _Address]:
    """Return a socket that is connected to the first of `addresses` that answers, and which.

    Each next one is tried when one before it failed, or has not answered for a while.

    Raises:
        OSError: None of them can be reached: why the last one that failed cannot.
    """
    loop = asyncio.get_running_loop()
    waiting = deque(addresses)
    attempts: dict[asyncio.Task[socket.socket], _Address] = {}
    running: set[asyncio.Task[socket.socket]] = set()
    winner: asyncio.Task[socket.socket] | None = None
    failure: BaseException = OSError("no address answered")
    try:
        while winner is None and (waiting or running):
            if waiting:
                attempt = loop.create_task(_connected(waiting[0], options))
                attempts[attempt] = waiting.popleft()
                running.add(attempt)
            done, running = await asyncio.wait(
                running,
                timeout=_NEXT_ADDRESS if waiting else None,
                return_when=asyncio.FIRST_COMPLETED,
            )
            for attempt in done:
                error = attempt.exception()
                if error is not None:
                    failure = error
                elif winner is None:
                    winner = attempt
    finally:
        losers = [attempt for attempt in attempts if attempt is not winner]
        for attempt in losers:
            attempt.add_done_callback(_close)
            attempt.cancel()
    if winner is None:
        raise failure
    try:
        if running:
            await asyncio.wait(running)
    except BaseException:
        winner.result().close()
        raise
    return winner.result(), attempts[winner]


def _close(attempt: asyncio.Task[socket.socket]) -> None:
    """Close what a connection leaves that nobody waits for any more."""
    with suppress(asyncio.CancelledError):
        if attempt.exception() is None:
            attempt.result().close()
