"""Streams that are open at the same time, and the connections that are left behind.

usage: python -m tests.benchmarks.open_streams [STREAMS]

Each answer is 20 chunks, 0.15 seconds apart, so that all streams overlap. Shown are milliseconds
per stream and kilobytes of memory while all of them are open.
"""

from __future__ import annotations

import asyncio
import gc
import sys
import threading
import time
from concurrent.futures import ProcessPoolExecutor
from importlib import import_module
from importlib.util import find_spec
from multiprocessing import get_context
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
from langchain_core.language_models.chat_models import BaseChatModel
from langchain_core.messages import AIMessageChunk
from langchain_core.outputs import ChatGenerationChunk, ChatResult

from langchain_aimlapi import ChatAIMLAPI

from .load_server import SLOW, SLOW_CHUNKS, SLOW_PAUSE

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

_PROCESS = Path("/proc/self")
EXPIRY = 60.0
"""Seconds that a connection without use is kept."""


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


async def _measure(stream: Callable[[], Awaitable[int]], streams: int) -> str:
    await stream()
    gc.collect()
    memory, wall, cpu = _resident(), time.perf_counter(), time.process_time()
    running = asyncio.gather(*(stream() for _ in range(streams)), return_exceptions=True)
    await asyncio.sleep(SLOW_CHUNKS * SLOW_PAUSE * 0.7)
    memory = _resident() - memory
    counts = await running
    cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
    whole = sum(1 for count in counts if isinstance(count, int) and count >= SLOW_CHUNKS)
    return (
        f"{cpu / streams * 1e3:.2f} ms CPU, {wall / streams * 1e3:.2f} ms wall, "
        f"{memory / streams:.1f} KB; {whole} of {streams} whole"
    )


def _of_model(model: Any) -> Callable[[], Awaitable[int]]:
    async def stream() -> int:
        return len([chunk async for chunk in model.astream("1")])

    return stream


def _of_httpx(client: httpx.AsyncClient, url: str) -> Callable[[], Awaitable[int]]:
    body = {"model": SLOW, "stream": True, "messages": [{"role": "user", "content": "1"}]}

    async def stream() -> int:
        count = 0
        async with client.stream("POST", url, json=body) as response:
            async for data in response.aiter_raw():
                count += data.count(b"\n\n")
        return count

    return stream


def _framework(_: str) -> Callable[[], Awaitable[int]]:
    return _of_model(_Memory())


def _ours(base: str) -> Callable[[], Awaitable[int]]:
    return _of_model(ChatAIMLAPI(model=SLOW, api_key="sk-load", base_url=base, timeout=120))


def _httpx(base: str) -> Callable[[], Awaitable[int]]:
    client = httpx.AsyncClient(timeout=None)  # noqa: S113  # most of them wait in line
    return _of_httpx(client, f"{base}/chat/completions")


def _openai(base: str) -> Callable[[], Awaitable[int]]:
    peer = import_module("langchain_openai").ChatOpenAI
    return _of_model(peer(model=SLOW, api_key="k", base_url=base, timeout=120, max_retries=0))


ROWS: dict[str, Callable[[str], Callable[[], Awaitable[int]]]] = {
    "the framework alone": _framework,
    "ours": _ours,
    "httpx with its own limits": _httpx,
    "ChatOpenAI": _openai,
}


def _row(title: str, base: str, streams: int) -> str:
    async def measure() -> str:
        return await _measure(ROWS[title](base), streams)

    return asyncio.run(measure())


def _threads() -> int:
    """Return how many threads there are, without those in which the loop looks up names."""
    return sum(not thread.name.startswith("asyncio_") for thread in threading.enumerate())


async def idle(base: str, calls: int = 400, seconds: float = EXPIRY + 2) -> tuple[int, int, int]:
    """Return how many connections `abatch` leaves, how many are left after a while, and threads.

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
    later, more = connections() - before, _threads() - threads
    await model.aclose()
    return after, later, more


def run(base: str, streams: int) -> bool:
    """Print the rows; return whether no connection and no thread is left behind."""
    for title in ROWS:
        if title != "ChatOpenAI" or find_spec("langchain_openai"):
            with ProcessPoolExecutor(1, get_context("spawn")) as fresh:
                row = fresh.submit(_row, title, base, streams).result()
            sys.stdout.write(f"{streams} open streams, {title}: {row}\n")
            sys.stdout.flush()
    after, later, threads = asyncio.run(idle(base))
    sys.stdout.write(
        f"after abatch of 400: {after} connections, {later} after {EXPIRY + 2:.0f} s, "
        f"{threads} threads\n"
    )
    return after <= 100 and later == 0 and threads <= 0


def main() -> None:
    from .load import server  # noqa: PLC0415  # which imports this module

    streams = int(sys.argv[1]) if len(sys.argv) > 1 else 900
    with server() as base:
        sys.exit(0 if run(base, streams) else 1)


if __name__ == "__main__":
    main()
