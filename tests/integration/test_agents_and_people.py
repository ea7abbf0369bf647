"""Agents that wait for a person, on every endpoint, sync and async."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import pytest
from families import ASKED, DOORS, every_door, run, weather
from langchain.agents import create_agent
from langchain.agents.middleware import (
    HumanInTheLoopMiddleware,
)
from langchain_core.messages import ToolMessage
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.types import Command

if TYPE_CHECKING:
    from collections.abc import Callable

    from emulator.server import Emulator

    from langchain_aimlapi import ChatAIMLAPI

    ModelOf = Callable[..., ChatAIMLAPI]

THINKING = {**DOORS["messages"], "thinking": {"type": "adaptive"}}
# Before 3.11 a task of asyncio does not see the graph it runs in, so async graphs cannot wait.
both_ways_of_waiting = pytest.mark.parametrize(
    "way", ["invoke", "ainvoke"] if sys.version_info >= (3, 11) else ["invoke"]
)


@every_door
@both_ways_of_waiting
@pytest.mark.parametrize(
    ("decision", "expected"),
    [
        ({"type": "approve"}, "Sunny in Paris."),
        ({"type": "reject", "message": "Not today."}, "Not today."),
        (
            {"type": "edit", "edited_action": {"name": "weather", "args": {"city": "Oslo"}}},
            "Sunny in Oslo.",
        ),
    ],
    ids=["approve", "reject", "edit"],
)
async def test_a_person_decides_about_a_call(
    model_of: ModelOf, door: str, way: str, decision: dict[str, Any], expected: str
) -> None:
    agent = create_agent(
        model_of(**DOORS[door]),
        [weather],
        middleware=[HumanInTheLoopMiddleware(interrupt_on={"weather": True})],
        checkpointer=InMemorySaver(),
    )
    config: Any = {"configurable": {"thread_id": "1"}}
    held = await run(agent, way, [ASKED], config)
    (interrupt,) = held["__interrupt__"]
    assert interrupt.value["action_requests"][0]["args"] == {"city": "Paris"}
    result = await run(agent, way, Command(resume={"decisions": [decision]}), config)
    results = [message for message in result["messages"] if isinstance(message, ToolMessage)]
    assert expected in results[-1].text
    assert result["messages"][-1].type == "ai"


@pytest.mark.filterwarnings("ignore:tool_choice='any' is left out")
@both_ways_of_waiting
@pytest.mark.parametrize("decision", ["approve", "reject"])
async def test_signed_thoughts_wait_with_the_call_for_a_decision(
    model_of: ModelOf, emulator: Emulator, way: str, decision: str
) -> None:
    """The emulator refuses a thought that is missing or changed."""

    def build() -> Any:  # anew for each step, as after a restart
        return create_agent(
            model_of(**THINKING),
            [weather],
            middleware=[HumanInTheLoopMiddleware(interrupt_on={"weather": True})],
            checkpointer=saver,
        )

    saver = InMemorySaver()
    config: Any = {"configurable": {"thread_id": "1"}}
    await run(build(), way, [ASKED], config)
    result = await run(build(), way, Command(resume={"decisions": [{"type": decision}]}), config)
    called = result["messages"][1]
    (thought,) = (block for block in called.content_blocks if block["type"] == "reasoning")
    (back,) = (
        block
        for turn in emulator.requests[-1].body["messages"]
        if turn["role"] == "assistant"
        for block in turn["content"]
        if block["type"] == "thinking"
    )
    assert back["signature"] == thought["extras"]["signature"]
    assert back["thinking"] == thought["reasoning"]
