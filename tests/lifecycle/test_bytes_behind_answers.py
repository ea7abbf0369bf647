"""Bytes behind a whole answer: they never answer the next call on that connection."""

from __future__ import annotations

import asyncio
import random
import time
from typing import TYPE_CHECKING, Any

import h11
import pytest
from faults.modes import call
from faults.scripts import JSON, completion, encoded, event, streams, text_delta

from langchain_aimlapi.errors import AIMLAPIError

if TYPE_CHECKING:
    from collections.abc import Callable

    from faults.server import Exchange, FaultServer, Script

    from langchain_aimlapi import ChatAIMLAPI

    ModelOf = Callable[..., ChatAIMLAPI]


EVIL = "of another"


def _whole(text: str) -> bytes:
    body = encoded(completion(text))
    head = f"HTTP/1.1 200 OK\r\ncontent-type: {JSON['content-type']}\r\n"
    return f"{head}content-length: {len(body)}\r\n\r\n".encode() + body


def _chunked(text: str) -> bytes:
    parts = [event(text_delta(text)), event(text_delta("", "stop")), b"data: [DONE]\n\n"]
    head = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n"
    chunks = b"".join(b"%x\r\n%b\r\n" % (len(part), part) for part in parts)
    return head + b"transfer-encoding: chunked\r\n\r\n" + chunks + b"0\r\n\r\n"


def _glue(dice: random.Random) -> bytes:
    """Return what follows a whole answer."""
    answer = dice.choice([_whole, _chunked])(EVIL)
    return dice.choice(
        [
            answer,
            answer[: dice.randrange(1, len(answer))],
            b"HTTP/1.1 200 OK\r\nX-Hides: ",
            b"HTTP/1.1 500 " + EVIL.encode() + b"\r\ncontent-length: 0\r\n\r\n",
            b"HTTP/1.1 100 Continue\r\n\r\n" + answer,
            b"\r\n" + answer,
            b"\r\n",
            b"0\r\n\r\n" + answer,
            dice.randbytes(dice.randrange(1, 9)),
        ]
    )


def _glues(seed: int) -> Script:
    """Answer what was asked, with something behind it; cut anywhere in the answer.

    What comes later than the end of an answer may come after the next request was sent, and is
    not to be told from its answer then.
    """

    async def script(exchange: Exchange) -> None:
        dice = random.Random(f"{seed} {exchange.attempt}")  # noqa: S311  # no secret
        asked = exchange.request.json["messages"][-1]["content"]
        made = (_chunked if exchange.request.streams else _whole)(asked)
        cut = dice.randrange(len(made))
        if dice.random() < 0.7:
            made += _glue(dice)
        for part in (made[:cut], made[cut:]):
            await exchange.send(part)
            if dice.random() < 0.3:
                await exchange.pause(0.0005)

    return script


@pytest.mark.parametrize("seed", range(4))
def test_bytes_behind_an_answer_never_answer_the_next_call(
    server: FaultServer, model_of: ModelOf, seed: int
) -> None:
    service = server.serving(_glues(seed))
    keys = [model_of(service, api_key=f"sk-test-{n}", max_retries=0) for n in range(2)]
    calls = 60

    def check(asked: str, text: str) -> None:
        assert text == asked

    async def main() -> None:
        for number in range(calls):
            model, asked = keys[number % 2], f"call {number}"
            if number % 3:
                check(asked, (await model.ainvoke(asked)).text)
            else:
                check(asked, "".join([c.text async for c in model.astream(asked)]))

    for number in range(calls):
        model, asked = keys[number % 2], f"call {number}"
        if number % 3:
            check(asked, model.invoke(asked).text)
        else:
            check(asked, "".join(chunk.text for chunk in model.stream(asked)))
    asyncio.run(main())
    assert len(service.connections) < len(service.requests)  # what is clean is used again


@pytest.fixture
def slow_requests(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have a tenth of a second pass between taking a connection and writing to it."""
    send = h11.Connection.send

    def slowly(connection: h11.Connection, what: Any) -> Any:
        if isinstance(what, h11.Request):
            time.sleep(0.1)
        return send(connection, what)

    monkeypatch.setattr(h11.Connection, "send", slowly)


@pytest.mark.usefixtures("slow_requests")
@pytest.mark.parametrize("kind", ["sync", "async"])
def test_bytes_that_come_late_behind_an_answer_do_not_answer_the_next_call(
    server: FaultServer, model_of: ModelOf, kind: str
) -> None:
    async def script(exchange: Exchange) -> None:
        await exchange.send(_whole(exchange.request.json["messages"][-1]["content"]))
        await exchange.pause(0.03)
        await exchange.send(_whole(EVIL))

    service = server.serving(script)
    model = model_of(service, max_retries=0)

    async def main() -> list[str]:
        return [(await model.ainvoke(f"call {number}")).text for number in range(3)]

    if kind == "async":
        texts = asyncio.run(main())
    else:
        texts = [model.invoke(f"call {number}").text for number in range(3)]
    assert texts == ["call 0", "call 1", "call 2"]
    assert len(service.connections) == 3


@pytest.mark.parametrize("mode", ["invoke", "stream"])
@pytest.mark.parametrize(
    ("head", "body"),
    [
        ("content-length: 0005\r\n", b"Hello"),
        ("content-length: 5\r\ncontent-length: 5\r\n", b"Hello"),
        ("transfer-encoding: chunked\r\n", b"5;name=value\r\nHello\r\n0\r\n\r\n"),
        ("transfer-encoding: chunked\r\n", b"5\r\nHello\r\n0\r\ntrailer: yes\r\n\r\n"),
        ("transfer-encoding: Chunked\r\n", b"0005\r\nHello\r\n000\r\n\r\n"),
    ],
)
def test_unusual_frames_are_read_as_the_parser_reads_them(
    server: FaultServer, model_of: ModelOf, mode: str, head: str, body: bytes
) -> None:
    async def script(exchange: Exchange) -> None:
        await exchange.send(f"HTTP/1.1 400 Said\r\n{head}\r\n".encode() + body)

    service = server.serving(script)
    model = model_of(service)
    for _ in range(3):
        error = call(mode, model).error
        assert isinstance(error, AIMLAPIError)
        assert error.message == "Hello"


def test_a_stream_of_pieces_keeps_its_connection(server: FaultServer, model_of: ModelOf) -> None:
    parts = [event(text_delta("x" * size)) for size in (1, 10, 100, 1000, 70_000)]
    service = server.serving(streams(*parts, event(text_delta("", "stop")), b"data: [DONE]\n\n"))
    model = model_of(service)
    for _ in range(3):
        assert len(call("stream", model).text) == 71_111
    assert len(service.connections) == 1
