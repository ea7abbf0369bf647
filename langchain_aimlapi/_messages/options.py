"""The options of a request, and what happens to those that the documents of a model do not have.

Explicit settings are sent under their names on the wire, and never added to. What is not
documented, a value outside of its range too, is announced, left out, or refused.

A body is compared with the documents once it is written, so by the names of the wire: what the
mapping renames (`stop` for Claude) or moves (`reasoning_effort` on `/responses`) is judged by what
becomes of it. Models that are not documented take everything.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple

from langchain_aimlapi._warning import warn
from langchain_aimlapi.errors import ConfigurationError
from langchain_aimlapi.profiles import CHAT, REASONING_PARAMETERS, ModelFacts

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_logger = logging.getLogger("langchain_aimlapi")


class RequestOptions(NamedTuple):
    """Everything of a call but its messages; the request schema turns it into body fields.

    Attributes:
        model: Model id.
        stream: Whether the answer is streamed.
        stream_usage: Whether a stream is asked to report token usage.
        stop: Sequences that end the answer.
        tools: Function tools in OpenAI's form and server tools as they are.
        tool_choice: `"auto"`, `"none"`, `"required"`, or a dict in OpenAI's form.
        parallel_tool_calls: Whether several tools may be called in one answer.
        response_format: A format dict, a Pydantic class or a `TypedDict` class.
        params: Every other set parameter, by field name; other names pass as they are.
        extra_body: Merged into the body last, as it is.
        request_schema: Name of the schema that the user asks for, where an endpoint has several.
        use_previous_response_id: Whether the service keeps the conversation, where it can.
        reuse_last_container: Whether code runs in the container of the last answer, where it can.
        resend_reasoning: Whether earlier answers go back with their `reasoning_content`; None
            decides by what the vendor needs (`data/vendors.py`).
        unsupported: What happens to settings that the model does not document: `"warn"`,
            `"drop"` or `"raise"`.
    """

    model: str
    stream: bool = False
    stream_usage: bool = True
    stop: Sequence[str] | None = None
    tools: Sequence[Mapping[str, Any]] | None = None
    tool_choice: Any = None
    parallel_tool_calls: bool | None = None
    response_format: Any = None
    params: Mapping[str, Any] = MappingProxyType({})
    extra_body: Mapping[str, Any] = MappingProxyType({})
    request_schema: str = "auto"
    use_previous_response_id: bool = False
    reuse_last_container: bool = False
    resend_reasoning: bool | None = None
    unsupported: str = "warn"


OPTION_NAMES = tuple(
    name for name in RequestOptions._fields if name not in {"model", "stream", "params"}
)
"""Settings and arguments of a call that are options under the same name."""

_NO_SETTINGS = frozenset({"model", "messages", "input", "system", "stream", "stream_options"})
"""What every request of its schema has, and what is sent only where it is documented."""
_OF_THE_OTHER_SCHEMA = frozenset({"stop", "parallel_tool_calls", "response_format"})
"""Fields of OpenAI's schema. Of a model that is documented in both, the facts list Claude's."""
_OF_TOOLS = frozenset({"tool_choice", "parallel_tool_calls"})
_FORMS_IN_BOTH_SCHEMAS = {"any": "required", "tool": "function"}
"""Claude's words for a choice of tools, and OpenAI's."""

ARGUMENT_NAMES = {
    "max_output_tokens": "max_tokens",
    "stop_sequences": "stop",
    "provider": "provider_routing",
    "metadata": "request_metadata",
    "text": "response_format",
}
"""Names of bodies that have another name as an argument."""

_KINDS: Mapping[str, frozenset[str]] = {
    "sampling": frozenset(
        {"temperature", "top_p", "top_k", "top_a", "min_p", "seed", "logit_bias"}
        | {"frequency_penalty", "presence_penalty", "repetition_penalty"}
    ),
    "reasoning": REASONING_PARAMETERS | {"output_config"},
    "its output": frozenset({"modalities", "audio", "logprobs", "top_logprobs", "n"}),
    "conversations": frozenset({"store", "previous_response_id", "instructions", "include"}),
}
"""Parameters of one purpose: where one is not documented, another may do."""

_announced: set[tuple[str, ...]] = set()
"""What was said in this process: models and settings by what happened to them, and slips."""


def is_left_out(options: RequestOptions, setting: str, problem: str, instead: str = "") -> bool:
    """Return whether a setting that the model does not document is left out.

    What happens is said once per process, model and setting: in a warning, or at the log's level
    INFO where `unsupported="drop"` leaves it out.

    Args:
        options: The call.
        setting: Name of the setting, as the user knows it.
        problem: A sentence that says what is not documented.
        instead: Sentences that say what is documented instead.

    Raises:
        ConfigurationError: The call has `unsupported="raise"`.
    """
    if options.unsupported == "raise":
        text = f'{problem} unsupported="raise" refuses it; nothing was sent. {instead}'
        raise ConfigurationError(text.rstrip())
    drops = options.unsupported == "drop"
    tail = "It is left out." if drops else "It is sent as it is."
    _announce(options, setting, f"{problem} {tail} {instead}".rstrip())
    return drops


def report_replaced(options: RequestOptions, setting: str, text: str) -> None:
    """Say that the request has no place for a setting, and what happens to it.

    Raises:
        ConfigurationError: The call has `unsupported="raise"`.
    """
    if options.unsupported == "raise":
        raise ConfigurationError(f'{text} With unsupported="raise" nothing was sent.')
    _announce(options, setting, text)


def note_slip(name: str) -> None:
    """Note that a name was warned about already, whatever model it goes to."""
    _announced.add((name,))


def _announce(options: RequestOptions, setting: str, text: str) -> None:
    said = (options.unsupported, options.model, setting)
    if said in _announced or (setting,) in _announced:
        return
    _announced.add(said)
    if options.unsupported == "drop":
        _logger.info("%s", text)
    else:
        warn(text)


def announce_missing_tools(options: RequestOptions, facts: ModelFacts, endpoint: str) -> None:
    """Warn about tools as soon as they are bound, if the calls will only warn about them."""
    if options.unsupported == "warn" and not facts.takes("tools", endpoint):
        is_left_out(options, "tools", *_missing(facts, endpoint, "tools", "tools"))


def documents_format(facts: ModelFacts, form: str) -> bool:
    """Return whether the documents of a model name a form of `response_format`."""
    return "response_format" in facts.parameters and form in facts.response_formats


# --- a body against the documents ---------------------------------------------------------------
def without_undocumented(
    body: dict[str, Any], options: RequestOptions, facts: ModelFacts, endpoint: str
) -> dict[str, Any]:
    """Return a body without the fields that are left out, if any.

    Fields of `extra_body` are always sent. A request schema that the user chose against the
    documents is one that they say nothing about.

    Raises:
        ConfigurationError: One is not documented, and the call has `unsupported="raise"`.
    """
    against_documents = options.request_schema not in {"auto", facts.request_schema}
    if not facts.known or (endpoint == CHAT and against_documents):
        return body
    left_out: set[str] = set()
    for name, (problem, instead) in _problems(body, facts, endpoint):
        argument = _argument_of(name, options)
        if name in options.extra_body:
            continue
        if is_left_out(options, argument, problem.format(argument), instead):
            left_out |= {name, *(_covered_by_tools(facts, endpoint) if name == "tools" else ())}
    if not left_out:
        return body
    return {name: value for name, value in body.items() if name not in left_out}


def _problems(
    body: Mapping[str, Any], facts: ModelFacts, endpoint: str
) -> Iterator[tuple[str, tuple[str, str]]]:
    """Yield the fields that are not documented, or not in this form, and what to say of each."""
    ignored = _NO_SETTINGS | (_OF_THE_OTHER_SCHEMA if facts.both_schemas else frozenset())
    if "tools" in body and not facts.takes("tools", endpoint):
        ignored |= _covered_by_tools(facts, endpoint)
    for name, value in body.items():
        if name in ignored:
            continue
        if not facts.takes(name, endpoint):
            yield name, _missing(facts, endpoint, name, "{}")
        elif endpoint == CHAT and (form := _undocumented_form(name, value, facts)):
            problem = f"{facts.model} documents no {{}} of the form {form[0]!r}."
            yield name, (problem, f"It documents {form[1]}.")


def _covered_by_tools(facts: ModelFacts, endpoint: str) -> frozenset[str]:
    """Return the fields of which enough is said when tools are not documented."""
    takes_format = facts.takes("response_format", endpoint)
    return _OF_TOOLS if takes_format else _OF_TOOLS | {"response_format"}


def _missing(facts: ModelFacts, endpoint: str, name: str, shown: str) -> tuple[str, str]:
    return f"{facts.model} documents no {shown} on {endpoint}.", _instead(facts, endpoint, name)


def _instead(facts: ModelFacts, endpoint: str, name: str) -> str:
    """Say what is documented instead of a field; empty where nothing does the same."""
    if name in {"tools", "response_format"}:
        return _instead_for_answers(facts, endpoint, name)
    others = (other for other in facts.endpoints if other != endpoint)
    if elsewhere := [other for other in others if facts.takes(name, other)]:
        return f"It is documented on {' and '.join(elsewhere)}."
    for purpose, kindred in _KINDS.items():
        if name in kindred:
            found = sorted(other for other in kindred if facts.takes(other, endpoint))
            return f"For {purpose} it documents {', '.join(found) or 'nothing'}."
    return ""


def _instead_for_answers(facts: ModelFacts, endpoint: str, name: str) -> str:
    if name == "response_format" and facts.takes("tools", endpoint):
        return "It documents tools."
    forms = [form for form in ("json_schema", "json_object") if documents_format(facts, form)]
    if name == "tools" and forms:
        types = " and ".join(forms)
        return f"For structured answers it documents response_format of type {types}."
    neither = "a response_format" if name == "tools" else "tools"
    return f"Nor does it document {neither}: for a structured answer, ask in the prompt."


def _argument_of(name: str, options: RequestOptions) -> str:
    """Return the name by which the user set a field."""
    if name in {"reasoning", "output_config"} and name not in options.params:
        return "reasoning_effort"
    return ARGUMENT_NAMES.get(name, name)


def _undocumented_form(name: str, value: Any, facts: ModelFacts) -> tuple[str, str] | None:
    """Return the form of a value, and those that are documented; None if it is one of these."""
    lists = {"tool_choice": facts.tool_choices, "response_format": facts.response_formats}
    documented = lists.get(name)
    form = str(value.get("type")) if isinstance(value, Mapping) else str(value)
    if not documented or not documented.isdisjoint({form, _FORMS_IN_BOTH_SCHEMAS.get(form, form)}):
        return None
    return form, ", ".join(sorted(documented))


# --- parameters under their names on the wire ---
WIRE_NAMES: Mapping[str, str] = {"request_metadata": "metadata", "provider_routing": "provider"}
"""Names on the wire that are not those of the fields, which mean something else in LangChain."""


def wire_params(
    options: RequestOptions,
    limits: Mapping[str, Mapping[str, Any]],
    names: Mapping[str, str] = WIRE_NAMES,
) -> dict[str, Any]:
    """Return the body fields of `options.params` under their names on the wire.

    Args:
        options: The call; only `model` and `params` are read.
        limits: `minimum`, `maximum` and `enum` per body field, as documented for the model.
        names: Names on the wire that are not those of the fields.

    Returns:
        A new dict.

    Raises:
        ConfigurationError: A value lies outside the documented range, and the call has
            `unsupported="raise"`.
    """
    body: dict[str, Any] = {}
    for field, value in options.params.items():
        name = names.get(field, field)
        complaint = _out_of_range(value, limits[name]) if name in limits else ""
        problem = f"{field}={value!r} is outside what {options.model} documents ({complaint})."
        if not (complaint and is_left_out(options, field, problem)):
            body[name] = value
    return body


def _out_of_range(value: Any, limit: Mapping[str, Any]) -> str:
    """Return the documented range as text when `value` lies outside it, else ""."""
    choices = limit.get("enum")
    if choices:
        return "" if value in choices else "one of " + ", ".join(map(str, choices))
    low, high = limit.get("minimum"), limit.get("maximum")
    number = isinstance(value, (int, float)) and not isinstance(value, bool)
    if not number or ((low is None or value >= low) and (high is None or value <= high)):
        return ""
    if high is None:
        return f"at least {low}"
    return f"at most {high}" if low is None else f"{low} to {high}"
