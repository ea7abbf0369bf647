"""Teams of agents: a supervisor that hands over, a swarm that hands over among itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from families import ENDPOINTS_AND_THINKING
from langchain.agents import create_agent
from langchain_core.messages import AIMessage, ToolMessage
from langgraph.checkpoint.memory import InMemorySaver
from langgraph_supervisor import create_supervisor
from langgraph_swarm import create_handoff_tool, create_swarm

if TYPE_CHECKING:
    from collections.abc import Callable

    from langchain_aimlapi import ChatAIMLAPI

    ModelOf = Callable[..., ChatAIMLAPI]


def multiply(a: int, b: int) -> str:
    """Multiply two numbers."""
    return f"{a} times {b} is {a * b}."


def weather(city: str) -> str:
    """Tell the weather of a city."""
    return f"Sunny in {city}."


async def run(graph: Any, question: str, config: Any = None) -> list[Any]:
    return list((await graph.ainvoke({"messages": [("user", question)]}, config))["messages"])


# The supervisor is built of what langgraph itself calls old.
@pytest.mark.filterwarnings("ignore:create_react_agent has been moved")
@pytest.mark.parametrize("endpoint", ENDPOINTS_AND_THINKING)
async def test_a_supervisor_hands_a_question_over_and_gets_it_back(
    model_of: ModelOf, endpoint: str
) -> None:
    model = model_of(**ENDPOINTS_AND_THINKING[endpoint])
    experts = [
        create_agent(model, [weather], name="meteorologist"),
        create_agent(model, [multiply], name="mathematician"),
    ]
    graph = create_supervisor(
        experts, model=model, output_mode="full_history", handoff_tool_prefix="to_"
    ).compile()
    question = "Ask the meteorologist: what is the weather in Paris?"
    messages = await run(graph, question)
    called = [call["name"] for m in messages if isinstance(m, AIMessage) for call in m.tool_calls]
    assert called == ["to_meteorologist", "weather", "transfer_back_to_supervisor"]
    results = [m.text for m in messages if isinstance(m, ToolMessage)]
    assert "Sunny in Paris." in results
    assert messages[-1].type == "ai"
    assert messages[-1].name == "supervisor"


@pytest.mark.parametrize("endpoint", ENDPOINTS_AND_THINKING)
async def test_a_swarm_hands_over_and_remembers_to_whom(model_of: ModelOf, endpoint: str) -> None:
    model = model_of(**ENDPOINTS_AND_THINKING[endpoint])
    to_alice = create_handoff_tool(agent_name="Alice", name="alice", description="Asks Alice.")
    to_bob = create_handoff_tool(agent_name="Bob", name="bob", description="Asks Bob.")
    alice = create_agent(
        model,
        [multiply, to_bob],
        system_prompt="You are Alice.",
        name="Alice",
    )
    bob = create_agent(
        model,
        [weather, to_alice],
        system_prompt="You are Bob.",
        name="Bob",
    )
    graph = create_swarm([alice, bob], default_active_agent="Alice").compile(
        checkpointer=InMemorySaver()
    )
    config = {"configurable": {"thread_id": "1"}}
    messages = await run(graph, "I want to talk with Bob.", config)
    assert graph.get_state(config).values["active_agent"] == "Bob"
    assert messages[-1].type == "ai"
    messages = await run(graph, "What is the weather in Paris?", config)
    assert "Sunny in Paris." in messages[-1].text
    assert messages[-1].name == "Bob"
