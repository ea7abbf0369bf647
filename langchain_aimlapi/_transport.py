"""Deadlines that reach the socket: a timeout that knows when the whole call must be over.

An httpx timeout bounds one read. A server that sends a byte now and then resets it for ever, in
the headers too, where no caller can look in between. So the number that httpx hands down to each
read is a `Deadline`, and the network backend of our own clients reads it: no read may last longer
than what is left. A client that the user brings takes it as the plain number that it also is.
"""

from __future__ import annotations

import socket
from time import monotonic
from typing import TYPE_CHECKING, Any

import httpcore

if TYPE_CHECKING:
    import ssl
    from collections.abc import Iterable

    import httpx
    from typing_extensions import Self

_FOREVER = float("inf")

KEEP_ALIVE_OPTIONS: tuple[tuple[int, int, int], ...] = (
    (socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1),
    *(
        (socket.IPPROTO_TCP, getattr(socket, name), seconds)
        for name, seconds in (("TCP_KEEPIDLE", 60), ("TCP_KEEPINTVL", 30), ("TCP_KEEPCNT", 4))
        if hasattr(socket, name)
    ),
)
"""So that a peer that vanished is noticed, and no middlebox forgets a quiet connection."""


class Clock:
    """When a call must be over; the call may move it while it runs.

    Attributes:
        expires_at: Moment on the monotonic clock, in seconds.
    """

    __slots__ = ("expires_at",)

    def __init__(self) -> None:
        """Start without an end."""
        self.expires_at = _FOREVER

    def set(self, seconds: float | None) -> None:
        """End `seconds` from now; never, if None."""
        self.expires_at = _FOREVER if seconds is None else monotonic() + seconds

    @property
    def expired(self) -> bool:
        """Whether the end has come."""
        return monotonic() >= self.expires_at


class Deadline(float):
    """Seconds that one read, write or connect may take, and the clock of the whole call."""

    clock: Clock

    def __new__(cls, seconds: float, clock: Clock) -> Self:
        """Make one of `seconds`, never past the end of `clock`."""
        deadline = super().__new__(cls, seconds)
        deadline.clock = clock
        return deadline


def _left(timeout: float | None, error: type[Exception]) -> float | None:
    if type(timeout) is not Deadline:
        return timeout
    left = timeout.clock.expires_at - monotonic()
    if left <= 0:
        raise error("the deadline of the call has passed")
    return left if left < timeout else float(timeout)


class _Stream(httpcore.NetworkStream):
    def __init__(self, stream: httpcore.NetworkStream) -> None:
        self._stream = stream

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._stream.read(max_bytes, _left(timeout, httpcore.ReadTimeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._stream.write(buffer, _left(timeout, httpcore.WriteTimeout))

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore.NetworkStream:
        left = _left(timeout, httpcore.ConnectTimeout)
        return _Stream(self._stream.start_tls(ssl_context, server_hostname, left))

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)


class _Backend(httpcore.NetworkBackend):
    def __init__(self, backend: httpcore.NetworkBackend) -> None:
        self._backend = backend

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        left = _left(timeout, httpcore.ConnectTimeout)
        options = [*KEEP_ALIVE_OPTIONS, *(socket_options or ())]
        return _Stream(self._backend.connect_tcp(host, port, left, local_address, options))

    def connect_unix_socket(
        self,
        path: str,
        timeout: float | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        left = _left(timeout, httpcore.ConnectTimeout)
        return _Stream(self._backend.connect_unix_socket(path, left, socket_options))

    def sleep(self, seconds: float) -> None:
        self._backend.sleep(seconds)


class _AsyncStream(httpcore.AsyncNetworkStream):
    def __init__(self, stream: httpcore.AsyncNetworkStream) -> None:
        self._stream = stream

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return await self._stream.read(max_bytes, _left(timeout, httpcore.ReadTimeout))

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:
        await self._stream.write(buffer, _left(timeout, httpcore.WriteTimeout))

    async def aclose(self) -> None:
        await self._stream.aclose()

    async def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore.AsyncNetworkStream:
        left = _left(timeout, httpcore.ConnectTimeout)
        return _AsyncStream(await self._stream.start_tls(ssl_context, server_hostname, left))

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)


class _AsyncBackend(httpcore.AsyncNetworkBackend):
    def __init__(self, backend: httpcore.AsyncNetworkBackend) -> None:
        self._backend = backend

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        left = _left(timeout, httpcore.ConnectTimeout)
        options = [*KEEP_ALIVE_OPTIONS, *(socket_options or ())]
        stream = await self._backend.connect_tcp(host, port, left, local_address, options)
        return _AsyncStream(stream)

    async def connect_unix_socket(
        self,
        path: str,
        timeout: float | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        left = _left(timeout, httpcore.ConnectTimeout)
        return _AsyncStream(await self._backend.connect_unix_socket(path, left, socket_options))

    async def sleep(self, seconds: float) -> None:
        await self._backend.sleep(seconds)


def enforce_deadlines(client: httpx.Client | httpx.AsyncClient) -> None:
    """Make a client of ours, before its first request, obey `Deadline`.

    httpx has no parameter for the network backend that httpcore takes, so it is put where the
    transports keep it, those of proxies included. Subclassing the transports would not do: replay
    libraries patch them by class.
    """
    wrapper = _Backend if hasattr(client, "close") else _AsyncBackend
    for transport in (client._transport, *client._mounts.values()):  # noqa: SLF001  # see above
        pool = getattr(transport, "_pool", None)
        backend = getattr(pool, "_network_backend", None)
        if pool is not None and backend is not None:
            pool._network_backend = wrapper(backend)  # noqa: SLF001  # see above
