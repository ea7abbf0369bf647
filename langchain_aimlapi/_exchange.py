"""One request and its attempts: headers, deadlines, which failure is which error, and repeats.

Shared by the sync and the async client; it sends nothing and never sleeps.
"""

from __future__ import annotations

import logging
import random
import socket
import ssl
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import urlsplit

import httpx
from pydantic_core import from_json

from langchain_aimlapi._error_bodies import (
    Hint,
    error_from_payload,
    error_from_response,
    is_error_payload,
)
from langchain_aimlapi._retry import Failure, RetryPolicy, should_retry_header
from langchain_aimlapi._secrets import redact
from langchain_aimlapi._sse import DOCUMENT, Event
from langchain_aimlapi._transport import Clock, Deadline
from langchain_aimlapi._version import __version__
from langchain_aimlapi.errors import (
    AIMLAPIError,
    APIConnectionError,
    APITimeoutError,
    ConfigurationError,
    MalformedResponseError,
    RedirectError,
    StreamChunkTimeoutError,
    StreamInterruptedError,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

logger = logging.getLogger("langchain_aimlapi")

USER_AGENT = f"langchain-aimlapi/{__version__}"
_PROTOCOL = frozenset({"authorization", "content-type", "accept", "content-length", "host"})
"""Headers that a user's `default_headers` cannot replace."""
_LEAST_SECRET = 8
"""Characters of a user's header value from which it may be a secret."""


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
        headers: The user's headers.
        proxy: URL of a proxy; None leaves it to the environment.
    """

    base_url: str
    timeout: httpx.Timeout
    total_timeout: float | None = None
    stream_chunk_timeout: float | None = None
    max_retries: int = 2
    headers: tuple[tuple[str, str], ...] = ()
    proxy: str | None = None


class Line:
    """What is the same in all requests of a client, made once: URLs and headers as bytes."""

    def __init__(self, settings: ClientSettings) -> None:
        """Prepare for `settings`."""
        self.settings = settings
        self.policy = RetryPolicy(settings.max_retries)
        values = (value for _, value in settings.headers)
        self.secrets = tuple(value for value in values if len(value) >= _LEAST_SECRET)
        if settings.proxy and (password := urlsplit(settings.proxy).password):
            self.secrets = (*self.secrets, password)
        self._urls: dict[str, httpx.URL] = {}
        own = [("Content-Type", "application/json"), ("User-Agent", USER_AGENT)]
        mine = {name.lower(): (name, value) for name, value in settings.headers}
        kept = {name: row for name, row in mine.items() if name not in _PROTOCOL}
        rows = [row for row in own if row[0].lower() not in kept] + list(kept.values())
        self._static = [(name.encode(), value.encode()) for name, value in rows]

    def url(self, path: str) -> httpx.URL:
        """Return the URL of `path`."""
        url = self._urls.get(path)
        if url is None:
            url = self._urls[path] = httpx.URL(self.settings.base_url + path)
        return url

    def headers(
        self, api_key: str, client_request_id: str | None, accept: bytes
    ) -> list[tuple[bytes, bytes]]:
        """Return the headers of one request."""
        headers = [
            (b"Authorization", b"Bearer " + api_key.encode()),
            (b"Accept", accept),
            *self._static,
        ]
        if client_request_id is not None:
            headers.append((b"X-Client-Request-Id", client_request_id.encode()))
        return headers


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
        api_key: The key of this call.
        client_request_id: The same on all attempts.
        stream: Whether the answer is an event stream.
        hint: Asked for what to do about an error status.
    """

    def __init__(
        self,
        line: Line,
        method: str,
        path: str,
        body: bytes,
        *,
        api_key: str,
        client_request_id: str | None,
        stream: bool,
        hint: Hint | None = None,
    ) -> None:
        """Start before the first attempt."""
        settings = line.settings
        self.line = line
        self.method = method
        self.url = line.url(path)
        self.body = body
        self.headers = line.headers(
            api_key, client_request_id, b"text/event-stream" if stream else b"application/json"
        )
        self.client_request_id = client_request_id
        self.stream = stream
        self.hint = hint
        self.secrets = (api_key, *line.secrets)
        self.clock = Clock()
        self.repeats = 0
        self.events = 0
        self.response_headers: Mapping[str, str] = {}
        self._gap = settings.stream_chunk_timeout
        self._draining = False

    @property
    def where(self) -> str:
        """Method and URL without query."""
        return f"{self.method} {self.url.copy_with(query=None)}"

    # --- deadlines ---

    def start(self) -> dict[str, Any]:
        """Start the clock of an attempt; return the extensions of its request."""
        settings = self.line.settings
        total = settings.total_timeout
        self.clock.set(total)
        timeouts: dict[str, float | None] = {}
        for name, seconds in settings.timeout.as_dict().items():
            bound = total if seconds is None else seconds
            timeouts[name] = None if bound is None else Deadline(bound, self.clock)
        if self.stream and timeouts["read"] is None and self._gap is not None:
            timeouts["read"] = Deadline(self._gap, self.clock)
        return {"timeout": timeouts}

    def opened(self, headers: Mapping[str, str]) -> None:
        """Note the headers of a stream; from here on its events have to keep coming."""
        self.response_headers = headers
        self.clock.set(self._gap)

    def note(self, headers: Mapping[str, str]) -> None:
        """Note the headers of an answer, for the ids of an error that comes later."""
        self.response_headers = headers

    def progressed(self, events: int) -> None:
        """Note that events came."""
        self.events += events
        if self._draining:
            self.check()
        else:
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

    def failed_response(self, status: int, headers: Mapping[str, str], body: bytes) -> Failed:
        """Return what a response with an error status means."""
        error = error_from_response(
            status, headers, body, secrets=self.secrets, where=self.where, hint=self.hint
        )
        if isinstance(error, RedirectError):
            target = urlsplit(headers.get("location") or "").netloc or "nowhere"
            error.message = f"The service redirects to {redact(target, self.secrets)}."
            error.hint = "Redirects are not followed: prompt and key would go along. Set base_url."
        return self._failed_status(error, headers)

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
        error = error_from_payload(
            payload, headers, secrets=self.secrets, where=self.where, hint=self.hint
        )
        return self._failed_status(error, headers)

    def _failed_status(self, error: AIMLAPIError, headers: Mapping[str, str]) -> Failed:
        self._add_ids(error)
        failure = Failure(
            status=error.status_code or 500,
            retry_after=error.retry_after,
            should_retry=should_retry_header(headers),
        )
        return Failed(error, failure)

    def ended_early(self) -> Failed:
        """Return what a stream means that ended before its first event."""
        message = f"{self.url.host} ended the stream before its first chunk."
        return Failed(self._add_ids(StreamInterruptedError(message)), Failure(transient=True))

    def failed_transport(self, exception: Exception) -> Failed:
        """Return what an httpx exception means."""
        reading = bool(self.response_headers)
        expired = self.clock.expired or isinstance(exception, httpx.TimeoutException)
        if reading and expired and self.stream:
            gap = self._gap if self._gap is not None else self.line.settings.timeout.read
            cls: type[AIMLAPIError] = StreamChunkTimeoutError
            said = f"{self.url.host} sent no chunk for {gap or 0:g} s"
            transient = False
        elif self.clock.expired and not isinstance(exception, httpx.ConnectTimeout):
            cls, transient = APITimeoutError, False
            said = (
                f"{self.url.host} gave no complete answer within "
                f"{self.line.settings.total_timeout or 0:g} s in total"
            )
        else:
            cls, said, transient = self._named(exception, reading=reading)
        error = cls(redact(f"{said}.", self.secrets), chunks_received=self.events)
        if cls is APIConnectionError and not transient and not reading:
            error.is_retryable = False
        return Failed(self._add_ids(error), Failure(transient=transient))

    def _named(
        self, exception: Exception, *, reading: bool
    ) -> tuple[type[AIMLAPIError], str, bool]:
        rows = (row for row in _EXCEPTIONS if isinstance(exception, row[0]))
        _, cls, text, transient = next(rows)  # the table ends with the bases of all
        if isinstance(exception, httpx.ConnectError):
            return _connect_error(exception, self.url.host)
        if reading and issubclass(cls, APIConnectionError):
            if self.stream:
                return (
                    StreamInterruptedError,
                    f"The stream of {self.url.host} broke off",
                    (self.events == 0),
                )
            return cls, f"{self.url.host} broke off its answer", False
        return cls, text.format(host=self.url.host, reason=str(exception).rstrip(".")), transient

    def _add_ids(self, error: AIMLAPIError) -> AIMLAPIError:
        headers = self.response_headers
        error.where = error.where or self.where
        error.inference_id = error.inference_id or headers.get("x-inference-id")
        error.client_request_id = error.client_request_id or self.client_request_id
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
        self.response_headers = {}
        return delay


_EXCEPTIONS: tuple[tuple[type[Exception], type[AIMLAPIError], str, bool], ...] = (
    # exception, error, text, may pass before an answer began
    (httpx.ConnectTimeout, APITimeoutError, "No connection to {host} in time", True),
    (
        httpx.PoolTimeout,
        APITimeoutError,
        "The connection pool is exhausted: no connection to {host} became free in time",
        True,
    ),
    # Sent in full: the answer may still be made, and a repeat be billed twice.
    (httpx.ReadTimeout, APITimeoutError, "{host} sent nothing in time", False),
    (httpx.WriteTimeout, APITimeoutError, "The request to {host} could not be sent in time", False),
    (httpx.UnsupportedProtocol, ConfigurationError, "base_url cannot be used: {reason}", False),
    (httpx.LocalProtocolError, ConfigurationError, "The request cannot be sent: {reason}", False),
    (httpx.ProxyError, APIConnectionError, "The proxy before {host} refuses: {reason}", False),
    (httpx.ConnectError, APIConnectionError, "", True),
    (httpx.RemoteProtocolError, APIConnectionError, "{host} broke off: {reason}", True),
    (httpx.NetworkError, APIConnectionError, "The connection to {host} broke: {reason}", True),
    (
        httpx.DecodingError,
        MalformedResponseError,
        "{host} sent a body that cannot be decoded: {reason}",
        False,
    ),
    (httpx.InvalidURL, ConfigurationError, "base_url cannot be used: {reason}", False),
    (httpx.TransportError, APIConnectionError, "The connection to {host} failed: {reason}", False),
)


def _connect_error(exception: Exception, host: str) -> tuple[type[AIMLAPIError], str, bool]:
    """Return which part of connecting failed; TLS is not tried again."""
    reasons = list(_chain(exception))
    if any(isinstance(reason, ssl.SSLError) for reason in reasons) or "SSL" in str(exception):
        return APIConnectionError, f"TLS with {host} failed: {exception}", False
    if any(isinstance(reason, socket.gaierror) for reason in reasons):
        return APIConnectionError, f"The host {host} is not known (DNS): {exception}", True
    return APIConnectionError, f"No connection to {host}: {exception}", True


def _chain(exception: BaseException | None) -> Iterable[BaseException]:
    while exception is not None:
        yield exception
        exception = exception.__cause__ or exception.__context__
