"""Between a model's transport and vcrpy: streams by events, readable errors, a stable order.

vcrpy plays a recorded answer as one block of bytes, so a replayed stream would arrive in a single
read. It has no setting for that. This module wraps the transports' public `handle_request` and
`handle_async_request` once more while a cassette is in use, outside of vcrpy's own patch, and
hands the recorded body over event by event. It needs no private name of vcrpy or httpx and goes
away with the cassette.

The same wrapper is the place where a recording can be redirected to another server than the one
the model names, so that models need not know where they are recorded from.
"""

from __future__ import annotations

import contextlib
import re
import threading
from typing import TYPE_CHECKING, Any

import httpx
from anyio.lowlevel import checkpoint  # httpx itself is built on anyio
from vcr.errors import (  # type: ignore[import-untyped]  # vcrpy has no type hints
    CannotOverwriteExistingCassetteException,
)

from langchain_aimlapi.testing._match import CassetteMismatchError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Iterator

# Where vcrpy plays and records.
_TRANSPORTS: tuple[type[httpx.BaseTransport], ...] = (
    httpx.HTTPTransport,
    httpx.WSGITransport,
    httpx.MockTransport,
)
_ASYNC_TRANSPORTS: tuple[type[httpx.AsyncBaseTransport], ...] = (
    httpx.AsyncHTTPTransport,
    httpx.ASGITransport,
    httpx.MockTransport,
)
# A blank line ends an event. Bodies that are no event streams hold none and stay in one piece.
_EVENT = re.compile(rb".+?(?:\r\n\r\n|\n\n|\r\r|\Z)", re.DOTALL)


class EventByEvent(httpx.SyncByteStream, httpx.AsyncByteStream):
    """A recorded body that arrives as a stream would: one event per read."""

    def __init__(self, body: bytes) -> None:
        """Split the body behind each blank line."""
        self.pieces = _EVENT.findall(body)

    def __iter__(self) -> Iterator[bytes]:
        yield from self.pieces

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for piece in self.pieces:
            # Other tasks get their turn between two events, as they do on a network.
            await checkpoint()
            yield piece


class Handover:
    """What happens to the requests of one cassette while it is in use."""

    def __init__(
        self,
        cassette: Any,
        redirect: tuple[str, str] | None = None,
    ) -> None:
        """Prepare; `installed` puts it to work.

        Args:
            cassette: The `vcr.cassette.Cassette` in use.
            redirect: The base URL that models name and the one to record from instead.
        """
        self.cassette = cassette
        self.redirect = redirect
        self.mismatches: list[CassetteMismatchError] = []
        self._recorded_before = len(cassette.data)
        self._home_thread = threading.get_ident()
        self._sent: list[tuple[tuple[str, str, bytes], bool]] = []

    @contextlib.contextmanager
    def installed(self) -> Iterator[Handover]:
        """Wrap the transports that vcrpy has patched, until the context ends."""
        with contextlib.ExitStack() as stack:
            for transport in _TRANSPORTS:
                inner = transport.handle_request
                stack.callback(setattr, transport, "handle_request", inner)
                setattr(transport, "handle_request", self._wrap(inner))  # noqa: B010 - mypy forbids the plain assignment
            for async_transport in _ASYNC_TRANSPORTS:
                async_inner = async_transport.handle_async_request
                stack.callback(setattr, async_transport, "handle_async_request", async_inner)
                setattr(async_transport, "handle_async_request", self._wrap_async(async_inner))  # noqa: B010 - as above
            try:
                yield self
            finally:
                self._settle()

    def unused(self) -> list[str]:
        """Return a line for each recorded interaction that was not played."""
        return [
            f"interaction {index + 1}: {request.method} {request.uri}"
            for index, (request, _) in enumerate(self.cassette.data[: self._recorded_before])
            if not self.cassette.play_counts[index]
        ]

    def _wrap(
        self,
        inner: Callable[[Any, httpx.Request], httpx.Response],
    ) -> Callable[[Any, httpx.Request], httpx.Response]:
        def handle_request(transport: Any, request: httpx.Request) -> httpx.Response:
            __tracebackhide__ = True
            request.read()
            named_url = self._leaving(request)
            try:
                return _by_events(inner(transport, request))
            except CannotOverwriteExistingCassetteException as error:
                raise self._mismatch(error) from None
            finally:
                request.url = named_url

        return handle_request

    def _wrap_async(
        self,
        inner: Callable[[Any, httpx.Request], Awaitable[httpx.Response]],
    ) -> Callable[[Any, httpx.Request], Awaitable[httpx.Response]]:
        async def handle_async_request(transport: Any, request: httpx.Request) -> httpx.Response:
            __tracebackhide__ = True
            await request.aread()
            named_url = self._leaving(request)
            try:
                return _by_events(await inner(transport, request))
            except CannotOverwriteExistingCassetteException as error:
                raise self._mismatch(error) from None
            finally:
                request.url = named_url

        return handle_async_request

    def _leaving(self, request: httpx.Request) -> httpx.URL:
        """Note a request, send it elsewhere if need be, and return the URL it named."""
        named_url = request.url
        if self.redirect is not None:
            _redirect(request, *self.redirect)
        away = threading.get_ident() != self._home_thread
        self._sent.append(((request.method, str(request.url), request.content), away))
        return named_url

    def _mismatch(self, error: Any) -> CassetteMismatchError:
        mismatch = CassetteMismatchError(self.cassette, error.failed_request)
        self.mismatches.append(mismatch)
        return mismatch

    def _settle(self) -> None:
        """Bring what was recorded into an order, and to URLs, that are the same every time.

        vcrpy keeps interactions in the order in which they *end*, which depends on timing when
        requests run at the same time. They are put into the order in which they were sent; those
        sent by worker threads one after another, whose order is chance, go by their bodies, the
        shortest first (the turns of a conversation grow).
        """
        recorded = self.cassette.data[self._recorded_before :]
        ranks = _ranks(self._sent)
        recorded.sort(key=lambda interaction: _take_rank(ranks, interaction[0]))
        self.cassette.data[self._recorded_before :] = recorded
        if self.redirect is not None:
            named, recorded_from = self.redirect
            for request, _ in recorded:
                request.uri = _moved(request.uri, recorded_from, named)


def _by_events(response: httpx.Response) -> httpx.Response:
    # Both playing and recording leave the whole body in a ByteStream here.
    if isinstance(response.stream, httpx.ByteStream):
        response.stream = EventByEvent(b"".join(response.stream))
    return response


def _redirect(request: httpx.Request, named: str, recorded_from: str) -> None:
    url = _moved(str(request.url), named, recorded_from)
    if url != str(request.url):
        request.url = httpx.URL(url)
        request.headers["Host"] = request.url.netloc.decode("ascii")


def _moved(url: str, old_base: str, new_base: str) -> str:
    old, new = old_base.rstrip("/"), new_base.rstrip("/")
    return new + url.removeprefix(old) if url == old or url.startswith(f"{old}/") else url


def _ranks(
    sent: list[tuple[tuple[str, str, bytes], bool]],
) -> dict[tuple[str, str, bytes], list[int]]:
    """Return the places of each request in the order to write them in."""
    ordered: list[tuple[str, str, bytes]] = []
    from_threads: list[tuple[str, str, bytes]] = []
    for request, away in sent:
        if away:
            from_threads.append(request)
            continue
        ordered += sorted(from_threads, key=_by_size)
        from_threads = []
        ordered.append(request)
    ordered += sorted(from_threads, key=_by_size)
    ranks: dict[tuple[str, str, bytes], list[int]] = {}
    for rank, request in enumerate(ordered):
        ranks.setdefault(request, []).append(rank)
    return ranks


def _by_size(request: tuple[str, str, bytes]) -> tuple[int, tuple[str, str, bytes]]:
    return len(request[2]), request


def _take_rank(ranks: dict[tuple[str, str, bytes], list[int]], request: Any) -> int:
    body = request.body or b""
    places = ranks.get((request.method, request.uri, body))
    return places.pop(0) if places else len(ranks)
