"""A stream counts when it ends, is closed or cancelled, at once, under the id of its response."""

from __future__ import annotations

import asyncio
import gc
import json
import warnings
from collections.abc import Awaitable, Callable
from contextlib import aclosing
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import httpx
import pytest
from langchain_core._api import LangChainBetaWarning
from langchain_core.messages import AIMessage, HumanMessage
from langchain_core.output_parsers import StrOutputParser
from langchain_core.prompts import ChatPromptTemplate
from langgraph.graph import END, START, MessagesState, StateGraph

from langchain_aimlapi import ChatAIMLAPI
from langchain_aimlapi.cost import CostCallbackHandler, get_cost_callback

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

KEY = "sk-0123456789abcdef"
_NEVER = 60


class Service:
    """Answers with two chunks and then with nothing; each response has an id of its own."""

    def __init__(self) -> None:
        self.asked = 0

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.asked += 1
        headers = {
            "content-type": "text/event-stream",
            "x-inference-id": f"inference-{self.asked}",
        }
        return httpx.Response(200, headers=headers, stream=_Endless())

    def model(self, **settings: Any) -> ChatAIMLAPI:
        transport = httpx.MockTransport(self)
        return ChatAIMLAPI(
            "gpt-4o-mini",
            api_key=KEY,
            http_client=httpx.Client(transport=transport),
            http_async_client=httpx.AsyncClient(transport=transport),
            **settings,
        )


def _chunk(text: str) -> bytes:
    body = {"id": "c1", "model": "m", "choices": [{"index": 0, "delta": {"content": text}}]}
    return f"data: {json.dumps(body)}\n\n".encode()


class _Endless(httpx.AsyncByteStream, httpx.SyncByteStream):
    async def __aiter__(self) -> AsyncIterator[bytes]:
        yield _chunk("Hel")
        yield _chunk("lo")
        await asyncio.sleep(_NEVER)

    def __iter__(self) -> Iterator[bytes]:
        yield _chunk("Hel")
        yield _chunk("lo")
        raise httpx.ReadError("gone")


# --- ways to read; each is cancelled while it waits ---


async def closing_what_it_opened(model: ChatAIMLAPI, came: asyncio.Event) -> None:
    stream: Any = model.astream("Hi")
    async with aclosing(stream):
        async for _ in stream:
            came.set()
            await asyncio.sleep(_NEVER)


async def waiting_for_a_chunk(model: ChatAIMLAPI, came: asyncio.Event) -> None:
    async for _ in model.astream("Hi"):
        came.set()


async def doing_something_else(model: ChatAIMLAPI, came: asyncio.Event) -> None:
    async for _ in model.astream("Hi"):
        came.set()
        await asyncio.sleep(_NEVER)


async def holding_the_stream(model: ChatAIMLAPI, came: asyncio.Event) -> None:
    stream = model.astream("Hi")  # stays in the traceback of the cancellation
    async for _ in stream:
        came.set()
        await asyncio.sleep(_NEVER)


async def in_a_chain(model: ChatAIMLAPI, came: asyncio.Event) -> None:
    chain = ChatPromptTemplate.from_template("{text}") | model | StrOutputParser()
    async for _ in chain.astream({"text": "Hi"}):
        came.set()
        await asyncio.sleep(_NEVER)


async def events_of_a_trace(model: ChatAIMLAPI, came: asyncio.Event) -> None:
    async for event in model.astream_events("Hi", version="v2"):
        if event["event"] == "on_chat_model_stream":
            came.set()
            await asyncio.sleep(_NEVER)


async def protocol_events(model: ChatAIMLAPI, came: asyncio.Event) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", LangChainBetaWarning)
        stream = await model.astream_events("Hi", version="v3")
    try:
        async for _ in stream:
            came.set()
    finally:
        await stream.aclose()


async def an_invoke_that_streams(model: ChatAIMLAPI, came: asyncio.Event) -> None:
    asyncio.get_running_loop().call_later(0.3, came.set)
    await model.model_copy(update={"streaming": True}).ainvoke("Hi")


async def in_a_graph(model: ChatAIMLAPI, came: asyncio.Event) -> None:
    async def node(state: MessagesState) -> dict[str, Any]:
        return {"messages": [await model.ainvoke(state["messages"])]}

    graph = StateGraph(MessagesState)
    graph.add_node("node", node)
    graph.add_edge(START, "node")
    graph.add_edge("node", END)
    asked: Any = {"messages": [HumanMessage("Hi")]}
    async for _ in graph.compile().astream(asked, stream_mode="messages"):
        came.set()


Reader = Callable[[ChatAIMLAPI, asyncio.Event], Awaitable[None]]

ENDED: list[Reader] = [
    waiting_for_a_chunk,
    closing_what_it_opened,
    protocol_events,
    an_invoke_that_streams,
    in_a_graph,
]
DROPPED: list[Reader] = [
    doing_something_else,
    holding_the_stream,
    in_a_chain,
    events_of_a_trace,
]
"""Python closes what these leave open, once nothing holds it any more."""


@pytest.fixture
def _no_collector() -> Iterator[None]:
    """Keep the garbage collector away: nothing may wait for it."""
    gc.collect()
    gc.disable()
    yield
    gc.enable()


def ids_of(cost: CostCallbackHandler) -> list[str | None]:
    return [call.inference_id for call in cost.unreported]


async def cancelled(read: Reader) -> asyncio.CancelledError:
    """Read, cancel it once something came, and return how it ended."""
    came = asyncio.Event()
    reading = asyncio.ensure_future(read(Service().model(), came))
    await asyncio.wait_for(came.wait(), 10)
    reading.cancel()
    (ended,) = await asyncio.gather(reading, return_exceptions=True)
    assert isinstance(ended, asyncio.CancelledError)
    return ended


@pytest.mark.usefixtures("_no_collector")
@pytest.mark.parametrize("read", ENDED)
async def test_a_cancelled_stream_counts_once_its_task_has_ended(read: Reader) -> None:
    with get_cost_callback() as outer, get_cost_callback() as cost:
        ended = await cancelled(read)
        # `ended` still holds all frames of the task, and with them whatever they held.
        assert (cost.calls, cost.unreported_calls, cost.usd) == (1, 1, 0.0)
    assert ids_of(cost) == ids_of(outer) == ["inference-1"]
    del ended
    await asyncio.sleep(0.05)  # what was left is closed meanwhile, and counts no second time
    assert (cost.calls, cost.unreported_calls) == (1, 1)
    assert outer.models == cost.models


@pytest.mark.usefixtures("_no_collector")
@pytest.mark.parametrize("read", DROPPED)
async def test_a_stream_that_is_dropped_counts_when_it_is_closed(read: Reader) -> None:
    with get_cost_callback() as outer, get_cost_callback() as cost:
        await cancelled(read)
        await asyncio.sleep(0.05)  # the event loop closes it
    assert (cost.calls, cost.unreported_calls, cost.usd) == (1, 1, 0.0)
    assert ids_of(cost) == ids_of(outer) == ["inference-1"]
    assert outer.models == cost.models


def test_a_stream_that_is_left_keeps_its_id() -> None:
    with get_cost_callback() as cost:
        stream = Service().model().stream("Hi")
        next(stream)
        stream.close()  # type: ignore[attr-defined]  # a generator
    assert (cost.calls, cost.unreported_calls) == (1, 1)
    assert ids_of(cost) == ["inference-1"]


async def test_streams_side_by_side_keep_their_own_ids() -> None:
    model = Service().model()
    costs = [CostCallbackHandler() for _ in range(3)]
    streams: list[Any] = [model.astream("Hi", config={"callbacks": [cost]}) for cost in costs]
    for stream in streams:
        await anext(stream)
    unwatched: Any = model.astream("Hi")
    await anext(unwatched)
    for stream in (*reversed(streams), unwatched):
        await stream.aclose()
    assert [ids_of(cost) for cost in costs] == [
        ["inference-1"],
        ["inference-2"],
        ["inference-3"],
    ]


def test_of_several_conversations_at_once_none_takes_the_id_of_another() -> None:
    service = Service()
    cost = CostCallbackHandler()
    first, second = uuid4(), uuid4()
    for run_id in (first, second):
        cost.on_chat_model_start({}, [[]], run_id=run_id, batch_size=2, invocation_params={})
    next(service.model().stream("Hi"))
    for run_id in (first, second):
        cost.on_llm_error(KeyboardInterrupt(), run_id=run_id)
    assert ids_of(cost) == [None, None]


def test_a_stream_counts_by_its_cost_once_it_ends() -> None:
    usage = {"prompt_tokens": 3, "completion_tokens": 2, "total_tokens": 5}
    end = {
        "id": "c1",
        "choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}],
        "usage": usage,
        "meta": {"usage": {"credits_used": 200, "usd_spent": 0.0001}},
    }
    body = _chunk("Hello") + f"data: {json.dumps(end)}\n\ndata: [DONE]\n\n".encode()
    headers = {"content-type": "text/event-stream"}

    def answer(_: httpx.Request) -> httpx.Response:
        return httpx.Response(200, headers=headers, content=body)

    client = httpx.Client(transport=httpx.MockTransport(answer))
    with get_cost_callback() as cost:
        stream = ChatAIMLAPI("gpt-4o-mini", api_key=KEY, http_client=client).stream("Hi")
        assert isinstance(next(stream), AIMessage)
        assert cost.calls == 0
        assert list(stream)
    assert (cost.calls, cost.unreported_calls, cost.usd) == (1, 0, 0.0001)
