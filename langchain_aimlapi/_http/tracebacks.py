"""Keeps requests and raw answers out of tracebacks, whose frames show all local variables.

Our own frames hold a key as a `Secret` only. The frames of httpx, httpcore, h11 and the sockets
hold headers as they are sent, and those of a reader the bytes of an answer, which may quote a key.
Errors of these are typed errors without such frames; what else passes through a client (an
interrupt, a cancellation, a defect) leaves them behind here.
"""

from __future__ import annotations

from types import TracebackType
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Iterator

_WITH_HEADERS = frozenset(
    {
        "httpx",
        "httpcore",
        "httpx2",
        "httpcore2",
        "h11",
        "h2",
        "hpack",
        "socksio",
        "anyio",
        "asyncio",
        "selectors",
    }
    | {"socket", "ssl"}
)
_OWN = "langchain_aimlapi._http."

_Error = TypeVar("_Error", bound=BaseException)


def bare(error: _Error) -> _Error:
    """Return `error` without the frames it passed and what it was raised from."""
    error.__cause__ = error.__context__ = None
    return error.with_traceback(None)


class _WithoutRequests:
    """A context whose exceptions leave behind the frames in which requests are sent.

    The frames of others, such as hooks of the user's client, stay.
    """

    def __enter__(self) -> None:
        pass

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if exc is None or isinstance(exc, (GeneratorExit, StopIteration, StopAsyncIteration)):
            return
        for other in _chain(exc):
            other.__traceback__ = _without_requests(other.__traceback__)
        below = traceback.tb_next if traceback is not None else None
        _note_places(exc, below)
        # Raised again: Python 3.10 would go on with the traceback that it had before.
        raise exc.with_traceback(_without_requests(below))


without_requests = _WithoutRequests()


def _note_places(exc: BaseException, traceback: TracebackType | None) -> None:
    """Let a defect name the places that its traceback lacks, without their variables."""
    if not isinstance(exc, Exception) or not hasattr(exc, "add_note"):  # Python 3.10 has none
        return
    places = [
        f"{tb.tb_frame.f_globals['__name__']}:{tb.tb_lineno}"
        for tb in _rows(traceback)
        if _holds_requests(tb)
    ]
    if places:
        exc.add_note(f"Frames that hold the request are left out: {', '.join(places)}.")


def _without_requests(traceback: TracebackType | None) -> TracebackType | None:
    kept = [tb for tb in _rows(traceback) if not _holds_requests(tb)]
    made: TracebackType | None = None
    for tb in reversed(kept):
        made = TracebackType(made, tb.tb_frame, tb.tb_lasti, tb.tb_lineno)
    return made


def _holds_requests(traceback: TracebackType) -> bool:
    name = str(traceback.tb_frame.f_globals.get("__name__", ""))
    return name.partition(".")[0] in _WITH_HEADERS or name.startswith(_OWN)


def _rows(traceback: TracebackType | None) -> Iterator[TracebackType]:
    while traceback is not None:
        yield traceback
        traceback = traceback.tb_next


def _chain(exception: BaseException) -> list[BaseException]:
    """Return all exceptions that hang on `exception`, itself left out."""
    found: list[BaseException] = []
    waiting: list[BaseException | None] = [exception]
    while waiting:
        each = waiting.pop()
        if each is None or any(each is other for other in found):
            continue
        found.append(each)
        grouped = getattr(each, "exceptions", ())
        waiting += [each.__cause__, each.__context__]
        waiting += [one for one in grouped if isinstance(one, BaseException)]
    return found[1:]
