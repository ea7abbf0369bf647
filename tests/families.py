"""Models of every endpoint and of four vendors, and the tool that they are asked to use."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from langchain_core.messages import HumanMessage
from langchain_core.tools import tool

if TYPE_CHECKING:
    from collections.abc import Callable

    from langchain_aimlapi import ChatAIMLAPI

    ModelOf = Callable[..., ChatAIMLAPI]

CLAUDE = "anthropic/claude-sonnet-4"
GPT = "openai/gpt-4o"
GEMINI = "google/gemini-3-5-flash"
DEEPSEEK = "deepseek/deepseek-v4-flash"
RETIRED = "gpt-4.5-preview"

every_vendor = pytest.mark.parametrize("name", [CLAUDE, GPT, GEMINI, DEEPSEEK])

# Every endpoint and every request schema, by the fields of a model that is served there.
ENDPOINTS: dict[str, dict[str, Any]] = {
    "chat-openai": {"model": GPT},
    "chat-claude": {"model": CLAUDE},
    "responses": {"model": "openai/gpt-5-4"},
    "messages": {"model": "anthropic/claude-sonnet-5", "endpoint": "messages"},
}
THINKING = {**ENDPOINTS["messages"], "thinking": {"type": "adaptive"}}
ENDPOINTS_AND_THINKING = {**ENDPOINTS, "messages, thinking": THINKING}
every_endpoint = pytest.mark.parametrize("endpoint", ENDPOINTS)

ASKED = HumanMessage("What is the weather in Paris? Use the tool.")


@tool
def weather(city: str) -> str:
    """Tell the weather of a city."""
    return f"Sunny in {city}."


async def run(agent: Any, way: str, asked: Any, config: Any = None) -> Any:
    """Run an agent on messages, or on what a graph takes instead of them."""
    given = {"messages": asked} if isinstance(asked, list) else asked
    if way == "invoke":
        return agent.invoke(given, config)
    return await agent.ainvoke(given, config)


async def run_both_ways(agent: Any, asked: list[Any]) -> list[list[Any]]:
    """Return the messages of a sync run of an agent and of an async one."""
    return [(await run(agent, way, asked))["messages"] for way in ("invoke", "ainvoke")]
