"""Models without sockets, and a clock that is only turned."""

from __future__ import annotations

from typing import Any

import pytest

from langchain_aimlapi._http.async_client import AsyncClient  # no setting passes a clock in
from langchain_aimlapi._http.client import SyncClient


@pytest.fixture
def waits(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Return the seconds between attempts, which nobody waits for."""
    seconds: list[float] = []

    async def wait(delay: float) -> None:
        seconds.append(delay)

    for client, sleep in ((SyncClient, seconds.append), (AsyncClient, wait)):
        monkeypatch.setattr(client, "__init__", _sleeping(client.__init__, sleep))
    monkeypatch.setattr("random.random", lambda: 0.0)
    return seconds


def _sleeping(init: Any, sleep: Any) -> Any:
    def made(self: Any, *args: Any, **kwargs: Any) -> None:
        init(self, *args, **{**kwargs, "sleep": sleep})

    return made
