"""LangGraph: stream modes, and messages that survive a checkpointer."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from families import ASKED, CLAUDE, DEEPSEEK, GEMINI, GPT, every_vendor, weather
from langchain_core.messages import AIMessage, HumanMessage
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.checkpoint.serde.jsonplus import JsonPlusSerializer
from langgraph.config import get_stream_writer
from langgraph.graph import START, MessagesState, StateGraph
from langgraph.prebuilt import ToolNode, tools_condition

if TYPE_CHECKING:
    from emulator.server import Emulator
    from families import ModelOf


SUM = {"messages": [HumanMessage("What is 17 * 23?")]}


def graph_of(model: Any) -> Any:
    """Return a graph of a model and its tool, as the documentation of LangGraph builds one."""
    bound = model.bind_tools([weather])

    def ask(state: MessagesState) -> dict[str, Any]:
        get_stream_writer()({"turns": len(state["messages"])})
        return {"messages": [bound.invoke(state["messages"])]}

    graph = StateGraph(MessagesState)
    graph.add_node("ask", ask)
    graph.add_node("tools", ToolNode([weather]))
    graph.add_edge(START, "ask")
    graph.add_conditional_edges("ask", tools_condition)
    graph.add_edge("tools", "ask")
    return graph.compile()


@every_vendor
def test_stream_modes(model_of: ModelOf, name: str) -> None:
    modes = ["values", "updates", "messages", "custom"]
    seen: dict[str, list[Any]] = {mode: [] for mode in modes}
    for mode, data in graph_of(model_of(name)).stream(SUM, stream_mode=modes):
        seen[mode].append(data)
    assert [len(state["messages"]) for state in seen["values"]] == [1, 2]
    (update,) = seen["updates"]
    whole = update["ask"]["messages"][0]
    assert whole.text == "17 * 23 = 391."
    tokens = [chunk for chunk, _ in seen["messages"]]
    assert "".join(token.text for token in tokens) == whole.text
    assert len({token.id for token in tokens}) == 1  # one message, each token once
    assert seen["custom"] == [{"turns": 1}]


REASONING: dict[str, dict[str, Any]] = {
    CLAUDE: {"max_tokens": 4096, "thinking": {"type": "enabled", "budget_tokens": 1024}},
    DEEPSEEK: {},
}


@pytest.mark.parametrize("name", REASONING)
async def test_reasoning_usage_and_cost_are_still_in_the_checkpoint(
    model_of: ModelOf, emulator: Emulator, name: str
) -> None:
    config = {"configurable": {"thread_id": "1"}}
    saver = InMemorySaver()
    bound = model_of(name, **REASONING[name]).bind_tools([weather])

    async def ask(state: MessagesState) -> dict[str, Any]:
        return {"messages": [await bound.ainvoke(state["messages"])]}

    def build() -> Any:
        graph = StateGraph(MessagesState).add_node("ask", ask)
        graph.add_node("tools", ToolNode([weather]))
        graph.add_edge(START, "ask").add_conditional_edges("ask", tools_condition)
        return graph.add_edge("tools", "ask").compile(checkpointer=saver)

    answered = (await build().ainvoke({"messages": [ASKED]}, config))["messages"]
    kept = (await build().aget_state(config)).values["messages"]
    assert kept == answered
    called, answer = kept[1], kept[3]
    assert [block["type"] for block in called.content_blocks] == ["reasoning", "tool_call"]
    for message in (called, answer):
        assert message.usage_metadata["total_tokens"] > 0
        assert message.response_metadata["cost"]["usd"] > 0
    await build().ainvoke({"messages": [HumanMessage("What is 2 * 3?")]}, config)
    sent = json.dumps(emulator.requests[-1].body["messages"])
    thought = json.dumps(called.content_blocks[0]["reasoning"])
    assert thought in sent  # both vendors refuse the calls that it led to without it


@pytest.mark.parametrize("streamed", [False, True])
@pytest.mark.parametrize(
    ("name", "fields"),
    [
        (CLAUDE, {"max_tokens": 4096, "thinking": {"type": "enabled", "budget_tokens": 1024}}),
        (GPT, {}),
        (GEMINI, {}),
        (DEEPSEEK, {}),
        (CLAUDE, {"output_version": "v1"}),
        (GEMINI, {"output_version": "v1"}),
    ],
)
def test_a_message_survives_serialisation(
    model_of: ModelOf, emulator: Emulator, name: str, fields: dict[str, Any], *, streamed: bool
) -> None:
    bound = model_of(name, **fields).bind_tools([weather])
    if streamed:
        first, *rest = bound.stream([ASKED])
        called: Any = sum(rest, first)
    else:
        called = bound.invoke([ASKED])
    serde = JsonPlusSerializer()
    revived = serde.loads_typed(serde.dumps_typed(called))
    assert isinstance(revived, AIMessage)
    assert revived == called
    assert revived.content_blocks == called.content_blocks
    assert revived.usage_metadata == called.usage_metadata
    assert revived.response_metadata["cost"]["usd"] > 0
    result = weather.invoke(called.tool_calls[0])
    sent = []
    for message in (called, revived):
        bound.invoke([ASKED, message, result])
        sent.append(emulator.requests[-1].body)
    assert sent[0] == sent[1]
    if name == GEMINI:
        assert "thought_signature" in json.dumps(sent[1])
