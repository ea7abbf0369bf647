"""Complaints of the service with their places, and choices that force nothing."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest

from langchain_aimlapi import ChatAIMLAPI
from langchain_aimlapi.errors import (
    InvalidRequestError,
)

CHAT: dict[str, Any] = {"model": "openai/gpt-4o"}
MESSAGES: dict[str, Any] = {"model": "anthropic/claude-sonnet-4", "endpoint": "messages"}
RESPONSES: dict[str, Any] = {"model": "openai/gpt-4o", "endpoint": "responses"}


def _model(body: Any, status: int = 200, **settings: Any) -> ChatAIMLAPI:
    """Return a model that is answered with a body, or with the events of a stream."""
    if isinstance(body, list):
        content = "".join(f"data: {json.dumps(event)}\n\n" for event in body).encode()
        headers = {"content-type": "text/event-stream"}
    else:
        content, headers = json.dumps(body).encode(), {"content-type": "application/json"}
    transport = httpx.MockTransport(
        lambda _: httpx.Response(status, content=content, headers=headers)
    )
    client = httpx.Client(transport=transport)
    return ChatAIMLAPI(api_key="k", max_retries=0, http_client=client, **settings)


@pytest.mark.parametrize("depth", [0, 1, 7, 8])
def test_a_complaint_is_shown_with_its_place(depth: int) -> None:
    meta: Any = {"_errors": ["not that"]}
    for _ in range(depth):
        meta = {"a": meta}
    with pytest.raises(InvalidRequestError) as caught:
        _model({"message": "Bad body", "meta": meta}, 400, **CHAT).invoke("Hi")
    place = ".".join("a" * depth)
    complaint = f"{place}: not that" if place else "not that"
    assert caught.value.message == f"Bad body: {complaint}"


def test_a_complaint_at_a_depth_that_no_service_has_is_not_looked_for() -> None:
    meta: Any = {"_errors": ["not that"]}
    for _ in range(9):
        meta = {"a": meta}
    with pytest.raises(InvalidRequestError) as caught:
        _model({"message": "Bad body", "meta": meta}, 400, **CHAT).invoke("Hi")
    assert caught.value.message == "Bad body"


@pytest.mark.parametrize("kind", ["auto", "none"])
def test_a_choice_that_forces_nothing_is_kept_while_a_model_thinks(kind: str) -> None:
    thinking = {"type": "enabled", "budget_tokens": 1024}
    model = _model({}, thinking=thinking, max_tokens=2048, **MESSAGES)
    tool = {"type": "function", "function": {"name": "f", "parameters": {}}}
    choice = {"type": kind, "disable_parallel_tool_use": True}
    bound: Any = model.bind_tools([tool], tool_choice=choice)
    assert bound.kwargs["tool_choice"] == choice
