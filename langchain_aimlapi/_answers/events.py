"""LangChain's protocol events, straight from our chunks.

`message-start`, then for each block `content-block-start`, deltas and `content-block-finish`,
then `message-finish`. Blocks are numbered in the order in which they appear; all end at the end,
since an answer may go back and forth between them.
"""

from __future__ import annotations

from contextlib import aclosing
from copy import deepcopy
from typing import TYPE_CHECKING, Any, NamedTuple

from langchain_aimlapi._answers.content import TEXT_INDEX
from langchain_aimlapi._answers.json_text import read_arguments
from langchain_aimlapi._answers.metadata import FINISH_FIELDS
from langchain_aimlapi._answers.translator import BROKEN_INDEX, CALL_INDEX, delta_blocks

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator, Iterable, Iterator

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


class _OpenBlock(NamedTuple):
    """A block that is not finished: its number, its first piece, and its text so far."""

    number: int
    first: Block
    texts: list[str]


class EventBuilder:
    """Makes the events of one message; without IO, so that sync and async share it."""

    def __init__(self) -> None:
        self._messages: list[Any] = []
        self._open: dict[Any, _OpenBlock] = {}  # by the index of the block

    def feed(self, chunk: ChatGenerationChunk) -> list[MessagesData]:
        """Return the events of a chunk; the last one ends the message."""
        message: Any = chunk.message
        events: list[Any] = [] if self._messages else [_start_of(message)]
        self._messages.append(_without_arguments(message))
        content = message.content
        if message.additional_kwargs or message.tool_call_chunks or type(content) is not str:
            for block in delta_blocks(message):
                if block["type"] != "invalid_tool_call":  # it has its pieces already
                    self._feed_block(block, events)
        elif content:
            self._feed_block({"type": "text", "text": content, "index": TEXT_INDEX}, events)
        if message.chunk_position == "last":
            events += self._end()
        return events

    def _end(self) -> list[Any]:
        last, whole = self._messages[-1], _merged(self._messages)
        metadata = dict(last.response_metadata)
        finish: dict[str, Any] = {"event": "message-finish", "metadata": metadata}
        finish.update({name: metadata[name] for name in FINISH_FIELDS if name in metadata})
        if last.usage_metadata is not None:
            finish["usage"] = deepcopy(last.usage_metadata)
        if whole.additional_kwargs:
            # LangChain's own bridge hands them over here, as the protocol has no place for them.
            finish["additional_kwargs"] = whole.additional_kwargs
        blocks = _blocks_by_index(whole)
        ends = [
            {
                "event": "content-block-finish",
                "index": block.number,
                "content": _finished(blocks.get(index, block.first), "".join(block.texts)),
            }
            for index, block in self._open.items()
        ]
        return [*ends, finish]

    def _feed_block(self, block: Block, events: list[Any]) -> None:
        growing, delta_type = _DELTAS.get(block["type"], ("", ""))
        state = self._open.get(block["index"])
        if state is None:
            state = self._open[block["index"]] = _OpenBlock(len(self._open), block, [])
            events.append(_start_event(state.number, block, growing))
        if text := block.get(growing):
            state.texts.append(text)
            delta = {"type": delta_type, growing: text}
            events.append({"event": "content-block-delta", "index": state.number, "delta": delta})


_GROUP = 64
"""Messages that are merged at once."""


def _merged(messages: list[Any]) -> Any:
    """Return the sum of messages; adding one by one would copy the text so far each time."""
    while len(messages) > 1:
        starts = range(0, len(messages), _GROUP)
        groups = [messages[start : start + _GROUP] for start in starts]
        messages = [first + others if others else first for first, *others in groups]
    return messages[0]


def _without_arguments(message: Any) -> Any:
    """Return a message without the arguments of calls, which the events have already."""
    if not message.tool_call_chunks:
        return message
    calls = [{**call, "args": call["args"] and ""} for call in message.tool_call_chunks]
    return message.model_copy(update={"tool_call_chunks": calls})


def _blocks_by_index(message: AIMessageChunk) -> dict[Any, Block]:
    """Return the whole blocks of a message by the index that their pieces had."""
    found: dict[Any, Block] = {}
    for block in delta_blocks(message):
        index = block["index"]
        if block["type"] == "invalid_tool_call":
            index = index.replace(BROKEN_INDEX, CALL_INDEX)
            found[index] = {**found[index], **block}
        else:
            found[index] = {**block, **found.get(index, {})}  # annotations come after their text
    return found


def _finished(block: Block, text: str) -> Block:
    """Return a block as it is in the message, with the whole of the text that came in pieces."""
    kind = block["type"]
    fields = {name: value for name, value in block.items() if name != "index"}
    if kind == "refusal":
        # LangChain 1.8 knows the block, but leaves it out of a message that it makes of events.
        return {"type": "non_standard", "value": fields}
    if kind == "tool_call_chunk":
        return {**fields, "type": "tool_call", "args": read_arguments(text).args or {}}
    return {**fields, kind: text} if kind in _DELTAS else fields


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
