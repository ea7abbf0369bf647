"""However a call ends, no socket, task or thread is left."""

from __future__ import annotations

import asyncio
import gc
import threading
from contextlib import aclosing, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from langchain_aimlapi.errors import APITimeoutError
from sockets.deadlines import stalls, stalls_before_the_first_chunk
from sockets.scripts import EVENTS, HEL, HELLO, answers, for_ever, good, streams

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from langchain_aimlapi import ChatAIMLAPI
    from sockets.modes import Asking, ModelOf
    from sockets.server import FaultServer


ENDLESS = for_ever(EVENTS, [HEL], 0.005)


class Stop(BaseException):
    """Ends a call from inside, as KeyboardInterrupt does."""


@pytest.fixture(autouse=True)
def _no_thread_is_left() -> Iterator[None]:
    before = {thread for thread in threading.enumerate() if "asyncio_" not in thread.name}
    yield
    after = {thread for thread in threading.enumerate() if "asyncio_" not in thread.name}
    assert after <= before


def _break_off(model: ChatAIMLAPI) -> None:
    for _ in model.stream("Hi!"):
        break


def _raise_inside(model: ChatAIMLAPI) -> None:
    stream = model.stream("Hi!")
    with suppress(Stop):
        for _ in stream:
            raise Stop
    stream.close()


def _forget(model: ChatAIMLAPI) -> None:
    stream = model.stream("Hi!")
    next(stream)
    del stream
    gc.collect()


@pytest.mark.parametrize("end", [_break_off, _raise_inside, _forget])
def test_a_stream_that_is_not_read_to_its_end(asking: Asking, end: Callable[[Any], None]) -> None:
    service, model = asking(ENDLESS)
    end(model)
    service.wait_until_closed()  # the connection cannot be used again, so it is closed at once


def test_events_that_are_left_to_the_collector_give_their_connection_back(asking: Asking) -> None:
    service, model = asking(good)
    model.invoke("Hi!")  # a socket that is older than the stream is collected before it
    for end in (lambda stream: next(iter(stream)), lambda stream: stream.output):
        end(model.stream_events("Hi!", version="v3"))
        gc.collect()
        model.invoke("Hi!")
    assert len(service.requests) == 5


async def _araise_inside(model: ChatAIMLAPI) -> None:
    async with aclosing(model.astream("Hi!")) as stream:
        async for _ in stream:
            raise Stop


async def _read_for_ever(model: ChatAIMLAPI) -> None:
    async for _ in model.astream("Hi!"):
        pass


async def _invoke(model: ChatAIMLAPI) -> None:
    await model.ainvoke("Hi!")


async def _cancelled(work: Any, after: float) -> None:
    task = asyncio.ensure_future(work)
    await asyncio.sleep(after)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def _is_quiet() -> None:
    for _ in range(500):  # a generator that is dropped is closed in a task of its own
        await asyncio.sleep(0.01)
        if asyncio.all_tasks() == {asyncio.current_task()}:
            return
    assert asyncio.all_tasks() == {asyncio.current_task()}


async def test_an_async_stream_that_is_not_read_to_its_end(asking: Asking) -> None:
    service, model = asking(ENDLESS)
    async with aclosing(model.astream("Hi!")) as stream:
        await anext(stream)
    with pytest.raises(Stop):
        await _araise_inside(model)
    await asyncio.to_thread(service.wait_until_closed)
    await _is_quiet()


@pytest.mark.parametrize("script", [ENDLESS, stalls, stalls_before_the_first_chunk])
@pytest.mark.parametrize("call", [_read_for_ever, _invoke])
async def test_a_call_that_is_cancelled(asking: Asking, script: Any, call: Any) -> None:
    service, model = asking(script)
    await _cancelled(call(model), 0.05)
    await asyncio.to_thread(service.wait_until_closed)
    await _is_quiet()


async def test_a_hundred_streams_that_are_cancelled_twice(asking: Asking) -> None:
    service, model = asking(ENDLESS)
    tasks = [asyncio.ensure_future(_read_for_ever(model)) for _ in range(100)]
    await asyncio.sleep(0.1)
    for _ in range(3):
        for task in tasks:
            task.cancel()
        await asyncio.sleep(0)
    await asyncio.gather(*tasks, return_exceptions=True)
    await asyncio.to_thread(service.wait_until_closed)
    await _is_quiet()


async def test_a_call_that_is_cancelled_between_its_attempts(asking: Asking) -> None:
    service, model = asking(answers(429, b"", retry_after="30"))
    asking_once = asyncio.ensure_future(model.ainvoke("Hi!"))
    while not service.requests:  # noqa: ASYNC110  # the server has a loop of its own
        await asyncio.sleep(0.01)
    await _cancelled(asking_once, 0.1)
    assert len(service.requests) == 1
    await _is_quiet()
    await model.aclose()


def _descriptors() -> int:
    return sum(1 for _ in Path("/dev/fd").iterdir())  # Linux and macOS


def test_descriptors_stay_the_same(server: FaultServer, model_of: ModelOf) -> None:
    service = server.serving(good)
    broken = server.serving(streams(*HELLO[:1], then="reset"))
    models = [model_of(service), model_of(broken)]

    def use() -> None:
        models[0].invoke("Hi!")
        models[0].close()
        with pytest.raises(Exception, match="broke off"):
            list(models[1].stream("Hi!"))
        asyncio.run(_invoke(models[0]))

    use()
    service.wait_until_closed()
    before = _descriptors()
    for _ in range(10):
        use()
    service.wait_until_closed()
    assert _descriptors() <= before


def test_an_exhausted_pool_says_so(server: FaultServer, model_of: ModelOf) -> None:
    service = server.serving(ENDLESS)
    limits = httpx.Limits(max_connections=1)
    with httpx.Client(limits=limits) as client:
        model = model_of(service, http_client=client, timeout=0.2, max_retries=0)
        stream = model.stream("Hi!")
        next(stream)
        with pytest.raises(APITimeoutError, match="pool is exhausted"):
            model.invoke("Hi!")
        stream.close()
