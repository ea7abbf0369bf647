"""LangChain's protocol events, straight from our chunks.

`message-start`, then for each block `content-block-start`, deltas and `content-block-finish`,
then `message-finish`. Blocks are numbered in the order in which they appear; all end at the end,
since an answer may go back and forth between them.
"""

from __future__ import annotations

from contextlib import aclosing
from copy import deepcopy
from io import StringIO
from typing import TYPE_CHECKING, Any, NamedTuple

from langchain_aimlapi._answers.calls import NO_NAME
from langchain_aimlapi._answers.content import TEXT_INDEX
from langchain_aimlapi._answers.json_text import read_arguments
from langchain_aimlapi._answers.metadata import FINISH_FIELDS
from langchain_aimlapi._answers.translator import delta_blocks

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator, Iterable, Iterator, Mapping

    from langchain_core.messages import AIMessageChunk
    from langchain_core.outputs import ChatGenerationChunk
    from langchain_protocol.protocol import MessagesData

    from langchain_aimlapi._answers.delta import Block

_DELTAS = {
    "text": ("text", "text-delta"),
    "reasoning": ("reasoning", "reasoning-delta"),
    "tool_call_chunk": ("args", "tool-call-delta"),
}
"""Of a block type: the field that grows, and the type of the delta that has it."""


def stream_events(chunks: Iterable[ChatGenerationChunk]) -> Iterator[MessagesData]:
    """Yield the events of a stream of chunks."""
    builder = EventBuilder()
    for chunk in chunks:
        yield from builder.feed(chunk)


async def astream_events(
    chunks: AsyncGenerator[ChatGenerationChunk, None],
) -> AsyncIterator[MessagesData]:
    """Yield the events of an async stream of chunks."""
    builder = EventBuilder()
    # Closing an async generator leaves the one it reads from to the garbage collector.
    async with aclosing(chunks):
        async for chunk in chunks:
            for event in builder.feed(chunk):
                yield event


def _grow(known: dict[str, Any], fields: Mapping[str, Any]) -> None:
    """Add to fields of a block, or of `additional_kwargs`, in time linear in what is added.

    Our chunks send each value once, or it is a text in pieces. Ids alone may be repeated.
    """
    for name, value in fields.items():
        if isinstance(value, str) and name not in _REPEATED:
            known.setdefault(name, StringIO()).write(value)
        elif name == "extras":
            _grow(known.setdefault(name, {}), value)
        elif name == "reasoning_details":
            for detail in value:
                _grow(known.setdefault(name, {}).setdefault(detail["index"], {}), detail)
        elif name == "annotations":
            known.setdefault(name, []).extend(value)
        elif value is not None:
            known.setdefault(name, value)


_REPEATED = frozenset({"id", "index", "type"})


def _grown(known: Mapping[str, Any]) -> dict[str, Any]:
    """Return fields with their texts as one."""
    whole: dict[str, Any] = {
        name: value.getvalue() if isinstance(value, StringIO) else value
        for name, value in known.items()
    }
    if "extras" in whole:
        whole["extras"] = _grown(whole["extras"])
    if "reasoning_details" in whole:
        whole["reasoning_details"] = [*map(_grown, whole["reasoning_details"].values())]
    return whole


class _OpenBlock(NamedTuple):
    """A block that is not finished: its number among the blocks, its type, its fields so far."""

    number: int
    type: str
    fields: dict[str, Any]

    def finished(self) -> Block:
        """Return the block as it is in the message."""
        block: Block = {"type": self.type, **_grown(self.fields)}
        block.pop("index", None)
        if self.type in _DELTAS:
            block.setdefault(_DELTAS[self.type][0], "")
        if self.type == "refusal":
            # LangChain 1.8 knows the block, but leaves it out of a message that it makes of events.
            return {"type": "non_standard", "value": block}
        return _call(block) if self.type == "tool_call_chunk" else block


def _call(block: Block) -> Block:
    """Return a call that is whole."""
    name, text = block.get("name"), block["args"]
    read = read_arguments(text)
    call = {**block, "id": block.get("id"), "name": name}
    if read.args is not None and name:
        return {**call, "type": "tool_call", "args": read.args}
    return {**call, "type": "invalid_tool_call", "error": read.error or NO_NAME}


class EventBuilder:
    """Makes the events of one message; without IO, so that sync and async share it."""

    def __init__(self) -> None:
        self._started = False
        self._blocks: dict[Any, _OpenBlock] = {}
        self._kwargs: dict[str, Any] = {}

    def feed(self, chunk: ChatGenerationChunk) -> list[MessagesData]:
        """Return the events of a chunk; the last one ends the message."""
        message: Any = chunk.message
        events: list[Any] = []
        if not self._started:
            self._started = True
            events.append(_start_of(message))
        content = message.content
        if message.additional_kwargs or message.tool_call_chunks or type(content) is not str:
            _grow(self._kwargs, message.additional_kwargs)
            for block in delta_blocks(message):
                if block["type"] != "invalid_tool_call":  # it has its pieces already
                    self._feed_block(block, events)
        elif content:
            self._feed_block({"type": "text", "text": content, "index": TEXT_INDEX}, events)
        if message.chunk_position == "last":
            events += self._end_of(message)
        return events

    def _end_of(self, message: AIMessageChunk) -> list[Any]:
        metadata = dict(message.response_metadata)
        finish: dict[str, Any] = {"event": "message-finish", "metadata": metadata}
        finish.update({name: metadata[name] for name in FINISH_FIELDS if name in metadata})
        if message.usage_metadata is not None:
            finish["usage"] = deepcopy(message.usage_metadata)
        if kwargs := _grown(self._kwargs):
            # LangChain's own bridge hands them over here, as the protocol has no place for them.
            finish["additional_kwargs"] = kwargs
        ends = [
            {"event": "content-block-finish", "index": block.number, "content": block.finished()}
            for block in self._blocks.values()
        ]
        return [*ends, finish]

    def _feed_block(self, block: Block, events: list[Any]) -> None:
        kind = block["type"]
        key = block.get("index", kind)
        growing, delta_type = _DELTAS.get(kind, ("", ""))
        state = self._blocks.get(key)
        if state is None:
            state = self._blocks[key] = _OpenBlock(len(self._blocks), kind, {})
            events.append(_start_event(state.number, block, growing))
        _grow(state.fields, block)
        if text := block.get(growing):
            delta = {"type": delta_type, growing: text}
            events.append({"event": "content-block-delta", "index": state.number, "delta": delta})


def _start_of(message: AIMessageChunk) -> dict[str, Any]:
    metadata = message.response_metadata
    named = {"provider": "model_provider", "model": "model_name"}
    return {
        "event": "message-start",
        "role": "ai",
        "id": message.id or "",
        "metadata": {name: metadata[key] for name, key in named.items() if key in metadata},
    }


def _start_event(number: int, block: Block, growing: str) -> dict[str, Any]:
    """Return the start of a block: all but what its deltas or its end bring."""
    if block["type"] == "refusal":
        block = {"type": "non_standard"}
    heavy = {growing, "index", "annotations", "base64", "value", "extras", "args", "output"}
    content = {name: value for name, value in block.items() if name not in heavy}
    if growing:
        content[growing] = ""
    for name in _NEEDED.get(block["type"], ()):
        content[name] = {}
    return {"event": "content-block-start", "index": number, "content": content}


_NEEDED = {"non_standard": ("value",), "server_tool_call": ("args",)}
"""Fields that a block must have at its start, though they come at its end."""
