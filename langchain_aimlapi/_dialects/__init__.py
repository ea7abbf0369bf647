"""One folder a dialect: how a conversation is written in it, and how its answers are read.

`ENDPOINTS` says which dialect an endpoint of the service speaks. The Claude dialect is that of
`/messages`, and of some models on `/chat/completions`, whose answers are in OpenAI's.
What goes for the answers of all dialects (errors in a 200, `[DONE]`, interrupted streams) is in
`_answers.reading`; what a reader makes of the wire is `_answers.delta.Delta`.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from langchain_aimlapi._dialects.chat_completions import to_request as write_chat
from langchain_aimlapi._dialects.claude.body import to_messages_request as write_messages
from langchain_aimlapi._dialects.claude.reader import Reader as ClaudeReader
from langchain_aimlapi._dialects.openai.reader import Reader as ChatReader
from langchain_aimlapi._dialects.responses.body import to_request as write_response
from langchain_aimlapi._dialects.responses.reader import Reader as ResponseReader

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from langchain_core.messages import BaseMessage

    from langchain_aimlapi._answers.reading import EventReader
    from langchain_aimlapi._messages.options import RequestOptions
    from langchain_aimlapi.profiles import ModelFacts


class ToRequest(Protocol):
    """Writes the body of a request."""

    def __call__(
        self, messages: Sequence[BaseMessage], options: RequestOptions, facts: ModelFacts, /
    ) -> dict[str, Any]:
        """Return the body, to be encoded as JSON."""


class Endpoint(NamedTuple):
    """An endpoint of the service.

    Attributes:
        path: Where requests go, below the base URL.
        to_request: Writes the body of a request.
        Reader: Reads the events of an answer, or a whole one; for `_answers.reading.AnswerReader`.
    """

    path: str
    to_request: ToRequest
    Reader: type[EventReader]


CHAT_COMPLETIONS = "chat/completions"

ENDPOINTS: Mapping[str, Endpoint] = MappingProxyType(
    {
        CHAT_COMPLETIONS: Endpoint("/chat/completions", write_chat, ChatReader),
        "responses": Endpoint("/responses", write_response, ResponseReader),
        "messages": Endpoint("/messages", write_messages, ClaudeReader),
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
