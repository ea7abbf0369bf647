"""What LangChain does not tell its callbacks: that a response began, and that a call was left."""

from __future__ import annotations

import asyncio
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any, NamedTuple

from langchain_core.outputs import LLMResult

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from uuid import UUID

    from langchain_protocol.protocol import MessagesData

    from langchain_aimlapi._services.cost import OpenCall


# --- cancelled calls ----------------------------------------------------------------------------
class _Cancellable:
    """Calls that were started together, and whether any of them got as far as to be sent."""

    def __init__(self) -> None:
        self.sent = False
        self.calls: list[OpenCall] = []


_together: ContextVar[_Cancellable | None] = ContextVar("aimlapi_together", default=None)


@contextmanager
def notify_on_cancel() -> Iterator[None]:
    """Tell the calls that start in this block if it is cancelled after one of them was sent.

    `agenerate` tells the callbacks about all errors but its own cancellation.
    """
    together = _Cancellable()
    token = _together.set(together)
    try:
        yield
    except asyncio.CancelledError as error:
        for call in together.calls if together.sent else ():
            call.cancel(error)
        raise
    finally:
        _together.reset(token)


def note_sent() -> None:
    """Note that a call is sent."""
    together = _together.get()
    if together is not None:
        together.sent = True


# --- streams ------------------------------------------------------------------------------------
class _Started(NamedTuple):
    """The run that was started last in this context, and its call in each tally."""

    run_id: UUID
    calls: list[OpenCall]


_started: ContextVar[_Started | None] = ContextVar("aimlapi_started", default=None)


def note_started(run_id: UUID, call: OpenCall, *, alone: bool) -> None:
    """Note that a run starts here: `stream` and `astream` do not tell `_stream` which one it is.

    Args:
        run_id: Its id.
        call: The call in a tally.
        alone: Whether no other run starts with it; else nobody says which one is answered when.
    """
    together, started = _together.get(), _started.get()
    if together is not None:
        together.calls.append(call)
    if not alone:
        _started.set(None)
    elif started is not None and started.run_id == run_id:
        started.calls.append(call)
    else:
        _started.set(_Started(run_id, [call]))


def note_response(inference_id: str | None) -> None:
    """Note that the stream of the run that was started last has begun, under this id."""
    started = _started.get()
    _started.set(None)  # the next run in this context may be in no tally
    for call in () if started is None else started.calls:
        call.respond(inference_id)


def notify_abandoned(events: Iterable[MessagesData], run_manager: Any) -> Iterator[MessagesData]:
    """Yield events, and end their run if nobody reads on, as LangChain's own `stream()` does."""
    kind = ""
    try:
        for event in events:
            kind = event["event"]
            yield event
    except GeneratorExit as left:
        if run_manager is not None and kind != "message-finish":  # at which LangChain ends it
            run_manager.on_llm_error(left, response=LLMResult(generations=[]))
        raise
