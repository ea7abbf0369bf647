"""From an answer's body to LangChain's result. For streams see `StreamParser`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from langchain_core.messages import AIMessage, message_chunk_to_message
from langchain_core.outputs import ChatGeneration, ChatResult

from langchain_aimlapi._answers.assembler import Answer
from langchain_aimlapi._answers.chunks import full_chunk, text_generation
from langchain_aimlapi._answers.metadata import PROVIDER, Metadata
from langchain_aimlapi._answers.translator import register
from langchain_aimlapi._endpoints.chat_completions.reader import read_delta
from langchain_aimlapi._endpoints.chat_completions.stream import StreamParser
from langchain_aimlapi._http.error_bodies import error_from_payload, excerpt, is_error_payload
from langchain_aimlapi._http.json import UnreadableError, read_json
from langchain_aimlapi._http.sse import BodyDecoder
from langchain_aimlapi.errors import AIMLAPIError, MalformedResponseError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from langchain_aimlapi._http.redaction import Secret

__all__ = ["PROVIDER", "StreamParser", "parse_completion"]

register(PROVIDER)

_PLAIN = frozenset({"role", "content"})
"""Keys of a message that is nothing but text."""
_COUNTS = dict.fromkeys(("usage", "meta", "x_groq"))
_STREAM_STARTS = (b"data:", b"event:", b"error:", b":")


def parse_completion(
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
        secrets: Texts that no error may show.

    Returns:
        One generation per choice. Usage and cost are those of the whole call, so the first
        generation alone has them.

    Raises:
        APIStatusError: The body is an error.
        MalformedResponseError: The body cannot be read, or holds no answer.
    """
    headers = {} if headers is None else headers
    try:
        payload = read_json(body)
    except UnreadableError as error:
        if body.lstrip().startswith(_STREAM_STARTS):
            return _read_stream(body, headers, include_headers=include_headers, secrets=secrets)
        what = "ends too early" if error.cut and body.strip() else "cannot be read"
        raise _malformed(f"The answer {what}: {error}.", body, headers, secrets) from error
    if is_error_payload(payload):
        raise error_from_payload(payload, headers, secrets=secrets)
    choices = payload.get("choices") if isinstance(payload, dict) else None
    if not isinstance(choices, list) or not choices:
        raise _malformed("The answer holds no choices.", body, headers, secrets)
    generations: list[ChatGeneration] = []
    for number, choice in enumerate(choices):
        first = number == 0
        metadata = Metadata(headers, include_headers=include_headers, include_cost_headers=first)
        metadata.note(payload if first else {**payload, **_COUNTS})
        message = _message_of(choice)
        if isinstance(choice, dict) and choice.get("error"):
            raise error_from_payload(choice, headers, secrets=secrets)
        if message is None:
            raise _malformed("A choice holds no message.", body, headers, secrets)
        metadata.note_choice(choice)
        generations.append(_read(message, metadata))
    return ChatResult.model_construct(generations=generations, llm_output=None)


def _read_stream(body: bytes, headers: Mapping[str, str], **options: Any) -> ChatResult:
    """Read a stream that came although none was asked for."""
    decoder, parser = BodyDecoder(), StreamParser(headers, **options)
    chunks = [parser.feed(event) for event in (*decoder.feed(body), *decoder.flush())]
    made = [chunk for chunk in (*chunks, parser.close()) if chunk is not None]
    message = (made[0] + made[1:]).message
    return ChatResult(generations=[ChatGeneration(message=message_chunk_to_message(message))])


def _message_of(choice: Any) -> Mapping[str, Any] | None:
    if not isinstance(choice, dict):
        return None
    for name in ("message", "delta"):
        if isinstance(choice.get(name), dict):
            found: Mapping[str, Any] = choice[name]
            return found
    text = choice.get("text")
    return {"content": text} if isinstance(text, str) else None


def _read(message: Mapping[str, Any], metadata: Metadata) -> ChatGeneration:
    text = message.get("content")
    if type(text) is str and not any(message[name] for name in message.keys() - _PLAIN):
        # Nothing but text, as in most answers: a third of the time of reading everything.
        said = metadata.as_dict(has_calls=False)
        return text_generation(text, metadata.id, metadata.usage, said)
    answer = Answer()
    piece = answer.add(read_delta(message))
    tail = answer.close(metadata.id)
    content: Any = [piece.text, *piece.media] if piece.media else piece.text
    kwargs = piece.kwargs
    if tail.media or tail.kwargs:
        # Put together as LangChain puts chunks together: what is invoked equals what is streamed.
        last = full_chunk(tail.media or "", None, tail.kwargs, {}).message
        merged = full_chunk(content, None, kwargs, {}).message + last
        content, kwargs = merged.content, merged.additional_kwargs
    calls = answer.calls.calls
    result = AIMessage(
        content=content,
        additional_kwargs=kwargs,
        tool_calls=[call.as_tool_call for call in calls if not call.error],
        invalid_tool_calls=[call.as_invalid for call in calls if call.error],
        id=metadata.id,
        usage_metadata=metadata.usage,
        response_metadata=metadata.as_dict(has_calls=bool(calls)),
    )
    return ChatGeneration(message=result)


def _malformed(
    message: str, body: bytes, headers: Mapping[str, str], secrets: Sequence[Secret]
) -> AIMLAPIError:
    return MalformedResponseError(
        message,
        status_code=200,
        body_excerpt=excerpt(body, secrets=secrets),
        inference_id=headers.get("x-inference-id"),
        client_request_id=headers.get("x-client-request-id"),
    )
