"""One folder a dialect: how a conversation is written in it, and how its answers are read.

`ENDPOINTS` says which dialect an endpoint of the service speaks. The Claude dialect is that of
`/messages`, and of some models on `/chat/completions`, whose answers are in OpenAI's.
What all readers share (errors in a 200, interrupted streams, redaction, making chunks) is
`_answers.state.AnswerState`; what they make of the wire is `_answers.delta.Delta`.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from langchain_aimlapi._dialects.chat_completions import to_request as write_chat
from langchain_aimlapi._dialects.claude.answer import read_answer as read_claude
from langchain_aimlapi._dialects.claude.body import to_messages_request as write_messages
from langchain_aimlapi._dialects.claude.stream import StreamReader as ClaudeStreamReader
from langchain_aimlapi._dialects.openai.answer import read_answer as read_chat
from langchain_aimlapi._dialects.openai.stream import StreamReader as ChatStreamReader
from langchain_aimlapi._dialects.responses.answer import read_answer as read_response
from langchain_aimlapi._dialects.responses.body import to_request as write_response
from langchain_aimlapi._dialects.responses.stream import StreamReader as ResponseStreamReader

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

    @property
    def chunks_received(self) -> int:
        """How many chunks `feed` returned."""

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


class Endpoint(NamedTuple):
    """An endpoint of the service.

    Attributes:
        path: Where requests go, below the base URL.
        to_request: Writes the body of a request.
        read_answer: Reads an answer that was not streamed.
        StreamReader: Reads a stream.
    """

    path: str
    to_request: ToRequest
    read_answer: ReadAnswer
    StreamReader: NewStreamReader


CHAT_COMPLETIONS = "chat/completions"

ENDPOINTS: Mapping[str, Endpoint] = MappingProxyType(
    {
        CHAT_COMPLETIONS: Endpoint("/chat/completions", write_chat, read_chat, ChatStreamReader),
        "responses": Endpoint("/responses", write_response, read_response, ResponseStreamReader),
        "messages": Endpoint("/messages", write_messages, read_claude, ClaudeStreamReader),
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
