"""The clients without sockets: which failures are repeated, after which waits, with which words."""

from __future__ import annotations

import asyncio
import json
import logging
from typing import TYPE_CHECKING

import httpx
import pytest
from doors.wire import Secret

# Clients with a clock of the test, which no setting of a model passes in.
from langchain_aimlapi._http import attempts as _attempts
from langchain_aimlapi._http.async_client import AsyncClient
from langchain_aimlapi._http.client import SyncClient
from langchain_aimlapi._http.request_defaults import ClientSettings
from langchain_aimlapi.errors import (
    AIMLAPIError,
    APIConnectionError,
    APITimeoutError,
    MalformedResponseError,
    RateLimitError,
    ServerError,
)

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

KEY = "sk-live-0123456789abcdef"
URL = "https://api.example/v1/chat/completions"
WHERE = f"client request call-7, at POST {URL}"
REQUEST: tuple[str, bytes] = ("/chat/completions", b"{}")
CALL = {"api_key": Secret(KEY), "client_request_id": "call-7"}
BODY = b'{"id": "a"}'
GOOD = httpx.Response(200, content=BODY)  # of a stream as well: it is an event then

Answer = httpx.Response | Exception


class Service:
    """Answers with what it is given, in order, and records requests and waits."""

    def __init__(self, *answers: Answer) -> None:
        self.answers = list(answers)
        self.requests: list[httpx.Request] = []
        self.waits: list[float] = []
        self.settings = ClientSettings(
            base_url="https://api.example/v1",
            timeout=httpx.Timeout(5.0),
            total_timeout=5.0,
            stream_chunk_timeout=5.0,
        )

    def answer(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return httpx.Response(answer.status_code, headers=answer.headers, stream=answer.stream)

    def call(self, mode: str) -> bytes:
        """Return the body of an answer, or the data of the events of a stream."""
        transport = httpx.MockTransport(self.answer)
        if mode in {"ainvoke", "astream"}:
            return asyncio.run(self._acall(mode, httpx.AsyncClient(transport=transport)))
        client = SyncClient(self.settings, httpx.Client(transport=transport), sleep=self.wait)
        if mode == "invoke":
            return client.fetch("POST", *REQUEST, lambda reply: reply.body, **CALL)
        with client.stream(*REQUEST, **CALL) as events:
            return b"".join(event.data for batch in events for event in batch)

    async def _acall(self, mode: str, http: httpx.AsyncClient) -> bytes:
        client = AsyncClient(self.settings, http, sleep=self.await_)
        if mode == "ainvoke":
            return await client.fetch("POST", *REQUEST, lambda reply: reply.body, **CALL)
        async with client.stream(*REQUEST, **CALL) as events:
            return b"".join([event.data async for batch in events for event in batch])

    def wait(self, seconds: float) -> None:
        self.waits.append(seconds)

    async def await_(self, seconds: float) -> None:
        self.waits.append(seconds)


@pytest.fixture(params=["invoke", "ainvoke", "stream", "astream"])
def mode(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setattr(_attempts.random, "random", lambda: 0.0)
    return str(request.param)


def _response(status: int, body: object = None, **headers: str) -> httpx.Response:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return httpx.Response(status, headers=named, content=json.dumps(body or {}).encode())


# Each row: what happens in turn, and the seconds that are waited in between.
REPEATED: list[tuple[list[Answer], list[float]]] = [
    ([GOOD], []),
    ([_response(503), GOOD], [0.5]),
    ([_response(500), _response(429), GOOD], [0.5, 1.0]),
    ([_response(429, retry_after="7"), GOOD], [7.0]),
    ([_response(429, retry_after_ms="250"), _response(408), GOOD], [0.25, 1.0]),
    ([httpx.ConnectError("refused"), GOOD], [0.5]),
    ([httpx.ConnectTimeout("late"), GOOD], [0.5]),
    ([httpx.PoolTimeout("full"), GOOD], [0.5]),
    ([httpx.RemoteProtocolError("gone"), httpx.ReadError("reset"), GOOD], [0.5, 1.0]),
    ([_response(400, x_should_retry="true"), GOOD], [0.5]),
]
FINAL: list[tuple[list[Answer], list[float], type[AIMLAPIError]]] = [
    ([_response(503)] * 3, [0.5, 1.0], ServerError),
    ([_response(429, retry_after="61")], [], RateLimitError),
    ([_response(500, x_should_retry="false")], [], ServerError),
    ([httpx.ReadTimeout("late")], [], APITimeoutError),
    ([httpx.WriteTimeout("late")], [], APITimeoutError),
    ([httpx.ConnectError("[SSL: CERTIFICATE_VERIFY_FAILED]")] * 3, [0.5, 1.0], APIConnectionError),
    ([httpx.ProxyError("407")], [], APIConnectionError),
    ([httpx.DecodingError("gzip")], [], MalformedResponseError),
]


@pytest.mark.parametrize(("answers", "waits"), REPEATED)
def test_what_is_repeated(mode: str, answers: list[Answer], waits: list[float]) -> None:
    service = Service(*answers)
    assert service.call(mode) == BODY
    assert service.waits == waits
    assert {r.headers["x-client-request-id"] for r in service.requests} == {"call-7"}


@pytest.mark.parametrize(("answers", "waits", "error"), FINAL)
def test_what_ends_in_an_error(
    mode: str, answers: list[Answer], waits: list[float], error: type[AIMLAPIError]
) -> None:
    service = Service(*answers)
    with pytest.raises(error) as caught:
        service.call(mode)
    assert type(caught.value) is error
    assert service.waits == waits
    assert not service.answers
    assert (caught.value.where, caught.value.client_request_id) == (f"POST {URL}", "call-7")
    assert caught.value.__context__ is None


def test_repeats_are_logged_with_reason_delay_and_ids(
    mode: str, caplog: pytest.LogCaptureFixture
) -> None:
    echo = _response(429, {"message": f"Slow down, {KEY}"}, x_inference_id="inf-1")
    with caplog.at_level(logging.INFO, "langchain_aimlapi"):
        Service(echo, httpx.ConnectError("refused"), GOOD).call(mode)
    lines = [r.getMessage() for r in caplog.records if r.name == "langchain_aimlapi"]
    assert lines == [
        f"Retry 1 of 2 in 0.50 s: Slow down, *** [HTTP 429, inference inf-1, {WHERE}]",
        f"Retry 2 of 2 in 1.00 s: No connection to api.example: refused. [{WHERE}]",
    ]
    assert KEY not in caplog.text


class Endless(httpx.SyncByteStream, httpx.AsyncByteStream):
    """A megabyte, and how many pieces of 10 kB of it were read."""

    read = 0

    def __iter__(self) -> Iterator[bytes]:
        for _ in range(100):
            self.read += 1
            yield b"x" * 10_000

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for piece in self:
            yield piece


def test_the_body_of_an_error_is_read_up_to_64_kib(mode: str) -> None:
    body = Endless()
    with pytest.raises(AIMLAPIError):
        Service(httpx.Response(400, stream=body)).call(mode)
    assert body.read == 7
