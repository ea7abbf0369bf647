"""HTTP/1.1 on one connection of an event loop, in the words of h11, as httpcore speaks it.

httpcore's own connections take a lock when a request begins and when its answer ends, each of
which waits for the loop to come round, since its pools may give one to several requests. Here a
connection belongs to one request at a time.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import h11
import httpcore

from langchain_aimlapi._http.sync_socket import READ

if TYPE_CHECKING:
    from typing_extensions import Self

_MAX_HEAD = 100 * 1024
"""Bytes that the head of an answer may have, as in httpcore."""


class AsyncConnection:
    """One connection.

    Args:
        stream: Its socket.
    """

    def __init__(self, stream: httpcore.AsyncNetworkStream) -> None:
        """Send nothing yet."""
        self._stream = stream
        self._state = h11.Connection(h11.CLIENT, max_incomplete_event_size=_MAX_HEAD)
        self._available = False

    def is_available(self) -> bool:
        """Return whether a whole answer was read, and the next request can be sent."""
        return self._available

    async def handle_async_request(self, request: httpcore.Request) -> httpcore.Response:
        """Send `request`; the body of the response is not read yet.

        Raises:
            httpcore.NetworkError: The connection broke.
            httpcore.ProtocolError: What came is no answer.
            httpcore.TimeoutException: A part of it took too long.
        """
        self._available = False
        timeouts = request.extensions.get("timeout", {})
        content: Any = request.stream
        head = self._sent(request)
        try:
            await self._stream.write(head, timeouts.get("write"))
            async for piece in content:
                data = self._state.send(h11.Data(piece))
                await self._stream.write(data or b"", timeouts.get("write"))
            self._state.send(h11.EndOfMessage())
        except httpcore.WriteError:
            pass  # A server may answer before it has read everything, and close: the answer counts.
        timeout = timeouts.get("read")
        while not isinstance(answer := await self.event(timeout), h11.Response):
            pass  # 100 Continue, or 103 Early Hints
        return httpcore.Response(
            answer.status_code,
            headers=answer.headers.raw_items(),
            content=_Content(self, timeout),
            extensions={
                "http_version": b"HTTP/" + answer.http_version,
                "reason_phrase": answer.reason,
                "network_stream": self._stream,
            },
        )

    def _sent(self, request: httpcore.Request) -> bytes:
        """Return the head of a request as it is sent."""
        try:
            head = h11.Request(
                method=request.method, target=request.url.target, headers=request.headers
            )
            return self._state.send(head) or b""
        except h11.LocalProtocolError as error:
            raise httpcore.LocalProtocolError(str(error)) from error

    async def event(self, timeout: float | None) -> Any:
        """Return what comes next of an answer."""
        while True:
            try:
                event = self._state.next_event()
            except h11.RemoteProtocolError as error:
                raise httpcore.RemoteProtocolError(str(error)) from error
            if event is not h11.NEED_DATA:
                return event
            data = await self._stream.read(READ, timeout)
            if not data and self._state.their_state is h11.SEND_RESPONSE:
                raise httpcore.RemoteProtocolError("the server hung up instead of answering")
            self._state.receive_data(data)

    async def end_response(self) -> None:
        """Be ready for the next request if the answer was read to its end, or be closed."""
        if self._state.our_state is h11.DONE and self._state.their_state is h11.DONE:
            self._state.start_next_cycle()
            self._available = True
        else:
            await self.aclose()

    async def aclose(self) -> None:
        """Close the connection."""
        self._available = False
        await self._stream.aclose()


class _Content:
    """The content of one response, for httpcore's form of it."""

    def __init__(self, connection: AsyncConnection, timeout: float | None) -> None:
        self._connection = connection
        self._timeout = timeout
        self._ended = False

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> bytes:
        if self._ended:
            raise StopAsyncIteration
        event = await self._connection.event(self._timeout)
        if isinstance(event, h11.Data):
            return bytes(event.data)
        self._ended = True
        raise StopAsyncIteration

    async def aclose(self) -> None:
        await self._connection.end_response()
