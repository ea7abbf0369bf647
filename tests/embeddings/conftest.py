"""The emulator, and models that ask it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from langchain_aimlapi import AIMLAPIEmbeddings

if TYPE_CHECKING:
    from collections.abc import Callable

    from emulator.server import Emulator


@pytest.fixture
def make(emulator: Emulator) -> Callable[..., AIMLAPIEmbeddings]:
    """Make a model that asks the emulator."""

    def make(model: str = "text-embedding-3-small", **settings: Any) -> AIMLAPIEmbeddings:
        given = {"api_key": "test-embeddings", "base_url": emulator.base_url, **settings}
        return AIMLAPIEmbeddings(model=model, **given)

    return make
