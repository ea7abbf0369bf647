"""Conversations with the emulator, which checks items as the service does."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from langchain_core.messages import HumanMessage
from langchain_core.tools import tool
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


# --- with a service that checks -----------------------------------------------------------------
@tool
def get_weather(location: str) -> str:
    """Get the weather at a location."""
    return f"Sunny in {location}."


@pytest.fixture
def thinker(emulator: Emulator) -> ChatAIMLAPI:
    return ChatAIMLAPI(
        model=MODEL,
        api_key="sk-emulator",
        base_url=emulator.base_url,
        reasoning={"effort": "low", "summary": "auto"},
        max_retries=0,
    )


def converse(model: Any, questions: list[str], *, stream: bool) -> list[Any]:
    """Ask questions that take a tool, one after the other; return the conversation."""
    turns: list[Any] = []

    def ask() -> Any:
        if not stream:
            return model.invoke(turns)
        first, *rest = model.stream(turns)
        return sum(rest, first)

    for question in questions:
        turns.append(HumanMessage(question))
        asked = ask()
        turns += [asked, *(get_weather.invoke(made) for made in asked.tool_calls)]
        turns.append(ask())
        assert "Sunny" in turns[-1].text
    return turns


QUESTIONS = ["What is the weather in Paris?", "What is the weather in Rome and Oslo?"]


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("version", ["v0", "v1"])
def test_a_conversation_with_tools_and_sealed_reasoning(
    thinker: ChatAIMLAPI, version: str, *, stream: bool
) -> None:
    model = thinker.model_copy(update={"output_version": version}).bind_tools([get_weather])
    turns = converse(model, QUESTIONS, stream=stream)
    kinds = [block["type"] for block in turns[1].content_blocks]
    assert kinds == ["reasoning", "reasoning", "tool_call"]


@pytest.mark.parametrize("stream", [False, True])
def test_a_conversation_that_the_service_keeps(
    thinker: ChatAIMLAPI, emulator: Emulator, *, stream: bool
) -> None:
    model = thinker.bind(use_previous_response_id=True).bind(
        tools=thinker.bind_tools([get_weather]).kwargs["tools"]  # type: ignore[attr-defined]  # a binding
    )
    converse(model, QUESTIONS, stream=stream)
    sizes = [len(request.body["input"]) for request in emulator.requests[-4:]]
    assert sizes == [1, 1, 1, 2]


def test_a_remote_tool_is_approved(thinker: ChatAIMLAPI) -> None:
    remote = {"type": "mcp", "server_label": "docs", "server_url": "https://mcp.example/sse"}
    model = thinker.bind_tools([remote])
    turns: list[Any] = [HumanMessage("What is it?")]
    turns.append(model.invoke(turns))
    (request,) = [
        block["value"]
        for block in turns[-1].content_blocks
        if block["type"] == "non_standard" and block["value"]["type"] == "mcp_approval_request"
    ]
    approval = {
        "type": "mcp_approval_response",
        "approval_request_id": request["id"],
        "approve": True,
    }
    turns.append(HumanMessage([approval]))
    answer = model.invoke(turns)
    results = [b for b in answer.content_blocks if b["type"] == "server_tool_result"]
    assert results[0]["output"]["output"] == "docs says: it is well documented."
    turns += [answer, HumanMessage("Thanks.")]
    assert model.invoke(turns).text


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
