"""The key of one call: the field itself, or what a callable in it returns."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any

from pydantic import SecretStr

from langchain_aimlapi._http.checks import validate_api_key
from langchain_aimlapi._http.redaction import Secret, hidden
from langchain_aimlapi.errors import ConfigurationError, MissingAPIKeyError

if TYPE_CHECKING:
    from langchain_aimlapi._model.field_types import APIKey


def current_key(api_key: APIKey) -> Secret:
    """Return the key of a call that blocks.

    Raises:
        ConfigurationError: A callable is async, or its key cannot be sent.
        MissingAPIKeyError: A callable returns none.
    """
    if isinstance(api_key, SecretStr):
        return Secret(api_key.get_secret_value())
    value = hidden(api_key())
    if inspect.isawaitable(value):
        if inspect.iscoroutine(value):
            value.close()
        msg = "api_key is an async callable: use ainvoke or astream, or give a sync one."
        raise ConfigurationError(msg)
    return _checked(value)


async def acurrent_key(api_key: APIKey) -> Secret:
    """Return the key of an async call; callables of both kinds do.

    Raises:
        ConfigurationError: The key of a callable cannot be sent.
        MissingAPIKeyError: A callable returns none.
    """
    if isinstance(api_key, SecretStr):
        return Secret(api_key.get_secret_value())
    value = hidden(api_key())
    return _checked(hidden(await value) if inspect.isawaitable(value) else value)


def _checked(value: Any) -> Secret:
    if not isinstance(value, Secret) or not value.reveal().strip():
        msg = "The api_key callable returned no key; it must return a non-empty string."
        raise MissingAPIKeyError(msg)
    return validate_api_key(value)
