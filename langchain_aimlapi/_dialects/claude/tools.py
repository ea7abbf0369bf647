"""Tools and tool choice in Claude's form."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from langchain_aimlapi._messages.schemas import with_properties
from langchain_aimlapi._messages.tools import (
    CLAUDE_EXTRAS,
    CLAUDE_NO_PARALLEL,
    bound_tools_of,
    normalise_tool_choice,
    only_allowed,
)
from langchain_aimlapi._messages.unsupported import report_replaced
from langchain_aimlapi.profiles import ModelFacts, takes_source_urls

if TYPE_CHECKING:
    from langchain_aimlapi._messages.options import RequestOptions

_CLAUDE_WORDS = {"auto": "auto", "none": "none", "required": "any"}


def claude_tool_fields(options: RequestOptions, facts: ModelFacts) -> dict[str, Any]:
    """Return the body fields for tools in the Claude schema.

    `parallel_tool_calls=False` becomes `disable_parallel_tool_use` of the tool choice; `True` is
    what Claude does by itself. `allowed_tools` has no counterpart, so the other tools are left
    out of this request, which means the same. Without tools there is nothing to choose from.

    Warns:
        UserWarning: A tool is strict, which the model does not document. It is sent without.
    """
    tools = bound_tools_of(options.tools)
    if not tools and "tools" not in options.extra_body:
        return {}
    choice = normalise_tool_choice(options.tool_choice, tools)
    if isinstance(choice, dict) and choice.get("type") == "allowed_tools":
        tools, choice = only_allowed(tools, choice)
    takes_strict = takes_strict_tools(facts)
    if not takes_strict and any(map(_is_strict, tools)):
        report_replaced(options, "strict", strict_is_left_out(facts.model))
    fields: dict[str, Any] = {}
    if tools:
        fields["tools"] = [_claude_tool(tool, takes_strict) for tool in tools]
    claude_choice = _claude_choice(choice)
    if options.parallel_tool_calls is False:
        claude_choice = claude_choice or {"type": "auto"}
        if claude_choice.get("type") != "none":
            claude_choice.setdefault(CLAUDE_NO_PARALLEL, True)
    if claude_choice is not None:
        fields["tool_choice"] = claude_choice
    return fields


def takes_strict_tools(facts: ModelFacts) -> bool:
    """Return whether a Claude-style tool may be strict and hold the keys of `CLAUDE_EXTRAS`.

    The documents with sources by URL allow that; the older ones name, description and schema.
    """
    return takes_source_urls(facts)


def strict_is_left_out(model: str) -> str:
    """Return the text of the warning about `strict` where a model does not document it."""
    return f"{model} documents no strict tools: strict is left out."


def _is_strict(tool: Mapping[str, Any]) -> bool:
    function = tool.get("function")
    return isinstance(function, Mapping) and bool(function.get("strict"))


def _claude_tool(tool: Mapping[str, Any], takes_strict: bool) -> dict[str, Any]:  # noqa: FBT001  # of the model
    function = tool.get("function")
    if not isinstance(function, Mapping):
        return dict(tool)
    claude: dict[str, Any] = {"name": function["name"]}
    if function.get("description"):
        claude["description"] = function["description"]
    claude["input_schema"] = with_properties(function.get("parameters") or {})
    if takes_strict and function.get("strict") is not None:
        claude["strict"] = function["strict"]
    left_out = {"type", "function"} if takes_strict else {"type", "function", *CLAUDE_EXTRAS}
    return claude | {key: tool[key] for key in tool if key not in left_out}


def _claude_choice(choice: Any) -> dict[str, Any] | None:
    if choice is None:
        return None
    if isinstance(choice, str):
        return {"type": _CLAUDE_WORDS[choice]}
    kind = choice.get("type")
    if kind in {"function", "custom"}:
        rest = {key: choice[key] for key in choice if key not in {"type", kind, "name"}}
        name = (choice.get(kind) or choice)["name"]
        return {"type": "tool", "name": name, **rest}
    return {**choice, "type": _CLAUDE_WORDS.get(kind, kind)}
