"""What the service answers about batches, and a model that it answers."""

from __future__ import annotations

import json
from typing import Any

import httpx

from langchain_aimlapi import ChatAIMLAPI

CLAUDE = "anthropic/claude-sonnet-4"


def line(result: Any, name: str = "a") -> bytes:
    return json.dumps({"custom_id": name, "result": result}).encode() + b"\n"


def message(*content: Any, **fields: Any) -> dict[str, Any]:
    made = {"id": "msg_1", "model": "claude", "content": list(content), "stop_reason": "end_turn"}
    return {"type": "succeeded", "message": {**made, **fields}}


def answering(body: bytes, **fields: Any) -> ChatAIMLAPI:
    transport = httpx.MockTransport(lambda _: httpx.Response(200, content=body))
    given = {"model": CLAUDE, "api_key": "k", "http_client": httpx.Client(transport=transport)}
    return ChatAIMLAPI(**{**given, "max_retries": 0, **fields})
