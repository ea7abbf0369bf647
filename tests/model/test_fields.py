"""What the constructor takes, from where, and what it refuses."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest
from langchain_core.load import dumps, load
from pydantic import SecretStr

import langchain_aimlapi
from langchain_aimlapi import ChatAIMLAPI, ChatAimlapi
from langchain_aimlapi.errors import MissingAPIKeyError

KEY = "sk-0123456789abcdef"


@pytest.fixture(autouse=True)
def _no_settings_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AIMLAPI_API_KEY", "AIMLAPI_API_BASE"):
        monkeypatch.delenv(name, raising=False)


def make(**fields: Any) -> ChatAIMLAPI:
    return ChatAIMLAPI(**{"model": "openai/gpt-4o", "api_key": KEY, **fields})


def test_public_names_are_these() -> None:
    assert langchain_aimlapi.__all__ == [
        "AIMLAPIEmbeddings",
        "AimlapiEmbeddings",
        "ChatAIMLAPI",
        "ChatAimlapi",
        "StructuredAnswer",
        "__version__",
    ]
    assert ChatAimlapi is ChatAIMLAPI


@pytest.mark.parametrize("key", [None, "", "  ", SecretStr("")])
def test_a_missing_key_is_refused_with_the_way_out(key: Any) -> None:
    with pytest.raises(MissingAPIKeyError, match="AIMLAPI_API_KEY"):
        ChatAIMLAPI(model="openai/gpt-4o", api_key=key)


@pytest.mark.parametrize(
    ("alias", "field", "value"),
    [
        ("model_name", "model", "openai/gpt-4o"),
        ("aimlapi_api_key", "api_key", SecretStr(KEY)),
        ("aimlapi_api_base", "base_url", "https://gateway.test/v1"),
        ("stop_sequences", "stop", ["END"]),
        ("stop", "stop", ["END"]),
    ],
)
def test_aliases_of_other_integrations_are_taken(alias: str, field: str, value: Any) -> None:
    given = {"model": "openai/gpt-4o", "api_key": KEY}
    given.pop(field, None)
    assert getattr(ChatAIMLAPI(**{**given, alias: value}), field) == value


def test_fields_in_model_kwargs_are_set_with_a_warning() -> None:
    with pytest.warns(UserWarning, match="Set temperature directly, not in model_kwargs"):
        model = make(model_kwargs={"temperature": 0.5, "echo": True})
    assert model.temperature == 0.5
    assert model.model_kwargs == {"echo": True}


@pytest.mark.parametrize(
    ("timeout", "expected"),
    [
        (30, 30.0),
        (httpx.Timeout(5), httpx.Timeout(5)),
        ({"connect": 1, "read": 2, "write": 3, "pool": 4}, httpx.Timeout((1, 2, 3, 4))),
        ((1, 2, 3, 4), httpx.Timeout((1, 2, 3, 4))),
        (None, None),
    ],
)
def test_timeouts_are_seconds_or_parts(timeout: Any, expected: Any) -> None:
    assert make(timeout=timeout).timeout == expected


@pytest.mark.parametrize(
    ("fields", "connect", "read"),
    [
        ({}, 15, 600),
        ({"timeout": 600}, 600, 600),
        ({"timeout": httpx.Timeout(1, read=5)}, 1, 5),
        ({"timeout": None}, None, None),
    ],
)
def test_timeouts_of_a_request(
    fields: dict[str, Any], connect: Any, read: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent: list[dict[str, Any]] = []

    def answer(_: httpx.HTTPTransport, request: httpx.Request) -> httpx.Response:
        sent.append(request.extensions["timeout"])
        return httpx.Response(200, json={"choices": [{"message": {"content": "Hi!"}}]})

    # A client of the test would bring a timeout of its own, so the transport of ours is replaced.
    monkeypatch.setattr(httpx.HTTPTransport, "handle_request", answer)
    with make(**fields) as model:
        model.invoke("Hi!")
    for name, expected in (("connect", connect), ("read", read)):
        assert sent[0][name] == (expected and pytest.approx(expected, abs=1))


def test_no_secret_in_repr_or_dumps() -> None:
    model = make(
        default_headers={"X-Other-Key": "sk-other-9876543210"},
        proxy="http://user:pass-word@proxy.test:3128",
    )
    written = (repr(model), str(model), dumps(model), repr(model.model_dump()), str(model.asdict()))
    for text in written:
        for secret in (KEY, "sk-other-9876543210", "pass-word"):
            assert secret not in text


@pytest.mark.filterwarnings("ignore:The function `load` is in beta")
@pytest.mark.parametrize("timeout", [{}, {"timeout": 5.0}, {"timeout": httpx.Timeout(5, read=9)}])
def test_dumps_and_load_round_trip(
    timeout: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AIMLAPI_API_KEY", KEY)
    model = make(temperature=0.3, stop=["END"], model_kwargs={"echo": True}, **timeout)
    loaded = load(
        json.loads(dumps(model)),
        valid_namespaces=["langchain_aimlapi"],
        allowed_objects=[ChatAIMLAPI],
        secrets_from_env=True,
    )
    assert loaded == model
