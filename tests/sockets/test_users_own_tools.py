"""What users' tests intercept requests and turn the clock with works as it does for plain httpx.

For chat models and for embeddings, in every way.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import json
import traceback
from contextlib import closing
from typing import TYPE_CHECKING, Any

import httpx
import pytest
import pytest_socket
import respx
import time_machine
import vcr
from freezegun import freeze_time

from langchain_aimlapi import AIMLAPIEmbeddings, ChatAIMLAPI
from sockets.modes import MODES, text_of
from sockets.scripts import EVENTS, HELLO, answers, completion, good

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from pytest_httpx import HTTPXMock

    from sockets.server import Exchange, FaultServer

ROOT = "https://api.aimlapi.com/v1"
KEY = "sk-users-own-tools"
VECTOR = {
    "object": "list",
    "data": [{"object": "embedding", "index": 0, "embedding": [0.5, 0.25]}],
    "model": "text-embedding-3-small",
    "usage": {"prompt_tokens": 1, "total_tokens": 1},
}


EVERYWHERE = [*MODES, "embed_query", "aembed_query"]


def answer(request: httpx.Request) -> httpx.Response:
    """Answer as the service does, and only if it is asked with the key."""
    assert request.headers["authorization"] == f"Bearer {KEY}"
    if request.url.path.endswith("/embeddings"):
        return httpx.Response(200, json=VECTOR)
    if json.loads(request.content).get("stream"):
        return httpx.Response(200, headers=EVENTS, content=b"".join(HELLO))
    return httpx.Response(200, json=completion())


async def served(exchange: Exchange) -> None:
    """Answer the same over a real connection."""
    embeds = "/embeddings " in exchange.request.line
    await (answers(200, VECTOR) if embeds else good)(exchange)


def answers_well(mode: str, **settings: Any) -> bool:
    """Return whether a new model gives the answer, without a repeat."""
    settings = {"api_key": KEY, "max_retries": 0, **settings}
    if mode in MODES:
        with ChatAIMLAPI("openai/gpt-4o", **settings) as model:
            return text_of(model, mode) == "Hello"
    with closing(AIMLAPIEmbeddings("text-embedding-3-small", **settings)) as embeddings:
        asked = getattr(embeddings, mode)("Hi!")
        return (asyncio.run(asked) if mode[0] == "a" else asked) == [0.5, 0.25]


def mocked(handler: Callable[[httpx.Request], httpx.Response]) -> dict[str, Any]:
    transport = httpx.MockTransport(handler)
    return {
        "http_client": httpx.Client(transport=transport),
        "http_async_client": httpx.AsyncClient(transport=transport),
    }


@pytest.mark.parametrize("using", ["httpcore", "httpx"])
def test_respx_intercepts_though_proxies_are_set(
    monkeypatch: pytest.MonkeyPatch, using: str
) -> None:
    for variable in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(variable, "http://user:secret@127.0.0.1:9")
    for mode in EVERYWHERE:
        with respx.mock(using=using) as router:
            route = router.post(url__startswith=ROOT).mock(side_effect=answer)
            assert answers_well(mode)
            assert route.call_count == 1


def test_pytest_httpx_intercepts(httpx_mock: HTTPXMock) -> None:
    httpx_mock.add_callback(answer, method="POST", is_reusable=True)
    for mode in EVERYWHERE:
        assert answers_well(mode)
    assert len(httpx_mock.get_requests()) == len(EVERYWHERE)


def test_plain_vcrpy_records_and_plays(server: FaultServer, tmp_path: Path) -> None:
    service = server.serving(served)
    tape = vcr.VCR(record_mode="once", cassette_library_dir=str(tmp_path))
    for mode in EVERYWHERE:
        for _ in range(2):
            with tape.use_cassette(f"{mode}.yaml") as cassette:
                assert answers_well(mode, base_url=service.base_url)
        assert cassette.play_count == 1
    assert len(service.requests) == len(EVERYWHERE)


def test_a_clock_of_freezegun_that_ticks_and_is_turned_during_a_call_ends_none() -> None:
    # freezegun looks for clocks in each module that is imported, and makes numpy import more.
    clock = freeze_time(
        "2030-01-01", auto_tick_seconds=3600, real_asyncio=True, ignore=["numpy", "hypothesis"]
    )
    with clock as frozen:

        def late(request: httpx.Request) -> httpx.Response:
            frozen.tick(dt.timedelta(days=1))
            return answer(request)

        for mode in EVERYWHERE:
            assert answers_well(mode, timeout=20.0, **mocked(late))


def test_a_clock_of_time_machine_that_is_turned_between_calls_ends_none(
    server: FaultServer,
) -> None:
    base_url = server.serving(served).base_url
    with time_machine.travel("2030-01-01", tick=True) as traveller:
        for mode in EVERYWHERE:
            assert answers_well(mode, timeout=20.0, base_url=base_url)
            traveller.shift(86_400)


@pytest.fixture
def _no_sockets() -> Iterator[None]:
    yield
    pytest_socket.enable_socket()


@pytest.mark.usefixtures("_no_sockets")
@pytest.mark.filterwarnings("ignore:A test tried to use socket")
def test_pytest_socket_forbids_a_real_call_and_lets_a_mocked_one_pass() -> None:
    pytest_socket.disable_socket(allow_unix_socket=True)  # a loop has two of these
    for mode in EVERYWHERE:
        with pytest.raises(Exception) as refused:  # noqa: PT011  # anyio groups those of addresses
            answers_well(mode, base_url="http://127.0.0.1:9/v1")
        assert "SocketBlockedError" in "".join(traceback.format_exception(refused.value))
        assert answers_well(mode, **mocked(answer))
