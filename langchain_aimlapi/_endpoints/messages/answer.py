"""Reads the body of an answer that was not streamed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from langchain_aimlapi._answers.state import AnswerState
from langchain_aimlapi._answers.whole import is_stream, read_stream, result_of
from langchain_aimlapi._endpoints.messages.stream import Message, StreamReader, read_message

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from langchain_core.outputs import ChatResult

    from langchain_aimlapi._http.redaction import Secret


def read_answer(
    body: bytes,
    headers: Mapping[str, str] | None = None,
    *,
    include_headers: bool = False,
    secrets: Sequence[Secret] = (),
    model: str = "",  # noqa: ARG001  # of the interface that all endpoints share
) -> ChatResult:
    """Read the body of an answer that was not streamed; see `ReadAnswer`."""
    options: dict[str, Any] = {"include_headers": include_headers, "secrets": secrets}
    if is_stream(body):
        return read_stream(body, StreamReader(headers, **options))
    state = AnswerState(headers, streamed=False, **options)
    message = Message(state)
    deltas = read_message(message, body)
    return result_of([state.whole([*deltas, *message.close()])])
