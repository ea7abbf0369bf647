"""Warns about the line of the user's own code, however deep in frameworks the cause is found."""

from __future__ import annotations

import sys
import warnings
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import FrameType

_FRAMEWORKS = frozenset(
    {"langchain_aimlapi", "langchain", "langchain_classic", "langchain_core", "langgraph"}
    | {"langsmith", "deepagents", "pydantic", "pydantic_core", "tenacity"}
)
_STARTS = frozenset({"asyncio", "threading"})
"""Where a task or a thread begins: who started it is not in its stack."""
_PLUMBING = _STARTS | {"concurrent", "contextlib", "functools", "queue", "selectors"}


_Line = tuple[str, int, str, dict[Any, Any]]
"""File, number and module of a line, and where the interpreter notes its warnings."""

_caller: ContextVar[_Line | None] = ContextVar("aimlapi_caller", default=None)


@contextmanager
def calls_from_here() -> Iterator[None]:
    """Let warnings of tasks that are started meanwhile name the line that started them."""
    token = _caller.set(_users_line(sys._getframe(1)) or _caller.get())  # noqa: SLF001  # documented
    try:
        yield
    finally:
        _caller.reset(token)


def warn(text: str, category: type[Warning] = UserWarning) -> None:
    """Warn at the innermost line that is neither this package nor a framework around it.

    A task or thread of LangChain's has no such line of its own: then at the line that started
    it, else wherever the event loop was started.
    """
    here = sys._getframe(1)  # noqa: SLF001  # documented
    line = _users_line(here) or _caller.get() or _users_line(here, through_starts=True)
    if line is None:
        warnings.warn(text, category, stacklevel=2)
        return
    warnings.warn_explicit(text, category, *line)


def _users_line(frame: FrameType | None, *, through_starts: bool = False) -> _Line | None:
    """Return the first line outside of the frameworks, up to where a task or thread began."""
    while frame is not None:
        root = _root(frame)
        if root in _STARTS and not through_starts:
            return None
        if root not in _FRAMEWORKS and root not in _PLUMBING:
            registry = frame.f_globals.setdefault("__warningregistry__", {})
            name = str(frame.f_globals.get("__name__", ""))
            return frame.f_code.co_filename, frame.f_lineno, name, registry
        frame = frame.f_back
    return None


def _root(frame: FrameType) -> str:
    return str(frame.f_globals.get("__name__", "")).partition(".")[0]
