"""The body of `/responses`: input items, flat tools, `text.format`, `reasoning`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from langchain_core.messages import AIMessage

from langchain_aimlapi._dialects.responses.facts import is_stored
from langchain_aimlapi._dialects.responses.parts import content_of, result_items
from langchain_aimlapi._dialects.responses.tools import text_format, tool_fields
from langchain_aimlapi._dialects.responses.turns import (
    RESPONSES,
    AcceptedItems,
    assistant_items,
)
from langchain_aimlapi._messages.options import RequestOptions, out_of_range
from langchain_aimlapi._messages.parts import Part, Raw, ToolResult
from langchain_aimlapi._messages.tool_media import media_last
from langchain_aimlapi._messages.tool_results import Result, results_of_tool, results_of_user
from langchain_aimlapi._messages.turns import (
    Place,
    parts_of,
    plain_role,
    results_after_their_calls,
    role_of,
)
from langchain_aimlapi._warning import warn
from langchain_aimlapi.errors import UnsupportedContentError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from langchain_core.messages import BaseMessage

    from langchain_aimlapi._dialects.responses.items import Item
    from langchain_aimlapi.profiles import ModelFacts

ENCRYPTED = "reasoning.encrypted_content"
"""What `include` has to name for reasoning to come in a form that can be sent back."""

_RENAMED = {
    "max_tokens": "max_output_tokens",
    "max_completion_tokens": "max_output_tokens",
    "request_metadata": "metadata",
    "provider_routing": "provider",
}
_LEAST_TOKENS = 16
_PLAIN_ROLES = frozenset({"user", "system", "developer"})
_ITEMS_OF_USERS = ("_output", "_response")
"""Ends of the types of items that a user sends: results of shells, approvals."""


def to_request(messages: Sequence[BaseMessage], options: RequestOptions, facts: ModelFacts) -> Item:
    """Return the body of a call.

    Args:
        messages: The conversation.
        options: Everything else that was set.
        facts: What is documented about the model.

    Raises:
        UnsupportedContentError: A message holds what the endpoint or the model cannot take.
    """
    params = dict(options.params)
    state = _stored_part(params, messages, keeps=options.use_previous_response_id)
    tools = tool_fields(
        options.tools,
        options.tool_choice,
        options.parallel_tool_calls,
        more_tools="tools" in options.extra_body,
    )
    takes = AcceptedItems(facts, tools.get("tools", ()), stored=bool(state.fields.get("store")))
    body: Item = {
        "model": options.model,
        "input": input_of(messages, takes, facts, start=state.start),
    }
    if options.stream:
        body["stream"] = True
    body.update(state.fields)
    body.update(_fields(params, options))
    body.update(tools)
    if options.response_format is not None:
        text = body.get("text")
        format_ = text_format(options.response_format)
        body["text"] = {**(text if isinstance(text, Mapping) else {}), "format": format_}
    included = body.get("include", [ENCRYPTED])
    if _supports_encrypted_reasoning(facts) and not body.get("store") and included:
        # An empty list is how a user leaves it out; what else is asked for comes beside it.
        body["include"] = list(dict.fromkeys([*included, ENCRYPTED]))
    if options.stop:
        warn(
            f"The Responses endpoint has no stop sequences: {list(options.stop)} are left out "
            f"for {options.model}. extra_body={{'stop': ...}} sends them all the same."
        )
    body.update(options.extra_body)
    return body


# --- parameters ---------------------------------------------------------------------------------
def _fields(params: Mapping[str, Any], options: RequestOptions) -> Item:
    """Return set parameters under their names here; what has no other name is sent as it is."""
    fields: Item = {_RENAMED.get(name, name): value for name, value in params.items()}
    effort = fields.pop("reasoning_effort", None)
    if effort is not None:
        fields["reasoning"] = {"effort": effort, **(fields.get("reasoning") or {})}
    if "max_output_tokens" in fields:
        complaint = out_of_range(fields["max_output_tokens"], {"minimum": _LEAST_TOKENS})
        if complaint:
            warn(
                f"max_tokens={fields['max_output_tokens']!r} is outside what the Responses "
                f"endpoint documents ({complaint}). It is sent to {options.model} as it is."
            )
    return fields


def _supports_encrypted_reasoning(facts: ModelFacts) -> bool:
    """Return whether reasoning can be carried along: nothing is stored unless it is asked for."""
    documented = facts.known and RESPONSES in facts.endpoints
    return documented and all(facts.takes(name, RESPONSES) for name in ("reasoning", "include"))


class _StoredPart:
    """The part of the conversation that the service has already, and the fields that name it."""

    def __init__(self, start: int, fields: Item) -> None:
        self.start = start
        self.fields = fields


def _stored_part(
    params: dict[str, Any], messages: Sequence[BaseMessage], *, keeps: bool
) -> _StoredPart:
    """Take the fields about stored answers out of `params`."""
    names = ("store", "previous_response_id")
    fields: Item = {name: params.pop(name) for name in names if name in params}
    if not keeps:
        return _StoredPart(0, fields)
    fields.setdefault("store", True)
    if "previous_response_id" in fields:
        return _StoredPart(0, fields)
    for index in range(len(messages) - 1, -1, -1):
        message = messages[index]
        if not isinstance(message, AIMessage):
            continue
        id_, stored = message.response_metadata.get("id"), is_stored(message.response_metadata)
        # Only what follows the last answer, and only where the service gave and kept it, is new.
        given = isinstance(id_, str) and id_.startswith("resp_")
        if given and stored and index + 1 < len(messages):
            return _StoredPart(index + 1, {**fields, "previous_response_id": id_})
        break
    return _StoredPart(0, fields)


# --- input --------------------------------------------------------------------------------------
def input_of(
    messages: Sequence[BaseMessage], takes: AcceptedItems, facts: ModelFacts, *, start: int = 0
) -> list[Item]:
    """Return the items of a conversation.

    Args:
        messages: The conversation.
        takes: Which items the request may carry.
        facts: What is documented about the model.
        start: Number of the first message that is sent.

    Raises:
        UnsupportedContentError: A message holds what the endpoint or the model cannot take.
    """
    items: list[Item] = []
    custom = set() if takes.plain_calls else _custom_calls(messages, takes)
    for index, message in results_after_their_calls(messages[start:]):
        plain = plain_role(message)
        if plain in _PLAIN_ROLES:
            items.append({"role": plain, "content": message.content})
            continue
        place = Place(facts, start + index, message)
        role = role_of(place)
        if role == "assistant":
            items.extend(assistant_items(place, takes))
        elif role == "tool":
            for result in results_of_tool(place):
                items.extend(_result(place, result, takes, custom=result.call_id in custom))
        elif role in _PLAIN_ROLES:
            items.extend(_plain_role_items(place, role, takes))
        else:
            raise UnsupportedContentError(
                f"Cannot send {place} to {facts.model}: the Responses endpoint has no role "
                f"{role!r}, only user, assistant, system, developer and tool."
            )
    return media_last(items, lambda item: str(item.get("type")).endswith("_call_output"))


def _custom_calls(messages: Sequence[BaseMessage], takes: AcceptedItems) -> set[str]:
    """Return the ids of calls whose results are those of free text."""
    return {
        str(call["id"])
        for message in messages
        for call in getattr(message, "tool_calls", ())
        if takes.is_custom(call["name"])
    }


def _plain_role_items(place: Place, role: str, takes: AcceptedItems) -> Iterator[Item]:
    content = place.message.content
    if isinstance(content, str):
        yield {"role": role, "content": content}
        return
    kept: list[Part] = []
    others = False
    for part in parts_of(place):
        if isinstance(part, ToolResult):  # Anthropic's form of a tool message
            for result in results_of_user(place, [part]):
                yield from _result(place, result, takes, custom=False)
        elif isinstance(part, Raw) and _is_item(part.value):
            yield dict(part.value)
        else:
            kept.append(part)
            continue
        others = True
    if kept or not others:
        yield {"role": role, "content": content_of(place, kept)}


def _is_item(value: Mapping[str, Any]) -> bool:
    """Return whether what a user wrote is an item of its own, such as an approval."""
    return str(value.get("type")).endswith(_ITEMS_OF_USERS) or value.get("type") == "item_reference"


def _result(place: Place, result: Result, takes: AcceptedItems, *, custom: bool) -> Iterator[Item]:
    kind = "custom_tool_call_output" if custom else "function_call_output"
    as_text = not custom and not takes.item(kind)
    call_id = takes.call_ids.id_of_result(result.call_id)
    for item in result_items(place, call_id, result.parts, kind):
        if as_text and "output" in item:
            yield {"role": "user", "content": f"(result of the call: {item['output']})"}
        else:
            yield item
