"""What comes compressed or without end: bounded once it is decoded, and refused with a reason."""

from __future__ import annotations

import gzip
import tracemalloc
from time import process_time
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from langchain_aimlapi import ChatAIMLAPI
from langchain_aimlapi.errors import MalformedResponseError, ServerError
from sockets.modes import BOTH, call
from sockets.scripts import CHUNKED, EVENTS, answers, completion, encoded, event, text_delta

if TYPE_CHECKING:
    from sockets.modes import Asking, ModelOf
    from sockets.server import Exchange, FaultServer, Script


MEGABYTE = 1 << 20
BOMB = gzip.compress(b"data: " + b"A" * (100 * MEGABYTE), 1)
PEAK = 60 * MEGABYTE
"""Of memory: httpx decodes as much at once as it reads at once, which is 64 KB of this bomb."""
GOOD = encoded(completion())
STREAM = event(text_delta("Hello")) + event(text_delta("", "stop")) + b"data: [DONE]\n\n"


@pytest.mark.parametrize("mode", BOTH)
def test_only_gzip_is_asked_for(server: FaultServer, model_of: ModelOf, mode: str) -> None:
    service = server.serving(answers(200, completion()))
    call(mode, model_of(service))
    call(mode, model_of(service, default_headers={"Accept-Encoding": "identity"}))
    with httpx.Client() as client:  # which would take br
        assert "br" in client.headers["accept-encoding"]
        model_of(service, http_client=client).invoke("Hi!")
    for request in service.requests:
        asked = [value for name, value in request.raw_headers if name.lower() == "accept-encoding"]
        assert asked == ["gzip"]


@pytest.mark.parametrize("mode", BOTH)
@pytest.mark.parametrize(
    ("status", "of_user"), [(200, ""), (500, ""), (200, "a client of the user")]
)
def test_a_bomb_ends_at_the_bound(
    server: FaultServer, model_of: ModelOf, mode: str, status: int, of_user: str
) -> None:
    service = server.serving(answers(status, BOMB, content_encoding="gzip"))
    settings: dict[str, Any] = {"max_retries": 0, "max_answer_bytes": 4 * MEGABYTE}
    if of_user:
        settings |= {"http_client": httpx.Client(), "http_async_client": httpx.AsyncClient()}
    tracemalloc.start()
    error = call(mode, model_of(service, **settings)).error
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < PEAK
    if status == 200:
        assert type(error) is MalformedResponseError
        assert "sent too much: more than 4194304 bytes" in str(error)
    else:
        assert type(error) is ServerError


def _endless(head: bytes) -> Script:
    async def script(exchange: Exchange) -> None:
        await exchange.head(200, {**EVENTS, **CHUNKED})
        await exchange.chunk(head)
        for _ in range(60):
            await exchange.chunk(b"A" * 60_000)
        await exchange.end()

    return script


@pytest.mark.parametrize("mode", ["stream", "astream"])
@pytest.mark.parametrize(
    "head", [b"data: ", STREAM[:60] + b"\n\ndata: ", b": a comment ", b'{"choices": "']
)
def test_one_event_without_end_ends_at_the_bound(
    server: FaultServer, model_of: ModelOf, mode: str, head: bytes
) -> None:
    service = server.serving(_endless(head))
    error = call(mode, model_of(service, max_answer_bytes=2 * MEGABYTE)).error
    assert type(error) is MalformedResponseError
    assert "sent too much" in str(error)
    assert error.status_code == 200


@pytest.mark.parametrize("mode", ["stream", "astream"])
def test_the_bound_is_of_one_event_and_not_of_a_stream(asking: Asking, mode: str) -> None:
    async def script(exchange: Exchange) -> None:
        await exchange.head(200, {**EVENTS, **CHUNKED})
        for _ in range(8):
            await exchange.chunk(event(text_delta("A" * MEGABYTE)))
        await exchange.chunk(event(text_delta("", "stop")) + b"data: [DONE]\n\n")
        await exchange.end()

    result = call(mode, asking(script, max_answer_bytes=2 * MEGABYTE)[1])
    assert result.error is None
    assert len(result.text) == 8 * MEGABYTE


def test_a_body_that_a_client_reads_at_once_is_bounded_too() -> None:
    answer = httpx.Response(200, headers=EVENTS, content=event(text_delta("A" * MEGABYTE)))
    with httpx.Client(transport=httpx.MockTransport(lambda _: answer)) as client:
        settings = {"api_key": "sk-test", "max_answer_bytes": MEGABYTE, "http_client": client}
        model = ChatAIMLAPI(model="openai/gpt-4o", **settings)
        for use in (model.invoke, lambda text: list(model.stream(text))):
            with pytest.raises(MalformedResponseError, match="more than 1048576 bytes"):
                use("Hi!")


SLICES = {
    "a document": b"<" * 400_000,
    "one long line": b"data: " + b"x" * 400_000,
    "many line breaks": b"\n" * 400_000,
    "many comments": b":\n" * 200_000,
    "many data lines": b"data: x\n" * 50_000,
    "spaces before anything": b" " * 400_000,
    "halves of characters": b'data: {"a": "\\ud83d"}\n\n' * 18_000,
    "backslashes": b'data: "' + b"\\" * 400_000 + b'\\ud83d"\n\n',
}


@pytest.mark.parametrize("body", SLICES.values(), ids=SLICES)
@pytest.mark.parametrize("piece", [64, 65_536])
def test_no_stream_takes_longer_than_it_is_long(body: bytes, piece: int) -> None:
    pieces = [body[at : at + piece] for at in range(0, len(body), piece)]

    def handler(request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, headers=EVENTS, content=iter(pieces))

    client = httpx.Client(transport=httpx.MockTransport(handler))
    model = ChatAIMLAPI(model="openai/gpt-4o", api_key="sk-test", max_retries=0, http_client=client)
    start = process_time()
    with pytest.raises(Exception, match=r"."):  # what it is called is for other tests
        list(model.stream("Hi!"))
    assert process_time() - start < 2  # what grows by the square takes far longer
