"""Tools, tool choice and the form of the answer: flat here, where chat/completions nests them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from langchain_aimlapi._dialects.openai.tools import openai_tool_fields
from langchain_aimlapi._messages.schemas import with_properties
from langchain_aimlapi._messages.tools import response_format_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from langchain_aimlapi._dialects.responses.items import Item


def tool_fields(
    tools: Sequence[Any] | None,
    choice: Any,
    parallel: bool | None,  # noqa: FBT001  # a setting, passed on as it is
    *,
    more_tools: bool = False,
) -> Item:
    """Return the body fields for tools; nothing that was not given.

    Args:
        tools: Tools in any form that `bind_tools` takes.
        choice: A tool choice in any of its forms.
        parallel: Whether several tools may be called in one answer.
        more_tools: Whether the extra body holds tools as well.
    """
    fields = openai_tool_fields(
        tools, choice, parallel, lambda form: form != "allowed_tools", more_tools=more_tools
    )
    bound = fields.get("tools", ())
    if bound:
        fields["tools"] = _flat(bound)
    word = fields.get("tool_choice")
    if isinstance(word, Mapping):
        fields["tool_choice"] = _flat_choice(word, {str(tool.get("type")) for tool in bound})
    return fields


def text_format(wanted: Any) -> Item:
    """Return `text.format` for a response format, a class or a schema."""
    format_ = dict(response_format_of(wanted))
    inner = format_.pop("json_schema", None)
    return {**format_, **inner} if isinstance(inner, Mapping) else format_


def _flat(tools: Sequence[Mapping[str, Any]]) -> list[Item]:
    return [_flat_tool(tool) for tool in tools]


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


def _flat_choice(choice: Mapping[str, Any], kinds: set[str]) -> Item:
    inner = choice.get("function") or choice.get("custom")
    if not isinstance(inner, Mapping):
        return dict(choice)
    name = inner.get("name")
    if name in kinds and name != "function":
        return {"type": name}  # a tool of the service is known by its type
    return {"type": choice.get("type"), "name": name}
