"""`AIMLAPIPromptCachingMiddleware` in agents of LangChain."""

from __future__ import annotations

import json

import pytest
from langchain.agents import create_agent
from langchain_core.language_models import GenericFakeChatModel

from langchain_aimlapi import ChatAIMLAPI
from langchain_aimlapi.middleware import AIMLAPIPromptCachingMiddleware
from langchain_aimlapi.testing import Answer, answers


def look_up(word: str) -> str:
    """Look up a word."""
    return f"{word}: an insect."


@pytest.mark.parametrize("way", ["invoke", "ainvoke"])
async def test_prompt_caching_marks_every_step_of_an_agent(way: str) -> None:
    steps = [Answer(tool_calls=[{"name": "look_up", "args": {"word": "bee"}}]), "Bees hum."]
    script = answers(steps)
    model = ChatAIMLAPI(model="anthropic/claude-sonnet-5", endpoint="messages", **script)
    agent = create_agent(
        model, tools=[look_up], middleware=[AIMLAPIPromptCachingMiddleware(ttl="1h")]
    )
    asked = {"messages": [("user", "What do bees do?")]}
    await agent.ainvoke(asked) if way == "ainvoke" else agent.invoke(asked)
    marks = [json.dumps(request).count('"ttl": "1h"') for request in script.requests]
    assert marks == [2, 3]  # a tool and the question; then the result as well


def test_a_model_that_caches_by_itself_keeps_its_ttl() -> None:
    script = answers(["Bees hum."])
    model = ChatAIMLAPI(model="anthropic/claude-sonnet-5", prompt_caching="1h", **script)
    agent = create_agent(model, tools=[look_up], middleware=[AIMLAPIPromptCachingMiddleware()])
    agent.invoke({"messages": [("user", "What do bees do?")]})
    assert script.requests[0]["tools"][0]["cache_control"]["ttl"] == "1h"


def test_prompt_caching_leaves_models_of_other_packages_alone() -> None:
    agent = create_agent(
        GenericFakeChatModel(messages=iter(["Hi!"])),
        tools=[],
        middleware=[AIMLAPIPromptCachingMiddleware()],
    )
    assert agent.invoke({"messages": [("user", "Hi!")]})["messages"][-1].text == "Hi!"
