"""`with_structured_output`: how a structured answer is asked for, and how it is read.

An answer is read once it is whole: was it refused, was it cut off, does it hold JSON, and does
some of that fit the schema? The first "no" is the error. Before, what has come so far is shown.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, get_args

from langchain_core import exceptions
from langchain_core.exceptions import OutputParserException
from langchain_core.messages import AIMessage, AIMessageChunk, BaseMessage
from langchain_core.output_parsers import BaseTransformOutputParser
from langchain_core.outputs import ChatGeneration, Generation
from langchain_core.runnables import Runnable, RunnableConfig, RunnableLambda, RunnableMap
from langchain_core.utils.pydantic import is_basemodel_subclass
from pydantic import BaseModel, ValidationError
from pydantic_core import to_jsonable_python
from typing_extensions import override

from langchain_aimlapi._answers.json_text import Found, json_in, partial_objects
from langchain_aimlapi._messages.options import documents_format
from langchain_aimlapi._messages.schemas import can_be_strict, without_defaults
from langchain_aimlapi._messages.tools import (
    answer_tool,
    normalise_tool_choice,
    normalise_tools,
    response_format_of,
)
from langchain_aimlapi._model.bindable import ToolCalls, warn_of_own_slips
from langchain_aimlapi._model.field_types import StructuredMethod
from langchain_aimlapi._model.request import RESPONSES
from langchain_aimlapi._warning import warn
from langchain_aimlapi.errors import ConfigurationError
from langchain_aimlapi.profiles import CHAT, ModelFacts

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator, Mapping, Sequence

    from langchain_core.language_models import LanguageModelInput

    from langchain_aimlapi._model.fields import AIMLAPISettings

# --- how it is asked for ------------------------------------------------------------------------
_OWN_ARGUMENTS = frozenset({"schema", "method", "include_raw", "strict"})
"""Arguments of `with_structured_output` that no call has."""
_METHODS = get_args(StructuredMethod)
_FORMATS: Mapping[str | None, str] = {"json_schema": "json_schema", "json_mode": "json_object"}
"""The type of `response_format` that a method sends."""


def structured_output(
    llm: AIMLAPISettings,
    schema: Any,
    method: StructuredMethod | None,
    tools: Sequence[Any],
    kwargs: dict[str, Any],
    *,
    include_raw: bool,
    strict: bool | None,
) -> Runnable[LanguageModelInput, Any]:
    """Return a chain that asks `llm` for an answer in the shape of `schema` and reads it.

    The arguments are those of `with_structured_output`. An answer that calls one of `tools` is
    parsed as None.
    """
    warn_of_own_slips(kwargs, _OWN_ARGUMENTS)
    if method is not None and method not in _METHODS:
        raise ConfigurationError(f"method={method!r} is not one of {', '.join(_METHODS)}.")
    calls = ToolCalls(llm, kwargs)
    method = _method_for(calls, method)
    if schema is None and method != "json_mode":
        raise ConfigurationError(f"method={method!r} needs a schema.")
    asked = tool = None if schema is None else answer_tool(schema, strict=strict)
    if strict is None and method == "json_schema" and _documents_strict(calls):
        tool = _strict_answer_tool(schema) or asked
    more = normalise_tools(tools, strict=strict)
    if more or method == "function_calling":
        calls.announce_missing_tools()
    by_tool = tool if method == "function_calling" else None
    fields: dict[str, Any] = {}
    if by_tool is None:
        use = None if method == "json_mode" else tool
        fields["response_format"] = response_format_of(use) if use else {"type": "json_object"}
    elif not calls.thinks:
        # Of several tools the model has to call one, not necessarily the answer's.
        choice = "required" if more else by_tool["function"]["name"]
        fields["tool_choice"] = normalise_tool_choice(choice, [by_tool])
    if offered := [*([by_tool] if by_tool else ()), *more]:
        fields["tools"] = offered
    traced = {"kwargs": {"method": method, "strict": strict}, "schema": asked or {}}
    parser = StructuredAnswerParser(
        tool=by_tool["function"]["name"] if by_tool else None,
        model=schema if isinstance(schema, type) and is_basemodel_subclass(schema) else None,
        required=_required(tool) if tool else (),
        others=bool(more),
        thinks=calls.thinks,
    )
    bound = llm.bind(**{"ls_structured_output_format": traced, **fields, **kwargs})
    return RunnableMap(raw=bound) | _with_raw(parser) if include_raw else bound | parser


def _required(tool: Mapping[str, Any]) -> tuple[str, ...]:
    parameters = tool["function"].get("parameters") or {}
    return tuple(parameters.get("required", ()))


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

    return RunnableLambda(read, name="structured_answer")


def _method_for(calls: ToolCalls, asked: StructuredMethod | None) -> StructuredMethod:
    """Return the method that was asked for, or the best one that the model documents.

    Warns:
        UserWarning: The model is known to refuse the method that was asked for.
    """
    facts = calls.facts
    if calls.endpoint == RESPONSES:
        documented = facts.takes("text", RESPONSES)  # all its documents have every form of it
        return asked or ("json_schema" if documented else "function_calling")
    best: StructuredMethod = "function_calling" if calls.is_claude else _best_method(facts)
    needed = _FORMATS.get(asked)
    if needed is not None and (calls.is_claude or not facts.takes_format(needed)):
        warn(
            f"method={asked!r} needs response_format of type {needed}, which {facts.model} does "
            f"not document in this request schema. Using {best.replace('_', ' ')} instead."
        )
        return best
    return asked or best


def _best_method(facts: ModelFacts) -> StructuredMethod:
    if "response_format" in facts.parameters and facts.takes_format("json_schema"):
        return "json_schema"
    if "json_object" in facts.response_formats and not facts.takes("tools"):
        return "json_mode"
    return "function_calling"


def _documents_strict(calls: ToolCalls) -> bool:
    """Return whether the documents have `strict`: those do that have the format `json_schema`."""
    facts = calls.facts
    if calls.endpoint == CHAT:
        return not calls.is_claude and documents_format(facts, "json_schema")
    documented = facts.known and calls.endpoint == RESPONSES in facts.endpoints
    return documented and facts.takes("text", RESPONSES)


def _strict_answer_tool(schema: Any) -> dict[str, Any] | None:
    """Return a class as a strict tool, as `ChatOpenAI` does; None where it cannot be expressed."""
    given = answer_tool(schema)["function"].get("parameters")
    if not (isinstance(schema, type) and can_be_strict(given)):
        return None
    tool = answer_tool(schema, strict=True)
    parameters = without_defaults(tool["function"]["parameters"])
    return {**tool, "function": {**tool["function"], "parameters": parameters}}


# --- how it is read -----------------------------------------------------------------------------
_MAX_EXCERPT_CHARACTERS = 200
_COULD_NOT_BE_FORCED = (
    "While a model thinks it cannot be forced to call a tool: ask for it in the prompt, switch "
    'thinking off, or use method="json_schema" where the model documents it.'
)
_USUAL_ENDS = frozenset({None, "stop", "tool_calls"})


class StructuredAnswerParser(BaseTransformOutputParser[Any]):
    """Reads an answer: the arguments of the tool `tool`, or JSON text where that is None.

    While streaming it yields ever more complete values; the last one is read as a whole answer
    is, so an answer that was cut off is an error, not a shorter answer.
    """

    tool: str | None = None
    model: Any = None
    """Pydantic class to validate with; None leaves a dict."""
    required: tuple[str, ...] = ()
    """Keys by which a dict is known to be the answer, where there are several."""
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
        """Return the value of an answer, None if it calls another tool first.

        Raises:
            OutputParserException: It was refused or cut off, or holds nothing that fits.
        """
        text, message = result[0].text, getattr(result[0], "message", None)
        sources = self._called(message) if self.tool else [text]
        if partial:
            return self._so_far(sources)
        finish = None
        if message is not None:
            _raise_if_refused(message, text)
            finish = message.response_metadata.get("finish_reason")
        shown = _text(sources or [text])
        if finish == "length":
            raise OutputParserException(
                "The answer was cut off at max_tokens, so it is not complete. Raise max_tokens, or "
                f"ask for a shorter answer. It was: {shown[:_MAX_EXCERPT_CHARACTERS]!r}",
                llm_output=shown,
            )
        calls_another = self.others and bool(getattr(message, "tool_calls", None))
        if calls_another and not (sources if self.tool else text.strip()):
            return None
        value, problem = self._first_that_fits(sources)
        if not problem:
            return value
        ended = "" if finish in _USUAL_ENDS else f"Its finish_reason is {finish!r}. "
        raise OutputParserException(
            f"{problem} {ended}It answered: {shown[:_MAX_EXCERPT_CHARACTERS]!r}", llm_output=shown
        )

    def _so_far(self, sources: list[Any]) -> Any:
        """Return what has come of an answer, None if nothing of it fits yet."""
        found = (partial_objects(each) if isinstance(each, str) else [each] for each in sources)
        values = [value for values in found for value in values if value]
        for value in values:
            # All but the last are whole, so they have what they will ever have.
            may_fit = self.model or value is values[-1] or self._has_required(value)
            if isinstance(value, dict) and may_fit:
                try:
                    return self._validated(value)
                except OutputParserException:
                    continue
        return None

    def _called(self, message: BaseMessage | None) -> list[Any]:
        """Return the arguments of all calls of the answer's tool, as text where that is known.

        LangChain repairs the arguments of a stream; its text shows whether they were whole.
        """
        if not isinstance(message, AIMessage):
            return []
        streamed = message.tool_call_chunks if isinstance(message, AIMessageChunk) else []
        texts = [chunk["args"] or "{}" for chunk in streamed if chunk["name"] == self.tool]
        if texts:
            return list(texts)
        valid = [call["args"] for call in message.tool_calls if call["name"] == self.tool]
        broken = [bad["args"] for bad in message.invalid_tool_calls if bad["name"] == self.tool]
        return [*valid, *(text or "{}" for text in broken)]

    def _first_that_fits(self, sources: list[Any]) -> tuple[Any, str]:
        """Return the first value that fits; of dicts that need not fit, the first of all.

        Returns:
            The value, and what is wrong if there is none.

        Raises:
            OutputParserException: There are values, and the class of the answer takes none.
        """
        if not sources:
            remark = f" {_COULD_NOT_BE_FORCED}" if self.thinks else ""
            return None, f"The model answered without calling {self.tool!r}.{remark}"
        found = [json_in(each) if isinstance(each, str) else Found([each]) for each in sources]
        values = [value for read in found for value in read.values]
        if self.tool is not None:
            # A call without arguments may be written as null.
            values = [{} if value is None else value for value in values]
        misfit = None
        for value in values:
            if value is not None and (self.model or self._has_required(value)):
                try:
                    return self._validated(value), ""
                except OutputParserException as refused:
                    misfit = misfit or refused
        if misfit is not None:
            raise misfit
        objects = [value for value in values if isinstance(value, dict)]
        error = next((read.error for read in found if read.error), "")
        return (objects[0], "") if objects else (None, _what_is_wrong(values, error))

    def _has_required(self, value: Any) -> bool:
        return isinstance(value, dict) and all(name in value for name in self.required)

    def _validated(self, value: Any) -> Any:
        if self.model is None:
            return value
        try:
            if issubclass(self.model, BaseModel):
                # As JSON: a strict class takes enums, dates and tuples from nothing else.
                return self.model.model_validate_json(json.dumps(value, default=to_jsonable_python))
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


def _what_is_wrong(values: list[Any], error: str) -> str:
    if values and values[0] is None:
        return "The answer is null, which is no structured answer."
    if values:
        return f"The answer is no JSON object but a {type(values[0]).__name__}."
    if error:
        return f"The answer is not valid JSON: {error}."
    return "The answer holds no JSON object, so it is not valid JSON."


def _text(sources: list[Any]) -> str:
    return "\n".join(
        source if isinstance(source, str) else json.dumps(source, ensure_ascii=False, default=str)
        for source in sources
    )


def _raise_if_refused(message: BaseMessage, text: str) -> None:
    """Raise if the model refused instead of answering, as LangChain's own parsers do.

    A LangChain before 1.7.5 has no `ModelRefusalError`; there it is an `OutputParserException`.
    """
    refusal: Any = next((b for b in message.content_blocks if b["type"] == "refusal"), None)
    if refusal is None:
        return
    refused: Any = getattr(exceptions, "ModelRefusalError", None)
    if refused is not None:
        raise refused.from_refusal(refusal, raw_message=message)
    reason = refusal.get("refusal") or "it gave no reason."
    raise OutputParserException(f"The model refused: {reason}", llm_output=text)


class _Reading:
    """State of one streamed answer."""

    def __init__(self, parser: StructuredAnswerParser) -> None:
        self._parser = parser
        self._whole: Any = None
        self._last: Any = None

    def feed(self, chunk: str | BaseMessage) -> Iterator[Any]:
        """Yield the value so far, if the chunk changed it."""
        self._whole = chunk if self._whole is None else self._whole + chunk
        return self._changed(partial=True)

    def close(self) -> Iterator[Any]:
        """Check the whole answer; yield it if nothing like it was yielded yet."""
        return iter(()) if self._whole is None else self._changed(partial=False)

    def _changed(self, *, partial: bool) -> Iterator[Any]:
        whole = self._whole
        is_text = isinstance(whole, str)
        read = Generation(text=whole) if is_text else ChatGeneration(message=whole)
        value = self._parser.parse_result([read], partial=partial)
        if value is not None and value != self._last:
            self._last = value
            yield value
