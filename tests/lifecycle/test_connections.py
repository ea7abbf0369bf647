"""Connections: kept and used again, closed in time, and never with anything left on them."""

from __future__ import annotations

import asyncio
import logging
import random
import subprocess
import sys
import textwrap
import time
from typing import TYPE_CHECKING

import pytest
from faults.modes import MODES, call
from faults.scripts import JSON, completion, encoded, event, good, streams, text_delta

from langchain_aimlapi.errors import AIMLAPIError, APIConnectionError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

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


def _run(script: str) -> str:
    """Run `script` in a process that may have its own limit of open files."""
    done = subprocess.run(  # noqa: S603  # the test's own script
        [sys.executable, "-c", textwrap.dedent(script)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    return done.stdout.strip() or done.stderr[-2000:]


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
    assert _run(script) == "['Hello', 'Hello', 'Hello']"


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
    assert _run(script) == "{'Hello'}"


# --- bytes behind a whole answer ---

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
def slow_requests() -> Iterator[None]:
    """Have a tenth of a second pass between taking a connection and writing to it."""

    class Slow(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            if record.getMessage().startswith("send_request_headers.started"):
                time.sleep(0.1)

    logger, slow = logging.getLogger("httpcore.http11"), Slow()
    level = logger.level
    logger.addHandler(slow)
    logger.setLevel(logging.DEBUG)
    yield
    logger.removeHandler(slow)
    logger.setLevel(level)


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
