"""One request and its attempts: headers, deadlines, which failure is which error, and repeats.

Shared by the sync and the async client; it sends nothing and never sleeps.
"""

from __future__ import annotations

import logging
import random
from http import HTTPStatus
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple

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
    LateError,
    OversizeError,
    Situation,
    failure_of,
    refused_by_proxy,
)
from langchain_aimlapi._http.redaction import Redactor
from langchain_aimlapi._http.requests import Reply
from langchain_aimlapi._http.retry import FailedAttempt, should_retry_header
from langchain_aimlapi._http.sse import DOCUMENT, Event
from langchain_aimlapi._http.tracebacks import bare
from langchain_aimlapi.errors import (
    AIMLAPIError,
    RedirectError,
    StreamInterruptedError,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from langchain_aimlapi._http.line import Line
    from langchain_aimlapi._http.redaction import Secret

logger = logging.getLogger("langchain_aimlapi")

BASE_URL = "langchain_aimlapi.base_url"
"""The extension of a request that holds the base URL it was made for. Tools that replay requests
use it to recognise ours and to find the path below the base URL."""
_NOTHING = frozenset({b"", b"null", b"{}", b"[]"})
_LONGEST_NOTHING = 8
"""Bytes, white space included, that an event without content may have."""
_NONE_YET: Mapping[str, str] = MappingProxyType({})
"""The headers of an answer that has not begun."""
_ERROR_BODY = 5.0
"""Seconds that are spent on the body of an error at most."""


class Failed(NamedTuple):
    """A failed attempt: the error it would be, and what the retry policy has to know."""

    error: AIMLAPIError
    failure: FailedAttempt


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
        self.clock = Clock()
        self.repeats = 0
        self.events = 0
        self.began = False
        self.response_headers = _NONE_YET
        self._gap = settings.stream_chunk_timeout
        self._draining = False
        self._size = 0

    @property
    def secrets(self) -> tuple[Secret, ...]:
        """What no error about the call may show."""
        secrets = self.line.secrets
        return secrets if self._api_key is None else (self._api_key, *secrets)

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
        self.response_headers = _NONE_YET
        timeouts: dict[str, Deadline | None] = {}
        for bound, phases in self.line.bounds:
            deadline = None if bound is None else Deadline(bound, self.clock)
            timeouts.update(dict.fromkeys(phases, deadline))
        if self.stream and timeouts["read"] is None and self._gap is not None:
            timeouts["read"] = Deadline(self._gap, self.clock)
        return {"timeout": timeouts, BASE_URL: settings.api_base or settings.base_url}

    def note(self, headers: Mapping[str, str], *, ok: bool) -> None:
        """Note that an answer began.

        From here on the events of a stream have to keep coming. An error is worth some seconds.

        Args:
            headers: Its headers.
            ok: Whether its status is a success.
        """
        self.began = True
        self.response_headers = headers
        self._size = 0
        if not ok:
            self.clock.at_most(_ERROR_BODY)
        elif self.stream:
            self.clock.set(self._gap)

    def received(self, size: int) -> None:
        """Note that `size` bytes of a whole answer, or of one event, came.

        Raises:
            LateError: The deadline has passed.
            OversizeError: With all before them they are too many.
        """
        self.check()
        self._size += size
        if self._size > self.line.settings.max_answer:
            what = "one event of a stream" if self.stream else "one answer"
            raise OversizeError(f"more than {self.line.settings.max_answer} bytes in {what}")

    def progressed(self, events: list[Event], size: int) -> bool:
        """Note that `size` bytes and the events in them came; return whether one has content.

        Some services keep a stream alive by events without content. Those are no chunks: they
        neither move the deadline nor begin the answer.

        Raises:
            LateError: None does, and the deadline has passed.
            OversizeError: One event is too large.
        """
        if not events:
            self.received(size)
            return False
        self._size = 0
        if size > self.line.settings.max_answer:  # of a client that reads all at once
            self.received(max(len(data) for _, data in events))
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
            LateError: The deadline has passed.
        """
        if self.clock.expired:
            raise LateError("the deadline of the call has passed")

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
            return Failed(self.completed(refused), FailedAttempt(status=status))
        if isinstance(error, RedirectError):
            target = _target_of(headers.get("location") or "", self.url)
            error.message = f"{self.url.host} redirects to {target}."
            error.hint = "Redirects are not followed: prompt and key would go along. Set base_url."
        return self._failed_status(error, error.status_code)

    def _is_of_proxy(self, status: int, body: bytes) -> bool:
        """Return whether an error status comes from a proxy, not from the service.

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
        failure = FailedAttempt(
            status=status,
            retry_after=error.retry_after,
            should_retry=should_retry_header(self.response_headers),
        )
        return Failed(self.completed(error), failure)

    def ended_early(self) -> Failed:
        """Return what a stream means that ended before its first event."""
        message = f"{self.url.host} ended the stream before its first chunk."
        return Failed(
            self.completed(StreamInterruptedError(message)), FailedAttempt(transient=True)
        )

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
            total=settings.total_timeout or 0.0,
            gap=(self._gap if self._gap is not None else settings.timeout.read) or 0.0,
        )
        error, transient = failure_of(exception, situation)
        return Failed(self.completed(error), FailedAttempt(transient=transient))

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
        has_content = (
            len(data) > _LONGEST_NOTHING or data.strip() not in _NOTHING or name == DOCUMENT
        )
        if has_content and name != "ping":
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
