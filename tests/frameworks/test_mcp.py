"""Tools of an MCP server, which runs as a process of its own, in agents on every endpoint."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from families import ENDPOINTS_AND_THINKING
from langchain.agents import create_agent
from langchain_mcp_adapters.client import MultiServerMCPClient
from langchain_mcp_adapters.tools import load_mcp_tools

if TYPE_CHECKING:
    from collections.abc import Callable

    from emulator.server import Emulator
    from langchain_core.messages import ToolMessage

    from langchain_aimlapi import ChatAIMLAPI

    ModelOf = Callable[..., ChatAIMLAPI]


@pytest.fixture
def servers() -> MultiServerMCPClient:
    script = str(Path(__file__).with_name("mcp_server.py"))
    return MultiServerMCPClient(
        {"weather": {"transport": "stdio", "command": sys.executable, "args": [script]}}
    )


async def ask(agent: Any, question: str) -> tuple[ToolMessage, Any]:
    """Return what the tool gave, and the answer."""
    messages = (await agent.ainvoke({"messages": [("user", question)]}))["messages"]
    assert [message.type for message in messages] == ["human", "ai", "tool", "ai"]
    assert messages[1].tool_calls[0]["args"] == {"city": "Paris"}
    return messages[2], messages[3]


async def test_agents_of_every_endpoint_work_with_the_tools_of_one_session(
    model_of: ModelOf, emulator: Emulator, servers: MultiServerMCPClient
) -> None:
    async with servers.session("weather") as session:
        tools = await load_mcp_tools(session)
        for fields in ENDPOINTS_AND_THINKING.values():
            await _use_every_tool(create_agent(model_of(**fields), tools), emulator)


async def _use_every_tool(agent: Any, emulator: Emulator) -> None:
    result, answer = await ask(agent, "What is the weather in Paris?")
    assert result.text == "Sunny in Paris."
    assert "Sunny in Paris." in answer.text
    offered = json.dumps(emulator.requests[-1].body["tools"])
    assert all(f'"{name}"' in offered for name in ("weather", "radar", "forecast"))

    # An image goes to the model, beside its text.
    result, answer = await ask(agent, "Use radar for the city of Paris now")
    assert [block["type"] for block in result.content_blocks] == ["text", "image"]
    sent = json.dumps(emulator.requests[-1].body)
    assert "No rain in Paris." in sent
    assert "iVBORw0KGgo" in sent
    assert answer.text

    # What the server complains about goes there, too.
    result, answer = await ask(agent, "Use forecast for the city of Paris now")
    assert result.status == "error"
    assert "nobody knows about Paris" in answer.text

    pieces = [
        chunk.text
        async for chunk, _ in agent.astream(
            {"messages": [("user", "What is the weather in Rome?")]}, stream_mode="messages"
        )
        if chunk.type == "AIMessageChunk"
    ]
    assert len(pieces) > 3
    assert "Sunny in Rome." in "".join(pieces)


async def test_a_server_is_started_for_every_call_where_there_is_no_session(
    model_of: ModelOf, servers: MultiServerMCPClient
) -> None:
    agent: Any = create_agent(model_of("openai/gpt-4o"), await servers.get_tools())
    result, answer = await ask(agent, "What is the weather in Paris?")
    assert result.text == "Sunny in Paris."
    assert "Sunny in Paris." in answer.text
