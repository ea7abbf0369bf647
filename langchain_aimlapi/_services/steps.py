"""Several requests in a row, written once for sync and async code: as a coroutine.

Sync code runs it with a `Sender` that blocks, so that it never waits for anything else.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Coroutine

    from langchain_aimlapi._http.call import Call

_T = TypeVar("_T")


class Sender(NamedTuple):
    """What the requests are sent with.

    Attributes:
        fetch: Sends one request and returns its answer.
        sleep: Waits the seconds between two of them.
    """

    fetch: Callable[[Call[Any]], Awaitable[Any]]
    sleep: Callable[[float], Awaitable[None]]


def blocking(fetch: Callable[[Call[Any]], Any]) -> Sender:
    """Return a sender that blocks, by a function that does."""

    async def fetch_now(call: Call[Any]) -> Any:
        return fetch(call)

    async def sleep(seconds: float) -> None:
        time.sleep(seconds)  # noqa: ASYNC251  # no event loop runs it

    return Sender(fetch_now, sleep)


def run(steps: Coroutine[Any, Any, _T]) -> _T:
    """Return what the steps return, all of whose requests are sent by a `blocking` sender."""
    try:
        steps.send(None)
    except StopIteration as end:
        result: _T = end.value
    return result
