"""Clients of httpx2, which has the interface of httpx, are used as those of httpx are."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import httpx2
import pytest
from faults.modes import MODES, call
from faults.scripts import (
    CHUNKED,
    EVENTS,
    HEL,
    answers,
    completion,
    echoes,
    first,
    for_ever,
    good,
    streams,
)

from langchain_aimlapi import ChatAIMLAPI
from langchain_aimlapi.errors import (
    APIConnectionError,
    APITimeoutError,
    ConfigurationError,
    MalformedResponseError,
    RateLimitError,
    StreamChunkTimeoutError,
    StreamInterruptedError,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from faults.server import Exchange, FaultServer

    ModelOf = Callable[..., ChatAIMLAPI]


@pytest.fixture
def theirs() -> Iterator[dict[str, Any]]:
    """A client of each kind; the async one keeps no connection of a loop that ends."""
    client = httpx2.Client(headers={"x-team": "blue"})
    limits = httpx2.Limits(max_keepalive_connections=0)
    yield {"http_client": client, "http_async_client": httpx2.AsyncClient(limits=limits)}
    client.close()


@pytest.mark.parametrize("mode", MODES)
def test_answers_come(
    server: FaultServer, model_of: ModelOf, theirs: dict[str, Any], mode: str
) -> None:
    service = server.serving(good)
    assert call(mode, model_of(service, **theirs)).text == "Hello"
    request = service.requests[0]
    assert request.headers.get("x-team") == (None if mode.startswith("a") else "blue")
    assert request.headers["authorization"].startswith("Bearer ")
    assert not theirs["http_client"].is_closed


async def test_many_at_once_get_their_own_answers(server: FaultServer, model_of: ModelOf) -> None:
    async with httpx2.AsyncClient() as client:
        model = model_of(server.serving(echoes), http_async_client=client)
        asked = [str(number) for number in range(30)]
        assert [message.text for message in await model.abatch(asked)] == asked


@pytest.mark.parametrize("mode", MODES)
def test_a_mock_transport_of_theirs_answers(mode: str) -> None:
    def handler(request: httpx2.Request) -> httpx2.Response:
        return httpx2.Response(200, json=completion())

    transport = httpx2.MockTransport(handler)
    model = ChatAIMLAPI(
        model="openai/gpt-4o",
        api_key="sk-test",
        http_client=httpx2.Client(transport=transport),
        http_async_client=httpx2.AsyncClient(transport=transport),
    )
    assert call(mode, model).text == "Hello"


@pytest.mark.parametrize("mode", MODES)
def test_a_refused_connection_is_retried_and_named(
    server: FaultServer, model_of: ModelOf, theirs: dict[str, Any], mode: str
) -> None:
    model = model_of(server.serving(good), base_url="http://127.0.0.1:9/v1", **theirs)
    error = call(mode, model).error
    assert type(error) is APIConnectionError
    assert "No connection to 127.0.0.1: Connection refused" in str(error)


@pytest.mark.parametrize("mode", MODES)
def test_an_error_status_is_retried_and_typed(
    server: FaultServer, model_of: ModelOf, theirs: dict[str, Any], mode: str
) -> None:
    service = server.serving(first(answers(429, {"message": "Slow down"}), good))
    assert call(mode, model_of(service, **theirs)).text == "Hello"
    refusing = server.serving(answers(429, {"message": "Slow down"}))
    error = call(mode, model_of(refusing, max_retries=0, **theirs)).error
    assert type(error) is RateLimitError
    assert error.message == "Slow down"


async def _stalls(exchange: Exchange) -> None:
    if exchange.request.streams:
        await exchange.head(200, {**EVENTS, **CHUNKED})
        await exchange.chunk(HEL)
    await exchange.hold()


@pytest.mark.parametrize("mode", MODES)
def test_deadlines_hold(
    server: FaultServer, model_of: ModelOf, theirs: dict[str, Any], mode: str
) -> None:
    settings = {"timeout": 0.3, "stream_chunk_timeout": 0.3, "max_retries": 0}
    result = call(mode, model_of(server.serving(_stalls), **settings, **theirs))
    expected = StreamChunkTimeoutError if "stream" in mode else APITimeoutError
    assert type(result.error) is expected
    assert result.seconds < 2


@pytest.mark.parametrize("mode", ["stream", "astream"])
def test_comments_do_not_keep_a_stream_alive(
    server: FaultServer, model_of: ModelOf, theirs: dict[str, Any], mode: str
) -> None:
    service = server.serving(for_ever(EVENTS, [b": still here\n\n"], 0.01))
    result = call(mode, model_of(service, stream_chunk_timeout=0.3, **theirs))
    assert type(result.error) is StreamChunkTimeoutError


@pytest.mark.parametrize("mode", ["stream", "astream"])
@pytest.mark.parametrize("then", ["reset", "finish"])
def test_a_stream_that_breaks_off_says_so(
    server: FaultServer, model_of: ModelOf, theirs: dict[str, Any], mode: str, then: str
) -> None:
    result = call(mode, model_of(server.serving(streams(HEL, then=then)), **theirs))
    assert type(result.error) is StreamInterruptedError
    assert result.text == "Hel"


@pytest.mark.parametrize("mode", MODES)
def test_an_encoding_that_was_not_asked_for_is_refused(
    server: FaultServer, model_of: ModelOf, theirs: dict[str, Any], mode: str
) -> None:
    service = server.serving(answers(200, b"x", content_encoding="br"))
    assert type(call(mode, model_of(service, **theirs)).error) is MalformedResponseError


@pytest.mark.parametrize("mode", MODES)
def test_timeouts_of_theirs_are_taken(server: FaultServer, model_of: ModelOf, mode: str) -> None:
    timeout = httpx2.Timeout(0.3, connect=5.0)
    model = model_of(server.serving(_stalls), timeout=timeout, max_retries=0)
    expected = StreamChunkTimeoutError if "stream" in mode else APITimeoutError
    assert type(call(mode, model).error) is expected
    client = httpx2.Client(timeout=timeout)
    unset = ChatAIMLAPI(
        model="openai/gpt-4o",
        api_key="sk-test",
        base_url=server.serving(_stalls).base_url,
        max_retries=0,
        http_client=client,
    )
    if mode == "invoke":  # the client brings its own
        assert type(call(mode, unset).error) is APITimeoutError
    client.close()


@pytest.mark.parametrize(
    ("field", "value", "says"),
    [
        ("http_client", httpx2.AsyncClient(), "not httpx2.AsyncClient"),
        ("http_async_client", httpx2.Client(), "not httpx2.Client"),
        ("http_client", object(), "not builtins.object"),
        ("http_client", httpx2, "not builtins.module"),
    ],
)
def test_anything_else_is_refused_by_module_and_class(field: str, value: Any, says: str) -> None:
    with pytest.raises((ConfigurationError, ValueError), match=says) as caught:
        ChatAIMLAPI(model="openai/gpt-4o", api_key="sk-test", **{field: value})
    assert "httpx2." in str(caught.value)


def test_a_users_client_that_is_closed_says_so(server: FaultServer, model_of: ModelOf) -> None:
    client = httpx2.Client()
    client.close()
    with pytest.raises(ConfigurationError, match="is closed"):
        model_of(server.serving(good), http_client=client).invoke("Hi!")


def test_httpx2_is_not_needed(server: FaultServer) -> None:
    # langsmith brings it by itself, so it is kept from being found only after that.
    service = server.serving(good)
    script = f"""if True:
        import langsmith, sys
        for name in [name for name in sys.modules if name.partition(".")[0] == "httpx2"]:
            del sys.modules[name]
        sys.modules["httpx2"] = None  # importing it fails
        from langchain_aimlapi import ChatAIMLAPI
        model = ChatAIMLAPI(model="m", api_key="sk-test", base_url={service.base_url!r})
        print(model.invoke("Hi!").text)
        try:
            ChatAIMLAPI(model="m", api_key="sk-test", http_client=object())
        except Exception as error:
            print(type(error).__name__)
    """
    done = subprocess.run(  # noqa: S603  # the test's own script
        [sys.executable, "-c", script], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.stdout.split() == ["Hello", "ConfigurationError"], done.stderr


async def test_a_call_that_is_cancelled_leaves_the_client_usable(
    server: FaultServer, model_of: ModelOf
) -> None:
    async with httpx2.AsyncClient() as client:
        stalling = model_of(server.serving(_stalls), http_async_client=client)
        with pytest.raises(asyncio.TimeoutError):
            await asyncio.wait_for(stalling.ainvoke("Hi!"), 0.1)
        answering = model_of(server.serving(good), http_async_client=client)
        assert (await answering.ainvoke("Hi!")).text == "Hello"
