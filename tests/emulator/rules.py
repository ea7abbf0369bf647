"""Shapes that a request body must have, and the complaint when it has not.

A rule is a function of a value and its path that yields issues. The texts are those of the
service, which validates with zod: what was expected and what was received.
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

    def __repr__(self) -> str:
        return "undefined"


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


def _mismatch(value: Any, path: Path, expected: str) -> Iterator[Issue]:
    yield Issue(path, f"Expected {expected}, received {kind_of(value)}")


def _quoted(names: Any) -> str:
    return " | ".join(f"'{name}'" for name in names)


def text(
    *choices: str,
    pattern: str | None = None,
    at_least: int = 0,
    at_most: int | None = None,
    says: str = "",
) -> Rule:
    """A string; one of `choices`, or of a form that `says` describes."""
    form = re.compile(pattern, re.DOTALL) if pattern else None

    def rule(value: Any, path: Path) -> Iterator[Issue]:
        if not isinstance(value, str):
            yield from _mismatch(value, path, _quoted(choices) if choices else "string")
        elif choices and value not in choices:
            expected = _quoted(choices)
            yield Issue(path, f"Invalid enum value. Expected {expected}, received '{value}'")
        elif form and not form.fullmatch(value):
            yield Issue(path, f"Invalid. Expected {says}, received '{value[:60]}'")
        elif len(value) < at_least:
            yield Issue(path, f"String must contain at least {at_least} character(s)")
        elif at_most is not None and len(value) > at_most:
            yield Issue(path, f"String must contain at most {at_most} character(s)")

    return rule


def number(
    minimum: float | None = None, maximum: float | None = None, *, whole: bool = False
) -> Rule:
    """A number within bounds, both inclusive."""

    def rule(value: Any, path: Path) -> Iterator[Issue]:
        if kind_of(value) != "number":
            yield from _mismatch(value, path, "number")
        elif whole and value != int(value):
            yield Issue(path, f"Expected integer, received float {value}")
        elif minimum is not None and value < minimum:
            yield Issue(
                path, f"Number must be greater than or equal to {minimum}, received {value}"
            )
        elif maximum is not None and value > maximum:
            yield Issue(path, f"Number must be less than or equal to {maximum}, received {value}")

    return rule


def _of_kind(name: str) -> Rule:
    def rule(value: Any, path: Path) -> Iterator[Issue]:
        if kind_of(value) != name:
            yield from _mismatch(value, path, name)

    return rule


string = text()
filled = text(at_least=1)
flag = _of_kind("boolean")
null = _of_kind("null")
open_object = _of_kind("object")


def anything(value: Any, path: Path) -> Iterator[Issue]:
    """Any value at all, as long as it is there."""
    if value is MISSING:
        yield from _mismatch(value, path, "a value")


def array(item: Rule, *, at_least: int = 0, at_most: int | None = None) -> Rule:
    """A list of items that follow one rule."""

    def rule(value: Any, path: Path) -> Iterator[Issue]:
        if not isinstance(value, list):
            yield from _mismatch(value, path, "array")
            return
        for index, element in enumerate(value):
            yield from item(element, (*path, index))
        size = len(value)
        if size < at_least:
            yield Issue(path, f"Array must contain at least {at_least} element(s), received {size}")
        if at_most is not None and size > at_most:
            yield Issue(path, f"Array must contain at most {at_most} element(s), received {size}")

    return rule


def mapping(of: Rule) -> Rule:
    """An object with any keys, whose values follow one rule."""

    def rule(value: Any, path: Path) -> Iterator[Issue]:
        if not isinstance(value, dict):
            yield from _mismatch(value, path, "object")
            return
        for key, element in value.items():
            yield from of(element, (*path, key))

    return rule


class Maybe(NamedTuple):
    """A field that may be left out."""

    rule: Rule


def maybe(rule: Rule) -> Maybe:
    """Mark a field of an object as one that may be left out."""
    return Maybe(rule)


def fields(**of: Rule | Maybe) -> Rule:
    """An object with these fields and no others."""
    rules = {name: rule.rule if isinstance(rule, Maybe) else rule for name, rule in of.items()}
    required = {name for name, rule in of.items() if not isinstance(rule, Maybe)}

    def check(value: Any, path: Path) -> Iterator[Issue]:
        if not isinstance(value, dict):
            yield from _mismatch(value, path, "object")
            return
        for name, rule in rules.items():
            if name in required or name in value:
                yield from rule(value.get(name, MISSING), (*path, name))
        unknown = [name for name in value if name not in rules]
        if unknown:
            received = ", ".join(f"'{name}'" for name in unknown)
            expected = ", ".join(rules)
            yield Issue(
                path, f"Unrecognized key(s) in object: {received}. Expected only {expected}"
            )

    return check


def typed(kind: str, /, **of: Rule | Maybe) -> Rule:
    """An object whose `type` is this, with these fields beside it and no others."""
    return fields(type=text(kind), **of)


def kinds(**of: Mapping[str, Rule | Maybe]) -> dict[str, Rule]:
    """Return objects by their `type`, for `tagged`."""
    return {kind: typed(kind, **more) for kind, more in of.items()}


def tagged(variants: Mapping[str, Rule], *, key: str = "type", other: Rule | None = None) -> Rule:
    """An object whose `key` says which rule it follows; `other` is for values not listed."""

    def rule(value: Any, path: Path) -> Iterator[Issue]:
        if not isinstance(value, dict):
            yield from _mismatch(value, path, "object")
            return
        tag = value.get(key, MISSING)
        of = variants.get(tag) if isinstance(tag, str) else None
        if of is not None:
            yield from of(value, path)
        elif other is not None and isinstance(tag, str) and tag:
            yield from other(value, path)
        else:
            received = f"'{tag}'" if isinstance(tag, str) else kind_of(tag)
            yield Issue(
                (*path, key),
                f"Invalid discriminator value. Expected {_quoted(variants)}, received {received}",
            )

    return rule


def by_kind(**rules: Rule) -> Rule:
    """A value of one of several JSON types, each with its own rule."""

    def rule(value: Any, path: Path) -> Iterator[Issue]:
        of = rules.get(kind_of(value))
        if of is None:
            yield from _mismatch(value, path, " or ".join(rules))
        else:
            yield from of(value, path)

    return rule


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


def base64_data(value: Any, path: Path) -> Iterator[Issue]:
    """A base64 string that can be decoded."""
    if not isinstance(value, str):
        yield from _mismatch(value, path, "string")
    elif not is_base64(value):
        yield Issue(path, f"Invalid. Expected base64 data, received '{value[:40]}'")


def json_text(value: Any, path: Path) -> Iterator[Issue]:
    """A JSON object, written as text."""
    yield from text()(value, path)
    if isinstance(value, str):
        try:
            arguments = json.loads(value)
        except ValueError:
            arguments = None
        if not isinstance(arguments, dict):
            yield Issue(path, f"Invalid. Expected a JSON object as text, received '{value[:60]}'")


_DATA_URL = re.compile(r"data:([\w.+/-]+);base64,(.*)", re.DOTALL)


def split_data_url(value: str) -> tuple[str, str] | None:
    """Return media type and base64 data of a data URL."""
    match = _DATA_URL.fullmatch(value)
    return (match[1], match[2]) if match else None


def link(value: Any, path: Path) -> Iterator[Issue]:
    """An http or https URL."""
    yield from text(pattern=r"https?://[^\s/]+\S*", says="a URL")(value, path)


def link_or_data_url(value: Any, path: Path) -> Iterator[Issue]:
    """An http or https URL, or a data URL with base64 that can be decoded."""
    parts = split_data_url(value) if isinstance(value, str) else None
    if parts is not None:
        yield from base64_data(parts[1], path)
    else:
        yield from text(pattern=r"https?://[^\s/]+\S*", says="a URL or a data URL")(value, path)
