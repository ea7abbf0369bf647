"""TLS, without certificates: anonymous key exchange needs none, and the rest is the same."""

from __future__ import annotations

import asyncio
import asyncio.sslproto
import ssl
from typing import TYPE_CHECKING

import httpx
import pytest

from langchain_aimlapi.errors import APIConnectionError
from sockets.modes import MODES, call
from sockets.scripts import good
from sockets.server import FaultServer

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sockets.modes import ModelOf


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
async def test_one_connection_serves_many_answers(secure: FaultServer, model_of: ModelOf) -> None:
    service = secure.serving(good)
    model = model_of(service)
    for _ in range(3):
        assert (await model.ainvoke("Hi!")).text == "Hello"
        assert "".join([chunk.text async for chunk in model.astream("Hi!")]) == "Hello"
        for mode in ("invoke", "stream"):
            assert (await asyncio.to_thread(call, mode, model)).text == "Hello"
    assert len(service.connections) == 2  # a client of either kind
    await model.aclose()
    await asyncio.to_thread(service.wait_until_closed)


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


@pytest.mark.parametrize("mode", MODES)
def test_tls_with_a_server_that_speaks_none_is_named_and_not_tried_again(
    server: FaultServer, model_of: ModelOf, mode: str
) -> None:
    service = server.serving(good)
    error = call(mode, model_of(service, base_url=service.base_url.replace("p:", "ps:"))).error
    assert type(error) is APIConnectionError
    assert "TLS with 127.0.0.1 failed" in str(error)
    assert error.hint == "The server there speaks no TLS: use http:// in base_url."
    assert not error.is_retryable
