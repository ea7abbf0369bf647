"""Waiting for a batch: the pauses between questions, and when to give up."""

from __future__ import annotations

import math
import time
from typing import TYPE_CHECKING

from langchain_aimlapi.errors import AIMLAPIError, APITimeoutError, ConfigurationError

if TYPE_CHECKING:
    from langchain_aimlapi._services.batches.results import Batch

PATIENCE = 5
"""Questions in a row, each with repeats of its own, that may fail before waiting is given up."""


class Wait:
    """How long to pause between questions, and when to give up."""

    def __init__(self, poll_interval: float, timeout: float | None) -> None:
        for name, seconds in (("poll_interval", poll_interval), ("timeout", timeout)):
            if seconds is not None and not 0 <= seconds < math.inf:
                raise ConfigurationError(f"{name} is a number of seconds, not {seconds!r}.")
        if poll_interval == 0:
            raise ConfigurationError("poll_interval is more than 0 seconds.")
        self._interval = poll_interval
        self._deadline = None if timeout is None else time.monotonic() + timeout
        self._failures = 0
        self._progress = "nothing is known of its progress"

    def after(self, batch: Batch) -> float:
        """Return the seconds until the next question, the last one being at the deadline."""
        self._failures = 0
        self._progress = f"{batch.done} of {batch.total} requests are done"
        return self._pause()

    def after_failure(self, error: AIMLAPIError) -> float:
        """Return the same after a question that failed; raise the error if there were too many."""
        self._failures += 1
        if self._failures == PATIENCE:
            raise error
        return self._pause()

    def _pause(self) -> float:
        if self._deadline is None:
            return self._interval
        left = self._deadline - time.monotonic()
        if left <= 0:
            raise APITimeoutError(
                f"The batch still runs: {self._progress}.",
                hint="Wait again with batch_wait(), or end it with batch_cancel().",
            )
        return min(self._interval, left)
