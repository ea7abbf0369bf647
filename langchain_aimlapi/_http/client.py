"""One request or one stream with the blocking client; JSON and SSE only, no LangChain.

What decides (headers, deadlines, retries, which failure is which error) is `Attempts`, shared with
`async_client`; the two only send and receive.
"""

from __future__ import annotations

import time
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

from langchain_aimlapi._http import clients
from langchain_aimlapi._http.attempts import Attempts, Failed
from langchain_aimlapi._http.event_stream import DRAIN_SECONDS, EventStreamState
from langchain_aimlapi._http.requests import (
    RequestDefaults,
    iter_body,
    shared_client_request,
    users_client_request,
)
from langchain_aimlapi.errors import AIMLAPIError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import TracebackType

    import httpx
    from pydantic import SecretStr
    from typing_extensions import Self

    from langchain_aimlapi._http.call import Call
    from langchain_aimlapi._http.requests import ClientSettings
    from langchain_aimlapi._http.sse import Event

_T = TypeVar("_T")


class SyncClient:
    """Sends requests with the blocking client of the process, or with the user's.

    Args:
        settings: Where to, and how long.
        http_client: The user's client: used as it is, never closed.
    """

    sleep = staticmethod(time.sleep)
    """Waits the seconds between attempts."""

    def __init__(self, settings: ClientSettings, http_client: httpx.Client | None = None) -> None:
        """Prepare requests; nothing is opened."""
        self.defaults = RequestDefaults(settings, http_client)
        self.http_client = http_client
        self._route = clients.route_by(settings.proxy)

    def fetch(self, call: Call[_T], key: SecretStr | None) -> _T:
        """Send one request and return what its `read` makes of the answer.

        Raises:
            AIMLAPIError: No attempt succeeded.
        """
        attempts = Attempts(self.defaults, call, key, stream=False)
        while True:
            outcome = self._attempt(attempts)
            if not isinstance(outcome, Failed):
                return outcome
            self.sleep(attempts.delay(outcome))

    def stream(self, call: Call[Any], key: SecretStr | None) -> EventStream:
        """Return a stream; entering it sends the request and waits for the first event."""
        return EventStream(self, Attempts(self.defaults, call, key, stream=True))

    def close(self) -> None:
        """Close the shared connections unless another client uses them; not the user's."""
        if self.http_client is None:
            clients.release(self, self._route)

    def send(self, attempts: Attempts[Any]) -> clients.Sent:
        """Send one attempt; the body of the response is not read yet."""
        if self.http_client is not None:
            request = users_client_request(attempts, self.http_client)
            return clients.Sent(self.http_client.send(request, stream=True, follow_redirects=False))
        idle = clients.sync_clients(self, self._route)
        client = idle.take()
        try:
            response = client.send(shared_client_request(attempts), stream=True)
        except BaseException:
            idle.put_back(client)
            raise
        return clients.Sent(response, partial(idle.put_back, client))

    def _attempt(self, attempts: Attempts[_T]) -> _T | Failed:
        try:
            sent = self.send(attempts)
            try:
                attempts.has_succeeded(sent.response)
                body = _receive(attempts, sent.response)
            finally:
                sent.close()
        except attempts.errors as exception:
            return attempts.failed_transport(exception)
        return attempts.outcome(body)


def _receive(attempts: Attempts[Any], response: httpx.Response) -> bytes:
    """Return the body; of an error only the start, as much as comes of it."""
    received = []
    with suppress(*attempts.body_errors):
        for data in iter_body(attempts, response):
            received.append(data)
            if attempts.received(len(data)):
                break
    return b"".join(received)


class EventStream(EventStreamState):
    """One streaming answer: a context manager, and an iterator of its events, read by read."""

    _client: SyncClient
    _body: Iterator[bytes]

    def __enter__(self) -> Self:
        """Send the request and wait for the first event, with retries until it is there.

        Raises:
            AIMLAPIError: No attempt succeeded.
        """
        while True:
            try:
                failed = self._open()
            finally:
                if self._first is None:
                    self._close()
            if failed is None:
                return self
            self._client.sleep(self._attempts.delay(failed))

    def _open(self) -> Failed | None:
        attempts = self._attempts
        try:
            self._sent = self._client.send(attempts)
            response = self._sent.response
            if not self._has_succeeded(response):
                return attempts.failed_response(_receive(attempts, response))
            self._body = iter_body(attempts, response)
            return self._keep_first(self._next_events())
        except attempts.errors as exception:
            return attempts.failed_transport(exception)

    def _next_events(self) -> list[Event] | Failed:
        """Return what the next read completes that has content, or how it failed; none at the end.

        Who raises the error does it elsewhere: an httpx exception holds the request, so the key.
        """
        try:
            if not self._ended:
                for data in self._body:
                    if events := self._decode(data):
                        return events
            return self._last_events()
        except self._attempts.errors as exception:
            return self._attempts.failed_transport(exception)

    def __iter__(self) -> Self:
        """Return the stream itself."""
        return self

    def __next__(self) -> list[Event]:
        """Return the events that one read completed, at least one.

        Raises:
            AIMLAPIError: The stream broke off, or paused for too long.
        """
        self._attempts.await_event()
        events = self._first or self._next_events()
        self._first = None
        if isinstance(events, Failed):
            raise events.error
        if not events:
            raise StopIteration
        return events

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Let the connection be used again if the answer was read, close it otherwise."""
        if isinstance(exc, AIMLAPIError):  # of who reads the events
            self._attempts.completed(exc)
        try:
            if exc_type is None and not self._ended:
                self._drain()
        finally:
            self._close()

    def _drain(self) -> None:
        """Wait a moment for the end of the body, so that its connection is used again."""
        self._attempts.drain(DRAIN_SECONDS)
        # A second iteration: httpx reads the timeout of a body when an iteration of it begins.
        # RuntimeError: the body of a user's client cannot be iterated twice, or was closed.
        with suppress(RuntimeError, *self._attempts.errors):  # held open: it is closed then
            for _ in self._sent.response.stream if self._sent is not None else ():
                self._attempts.check_deadline()

    def _close(self) -> None:
        sent, self._sent, self._body = self._sent, None, iter(())
        if sent is not None:
            sent.close()
