"""One request and its attempts: headers, deadlines, which failure is which error, and repeats.

Shared by the sync and the async client; it sends nothing and never sleeps.
"""

from __future__ import annotations

import logging
import random
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import unquote
from urllib.request import getproxies, proxy_bypass

import httpx
from pydantic_core import from_json

from langchain_aimlapi._http.deadlines import Clock, Deadline
from langchain_aimlapi._http.error_bodies import (
    Hint,
    error_from_payload,
    error_from_response,
    is_error_payload,
)
from langchain_aimlapi._http.failures import (
    Situation,
    failure_of,
    refused_by_proxy,
    without_password,
)
from langchain_aimlapi._http.redaction import Redactor, Secret
from langchain_aimlapi._http.requests import Reply
from langchain_aimlapi._http.retry import Failure, RetryPolicy, should_retry_header
from langchain_aimlapi._http.sse import DOCUMENT, Event
from langchain_aimlapi._http.tracebacks import bare
from langchain_aimlapi._version import __version__
from langchain_aimlapi.errors import (
    AIMLAPIError,
    RedirectError,
    StreamInterruptedError,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

logger = logging.getLogger("langchain_aimlapi")

USER_AGENT = f"langchain-aimlapi/{__version__}"
BASE_URL = "langchain_aimlapi.base_url"
"""The extension of a request that holds the base URL it was made for: by it, whoever replays tests
knows our requests from others and finds the path below the base URL."""
_PROTOCOL = frozenset({"authorization", "content-type", "accept", "content-length", "host"})
"""Headers that a user's `default_headers` cannot replace."""
_LEAST_SECRET = 8
"""Characters of a user's header value from which it may be a secret."""
_NOTHING = frozenset({b"", b"null", b"{}", b"[]"})
_LONGEST_NOTHING = 8
"""Bytes, white space included, that an event without a word may have."""
_ERROR_BODY = 5.0
"""Seconds that are spent on the body of an error at most."""


@dataclass(frozen=True, slots=True)
class ClientSettings:
    """What a client needs to know, apart from the key.

    Attributes:
        base_url: Root of the API, without a trailing slash.
        timeout: Seconds per connect, write, read and pool wait.
        total_timeout: Seconds that one non-streaming attempt, or the opening of a stream, may
            take as a whole; None for no limit.
        stream_chunk_timeout: Seconds between the events of a stream; None for no limit.
        max_retries: Repeats after a failed attempt.
        headers: The user's headers, whose values may be secrets.
        proxy: URL of a proxy, which may hold a password; None leaves it to the environment.
    """

    base_url: str
    timeout: httpx.Timeout
    total_timeout: float | None = None
    stream_chunk_timeout: float | None = None
    max_retries: int = 2
    headers: tuple[tuple[str, Secret], ...] = ()
    proxy: Secret | None = None


class Line:
    """What is the same in all requests of a client, made once: URLs and headers as bytes."""

    def __init__(self, settings: ClientSettings) -> None:
        """Prepare for `settings`."""
        self.settings = settings
        self.policy = RetryPolicy(settings.max_retries)
        self.secrets = tuple(_secrets_of(settings))
        self.accept_encoding: bytes | None = None
        total = settings.total_timeout
        self.bounds = tuple(
            (name, total if seconds is None else seconds)
            for name, seconds in settings.timeout.as_dict().items()
        )
        self._urls: dict[str, httpx.URL] = {}
        own: list[tuple[str, str | Secret]] = [
            ("Content-Type", "application/json"),
            ("User-Agent", USER_AGENT),
        ]
        mine = {name.lower(): (name, value) for name, value in settings.headers}
        kept = {name: row for name, row in mine.items() if name not in _PROTOCOL}
        rows = [row for row in own if row[0].lower() not in kept] + list(kept.values())
        self._static = [
            (name.encode(), (value.reveal() if isinstance(value, Secret) else value).encode())
            for name, value in rows
        ]

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
        headers = [(b"Accept", accept), *self._static]
        if api_key is not None:
            headers.insert(0, (b"Authorization", b"Bearer " + api_key.reveal().encode()))
        if client_request_id is not None:
            headers.append((b"X-Client-Request-Id", client_request_id.encode()))
        return headers


def _secrets_of(settings: ClientSettings) -> Iterator[Secret]:
    for _, value in settings.headers:
        yield from _secrets_of_header(value)
    if settings.proxy is not None:
        yield from _secrets_of_proxy(settings.proxy)
    else:
        for proxy in getproxies().values():
            yield from _secrets_of_proxy(Secret(proxy))


def _secrets_of_header(value: Secret) -> Iterator[Secret]:
    if len(value.reveal()) >= _LEAST_SECRET:
        yield value
        scheme, _, token = value.reveal().partition(" ")  # "Bearer KEY" may come back as KEY
        if scheme.isalpha() and len(token) >= _LEAST_SECRET:
            yield Secret(token)


def _secrets_of_proxy(proxy: Secret) -> Iterator[Secret]:
    credentials = proxy.reveal().rpartition("//")[2].rpartition("@")[0]
    if credentials:
        yield Secret(credentials)
        yield Secret(unquote(credentials))
        yield Secret(unquote(credentials.partition(":")[2]))


class Failed(NamedTuple):
    """A failed attempt: the error it would be, and what the retry policy has to know."""

    error: AIMLAPIError
    failure: Failure


class Exchange:
    """The state of one call through all its attempts.

    Args:
        line: What all requests of the client share.
        method: HTTP method.
        path: Path below the base URL.
        body: The JSON body.
        api_key: The key of this call; None for what needs none.
        client_request_id: The same on all attempts.
        stream: Whether the answer is an event stream.
        hint: Asked for what to do about an error status.
        if_none_match: What is known already: the answer to it, 304, is a success.
    """

    def __init__(
        self,
        line: Line,
        method: str,
        path: str,
        body: bytes,
        *,
        api_key: Secret | None,
        client_request_id: str | None,
        stream: bool,
        hint: Hint | None = None,
        if_none_match: str | None = None,
    ) -> None:
        """Start before the first attempt."""
        settings = line.settings
        self.line = line
        self.method = method
        self.url = line.url(path)
        self.body = body
        self._api_key = api_key
        self._if_none_match = if_none_match
        self.conditional = if_none_match is not None
        self.client_request_id = client_request_id
        self.stream = stream
        self.hint = hint
        self.secrets: tuple[Secret, ...] = (
            line.secrets if api_key is None else (api_key, *line.secrets)
        )
        self.clock = Clock()
        self.repeats = 0
        self.events = 0
        self.began = False
        self.response_headers: Mapping[str, str] = {}
        self._gap = settings.stream_chunk_timeout
        self._draining = False

    def headers(self) -> list[tuple[bytes, bytes]]:
        """Return the headers of a request as they are sent: here the key becomes text."""
        accept = b"text/event-stream" if self.stream else b"application/json"
        headers = self.line.headers(self._api_key, self.client_request_id, accept)
        if self._if_none_match is not None:
            headers.append((b"If-None-Match", self._if_none_match.encode()))
        return headers

    def reply(self, body: bytes, status: int) -> Reply:
        """Return an answer that came whole."""
        return Reply(body, self.response_headers, status, self.secrets)

    # --- deadlines ---

    def start(self) -> dict[str, Any]:
        """Start the clock of an attempt; return the extensions of its request."""
        settings = self.line.settings
        total = settings.total_timeout
        self.clock.set(total)
        self.began = False
        self.response_headers = {}
        timeouts = {
            name: None if bound is None else Deadline(bound, self.clock)
            for name, bound in self.line.bounds
        }
        if self.stream and timeouts["read"] is None and self._gap is not None:
            timeouts["read"] = Deadline(self._gap, self.clock)
        return {"timeout": timeouts, BASE_URL: settings.base_url}

    def note(self, headers: Mapping[str, str], *, ok: bool, decodable: str) -> None:
        """Note that an answer began.

        From here on the events of a stream have to keep coming. An error is worth some seconds.

        Args:
            headers: Its headers.
            ok: Whether its status is a success.
            decodable: The encodings that were asked for.

        Raises:
            httpx.DecodingError: Its encoding is none of them.
        """
        self.began = True
        self.response_headers = headers
        if not ok:
            self.clock.at_most(_ERROR_BODY)
            return
        if self.stream:
            self.clock.set(self._gap)
        encoding = headers.get("content-encoding")
        if encoding is not None:
            known = {"identity", "", *decodable.lower().replace(" ", "").split(",")}
            unknown = set(encoding.lower().replace(" ", "").split(",")) - known
            if unknown:
                text = f"the encoding {' and '.join(sorted(unknown))!r} was not asked for"
                raise httpx.DecodingError(text[:300])

    def progressed(self, events: list[Event]) -> bool:
        """Note that events came; return whether one of them says anything.

        Some services keep a stream alive by events that say nothing. Those are no chunks: they
        neither move the deadline nor begin the answer.

        Raises:
            httpx.ReadTimeout: None does, and the deadline has passed.
        """
        if _say_nothing(events):
            self.check()
            return False
        self.events += len(events)
        if self._draining:
            self.check()
        return True

    def last(self, events: list[Event]) -> list[Event]:
        """Return those of the events at the end of a stream that count."""
        return [] if _say_nothing(events) else events

    def awaited(self) -> None:
        """Note that the next events are waited for: what their reader did meanwhile is its own."""
        self.clock.set(self._gap)

    def draining(self, seconds: float) -> None:
        """Wait at most `seconds` for the end of a body whose answer is complete."""
        self._draining = True
        self.clock.set(seconds)

    def check(self) -> None:
        """Raise what a socket would, for clients whose sockets do not know the clock.

        Raises:
            httpx.ReadTimeout: The deadline has passed.
        """
        if self.clock.expired:
            raise httpx.ReadTimeout("the deadline of the call has passed")

    # --- failures ---

    @property
    def where(self) -> str:
        """Method and URL without query."""
        return f"{self.method} {self.url.copy_with(query=None)}"

    def failed_response(self, status: int, headers: Mapping[str, str], body: bytes) -> Failed:
        """Return what a response with an error status means."""
        error = error_from_response(status, headers, body, secrets=self.secrets, hint=self.hint)
        if self._is_of_proxy(status, body):
            reason = f"{_status_text(status)}: {error.message}"
            refused = refused_by_proxy(self.url.host, self.line.proxy_for(self.url), reason)
            refused.status_code, refused.body_excerpt = status, error.body_excerpt
            return Failed(self.completed(refused), Failure(status=status))
        if isinstance(error, RedirectError):
            target = _target_of(headers.get("location") or "", self.url)
            error.message = f"{self.url.host} redirects to {target}."
            error.hint = "Redirects are not followed: prompt and key would go along. Set base_url."
        return self._failed_status(error, error.status_code)

    def _is_of_proxy(self, status: int, body: bytes) -> bool:
        """Return whether an error status is the word of a proxy, not of the service.

        With https a proxy can only refuse the connection. Without, its page comes as the answer;
        the service's are JSON.
        """
        if status == HTTPStatus.PROXY_AUTHENTICATION_REQUIRED:
            return True
        if status != HTTPStatus.UNAUTHORIZED or self.url.scheme != "http":
            return False
        return self.line.proxy_for(self.url) is not None and body.lstrip()[:1] not in {b"{", b"["}

    def failed_event(self, event: Event) -> Failed | None:
        """Return what the first event of a stream means if it is an error, else None."""
        if event.name not in {"", "error", DOCUMENT}:
            return None
        payload: Any = None
        try:
            payload = from_json(event.data)
        except ValueError:
            if event.name != "error":
                return None
            payload = event.data.decode("utf-8", "replace")
        if event.name != "error" and not is_error_payload(payload):
            return None
        headers = self.response_headers
        error = error_from_payload(payload, headers, secrets=self.secrets, hint=self.hint)
        # Nothing of the answer came, so an error of no known code is like any failed server.
        return self._failed_status(error, error.status_code or 500)

    def failed_answer(self, error: AIMLAPIError) -> Failed:
        """Return what it means that a whole answer could not be read, or was an error."""
        bare(error)  # frames of the reader hold the answer, which may quote the key
        return self._failed_status(error, error.status_code)

    def _failed_status(self, error: AIMLAPIError, status: int | None) -> Failed:
        failure = Failure(
            status=status,
            retry_after=error.retry_after,
            should_retry=should_retry_header(self.response_headers),
        )
        return Failed(self.completed(error), failure)

    def ended_early(self) -> Failed:
        """Return what a stream means that ended before its first event."""
        message = f"{self.url.host} ended the stream before its first chunk."
        return Failed(self.completed(StreamInterruptedError(message)), Failure(transient=True))

    def failed_transport(self, exception: Exception) -> Failed:
        """Return what an httpx exception means."""
        settings = self.line.settings
        situation = Situation(
            host=self.url.host,
            proxy=self.line.proxy_for(self.url),
            stream=self.stream,
            began=self.began,
            events=self.events,
            expired=self.clock.expired,
            total=settings.total_timeout,
            gap=self._gap if self._gap is not None else settings.timeout.read,
        )
        error, transient = failure_of(exception, situation)
        return Failed(self.completed(error), Failure(transient=transient))

    def completed(self, error: AIMLAPIError) -> AIMLAPIError:
        """Return `error` with what only the call knows: where, its ids, what must not be shown."""
        headers = self.response_headers
        error.where = error.where or self.where
        error.inference_id = error.inference_id or headers.get("x-inference-id")
        error.request_id = error.request_id or headers.get("x-request-id")
        error.client_request_id = self.client_request_id or error.client_request_id
        redact = Redactor(self.secrets).redact
        for name in ("message", "inference_id", "request_id", "body_excerpt", "where"):
            value = getattr(error, name)
            if value is not None:
                setattr(error, name, redact(value))
        error.args = (error.message,)
        return error

    # --- repeats ---

    def delay(self, failed: Failed) -> float:
        """Return the seconds to wait before the next attempt, and log it.

        Raises:
            AIMLAPIError: There is none: the error of the failed attempt.
        """
        self.repeats += 1
        delay = self.line.policy.delay_before(self.repeats, failed.failure, random.random)
        if delay is None:
            raise failed.error
        logger.info(
            "Retry %d of %d in %.2f s: %s",
            self.repeats,
            self.line.policy.max_retries,
            delay,
            failed.error,
        )
        return delay


def _status_text(status: int) -> str:
    return f"{status} {HTTPStatus(status).phrase}"


def _say_nothing(events: list[Event]) -> bool:
    for name, data in events:
        says = len(data) > _LONGEST_NOTHING or data.strip() not in _NOTHING or name == DOCUMENT
        if says and name != "ping":
            return False
    return True


def _target_of(location: str, url: httpx.URL) -> str:
    """Return what of a redirect's target may be shown: host and path, without a password."""
    try:
        target = url.join(location)
    except httpx.InvalidURL:
        return "an address that is none"
    if not location:
        return "nowhere"
    host = target.netloc.decode("ascii", "replace")
    return f"{host}{target.path}"[:300]
