"""`bind_tools`: tools and choice in neutral form, less what the model is known to refuse."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from langchain_aimlapi._dialects.claude.tools import strict_is_left_out, takes_strict_tools
from langchain_aimlapi._messages.tools import (
    normalise_tool_choice,
    normalise_tools,
    without_forcing,
)
from langchain_aimlapi._model.arguments import warn_of_slips
from langchain_aimlapi._model.hints import warn_without_tools
from langchain_aimlapi._model.plan import CALL_ARGUMENTS
from langchain_aimlapi._model.routing import MESSAGES, RESPONSES, endpoint_of
from langchain_aimlapi._warning import warn
from langchain_aimlapi.profiles import ModelFacts, facts_for

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel


def bound_tools(
    llm: BaseChatModel,
    tools: Iterable[Any],
    *,
    tool_choice: Any,
    strict: bool | None,
    parallel_tool_calls: bool | None,
    kwargs: Mapping[str, Any],
    warned: set[str],
) -> dict[str, Any]:
    """Return what `bind_tools` binds.

    Args:
        llm: The model; its fields and `kwargs` say which model id answers and whether it thinks.
        tools: Tools in any form.
        tool_choice: The choice in any form; None leaves it to the service.
        strict: Whether arguments must match the schema exactly; None leaves it out.
        parallel_tool_calls: Whether several calls per answer are allowed; None leaves it out.
        kwargs: What is bound as well.
        warned: Models whose users were warned that they have no tools.

    Raises:
        ConfigurationError: A tool or the choice has no form that the service knows.

    Warns:
        UserWarning: The model has no tools, refuses strict ones, or refuses to be forced to a call
            while it thinks; or an argument is written nearly like one of `bind_tools`.
    """
    warn_of_own_slips(kwargs, _OWN_ARGUMENTS)
    model = str(kwargs.get("model") or getattr(llm, "model", ""))
    strict = documented_strict(llm, model, kwargs, strict)
    bound: dict[str, Any] = {**kwargs, "tools": normalise_tools(tools, strict=strict)}
    if bound["tools"]:
        warn_without_tools(
            facts_for(model), endpoint_of_tools(llm, model, kwargs), warned, again=True
        )
    choice = normalise_tool_choice(tool_choice, bound["tools"])
    left = without_forcing(choice)
    if left != choice and is_thinking(llm, model, kwargs):
        warn(
            f"tool_choice={tool_choice!r} is left out: {model} cannot be forced to call a tool "
            "while it thinks. Ask for the call in the prompt, or switch thinking off."
        )
        choice = left
    given = {"tool_choice": choice, "parallel_tool_calls": parallel_tool_calls}
    return {**bound, **{name: value for name, value in given.items() if value is not None}}


_OWN_ARGUMENTS = frozenset({"tools", "strict"})
"""Arguments of `bind_tools` that no call has."""


def warn_of_own_slips(names: Iterable[str], own: frozenset[str]) -> None:
    """Warn about arguments to be bound that are written nearly like one that is none of a call.

    Those that are written nearly like one of a call are noticed when it is made.
    """
    for name in names:
        if name not in CALL_ARGUMENTS:
            warn_of_slips(name, own - CALL_ARGUMENTS)


def documented_strict(
    llm: BaseChatModel,
    model: str,
    kwargs: Mapping[str, Any],
    strict: bool | None,  # noqa: FBT001  # a setting, passed on as it is
) -> bool | None:
    """Return `strict`, or None where the model is known to refuse it.

    Warns:
        UserWarning: Strict tools were asked for and are not documented.
    """
    if strict is None or schema_of(llm, model, kwargs) != "anthropic":
        return strict
    if takes_strict_tools(facts_of(llm, model, kwargs)):
        return strict
    if strict:
        warn(strict_is_left_out(model))
    return None


def schema_of(llm: BaseChatModel, model: str, kwargs: Mapping[str, Any]) -> str:
    """Return the request schema of calls of `llm` with `kwargs`."""
    chosen = kwargs.get("request_schema") or getattr(llm, "request_schema", "auto")
    if chosen == "auto" or asks_messages(llm, model, kwargs):
        return facts_of(llm, model, kwargs).request_schema
    return str(chosen)


def facts_of(llm: BaseChatModel, model: str, kwargs: Mapping[str, Any]) -> ModelFacts:
    """Return the facts of calls with tools of `llm` with `kwargs`, on the endpoint of these."""
    facts = facts_for(model)
    if not asks_messages(llm, model, kwargs):
        return facts
    from langchain_aimlapi._dialects.claude.body import on_messages  # noqa: PLC0415  # on need

    return on_messages(facts)


def asks_messages(llm: BaseChatModel, model: str, kwargs: Mapping[str, Any]) -> bool:
    """Return whether calls with tools of `llm` with `kwargs` go to the messages endpoint."""
    return endpoint_of_tools(llm, model, kwargs) == MESSAGES


def asks_responses(llm: BaseChatModel, model: str, kwargs: Mapping[str, Any]) -> bool:
    """Return whether calls of `llm` with `kwargs` go to the Responses endpoint."""
    return endpoint_of_tools(llm, model, kwargs) == RESPONSES


def endpoint_of_tools(llm: BaseChatModel, model: str, kwargs: Mapping[str, Any]) -> str:
    """Return the name of the endpoint of calls with tools of `llm` with `kwargs`."""
    names = ("endpoint", "request_schema", "thinking")
    given = {name: kwargs.get(name, getattr(llm, name, None)) for name in names}
    settings = {name: value for name, value in given.items() if value is not None}
    return endpoint_of({**settings, "tools": True}, facts_for(model))


def is_thinking(llm: BaseChatModel, model: str, kwargs: Mapping[str, Any]) -> bool:
    """Return whether the model will think, and so refuses to be forced to call a tool.

    Claude does, in either schema; for other vendors that holds for the models whose thinking is
    switched on by `thinking` or `enable_thinking`, not for an effort of reasoning.
    """
    fields = {**getattr(llm, "model_kwargs", {}), **kwargs}

    def setting(name: str) -> Any:
        return fields.get(name, getattr(llm, name, None))

    thinking = setting("thinking")
    if isinstance(thinking, Mapping) and thinking.get("type") in {"enabled", "adaptive"}:
        return True
    if setting("enable_thinking"):
        return True
    claude = "claude" in model.lower() or schema_of(llm, model, kwargs) == "anthropic"
    reasoning = setting("reasoning")
    effort = reasoning.get("effort") if isinstance(reasoning, Mapping) else None
    asked = bool(reasoning) or bool(setting("reasoning_effort"))
    return claude and asked and "none" not in {effort, setting("reasoning_effort")}
