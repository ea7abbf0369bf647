"""Messages survive a checkpointer of LangGraph, which keeps them as bytes."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from families import ASKED, CLAUDE, DEEPSEEK, GEMINI, GPT, weather
from langchain_core.messages import AIMessage
from langgraph.checkpoint.serde.jsonplus import JsonPlusSerializer

if TYPE_CHECKING:
    from emulator.server import Emulator
    from families import ModelOf


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
