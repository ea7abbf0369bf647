"""Clients of httpx-aiohttp, for thousands of streams at once, are used as those of httpx are."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from faults.scripts import CHUNKED, EVENTS, HEL, HELLO, answers, completion, first, good, streams
from httpx_aiohttp import HttpxAiohttpClient

from langchain_aimlapi.errors import (
    AIMLAPIError,
    APIConnectionError,
    APITimeoutError,
    MalformedResponseError,
    StreamChunkTimeoutError,
    StreamInterruptedError,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from faults.server import Exchange, FaultServer

    from langchain_aimlapi import ChatAIMLAPI

    ModelOf = Callable[..., ChatAIMLAPI]

NO_LIMIT = httpx.Limits(max_connections=0)


async def _silent(exchange: Exchange) -> None:
    if exchange.request.streams:
        await exchange.head(200, {**EVENTS, **CHUNKED, "x-inference-id": "inf-7"})
        await exchange.chunk(HEL)
    await exchange.hold()


async def _comments(exchange: Exchange) -> None:
    await exchange.head(200, {**EVENTS, **CHUNKED, "x-inference-id": "inf-7"})
    await exchange.chunk(HEL)
    for _ in range(200):
        await exchange.chunk(b": ping\n\n")
        await exchange.pause(0.03)


def _ask(model_of: ModelOf, service: Any, mode: str, **settings: Any) -> tuple[str, Any]:
    """Return the text that came, and the error if one did."""

    async def main() -> tuple[str, Any]:
        said: list[str] = []
        async with HttpxAiohttpClient(limits=NO_LIMIT) as client:
            model = model_of(service, http_async_client=client, **settings)
            try:
                if mode == "ainvoke":
                    said.append((await model.ainvoke("Hi!")).text)
                else:
                    async for chunk in model.astream("Hi!"):
                        said.append(chunk.text)  # noqa: PERF401  # what came before an error counts
            except AIMLAPIError as error:
                return "".join(said), error
        return "".join(said), None

    return asyncio.run(main())


@pytest.mark.parametrize("mode", ["ainvoke", "astream"])
def test_answers_come_and_are_retried(server: FaultServer, model_of: ModelOf, mode: str) -> None:
    service = server.serving(first(answers(503, b""), good))
    assert _ask(model_of, service, mode) == ("Hello", None)
    assert len(service.requests) == 2


@pytest.mark.parametrize(
    ("script", "mode_and_settings", "kind"),
    [
        (_silent, ("ainvoke", {"timeout": 0.3}), APITimeoutError),
        (_silent, ("astream", {"stream_chunk_timeout": 0.3}), StreamChunkTimeoutError),
        (_comments, ("astream", {"stream_chunk_timeout": 0.3}), StreamChunkTimeoutError),
        (streams(HEL, then="finish"), ("astream", {}), StreamInterruptedError),
        (answers(200, b"x", content_encoding="br"), ("ainvoke", {}), MalformedResponseError),
        (good, ("ainvoke", {"base_url": "http://127.0.0.1:9/v1"}), APIConnectionError),
    ],
)
def test_faults_are_the_errors_that_they_are_with_other_clients(
    server: FaultServer,
    model_of: ModelOf,
    script: Any,
    mode_and_settings: tuple[str, dict[str, Any]],
    kind: type[AIMLAPIError],
) -> None:
    mode, settings = mode_and_settings
    _, error = _ask(model_of, server.serving(script), mode, max_retries=0, **settings)
    assert type(error) is kind


def test_two_hundred_streams_are_open_at_once(server: FaultServer, model_of: ModelOf) -> None:
    open_at_once = asyncio.Barrier(200) if hasattr(asyncio, "Barrier") else None
    if open_at_once is None:
        pytest.skip("asyncio has barriers since Python 3.11")

    async def waits(exchange: Exchange) -> None:
        await exchange.head(200, {**EVENTS, **CHUNKED})
        await open_at_once.wait()
        for part in HELLO:
            await exchange.chunk(part)
        await exchange.end()

    async def main() -> list[str]:
        async with HttpxAiohttpClient(limits=NO_LIMIT) as client:
            model = model_of(server.serving(waits), http_async_client=client)

            async def read() -> str:
                pieces = [chunk.text async for chunk in model.astream("Hi!")]
                return "".join(pieces)

            return await asyncio.gather(*(read() for _ in range(200)))

    assert set(asyncio.run(main())) == {"Hello"}


def test_a_gzipped_answer_is_decoded(server: FaultServer, model_of: ModelOf) -> None:
    import gzip  # noqa: PLC0415  # of this test only

    body = gzip.compress(b"".join(HELLO))
    service = server.serving(
        answers(200, body, content_encoding="gzip", content_type="text/event-stream")
    )
    assert _ask(model_of, service, "astream") == ("Hello", None)
    plain = server.serving(answers(200, completion(), content_encoding="none"))
    assert _ask(model_of, plain, "ainvoke") == ("Hello", None)
