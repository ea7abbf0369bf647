"""The fault server: HTTP/1.1 on real sockets, where a script decides about every byte.

It runs in a thread of its own with its own event loop, so that it serves sync and async callers
alike. Every `Service` has its own path, its own script and its own count of what came in.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import socket
import struct
import threading
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import ssl
    from collections.abc import Awaitable, Callable, Mapping

    from typing_extensions import Self

    Script = Callable[["Exchange"], Awaitable[None]]

HOLD = 30.0
"""Seconds after which a held connection is given up, so that a failing test ends."""


class Request:
    """What a client sent."""

    def __init__(self, line: str, headers: list[tuple[str, str]], body: bytes) -> None:
        self.line = line
        self.headers = {name.lower(): value for name, value in headers}
        self.raw_headers = headers
        self.body = body

    @property
    def json(self) -> dict[str, Any]:
        body: dict[str, Any] = json.loads(self.body)
        return body

    @property
    def streams(self) -> bool:
        return bool(self.body) and bool(self.json.get("stream"))


class Exchange:
    """One request, and the means to answer it badly."""

    def __init__(
        self,
        service: Service,
        request: Request,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
    ) -> None:
        self.request = request
        self.attempt = len(service.requests)
        self.keep = True
        self._reader = reader
        self._writer = writer

    async def send(self, data: bytes) -> None:
        self._writer.write(data)
        await self._writer.drain()

    async def head(self, status: int, headers: Mapping[str, str]) -> None:
        lines = [f"HTTP/1.1 {status} Said"]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        await self.send("\r\n".join([*lines, "", ""]).encode("latin-1"))

    async def chunk(self, data: bytes) -> None:
        """Send one piece of a chunked body."""
        await self.send(_framed(data))

    async def end(self, data: bytes = b"") -> None:
        """End a chunked body, with its last piece in the same packet, so that they come at once."""
        await self.send((_framed(data) if data else b"") + _framed(b""))

    async def pause(self, seconds: float) -> None:
        await asyncio.sleep(seconds)

    async def drip(self, data: bytes, seconds: float) -> None:
        """Send one byte at a time."""
        for byte in data:
            await self.send(bytes([byte]))
            await asyncio.sleep(seconds)

    async def hold(self) -> None:
        """Say nothing until the client goes."""
        with suppress(asyncio.TimeoutError):
            await asyncio.wait_for(self._reader.read(1), HOLD)
        self.keep = False

    def finish(self) -> None:
        """Close the connection after what was sent (FIN)."""
        self.keep = False

    def reset(self) -> None:
        """Tear the connection down (RST)."""
        self.keep = False
        sock = self._writer.get_extra_info("socket")
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._writer.transport.abort()


class Service:
    """What one test talks to: a base URL, and a record of what came in."""

    def __init__(self, url: str, script: Script) -> None:
        self.base_url = url
        self.script = script
        self.requests: list[Request] = []
        self.connections: set[int] = set()
        self.open: set[int] = set()

    def wait_until_closed(self, seconds: float = 15.0) -> None:
        """Wait until no client holds a connection any more.

        Raises:
            AssertionError: One still does.
        """
        end = time.monotonic() + seconds
        while self.open:
            assert time.monotonic() < end, f"{len(self.open)} connections are still open"
            time.sleep(0.005)


class FaultServer:
    """Use it as a context manager; `serving` opens a service on it.

    Args:
        tls: Its side of TLS; without, it speaks plain HTTP.
    """

    def __init__(self, tls: ssl.SSLContext | None = None) -> None:
        self._tls = tls
        self._services: dict[str, Service] = {}
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._server: asyncio.Server | None = None
        self._numbers = itertools.count()  # of connections
        self._tasks: set[asyncio.Task[None]] = set()
        self.port = 0

    def __enter__(self) -> Self:
        self._thread.start()
        self._run(self._listen())
        return self

    def __exit__(self, *exc: object) -> None:
        self._run(self._stop())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def serving(self, script: Script) -> Service:
        name = f"s{len(self._services)}"
        scheme = "http" if self._tls is None else "https"
        service = Service(f"{scheme}://127.0.0.1:{self.port}/{name}/v1", script)
        self._services[name] = service
        return service

    def _run(self, work: Any) -> None:
        asyncio.run_coroutine_threadsafe(work, self._loop).result(10)

    async def _listen(self) -> None:
        self._server = await asyncio.start_server(
            self._accept, "127.0.0.1", 0, limit=2**24, backlog=2048, ssl=self._tls
        )
        self.port = self._server.sockets[0].getsockname()[1]

    async def _stop(self) -> None:
        assert self._server is not None
        self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        number = next(self._numbers)
        seen: set[Service] = set()
        try:
            while await self._serve_one(reader, writer, seen, number):
                pass
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass  # the client went, or the tests are over
        finally:
            writer.close()
            if self._tls is not None:
                writer.transport.abort()  # not every client says goodbye
            with suppress(OSError):
                await writer.wait_closed()
            for service in seen:
                service.open.discard(number)
            self._tasks.discard(task)

    async def _serve_one(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        seen: set[Service],
        number: int,
    ) -> bool:
        start = await reader.readexactly(1)
        if start == b"\x16":  # the hello of TLS, to a port that speaks none
            writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
            return False
        head = (start + await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        line, *rows = head.rstrip("\r\n").split("\r\n")
        parts = (row.partition(":") for row in rows)
        headers = [(name, value.strip()) for name, _, value in parts]
        length = next((int(v) for n, v in headers if n.lower() == "content-length"), 0)
        request = Request(line, headers, await reader.readexactly(length))
        service = self._services[_name_in(line.split(" ")[1])]
        seen.add(service)
        service.connections.add(number)
        service.open.add(number)
        service.requests.append(request)
        exchange = Exchange(service, request, reader, writer)
        await service.script(exchange)
        return exchange.keep


def _framed(data: bytes) -> bytes:
    return b"%x\r\n" % len(data) + data + b"\r\n"


def _name_in(target: str) -> str:
    """Return the name of the service in a path, or in what proxies are sent: a URL or a host."""
    if "/" not in target:
        return target.partition(".")[0]
    path = "/" + target.partition("://")[2].partition("/")[2] if "://" in target else target
    return path.split("/")[1]
