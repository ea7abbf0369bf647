"""The body that a call sends, as a service would see it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from langchain_aimlapi import ChatAIMLAPI
from langchain_aimlapi.errors import InvalidRequestError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from langchain_core.messages import BaseMessage

Json = dict[str, Any]

ROUTES: dict[str, Json] = {
    "chat": {"model": "openai/gpt-4o"},
    "claude in chat": {"model": "anthropic/claude-sonnet-4"},
    "responses": {"model": "openai/gpt-5-pro"},
    "messages": {"model": "anthropic/claude-sonnet-5", "endpoint": "messages"},
}
"""A model for every request schema."""


def body_sent(messages: Sequence[BaseMessage], **settings: Any) -> Json:
    """Return the body of a call; the service refuses it, so that it is the only one."""
    bodies: list[Json] = []

    def refuse(request: httpx.Request) -> httpx.Response:
        bodies.append(json.loads(request.content))
        return httpx.Response(400, json={"message": "seen"})

    with httpx.Client(transport=httpx.MockTransport(refuse)) as client:
        model = ChatAIMLAPI(api_key="k", max_retries=0, http_client=client, **settings)
        with pytest.raises(InvalidRequestError, match="seen"):
            model.invoke(list(messages))
    (body,) = bodies
    return body


def calls_in(body: Json) -> list[tuple[str, str, Any]]:
    """Return id, name and arguments of each call in a body, whatever its schema."""
    return list(_calls_in(body))


def _calls_in(body: Json) -> Iterator[tuple[str, str, Any]]:
    for item in body.get("input", ()):
        if item.get("type") == "function_call":
            yield item["call_id"], item["name"], json.loads(item["arguments"])
    for turn in body.get("messages", ()):
        for call in turn.get("tool_calls", ()):
            function = call["function"]
            yield call["id"], function["name"], json.loads(function["arguments"])
        for block in turn["content"] if isinstance(turn["content"], list) else ():
            if block["type"] == "tool_use":
                yield block["id"], block["name"], block["input"]


def results_in(body: Json) -> list[tuple[str, Any]]:
    """Return id and content of each result of a tool in a body, whatever its schema."""
    return list(_results_in(body))


def _results_in(body: Json) -> Iterator[tuple[str, Any]]:
    for item in body.get("input", ()):
        if item.get("type") == "function_call_output":
            yield item["call_id"], item["output"]
    for turn in body.get("messages", ()):
        if turn["role"] == "tool":
            yield turn["tool_call_id"], turn["content"]
        for block in turn["content"] if isinstance(turn["content"], list) else ():
            if block["type"] == "tool_result":
                yield block["tool_use_id"], block["content"]
