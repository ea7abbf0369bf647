"""What a chunk of a broken call becomes, and bodies that JSON has no form for."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest
from langchain_core.messages import AIMessage
from langchain_core.messages.utils import message_chunk_to_message

from langchain_aimlapi import ChatAIMLAPI
from langchain_aimlapi.errors import ConfigurationError


def _model(model: str, deltas: list[dict[str, Any]]) -> ChatAIMLAPI:
    events = [{"id": "x", "choices": [{"index": 0, "delta": delta}]} for delta in deltas]
    events.append({"id": "x", "choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]})
    lines = [f"data: {json.dumps(event)}\n\n" for event in events]
    body = "".join([*lines, "data: [DONE]\n\n"]).encode()
    headers = {"content-type": "text/event-stream"}
    transport = httpx.MockTransport(lambda _: httpx.Response(200, content=body, headers=headers))
    client = httpx.Client(transport=transport)
    return ChatAIMLAPI(model=model, api_key="sk-test-0123", http_client=client, max_retries=0)


def test_a_chunk_of_a_stream_with_a_broken_call_becomes_a_whole_message() -> None:
    function = {"name": "f", "arguments": '{"a": '}
    call = {"index": 0, "id": "c1", "type": "function", "function": function}
    chunks = list(_model("gpt-4o", [{"content": "Hi"}, {"tool_calls": [call]}]).stream("x"))

    for chunk in (*chunks, chunks[0] + chunks[1]):
        assert type(message_chunk_to_message(chunk)) is AIMessage


@pytest.mark.parametrize("value", [float("nan"), object()])
def test_a_lone_surrogate_does_not_let_a_body_through_that_is_no_json(value: object) -> None:
    with pytest.raises(ConfigurationError, match="cannot be written as JSON"):
        list(_model("gpt-4o", []).stream("\ud800", extra_body={"x": value}))
