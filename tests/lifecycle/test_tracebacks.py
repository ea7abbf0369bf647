"""No frame of a failed call shows a key, the value of a header or the password of a proxy."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import textwrap
from typing import TYPE_CHECKING, Any

import pytest
from faults.frames import shown_by_frames
from faults.modes import MODES, call
from faults.scripts import HEL, STOP, answers, event, streams

from langchain_aimlapi import ChatAIMLAPI
from langchain_aimlapi.batches import (
    abatch_results,
    abatch_wait,
    batch_create,
    batch_results,
    batch_wait,
)
from langchain_aimlapi.catalogue import alist_models, find_model, list_models

if TYPE_CHECKING:
    from collections.abc import Callable

    from faults.server import Exchange, FaultServer

    ModelOf = Callable[..., ChatAIMLAPI]

KEY = "sk-frames-0123456789abcdef"
HEADER = "hush-hush-0123456789abcdef"
PASSWORD = "pass-word-0123456789abcdef"
PROXY = f"http://user:{PASSWORD}@127.0.0.1:9"
SECRETS = {"api_key": KEY, "default_headers": {"X-Gateway-Key": HEADER}}
ECHO = f"The key {KEY} with {HEADER} does not do."


async def _never(exchange: Exchange) -> None:
    await exchange.hold()


WAYS: dict[str, Any] = {
    "400": answers(400, {"message": ECHO}),
    "401": answers(401, {"message": ECHO}),
    "timeout": _never,
    "cut": streams(HEL, then="reset"),
    "garbage": answers(200, ECHO.encode(), content_type="application/json"),
    "error in a 200": answers(200, {"error": {"message": ECHO}}),
    "error in a choice": answers(
        200, {"choices": [{"message": {"content": ""}, "error": {"message": ECHO}}]}
    ),
    "error in a stream": streams(HEL, event({"error": {"message": ECHO}})),
    "garbage in a stream": streams(HEL, event(ECHO.encode()), STOP),
    "a stream that ends early": streams(HEL, event({"note": ECHO})),
}


def _check(error: BaseException) -> None:
    shown = shown_by_frames(error)
    for secret in (KEY, HEADER, PASSWORD):
        assert secret not in shown
    assert "langchain_aimlapi" in shown  # so frames of ours were looked at


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("way", WAYS)
def test_no_frame_of_a_failed_call_shows_a_secret(
    server: FaultServer, model_of: ModelOf, way: str, mode: str
) -> None:
    model = model_of(server.serving(WAYS[way]), max_retries=1, timeout=0.3, **SECRETS)
    error = call(mode, model).error
    assert error is not None
    _check(error)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize(
    "settings", [{"base_url": "http://127.0.0.1:9/v1"}, {"proxy": PROXY}, {"proxy": "no:" + PROXY}]
)
def test_no_frame_shows_a_secret_when_there_is_no_way_to_the_service(
    server: FaultServer, model_of: ModelOf, mode: str, settings: dict[str, Any]
) -> None:
    model = model_of(server.serving(_never), max_retries=0, **SECRETS, **settings)
    error = call(mode, model).error
    assert error is not None
    _check(error)


@pytest.mark.filterwarnings("ignore:base_url is http")
def test_no_frame_shows_the_password_of_a_proxy_of_the_environment(
    server: FaultServer, model_of: ModelOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", PROXY)
    model = model_of(server.serving(_never), base_url="http://api.invalid/v1", **SECRETS)
    error = call("invoke", model).error
    assert error is not None
    _check(error)


@pytest.mark.filterwarnings("ignore:base_url is http")
def test_no_error_shows_the_password_that_a_proxy_of_the_environment_sends_back(
    server: FaultServer, model_of: ModelOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    service = server.serving(answers(400, {"message": f"Not {PASSWORD}, {KEY}"}))
    monkeypatch.setenv("HTTP_PROXY", f"http://user:{PASSWORD}@127.0.0.1:{server.port}")
    path = service.base_url.rpartition(":")[2].lstrip("0123456789")
    error = call("invoke", model_of(service, base_url=f"http://api.invalid{path}", **SECRETS)).error
    assert error is not None
    assert "Not ***, ***" in str(error)


@pytest.mark.parametrize(
    "wrong",
    [
        {"temperature": "hot"},
        {"model": ""},
        {"base_url": "ftp://nowhere"},
        {"timeout": -1},
        {"http_client": 7},
        {"http_async_client": 7},
        {"client_request_id": "ü"},
        {"default_headers": {"X-Gateway-Key": HEADER + "\n"}},
        {"default_headers": {"X Gateway Key": HEADER}},
        {"default_headers": {"X-Gateway-Key": [HEADER]}},
        {"api_key": KEY + "\n" + KEY},
        {"aimlapi_api_key": KEY},
        {"api_key": [KEY]},
        {"proxy": [PROXY]},
        {"model_kwargs": {"seed": 1}, "seed": 1},
    ],
    ids=str,
)
def test_no_frame_of_a_failed_construction_shows_a_secret(wrong: dict[str, Any]) -> None:
    fields = {"model": "openai/gpt-4o", "proxy": PROXY, **SECRETS, **wrong}
    if "aimlapi_api_key" in wrong:
        fields.pop("api_key")
        fields["temperature"] = "hot"
    with pytest.raises(Exception) as caught:  # noqa: PT011  # of pydantic or our own
        ChatAIMLAPI(**fields)
    _check(caught.value)


def test_no_frame_shows_what_a_callable_returns_as_a_key() -> None:
    for key in (KEY + "\n" + KEY, [KEY]):
        model = ChatAIMLAPI(model="openai/gpt-4o", api_key=lambda key=key: key)
        with pytest.raises(Exception, match="key") as caught:  # of either class
            model.invoke("Hi!")
        _check(caught.value)


def test_no_frame_of_a_failed_batch_shows_a_secret(server: FaultServer, model_of: ModelOf) -> None:
    lines = json.dumps({"custom_id": "one", "result": {"type": "errored", "error": ECHO}})
    for script in (WAYS["401"], WAYS["garbage"], answers(200, {"error": {"message": ECHO}})):
        model = model_of(server.serving(script), model="claude-sonnet-4", max_retries=0, **SECRETS)
        for use in (
            lambda model: batch_create(model, ["Hi!"]),
            lambda model: batch_results(model, "b"),
            lambda model: asyncio.run(abatch_results(model, "b")),
        ):
            with pytest.raises(Exception) as caught:  # noqa: PT011  # whichever it is
                use(model)
            _check(caught.value)
    model = model_of(server.serving(answers(200, lines.encode())), **SECRETS)
    failed = batch_results(model, "b")["one"]
    assert isinstance(failed, Exception)
    assert KEY not in shown_by_frames(failed)


@pytest.mark.parametrize("field", ["id", "processing_status", "created_at", "request_counts"])
def test_no_frame_shows_a_secret_that_a_batch_holds(
    server: FaultServer, model_of: ModelOf, field: str
) -> None:
    state = {
        "id": "b",
        "processing_status": "in_progress",
        "created_at": "2025-01-01T00:00:00Z",
        "request_counts": {"processing": 1},
    }
    odd = {f"a {KEY}": 1} if field == "request_counts" else f"a {KEY} {HEADER}"
    service = server.serving(answers(200, {**state, field: odd}))
    model = model_of(service, model="claude-sonnet-4", max_retries=0, **SECRETS)
    batch = batch_create(model, ["Hi!"])
    for use in (
        lambda: batch_results(model, batch),
        lambda: asyncio.run(abatch_results(model, batch)),
        lambda: batch_wait(model, batch, poll_interval=0.01, timeout=0.02),
        lambda: asyncio.run(abatch_wait(model, batch, poll_interval=0.01, timeout=0.02)),
    ):
        with pytest.raises(Exception, match="still runs") as caught:  # whichever it is
            use()
        _check(caught.value)
    assert KEY not in repr(batch)


def test_no_frame_of_a_failed_catalogue_shows_the_key(server: FaultServer) -> None:
    def ask(use: Callable[..., Any], way: str, **more: Any) -> None:
        service = server.serving(ways[way])
        with pytest.raises(Exception) as caught:  # noqa: PT011  # whichever it is
            use(api_key=KEY, base_url=service.base_url, max_retries=0, **more)
        _check(caught.value)

    echo = {"message": f"The key {KEY} does not do."}
    ways = {
        "400": answers(400, echo),
        "401": answers(401, echo),
        "garbage": answers(200, KEY.encode(), content_type="application/json"),
        "error in a 200": answers(200, {"error": echo}),
    }
    for way in ways:
        ask(list_models, way)
        ask(lambda **asking: asyncio.run(alist_models(**asking)), way)
        ask(lambda **asking: find_model("gpt-4o", **asking), way)
    ask(list_models, "400", colour="red")


SENTRY = """
    import json, os, sys
    import httpx, sentry_sdk
    from sentry_sdk.transport import Transport
    from langchain_aimlapi import ChatAIMLAPI

    class InMemory(Transport):
        def __init__(self, options=None):
            super().__init__(options)
            self.sent = []

        def capture_envelope(self, envelope):
            self.sent.append(envelope.serialize().decode())

    transport = InMemory()
    sentry_sdk.init(dsn="https://public@localhost/1", transport=transport)

    def answer(request):
        text = "The key " + os.environ["AIMLAPI_API_KEY"] + " does not do."
        if b'"stream":true' in request.content:
            body = 'data: {"choices": [{"index": 0, "delta": {"content": "Hel"}}]}\\n\\n'
            body += "data: " + json.dumps({"error": {"message": text}}) + "\\n\\n"
            return httpx.Response(200, text=body, headers={"content-type": "text/event-stream"})
        return httpx.Response(401, json={"message": text})

    client = httpx.Client(transport=httpx.MockTransport(answer))
    model = ChatAIMLAPI(
        model="openai/gpt-4o", http_client=client, default_headers={"X-Own": os.environ["OWN"]}
    )
    for use in (
        lambda: model.invoke("Hi!"),
        lambda: list(model.stream("Hi!")),
        lambda: ChatAIMLAPI(
            model="openai/gpt-4o", api_key=os.environ["AIMLAPI_API_KEY"], temperature="hot"
        ),
    ):
        try:
            use()
        except Exception as error:
            sentry_sdk.capture_exception(error)
    sys.stdout.write(json.dumps(transport.sent))
"""


def test_sentry_sends_no_secret_of_failed_calls(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AIMLAPI_API_KEY", KEY)
    monkeypatch.setenv("OWN", HEADER)
    run = subprocess.run(  # noqa: S603  # the text above
        [sys.executable, "-c", textwrap.dedent(SENTRY)],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    sent = json.loads(run.stdout)
    assert sum('"exception"' in envelope for envelope in sent) == 3
    everything = "".join(sent)
    assert '"vars"' in everything  # local variables are reported
    assert "_generate" in everything
    assert "The key *** does not do." in everything
    for secret in (KEY, HEADER):
        assert secret not in everything
