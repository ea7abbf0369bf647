"""What `ChatAIMLAPI` sends: the door through which request bodies are tested."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import httpx

from langchain_aimlapi import ChatAIMLAPI

if TYPE_CHECKING:
    from collections.abc import Sequence

    from langchain_core.messages import BaseMessage

ANSWER = {
    "id": "chatcmpl-1",
    "object": "chat.completion",
    "choices": [
        {"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": "Yes."}}
    ],
    "usage": {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2},
}


class Sending:
    """Models that are answered at once; `bodies` is what they sent."""

    def __init__(self, message: dict[str, Any] | None = None) -> None:
        self.bodies: list[dict[str, Any]] = []
        self._answer = json.loads(json.dumps(ANSWER))
        if message is not None:
            self._answer["choices"][0]["message"] = {"role": "assistant", **message}

    def model(self, model: str, **fields: Any) -> ChatAIMLAPI:
        client = httpx.Client(transport=httpx.MockTransport(self._serve))
        return ChatAIMLAPI(**{"model": model, "api_key": "k", "http_client": client, **fields})

    def _serve(self, request: httpx.Request) -> httpx.Response:
        self.bodies.append(json.loads(request.content))
        if request.url.path.endswith("/messages"):
            return httpx.Response(200, json=_in_claude_form(self._answer))
        return httpx.Response(200, json=self._answer)

    @property
    def body(self) -> dict[str, Any]:
        return self.bodies[-1]


def _in_claude_form(answer: dict[str, Any]) -> dict[str, Any]:
    message = answer["choices"][0]["message"]
    calls = [
        {
            "type": "tool_use",
            "id": call["id"],
            "name": call["function"]["name"],
            "input": json.loads(call["function"]["arguments"]),
        }
        for call in message.get("tool_calls", ())
    ]
    text = [{"type": "text", "text": message["content"]}] if message["content"] else []
    reason = "tool_use" if calls else "end_turn"
    made = {"id": "msg_1", "type": "message", "role": "assistant", "stop_reason": reason}
    return {**made, "content": [*text, *calls], "usage": {"input_tokens": 1, "output_tokens": 1}}


def sent(messages: str | Sequence[BaseMessage], model: str, **call: Any) -> dict[str, Any]:
    """Return the body that a call with these messages and arguments sends."""
    sending = Sending()
    sending.model(model).invoke(messages, **call)  # type: ignore[arg-type]  # a list, or a text
    return sending.body


def turns_sent(messages: Sequence[BaseMessage], model: str, **call: Any) -> list[dict[str, Any]]:
    """Return the turns of `sent`."""
    turns: list[dict[str, Any]] = sent(messages, model, **call)["messages"]
    return turns
