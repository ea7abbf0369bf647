"""Calls that are left or cancelled where LangChain does not tell its callbacks."""

from __future__ import annotations

import asyncio
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any
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
    """A callback handler that wants to know of streams of events that nobody reads on."""

    def on_left(self, run_id: UUID) -> None:
        """Note that a stream was left. May not take locks: the garbage collector calls."""
        raise NotImplementedError


def tell_left(run_manager: Any) -> None:
    """Tell the watchers among the handlers of a run that nobody reads on."""
    for handler in getattr(run_manager, "handlers", ()):
        if isinstance(handler, Watcher):
            handler.on_left(run_manager.run_id)
