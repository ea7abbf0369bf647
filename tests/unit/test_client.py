"""The clients without sockets: attempts, waits, what is sent, what is logged."""

from __future__ import annotations

import asyncio
import json
import logging
from typing import TYPE_CHECKING, Any

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
    StreamInterruptedError,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from langchain_aimlapi._http.requests import Reply

KEY = "sk-live-0123456789abcdef"
PATH = "/chat/completions"
WHERE = "client request call-7, at POST https://api.example/v1/chat/completions"
EVENTS = {"content-type": "text/event-stream"}
GOOD = httpx.Response(200, content=b'{"id": "a"}')
STREAM = httpx.Response(200, content=b"data: [1]\n\ndata: [2]\n\n", headers=EVENTS)

Answer = httpx.Response | Exception


class Service:
    """Answers with what it is given, in order, and records requests and waits.

    `kind` picks the client, so that every test runs with both.
    """

    def __init__(self, kind: str, *answers: Answer, **settings: Any) -> None:
        self.kind = kind
        self.answers = list(answers)
        self.requests: list[httpx.Request] = []
        self.waits: list[float] = []
        self.settings = ClientSettings(
            **{
                "base_url": "https://api.example/v1",
                "timeout": httpx.Timeout(5.0),
                "total_timeout": 5.0,
                "stream_chunk_timeout": 5.0,
                **settings,
            }
        )

    def answer(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return httpx.Response(answer.status_code, headers=answer.headers, content=answer.content)

    def wait(self, seconds: float) -> None:
        self.waits.append(seconds)

    async def await_(self, seconds: float) -> None:
        self.waits.append(seconds)

    def post(self, body: bytes = b"{}", read: Callable[[Reply], Any] | None = None) -> Any:
        return self._run(body, read, stream=False)

    def stream(self, body: bytes = b"{}") -> Any:
        return self._run(body, None, stream=True)

    def _run(self, body: bytes, read: Any, *, stream: bool) -> Any:
        call = {"api_key": Secret(KEY), "client_request_id": "call-7"}
        transport = httpx.MockTransport(self.answer)
        if self.kind == "sync":
            with httpx.Client(transport=transport) as http:
                client = SyncClient(self.settings, http, sleep=self.wait)
                if stream:
                    with client.stream(PATH, body, **call) as events:
                        return [event.data for batch in events for event in batch]
                return client.fetch("POST", PATH, body, read or (lambda reply: reply), **call)

        async def main() -> Any:
            async with httpx.AsyncClient(transport=transport) as http:
                client = AsyncClient(self.settings, http, sleep=self.await_)
                if stream:
                    async with client.stream(PATH, body, **call) as events:
                        return [event.data async for batch in events for event in batch]
                return await client.fetch("POST", PATH, body, read or (lambda r: r), **call)

        return asyncio.run(main())


@pytest.fixture(params=["sync", "async"])
def kind(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
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
def test_what_is_repeated(kind: str, answers: list[Answer], waits: list[float]) -> None:
    service = Service(kind, *answers)
    assert service.post().body == b'{"id": "a"}'
    assert service.waits == waits
    assert {r.headers["x-client-request-id"] for r in service.requests} == {"call-7"}


@pytest.mark.parametrize(("answers", "waits"), REPEATED)
def test_what_is_repeated_before_the_first_event_of_a_stream(
    kind: str, answers: list[Answer], waits: list[float]
) -> None:
    service = Service(kind, *answers[:-1], STREAM)
    assert service.stream() == [b"[1]", b"[2]"]
    assert service.waits == waits


@pytest.mark.parametrize(("answers", "waits", "error"), FINAL)
@pytest.mark.parametrize("mode", ["post", "stream"])
def test_what_ends_in_an_error(
    kind: str, mode: str, answers: list[Answer], waits: list[float], error: type[AIMLAPIError]
) -> None:
    service = Service(kind, *answers)
    with pytest.raises(error) as caught:
        getattr(service, mode)()
    assert type(caught.value) is error
    assert service.waits == waits
    assert not service.answers
    assert caught.value.where == "POST https://api.example/v1/chat/completions"
    assert caught.value.client_request_id == "call-7"
    assert caught.value.__context__ is None


def test_repeats_are_logged_with_reason_delay_and_ids(
    kind: str, caplog: pytest.LogCaptureFixture
) -> None:
    echo = _response(429, {"message": f"Slow down, {KEY}"}, x_inference_id="inf-1")
    with caplog.at_level(logging.INFO, "langchain_aimlapi"):
        Service(kind, echo, httpx.ConnectError("refused"), GOOD).post()
    lines = [r.getMessage() for r in caplog.records if r.name == "langchain_aimlapi"]
    assert lines == [
        f"Retry 1 of 2 in 0.50 s: Slow down, *** [HTTP 429, inference inf-1, {WHERE}]",
        f"Retry 2 of 2 in 1.00 s: No connection to api.example: refused. [{WHERE}]",
    ]
    assert KEY not in caplog.text


@pytest.mark.parametrize(
    ("error", "requests"),
    [
        (ServerError("busy", status_code=503), 2),
        (RateLimitError("slow", status_code=429), 2),
        (RateLimitError("slow", status_code=429, retry_after=90.0), 1),
        (ServerError("of no known code"), 1),
        (MalformedResponseError("unreadable", status_code=200), 1),
    ],
)
def test_an_error_inside_a_whole_answer_is_repeated_if_its_code_may_pass(
    kind: str, error: AIMLAPIError, requests: int
) -> None:
    service = Service(kind, GOOD, GOOD, max_retries=1)

    def read(reply: Reply) -> str:
        if len(service.requests) == 1:
            raise error
        return reply.body.decode()

    if requests == 1:
        with pytest.raises(type(error)) as caught:
            service.post(read=read)
        assert caught.value is error
        assert error.where is not None
    else:
        assert service.post(read=read) == '{"id": "a"}'
    assert len(service.requests) == requests


def test_nothing_is_repeated_after_the_first_event(kind: str) -> None:
    cut = httpx.Response(200, content=b'data: [1]\n\ndata: {"error": 1}\n\n', headers=EVENTS)
    service = Service(kind, cut)
    assert service.stream() == [b"[1]", b'{"error": 1}']
    assert len(service.requests) == 1


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b": ping\n\n",
        b'event: ping\ndata: {"a": 1}\n\n',
        b"data: \n\n",
        b"data: null\n\n",
        b": ping\n\ndata:",
    ],
)
def test_a_stream_without_an_event_is_repeated(kind: str, content: bytes) -> None:
    empty = httpx.Response(200, content=content, headers=EVENTS)
    service = Service(kind, empty, empty, STREAM)
    assert service.stream() == [b"[1]", b"[2]"]
    with pytest.raises(StreamInterruptedError, match="before its first chunk"):
        Service(kind, empty, max_retries=0).stream()


def test_what_is_sent(kind: str) -> None:
    given = (("X-Team", "blue"), ("authorization", "theirs"), ("User-Agent", "mine"))
    service = Service(kind, GOOD, STREAM, headers=tuple((k, Secret(v)) for k, v in given))
    service.post(b'{"a": 1}')
    service.stream(b'{"b": 2}')
    whole, stream = service.requests
    assert whole.headers["accept"] == "application/json"
    assert stream.headers["accept"] == "text/event-stream"
    for request, body in ((whole, b'{"a": 1}'), (stream, b'{"b": 2}')):
        assert request.method == "POST"
        assert str(request.url) == "https://api.example/v1/chat/completions"
        assert request.content == body
        assert request.headers.get_list("authorization") == [f"Bearer {KEY}"]
        assert request.headers["content-type"] == "application/json"
        assert request.headers["x-client-request-id"] == "call-7"
        assert request.headers["x-team"] == "blue"
        assert request.headers["user-agent"] == "mine"


@pytest.mark.parametrize(
    "given",
    [
        (("X-Secret", "hush-hush-hush"),),
        (("X-Secret", "Bearer hush-hush-hush"),),
    ],
)
def test_secrets_in_default_headers_are_not_shown(
    kind: str, given: tuple[tuple[str, str], ...]
) -> None:
    service = Service(
        kind,
        _response(400, {"message": "No hush-hush-hush here"}),
        headers=tuple((k, Secret(v)) for k, v in given),
    )
    with pytest.raises(AIMLAPIError) as caught:
        service.post()
    assert "hush-hush-hush" not in f"{caught.value} {vars(caught.value)}"


def test_the_body_of_an_error_is_read_up_to_64_kib(kind: str) -> None:
    read: list[int] = []

    def body() -> Any:
        for _ in range(100):
            read.append(1)
            yield b"x" * 10_000

    class Endless(httpx.SyncByteStream, httpx.AsyncByteStream):
        def __iter__(self) -> Any:
            return body()

        async def __aiter__(self) -> Any:
            for piece in body():
                yield piece

    service = Service(kind)
    service.answer = lambda _: httpx.Response(400, stream=Endless())
    with pytest.raises(AIMLAPIError):
        service.post()
    assert len(read) == 7
