"""What all requests of a client have in common: settings, URLs, headers, and what is secret."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import unquote
from urllib.request import getproxies, proxy_bypass

import httpx

from langchain_aimlapi._http.failures import WireError, without_password
from langchain_aimlapi._http.redaction import Secret
from langchain_aimlapi._http.requests import accepted_encoding
from langchain_aimlapi._http.retry import RetryPolicy
from langchain_aimlapi._version import __version__

if TYPE_CHECKING:
    from collections.abc import Iterator

USER_AGENT = f"langchain-aimlapi/{__version__}"
_NOT_REPLACEABLE = frozenset({"authorization", "content-type", "accept", "content-length", "host"})
"""Headers that a user's `default_headers` cannot replace."""
_MIN_SECRET_CHARACTERS = 8
"""A user's header value that is shorter is no secret: hiding it would damage any text."""
MAX_ANSWER_BYTES = 256 * 1024 * 1024
"""Bytes that an answer or one event of a stream may have, unless it is set."""


@dataclass(frozen=True, slots=True)
class ClientSettings:
    """What a client needs to know, apart from the key.

    Attributes:
        base_url: Root of the API, without a trailing slash.
        timeout: Seconds per connect, write, read and pool wait.
        total_timeout: Seconds that one non-streaming attempt, or the opening of a stream, may
            take as a whole; None for no limit.
        stream_chunk_timeout: Seconds between the events of a stream; None for no limit.
        max_retries: Retries after a failed attempt.
        headers: The user's headers, whose values may be secrets.
        proxy: URL of a proxy, which may hold a password; None leaves it to the environment.
        max_answer: Bytes that an answer or one event of a stream may have, decoded.
        body_secrets: Keys in the body, such as those of MCP servers.
    """

    base_url: str
    timeout: httpx.Timeout
    total_timeout: float | None = None
    stream_chunk_timeout: float | None = None
    max_retries: int = 2
    headers: tuple[tuple[str, Secret], ...] = ()
    proxy: Secret | None = None
    max_answer: int = MAX_ANSWER_BYTES
    body_secrets: tuple[Secret, ...] = ()


class RequestDefaults:
    """What all requests of a client have in common, made once: URLs and headers as bytes.

    Args:
        settings: Of the client.
        errors: What the client raises when a request fails.

    Attributes:
        settings: Of the client.
        errors: What a failed request raises; anything else is a defect and is not caught.
        policy: Which failed attempt is retried.
        secrets: What must not be shown, apart from the key.
        timeouts: Of a request by phase, as httpx's extension `timeout` has them.
        accept_encoding: The `Accept-Encoding` of the user's headers, where one is set.
    """

    def __init__(self, settings: ClientSettings, errors: tuple[type[Exception], ...]) -> None:
        self.settings = settings
        # Sockets raise UnicodeError for a host with a label that is empty or too long.
        self.errors: tuple[type[Exception], ...] = (WireError, UnicodeError, *errors)
        self.policy = RetryPolicy(settings.max_retries)
        self.secrets = tuple(_secrets_of(settings))
        total = settings.total_timeout
        self.timeouts = {
            phase: total if seconds is None else seconds
            for phase, seconds in settings.timeout.as_dict().items()
        }
        self._urls: dict[str, httpx.URL] = {}
        users = {
            name.lower(): (name, value.reveal())
            for name, value in settings.headers
            if name.lower() not in _NOT_REPLACEABLE
        }
        _, accepted = users.pop("accept-encoding", (None, None))
        self.accept_encoding = accepted and accepted_encoding(accepted)
        ours = {"content-type": ("Content-Type", "application/json")}
        ours["user-agent"] = ("User-Agent", USER_AGENT)
        self._headers = [(name.encode(), v.encode()) for name, v in (ours | users).values()]

    def proxy_for(self, url: httpx.URL) -> str | None:
        """Return host and port of the proxy on the way to `url`, where it is known."""
        if self.settings.proxy is not None:
            return without_password(self.settings.proxy.reveal())
        proxies = getproxies()
        proxy = without_password(proxies.get(url.scheme) or proxies.get("all"))
        return None if proxy is None or proxy_bypass(url.host) else proxy

    def url(self, path: str) -> httpx.URL:
        """Return the URL of `path`."""
        url = self._urls.get(path)
        if url is None:
            url = self._urls[path] = httpx.URL(self.settings.base_url + path)
        return url

    def headers(
        self, api_key: Secret | None, client_request_id: str | None, accept: bytes
    ) -> list[tuple[bytes, bytes]]:
        """Return the headers of one request, the key among them."""
        headers = [(b"Accept", accept), *self._headers]
        if api_key is not None:
            headers.insert(0, (b"Authorization", b"Bearer " + api_key.reveal().encode()))
        if client_request_id is not None:
            headers.append((b"X-Client-Request-Id", client_request_id.encode()))
        return headers


def _secrets_of(settings: ClientSettings) -> Iterator[Secret]:
    yield from settings.body_secrets
    for _, value in settings.headers:
        yield from _secrets_of_header(value)
    if settings.proxy is not None:
        yield from _secrets_of_proxy(settings.proxy)
    else:
        for proxy in getproxies().values():
            yield from _secrets_of_proxy(Secret(proxy))


def _secrets_of_header(value: Secret) -> Iterator[Secret]:
    if len(value.reveal()) >= _MIN_SECRET_CHARACTERS:
        yield value
        scheme, _, token = value.reveal().partition(" ")  # "Bearer KEY" may come back as KEY
        if scheme.isalpha() and len(token) >= _MIN_SECRET_CHARACTERS:
            yield Secret(token)


def _secrets_of_proxy(proxy: Secret) -> Iterator[Secret]:
    credentials = proxy.reveal().rpartition("//")[2].rpartition("@")[0]
    if credentials:
        password = credentials.partition(":")[2]
        yield from map(Secret, (credentials, unquote(credentials), unquote(password)))
