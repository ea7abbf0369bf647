"""The body of a request as JSON."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from pydantic_core import PydanticSerializationError, to_json

from langchain_aimlapi.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Mapping

_ENCODER = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":"))
_ESCAPING = json.JSONEncoder(allow_nan=False, separators=(",", ":"))
_CONVERSATIONS = ("messages", "input")


def encode(body: Mapping[str, Any]) -> bytes:
    """Encode a body as JSON.

    The conversation, which may be long, is written by Pydantic in a fifth of the time. What the
    user sets is written strictly: a default of `json` would send `NaN`, which is not JSON.

    Raises:
        ConfigurationError: The body holds a value that JSON has no form for, such as NaN or an
            object.
    """
    name = next((name for name in _CONVERSATIONS if isinstance(body.get(name), list)), None)
    if name is None:
        return _strict(body)
    try:
        conversation = to_json(body[name], inf_nan_mode="null")
    except (PydanticSerializationError, ValueError):  # half of a surrogate pair, or an object
        return _strict(body)
    rest = _strict({key: value for key, value in body.items() if key != name})
    return b'%s,"%s":%s}' % (rest[:-1], name.encode(), conversation)


def _strict(body: Mapping[str, Any]) -> bytes:
    try:
        return _ENCODER.encode(body).encode()
    except UnicodeEncodeError:
        # Half of a surrogate pair, as broken upstream text has it: JSON can still escape it.
        return _ESCAPING.encode(body).encode()
    except (TypeError, ValueError, RecursionError) as error:
        raise ConfigurationError(f"The request cannot be written as JSON: {error}") from None
