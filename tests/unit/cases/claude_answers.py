"""Answers of the messages endpoint in every way in which they can be read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cases.messages import (
    Service,
    events,
    invoked,
    message,
    sse,
    streamed,
    text_piece,
    whole,
)

if TYPE_CHECKING:
    from langchain_core.messages import AIMessage

Json = dict[str, Any]

TEXT = {"type": "text", "text": "Hello"}
THOUGHT = {"type": "thinking", "thinking": "hmm", "signature": "c2ln"}


def start_of(block: Json) -> Json:
    """Return a block as a stream starts it."""
    empty: Json = {
        "text": {"text": ""},
        "thinking": {"thinking": "", "signature": ""},
        "tool_use": {"input": {}},
        "server_tool_use": {"input": {}},
        "compaction": {"content": ""},
    }.get(block["type"], {})
    return {**block, **empty}


def pieces_of(block: Json) -> list[Json]:
    """Return the pieces in which a stream sends a block."""
    kind = block["type"]
    if kind == "text":
        cited = [{"type": "citations_delta", "citation": c} for c in block.get("citations", ())]
        return [*map(text_piece, block["text"]), *cited]
    if kind == "thinking":
        signature = {"type": "signature_delta", "signature": block["signature"]}
        return [*({"type": "thinking_delta", "thinking": t} for t in block["thinking"]), signature]
    if kind in {"tool_use", "server_tool_use"}:
        written = str(block["input"]).replace("'", '"')
        pieces = ["", written[:3], written[3:]]
        return [{"type": "input_json_delta", "partial_json": piece} for piece in pieces]
    if kind == "compaction":
        return [{"type": "compaction_delta", "content": block["content"]}]
    return []


def in_pieces(*blocks: Json, stop: str = "end_turn", **more: Any) -> bytes:
    starts = [{k: v for k, v in start_of(b).items() if k != "citations"} for b in blocks]
    pieces = [(start, pieces_of(b)) for start, b in zip(starts, blocks, strict=True)]
    return sse(events(*pieces, stop=stop, **more))


def by_events(stream: bytes) -> list[Json]:
    """Return the blocks that LangChain makes of the protocol's events."""
    read = Service(stream=stream).model().stream_events("Hi", version="v3")
    blocks = read.output.content_blocks
    return [{name: block[name] for name in block if name != "index"} for block in blocks]


def in_all_ways(*blocks: Json, stop: str = "end_turn") -> AIMessage:
    """Return what blocks are read as, which must be the same in every way that they can come."""
    one = invoked(message(*blocks, stop=stop))
    started = sse([{"type": "message_start", "message": message(*blocks, stop=stop)},
                   {"type": "message_stop"}])  # fmt: skip
    ways = [
        in_pieces(*blocks, stop=stop),
        sse(events(*map(whole, blocks), stop=stop)),
        started,
    ]
    for stream in ways:
        other = streamed(stream)
        assert other.content_blocks == one.content_blocks
        assert (other.text, other.tool_calls) == (one.text, one.tool_calls)
        assert other.usage_metadata == one.usage_metadata
        assert other.response_metadata == one.response_metadata
        assert by_events(stream) == one.content_blocks
    return one
