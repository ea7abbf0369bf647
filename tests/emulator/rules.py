"""Shapes of bodies as types that pydantic checks, and refusals in the words of the service.

Bodies are described in modules that import this one as `z`: the service validates with zod.
"""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Annotated, Any, Literal, NamedTuple, Union

from pydantic import (
    AfterValidator,
    BeforeValidator,
    ConfigDict,
    Discriminator,
    Field,
    Json,
    Tag,
    TypeAdapter,
    ValidationError,
)
from pydantic_core import PydanticCustomError
from typing_extensions import NotRequired, TypedDict

from .ids import TIMESTAMP, uuid

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

Path = tuple[str | int, ...]
Rule = Any
"""A type that pydantic knows."""


class Issue(NamedTuple):
    """One thing that is wrong with a body, and where."""

    path: Path
    text: str

    def __str__(self) -> str:
        where = ".".join(map(str, self.path))
        return f"{where}: {self.text}" if where else self.text


string, flag, anything = str, bool, Any
open_object = dict[str, Any]
json_text = Json[dict[str, Any]]


def text(*choices: str, pattern: str = "", at_least: int = 0, at_most: int | None = None) -> Rule:
    """A string; one of `choices`, or of a form."""
    if choices:
        return Literal[choices]
    form = f"^(?:{pattern})$" if pattern else None
    return Annotated[str, Field(pattern=form, min_length=at_least, max_length=at_most)]


def number(least: float | None = None, most: float | None = None, *, whole: bool = False) -> Rule:
    """A number within bounds, both inclusive."""
    return Annotated[int if whole else float, Field(ge=least, le=most)]


filled = text(at_least=1)


def array(item: Rule, *, at_least: int = 0, at_most: int | None = None) -> Rule:
    """A list of items that follow one rule."""
    return Annotated[list[item], Field(min_length=at_least, max_length=at_most)]  # type: ignore[valid-type]


def maybe(rule: Rule) -> Rule:
    """A field that may be left out."""
    return NotRequired[rule]


def fields(**of: Rule) -> Rule:
    """An object with these fields and no others."""
    made = TypedDict("made", of)  # type: ignore[operator]
    made.__pydantic_config__ = ConfigDict(extra="forbid", strict=True)
    return made


def kinds(**of: Mapping[str, Rule]) -> dict[str, Rule]:
    """Return objects by their `type`, for `tagged`."""
    return {kind: fields(type=text(kind), **more) for kind, more in of.items()}


def chosen(variants: Mapping[str, Rule], choose: Callable[[Any], str | None]) -> Rule:
    """A value that follows the rule of the name that `choose` gives it."""
    if len(variants) == 1:  # which is no union for pydantic before 2.13
        ((name, rule),) = variants.items()

        def only(value: Any) -> Any:
            if (tag := choose(value)) != name:
                told = {"expected_tags": repr(name), "tag": str(tag)}
                raise PydanticCustomError("union_tag_invalid", "Wrong tag", told)
            return value

        return Annotated[rule, BeforeValidator(only)]
    union = Union[tuple(Annotated[rule, Tag(name)] for name, rule in variants.items())]  # noqa: UP007
    return Annotated[union, Discriminator(choose)]


def tagged(variants: Mapping[str, Rule], *, key: str = "type", default: str = "") -> Rule:
    """An object whose `key` says which rule it follows."""
    return chosen(variants, lambda v: v.get(key, default) if isinstance(v, dict) else None)


_KINDS = {str: "string", list: "array", dict: "object"}


def by_kind(**rules: Rule) -> Rule:
    """A value of one of several JSON types, each with its own rule."""
    return chosen(rules, lambda value: _KINDS.get(type(value)))


def is_base64(value: str) -> str:
    """Return well-formed base64 of at least one byte as it is, or raise ValueError."""
    if not base64.b64decode(value, validate=True):
        raise ValueError("Expected base64 data")
    return value


def split_data_url(value: str) -> tuple[str, str] | None:
    """Return media type and base64 data of a data URL."""
    head, found, data = value.partition(";base64,")
    return (head.removeprefix("data:"), data) if found and head.startswith("data:") else None


def _is_data_url(value: str) -> str:
    inline = split_data_url(value)
    if inline is None:
        raise ValueError("Expected a data URL")
    is_base64(inline[1])
    return value


base64_data = Annotated[str, AfterValidator(is_base64)]
data_url = Annotated[str, AfterValidator(_is_data_url)]
link = text(pattern=r"https?://[^\s/]+\S*")
link_or_data_url = chosen(
    {"link": link, "data": data_url}, lambda v: "data" if str(v).startswith("data:") else "link"
)


def check(adapter: TypeAdapter[Any], body: Any) -> list[Issue]:
    """Return what is wrong with the shape of a body."""
    try:
        adapter.validate_python(body, strict=True)
    except ValidationError as error:
        return [
            Issue(_path(found["loc"], body), _said(found))
            for found in error.errors(include_url=False)
        ]
    return []


def _path(location: Path, body: Any) -> Path:
    """Return a place in a body; pydantic names the variants of unions on the way, too."""
    path: list[str | int] = []
    for step in location:
        inside = isinstance(body, dict) and step in body
        if inside or (isinstance(body, list) and isinstance(step, int)):
            path.append(step)
            body = body[step]
    return tuple(path)


def _said(error: Any) -> str:
    known, shown = error.get("ctx", {}), repr(error["input"])[:60]
    name = error["loc"][-1] if error["loc"] else ""
    expected = known.get("expected_tags", known.get("expected"))
    words = {
        "extra_forbidden": f"Unrecognized key(s) in object: '{name}'",
        "missing": f"Expected '{name}', received undefined",
        "union_tag_invalid": f"Invalid discriminator. Expected {expected}, not {known.get('tag')}",
        "literal_error": f"Invalid enum value. Expected {expected}, received {shown}",
    }
    return words.get(error["type"], f"Invalid. {error['msg']}, received {shown}")


# --- refusals ---
class Refusal(Exception):  # noqa: N818  # the service refuses; nothing went wrong here
    """An answer with an error status, raised where the reason is found.

    Args:
        status: Of the answer.
        message: In the envelope of most errors.
        body: What is sent in the place of the envelope, or beside its message.
    """

    def __init__(self, status: int, message: str = "", **body: Any) -> None:
        super().__init__(status, message)
        self.status, self.message, self._body = status, message, body

    def body(self, path: str) -> dict[str, Any]:
        """Return the body of the answer to a request of a path."""
        if not self.message:
            return self._body
        return {
            "requestId": uuid(f"{self.status}{self.message}{path}", "request"),
            "statusCode": self.status,
            "timestamp": TIMESTAMP,
            "path": path,
            "message": self.message,
            **self._body,
        }


def refuse(issues: Iterable[Issue]) -> None:
    """Refuse a body that failed validation, if it did."""
    found = list(issues)
    if found:
        raise Refusal(400, f"Invalid input: {'; '.join(map(str, found[:5]))}")
