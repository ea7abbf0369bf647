"""The fault server, and models without waits between their attempts."""

from __future__ import annotations

import gc
from typing import TYPE_CHECKING, Any

import pytest

from langchain_aimlapi import ChatAIMLAPI
from langchain_aimlapi._http import retry  # no setting shortens its waits
from sockets.fault import KEY, TIMEOUT
from sockets.server import FaultServer, Service

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from sockets.server import Script


@pytest.fixture(scope="session")
def server() -> Iterator[FaultServer]:
    with FaultServer() as server:
        yield server


@pytest.fixture(scope="module", autouse=True)
def no_leftovers() -> None:
    """Let go of models of earlier modules: they share connections, and so keep them open."""
    gc.collect()


@pytest.fixture(autouse=True)
def no_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retry, "FIRST_DELAY", 0.001)


@pytest.fixture
def model_of() -> Iterator[Callable[..., ChatAIMLAPI]]:
    models: list[ChatAIMLAPI] = []

    def model_of(service: Service, **fields: Any) -> ChatAIMLAPI:
        made = ChatAIMLAPI(
            **{
                "model": "openai/gpt-4o",
                "api_key": KEY,
                "base_url": service.base_url,
                "timeout": TIMEOUT,
                "client_request_id": "call-7",
                **fields,
            }
        )
        models.append(made)
        return made

    yield model_of
    for model in models:
        model.close()


@pytest.fixture
def asking(
    server: FaultServer, model_of: Callable[..., ChatAIMLAPI]
) -> Callable[..., tuple[Service, ChatAIMLAPI]]:
    """Open a service, and make a model that asks it."""

    def asking(script: Script, **fields: Any) -> tuple[Service, ChatAIMLAPI]:
        service = server.serving(script)
        return service, model_of(service, **fields)

    return asking
