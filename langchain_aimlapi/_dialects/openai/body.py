"""The OpenAI-style body."""

from __future__ import annotations

from typing import TYPE_CHECKING

from langchain_aimlapi._dialects.openai.tools import openai_tool_fields
from langchain_aimlapi._dialects.openai.turns import turns_of
from langchain_aimlapi._messages.options import RequestOptions, wire_params
from langchain_aimlapi._messages.tools import response_format_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from langchain_core.messages import BaseMessage

    from langchain_aimlapi._http.json import JsonObject
    from langchain_aimlapi.profiles import ModelFacts


_TEXTS = frozenset({"string", "text"})
TEXT_ROLES: Mapping[str, frozenset[str]] = {
    "system": _TEXTS,
    "developer": _TEXTS,
    "tool": _TEXTS,
    "function": frozenset({"string"}),
}
"""What the roles take that are text alone, whatever the model is."""
_PARTS_FOR_CLAUDE: Mapping[str, frozenset[str]] = {
    **TEXT_ROLES,
    "user": _TEXTS | {"image_url", "file"},
    "assistant": _TEXTS | {"refusal"},
}
"""What a Claude can read of this schema's parts: it has no sound and no video."""


def to_openai_request(
    messages: Sequence[BaseMessage], options: RequestOptions, facts: ModelFacts
) -> JsonObject:
    """Return the OpenAI-style body of a call.

    Args:
        messages: The conversation.
        options: Everything else that was set.
        facts: What is documented about the model.

    Raises:
        UnsupportedContentError: A message holds what the schema or the model cannot take.
    """
    if facts.request_schema != "openai" and not facts.both_message_styles:
        # The user chose this schema for a model whose facts describe the other one.
        facts = facts.in_undocumented_schema(_PARTS_FOR_CLAUDE)
    body: JsonObject = {"model": options.model, "messages": turns_of(messages, options, facts)}
    if options.stop:
        body["stop"] = list(options.stop)
    if options.stream:
        body["stream"] = True
        if options.stream_usage and facts.takes("stream_options"):
            body["stream_options"] = {"include_usage": True}
    body.update(wire_params(options, facts.limits))
    body.update(openai_tool_fields(options, facts.takes_choice))
    if options.response_format is not None:
        body["response_format"] = response_format_of(options.response_format)
    body.update(options.extra_body)
    return body
