"""The body of `/responses`: flat tools, `text.format`, `reasoning`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from langchain_core.messages import AIMessage

from langchain_aimlapi._answers.coerce import dict_of
from langchain_aimlapi._dialects.openai.body import openai_tool_fields
from langchain_aimlapi._dialects.responses.input import input_of
from langchain_aimlapi._dialects.responses.items import RESPONSES, Item, is_stored
from langchain_aimlapi._dialects.responses.turns import AcceptedItems
from langchain_aimlapi._messages.options import (
    WIRE_NAMES,
    RequestOptions,
    report_replaced,
    wire_params,
)
from langchain_aimlapi._messages.schemas import with_properties
from langchain_aimlapi._messages.tools import response_format_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from langchain_core.messages import BaseMessage

    from langchain_aimlapi.profiles import ModelFacts

_ENCRYPTED = "reasoning.encrypted_content"
"""What `include` has to name for reasoning to come in a form that can be sent back."""

_WIRE_NAMES: Mapping[str, str] = {
    **WIRE_NAMES,
    "max_tokens": "max_output_tokens",
    "max_completion_tokens": "max_output_tokens",
}
_LIMITS = {"max_output_tokens": {"minimum": 16}}


def to_responses_request(
    messages: Sequence[BaseMessage], options: RequestOptions, facts: ModelFacts
) -> Item:
    """Return the body of a call.

    Args:
        messages: The conversation.
        options: Everything else that was set.
        facts: What is documented about the model.

    Raises:
        UnsupportedContentError: A message holds what the endpoint or the model cannot take.
    """
    fields = wire_params(options, _LIMITS if facts.known else {}, _WIRE_NAMES)
    start = _skip_stored(messages, fields) if options.use_previous_response_id else 0
    tools = tool_fields(options)
    accepted = AcceptedItems(facts, tools.get("tools", ()), stored=bool(fields.get("store")))
    body: Item = {"model": options.model, "input": input_of(messages, accepted, facts, start)}
    if options.stream:
        body["stream"] = True
    effort = fields.pop("reasoning_effort", None)
    if effort is not None:
        fields["reasoning"] = {"effort": effort, **(fields.get("reasoning") or {})}
    body |= {**fields, **tools}
    if options.response_format is not None:
        format_ = text_format(options.response_format)
        body["text"] = {**dict_of(body.get("text")), "format": format_}
    included = body.get("include", [_ENCRYPTED])
    if _supports_encrypted_reasoning(facts) and not body.get("store") and included:
        # An empty list is how a user leaves it out; what else is asked for comes beside it.
        body["include"] = list(dict.fromkeys([*included, _ENCRYPTED]))
    if options.stop:
        report_replaced(
            options,
            "stop",
            f"The Responses endpoint has no stop sequences: {list(options.stop)} are left out "
            f"for {options.model}. extra_body={{'stop': ...}} sends them all the same.",
        )
    return body | dict(options.extra_body)


def _supports_encrypted_reasoning(facts: ModelFacts) -> bool:
    """Return whether reasoning can be carried along: nothing is stored unless it is asked for."""
    documented = facts.known and RESPONSES in facts.endpoints
    return documented and all(facts.takes(name, RESPONSES) for name in ("reasoning", "include"))


def _skip_stored(messages: Sequence[BaseMessage], fields: Item) -> int:
    """Return the number of the first message that is new to the service.

    Only what follows the last answer, and only where the service gave and kept it, is new. Its id
    is added to `fields`, which are those of the body.
    """
    fields.setdefault("store", True)
    last = max((n for n, each in enumerate(messages) if isinstance(each, AIMessage)), default=-1)
    if not -1 < last < len(messages) - 1 or "previous_response_id" in fields:
        return 0
    answered = messages[last].response_metadata
    response_id = str(answered.get("id"))
    if not response_id.startswith("resp_") or not is_stored(answered):
        return 0
    fields["previous_response_id"] = response_id
    return last + 1


# --- tools and the form of the answer: flat here, nested on chat/completions ---
def tool_fields(options: RequestOptions) -> Item:
    """Return the body fields for tools; nothing that was not given."""
    fields = openai_tool_fields(options, lambda form: form != "allowed_tools")
    if "tools" in fields:
        fields["tools"] = list(map(_flat_tool, fields["tools"]))
    choice = fields.get("tool_choice")
    if isinstance(choice, Mapping):
        types = {str(tool.get("type")) for tool in fields.get("tools", ())}
        fields["tool_choice"] = _flat_choice(choice, types)
    return fields


def text_format(wanted: Any) -> Item:
    """Return `text.format` for a response format, a class or a schema."""
    format_ = dict(response_format_of(wanted))
    inner = format_.pop("json_schema", None)
    return {**format_, **inner} if isinstance(inner, Mapping) else format_


def _flat_tool(tool: Mapping[str, Any]) -> Item:
    kind = tool.get("type")
    if kind == "code_interpreter":
        # Required; a container of its own is what the service would make anyway.
        return {"container": {"type": "auto"}, **tool}
    inner = tool.get(str(kind))
    if kind == "custom" and isinstance(inner, Mapping):
        return _flat_custom(inner)
    function = tool.get("function")
    if not isinstance(function, Mapping):
        return dict(tool)
    flat: Item = {"type": "function", "name": function.get("name")}
    if function.get("description"):
        flat["description"] = function["description"]
    flat["parameters"] = function.get("parameters") or with_properties({})
    # Required, and true where nobody says otherwise, which few schemas of tools stand.
    flat["strict"] = bool(function.get("strict"))
    return flat


def _flat_custom(custom: Mapping[str, Any]) -> Item:
    flat: Item = {"type": "custom", **custom}
    format_ = custom.get("format")
    grammar = format_.get("grammar") if isinstance(format_, Mapping) else None
    if isinstance(grammar, Mapping):
        flat["format"] = {"type": "grammar", **grammar}
    return flat


def _flat_choice(choice: Mapping[str, Any], types: set[str]) -> Item:
    inner = choice.get("function") or choice.get("custom")
    if not isinstance(inner, Mapping):
        return dict(choice)
    name = inner.get("name")
    if name in types and name != "function":
        return {"type": name}  # a tool of the service is known by its type
    return {"type": choice.get("type"), "name": name}
