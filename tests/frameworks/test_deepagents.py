"""deepagents' whole harness on every endpoint: tools, files, subagents, streams."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from deepagents import create_deep_agent
from families import ENDPOINTS_AND_THINKING
from langchain.agents.middleware import ModelRequest, wrap_model_call
from langchain_core.messages import AIMessage, AIMessageChunk, ToolMessage
from langchain_core.tools import tool

from langchain_aimlapi.cost import get_cost_callback
from langchain_aimlapi.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Callable

    from emulator.server import Emulator

    from langchain_aimlapi import ChatAIMLAPI

FILE_TOOLS = {"ls", "read_file", "write_file", "edit_file", "glob", "grep"}


@tool
def get_weather(city: str) -> str:
    """Return the weather of a city."""
    return f"Sunny in {city}."


@pytest.fixture(params=ENDPOINTS_AND_THINKING)
def model(request: pytest.FixtureRequest, model_of: Callable[..., ChatAIMLAPI]) -> ChatAIMLAPI:
    return model_of(**ENDPOINTS_AND_THINKING[request.param])


@pytest.fixture
def agent(model: ChatAIMLAPI) -> Any:
    critic = {
        "name": "critic",
        "description": "Reviews a text.",
        "system_prompt": "You review texts.",
        "tools": [],
    }
    return create_deep_agent(
        model=model, tools=[get_weather], system_prompt="Be brief.", subagents=[critic]
    )


def ask(prompt: str) -> dict[str, Any]:
    return {"messages": [("user", prompt)]}


def tool_results(state: dict[str, Any]) -> dict[str, str]:
    return {str(m.name): m.text for m in state["messages"] if isinstance(m, ToolMessage)}


def offered_tools(body: dict[str, Any]) -> set[str]:
    """Return the names of a request's tools, in either schema."""
    return {(t.get("function") or t)["name"] for t in body["tools"]}


def turns(body: dict[str, Any]) -> list[Any]:
    """Return the conversation of a request, at any endpoint."""
    return list(body.get("messages") or body["input"])


def offer_only(tool_name: str) -> Any:
    """Return middleware that leaves one tool: the emulator takes every tool with `file` for fit."""

    @wrap_model_call
    def offer(request: ModelRequest, handler: Any) -> Any:
        tools = [t for t in request.tools if getattr(t, "name", None) == tool_name]
        return handler(request.override(tools=tools))

    return offer


def test_the_agent_calls_a_tool_and_says_what_it_found(agent: Any, emulator: Emulator) -> None:
    first = len(emulator.requests)
    state = agent.invoke(ask("What is the weather in Paris?"))
    _, call, result, answer = state["messages"]
    assert [(c["name"], c["args"]) for c in call.tool_calls] == [("get_weather", {"city": "Paris"})]
    assert (result.text, result.tool_call_id) == ("Sunny in Paris.", call.tool_calls[0]["id"])
    assert answer.text == "The tool get_weather answered: Sunny in Paris."
    planned, concluded = emulator.requests[first:]
    assert offered_tools(planned.body) >= {"get_weather", "task"} | FILE_TOOLS
    assert len(turns(concluded.body)) >= len(turns(planned.body)) + 2  # and a thought


@pytest.mark.parametrize(
    ("prompt", "tool_name", "expected"),
    [
        ('read_file("/plan.md")', "read_file", "swim at noon"),
        ('edit_file("/plan.md", "noon", "dawn")', "edit_file", "Successfully replaced 1"),
        ('grep("noon")', "grep", "/plan.md"),
        ('write_file("/new.md", "dive")', "write_file", "/new.md"),
    ],
)
def test_the_file_tools_work_on_the_agents_own_files(
    model: ChatAIMLAPI, prompt: str, tool_name: str, expected: str
) -> None:
    agent = create_deep_agent(model=model, middleware=[offer_only(tool_name)])
    plan = {
        "content": "swim at noon",
        "encoding": "utf-8",
        "created_at": "2026-01-01T00:00:00+00:00",
        "modified_at": "2026-01-01T00:00:00+00:00",
    }
    state = agent.invoke({**ask(prompt), "files": {"/plan.md": plan}})
    assert expected in tool_results(state)[tool_name]
    contents = {path: file["content"] for path, file in state["files"].items()}
    assert contents["/plan.md"] == ("swim at dawn" if tool_name == "edit_file" else "swim at noon")
    assert contents.get("/new.md") == ("dive" if tool_name == "write_file" else None)


def test_a_subagent_answers_with_its_own_prompt_and_without_the_others_tools(
    agent: Any, emulator: Emulator
) -> None:
    first = len(emulator.requests)
    state = agent.invoke(ask('task("Say \'fine work\' and no more", "critic")'))
    assert tool_results(state) == {"task": "fine work"}
    assert state["messages"][-1].text == "The tool task answered: fine work"
    _, review, _ = (request.body for request in emulator.requests[first:])
    assert "You review texts." in str(review)
    assert "Be brief." not in str(review)
    assert "get_weather" not in offered_tools(review)


async def test_the_answer_is_streamed_while_the_tool_calls_are_made(agent: Any) -> None:
    chunks: list[AIMessageChunk] = []
    async for message, _ in agent.astream(
        ask("What is the weather in Paris?"), stream_mode="messages"
    ):
        if isinstance(message, AIMessageChunk):
            chunks.append(message)
    texts = [chunk.text for chunk in chunks if chunk.text]
    assert len(texts) > 3
    assert "".join(texts) == "The tool get_weather answered: Sunny in Paris."
    whole: dict[str | None, AIMessageChunk] = {}
    for chunk in chunks:
        whole[chunk.id] = whole[chunk.id] + chunk if chunk.id in whole else chunk
    call, answer = whole.values()
    assert [(c["name"], c["args"]) for c in call.tool_calls] == [("get_weather", {"city": "Paris"})]
    assert answer.tool_calls == []


def test_all_calls_of_agent_and_subagent_are_in_the_cost(agent: Any) -> None:
    with get_cost_callback() as cost:
        state = agent.invoke(ask('task("Say \'fine work\' and no more", "critic")'))
    own = [m for m in state["messages"] if isinstance(m, AIMessage)]
    assert cost.calls == len(own) + 1 == 3
    assert cost.unreported_calls == 0
    assert cost.usd > sum(m.response_metadata["cost"]["usd"] for m in own) > 0


@pytest.mark.parametrize("endpoint", ["messages", "chat/completions"])
def test_its_agents_cache_their_prompts_without_a_line_of_the_users(
    model_of: Callable[..., ChatAIMLAPI], emulator: Emulator, endpoint: str
) -> None:
    first = len(emulator.requests)
    model = model_of(model="anthropic/claude-sonnet-5", endpoint=endpoint)
    agent = create_deep_agent(model=model, tools=[get_weather], system_prompt="Be brief.")
    state = agent.invoke(ask("What is the weather in Paris?"))
    bodies = [request.body for request in emulator.requests[first:]]
    assert all("cache_control" in body["tools"][-1] for body in bodies)
    assert all("cache_control" in body["system"][-1] for body in bodies)
    concluded = state["messages"][-1].usage_metadata
    assert concluded["input_token_details"]["cache_read"] > 0.9 * concluded["input_tokens"]


def test_a_model_as_a_string_is_refused_with_what_to_pass() -> None:
    with pytest.raises(ConfigurationError, match=r"ChatAIMLAPI\(model='openai/gpt-4o'\)"):
        create_deep_agent(model="aimlapi:openai/gpt-4o")
