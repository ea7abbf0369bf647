"""The OpenAI-style body: turns, parameters, and tools nested by type."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from langchain_aimlapi._dialects.openai.turns import turns_of
from langchain_aimlapi._messages.options import RequestOptions, wire_params
from langchain_aimlapi._messages.schemas import is_object, with_properties
from langchain_aimlapi._messages.tools import (
    CLAUDE_EXTRAS,
    CLAUDE_NO_PARALLEL,
    is_custom,
    response_format_of,
    tools_and_choice,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

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


# --- tools ---
def openai_tool_fields(
    options: RequestOptions, takes_choice: Callable[[str], bool]
) -> dict[str, Any]:
    """Return the body fields for tools in the OpenAI schema; nothing that was not given.

    For `takes_choice` see `tools_and_choice`. Without tools, here or in the extra body, there is
    nothing to choose from: OpenAI refuses `tool_choice` and `parallel_tool_calls` then.
    """
    if not options.tools and "tools" not in options.extra_body:
        return {}
    wanted, parallel = options.tool_choice, options.parallel_tool_calls
    if isinstance(wanted, Mapping) and CLAUDE_NO_PARALLEL in wanted:
        parallel = not wanted[CLAUDE_NO_PARALLEL] if parallel is None else parallel
        wanted = {name: value for name, value in wanted.items() if name != CLAUDE_NO_PARALLEL}
    tools, choice = tools_and_choice(options.tools, wanted, takes_choice)
    fields: dict[str, Any] = {"tools": list(map(_openai_tool, tools))} if tools else {}
    given = {"tool_choice": choice, "parallel_tool_calls": parallel}
    return fields | {name: value for name, value in given.items() if value is not None}


def _openai_tool(tool: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return a tool as `/chat/completions` takes it.

    What only Claude makes use of, such as `cache_control`, changes the price or the speed of an
    answer, so the call goes on without it.
    """
    if is_custom(tool):
        return _nested_custom(tool)
    written = {key: value for key, value in tool.items() if key not in CLAUDE_EXTRAS}
    function = tool.get("function")
    if isinstance(function, Mapping) and is_object(function.get("parameters")):
        parameters = with_properties(function["parameters"])
        written["function"] = {**function, "parameters": parameters}
    return written


def _nested_custom(tool: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return a custom tool in nested form; on `/responses` and in LangChain it is flat."""
    inner = tool.get("custom")
    flat = {key: value for key, value in tool.items() if key != "type"}
    custom = dict(inner) if isinstance(inner, Mapping) else flat
    format_ = custom.get("format")
    if isinstance(format_, Mapping) and format_.get("type") == "grammar":
        rest = {key: value for key, value in format_.items() if key != "type"}
        custom["format"] = {"type": "grammar", "grammar": rest.get("grammar", rest)}
    return {"type": "custom", "custom": custom}
