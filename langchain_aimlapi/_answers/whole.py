"""Reads whole bodies: what `read_answer` of all endpoints shares."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from langchain_core.messages import message_chunk_to_message
from langchain_core.outputs import ChatGeneration, ChatResult

from langchain_aimlapi._answers.metadata import call_info
from langchain_aimlapi._http.json import UnreadableError, read_json
from langchain_aimlapi._http.sse import BodyDecoder

if TYPE_CHECKING:
    from collections.abc import Sequence

    from langchain_core.messages import AIMessage
    from langchain_core.outputs import ChatGenerationChunk

    from langchain_aimlapi._answers.state import AnswerState
    from langchain_aimlapi._http.sse import Event

_STREAM_STARTS = (b"data:", b"event:", b"error:", b":")


class _Reader(Protocol):
    """What is needed here of `_dialects.StreamReader`, which this layer may not import."""

    def feed(self, event: Event) -> list[ChatGenerationChunk]: ...

    def close(self) -> list[ChatGenerationChunk]: ...


def is_stream(body: bytes) -> bool:
    """Return whether a body is a stream, which some services send although none was asked for."""
    return body.lstrip().startswith(_STREAM_STARTS)


def read_stream(body: bytes, reader: _Reader) -> ChatResult:
    """Read a stream that came as a whole body.

    Args:
        body: The body.
        reader: The endpoint's reader of streams, before its first event.
    """
    decoder = BodyDecoder()
    events = (*decoder.feed(body), *decoder.flush())
    first, *rest = [chunk for event in events for chunk in reader.feed(event)] + reader.close()
    merged = first + rest if rest else first
    message = message_chunk_to_message(merged.message)
    return result_of([ChatGeneration(message=message, generation_info=merged.generation_info)])


def read_body(body: bytes, state: AnswerState) -> Any:
    """Return the JSON of a body.

    Raises:
        MalformedResponseError: It is no JSON, or cut off.
    """
    try:
        return read_json(body)
    except UnreadableError as error:
        what = "ends too early" if error.cut and body.strip() else "cannot be read"
        raise state.malformed(f"The answer {what}: {error}.", body) from error


def result_of(generations: Sequence[ChatGeneration]) -> ChatResult:
    """Return the result of a call; the facts of the call are those of the first generation."""
    message: AIMessage = generations[0].message  # type: ignore[assignment]  # of an answer
    info = call_info(message.response_metadata)
    return ChatResult.model_construct(generations=[*generations], llm_output=info)
