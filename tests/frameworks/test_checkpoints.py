"""Signed thoughts of Claude in a file of SQLite: each step by another agent, as after a restart.

The emulator refuses a thought that is missing, changed, or not where it stood.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from langchain.agents import create_agent
from langchain_core.tools import tool
from langgraph.checkpoint.sqlite import SqliteSaver
from langgraph.checkpoint.sqlite.aio import AsyncSqliteSaver

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from emulator.server import Emulator

    from langchain_aimlapi import ChatAIMLAPI

    ModelOf = Callable[..., ChatAIMLAPI]

QUESTION = "Use find_order for order 4711, then shipping_fee."
ASKED = {"messages": [{"role": "user", "content": QUESTION}]}
CONFIG: Any = {"configurable": {"thread_id": "t"}}


@tool
def find_order(number: int) -> str:
    """Find an order."""
    return f"Order {number}: a lamp."


@tool
def shipping_fee(item: str) -> str:
    """Tell what it costs to ship an item."""
    return f"{item}: 5 USD."


def agent_of(model_of: ModelOf, version: str, saver: Any) -> Any:
    model = model_of(
        "anthropic/claude-sonnet-5",
        endpoint="messages",
        thinking={"type": "adaptive"},
        parallel_tool_calls=False,
        output_version=version,
    )
    tools = [find_order, shipping_fee]
    return create_agent(model, tools, checkpointer=saver, interrupt_before=["tools"])


def check(messages: list[Any], emulator: Emulator) -> None:
    assert [message.type for message in messages] == ["human", "ai", "tool", "ai", "tool", "ai"]
    thoughts = [
        (block["reasoning"], block["extras"]["signature"])
        for message in messages[:-1]
        if message.type == "ai"
        for block in message.content_blocks
        if block["type"] == "reasoning"
    ]
    sent = [
        (block["thinking"], block["signature"])
        for turn in emulator.requests[-1].body["messages"]
        if turn["role"] == "assistant"
        for block in turn["content"]
        if block["type"] == "thinking"
    ]
    assert len(thoughts) == 2
    assert sent == thoughts


def test_thoughts_survive_in_a_file_of_sqlite(
    model_of: ModelOf, emulator: Emulator, tmp_path: Path
) -> None:
    step: Any = ASKED
    state: dict[str, Any] = {}
    for _ in range(3):
        with SqliteSaver.from_conn_string(str(tmp_path / "kept.sqlite")) as saver:
            state = agent_of(model_of, "v0", saver).invoke(step, CONFIG)
        step = None
    check(state["messages"], emulator)


async def test_thoughts_survive_in_a_file_of_sqlite_as_blocks_async(
    model_of: ModelOf, emulator: Emulator, tmp_path: Path
) -> None:
    step: Any = ASKED
    state: dict[str, Any] = {}
    for _ in range(3):
        async with AsyncSqliteSaver.from_conn_string(str(tmp_path / "kept.sqlite")) as saver:
            state = await agent_of(model_of, "v1", saver).ainvoke(step, CONFIG)
        step = None
    check(state["messages"], emulator)
