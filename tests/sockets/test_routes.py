"""The way to the service: proxies, and the error when there is no way."""

from __future__ import annotations

import socket
import warnings
from typing import TYPE_CHECKING

import pytest

from langchain_aimlapi import ChatAIMLAPI
from langchain_aimlapi.errors import (
    AIMLAPIError,
    APIConnectionError,
    ConfigurationError,
)
from sockets.modes import BOTH, call
from sockets.scripts import answers, good

if TYPE_CHECKING:
    from sockets.modes import Asking, ModelOf
    from sockets.server import FaultServer, Service


# Hosts that do not exist are reached here through a proxy, or not at all.
pytestmark = pytest.mark.filterwarnings("ignore:base_url is http")


def _failure(mode: str, model: ChatAIMLAPI) -> AIMLAPIError:
    error = call(mode, model).error
    assert error is not None
    assert "secret" not in f"{error!r} {error} {vars(error)}"
    return error


def _behind(service: Service) -> str:
    """Return a base URL that only a proxy, the fault server, can lead to."""
    return "http://api.invalid" + service.base_url.rpartition(":")[2].lstrip("0123456789")


@pytest.mark.parametrize("mode", BOTH)
def test_a_proxy_of_the_settings_is_used(server: FaultServer, model_of: ModelOf, mode: str) -> None:
    service = server.serving(good)
    proxy = f"http://user:secret@127.0.0.1:{server.port}"
    model = model_of(service, base_url=_behind(service), proxy=proxy)
    assert call(mode, model).text == "Hello"
    assert service.requests[0].line.startswith("POST http://api.invalid/")
    assert "proxy-authorization" in service.requests[0].headers
    model.close()


@pytest.mark.parametrize("mode", BOTH)
def test_a_proxy_of_the_environment_is_used(
    server: FaultServer, model_of: ModelOf, monkeypatch: pytest.MonkeyPatch, mode: str
) -> None:
    service = server.serving(good)
    assert call(mode, model_of(service)).text == "Hello"  # a client without the proxy exists
    monkeypatch.setenv("HTTP_PROXY", f"http://127.0.0.1:{server.port}")
    model = model_of(service, base_url=_behind(service))
    assert call(mode, model).text == "Hello"
    assert service.requests[-1].line.startswith("POST http://api.invalid/")
    model.close()


@pytest.mark.parametrize("mode", BOTH)
def test_a_proxy_that_is_not_there_is_named(asking: Asking, mode: str) -> None:
    error = _failure(mode, asking(good, proxy="http://user:secret@127.0.0.1:9")[1])
    assert type(error) is APIConnectionError
    assert "proxy 127.0.0.1:9" in str(error)
    assert error.is_retryable


@pytest.mark.parametrize("mode", BOTH)
@pytest.mark.parametrize("status", [401, 407])
def test_a_proxy_that_refuses_is_not_taken_for_the_service(
    server: FaultServer, model_of: ModelOf, mode: str, status: int
) -> None:
    page = b"<html><h1>Who are you?</h1></html>"
    service = server.serving(answers(status, page, content_type="text/html"))
    name = service.base_url.split("/")[-2]
    proxy = f"http://user:secret@127.0.0.1:{server.port}"
    base_url = f"https://{name}.invalid/{name}/v1"
    error = _failure(mode, model_of(service, base_url=base_url, proxy=proxy))
    assert type(error) is APIConnectionError
    says = f"The proxy 127.0.0.1:{server.port} before {name}.invalid refused: {status}"
    assert says in str(error)
    assert "API key" not in str(error)
    assert not error.is_retryable
    assert len(service.requests) == 1


@pytest.mark.parametrize("proxy", ["user:secret@nowhere", "gopher://secret@nowhere", "http://[::1"])
def test_a_proxy_that_is_none_is_refused(asking: Asking, proxy: str) -> None:
    with pytest.raises((ConfigurationError, ValueError), match="proxy") as caught:
        raise _failure("invoke", asking(good, proxy=proxy)[1])
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize("mode", BOTH)
@pytest.mark.parametrize("host", ["api.invalid", "double..dot.invalid", "l" * 64 + ".invalid"])
def test_a_host_that_is_not_known_is_named(
    asking: Asking,
    monkeypatch: pytest.MonkeyPatch,
    mode: str,
    host: str,
) -> None:
    def not_known(*_: object, **__: object) -> None:
        host.encode("idna")
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", not_known)
    error = _failure(mode, asking(good, base_url=f"http://{host}/v1")[1])
    assert type(error) is APIConnectionError
    assert f"The host {host} is not known (DNS)" in str(error)


@pytest.mark.filterwarnings("default:base_url is http")
def test_plain_http_to_another_machine_is_warned_of_once_at_the_users_line() -> None:
    settings = {"model": "openai/gpt-4o", "api_key": "sk-test"}
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        for _ in range(3):
            ChatAIMLAPI(base_url="http://gateway.example/v1", **settings)
        for host in ("localhost", "127.0.0.1:8787", "127.5.5.5", "[::1]:80", "a.localhost"):
            ChatAIMLAPI(base_url=f"http://{host}/v1", **settings)
        ChatAIMLAPI(base_url="https://gateway.example/v1", **settings)
    assert len(caught) == 1
    assert "http://gateway.example: key and prompts go there without" in str(caught[0].message)
    assert caught[0].filename == __file__


def test_certificates_that_cannot_be_read_are_named(
    asking: Asking, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", "/no/such/file.pem")
    with pytest.raises(ConfigurationError, match="SSL_CERT_FILE"):
        asking(good)[1].invoke("Hi!")
