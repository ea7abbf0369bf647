"""Makes LangChain's chunks, the plain ones without validation.

A chunk of a few characters costs more in pydantic's validators than in everything else that is
done to it. What the validators would set is known here, so it is set; the tests hold such a
chunk equal to a validated one in every respect.

No message has an id here: LangChain gives it one that no other answer has, the same to all chunks
of an answer. Ids of services repeat (some answer `"0"` always), and LangGraph replaces a message
by another of the same id. The service's id is in `response_metadata["id"]`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from langchain_core.messages import AIMessage, AIMessageChunk, InvalidToolCall, ToolCall
from langchain_core.outputs import ChatGeneration, ChatGenerationChunk
from langchain_core.utils.json import parse_partial_json
from langchain_core.utils.utils import LC_ID_PREFIX

from langchain_aimlapi._answers.arguments import read_arguments
from langchain_aimlapi._answers.metadata import PROVIDER

if TYPE_CHECKING:
    from collections.abc import Callable

    from langchain_core.messages.ai import UsageMetadata
    from langchain_core.messages.tool import ToolCallChunk

    from langchain_aimlapi._answers.delta import Block

_new = object.__new__
_set = object.__setattr__

_LONGEST = 2000
"""Characters of tool arguments that LangChain may try to repair.

Its repair of JSON that ends too early takes time by the square of the length.
"""


_Classes = tuple[type[AIMessage], type[ChatGeneration], str]
_CHUNK: _Classes = (AIMessageChunk, ChatGenerationChunk, "ChatGenerationChunk")
_WHOLE: _Classes = (AIMessage, ChatGeneration, "ChatGeneration")


def _build(
    classes: _Classes,
    fields: dict[str, Any],
    named: set[str],
    text: str,
    info: dict[str, Any] | None,
) -> Any:
    """Return a generation with its message, made without validation.

    Args:
        classes: Those of the message and of the generation, and the latter's `type`.
        fields: All fields of the message, owned by it from now on.
        named: Those that do not stand at their default.
        text: The message's text.
        info: `generation_info`.
    """
    message_class, generation_class, name = classes
    message = _new(message_class)
    _set(message, "__dict__", fields)
    _set(message, "__pydantic_fields_set__", named)
    _set(message, "__pydantic_extra__", {})
    _set(message, "__pydantic_private__", None)
    generation = _new(generation_class)
    _set(
        generation,
        "__dict__",
        {
            "text": text,
            "generation_info": info,
            "type": name,
            "message": message,
        },
    )
    _set(
        generation,
        "__pydantic_fields_set__",
        {"message", "text"} if info is None else {"message", "text", "generation_info"},
    )
    _set(generation, "__pydantic_extra__", None)
    _set(generation, "__pydantic_private__", None)
    return generation


def _validate(
    classes: _Classes,
    fields: dict[str, Any],
    named: set[str],
    text: str,  # noqa: ARG001  # LangChain works it out
    info: dict[str, Any] | None,
) -> Any:
    """Return the same, validated."""
    message_class, generation_class, _ = classes
    message: Any = message_class(**{name: fields[name] for name in named})
    more: dict[str, Any] = {} if info is None else {"generation_info": info}
    return generation_class(message=message, **more)


def text_chunk(text: str, kwargs: dict[str, Any]) -> ChatGenerationChunk:
    """Return a chunk of text or reasoning, made without validation.

    Args:
        text: Text of the answer.
        kwargs: `additional_kwargs`, owned by the chunk from now on.
    """
    made: ChatGenerationChunk = _make(
        _CHUNK,
        {
            "content": text,
            "additional_kwargs": kwargs,
            "response_metadata": {"model_provider": PROVIDER},
            "type": "AIMessageChunk",
            "name": None,
            "id": None,
            "tool_calls": [],
            "invalid_tool_calls": [],
            "usage_metadata": None,
            "tool_call_chunks": [],
            "chunk_position": None,
        },
        {"content", "additional_kwargs", "response_metadata"},
        text,
        None,
    )
    return made


def block_chunk(blocks: list[Block], calls: list[ToolCallChunk]) -> ChatGenerationChunk:
    """Return a chunk of content blocks, and of pieces of calls that came after them.

    Args:
        blocks: The blocks, owned by the chunk from now on.
        calls: The pieces, owned by the chunk from now on.
    """
    text = "".join([b["text"] for b in blocks if b["type"] == "text"])
    generation = call_chunk(text, {}, calls) if calls else text_chunk(text, {})
    generation.message.__dict__["content"] = blocks
    return generation


def call_chunk(
    text: str, kwargs: dict[str, Any], calls: list[ToolCallChunk]
) -> ChatGenerationChunk:
    """Return a chunk with pieces of tool calls, made without validation.

    Args:
        text: Text of the answer that came along.
        kwargs: `additional_kwargs`, owned by the chunk from now on.
        calls: The pieces, owned by the chunk from now on.
    """
    generation = text_chunk(text, kwargs)
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
    text: str,
    usage: UsageMetadata | None,
    metadata: dict[str, Any],
    info: dict[str, Any] | None = None,
) -> ChatGeneration:
    """Return a whole answer that is nothing but text, made without validation.

    Args:
        text: The answer.
        usage: Token usage, if it is known.
        metadata: `response_metadata`, owned by the message from now on.
        info: `generation_info`, owned by the generation.
    """
    made: ChatGeneration = _make(
        _WHOLE,
        {
            "content": text,
            "additional_kwargs": {},
            "response_metadata": metadata,
            "type": "ai",
            "name": None,
            "id": None,
            "tool_calls": [],
            "invalid_tool_calls": [],
            "usage_metadata": usage,
        },
        {"content", "usage_metadata", "response_metadata"},
        text,
        info,
    )
    return made


def full_chunk(
    content: Any,
    kwargs: dict[str, Any],
    metadata: dict[str, Any],
    *,
    calls: list[ToolCallChunk] | None = None,
    usage: UsageMetadata | None = None,
    info: dict[str, Any] | None = None,
    position: Literal["last"] | None = None,
) -> ChatGenerationChunk:
    """Return a chunk of any kind, validated as LangChain does."""
    message = AIMessageChunk(
        content=content,
        additional_kwargs=kwargs,
        response_metadata=metadata,
        usage_metadata=usage,
        chunk_position=position,
        tool_call_chunks=calls or [],
    )
    return ChatGenerationChunk(message=message, generation_info=info)


def of_run(run_manager: Any, chunks: list[ChatGenerationChunk]) -> list[ChatGenerationChunk]:
    """Give chunks the id of the run that they are told to; LangChain does so where it tells them.

    Args:
        run_manager: LangChain's, or None.
        chunks: Chunks of one answer.
    """
    if run_manager is not None:
        for chunk in chunks:
            chunk.message.id = f"{LC_ID_PREFIX}-{run_manager.run_id}"
    return chunks


_make: Callable[..., Any] = _validate


def _examples() -> list[ChatGeneration]:
    return [text_chunk("a", {}), text_generation("a", None, {}, {"b": 1})]


def _fields(generation: ChatGeneration) -> tuple[Any, ...]:
    return generation, sorted(generation.__dict__), sorted(generation.message.__dict__)


_validated = _examples()
_make = _build
if list(map(_fields, _examples())) != list(
    map(_fields, _validated)
):  # pragma: no cover - a LangChain whose classes have other fields
    _make = _validate
