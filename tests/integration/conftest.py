from __future__ import annotations

from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

import pytest
from faults.server import FaultServer

from langchain_aimlapi import ChatAIMLAPI

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from emulator.server import Emulator

# It is about what came with core 1.8, which Python 3.10 does not get.
collect_ignore = [] if find_spec("langchain_core.decisions") else ["test_middlewares.py"]


@pytest.fixture
def model_of(emulator: Emulator) -> Callable[..., ChatAIMLAPI]:
    """Make models that ask the emulator."""

    def make(model: str, **fields: Any) -> ChatAIMLAPI:
        base = {"api_key": "sk-emulator", "base_url": emulator.base_url}
        return ChatAIMLAPI(**{"model": model, **base, **fields})

    return make


@pytest.fixture(scope="session")
def faults() -> Iterator[FaultServer]:
    with FaultServer() as server:
        yield server
