"""A model whose requests are kept, the ways to ask it, and a tool."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from langchain_aimlapi import ChatAIMLAPI
from langchain_aimlapi.errors import InvalidRequestError

if TYPE_CHECKING:
    from langchain_core.messages import BaseMessage

CHAT = {"model": "openai/gpt-4o"}
REASONS = {"model": "anthropic/claude-opus-5", "request_schema": "openai"}
CLAUDE = {"model": "anthropic/claude-sonnet-4.5"}
WAYS: dict[str, dict[str, str]] = {
    "chat": CHAT,
    "unknown": {"model": "vendor/model-of-next-year"},
    "reasons": REASONS,
    "no system role": {"model": "google/gemma-3-4b-it"},
    "claude in chat": CLAUDE,
    "messages": {"model": "anthropic/claude-sonnet-4", "endpoint": "messages"},
    "responses": {**CHAT, "endpoint": "responses"},
}
TOOL = {
    "type": "function",
    "function": {
        "name": "weather",
        "description": "Tell the weather.",
        "parameters": {
            "type": "object",
            "properties": {"city": {"type": "string", "default": True}},
        },
    },
}


class Word(str):
    """A text of a class, as an enum is."""

    __slots__ = ()


class Sent:
    """A model whose requests are kept, and answered with an error that costs nothing."""

    def __init__(self, **settings: Any) -> None:
        self.raw: list[bytes] = []
        client = httpx.Client(transport=httpx.MockTransport(self._answer))
        self.model = ChatAIMLAPI(api_key="k", http_client=client, max_retries=0, **settings)

    def _answer(self, request: httpx.Request) -> httpx.Response:
        self.raw.append(request.read())
        return httpx.Response(400, json={"error": {"message": "no"}})

    def body(self, messages: list[BaseMessage], **kwargs: Any) -> Any:
        with pytest.raises(InvalidRequestError):
            self.model.invoke(messages, **kwargs)
        return json.loads(self.raw[-1])
