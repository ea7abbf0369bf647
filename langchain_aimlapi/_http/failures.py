"""From what httpx raises to a typed error: which part failed, and whether a retry may help."""

from __future__ import annotations

import os
import socket
import ssl
from typing import TYPE_CHECKING, Any, TypeVar

from langchain_aimlapi._http.user_objects import names_of
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
    from collections.abc import Iterable

    from langchain_aimlapi._http.attempts import Attempts


_Error = TypeVar("_Error", bound=BaseException)


def without_traceback(error: _Error) -> _Error:
    """Return `error` without the frames it passed and what it was raised from.

    The frames of a reader hold the bytes of an answer, which may quote the key.
    """
    error.__cause__ = error.__context__ = None
    return error.with_traceback(None)


class WireError(Exception):
    """What our own reading of a response raises, beside what httpx does."""


class LateError(WireError):
    """The deadline of the call has passed."""


class BodyError(WireError):
    """A body is larger than the settings allow, or its encoding was not asked for."""


def failure_of(exception: Exception, call: Attempts[Any]) -> tuple[AIMLAPIError, bool]:
    """Return the error that `exception` stands for, and whether to retry.

    What was sent in full is not retried when its answer is late: it may still be made, and be
    billed twice. The error says by `is_retryable` that a caller may think otherwise.
    """
    names = names_of(exception)
    expired = call.expired
    late = expired or not names.isdisjoint({"TimeoutException", "LateError"})
    connecting = not names.isdisjoint({"ConnectTimeout", "PoolTimeout"})
    settings = call.defaults.settings
    if late and call.stream and call.status:
        seconds = settings.stream_chunk_timeout or settings.timeout.read or 0.0
        text = f"{call.host} sent no chunk for {seconds:g} s."
        return StreamChunkTimeoutError(text, chunks_received=call.events), False
    if expired and not connecting:
        seconds = settings.total_timeout or 0.0
        text = f"{call.host} gave no complete answer within {seconds:g} s in total."
        return APITimeoutError(text), False
    if call.status and not names.isdisjoint({"NetworkError", "ProtocolError"}):
        if not call.stream:
            return APIConnectionError(f"{call.host} broke off its answer."), False
        text = f"The stream of {call.host} broke off."
        return StreamInterruptedError(text, chunks_received=call.events), call.events == 0
    # httpx-aiohttp calls it a timeout when the system refuses a connection.
    refused = connecting and any(map(_system_text, _chain(exception)))
    if refused or "ConnectError" in names or isinstance(exception, UnicodeError):
        return _not_connected(exception, call)
    return _by_table(exception, names, call)


def _by_table(
    exception: Exception, names: frozenset[str], call: Attempts[Any]
) -> tuple[AIMLAPIError, bool]:
    reason = (str(exception) or _reason_of(exception)).rstrip(".")
    if "RemoteProtocolError" in names and "location header" in reason:
        return RedirectError(f"{call.host} redirects to an address that is none."), False
    if "ProxyError" in names and reason[:3] in _REFUSED_BY_PROXY:
        return refused_by_proxy(call, reason), False
    _, cls, text, transient = next(row for row in _EXCEPTIONS if row[0] in names or not row[0])
    text = text.format(host=call.host, proxy=call.proxy or "the proxy", reason=reason)
    error = cls(f"{text}.")
    if isinstance(error, MalformedResponseError):
        error.status_code = 200
        error.chunks_received = call.events
    return error, transient


def _not_connected(exception: Exception, call: Attempts[Any]) -> tuple[AIMLAPIError, bool]:
    """Return which part of connecting failed; TLS that is refused stays refused."""
    causes = list(_chain(exception))
    reason = _reason_of(exception).rstrip(".")
    refused = next((cause for cause in causes if isinstance(cause, ssl.SSLError)), None)
    if refused is not None:
        error = APIConnectionError(f"TLS with {call.host} failed: {exception}.")
        error.hint = _PLAIN_HTTP if getattr(refused, "reason", None) in _NOT_TLS else _CERTIFICATES
        error.is_retryable = False
        return error, False
    if call.proxy is not None:
        text = f"No connection to the proxy {call.proxy} before {call.host}: {reason}."
    elif any(isinstance(cause, (socket.gaierror, UnicodeError)) for cause in causes):
        text = f"The host {call.host} is not known (DNS): {reason}."
    else:
        text = f"No connection to {call.host}: {reason}."
    return APIConnectionError(text), True


def refused_by_proxy(call: Attempts[Any], reason: str) -> AIMLAPIError:
    """Return what it means that a proxy on the way wants to know who asks."""
    which = f"The proxy {call.proxy}" if call.proxy is not None else "A proxy"
    error = APIConnectionError(f"{which} before {call.host} refused: {reason.rstrip('.')}.")
    error.hint = "It is the proxy that refuses, not the service: check its user and password."
    error.is_retryable = False
    return error


def _reason_of(exception: Exception) -> str:
    """Return the system's words where there are any, else those of the exception."""
    texts = (*map(_system_text, _chain(exception)), str(exception))
    return next(filter(None, texts), type(exception).__name__)


def _system_text(cause: BaseException) -> str | None:
    """Return the system's words: asyncio puts its own in their place."""
    if not isinstance(cause, OSError):
        return None
    number = cause.errno or 0
    return os.strerror(number) if number > 0 else cause.strerror


def _chain(exception: BaseException | None) -> Iterable[BaseException]:
    """Yield the exception and its causes; anyio groups those of several addresses."""
    while exception is not None:
        yield exception
        yield from getattr(exception, "exceptions", ())
        exception = exception.__cause__ or exception.__context__


_REFUSED_BY_PROXY = frozenset({"401", "407"})
_NOT_TLS = frozenset(
    {"WRONG_VERSION_NUMBER", "HTTP_REQUEST", "RECORD_LAYER_FAILURE", "UNKNOWN_PROTOCOL"}
)
"""OpenSSL's reasons, old and new, for a peer whose bytes are no TLS."""
_PLAIN_HTTP = "The server there speaks no TLS: use http:// in base_url."
_CERTIFICATES = "Certificates of your own go into SSL_CERT_FILE, or into http_client."

# Name of the exception, error, text, whether to retry. The first row that fits counts.
_EXCEPTIONS: tuple[tuple[str, type[AIMLAPIError], str, bool], ...] = (
    ("ConnectTimeout", APITimeoutError, "No connection to {host} in time", True),
    (
        "PoolTimeout",
        APITimeoutError,
        "The connection pool is exhausted: no connection to {host} became free in time",
        True,
    ),
    ("ReadTimeout", APITimeoutError, "{host} sent nothing in time", False),
    ("WriteTimeout", APITimeoutError, "The request to {host} could not be sent in time", False),
    ("UnsupportedProtocol", ConfigurationError, "base_url cannot be used: {reason}", False),
    ("LocalProtocolError", ConfigurationError, "The request cannot be sent: {reason}", False),
    ("ProxyError", APIConnectionError, "{proxy} does not lead to {host}: {reason}", False),
    ("RemoteProtocolError", APIConnectionError, "{host} broke off: {reason}", True),
    ("NetworkError", APIConnectionError, "The connection to {host} broke: {reason}", True),
    (
        "DecodingError",
        MalformedResponseError,
        "{host} sent a body that cannot be decoded: {reason}",
        False,
    ),
    ("BodyError", MalformedResponseError, "{host} sent {reason}", False),
    ("InvalidURL", ConfigurationError, "base_url cannot be used: {reason}", False),
    ("", APIConnectionError, "The connection to {host} failed: {reason}", False),
)
