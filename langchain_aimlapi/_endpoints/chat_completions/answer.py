"""Reads the body of an answer that was not streamed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from langchain_aimlapi._answers.state import AnswerState
from langchain_aimlapi._answers.think_tags import think_tags_of
from langchain_aimlapi._answers.whole import is_stream, read_body, read_stream, result_of
from langchain_aimlapi._endpoints.chat_completions.reader import message_of, read_message
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
    model: str = "",
) -> ChatResult:
    """Read the body of an answer that was not streamed; see `ReadAnswer`.

    Returns:
        One generation per choice. Usage and cost are those of the whole call, so the first
        generation alone has them, and `llm_output`.
    """
    options: dict[str, Any] = {"include_headers": include_headers, "secrets": secrets}
    if is_stream(body):
        return read_stream(body, StreamReader(headers, model=model, **options))
    state = AnswerState(headers, streamed=False, **options)
    return _read_payload(read_body(body, state), state, body, model)


def _read_payload(payload: Any, state: AnswerState, body: bytes, model: str) -> ChatResult:
    if is_error_payload(payload):
        raise state.error(payload)
    choices = payload.get("choices") if isinstance(payload, dict) else None
    if not isinstance(choices, list) or not choices:
        raise state.malformed("The answer holds no choices.", body)
    state.metadata.note(payload)
    generations = [_generation(choices[0], state, body, model)]
    for choice in choices[1:MOST_CHOICES]:
        state = state.sibling()
        generations.append(_generation(choice, state, body, model))
    return result_of(generations)


def _generation(choice: Any, state: AnswerState, body: bytes, model: str) -> ChatGeneration:
    message = message_of(choice)
    if isinstance(choice, dict) and choice.get("error"):
        raise state.error(choice)
    if message is None:
        raise state.malformed("A choice holds no message.", body)
    state.metadata.note_choice(choice)
    tags = think_tags_of(model, state.metadata.model)
    text = message.get("content")
    is_plain = not any(message[name] for name in message.keys() - _PLAIN)
    if type(text) is str and is_plain and tags is None:
        return state.of_text(text)
    delta = read_message(message)
    return state.whole([delta] if tags is None else [*tags.read(delta), tags.close()])
