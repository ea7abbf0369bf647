"""The emulator, a key that nothing was asked with yet, and services without a known list."""

from __future__ import annotations

from itertools import count
from typing import TYPE_CHECKING, Any

import pytest

from langchain_aimlapi import account, catalogue
from langchain_aimlapi._model.access import AnswerFile, ETagCache  # the state to clear

if TYPE_CHECKING:
    from emulator.server import Emulator

_numbers = count()


@pytest.fixture(autouse=True)
def _no_list_is_known(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(catalogue, "_cache", ETagCache())
    monkeypatch.setattr(catalogue, "_cached_retirements", ETagCache())
    monkeypatch.setattr(catalogue, "_answers", AnswerFile(None))
    monkeypatch.setattr(account, "_cached_metrics", ETagCache())


@pytest.fixture
def settings(emulator: Emulator) -> dict[str, Any]:
    """A key of its own at the emulator."""
    return {"api_key": f"test-services-{next(_numbers):04}", "base_url": emulator.base_url}
