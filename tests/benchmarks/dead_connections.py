"""Connections that died while they were idle: the next call takes a new one, without a retry.

A service may close a connection after each answer, or after some idle time, and say nothing of it.
Calls are made with `max_retries=0`, so one that needed a second attempt would fail.
"""

from __future__ import annotations

import asyncio
import sys
import time
from statistics import median
from typing import TYPE_CHECKING

from langchain_aimlapi import ChatAIMLAPI

from .load_server import CLOSES, IDLE, IDLES

if TYPE_CHECKING:
    from collections.abc import Callable

ALIVE = "load/model"
_SLACK = 0.05
"""Seconds by which such a call may be slower than one on a living connection: far less than the
first delay before a retry."""
_PAUSES = {ALIVE: 0.02, CLOSES: 0.1, IDLES: 4 * IDLE}
"""Seconds between calls, by model: enough for the end of the connection to arrive."""
_TITLES = {CLOSES: "closed after each answer", IDLES: "closed when idle"}


def _invokes(base: str, model: str, calls: int) -> list[float]:
    """Return the seconds that calls took, one after the other."""
    took = []
    with ChatAIMLAPI(model=model, api_key="sk-load", base_url=base, max_retries=0) as llm:
        for number in range(calls):
            start = time.perf_counter()
            llm.invoke(str(20 * number + 1))
            took.append(time.perf_counter() - start)
            time.sleep(_PAUSES[model])
    return took


def _ainvokes(base: str, model: str, calls: int) -> list[float]:
    """Return the same of async calls."""

    async def run() -> list[float]:
        took = []
        async with ChatAIMLAPI(model=model, api_key="sk-load", base_url=base, max_retries=0) as llm:
            for number in range(calls):
                start = time.perf_counter()
                await llm.ainvoke(str(20 * number + 1))
                took.append(time.perf_counter() - start)
                await asyncio.sleep(_PAUSES[model])
        return took

    return asyncio.run(run())


WAYS: dict[str, Callable[[str, str, int], list[float]]] = {
    "invoke": _invokes,
    "ainvoke": _ainvokes,
}


def run(base: str, calls: int) -> bool:
    """Print a row for each way and each habit; return whether no call was late.

    Args:
        base: Base URL of the service.
        calls: Calls of a row.

    Raises:
        AIMLAPIError: A call failed, for it met a dead connection.
    """
    sound = True
    for way, made in WAYS.items():
        alive = median(made(base, ALIVE, calls)[1:])
        for model, habit in _TITLES.items():
            later = median(made(base, model, calls)[1:])
            sound = sound and later - alive < _SLACK
            sys.stdout.write(
                f"{calls} {way}, connections {habit}: none failed, none was repeated; "
                f"{later * 1e3:.1f} ms a call, {alive * 1e3:.1f} ms where they live\n"
            )
    return sound
