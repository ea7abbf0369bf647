"""Results of tools that hold thoughts, as those of a model that plays the tool: none is sent."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from cases.sending import Sending
from langchain_core.messages import AIMessage, BaseMessage, HumanMessage, ToolMessage

from langchain_aimlapi import ChatAIMLAPI
from langchain_aimlapi.errors import UnsupportedContentError

THOUGHT = {"type": "thinking", "thinking": "Hm.", "signature": "c2ln"}
TEXT = {"type": "text", "text": "Sunny."}
VIDEO = {"type": "video", "base64": "AAAA", "mime_type": "video/mp4"}
CALLED = AIMessage("", tool_calls=[{"name": "f", "args": {}, "id": "call_1"}])
DOORS: dict[str, dict[str, Any]] = {
    "chat-openai": {"model": "openai/gpt-4o"},
    "chat-claude": {"model": "anthropic/claude-sonnet-4"},
    "responses": {"model": "openai/gpt-5-4"},
    "messages": {"model": "anthropic/claude-sonnet-5", "endpoint": "messages"},
}


def as_a_tool_message(*blocks: Any) -> BaseMessage:
    return ToolMessage(list(blocks), tool_call_id="call_1")


def as_anthropic_writes_it(*blocks: Any) -> BaseMessage:
    result = {"type": "tool_result", "tool_use_id": "call_1", "content": list(blocks)}
    return HumanMessage([result])


@pytest.mark.parametrize("result", [as_a_tool_message, as_anthropic_writes_it])
@pytest.mark.parametrize("door", DOORS)
def test_thoughts_are_left_out_in_either_form(door: str, result: Any) -> None:
    asked: list[httpx.Request] = []

    def refuse(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        return httpx.Response(400, json={"message": "enough"})

    client = httpx.Client(transport=httpx.MockTransport(refuse))
    model = ChatAIMLAPI(api_key="k", max_retries=0, http_client=client, **DOORS[door])
    with pytest.raises(Exception, match="enough"):
        model.invoke([HumanMessage("Go on."), CALLED, result(THOUGHT, TEXT)])
    assert b"Sunny." in asked[0].content
    assert b"Hm." not in asked[0].content


def test_an_error_counts_the_blocks_as_they_were_given() -> None:
    model = Sending().model("openai/gpt-4o")
    with pytest.raises(UnsupportedContentError, match=r"block 1 \(video\)"):
        model.invoke([HumanMessage("Go on."), CALLED, as_a_tool_message(THOUGHT, VIDEO)])
