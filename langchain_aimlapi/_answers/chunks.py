"""Makes LangChain's chunks, those of content without validation.

A chunk of a few characters costs more in pydantic's validators than in everything else that is
done to it. What the validators would set is known here, so it is set; the tests hold such a
chunk equal to a validated one in every respect.

No message has an id here: LangChain gives it one that no other answer has, the same to all chunks
of an answer. Ids of services may repeat, and LangGraph replaces a message by another of the same
id. The service's id is in `response_metadata["id"]`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from langchain_core.messages import AIMessageChunk, InvalidToolCall, ToolCall
from langchain_core.messages.tool import invalid_tool_call, tool_call
from langchain_core.outputs import ChatGenerationChunk
from langchain_core.utils.json import parse_partial_json
from langchain_core.utils.utils import LC_ID_PREFIX
from pydantic import BaseModel

from langchain_aimlapi._answers.json_text import read_arguments
from langchain_aimlapi._answers.metadata import PROVIDER, generation_info

if TYPE_CHECKING:
    from collections.abc import Sequence
    from collections.abc import Set as AbstractSet

    from langchain_core.messages.ai import UsageMetadata
    from langchain_core.messages.tool import ToolCallChunk


_Model = TypeVar("_Model", bound=BaseModel)

_MAX_REPAIRED = 2000
"""Characters of tool arguments that LangChain may try to repair.

Its repair of JSON that ends too early takes time by the square of the length.
"""
_NAMED = frozenset({"content", "additional_kwargs", "response_metadata"})
_NAMED_WITH_CALLS = _NAMED | {"tool_call_chunks", "tool_calls", "invalid_tool_calls"}
_NAMED_OF_GENERATION = frozenset({"message", "text"})


def _construct(
    kind: type[_Model], fields: dict[str, Any], named: AbstractSet[str], extra: Any
) -> _Model:
    """Return an object made without validation, in a third of the time of `model_construct`.

    Args:
        kind: Its class.
        fields: All its fields, owned by it from now on.
        named: Those that do not stand at their default.
        extra: The fields besides, None where the class takes none.
    """
    made = kind.__new__(kind)
    set_ = object.__setattr__
    set_(made, "__dict__", fields)
    set_(made, "__pydantic_fields_set__", set(named))
    set_(made, "__pydantic_extra__", extra)
    set_(made, "__pydantic_private__", None)
    return made


def content_chunks(
    text: str, kwargs: dict[str, Any], blocks: list[Any], calls: Sequence[ToolCallChunk]
) -> list[ChatGenerationChunk]:
    """Return chunks of text, reasoning, blocks and pieces of tool calls, none if there is nothing.

    Args:
        text: Text of the answer, where its content is no list.
        kwargs: `additional_kwargs`, owned by the chunk from now on.
        blocks: Blocks of the content, behind the text; owned by the chunk too.
        calls: The pieces.
    """
    if not blocks:
        return [_chunk(text, text, kwargs, calls)] if text or kwargs or calls else []
    before = [_chunk(text, text, kwargs)] if text or kwargs else []
    shown = "".join([block["text"] for block in blocks if block["type"] == "text"])
    return [*before, _chunk(blocks, shown, {}, calls)]


def _chunk(
    content: str | list[Any], text: str, kwargs: dict[str, Any], calls: Sequence[ToolCallChunk] = ()
) -> ChatGenerationChunk:
    valid, invalid = _calls_so_far(calls) if calls else ([], [])
    message: dict[str, Any] = {
        "content": content,
        "additional_kwargs": kwargs,
        "response_metadata": {"model_provider": PROVIDER},
        "type": "AIMessageChunk",
        "name": None,
        "id": None,
        "tool_calls": valid,
        "invalid_tool_calls": invalid,
        "usage_metadata": None,
        "tool_call_chunks": list(calls),
        "chunk_position": None,
    }
    generation: dict[str, Any] = {
        "text": text,
        "generation_info": None,
        "type": "ChatGenerationChunk",
        "message": _construct(AIMessageChunk, message, _NAMED_WITH_CALLS if calls else _NAMED, {}),
    }
    return _construct(ChatGenerationChunk, generation, _NAMED_OF_GENERATION, None)


def _calls_so_far(calls: Sequence[ToolCallChunk]) -> tuple[list[ToolCall], list[InvalidToolCall]]:
    """Return what LangChain makes of pieces of calls in a chunk of its own."""
    valid: list[ToolCall] = []
    invalid: list[InvalidToolCall] = []
    for call in calls:
        args = _args_so_far(call["args"] or "")
        name, id_ = call["name"], call["id"]
        if args is None:
            invalid.append(invalid_tool_call(name=name, args=call["args"], id=id_))
        else:
            valid.append(tool_call(name=name or "", args=args, id=id_))
    return valid, invalid


def _args_so_far(text: str) -> dict[str, Any] | None:
    """Return what LangChain reads in a piece of arguments, None if it is no object."""
    if not text:
        return {}
    if text.lstrip()[:1] != "{":
        return None  # no repair makes an object of it
    if len(text) > _MAX_REPAIRED:
        return read_arguments(text).args
    try:
        args = parse_partial_json(text)
    except (ValueError, RecursionError):
        return None
    return args if isinstance(args, dict) else None


def last_chunk(
    kwargs: dict[str, Any],
    metadata: dict[str, Any],
    calls: list[ToolCallChunk],
    usage: UsageMetadata | None,
) -> ChatGenerationChunk:
    """Return the last chunk of an answer, with what is sent once; LangChain validates it."""
    message = AIMessageChunk(
        content="",
        additional_kwargs=kwargs,
        response_metadata=metadata,
        usage_metadata=usage,
        chunk_position="last",
        tool_call_chunks=calls,
    )
    return ChatGenerationChunk(message=message, generation_info=generation_info(metadata))


def message_id(run_manager: Any) -> str | None:
    """Return the id of the messages of a run; None where LangChain gives it, so has no manager."""
    return None if run_manager is None else f"{LC_ID_PREFIX}-{run_manager.run_id}"
