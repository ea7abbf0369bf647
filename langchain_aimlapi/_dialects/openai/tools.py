"""Tools and tool choice in OpenAI's form: nested by type."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from langchain_aimlapi._messages.schemas import is_object, with_properties
from langchain_aimlapi._messages.tools import (
    CLAUDE_EXTRAS,
    CLAUDE_NO_PARALLEL,
    UNKNOWN_MODEL,
    bound_tools_of,
    choice_of_dict,
    is_custom,
    normalise_tool_choice,
    only_allowed,
)


def openai_tool_fields(
    tools: Sequence[Any] | None,
    choice: Any,
    parallel: bool | None,  # noqa: FBT001  # a setting, passed on as it is
    takes_choice: Callable[[str], bool] = UNKNOWN_MODEL.takes_choice,
    *,
    more_tools: bool = False,
) -> dict[str, Any]:
    """Return the body fields for tools in the OpenAI schema; nothing that was not given.

    Where a choice of one tool, or of several, is not taken (`takes_choice` says so by its type),
    the other tools are left out instead. Without tools, here or in the extra body (`more_tools`),
    there is nothing to choose from: OpenAI refuses `tool_choice` and `parallel_tool_calls` then.
    """
    bound = bound_tools_of(tools)
    if not bound and not more_tools:
        return {}
    word = normalise_tool_choice(choice, bound)
    if isinstance(word, dict) and CLAUDE_NO_PARALLEL in word:
        alone = word.pop(CLAUDE_NO_PARALLEL)
        parallel = not alone if parallel is None else parallel
        word = choice_of_dict(word)
    if isinstance(word, dict) and not takes_choice(str(word.get("type"))):
        bound, word = only_allowed(bound, word)
    fields: dict[str, Any] = {"tools": _openai_tools(bound)} if bound else {}
    if word is not None:
        fields["tool_choice"] = word
    if parallel is not None:
        fields["parallel_tool_calls"] = parallel
    return fields


def _openai_tools(tools: Iterable[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    return [_openai_tool(tool) for tool in tools]


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
    custom = (
        dict(inner) if isinstance(inner, Mapping) else {k: tool[k] for k in tool if k != "type"}
    )
    format_ = custom.get("format")
    if isinstance(format_, Mapping) and format_.get("type") == "grammar":
        rest = {key: value for key, value in format_.items() if key != "type"}
        custom["format"] = {"type": "grammar", "grammar": rest.get("grammar", rest)}
    return {"type": "custom", "custom": custom}
