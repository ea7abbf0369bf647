"""Which of two request schemas a call of `/chat/completions` is written in."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from langchain_aimlapi._dialects.claude.body import to_claude_request
from langchain_aimlapi._dialects.openai import body as openai_body
from langchain_aimlapi._messages.tools import response_format_of
from langchain_aimlapi.errors import UnsupportedContentError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from langchain_core.messages import BaseMessage

    from langchain_aimlapi._dialects import ToRequest
    from langchain_aimlapi._messages.options import RequestOptions
    from langchain_aimlapi.profiles import ModelFacts

_WRITERS: Mapping[str, ToRequest] = {
    "openai": openai_body.to_request,
    "anthropic": to_claude_request,
}


def to_request(
    messages: Sequence[BaseMessage], options: RequestOptions, facts: ModelFacts
) -> dict[str, Any]:
    """Return the body, in the request schema that the options name or the model documents.

    Of a model that is documented in both, the Claude schema is its own; what that has no place
    for goes in the other one.
    """
    if options.schema == "auto" and facts.both_schemas:
        return _in_either_schema(messages, options, replace(facts, both_schemas=False))
    schema = facts.request_schema if options.schema == "auto" else options.schema
    return _WRITERS[schema](messages, options, facts)


def _in_either_schema(
    messages: Sequence[BaseMessage], options: RequestOptions, facts: ModelFacts
) -> dict[str, Any]:
    wanted = options.response_format
    asks_for_format = wanted is not None and response_format_of(wanted).get("type") != "text"
    if asks_for_format and "thinking" not in options.params:
        return openai_body.to_request(messages, options, facts)
    try:
        return to_claude_request(messages, options, facts)
    except UnsupportedContentError as problem:
        try:
            return openai_body.to_request(messages, options, facts)
        except UnsupportedContentError:
            raise problem from None
