"""Warns about the line of the user's own code, however deep in frameworks the cause is found."""

from __future__ import annotations

import sys
import threading
import warnings
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import FrameType

_FRAMEWORKS = frozenset(
    {"langchain_aimlapi", "langchain", "langchain_classic", "langchain_core", "langgraph"}
    | {"langsmith", "deepagents", "pydantic", "pydantic_core", "tenacity"}
)
_PLUMBING = frozenset(
    {"asyncio", "concurrent", "contextlib", "functools", "queue", "selectors", "threading"}
)


class _Place(NamedTuple):
    """A line of code, and where the interpreter notes which warnings it gave already."""

    filename: str
    lineno: int
    module: str
    registry: dict[Any, Any]


_caller: ContextVar[_Place | None] = ContextVar("aimlapi_caller", default=None)


@contextmanager
def calls_from_here() -> Iterator[None]:
    """Let warnings of tasks that are started meanwhile name the line that started them."""
    token = _caller.set(_place(sys._getframe(1)) or _caller.get())  # noqa: SLF001  # documented
    try:
        yield
    finally:
        _caller.reset(token)


def warn(text: str, category: type[Warning] = UserWarning) -> None:
    """Warn at the innermost line that is neither this package nor a framework around it.

    A task or thread of LangChain's has no such line of its own: then at the line that started
    it, else at the one that waits for it, else wherever the event loop was started.
    """
    here = sys._getframe(1)  # noqa: SLF001  # documented
    place = _place(here) or _caller.get() or _waiting() or _place(here, through=_PLUMBING)
    if place is None:
        warnings.warn(text, category, stacklevel=2)
        return
    filename, lineno, module, registry = place
    warnings.warn_explicit(text, category, filename, lineno, module, registry)


def _place(frame: FrameType | None, *, through: frozenset[str] = frozenset()) -> _Place | None:
    """Return the first line outside of the frameworks, up to where a task or thread began."""
    while frame is not None:
        name = str(frame.f_globals.get("__name__", ""))
        root = name.partition(".")[0]
        if root in _STARTS and root not in through:
            return None
        if root not in _FRAMEWORKS and root not in _PLUMBING:
            registry = frame.f_globals.setdefault("__warningregistry__", {})
            return _Place(frame.f_code.co_filename, frame.f_lineno, name, registry)
        frame = frame.f_back
    return None


_STARTS = frozenset({"asyncio", "threading"})


def _waiting() -> _Place | None:
    """Return the line of the thread that waits in LangChain for others, the main one first."""
    found: dict[int | None, _Place] = {}
    for ident, innermost in sys._current_frames().items():  # noqa: SLF001  # documented
        frame: FrameType | None = innermost
        while frame is not None and _root(frame) in _PLUMBING:
            frame = frame.f_back
        if frame is not None and _root(frame) in _FRAMEWORKS:
            place = _place(frame)
            if place is not None:
                found[ident] = place
    main = found.get(threading.main_thread().ident)
    return main or (next(iter(found.values())) if len(found) == 1 else None)


def _root(frame: FrameType) -> str:
    return str(frame.f_globals.get("__name__", "")).partition(".")[0]
