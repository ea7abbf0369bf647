"""Connections: kept and used again, closed in time, and never with anything left on them."""

from __future__ import annotations

import asyncio
import time
from contextlib import nullcontext
from typing import TYPE_CHECKING

import pytest

from langchain_aimlapi.errors import APIConnectionError
from sockets.modes import BOTH
from sockets.scripts import good

if TYPE_CHECKING:
    from sockets.modes import Asking
    from sockets.server import Exchange, Script


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


async def test_a_connection_that_closed_while_the_loop_was_busy_is_not_used(asking: Asking) -> None:
    async def closes(exchange: Exchange) -> None:
        await good(exchange)
        await exchange.pause(0.03)
        exchange.finish()

    service, model = asking(closes, max_retries=0)
    for _ in range(4):
        assert (await model.ainvoke("Hi!")).text == "Hello"
        time.sleep(0.1)  # noqa: ASYNC251  # the point: the loop cannot hear of the end
    assert len(service.requests) == 4


@pytest.mark.parametrize(("how", "max_retries"), [("finish", 0), ("finish", 1), ("reset", 0)])
@pytest.mark.parametrize("mode", BOTH)
def test_a_request_is_sent_again_on_a_new_connection_only_as_a_retry(
    asking: Asking, mode: str, how: str, max_retries: int
) -> None:
    """What was sent on a connection just closed may have been read, and be paid twice."""
    service, model = asking(_ends(2, how), max_retries=max_retries)
    said: list[str] = []

    async def twice() -> None:  # in one loop
        for _ in range(2):
            if mode == "astream":
                said.extend([chunk.text async for chunk in model.astream("Hi!")])
            else:
                said.append(model.invoke("Hi!").text)

    with nullcontext() if max_retries else pytest.raises(APIConnectionError):
        asyncio.run(twice())
    assert "".join(said) == "Hello" * (1 + max_retries)
    assert len(service.requests) == 2 + max_retries
    assert len(service.connections) == 1 + max_retries


# --- how many are kept, and how long ---


def test_an_old_connection_is_not_used_again(
    asking: Asking, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Nobody waits a minute for a test.
    monkeypatch.setattr("langchain_aimlapi._http.clients.KEEPALIVE_EXPIRY", 0.05)
    service, model = asking(good)
    model.invoke("Hi!")
    time.sleep(0.1)
    model.invoke("Hi!")
    assert len(service.connections) == 2
    assert len(service.open) == 1
