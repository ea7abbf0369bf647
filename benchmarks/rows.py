"""The rows of the table, and how a row is measured: everybody by turns, in this one process.

The speed of a shared machine changes from second to second, for everything that it runs. So a
ratio compares figures of the same turn, and the median of all turns is shown.
"""

from __future__ import annotations

import asyncio
import gc
import os
import subprocess
import sys
from dataclasses import dataclass
from statistics import median
from time import process_time
from typing import TYPE_CHECKING, Any

from benchmarks.contestants import LIMIT, OURS, SLOW_CHUNKS, Task, slow

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence

    from benchmarks.contestants import Contestant

BATCH, AT_ONCE = 200, 50
OPEN_STREAMS = 200
GOAL = 1.5
"""Greatest multiple of the limit that this package may take."""

Turn = dict[str, float]
"""By contestant: CPU seconds per call, per chunk, or per stream."""


@dataclass(frozen=True)
class Row:
    """A measure.

    Attributes:
        title: Its name in the table.
        method: Of a driver: what is called.
        calls: How often it is called in a turn.
        parts: By how many parts of one call the time is divided.
        task: What the server answers, besides its URL.
        arguments: Of the method; a conversation has its length, and whether there are tools.
        goal: Greatest multiple of the limit.
    """

    title: str
    method: str
    calls: int = 40
    parts: int = 1
    task: Mapping[str, Any] | None = None
    arguments: tuple[Any, ...] = ()
    goal: float = GOAL

    def is_for(self, contestant: Contestant) -> bool:
        """Return whether a contestant can take part."""
        if self.method == "import":
            return not contestant.only_async
        if contestant.only_async and not self.method.startswith(("a", "open")):
            return False
        return (self.task or {}).get("kind", "chat") in contestant.kinds


def _stream(title: str, method: str, per_write: int = 1) -> Row:
    return Row(title, method, calls=1, parts=500, task={"per_write": per_write})


def _conversation(title: str, kind: str, length: int, *, tools: bool = False) -> Row:
    goal = GOAL if length < 1000 else 3
    calls = max(2, 300 // length)
    return Row(title, "conversation", calls, 1, {"kind": kind}, (length, tools), goal)


ROWS = (
    Row("import and a model", "import", calls=1, goal=1.2),
    Row("invoke", "invoke"),
    Row("ainvoke", "ainvoke"),
    Row(f"abatch of {BATCH}, {AT_ONCE} at once", "abatch", 1, BATCH, None, (BATCH, AT_ONCE)),
    _stream("stream, chunk, 1 per read", "stream"),
    _stream("stream, chunk, 50 per read", "stream", 50),
    _stream("astream, chunk, 1 per read", "astream"),
    _stream("astream, chunk, 50 per read", "astream", 50),
    _stream("stream_events v3, chunk", "events"),
    _stream("astream_events v3, chunk", "aevents"),
    Row(f"{OPEN_STREAMS} open streams, each", "open_streams", OPEN_STREAMS),
    _conversation("100 messages, 30 tools", "chat", 100, tools=True),
    _conversation("1,000 messages", "chat", 1000),
    _conversation("1,000 messages, responses", "responses", 1000),
    _conversation("1,000 messages, messages", "messages", 1000),
)


class Runner:
    """Measures rows; one event loop serves all, since some packages share clients in it.

    Args:
        base: URL of the server.
        turns: How often each row is measured.
    """

    def __init__(self, base: str, turns: int) -> None:
        self._base = base
        self._turns = turns
        self._loop = asyncio.new_event_loop()
        self._drivers: list[Any] = []

    def measure(self, row: Row, contestants: Sequence[Contestant]) -> list[Turn]:
        """Return what each turn cost, by contestant."""
        runs = {}
        for contestant in contestants:
            if row.is_for(contestant):
                share = 1 if row.method == "open_streams" else contestant.share
                calls = max(1, round(row.calls * share))
                runs[contestant.title] = self._run_of(row, contestant), calls * row.parts, calls
        for run, _, _ in runs.values():
            run(1)
        turns: list[Turn] = []
        order = list(runs.items())
        for _ in range(self._turns if row.method != "open_streams" else min(self._turns, 2)):
            turns.append({title: run(calls) / parts for title, (run, parts, calls) in order})
            order.reverse()
        while self._drivers:
            self._loop.run_until_complete(self._drivers.pop().aclose())
        return turns

    def _run_of(self, row: Row, contestant: Contestant) -> Callable[[int], float]:
        """Return what makes some calls and returns the CPU seconds that they took."""
        if row.method == "import":
            return lambda _: _import_seconds(contestant.first_model)
        if row.method == "open_streams":
            return lambda count: self._open_streams(contestant, count)
        driver = contestant.driver(Task(self._base, **row.task or {}))
        self._drivers.append(driver)
        if row.method == "conversation":
            length, tools = row.arguments
            return _timed(driver.conversation(length, tools=tools))
        call = getattr(driver, row.method)
        if not asyncio.iscoroutinefunction(call):
            return _timed(call)

        async def calls(count: int) -> None:
            for _ in range(count):
                await call(*row.arguments)

        return lambda count: _seconds(lambda: self._loop.run_until_complete(calls(count)))

    def _open_streams(self, contestant: Contestant, count: int) -> float:
        driver = contestant.driver(slow(self._base))
        counts: list[int] = []

        async def run() -> None:
            counts.extend(await chunks_of_streams(driver.astream, count))

        seconds = _seconds(lambda: self._loop.run_until_complete(run()))
        self._loop.run_until_complete(driver.aclose())
        return seconds if min(counts) >= SLOW_CHUNKS else float("inf")

    def close(self) -> None:
        """Close the event loop."""
        self._loop.run_until_complete(self._loop.shutdown_asyncgens())
        self._loop.close()


async def chunks_of_streams(stream: Callable[[], Awaitable[int]], count: int) -> list[int]:
    """Open `count` streams at once; return how many chunks each brought, 0 if it failed."""
    ended = await asyncio.gather(*(stream() for _ in range(count)), return_exceptions=True)
    return [one if isinstance(one, int) else 0 for one in ended]


def _timed(call: Callable[[], object]) -> Callable[[int], float]:
    def calls(count: int) -> None:
        for _ in range(count):
            call()

    return lambda count: _seconds(lambda: calls(count))


def _seconds(run: Callable[[], object]) -> float:
    gc.collect()
    start = process_time()
    run()
    return process_time() - start


def _import_seconds(statements: str) -> float:
    """Return the CPU seconds of a fresh process, its modules compiled before."""
    code = f"from time import process_time as t; s = t(); {statements}; print(t() - s)"
    unset = {"PYTHONDONTWRITEBYTECODE", "LANGSMITH_TRACING", "LANGCHAIN_TRACING_V2"}
    environment = {name: value for name, value in os.environ.items() if name not in unset}
    command = [sys.executable, "-W", "ignore", "-c", code]
    done = subprocess.run(command, env=environment, check=True, capture_output=True, text=True)  # noqa: S603  # ours
    return float(done.stdout)


@dataclass(frozen=True)
class Result:
    """What a row came to: medians over its turns.

    Attributes:
        row: The row.
        limit: Seconds of the limit.
        ratios: By contestant, as multiples of the limit of the same turn.
        seconds: By contestant.
    """

    row: Row
    limit: float
    ratios: Mapping[str, float]
    seconds: Mapping[str, float]

    @property
    def misses(self) -> Iterable[str]:
        """Say which goals this package misses here."""
        if OURS not in self.ratios:
            return
        ours = self.ratios[OURS]
        if ours > self.row.goal:
            yield f"{self.row.title}: {ours:.2f} times the limit, the goal is {self.row.goal:g}"
        for title, ratio in self.ratios.items():
            if ratio < ours and not title.startswith(OURS):
                yield f"{self.row.title}: {title} is ahead ({ratio:.2f}, ours {ours:.2f})"


def result_of(row: Row, turns: Sequence[Turn]) -> Result:
    """Put turns together."""
    others = [title for title in turns[0] if title != LIMIT]
    ratios = {title: median(turn[title] / turn[LIMIT] for turn in turns) for title in others}
    seconds = {title: median(turn[title] for turn in turns) for title in others}
    return Result(row, median(turn[LIMIT] for turn in turns), ratios, seconds)
