"""Clients are made late, shared, and belong to one process and one event loop."""

from __future__ import annotations

import asyncio
import copy
import gc
import os
import pickle
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from typing import TYPE_CHECKING, Any

import httpx
import httpx2
import pytest

from sockets.modes import MODES
from sockets.scripts import answers, completion, echoes, good

if TYPE_CHECKING:
    from collections.abc import Callable

    from sockets.modes import Asking, ModelOf
    from sockets.server import Exchange, FaultServer


def test_constructing_a_model_opens_nothing(server: FaultServer, model_of: ModelOf) -> None:
    service = server.serving(good)
    threads = set(threading.enumerate())
    for _ in range(20):
        model_of(service)
    assert set(threading.enumerate()) <= threads
    assert not service.connections


def test_models_with_equal_settings_share_connections(
    server: FaultServer, model_of: ModelOf
) -> None:
    service = server.serving(good)
    models = [model_of(service, api_key=f"sk-test-{n}") for n in range(5)]
    for model in models:
        assert model.invoke("Hi!").text == "Hello"
    keys = [request.headers["authorization"] for request in service.requests]
    for seconds in (5.0, None):  # of one call
        models[0].invoke("Hi!", timeout=seconds)
    assert len(service.connections) == 1
    assert keys == [f"Bearer sk-test-{n}" for n in range(5)]


async def test_cookies_of_one_key_are_not_sent_with_another(
    server: FaultServer, model_of: ModelOf
) -> None:
    service = server.serving(answers(200, completion(), set_cookie="session=of-key-one"))
    one, two = (model_of(service, api_key=f"sk-test-{n}") for n in range(2))
    one.invoke("Hi!")
    two.invoke("Hi!")
    await one.ainvoke("Hi!")
    await two.ainvoke("Hi!")
    assert [request.headers.get("cookie") for request in service.requests] == [None] * 4


def test_a_closed_model_leaves_the_connections_of_another_alone(
    server: FaultServer, model_of: ModelOf
) -> None:
    service = server.serving(good)
    with model_of(service) as one, model_of(service) as other:
        one.invoke("Hi!")
        other.invoke("Hi!")
        one.close()
        other.invoke("Hi!")
        assert len(service.connections) == 1
    service.wait_until_closed()


def test_a_closed_model_opens_again(asking: Asking) -> None:
    service, model = asking(good)
    for _ in range(2):
        model.invoke("Hi!")
        model.close()
        model.close()
        service.wait_until_closed()
    assert len(service.requests) == 2


async def test_aclose_closes_the_connections_of_both_kinds(
    server: FaultServer, model_of: ModelOf
) -> None:
    service = server.serving(good)
    async with model_of(service) as model:
        await model.ainvoke("Hi!")
        await asyncio.to_thread(model.invoke, "Hi!")
        assert len(service.open) == 2
    await asyncio.to_thread(service.wait_until_closed)


@pytest.mark.parametrize("made", [nullcontext, httpx.Client, httpx2.Client])
def test_ten_streams_use_one_connection(
    server: FaultServer, model_of: ModelOf, made: Callable[[], Any]
) -> None:
    service = server.serving(good)
    with made() as client:
        model = model_of(service, http_client=client)
        for _ in range(10):
            assert "".join(chunk.text for chunk in model.stream("Hi!")) == "Hello"
    assert len(service.connections) == 1


async def test_ten_async_streams_use_one_connection(server: FaultServer, model_of: ModelOf) -> None:
    service = server.serving(good)
    async with model_of(service) as model:
        for _ in range(10):
            assert "".join([chunk.text async for chunk in model.astream("Hi!")]) == "Hello"
    assert len(service.connections) == 1


@pytest.mark.parametrize("mode", ["stream", "astream"])
def test_a_slow_reader_is_not_a_slow_server(asking: Asking, mode: str) -> None:
    _, model = asking(echoes, stream_chunk_timeout=0.4, timeout=0.4)

    class Slow(list[str]):
        def append(self, text: str) -> None:
            if not self:  # once is enough: the rest has come meanwhile
                time.sleep(0.6)
            super().append(text)

    received = Slow()
    MODES[mode](model, received)
    assert "".join(received) == "Hi!"


def test_a_server_that_closed_a_kept_connection_is_not_noticed(asking: Asking) -> None:
    async def closes(exchange: Exchange) -> None:
        await good(exchange)
        exchange.finish()

    service, model = asking(closes, max_retries=0)
    for _ in range(3):
        model.invoke("Hi!")
        service.wait_until_closed()
    assert len(service.requests) == 3


def test_threads_get_their_own_answers(asking: Asking) -> None:
    service, model = asking(echoes)

    def ask(thread: int) -> list[str]:
        asked = [f"{thread}-{call}" for call in range(8)]
        streamed = ["".join(c.text for c in model.stream(text)) for text in asked[4:]]
        return [model.invoke(text).text for text in asked[:4]] + streamed

    with ThreadPoolExecutor(8) as pool:
        for thread, received in enumerate(pool.map(ask, range(8))):
            assert received == [f"{thread}-{call}" for call in range(8)]
    assert len(service.connections) <= 8


async def test_tasks_get_their_own_answers(asking: Asking) -> None:
    service, model = asking(echoes)
    asked = [str(number) for number in range(30)]
    answers = await model.abatch(asked)
    assert [message.text for message in answers] == asked
    connections = len(service.connections)
    assert [message.text for message in await model.abatch(asked)] == asked
    assert len(service.connections) == connections
    await model.aclose()


def test_asyncio_run_twice(asking: Asking) -> None:
    service, model = asking(good)

    async def main() -> None:
        assert (await model.ainvoke("Hi!")).text == "Hello"
        assert "".join([c.text async for c in model.astream("Hi!")]) == "Hello"

    for runs in (1, 2, 3):
        asyncio.run(main())
        assert len(service.connections) <= runs
        service.wait_until_closed()  # with the loop, nobody asked for it


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # as of any client
def test_a_loop_that_is_just_closed_is_let_go(asking: Asking) -> None:
    service, model = asking(good)
    loop = asyncio.new_event_loop()
    loop.run_until_complete(model.ainvoke("Hi!"))
    loop.close()
    del loop
    asyncio.run(model.ainvoke("Hi!"))
    for _ in range(3):  # transports and their sockets are freed one after the other
        gc.collect()
    service.wait_until_closed()


def test_loops_in_several_threads(asking: Asking) -> None:
    service, model = asking(echoes)

    def ask(thread: int) -> list[str]:
        async def main() -> list[str]:
            asked = [f"{thread}-{call}" for call in range(10)]
            return [message.text for message in await model.abatch(asked)]

        return asyncio.run(main())

    with ThreadPoolExecutor(4) as pool:
        for thread, received in enumerate(pool.map(ask, range(4))):
            assert received == [f"{thread}-{call}" for call in range(10)]
    service.wait_until_closed()


@pytest.mark.filterwarnings("ignore:.*use of fork.*:DeprecationWarning")
def test_a_fork_after_use_has_connections_of_its_own(asking: Asking) -> None:
    service, model = asking(echoes)
    assert model.invoke("before").text == "before"
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        received = "failed"
        try:
            received = model.invoke("child").text + "".join(c.text for c in model.stream("!"))
        finally:
            os.write(write, received.encode())
            os._exit(0)
    assert model.invoke("parent").text == "parent"
    os.close(write)
    with os.fdopen(read) as pipe:
        assert pipe.read() == "child!"
    os.waitpid(child, 0)
    assert model.invoke("after").text == "after"
    assert len(service.connections) == 2


@pytest.mark.parametrize(
    "copied",
    [
        pytest.param(lambda model: pickle.loads(pickle.dumps(model)), id="pickle"),  # noqa: S301
        pytest.param(copy.deepcopy, id="deepcopy"),
        pytest.param(
            lambda model: model.model_copy(update={"temperature": 0.5}), id="model_copy-update"
        ),
    ],
)
def test_a_used_model_can_be_copied(asking: Asking, copied: Callable[[Any], Any]) -> None:
    _, model = asking(good)
    model.invoke("Hi!")
    asyncio.run(model.ainvoke("Hi!"))
    twin = copied(model)
    assert twin == model or twin.temperature == 0.5
    assert twin.invoke("Hi!").text == "Hello"
    assert asyncio.run(twin.ainvoke("Hi!")).text == "Hello"
    model.close()
    assert twin.invoke("Hi!").text == "Hello"


def test_headers_of_the_protocol_cannot_be_replaced(server: FaultServer, model_of: ModelOf) -> None:
    service = server.serving(answers(200, completion()))
    given = {"authorization": "Bearer theirs", "ACCEPT": "text/html", "X-Mine": "yes"}
    model_of(service, default_headers=given, api_key="sk-ours").invoke("Hi!")
    model_of(service, default_headers={"User-Agent": "mine"}).invoke("Hi!")
    headers = service.requests[0].headers
    names = [name.lower() for name, _ in service.requests[0].raw_headers]
    assert headers["authorization"] == "Bearer sk-ours"
    assert headers["accept"] == "application/json"
    assert headers["x-mine"] == "yes"
    assert headers["user-agent"].startswith("langchain-aimlapi/")
    assert service.requests[1].headers["user-agent"] == "mine"
    assert len(names) == len(set(names))


def test_a_used_model_works_in_another_process_that_has_no_optional_package(
    asking: Asking,
) -> None:
    # langsmith brings httpx2 by itself, so it is kept from being found only after that.
    script = """if True:
        import langsmith, pickle, sys
        for name in [name for name in sys.modules if name.partition(".")[0] == "httpx2"]:
            del sys.modules[name]
        # Importing these fails.
        sys.modules.update(dict.fromkeys(["httpx2", "vcr", "yaml", "pytest"]))
        from langchain_aimlapi import ChatAIMLAPI
        print(pickle.load(sys.stdin.buffer).invoke("Hi!").text)
        try:
            ChatAIMLAPI(model="m", api_key="sk-test", http_client=object())
        except Exception as error:
            print(type(error).__name__)
        assert not [name for name in sys.modules if name.startswith("langchain_aimlapi.testing")]
        from langchain_aimlapi.testing import *
        print(ChatAIMLAPI(model="openai/gpt-4o", **answers(["Scripted"])).invoke("Hi").text)
        try:
            replay("cassette.yaml").__enter__()
        except ImportError as error:
            print(error)
    """
    model = asking(good)[1]
    model.invoke("Hi!")  # with a connection open
    command = [sys.executable, "-c", script]
    done = subprocess.run(command, input=pickle.dumps(model), capture_output=True, check=False)  # noqa: S603  # our own
    assert done.stderr == b""
    *said, missing = done.stdout.splitlines()
    assert said == [b"Hello", b"ConfigurationError", b"Scripted"]
    assert b"pip install pytest-recording" in missing
