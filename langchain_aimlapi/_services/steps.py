"""Several requests in a row, written once for sync and async code.

A generator yields what it needs, a request or the seconds to wait, and gets the answer of the
request back, or its error. It returns the result of all of them.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Generator
from typing import Any, TypeVar

from langchain_aimlapi._http.call import Call
from langchain_aimlapi.errors import AIMLAPIError

_T = TypeVar("_T")

Steps = Generator[Call[Any] | float, Any, _T]


def run(steps: Steps[_T], fetch: Callable[[Call[Any]], Any]) -> _T:
    """Return what the steps return; `fetch` sends one request and returns its answer."""
    try:
        step = next(steps)
        while True:
            answer = None
            try:
                if isinstance(step, float):
                    time.sleep(step)
                else:
                    answer = fetch(step)
            except AIMLAPIError as error:
                step = steps.throw(error)
            else:
                step = steps.send(answer)
    except StopIteration as end:
        result: _T = end.value
    return result


async def arun(steps: Steps[_T], fetch: Callable[[Call[Any]], Awaitable[Any]]) -> _T:
    """Return what the steps return; the async form of `run`."""
    try:
        step = next(steps)
        while True:
            answer = None
            try:
                if isinstance(step, float):
                    await asyncio.sleep(step)
                else:
                    answer = await fetch(step)
            except AIMLAPIError as error:
                step = steps.throw(error)
            else:
                step = steps.send(answer)
    except StopIteration as end:
        result: _T = end.value
    return result
