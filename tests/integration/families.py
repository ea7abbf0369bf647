"""Models of both request schemas and of four vendors, and what they are asked to work with."""

from __future__ import annotations

from typing import Any

import pytest
from langchain_core.messages import HumanMessage
from langchain_core.tools import tool

CLAUDE = "anthropic/claude-sonnet-4"
GPT = "openai/gpt-4o"
GEMINI = "google/gemini-3-5-flash"
DEEPSEEK = "deepseek/deepseek-v4-flash"

every_vendor = pytest.mark.parametrize("name", [CLAUDE, GPT, GEMINI, DEEPSEEK])
both_schemas = pytest.mark.parametrize("name", [CLAUDE, GPT])

# Every endpoint and every request schema, by the fields of a model that is asked there.
DOORS: dict[str, dict[str, Any]] = {
    "chat-openai": {"model": GPT},
    "chat-claude": {"model": CLAUDE},
    "responses": {"model": "openai/gpt-5-4"},
    "messages": {"model": "anthropic/claude-sonnet-5", "endpoint": "messages"},
}
every_door = pytest.mark.parametrize("door", DOORS)
both_ways = pytest.mark.parametrize("way", ["invoke", "ainvoke"])

ASKED = HumanMessage("What is the weather in Paris? Use the tool.")


@tool
def weather(city: str) -> str:
    """Tell the weather of a city."""
    return f"Sunny in {city}."


@tool
async def aweather(city: str) -> str:
    """Tell the weather of a city."""
    return f"Sunny in {city}."


aweather.name = "weather"


async def run(agent: Any, way: str, asked: Any, config: Any = None) -> Any:
    """Run an agent on messages, or on what a graph takes instead of them."""
    given = {"messages": asked} if isinstance(asked, list) else asked
    if way == "invoke":
        return agent.invoke(given, config)
    return await agent.ainvoke(given, config)
