"""Conversations with the emulator, which checks items as the service does."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from responses_wire import (
    MODEL,
)

from langchain_aimlapi import ChatAIMLAPI
from langchain_aimlapi.errors import (
    ContextLengthError,
    InvalidRequestError,
    ServerError,
    StreamInterruptedError,
)

if TYPE_CHECKING:
    from emulator import Emulator


@pytest.fixture
def thinker(emulator: Emulator) -> ChatAIMLAPI:
    return ChatAIMLAPI(
        model=MODEL,
        api_key="sk-emulator",
        base_url=emulator.base_url,
        reasoning={"effort": "low", "summary": "auto"},
        max_retries=0,
    )


@pytest.mark.parametrize(
    ("scenario", "error"),
    [("failed", ServerError), ("upstream", ContextLengthError), ("cut", StreamInterruptedError)],
)
def test_failures_of_the_service_are_typed_errors(
    thinker: ChatAIMLAPI, scenario: str, error: type[Exception]
) -> None:
    model = thinker.model_copy(update={"default_headers": {"x-emulator-scenario": scenario}})
    with pytest.raises(error):
        list(model.stream("Hi!"))


def test_what_the_service_refuses_names_the_endpoint(thinker: ChatAIMLAPI) -> None:
    with pytest.raises(InvalidRequestError, match="/v1/responses"):
        thinker.invoke("Hi!", seed=3)
