"""Access to what belongs to the key and not to a model: who asks, where, and for how long.

Answers may be cached with their `ETag`: asked again, the service may say that nothing changed. See
RFC 9110, 13.1.2. An answer without an `ETag` is not cached.
"""

from __future__ import annotations

import asyncio
import json
from contextlib import aclosing, closing
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypedDict, TypeVar

from pydantic import SecretStr

from langchain_aimlapi._http.call import Call
from langchain_aimlapi._http.checks import validate_base_url
from langchain_aimlapi._http.redaction import hide_key
from langchain_aimlapi._http.user_objects import AsyncClient, Client, timeouts_of
from langchain_aimlapi._model.clients import current_key
from langchain_aimlapi._model.field_types import default_base_url, found_key
from langchain_aimlapi._services.steps import Sender, blocking, run
from langchain_aimlapi.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Mapping

    from langchain_aimlapi._http.requests import Reply

_T = TypeVar("_T")

if TYPE_CHECKING:
    _Question = Callable[..., Coroutine[Any, Any, _T]]
    """Returns the steps to an answer, of the access and of what is asked for."""

_NOT_MODIFIED = 304
File = str | PathLike[str] | None
"""A path; None for no file."""


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


class ETagCache(dict[str, tuple[str, _T]]):
    """The latest answers with their tags, by URL. A tag tells answers for different keys apart."""

    max_answers = 32

    def put(self, url: str, etag: str, value: _T) -> None:
        """Cache an answer; too many of them make room for it."""
        if len(self) >= self.max_answers:
            self.clear()
        self[url] = (etag, value)


class AnswerFile(ETagCache[bytes]):
    """Bodies as they came.

    Args:
        path: The file; None keeps the answers in memory.

    Raises:
        ConfigurationError: The file holds something else, or cannot be read, or has no folder.
    """

    max_answers = 10_000

    def __init__(self, path: File) -> None:
        super().__init__()
        self.path = None if path is None else Path(path)
        if self.path is not None and not self.path.parent.is_dir():
            raise ConfigurationError(f"There is no folder {self.path.parent} for the cache.")
        if self.path is not None and self.path.exists():
            try:
                sent = json.loads(self.path.read_text(encoding="utf-8"))
                self.update({url: (str(tag), body.encode()) for url, (tag, body) in sent.items()})
            except (OSError, ValueError, TypeError, AttributeError) as error:
                raise ConfigurationError(
                    f"{self.path} cannot be read as the cache of a refresh: {error}. "
                    "Choose another file, or delete it."
                ) from None

    def in_file(self, url: str) -> bytes | None:
        """Return the body that the file has of an URL; None if it has none, or there is no file."""
        return None if self.path is None or url not in self else self[url][1]

    def write(self) -> None:
        """Write the file, as a whole or not at all."""
        if self.path is not None:
            written = {url: (tag, body.decode()) for url, (tag, body) in self.items()}
            beside = self.path.with_name(f"{self.path.name}.new")
            beside.write_text(json.dumps(written), encoding="utf-8")
            beside.replace(self.path)


def _asked(given: Mapping[str, Any]) -> dict[str, Any]:
    return {name: given[name] for name in given if name not in AccessSettings.__annotations__}


class Access:
    """One question, or several in a row, to the host of the service.

    Args:
        given: What is asked for, who asks, where, and for how long.
        keys: The class of `given`.
        needs_key: Whether the service asks for a key; else one is sent only if it is given.

    Attributes:
        key: The key that is sent, if any.
        root: Where the service is, without the version of its API.
        version: Path of the API's version below the root, such as `"/v1"`.
        client_settings: What a client has to know.
        http_client: The user's own client.
        sender: What the questions are sent with.

    Raises:
        TypeError: A setting is none of `keys`.
        MissingAPIKeyError: There is no key, and one is needed.
        ConfigurationError: The key or the base URL cannot be used.
    """

    sender: Sender

    def __init__(self, given: AccessSettings, keys: Any, *, needs_key: bool) -> None:
        """Check what is given; nothing is opened."""
        from langchain_aimlapi._http.requests import ClientSettings  # noqa: PLC0415  # imports httpx

        hide_key(given)
        unknown = given.keys() - keys.__annotations__.keys()
        if unknown:
            known = ", ".join(keys.__annotations__)
            raise TypeError(f"no argument: {', '.join(sorted(unknown))}. There are: {known}.")
        key: Any = given.get("api_key")
        if needs_key or key is not None:
            key = found_key(key)
            if not callable(key) and not isinstance(key, SecretStr):
                raise ConfigurationError("api_key must be a string, or a callable.")
        self.key = None if key is None else current_key(key)
        base_url = given.get("base_url")
        base = validate_base_url(base_url) if base_url else default_base_url()
        # The account is served beside the version of the API, not below it.
        self.root = base.removesuffix("/v1")
        self.version = base.removeprefix(self.root)
        timeout, total = timeouts_of(given.get("timeout", 30.0), None, chosen=True)
        self.client_settings = ClientSettings(
            self.root, timeout, total, max_retries=given.get("max_retries", 2)
        )
        self.http_client: Any = given.get("http_client")

    async def get(
        self, path: str, read: Callable[[bytes], _T], cache: ETagCache[_T] | None = None
    ) -> _T:
        """Ask for a path with its query below the root of the service.

        Args:
            path: The path.
            read: Reads the body of the answer.
            cache: Where the answer is cached, if it is: the service is then asked whether it
                changed.
        """
        url = self.root + path
        known = None if cache is None else cache.get(url)

        def read_or_known(reply: Reply) -> _T:
            if reply.status == _NOT_MODIFIED and known is not None:
                return known[1]
            value = read(reply.body)
            etag = reply.headers.get("etag")
            if etag and cache is not None:
                cache.put(url, etag, value)
            return value

        call = Call(path, read_or_known, if_none_match=known and known[0])
        answer: _T = await self.sender.fetch(call)
        return answer


def ask(
    question: _Question[_T], given: AccessSettings, keys: Any, *, needs_key: bool = False
) -> _T:
    """Return the answer to a question, with a blocking client for as long as it takes.

    Args:
        question: What to ask.
        given: What is asked for, who asks, and where.
        keys: The class of `given`.
        needs_key: Whether the service asks for a key.

    Raises:
        AIMLAPIError: The service refuses, or cannot be reached or read.
    """
    from langchain_aimlapi._http.client import SyncClient  # noqa: PLC0415  # slow to import

    access = Access(given, keys, needs_key=needs_key)
    with closing(SyncClient(access.client_settings, access.http_client)) as client:
        access.sender = blocking(lambda call: client.fetch(call, access.key))
        return run(question(access, **_asked(given)))


async def aask(
    question: _Question[_T], given: AccessSettings, keys: Any, *, needs_key: bool = False
) -> _T:
    """Return the answer to a question; the async form of `ask`, with the same errors."""
    from langchain_aimlapi._http.async_client import AsyncClient  # noqa: PLC0415  # the same

    access = Access(given, keys, needs_key=needs_key)
    async with aclosing(AsyncClient(access.client_settings, access.http_client)) as client:
        access.sender = Sender(lambda call: client.fetch(call, access.key), asyncio.sleep)
        return await question(access, **_asked(given))
