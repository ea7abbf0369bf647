"""Access to what belongs to the key and not to a model: who asks, where, and for how long."""

from __future__ import annotations

import os
from contextlib import asynccontextmanager, contextmanager
from typing import TYPE_CHECKING, Any, NamedTuple, TypedDict, TypeVar, cast

from pydantic import SecretStr  # noqa: TC002  # of a signature, which tools resolve

from langchain_aimlapi._http.checks import validate_api_key, validate_base_url
from langchain_aimlapi._http.redaction import Secret, hidden, hide_key
from langchain_aimlapi._http.user_objects import AsyncClient, Client, timeouts_of
from langchain_aimlapi._model.etags import CacheKey, Conditional, ETagCache
from langchain_aimlapi._model.field_types import default_base_url
from langchain_aimlapi.errors import MissingAPIKeyError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator

    from langchain_aimlapi._http.async_client import AsyncClient as OwnAsyncClient
    from langchain_aimlapi._http.client import SyncClient
    from langchain_aimlapi._http.request_defaults import ClientSettings
    from langchain_aimlapi._http.requests import Reply

_T = TypeVar("_T")


class AccessSettings(TypedDict, total=False):
    """Who asks, where, and for how long.

    Attributes:
        api_key: Key of the service; `AIMLAPI_API_KEY` of the environment otherwise.
        base_url: Root of the API; `AIMLAPI_API_BASE` of the environment otherwise.
        timeout: Seconds for the whole of one attempt, 30 by default; None for no limit.
        max_retries: Repeats of a failed attempt, if one may help; 2 by default.
        http_client: Your own client, an async one for the async functions; it is left open.
    """

    api_key: str | SecretStr | None
    base_url: str | None
    timeout: float | None
    max_retries: int
    http_client: Client | AsyncClient | None


def _question(cache: ETagCache[_T] | None, key: CacheKey) -> Conditional[_T]:
    return Conditional(None, key, None) if cache is None else cache.ask(key)


class Reader(NamedTuple):
    """Asks with the blocking client."""

    client: SyncClient
    key: Any
    root: str

    def get(self, path: str, read: Callable[[bytes], _T], cache: ETagCache[_T] | None = None) -> _T:
        """Return what `read` makes of the answer to a GET, or what is known if it still holds.

        Raises:
            AIMLAPIError: The service refuses, or cannot be reached or read.
        """
        question = _question(cache, (self.root + path, self.key))

        def read_reply(reply: Reply) -> _T:
            return question.read(reply, read)

        call = {"api_key": self.key, "client_request_id": None}
        tag = question.if_none_match
        return self.client.fetch("GET", path, b"", read_reply, if_none_match=tag, **call)


class AsyncReader(NamedTuple):
    """Asks with the client of the running event loop."""

    client: OwnAsyncClient
    key: Any
    root: str

    async def get(
        self, path: str, read: Callable[[bytes], _T], cache: ETagCache[_T] | None = None
    ) -> _T:
        """Return what `read` makes of the answer to a GET, or what is known if it still holds.

        Raises:
            AIMLAPIError: The service refuses, or cannot be reached or read.
        """
        question = _question(cache, (self.root + path, self.key))

        def read_reply(reply: Reply) -> _T:
            return question.read(reply, read)

        call = {"api_key": self.key, "client_request_id": None}
        tag = question.if_none_match
        return await self.client.fetch("GET", path, b"", read_reply, if_none_match=tag, **call)


def _is_key(key: object) -> bool:
    return isinstance(key, Secret) and bool(key.reveal())


class Access:
    """One question, or several in a row, to the host of the service.

    Args:
        settings: Who asks, where, and for how long.
        needs_key: Whether the service asks for a key; else one is sent only if it is given.

    Raises:
        TypeError: A setting is none of `AccessSettings`.
        MissingAPIKeyError: There is no key, and one is needed.
        ConfigurationError: The key or the base URL cannot be used.
    """

    def __init__(self, settings: AccessSettings, *, needs_key: bool = True) -> None:
        """Check what is given; nothing is opened."""
        hide_key(settings)
        unknown = settings.keys() - AccessSettings.__annotations__.keys()
        if unknown:
            known = ", ".join(AccessSettings.__annotations__)
            raise TypeError(f"no argument: {', '.join(sorted(unknown))}. There are: {known}.")
        key = cast("Any", settings.get("api_key"))
        if needs_key and not _is_key(key):
            key = hidden(os.environ.get("AIMLAPI_API_KEY"))
        if needs_key and not _is_key(key):
            raise MissingAPIKeyError(
                "No API key. Set the environment variable AIMLAPI_API_KEY, or pass api_key=..."
            )
        self._key = validate_api_key(key) if _is_key(key) else None
        given = settings.get("base_url")
        self._base = validate_base_url(given) if given else default_base_url()
        # The account is served beside the version of the API, not below it.
        self._root = self._base.removesuffix("/v1")
        self._timeout = settings.get("timeout", 30.0)
        self._max_retries = settings.get("max_retries", 2)
        self._http_client: Any = settings.get("http_client")

    @property
    def version(self) -> str:
        """Path of the API's version below the root, such as `"/v1"`."""
        return self._base.removeprefix(self._root)

    @property
    def _settings(self) -> ClientSettings:
        from langchain_aimlapi._http.request_defaults import ClientSettings  # noqa: PLC0415  # imports httpx

        timeout, total = timeouts_of(self._timeout, None, chosen=True)
        return ClientSettings(
            base_url=self._root,
            api_base=self._base,
            timeout=timeout,
            total_timeout=total,
            max_retries=self._max_retries,
        )

    @contextmanager
    def sync(self) -> Iterator[Reader]:
        """Open the blocking client for as long as the block lasts."""
        from langchain_aimlapi._http.client import SyncClient  # noqa: PLC0415  # slow to import

        client = SyncClient(self._settings, self._http_client)
        try:
            yield Reader(client, self._key, self._root)
        finally:
            client.close()

    @asynccontextmanager
    async def asynchronous(self) -> AsyncIterator[AsyncReader]:
        """Open the client of the running event loop for as long as the block lasts."""
        from langchain_aimlapi._http.async_client import AsyncClient  # noqa: PLC0415  # the same

        client = AsyncClient(self._settings, self._http_client)
        try:
            yield AsyncReader(client, self._key, self._root)
        finally:
            await client.aclose()
