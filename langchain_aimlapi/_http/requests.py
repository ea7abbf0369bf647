"""Requests as httpx takes them, and bodies of its responses, decoded if that was asked for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import unquote
from urllib.request import getproxies, proxy_bypass

import httpx
from pydantic import SecretStr

from langchain_aimlapi._http.failures import BodyError, WireError
from langchain_aimlapi._http.user_objects import errors_of
from langchain_aimlapi._version import __version__
from langchain_aimlapi.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator, Mapping

    from langchain_aimlapi._http.attempts import Attempts

USER_AGENT = f"langchain-aimlapi/{__version__}"
_NOT_REPLACEABLE = frozenset(
    {"authorization", "content-type", "accept", "accept-encoding", "content-length", "host"}
)
"""Headers that a user's `default_headers` cannot replace."""
_MIN_SECRET_CHARACTERS = 8
"""A user's header value that is shorter is no secret: hiding it would damage any text."""
MAX_ANSWER_BYTES = 256 * 1024 * 1024
"""Bytes that an answer or one event of a stream may have, unless it is set."""
ACCEPT_ENCODING = "gzip"
_NOT_ENCODED = frozenset({"", "identity", "none", "utf-8", "utf8", "us-ascii", "binary"})
"""Values of `Content-Encoding` that servers send for a body that is not encoded at all."""
_MAX_SHOWN_ENCODING = 100
"""Characters of an encoding's name that an error shows at most."""
_NO_BODY = httpx.ByteStream(b"")


# --- what all requests of a client have in common -----------------------------------------------
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
    headers: tuple[tuple[str, SecretStr], ...] = ()
    proxy: SecretStr | None = None
    max_answer: int = MAX_ANSWER_BYTES
    body_secrets: tuple[SecretStr, ...] = ()


class RequestDefaults:
    """What all requests of a client have in common, made once: URLs and headers as bytes.

    Args:
        settings: Of the client.
        client: The user's client, or None for one of ours.

    Attributes:
        settings: Of the client.
        errors: What a failed request raises; anything else is a defect and is not caught.
        secrets: What must not be shown, apart from the key.
        timeouts: Of a request by phase, as httpx's extension `timeout` has them.
        headers: Those that every request has.
    """

    def __init__(self, settings: ClientSettings, client: object) -> None:
        self.settings = settings
        # Sockets raise UnicodeError for a host with a label that is empty or too long.
        self.errors: tuple[type[Exception], ...] = (WireError, UnicodeError, *errors_of(client))
        self.secrets = tuple(_secrets_of(settings))
        total = settings.total_timeout
        self.timeouts = {
            phase: total if seconds is None else seconds
            for phase, seconds in settings.timeout.as_dict().items()
        }
        self._urls: dict[str, httpx.URL] = {}
        ours = {"Content-Type": "application/json", "Accept-Encoding": ACCEPT_ENCODING}
        headers = httpx.Headers({**ours, "User-Agent": USER_AGENT})
        for name, value in settings.headers:
            if name.lower() not in _NOT_REPLACEABLE:
                headers[name] = value.get_secret_value()
        self.headers = headers.raw

    def proxy_for(self, url: httpx.URL) -> str | None:
        """Return host and port of the proxy on the way to `url`, where it is known."""
        if self.settings.proxy is not None:
            proxy = self.settings.proxy.get_secret_value()
        else:
            proxies = getproxies()
            proxy = proxies.get(url.scheme) or proxies.get("all") or ""
            if not proxy or proxy_bypass(url.host):
                return None
        return proxy.rpartition("//")[2].rpartition("@")[2].rstrip("/")  # without a password

    def url(self, path: str) -> httpx.URL:
        """Return the URL of `path`."""
        url = self._urls.get(path)
        if url is None:
            url = self._urls[path] = httpx.URL(self.settings.base_url + path)
        return url


def _secrets_of(settings: ClientSettings) -> Iterator[SecretStr]:
    yield from settings.body_secrets
    for _, value in settings.headers:
        yield from _secrets_of_header(value)
    if settings.proxy is not None:
        yield from _secrets_of_proxy(settings.proxy)
    else:
        for proxy in getproxies().values():
            yield from _secrets_of_proxy(SecretStr(proxy))


def _secrets_of_header(value: SecretStr) -> Iterator[SecretStr]:
    if len(value) >= _MIN_SECRET_CHARACTERS:
        yield value
        # "Bearer KEY" may come back as KEY.
        scheme, _, token = value.get_secret_value().partition(" ")
        if scheme.isalpha() and len(token) >= _MIN_SECRET_CHARACTERS:
            yield SecretStr(token)


def _secrets_of_proxy(proxy: SecretStr) -> Iterator[SecretStr]:
    credentials = proxy.get_secret_value().rpartition("//")[2].rpartition("@")[0]
    if credentials:
        password = credentials.partition(":")[2]
        yield from map(SecretStr, (credentials, unquote(credentials), unquote(password)))


# --- one request and its answer -----------------------------------------------------------------
class Reply(NamedTuple):
    """A whole response."""

    body: bytes
    headers: Mapping[str, str]
    """By lower-case name."""
    status: int = 200
    secrets: tuple[SecretStr, ...] = ()
    """What no error about it may show."""


def shared_client_request(attempts: Attempts[Any]) -> httpx.Request:
    """Return a request that needs nothing from the client that sends it."""
    body = attempts.call.body
    # A stream instead of content: httpx would work out Host and Content-Length once more.
    return httpx.Request(
        attempts.method,
        attempts.url,
        headers=[
            (b"Host", attempts.url.netloc),
            *attempts.headers(),
            (b"Content-Length", str(len(body)).encode()),
        ],
        stream=httpx.ByteStream(body),
        extensions=attempts.start(),
    )


def users_client_request(attempts: Attempts[Any], client: Any) -> Any:
    """Return a request with what the user set on their client: headers, cookies, auth.

    Raises:
        ConfigurationError: The client is closed.
    """
    if client.is_closed:
        raise ConfigurationError("The http_client given to this model is closed.")
    return client.build_request(
        attempts.method,
        str(attempts.url),  # the client may be one of httpx2
        content=attempts.call.body,
        headers=attempts.headers(),
        extensions=attempts.start(),
    )


def free(response: httpx.Response) -> None:
    """Let a closed response be freed at once, and its request with the key and the conversation.

    In httpx a response and its body refer to each other, so they would wait for the collector of
    garbage.
    """
    if isinstance(response, httpx.Response):  # not one of httpx2
        response.stream = _NO_BODY


def iter_body(attempts: Attempts[Any], response: httpx.Response) -> Iterator[bytes]:
    """Return an iterator of a body as it arrives, decoded by httpx if it is encoded.

    Raises:
        BodyError: Its encoding was not asked for.
    """
    return (
        response.iter_bytes() if _is_decoded_by_httpx(attempts, response) else response.iter_raw()
    )


def aiter_body(attempts: Attempts[Any], response: httpx.Response) -> AsyncIterator[bytes]:
    """Return an iterator of a body as `iter_body` does."""
    return (
        response.aiter_bytes() if _is_decoded_by_httpx(attempts, response) else response.aiter_raw()
    )


def _is_decoded_by_httpx(attempts: Attempts[Any], response: httpx.Response) -> bool:
    """Return whether httpx has to decode a body, or has read it already for the user's hook.

    Other encodings than gzip are refused: some kilobytes of them may stand for gigabytes.
    """
    encoding = attempts.response_headers.get("content-encoding")
    if encoding is None or response.is_stream_consumed:
        return response.is_stream_consumed
    names = [name.partition(";")[0].strip().lower() for name in encoding.split(",")]
    encodings = [name for name in names if name not in _NOT_ENCODED]
    if encodings not in ([], [ACCEPT_ENCODING]):
        shown = ", ".join(encodings)[:_MAX_SHOWN_ENCODING]
        raise BodyError(f"a body that cannot be decoded: the encoding {shown!r} was not asked for")
    return bool(encodings)
