"""Claude thinks between the calls of its tools: its thoughts go back as it signed them.

The emulator refuses a call whose thought is missing, changed, or not where it stood.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from families import THINKING
from langchain.agents import create_agent
from langchain_core.messages import AIMessage, AIMessageChunk
from langchain_core.tools import tool
from langgraph.checkpoint.memory import InMemorySaver

if TYPE_CHECKING:
    from emulator.server import Emulator
    from families import ModelOf

    from langchain_aimlapi import ChatAIMLAPI

QUESTION = "Use find_order for order 4711, then shipping_fee, then exchange_rate to EUR."
ASKED = {"messages": [{"role": "user", "content": QUESTION}]}
THREE_TURNS = ["human", "ai", "tool", "ai", "tool", "ai", "tool", "ai"]


@tool
def find_order(number: int) -> str:
    """Find an order."""
    return f"Order {number}: a lamp."


@tool
def shipping_fee(item: str) -> str:
    """Tell what it costs to ship an item."""
    return f"{item}: 5 USD."


@tool
def exchange_rate(currency: str) -> str:
    """Tell the exchange rate of a currency."""
    return f"1 USD is 0.9 {currency}."


TOOLS = [find_order, shipping_fee, exchange_rate]


@pytest.fixture
def thinker(model_of: ModelOf) -> ChatAIMLAPI:
    """A Claude that thinks, and calls one tool at a time."""
    return model_of(**THINKING, max_tokens=4096, parallel_tool_calls=False)


def thoughts_of(message: Any) -> list[Any]:
    return [
        (block["reasoning"], block["extras"]["signature"])
        for block in message.content_blocks
        if block["type"] == "reasoning"
    ]


def check(messages: list[Any], emulator: Emulator) -> None:
    """Three calls one after the other, each after a thought; all thoughts were sent back."""
    assert [message.type for message in messages] == THREE_TURNS
    answers = [message for message in messages if isinstance(message, AIMessage)]
    assert all(len(thoughts_of(answer)) == 1 for answer in answers)
    sent = emulator.requests[-1].body["messages"]
    back = [turn["content"] for turn in sent if turn["role"] == "assistant"]
    assert [[block["type"] for block in blocks] for blocks in back] == [
        ["thinking", "tool_use"]
    ] * 3
    assert [(blocks[0]["thinking"], blocks[0]["signature"]) for blocks in back] == [
        thought for answer in answers[:-1] for thought in thoughts_of(answer)
    ]


async def test_an_agent_thinks_across_three_turns_of_tools(
    thinker: ChatAIMLAPI, emulator: Emulator
) -> None:
    agent = create_agent(thinker, TOOLS)
    check(agent.invoke(ASKED)["messages"], emulator)
    check((await agent.ainvoke(ASKED))["messages"], emulator)


def test_thoughts_of_streams_go_back_too(thinker: ChatAIMLAPI, emulator: Emulator) -> None:
    agent = create_agent(thinker, TOOLS)
    chunks: list[AIMessageChunk] = []
    last: dict[str, Any] = {}
    for mode, part in agent.stream(ASKED, stream_mode=["messages", "values"]):
        if mode == "values":
            last = part
        elif isinstance(part[0], AIMessageChunk):
            chunks.append(part[0])
    check(last["messages"], emulator)
    shown = "".join(
        b["reasoning"] for chunk in chunks for b in chunk.content_blocks if b["type"] == "reasoning"
    )
    answers = [message for message in last["messages"] if isinstance(message, AIMessage)]
    assert shown == "".join(text for answer in answers for text, _ in thoughts_of(answer))


@pytest.mark.parametrize("version", ["v0", "v1"])
def test_thoughts_survive_a_checkpoint_at_every_step(
    model_of: ModelOf, emulator: Emulator, version: str
) -> None:
    saver = InMemorySaver()  # keeps bytes, not objects
    config: Any = {"configurable": {"thread_id": "t"}}
    step: Any = ASKED
    for _ in range(4):
        # Each step by another model and agent, as after a restart.
        model = model_of(**THINKING, parallel_tool_calls=False, output_version=version)
        agent: Any = create_agent(model, TOOLS, checkpointer=saver, interrupt_before=["tools"])
        state = agent.invoke(step, config)
        step = None
    check(state["messages"], emulator)
