"""Which failures are repeated, after which waits, and which error in words each becomes."""

from __future__ import annotations

import errno
import json
import logging
import os
import socket
import ssl
from typing import TYPE_CHECKING, Any

import httpx
import pytest
import time_machine
import wire
from scripted import Scripted
from sockets.modes import MODES, text_of

from langchain_aimlapi import ChatAIMLAPI, errors

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

KEY = "sk-live-0123456789abcdef"
URL = "https://api.example/v1/chat/completions"
WHERE = f"client request call-7, at POST {URL}"
NOW = 1_700_000_000.0
"""Tue, 14 Nov 2023 22:13:20 GMT."""


HEL = wire.sse([wire.chunk({"content": "Hel"})])


def good(request: httpx.Request) -> httpx.Response:
    if json.loads(request.content).get("stream"):
        stream = wire.chat_stream({"content": "Hel"}, {"content": "lo"})
        return httpx.Response(200, content=stream)
    return httpx.Response(200, json=wire.completion({"content": "Hello"}))


class Body(httpx.SyncByteStream, httpx.AsyncByteStream):
    """Pieces, and then an exception, if one is given; it counts what was read."""

    def __init__(self, *pieces: bytes, then: Exception | None = None) -> None:
        self.pieces = pieces
        self.then = then
        self.read = 0

    def __iter__(self) -> Iterator[bytes]:
        for piece in self.pieces:
            self.read += 1
            yield piece
        if self.then is not None:
            raise self.then

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for piece in self:
            yield piece


def asking(service: Scripted, **fields: Any) -> ChatAIMLAPI:
    settings = {
        "model": "openai/gpt-4o",
        "client_request_id": "call-7",
        **service.clients,
        **fields,
    }
    return ChatAIMLAPI(api_key=KEY, base_url="https://api.example/v1", **settings)


def answering(status: int, body: Any = None, **headers: str) -> Any:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return lambda _: httpx.Response(status, headers=named, json=body or {})


# Each row: what happens in turn, and the seconds that are waited in between.
REPEATED: list[tuple[list[Any], list[float]]] = [
    ([good], []),
    ([answering(500), answering(429), good], [0.5, 1.0]),
    ([answering(429, retry_after_ms="250"), answering(408), good], [0.25, 1.0]),
    ([httpx.ConnectError("refused"), good], [0.5]),
    ([httpx.ConnectTimeout("late"), good], [0.5]),
    ([httpx.PoolTimeout("full"), good], [0.5]),
    ([httpx.RemoteProtocolError("gone"), httpx.ReadError("reset"), good], [0.5, 1.0]),
    ([answering(400, x_should_retry="true"), good], [0.5]),
]
FINAL: list[tuple[Any, list[float], type[errors.AIMLAPIError]]] = [
    (answering(503), [0.5, 1.0], errors.ServerError),
    (answering(429, retry_after="61"), [], errors.RateLimitError),
    (httpx.ReadTimeout("late"), [], errors.APITimeoutError),
    (httpx.ConnectError("[SSL: CERTIFICATE_VERIFY_FAILED]"), [0.5, 1.0], errors.APIConnectionError),
]


@pytest.mark.parametrize(("happens", "seconds"), REPEATED)
def test_what_may_pass_is_repeated(
    happens: list[Any], seconds: list[float], waits: list[float]
) -> None:
    for mode in MODES:
        waits.clear()
        service = Scripted(*happens)
        assert (mode, text_of(asking(service), mode), waits) == (mode, "Hello", seconds)
        assert {r.headers["x-client-request-id"] for r in service.requests} == {"call-7"}


@pytest.mark.parametrize(("happens", "seconds", "kind"), FINAL)
def test_what_does_not_pass_is_an_error(
    happens: Any, seconds: list[float], kind: type[errors.AIMLAPIError], waits: list[float]
) -> None:
    for mode in MODES:
        waits.clear()
        with pytest.raises(errors.AIMLAPIError) as caught:
            text_of(asking(Scripted(happens)), mode)
        assert (mode, type(caught.value), waits) == (mode, kind, seconds)
        assert (caught.value.where, caught.value.client_request_id) == (f"POST {URL}", "call-7")
        assert caught.value.__context__ is None


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.usefixtures("waits")
def test_repeats_are_logged_with_reason_delay_and_ids(
    mode: str, caplog: pytest.LogCaptureFixture
) -> None:
    echo = answering(429, {"message": f"Slow down, {KEY}"}, x_inference_id="inf-1")
    with caplog.at_level(logging.INFO, "langchain_aimlapi"):
        text_of(asking(Scripted(echo, httpx.ConnectError("refused"), good)), mode)
    lines = [r.getMessage() for r in caplog.records if r.name == "langchain_aimlapi"]
    assert lines == [
        f"Retry 1 of 2 in 0.50 s: Slow down, *** [HTTP 429, inference inf-1, {WHERE}]",
        f"Retry 2 of 2 in 1.00 s: No connection to api.example: refused. [{WHERE}]",
    ]
    assert KEY not in caplog.text


@pytest.mark.parametrize("mode", MODES)
def test_the_body_of_an_error_is_read_up_to_64_kib(mode: str) -> None:
    body = Body(*[b"x" * 10_000] * 100)
    with pytest.raises(errors.AIMLAPIError):
        text_of(asking(Scripted(lambda _: httpx.Response(400, stream=body))), mode)
    assert body.read == 7


STREAMS: dict[str, bytes] = {
    "chat/completions": wire.chat_stream({"content": "Hello"}),
    "messages": wire.sse(wire.claude_events(({"type": "text", "text": "Hello"}, ()))),
    "responses": wire.sse(wire.response_events(wire.response(wire.message_item("Hello")))),
}


@pytest.mark.parametrize("endpoint", STREAMS)
@pytest.mark.usefixtures("waits")
def test_a_stream_that_begins_with_an_error_is_asked_for_again(endpoint: str) -> None:
    error = {"type": "error", "error": {"message": "Slow down", "code": 429}}
    service = Scripted(wire.sse([error]), STREAMS[endpoint])
    model = asking(service, model=wire.MODELS[endpoint], endpoint=endpoint)
    assert text_of(model, "stream") == "Hello"
    assert len(service.requests) == 2


# --- in words -----------------------------------------------------------------------------------
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
UNDECODABLE = "api.example sent a body that cannot be decoded: bad."
# What is raised, where (instead of headers, behind them, or behind the first event), and the words.
Rows = dict[type[errors.AIMLAPIError], list[tuple[Exception, str, str]]]
ONCE: Rows = {
    errors.APITimeoutError: [
        (httpx.ReadTimeout("x"), "first", "api.example sent nothing in time."),
        (httpx.WriteTimeout("x"), "first", "The request to api.example could not be sent in time."),
    ],
    errors.StreamChunkTimeoutError: [
        (httpx.ReadTimeout("x"), "event", "api.example sent no chunk for 30.5 s."),
    ],
    errors.StreamInterruptedError: [
        (httpx.RemoteProtocolError("x"), "event", "The stream of api.example broke off."),
    ],
    errors.APIConnectionError: [
        (httpx.ReadError("x"), "body", "api.example broke off its answer."),
        (NOT_TLS, "first", "TLS with api.example failed: wrong version."),
        (UNTRUSTED, "first", "TLS with api.example failed: verify failed."),
        (httpx.ProxyError("401 No."), "first", "A proxy before api.example refused: 401 No."),
        (httpx.ProxyError("403"), "first", "the proxy does not lead to api.example: 403."),
    ],
    errors.ConfigurationError: [
        (httpx.UnsupportedProtocol("No 'ftp'."), "first", "base_url cannot be used: No 'ftp'."),
        (httpx.InvalidURL("Bad port"), "first", "base_url cannot be used: Bad port."),
        (httpx.LocalProtocolError("Bad"), "first", "The request cannot be sent: Bad."),
    ],
    errors.RedirectError: [(NOWHERE, "first", "api.example redirects to an address that is none.")],
    errors.MalformedResponseError: [(httpx.DecodingError("bad"), "body", UNDECODABLE)],
}
AGAIN: Rows = {
    errors.APITimeoutError: [
        (httpx.ConnectTimeout("x"), "first", "No connection to api.example in time."),
        (httpx.PoolTimeout("x"), "first", POOL),
    ],
    errors.APIConnectionError: [
        (httpx.RemoteProtocolError("Gone."), "first", "api.example broke off: Gone."),
        (httpx.WriteError("Broken"), "first", "The connection to api.example broke: Broken."),
        (NO_CONNECTION, "first", f"No connection to api.example: {REFUSED}."),
        (REFUSED_BY_AIOHTTP, "first", f"No connection to api.example: {REFUSED}."),
        (httpx.ConnectError("Nobody."), "first", "No connection to api.example: Nobody."),
        (STRANGE, "first", "No connection to api.example: Strange network."),
        (UNKNOWN, "first", "The host api.example is not known (DNS): Name not known."),
        (NO_NAME, "first", "The host api.example is not known (DNS): label too long."),
    ],
}


@pytest.mark.usefixtures("waits")
@pytest.mark.parametrize(
    ("kind", "row", "attempts"),
    [
        (kind, row, attempts)
        for table, attempts in ((ONCE, 1), (AGAIN, 3))
        for kind, rows in table.items()
        for row in rows
    ],
)
def test_each_failure_becomes_an_error_in_words(
    kind: type[errors.AIMLAPIError], row: tuple[Exception, str, str], attempts: int
) -> None:
    exception, when, says = row
    pieces = {"first": None, "body": (b" ",), "event": (HEL,)}[when]

    def answer(_: httpx.Request) -> httpx.Response:
        if pieces is None:
            raise exception
        return httpx.Response(200, stream=Body(*pieces, then=exception))

    service = Scripted(answer)
    model = asking(service, stream_chunk_timeout=30.5)
    with pytest.raises(errors.AIMLAPIError) as caught:
        text_of(model, "stream" if when == "event" else "invoke")
    error = caught.value
    proxy, tls = "refused:" in says, says.startswith("TLS")
    hint = HTTP_HINT if exception is NOT_TLS else TLS_HINT
    assert (type(error), error.message) == (kind, says)
    assert error.hint == (PROXY_HINT if proxy else hint if tls else None)
    assert error.is_retryable is (kind.is_retryable and not (proxy or tls))
    assert error.status_code == (200 if kind is errors.MalformedResponseError else None)
    assert error.chunks_received == (when == "event")
    assert len(service.requests) == attempts


# --- the policy ---------------------------------------------------------------------------------
def requests_of(answer: Any, **fields: Any) -> int:
    """Return how often a service is asked that always gives this answer."""
    service = Scripted(answer)
    with pytest.raises(errors.AIMLAPIError):
        text_of(asking(service, **fields), "invoke")
    return len(service.requests)


@pytest.mark.usefixtures("waits")
@pytest.mark.parametrize(
    ("statuses", "headers", "requests"),
    [
        ((408, 409, 425, 429, 500, 502, 599), {}, 2),
        ((301, 400, 401, 499, 501, 505), {}, 1),
        ((400,), {"x_should_retry": "TRUE"}, 2),
        ((503,), {"x_should_retry": "false"}, 1),
        ((503,), {"x_should_retry": "maybe"}, 2),
    ],
)
def test_which_statuses_are_repeated(
    statuses: tuple[int, ...], headers: dict[str, str], requests: int
) -> None:
    for status in statuses:
        assert requests_of(answering(status, **headers), max_retries=1) == requests, status


@pytest.mark.parametrize(
    ("luck", "seconds"),
    [
        (0.0, [0.5, 1.0, 2.0, 4.0, 8.0, 8.0]),
        (0.5, [0.4375, 0.875, 1.75, 3.5, 7.0, 7.0]),
        (1.0, [0.375, 0.75, 1.5, 3.0, 6.0, 6.0]),
    ],
)
def test_delays_double_up_to_eight_seconds_less_a_quarter_of_luck(
    monkeypatch: pytest.MonkeyPatch, waits: list[float], luck: float, seconds: list[float]
) -> None:
    monkeypatch.setattr("random.random", lambda: luck)
    assert requests_of(answering(500), max_retries=6) == 7
    assert waits == seconds


@pytest.mark.parametrize(
    ("headers", "known", "waited"),
    [
        ({}, None, [0.5]),
        ({"retry_after": "0.5"}, 0.5, [0.5]),
        ({"retry_after": "0.001"}, 0.001, [0.001]),
        ({"retry_after": " 7 "}, 7.0, [7.0]),
        ({"retry_after": "60"}, 60.0, [60.0]),
        ({"retry_after": "60.001"}, 60.001, []),  # longer than a minute: who calls decides
        ({"retry_after": "1e9"}, 1e9, []),
        ({"retry_after": "0"}, None, [0.5]),
        ({"retry_after": "inf"}, None, [0.5]),
        ({"retry_after": "Tue, 14 Nov 2023 22:13:30 GMT"}, 10.0, [10.0]),
        ({"retry_after": "Tue, 14 Nov 2023 22:13:10 GMT"}, None, [0.5]),
        ({"retry_after": "Tue, 99 Nov 2023 22:13:10 GMT"}, None, [0.5]),
        ({"retry_after_ms": "1500", "retry_after": "119"}, 1.5, [1.5]),
        ({"retry_after_ms": "soon", "retry_after": "3"}, 3.0, [3.0]),
    ],
)
def test_the_service_may_ask_for_up_to_a_minute(
    headers: dict[str, str], known: float | None, waited: list[float], waits: list[float]
) -> None:
    with time_machine.travel(NOW, tick=False), pytest.raises(errors.RateLimitError) as caught:
        text_of(asking(Scripted(answering(429, **headers)), max_retries=1), "invoke")
    assert (caught.value.retry_after, waits) == (known, waited)
