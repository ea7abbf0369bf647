"""Clients of users, of httpx, httpx2 or httpx-aiohttp: used as they are, and left open."""

from __future__ import annotations

import asyncio
import gzip
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TYPE_CHECKING, Any

import httpx
import httpx2
import pytest
from httpx_aiohttp import HttpxAiohttpClient

from langchain_aimlapi import ChatAIMLAPI
from langchain_aimlapi.errors import (
    AIMLAPIError,
    APIConnectionError,
    APITimeoutError,
    ConfigurationError,
    MalformedResponseError,
    RateLimitError,
    StreamChunkTimeoutError,
    StreamInterruptedError,
)
from sockets.fault import TIMEOUT
from sockets.modes import MODES
from sockets.scripts import (
    CHUNKED,
    EVENTS,
    HEL,
    HELLO,
    answers,
    completion,
    echoes,
    encoded,
    first,
    good,
    streams,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from sockets.modes import Asking, ModelOf
    from sockets.server import Exchange, FaultServer, Script, Service

    Ask = Callable[..., tuple[str, AIMLAPIError | None]]
    Row = tuple[Script, dict[str, Any], tuple[str, ...], type[AIMLAPIError], str, str]


CLIENTS: dict[str, Any] = {"httpx": httpx.Client, "httpx2": httpx2.Client}
ASYNC_CLIENTS: dict[str, Any] = {
    "httpx": httpx.AsyncClient,
    "httpx2": httpx2.AsyncClient,
    "httpx-aiohttp": HttpxAiohttpClient,
}
WAYS = [(library, mode) for library in CLIENTS for mode in ("invoke", "stream")]
WAYS += [(library, mode) for library in ASYNC_CLIENTS for mode in ("ainvoke", "astream")]
in_every_way = pytest.mark.parametrize("way", WAYS, ids="-".join)


@pytest.fixture
def ask(model_of: ModelOf) -> Ask:
    """Ask with a user's client; what came, and the error if there was one, are returned."""

    def ask(
        way: tuple[str, str], service: Service, hooks: Any = None, **settings: Any
    ) -> tuple[str, AIMLAPIError | None]:
        library, mode = way
        # Certificates take longer to load than the call takes, and nothing here is encrypted.
        of_client = {"headers": {"x-team": "blue"}, "event_hooks": hooks, "verify": False}
        said: list[str] = []

        async def main() -> None:
            async with ASYNC_CLIENTS[library](**of_client) as client:
                model = model_of(service, http_async_client=client, **settings)
                if mode == "ainvoke":
                    said.append((await model.ainvoke("Hi!")).text)
                else:
                    async for chunk in model.astream("Hi!"):
                        said.append(chunk.text)  # noqa: PERF401  # what came before an error counts
                await model.aclose()
                assert not client.is_closed

        try:
            if mode in {"ainvoke", "astream"}:
                asyncio.run(main())
            else:
                with CLIENTS[library](**of_client) as client:
                    with model_of(service, http_client=client, **settings) as model:
                        MODES[mode](model, said)
                    assert not client.is_closed
        except AIMLAPIError as error:
            return "".join(said), error
        return "".join(said), None

    return ask


async def _holds_its_stream(exchange: Exchange) -> None:
    await (streams(*HELLO, then="hold") if exchange.request.streams else good)(exchange)


async def _gzips(exchange: Exchange) -> None:
    streamed = exchange.request.streams
    body = gzip.compress(b"".join(HELLO) if streamed else encoded(completion()))
    await answers(200, body, content_encoding="gzip")(exchange)


@in_every_way
def test_answers_come_and_are_retried(server: FaultServer, ask: Ask, way: tuple[str, str]) -> None:
    for script, requests in (
        (first(answers(429, {"message": "Slow down"}), good), 2),
        (_gzips, 1),
        (answers(200, completion(), content_encoding="none"), 1),
        (_holds_its_stream, 1),
    ):
        service = server.serving(script)
        start = time.monotonic()
        assert ask(way, service) == ("Hello", None)
        assert time.monotonic() - start < TIMEOUT  # else it is what ended the call
        assert len(service.requests) == requests
        assert {request.headers["x-team"] for request in service.requests} == {"blue"}
        assert service.requests[0].headers["authorization"].startswith("Bearer ")


async def _stalls(exchange: Exchange) -> None:
    if exchange.request.streams:
        await exchange.head(200, {**EVENTS, **CHUNKED})
        await exchange.chunk(HEL)
    await exchange.hold()


SHORT = {"timeout": 1.0}
GAP = {"stream_chunk_timeout": 1.0}
NOBODY = {"base_url": "http://127.0.0.1:9/v1"}
BROTLI = answers(200, b"x", content_encoding="br")
CUT = streams(HEL, then="reset")
BOTH, INVOKE, STREAM = (
    ("invoke", "ainvoke", "stream", "astream"),
    ("invoke", "ainvoke"),
    ("stream", "astream"),
)
# What the server does, settings, in which modes; the error, its words, and the text before it.
FAULTS: list[Row] = [
    (good, NOBODY, BOTH, APIConnectionError, "No connection to 127.0.0.1: Connection refused", ""),
    (answers(429, {"message": "Slow down"}), {}, BOTH, RateLimitError, "Slow down", ""),
    (BROTLI, {}, BOTH, MalformedResponseError, "'br' was not asked for", ""),
    (_stalls, SHORT, INVOKE, APITimeoutError, "in total", ""),
    (_stalls, GAP, STREAM, StreamChunkTimeoutError, "no chunk for 1 s", "Hel"),
    (CUT, {}, STREAM, StreamInterruptedError, "broke off", "Hel"),
]


@pytest.mark.parametrize("row", FAULTS)
def test_faults_are_the_errors_that_they_are_with_our_clients(
    server: FaultServer, ask: Ask, row: Row
) -> None:
    script, settings, modes, kind, says, before = row
    ways = [way for way in WAYS if way[1] in modes]
    services = [server.serving(script) for _ in ways]
    with ThreadPoolExecutor(len(ways)) as pool:  # some take their time
        came = list(pool.map(partial(ask, max_retries=0, **settings), ways, services))
    for way, (said, error) in zip(ways, came, strict=True):
        assert (way, type(error), said) == (way, kind, before)
        assert says in str(error)


MANY = 101
"""Streams: one more than httpx opens connections, unless it is told otherwise."""


@pytest.mark.parametrize(
    "made",
    [
        lambda: httpx2.AsyncClient(limits=httpx2.Limits(max_connections=None)),
        lambda: HttpxAiohttpClient(limits=httpx.Limits(max_connections=0)),  # no limit
    ],
    ids=["httpx2", "httpx-aiohttp"],
)
@pytest.mark.skipif(sys.version_info < (3, 11), reason="asyncio has barriers since Python 3.11")
async def test_more_streams_are_open_at_once_than_a_client_has_connections(
    asking: Asking, made: Callable[[], Any]
) -> None:
    open_at_once = asyncio.Barrier(MANY)

    async def waits(exchange: Exchange) -> None:
        await open_at_once.wait()
        await echoes(exchange)

    async with made() as client:
        model = asking(waits, http_async_client=client, timeout=120.0)[1]

        async def read(text: str) -> str:
            pieces = [chunk.text async for chunk in model.astream(text)]
            return "".join(pieces)

        asked = [str(number) for number in range(MANY)]
        assert await asyncio.gather(*map(read, asked)) == asked


@pytest.mark.parametrize("library", ASYNC_CLIENTS)
async def test_a_call_that_is_cancelled_leaves_the_client_usable(
    server: FaultServer, model_of: ModelOf, library: str
) -> None:
    async with ASYNC_CLIENTS[library]() as client:
        stalling = model_of(server.serving(_stalls), http_async_client=client)
        with pytest.raises(asyncio.TimeoutError):
            await asyncio.wait_for(stalling.ainvoke("Hi!"), 0.1)
        answering = model_of(server.serving(good), http_async_client=client)
        assert (await answering.ainvoke("Hi!")).text == "Hello"


@pytest.mark.parametrize("library", [httpx, httpx2])
def test_the_timeout_of_a_client_holds_where_the_model_has_none(
    server: FaultServer, library: Any
) -> None:
    base_url = server.serving(_stalls).base_url
    fields = {"model": "openai/gpt-4o", "api_key": "sk-test", "max_retries": 0}
    timeout = library.Timeout(0.3, connect=5.0)
    with library.Client(timeout=timeout) as client:
        for settings in ({"timeout": timeout}, {"http_client": client}):
            with pytest.raises(APITimeoutError):
                ChatAIMLAPI(base_url=base_url, **fields, **settings).invoke("Hi!")


@pytest.mark.parametrize(
    ("field", "value", "says"),
    [
        ("http_client", httpx2.AsyncClient(), "not httpx2.AsyncClient"),
        ("http_async_client", httpx2.Client(), "not httpx2.Client"),
        ("http_client", httpx.AsyncClient(), "not httpx.AsyncClient"),
        ("http_client", object(), "not builtins.object"),
        ("http_client", httpx2, "not builtins.module"),
    ],
)
def test_anything_else_is_refused_by_module_and_class(field: str, value: Any, says: str) -> None:
    with pytest.raises((ConfigurationError, ValueError), match=says) as caught:
        ChatAIMLAPI(model="openai/gpt-4o", api_key="sk-test", **{field: value})
    assert "httpx2." in str(caught.value)


@pytest.mark.parametrize("library", CLIENTS)
def test_a_client_that_is_closed_says_so(asking: Asking, library: str) -> None:
    client = CLIENTS[library]()
    client.close()
    with pytest.raises(ConfigurationError, match="is closed"):
        asking(good, http_client=client)[1].invoke("Hi!")


async def _aread(response: Any) -> None:
    await response.aread()


@in_every_way
def test_a_hook_that_reads_the_answer_leaves_it_readable(
    server: FaultServer, ask: Ask, way: tuple[str, str]
) -> None:
    reads = _aread if way[1] in {"ainvoke", "astream"} else lambda response: response.read()
    assert ask(way, server.serving(good), {"response": [reads]}) == ("Hello", None)
