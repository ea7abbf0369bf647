"""Blocking sockets for httpcore: its own, with deadlines and head and body in one packet."""

from __future__ import annotations

import socket
from contextlib import suppress
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
HELD_BACK = 1 << 14
"""Bytes of a first write that wait for a second: the head of a request for its body."""
JOINED = 1 << 18
"""Bytes of that second write up to which both are joined; copying more costs more than it saves."""
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
        self._held: tuple[bytes, float | None] | None = None
        self._ahead = b""  # it arrived, and is to be read once more
        self._used_again = False  # true from a whole answer until the next request is sent

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
        if self._held is not None:
            # A server may answer before it has read everything, and close: the answer counts.
            with suppress(httpcore.WriteError):
                self._flush()
        if ahead := self._ahead:
            self._ahead = ahead[max_bytes:]
            return ahead[:max_bytes]
        return self._stream.read(max_bytes, seconds_left(timeout, httpcore.ReadTimeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        """Send `buffer`, or hold it back: head and body leave in one packet."""
        if not buffer:
            return
        self._used_again = self._used_again or self.framing.clean
        self.framing.sent()
        if self._held is None and len(buffer) <= HELD_BACK:
            self._held = buffer, timeout
            return
        if self._held is not None:
            if len(buffer) <= JOINED:
                buffer = self._held[0] + buffer
                self._held = None
            else:
                self._flush()
        self._write(buffer, timeout)

    def _flush(self) -> None:
        if self._held is not None:
            (buffer, timeout), self._held = self._held, None
            self._write(buffer, timeout)

    def _write(self, buffer: bytes, timeout: float | None) -> None:
        if self._used_again:
            self._used_again = False
            # Once more, at the last moment: what comes late behind an answer is not the next one.
            if self.readable:
                raise httpcore.ReadError(UNASKED)
        self._stream.write(buffer, seconds_left(timeout, httpcore.WriteTimeout))

    def close(self) -> None:
        """Close the connection; unsent data is dropped."""
        self.end()

    def end(self) -> None:
        """Close the connection; unsent data is dropped."""
        self._held = None
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
        self._flush()
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
