"""TLS, without certificates: anonymous key exchange needs none, and the rest is the same."""

from __future__ import annotations

import asyncio
import asyncio.sslproto
import ssl
from typing import TYPE_CHECKING

import httpx
import pytest
from faults.modes import MODES, call
from faults.scripts import HEL, echoes, good, streams
from faults.server import FaultServer

from langchain_aimlapi.errors import APIConnectionError, StreamInterruptedError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from langchain_aimlapi import ChatAIMLAPI

    ModelOf = Callable[..., ChatAIMLAPI]


def _anonymous(purpose: int) -> ssl.SSLContext:
    context = ssl.SSLContext(purpose)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    context.maximum_version = ssl.TLSVersion.TLSv1_2  # later versions have no such exchange
    context.set_ciphers("aNULL:@SECLEVEL=0")
    return context


@pytest.fixture(scope="module")
def secure() -> Iterator[FaultServer]:
    with FaultServer(_anonymous(ssl.PROTOCOL_TLS_SERVER)) as server:
        yield server


@pytest.fixture
def _trusting(monkeypatch: pytest.MonkeyPatch) -> None:
    context = _anonymous(ssl.PROTOCOL_TLS_CLIENT)
    monkeypatch.setattr(httpx, "create_ssl_context", lambda: context)
    monkeypatch.setenv("SSL_CERT_FILE", "anonymous")  # shares no client or context with other tests


@pytest.mark.usefixtures("_trusting")
@pytest.mark.parametrize("mode", MODES)
def test_answers_come_over_tls(secure: FaultServer, model_of: ModelOf, mode: str) -> None:
    service = secure.serving(good)
    model = model_of(service)
    for _ in range(3):
        assert call(mode, model).text == "Hello"
    model.close()
    service.wait_until_closed()


@pytest.mark.usefixtures("_trusting")
@pytest.mark.parametrize("mode", MODES)
def test_the_service_learns_what_host_and_protocol_are_meant(model_of: ModelOf, mode: str) -> None:
    context = _anonymous(ssl.PROTOCOL_TLS_SERVER)
    context.set_alpn_protocols(["h2", "http/1.1"])
    begun: list[tuple[ssl.SSLObject, str | None]] = []
    context.sni_callback = lambda tls, name, _: begun.append((tls, name))
    with FaultServer(context) as server:
        service = server.serving(good)
        model = model_of(service, base_url=service.base_url.replace("127.0.0.1", "localhost"))
        assert call(mode, model).text == "Hello"
        model.close()
    assert [(tls.selected_alpn_protocol(), name) for tls, name in begun] == [
        ("http/1.1", "localhost")
    ]


@pytest.mark.usefixtures("_trusting")
async def test_connections_are_used_again(secure: FaultServer, model_of: ModelOf) -> None:
    service = secure.serving(echoes)
    async with model_of(service) as model:
        for number in range(10):
            received = [chunk.text async for chunk in model.astream(str(number))]
            assert "".join(received) == str(number)
    assert len(service.connections) == 1
    await asyncio.to_thread(service.wait_until_closed)


@pytest.mark.usefixtures("_trusting")
@pytest.mark.parametrize("mode", ["invoke", "ainvoke"])
def test_large_messages_come_and_go(secure: FaultServer, model_of: ModelOf, mode: str) -> None:
    model = model_of(secure.serving(echoes))
    large = "0123456789" * 300_000
    answer = model.invoke(large) if mode == "invoke" else asyncio.run(model.ainvoke(large))
    assert answer.text == large
    model.close()


@pytest.mark.usefixtures("_trusting")
@pytest.mark.parametrize("mode", ["stream", "astream"])
@pytest.mark.parametrize("then", ["reset", "finish"])
def test_a_stream_breaks_off(secure: FaultServer, model_of: ModelOf, mode: str, then: str) -> None:
    service = secure.serving(streams(HEL, then=then))
    result = call(mode, model_of(service))
    assert type(result.error) is StreamInterruptedError
    service.wait_until_closed()


@pytest.mark.parametrize("mode", MODES)
def test_a_server_that_is_not_trusted_is_refused(
    secure: FaultServer, model_of: ModelOf, mode: str
) -> None:
    service = secure.serving(good)
    error = call(mode, model_of(service)).error
    assert type(error) is APIConnectionError
    assert "TLS" in str(error)  # asyncio may hear of the hang-up before it reads the reason
    assert "127.0.0.1" in str(error)
    assert not service.requests
