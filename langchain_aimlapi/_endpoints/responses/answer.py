"""Reads the body of an answer that was not streamed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from langchain_aimlapi._answers.state import AnswerState
from langchain_aimlapi._answers.whole import is_stream, read_body, read_stream, result_of
from langchain_aimlapi._endpoints.responses.facts import error_of_response, is_response, note
from langchain_aimlapi._endpoints.responses.reader import deltas_of
from langchain_aimlapi._endpoints.responses.stream import StreamReader
from langchain_aimlapi._http.error_bodies import is_error_payload

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
    payload = read_body(body, state)
    if not is_response(payload):
        if is_error_payload(payload):
            raise state.error(payload)
        raise state.malformed("The answer holds no output.", body)
    if failure := error_of_response(payload):
        raise state.error(failure)
    note(state.metadata, payload)
    return result_of([state.whole(deltas_of(payload, state.metadata))])
