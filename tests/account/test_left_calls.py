"""Streams that are left or cut, and calls that are cancelled: all count as unreported, once."""

from __future__ import annotations

import asyncio
import gc
import json
import warnings
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from langchain_core._api import LangChainBetaWarning
from langchain_core.caches import InMemoryCache
from langchain_core.callbacks import BaseCallbackHandler
from langchain_core.rate_limiters import InMemoryRateLimiter

# Only by this mark LangChain asks for events where `invoke` is called, as LangGraph does.
from langchain_core.tracers._streaming import _V2StreamingCallbackHandler

from langchain_aimlapi import ChatAIMLAPI
from langchain_aimlapi.cost import CostCallbackHandler, Unreported, get_cost_callback
from langchain_aimlapi.errors import (
    AIMLAPIError,
    RateLimitError,
    StreamInterruptedError,
)

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator

KEY = "sk-left-0123456789"


def chunk(text: str) -> bytes:
    body = {"id": "c1", "model": "m", "choices": [{"index": 0, "delta": {"content": text}}]}
    return f"data: {json.dumps(body)}\n\n".encode()


def model_of(answer: Callable[[httpx.Request], httpx.Response], **settings: Any) -> ChatAIMLAPI:
    return ChatAIMLAPI(
        model="gpt-4o-mini",
        api_key=KEY,
        max_retries=0,
        http_client=httpx.Client(transport=httpx.MockTransport(answer)),
        http_async_client=httpx.AsyncClient(transport=httpx.MockTransport(answer)),
        **settings,
    )


def cut(_: httpx.Request) -> httpx.Response:
    """Answer with two chunks and no end."""
    return httpx.Response(
        200,
        headers={"content-type": "text/event-stream", "x-inference-id": "inference-1"},
        content=chunk("Hel") + chunk("lo"),
    )


def endless(_: httpx.Request) -> httpx.Response:
    """Answer with a chunk, and then with nothing for a minute."""

    class Endless(httpx.AsyncByteStream):
        async def __aiter__(self) -> AsyncIterator[bytes]:
            yield chunk("Hel")
            await asyncio.sleep(60)

    kind = {"content-type": "text/event-stream"}
    return httpx.Response(200, headers=kind, stream=Endless())


def id_of_the_unreported(cost: CostCallbackHandler) -> str | None:
    (call,) = cost.unreported
    return call.inference_id


@pytest.fixture
def model(settings: dict[str, Any]) -> ChatAIMLAPI:
    return ChatAIMLAPI(model="gpt-4o-mini", **settings)


# --- what counts as unreported ------------------------------------------------------------------
def test_a_stream_that_is_left_counts_as_unreported() -> None:
    with get_cost_callback() as cost:
        stream = model_of(cut).stream("Hi!")
        next(stream)
        stream.close()  # type: ignore[attr-defined]  # a generator
    assert (cost.calls, cost.unreported_calls, cost.usd) == (1, 1, 0.0)
    assert cost.models["gpt-4o-mini"].unreported_calls == 1


async def test_an_async_stream_that_is_left_counts_as_unreported() -> None:
    with get_cost_callback() as cost:
        stream = model_of(cut).astream("Hi!")
        await anext(stream)
        await stream.aclose()  # type: ignore[attr-defined]  # a generator
    assert (cost.calls, cost.unreported_calls) == (1, 1)


async def test_a_stream_that_is_cancelled_counts_as_unreported() -> None:
    async def read() -> None:
        async for _ in model_of(endless).astream("Hi!"):
            pass

    with get_cost_callback() as cost:
        reading = asyncio.create_task(read())
        await asyncio.sleep(0.1)
        reading.cancel()
        with pytest.raises(asyncio.CancelledError):
            await reading
    assert (cost.calls, cost.unreported_calls) == (1, 1)


def events_of(model: ChatAIMLAPI, **more: Any) -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", LangChainBetaWarning)
        return model.stream_events("Hi!", version="v3", **more)


async def aevents_of(model: ChatAIMLAPI, **more: Any) -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", LangChainBetaWarning)
        return await model.astream_events("Hi!", version="v3", **more)


def test_a_stream_of_events_that_is_left_counts_when_it_is_closed() -> None:
    with get_cost_callback() as outer, get_cost_callback() as cost:
        for _ in range(2):
            events = iter(events_of(model_of(cut)))
            next(events)
            events.close()  # which leaves the stream itself open: it may be read on
        del events
        gc.collect()  # closes the streams
    assert (cost.calls, cost.unreported_calls, cost.usd) == (2, 2, 0.0)
    assert cost.models["gpt-4o-mini"].unreported_calls == 2
    assert outer.models == cost.models


@pytest.mark.parametrize("events", [1, 3])
def test_events_that_are_closed_count_under_the_id_of_their_response(events: int) -> None:
    with get_cost_callback() as cost:
        stream = events_of(model_of(cut))
        for _ in range(events):
            next(iter(stream))
        del stream
        gc.collect()
    assert (cost.calls, cost.unreported_calls) == (1, 1)
    assert id_of_the_unreported(cost) == "inference-1"


def test_a_stream_of_events_that_was_left_may_be_read_to_its_end_later(model: ChatAIMLAPI) -> None:
    with get_cost_callback() as cost:
        stream = events_of(model)
        first = next(iter(stream))
        assert cost.calls == 0
        assert len(list(stream)) > 1
        assert first["event"] == "message-start"
        del stream
        gc.collect()
    assert (cost.calls, cost.unreported_calls) == (1, 0)
    assert cost.usd > 0
    assert list(cost.models) == ["gpt-4o-mini-2024-07-18"]


class Ends(BaseCallbackHandler):
    """Notes how runs end, as a tracer does."""

    def __init__(self) -> None:
        self.seen: list[str] = []

    def on_llm_end(self, *args: Any, **kwargs: Any) -> None:
        self.seen.append("end")

    def on_llm_error(self, error: BaseException, **kwargs: Any) -> None:
        self.seen.append(type(error).__name__)


@pytest.mark.parametrize("events", [0, 1, 3, None])
def test_a_run_of_events_ends_once_for_every_callback(
    model: ChatAIMLAPI, events: int | None
) -> None:
    model = model if events is None else model_of(cut)
    ends = Ends()
    stream = events_of(model, config={"callbacks": [ends]})
    for _ in stream if events is None else range(events):
        next(iter(stream), None)
    del stream
    gc.collect()
    assert ends.seen == {None: ["end"], 0: []}.get(events, ["GeneratorExit"])


@pytest.mark.parametrize("way", ["stream", "events"])
def test_an_error_inside_a_stream_that_had_begun_counts(way: str) -> None:
    def fails(_: httpx.Request) -> httpx.Response:
        error = json.dumps({"error": {"message": "overloaded", "code": 503}}).encode()
        headers = {"content-type": "text/event-stream", "x-inference-id": "inference-1"}
        body = chunk("Hel") + b"data: " + error + b"\n\n"
        return httpx.Response(200, headers=headers, content=body)

    model = model_of(fails)
    with get_cost_callback() as cost, pytest.raises(AIMLAPIError, match="overloaded"):
        list(model.stream("Hi!") if way == "stream" else events_of(model))
    assert (cost.calls, cost.unreported_calls) == (1, 1)
    assert id_of_the_unreported(cost) == "inference-1"


def test_a_stream_of_events_that_broke_off_counts_as_unreported() -> None:
    with get_cost_callback() as cost, pytest.raises(StreamInterruptedError):
        list(events_of(model_of(cut)))
    assert (cost.calls, cost.unreported_calls) == (1, 1)


def test_a_stream_that_a_callback_asked_for_and_that_broke_off_counts_as_unreported() -> None:
    with get_cost_callback() as cost, pytest.raises(StreamInterruptedError):
        model_of(cut, streaming=True).invoke("Hi!")
    assert (cost.calls, cost.unreported_calls) == (1, 1)


def test_a_stream_of_events_that_is_refused_costs_nothing() -> None:
    def refuse(_: httpx.Request) -> httpx.Response:
        return httpx.Response(429, json={"error": {"message": "slow down"}})

    with get_cost_callback() as cost, pytest.raises(RateLimitError):
        list(events_of(model_of(refuse)))
    assert cost.calls == 0


def test_events_out_of_a_cache_cost_nothing(model: ChatAIMLAPI) -> None:
    class Reader(BaseCallbackHandler, _V2StreamingCallbackHandler):
        """Has LangChain answer in events, those of its cache as well."""

    cached = model.model_copy(update={"cache": InMemoryCache()})
    with get_cost_callback() as cost:
        for _ in range(2):
            cached.invoke("Hi!", config={"callbacks": [Reader()]})
    assert (cost.calls, cost.unreported_calls) == (1, 0)


async def test_an_async_stream_of_events_that_is_left_counts_once() -> None:
    with get_cost_callback() as cost:
        stream = await aevents_of(model_of(endless))
        await anext(aiter(stream))
        assert cost.calls == 0
        await stream.aclose()
        assert (cost.calls, cost.unreported_calls) == (1, 1)
    gc.collect()
    assert (cost.calls, cost.unreported_calls) == (1, 1)


async def test_an_async_stream_of_events_that_ends_counts_once(model: ChatAIMLAPI) -> None:
    with get_cost_callback() as cost:
        stream = await aevents_of(model)
        assert [event async for event in stream]
        await stream.aclose()
    assert (cost.calls, cost.unreported_calls) == (1, 0)
    assert cost.usd > 0


async def test_a_trace_of_events_that_is_left_counts_as_unreported() -> None:
    with get_cost_callback() as cost:
        events = model_of(endless).astream_events("Hi!", version="v2")
        async for event in events:
            if event["event"] == "on_chat_model_stream":
                break
        await events.aclose()  # type: ignore[attr-defined]  # a generator
    assert (cost.calls, cost.unreported_calls) == (1, 1)


@pytest.mark.parametrize("streaming", [False, True])
async def test_a_cancelled_call_counts_as_unreported(
    streaming: bool,  # noqa: FBT001  # a parameter of pytest
) -> None:
    asked = asyncio.Event()

    def never(_: httpx.Request) -> httpx.Response:
        asked.set()
        return endless(_)

    with get_cost_callback() as outer, get_cost_callback() as cost:
        for count in (1, 2):
            calling = asyncio.create_task(
                model_of(never, streaming=streaming).ainvoke("Hi!", client_request_id="job-1")
            )
            await asked.wait()
            asked.clear()
            await asyncio.sleep(0.05)
            calling.cancel()
            with pytest.raises(asyncio.CancelledError):
                await calling
            assert (cost.calls, cost.unreported_calls) == (count, count)
    assert outer.models == cost.models
    assert cost.unreported == (Unreported("gpt-4o-mini", None, "job-1"),) * 2


async def test_a_call_that_is_cancelled_before_it_was_sent_costs_nothing() -> None:
    slow = InMemoryRateLimiter(requests_per_second=0.001)
    with get_cost_callback() as cost:
        calling = asyncio.create_task(model_of(cut, rate_limiter=slow).ainvoke("Hi!"))
        await asyncio.sleep(0.05)
        calling.cancel()
        with pytest.raises(asyncio.CancelledError):
            await calling
    assert cost.calls == 0


async def test_of_many_cancelled_calls_those_that_were_answered_keep_their_cost(
    model: ChatAIMLAPI,
) -> None:
    with get_cost_callback() as cost:
        await model.ainvoke("Hi!")
        calling = asyncio.create_task(model_of(endless).abatch(["Hi!"] * 3))
        await asyncio.sleep(0.1)
        calling.cancel()
        with pytest.raises(asyncio.CancelledError):
            await calling
    assert (cost.calls, cost.unreported_calls) == (4, 3)
    assert cost.usd > 0


def test_a_stream_that_broke_off_counts_as_unreported_with_its_id() -> None:
    with get_cost_callback() as cost, pytest.raises(StreamInterruptedError):
        list(model_of(cut).stream("Hi!"))
    assert (cost.calls, cost.unreported_calls) == (1, 1)
    assert id_of_the_unreported(cost) == "inference-1"


def test_a_refused_request_costs_nothing() -> None:
    def refuse(_: httpx.Request) -> httpx.Response:
        return httpx.Response(429, json={"error": {"message": "slow down"}})

    with get_cost_callback() as cost:
        for call in (model_of(refuse).invoke, lambda text: list(model_of(refuse).stream(text))):
            with pytest.raises(RateLimitError):
                call("Hi!")
    assert (cost.calls, cost.unreported_calls) == (0, 0)


# --- answers that had begun ---------------------------------------------------------------------
def unreadable(_: httpx.Request) -> httpx.Response:
    return httpx.Response(200, headers={"x-inference-id": "inference-2"}, text="<html>")


def broken(_: httpx.Request) -> httpx.Response:
    class Broken(httpx.SyncByteStream):
        def __iter__(self) -> Iterator[bytes]:
            yield b'{"id": '
            raise httpx.RemoteProtocolError("peer closed connection")

    headers = {"content-type": "application/json", "x-inference-id": "inference-2"}
    return httpx.Response(200, headers=headers, stream=Broken())


@pytest.mark.parametrize("answer", [unreadable, broken])
def test_an_answer_that_had_begun_counts_though_it_failed(
    answer: Callable[[httpx.Request], httpx.Response],
) -> None:
    with get_cost_callback() as cost, pytest.raises(AIMLAPIError):
        model_of(answer).invoke("Hi!")
    assert (cost.calls, cost.unreported_calls) == (1, 1)
    assert id_of_the_unreported(cost) == "inference-2"


def late(request: httpx.Request) -> httpx.Response:
    raise httpx.ReadTimeout("late", request=request)


def refused(_: httpx.Request) -> httpx.Response:
    return httpx.Response(400, headers={"x-inference-id": "i"}, json={"message": "no"})


@pytest.mark.parametrize("answer", [late, refused])
def test_a_call_without_an_answer_counts_nothing(
    answer: Callable[[httpx.Request], httpx.Response],
) -> None:
    with get_cost_callback() as cost, pytest.raises(AIMLAPIError):
        model_of(answer).invoke("Hi!")
    assert (cost.calls, cost.unreported_calls) == (0, 0)
