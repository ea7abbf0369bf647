"""Which failed attempt is repeated, and after how many seconds: pure, no clock, no sleep."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

RETRYABLE_STATUSES = frozenset({408, 409, 425, 429})
PERMANENT_SERVER_STATUSES = frozenset({501, 505})
"""Server errors that a repeat cannot mend: not implemented, HTTP version not supported."""
MAX_RETRY_AFTER = 60.0
"""Seconds. A service that asks for more is not waited for: the caller decides."""
FIRST_DELAY = 0.5
MAX_DELAY = 8.0
JITTER = 0.25
"""Share of a delay that is taken off at random, so that clients do not come back in step."""


class FailedAttempt(NamedTuple):
    """What the policy has to know of a failed attempt.

    Attributes:
        status: HTTP status, or None when there was no response.
        transient: Whether a failure without a status may pass (no connection, pool wait, a
            disconnect before the first answer), as opposed to one that will not (TLS, bad URL)
            and to a read that timed out: the answer may still be made, and billed twice.
        retry_after: Seconds that the service asks to wait.
        should_retry: The value of `x-should-retry`, where the service sends it.
    """

    status: int | None = None
    transient: bool = False
    retry_after: float | None = None
    should_retry: bool | None = None


def should_retry_header(headers: Mapping[str, str]) -> bool | None:
    """Return the value of `x-should-retry`, or None."""
    return {"true": True, "false": False}.get(headers.get("x-should-retry", "").lower())


class RetryPolicy(NamedTuple):
    """Decides about repeats.

    Attributes:
        max_retries: How many repeats there are at most.
    """

    max_retries: int = 2

    def delay_before(
        self, attempt: int, failure: FailedAttempt, random: Callable[[], float]
    ) -> float | None:
        """Return the seconds to wait before repeat number `attempt`, or None for no repeat.

        Args:
            attempt: 1 for the first repeat.
            failure: What went wrong.
            random: Returns a number from 0 up to 1.
        """
        if attempt > self.max_retries or not is_retryable(failure):
            return None
        asked = failure.retry_after
        if asked is not None and asked > 0:
            return asked if asked <= MAX_RETRY_AFTER else None
        delay = min(FIRST_DELAY * 2.0 ** (attempt - 1), MAX_DELAY)
        return delay * (1 - JITTER * random())


def is_retryable(failure: FailedAttempt) -> bool:
    """Return whether a repeat may succeed, and would not be billed twice."""
    if failure.should_retry is not None:
        return failure.should_retry
    if failure.status is None:
        return failure.transient
    if failure.status in RETRYABLE_STATUSES:
        return True
    return failure.status >= 500 and failure.status not in PERMANENT_SERVER_STATUSES  # noqa: PLR2004  # server errors
