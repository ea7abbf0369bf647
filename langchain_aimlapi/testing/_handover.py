"""Between a model's transport and vcrpy: streams by events, readable errors, a stable order.

vcrpy plays a recorded answer as one block of bytes, so a replayed stream would arrive in a single
read. It has no setting for that. This module wraps the transports' public `handle_request` and
`handle_async_request` once more while a cassette is in use, outside of vcrpy's own patch, and
hands the recorded body over event by event. It needs no private name of vcrpy or httpx and goes
away with the cassette.

The same wrapper tells the filter of a cassette whose request comes, is where a recording can be
sent to another server than the one the model names, and counts what has not been answered.
"""

from __future__ import annotations

import contextlib
import re
import threading
from typing import TYPE_CHECKING, Any

import httpx
from anyio.lowlevel import checkpoint  # httpx itself is built on anyio
from langchain_core.runnables import retry
from tenacity import retry_if_not_exception_type  # langchain-core itself is built on tenacity
from vcr.errors import (  # type: ignore[import-untyped]  # vcrpy has no type hints
    CannotOverwriteExistingCassetteException,
)

from langchain_aimlapi.testing._match import CassetteMismatchError
from langchain_aimlapi.testing._persister import CassetteNotWrittenError
from langchain_aimlapi.testing._traffic import (
    PUBLIC_BASE_URL,
    NetworkRefusedError,
    Sent,
    base_of,
    moved,
    under_way,
)

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Iterator

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
_STAYING = (httpx.WSGITransport, httpx.ASGITransport, httpx.MockTransport)
_FIRST_ERROR_STATUS = 400
_Key = tuple[str, str, bytes]
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

    def __init__(self, cassette: Any, base_url: str | None = None, again: str = "") -> None:
        """Prepare; `installed` puts it to work.

        Args:
            cassette: The `vcr.cassette.Cassette` in use.
            base_url: Where to send requests instead of to the base URLs that models name.
            again: How to record again, for the message of a mismatch.
        """
        self.cassette = cassette
        self.base_url = base_url
        self.again = again
        self.mismatches: list[CassetteMismatchError] = []
        self.bases: set[str] = set()
        self._recorded_before = len(cassette.data)
        self._home_thread = threading.get_ident()
        self._sent: list[tuple[_Key, bool]] = []
        self._open = 0
        self._unanswered: list[tuple[_Key, str]] = []

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
                setattr(async_transport, "handle_async_request", self._wrap_async(async_inner))  # noqa: B010 - mypy forbids the plain assignment
            stack.enter_context(_final_for_with_retry())
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

    def check_recording(self, meant: Collection[int], how: str) -> None:
        """Raise if what was recorded is not what a cassette should hold.

        Args:
            meant: The error statuses that are meant to be recorded.
            how: How to say that a status is meant, for the message.

        Raises:
            CassetteNotWrittenError: It is not.
        """
        recorded = self.cassette.data[self._recorded_before :]
        if not recorded:
            return
        codes = {response["status"]["code"] for _, response in recorded}
        odd = sorted(code for code in codes if code >= _FIRST_ERROR_STATUS and code not in meant)
        answered = {_key_of(request) for request, _ in recorded}
        lost = [text for key, text in self._unanswered if key not in answered]
        if odd:
            why = f"the service answered {', '.join(map(str, odd))}. If that is meant, say so: "
            why += how.format(codes=", ".join(map(str, odd)))
        elif lost:
            why = f"{len(lost)} request(s) got no answer: {lost[0]}"
        elif self._open:
            why = f"{self._open} request(s) were still under way when the recording ended"
        else:
            return
        raise CassetteNotWrittenError(f"The cassette was not written: {why}")

    def _wrap(
        self,
        inner: Callable[[Any, httpx.Request], httpx.Response],
    ) -> Callable[[Any, httpx.Request], httpx.Response]:
        def handle_request(transport: Any, request: httpx.Request) -> httpx.Response:
            __tracebackhide__ = True
            request.read()
            with self._leaving(transport, request):
                return _by_events(inner(transport, request))

        return handle_request

    def _wrap_async(
        self,
        inner: Callable[[Any, httpx.Request], Awaitable[httpx.Response]],
    ) -> Callable[[Any, httpx.Request], Awaitable[httpx.Response]]:
        async def handle_async_request(transport: Any, request: httpx.Request) -> httpx.Response:
            __tracebackhide__ = True
            await request.aread()
            with self._leaving(transport, request):
                return _by_events(await inner(transport, request))

        return handle_async_request

    @contextlib.contextmanager
    def _leaving(self, transport: Any, request: httpx.Request) -> Iterator[None]:
        """Note a request, send it elsewhere if need be, and give it back as it was."""
        __tracebackhide__ = True
        named_url = request.url
        base = base_of(request)
        if base is not None and self.base_url is not None:
            base = _redirect(request, base, self.base_url.rstrip("/"))
        if base is not None:
            self.bases.add(base)
        uri = moved(str(request.url), base, PUBLIC_BASE_URL)
        key = (request.method, uri, request.content)
        self._sent.append((key, threading.get_ident() != self._home_thread))
        self._open += 1
        with under_way(Sent(base, stays=isinstance(transport, _STAYING))):
            try:
                yield
            except CannotOverwriteExistingCassetteException as error:
                raise self._mismatch(error, base) from None
            except Exception as error:
                if base is not None:
                    self._unanswered.append((key, f"{type(error).__name__}: {error}"))
                raise
            finally:
                self._open -= 1
                request.url = named_url

    def _mismatch(self, error: Any, base: str | None) -> CassetteMismatchError:
        failed = error.failed_request
        failed.uri = moved(failed.uri, base, PUBLIC_BASE_URL)
        mismatch = CassetteMismatchError(self.cassette, failed, self.again)
        self.mismatches.append(mismatch)
        return mismatch

    def _settle(self) -> None:
        """Bring what was recorded into an order that is the same every time.

        vcrpy keeps interactions in the order in which they *end*, which depends on timing when
        requests run at the same time. They are put into the order in which they were sent; those
        sent by worker threads one after another, whose order is chance, go by their bodies, the
        shortest first (the turns of a conversation grow).
        """
        recorded = self.cassette.data[self._recorded_before :]
        ranks = _ranks(self._sent)
        recorded.sort(key=lambda interaction: _take_rank(ranks, interaction[0]))
        self.cassette.data[self._recorded_before :] = recorded


@contextlib.contextmanager
def _final_for_with_retry() -> Iterator[None]:
    """Let LangChain's `with_retry` take what a cassette does not hold as final.

    By default it repeats whatever is an `Exception`, after seconds of waiting each, and asks for
    the types by this name of its module.
    """
    ours = retry_if_not_exception_type((CassetteMismatchError, NetworkRefusedError))
    before = getattr(retry, "retry_if_exception_type")  # noqa: B009 - a name it has imported

    def retry_if_exception_type(*args: Any, **kwargs: Any) -> Any:
        return before(*args, **kwargs) & ours

    setattr(retry, "retry_if_exception_type", retry_if_exception_type)  # noqa: B010 - mypy forbids the plain assignment
    try:
        yield
    finally:
        setattr(retry, "retry_if_exception_type", before)  # noqa: B010 - mypy forbids the plain assignment


def _by_events(response: httpx.Response) -> httpx.Response:
    # Both playing and recording leave the whole body in a ByteStream here.
    if isinstance(response.stream, httpx.ByteStream):
        response.stream = EventByEvent(b"".join(response.stream))
    return response


def _redirect(request: httpx.Request, base: str, instead: str) -> str:
    """Send a request below another base URL; return the one that it goes to."""
    url = moved(str(request.url), base, instead)
    if url == str(request.url):
        return base
    request.url = httpx.URL(url)
    request.headers["Host"] = request.url.netloc.decode("ascii")
    return instead


def _key_of(request: Any) -> _Key:
    return request.method, request.uri, request.body or b""


def _ranks(
    sent: list[tuple[_Key, bool]],
) -> dict[_Key, list[int]]:
    """Return the places of each request in the order to write them in."""
    ordered: list[_Key] = []
    from_threads: list[_Key] = []
    for request, away in sent:
        if away:
            from_threads.append(request)
            continue
        ordered += sorted(from_threads, key=_by_size)
        from_threads = []
        ordered.append(request)
    ordered += sorted(from_threads, key=_by_size)
    ranks: dict[_Key, list[int]] = {}
    for rank, request in enumerate(ordered):
        ranks.setdefault(request, []).append(rank)
    return ranks


def _by_size(request: _Key) -> tuple[int, _Key]:
    return len(request[2]), request


def _take_rank(ranks: dict[_Key, list[int]], request: Any) -> int:
    places = ranks.get(_key_of(request))
    return places.pop(0) if places else len(ranks)
