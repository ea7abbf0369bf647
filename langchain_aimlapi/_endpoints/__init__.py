"""One folder per endpoint of the service, each with the same interface, and the table of them.

An endpoint is a path and a package that exports three names:

    path            where requests go, below the base URL
    to_request      (messages, options, facts) -> the JSON body, as a dict
    read_answer     (body, headers, *, include_headers, secrets, model) -> ChatResult
    StreamReader    (headers, *, include_headers, include_usage, secrets, several, model)
        .feed(event) -> list of chunks, empty if the event brings nothing to show
        .close()     -> list of chunks, the last of which is the last of the stream; raises
                        StreamInterruptedError where the stream ended early
        .done             nothing that may follow counts
        .complete         the answer has ended, so that losing the connection now does no harm
        .chunks_received  how many chunks `feed` returned

A new endpoint is one folder beside the others and one row in `ENDPOINTS`. What all readers share
(errors in a 200, interrupted streams, redaction, making chunks) is `_answers.state.AnswerState`;
what they make of the wire is `_answers.delta.Delta`.
"""

from __future__ import annotations

from functools import cached_property
from importlib import import_module
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from langchain_core.messages import BaseMessage
    from langchain_core.outputs import ChatGenerationChunk, ChatResult

    from langchain_aimlapi._http.redaction import Secret
    from langchain_aimlapi._http.sse import Event
    from langchain_aimlapi._messages.options import RequestOptions
    from langchain_aimlapi.profiles import ModelFacts


class ToRequest(Protocol):
    """Writes the body of a request."""

    def __call__(
        self, messages: Sequence[BaseMessage], options: RequestOptions, facts: ModelFacts, /
    ) -> dict[str, Any]:
        """Return the body, to be encoded as JSON."""


class ReadAnswer(Protocol):
    """Reads the body of an answer that was not streamed."""

    def __call__(
        self,
        body: bytes,
        headers: Mapping[str, str] | None = None,
        *,
        include_headers: bool = False,
        secrets: Sequence[Secret] = (),
        model: str = "",
    ) -> ChatResult:
        """Return the result.

        Args:
            body: The body.
            headers: Response headers, lower-case or case-insensitive.
            include_headers: Whether `response_metadata["headers"]` is wanted.
            secrets: Texts that no error may show.
            model: The model that was asked.

        Raises:
            APIStatusError: The body is an error, or the answer failed.
            MalformedResponseError: The body cannot be read, or holds no answer.
        """


class StreamReader(Protocol):
    """Reads one stream: events in, chunks out; no IO."""

    chunks_received: int

    @property
    def done(self) -> bool:
        """Whether nothing that may follow counts."""

    @property
    def complete(self) -> bool:
        """Whether the answer has ended, so that losing the connection now does no harm."""

    def feed(self, event: Event) -> list[ChatGenerationChunk]:
        """Read an event; return the chunks that it makes."""

    def close(self) -> list[ChatGenerationChunk]:
        """Return what is still to be shown, the last chunk at its end."""


class NewStreamReader(Protocol):
    """Makes the reader of one stream."""

    def __call__(
        self,
        headers: Mapping[str, str] | None = None,
        *,
        include_headers: bool = False,
        include_usage: bool = True,
        secrets: Sequence[Secret] = (),
        several: bool = False,
        model: str = "",
    ) -> StreamReader:
        """Start before the first event."""


class Endpoint:
    """An endpoint of the service; its package is imported on first use.

    Args:
        path: Where requests go, below the base URL.
        package: Name of its folder here.
    """

    def __init__(self, path: str, package: str) -> None:
        """Keep the two."""
        self.path = path
        self._package = f"{__name__}.{package}"

    @cached_property
    def to_request(self) -> ToRequest:
        """What writes the body of a request."""
        exported: ToRequest = self._exported("to_request")
        return exported

    @cached_property
    def read_answer(self) -> ReadAnswer:
        """What reads an answer that was not streamed."""
        exported: ReadAnswer = self._exported("read_answer")
        return exported

    @cached_property
    def StreamReader(self) -> NewStreamReader:  # noqa: N802  # it stands for a class
        """What reads a stream."""
        exported: NewStreamReader = self._exported("StreamReader")
        return exported

    def _exported(self, name: str) -> Any:
        return getattr(import_module(self._package), name)


CHAT_COMPLETIONS = "chat/completions"

ENDPOINTS: Mapping[str, Endpoint] = MappingProxyType(
    {
        CHAT_COMPLETIONS: Endpoint("/chat/completions", "chat_completions"),
        "responses": Endpoint("/responses", "responses"),
        "messages": Endpoint("/messages", "messages"),
    }
)
"""Every endpoint that chat models are served on, by the name that the facts of a model use."""


def endpoint_for(documented: Sequence[str]) -> str:
    """Return the endpoint of a model: chat/completions, unless it is documented elsewhere only.

    Args:
        documented: Names of the endpoints on which the model is documented; may be empty.
    """
    if not documented or CHAT_COMPLETIONS in documented:
        return CHAT_COMPLETIONS
    return next((name for name in documented if name in ENDPOINTS), CHAT_COMPLETIONS)
