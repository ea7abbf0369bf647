"""Shortens the waits between attempts, which no setting does."""

from __future__ import annotations

from typing import TYPE_CHECKING

# Clients on a real socket wait by the real clock; no setting makes that short.
from langchain_aimlapi._http import retry

if TYPE_CHECKING:
    import pytest


def shorten_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the first attempt be repeated after a millisecond."""
    monkeypatch.setattr(retry, "FIRST_DELAY", 0.001)
