"""`ChatAIMLAPI` as LangChain drives it: what is sent, what is traced, how it is copied."""

from __future__ import annotations

import contextlib
import copy
import json
from typing import Any

import httpx
import pytest
from langchain_core.callbacks import BaseCallbackHandler
from pydantic import SecretStr

from langchain_aimlapi import ChatAIMLAPI
from langchain_aimlapi.errors import AIMLAPIError, ConfigurationError

ANSWER = {"id": "1", "choices": [{"message": {"content": "Hi!"}, "finish_reason": "stop"}]}
STREAM = (
    'data: {"id": "1", "choices": [{"delta": {"content": "Hi"}}]}\n\n'
    'data: {"id": "1", "choices": [{"delta": {"content": "!"}, "finish_reason": "stop"}]}\n\n'
    "data: [DONE]\n\n"
)


class Service:
    """A transport that answers like the service and remembers what was sent."""

    def __init__(self) -> None:
        self.requests: list[httpx.Request] = []
        self.transport = httpx.MockTransport(self.answer)

    def answer(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        if self.body.get("stream"):
            headers = {"content-type": "text/event-stream"}
            return httpx.Response(200, text=STREAM, headers=headers)
        return httpx.Response(200, json=ANSWER)

    @property
    def body(self) -> dict[str, Any]:
        body: dict[str, Any] = json.loads(self.requests[-1].content)
        return body

    def model(self, **fields: Any) -> ChatAIMLAPI:
        return ChatAIMLAPI(
            **{
                "model": "openai/gpt-4o",
                "api_key": "test-key",
                "http_client": httpx.Client(transport=self.transport),
                "http_async_client": httpx.AsyncClient(transport=self.transport),
                **fields,
            }
        )


@pytest.fixture
def service() -> Service:
    return Service()


@pytest.mark.parametrize("value", [float("nan"), object()])
def test_what_json_cannot_express_is_refused_before_sending(service: Service, value: Any) -> None:
    with pytest.raises(ConfigurationError, match="cannot be written as JSON"):
        service.model().invoke("Hi!", extra_body={"temperature": value})
    assert not service.requests


def test_transport_settings_of_a_call_hold_for_it_alone(service: Service) -> None:
    model = service.model(timeout=30.0)
    model.invoke("Hi!", timeout=5.0)
    model.invoke("Hi!")
    waits = [request.extensions["timeout"]["connect"] for request in service.requests]
    assert waits == [5.0, 30.0]
    assert "timeout" not in service.body


async def test_keys_may_come_from_a_callable(service: Service) -> None:
    keys = iter(["key-1", "key-2"])
    model = service.model(api_key=lambda: SecretStr(next(keys)))
    model.invoke("Hi!")
    model.invoke("Hi!")

    async def key() -> str:
        return "key-3"

    model = service.model(api_key=key)
    await model.ainvoke("Hi!")
    assert [chunk.text async for chunk in model.astream("Hi!")][:2] == ["Hi", "!"]
    with pytest.raises(ConfigurationError, match="async callable"):
        model.invoke("Hi!")
    sent = [request.headers["authorization"] for request in service.requests]
    assert sent == [f"Bearer key-{number}" for number in (1, 2, 3, 3)]


def test_request_ids_may_come_from_a_callable(service: Service) -> None:
    service.model(client_request_id=lambda: "run-7").invoke("Hi!")
    assert service.requests[-1].headers["x-client-request-id"] == "run-7"


def test_langsmith_parameters_are_those_of_the_call(service: Service) -> None:
    model = service.model(temperature=0.2, max_tokens=10, stop=["A"])
    expected = {
        "ls_provider": "aimlapi",
        "ls_model_name": "openai/gpt-4o",
        "ls_model_type": "chat",
        "ls_temperature": 0.2,
        "ls_max_tokens": 10,
        "ls_stop": ["A"],
    }
    assert model._get_ls_params() == expected
    of_call = model._get_ls_params(stop=["B"], model="openai/o1", temperature=1.0)
    named = {"ls_model_name": "openai/o1", "ls_temperature": 1.0, "ls_stop": ["B"]}
    assert of_call == {**expected, **named}


def test_traces_show_what_is_set_as_it_is_at_the_call(service: Service) -> None:
    class Starts(BaseCallbackHandler):
        def __init__(self) -> None:
            self.seen: list[dict[str, Any]] = []

        def on_chat_model_start(self, serialized: Any, messages: Any, **kwargs: Any) -> None:
            self.seen.append(copy.deepcopy(kwargs["invocation_params"]))

    starts = Starts()
    model: Any = service.model(temperature=0.2, stop=["A"])
    model.invoke("Hi!", {"callbacks": [starts]}, seed=1)
    model.temperature = 0.7
    model.stop.append("B")
    model.invoke("Hi!", {"callbacks": [starts]}, model="openai/gpt-4o", endpoint="auto")
    first, second = starts.seen
    assert first == {
        "_type": "aimlapi-chat",
        "model": "openai/gpt-4o",
        "base_url": "https://api.aimlapi.com/v1",
        "endpoint": "chat/completions",
        "temperature": 0.2,
        "seed": 1,
        "stop": ["A"],
    }
    assert (second["temperature"], second["stop"]) == (0.7, ["A", "B"])
    for settings, endpoint in (
        ({"model": "openai/gpt-5-pro"}, "responses"),
        ({"model": "openai/gpt-4o", "endpoint": "nowhere"}, "nowhere"),
    ):
        with contextlib.suppress(AIMLAPIError):
            service.model().invoke("Hi!", {"callbacks": [starts]}, **settings)
        assert starts.seen[-1]["endpoint"] == endpoint
