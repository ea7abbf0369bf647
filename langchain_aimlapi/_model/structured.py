"""`with_structured_output`: which method a model takes, what is bound, how the answer is read."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator, Iterator, Mapping
from operator import itemgetter
from typing import TYPE_CHECKING, Any, get_args

from langchain_core.exceptions import OutputParserException
from langchain_core.messages import AIMessage, AIMessageChunk, BaseMessage, BaseMessageChunk
from langchain_core.output_parsers import BaseTransformOutputParser
from langchain_core.outputs import ChatGeneration, Generation
from langchain_core.runnables import Runnable, RunnableMap, RunnablePassthrough
from langchain_core.utils.json import parse_json_markdown
from langchain_core.utils.pydantic import is_basemodel_subclass
from pydantic import BaseModel, ValidationError
from typing_extensions import override

from langchain_aimlapi._answers.refusals import raise_if_refused
from langchain_aimlapi._messages.tools import (
    normalise_tool_choice,
    normalise_tools,
    response_format_of,
)
from langchain_aimlapi._model.binding import (
    asks_messages,
    asks_responses,
    documented_strict,
    is_thinking,
    schema_of,
)
from langchain_aimlapi._model.field_types import StructuredMethod
from langchain_aimlapi._model.routing import RESPONSES
from langchain_aimlapi._warning import warn
from langchain_aimlapi.errors import ConfigurationError
from langchain_aimlapi.profiles import ModelFacts, facts_for

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel, LanguageModelInput

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
    **kwargs: Any,
) -> Runnable[LanguageModelInput, Any]:
    """Return a chain that asks `llm` for an answer in the shape of `schema` and reads it.

    Args:
        llm: The model; its fields and `kwargs` say which model id answers and whether it thinks.
        schema: A Pydantic class, a `TypedDict` class, a JSON schema or an OpenAI function.
        method: None takes `"json_schema"` where the model documents it and
            `"function_calling"` elsewhere, so for the Claude schema too; `"json_mode"` where
            there are no tools either.
        include_raw: Whether to return `{"raw", "parsed", "parsing_error"}`.
        strict: Whether the service must hold the schema exactly. Sent only if set.
        **kwargs: Bound as well. `tools`: further tools; an answer that calls one of them is
            parsed as None.

    Raises:
        ConfigurationError: The schema or the method is not one of these.
    """
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
    bound: dict[str, Any] = {
        "ls_structured_output_format": {
            "kwargs": {"method": method, "strict": strict},
            "schema": tool or {},
        },
        **kwargs,
    }
    if method == "function_calling" and tool is not None:
        bound["tools"] = [tool, *more]
        if not is_thinking(llm, model, kwargs):
            # Of several tools the model has to call one, not necessarily the answer's.
            choice = "required" if more else tool["function"]["name"]
            bound.setdefault("tool_choice", normalise_tool_choice(choice, [tool]))
    else:
        bound["response_format"] = (
            {"type": "json_object"}
            if method == "json_mode" or tool is None
            else response_format_of(tool)
        )
        if more:
            bound["tools"] = more
    answers = is_basemodel_subclass(schema) if isinstance(schema, type) else False
    parser = StructuredAnswerParser(
        tool=tool["function"]["name"] if tool and method == "function_calling" else None,
        model=schema if answers else None,
        others=bool(more),
        thinks=is_thinking(llm, model, kwargs),
    )
    return _chain(llm.bind(**bound), parser, include_raw=include_raw)


def _chain(
    llm: Runnable[LanguageModelInput, AIMessage],
    parser: StructuredAnswerParser,
    *,
    include_raw: bool,
) -> Runnable[LanguageModelInput, Any]:
    if not include_raw:
        return llm | parser
    parsed = RunnablePassthrough.assign(
        parsed=itemgetter("raw") | parser, parsing_error=lambda _: None
    )
    failed = RunnablePassthrough.assign(parsed=lambda _: None)
    return RunnableMap(raw=llm) | parsed.with_fallbacks([failed], exception_key="parsing_error")


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
    from langchain_aimlapi._endpoints.messages.body import format_field_of  # noqa: PLC0415  # on need

    return format_field_of(facts) is not None


def _best_method(facts: ModelFacts) -> StructuredMethod:
    if "response_format" in facts.parameters and facts.takes_format("json_schema"):
        return "json_schema"
    if "json_object" in facts.response_formats and not facts.takes("tools"):
        return "json_mode"
    return "function_calling"


def _answer_tool(schema: Any, strict: bool | None) -> dict[str, Any]:  # noqa: FBT001  # a setting
    """Return `schema` as a tool whose name the service takes: `Answer[int]` is none."""
    if isinstance(schema, Mapping) and schema.get("type") == "json_schema":
        schema = {**schema["json_schema"], "parameters": schema["json_schema"].get("schema", {})}
    tool = normalise_tools([schema], strict=strict)[0]
    function = tool.get("function")
    if not isinstance(function, dict):
        raise ConfigurationError("The schema of an answer is a schema, not a tool of the service.")
    name = _REFUSED_IN_NAME.sub("_", function["name"])[:_NAME_LENGTH]
    return {**tool, "function": {**function, "name": name}}


_FORCED_NOT = (
    "While a model thinks it cannot be forced to call a tool: ask for it in the prompt, switch "
    'thinking off, or use method="json_schema" where the model documents it. '
)


class StructuredAnswerParser(BaseTransformOutputParser[Any]):
    """Reads an answer: the arguments of the tool `tool`, or JSON text where that is None.

    While streaming it yields ever more complete values; the last one has been checked without
    any leniency, so an answer that was cut off is an error, not a shorter answer.
    """

    tool: str | None = None
    model: Any = None
    """Pydantic class to validate with; None leaves a dict."""
    others: bool = False
    """Whether other tools are bound: an answer that calls one of them is parsed as None."""
    thinks: bool = False
    """Whether the model thinks, and so could not be forced to call the tool."""

    @property
    def _type(self) -> str:
        return "aimlapi-structured-answer"

    @override
    def parse(self, text: str) -> Any:
        return self.parse_result([Generation(text=text)])

    @override
    def parse_result(self, result: list[Generation], *, partial: bool = False) -> Any:
        generation = result[0]
        message = generation.message if isinstance(generation, ChatGeneration) else None
        if partial:
            return self._partial(message, generation.text)
        value = self._value(message, generation.text)
        return None if value is None else self._validated(value)

    def _partial(self, message: BaseMessage | None, text: str) -> Any:
        try:
            value = self._called(message) if self.tool else parse_json_markdown(text.strip())
        except ValueError:
            return None
        if not isinstance(value, dict) or not value:
            return None
        try:
            return self._validated(value)
        except OutputParserException:
            return None

    def _value(self, message: BaseMessage | None, text: str) -> Any:
        if message is not None:
            raise_if_refused(message, text)
        calls = getattr(message, "tool_calls", None)
        if self.tool is None:
            if calls and self.others and not text.strip():
                return None
            return self._json(text, message)
        value = self._called(message, strict=True)
        if value is None and not (calls and self.others):
            raise OutputParserException(
                f"The model answered without calling {self.tool!r}, so there is no structured "
                f"answer. {_FORCED_NOT if self.thinks else ''}It answered: {text[:200]!r}",
                llm_output=text,
            )
        return value

    def _called(self, message: BaseMessage | None, *, strict: bool = False) -> Any:
        """Return the arguments that the answer's tool was called with, None without a call."""
        if not isinstance(message, AIMessage):
            return None
        if strict and isinstance(message, AIMessageChunk):
            # LangChain repairs the arguments of a stream; this shows whether they were whole.
            for chunk in message.tool_call_chunks:
                if chunk["name"] == self.tool:
                    return self._json(chunk["args"] or "{}", message)
        for call in message.tool_calls:
            if call["name"] == self.tool:
                return call["args"]
        for bad in message.invalid_tool_calls if strict else ():
            if bad["name"] == self.tool:
                return self._json(bad["args"] or "", message)
        return None

    @staticmethod
    def _json(text: str, message: BaseMessage | None) -> Any:
        try:
            return parse_json_markdown(text.strip(), parser=json.loads)
        except ValueError as error:
            finish = message.response_metadata.get("finish_reason") if message else None
            cut = " It was cut off at max_tokens." if finish == "length" else ""
            raise OutputParserException(
                f"The answer is not valid JSON: {error}.{cut} It was: {text[:200]!r}",
                llm_output=text,
            ) from error

    def _validated(self, value: Any) -> Any:
        if self.model is None:
            return value
        try:
            if issubclass(self.model, BaseModel):
                return self.model.model_validate(value)
            return self.model.parse_obj(value)  # pydantic.v1
        except (ValidationError, ValueError) as error:
            raise OutputParserException(
                f"The answer does not fit {self.model.__name__}: {error}",
                llm_output=json.dumps(value, ensure_ascii=False, default=str),
            ) from error

    @override
    def _transform(self, input: Iterator[str | BaseMessage]) -> Iterator[Any]:  # name of the base
        reading = _Reading(self)
        for chunk in input:
            yield from reading.feed(chunk)
        yield from reading.close()

    @override
    async def _atransform(
        self, input: AsyncIterator[str | BaseMessage]
    ) -> AsyncIterator[Any]:  # name of the base
        reading = _Reading(self)
        async for chunk in input:
            for value in reading.feed(chunk):
                yield value
        for value in reading.close():
            yield value


class _Reading:
    """State of one streamed answer."""

    def __init__(self, parser: StructuredAnswerParser) -> None:
        self._parser = parser
        self._whole: Any = None
        self._last: Any = None

    def feed(self, chunk: str | BaseMessage) -> Iterator[Any]:
        """Yield the value so far, if the chunk changed it."""
        mergeable = isinstance(chunk, (str, BaseMessageChunk))
        self._whole = self._whole + chunk if self._whole is not None and mergeable else chunk
        yield from self._changed(self._parser.parse_result([self._generation()], partial=True))

    def close(self) -> Iterator[Any]:
        """Check the whole answer; yield it if nothing like it was yielded yet."""
        if self._whole is not None:
            yield from self._changed(self._parser.parse_result([self._generation()]))

    def _generation(self) -> Generation:
        if isinstance(self._whole, str):
            return Generation(text=self._whole)
        return ChatGeneration(message=self._whole)

    def _changed(self, value: Any) -> Iterator[Any]:
        if value is not None and value != self._last:
            self._last = value
            yield value
