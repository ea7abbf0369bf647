"""Tools and tool choice in OpenAI's form: nested by type."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from langchain_aimlapi._messages.schemas import is_object, with_properties
from langchain_aimlapi._messages.tools import (
    CLAUDE_EXTRAS,
    CLAUDE_NO_PARALLEL,
    bound_tools_of,
    choice_of_dict,
    is_custom,
    normalise_tool_choice,
    only_allowed,
)

if TYPE_CHECKING:
    from langchain_aimlapi._messages.options import RequestOptions


def openai_tool_fields(
    options: RequestOptions, takes_choice: Callable[[str], bool]
) -> dict[str, Any]:
    """Return the body fields for tools in the OpenAI schema; nothing that was not given.

    Where a choice of one tool, or of several, is not taken (`takes_choice` says so by its type),
    the other tools are left out instead. Without tools, here or in the extra body, there is
    nothing to choose from: OpenAI refuses `tool_choice` and `parallel_tool_calls` then.
    """
    tools, parallel = bound_tools_of(options.tools), options.parallel_tool_calls
    if not tools and "tools" not in options.extra_body:
        return {}
    choice = normalise_tool_choice(options.tool_choice, tools)
    if isinstance(choice, dict) and CLAUDE_NO_PARALLEL in choice:
        alone = choice.pop(CLAUDE_NO_PARALLEL)
        parallel = not alone if parallel is None else parallel
        choice = choice_of_dict(choice)
    if isinstance(choice, dict) and not takes_choice(str(choice.get("type"))):
        tools, choice = only_allowed(tools, choice)
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
