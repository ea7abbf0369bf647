"""Closes connections that blocking pools kept for too long, in a thread that is rarely there.

An event loop has timers; threads have none, and a thread that waits for a minute after every call
would be in everybody's way: forking with threads is deprecated. So a few connections may grow old
until the next call finds them, and the thread exists only from when a pool keeps more until those
are used or closed. It is gone while the process forks.
"""

from __future__ import annotations

import os
import queue
import threading
from contextlib import suppress
from typing import Protocol
from weakref import WeakSet, finalize

from langchain_aimlapi._http.deadlines import monotonic

FEW = 8
"""Idle connections of a pool that are not worth a thread."""
_SHORTEST = 0.01
"""Seconds between two looks, at least."""
_UNKNOWN = 1.0
"""Seconds until the next look where other threads took what was looked at."""
_JOIN = 1.0
"""Seconds that a fork waits for the thread to end, at most."""


class Pool(Protocol):
    """What a blocking pool keeps."""

    @property
    def count(self) -> int:
        """How many connections nobody uses."""

    def close_expired(self) -> float | None:
        """Close those that are too old; return when the next one will be, if it is known."""

    def close_all(self) -> int:
        """Close all; return how many that were."""


class _Sweeper:
    def __init__(self) -> None:
        self._lock = threading.RLock()  # the garbage collector may end a call inside
        self._thread: threading.Thread | None = None
        self._held = False
        self._until = 0.0  # when all are old that pools kept while they kept many
        # Its `put` may be interrupted by itself, so finalisers may call it.
        self._wake: queue.SimpleQueue[None] = queue.SimpleQueue()

    def crowded(self, seconds: float) -> None:
        """Note that a pool keeps many, which are old `seconds` from now."""
        self._until = monotonic() + seconds
        if self._thread is None:
            self._start()

    def _start(self) -> None:
        with self._lock:
            if self._thread is not None or self._done(monotonic()):
                return
            thread = threading.Thread(target=self._run, name="aimlapi-idle", daemon=True)
            # Not where the interpreter is about to end, or the process has all its threads.
            with suppress(RuntimeError):
                thread.start()
                self._thread = thread

    def wake(self) -> None:
        """Have the thread look again: there may be less to do."""
        if self._thread is not None:
            self._wake.put(None)

    def hold(self) -> None:
        """Have no thread until `resume`."""
        with self._lock:
            thread, self._held = self._thread, True
        if thread is not None:
            self._wake.put(None)
            thread.join(_JOIN)

    def resume(self) -> None:
        """Have one again, if there is something to do for it."""
        self._held = False
        self._start()

    def _run(self) -> None:
        while True:
            looked_at = monotonic()
            seconds = self._sweep()
            with self._lock:
                if self._done(looked_at):
                    self._thread = None
                    return
            with suppress(queue.Empty):
                self._wake.get(timeout=seconds)

    @staticmethod
    def _sweep() -> float:
        """Close what is too old; return after how many seconds to look again."""
        due = [pool.close_expired() for pool in tuple(_pools)]
        now = monotonic()
        left = (_UNKNOWN if moment is None else moment - now for moment in due)
        return max(min(left, default=_UNKNOWN), _SHORTEST)

    def _done(self, looked_at: float) -> bool:
        over = self._held or looked_at > self._until
        return over or not any(pool.count for pool in tuple(_pools))


_pools: WeakSet[Pool] = WeakSet()
_sweeper = _Sweeper()


def watch(pool: Pool) -> None:
    """Take care of what `pool` keeps, as long as it exists."""
    _pools.add(pool)
    finalize(pool, _wake).atexit = False


def note_more(pool: Pool, seconds: float) -> None:
    """Note that `pool` keeps one more connection, for so many seconds."""
    if pool.count > FEW:
        _sweeper.crowded(seconds)


def note_less() -> None:
    """Note that a pool keeps nothing any longer."""
    _sweeper.wake()


def close_all() -> int:
    """Close what all pools keep; return how many connections that were."""
    return sum(pool.close_all() for pool in tuple(_pools))


def _wake() -> None:
    _sweeper.wake()


def _hold() -> None:
    _sweeper.hold()


def _resume() -> None:
    _sweeper.resume()


def _replace_in_child() -> None:
    # Threads and locks of the parent are none in a child.
    global _sweeper  # noqa: PLW0603  # one per process
    _sweeper = _Sweeper()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(before=_hold, after_in_parent=_resume, after_in_child=_replace_in_child)
