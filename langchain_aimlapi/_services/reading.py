"""How answers of the services are read: the body as a whole, and fields that may be odd."""

from __future__ import annotations

from datetime import date, datetime, timezone
from typing import TYPE_CHECKING, Annotated, Any, TypeVar
from urllib.parse import urlencode

from pydantic import AliasPath, BeforeValidator, Field, TypeAdapter, ValidationError, WrapValidator
from pydantic_core import from_json

from langchain_aimlapi._http.error_bodies import error_from_payload, excerpt, is_error_payload
from langchain_aimlapi._http.json import UnreadableError, read_json
from langchain_aimlapi.errors import MalformedResponseError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from pydantic import ValidatorFunctionWrapHandler

    from langchain_aimlapi._http.requests import Reply

_T = TypeVar("_T")


# --- whole answers ------------------------------------------------------------------------------
def read_answer(reply: Reply, read: Callable[[dict[str, Any]], _T]) -> _T:
    """Return what `read` makes of the JSON object of an answer.

    Raises:
        APIStatusError: The body is an error.
        MalformedResponseError: It is no object, or `read` raises `UnreadableError`.
    """
    try:
        return read(_payload_of(reply))
    except UnreadableError as error:
        message = f"The answer cannot be read: {error}."
        shown = excerpt(reply.body, secrets=reply.secrets)
        raise MalformedResponseError(message, status_code=200, body_excerpt=shown) from None


def _payload_of(reply: Reply) -> dict[str, Any]:
    payload = read_json(reply.body)
    if is_error_payload(payload):
        raise error_from_payload(payload, secrets=reply.secrets)
    if not isinstance(payload, dict):
        raise UnreadableError("it is no object")
    return payload


def object_of(body: bytes, what: str) -> dict[str, Any]:
    """Return the JSON object of a body, a bare list as its `data`.

    Raises:
        MalformedResponseError: The body, which `what` names, is neither.
    """
    try:
        payload = from_json(body)
    except ValueError as error:
        raise MalformedResponseError(f"The {what} cannot be read: {error}.") from None
    if isinstance(payload, list):
        return {"data": payload}
    if not isinstance(payload, dict):
        raise MalformedResponseError(f"The {what} is no JSON object.")
    return payload


def items_of(payload: Mapping[str, Any], what: str) -> list[Any]:
    """Return the items of a list, in `data`; raise `MalformedResponseError` without one."""
    items = payload.get("data")
    if not isinstance(items, list):
        raise MalformedResponseError(f"The {what} holds no list.")
    return items


def path_of(path: str, parameters: Mapping[str, Any]) -> str:
    """Return a path with its query; a sequence repeats its parameter, nothing leaves it out."""
    query = urlencode({name: value for name, value in parameters.items() if value}, doseq=True)
    return f"{path}?{query}" if query else path


# --- fields of rows -----------------------------------------------------------------------------
# A field that is missing or of another type than documented is None, never an error: one odd row
# must not hide the others.
def _none_if_odd(value: Any, validate: ValidatorFunctionWrapHandler) -> Any:
    try:
        return validate(value)
    except ValidationError:
        return None


def _moment(value: Any) -> datetime:
    """Return a moment of ISO 8601, in UTC; without an offset it is one of UTC."""
    # Python 3.10 does not read the "Z" of UTC.
    read = datetime.fromisoformat(str(value).replace("Z", "+00:00"))
    return (read if read.tzinfo else read.replace(tzinfo=timezone.utc)).astimezone(timezone.utc)


def _day(value: Any) -> date:
    return date.fromisoformat(str(value)[:10])


def _texts(value: Any) -> tuple[str, ...]:
    return tuple(x for x in value if isinstance(x, str)) if isinstance(value, list) else ()


LENIENT = WrapValidator(_none_if_odd)
Text = Annotated[str | None, Field(min_length=1), LENIENT]
Texts = Annotated[tuple[str, ...], BeforeValidator(_texts)]
Number = Annotated[float | None, Field(strict=True, allow_inf_nan=False), LENIENT]
Count = Annotated[int | None, Field(strict=True), LENIENT]
Size = Annotated[int | None, Field(strict=True, gt=0), LENIENT]
Moment = Annotated[datetime | None, BeforeValidator(_moment), LENIENT]
Day = Annotated[date | None, BeforeValidator(_day), LENIENT]
read_moment = TypeAdapter(Moment).validate_python
"""Returns what a `Moment` is read as, given as a datetime or as text."""
read_day = TypeAdapter(Day).validate_python
"""The same of a `Day`."""


def at(*path: str) -> Any:
    """Say where in a row a field stands, if not under its own name."""
    return Field(validation_alias=AliasPath(*path))
