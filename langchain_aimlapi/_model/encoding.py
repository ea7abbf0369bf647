"""The body of a request as JSON: strict, in one piece, and fast for long conversations."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from pydantic_core import PydanticSerializationError, to_json

from langchain_aimlapi._messages.by_value import KeptList
from langchain_aimlapi._messages.plain_turns import Turns
from langchain_aimlapi.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Mapping

_ENCODER = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":"))
_ESCAPING = json.JSONEncoder(allow_nan=False, separators=(",", ":"))


def encode(body: Mapping[str, Any]) -> bytes:
    """Encode a body as JSON.

    Raises:
        ConfigurationError: The body holds a value that JSON has no form for, such as NaN or an
            object. (A default of `json` would send `NaN`, which is not JSON.)
    """
    try:
        return b"{" + b",".join(_members(body)) + b"}"
    except UnicodeEncodeError:
        # A lone surrogate, as broken upstream text has it: JSON can still escape it.
        return _strict(body, _ESCAPING)


def _members(body: Mapping[str, Any]) -> list[bytes]:
    members: list[bytes] = []
    rest: dict[str, Any] = {}  # the rest is written together
    for name, value in body.items():
        if type(value) is KeptList:
            written = value.once(_strict)
        elif type(value) is Turns:
            written = _turns(value)
        else:
            rest[name] = value
            continue
        if rest:
            members.append(_strict(rest)[1:-1])
            rest = {}
        members.append(_strict(name) + b":" + written)
    if rest:
        members.append(_strict(rest)[1:-1])
    return members


def _strict(value: Any, encoder: json.JSONEncoder = _ENCODER) -> bytes:
    try:
        text = encoder.encode(value)
    except (TypeError, ValueError, RecursionError) as error:
        msg = f"The request cannot be written as JSON: {error}"
        raise ConfigurationError(msg) from None
    return text.encode()


def _turns(turns: Turns) -> bytes:
    """Encode turns: those that are surely JSON by the compiled encoder.

    It takes dates, sets and NaN as well, and so it cannot be asked to write anything else.
    """
    pieces: list[bytes] = []
    start = 0
    try:
        for other in turns.others:
            if other > start:
                pieces.append(to_json(turns[start:other])[1:-1])
            pieces.append(_strict(turns[other]))
            start = other + 1
        if start < len(turns):
            pieces.append(to_json(turns[start:])[1:-1])
    except PydanticSerializationError:
        return _strict(turns)  # a lone surrogate
    return b"[" + b",".join(pieces) + b"]"
