"""What breaks on the way to the service: the error that each exception becomes, in words."""

from __future__ import annotations

import errno
import os
import socket
import ssl

import httpx
import pytest
from doors.wire import (
    LateError,
    OversizeError,
    Situation,
    UndecodableError,
    failure_of,
    without_password,
)

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

CALL = Situation("api.example", None, False, False, 0, False, 60.0, 30.5)  # noqa: FBT003  # nothing has happened
HEAD = CALL._replace(has_headers=True)
STREAM = HEAD._replace(stream=True, events=3)
EXPIRED = CALL._replace(expired=True)
BEHIND = CALL._replace(proxy="proxy.example:3128")
TLS_HINT = "Certificates of your own go into SSL_CERT_FILE, or into http_client."
HTTP_HINT = "The server there speaks no TLS: use http:// in base_url."
PROXY_HINT = "It is the proxy that refuses, not the service: check its user and password."


def caused(error: Exception, *causes: BaseException) -> Exception:
    """Return an error with causes of causes, the last of them a context."""
    at: BaseException = error
    for cause in causes[:-1]:
        at.__cause__ = cause
        at = cause
    at.__context__ = causes[-1]
    return error


def _not_tls() -> ssl.SSLError:
    error = ssl.SSLError(1, "[SSL: WRONG_VERSION_NUMBER] wrong version number")
    error.reason = "WRONG_VERSION_NUMBER"
    return error


ECONNREFUSED = OSError(errno.ECONNREFUSED, "asyncio's own words")
REFUSED = os.strerror(errno.ECONNREFUSED)
NO_CONNECTION = caused(httpx.ConnectError("All attempts failed"), OSError("x"), ECONNREFUSED)
REFUSED_BY_AIOHTTP = caused(httpx.ConnectTimeout("x"), ECONNREFUSED, ValueError("x"))
STRANGE = caused(httpx.ConnectError("x"), OSError(-9, "Strange network"))
UNKNOWN = caused(httpx.ConnectError("x"), OSError(), socket.gaierror(-2, "Name not known"))
NO_NAME = caused(httpx.ConnectError("label too long"), UnicodeError("label too long"))
NOT_TLS = caused(httpx.ConnectError("wrong version"), OSError(), _not_tls())
UNTRUSTED = caused(httpx.ConnectError("verify failed"), ssl.SSLError(1, "verify failed"))
NOWHERE = httpx.RemoteProtocolError("Invalid URL in location header: x.")
POOL = "The connection pool is exhausted: no connection to api.example became free in time."
TOTAL = "api.example gave no complete answer within 60 s in total."
NO_CHUNK = "api.example sent no chunk for 30.5 s."
NO_PROXY = "No connection to the proxy proxy.example:3128 before api.example"
PROXY_REFUSED = "The proxy proxy.example:3128 before api.example refused: 407 Who?"
UNDECODABLE = "api.example sent a body that cannot be decoded: bad."

# The text of an error by what was raised and when. Those of the second table are retried.
FINAL: dict[type[AIMLAPIError], list[tuple[Exception, Situation, str]]] = {
    APITimeoutError: [
        (httpx.ReadTimeout("x"), CALL, "api.example sent nothing in time."),
        (httpx.ReadTimeout("x"), CALL._replace(stream=True), "api.example sent nothing in time."),
        (httpx.WriteTimeout("x"), CALL, "The request to api.example could not be sent in time."),
        (httpx.ReadTimeout("x"), EXPIRED, TOTAL),
        (LateError(), EXPIRED, TOTAL),
        (LateError(), EXPIRED._replace(stream=True, total=0.25), TOTAL.replace("60", "0.25")),
        (httpx.ReadError("x"), HEAD._replace(expired=True), TOTAL),
    ],
    StreamChunkTimeoutError: [
        (httpx.ReadTimeout("x"), STREAM, NO_CHUNK),
        (LateError(), STREAM, NO_CHUNK),
        (httpx.ReadError("x"), STREAM._replace(expired=True), NO_CHUNK),
    ],
    StreamInterruptedError: [
        (httpx.RemoteProtocolError("x"), STREAM, "The stream of api.example broke off."),
    ],
    APIConnectionError: [
        (httpx.ReadError("x"), HEAD, "api.example broke off its answer."),
        (httpx.RemoteProtocolError("x"), HEAD, "api.example broke off its answer."),
        (NOT_TLS, CALL, "TLS with api.example failed: wrong version."),
        (UNTRUSTED, BEHIND, "TLS with api.example failed: verify failed."),
        (httpx.ProxyError("407 Who?"), BEHIND, f"{PROXY_REFUSED}."),
        (httpx.ProxyError("401 No."), CALL, "A proxy before api.example refused: 401 No."),
        (httpx.ProxyError("502"), BEHIND, "proxy.example:3128 does not lead to api.example: 502."),
        (httpx.ProxyError("403"), CALL, "the proxy does not lead to api.example: 403."),
        (RuntimeError("Strange."), CALL, "The connection to api.example failed: Strange."),
    ],
    ConfigurationError: [
        (httpx.UnsupportedProtocol("No 'ftp'."), CALL, "base_url cannot be used: No 'ftp'."),
        (httpx.InvalidURL("Bad port"), CALL, "base_url cannot be used: Bad port."),
        (httpx.LocalProtocolError("Bad value"), CALL, "The request cannot be sent: Bad value."),
    ],
    RedirectError: [
        (NOWHERE, CALL, "api.example redirects to an address that is none."),
    ],
    MalformedResponseError: [
        (httpx.DecodingError("bad"), STREAM, UNDECODABLE),
        (UndecodableError("bad"), STREAM, UNDECODABLE),
        (
            OversizeError("more than 5 bytes"),
            STREAM,
            "api.example sent too much: more than 5 bytes.",
        ),
    ],
}
RETRIED: dict[type[AIMLAPIError], list[tuple[Exception, Situation, str]]] = {
    APITimeoutError: [
        (httpx.ConnectTimeout("x"), CALL, "No connection to api.example in time."),
        (httpx.ConnectTimeout("x"), EXPIRED, "No connection to api.example in time."),
        (httpx.PoolTimeout("x"), CALL, POOL),
    ],
    StreamInterruptedError: [
        (httpx.ReadError("x"), STREAM._replace(events=0), "The stream of api.example broke off."),
    ],
    APIConnectionError: [
        (httpx.RemoteProtocolError("Gone."), CALL, "api.example broke off: Gone."),
        (httpx.WriteError("Broken"), CALL, "The connection to api.example broke: Broken."),
        (NO_CONNECTION, CALL, f"No connection to api.example: {REFUSED}."),
        (NO_CONNECTION, BEHIND, f"{NO_PROXY}: {REFUSED}."),
        (REFUSED_BY_AIOHTTP, CALL, f"No connection to api.example: {REFUSED}."),
        (httpx.ConnectError("Nobody."), CALL, "No connection to api.example: Nobody."),
        (STRANGE, CALL, "No connection to api.example: Strange network."),
        (UNKNOWN, CALL, "The host api.example is not known (DNS): Name not known."),
        (NO_NAME, CALL, "The host api.example is not known (DNS): label too long."),
    ],
}
ROWS = [
    (kind, *row, table is RETRIED)
    for table in (FINAL, RETRIED)
    for kind, rows in table.items()
    for row in rows
]


@pytest.mark.parametrize(("kind", "exception", "now", "text", "retried"), ROWS)
def test_each_failure_becomes_an_error_in_words(
    kind: type[AIMLAPIError],
    exception: Exception,
    now: Situation,
    text: str,
    retried: bool,  # noqa: FBT001  # a column
) -> None:
    error, transient = failure_of(exception, now)
    assert (type(error), error.message, transient) == (kind, text, retried)
    assert error.status_code == (200 if kind is MalformedResponseError else None)
    of_stream = kind in {StreamChunkTimeoutError, StreamInterruptedError, MalformedResponseError}
    assert error.chunks_received == (now.events if of_stream else 0)
    proxy, tls = "refused:" in text, text.startswith("TLS")
    hint = HTTP_HINT if exception is NOT_TLS else TLS_HINT
    assert error.hint == (PROXY_HINT if proxy else hint if tls else None)
    assert error.is_retryable is (kind.is_retryable and not (proxy or tls))


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        (None, None),
        ("http://user:pass@proxy.example:3128/", "proxy.example:3128"),
        ("socks5://user:p@ss@proxy.example", "proxy.example"),
        ("proxy.example", "proxy.example"),
    ],
)
def test_a_proxy_is_shown_without_its_password(url: str | None, shown: str | None) -> None:
    assert without_password(url) == shown
