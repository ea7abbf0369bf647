"""Many calls at once, with faults: `python -m tests.benchmarks.load`.

Every call has to end in its own answer or in a typed error, and nothing may be left behind: no
file descriptor, no thread, and no memory that grows from round to round.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import subprocess
import sys
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from langchain_aimlapi import ChatAIMLAPI
from langchain_aimlapi.errors import AIMLAPIError

from . import dead_connections, open_streams
from .load_server import CHUNKS, ends_well, expected_text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

ROOT = Path(__file__).parents[2]
_PROCESS = Path("/proc/self")


class Tally:
    """How calls ended: `right`, the name of an error, or one of the two that must not be."""

    def __init__(self, *, stream: bool) -> None:
        self.stream = stream
        self.ends: Counter[str] = Counter()

    def answered(self, number: int, text: str) -> None:
        right = text == expected_text(number, CHUNKS if self.stream else 1)
        self.ends["right" if right else "MIXED UP"] += 1

    def failed(self, number: int, error: BaseException) -> None:
        typed = isinstance(error, AIMLAPIError) and not ends_well(number, stream=self.stream)
        self.ends[type(error).__name__ if typed else f"UNEXPECTED {type(error).__name__}"] += 1

    @property
    def sound(self) -> bool:
        return not any(end.startswith(("MIXED UP", "UNEXPECTED")) for end in self.ends)


def invokes(model: ChatAIMLAPI, calls: int, first: int = 0) -> Tally:
    """One call after the other."""
    tally = Tally(stream=False)

    def call(number: int) -> None:
        try:
            tally.answered(number, model.invoke(str(number)).text)
        except Exception as error:  # noqa: BLE001  # counted
            tally.failed(number, error)

    for number in range(first, first + calls):
        call(number)
    return tally


def threads(model: ChatAIMLAPI, threads: int, calls: int, first: int = 0) -> Tally:
    """Calls from many threads, one after the other in each."""
    with ThreadPoolExecutor(threads) as pool:
        starts = range(first, first + threads * calls, calls)
        tallies = list(pool.map(lambda start: invokes(model, calls, start), starts))
    total = Tally(stream=False)
    for tally in tallies:
        total.ends += tally.ends
    return total


def astreams(model: ChatAIMLAPI, calls: int, first: int = 0) -> Tally:
    """Streams at once, on one event loop."""
    tally = Tally(stream=True)

    async def call(number: int) -> None:
        try:
            text = "".join([chunk.text async for chunk in model.astream(str(number))])
        except Exception as error:  # noqa: BLE001  # counted
            tally.failed(number, error)
        else:
            tally.answered(number, text)

    async def all_of_them() -> None:
        await asyncio.gather(*(call(number) for number in range(first, first + calls)))
        await model.aclose()

    asyncio.run(all_of_them())
    return tally


def _left() -> tuple[int, int, float]:
    """Return file descriptors, threads and resident memory (MB) of this process."""
    gc.collect()
    status = (_PROCESS / "status").read_text()
    resident = next(line for line in status.splitlines() if line.startswith("VmRSS"))
    files = len(list((_PROCESS / "fd").iterdir()))
    return files, threading.active_count(), int(resident.split()[1]) / 1024


@contextmanager
def server() -> Iterator[str]:
    """Run the server; yield its base URL."""
    command = [sys.executable, "-m", "tests.benchmarks.load_server"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:  # noqa: S603  # ours
        try:
            assert process.stdout is not None
            yield f"http://127.0.0.1:{int(process.stdout.readline())}/v1"
        finally:
            process.terminate()


def run(scale: float, rounds: int) -> bool:
    """Run each load for some rounds; return whether every call ended as it should."""
    loads: dict[str, Callable[[ChatAIMLAPI, int], Tally]] = {
        "concurrent astreams of 200 chunks": lambda m, n: astreams(m, round(1000 * scale), n),
        "sequential invokes": lambda m, n: invokes(m, round(10_000 * scale), n),
        "threads x 20 calls": lambda m, n: threads(m, round(200 * scale), 20, n),
    }
    sound = True
    with server() as base:
        model = ChatAIMLAPI(model="load/model", api_key="sk-load", base_url=base)
        first = 0
        for title, load in loads.items():
            for number in range(1, rounds + 1):
                start = time.perf_counter()
                tally = load(model, first)
                took = time.perf_counter() - start
                model.close()
                files, threads_, memory = _left()
                calls = tally.ends.total()
                first += calls
                sound = sound and tally.sound
                ends = ", ".join(f"{count} {end}" for end, count in tally.ends.most_common())
                sys.stdout.write(
                    f"{calls} {title}, round {number}: {took:.1f} s; {ends}; left: {files} files, "
                    f"{threads_} threads, {memory:.0f} MB\n"
                )
        model.close()
        sound = dead_connections.run(base, round(50 * scale)) and sound
        return open_streams.run(base, round(900 * scale)) and sound


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.load", description=__doc__)
    parser.add_argument("--scale", type=float, default=1.0, help="1 for all calls")
    parser.add_argument("--rounds", type=int, default=3, help="of each load")
    options = parser.parse_args()
    sys.exit(0 if run(options.scale, options.rounds) else 1)


if __name__ == "__main__":
    main()
