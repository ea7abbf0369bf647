"""The Claude-style body, as the messages endpoint takes it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from langchain_aimlapi._messages.claude_blocks import DOCUMENTED_BLOCKS, THOUGHTS
from langchain_aimlapi._messages.claude_body import to_claude_request
from langchain_aimlapi._messages.tools import response_format_of
from langchain_aimlapi._warning import warn

if TYPE_CHECKING:
    from collections.abc import Sequence

    from langchain_core.messages import BaseMessage

    from langchain_aimlapi._http.json import JsonObject
    from langchain_aimlapi._messages.options import RequestOptions
    from langchain_aimlapi.profiles import ModelFacts

NAME = "messages"

_ANSWERED = frozenset(
    {"mcp_tool_use", "mcp_tool_result", "advisor_tool_result", "compaction", "container_upload"}
)
"""Blocks of an answer that the documents do not list among those of a request. They go back
nevertheless: a thought before them counts only where it stood."""

_TEXTS = frozenset({"string", "text"})
_PARTS: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        "user": DOCUMENTED_BLOCKS | {"image_url", "input_audio", "file", "video_url"},
        "assistant": DOCUMENTED_BLOCKS | _ANSWERED | {"refusal"},
        # Turns in the OpenAI style are documented too; those with sound or video are sent so.
        "system": _TEXTS,
        "developer": _TEXTS,
        "tool": _TEXTS,
        "function": frozenset({"string"}),
    }
)
_THOUGHTS = frozenset(THOUGHTS.values())
_LIMITS: Mapping[str, Mapping[str, Any]] = MappingProxyType(
    {
        "temperature": {"minimum": 0, "maximum": 1},
        "top_p": {"minimum": 0, "maximum": 1},
        "top_k": {"minimum": 0},
    }
)


def to_request(
    messages: Sequence[BaseMessage], options: RequestOptions, facts: ModelFacts
) -> JsonObject:
    """Return the body of a call.

    Args:
        messages: The conversation.
        options: Everything else that was set.
        facts: What is documented about the model.

    Raises:
        UnsupportedContentError: A message holds what the endpoint cannot take.
    """
    return _without_thinking(_to_request(messages, options, facts), options)


def _to_request(
    messages: Sequence[BaseMessage], options: RequestOptions, facts: ModelFacts
) -> JsonObject:
    format_field = format_field_of(facts)
    if options.response_format is None or format_field is None:
        return to_claude_request(messages, options, on_messages(facts), NAME)
    wanted = response_format_of(options.response_format)
    body = to_claude_request(
        messages, options._replace(response_format=None), on_messages(facts), NAME
    )
    if wanted.get("type") == "json_schema":
        schema = wanted["json_schema"].get("schema", {})
        form: JsonObject = {"type": "json_schema", "schema": schema}
        if format_field == "output_config":
            given = body.get("output_config")
            body["output_config"] = {"format": form, **(given if isinstance(given, dict) else {})}
        else:
            body.setdefault(format_field, form)
    return body


def _without_thinking(body: JsonObject, options: RequestOptions) -> JsonObject:
    """Return the body without a budget of thinking that the conversation does not allow.

    With a budget Claude thinks before the first call of a turn, and the turn is refused without
    that thought. A turn that another model began has none, nor has one of a Claude that did not
    think. Claude itself advises to switch thinking off then; "adaptive" asks for no thought.

    Here only: on `/chat/completions` no thought goes back, so every agent would lose its budget.
    """
    thinking = options.params.get("thinking")
    budgeted = isinstance(thinking, Mapping) and thinking.get("type") == "enabled"
    if budgeted and "thinking" not in options.extra_body and _is_thoughtless(body["messages"]):
        del body["thinking"]
        warn(
            f"thinking={thinking!r} is left out of this call: the results go to calls that were "
            f"made without a thought of {options.model}, which it refuses while it thinks. It "
            'thinks again from the next question on; {"type": "adaptive"} thinks at once.'
        )
    return body


def _is_thoughtless(turns: Sequence[JsonObject]) -> bool:
    """Return whether results of tools end the conversation and no thought led to their calls."""
    first: JsonObject | None = None
    for turn in reversed(turns):
        if turn["role"] == "assistant":
            first = turn
        elif isinstance(turn["content"], str) or any(
            block.get("type") != "tool_result" for block in turn["content"]
        ):
            break
    if first is None or first is turns[-1]:
        return False
    content = first["content"]
    return isinstance(content, str) or content[0].get("type") not in _THOUGHTS


@lru_cache(maxsize=2048)
def on_messages(facts: ModelFacts) -> ModelFacts:
    """Return the facts of a model as they are on this endpoint, not on `/chat/completions`."""
    return replace(
        facts,
        request_schema="anthropic",
        parameters=facts.parameters_of.get(NAME, frozenset()),
        parts_by_role=_PARTS,
        limits=_LIMITS,
        both_message_styles=True,
        both_schemas=False,
    )


def format_field_of(facts: ModelFacts) -> str | None:
    """Return the field that asks for JSON of a schema, None where none is documented."""
    documented = facts.parameters_of.get(NAME, frozenset())
    return next((name for name in ("output_config", "output_format") if name in documented), None)
