"""The emulator, and a key with some requests behind it."""

from __future__ import annotations

from itertools import count
from typing import TYPE_CHECKING, Any

import pytest

from langchain_aimlapi import ChatAIMLAPI

if TYPE_CHECKING:
    from collections.abc import Callable

    from emulator.server import Emulator

_numbers = count()
Settings = dict[str, Any]


@pytest.fixture
def settings(emulator: Emulator) -> Settings:
    """A key that nothing was asked with yet."""
    return {"api_key": f"test-account-{next(_numbers):04}", "base_url": emulator.base_url}


@pytest.fixture
def ask(settings: Settings) -> Callable[..., str]:
    """Ask a model something; return the inference id."""

    def ask(text: str = "Hi!", model: str = "gpt-4o-mini", **kwargs: Any) -> str:
        answer = ChatAIMLAPI(model=model, **settings).invoke(text, **kwargs)
        inference_id: str = answer.response_metadata["inference_id"]
        return inference_id

    return ask
