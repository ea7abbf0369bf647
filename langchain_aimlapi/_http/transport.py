"""Equips our own httpx clients with pools and sockets that obey deadlines and stay alive."""

from __future__ import annotations

import socket
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import httpcore

from langchain_aimlapi._http.async_socket import HELD_BACK, JOINED, AsyncBackend
from langchain_aimlapi._http.connections import AsyncConnectionPool, ConnectionPool
from langchain_aimlapi._http.deadlines import seconds_left

if TYPE_CHECKING:
    import ssl
    from collections.abc import Iterable

    import httpx

KEEP_ALIVE_OPTIONS: tuple[tuple[int, int, int], ...] = (
    (socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1),
    *(
        (socket.IPPROTO_TCP, getattr(socket, name), seconds)
        for name, seconds in (("TCP_KEEPIDLE", 60), ("TCP_KEEPINTVL", 30), ("TCP_KEEPCNT", 4))
        if hasattr(socket, name)
    ),
)
"""So that a peer that vanished is noticed, and no middlebox forgets a quiet connection."""


class _Stream(httpcore.NetworkStream):
    def __init__(self, stream: httpcore.NetworkStream) -> None:
        self._stream = stream
        self._held: tuple[bytes, float | None] | None = None

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        if self._held is not None:
            # A server may answer before it has read everything, and close: the answer counts.
            with suppress(httpcore.WriteError):
                self._flush()
        return self._stream.read(max_bytes, seconds_left(timeout, httpcore.ReadTimeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        """Send `buffer`, or hold it back: head and body leave in one packet."""
        if not buffer:
            return
        if self._held is None and len(buffer) <= HELD_BACK:
            self._held = buffer, timeout
            return
        if self._held is not None:
            if len(buffer) <= JOINED:
                buffer = self._held[0] + buffer
                self._held = None
            else:
                self._flush()
        self._stream.write(buffer, seconds_left(timeout, httpcore.WriteTimeout))

    def _flush(self) -> None:
        if self._held is not None:
            (buffer, timeout), self._held = self._held, None
            self._stream.write(buffer, seconds_left(timeout, httpcore.WriteTimeout))

    def close(self) -> None:
        self._held = None
        self._stream.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore.NetworkStream:
        self._flush()
        left = seconds_left(timeout, httpcore.ConnectTimeout)
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
        left = seconds_left(timeout, httpcore.ConnectTimeout)
        options = [*KEEP_ALIVE_OPTIONS, *(socket_options or ())]
        try:
            return _Stream(self._backend.connect_tcp(host, port, left, local_address, options))
        except ValueError as error:  # a host name without an IDNA form, such as an empty label
            raise httpcore.ConnectError(str(error)) from error

    def sleep(self, seconds: float) -> None:
        self._backend.sleep(seconds)


def _own_transports(client: httpx.Client | httpx.AsyncClient) -> list[Any]:
    transports = (client._transport, *client._mounts.values())  # noqa: SLF001  # see below
    return [transport for transport in transports if hasattr(transport, "_pool")]


def equip(client: httpx.Client) -> None:
    """Give a client of ours, before its first request, our pools and sockets that obey `Deadline`.

    httpx has no parameter for what httpcore takes, so it is put where the transports keep it,
    those of proxies included. Subclassing the transports would not do: replay libraries patch
    them by class.
    """
    for transport in _own_transports(client):
        factory = transport._pool  # noqa: SLF001  # see above
        factory._network_backend = _Backend(factory._network_backend)  # noqa: SLF001  # see above
        transport._pool = ConnectionPool(factory)  # noqa: SLF001  # see above


def aequip(client: httpx.AsyncClient) -> AsyncBackend:
    """Do the same for an async client, whose sockets are then those of the running loop.

    Returns:
        What opens them.
    """
    backend = AsyncBackend(KEEP_ALIVE_OPTIONS)
    for transport in _own_transports(client):
        factory = transport._pool  # noqa: SLF001  # see `equip`
        factory._network_backend = backend  # noqa: SLF001  # see `equip`
        transport._pool = AsyncConnectionPool(factory)  # noqa: SLF001  # see `equip`
    return backend
