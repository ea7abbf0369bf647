from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from faults.server import FaultServer

from langchain_aimlapi import account, catalogue
from langchain_aimlapi._model.access import ETagCache  # what is kept is the state to clear

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(autouse=True)
def _no_list_is_known(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(catalogue, "_cache", ETagCache())
    monkeypatch.setattr(account, "_cached_metrics", ETagCache())


@pytest.fixture(scope="module")
def faults() -> Iterator[FaultServer]:
    with FaultServer() as server:
        yield server
