"""Answers of `/v1/messages` as server-sent events, with the habits of the real ones."""

from __future__ import annotations

import json
from itertools import cycle
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from .messages_answers import Reply

Json = dict[str, Any]

_TEXT_SIZES = (15, 14, 9, 17, 5, 2, 12, 25)
"""Characters of a piece of text, in turn: it splits anywhere, also within words."""
_INPUT_SIZES = (1, 9, 4, 13)


def events(reply: Reply) -> Iterator[bytes]:
    """Yield the events of an answer, as bytes."""
    whole = reply.message()
    # What is counted here is provisional, and nothing is known yet of how it ends.
    counts = {**reply.usage, "output_tokens": 1}
    counts.pop("output_tokens_details", None)
    unfinished = {"content": [], "stop_reason": None, "stop_sequence": None, "usage": counts}
    started = {**whole, **unfinished}
    for name in ("meta", "stop_details"):
        started.pop(name, None)
    yield _event("message_start", message=started)
    for index, block in enumerate(reply.blocks):
        start, pieces = _pieces(block)
        yield _event("content_block_start", index=index, content_block=start)
        if not index:
            yield _event("ping")
        for piece in pieces:
            yield _event("content_block_delta", index=index, delta=piece)
        yield _event("content_block_stop", index=index)
    delta = {name: whole.get(name) for name in ("stop_reason", "stop_sequence")}
    if reply.stop_details:
        delta["stop_details"] = reply.stop_details
    final = {name: n for name, n in reply.usage.items() if name.endswith(("tokens", "details"))}
    yield _event("message_delta", delta=delta, usage=final)
    yield _event("message_stop", meta=reply.meta)


def _event(kind: str, **fields: Any) -> bytes:
    text = json.dumps({"type": kind, **fields}, ensure_ascii=False, separators=(",", ":"))
    padding = " " * (len(text) % 7)  # lines are padded, by lengths that mean nothing
    return f"event: {kind}\ndata: {text[:-1]}{padding}}}\n\n".encode()


def _by_size(text: str, sizes: tuple[int, ...]) -> Iterator[str]:
    start = 0
    for size in cycle(sizes):
        if start >= len(text):
            return
        yield text[start : start + size]
        start += size


def _pieces(block: Json) -> tuple[Json, Iterator[Json]]:
    """Return a block as it starts, and its deltas."""
    split = _SPLITTERS.get(block["type"])
    return split(block) if split else (block, iter(()))  # results come whole


def _text(block: Json) -> tuple[Json, Iterator[Json]]:
    citations = block.get("citations") or ()
    start = {**block, "text": ""} | ({"citations": []} if citations else {})

    def pieces() -> Iterator[Json]:
        for citation in citations:
            yield {"type": "citations_delta", "citation": citation}
        for piece in _by_size(block["text"], _TEXT_SIZES):
            yield {"type": "text_delta", "text": piece}

    return start, pieces()


def _thinking(block: Json) -> tuple[Json, Iterator[Json]]:
    def pieces() -> Iterator[Json]:
        for piece in _by_size(block["thinking"], _TEXT_SIZES):
            yield {"type": "thinking_delta", "thinking": piece}
        yield {"type": "signature_delta", "signature": block["signature"]}

    return {**block, "thinking": "", "signature": ""}, pieces()


def _tool_use(block: Json) -> tuple[Json, Iterator[Json]]:
    def pieces() -> Iterator[Json]:
        yield {"type": "input_json_delta", "partial_json": ""}
        written = json.dumps(block["input"], ensure_ascii=False)
        for piece in _by_size(written if block["input"] else "", _INPUT_SIZES):
            yield {"type": "input_json_delta", "partial_json": piece}

    return {**block, "input": {}}, pieces()


_SPLITTERS: dict[str, Callable[[Json], tuple[Json, Iterator[Json]]]] = {
    "text": _text,
    "thinking": _thinking,
    "tool_use": _tool_use,
    "server_tool_use": _tool_use,
}
