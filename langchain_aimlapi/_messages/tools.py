"""Tools, tool choice and response formats: stored in neutral form, written for either schema.

The neutral form of a tool is OpenAI's (`{"type": "function", "function": {...}}`), because that
is what LangChain converts to; a server tool stays the dict it is. Which schema a call takes is
known only when its model is, and `bind(model=...)` may change that after `bind_tools`.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from langchain_aimlapi._messages.calls import fitting_name
from langchain_aimlapi._messages.schemas import (
    Kind,
    as_openai_function,
    to_openai_tool,
    with_properties,
)
from langchain_aimlapi.errors import ConfigurationError

ToolDict = dict[str, Any]

_WORDS = {"auto": "auto", "none": "none", "any": "required", "required": "required"}
CLAUDE_NO_PARALLEL = "disable_parallel_tool_use"
_FUNCTION_KEYS = frozenset({"name", "description", "input_schema", "parameters", "strict", "type"})
CLAUDE_EXTRAS = frozenset(
    {"allowed_callers", "cache_control", "defer_loading", "eager_input_streaming", "input_examples"}
)
"""What a tool of the newer Claude documents may hold besides its function."""
_RESPONSE_FORMATS = frozenset({"text", "json_object", "json_schema"})


# --- in -----------------------------------------------------------------------------------------
def normalise_tools(
    tools: Iterable[Any], *, strict: bool | None = None, kind: Kind = "tool"
) -> list[ToolDict]:
    """Return `tools` in neutral form.

    Args:
        tools: Functions, Pydantic and `TypedDict` classes, LangChain tools, dicts in OpenAI's or
            Anthropic's form, and server tools: dicts of any other `type`, kept as they are.
        strict: Whether arguments must match the schema exactly; None leaves it out.
        kind: What they are to the user, for errors.

    Returns:
        New dicts.

    Raises:
        ConfigurationError: A tool has no form that LangChain can convert, or cannot be strict.
    """
    if not isinstance(tools, Iterable) or isinstance(tools, (str, Mapping)):
        raise ConfigurationError("tools must be a list, even if there is only one: [my_tool].")
    return [_normalise(tool, strict, kind) for tool in tools]


def _normalise(tool: Any, strict: bool | None, kind: Kind) -> ToolDict:  # noqa: FBT001  # private
    extras: Mapping[str, Any] = {}
    if isinstance(tool, Mapping):
        if _is_server_tool(tool):
            return dict(tool)
        if isinstance(tool.get("function"), Mapping):
            extras = {key: tool[key] for key in tool if key not in {"type", "function"}}
            tool = dict(tool["function"])
        elif "input_schema" in tool or "parameters" in tool:
            extras = {key: tool[key] for key in tool if key not in _FUNCTION_KEYS}
            tool = {key: tool[key] for key in tool if key in _FUNCTION_KEYS - {"type"}}
    elif isinstance(given := getattr(tool, "extras", None), Mapping):
        # LangChain's `extras` are meant for any vendor; these are known here.
        extras = {key: given[key] for key in given if key in CLAUDE_EXTRAS}
    # A tool's own `strict` counts for that tool, whose schema is sent as it is.
    own_strict = tool.get("strict") if isinstance(tool, dict) else None
    neutral = to_openai_tool(tool, kind, strict=strict if own_strict is None else None)
    try:
        json.dumps(neutral)  # an array of numpy, say, has no truth value where one is asked for
    except (TypeError, ValueError, RecursionError) as error:
        raise ConfigurationError(f"This tool cannot be sent: {error}.") from None
    if own_strict is not None and "function" in neutral:
        neutral["function"] = {**neutral["function"], "strict": own_strict}
    return {**neutral, **extras}


def _is_server_tool(tool: Mapping[str, Any]) -> bool:
    """Return whether the service itself runs the tool, or knows it by its `type`."""
    kind = tool.get("type")
    if not isinstance(kind, str) or kind in {"function", "object"}:
        return False
    return "input_schema" not in tool if kind == "custom" else True


def tool_name(tool: Mapping[str, Any]) -> str:
    """Return the name that a tool choice uses for `tool`: its function's, its own, or its type."""
    function = tool.get("function") or tool.get("custom") or tool
    return str(function.get("name") or tool.get("type") or "")


def normalise_tool_choice(choice: Any, tools: Sequence[Mapping[str, Any]]) -> Any:
    """Return `choice` in neutral form: a word of OpenAI's, or a dict of its form.

    Args:
        choice: None, a word (`"any"` is `"required"`), the name of a tool, True for the only
            tool, or a dict in OpenAI's or Anthropic's form.
        tools: The bound tools, in neutral form.

    Raises:
        ConfigurationError: No bound tool has that name, or True does not say which.
    """
    if choice is None or choice is False:
        return None
    if isinstance(choice, Mapping):
        return _choice_of_dict(choice)
    names = [tool_name(tool) for tool in tools]
    if choice is True:
        if len(names) != 1:
            raise ConfigurationError(
                f"tool_choice=True means the only tool, but {len(names)} are bound: {names}."
            )
        return _named_choice(tools[0])
    if choice in _WORDS and choice not in names:
        return _WORDS[choice]
    if choice not in names:
        raise ConfigurationError(
            f"tool_choice={choice!r} is neither a bound tool ({', '.join(names) or 'none'}) "
            "nor one of auto, any, required, none."
        )
    return _named_choice(tools[names.index(choice)])


def _named_choice(tool: Mapping[str, Any]) -> dict[str, Any]:
    kind = "custom" if is_custom(tool) else "function"
    return {"type": kind, kind: {"name": tool_name(tool)}}


def is_custom(tool: Mapping[str, Any]) -> bool:
    """Return whether a tool takes free text; functions in Claude's form are "custom" as well."""
    return tool.get("type") == "custom" and "input_schema" not in tool


def custom_tool_names(tools: Iterable[Any]) -> frozenset[str]:
    """Return the names of the tools that take free text."""
    dicts = (tool for tool in tools if isinstance(tool, Mapping))
    return frozenset(tool_name(tool) for tool in dicts if is_custom(tool))


def _choice_of_dict(choice: Mapping[str, Any]) -> Any:
    kind = choice.get("type")
    if CLAUDE_NO_PARALLEL in choice:
        return dict(choice)  # no neutral form; either schema knows what to make of it
    if kind in {"function", "tool", "custom"} and "name" in choice:
        kind = "custom" if kind == "custom" else "function"
        return {"type": kind, kind: {"name": choice["name"]}}
    if kind in _WORDS:
        return _WORDS[kind]
    if kind == "allowed_tools" and "allowed_tools" not in choice:
        allowed = {key: choice[key] for key in ("mode", "tools") if key in choice}
        return {"type": "allowed_tools", "allowed_tools": allowed}
    return dict(choice)


def without_forcing(choice: Any) -> Any:
    """Return a choice in neutral form without what forces a call; None if nothing is left."""
    if isinstance(choice, str):
        return None if choice == "required" else choice
    if not isinstance(choice, Mapping):
        return choice
    if choice.get("type") == "allowed_tools":
        if choice["allowed_tools"].get("mode") != "required":
            return choice
        return {**choice, "allowed_tools": {**choice["allowed_tools"], "mode": "auto"}}
    if CLAUDE_NO_PARALLEL in choice and choice.get("type") in {"any", "tool"}:
        return {"type": "auto", CLAUDE_NO_PARALLEL: choice[CLAUDE_NO_PARALLEL]}
    return choice if choice.get("type") in _WORDS else None


def bound_tools_of(tools: Sequence[Any] | None) -> list[Mapping[str, Any]]:
    """Return tools in neutral form: as they are when they came through `bind_tools`."""
    if not tools:
        return []
    bound = (isinstance(t, Mapping) and ("function" in t or _is_server_tool(t)) for t in tools)
    return list(tools) if all(bound) else list(normalise_tools(tools))


def tools_and_choice(
    tools: Sequence[Any] | None, choice: Any, takes_choice: Callable[[str], bool]
) -> tuple[list[Mapping[str, Any]], Any]:
    """Return tools in neutral form, and the choice among them, as an endpoint takes them.

    Where it takes no choice of one tool, or of several, the other tools are left out instead, and
    the choice is a word that means the same for the rest.

    Args:
        tools: The tools of the call.
        choice: Its choice, as the user gave it.
        takes_choice: Whether a choice of a type (`"function"`, `"allowed_tools"`) is taken.

    Raises:
        ConfigurationError: The choice names no bound tool.
    """
    bound = bound_tools_of(tools)
    choice = normalise_tool_choice(choice, bound)
    kind = choice.get("type") if isinstance(choice, dict) else None
    if kind not in {"function", "allowed_tools"} or takes_choice(kind):
        return bound, choice
    if kind == "function":
        names, mode = {tool_name(choice)}, "required"
    else:
        allowed = choice["allowed_tools"]
        names = {tool_name(tool) for tool in allowed.get("tools", ())}
        mode = _WORDS.get(allowed.get("mode", "auto"), "auto")
    return [tool for tool in bound if tool_name(tool) in names], mode


# --- structured answers -------------------------------------------------------------------------
def answer_tool(schema: Any, *, strict: bool | None = None, kind: Kind = "schema") -> ToolDict:
    """Return the schema of an answer as a function in neutral form, with a name that may be sent.

    Args:
        schema: A Pydantic class, `TypedDict` class, JSON schema, OpenAI function, or a schema in
            one of the forms that OpenAI's `response_format` and `text.format` have.
        strict: Whether the answer must hold the schema exactly; None leaves it out.
        kind: What it is to the user, for errors.

    Raises:
        ConfigurationError: It is none of these, or cannot be strict.
    """
    tool = normalise_tools([as_openai_function(schema)], strict=strict, kind=kind)[0]
    if not isinstance(tool.get("function"), dict):
        raise ConfigurationError(
            f"The {kind} of an answer is a schema, not a tool of the service ({tool.get('type')})."
        )
    function = tool["function"]
    return {**tool, "function": {**function, "name": fitting_name(function["name"])}}


def response_format_of(value: Any) -> Any:
    """Return `value` as a `response_format`.

    Args:
        value: A format dict (kept as it is), or a schema in any form of `answer_tool`, which
            becomes `json_schema`.

    Raises:
        ConfigurationError: The schema has no form that LangChain can convert.
    """
    is_format = isinstance(value, Mapping) and value.get("type") in _RESPONSE_FORMATS
    if is_format and not isinstance(value.get("schema"), Mapping):
        return value
    function = answer_tool(value, kind="response_format")["function"]
    fields = {
        "name": function["name"],
        "description": function.get("description") or None,
        "schema": function.get("parameters") or with_properties({}),
        "strict": function.get("strict"),
    }
    given = {name: value for name, value in fields.items() if value is not None}
    return {"type": "json_schema", "json_schema": given}
