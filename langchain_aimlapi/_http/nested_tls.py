"""TLS inside of TLS for the sockets of an event loop, where Python itself cannot do it."""

from __future__ import annotations

import ssl
from functools import partial
from typing import TYPE_CHECKING, Any

import httpcore

from langchain_aimlapi._http.async_socket import AsyncSocket, in_time
from langchain_aimlapi._http.framing import Framing
from langchain_aimlapi._http.sync_socket import READ

if TYPE_CHECKING:
    from collections.abc import Callable


class NestedTLS(httpcore.AsyncNetworkStream):
    """TLS inside of TLS: an https service behind an https proxy.

    asyncio can do it since Python 3.11.

    Attributes:
        framing: Where the answers on it end.
    """

    def __init__(self, outer: AsyncSocket, context: ssl.SSLContext, hostname: str | None) -> None:
        """Speak through `outer`."""
        self.framing = Framing()
        self._outer = outer
        self._incoming = ssl.MemoryBIO()
        self._outgoing = ssl.MemoryBIO()
        self._tls = context.wrap_bio(self._incoming, self._outgoing, server_hostname=hostname)
        outer.framing.lost()

    @classmethod
    async def over(
        cls,
        outer: AsyncSocket,
        context: ssl.SSLContext,
        hostname: str | None,
        timeout: float | None,
    ) -> NestedTLS:
        """Return a connection through `outer` once its handshake is done."""
        made = cls(outer, context, hostname)
        try:
            await in_time(made._run(made._tls.do_handshake, timeout), timeout)
        except httpcore.ReadTimeout as error:
            outer.end()
            raise httpcore.ConnectTimeout(str(error)) from error
        except BaseException:
            outer.end()
            raise
        return made

    async def _run(self, step: Callable[[], Any], timeout: float | None) -> Any:
        result = _WANTS_MORE
        while result is _WANTS_MORE:
            result = _tried(step)
            if data := self._outgoing.read():
                await self._outer.write(data, timeout)
            if result is _WANTS_MORE:
                if data := await self._outer.read(READ, timeout):
                    self._incoming.write(data)
                else:
                    self._incoming.write_eof()
        return result

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        """Return what arrived, at most `max_bytes`; nothing at the end."""
        try:
            data: bytes = await self._run(partial(self._tls.read, max_bytes), timeout)
        except (ssl.SSLZeroReturnError, ssl.SSLEOFError):
            return b""
        except ssl.SSLError as error:
            raise httpcore.ReadError(str(error)) from error
        end = self.framing.received(data)
        self.framing.received(data[end:])
        return data

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:
        """Send `buffer`, and wait while the peer does not take it."""
        self.framing.sent()
        rest = memoryview(buffer)
        try:
            while rest:
                rest = rest[await self._run(partial(self._tls.write, rest), timeout) :]
        except ssl.SSLError as error:
            raise httpcore.WriteError(str(error)) from error

    async def aclose(self) -> None:
        """Close the connection; unsent data is dropped."""
        self.end()

    def end(self) -> None:
        """Close the connection; unsent data is dropped."""
        self._outer.end()

    @property
    def readable(self) -> bool:
        """Whether something arrived that nobody asked for, or the peer hung up."""
        return bool(self._incoming.pending or self._tls.pending()) or self._outer.readable

    def get_extra_info(self, info: str) -> Any:
        """Return what httpcore asks about."""
        if info == "is_readable":
            return self.readable
        return self._tls if info == "ssl_object" else self._outer.get_extra_info(info)


_WANTS_MORE = object()


def _tried(step: Callable[[], Any]) -> Any:
    try:
        return step()
    except ssl.SSLWantReadError:
        return _WANTS_MORE
