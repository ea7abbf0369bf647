"""Long conversations, as agents send them with every step, and tools."""

from __future__ import annotations

from typing import Any

from langchain_core.messages import AIMessage, BaseMessage, HumanMessage, ToolMessage
from langchain_core.messages.utils import convert_to_openai_messages

TOOLS: list[dict[str, Any]] = [
    {
        "type": "function",
        "function": {
            "name": f"tool_{number}",
            "description": "Tells the weather of a city for some days. " * 3,
            "parameters": {
                "type": "object",
                "properties": {
                    "city": {"type": "string", "description": "Name of the city."},
                    "days": {"type": "integer"},
                },
                "required": ["city"],
            },
        },
    }
    for number in range(30)
]


def conversation(length: int) -> list[BaseMessage]:
    """Return `length` messages: questions, tool calls, results and answers in turn."""
    messages: list[BaseMessage] = []
    for turn in range((length + 3) // 4):
        args = {"city": "Paris", "days": 3}
        call = {"name": "tool_1", "args": args, "id": f"call_{turn}", "type": "tool_call"}
        messages += [
            HumanMessage("How is the weather in Paris today, and what should I wear? " * 2),
            AIMessage("", tool_calls=[call]),
            ToolMessage("Sunny, 21 degrees, light wind. " * 3, tool_call_id=f"call_{turn}"),
            AIMessage("It is sunny: a light jacket will do. " * 4),
        ]
    return [*messages[: length - 1], HumanMessage("Thanks! And tomorrow?")]


def as_body(length: int, *, tools: bool) -> dict[str, Any]:
    """Return the same conversation as the body of a request."""
    body = {"model": "bench/model", "messages": convert_to_openai_messages(conversation(length))}
    return {**body, "tools": TOOLS} if tools else body
