"""How answers of the services are read as a whole."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import urlencode

from pydantic_core import from_json

from langchain_aimlapi._http.error_bodies import error_from_payload, excerpt, is_error_payload
from langchain_aimlapi._http.json import UnreadableError, read_json
from langchain_aimlapi.errors import MalformedResponseError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

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
