"""Chunks that merge into a message whose invalid calls hold their arguments as they were sent.

LangChain parses the arguments of merged chunks once more, and files those that it cannot read with
what the last chunk added to keep them unreadable. The first and the last chunk of a stream with
such calls put the text back: LangChain asks the first when it adds a list to it, and the last when
it adds it to the sum of those before. Where another chunk comes first and the last in a list,
neither is asked: there the calls are invalid, with what was added.
"""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any, cast

from langchain_core.messages import AIMessage, AIMessageChunk
from langchain_core.messages.ai import add_ai_message_chunks
from typing_extensions import override

from langchain_aimlapi._answers.assembler import BROKEN_CALLS
from langchain_aimlapi._answers.coerce import dicts_of

if TYPE_CHECKING:
    from langchain_core.messages import InvalidToolCall
    from langchain_core.outputs import ChatGenerationChunk


class _Whole(AIMessageChunk):
    """Makes an `AIMessage`, which is what a chunk becomes.

    It is the first base of `_Chunk`, which is where `message_chunk_to_message` looks for the class
    of the whole message.
    """

    def __new__(cls, *args: Any, **kwargs: Any) -> Any:
        return AIMessage(*args, **kwargs) if cls is _Whole else super().__new__(cls)


class _Chunk(_Whole):
    """LangChain's chunk in everything but how it is merged: equal, copied, dumped and pickled."""

    @override
    def __add__(self, other: Any) -> Any:
        others = list(other) if isinstance(other, (list, tuple)) else [other]
        if all(isinstance(each, AIMessageChunk) for each in others):
            return _sum(self, others)
        return super().__add__(other)

    def __radd__(self, other: Any) -> Any:
        # Python asks here first, for this class is one of LangChain's that adds the method.
        return _sum(other, [self]) if isinstance(other, AIMessageChunk) else NotImplemented

    @override
    def __eq__(self, other: object) -> bool:
        return isinstance(other, AIMessageChunk) and bool(_plain(self) == _plain(other))

    __hash__ = None  # type: ignore[assignment]  # as that of all messages

    @override
    def __reduce_ex__(self, protocol: Any) -> Any:
        # In the oldest form, which lets another class be named.
        make, (_, *arguments), *state = cast("Any", super().__reduce_ex__(min(protocol, 1)))
        return (make, (AIMessageChunk, *arguments), *state)


# By these LangChain, and LangGraph's checkpoints, say what is to be made of a dump.
_Chunk.__name__ = _Chunk.__qualname__ = AIMessageChunk.__name__
_Chunk.__module__ = AIMessageChunk.__module__


def keep_texts(first: ChatGenerationChunk | None, last: ChatGenerationChunk) -> None:
    """Have the chunks of a stream put the texts of its invalid calls back when they are merged.

    Args:
        first: The first chunk that was sent, which readers may hold already.
        last: The last chunk.
    """
    for chunk in (first, last):
        if chunk is not None:
            _set_class(chunk.message, _Chunk)


def _set_class(message: Any, kind: type[AIMessageChunk]) -> None:
    # Not by assignment, which is one of a field to pydantic. The classes have the same fields.
    object.__setattr__(message, "__class__", kind)


def _plain(chunk: AIMessageChunk) -> AIMessageChunk:
    plain = copy.copy(chunk)
    if isinstance(plain, _Chunk):
        _set_class(plain, AIMessageChunk)
    return plain


def _sum(first: AIMessageChunk, others: list[AIMessageChunk]) -> AIMessageChunk:
    merged = add_ai_message_chunks(first, *others)
    if merged.chunk_position != "last":
        return merged  # of this class, if the first is: the last may come in a list
    if isinstance(merged, _Chunk):
        _set_class(merged, AIMessageChunk)
    broken = {call.get("id"): call for call in dicts_of(merged.additional_kwargs.get(BROKEN_CALLS))}
    merged.invalid_tool_calls = [
        cast("InvalidToolCall", dict(broken.get(call["id"], call)))
        for call in merged.invalid_tool_calls
    ]
    content = merged.content
    if isinstance(content, list) and merged.response_metadata.get("output_version") == "v1":
        # LangChain makes calls of the pieces in the content, but of valid ones only; the blocks
        # of the invalid ones came with the last chunk.
        merged.content = [block for block in content if not _is_piece(block, broken)]
    return merged


def _is_piece(block: Any, broken: dict[Any, Any]) -> bool:
    return (
        isinstance(block, dict)
        and block.get("type") == "tool_call_chunk"
        and block.get("id") in broken
    )
