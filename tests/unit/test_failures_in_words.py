"""What breaks on the way to the service: the error that each exception becomes, in words."""

from __future__ import annotations

import errno
import os
import socket
import ssl
from typing import Any

import httpx
import pytest
from doors.wire import (
    LateError,
    OversizeError,
    Situation,
    UndecodableError,
    failure_of,
    refused_by_proxy,
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
STREAM = CALL._replace(stream=True, has_headers=True, events=3)
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
    if causes:
        at.__context__ = causes[-1]
    return error


def refused(text: str = "All attempts failed") -> Exception:
    return caused(httpx.ConnectError(text), OSError(text), OSError(errno.ECONNREFUSED, "asyncio's"))


def not_tls() -> ssl.SSLError:
    error = ssl.SSLError(1, "[SSL: WRONG_VERSION_NUMBER] wrong version number")
    error.reason = "WRONG_VERSION_NUMBER"
    return error


REFUSED = os.strerror(errno.ECONNREFUSED)

FAILURES: dict[str, tuple[Exception, Situation, type[AIMLAPIError], str, bool]] = {
    "no connection in time": (
        httpx.ConnectTimeout("x"),
        CALL,
        APITimeoutError,
        "No connection to api.example in time.",
        True,
    ),
    "no connection in time, of a stream, late": (
        httpx.ConnectTimeout("x"),
        CALL._replace(stream=True, expired=True),
        APITimeoutError,
        "No connection to api.example in time.",
        True,
    ),
    "no free connection": (
        httpx.PoolTimeout("x"),
        CALL,
        APITimeoutError,
        "The connection pool is exhausted: no connection to api.example became free in time.",
        True,
    ),
    "no free connection, late": (
        httpx.PoolTimeout("x"),
        CALL._replace(expired=True),
        APITimeoutError,
        "The connection pool is exhausted: no connection to api.example became free in time.",
        True,
    ),
    "nothing in time": (
        httpx.ReadTimeout("x"),
        CALL,
        APITimeoutError,
        "api.example sent nothing in time.",
        False,
    ),
    "late": (
        LateError(),
        CALL._replace(expired=True),
        APITimeoutError,
        "api.example gave no complete answer within 60 s in total.",
        False,
    ),
    "refused, as httpx-aiohttp says it": (
        caused(httpx.ConnectTimeout("x"), OSError(errno.ECONNREFUSED, "x"), ValueError("x")),
        CALL,
        APIConnectionError,
        f"No connection to api.example: {os.strerror(errno.ECONNREFUSED)}.",
        True,
    ),
    "a port that speaks no TLS": (
        caused(httpx.ConnectError("wrong version"), OSError(), not_tls()),
        CALL,
        APIConnectionError,
        "TLS with api.example failed: wrong version.",
        False,
    ),
    "not sent in time": (
        httpx.WriteTimeout("x"),
        CALL,
        APITimeoutError,
        "The request to api.example could not be sent in time.",
        False,
    ),
    "no head of a stream in time": (
        httpx.ReadTimeout("x"),
        CALL._replace(stream=True),
        APITimeoutError,
        "api.example sent nothing in time.",
        False,
    ),
    "no chunk in time": (
        httpx.ReadTimeout("x"),
        STREAM,
        StreamChunkTimeoutError,
        "api.example sent no chunk for 30.5 s.",
        False,
    ),
    "no chunk in time, by our clock": (
        LateError(),
        STREAM,
        StreamChunkTimeoutError,
        "api.example sent no chunk for 30.5 s.",
        False,
    ),
    "the end of a stream late": (
        httpx.ReadError("x"),
        STREAM._replace(expired=True),
        StreamChunkTimeoutError,
        "api.example sent no chunk for 30.5 s.",
        False,
    ),
    "expired": (
        httpx.ReadTimeout("x"),
        CALL._replace(expired=True),
        APITimeoutError,
        "api.example gave no complete answer within 60 s in total.",
        False,
    ),
    "expired while it came": (
        httpx.ReadError("x"),
        CALL._replace(expired=True, has_headers=True),
        APITimeoutError,
        "api.example gave no complete answer within 60 s in total.",
        False,
    ),
    "expired before a stream began": (
        LateError(),
        CALL._replace(expired=True, stream=True, total=0.25),
        APITimeoutError,
        "api.example gave no complete answer within 0.25 s in total.",
        False,
    ),
    "a stream that breaks off": (
        httpx.RemoteProtocolError("x"),
        STREAM,
        StreamInterruptedError,
        "The stream of api.example broke off.",
        False,
    ),
    "a stream that breaks off before its first event": (
        httpx.ReadError("x"),
        STREAM._replace(events=0),
        StreamInterruptedError,
        "The stream of api.example broke off.",
        True,
    ),
    "an answer that breaks off": (
        httpx.ReadError("x"),
        CALL._replace(has_headers=True),
        APIConnectionError,
        "api.example broke off its answer.",
        False,
    ),
    "an answer against the protocol": (
        httpx.RemoteProtocolError("x"),
        CALL._replace(has_headers=True),
        APIConnectionError,
        "api.example broke off its answer.",
        False,
    ),
    "no answer at all": (
        httpx.RemoteProtocolError("Server disconnected."),
        CALL,
        APIConnectionError,
        "api.example broke off: Server disconnected.",
        True,
    ),
    "broken while it was sent": (
        httpx.WriteError("Broken pipe"),
        CALL,
        APIConnectionError,
        "The connection to api.example broke: Broken pipe.",
        True,
    ),
    "a redirect to nowhere": (
        httpx.RemoteProtocolError("Invalid URL in location header: x."),
        CALL,
        RedirectError,
        "api.example redirects to an address that is none.",
        False,
    ),
    "refused by a proxy": (
        httpx.ProxyError("407 Proxy Authentication Required."),
        BEHIND,
        APIConnectionError,
        (
            "The proxy proxy.example:3128 before api.example refused: "
            "407 Proxy Authentication Required."
        ),
        False,
    ),
    "refused by a proxy of the user's own": (
        httpx.ProxyError("401 Unauthorized"),
        CALL,
        APIConnectionError,
        "A proxy before api.example refused: 401 Unauthorized.",
        False,
    ),
    "a proxy that leads nowhere": (
        httpx.ProxyError("502 Bad Gateway"),
        BEHIND,
        APIConnectionError,
        "proxy.example:3128 does not lead to api.example: 502 Bad Gateway.",
        False,
    ),
    "a proxy of the user's own that leads nowhere": (
        httpx.ProxyError("403 Forbidden"),
        CALL,
        APIConnectionError,
        "the proxy does not lead to api.example: 403 Forbidden.",
        False,
    ),
    "another scheme": (
        httpx.UnsupportedProtocol("Unsupported protocol 'ftp://'."),
        CALL,
        ConfigurationError,
        "base_url cannot be used: Unsupported protocol 'ftp://'.",
        False,
    ),
    "no URL": (
        httpx.InvalidURL("Invalid port"),
        CALL,
        ConfigurationError,
        "base_url cannot be used: Invalid port.",
        False,
    ),
    "a header that cannot be sent": (
        httpx.LocalProtocolError("Illegal header value"),
        CALL,
        ConfigurationError,
        "The request cannot be sent: Illegal header value.",
        False,
    ),
    "bytes that cannot be decoded": (
        httpx.DecodingError("bad"),
        STREAM,
        MalformedResponseError,
        "api.example sent a body that cannot be decoded: bad.",
        False,
    ),
    "bytes that cannot be decoded here": (
        UndecodableError("bad"),
        STREAM,
        MalformedResponseError,
        "api.example sent a body that cannot be decoded: bad.",
        False,
    ),
    "too many bytes": (
        OversizeError("more than 5 bytes"),
        STREAM,
        MalformedResponseError,
        "api.example sent too much: more than 5 bytes.",
        False,
    ),
    "whatever else": (
        RuntimeError("Strange."),
        CALL,
        APIConnectionError,
        "The connection to api.example failed: Strange.",
        False,
    ),
    "refused": (
        refused(),
        CALL,
        APIConnectionError,
        f"No connection to api.example: {REFUSED}.",
        True,
    ),
    "refused, without the system's word": (
        caused(httpx.ConnectError("Nobody there."), OSError(), ValueError("x")),
        CALL,
        APIConnectionError,
        "No connection to api.example: Nobody there.",
        True,
    ),
    "refused, in the words of the resolver": (
        caused(httpx.ConnectError("x"), OSError(-9, "Strange network")),
        CALL,
        APIConnectionError,
        "No connection to api.example: Strange network.",
        True,
    ),
    "a proxy that is not there": (
        refused(),
        BEHIND,
        APIConnectionError,
        f"No connection to the proxy proxy.example:3128 before api.example: {REFUSED}.",
        True,
    ),
    "no such host": (
        caused(httpx.ConnectError("x"), OSError(), socket.gaierror(-2, "Name not known")),
        CALL,
        APIConnectionError,
        "The host api.example is not known (DNS): Name not known.",
        True,
    ),
    "a host that is no name": (
        caused(httpx.ConnectError("label too long"), UnicodeError("label too long")),
        CALL,
        APIConnectionError,
        "The host api.example is not known (DNS): label too long.",
        True,
    ),
    "a certificate that is not trusted": (
        caused(httpx.ConnectError("verify failed"), OSError(), ssl.SSLError(1, "verify failed")),
        BEHIND,
        APIConnectionError,
        "TLS with api.example failed: verify failed.",
        False,
    ),
}


@pytest.mark.parametrize(
    ("exception", "now", "kind", "text", "repeated"), FAILURES.values(), ids=FAILURES
)
def test_each_failure_becomes_an_error_in_words(
    exception: Exception,
    now: Situation,
    kind: type[AIMLAPIError],
    text: str,
    repeated: bool,  # noqa: FBT001  # a column
) -> None:
    error, transient = failure_of(exception, now)
    assert (type(error), error.message, transient) == (kind, text, repeated)
    status = 200 if kind is MalformedResponseError else None
    assert getattr(error, "status_code", None) == status
    of_stream = kind in {StreamChunkTimeoutError, StreamInterruptedError, MalformedResponseError}
    assert error.chunks_received == (now.events if of_stream else 0)
    proxy, tls = "refused:" in text, text.startswith("TLS")
    hint = HTTP_HINT if "wrong version" in text else TLS_HINT
    assert error.hint == (PROXY_HINT if proxy else hint if tls else None)
    assert error.is_retryable is (kind.is_retryable and not (proxy or tls))


def test_a_proxy_that_refuses_is_named_and_not_asked_again() -> None:
    error: Any = refused_by_proxy("api.example", "p:1", "407 No.")
    assert error.message == "The proxy p:1 before api.example refused: 407 No."
    assert (error.hint, error.is_retryable) == (PROXY_HINT, False)


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        (None, None),
        ("http://proxy.example:3128", "proxy.example:3128"),
        ("http://user:pass@proxy.example:3128/", "proxy.example:3128"),
        ("socks5://user:p@ss@proxy.example", "proxy.example"),
        ("proxy.example", "proxy.example"),
    ],
)
def test_a_proxy_is_shown_without_its_password(url: str | None, shown: str | None) -> None:
    assert without_password(url) == shown
