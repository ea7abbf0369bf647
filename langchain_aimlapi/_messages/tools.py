"""Tools, tool choice and response formats: stored in neutral form, written for either schema.

The neutral form of a tool is OpenAI's (`{"type": "function", "function": {...}}`), because that
is what LangChain converts to; a server tool stays the dict it is. Which schema a call takes is
known only when its model is, and `bind(model=...)` may change that after `bind_tools`.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from langchain_aimlapi._messages.schemas import (
    Kind,
    converted,
    is_object,
    unwrapped,
    with_properties,
)
from langchain_aimlapi._warning import warn
from langchain_aimlapi.errors import ConfigurationError
from langchain_aimlapi.profiles import ModelFacts, takes_source_urls

ToolDict = dict[str, Any]

_WORDS = {"auto": "auto", "none": "none", "any": "required", "required": "required"}
_CLAUDE_WORDS = {"auto": "auto", "none": "none", "required": "any"}
_CLAUDE_NO_PARALLEL = "disable_parallel_tool_use"
_FUNCTION_KEYS = frozenset({"name", "description", "input_schema", "parameters", "strict", "type"})
CLAUDE_EXTRAS = frozenset(
    {"allowed_callers", "cache_control", "defer_loading", "eager_input_streaming", "input_examples"}
)
"""What a tool of the newer Claude documents may hold besides its function."""
_UNKNOWN_MODEL = ModelFacts("")
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
    else:
        extras = _known_extras(getattr(tool, "extras", None))
    # A tool's own `strict` counts for that tool, whose schema is sent as it is.
    own_strict = tool.get("strict") if isinstance(tool, dict) else None
    neutral = converted(tool, kind, strict=strict if own_strict is None else None)
    try:
        json.dumps(neutral)  # an array of numpy, say, has no truth value where one is asked for
    except (TypeError, ValueError, RecursionError) as error:
        raise ConfigurationError(f"This tool cannot be sent: {error}.") from None
    if own_strict is not None and "function" in neutral:
        neutral["function"] = {**neutral["function"], "strict": own_strict}
    return {**neutral, **extras}


def _known_extras(extras: Any) -> dict[str, Any]:
    """Return what of a LangChain tool's `extras`, which are meant for any vendor, is ours."""
    found = extras if isinstance(extras, Mapping) else {}
    return {key: found[key] for key in found if key in CLAUDE_EXTRAS}


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
        return _named(tools[0])
    if choice in _WORDS and choice not in names:
        return _WORDS[choice]
    if choice not in names:
        raise ConfigurationError(
            f"tool_choice={choice!r} is neither a bound tool ({', '.join(names) or 'none'}) "
            "nor one of auto, any, required, none."
        )
    return _named(tools[names.index(choice)])


def _named(tool: Mapping[str, Any]) -> dict[str, Any]:
    kind = "custom" if _is_custom(tool) else "function"
    return {"type": kind, kind: {"name": tool_name(tool)}}


def _is_custom(tool: Mapping[str, Any]) -> bool:
    """Return whether a tool takes free text; functions in Claude's form are "custom" as well."""
    return tool.get("type") == "custom" and "input_schema" not in tool


def _choice_of_dict(choice: Mapping[str, Any]) -> Any:
    kind = choice.get("type")
    if _CLAUDE_NO_PARALLEL in choice:
        return dict(choice)  # no neutral form; either schema knows what to make of it
    if kind == "custom" and "name" in choice:
        return {"type": "custom", "custom": {"name": choice["name"]}}
    if kind in {"function", "tool"} and "name" in choice:
        return {"type": "function", "function": {"name": choice["name"]}}
    if kind in _WORDS:
        return _WORDS[kind]
    if kind == "allowed_tools" and "allowed_tools" not in choice:
        allowed = {key: choice[key] for key in ("mode", "tools") if key in choice}
        return {"type": "allowed_tools", "allowed_tools": allowed}
    return dict(choice)


def unforced(choice: Any) -> Any:
    """Return a choice in neutral form without what forces a call; None if nothing is left."""
    if isinstance(choice, str):
        return None if choice == "required" else choice
    if not isinstance(choice, Mapping):
        return choice
    if choice.get("type") == "allowed_tools":
        if choice["allowed_tools"].get("mode") != "required":
            return choice
        return {**choice, "allowed_tools": {**choice["allowed_tools"], "mode": "auto"}}
    if _CLAUDE_NO_PARALLEL in choice and choice.get("type") in {"any", "tool"}:
        return {"type": "auto", _CLAUDE_NO_PARALLEL: choice[_CLAUDE_NO_PARALLEL]}
    return choice if choice.get("type") in _WORDS else None


def _bound(tools: Sequence[Any] | None) -> list[Mapping[str, Any]]:
    """Return tools in neutral form: as they are when they came through `bind_tools`."""
    if not tools:
        return []
    for tool in tools:
        if not (isinstance(tool, Mapping) and ("function" in tool or _is_server_tool(tool))):
            return list(normalise_tools(tools))
    return list(tools)


def _restricted(
    tools: list[Mapping[str, Any]], choice: Mapping[str, Any]
) -> tuple[list[Mapping[str, Any]], Any]:
    """Return the tools that a choice leaves, and a word that means the same for them."""
    if choice.get("type") == "function":
        name = tool_name(choice)
        return [tool for tool in tools if tool_name(tool) == name], "required"
    if choice.get("type") != "allowed_tools":
        return tools, choice
    allowed = choice["allowed_tools"]
    names = {tool_name(tool) for tool in allowed.get("tools", ())}
    mode = _WORDS.get(allowed.get("mode", "auto"), "auto")
    return [tool for tool in tools if tool_name(tool) in names], mode


# --- out: the OpenAI schema ---------------------------------------------------------------------
def openai_tool_fields(
    tools: Sequence[Any] | None,
    choice: Any,
    parallel: bool | None,  # noqa: FBT001  # a setting, passed on as it is
    takes_choice: Callable[[str], bool] = _UNKNOWN_MODEL.takes_choice,
    *,
    more_tools: bool = False,
) -> dict[str, Any]:
    """Return the body fields for tools in the OpenAI schema; nothing that was not given.

    Where a choice of one tool, or of several, is not taken (`takes_choice` says so by its type),
    the other tools are left out instead. Without tools, here or in the extra body (`more_tools`),
    there is nothing to choose from: OpenAI refuses `tool_choice` and `parallel_tool_calls` then.
    """
    bound = _bound(tools)
    if not bound and not more_tools:
        return {}
    word = normalise_tool_choice(choice, bound)
    if isinstance(word, dict) and _CLAUDE_NO_PARALLEL in word:
        alone = word.pop(_CLAUDE_NO_PARALLEL)
        parallel = not alone if parallel is None else parallel
        word = _choice_of_dict(word)
    if isinstance(word, dict) and not takes_choice(str(word.get("type"))):
        bound, word = _restricted(bound, word)
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
    if _is_custom(tool):
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


# --- out: the Claude schema ---------------------------------------------------------------------
def claude_tool_fields(
    tools: Sequence[Any] | None,
    choice: Any,
    parallel: bool | None,  # noqa: FBT001  # a setting, passed on as it is
    facts: ModelFacts = _UNKNOWN_MODEL,
    *,
    more_tools: bool = False,
) -> dict[str, Any]:
    """Return the body fields for tools in the Claude schema.

    `parallel_tool_calls=False` becomes `disable_parallel_tool_use` of the tool choice; `True` is
    what Claude does by itself. `allowed_tools` has no counterpart, so the other tools are left
    out of this request, which means the same. Without tools there is nothing to choose from.

    Warns:
        UserWarning: A tool is strict, which the model does not document. It is sent without.
    """
    bound = _bound(tools)
    if not bound and not more_tools:
        return {}
    word = normalise_tool_choice(choice, bound)
    if isinstance(word, dict) and word.get("type") == "allowed_tools":
        bound, word = _restricted(bound, word)
    takes_strict = takes_strict_tools(facts)
    if not takes_strict and any(map(_is_strict, bound)):
        warn(strict_is_left_out(facts.model))
    fields: dict[str, Any] = (
        {"tools": [_claude_tool(tool, takes_strict) for tool in bound]} if bound else {}
    )
    claude_choice = _claude_choice(word)
    if parallel is False:
        claude_choice = claude_choice or {"type": "auto"}
        if claude_choice.get("type") != "none":
            claude_choice.setdefault(_CLAUDE_NO_PARALLEL, True)
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
    schema = dict(function.get("parameters") or {})
    claude: dict[str, Any] = {"name": function["name"]}
    if function.get("description"):
        claude["description"] = function["description"]
    claude["input_schema"] = with_properties(schema)
    extras = {key: tool[key] for key in tool if key not in {"type", "function"}}
    strict = function.get("strict")
    if not takes_strict:
        strict = None
        extras = {key: extras[key] for key in extras if key not in CLAUDE_EXTRAS}
    if strict is not None:
        claude["strict"] = strict
    return claude | extras


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


# --- structured answers -------------------------------------------------------------------------
def answer_tool(schema: Any, *, strict: bool | None = None, kind: Kind = "schema") -> ToolDict:
    """Return the schema of an answer as a function in neutral form.

    Args:
        schema: A Pydantic class, `TypedDict` class, JSON schema, OpenAI function, or a schema in
            one of the forms that OpenAI's `response_format` and `text.format` have.
        strict: Whether the answer must hold the schema exactly; None leaves it out.
        kind: What it is to the user, for errors.

    Raises:
        ConfigurationError: It is none of these, or cannot be strict.
    """
    tool = normalise_tools([unwrapped(schema)], strict=strict, kind=kind)[0]
    if not isinstance(tool.get("function"), dict):
        raise ConfigurationError(
            f"The {kind} of an answer is a schema, not a tool of the service ({tool.get('type')})."
        )
    return tool


def response_format_of(value: Any, *, strict: bool | None = None) -> Any:
    """Return `value` as a `response_format`.

    Args:
        value: A format dict (kept as it is), or a schema in any form of `answer_tool`, which
            becomes `json_schema`.
        strict: Whether the answer must hold the schema exactly; None leaves it out.

    Raises:
        ConfigurationError: The schema has no form that LangChain can convert.
    """
    if isinstance(value, Mapping) and value.get("type") in _RESPONSE_FORMATS:
        if value["type"] != "json_schema" or not isinstance(value.get("schema"), Mapping):
            return value
        named = {"name": unwrapped(value)["name"], **value}
        return {
            "type": "json_schema",
            "json_schema": {key: named[key] for key in named if key != "type"},
        }
    function = answer_tool(value, strict=strict, kind="response_format")["function"]
    json_schema: dict[str, Any] = {"name": function["name"]}
    if function.get("description"):
        json_schema["description"] = function["description"]
    json_schema["schema"] = function.get("parameters") or with_properties({})
    if function.get("strict") is not None:
        json_schema["strict"] = function["strict"]
    return {"type": "json_schema", "json_schema": json_schema}
