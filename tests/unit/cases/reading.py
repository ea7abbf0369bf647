"""Feeds cases to the reader, and says what came out in a few words."""

import json
from dataclasses import dataclass, field
from typing import Any

from doors import streams
from doors.answers import read_answer
from langchain_core.messages import AIMessage, AIMessageChunk
from langchain_core.outputs import ChatGenerationChunk

Json = dict[str, Any]
END = "[DONE]"


@dataclass
class Case:
    """A body, or the events of a stream, and what must come out of it (see `said_by`)."""

    given: Any
    expected: Json = field(default_factory=dict)


def chunk(delta: Json | None = None, /, **more: Any) -> Json:
    """Return a chunk; what does not belong to the choice stands beside it."""
    choice: Json = {"index": more.pop("index", 0), "finish_reason": more.pop("finish", None)}
    for name in ("logprobs", "native_finish_reason", "message"):
        if name in more:
            choice[name] = more.pop(name)
    if delta is not None:
        choice["delta"] = delta
    return {"id": "gen-1", "model": "vendor/model-1", "choices": [choice], **more}


def calls(*entries: Json) -> Json:
    """Return a delta with entries of `tool_calls`."""
    return {"tool_calls": list(entries)}


def call(name: str | None = None, arguments: Any = None, /, **more: Any) -> Json:
    """Return an entry of `tool_calls`, with what is given and nothing else."""
    function = {"name": name} if name is not None else {}
    if arguments is not None:
        function["arguments"] = arguments
    return {"function": function, **more}


def usage(sent: Any, received: Any, **more: Any) -> Json:
    """Return a usage in OpenAI's names."""
    return {"prompt_tokens": sent, "completion_tokens": received, **more}


def body(message: Any = None, /, **more: Any) -> Json:
    """Return a completion of one choice."""
    choice: Json = {"index": 0, "message": message, "finish_reason": more.pop("finish", "stop")}
    for name in ("logprobs", "native_finish_reason"):
        if name in more:
            choice[name] = more.pop(name)
    return {"id": "gen-1", "model": "vendor/model-1", "choices": [choice], **more}


def wire(events: list[Any]) -> bytes:
    """Return events as a stream: dicts as JSON, bytes as they are."""
    return b"".join(
        event
        if isinstance(event, bytes)
        else b"data: "
        + (event if isinstance(event, str) else json.dumps(event, ensure_ascii=False)).encode()
        + b"\n\n"
        for event in events
    )


def chunks_of(data: bytes | list[Any], **options: Any) -> list[ChatGenerationChunk]:
    """Return the chunks of a stream; see `doors.streams`."""
    return streams.chunks_of(data if isinstance(data, bytes) else wire(data), **options)


def arguments_of(data: bytes | list[Any]) -> str:
    """Return the pieces of the arguments that a stream brings, put together."""
    messages: list[Any] = [made.message for made in chunks_of(data)]
    return "".join(piece["args"] or "" for m in messages for piece in m.tool_call_chunks)


def merged(chunks: list[ChatGenerationChunk]) -> AIMessageChunk:
    """Return the message that LangChain merges chunks into."""
    message = (chunks[0] + chunks[1:]).message if len(chunks) > 1 else chunks[0].message
    assert isinstance(message, AIMessageChunk)
    return message


def streamed(data: bytes | list[Any], **options: Any) -> AIMessageChunk:
    """Return the message of a stream."""
    return merged(chunks_of(data, **options))


def invoked(data: bytes | Json, headers: Json | None = None, **options: Any) -> AIMessage:
    """Return the message of a body."""
    message = read_answer(data, headers, **options).generations[0].message
    assert isinstance(message, AIMessage)
    return message


def said_by(message: AIMessage) -> Json:
    """Return what a message says, without what it does not say."""
    blocks = message.content_blocks
    tokens = message.usage_metadata
    metadata = message.response_metadata
    fields: Json = {
        "text": message.text,
        "reasoning": "".join(b.get("reasoning", "") for b in blocks if b["type"] == "reasoning"),
        "calls": [(call["name"], call["args"]) for call in message.tool_calls],
        "invalid": [call["name"] for call in message.invalid_tool_calls],
        "usage": (tokens["input_tokens"], tokens["output_tokens"]) if tokens else None,
        "finish": metadata.get("finish_reason"),
        "native": metadata.get("native_finish_reason"),
        "refusal": message.additional_kwargs.get("refusal"),
        "cost": metadata.get("cost"),
    }
    return {name: value for name, value in fields.items() if value}
