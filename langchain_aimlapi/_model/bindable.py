"""`bind_tools` and `with_structured_output`: what is bound, and what a chain then gives.

LangChain's fallbacks read the annotations of these methods when they are called, so each name in
them is imported.
"""

from collections.abc import Callable, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal, TypeVar, overload

from langchain_core.language_models.base import LanguageModelInput
from langchain_core.messages import AIMessage
from langchain_core.runnables import Runnable
from pydantic import BaseModel
from typing_extensions import override

from langchain_aimlapi._model.binding import bound_tools
from langchain_aimlapi._model.field_types import StructuredMethod
from langchain_aimlapi._model.fields import AIMLAPISettings
from langchain_aimlapi._model.kept import Kept
from langchain_aimlapi._model.plan import Derived, written_fields

if TYPE_CHECKING:
    from langchain_core.tools import BaseTool
else:
    BaseTool = Any  # needs no import where it is only read

_Answer = TypeVar("_Answer", bound=BaseModel)


class BindableModel(AIMLAPISettings):
    """The fields of the model, and what can be bound to it."""

    @cached_property
    def _derived(self) -> Kept[Derived]:
        return Kept(written_fields(type(self)), Derived)

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
        bound = bound_tools(
            self,
            tools,
            tool_choice=tool_choice,
            strict=strict,
            parallel_tool_calls=parallel_tool_calls,
            kwargs=kwargs,
            warned=self._derived.of(self).warned,
        )
        return self.bind(**bound)

    # Overloads say what a chain gives: a class its instances, unless further tools may be called
    # first; everything that was read, if it is asked for; anything else a dict.
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
        schema: dict[str, Any] | type,
        *,
        method: StructuredMethod | None = None,
        include_raw: Literal[True],
        strict: bool | None = None,
        tools: Sequence[Any] | None = None,
        **kwargs: Any,
    ) -> Runnable[LanguageModelInput, dict[str, Any]]: ...

    @overload
    def with_structured_output(
        self,
        schema: dict[str, Any] | type,
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
        schema: dict[str, Any] | type,
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
            strict: Whether the service must hold the schema exactly. Sent only if set.
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

        more: dict[str, Any] = {"include_raw": include_raw, "strict": strict, "tools": tools}
        warned = self._derived.of(self).warned
        return structured_output(self, schema, method=method, warned=warned, **more, **kwargs)
