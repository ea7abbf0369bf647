"""Reads the body of an answer that was not streamed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from langchain_core.messages import message_chunk_to_message
from langchain_core.outputs import ChatGeneration, ChatResult

from langchain_aimlapi._answers.metadata import call_info
from langchain_aimlapi._answers.state import AnswerState
from langchain_aimlapi._endpoints.messages.stream import Message, StreamReader, read_message
from langchain_aimlapi._http.sse import BodyDecoder

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_STREAM_STARTS = (b"data:", b"event:", b"error:", b":")


def read_answer(
    body: bytes,
    headers: Mapping[str, str] | None = None,
    *,
    include_headers: bool = False,
    secrets: Sequence[str] = (),
) -> ChatResult:
    """Read the body of an answer that was not streamed.

    Args:
        body: The body.
        headers: Response headers, lower-case or case-insensitive.
        include_headers: Whether `response_metadata["headers"]` is wanted.
        secrets: Texts that no error may show.

    Raises:
        APIStatusError: The body is an error.
        MalformedResponseError: The body cannot be read, or holds no answer.
    """
    options: dict[str, Any] = {"include_headers": include_headers, "secrets": secrets}
    if body.lstrip().startswith(_STREAM_STARTS):
        return _read_stream(body, headers, **options)
    state = AnswerState(headers, streamed=False, **options)
    message = Message(state)
    deltas = read_message(message, body)
    generation = state.whole([*deltas, *message.close()])
    info = call_info(generation.message.response_metadata)
    return ChatResult.model_construct(generations=[generation], llm_output=info)


def _read_stream(body: bytes, headers: Mapping[str, str] | None, **options: Any) -> ChatResult:
    """Read a stream that came although none was asked for."""
    decoder, reader = BodyDecoder(), StreamReader(headers, **options)
    events = (*decoder.feed(body), *decoder.flush())
    chunks = [*(chunk for event in events for chunk in reader.feed(event)), *reader.close()]
    first, *rest = chunks
    message = message_chunk_to_message((first + rest).message if rest else first.message)
    generation = ChatGeneration(message=message, generation_info=chunks[-1].generation_info)
    return ChatResult(generations=[generation], llm_output=call_info(message.response_metadata))
