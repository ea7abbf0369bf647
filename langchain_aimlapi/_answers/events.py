"""LangChain's protocol events, straight from our chunks.

`message-start`, then for each block `content-block-start`, deltas and `content-block-finish`,
then `message-finish`. Blocks are numbered in the order in which they appear; all end at the end,
since an answer may go back and forth between them.
"""

from __future__ import annotations

from contextlib import aclosing
from functools import cache
from typing import TYPE_CHECKING, Any

from langchain_core.language_models.chat_model_stream import ChatModelStream

from langchain_aimlapi._answers.arguments import read_arguments
from langchain_aimlapi._answers.calls import NO_NAME
from langchain_aimlapi._answers.content import TEXT_INDEX
from langchain_aimlapi._answers.metadata import FINISH_FIELDS
from langchain_aimlapi._answers.translator import delta_blocks

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator, Iterable, Iterator, Mapping

    from langchain_core.messages import AIMessageChunk
    from langchain_core.outputs import ChatGenerationChunk
    from langchain_protocol.protocol import MessagesData

    from langchain_aimlapi._answers.delta import Block

_DELTAS = {
    "text": ("text", "text-delta", "text"),
    "reasoning": ("reasoning", "reasoning-delta", "reasoning"),
    "tool_call_chunk": ("args", "tool-call-delta", "args"),
}
"""Of a block type: the field that grows, and type and field of its delta."""
_JOINED = frozenset({"base64", "transcript", "refusal"})
"""Fields of other blocks that come in pieces."""
_NOT_CONTENT = frozenset({"index", "type"})


def stream_events(chunks: Iterable[ChatGenerationChunk]) -> Iterator[MessagesData]:
    """Yield the events of a stream of chunks."""
    builder = EventBuilder()
    for chunk in chunks:
        yield from builder.feed(chunk)
    yield from builder.close()


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
    for event in builder.close():
        yield event


class _OpenBlock:
    """A block that is not finished."""

    __slots__ = ("fields", "grown", "number", "type")

    def __init__(self, number: int, block_type: str) -> None:
        self.number = number
        self.type = block_type
        self.grown: list[str] = []
        self.fields: Block = {}

    def add(self, block: Mapping[str, Any], growing: str) -> None:
        """Take over all fields but the growing one and the index."""
        for name, value in block.items():
            if value is None or name == growing or name in _NOT_CONTENT:
                continue
            known = self.fields.get(name)
            if isinstance(value, dict) and isinstance(known, dict):
                self.fields[name] = _merged(known, value)
            elif (name in _JOINED or self._is_name(name)) and isinstance(known, str):
                self.fields[name] = known + value
            elif name == "annotations" and known:
                self.fields[name] = [*known, *value]
            elif not known:
                self.fields[name] = value

    def _is_name(self, field: str) -> bool:
        """Return whether a field is the name of a call, which may come in pieces."""
        return field == "name" and self.type == "tool_call_chunk"

    def finished(self) -> Block:
        """Return the block as it is in the message."""
        text = "".join(self.grown)
        if self.type == "tool_call_chunk":
            return self._call(text)
        if self.type == "refusal" and not _keeps_refusals():
            return {"type": "non_standard", "value": {"type": "refusal", **self.fields}}
        growing = _DELTAS[self.type][0] if self.type in _DELTAS else None
        grown = {growing: text} if growing else {}
        return {"type": self.type, **grown, **self.fields}

    def _call(self, text: str) -> Block:
        name, id_ = self.fields.get("name"), self.fields.get("id")
        more = {key: value for key, value in self.fields.items() if key == "extras"}
        read = read_arguments(text)
        if read.args is not None and name:
            return {"type": "tool_call", "id": id_, "name": name, "args": read.args, **more}
        invalid = {"id": id_, "name": name, "args": text, "error": read.error or NO_NAME}
        return {"type": "invalid_tool_call", **invalid, **more}


class EventBuilder:
    """Makes the events of one message; without IO, so that sync and async share it."""

    def __init__(self) -> None:
        self._started = False
        self._blocks: dict[Any, _OpenBlock] = {}
        self._kwargs = _Kwargs()
        self._metadata: dict[str, Any] = {}
        self._usage: dict[str, Any] | None = None

    def feed(self, chunk: ChatGenerationChunk) -> list[MessagesData]:
        """Return the events of a chunk."""
        message: Any = chunk.message
        events: list[Any] = []
        if not self._started:
            self._started = True
            events.append(self._start_of(message))
        content = message.content
        if message.additional_kwargs or message.tool_call_chunks or type(content) is not str:
            self._kwargs.add(message.additional_kwargs)
            for block in delta_blocks(message):
                if block["type"] != "invalid_tool_call":  # it has its pieces already
                    self._feed_block(block, events)
        elif content:
            self._feed_block({"type": "text", "text": content, "index": TEXT_INDEX}, events)
        if message.chunk_position == "last":
            self._metadata.update(message.response_metadata)
        if message.usage_metadata:
            self._usage = message.usage_metadata
        return events

    def close(self) -> list[MessagesData]:
        """Return the events that end the message."""
        if not self._started:
            return []
        events: list[Any] = [
            {"event": "content-block-finish", "index": block.number, "content": block.finished()}
            for block in self._blocks.values()
        ]
        metadata = self._metadata
        finish: dict[str, Any] = {"event": "message-finish", "metadata": metadata}
        finish.update({name: metadata[name] for name in FINISH_FIELDS if name in metadata})
        if self._usage is not None:
            finish["usage"] = {
                name: dict(count) if isinstance(count, dict) else count
                for name, count in self._usage.items()
            }
        if kwargs := self._kwargs.whole():
            # LangChain's own bridge hands them over here, as the protocol has no place for them.
            finish["additional_kwargs"] = kwargs
        events.append(finish)
        return events

    def _start_of(self, message: AIMessageChunk) -> dict[str, Any]:
        metadata = message.response_metadata
        named = {"provider": "model_provider", "model": "model_name"}
        return {
            "event": "message-start",
            "role": "ai",
            "id": message.id or "",
            "metadata": {name: metadata[key] for name, key in named.items() if key in metadata},
        }

    def _feed_block(self, block: Block, events: list[Any]) -> None:
        kind = block["type"]
        key = block.get("index", kind)
        growing, delta_type, delta_field = _DELTAS.get(kind, ("", "", ""))
        state = self._blocks.get(key)
        if state is None:
            state = self._blocks[key] = _OpenBlock(len(self._blocks), kind)
            events.append(_start_event(state.number, block, growing))
        state.add(block, growing)
        text = block.get(growing) if growing else None
        if text:
            state.grown.append(text)
            delta = {"type": delta_type, delta_field: text}
            events.append({"event": "content-block-delta", "index": state.number, "delta": delta})


@cache
def _keeps_refusals() -> bool:
    """Return whether the installed LangChain has a place for refusals in what it puts together.

    Version 1.8 knows the block, but leaves it out of a message that it makes of events.
    """
    block = {"type": "refusal", "refusal": "No."}
    stream = ChatModelStream()
    events: list[Any] = [
        {"event": "message-start", "role": "ai", "id": "1"},
        {"event": "content-block-start", "index": 0, "content": block},
        {"event": "content-block-finish", "index": 0, "content": block},
        {"event": "message-finish"},
    ]
    for event in events:
        stream.dispatch(event)
    message = stream.output_message
    return message is not None and message.content == [block]


def _start_event(number: int, block: Block, growing: str) -> dict[str, Any]:
    """Return the start of a block: all but what its deltas or its end bring."""
    heavy = {growing, "index", "annotations", "base64", "value", "extras", "args", "output"}
    content = {name: value for name, value in block.items() if name not in heavy}
    if growing:
        content[growing] = ""
    if block["type"] == "refusal" and not _keeps_refusals():
        return _start_event(number, {"type": "non_standard"}, "")
    for name in _NEEDED.get(block["type"], ()):
        content[name] = {}
    return {"event": "content-block-start", "index": number, "content": content}


_NEEDED = {"non_standard": ("value",), "server_tool_call": ("args",)}
"""Fields that a block must have at its start, though they come at its end."""


class _Joined:
    """Fields that come in pieces, put together in linear time: texts joined, all else kept."""

    def __init__(self) -> None:
        self._texts: dict[str, list[str]] = {}
        self._others: dict[str, Any] = {}

    def add(self, fields: Mapping[str, Any]) -> None:
        for name, value in fields.items():
            if isinstance(value, str):
                self._texts.setdefault(name, []).append(value)
            else:
                self._others[name] = value

    def whole(self) -> dict[str, Any]:
        return {**{name: "".join(texts) for name, texts in self._texts.items()}, **self._others}


class _Kwargs:
    """`additional_kwargs` of all chunks."""

    def __init__(self) -> None:
        self._fields = _Joined()
        self._details: dict[int, _Joined] = {}  # entries of `reasoning_details` by their index

    def add(self, kwargs: Mapping[str, Any]) -> None:
        for piece in kwargs.get("reasoning_details") or ():
            self._details.setdefault(piece["index"], _Joined()).add(piece)
        self._fields.add({k: v for k, v in kwargs.items() if k != "reasoning_details"})

    def whole(self) -> dict[str, Any]:
        details = [entry.whole() for entry in self._details.values()]
        return {**self._fields.whole(), **({"reasoning_details": details} if details else {})}


def _merged(known: Block, new: Mapping[str, Any]) -> Block:
    merged = dict(known)
    for name, value in new.items():
        if name in _JOINED and isinstance(merged.get(name), str):
            merged[name] += value
        else:
            merged.setdefault(name, value)
    return merged
