"""Blocking sockets for httpcore: its own, with deadlines."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING, Any

import httpcore

from langchain_aimlapi._http.deadlines import seconds_left
from langchain_aimlapi._http.framing import Framing

if TYPE_CHECKING:
    import ssl
    from collections.abc import Iterable

KEEP_ALIVE_OPTIONS: tuple[tuple[int, int, int], ...] = (
    (socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1),
    *(
        (socket.IPPROTO_TCP, getattr(socket, name), seconds)
        for name, seconds in (("TCP_KEEPIDLE", 60), ("TCP_KEEPINTVL", 30), ("TCP_KEEPCNT", 4))
        if hasattr(socket, name)
    ),
)
"""So that a peer that vanished is noticed, and no middlebox forgets a quiet connection."""
READ = 1 << 16
"""Bytes that are read at once."""
UNASKED = "something came before the request was sent"


class SyncSocket(httpcore.NetworkStream):
    """One connection, plain or with TLS.

    Args:
        stream: httpcore's.
        layers: How many times TLS is around it.

    Attributes:
        framing: Where the answers on it end.
    """

    def __init__(self, stream: httpcore.NetworkStream, *, layers: int = 0) -> None:
        """Read and write through `stream`."""
        self.framing = Framing()
        self._stream = stream
        self._layers = layers
        self._ahead = b""  # it arrived, and is to be read once more

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        """Return what arrived, at most `max_bytes`; nothing at the end."""
        data = self._receive(max_bytes, timeout)
        end = self.framing.received(data)
        if end < len(data):
            self._ahead = data[end:] + self._ahead
            return data[:end]
        return data

    def content(self, timeout: float | None) -> tuple[bytes, bool]:
        """Return more of the content of an answer in chunks, and whether more may come.

        Where none may, the parser reads on.
        """
        content, rest = self.framing.content(self._receive(READ, timeout))
        if rest:
            self._ahead = rest + self._ahead
        return content, rest is None

    def _receive(self, max_bytes: int, timeout: float | None) -> bytes:
        if ahead := self._ahead:
            self._ahead = ahead[max_bytes:]
            return ahead[:max_bytes]
        return self._stream.read(max_bytes, seconds_left(timeout, httpcore.ReadTimeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        """Send `buffer`."""
        if not buffer:
            return
        used_again = self.framing.clean
        self.framing.sent()
        # Once more, at the last moment: what comes late behind an answer is not the next one.
        if used_again and self.readable:
            raise httpcore.ReadError(UNASKED)
        self._stream.write(buffer, seconds_left(timeout, httpcore.WriteTimeout))

    def close(self) -> None:
        """Close the connection."""
        self.end()

    def end(self) -> None:
        """Close the connection."""
        self._stream.close()

    @property
    def readable(self) -> bool:
        """Whether something arrived that nobody asked for, or the peer hung up."""
        # TLS inside of TLS keeps what it has read to itself.
        kept = bool(self._ahead) or self._layers > 1
        return kept or bool(self._stream.get_extra_info("is_readable"))

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore.NetworkStream:
        """Return the same connection with TLS."""
        left = seconds_left(timeout, httpcore.ConnectTimeout)
        secured = self._stream.start_tls(ssl_context, server_hostname, left)
        return SyncSocket(secured, layers=self._layers + 1)

    def get_extra_info(self, info: str) -> Any:
        """Return what httpcore asks about."""
        return self._stream.get_extra_info(info)


class SyncBackend(httpcore.NetworkBackend):
    """Opens the connections of one client."""

    def __init__(self) -> None:
        """Open nothing yet."""
        self._backend = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        """Connect to the first address of `host` that answers."""
        left = seconds_left(timeout, httpcore.ConnectTimeout)
        options = [*KEEP_ALIVE_OPTIONS, *(socket_options or ())]
        try:
            return SyncSocket(self._backend.connect_tcp(host, port, left, local_address, options))
        except ValueError as error:  # a host name without an IDNA form, such as an empty label
            raise httpcore.ConnectError(str(error)) from error

    def sleep(self, seconds: float) -> None:
        """Sleep."""
        self._backend.sleep(seconds)
