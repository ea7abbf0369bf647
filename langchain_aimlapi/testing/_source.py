"""Where cassettes are recorded from, and how their first line names it."""

from __future__ import annotations

import contextlib
import datetime as dt
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

from langchain_aimlapi.testing._scrub import REPLAY_KEY, Scrubber
from langchain_aimlapi.testing._traffic import PUBLIC_BASE_URL

if TYPE_CHECKING:
    from collections.abc import Iterator

_KEY_VARIABLE = "AIMLAPI_API_KEY"
_LIVE = "the live service"


@dataclass(frozen=True, slots=True)
class RecordingSource:
    """Where cassettes are recorded from.

    Attributes:
        label: What the `source:` line of a new cassette says. `None` has it name the base URLs
            that were asked, and the day.
        base_url: The server to record from: what models would send elsewhere goes there instead.
            `None` leaves requests alone.
        api_key: The key for models made while recording, if the environment has none.
    """

    label: str | None = None
    base_url: str | None = None
    api_key: str | None = None

    @classmethod
    def live(cls) -> RecordingSource:
        """Return whatever the models name: the service itself, or another base URL."""
        return cls()

    @classmethod
    def from_environment(cls) -> RecordingSource:
        """Return what `AIMLAPI_RECORD_FROM` names: `live`, the default, or a base URL.

        Raises:
            ValueError: It names neither.
        """
        place = os.environ.get("AIMLAPI_RECORD_FROM") or "live"
        if place == "live":
            return cls.live()
        if not place.startswith(("http://", "https://")):
            raise ValueError(
                f"AIMLAPI_RECORD_FROM is {place!r}; it must be 'live' or the base URL of a server",
            )
        return cls(base_url=place, api_key=REPLAY_KEY)

    def line(self, bases: set[str], scrubber: Scrubber) -> str:
        """Return the `source:` line of what was recorded from base URLs."""
        if self.label is not None:
            return self.label
        places = [
            _LIVE if base == PUBLIC_BASE_URL else scrubber.uri(base)
            for base in sorted(bases) or [PUBLIC_BASE_URL]
        ]
        today = dt.datetime.now(dt.timezone.utc).date()
        return f"recorded from {' and '.join(places)} on {today.isoformat()}"


@contextlib.contextmanager
def environment_key(key: str | None) -> Iterator[None]:
    """Set `AIMLAPI_API_KEY` while the context lasts, unless it is set or there is no key."""
    if key is None or os.environ.get(_KEY_VARIABLE):
        yield
        return
    before = os.environ.get(_KEY_VARIABLE)
    os.environ[_KEY_VARIABLE] = key
    try:
        yield
    finally:
        if before is None:
            os.environ.pop(_KEY_VARIABLE, None)
        else:
            os.environ[_KEY_VARIABLE] = before
