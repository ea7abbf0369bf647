"""What users' tests intercept requests and turn the clock with works as it does for plain httpx."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING

import httpx
import pytest
import respx
import time_machine
from faults.modes import MODES, call
from faults.scripts import EVENTS, HELLO, JSON, completion, good
from freezegun import freeze_time

from langchain_aimlapi import ChatAIMLAPI
from langchain_aimlapi.errors import APIConnectionError, APITimeoutError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from faults.server import FaultServer

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


# --- sockets ---
