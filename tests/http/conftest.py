"""Models without sockets, and a clock that is only turned."""

from __future__ import annotations

import pytest

from langchain_aimlapi._http.async_client import AsyncClient  # no setting passes a clock in
from langchain_aimlapi._http.client import SyncClient


@pytest.fixture
def waits(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Return the seconds between attempts, which nobody waits for."""
    seconds: list[float] = []

    async def wait(delay: float) -> None:
        seconds.append(delay)

    monkeypatch.setattr(SyncClient, "sleep", staticmethod(seconds.append))
    monkeypatch.setattr(AsyncClient, "sleep", staticmethod(wait))
    monkeypatch.setattr("random.random", lambda: 0.0)
    return seconds
