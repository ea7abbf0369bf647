"""Connections: kept and used again, closed in time, and never with anything left on them."""

from __future__ import annotations

import asyncio
import gc
import time
from typing import TYPE_CHECKING

import httpx
import pytest
from faults.modes import MODES, call
from faults.scripts import good
from processes import run_script

from langchain_aimlapi.errors import APIConnectionError

if TYPE_CHECKING:
    from collections.abc import Callable

    from faults.server import Exchange, FaultServer, Script

    from langchain_aimlapi import ChatAIMLAPI

    ModelOf = Callable[..., ChatAIMLAPI]


def _ends(number: int, how: str = "finish") -> Script:
    """Close the connection of request `number` instead of an answer."""

    async def ends(exchange: Exchange) -> None:
        if exchange.attempt != number:
            await good(exchange)
        elif how == "reset":
            exchange.reset()
        else:
            exchange.finish()

    return ends


# --- connections that the peer has closed ---


@pytest.mark.parametrize("mode", ["ainvoke", "astream"])
async def test_a_connection_that_closed_while_the_loop_was_busy_is_not_used(
    server: FaultServer, model_of: ModelOf, mode: str
) -> None:
    async def closes(exchange: Exchange) -> None:
        await good(exchange)
        await exchange.pause(0.03)
        exchange.finish()

    service = server.serving(closes)
    model = model_of(service, max_retries=0)
    for _ in range(6):
        if mode == "ainvoke":
            assert (await model.ainvoke("Hi!")).text == "Hello"
        else:
            assert "".join([chunk.text async for chunk in model.astream("Hi!")]) == "Hello"
        time.sleep(0.1)  # noqa: ASYNC251  # the point: the loop cannot hear of the end
    assert len(service.requests) == 6


@pytest.mark.parametrize("how", ["finish", "reset"])
@pytest.mark.parametrize("mode", MODES)
def test_a_kept_connection_that_ends_without_a_byte_costs_no_retry(
    server: FaultServer, model_of: ModelOf, mode: str, how: str
) -> None:
    service = server.serving(_ends(2, how))
    model = model_of(service, max_retries=0)

    async def twice() -> list[str]:
        if mode == "ainvoke":
            return [(await model.ainvoke("Hi!")).text for _ in range(2)]
        texts = []
        for _ in range(2):  # in one expression only since Python 3.11
            pieces = [chunk.text async for chunk in model.astream("Hi!")]
            texts.append("".join(pieces))
        return texts

    if mode.startswith("a"):
        texts = asyncio.run(twice())
    else:
        texts = [call(mode, model).text for _ in range(2)]
    assert texts == ["Hello", "Hello"]
    assert len(service.requests) == 3
    assert len(service.connections) == 2


@pytest.mark.parametrize("mode", MODES)
def test_a_new_connection_that_ends_without_a_byte_is_a_failed_attempt(
    server: FaultServer, model_of: ModelOf, mode: str
) -> None:
    service = server.serving(_ends(1))
    error = call(mode, model_of(service, max_retries=0)).error
    assert type(error) is APIConnectionError
    assert len(service.requests) == 1


@pytest.mark.parametrize("mode", ["invoke", "stream"])
def test_a_kept_connection_that_ends_after_some_bytes_is_a_failed_attempt(
    server: FaultServer, model_of: ModelOf, mode: str
) -> None:
    async def cuts(exchange: Exchange) -> None:
        if exchange.attempt == 1:
            await good(exchange)
        else:
            await exchange.send(b"HTTP/1.1 200 OK\r\ncontent-le")
            exchange.finish()

    service = server.serving(cuts)
    model = model_of(service, max_retries=0)
    assert call(mode, model).text == "Hello"
    assert type(call(mode, model).error) is APIConnectionError
    assert len(service.requests) == 2


# --- how many are kept, and how long ---


async def test_a_hundred_idle_connections_are_kept_at_most(
    server: FaultServer, model_of: ModelOf
) -> None:
    async def slow(exchange: Exchange) -> None:
        await exchange.pause(0.2)
        await good(exchange)

    service = server.serving(slow)
    model = model_of(service)
    await model.abatch(["Hi!"] * 160)
    assert len(service.connections) > 110
    await asyncio.sleep(0.1)
    assert len(service.open) <= 100
    await model.aclose()


async def test_idle_connections_are_closed_without_another_call(
    server: FaultServer, model_of: ModelOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Nobody waits a minute for a test.
    monkeypatch.setattr("langchain_aimlapi._http.connections.EXPIRY", 0.1)
    service = server.serving(good)
    model = model_of(service)
    await model.abatch(["Hi!"] * 5)
    assert service.open
    await asyncio.to_thread(service.wait_until_closed)


def test_an_old_connection_is_not_used_again(
    server: FaultServer, model_of: ModelOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Nobody waits a minute for a test.
    monkeypatch.setattr("langchain_aimlapi._http.connections.EXPIRY", 0.05)
    service = server.serving(good)
    model = model_of(service)
    model.invoke("Hi!")
    time.sleep(0.1)
    model.invoke("Hi!")
    assert len(service.connections) == 2
    assert len(service.open) == 1


@pytest.mark.parametrize("kind", ["sync", "async"])
def test_without_a_file_to_open_idle_connections_make_way(server: FaultServer, kind: str) -> None:
    service = server.serving(good)
    other = service.base_url.replace("127.0.0.1", "localhost")
    script = f"""
        import asyncio, os, resource
        from langchain_aimlapi import ChatAIMLAPI
        settings = dict(model="openai/gpt-4o", api_key="sk-test", max_retries=0)
        one = ChatAIMLAPI(base_url={service.base_url!r}, **settings)
        other = ChatAIMLAPI(base_url={other!r}, **settings)

        def fill():
            resource.setrlimit(resource.RLIMIT_NOFILE, (128, 128))
            taken = []
            try:
                while True:
                    taken.append(open(os.devnull))
            except OSError:
                return taken

        async def main():
            await one.abatch(["Hi!"] * 5)
            await other.ainvoke("Hi!")
            await one.abatch(["Hi!"] * 5)
            taken = fill()
            answers = await other.abatch(["Hi!"] * 3)
            for file in taken:
                file.close()
            return [message.text for message in answers]

        if {kind!r} == "async":
            print(asyncio.run(main()))
        else:
            one.batch(["Hi!"] * 5)
            taken = fill()
            texts = [other.invoke("Hi!").text for _ in range(3)]
            for file in taken:
                file.close()
            print(texts)
    """
    assert run_script(script) == "['Hello', 'Hello', 'Hello']"


def test_more_calls_than_files_wait_for_each_other(server: FaultServer) -> None:
    async def slow(exchange: Exchange) -> None:
        await exchange.pause(0.2)
        await good(exchange)

    service = server.serving(slow)
    script = f"""
        import asyncio, resource
        from langchain_aimlapi import ChatAIMLAPI
        model = ChatAIMLAPI(model="openai/gpt-4o", api_key="sk-test", max_retries=0,
                            base_url={service.base_url!r})

        async def main():
            await model.ainvoke("Hi!")
            resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64))
            return [message.text for message in await model.abatch(["Hi!"] * 150)]

        print(set(asyncio.run(main())))
    """
    assert run_script(script) == "{'Hello'}"


# --- what is left of a call ---


@pytest.mark.parametrize("mode", MODES)
def test_request_and_response_are_freed_when_the_call_ends(
    server: FaultServer, model_of: ModelOf, mode: str
) -> None:
    model = model_of(server.serving(good))
    call(mode, model)
    gc.collect()
    gc.disable()  # they would be collected some time, and hold prompt and key until then
    try:
        before = {id(each) for each in _wire_objects()}
        call(mode, model)
        left = [each for each in _wire_objects() if id(each) not in before]
    finally:
        gc.enable()
    assert left == []


def _wire_objects() -> list[object]:
    return [each for each in gc.get_objects() if type(each) in {httpx.Request, httpx.Response}]
