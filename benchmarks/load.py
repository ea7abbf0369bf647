"""Two thousand streams, open at once on one event loop: `python -m benchmarks.load`.

With httpx-aiohttp's client, whose default of 100 connections is lifted; see README.md.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import time

from benchmarks.__main__ import allow_many_files, server
from benchmarks.contestants import CONTESTANTS, OURS_AIOHTTP, SLOW_CHUNKS, slow
from benchmarks.rows import chunks_of_streams


async def _run(base: str, streams: int) -> bool:
    contestant = next(one for one in CONTESTANTS if one.title == OURS_AIOHTTP)
    driver = contestant.driver(slow(base))
    start, cpu = time.perf_counter(), time.process_time()
    chunks = await chunks_of_streams(driver.astream, streams)
    took, cpu = time.perf_counter() - start, time.process_time() - cpu
    await driver.aclose()
    whole = sum(count >= SLOW_CHUNKS for count in chunks)
    sys.stdout.write(
        f"{whole} of {streams} streams came whole, all within {took:.1f} s; "
        f"{cpu / streams * 1e3:.1f} ms of CPU time each\n"
    )
    return whole == streams


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.load", description=__doc__)
    parser.add_argument("--streams", type=int, default=2000, help="default: %(default)s")
    options = parser.parse_args()
    allow_many_files()
    with server() as base:
        sys.exit(0 if asyncio.run(_run(base, options.streams)) else 1)


if __name__ == "__main__":
    main()
