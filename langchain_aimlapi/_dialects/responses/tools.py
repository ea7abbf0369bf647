"""Tools, tool choice and the form of the answer: flat here, where chat/completions nests them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from langchain_aimlapi._dialects.openai.tools import openai_tool_fields
from langchain_aimlapi._messages.schemas import with_properties
from langchain_aimlapi._messages.tools import response_format_of

if TYPE_CHECKING:
    from langchain_aimlapi._dialects.responses.items import Item
    from langchain_aimlapi._messages.options import RequestOptions


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
