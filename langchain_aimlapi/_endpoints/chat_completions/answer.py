"""Reads the body of an answer that was not streamed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from langchain_aimlapi._answers.state import AnswerState
from langchain_aimlapi._answers.whole import is_stream, read_body, read_stream, result_of
from langchain_aimlapi._endpoints.chat_completions.reader import read_delta
from langchain_aimlapi._endpoints.chat_completions.stream import StreamReader
from langchain_aimlapi._http.error_bodies import is_error_payload

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from langchain_core.outputs import ChatGeneration, ChatResult

    from langchain_aimlapi._http.redaction import Secret

MOST_CHOICES = 1024
"""Choices of an answer that are read; the service documents fewer."""
_PLAIN = frozenset({"role", "content"})
"""Keys of a message that is nothing but text."""


def read_answer(
    body: bytes,
    headers: Mapping[str, str] | None = None,
    *,
    include_headers: bool = False,
    secrets: Sequence[Secret] = (),
) -> ChatResult:
    """Read the body of an answer that was not streamed; see `ReadAnswer`.

    Returns:
        One generation per choice. Usage and cost are those of the whole call, so the first
        generation alone has them, and `llm_output`.
    """
    options: dict[str, Any] = {"include_headers": include_headers, "secrets": secrets}
    if is_stream(body):
        return read_stream(body, StreamReader(headers, **options))
    state = AnswerState(headers, streamed=False, **options)
    return read_payload(read_body(body, state), state, body)


def read_payload(payload: Any, state: AnswerState, body: bytes) -> ChatResult:
    """Read a body that is decoded already.

    Args:
        payload: The decoded JSON.
        state: Of the first choice.
        body: The body, to be shown in errors.
    """
    if is_error_payload(payload):
        raise state.error(payload)
    choices = payload.get("choices") if isinstance(payload, dict) else None
    if not isinstance(choices, list) or not choices:
        raise state.malformed("The answer holds no choices.", body)
    state.metadata.note(payload)
    first = _generation(choices[0], state, state.metadata.id, body)
    generations = [first]
    for number, choice in enumerate(choices[1:MOST_CHOICES], 1):
        state = state.sibling()
        id_ = state.metadata.id
        generations.append(_generation(choice, state, id_ and f"{id_}-{number}", body))
    return result_of(generations)


def _generation(
    choice: Any, state: AnswerState, message_id: str | None, body: bytes
) -> ChatGeneration:
    message = _message_of(choice)
    if isinstance(choice, dict) and choice.get("error"):
        raise state.error(choice)
    if message is None:
        raise state.malformed("A choice holds no message.", body)
    state.metadata.note_choice(choice)
    text = message.get("content")
    if type(text) is str and not any(message[name] for name in message.keys() - _PLAIN):
        return state.of_text(text, message_id)
    return state.whole([read_delta(message)], message_id)


def _message_of(choice: Any) -> Mapping[str, Any] | None:
    if not isinstance(choice, dict):
        return None
    for name in ("message", "delta"):
        if isinstance(choice.get(name), dict):
            found: Mapping[str, Any] = choice[name]
            return found
    text = choice.get("text")
    return {"content": text} if isinstance(text, str) else None
