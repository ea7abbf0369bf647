"""Deadlines that reach the socket: a timeout that knows when the whole call must be over.

An httpx timeout bounds one read. A server that sends a byte now and then resets it for ever, in
the headers too, where no caller can look in between. So the number that httpx hands down to each
read is a `Deadline`, and the sockets of our own clients read it: no read may last longer than
what is left. A client that the user brings takes it as the plain number that it also is.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from typing_extensions import Self

_FOREVER = float("inf")
_OVER = "the deadline of the call has passed"
NOTHING_CAME = "nothing was received in time"
"""What a read says that waited in vain."""


if hasattr(time, "clock_gettime"):

    def monotonic() -> float:
        """Return the seconds of a clock that only moves forward.

        Libraries that freeze or turn the time in tests replace `time.monotonic`. A call that runs
        meanwhile must not end by it.
        """
        return time.clock_gettime(time.CLOCK_MONOTONIC)

else:
    monotonic = time.monotonic  # Windows has no other


class Clock:
    """When a call must be over; the call may move it while it runs.

    Attributes:
        expires_at: Moment on the monotonic clock, in seconds.
    """

    __slots__ = ("expires_at",)

    def __init__(self) -> None:
        """Start without an end."""
        self.expires_at = _FOREVER

    def set(self, seconds: float | None) -> None:
        """End `seconds` from now; never, if None."""
        self.expires_at = _FOREVER if seconds is None else monotonic() + seconds

    def at_most(self, seconds: float) -> None:
        """End `seconds` from now, or when it would have ended, whatever comes first."""
        self.expires_at = min(self.expires_at, monotonic() + seconds)

    @property
    def expired(self) -> bool:
        """Whether the end has come."""
        return monotonic() >= self.expires_at


class Deadline(float):
    """Seconds that one read, write or connect may take, and the clock of the whole call."""

    __slots__ = ("clock",)
    clock: Clock

    def __new__(cls, seconds: float, clock: Clock) -> Self:
        """Make one of `seconds`, never past the end of `clock`."""
        deadline = super().__new__(cls, seconds)
        deadline.clock = clock
        return deadline


def seconds_left(timeout: float | None, error: type[Exception]) -> float | None:
    """Return how long an operation may take.

    Args:
        timeout: What httpx hands down.
        error: What to raise when the deadline has passed.
    """
    if type(timeout) is not Deadline:
        return timeout
    left = timeout.clock.expires_at - monotonic()
    if left <= 0:
        raise error(_OVER)
    return left if left < timeout else float(timeout)


def end_of(timeout: float | None, error: type[Exception]) -> float | None:
    """Return the moment at which an operation must be over; None for never.

    Args:
        timeout: What httpx hands down.
        error: What to raise when the deadline has passed.
    """
    if timeout is None:
        return None
    now = monotonic()
    if type(timeout) is not Deadline:
        return now + timeout
    expires_at = timeout.clock.expires_at
    if expires_at <= now:
        raise error(_OVER)
    return min(expires_at, now + timeout)
