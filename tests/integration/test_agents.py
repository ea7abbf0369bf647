"""LangChain's `create_agent` on every endpoint, sync and async: tools, structured responses."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import pytest
from families import (
    ASKED,
    ENDPOINTS,
    RETIRED,
    THINKING,
    every_endpoint,
    every_vendor,
    run,
    run_both_ways,
    weather,
)
from langchain.agents import create_agent
from langchain.agents.middleware import HumanInTheLoopMiddleware
from langchain.agents.structured_output import ProviderStrategy, ToolStrategy
from langchain_core.messages import HumanMessage, ToolMessage
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.types import Command
from pydantic import BaseModel

from langchain_aimlapi.errors import NotFoundError

if TYPE_CHECKING:
    from emulator.server import Emulator
    from families import ModelOf


# Claude's own endpoint has no field for a format: the system prompt asks for it, with a warning.
asks_by_prompt = pytest.mark.filterwarnings("ignore:The request schema of .* response_format")
# A model that thinks cannot be forced to call a tool.
is_not_forced = pytest.mark.filterwarnings("ignore:tool_choice='any' is left out")


class Report(BaseModel):
    """The weather of a city."""

    city: str
    sunny: bool


SUNNY = Report(city="Paris", sunny=True)


@every_endpoint
async def test_a_tool_is_called_and_its_result_used(model_of: ModelOf, endpoint: str) -> None:
    agent = create_agent(model_of(**ENDPOINTS[endpoint]), [weather])
    for messages in await run_both_ways(agent, [ASKED]):
        assert [message.type for message in messages] == ["human", "ai", "tool", "ai"]
        assert "Sunny in Paris." in messages[-1].text


@every_vendor
async def test_tokens_of_an_agent_are_streamed_once(model_of: ModelOf, name: str) -> None:
    agent = create_agent(model_of(name), [weather])
    given: Any = {"messages": [ASKED]}
    whole = agent.invoke(given)["messages"][-1].text
    pieces = [chunk.text for chunk, _ in agent.stream(given, stream_mode="messages")
              if chunk.type == "AIMessageChunk"]  # fmt: skip
    assert "".join(pieces) == whole
    assert len(pieces) > 3
    apieces = [chunk.text async for chunk, _ in agent.astream(given, stream_mode="messages")
               if chunk.type in {"AIMessageChunk", "ai"}]  # fmt: skip
    assert "".join(apieces) == whole
    # Before 3.11 a task of asyncio does not see who streams, so LangGraph streams whole messages.
    assert len(apieces) > 3 or sys.version_info < (3, 11)


# --- structured responses ---
@asks_by_prompt
@every_endpoint
@pytest.mark.parametrize("strategy", [None, ProviderStrategy, ToolStrategy])
async def test_a_structured_response_comes_by_either_strategy(
    model_of: ModelOf, endpoint: str, strategy: Any
) -> None:
    wanted = Report if strategy is None else strategy(Report)
    agent = create_agent(model_of(**ENDPOINTS[endpoint]), [weather], response_format=wanted)
    for way in ("invoke", "ainvoke"):
        result = await run(agent, way, [ASKED])
        assert result["structured_response"] == SUNNY
    by_tool = result["messages"][-1].type == "tool"
    if strategy is None:  # the profile decides: Claude's schemas have no field for a format
        assert by_tool is (endpoint in {"chat-claude", "messages"})
    else:
        assert by_tool is (strategy is ToolStrategy)


@asks_by_prompt
@is_not_forced
@pytest.mark.parametrize("strategy", [ProviderStrategy, ToolStrategy])
async def test_a_claude_that_thinks_gives_a_structured_response_too(
    model_of: ModelOf, strategy: Any
) -> None:
    agent = create_agent(model_of(**THINKING), [weather], response_format=strategy(Report))
    asked = [HumanMessage(f"{ASKED.content} Give a Report.")]
    for way in ("invoke", "ainvoke"):
        assert (await run(agent, way, asked))["structured_response"] == SUNNY


# --- fallbacks ---
@asks_by_prompt
@every_endpoint
@pytest.mark.parametrize("form", [None, ProviderStrategy(Report), ToolStrategy(Report)])
async def test_an_agent_falls_back_to_the_model_that_works(
    model_of: ModelOf, emulator: Emulator, endpoint: str, form: Any
) -> None:
    model: Any = model_of(RETIRED).with_fallbacks([model_of(**ENDPOINTS[endpoint])])
    agent = create_agent(model, [weather], response_format=form)
    for way in ("invoke", "ainvoke"):
        before = len(emulator.requests)
        result = await run(agent, way, [ASKED])
        assert "Sunny in Paris." in str(result["messages"][2:])
        assert result.get("structured_response") == (None if form is None else SUNNY)
        assert len(emulator.requests) == before + 4  # two turns, each first to the retired model
    with pytest.raises(NotFoundError, match="retired"):
        create_agent(model_of(RETIRED)).invoke({"messages": [ASKED]})


# --- agents that wait for a person ---
DECISIONS: dict[str, tuple[dict[str, Any], str]] = {
    "approve": ({"type": "approve"}, "Sunny in Paris."),
    "reject": ({"type": "reject", "message": "Not today."}, "Not today."),
    "edit": (
        {"type": "edit", "edited_action": {"name": "weather", "args": {"city": "Oslo"}}},
        "Sunny in Oslo.",
    ),
}
# Before 3.11 a task of asyncio does not see the graph it runs in, so async graphs cannot wait.
ways_of_waiting = ("invoke", "ainvoke") if sys.version_info >= (3, 11) else ("invoke",)


@every_endpoint
@pytest.mark.parametrize(("decision", "expected"), DECISIONS.values(), ids=DECISIONS)
async def test_a_person_decides_about_a_call(
    model_of: ModelOf, endpoint: str, decision: dict[str, Any], expected: str
) -> None:
    ask = HumanInTheLoopMiddleware(interrupt_on={"weather": True})
    model = model_of(**ENDPOINTS[endpoint])
    agent = create_agent(model, [weather], middleware=[ask], checkpointer=InMemorySaver())
    for way in ways_of_waiting:
        config: Any = {"configurable": {"thread_id": way}}
        (interrupt,) = (await run(agent, way, [ASKED], config))["__interrupt__"]
        assert interrupt.value["action_requests"][0]["args"] == {"city": "Paris"}
        result = await run(agent, way, Command(resume={"decisions": [decision]}), config)
        results = [message for message in result["messages"] if isinstance(message, ToolMessage)]
        assert expected in results[-1].text
        assert result["messages"][-1].type == "ai"
