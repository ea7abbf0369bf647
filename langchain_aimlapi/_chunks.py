"""Makes LangChain's chunks, the plain ones without validation.

A chunk of a few characters costs more in pydantic's validators than in everything else that is
done to it. What the validators would set is known here, so it is set; the tests hold such a
chunk equal to a validated one in every respect.
"""

from __future__ import annotations

from typing import Any, Literal

from langchain_core.messages import AIMessageChunk
from langchain_core.messages.ai import UsageMetadata
from langchain_core.messages.tool import ToolCallChunk
from langchain_core.outputs import ChatGenerationChunk

from langchain_aimlapi._calls import read_arguments
from langchain_aimlapi._metadata import PROVIDER

Content = str | list[str | dict[Any, Any]]

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


def full_chunk(  # noqa: PLR0913  # one argument per field of a chunk
    content: Content,
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
    )
    if calls:
        _add_calls(message, calls)
    return ChatGenerationChunk(message=message)


def _add_calls(message: AIMessageChunk, calls: list[ToolCallChunk]) -> None:
    message.tool_call_chunks = calls
    if all(len(call["args"] or "") <= _LONGEST for call in calls):
        message.init_tool_calls()
        return
    for call in calls:
        args, raw = read_arguments(call["args"] or "").args, call["args"]
        if args is not None:
            message.tool_calls.append(
                {"name": call["name"] or "", "args": args, "id": call["id"], "type": "tool_call"}
            )
        else:
            message.invalid_tool_calls.append(
                {
                    "name": call["name"],
                    "args": raw,
                    "id": call["id"],
                    "error": None,
                    "type": "invalid_tool_call",
                }
            )


def _is_like_a_validated_one() -> bool:
    """Return whether the fields set above are those of the installed LangChain."""
    made, validated = text_chunk("a", None, {}), _validated_text_chunk("a", None, {})
    return bool(
        made == validated
        and made.__dict__.keys() == validated.__dict__.keys()
        and made.message.__dict__.keys() == validated.message.__dict__.keys()
    )


if not _is_like_a_validated_one():  # pragma: no cover - a LangChain with other fields
    text_chunk = _validated_text_chunk
