"""What the emulator's tests send and how they read what comes back."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import httpx

Json = dict[str, Any]

CLAUDE = "anthropic/claude-sonnet-4"
NEW_CLAUDE = "anthropic/claude-sonnet-5"
GPT = "gpt-4o-mini"
GEMINI = "google/gemini-3-5-flash"
REASONER = "deepseek/deepseek-v4-flash"

_PIXEL = (
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c489"
    "0000000d49444154789c6360000002000001e221bc330000000049454e44ae426082"
)
PNG = base64.b64encode(bytes.fromhex(_PIXEL)).decode()
PNG_SIZE = len(_PIXEL) // 2
PDF = base64.b64encode(b"%PDF-1.4\n%%EOF").decode()
PDF_SIZE = 14
WAV = base64.b64encode(b"RIFF\x24\x00\x00\x00WAVEfmt ").decode()
WAV_SIZE = 16

MAGIC: Json = {
    "name": "magic_function",
    "description": "Apply a magic function to an input.",
    "parameters": {
        "type": "object",
        "properties": {
            "input": {"type": "integer", "exclusiveMinimum": -1000, "exclusiveMaximum": 1000}
        },
        "required": ["input"],
    },
}
WEATHER: Json = {
    "name": "get_weather",
    "description": "Get the weather at a location.",
    "parameters": {
        "type": "object",
        "properties": {"location": {"type": "string"}},
        "required": ["location"],
    },
}
NO_ARGS: Json = {
    "name": "magic_function_no_args",
    "description": "Calculate a magic function.",
    "parameters": {"type": "object", "properties": {}},
}
ADDER: Json = {
    "name": "my_adder_tool",
    "description": "Takes two integers, a and b, and returns their sum.",
    "parameters": {
        "type": "object",
        "properties": {"a": {"type": "integer"}, "b": {"type": "integer"}},
        "required": ["a", "b"],
    },
}


def user(text: Any) -> Json:
    """A user's turn."""
    return {"role": "user", "content": text}


def body(model: str, prompt: Any = "Hello", **fields: Any) -> Json:
    """A request with one user turn, or with the messages given."""
    messages = fields.pop("messages", None) or [user(prompt)]
    return {"model": model, "messages": messages, **fields}


def is_claude(model: str) -> bool:
    """Return whether a model takes the Claude-style body."""
    return "claude" in model


def tools_of(model: str, *tools: Json) -> list[Json]:
    """Tools in the schema of a model."""
    if not is_claude(model):
        return [{"type": "function", "function": tool} for tool in tools]
    return [
        {
            "name": tool["name"],
            "description": tool["description"],
            "input_schema": tool["parameters"],
        }
        for tool in tools
    ]


def choice_of(model: str, name: str) -> Any:
    """A forced tool in the schema of a model: `any`, or a tool's name."""
    if is_claude(model):
        return {"type": "any"} if name == "any" else {"type": "tool", "name": name}
    return "required" if name == "any" else {"type": "function", "function": {"name": name}}


def tool_turns(model: str, calls: list[tuple[str, str, Json, str]]) -> list[Json]:
    """Turns with calls and their results, given as id, name, arguments and result."""
    if is_claude(model):
        uses = [
            {"type": "tool_use", "id": name, "name": tool, "input": arguments}
            for name, tool, arguments, _ in calls
        ]
        results = [
            {"type": "tool_result", "tool_use_id": name, "content": result}
            for name, _, _, result in calls
        ]
        return [{"role": "assistant", "content": uses}, {"role": "user", "content": results}]
    made = [
        {
            "id": name,
            "type": "function",
            "function": {"name": tool, "arguments": json.dumps(arguments)},
        }
        for name, tool, arguments, _ in calls
    ]
    answered = [
        {"role": "tool", "tool_call_id": name, "content": result} for name, _, _, result in calls
    ]
    return [{"role": "assistant", "content": "", "tool_calls": made}, *answered]


def chunks_of(raw: bytes) -> list[Json]:
    """The chunks of a stream, without comments and `[DONE]`."""
    lines = [line[6:] for line in raw.decode().split("\n\n") if line.startswith("data: ")]
    return [json.loads(line) for line in lines if line != "[DONE]"]


def merged(chunks: list[Json]) -> Json:
    """Put a stream together: text, reasoning and calls of choice 0."""
    text, thought = "", ""
    calls: dict[int, Json] = {}
    for chunk in chunks:
        for choice in chunk["choices"]:
            if choice["index"]:
                continue
            delta = choice.get("delta", {})
            text += delta.get("content") or ""
            thought += delta.get("reasoning_content") or delta.get("reasoning") or ""
            for part in delta.get("tool_calls", ()):
                call = calls.setdefault(part["index"], {"arguments": ""})
                call["id"] = call.get("id") or part.get("id")
                call["name"] = call.get("name") or part["function"].get("name")
                call["arguments"] += part["function"].get("arguments", "")
    return {"content": text, "reasoning": thought, "calls": list(calls.values())}


@dataclass
class Http:
    """Posts requests and reads answers."""

    client: httpx.Client

    def post(self, sent: Any, path: str = "/chat/completions", **options: Any) -> httpx.Response:
        """Send a body."""
        return self.client.post(path, json=sent, **options)

    def get(self, path: str, **options: Any) -> httpx.Response:
        """Ask for a path."""
        return self.client.get(path, **options)

    def json(self, sent: Json) -> Json:
        """Return the answer to a request that must be fine."""
        response = self.post(sent)
        assert response.status_code == 200, response.text
        answer: Json = response.json()
        return answer

    def message(self, sent: Json) -> Json:
        """Return the message of an answer."""
        message: Json = self.json(sent)["choices"][0]["message"]
        return message

    def reply(self, sent: Json) -> str:
        """Return the text of an answer."""
        return self.message(sent)["content"] or ""

    def calls(self, sent: Json) -> list[tuple[str, Json]]:
        """Return names and arguments of the tool calls of an answer."""
        made = self.message(sent).get("tool_calls") or []
        return [(c["function"]["name"], json.loads(c["function"]["arguments"])) for c in made]

    def stream(self, sent: Json) -> list[Json]:
        """Return the chunks of a streamed answer."""
        response = self.post({**sent, "stream": True})
        assert response.status_code == 200, response.text
        assert response.headers["content-type"].startswith("text/event-stream")
        return chunks_of(response.content)
