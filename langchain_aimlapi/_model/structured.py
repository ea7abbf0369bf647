"""`with_structured_output`: which method a model takes, what is bound, how the answer is read."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, get_args

from langchain_core.runnables import Runnable, RunnableConfig, RunnableLambda, RunnableMap
from langchain_core.utils.pydantic import is_basemodel_subclass

from langchain_aimlapi._messages.tools import (
    answer_tool,
    normalise_tool_choice,
    normalise_tools,
    response_format_of,
)
from langchain_aimlapi._model.binding import (
    asks_messages,
    asks_responses,
    documented_strict,
    endpoint_of_tools,
    is_thinking,
    schema_of,
    warn_of_own_slips,
)
from langchain_aimlapi._model.field_types import StructuredMethod
from langchain_aimlapi._model.hints import documents_format, warn_without_tools
from langchain_aimlapi._model.routing import RESPONSES
from langchain_aimlapi._model.structured_answers import StructuredAnswerParser
from langchain_aimlapi._warning import warn
from langchain_aimlapi.errors import ConfigurationError
from langchain_aimlapi.profiles import CHAT, ModelFacts, facts_for

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from langchain_core.language_models import BaseChatModel, LanguageModelInput
    from langchain_core.messages import AIMessage

_OWN_ARGUMENTS = frozenset({"schema", "method", "include_raw", "strict"})
"""Arguments of `with_structured_output` that no call has."""
_METHODS = get_args(StructuredMethod)
_REFUSED_IN_NAME = re.compile(r"[^a-zA-Z0-9_-]")
_NAME_LENGTH = 64


def structured_output(
    llm: BaseChatModel,
    schema: Any,
    *,
    method: StructuredMethod | None = None,
    include_raw: bool = False,
    strict: bool | None = None,
    warned: set[str],
    **kwargs: Any,
) -> Runnable[LanguageModelInput, Any]:
    """Return a chain that asks `llm` for an answer in the shape of `schema` and reads it.

    Args:
        llm: The model; its fields and `kwargs` say which model id answers and whether it thinks.
        schema: A Pydantic class, a `TypedDict` class, a JSON schema, an OpenAI function, or a
            `response_format` of OpenAI's that holds a schema.
        method: None takes `"json_schema"` where the model documents it and
            `"function_calling"` elsewhere, so for the Claude schema too; `"json_mode"` where
            there are no tools either.
        include_raw: Whether to return `{"raw", "parsed", "parsing_error"}`.
        strict: Whether the service must hold the schema exactly. Sent only if set.
        warned: Models whose users were warned that they have no tools.
        **kwargs: Bound as well. `tools`: further tools; an answer that calls one of them is
            parsed as None.

    Raises:
        ConfigurationError: The schema or the method is not one of these.

    Warns:
        UserWarning: The model documents neither tools nor what the method asks for; or an argument
            is written nearly like one of `with_structured_output`.
    """
    warn_of_own_slips(kwargs, _OWN_ARGUMENTS)
    if method is not None and method not in _METHODS:
        raise ConfigurationError(f"method={method!r} is not one of {', '.join(_METHODS)}.")
    model = str(kwargs.get("model") or getattr(llm, "model", ""))
    method = _method_for(llm, model, kwargs, method)
    if schema is None and method != "json_mode":
        raise ConfigurationError(f"method={method!r} needs a schema.")
    if method == "function_calling":
        strict = documented_strict(llm, model, kwargs, strict)
    tool = _answer_tool(schema, strict) if schema is not None else None
    more = normalise_tools(kwargs.pop("tools", None) or (), strict=strict)
    facts, endpoint = facts_for(model), endpoint_of_tools(llm, model, kwargs)
    documented = endpoint != CHAT or documents_format(facts, _FORMATS.get(method, ""))
    if more or method == "function_calling" or not documented:
        warn_without_tools(facts, endpoint, warned, again=True)
    by_tool = tool if method == "function_calling" else None
    if by_tool is not None:
        fields = _tool_fields(by_tool, more, forced=not is_thinking(llm, model, kwargs))
    else:
        fields = _format_fields(None if method == "json_mode" else tool, more)
    traced = {"kwargs": {"method": method, "strict": strict}, "schema": tool or {}}
    parser = StructuredAnswerParser(
        tool=by_tool["function"]["name"] if by_tool else None,
        model=schema if isinstance(schema, type) and is_basemodel_subclass(schema) else None,
        required=_required(tool),
        others=bool(more),
        thinks=is_thinking(llm, model, kwargs),
    )
    bound = {"ls_structured_output_format": traced, **fields, **kwargs}
    return _chain(llm.bind(**bound), parser, include_raw=include_raw)


def _tool_fields(
    tool: dict[str, Any], more: Sequence[dict[str, Any]], *, forced: bool
) -> dict[str, Any]:
    """Return the arguments that ask for an answer by a tool, which a caller's choice may change."""
    fields: dict[str, Any] = {"tools": [tool, *more]}
    if forced:
        # Of several tools the model has to call one, not necessarily the answer's.
        choice = "required" if more else tool["function"]["name"]
        fields["tool_choice"] = normalise_tool_choice(choice, [tool])
    return fields


def _format_fields(tool: dict[str, Any] | None, more: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Return the arguments that ask for JSON: of a schema, or without one any object."""
    wanted = {"type": "json_object"} if tool is None else response_format_of(tool)
    return {"response_format": wanted, **({"tools": [*more]} if more else {})}


def _required(tool: Mapping[str, Any] | None) -> tuple[str, ...]:
    parameters = tool["function"].get("parameters") if tool else None
    return tuple((parameters or {}).get("required", ()))


def _chain(
    llm: Runnable[LanguageModelInput, AIMessage],
    parser: StructuredAnswerParser,
    *,
    include_raw: bool,
) -> Runnable[LanguageModelInput, Any]:
    if not include_raw:
        return llm | parser
    return RunnableMap(raw=llm) | _with_raw(parser)


def _with_raw(parser: StructuredAnswerParser) -> Runnable[dict[str, Any], dict[str, Any]]:
    """Return what reads the answer under `raw`; what it cannot read is the `parsing_error`.

    LangChain's `with_fallbacks` does that for whole answers, but a stream that has begun raises.
    """

    def read(answer: dict[str, Any], config: RunnableConfig) -> dict[str, Any]:
        try:
            parsed = parser.invoke(answer["raw"], config)
        except Exception as error:  # noqa: BLE001  # validators of the user raise what they like
            return {**answer, "parsed": None, "parsing_error": error}
        return {**answer, "parsed": parsed, "parsing_error": None}

    async def aread(answer: dict[str, Any], config: RunnableConfig) -> dict[str, Any]:
        try:
            parsed = await parser.ainvoke(answer["raw"], config)
        except Exception as error:  # noqa: BLE001  # the same
            return {**answer, "parsed": None, "parsing_error": error}
        return {**answer, "parsed": parsed, "parsing_error": None}

    return RunnableLambda(read, aread, name="structured_answer")


_FORMATS: Mapping[str | None, str] = {"json_schema": "json_schema", "json_mode": "json_object"}
"""The type of `response_format` that a method sends."""


def _method_for(
    llm: BaseChatModel, model: str, kwargs: Mapping[str, Any], asked: StructuredMethod | None
) -> StructuredMethod:
    """Return the method that was asked for, or the best one that the model documents.

    Warns:
        UserWarning: The model is known to refuse the method that was asked for.
    """
    facts = facts_for(model)
    if asks_responses(llm, model, kwargs):
        documented = facts.takes("text", RESPONSES)  # all its documents have every form of it
        return asked or ("json_schema" if documented else "function_calling")
    claude = schema_of(llm, model, kwargs) == "anthropic"
    best: StructuredMethod = "function_calling" if claude else _best_method(facts)
    needed = _FORMATS.get(asked)
    if claude and asks_messages(llm, model, kwargs) and _takes_json_schema(facts):
        return "function_calling" if asked == "function_calling" else "json_schema"
    if needed is not None and (claude or not facts.takes_format(needed)):
        where = f"the request schema of {model} does not have" if claude else f"{model} has not"
        warn(
            f"method={asked!r} needs response_format of type {needed}, which {where}. The answer "
            f"is asked for by {best.replace('_', ' ')}."
        )
        return best
    return asked or best


def _takes_json_schema(facts: ModelFacts) -> bool:
    """Return whether a document of Claude's own endpoint has a field for JSON of a schema."""
    from langchain_aimlapi._dialects.claude.body import format_field_of  # noqa: PLC0415  # on need

    return format_field_of(facts) is not None


def _best_method(facts: ModelFacts) -> StructuredMethod:
    if "response_format" in facts.parameters and facts.takes_format("json_schema"):
        return "json_schema"
    if "json_object" in facts.response_formats and not facts.takes("tools"):
        return "json_mode"
    return "function_calling"


def _answer_tool(schema: Any, strict: bool | None) -> dict[str, Any]:  # noqa: FBT001  # a setting
    """Return `schema` as a tool whose name the service takes: `Answer[int]` is none."""
    tool = answer_tool(schema, strict=strict)
    function = tool["function"]
    name = _REFUSED_IN_NAME.sub("_", function["name"])[:_NAME_LENGTH]
    return {**tool, "function": {**function, "name": name}}
