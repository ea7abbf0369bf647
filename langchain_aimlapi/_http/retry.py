"""Which failed attempt is retried, and after how many seconds: pure, no clock, no sleep."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

RETRYABLE_STATUSES = frozenset({408, 409, 425, 429})
PERMANENT_SERVER_STATUSES = frozenset({501, 505})
"""Server errors that a retry cannot mend: not implemented, HTTP version not supported."""
MAX_RETRY_AFTER = 60.0
"""Seconds. A service that asks for more is not waited for: the caller decides."""
FIRST_DELAY = 0.5
MAX_DELAY = 8.0
JITTER = 0.25
"""Share of a delay that is taken off at random, so that clients do not come back in step."""


def is_retryable(status: int | None, headers: Mapping[str, str]) -> bool:
    """Return whether a retry may succeed after this status, or as `x-should-retry` says."""
    asked = {"true": True, "false": False}.get(headers.get("x-should-retry", "").lower())
    if asked is not None or status is None:
        return bool(asked)
    if status in RETRYABLE_STATUSES:
        return True
    return status >= 500 and status not in PERMANENT_SERVER_STATUSES  # noqa: PLR2004  # server errors


def delay_before(
    attempt: int, retry_after: float | None, random: Callable[[], float]
) -> float | None:
    """Return the seconds to wait before a retry, or None if the service asks for too many.

    Args:
        attempt: 1 for the first retry.
        retry_after: Seconds that the service asks to wait.
        random: Returns a number from 0 up to 1.
    """
    if retry_after is not None:
        return retry_after if retry_after <= MAX_RETRY_AFTER else None
    delay = min(FIRST_DELAY * 2.0 ** (attempt - 1), MAX_DELAY)
    return delay * (1 - JITTER * random())
