from __future__ import annotations

import asyncio
import inspect
from typing import TYPE_CHECKING, Any

import pytest
from pydantic import SecretStr

from langchain_aimlapi import ChatAIMLAPI, batches

if TYPE_CHECKING:
    from collections.abc import Callable

    from emulator.server import Emulator


@pytest.fixture
def model(emulator: Emulator) -> ChatAIMLAPI:
    return ChatAIMLAPI(
        model="anthropic/claude-sonnet-4",
        api_key=SecretStr("sk-emulator"),
        base_url=emulator.base_url,
        max_tokens=2048,
    )


@pytest.fixture(params=["", "a"], ids=["sync", "async"])
def run(request: pytest.FixtureRequest) -> Callable[..., Any]:
    """Call a function of the module or its async form."""

    def call(name: str, *args: Any, **kwargs: Any) -> Any:
        called = getattr(batches, request.param + name)(*args, **kwargs)
        return asyncio.run(called) if inspect.isawaitable(called) else called

    return call
