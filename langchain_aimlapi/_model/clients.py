"""What a model sends with: its clients, shared by models with equal settings, and its key."""

from __future__ import annotations

import inspect
from functools import partial
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from pydantic import SecretStr

from langchain_aimlapi._http.checks import validate_api_key
from langchain_aimlapi._http.redaction import hidden
from langchain_aimlapi._http.user_objects import timeouts_of
from langchain_aimlapi.errors import ConfigurationError, MissingAPIKeyError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from langchain_aimlapi._http.async_client import AsyncClient
    from langchain_aimlapi._http.client import SyncClient
    from langchain_aimlapi._http.requests import ClientSettings
    from langchain_aimlapi._http.user_objects import AsyncClient as UsersAsyncClient
    from langchain_aimlapi._http.user_objects import Client as UsersClient
    from langchain_aimlapi._model.connection import ConnectedModel
    from langchain_aimlapi._model.field_types import APIKey

_T = TypeVar("_T")


# --- what follows from fields -------------------------------------------------------------------
class DerivedCache(Generic[_T]):
    """Caches one value that follows from some fields of a model.

    Each time it compares the fields with those that the value was made of, so a field may be set,
    and its list or dict may be edited in place. The cache is no part of the model: a copy or a
    pickle of it is empty.

    Args:
        fields: Names of the fields; one that a model does not have counts as None.
        make: Makes the value of a model.
    """

    def __init__(self, fields: Iterable[str], make: Callable[[Any], _T]) -> None:
        self._fields = tuple(fields)
        self._make = make
        self._made: tuple[tuple[Any, ...], _T] | None = None

    def __reduce__(self) -> tuple[Any, ...]:
        """Copy and pickle as an empty cache."""
        return type(self), (self._fields, self._make)

    def get(self, model: Any) -> _T:
        """Return the value for what the fields of `model` are now."""
        values = tuple(map(model.__dict__.get, self._fields))
        if self._made is not None and self._made[0] == values:
            return self._made[1]
        # Read before the value is made: a change meanwhile is noticed the next time.
        seen = tuple(map(_copied, values))
        made = self._make(model)
        self._made = (seen, made)
        return made

    def pop(self) -> _T | None:
        """Return the cached value, if there is one, and forget it."""
        made, self._made = self._made, None
        return None if made is None else made[1]


def _copied(value: Any) -> Any:
    """Return a copy of lists and dicts all the way down; what they hold is compared, not copied."""
    if isinstance(value, dict):
        return {key: _copied(inner) for key, inner in value.items()}
    return [_copied(inner) for inner in value] if isinstance(value, list) else value


# --- clients ------------------------------------------------------------------------------------
_SETTINGS = (
    *("base_url", "timeout", "stream_chunk_timeout", "max_retries", "max_answer_bytes"),
    *("default_headers", "proxy"),
)


class Clients:
    """The sync and the async client of one model, as its fields are now.

    They are made on first use, so a copy or a pickle makes its own, in its own process.
    """

    def __init__(self) -> None:
        self._sync = DerivedCache((*_SETTINGS, "http_client"), partial(_sync_client, overrides={}))
        make = partial(_async_client, overrides={})
        self._async = DerivedCache((*_SETTINGS, "http_async_client"), make)

    def sync(self, model: ConnectedModel, overrides: Mapping[str, Any]) -> SyncClient:
        """Return the client for a call with `overrides` of the settings of `model`."""
        return _sync_client(model, overrides) if overrides else self._sync.get(model)

    def asynchronous(self, model: ConnectedModel, overrides: Mapping[str, Any]) -> AsyncClient:
        """Return the async client for a call with `overrides` of the settings of `model`."""
        return _async_client(model, overrides) if overrides else self._async.get(model)

    def close(self) -> None:
        """Close the sync connections."""
        client = self._sync.pop()
        if client is not None:
            client.close()

    async def aclose(self) -> None:
        """Close the sync connections, and the async ones of the running loop."""
        self.close()
        client = self._async.pop()
        if client is not None:
            await client.aclose()


# The clients import httpx, which constructing a model does without.
def _sync_client(model: ConnectedModel, overrides: Mapping[str, Any]) -> SyncClient:
    from langchain_aimlapi._http.client import SyncClient  # noqa: PLC0415  # imports httpx

    return SyncClient(_client_settings(model, overrides, model.http_client), model.http_client)


def _async_client(model: ConnectedModel, overrides: Mapping[str, Any]) -> AsyncClient:
    from langchain_aimlapi._http.async_client import AsyncClient  # noqa: PLC0415  # imports httpx

    users = model.http_async_client
    return AsyncClient(_client_settings(model, overrides, users), users)


def _client_settings(
    model: ConnectedModel,
    overrides: Mapping[str, Any],
    client: UsersClient | UsersAsyncClient | None,
) -> ClientSettings:
    """Return the settings of a client for `model`, with those of one call in `overrides`."""
    from langchain_aimlapi._http.requests import MAX_ANSWER_BYTES, ClientSettings  # noqa: PLC0415  # imports httpx

    def setting(name: str) -> Any:
        return overrides.get(name, getattr(model, name, None))

    chosen = model.model_fields_set | overrides.keys()
    timeout, total = timeouts_of(setting("timeout"), client, chosen="timeout" in chosen)
    headers = {**(model.default_headers or {}), **(overrides.get("extra_headers") or {})}
    gap = setting("stream_chunk_timeout")
    if gap is not None and "stream_chunk_timeout" not in chosen and timeout.read is not None:
        gap = min(gap, timeout.read)  # a short timeout bounds the wait for a chunk as well
    return ClientSettings(
        base_url=model.base_url,
        timeout=timeout,
        total_timeout=total,
        stream_chunk_timeout=gap,
        max_retries=setting("max_retries"),
        max_answer=setting("max_answer_bytes") or MAX_ANSWER_BYTES,
        headers=tuple((name, SecretStr(value)) for name, value in headers.items()),
        proxy=None if model.proxy is None else SecretStr(model.proxy),
        body_secrets=overrides.get("body_secrets", ()),
    )


# --- the key ------------------------------------------------------------------------------------
def current_key(api_key: APIKey) -> SecretStr:
    """Return the key of a call that blocks: the field itself, or what a callable in it returns.

    Raises:
        ConfigurationError: A callable is async, or its key cannot be sent.
        MissingAPIKeyError: A callable returns none.
    """
    if isinstance(api_key, SecretStr):
        return api_key
    value = hidden(api_key())
    if inspect.isawaitable(value):
        if inspect.iscoroutine(value):
            value.close()
        raise ConfigurationError(
            "api_key is an async callable: use ainvoke or astream, or give a sync one."
        )
    return _checked_key(value)


async def acurrent_key(api_key: APIKey) -> SecretStr:
    """Return the key of an async call; callables of both kinds do.

    Raises:
        ConfigurationError: The key of a callable cannot be sent.
        MissingAPIKeyError: A callable returns none.
    """
    if isinstance(api_key, SecretStr):
        return api_key
    value = hidden(api_key())
    return _checked_key(hidden(await value) if inspect.isawaitable(value) else value)


def _checked_key(value: Any) -> SecretStr:
    if not isinstance(value, SecretStr) or not value.get_secret_value().strip():
        msg = "The api_key callable returned no key; it must return a non-empty string."
        raise MissingAPIKeyError(msg)
    return validate_api_key(value)
