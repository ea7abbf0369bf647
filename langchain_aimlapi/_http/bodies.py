"""Bodies of the responses of our own clients: the bytes, and a connection that is given back.

They are what httpx and httpcore both take for a body. A stream is read from them directly: each
layer in between costs at every read, and one more object per open stream.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

import httpcore
import httpx

from langchain_aimlapi._http.deadlines import NOTHING_CAME

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from typing_extensions import Self

    from langchain_aimlapi._http.framing import Framing

CORE_ERRORS = (
    httpcore.TimeoutException,
    httpcore.NetworkError,
    httpcore.ProtocolError,
    httpcore.ProxyError,
    httpcore.UnsupportedProtocol,
)
"""What httpcore raises."""


def httpx_error(error: Exception, request: httpx.Request | None = None) -> Exception:
    """Return the exception of httpx that has the name of httpcore's."""
    kind = getattr(httpx, type(error).__name__, httpx.TransportError)
    made: Exception = kind(str(error), request=request)
    return made


class Stream(Protocol):
    """What a pool has to know of the socket of a connection."""

    framing: Framing

    @property
    def readable(self) -> bool:
        """Whether something arrived that nobody asked for, or the peer hung up."""

    def end(self) -> None:
        """Close it; this never waits."""


def stream_of(response: httpcore.Response) -> Stream | None:
    """Return the socket of a response, unless it is not ours."""
    stream = response.extensions.get("network_stream")
    return stream if hasattr(stream, "framing") else None


def reads_chunks(stream: Any) -> bool:
    """Return whether the socket of a response reads its body: TLS inside of TLS does not."""
    return hasattr(stream, "content") and bool(stream.framing.chunked)


class _Pool(Protocol):
    def give_back(self, origin: httpcore.Origin, connection: Any, stream: Stream | None) -> Any: ...


class _Body:
    """The body of one response; closing it gives its connection back.

    Args:
        response: As httpcore has it.
        timeout: Seconds that a read may take; None for ever.
        pool: Takes back the connection.
        origin: Where the connection leads.
        connection: The connection.
    """

    def __init__(
        self,
        response: httpcore.Response,
        timeout: float | None,
        pool: _Pool,
        origin: httpcore.Origin,
        connection: Any,
    ) -> None:
        """Read nothing yet."""
        self._stream: Any = response.stream
        self._socket: Any = stream_of(response)
        self._timeout = timeout
        self._pool = pool
        self._origin = origin
        self._connection = connection
        self._chunked = reads_chunks(self._socket)
        self._closed = False


class Body(_Body, httpx.SyncByteStream):
    """A body that blocks."""

    def __iter__(self) -> Iterator[bytes]:
        """Return the pieces.

        Raises:
            httpx.TransportError: It broke off.
        """
        try:
            while self._chunked:
                content, self._chunked = self._socket.content(self._timeout)
                if content:
                    yield content
            yield from self._stream
        except CORE_ERRORS as error:
            self.close()
            raise httpx_error(error) from error
        except BaseException:  # also where nobody reads on
            self.close()
            raise

    def close(self) -> None:
        """Give the connection back."""
        if self._closed:
            return
        self._closed = True
        try:
            self._stream.close()
        finally:
            self._pool.give_back(self._origin, self._connection, self._socket)


class AsyncBody(_Body, httpx.AsyncByteStream):
    """A body of one event loop."""

    _rest: AsyncIterator[bytes] | None = None

    def __aiter__(self) -> Self:
        """Return the body itself."""
        return self

    async def __anext__(self) -> bytes:
        """Return the next piece.

        Raises:
            httpx.TransportError: It broke off.
        """
        try:
            while self._chunked:
                socket = self._socket
                while (waiting := socket.arrival(self._timeout)) is not None:
                    if not await waiting:
                        raise httpcore.ReadTimeout(NOTHING_CAME)
                content: bytes
                content, self._chunked = socket.content()
                if content:
                    return content
            if self._rest is None:
                self._rest = aiter(self._stream)
            return await anext(self._rest)
        except CORE_ERRORS as error:
            raise httpx_error(error) from error

    async def aclose(self) -> None:
        """Give the connection back."""
        if self._closed:
            return
        self._closed = True
        try:
            await self._stream.aclose()
        finally:  # also when cancelled: closing our sockets never waits, so it always happens
            await self._pool.give_back(self._origin, self._connection, self._socket)
