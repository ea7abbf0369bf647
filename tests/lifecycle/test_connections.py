"""Connections: kept and used again, closed in time, and never with anything left on them."""

from __future__ import annotations

import asyncio
import functools
import gc
import operator
import sys
import time
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from faults.modes import MODES, call
from faults.scripts import good

from langchain_aimlapi.errors import APIConnectionError

if TYPE_CHECKING:
    from collections.abc import Callable

    from faults.server import Exchange, FaultServer, Script

    from langchain_aimlapi import ChatAIMLAPI

    ModelOf = Callable[..., ChatAIMLAPI]


def sum_of(chunks: Any) -> Any:
    return functools.reduce(operator.add, chunks)


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
@pytest.mark.parametrize("max_retries", [0, 1])
def test_a_request_is_sent_again_on_a_new_connection_only_as_a_retry(
    server: FaultServer, model_of: ModelOf, mode: str, how: str, max_retries: int
) -> None:
    """What was sent on a connection just closed may have been read, and be paid twice."""
    service = server.serving(_ends(2, how))
    model = model_of(service, max_retries=max_retries)

    async def ask() -> str:
        if mode == "ainvoke":
            return (await model.ainvoke("Hi!")).text
        pieces = [chunk.text async for chunk in model.astream("Hi!")]
        return "".join(pieces)

    async def twice() -> list[str]:
        return [await ask(), await ask()]

    def asked() -> list[str]:
        if mode.startswith("a"):
            return asyncio.run(twice())
        said = model.invoke if mode == "invoke" else lambda text: sum_of(model.stream(text))
        return [said("Hi!").text, said("Hi!").text]

    if max_retries:
        assert asked() == ["Hello", "Hello"]
    else:
        with pytest.raises(APIConnectionError):
            asked()
    assert len(service.requests) == 2 + max_retries
    assert len(service.connections) == 1 + max_retries


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


def test_an_old_connection_is_not_used_again(
    server: FaultServer, model_of: ModelOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Nobody waits a minute for a test.
    monkeypatch.setattr("langchain_aimlapi._http.clients.KEEPALIVE_EXPIRY", 0.05)
    service = server.serving(good)
    model = model_of(service)
    model.invoke("Hi!")
    time.sleep(0.1)
    model.invoke("Hi!")
    assert len(service.connections) == 2
    assert len(service.open) == 1


# --- what is left of a call ---


@pytest.mark.skipif(sys.version_info < (3, 11), reason="generators that are left make cycles there")
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
