"""What users' tests intercept requests and turn the clock with works as it does for plain httpx."""

from __future__ import annotations

import asyncio
import datetime as dt
import json
import time
import traceback
from typing import TYPE_CHECKING, Any

import httpx
import pytest
import pytest_socket
import respx
import time_machine
import vcr
from faults.modes import MODES, call
from faults.scripts import EVENTS, HELLO, JSON, completion, good
from freezegun import freeze_time

from langchain_aimlapi import ChatAIMLAPI
from langchain_aimlapi.errors import APIConnectionError, APITimeoutError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from faults.server import FaultServer
    from pytest_httpx import HTTPXMock

    ModelOf = Callable[..., ChatAIMLAPI]

URL = "https://api.aimlapi.com/v1/chat/completions"
PROXY = "http://user:secret@127.0.0.1:9"


def _answer(request: httpx.Request) -> httpx.Response:
    if json.loads(request.content).get("stream"):
        return httpx.Response(200, headers=EVENTS, content=b"".join(HELLO))
    return httpx.Response(200, headers=JSON, json=completion())


@pytest.fixture
def model() -> Iterator[ChatAIMLAPI]:
    with ChatAIMLAPI(model="openai/gpt-4o", api_key="sk-test", max_retries=0) as made:
        yield made


def _says_hello(mode: str, model: ChatAIMLAPI) -> bool:
    result = call(mode, model)
    assert result.error is None
    return result.text == "Hello"


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("variable", ["", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"])
@pytest.mark.parametrize("using", ["httpcore", "httpx"])
def test_respx_intercepts_in_both_modes_whatever_the_proxies(
    monkeypatch: pytest.MonkeyPatch, mode: str, variable: str, using: str
) -> None:
    if variable:
        monkeypatch.setenv(variable, PROXY)
        monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with (
        respx.mock(using=using) as router,
        ChatAIMLAPI(model="openai/gpt-4o", api_key="sk-test", max_retries=0) as model,
    ):
        route = router.post(URL).mock(side_effect=_answer)
        assert _says_hello(mode, model)
        assert route.call_count == 1
        assert route.calls.last.request.headers["authorization"] == "Bearer sk-test"


@pytest.mark.parametrize("mode", MODES)
def test_respx_shows_errors_of_the_transport(model: ChatAIMLAPI, mode: str) -> None:
    with respx.mock() as router:
        router.post(URL).mock(side_effect=httpx.ConnectError("no way"))
        assert type(call(mode, model).error) is APIConnectionError
        router.post(URL).mock(side_effect=httpx.ReadTimeout("late"))
        assert type(call(mode, model).error) is APITimeoutError


def test_what_respx_lets_pass_reaches_the_server(server: FaultServer, model_of: ModelOf) -> None:
    service = server.serving(good)
    with respx.mock() as router:
        router.route(host="127.0.0.1").pass_through()
        for mode in MODES:
            assert _says_hello(mode, model_of(service))
    for mode in MODES:  # and afterwards everything is as before
        assert _says_hello(mode, model_of(service))
    assert len(service.requests) == 8


@pytest.mark.parametrize("mode", MODES)
def test_who_traces_a_request_is_told_of_each_step(
    server: FaultServer, model_of: ModelOf, monkeypatch: pytest.MonkeyPatch, mode: str
) -> None:
    """The `trace` of httpx's extensions of requests, as a library that wraps `send` sets it."""
    steps: list[str] = []
    send, asend = httpx.Client.send, httpx.AsyncClient.send

    async def note(step: str, _: Any) -> None:
        steps.append(step)

    def traced(client: httpx.Client, request: httpx.Request, **how: Any) -> httpx.Response:
        request.extensions["trace"] = lambda step, _: steps.append(step)
        return send(client, request, **how)

    async def atraced(
        client: httpx.AsyncClient, request: httpx.Request, **how: Any
    ) -> httpx.Response:
        request.extensions["trace"] = note
        return await asend(client, request, **how)

    monkeypatch.setattr(httpx.Client, "send", traced)
    monkeypatch.setattr(httpx.AsyncClient, "send", atraced)
    model = model_of(server.serving(good))
    for _ in range(2):
        steps.clear()
        assert _says_hello(mode, model)
        for step in ("send_request_headers", "send_request_body", "receive_response_headers"):
            assert steps.count(f"http11.{step}.complete") == 1


@pytest.mark.parametrize("mode", MODES)
def test_pytest_httpx_intercepts(model: ChatAIMLAPI, httpx_mock: HTTPXMock, mode: str) -> None:
    httpx_mock.add_callback(_answer, url=URL, method="POST")
    assert _says_hello(mode, model)
    assert httpx_mock.get_requests()[0].headers["authorization"] == "Bearer sk-test"


@pytest.mark.parametrize("mode", MODES)
def test_plain_vcrpy_records_and_plays(
    server: FaultServer, model_of: ModelOf, tmp_path: Path, mode: str
) -> None:
    service = server.serving(good)
    tape = vcr.VCR(record_mode="once", cassette_library_dir=str(tmp_path))
    with tape.use_cassette("tape.yaml"):
        assert _says_hello(mode, model_of(service))
    with tape.use_cassette("tape.yaml") as cassette:
        assert _says_hello(mode, model_of(service))
        assert cassette.play_count == 1
    assert len(service.requests) == 1


@pytest.mark.parametrize("mode", MODES)
def test_a_mock_transport_answers(mode: str) -> None:
    transport = httpx.MockTransport(_answer)
    model = ChatAIMLAPI(
        model="openai/gpt-4o",
        api_key="sk-test",
        http_client=httpx.Client(transport=transport),
        http_async_client=httpx.AsyncClient(transport=transport),
    )
    assert _says_hello(mode, model)


# --- clocks ---


@pytest.mark.parametrize("mode", ["invoke", "stream"])
def test_a_frozen_clock_that_ticks_ends_no_call(
    server: FaultServer, model_of: ModelOf, mode: str
) -> None:
    model = model_of(server.serving(good), timeout=20.0, max_retries=0)
    # The loops of servers in other threads keep the real time: freezing is not made for threads.
    with freeze_time("2030-01-01", auto_tick_seconds=3600, real_asyncio=True):
        for _ in range(3):
            assert _says_hello(mode, model)
            time.monotonic()


@pytest.mark.parametrize("mode", MODES)
def test_a_clock_that_is_turned_during_a_call_ends_no_call(mode: str) -> None:
    with freeze_time("2030-01-01", real_asyncio=True) as frozen:

        def handler(request: httpx.Request) -> httpx.Response:
            frozen.tick(dt.timedelta(days=1))
            return _answer(request)

        transport = httpx.MockTransport(handler)
        model = ChatAIMLAPI(
            model="openai/gpt-4o",
            api_key="sk-test",
            timeout=20.0,
            max_retries=0,
            http_client=httpx.Client(transport=transport),
            http_async_client=httpx.AsyncClient(transport=transport),
        )
        assert _says_hello(mode, model)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("tick", [False, True])
def test_time_machine_ends_no_call(
    server: FaultServer,
    model_of: ModelOf,
    mode: str,
    tick: bool,  # noqa: FBT001  # parametrized
) -> None:
    model = model_of(server.serving(good), max_retries=0)
    with time_machine.travel("2030-01-01", tick=tick) as traveller:
        assert _says_hello(mode, model)
        traveller.shift(86_400)
        assert _says_hello(mode, model)


@pytest.mark.parametrize("mode", ["ainvoke", "astream"])
def test_the_clock_of_a_loop_may_run_ahead(
    server: FaultServer, model_of: ModelOf, mode: str
) -> None:
    async def slow(exchange: Any) -> None:
        await exchange.pause(0.2)
        await good(exchange)

    model = model_of(server.serving(slow), max_retries=0, timeout=5.0)

    async def main() -> str:
        first = (await model.ainvoke("Hi!")).text  # connected, so that only reads are timed
        loop = asyncio.get_running_loop()
        real = loop.time
        loop.time = lambda: real() * 1000.0  # type: ignore[method-assign]  # as a ticking clock
        try:
            if mode == "ainvoke":
                return first + (await model.ainvoke("Hi!")).text
            return first + "".join([chunk.text async for chunk in model.astream("Hi!")])
        finally:
            loop.time = real  # type: ignore[method-assign]  # as it was

    assert asyncio.run(main()) == "HelloHello"


# --- sockets ---


@pytest.mark.filterwarnings("ignore:A test tried to use socket")
@pytest.mark.parametrize("mode", MODES)
def test_pytest_socket_forbids_what_it_forbids(mode: str) -> None:
    model = ChatAIMLAPI(
        model="openai/gpt-4o", api_key="sk-test", base_url="http://127.0.0.1:9/v1", max_retries=0
    )

    async def ask() -> None:  # a loop has sockets of its own, so it is there already
        pytest_socket.disable_socket()
        if mode == "ainvoke":
            await model.ainvoke("Hi!")
        else:
            await anext(model.astream("Hi!"))

    def work() -> None:
        if mode.startswith("a"):
            asyncio.run(ask())
        else:
            pytest_socket.disable_socket()
            call(mode, model)

    try:
        with pytest.raises(Exception) as refused:  # noqa: PT011  # anyio groups those of addresses
            work()
    finally:
        pytest_socket.enable_socket()
    assert "SocketBlockedError" in "".join(traceback.format_exception(refused.value))
