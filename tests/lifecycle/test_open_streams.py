"""What an open stream holds: not the request that was sent, with the key and the conversation."""

from __future__ import annotations

import asyncio
import gc
from typing import TYPE_CHECKING

import httpcore
import httpx
from faults.scripts import event, streams, text_delta
from faults.statuses import KEY

if TYPE_CHECKING:
    from collections.abc import Callable

    from faults.server import FaultServer, Service

    from langchain_aimlapi import ChatAIMLAPI

    ModelOf = Callable[..., ChatAIMLAPI]

PROMPT = "What is the capital of Mongolia?"


def _service(server: FaultServer) -> Service:
    parts = [event(text_delta(text)) for text in ("a", "b", "c")]
    return server.serving(streams(*parts, event(text_delta("", "stop")), b"data: [DONE]\n\n"))


def _sent() -> list[object]:
    """Return the requests and headers that the client still holds, and bodies with the prompt."""
    found: list[object] = []
    for each in gc.get_objects():
        if isinstance(each, httpx.Headers):
            found += [each] if KEY in each.get("authorization", "") else []
        elif isinstance(each, httpcore.Request):
            found += [each] if KEY in str(each.headers) else []
        elif isinstance(each, httpx.ByteStream):
            found += [each] if PROMPT.encode() in b"".join(each) else []
    return found


def test_a_stream_that_is_open_holds_neither_the_key_nor_the_conversation(
    server: FaultServer, model_of: ModelOf
) -> None:
    stream = model_of(_service(server)).stream(PROMPT)
    assert next(stream).text == "a"
    assert _sent() == []
    assert "".join(chunk.text for chunk in stream) == "bc"


def test_an_async_stream_that_is_open_holds_neither_the_key_nor_the_conversation(
    server: FaultServer, model_of: ModelOf
) -> None:
    async def main() -> None:
        model = model_of(_service(server))
        stream = model.astream(PROMPT)
        assert (await anext(aiter(stream))).text == "a"
        assert _sent() == []
        assert "".join([chunk.text async for chunk in stream]) == "bc"
        await model.aclose()

    asyncio.run(main())


def test_responses_are_freed_without_the_collector_of_garbage(
    server: FaultServer, model_of: ModelOf
) -> None:
    def responses() -> list[object]:
        return [each for each in gc.get_objects() if isinstance(each, httpx.Response)]

    model = model_of(_service(server))
    gc.collect()
    gc.disable()
    try:
        before = responses()  # of other tests
        for _ in range(3):
            assert "".join(chunk.text for chunk in model.stream(PROMPT)) == "abc"
        after = responses()
    finally:
        gc.enable()
    assert len(after) == len(before)
