"""One folder a dialect: how a conversation is written in it, and how its answers are read.

`ENDPOINTS` says which dialect an endpoint of the service speaks. The Claude dialect is that of
`/messages`, and of Claude models on `/chat/completions`, whose answers are in OpenAI's.
What goes for the answers of all dialects (errors in a 200, `[DONE]`, interrupted streams) is in
`_answers.reading`; what a reader makes of the wire is `_answers.delta.Delta`.
"""

from __future__ import annotations

from dataclasses import replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple

from langchain_aimlapi._dialects.claude.body import to_claude_request, to_messages_request
from langchain_aimlapi._dialects.claude.reader import Reader as ClaudeReader
from langchain_aimlapi._dialects.openai.body import to_openai_request
from langchain_aimlapi._dialects.openai.reader import Reader as ChatReader
from langchain_aimlapi._dialects.responses.body import to_responses_request
from langchain_aimlapi._dialects.responses.reader import Reader as ResponseReader
from langchain_aimlapi._messages.tools import response_format_of
from langchain_aimlapi.errors import UnsupportedContentError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from langchain_core.messages import BaseMessage

    from langchain_aimlapi._answers.reading import EventReader
    from langchain_aimlapi._messages.options import RequestOptions
    from langchain_aimlapi.profiles import ModelFacts

    ToRequest = Callable[[Sequence[BaseMessage], RequestOptions, ModelFacts], dict[str, Any]]


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


# --- the two request schemas of `/chat/completions` ---------------------------------------------
_WRITERS: Mapping[str, ToRequest] = {"openai": to_openai_request, "anthropic": to_claude_request}


def _write_chat(
    messages: Sequence[BaseMessage], options: RequestOptions, facts: ModelFacts
) -> dict[str, Any]:
    """Return the body, in the request schema that the options name or the model documents.

    Of a model that is documented in both, the Claude schema is its own; what that has no place
    for goes in the other one.
    """
    if options.request_schema != "auto" or not facts.both_schemas:
        asked = options.request_schema
        schema = facts.request_schema if asked == "auto" else asked
        return _WRITERS[schema](messages, options, facts)
    facts = replace(facts, both_schemas=False)
    wanted = options.response_format
    asks_for_format = wanted is not None and response_format_of(wanted).get("type") != "text"
    if asks_for_format and "thinking" not in options.params:
        return to_openai_request(messages, options, facts)
    try:
        return to_claude_request(messages, options, facts)
    except UnsupportedContentError:
        return to_openai_request(messages, options, facts)


# --- the endpoints ------------------------------------------------------------------------------
CHAT_COMPLETIONS = "chat/completions"

ENDPOINTS: Mapping[str, Endpoint] = MappingProxyType(
    {
        CHAT_COMPLETIONS: Endpoint("/chat/completions", _write_chat, ChatReader),
        "responses": Endpoint("/responses", to_responses_request, ResponseReader),
        "messages": Endpoint("/messages", to_messages_request, ClaudeReader),
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
