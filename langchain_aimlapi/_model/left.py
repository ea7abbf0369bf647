"""Calls that are left or cancelled where LangChain does not tell its callbacks."""

from __future__ import annotations

import asyncio
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any, NamedTuple
from uuid import UUID  # noqa: TC003  # the annotations of a public class resolve at runtime

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


class Cancellable:
    """Calls that were started together.

    Attributes:
        sent: Whether any of them got as far as to be sent.
        ends: What is called with the error, once they are cancelled.
    """

    def __init__(self) -> None:
        """Start without calls."""
        self.sent = False
        self.ends: list[Callable[[BaseException], None]] = []


_calls: ContextVar[Cancellable | None] = ContextVar("aimlapi_calls", default=None)


@contextmanager
def cancelling_is_noticed() -> Iterator[None]:
    """Tell those who asked by `when_cancelled` in this block, if it is cancelled.

    `agenerate` tells the callbacks about all errors but its own cancellation.
    """
    calls = Cancellable()
    token = _calls.set(calls)
    try:
        yield
    except asyncio.CancelledError as error:
        if calls.sent:
            for end in calls.ends:
                end(error)
        raise
    finally:
        _calls.reset(token)


def when_cancelled(end: Callable[[BaseException], None]) -> None:
    """Have `end` called if the calls under way are cancelled after one of them was sent."""
    calls = _calls.get()
    if calls is not None:
        calls.ends.append(end)


def note_sent() -> None:
    """Note that a call is sent."""
    calls = _calls.get()
    if calls is not None:
        calls.sent = True


class Watcher:
    """A callback handler that wants to know what LangChain does not tell its callbacks."""

    def on_response(self, run_id: UUID, inference_id: str | None) -> None:
        """Note that the response to a call has begun, under this id of the service."""
        raise NotImplementedError

    def on_left(self, run_id: UUID) -> None:
        """Note that a stream was left. May not take locks: the garbage collector calls."""
        raise NotImplementedError


class _Started(NamedTuple):
    """The run that was started last in this context, and who watches it."""

    run_id: UUID
    watchers: list[Watcher]


_started: ContextVar[_Started | None] = ContextVar("aimlapi_started", default=None)


def note_started(watcher: Watcher, run_id: UUID | None) -> None:
    """Note that a run starts here: `stream` and `astream` do not tell `_stream` which one it is.

    Args:
        watcher: Who watches it.
        run_id: Its id; None where it is one of several that start together.
    """
    started = _started.get()
    if run_id is None:
        _started.set(None)
    elif started is not None and started.run_id == run_id:
        started.watchers.append(watcher)
    else:
        _started.set(_Started(run_id, [watcher]))


def note_response(run_manager: Any, inference_id: str | None) -> None:
    """Tell the watchers of a call that its response has begun.

    Args:
        run_manager: The call's, where LangChain passes one; else it is the run started last.
        inference_id: `X-Inference-ID` of the response, if it has one.
    """
    started = _started.get()
    if started is not None:
        _started.set(None)  # of this call; the next one in this context may have no watcher
    if run_manager is not None:
        found = [each for each in run_manager.handlers if isinstance(each, Watcher)]
        started = _Started(run_manager.run_id, found)
    if started is not None:
        for watcher in started.watchers:
            watcher.on_response(started.run_id, inference_id)


def tell_left(run_manager: Any) -> None:
    """Tell the watchers among the handlers of a run that nobody reads on."""
    for handler in getattr(run_manager, "handlers", ()):
        if isinstance(handler, Watcher):
            handler.on_left(run_manager.run_id)
