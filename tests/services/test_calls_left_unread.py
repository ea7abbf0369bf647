"""Streams that are left or cut and calls that are cancelled count as unreported, once, at once."""

from __future__ import annotations

import asyncio
import gc
import sys
import warnings
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from typing import Any

import httpx
import pytest
import wire
from langchain_core._api import LangChainBetaWarning
from langchain_core.caches import InMemoryCache
from langchain_core.callbacks import BaseCallbackHandler
from langchain_core.messages import HumanMessage
from langchain_core.output_parsers import StrOutputParser
from langchain_core.prompts import ChatPromptTemplate
from langchain_core.rate_limiters import InMemoryRateLimiter

# Only by this mark LangChain asks for events where `invoke` is called, as LangGraph does.
from langchain_core.tracers._streaming import _V2StreamingCallbackHandler
from langgraph.graph import START, MessagesState, StateGraph
from scripted import KEY, Scripted, refused

from langchain_aimlapi import ChatAIMLAPI
from langchain_aimlapi.cost import CostCallbackHandler, Unreported, get_cost_callback
from langchain_aimlapi.errors import AIMLAPIError

NEVER = 60


SPENT = {"meta": {"usage": {"credits_used": 200, "usd_spent": 0.0001}}}
BEGUN = wire.sse(wire.chunk({"content": text}) for text in ("Hel", "lo"))
END = wire.sse([wire.chunk({}, finish="stop", usage=wire.usage(3, 2), **SPENT), wire.DONE])


class Body(httpx.AsyncByteStream, httpx.SyncByteStream):
    """Two chunks, and then nothing for a minute; read synchronously, a reset."""

    async def __aiter__(self) -> AsyncIterator[bytes]:
        yield BEGUN
        await asyncio.sleep(NEVER)

    def __iter__(self) -> Iterator[bytes]:
        yield BEGUN
        raise httpx.ReadError("gone")


def model_of(answer: str, **settings: Any) -> ChatAIMLAPI:
    """Make a model of a service whose responses have ids of their own: inference-1, -2, ..."""
    ids = iter(range(1, 100))

    def respond(_: httpx.Request) -> httpx.Response:
        headers = {"content-type": "text/event-stream", "x-inference-id": f"inference-{next(ids)}"}
        content = ANSWERS.get(answer) or {"stream": Body()}  # endless
        return httpx.Response(200, headers=headers, **content)

    clients = Scripted(respond).clients
    return ChatAIMLAPI("gpt-4o-mini", api_key=KEY, max_retries=0, **clients, **settings)


ANSWERS: dict[str, dict[str, Any]] = {
    "cut": {"content": BEGUN},
    "whole": {"content": BEGUN + END},
    "failing": {"content": BEGUN + wire.sse([{"error": {"message": "overloaded", "code": 503}}])},
    "unreadable": {"content": b"<html>"},
}


def ids_of(cost: CostCallbackHandler) -> list[str | None]:
    return [call.inference_id for call in cost.unreported]


def events_of(model: ChatAIMLAPI, **more: Any) -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", LangChainBetaWarning)
        return model.stream_events("Hi!", version="v3", **more)


async def aevents_of(model: ChatAIMLAPI) -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", LangChainBetaWarning)
        return await model.astream_events("Hi!", version="v3")


# --- what ends by itself ------------------------------------------------------------------------
READ: dict[str, Callable[[ChatAIMLAPI], Any]] = {
    "invoke": lambda model: model.invoke("Hi!"),
    "an invoke that streams": lambda m: m.model_copy(update={"streaming": True}).invoke("Hi!"),
    "stream": lambda model: list(model.stream("Hi!")),
    "events": lambda model: list(events_of(model)),
}


@pytest.mark.parametrize(
    ("read", "answer"),
    [
        *(("invoke", answer) for answer in ("cut", "unreadable", "endless")),
        *((read, answer) for read in list(READ)[1:] for answer in ("cut", "failing", "endless")),
    ],
)
def test_an_answer_that_had_begun_counts_though_it_failed(read: str, answer: str) -> None:
    with get_cost_callback() as cost, pytest.raises(AIMLAPIError):
        READ[read](model_of(answer))
    assert (cost.calls, cost.unreported_calls, cost.usd) == (1, 1, 0.0)
    assert ids_of(cost) == ["inference-1"]


@pytest.mark.parametrize("read", READ)
@pytest.mark.parametrize("answer", [refused(429), refused(400), httpx.ReadTimeout("late")])
def test_a_call_without_an_answer_counts_nothing(read: str, answer: Any) -> None:
    clients = Scripted(answer).clients
    with get_cost_callback() as cost, pytest.raises(AIMLAPIError):
        READ[read](ChatAIMLAPI("gpt-4o-mini", api_key=KEY, max_retries=0, **clients))
    assert cost.calls == 0


def test_a_stream_counts_by_its_cost_once_it_ends() -> None:
    for stream_of in (lambda model: model.stream("Hi!"), lambda model: iter(events_of(model))):
        with get_cost_callback() as cost:
            stream = stream_of(model_of("whole"))
            next(stream)
            assert cost.calls == 0
            assert list(stream)
        assert (cost.calls, cost.unreported_calls, cost.usd) == (1, 0, 0.0001)


def test_events_out_of_a_cache_cost_nothing() -> None:
    class Reader(BaseCallbackHandler, _V2StreamingCallbackHandler):
        """Has LangChain answer in events, those of its cache as well."""

    model = model_of("whole", cache=InMemoryCache())
    with get_cost_callback() as cost:
        for _ in range(2):
            model.invoke("Hi!", config={"callbacks": [Reader()]})
    assert (cost.calls, cost.unreported_calls) == (1, 0)


# --- what is left -------------------------------------------------------------------------------
@pytest.mark.parametrize("events", [0, 1, 3])
def test_events_that_are_left_count_and_end_their_run_once(events: int) -> None:
    class Ends(BaseCallbackHandler):
        seen: list[str] = []  # noqa: RUF012  # of this test

        def on_llm_error(self, error: BaseException, **kwargs: Any) -> None:
            self.seen.append(type(error).__name__)

    with get_cost_callback() as outer, get_cost_callback() as cost:
        stream = events_of(model_of("cut"), config={"callbacks": [Ends()]})
        for _ in range(events):
            next(iter(stream))
        assert cost.calls == 0
        del stream
        gc.collect()  # closes it
    assert ids_of(cost) == ["inference-1"][: bool(events)]
    assert outer.models == cost.models
    assert Ends.seen == ["GeneratorExit"][: bool(events)]


async def test_streams_side_by_side_keep_their_own_ids() -> None:
    model = model_of("endless")
    costs = [CostCallbackHandler() for _ in range(3)]
    streams: list[Any] = [model.astream("Hi", config={"callbacks": [cost]}) for cost in costs]
    streams.append(model.astream("Hi"))  # which nobody counts
    for stream in streams:
        await anext(stream)
    for stream in reversed(streams):
        await stream.aclose()
    assert [ids_of(cost) for cost in costs] == [["inference-1"], ["inference-2"], ["inference-3"]]


# --- what is cancelled --------------------------------------------------------------------------
async def waiting_for_a_chunk(model: ChatAIMLAPI, came: asyncio.Event) -> None:
    async for _ in model.astream("Hi"):
        came.set()


async def holding_the_stream(model: ChatAIMLAPI, came: asyncio.Event) -> None:
    stream = model.astream("Hi")  # stays in the traceback of the cancellation
    async for _ in stream:
        came.set()
        await asyncio.sleep(NEVER)


async def in_a_chain(model: ChatAIMLAPI, came: asyncio.Event) -> None:
    chain = ChatPromptTemplate.from_template("{text}") | model | StrOutputParser()
    async for _ in chain.astream({"text": "Hi"}):
        came.set()
        await asyncio.sleep(NEVER)


async def protocol_events(model: ChatAIMLAPI, came: asyncio.Event) -> None:
    stream = await aevents_of(model)
    try:
        async for _ in stream:
            came.set()
    finally:
        await stream.aclose()


async def an_invoke_that_streams(model: ChatAIMLAPI, came: asyncio.Event) -> None:
    asyncio.get_running_loop().call_later(0.3, came.set)
    await model.model_copy(update={"streaming": True}).ainvoke("Hi")


async def an_invoke(model: ChatAIMLAPI, came: asyncio.Event) -> None:
    asyncio.get_running_loop().call_later(0.3, came.set)
    await model.ainvoke("Hi")


async def in_a_graph(model: ChatAIMLAPI, came: asyncio.Event) -> None:
    async def node(state: MessagesState) -> dict[str, Any]:
        return {"messages": [await model.ainvoke(state["messages"])]}

    graph = StateGraph(MessagesState).add_node("node", node).add_edge(START, "node")
    asked: Any = {"messages": [HumanMessage("Hi")]}
    async for _ in graph.compile().astream(asked, stream_mode="messages"):
        came.set()


Reader = Callable[[ChatAIMLAPI, asyncio.Event], Awaitable[None]]
ENDED: list[Reader] = [
    waiting_for_a_chunk,
    protocol_events,
    an_invoke,
    an_invoke_that_streams,
]
if sys.version_info >= (3, 11):  # before, a task of asyncio does not see the graph it runs in
    ENDED.append(in_a_graph)
DROPPED: list[Reader] = [holding_the_stream, in_a_chain]
"""Python closes what these leave open, once nothing holds it any more."""


@pytest.fixture
def _no_collector() -> Iterator[None]:
    """Keep the garbage collector away: nothing may wait for it."""
    gc.collect()
    gc.disable()
    yield
    gc.enable()


async def cancelled(read: Reader) -> asyncio.CancelledError:
    """Read, cancel it once something came, and return how it ended."""
    came = asyncio.Event()
    reading = asyncio.ensure_future(read(model_of("endless"), came))
    await asyncio.wait_for(came.wait(), 10)
    reading.cancel()
    (ended,) = await asyncio.gather(reading, return_exceptions=True)
    assert isinstance(ended, asyncio.CancelledError)
    return ended


@pytest.mark.usefixtures("_no_collector")
@pytest.mark.parametrize("read", [*ENDED, *DROPPED])
async def test_a_call_that_is_cancelled_counts_once_its_task_has_ended(read: Reader) -> None:
    with get_cost_callback() as outer, get_cost_callback() as cost:
        ended = await cancelled(read)
        if read in DROPPED:
            del ended  # it holds all frames of the task, and with them whatever they held
            await asyncio.sleep(0.05)  # the event loop closes it
        assert (cost.calls, cost.unreported_calls, cost.usd) == (1, 1, 0.0)
    await asyncio.sleep(0.05)  # what was left is closed meanwhile, and counts no second time
    assert (cost.calls, cost.unreported_calls) == (1, 1)
    known = None if read is an_invoke else "inference-1"  # whose answer was never read
    assert cost.unreported == (Unreported("gpt-4o-mini", known, None),)
    assert (outer.models, outer.unreported) == (cost.models, cost.unreported)


async def test_a_call_that_is_cancelled_before_it_was_sent_costs_nothing() -> None:
    slow = InMemoryRateLimiter(requests_per_second=0.001)
    with get_cost_callback() as cost, pytest.raises(asyncio.TimeoutError):
        await asyncio.wait_for(model_of("cut", rate_limiter=slow).ainvoke("Hi!"), 0.05)
    assert cost.calls == 0


async def test_of_many_cancelled_calls_those_that_were_answered_keep_their_cost() -> None:
    with get_cost_callback() as cost:
        await model_of("whole", streaming=True).ainvoke("Hi!")
        with pytest.raises(asyncio.TimeoutError):
            await asyncio.wait_for(model_of("endless").abatch(["Hi!"] * 3), 0.3)
    assert (cost.calls, cost.unreported_calls, cost.usd) == (4, 3, 0.0001)
