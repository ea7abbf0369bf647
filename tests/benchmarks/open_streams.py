"""Streams that are open at the same time, and the connections that are left behind.

usage: python -m tests.benchmarks.open_streams [--streams N] [--many N] [--json PATH]

Each answer is 20 chunks, 0.15 seconds apart, so that all streams overlap. Shown are milliseconds
per stream, and kilobytes of memory per stream while all of them are open. The limit is what the
framework costs that gets its chunks from memory at the same times, and what httpx costs that reads
the same bytes and throws them away, without a limit on its connections. These and ours are measured
by turns. The rows show the median of the turns, and so does the ratio, of which each turn has one:
what else the machine does changes from minute to minute, and then all rows of a turn alike.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import json
import resource
import sys
import threading
import time
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass
from importlib import import_module
from importlib.util import find_spec
from multiprocessing import get_context
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
from httpx_aiohttp import HttpxAiohttpClient
from langchain_core.language_models.chat_models import BaseChatModel
from langchain_core.messages import AIMessageChunk
from langchain_core.outputs import ChatGenerationChunk, ChatResult

from langchain_aimlapi import ChatAIMLAPI

from .load_server import SLOW, SLOW_CHUNKS, SLOW_PAUSE

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

_PROCESS = Path("/proc/self")
EXPIRY = 60.0
"""Seconds after which a connection without use is not used again."""
GOAL = 1.5
"""Greatest ratio of our CPU time to the limit's."""
AT_ONCE = 2000
"""Streams that have to run at once with a client of httpx-aiohttp."""
RESULTS = Path(__file__).parents[2] / ".benchmarks" / "open_streams.json"
_SPARE_FILES = 200
"""Files that a process has open besides its sockets, at most."""


@dataclass(frozen=True)
class Figures:
    """What some streams cost.

    Attributes:
        streams: How many there were.
        whole: How many of them brought all of their chunks.
        cpu: Milliseconds of CPU time per stream.
        wall: Seconds until all had ended.
        memory: KB per stream while all were open.
    """

    streams: int
    whole: int
    cpu: float
    wall: float
    memory: float


class _Memory(BaseChatModel):
    """The framework alone: the same chunks at the same times, from memory."""

    @property
    def _llm_type(self) -> str:
        return "memory"

    def _generate(self, *_: Any, **__: Any) -> ChatResult:
        raise NotImplementedError

    async def _astream(self, *_: Any, **__: Any) -> AsyncIterator[ChatGenerationChunk]:
        for _number in range(SLOW_CHUNKS):
            await asyncio.sleep(SLOW_PAUSE)
            yield ChatGenerationChunk(message=AIMessageChunk(content="1 "))


def _resident() -> int:
    """Return the memory in use, in KB."""
    status = (_PROCESS / "status").read_text().splitlines()
    return int(next(line for line in status if line.startswith("VmRSS")).split()[1])


def connections() -> int:
    """Return how many sockets are open."""
    return sum(entry.is_socket() for entry in (_PROCESS / "fd").iterdir())


async def _measure(stream: Callable[[], Awaitable[int]], streams: int) -> Figures:
    await stream()
    gc.collect()
    memory, wall, cpu = _resident(), time.perf_counter(), time.process_time()
    running = asyncio.gather(*(stream() for _ in range(streams)), return_exceptions=True)
    await asyncio.sleep(SLOW_CHUNKS * SLOW_PAUSE * 0.7)
    memory = _resident() - memory
    counts = await running
    cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
    whole = sum(1 for count in counts if isinstance(count, int) and count >= SLOW_CHUNKS)
    return Figures(streams, whole, cpu / streams * 1e3, wall, memory / streams)


def _of_model(model: Any) -> Callable[[], Awaitable[int]]:
    async def stream() -> int:
        return len([chunk async for chunk in model.astream("1")])

    return stream


def _framework(_: str) -> Callable[[], Awaitable[int]]:
    return _of_model(_Memory())


_BODY = {"model": SLOW, "stream": True, "messages": [{"role": "user", "content": "1"}]}


def _ours(base: str) -> Callable[[], Awaitable[int]]:
    return _of_model(ChatAIMLAPI(model=SLOW, api_key="sk-load", base_url=base, timeout=120))


def _ours_on_messages(base: str) -> Callable[[], Awaitable[int]]:
    model = ChatAIMLAPI(
        model=SLOW, api_key="sk-load", base_url=base, timeout=120, endpoint="messages"
    )
    return _of_model(model)


def _ours_with_aiohttp(base: str) -> Callable[[], Awaitable[int]]:
    # As the documentation has it: its default of 100 connections would make the others wait.
    client = HttpxAiohttpClient(limits=httpx.Limits(max_connections=0))
    return _of_model(
        ChatAIMLAPI(
            model=SLOW, api_key="sk-load", base_url=base, timeout=120, http_async_client=client
        )
    )


def _httpx(base: str) -> Callable[[], Awaitable[int]]:
    limits = httpx.Limits(max_connections=None, max_keepalive_connections=None)
    client = httpx.AsyncClient(timeout=None, limits=limits)  # noqa: S113  # as long as they take

    async def stream() -> int:
        count = 0
        async with client.stream("POST", f"{base}/chat/completions", json=_BODY) as response:
            async for data in response.aiter_raw():
                count += data.count(b"\n\n")
        return count

    return stream


def _openai(base: str) -> Callable[[], Awaitable[int]]:
    peer = import_module("langchain_openai").ChatOpenAI
    return _of_model(peer(model=SLOW, api_key="k", base_url=base, timeout=120, max_retries=0))


def _anthropic(base: str) -> Callable[[], Awaitable[int]]:
    peer = import_module("langchain_anthropic").ChatAnthropic
    url = base.removesuffix("/v1")
    return _of_model(peer(model=SLOW, api_key="k", base_url=url, timeout=120, max_retries=0))


FRAMEWORK, HTTPX, OURS = "the framework alone", "httpx alone", "ours"
OURS_ON_MESSAGES = "ours on `/messages`"
OURS_WITH_AIOHTTP = "ours with httpx-aiohttp"
_BY_TURNS = (FRAMEWORK, HTTPX, OURS, OURS_ON_MESSAGES, OURS_WITH_AIOHTTP)
TURNS = 7
"""How often these rows are measured."""
ROWS: dict[str, Callable[[str], Callable[[], Awaitable[int]]]] = {
    FRAMEWORK: _framework,
    HTTPX: _httpx,
    OURS: _ours,
    OURS_ON_MESSAGES: _ours_on_messages,
    OURS_WITH_AIOHTTP: _ours_with_aiohttp,
    "ChatOpenAI": _openai,
    "ChatAnthropic": _anthropic,
}
_PACKAGES = {"ChatOpenAI": "langchain_openai", "ChatAnthropic": "langchain_anthropic"}


def figures(title: str, base: str, streams: int) -> Figures:
    """Measure a row, in this process."""
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))

    async def measure() -> Figures:
        return await _measure(ROWS[title](base), streams)

    return asyncio.run(measure())


def in_fresh_process(title: str, base: str, streams: int) -> Figures:
    """Measure a row in a process of its own."""
    with ProcessPoolExecutor(1, get_context("spawn")) as fresh:
        return fresh.submit(figures, title, base, streams).result()


def _threads() -> int:
    """Return how many threads there are, without those in which the loop looks up names."""
    return sum(not thread.name.startswith("asyncio_") for thread in threading.enumerate())


async def idle(base: str, calls: int = 400, seconds: float = EXPIRY + 2) -> tuple[int, int, int]:
    """Return how many connections `abatch` leaves, how many a later call leaves, and threads.

    Args:
        base: Base URL of the service.
        calls: Inputs of the batch.
        seconds: How long to wait, in seconds.
    """
    before = connections()
    model = ChatAIMLAPI(model="load/model", api_key="sk-load", base_url=base)
    threads = _threads()
    await model.abatch([str(20 * number + 1) for number in range(calls)])
    after = connections() - before
    await asyncio.sleep(seconds)
    await model.ainvoke("1")
    later, more = connections() - before, _threads() - threads
    await model.aclose()
    return after, later, more


def measure(base: str, streams: int, many: int) -> dict[str, Any]:
    """Measure all rows, and many streams of ours; print each row as it is known.

    Args:
        base: Base URL of the service.
        streams: Streams of a row.
        many: Streams of the last row; 0 for none.
    """
    turns: dict[str, list[Figures]] = {title: [] for title in ROWS if title in _BY_TURNS}
    for _ in range(TURNS):
        for title, figures_of in turns.items():
            figures_of.append(in_fresh_process(title, base, streams))
    measured = {title: _shown(title, _median(several)) for title, several in turns.items()}
    for title in ROWS:
        if title not in turns and (title not in _PACKAGES or find_spec(_PACKAGES[title])):
            measured[title] = _shown(title, in_fresh_process(title, base, streams))
    report: dict[str, Any] = {"streams": streams}
    if many:
        most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
        if many + _SPARE_FILES > most:
            report["too_many"] = f"{many} streams: this machine allows {most} open files"
        else:
            title = f"{OURS_WITH_AIOHTTP}, {many:,} at once"
            measured[title] = _shown(title, in_fresh_process(OURS_WITH_AIOHTTP, base, many))
    framework, alone, ours = (turns[title] for title in (FRAMEWORK, HTTPX, OURS))
    ratios = sorted(
        mine.cpu / (least.cpu + wire.cpu)
        for least, wire, mine in zip(framework, alone, ours, strict=True)
    )
    report["rows"] = {title: asdict(row) for title, row in measured.items()}
    report["ratios"], report["ratio"] = ratios, ratios[len(ratios) // 2]
    sys.stdout.write(
        f"ours / (framework + httpx): {report['ratio']:.2f} "
        f"({ratios[0]:.2f} to {ratios[-1]:.2f} in {TURNS} turns), the goal is {GOAL}; "
        f"{report.get('too_many', '')}\n"
    )
    return report


def _median(several: list[Figures]) -> Figures:
    """Return those of the turn whose CPU time is in the middle."""
    return sorted(several, key=lambda turn: turn.cpu)[len(several) // 2]


def _shown(title: str, row: Figures) -> Figures:
    sys.stdout.write(
        f"{row.streams} open streams, {title}: {row.cpu:.2f} ms CPU a stream, {row.wall:.1f} s in "
        f"all, {row.memory:.1f} KB a stream; {row.whole} of {row.streams} whole\n"
    )
    sys.stdout.flush()
    return row


def run(base: str, streams: int) -> bool:
    """Print the rows; return whether all streams are whole, and no old connection is left."""
    measure(base, streams, 0)
    many = max(streams, round(AT_ONCE * streams / 900))
    at_once = _shown(OURS_WITH_AIOHTTP, in_fresh_process(OURS_WITH_AIOHTTP, base, many))
    after, later, threads = asyncio.run(idle(base))
    sys.stdout.write(
        f"after abatch of 400: {after} connections, {later} after {EXPIRY + 2:.0f} s and a call, "
        f"{threads} threads\n"
    )
    return at_once.whole == many and later == 1 and threads <= 0


def main() -> None:
    from .load import server  # noqa: PLC0415  # which imports this module

    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.open_streams")
    parser.add_argument("--streams", type=int, default=900, help="of a row")
    parser.add_argument("--many", type=int, default=5000, help="of the last row; 0 for none")
    parser.add_argument("--json", type=Path, default=RESULTS, help="default: %(default)s")
    options = parser.parse_args()
    with server() as base:
        report = measure(base, options.streams, options.many)
    options.json.parent.mkdir(parents=True, exist_ok=True)
    options.json.write_text(json.dumps(report, indent=2) + "\n")


if __name__ == "__main__":
    main()
