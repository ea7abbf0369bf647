"""The clients of a model: made when first used, shared by models with equal settings."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Protocol

from langchain_aimlapi._http.redaction import Secret
from langchain_aimlapi._http.user_objects import timeouts_of
from langchain_aimlapi._model.kept import Kept

if TYPE_CHECKING:
    from collections.abc import Mapping

    from langchain_aimlapi._http.async_client import AsyncClient
    from langchain_aimlapi._http.client import SyncClient
    from langchain_aimlapi._http.request_defaults import ClientSettings
    from langchain_aimlapi._http.user_objects import AsyncClient as UsersAsyncClient
    from langchain_aimlapi._http.user_objects import Client as UsersClient
    from langchain_aimlapi._http.user_objects import Timeout


class Sending(Protocol):
    """What clients look at: how a model of chat or of embeddings is set to send."""

    base_url: str
    timeout: float | Timeout | None
    max_retries: int
    default_headers: Mapping[str, str] | None
    proxy: str | None
    http_client: UsersClient | None
    http_async_client: UsersAsyncClient | None

    @property
    def model_fields_set(self) -> set[str]:
        """Names of the fields that the user set."""
        ...


_SETTINGS = (
    "base_url",
    "timeout",
    "max_retries",
    "default_headers",
    "proxy",
)
_OF_CHAT = ("stream_chunk_timeout", "max_answer_bytes")
_NONE: Mapping[str, Any] = MappingProxyType({})


class Clients:
    """The sync and the async client of one model, as its fields are now.

    A copy or a pickle has none: it makes its own, in its own process.
    """

    __slots__ = ("_async", "_sync")

    def __init__(self, *, streams: bool = True) -> None:
        """Open nothing; `streams` says whether the model has settings for streams."""
        settings = (*_SETTINGS, *(_OF_CHAT if streams else ()))
        self._sync = Kept((*settings, "http_client"), _sync_client)
        self._async = Kept((*settings, "http_async_client"), _async_client)

    def sync(self, model: Sending, overrides: Mapping[str, Any] = _NONE) -> SyncClient:
        """Return the client for a call with `overrides` of the settings of `model`."""
        return _sync_client(model, overrides) if overrides else self._sync.of(model)

    def asynchronous(self, model: Sending, overrides: Mapping[str, Any] = _NONE) -> AsyncClient:
        """Return the async client for a call with `overrides` of the settings of `model`."""
        return _async_client(model, overrides) if overrides else self._async.of(model)

    def close(self) -> None:
        """Close the sync connections."""
        client = self._sync.taken()
        if client is not None:
            client.close()

    async def aclose(self) -> None:
        """Close the sync connections, and the async ones of the running loop."""
        self.close()
        client = self._async.taken()
        if client is not None:
            await client.aclose()


# The clients import httpx, which constructing a model does without.
def _sync_client(model: Sending, overrides: Mapping[str, Any] = _NONE) -> SyncClient:
    from langchain_aimlapi._http.client import SyncClient  # noqa: PLC0415  # imports httpx

    client = model.http_client
    return SyncClient(client_settings(model, overrides, client), client)


def _async_client(model: Sending, overrides: Mapping[str, Any] = _NONE) -> AsyncClient:
    from langchain_aimlapi._http.async_client import AsyncClient  # noqa: PLC0415  # imports httpx

    client = model.http_async_client
    return AsyncClient(client_settings(model, overrides, client), client)


def client_settings(
    model: Sending,
    overrides: Mapping[str, Any],
    client: UsersClient | UsersAsyncClient | None,
) -> ClientSettings:
    """Return the settings of a client for `model`, with those of one call in `overrides`."""
    from langchain_aimlapi._http.request_defaults import MAX_ANSWER_BYTES, ClientSettings  # noqa: PLC0415  # imports httpx

    chosen = model.model_fields_set | overrides.keys()
    timeout, total = timeouts_of(
        overrides.get("timeout", model.timeout), client, chosen="timeout" in chosen
    )
    gap = overrides.get("stream_chunk_timeout", getattr(model, "stream_chunk_timeout", None))
    if gap is not None and "stream_chunk_timeout" not in chosen and timeout.read is not None:
        gap = min(gap, timeout.read)  # a short timeout bounds the wait for a chunk as well
    bound = overrides.get("max_answer_bytes", getattr(model, "max_answer_bytes", None))
    return ClientSettings(
        base_url=model.base_url,
        timeout=timeout,
        total_timeout=total,
        stream_chunk_timeout=gap,
        max_retries=overrides.get("max_retries", model.max_retries),
        max_answer=MAX_ANSWER_BYTES if bound is None else bound,
        headers=tuple((k, Secret(v)) for k, v in (model.default_headers or {}).items()),
        proxy=None if model.proxy is None else Secret(model.proxy),
    )
