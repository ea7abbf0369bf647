"""`bind_tools` and `with_structured_output`: what is bound, and what a chain then gives.

LangChain's fallbacks read the annotations of these methods when they are called, so each name in
them is imported.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import wraps
from typing import TYPE_CHECKING, Any, Generic, Literal, TypeVar, overload

from langchain_core.language_models.base import LanguageModelInput
from langchain_core.language_models.chat_models import BaseChatModel
from langchain_core.messages import AIMessage
from langchain_core.runnables import Runnable
from pydantic import BaseModel
from typing_extensions import TypedDict, override

from langchain_aimlapi._messages.options import RequestOptions, announce_missing_tools
from langchain_aimlapi._messages.tools import (
    normalise_tool_choice,
    normalise_tools,
    without_forcing,
)
from langchain_aimlapi._model.arguments import warn_of_slips
from langchain_aimlapi._model.field_types import StructuredMethod, hide_secrets
from langchain_aimlapi._model.request import (
    CALL_ARGUMENTS,
    MESSAGES,
    endpoint_of,
    settings_of,
    thinking_is_on,
)
from langchain_aimlapi._warning import warn
from langchain_aimlapi.profiles import facts_for

if TYPE_CHECKING:
    from langchain_core.tools import BaseTool

    from langchain_aimlapi._model.fields import AIMLAPISettings
else:
    BaseTool = Any  # needs no import where it is only read
    AIMLAPISettings = object  # each class of pydantic's slows the import down: this is a mix-in

_Answer = TypeVar("_Answer", bound=BaseModel)
_Parsed = TypeVar("_Parsed")


class StructuredAnswer(TypedDict, Generic[_Parsed]):
    """What `with_structured_output(..., include_raw=True)` gives.

    Attributes:
        raw: The answer as it came.
        parsed: What was read from it; None if it cannot be read, or calls another tool first.
        parsing_error: Why it cannot be read.
    """

    raw: AIMessage
    parsed: _Parsed | None
    parsing_error: Exception | None


class ToolCalls:
    """What calls with tools will be: which model answers, where, and in which request schema.

    Args:
        model: Its fields are what `kwargs` does not say.
        kwargs: Arguments that are bound to the calls.

    Attributes:
        facts: What is documented about the model that answers.
        endpoint: Name of the endpoint.
        is_claude: Whether the request schema is Claude's.
        thinks: Whether the model will think, and so refuses to be forced to call a tool.
    """

    def __init__(self, model: AIMLAPISettings, kwargs: Mapping[str, Any]) -> None:
        settings = {**settings_of(model), **kwargs}
        self.facts = facts_for(str(kwargs.get("model") or model.model))
        self.endpoint = endpoint_of({**settings, "tools": True}, self.facts)
        chosen = settings.get("request_schema") or "auto"
        schema = self.facts.request_schema if chosen == "auto" else chosen
        self.is_claude = self.endpoint == MESSAGES or schema == "anthropic"
        self.thinks = self._thinks(settings)
        self._unsupported = settings.get("unsupported") or "warn"

    def announce_missing_tools(self) -> None:
        """Warn about tools that the model does not document, if the calls will send them."""
        options = RequestOptions(self.facts.model, unsupported=self._unsupported)
        announce_missing_tools(options, self.facts, self.endpoint)

    def _thinks(self, settings: Mapping[str, Any]) -> bool:
        """Claude thinks in either schema, even if only an effort of reasoning is set.

        Models of other vendors do if `thinking` or `enable_thinking` switches it on.
        """
        if thinking_is_on(settings) or settings.get("enable_thinking"):
            return True
        reasoning, effort = settings.get("reasoning"), settings.get("reasoning_effort")
        inner = reasoning.get("effort") if isinstance(reasoning, Mapping) else None
        asked = bool(reasoning or effort) and "none" not in {inner, effort}
        return asked and (self.is_claude or "claude" in self.facts.model.lower())


def warn_of_own_slips(names: Iterable[str], own: frozenset[str]) -> None:
    """Warn about arguments to be bound that are written nearly like one that is none of a call.

    Those that are written nearly like one of a call are noticed when it is made.
    """
    for name in names:
        if name not in CALL_ARGUMENTS:
            warn_of_slips(name, own)


def _hiding_secrets(name: str) -> Any:
    """Return LangChain's method of this name, for arguments whose secrets are hidden first."""

    # LangChain's annotations do not resolve at runtime, so they stay there.
    @wraps(getattr(BaseChatModel, name), assigned=("__name__", "__qualname__", "__doc__"))
    def method(self: Any, *args: Any, **kwargs: Any) -> Any:
        return getattr(super(BindableModel, self), name)(*args, **hide_secrets(kwargs))

    return method


class BindableModel(AIMLAPISettings):
    """What can be bound to a model; a mix-in of its class."""

    # Headers of a call and keys of MCP servers are secrets. Bindings show their arguments in a
    # `repr`, streams to tracers.
    if not TYPE_CHECKING:  # for type checkers these are LangChain's
        bind = _hiding_secrets("bind")
        stream = _hiding_secrets("stream")
        astream = _hiding_secrets("astream")
        stream_events = _hiding_secrets("stream_events")
        astream_events = _hiding_secrets("astream_events")

    @override
    def bind_tools(
        self,
        tools: Sequence[dict[str, Any] | type | Callable[..., Any] | BaseTool],
        *,
        tool_choice: dict[str, Any] | str | bool | None = None,
        strict: bool | None = None,
        parallel_tool_calls: bool | None = None,
        **kwargs: Any,
    ) -> Runnable[LanguageModelInput, AIMessage]:
        """Bind tools, kept independent of a request schema until the call's model is known.

        Args:
            tools: Functions, Pydantic classes, `TypedDict` classes, LangChain tools, tool dicts
                in OpenAI's or Anthropic's form, or server tools by `type`.
            tool_choice: `"auto"`, `"any"` or `"required"`, `"none"`, the name of a tool, `True`
                (the one tool bound), or a dict in OpenAI's or Anthropic's form. `None` leaves it
                to the service.
            strict: Whether arguments must match the schema exactly. Sent only if set.
            parallel_tool_calls: Whether several calls per answer are allowed. Sent only if set.
            **kwargs: Bound as well: parameters of the call, such as `temperature`.

        Returns:
            A runnable that answers with an `AIMessage`.

        Raises:
            ConfigurationError: A tool or the choice has no form that the service knows.

        Warns:
            UserWarning: The model documents no tools, refuses strict ones, or refuses to be forced
                to a call while it thinks.
        """
        warn_of_own_slips(kwargs, frozenset({"strict"}))
        calls = ToolCalls(self, kwargs)
        bound: dict[str, Any] = {**kwargs, "tools": normalise_tools(tools, strict=strict)}
        if bound["tools"]:
            calls.announce_missing_tools()
        choice = normalise_tool_choice(tool_choice, bound["tools"])
        unforced = without_forcing(choice)
        if unforced != choice and calls.thinks:
            warn(
                f"tool_choice={tool_choice!r} is left out: {calls.facts.model} cannot be forced "
                "to call a tool while it thinks. Ask for the call in the prompt, or switch "
                "thinking off."
            )
            choice = unforced
        if choice is not None:
            bound["tool_choice"] = choice
        if parallel_tool_calls is not None:
            bound["parallel_tool_calls"] = parallel_tool_calls
        return self.bind(**bound)

    # Overloads say what a chain gives: a class its instances and a `TypedDict` its dicts, unless
    # further tools may be called first; everything that was read, if it is asked for.
    @overload
    def with_structured_output(
        self,
        schema: type[_Answer],
        *,
        method: StructuredMethod | None = None,
        include_raw: Literal[False] = False,
        strict: bool | None = None,
        tools: None = None,
        **kwargs: Any,
    ) -> Runnable[LanguageModelInput, _Answer]: ...

    @overload
    def with_structured_output(
        self,
        schema: type[_Answer],
        *,
        method: StructuredMethod | None = None,
        include_raw: Literal[True],
        strict: bool | None = None,
        tools: Sequence[Any] | None = None,
        **kwargs: Any,
    ) -> Runnable[LanguageModelInput, StructuredAnswer[_Answer]]: ...

    @overload
    def with_structured_output(
        self,
        schema: dict[str, Any] | type[Mapping[str, Any]] | None = None,
        *,
        method: StructuredMethod | None = None,
        include_raw: Literal[False] = False,
        strict: bool | None = None,
        tools: None = None,
        **kwargs: Any,
    ) -> Runnable[LanguageModelInput, dict[str, Any]]: ...

    @overload
    def with_structured_output(
        self,
        schema: dict[str, Any] | type[Mapping[str, Any]] | None = None,
        *,
        method: StructuredMethod | None = None,
        include_raw: Literal[True],
        strict: bool | None = None,
        tools: Sequence[Any] | None = None,
        **kwargs: Any,
    ) -> Runnable[LanguageModelInput, StructuredAnswer[dict[str, Any]]]: ...

    @overload
    def with_structured_output(
        self,
        schema: dict[str, Any] | type | None = None,
        *,
        method: StructuredMethod | None = None,
        include_raw: bool = False,
        strict: bool | None = None,
        tools: Sequence[Any] | None = None,
        **kwargs: Any,
    ) -> Runnable[LanguageModelInput, dict[str, Any] | BaseModel]: ...

    @override
    def with_structured_output(
        self,
        schema: dict[str, Any] | type | None = None,
        *,
        method: StructuredMethod | None = None,
        include_raw: bool = False,
        strict: bool | None = None,
        tools: Sequence[Any] | None = None,
        **kwargs: Any,
    ) -> Runnable[LanguageModelInput, Any]:
        """Answer in the shape of a schema.

        Args:
            schema: A Pydantic class, a `TypedDict` class, a JSON schema, an OpenAI function, or a
                `response_format` of OpenAI's that holds a schema.
            method: `"json_schema"`, `"function_calling"`, `"json_mode"`, or `None`: JSON schema
                where the model documents it, function calling elsewhere.
            include_raw: Whether to return `{"raw", "parsed", "parsing_error"}`.
            strict: Whether the service must hold the schema exactly. By default it must where
                the method is `"json_schema"`, the model documents that, and `schema` is a class
                that strict schemas can express.
            tools: Further tools that the model may call.
            **kwargs: Bound as well: parameters of the call.

        Returns:
            A runnable whose output is an instance of a Pydantic `schema`, else a dict.

        Raises:
            ConfigurationError: The schema or the method is not one of these.

        Warns:
            UserWarning: The model documents neither tools nor what the method asks for.
        """
        from langchain_aimlapi._model.structured import structured_output  # noqa: PLC0415  # slow to import

        return structured_output(
            self, schema, method, tools or (), kwargs, include_raw=include_raw, strict=strict
        )
