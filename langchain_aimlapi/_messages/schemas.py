"""Schemas: what a class, a function or a dict becomes as a function in OpenAI's form.

LangChain converts; what it would lose is put right here: schemas that refer to themselves, dicts
with keys of any name where a schema is strict, callables without a name.
"""

from __future__ import annotations

import re
import types
from collections.abc import Callable, Iterator, Mapping
from enum import Enum
from functools import partial
from inspect import cleandoc
from typing import Any, Literal, get_args, get_origin

from langchain_core.utils.function_calling import convert_to_openai_tool
from pydantic import TypeAdapter
from pydantic.errors import PydanticUserError
from typing_extensions import NotRequired, Required, get_type_hints, is_typeddict

from langchain_aimlapi.errors import ConfigurationError

Kind = Literal["tool", "schema", "response_format"]
"""What a caller passed, in the words of an error."""

JsonSchema = dict[str, Any]

_SCHEMA = (
    "A schema is a Pydantic class, a TypedDict class, a JSON schema with a title, or an OpenAI "
    "function with a name."
)
_TOOL = (
    "A tool is a function with a name, a Pydantic class, a TypedDict class, a LangChain tool, or "
    "a dict with a name in OpenAI's or Anthropic's form."
)
_SHOWN = 80
_REFERENCE = re.compile(r"#/(?:\$defs|definitions)/([^/]+)")
_NAMED_SCHEMAS = frozenset({"properties", "patternProperties", "$defs", "definitions"})
_SCHEMAS = frozenset(
    {"items", "prefixItems", "anyOf", "oneOf", "allOf", "not", "additionalProperties"}
)
_NOT_CONVERTED = (
    *(ValueError, TypeError, KeyError, AttributeError, NameError, RecursionError),
    PydanticUserError,
)
"""What LangChain and Pydantic raise about something that is no schema."""


def to_openai_tool(value: Any, kind: Kind, *, strict: bool | None = None) -> dict[str, Any]:
    """Return `value` as a tool in OpenAI's form.

    Args:
        value: A function, a class, a LangChain tool or a dict in one of their forms.
        kind: What it is to the user.
        strict: Whether the arguments must match the schema exactly; None leaves it out.

    Returns:
        A new dict: `{"type": "function", "function": {...}}`, or a `custom` tool.

    Raises:
        ConfigurationError: It has no such form, or it cannot be strict.
    """
    if not isinstance(value, Mapping) and _is_no_schema(value):
        raise _refused(value, kind)
    try:
        tool = dict(_to_openai_tool(value))
    except _NOT_CONVERTED as error:
        raise _refused(value, kind, error) from error
    if strict is not None and "function" in tool:
        tool["function"] = _with_strict(tool["function"], strict=strict)
    return tool


def is_object(parameters: Any) -> bool:
    """Return whether a schema says of itself that it is an object, or says nothing at all."""
    return isinstance(parameters, Mapping) and (
        not parameters or parameters.get("type") == "object"
    )


def with_properties(parameters: Mapping[str, Any]) -> JsonSchema:
    """Return the schema of an object with its `properties`, which OpenAI requires."""
    return {"type": "object", "properties": {}, **parameters}


def _refused(value: Any, kind: Kind, error: Exception | None = None) -> ConfigurationError:
    shown = repr(value)
    shown = shown if len(shown) <= _SHOWN else f"{shown[:_SHOWN]}..."
    # LangChain's own text repeats the value over several lines.
    why = "" if error is None else str(error).strip().partition("\n")[0].rstrip(".")
    reason = f" ({why})" if why and not why.startswith("Unsupported function") else ""
    text = f"This {kind} cannot be sent: {shown}{reason}. {_TOOL if kind == 'tool' else _SCHEMA}"
    return ConfigurationError(" ".join(text.split()))


def _is_no_schema(value: Any) -> bool:
    """Return whether LangChain would make a tool, or nonsense, of what is none."""
    if get_origin(value) is not None or type(value).__module__ in {"typing", "typing_extensions"}:
        return not is_typeddict(value)  # a union, list[int], Annotated, a NewType
    if isinstance(value, type):
        return issubclass(value, Enum) or value.__module__ in {"builtins", "typing"}
    if isinstance(value, (types.BuiltinFunctionType, types.BuiltinMethodType, partial)):
        return True
    named = getattr(value, "__name__", "")
    return named == "<lambda>" or not (callable(value) or _is_langchain_tool(value))


def _is_langchain_tool(value: Any) -> bool:
    from langchain_core.tools import BaseTool  # noqa: PLC0415  # slow to import

    return isinstance(value, BaseTool)


def _to_openai_tool(value: Any) -> dict[str, Any]:
    nameless = callable(value) and not hasattr(value, "__name__")
    if nameless and not _is_langchain_tool(value):
        tool = _to_openai_tool(value.__call__)
        return {**tool, "function": {**tool["function"], "name": type(value).__name__}}
    try:
        tool = dict(convert_to_openai_tool(value))
    except _NOT_CONVERTED:
        if not is_typeddict(value):  # LangChain does not convert one that holds itself
            raise
        return {"type": "function", "function": _recursive(_json_schema_of(value))}
    function = tool.get("function")
    if isinstance(value, Mapping) or not isinstance(function, dict):
        return tool
    if function.get("description"):
        # Python dedents docstrings from 3.13 on: a request, and so its recording, is the same on
        # all versions.
        function["description"] = cleandoc(function["description"])
    if any(part == {} for part in _nested(function.get("parameters"))):
        # LangChain puts `{}` where a schema refers to itself, and `Any` is `{}` too.
        raw = _json_schema_of(value)
        if _refers_to_itself(raw, _definitions(raw)):
            function["parameters"] = _recursive(raw)["parameters"]
    return tool


def as_openai_function(schema: Any) -> Any:
    """Return a schema as an OpenAI function if it has a form of OpenAI's, else as it is.

    The forms are `response_format` of chat/completions, whose `json_schema` holds the name and
    the schema, `text.format` of responses, which holds them itself, and either without a type.
    """
    if not isinstance(schema, Mapping):
        return schema
    form = schema.get("json_schema") if schema.get("type") == "json_schema" else None
    form = form if isinstance(form, Mapping) else schema
    inner = form.get("schema")
    if not isinstance(inner, Mapping) or "properties" in form:
        return schema
    name = form.get("name") or inner.get("title") or "answer"
    described = form.get("description") or inner.get("description")
    function: dict[str, Any] = {"name": name, "parameters": dict(inner)}
    if described:
        function["description"] = described
    if form.get("strict") is not None:
        function["strict"] = form["strict"]
    return function


# --- schemas that refer to themselves ------------------------------------------------------------
def _json_schema_of(value: Any) -> JsonSchema:
    """Return the JSON schema with its references, as Pydantic writes it."""
    from langchain_core.tools import BaseTool, StructuredTool  # noqa: PLC0415  # slow to import

    if is_typeddict(value):
        return _described(TypeAdapter(value).json_schema(), value)
    if not isinstance(value, (type, BaseTool)):
        value = StructuredTool.from_function(value, description="-", parse_docstring=True)
    if isinstance(value, BaseTool):
        value = value.tool_call_schema
    if isinstance(value, Mapping):
        return dict(value)
    return dict((getattr(value, "model_json_schema", None) or value.schema)())


def _recursive(schema: JsonSchema) -> dict[str, Any]:
    """Return a schema as a function whose parameters keep their `$defs` and `$ref`."""
    definitions = _definitions(schema)
    root = {key: schema[key] for key in schema if key not in {"definitions", "$defs"}}
    name = _reference_name(root.get("$ref"))
    if name is not None:
        # A class that holds itself is a reference as a whole; services want an object there.
        root = dict(definitions[name])
    function = {"name": root.pop("title", name or "")}
    if described := root.pop("description", ""):
        function["description"] = described
    tidied = {name: _tidied(inner) for name, inner in definitions.items()}
    return {**function, "parameters": {**_tidied(root), **({"$defs": tidied} if tidied else {})}}


def _described(schema: JsonSchema, typed_dict: Any) -> JsonSchema:
    """Return the schema of a `TypedDict` with the descriptions of its fields.

    LangChain reads them behind the default: `Annotated[int, ..., "How many."]`.
    """
    properties = _definitions(schema).get(typed_dict.__name__, schema)["properties"]
    hints: dict[str, Any] = get_type_hints(typed_dict, include_extras=True)
    for name, hint in hints.items():
        inner = get_args(hint)[0] if get_origin(hint) in {Required, NotRequired} else hint
        for described in getattr(inner, "__metadata__", ())[1:2]:
            if isinstance(described, str):
                properties[name].setdefault("description", described)
    return schema


def _tidied(schema: Any) -> Any:
    """Return a schema without titles, and with the references that Pydantic 2 writes."""
    if not isinstance(schema, Mapping):
        return schema
    tidied = _mapped(schema, lambda _, inner: _tidied(inner))
    if isinstance(tidied.get("title"), str):
        del tidied["title"]
    name = _reference_name(tidied.get("$ref"))
    return {**tidied, "$ref": f"#/$defs/{name}"} if name is not None else tidied


def _reference_name(reference: Any) -> str | None:
    """Return the name of the definition that a `$ref` stands for."""
    found = _REFERENCE.fullmatch(str(reference))
    return found[1] if found else None


def _definitions(schema: JsonSchema) -> JsonSchema:
    return {**schema.get("definitions", {}), **schema.get("$defs", {})}


def _refers_to_itself(schema: Any, definitions: JsonSchema, path: tuple[str, ...] = ()) -> bool:
    """Return whether a reference in a schema leads back to a definition on its `path`."""
    parts = (part for part in _nested(schema) if isinstance(part, Mapping))
    names = {name for part in parts if (name := _reference_name(part.get("$ref")))}
    return any(
        name in path or _refers_to_itself(definitions.get(name), definitions, (*path, name))
        for name in names
    )


def _nested(value: Any) -> Iterator[Any]:
    """Yield `value`, and all values inside of it."""
    yield value
    inside = value.values() if isinstance(value, Mapping) else value
    for inner in inside if isinstance(value, (Mapping, list)) else ():
        yield from _nested(inner)


# --- strict schemas ------------------------------------------------------------------------------
# What OpenAI documents for strict schemas (platform.openai.com, structured outputs, "Supported
# schemas"). Its service refuses a schema with more, and other vendors follow it.
_STRICT_KEYWORDS = frozenset(
    {"type", "properties", "required", "additionalProperties", "items", "anyOf", "enum", "const"}
    | {"title", "description", "default", "$ref", "$defs", "pattern", "format", "multipleOf"}
    | {"minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "minItems", "maxItems"}
)
_STRICT_FORMATS = frozenset(
    {"date-time", "time", "date", "duration", "email", "hostname", "ipv4", "ipv6", "uuid"}
)


def can_be_strict(schema: Any) -> bool:
    """Return whether a schema can be closed without losing what it says, and holds nothing else.

    Fields with a default can: a strict answer has them all.
    """
    if not isinstance(schema, Mapping) or not schema.keys() <= _STRICT_KEYWORDS:
        return False
    if "$ref" in schema:
        return len(schema) == 1
    is_typed = not schema.keys().isdisjoint({"type", "anyOf", "enum", "const"})
    is_open = schema.get("additionalProperties") or (
        schema.get("type") == "object" and not schema.get("properties")
    )
    is_tuple = schema.get("type") == "array" and "items" not in schema
    if not is_typed or is_open or is_tuple or schema.get("format", "date") not in _STRICT_FORMATS:
        return False
    inner = [*schema.get("properties", {}).values(), *schema.get("$defs", {}).values()]
    inner += [*schema.get("anyOf", ()), *([schema["items"]] if "items" in schema else ())]
    return all(map(can_be_strict, inner))


def without_defaults(schema: Any) -> Any:
    """Return a schema without `default`, which says nothing of fields that have to be there."""
    if not isinstance(schema, Mapping):
        return schema
    given = {key: value for key, value in schema.items() if key != "default"}
    return _mapped(given, lambda _, inner: without_defaults(inner))


def _with_strict(function: Mapping[str, Any], *, strict: bool) -> dict[str, Any]:
    if not strict:
        return {**function, "strict": False}
    given = function.get("parameters") or {}
    parameters = with_properties(given) if is_object(given) else given
    closed = _with_fixed_keys(parameters, str(function.get("name")), "")
    return {**function, "parameters": closed, "strict": True}


def _with_fixed_keys(schema: Any, owner: str, field: str) -> Any:
    """Return a schema whose objects have the keys that they name, all of them, and no other.

    Raises:
        ConfigurationError: One is a dict with keys of any name. Closed, it would have none.
    """
    if not isinstance(schema, Mapping):
        return schema
    properties, others = schema.get("properties"), schema.get("additionalProperties")
    # Before 2.11 Pydantic wrote no `additionalProperties` for a plain `dict`.
    is_plain = bool(field) and schema.get("type") == "object" and properties is others is None
    if isinstance(others, Mapping) or (others is True and not properties) or is_plain:
        where = f"The field {field} of {owner}" if field else owner
        raise ConfigurationError(
            f"{where} is a dict with keys of any name, which a strict schema cannot have. Name the "
            "keys, use a list of names and values, or leave strict out."
        )
    closed = _mapped(schema, lambda name, inner: _with_fixed_keys(inner, owner, _path(field, name)))
    if properties:
        closed["required"] = list(properties)
    if properties is not None or others is not None:
        closed["additionalProperties"] = False
    return closed


def _path(field: str, name: str) -> str:
    return ".".join(filter(None, (field, name)))


def _mapped(schema: Mapping[str, Any], change: Callable[[str, Any], Any]) -> JsonSchema:
    """Return a schema with each schema directly inside it changed, given with its name if any."""

    def changed(key: str, value: Any) -> Any:
        if key in _NAMED_SCHEMAS and isinstance(value, Mapping):
            return {name: change(name, inner) for name, inner in value.items()}
        if key in _SCHEMAS and isinstance(value, list):
            return [change("", inner) for inner in value]
        return change("", value) if key in _SCHEMAS else value

    return {key: changed(key, value) for key, value in schema.items()}
