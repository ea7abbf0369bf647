"""How the CPU time of some work grows with its input.

A clock on the wall tells of other processes as much as of the work, and one pause of a garbage
collection outweighs a small input. So this counts the CPU time of this process, takes the least of
several tries, and tries again before it calls a work slow.
"""

from __future__ import annotations

import gc
from time import process_time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

_FACTOR = 8
_NOISE = 3.5  # 8 times this is 28; what grows by the square takes 64 times as long
_LEAST = 0.002  # seconds; below it the clock tells nothing
_TRIES = 6


def cpu_seconds(work: Callable[[], object]) -> float:
    """Return the CPU time of one run, in seconds, without garbage collections."""
    gc.disable()
    try:
        start = process_time()
        work()
        return process_time() - start
    finally:
        gc.enable()


def assert_linear(work: Callable[[int], Callable[[], object]], size: int) -> None:
    """Fail if the work takes much more than eight times as long at `size` as at an eighth of it.

    Args:
        work: Prepares the work for a size, and returns what is to be timed.
        size: Of the larger input.
    """
    short = long = float("inf")
    for _ in range(_TRIES):
        short = min(short, cpu_seconds(work(size // _FACTOR)))
        long = min(long, cpu_seconds(work(size)))
        if long < max(short, _LEAST) * _FACTOR * _NOISE:
            return
    raise AssertionError(
        f"{size} units took {long:.4f} s of CPU time, an eighth of them {short:.4f} s"
    )
