"""Shapes that a request body must have, and the complaint when it has not.

A rule is a function of a value and its path that yields issues. The texts are those of the
service, which validates with zod: what was expected and what was received. Bodies are described in
modules that import this one as `z`, as is the custom with zod.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

Path = tuple[str | int, ...]


class Issue(NamedTuple):
    """One thing that is wrong with a body, and where."""

    path: Path
    text: str

    def __str__(self) -> str:
        where = ".".join(map(str, self.path))
        return f"{where}: {self.text}" if where else self.text


Rule = Callable[[Any, Path], Iterator[Issue]]


class _Missing:
    """Stands for a field that is not there, so that every rule can name what it expected."""


MISSING = _Missing()

_KINDS: tuple[tuple[type | tuple[type, ...], str], ...] = (
    (_Missing, "undefined"),
    (type(None), "null"),
    (bool, "boolean"),  # before numbers: True is an int in Python
    ((int, float), "number"),
    (str, "string"),
    (list, "array"),
    (dict, "object"),
)


def kind_of(value: Any) -> str:
    """Return the JSON type of a value, in the words of the service."""
    return next(name for cls, name in _KINDS if isinstance(value, cls))


def _quoted(names: Any) -> str:
    return " | ".join(f"'{name}'" for name in names)


def by_kind(**rules: Rule) -> Rule:
    """A value of one of several JSON types, each with its own rule."""

    def rule(value: Any, path: Path) -> Iterator[Issue]:
        of = rules.get(kind_of(value))
        if of is None:
            yield Issue(path, f"Expected {' or '.join(rules)}, received {kind_of(value)}")
        else:
            yield from of(value, path)

    return rule


def _checked(kind: str, complaint: Callable[[Any], str | None]) -> Rule:
    """A value of one JSON type that there is no complaint about."""

    def rule(value: Any, path: Path) -> Iterator[Issue]:
        said = complaint(value)
        if said is not None:
            yield Issue(path, said)

    return by_kind(**{kind: rule})


def _fine(_: Any, __: Path) -> Iterator[Issue]:
    return iter(())


def text(
    *choices: str,
    pattern: str = "",
    at_least: int = 0,
    at_most: int | None = None,
    says: str = "",
) -> Rule:
    """A string; one of `choices`, or of a form that `says` describes."""
    form = re.compile(pattern, re.DOTALL)

    def complaint(value: str) -> str | None:
        if choices and value not in choices:
            return f"Invalid enum value. Expected {_quoted(choices)}, received '{value}'"
        if pattern and not form.fullmatch(value):
            return f"Invalid. Expected {says}, received '{value[:60]}'"
        if len(value) < at_least:
            return f"String must contain at least {at_least} character(s)"
        if at_most is not None and len(value) > at_most:
            return f"String must contain at most {at_most} character(s)"
        return None

    return _checked("string", complaint)


def number(
    minimum: float | None = None, maximum: float | None = None, *, whole: bool = False
) -> Rule:
    """A number within bounds, both inclusive."""

    def complaint(value: float) -> str | None:
        if whole and value != int(value):
            return f"Expected integer, received float {value}"
        if minimum is not None and value < minimum:
            return f"Number must be greater than or equal to {minimum}, received {value}"
        if maximum is not None and value > maximum:
            return f"Number must be less than or equal to {maximum}, received {value}"
        return None

    return _checked("number", complaint)


string = text()
filled = text(at_least=1)
flag = by_kind(boolean=_fine)
null = by_kind(null=_fine)
open_object = by_kind(object=_fine)


def anything(value: Any, path: Path) -> Iterator[Issue]:
    """Any value at all, as long as it is there."""
    if value is MISSING:
        yield Issue(path, "Expected a value, received undefined")


def array(item: Rule, *, at_least: int = 0, at_most: int | None = None) -> Rule:
    """A list of items that follow one rule."""

    def rule(value: list[Any], path: Path) -> Iterator[Issue]:
        for index, element in enumerate(value):
            yield from item(element, (*path, index))
        size = len(value)
        if size < at_least:
            yield Issue(path, f"Array must contain at least {at_least} element(s), received {size}")
        if at_most is not None and size > at_most:
            yield Issue(path, f"Array must contain at most {at_most} element(s), received {size}")

    return by_kind(array=rule)


def mapping(of: Rule) -> Rule:
    """An object with any keys, whose values follow one rule."""

    def rule(value: Mapping[str, Any], path: Path) -> Iterator[Issue]:
        for key, element in value.items():
            yield from of(element, (*path, key))

    return by_kind(object=rule)


class Maybe(NamedTuple):
    """A field that may be left out."""

    rule: Rule


maybe = Maybe


def fields(**of: Rule | Maybe) -> Rule:
    """An object with these fields and no others."""
    rules = {name: rule.rule if isinstance(rule, Maybe) else rule for name, rule in of.items()}
    required = {name for name, rule in of.items() if not isinstance(rule, Maybe)}

    def check(value: Mapping[str, Any], path: Path) -> Iterator[Issue]:
        for name, rule in rules.items():
            if name in required or name in value:
                yield from rule(value.get(name, MISSING), (*path, name))
        unknown = [name for name in value if name not in rules]
        if unknown:
            received, expected = ", ".join(f"'{name}'" for name in unknown), ", ".join(rules)
            yield Issue(
                path, f"Unrecognized key(s) in object: {received}. Expected only {expected}"
            )

    return by_kind(object=check)


def typed(kind: str, /, **of: Rule | Maybe) -> Rule:
    """An object whose `type` is this, with these fields beside it and no others."""
    return fields(type=text(kind), **of)


def kinds(**of: Mapping[str, Rule | Maybe]) -> dict[str, Rule]:
    """Return objects by their `type`, for `tagged`."""
    return {kind: typed(kind, **more) for kind, more in of.items()}


def tagged(variants: Mapping[str, Rule], *, key: str = "type") -> Rule:
    """An object whose `key` says which rule it follows."""

    def rule(value: Mapping[str, Any], path: Path) -> Iterator[Issue]:
        tag = value.get(key, MISSING)
        if isinstance(tag, str) and tag in variants:
            yield from variants[tag](value, path)
        else:
            received = f"'{tag}'" if isinstance(tag, str) else kind_of(tag)
            yield Issue(
                (*path, key),
                f"Invalid discriminator value. Expected {_quoted(variants)}, received {received}",
            )

    return by_kind(object=rule)


def nullable(of: Rule) -> Rule:
    """What `of` takes, or null."""

    def rule(value: Any, path: Path) -> Iterator[Issue]:
        if value is not None:
            yield from of(value, path)

    return rule


def is_base64(value: str) -> bool:
    """Return whether a string is well-formed base64 of at least one byte."""
    try:
        return bool(base64.b64decode(value, validate=True))
    except (binascii.Error, ValueError):
        return False


def _no_base64(value: str) -> str | None:
    return None if is_base64(value) else f"Invalid. Expected base64 data, received '{value[:40]}'"


base64_data = _checked("string", _no_base64)


def _no_json_object(value: str) -> str | None:
    try:
        right = isinstance(json.loads(value), dict)
    except ValueError:
        right = False
    return None if right else f"Invalid. Expected a JSON object as text, received '{value[:60]}'"


json_text = _checked("string", _no_json_object)
_DATA_URL = re.compile(r"data:([\w.+/-]+);base64,(.*)", re.DOTALL)


def split_data_url(value: str) -> tuple[str, str] | None:
    """Return media type and base64 data of a data URL."""
    match = _DATA_URL.fullmatch(value)
    return (match[1], match[2]) if match else None


link = text(pattern=r"https?://[^\s/]+\S*", says="a URL")


def link_or_data_url(value: Any, path: Path) -> Iterator[Issue]:
    """An http or https URL, or a data URL with base64 that can be decoded."""
    parts = split_data_url(value) if isinstance(value, str) else None
    yield from link(value, path) if parts is None else base64_data(parts[1], path)
