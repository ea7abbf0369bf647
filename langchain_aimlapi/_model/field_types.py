"""The types of fields: what they take, in which forms, and what they refuse."""

from __future__ import annotations

import os
from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BeforeValidator,
    SecretStr,
    ValidatorFunctionWrapHandler,
    WrapValidator,
)

from langchain_aimlapi._http import user_objects
from langchain_aimlapi._http.checks import (
    DEFAULT_BASE_URL,
    validate_api_key,
    validate_base_url,
    validate_client_request_id,
    validate_headers,
)
from langchain_aimlapi._http.redaction import hidden, revealed
from langchain_aimlapi._model.mcp_keys import hide_mcp_keys
from langchain_aimlapi.errors import ConfigurationError, MissingAPIKeyError
from langchain_aimlapi.profiles import RequestSchema, profile_for

if TYPE_CHECKING:
    from langchain_core.language_models import ModelProfile

    from langchain_aimlapi._model.fields import AIMLAPISettings


def default_base_url() -> str:
    """Return the root of the API where none is given, checked as a given one is.

    Raises:
        ConfigurationError: `AIMLAPI_API_BASE` of the environment is set, but cannot be used.
    """
    try:
        return validate_base_url(os.environ.get("AIMLAPI_API_BASE") or DEFAULT_BASE_URL)
    except ConfigurationError as error:
        text = f"AIMLAPI_API_BASE of the environment cannot be used: {error.message}"
        raise ConfigurationError(text) from None


def found_key(value: Any) -> Any:
    """Return the key that is given or in the environment, checked; a callable as it is.

    Raises:
        MissingAPIKeyError: There is none.
        ConfigurationError: It cannot be sent.
    """
    value = hidden(os.environ.get("AIMLAPI_API_KEY") if value is None else value)
    if value is not None and not isinstance(value, SecretStr):
        return revealed(value)  # a callable, or of no type that a key has: pydantic says so
    if value is None or not value.get_secret_value().strip():
        raise MissingAPIKeyError(
            "No API key. Set the environment variable AIMLAPI_API_KEY, or pass api_key=... "
            "(a key is made at https://aimlapi.com/app/keys)."
        )
    return validate_api_key(value)


def _headers_of(argument: str) -> WrapValidator:
    """Return what checks the headers that `argument` holds; their values are secrets."""

    def checked(value: Any, handler: ValidatorFunctionWrapHandler) -> Any:
        headers = hidden(handler(_shown(revealed(value))))
        if headers is not None:
            found = {name: hidden(content) for name, content in revealed(headers).items()}
            validate_headers(found, argument)
        return revealed(headers)

    return WrapValidator(checked)


def _shown(headers: Any) -> Any:
    """Return headers with the texts that `hide_secrets` hid."""
    if not isinstance(headers, Mapping):
        return headers
    return {name: revealed(value) for name, value in headers.items()}


def hide_secrets(arguments: dict[str, Any]) -> dict[str, Any]:
    """Return the arguments of a call with hidden headers and hidden keys of MCP servers.

    LangChain shows arguments to tracers, and a binding shows them in its `repr`.
    """
    arguments = hide_mcp_keys(arguments)
    headers = arguments.get("extra_headers")
    if not isinstance(headers, Mapping):
        return arguments
    return {**arguments, "extra_headers": {name: hidden(v) for name, v in headers.items()}}


def _with_text_keys(value: Any) -> Any:
    """Return a mapping with token ids as JSON has them: its keys are strings."""
    if not isinstance(value, Mapping):
        return value
    return {str(key) if type(key) is int else key: bias for key, bias in value.items()}


def _checked_request_id(value: Any) -> Any:
    return validate_client_request_id(value) if isinstance(value, str) else value


def _as_list(value: Any) -> Any:
    return [value] if isinstance(value, str) else value


APIKey = Annotated[
    SecretStr | Callable[[], str | SecretStr | Awaitable[str | SecretStr]],
    BeforeValidator(found_key),
]
BaseURL = Annotated[str, AfterValidator(validate_base_url)]
CacheLife = Literal["5m", "1h"]
EndpointChoice = Literal["auto", "chat/completions", "responses", "messages"]
RequestSchemaChoice = Literal["auto", RequestSchema]
UnsupportedChoice = Literal["warn", "drop", "raise"]
StructuredMethod = Literal["json_schema", "function_calling", "json_mode"]
StopSequences = Annotated[list[str] | None, BeforeValidator(_as_list)]
TokenBias = Annotated[dict[str, float] | None, BeforeValidator(_with_text_keys)]
Seconds = Annotated[float | user_objects.Timeout | None, BeforeValidator(user_objects.as_timeout)]
Headers = Annotated[Mapping[str, str] | None, _headers_of("default_headers")]
ExtraHeaders = Annotated[Mapping[str, str] | None, _headers_of("extra_headers")]
Proxy = Annotated[str | None, BeforeValidator(revealed)]
RequestId = Annotated[str | Callable[[], str] | None, AfterValidator(_checked_request_id)]
UserClient = Annotated[
    user_objects.Client | None, AfterValidator(partial(user_objects.checked_client, kind="Client"))
]
UserAsyncClient = Annotated[
    user_objects.AsyncClient | None,
    AfterValidator(partial(user_objects.checked_client, kind="AsyncClient")),
]

HIDDEN_ARGUMENTS = frozenset({"api_key", "aimlapi_api_key", "default_headers", "proxy"})
"""Arguments of the constructor that may be secrets, so that they are hidden until they are read."""


class ProfileOfModel:
    """A model's `profile`: the user's where there is one, else what is packaged for its id.

    It is looked up by the id whenever it is read, and never stored: a model whose id changes, or
    that is built of another's fields, has the profile of its own id.
    """

    def __get__(self, model: AIMLAPISettings | None, owner: type) -> ModelProfile | None:
        """Return the profile; there is none on the class, as for every field."""
        if model is None:
            raise AttributeError(f"type object {owner.__name__!r} has no attribute 'profile'")
        given: ModelProfile | None = model.__dict__.get("profile")
        return profile_for(model.model) if given is None else given

    def __set__(self, model: AIMLAPISettings, value: ModelProfile | None) -> None:
        """Set the user's profile; None takes it away again."""
        model.__dict__["profile"] = value
