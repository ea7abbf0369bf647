"""`/chat/completions`: two request schemas, one reader of answers and streams."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from langchain_aimlapi._endpoints.chat_completions import openai_body
from langchain_aimlapi._endpoints.chat_completions.answer import read_answer
from langchain_aimlapi._endpoints.chat_completions.stream import StreamReader
from langchain_aimlapi._messages.claude_body import to_claude_request

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from langchain_core.messages import BaseMessage

    from langchain_aimlapi._endpoints import ToRequest
    from langchain_aimlapi._messages.options import RequestOptions
    from langchain_aimlapi.profiles import ModelFacts, RequestSchema

__all__ = ["REQUEST_SCHEMAS", "StreamReader", "read_answer", "to_request"]

REQUEST_SCHEMAS: Mapping[RequestSchema, ToRequest] = {
    "openai": openai_body.to_request,
    "anthropic": to_claude_request,
}


def to_request(
    messages: Sequence[BaseMessage], options: RequestOptions, facts: ModelFacts
) -> dict[str, Any]:
    """Return the body, in the request schema that the options name or the model documents."""
    chosen: Any = options.schema
    schema = facts.request_schema if chosen == "auto" else chosen
    return REQUEST_SCHEMAS[schema](messages, options, facts)
