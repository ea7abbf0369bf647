"""Makes LangChain's chunks, the plain ones without validation.

A chunk of a few characters costs more in pydantic's validators than in everything else that is
done to it. What the validators would set is known here, so it is set; the tests hold such a
chunk equal to a validated one in every respect.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from langchain_core.messages import AIMessage, AIMessageChunk, InvalidToolCall, ToolCall
from langchain_core.outputs import ChatGeneration, ChatGenerationChunk
from langchain_core.utils.json import parse_partial_json

from langchain_aimlapi._answers.calls import read_arguments
from langchain_aimlapi._answers.metadata import PROVIDER

if TYPE_CHECKING:
    from langchain_core.messages.ai import UsageMetadata
    from langchain_core.messages.tool import ToolCallChunk

_new = object.__new__
_set = object.__setattr__

_LONGEST = 2000
"""Characters of tool arguments that LangChain may try to repair.

Its repair of JSON that ends too early takes time by the square of the length.
"""


def text_chunk(text: str, id_: str | None, kwargs: dict[str, Any]) -> ChatGenerationChunk:
    """Return a chunk of text or reasoning, made without validation.

    Args:
        text: Text of the answer.
        id_: The message's id, if it is known.
        kwargs: `additional_kwargs`, owned by the chunk from now on.
    """
    message = _new(AIMessageChunk)
    _set(
        message,
        "__dict__",
        {
            "content": text,
            "additional_kwargs": kwargs,
            "response_metadata": {"model_provider": PROVIDER},
            "type": "AIMessageChunk",
            "name": None,
            "id": id_,
            "tool_calls": [],
            "invalid_tool_calls": [],
            "usage_metadata": None,
            "tool_call_chunks": [],
            "chunk_position": None,
        },
    )
    _set(
        message,
        "__pydantic_fields_set__",
        {"content", "id", "additional_kwargs", "response_metadata"},
    )
    _set(message, "__pydantic_extra__", {})
    _set(message, "__pydantic_private__", None)
    generation = _new(ChatGenerationChunk)
    _set(
        generation,
        "__dict__",
        {
            "text": text,
            "generation_info": None,
            "type": "ChatGenerationChunk",
            "message": message,
        },
    )
    _set(generation, "__pydantic_fields_set__", {"message", "text"})
    _set(generation, "__pydantic_extra__", None)
    _set(generation, "__pydantic_private__", None)
    return generation


def _validated_text_chunk(
    text: str, id_: str | None, kwargs: dict[str, Any]
) -> ChatGenerationChunk:
    return full_chunk(text, id_, kwargs, {"model_provider": PROVIDER})


def call_chunk(
    text: str, id_: str | None, kwargs: dict[str, Any], calls: list[ToolCallChunk]
) -> ChatGenerationChunk:
    """Return a chunk with pieces of tool calls, made without validation.

    Args:
        text: Text of the answer that came along.
        id_: The message's id, if it is known.
        kwargs: `additional_kwargs`, owned by the chunk from now on.
        calls: The pieces, owned by the chunk from now on.
    """
    generation = text_chunk(text, id_, kwargs)
    fields = generation.message.__dict__
    valid: list[ToolCall] = []
    invalid: list[InvalidToolCall] = []
    for call in calls:
        args = _args_so_far(call["args"] or "")
        if args is None:
            invalid.append(
                InvalidToolCall(
                    name=call["name"],
                    args=call["args"],
                    id=call["id"],
                    error=None,
                    type="invalid_tool_call",
                )
            )
        else:
            valid.append(
                ToolCall(name=call["name"] or "", args=args, id=call["id"], type="tool_call")
            )
    fields.update(tool_call_chunks=calls, tool_calls=valid, invalid_tool_calls=invalid)
    generation.message.__pydantic_fields_set__.update(
        ("tool_call_chunks", "tool_calls", "invalid_tool_calls")
    )
    return generation


def _args_so_far(text: str) -> dict[str, Any] | None:
    """Return what LangChain makes of a piece of arguments in a chunk of its own."""
    if not text:
        return {}
    if text.lstrip()[:1] != "{":
        return None  # no repair makes an object of it
    if len(text) > _LONGEST:
        return read_arguments(text).args
    try:
        args = parse_partial_json(text)
    except (ValueError, RecursionError):
        return None
    return args if isinstance(args, dict) else None


def text_generation(
    text: str, id_: str | None, usage: UsageMetadata | None, metadata: dict[str, Any]
) -> ChatGeneration:
    """Return a whole answer that is nothing but text, made without validation.

    Args:
        text: The answer.
        id_: The message's id, if it is known.
        usage: Token usage, if it is known.
        metadata: `response_metadata`, owned by the message from now on.
    """
    message = _new(AIMessage)
    _set(
        message,
        "__dict__",
        {
            "content": text,
            "additional_kwargs": {},
            "response_metadata": metadata,
            "type": "ai",
            "name": None,
            "id": id_,
            "tool_calls": [],
            "invalid_tool_calls": [],
            "usage_metadata": usage,
        },
    )
    _set(
        message,
        "__pydantic_fields_set__",
        {"content", "id", "usage_metadata", "response_metadata"},
    )
    _set(message, "__pydantic_extra__", {})
    _set(message, "__pydantic_private__", None)
    generation = _new(ChatGeneration)
    _set(
        generation,
        "__dict__",
        {"text": text, "generation_info": None, "type": "ChatGeneration", "message": message},
    )
    _set(generation, "__pydantic_fields_set__", {"message", "text"})
    _set(generation, "__pydantic_extra__", None)
    _set(generation, "__pydantic_private__", None)
    return generation


def _validated_text_generation(
    text: str, id_: str | None, usage: UsageMetadata | None, metadata: dict[str, Any]
) -> ChatGeneration:
    message = AIMessage(text, id=id_, usage_metadata=usage, response_metadata=metadata)
    return ChatGeneration(message=message)


def full_chunk(
    content: Any,
    id_: str | None,
    kwargs: dict[str, Any],
    metadata: dict[str, Any],
    *,
    calls: list[ToolCallChunk] | None = None,
    usage: UsageMetadata | None = None,
    position: Literal["last"] | None = None,
) -> ChatGenerationChunk:
    """Return a chunk of any kind, validated as LangChain does."""
    message = AIMessageChunk(
        content=content,
        id=id_,
        additional_kwargs=kwargs,
        response_metadata=metadata,
        usage_metadata=usage,
        chunk_position=position,
        tool_call_chunks=calls or [],
    )
    return ChatGenerationChunk(message=message)


def _is_alike(made: ChatGeneration, validated: ChatGeneration) -> bool:
    """Return whether the fields set above are those of the installed LangChain."""
    return bool(
        made == validated
        and made.__dict__.keys() == validated.__dict__.keys()
        and made.message.__dict__.keys() == validated.message.__dict__.keys()
    )


if not _is_alike(
    text_chunk("a", None, {}), _validated_text_chunk("a", None, {})
):  # pragma: no cover - a LangChain with other fields
    text_chunk = _validated_text_chunk
if not _is_alike(
    text_generation("a", None, None, {}), _validated_text_generation("a", None, None, {})
):  # pragma: no cover - the same
    text_generation = _validated_text_generation
