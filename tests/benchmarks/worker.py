"""Measures one contestant in this process, and writes what it found as JSON.

usage: python -m tests.benchmarks.worker STAGE CONTESTANT BASE_URL SCALE
"""

from __future__ import annotations

import asyncio
import gc
import json
import resource
import sys
import tracemalloc
from inspect import iscoroutinefunction
from pathlib import Path
from statistics import median
from time import perf_counter, process_time
from typing import TYPE_CHECKING, Any

from tests.benchmarks.contestants import CONTESTANTS, ENDPOINTS, Task
from tests.benchmarks.histories import LENGTHS, title_of

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Mapping

    from tests.benchmarks.contestants import Contestant

Figures = dict[str, list[float]]
"""By measure: CPU seconds and wall seconds per call or per chunk; memory in bytes."""

REPEATS = 3
_TURNS = 7
"""Repeats of rows that are compared with each other, where a few per cent count."""
_STREAMS = (
    ("stream, 1 chunk per read", "stream", "text", 1),
    ("stream, 50 chunks per read", "stream", "text", 50),
    ("astream, 1 chunk per read", "astream", "text", 1),
    ("astream, 50 chunks per read", "astream", "text", 50),
    ("stream of tool calls", "stream", "tools", 1),
    ("stream of reasoning", "stream", "reasoning", 1),
    ("stream_events v3", "events", "text", 1),
    ("astream_events v3", "aevents", "text", 1),
)
_CALLS = 300
"""Calls of a row at scale 1; of fewer, one that is slow for a reason of its own shows too much."""
SHORT, LONG = 1_000, 100_000
_STATUS = Path("/proc/self/status")


def _most(scale: float) -> float:
    """Return the scale of what is named by its size: that is as it is called from 0.2 on."""
    return min(1.0, 5 * scale)


def _timed(run: Callable[[], object], per: int) -> list[float]:
    """Return the medians of CPU and wall seconds of a run, per one of its `per` parts."""
    (figures,) = _by_turns({"the run": (run, per)}, REPEATS).values()
    return figures


def _by_turns(runs: Mapping[str, tuple[Callable[[], object], int]], turns: int) -> Figures:
    """Return the medians of CPU and wall seconds of several runs, each per one of its parts.

    They take turns, since the machine changes within a minute.

    Args:
        runs: By title: what is run, and in how many parts its seconds are divided.
        turns: How often each is run, besides once beforehand.
    """
    figures: dict[str, list[tuple[float, float]]] = {title: [] for title in runs}
    for run, _ in runs.values():
        run()
    for _ in range(turns):
        for title, (run, _) in runs.items():
            gc.collect()
            wall, cpu = perf_counter(), process_time()
            run()
            figures[title].append((process_time() - cpu, perf_counter() - wall))
    return {
        title: [median(figure) / per for figure in zip(*figures[title], strict=True)]
        for title, (_, per) in runs.items()
    }


class _Loop:
    """One event loop for all async measures: some packages share async clients between models."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()

    def timed(self, run: Callable[[], Coroutine[Any, Any, object]], per: int) -> list[float]:
        return _timed(lambda: self._loop.run_until_complete(run()), per)

    def close(self) -> None:
        self._loop.run_until_complete(asyncio.sleep(0))  # what is left of the last run
        self._loop.run_until_complete(self._loop.shutdown_asyncgens())
        self._loop.close()


def calls(contestant: Contestant, base: str, scale: float) -> Figures:
    """Measure what one call and one chunk cost."""
    driver = contestant.driver(Task(base))
    loop = _Loop()
    count = max(2, round(_CALLS * scale))
    batch = max(2, round(500 * _most(scale)))

    figures = {
        "invoke": _timed(_repeated(driver.invoke, count), count),
        "ainvoke": loop.timed(_repeated(driver.ainvoke, count), count),
        "abatch of 500, 50 at once": loop.timed(lambda: driver.abatch(batch, 50), batch),
    }
    streams = max(1, round(5 * scale))
    for title, method, kind, per_write in _STREAMS:
        run = getattr(contestant.driver(Task(base, kind, SHORT, per_write)), method)
        timed = loop.timed if method.startswith("a") else _timed
        figures[title] = timed(_repeated(run, streams), streams * SHORT)
    loop.close()
    return figures


def histories(contestant: Contestant, base: str, scale: float) -> Figures:
    """Measure what a step of an agent costs: one call with the whole conversation."""
    kind = contestant.home
    driver = contestant.driver(Task(base, kind))
    cases = [(length, False) for length in LENGTHS]
    cases.insert(2, (LENGTHS[1], True))
    figures = {}
    for length, tools in cases:
        count = max(2, round(1000 * scale / length))
        run = driver.history(length, tools=tools)
        figures[title_of(length, tools=tools)] = _timed(_repeated(run, count), count)
    return figures


def endpoints(contestant: Contestant, base: str, scale: float) -> Figures:
    """Measure what one call and one chunk cost on each endpoint, by turns."""
    count, streams = max(2, round(_CALLS * scale)), max(1, round(5 * scale))
    few = max(2, round(5 * scale))
    calls, chunks, long = {}, {}, {}
    for kind, name in ENDPOINTS.items():
        if contestant.serves(kind):
            driver = contestant.driver(Task(base, kind, SHORT))
            calls[f"invoke on {name}"] = _repeated(driver.invoke, count), count
            chunks[f"stream on {name}"] = _repeated(driver.stream, streams), streams * SHORT
            if kind != "text":  # those are among the histories
                sends = driver.history(LENGTHS[2], tools=False)
                long[f"1,000 messages on {name}"] = _repeated(sends, few), few
    return {**_by_turns(calls, _TURNS), **_by_turns(chunks, _TURNS), **_by_turns(long, REPEATS)}


def _repeated(run: Callable[[], Any], times: int) -> Callable[[], Any]:
    """Return what runs `times` in a row, awaiting what has to be awaited."""

    def repeated() -> None:
        for _ in range(times):
            run()

    async def arepeated() -> None:
        for _ in range(times):
            await run()

    return arepeated if iscoroutinefunction(run) else repeated


def init(contestant: Contestant, base: str, scale: float) -> Figures:
    """Measure construction, and the memory of a process that has made one model."""
    factory = contestant.factory(Task(base))
    models = [factory()]
    memory = float(_status("VmRSS"))
    count = max(2, round(200 * scale))

    def construct() -> None:
        models[:] = [factory() for _ in range(count)]

    figures = {"construction": _timed(construct, count), "memory after init": [memory, 0.0]}
    models.clear()
    gc.collect()
    tracemalloc.start()
    models[:] = [factory() for _ in range(count)]
    gc.collect()
    figures["memory of a model"] = [tracemalloc.get_traced_memory()[0] / count, 0.0]
    tracemalloc.stop()
    return figures


def long(contestant: Contestant, base: str, scale: float) -> Figures:
    """Measure what a chunk costs in short and in long streams, and the peak of memory."""
    few, many = SHORT, round(LONG * _most(scale))
    short = contestant.driver(Task(base, chunks=few, per_write=50))
    streams = max(1, round(5 * scale))
    figures = {"chunk, stream of 1k": _timed(_repeated(short.stream, streams), streams * few)}
    del short
    driver = contestant.driver(Task(base, chunks=many, per_write=50))
    gc.collect()
    before = _reset_peak()
    wall, cpu = perf_counter(), process_time()
    driver.stream()
    figures["chunk, stream of 100k"] = [
        (process_time() - cpu) / many,
        (perf_counter() - wall) / many,
    ]
    figures["memory, stream of 100k"] = [float(_status("VmHWM") - before) * LONG / many, 0.0]
    if contestant.title == "httpx":  # the framework alone keeps chunks
        del figures["memory, stream of 100k"]
    return figures


def _status(name: str) -> int:
    """Return resident memory in bytes: now (`VmRSS`) or at its peak (`VmHWM`)."""
    if _STATUS.exists():
        line = next(line for line in _STATUS.read_text().splitlines() if line.startswith(name))
        return int(line.split()[1]) * 1024
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss  # systems without /proc
    return peak if sys.platform == "darwin" else peak * 1024


def _reset_peak() -> int:
    """Let the peak start from now, where that is possible; return the memory in use."""
    clear = Path("/proc/self/clear_refs")
    if clear.exists():
        clear.write_text("5")
    return _status("VmRSS")


STAGES = {
    "calls": calls,
    "init": init,
    "long": long,
    "histories": histories,
    "endpoints": endpoints,
}


def main() -> None:
    stage, title, base, scale = sys.argv[1:]
    figures = STAGES[stage](CONTESTANTS[title], base, float(scale))
    json.dump(figures, sys.stdout)


if __name__ == "__main__":
    main()
