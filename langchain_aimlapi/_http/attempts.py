"""One call and its attempts: headers, deadlines, which failure is which error, and retries.

Shared by the sync and the async client; it sends nothing and never sleeps.
"""

from __future__ import annotations

import logging
import random
import time
from functools import partial
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Generic, NamedTuple, TypeVar

import httpx
from pydantic_core import from_json

from langchain_aimlapi._http.error_bodies import (
    MAX_BODY,
    error_from_payload,
    error_from_response,
    is_error_payload,
    retry_after_seconds,
)
from langchain_aimlapi._http.failures import (
    BodyError,
    LateError,
    failure_of,
    without_traceback,
)
from langchain_aimlapi._http.redaction import Redactor
from langchain_aimlapi._http.requests import Reply
from langchain_aimlapi._http.retry import delay_before, is_retryable
from langchain_aimlapi._http.sse import DOCUMENT, Event
from langchain_aimlapi.errors import AIMLAPIError, RedirectError, StreamInterruptedError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from pydantic import SecretStr

    from langchain_aimlapi._http.call import Call
    from langchain_aimlapi._http.requests import RequestDefaults

logger = logging.getLogger("langchain_aimlapi")

_T = TypeVar("_T")

NOT_MODIFIED = 304
_EMPTY_DATA = frozenset({b"", b"null", b"{}", b"[]"})
_MAX_EMPTY_DATA_BYTES = 8
"""Bytes, white space included, that an event without content may have."""
_NO_HEADERS: Mapping[str, str] = MappingProxyType({})
"""The headers of a response that has not come yet."""
_MAX_ERROR_BODY_SECONDS = 5.0
"""Seconds that are spent on the body of an error at most."""
_NEVER = float("inf")

monotonic: Callable[[], float] = time.monotonic
"""Returns the seconds of a clock that only moves forward."""
if hasattr(time, "clock_gettime"):  # not on Windows
    # Libraries that freeze the time in tests replace `time.monotonic`; a call that runs meanwhile
    # must not time out because of that.
    monotonic = partial(time.clock_gettime, time.CLOCK_MONOTONIC)


class Failed(NamedTuple):
    """A failed attempt: the error it would be, and whether a retry may help."""

    error: AIMLAPIError
    transient: bool


class Attempts(Generic[_T]):
    """The state of one call through all its attempts.

    Args:
        defaults: What all requests of the client have in common.
        call: What is sent.
        key: The key of this call; None for what needs none.
        stream: Whether an event stream is asked for.

    Attributes:
        status: HTTP status of the response; 0 before its headers came.
    """

    def __init__(
        self, defaults: RequestDefaults, call: Call[_T], key: SecretStr | None, *, stream: bool
    ) -> None:
        """Keep what is sent; `start` begins an attempt."""
        self.defaults = defaults
        self.errors = defaults.errors
        self.call = call
        self.method = "POST" if call.body else "GET"
        self.url = defaults.url(call.path)
        self._key = key
        self.stream = stream
        self._expires_at = _NEVER
        self.response_headers = _NO_HEADERS
        self._retries = 0
        self.events = 0
        self.status = 0
        self._success = False
        self._timeouts: dict[str, float | None] = {}
        self._chunk_timeout = defaults.settings.stream_chunk_timeout
        self._size = 0

    @property
    def host(self) -> str:
        """Host of the service."""
        return self.url.host

    @property
    def proxy(self) -> str | None:
        """Host and port of the proxy on the way, where there is one."""
        return self.defaults.proxy_for(self.url)

    @property
    def body_errors(self) -> tuple[type[Exception], ...]:
        """What does not matter of a body: an error's status says more than how it broke off."""
        return () if self._success else self.errors

    @property
    def secrets(self) -> tuple[SecretStr, ...]:
        """What no error about the call may show."""
        secrets = self.defaults.secrets
        return secrets if self._key is None else (self._key, *secrets)

    def headers(self) -> list[tuple[bytes, bytes]]:
        """Return the headers of a request as they are sent: here the key becomes text."""
        accept = b"text/event-stream" if self.stream else b"application/json"
        headers = [(b"Accept", accept), *self.defaults.headers]
        if self._key is not None:
            headers.append((b"Authorization", b"Bearer " + self._key.get_secret_value().encode()))
        if self.call.client_request_id is not None:
            headers.append((b"X-Client-Request-Id", self.call.client_request_id.encode()))
        if self.call.if_none_match is not None:
            headers.append((b"If-None-Match", self.call.if_none_match.encode()))
        return headers

    def outcome(self, body: bytes) -> _T | Failed:
        """Return what is read of an answer that came whole, or how the attempt failed."""
        if not self._success:
            return self.failed_response(body)
        try:
            return self.call.read(Reply(body, self.response_headers, self.status, self.secrets))
        except AIMLAPIError as error:
            # Frames of the reader hold the answer, which may quote the key.
            return self._failed_status(without_traceback(error), error.status_code)

    # --- deadlines ---

    def start(self) -> dict[str, Any]:
        """Start the clock of an attempt; return the extensions of its request."""
        self._expire_in(self.defaults.settings.total_timeout)
        self.status = 0
        self.response_headers = _NO_HEADERS
        self._timeouts = dict(self.defaults.timeouts)
        if self.stream and self._timeouts["read"] is None:
            self._timeouts["read"] = self._chunk_timeout
        return {"timeout": self._timeouts}

    def has_succeeded(self, response: httpx.Response) -> bool:
        """Note the headers of a response; return whether its status is a success.

        From here on the events of a stream have to keep coming. The body of an error is worth
        some seconds.

        Raises:
            LateError: The headers came too late: a blocking client bounds only each read of them.
        """
        self.check_deadline()
        status = self.status = response.status_code
        not_modified = status == NOT_MODIFIED and self.call.if_none_match is not None
        success = self._success = 200 <= status < 300 or not_modified  # noqa: PLR2004  # the successes
        self.response_headers = dict(response.headers.items())
        self._size = 0
        if not success:
            self._expires_at = min(self._expires_at, monotonic() + _MAX_ERROR_BODY_SECONDS)
        elif self.stream:
            self._expire_in(self._chunk_timeout)
        self._bound_reads()
        return success

    def _expire_in(self, seconds: float | None) -> None:
        """Let the deadline be `seconds` from now; never, if None."""
        self._expires_at = _NEVER if seconds is None else monotonic() + seconds

    @property
    def expired(self) -> bool:
        """Whether the deadline has passed."""
        return monotonic() >= self._expires_at

    @property
    def seconds_left(self) -> float | None:
        """The seconds until the deadline, 0 if it has passed; None if there is none."""
        return None if self._expires_at == _NEVER else max(0.0, self._expires_at - monotonic())

    def _bound_reads(self) -> None:
        """Let no read of the body last longer than is left; httpx looks when a body is begun."""
        left, read = self.seconds_left, self._timeouts["read"]
        if left is not None and (read is None or left < read):
            self._timeouts["read"] = left

    def received(self, size: int) -> bool:
        """Note that `size` bytes of a whole answer, of one event or of an error came.

        Returns:
            Whether that is enough: only the start of an error's body is read.

        Raises:
            LateError: The deadline has passed.
            BodyError: With all before them they are too many.
        """
        self.check_deadline()
        self._size += size
        if not self._success:
            return self._size >= MAX_BODY
        bound = self.defaults.settings.max_answer
        if self._size > bound:
            what = "one event of a stream" if self.stream else "one answer"
            raise BodyError(f"too much: more than {bound} bytes in {what}")
        return False

    def has_content(self, events: list[Event], size: int) -> bool:
        """Note that `size` bytes and the events in them came; return whether one has content.

        Events without content, such as keep-alives, are not chunks: they neither extend the
        deadline nor begin the answer.

        Raises:
            LateError: None has, and the deadline has passed.
            BodyError: One event is too large.
        """
        if not events:
            self.received(size)
            return False
        self._size = 0
        if size > self.defaults.settings.max_answer:  # of a client that reads all at once
            self.received(max(len(data) for _, data in events))
        if _are_empty(events):
            self.check_deadline()
            return False
        self.events += len(events)
        return True

    def await_event(self) -> None:
        """Start the wait for the next event: what its reader did meanwhile does not count."""
        self._expire_in(self._chunk_timeout)

    def drain(self, seconds: float) -> None:
        """Wait at most `seconds` for the end of a body whose answer is complete."""
        self._expire_in(seconds)
        self._bound_reads()

    def check_deadline(self) -> None:
        """Look at the clock after a read.

        Raises:
            LateError: The deadline has passed.
        """
        if self.expired:
            raise LateError

    def expire(self) -> LateError:
        """Return the end of an attempt whose deadline has passed by the clock of the event loop."""
        self._expire_in(0.0)
        return LateError()

    # --- failures ---

    def failed_response(self, body: bytes) -> Failed:
        """Return what a response with an error status means."""
        status = self.status
        error = error_from_response(status, body, secrets=self.secrets, hint=self.call.hint)
        if isinstance(error, RedirectError):
            target = _target_of(self.response_headers.get("location", ""), self.url)
            error.message = f"{self.host} redirects to {target}."
            error.hint = "Redirects are not followed: prompt and key would go along. Set base_url."
        return self._failed_status(error, status)

    def failed_event(self, event: Event) -> Failed | None:
        """Return what the first event of a stream means if it is an error, else None."""
        try:
            payload = from_json(event.data)
        except ValueError:
            payload = event.data.decode("utf-8", "replace")
        may_be_error = event.name in {"", DOCUMENT} and is_error_payload(payload)
        if event.name != "error" and not may_be_error:
            return None
        error = error_from_payload(payload, secrets=self.secrets, hint=self.call.hint)
        # Nothing of the answer came, so an error of no known code is like any failed server.
        return self._failed_status(error, error.status_code or 500)

    def _failed_status(self, error: AIMLAPIError, status: int | None) -> Failed:
        return Failed(self.completed(error), is_retryable(status, self.response_headers))

    def ended_early(self) -> Failed:
        """Return what a stream means that ended before its first event."""
        message = f"{self.host} ended the stream before its first chunk."
        return Failed(self.completed(StreamInterruptedError(message)), transient=True)

    def failed_transport(self, exception: Exception) -> Failed:
        """Return what an httpx exception means."""
        error, transient = failure_of(exception, self)
        return Failed(self.completed(error), transient)

    def completed(self, error: AIMLAPIError) -> AIMLAPIError:
        """Return `error` with what only the call knows: where, its ids, what must not be shown."""
        headers = self.response_headers
        error.where = error.where or f"{self.method} {self.url.copy_with(query=None)}"
        error.retry_after = error.retry_after or retry_after_seconds(headers)
        error.inference_id = error.inference_id or headers.get("x-inference-id")
        request_id = headers.get("x-request-id") or headers.get("request-id")
        error.request_id = error.request_id or request_id
        sent = self.call.client_request_id
        error.client_request_id = sent or headers.get("x-client-request-id")
        redact = Redactor(self.secrets).redact
        ids = ("inference_id", "request_id", "client_request_id")
        for name in ("message", "body_excerpt", "where", *ids):
            value = getattr(error, name)
            if value is not None:
                setattr(error, name, redact(value))
        error.args = (error.message,)
        return error

    # --- retries ---

    def delay(self, failed: Failed) -> float:
        """Return the seconds to wait before the next attempt, and log it.

        Raises:
            AIMLAPIError: There is none: the error of the failed attempt.
        """
        self._retries += 1
        most = self.defaults.settings.max_retries
        delay = None
        if failed.transient and self._retries <= most:
            delay = delay_before(self._retries, failed.error.retry_after, random.random)
        if delay is None:
            raise failed.error
        logger.info("Retry %d of %d in %.2f s: %s", self._retries, most, delay, failed.error)
        return delay


def _are_empty(events: list[Event]) -> bool:
    for name, data in events:
        is_long = len(data) > _MAX_EMPTY_DATA_BYTES
        has_content = is_long or data.strip() not in _EMPTY_DATA or name == DOCUMENT
        if has_content and name != "ping":
            return False
    return True


def _target_of(location: str, url: httpx.URL) -> str:
    """Return what of a redirect's target may be shown: host and path, without a password."""
    try:
        target = url.join(location)
    except httpx.InvalidURL:
        return "an address that is none"
    host = target.netloc.decode("ascii", "replace")
    return f"{host}{target.path}"[:300]
