from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from langchain_aimlapi import ChatAIMLAPI

if TYPE_CHECKING:
    from collections.abc import Callable

    from emulator.server import Emulator


@pytest.fixture
def model_of(emulator: Emulator) -> Callable[..., ChatAIMLAPI]:
    """Make models that ask the emulator."""

    def make(model: str, **fields: Any) -> ChatAIMLAPI:
        base = {"api_key": "sk-emulator", "base_url": emulator.base_url, "max_retries": 0}
        return ChatAIMLAPI(**{"model": model, **base, **fields})

    return make
