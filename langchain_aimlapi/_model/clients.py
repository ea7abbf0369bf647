"""How a model keeps its clients and its key: lazily, per copy, never written out."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any

from pydantic import PrivateAttr, SecretStr
from typing_extensions import Self, override

from langchain_aimlapi._http.checks import validate_api_key
from langchain_aimlapi._http.redaction import Secret, hidden
from langchain_aimlapi._model.fields import AIMLAPISettings, is_number
from langchain_aimlapi.errors import ConfigurationError, MissingAPIKeyError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from types import TracebackType

    import httpx

    from langchain_aimlapi._http.async_client import AsyncClient
    from langchain_aimlapi._http.client import ClientSettings, SyncClient
    from langchain_aimlapi._model.plan import Plan


class _Prepared:
    """What follows from the fields and can be made again: settings and clients.

    It is never copied, compared or pickled with the model: a copy makes its own, so that
    `model_copy(update=...)`, `deepcopy` and workers of another process start clean.
    """

    __slots__ = ("async_client", "fields", "identity", "own_profile", "plans", "sync_client")

    def __init__(self) -> None:
        self.fields: dict[str, Any] | None = None
        self.identity: dict[str, Any] | None = None
        self.plans: dict[bool, Plan] = {}
        self.sync_client: SyncClient | None = None
        self.async_client: AsyncClient | None = None
        self.own_profile = False

    def __deepcopy__(self, memo: dict[int, Any]) -> _Prepared:
        return _Prepared()

    def __reduce__(self) -> tuple[type[_Prepared], tuple[()]]:
        return _Prepared, ()

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Prepared)

    __hash__ = None  # type: ignore[assignment]  # equal whatever they hold, so not hashable


class ClientLifecycle(AIMLAPISettings):  # noqa: PLW1641  # pydantic models have no hash either
    """Clients are made on first use and shared by models with equal settings."""

    _prepared: _Prepared = PrivateAttr(default_factory=_Prepared)

    # --- copies and changed fields start clean ---

    @override
    def __setattr__(self, name: str, value: Any) -> None:
        super().__setattr__(name, value)
        if name in type(self).model_fields:
            self._forget(keep_profile=name == "profile")

    def _forget(self, *, keep_profile: bool = False) -> None:
        self.__dict__.pop("_serialized", None)
        if self._prepared.own_profile and not keep_profile:
            self.__dict__.pop("profile", None)
        self._prepared = _Prepared()

    @override
    def __copy__(self) -> Self:
        copied = super().__copy__()
        copied._forget()  # noqa: SLF001  # our own
        return copied

    @override
    def __deepcopy__(self, memo: dict[int, Any] | None = None) -> Self:
        copied = super().__deepcopy__(memo)
        copied._forget()  # noqa: SLF001  # our own
        return copied

    @override
    def __eq__(self, other: object) -> bool:
        if isinstance(other, ClientLifecycle):
            _ = self.profile, other.profile  # whether it was looked at makes no difference
        return super().__eq__(other)

    # --- the key of one call ---

    def _key(self) -> Secret:
        key = self.api_key
        if isinstance(key, SecretStr):
            return Secret(key.get_secret_value())
        value = hidden(key())
        if inspect.isawaitable(value):
            if inspect.iscoroutine(value):
                value.close()
            msg = "api_key is an async callable: use ainvoke or astream, or give a sync one."
            raise ConfigurationError(msg)
        return _checked_key(value)

    async def _akey(self) -> Secret:
        key = self.api_key
        if isinstance(key, SecretStr):
            return Secret(key.get_secret_value())
        value = hidden(key())
        return _checked_key(hidden(await value) if inspect.isawaitable(value) else value)

    # --- clients: imported when the first one is made, 6 ms that constructing does without ---

    def _client_settings(
        self, overrides: Mapping[str, Any], client: httpx.Client | httpx.AsyncClient | None
    ) -> ClientSettings:
        from httpx import Timeout  # noqa: PLC0415  # see above

        from langchain_aimlapi._http.exchange import ClientSettings  # noqa: PLC0415  # see above

        chosen = self.model_fields_set | overrides.keys()
        timeout = overrides.get("timeout", self.timeout)
        parts = Timeout(timeout)
        if "timeout" not in chosen:
            # A client of the user's brings its own. A connection takes no minutes.
            parts = client.timeout if client is not None else Timeout(timeout, connect=15.0)
            timeout = parts if client is not None else timeout
        gap = overrides.get("stream_chunk_timeout", self.stream_chunk_timeout)
        if "stream_chunk_timeout" not in chosen and parts.read is not None:
            gap = min(gap, parts.read)  # who waits 5 s for an answer waits no 120 s for a chunk
        return ClientSettings(
            base_url=self.base_url,
            timeout=parts,
            total_timeout=_total_timeout(timeout),
            stream_chunk_timeout=gap,
            max_retries=overrides.get("max_retries", self.max_retries),
            headers=tuple((k, Secret(v)) for k, v in (self.default_headers or {}).items()),
            proxy=None if self.proxy is None else Secret(self.proxy),
        )

    def _sync(self, overrides: Mapping[str, Any]) -> SyncClient:
        client = None if overrides else self._prepared.sync_client
        if client is None:
            from langchain_aimlapi._http.client import SyncClient  # noqa: PLC0415  # see above

            settings = self._client_settings(overrides, self.http_client)
            client = SyncClient(settings, self.http_client)
            if not overrides:
                self._prepared.sync_client = client
        return client

    def _async(self, overrides: Mapping[str, Any]) -> AsyncClient:
        client = None if overrides else self._prepared.async_client
        if client is None:
            from langchain_aimlapi._http.async_client import AsyncClient  # noqa: PLC0415  # see above

            settings = self._client_settings(overrides, self.http_async_client)
            client = AsyncClient(settings, self.http_async_client)
            if not overrides:
                self._prepared.async_client = client
        return client

    def close(self) -> None:
        """Close the sync connections of this model, unless another model shares them.

        A later call opens new ones. Your own `http_client` is left open.
        """
        client, self._prepared.sync_client = self._prepared.sync_client, None
        if client is not None:
            client.close()

    async def aclose(self) -> None:
        """Close the sync connections and the async ones of the running event loop."""
        self.close()
        client, self._prepared.async_client = self._prepared.async_client, None
        if client is not None:
            await client.aclose()

    def __enter__(self) -> Self:
        """Return the model; leaving the block closes its connections."""
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Close the connections."""
        self.close()

    async def __aenter__(self) -> Self:
        """Return the model; leaving the block closes its connections."""
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Close the connections."""
        await self.aclose()


def _checked_key(value: Any) -> Secret:
    if not isinstance(value, Secret) or not value.reveal().strip():
        msg = "The api_key callable returned no key; it must return a non-empty string."
        raise MissingAPIKeyError(msg)
    return validate_api_key(value)


def _total_timeout(timeout: float | httpx.Timeout | None) -> float | None:
    """Return the seconds that one non-streaming attempt may take as a whole.

    A number bounds everything. The parts of an `httpx.Timeout` bound their phases; together no
    attempt may take longer than their sum, and one unbounded phase leaves the whole unbounded.
    """
    if timeout is None or is_number(timeout):
        return timeout
    parts = (timeout.connect, timeout.write, timeout.read, timeout.pool)
    return None if None in parts else sum(part for part in parts if part is not None)
