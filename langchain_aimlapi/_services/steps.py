"""Several requests in a row, written once for sync and async code.

A generator yields what it needs, a request or the seconds to wait, and gets the answer of the
request back, or its error. It returns the result of all of them.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Generator
from functools import partial
from typing import Any, TypeVar

from langchain_aimlapi.errors import AIMLAPIError

_Request = TypeVar("_Request")
_T = TypeVar("_T")

Steps = Generator[_Request | float, Any, _T]


def run(steps: Steps[_Request, _T], fetch: Callable[[_Request], Any]) -> _T:
    """Return what the steps return; `fetch` sends one request and returns its answer."""
    resume = partial(steps.send, None)
    while True:
        try:
            step = resume()
        except StopIteration as end:
            result: _T = end.value
            return result
        try:
            answer = None
            if isinstance(step, float):
                time.sleep(step)
            else:
                answer = fetch(step)
            resume = partial(steps.send, answer)
        except AIMLAPIError as error:
            resume = partial(steps.throw, error)


async def arun(steps: Steps[_Request, _T], fetch: Callable[[_Request], Awaitable[Any]]) -> _T:
    """Return what the steps return; the async form of `run`."""
    resume = partial(steps.send, None)
    while True:
        try:
            step = resume()
        except StopIteration as end:
            result: _T = end.value
            return result
        try:
            answer = None
            if isinstance(step, float):
                await asyncio.sleep(step)
            else:
                answer = await fetch(step)
            resume = partial(steps.send, answer)
        except AIMLAPIError as error:
            resume = partial(steps.throw, error)
