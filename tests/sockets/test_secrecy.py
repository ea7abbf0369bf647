"""No frame of a failed call shows a key, the value of a header or the password of a proxy."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from langchain_aimlapi import AIMLAPIEmbeddings, ChatAIMLAPI, batches
from langchain_aimlapi.catalogue import alist_models, find_model, list_models
from sockets.fault import ECHO, HEADER, KEY, SECRETS, TOKEN
from sockets.frames import shown_by_frames
from sockets.modes import MODES, call
from sockets.scripts import answers

if TYPE_CHECKING:
    from collections.abc import Callable

    from sockets.modes import Asking, ModelOf
    from sockets.server import FaultServer, Script


PASSWORD = "pass-word-0123456789abcdef"
PROXY = f"http://user:{PASSWORD}@127.0.0.1:9"
NO_WAY: dict[str, dict[str, Any]] = {
    "nobody there": {"base_url": "http://127.0.0.1:9/v1"},
    "no proxy there": {"proxy": PROXY},
    "a proxy that is none": {"proxy": f"no:{PROXY}"},
}


def _check(error: BaseException | None) -> None:
    assert error is not None
    shown = shown_by_frames(error)
    for secret in (KEY, HEADER, TOKEN, PASSWORD):
        assert secret not in shown
    assert "langchain_aimlapi" in shown  # so frames of ours were looked at


def _check_failure(use: Callable[[], object]) -> None:
    with pytest.raises(Exception) as caught:  # noqa: PT011  # whichever it is
        use()
    _check(caught.value)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("way", NO_WAY)
def test_no_frame_of_a_call_that_leads_nowhere_shows_a_secret(way: str, mode: str) -> None:
    settings = {**SECRETS, "max_retries": 1, **NO_WAY[way]}
    _check(call(mode, ChatAIMLAPI(model="openai/gpt-4o", **settings)).error)


@pytest.mark.filterwarnings("ignore:base_url is http")
def test_the_password_of_a_proxy_of_the_environment_is_hidden_too(
    server: FaultServer, model_of: ModelOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    service = server.serving(answers(400, {"message": f"Not {PASSWORD}, {KEY}"}))
    path = service.base_url.rpartition(":")[2].lstrip("0123456789")
    for port in (server.port, 9):  # where nobody is
        monkeypatch.setenv("HTTP_PROXY", f"http://user:{PASSWORD}@127.0.0.1:{port}")
        model = model_of(service, base_url=f"http://api.invalid{path}", max_retries=0, **SECRETS)
        error = call("invoke", model).error
        assert ("Not ***, ***" in str(error)) is (port == server.port)
        _check(error)


@pytest.mark.parametrize(
    "wrong",
    [
        {"temperature": "hot"},
        {"base_url": "ftp://nowhere"},
        {"http_client": 7},
        {"client_request_id": "ü"},
        {"default_headers": {"X-Gateway-Key": HEADER + "\n"}},
        {"default_headers": {"X Gateway Key": HEADER}},
        {"default_headers": {"X-Gateway-Key": [HEADER]}},
        {"api_key": KEY + "\n" + KEY},
        {"api_key": KEY + "ü"},
        {"api_key": [KEY]},
        {"default_headers": [HEADER]},
        {"api_key": None, "aimlapi_api_key": KEY, "temperature": "hot"},
        {"proxy": [PROXY]},
        {"model_kwargs": {"seed": 1}, "seed": 1},
    ],
    ids=str,
)
def test_no_frame_of_a_failed_construction_shows_a_secret(wrong: dict[str, Any]) -> None:
    fields = {"model": "openai/gpt-4o", "proxy": PROXY, **SECRETS, **wrong}
    given = {name: value for name, value in fields.items() if value is not None}
    _check_failure(lambda: ChatAIMLAPI(**given))
    _check_failure(lambda: AIMLAPIEmbeddings(**given))


@pytest.mark.parametrize("key", [KEY + "\n" + KEY, [KEY]])
def test_no_frame_shows_what_a_callable_returns_as_a_key(key: Any) -> None:
    model = ChatAIMLAPI(model="openai/gpt-4o", api_key=lambda: key)
    _check_failure(lambda: model.invoke("Hi!"))


@pytest.mark.parametrize(
    "script", [answers(401, {"message": ECHO}), answers(200, {"error": ECHO}), answers(200, [ECHO])]
)
def test_no_frame_of_a_failed_batch_shows_a_secret(asking: Asking, script: Script) -> None:
    _, model = asking(script, model="claude-sonnet-4", max_retries=0, **SECRETS)
    _check_failure(lambda: batches.batch_create(model, ["Hi!"]))
    _check_failure(lambda: batches.batch_results(model, "b"))
    _check_failure(lambda: asyncio.run(batches.abatch_results(model, "b")))


@pytest.mark.parametrize("body", [KEY.encode(), {"error": {"message": KEY}}])
@pytest.mark.parametrize("status", [200, 400, 401])
def test_no_frame_of_a_failed_catalogue_shows_the_key(
    server: FaultServer, status: int, body: Any
) -> None:
    service = server.serving(answers(status, body))
    asking = {"api_key": KEY, "base_url": service.base_url, "max_retries": 0}
    _check_failure(lambda: list_models(**asking))
    _check_failure(lambda: asyncio.run(alist_models(**asking)))
    _check_failure(lambda: find_model("gpt-4o", **asking))
    _check_failure(lambda: list_models(**asking, colour="red"))
