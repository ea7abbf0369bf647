"""Reads the body of an answer that was not streamed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from langchain_core.messages import message_chunk_to_message
from langchain_core.outputs import ChatGeneration, ChatResult

from langchain_aimlapi._answers.metadata import call_info
from langchain_aimlapi._answers.state import AnswerState
from langchain_aimlapi._endpoints.responses.facts import error_of_response, is_response, note
from langchain_aimlapi._endpoints.responses.reader import deltas_of
from langchain_aimlapi._endpoints.responses.stream import StreamReader
from langchain_aimlapi._http.error_bodies import is_error_payload
from langchain_aimlapi._http.json import UnreadableError, read_json
from langchain_aimlapi._http.sse import BodyDecoder

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from langchain_aimlapi._http.redaction import Secret

_STREAM_STARTS = (b"data:", b"event:", b"error:", b":")


def read_answer(
    body: bytes,
    headers: Mapping[str, str] | None = None,
    *,
    include_headers: bool = False,
    secrets: Sequence[Secret] = (),
) -> ChatResult:
    """Read the body of an answer that was not streamed.

    Args:
        body: The body.
        headers: Response headers, lower-case or case-insensitive.
        include_headers: Whether `response_metadata["headers"]` is wanted.
        secrets: What no error may show.

    Returns:
        One generation.

    Raises:
        APIStatusError: The body is an error, or the answer failed.
        MalformedResponseError: The body cannot be read, or holds no answer.
    """
    options: dict[str, Any] = {"include_headers": include_headers, "secrets": secrets}
    state = AnswerState(headers, streamed=False, **options)
    try:
        payload = read_json(body)
    except UnreadableError as error:
        if body.lstrip().startswith(_STREAM_STARTS):
            return _read_stream(body, headers, **options)
        what = "ends too early" if error.cut and body.strip() else "cannot be read"
        raise state.malformed(f"The answer {what}: {error}.", body) from error
    if not is_response(payload):
        if is_error_payload(payload):
            raise state.error(payload)
        raise state.malformed("The answer holds no output.", body)
    if failure := error_of_response(payload):
        raise state.error(failure)
    note(state.metadata, payload)
    generation = state.whole(deltas_of(payload, state.metadata))
    metadata = generation.message.response_metadata
    return ChatResult.model_construct(generations=[generation], llm_output=call_info(metadata))


def _read_stream(body: bytes, headers: Mapping[str, str] | None, **options: Any) -> ChatResult:
    """Read a stream that came although none was asked for."""
    decoder, reader = BodyDecoder(), StreamReader(headers, **options)
    chunks = [
        chunk for event in (*decoder.feed(body), *decoder.flush()) for chunk in reader.feed(event)
    ]
    chunks += reader.close()
    message = message_chunk_to_message((chunks[0] + chunks[1:]).message)
    info = call_info(message.response_metadata)
    return ChatResult(generations=[ChatGeneration(message=message)], llm_output=info)
