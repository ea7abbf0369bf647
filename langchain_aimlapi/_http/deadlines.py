"""The clock of a call: when its attempt, or the wait for its next event, must be over."""

from __future__ import annotations

import time
from functools import partial
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

_FOREVER = float("inf")

monotonic: Callable[[], float] = time.monotonic
"""Returns the seconds of a clock that only moves forward."""
if hasattr(time, "clock_gettime"):  # not on Windows
    # Libraries that freeze the time in tests replace `time.monotonic`; a call that runs meanwhile
    # must not time out because of that.
    monotonic = partial(time.clock_gettime, time.CLOCK_MONOTONIC)


class Clock:
    """When a call must be over; the call may move it while it runs.

    Attributes:
        expires_at: Moment on the monotonic clock, in seconds.
    """

    __slots__ = ("expires_at",)

    def __init__(self) -> None:
        self.expires_at = _FOREVER

    def set(self, seconds: float | None) -> None:
        """Expire `seconds` from now; never, if None."""
        self.expires_at = _FOREVER if seconds is None else monotonic() + seconds

    def set_at_most(self, seconds: float) -> None:
        """Expire `seconds` from now, or when it would have expired, whatever comes first."""
        self.expires_at = min(self.expires_at, monotonic() + seconds)

    @property
    def expired(self) -> bool:
        """Whether the time is over."""
        return monotonic() >= self.expires_at

    @property
    def seconds_left(self) -> float | None:
        """The seconds until it expires, 0 if it has; None if it never does."""
        if self.expires_at == _FOREVER:
            return None
        return max(0.0, self.expires_at - monotonic())
