"""What pydantic refuses, in one line: which setting or argument, and what it must be."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from functools import cache
from typing import TYPE_CHECKING, Any

from pydantic import ConfigDict, TypeAdapter, ValidationError

from langchain_aimlapi._http.redaction import Hidden
from langchain_aimlapi._model.field_types import CHECKED_ARGUMENTS, HIDDEN_ARGUMENTS
from langchain_aimlapi.errors import ConfigurationError

if TYPE_CHECKING:
    from pydantic import BaseModel
    from pydantic_core import ErrorDetails

_NEVER_SHOWN = frozenset({*HIDDEN_ARGUMENTS, "base_url", "aimlapi_api_base", "client_request_id"})
"""Arguments that may hold a key or a password."""
_LONGEST_SHOWN = 20
"""Characters of a text that is shown; keys are longer."""

_SHOULD = re.compile(r"^\w+ should ")
_FROM_VALIDATORS = re.compile(r"^(?:Value error|Assertion failed), ")


def configuration_error(
    error: ValidationError, owner: type[BaseModel], arguments: Mapping[str, Any]
) -> ConfigurationError:
    """Return what to raise in place of pydantic's error.

    Args:
        error: What pydantic found wrong.
        owner: The class whose arguments they are.
        arguments: What was given. No value of it that may be a secret is shown.
    """
    found: dict[str, list[ErrorDetails]] = {}
    for details in error.errors(include_url=False, include_input=False):
        name = str(details["loc"][0]) if details["loc"] else ""
        found.setdefault(name, []).append(details)
    sentences = (
        _missing(name, owner)
        if details[0]["type"] == "missing"
        else _sentence(name, details, arguments)
        for name, details in found.items()
    )
    return ConfigurationError(" ".join(sentences))


def checked_argument(name: str, value: Any) -> Any:
    """Return an argument of a call as the field of this name holds it.

    Args:
        name: One of `CHECKED_ARGUMENTS`.
        value: What was given.

    Raises:
        ConfigurationError: The field does not take it.
    """
    refused = None
    try:
        return _adapter(name).validate_python(value)
    except ValidationError as error:
        found = error.errors(include_url=False, include_input=False)
        for details in found:
            details["loc"] = (name, *details["loc"])
        refused = ConfigurationError(_sentence(name, found, {name: value}))
    raise refused


@cache
def _adapter(name: str) -> TypeAdapter[Any]:
    return TypeAdapter(CHECKED_ARGUMENTS[name], config=ConfigDict(arbitrary_types_allowed=True))


def _sentence(name: str, found: list[ErrorDetails], arguments: Mapping[str, Any]) -> str:
    first = found[0]
    alternatives = [_SHOULD.sub("", details["msg"]) for details in found]
    if not _SHOULD.match(first["msg"]):
        text = _FROM_VALIDATORS.sub("", first["msg"]).rstrip(".")
        return f"{name}: {text}." if name else f"{text}."
    # pydantic adds why it failed: "a valid number, unable to parse string as a number"
    plain = dict.fromkeys(re.split(", (?:unable|got) ", text)[0] for text in alternatives)
    where, value = _place(first["loc"], arguments)
    near = _near(found, value)
    return f"{where} must {' or '.join(plain)}{_not(name, value)}{near}."


def _missing(name: str, owner: type[BaseModel]) -> str:
    field = owner.model_fields.get(name)
    examples = (field.examples if field else None) or ()
    example = f'"{examples[0]}"' if examples else "..."
    return f"{name} is missing: {owner.__name__}({name}={example})."


def _place(path: Sequence[str | int], arguments: Mapping[str, Any]) -> tuple[str, Any]:
    """Return the name of what is refused, such as `stop[1]`, and its value.

    Steps of the path that lead nowhere in the value are pydantic's names for alternatives.
    """
    where, value = str(path[0]), arguments.get(str(path[0]))
    for step in path[1:]:
        in_mapping = isinstance(value, Mapping) and step in value
        in_list = isinstance(value, list) and isinstance(step, int) and step < len(value)
        if not (in_mapping or in_list):
            break
        value = value[step]  # type: ignore[index]  # one of the two
        where = f"{where}[{step!r}]"
    if path[-1] == "[key]":
        return f"each key of {path[0]}", path[-2]
    return where, value


def _not(name: str, value: Any) -> str:
    if value is None:
        return ", not None"
    if name in _NEVER_SHOWN or isinstance(value, Hidden):
        return " (what was given is not shown here)"
    if isinstance(value, str) and len(value) > _LONGEST_SHOWN:
        return ""
    if isinstance(value, (str, int, float)):
        return f", not {value!r}"
    return f", not of type {type(value).__name__}"


def _near(found: list[ErrorDetails], value: Any) -> str:
    if not isinstance(value, str) or not value:
        return ""
    expected = " ".join(str(details.get("ctx", {}).get("expected", "")) for details in found)
    choices = re.findall(r"'([^']*)'", expected)
    begun = [choice for choice in choices if choice.startswith(value.lower())]
    near = begun or get_close_matches(value.lower(), choices, n=1)
    return f" (did you mean {near[0]!r}?)" if near else ""
