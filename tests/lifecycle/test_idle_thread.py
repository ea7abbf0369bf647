"""Idle connections of threads: closed in time by a thread that is there only for many of them."""

from __future__ import annotations

import gc
import os
import threading
import time
import warnings
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest
from faults.scripts import good
from processes import run_script

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from faults.server import Exchange, FaultServer, Service

    from langchain_aimlapi import ChatAIMLAPI

    ModelOf = Callable[..., ChatAIMLAPI]

MANY = 30
EXPIRY = "langchain_aimlapi._http.connections.EXPIRY"


def sweepers() -> list[threading.Thread]:
    return [each for each in threading.enumerate() if each.name == "aimlapi-idle"]


def wait_until(holds: Callable[[], bool], seconds: float = 5.0) -> None:
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.01)


@pytest.fixture
def service(server: FaultServer) -> Service:
    async def slow(exchange: Exchange) -> None:
        await exchange.pause(0.3)  # so that each call needs a connection of its own
        await good(exchange)

    return server.serving(slow)


@pytest.fixture(autouse=True)
def no_sweeper_before() -> Iterator[None]:
    gc.collect()
    # Another test may have left many connections to a server of its own, open for a minute.
    wait_until(lambda: not sweepers(), 75.0)
    yield
    gc.collect()
    wait_until(lambda: not sweepers())


def at_once(model: ChatAIMLAPI, count: int) -> None:
    with ThreadPoolExecutor(count) as pool:
        assert [said.text for said in pool.map(model.invoke, ["Hi!"] * count)] == ["Hello"] * count


def test_many_idle_connections_are_closed_without_another_call(
    service: Service, model_of: ModelOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(EXPIRY, 0.5)
    at_once(model_of(service), MANY)
    assert len(service.open) > MANY // 2
    assert len(sweepers()) == 1
    service.wait_until_closed()
    wait_until(lambda: not sweepers())


def test_a_few_connections_need_no_thread(service: Service, model_of: ModelOf) -> None:
    model = model_of(service)
    for _ in range(3):
        model.invoke("Hi!")
    at_once(model, 4)
    assert sweepers() == []


def test_the_thread_ends_though_calls_go_on_one_by_one(
    service: Service, model_of: ModelOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(EXPIRY, 0.5)
    model = model_of(service)
    at_once(model, MANY)
    for _ in range(4):
        model.invoke("Hi!")
    assert len(service.open) == 1
    wait_until(lambda: not sweepers(), 1.0)


def test_closing_the_model_ends_the_thread(service: Service, model_of: ModelOf) -> None:
    model = model_of(service)
    at_once(model, MANY)
    assert len(sweepers()) == 1
    model.close()
    wait_until(lambda: not sweepers(), 1.0)
    service.wait_until_closed()


def test_the_thread_is_gone_while_the_process_forks(service: Service, model_of: ModelOf) -> None:
    model = model_of(service)
    at_once(model, MANY)
    read, write = os.pipe()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # the server of this test is a thread
        child = os.fork()
    if child == 0:
        found = "failed"
        try:
            found = str(len(sweepers()))
            at_once(model, MANY)  # starts one of its own
            found += str(len(sweepers()))
        finally:
            os.write(write, found.encode())
            os._exit(0)
    os.close(write)
    with os.fdopen(read) as pipe:
        assert pipe.read() == "01"
    os.waitpid(child, 0)
    assert len(sweepers()) == 1  # it goes on in the parent
    assert model.invoke("after").text == "Hello"
    model.close()


def test_a_fork_after_many_calls_warns_of_no_thread(service: Service) -> None:
    script = f"""
        import os, threading, warnings
        from concurrent.futures import ThreadPoolExecutor
        from langchain_aimlapi import ChatAIMLAPI
        warnings.simplefilter("error")
        model = ChatAIMLAPI(model="openai/gpt-4o", api_key="sk-test", base_url={service.base_url!r})
        with ThreadPoolExecutor({MANY}) as pool:
            list(pool.map(model.invoke, ["Hi!"] * {MANY}))
        before = threading.active_count()
        child = os.fork()
        if child == 0:
            os._exit(0)
        os.waitpid(child, 0)
        print(before, threading.active_count(), model.invoke("Hi!").text)
    """
    assert run_script(script) == "2 2 Hello"
