"""`ChatAIMLAPI` as LangChain drives it: what is sent, what is traced, how it is copied."""

from __future__ import annotations

import copy
import json
import pickle
from typing import Any

import httpx
import pytest
from langchain_core.caches import InMemoryCache
from langchain_core.messages import AIMessage
from pydantic import BaseModel, SecretStr

from langchain_aimlapi import ChatAIMLAPI
from langchain_aimlapi.errors import ConfigurationError
from langchain_aimlapi.testing import Failure, answers

ANSWER = {
    "id": "chatcmpl-1",
    "object": "chat.completion",
    "model": "served/model",
    "choices": [
        {"index": 0, "message": {"role": "assistant", "content": "Hi!"}, "finish_reason": "stop"}
    ],
    "usage": {"prompt_tokens": 3, "completion_tokens": 2, "total_tokens": 5},
}
STREAM = (
    b"".join(
        b"data: " + json.dumps(chunk).encode() + b"\n\n"
        for chunk in (
            {"id": "chatcmpl-1", "choices": [{"index": 0, "delta": {"content": "Hi"}}]},
            {
                "id": "",
                "choices": [{"index": 0, "delta": {"content": "!"}, "finish_reason": "stop"}],
            },
        )
    )
    + b"data: [DONE]\n\n"
)


class Service:
    """A transport that answers like the service and remembers what was sent."""

    def __init__(self) -> None:
        self.requests: list[httpx.Request] = []
        self.transport = httpx.MockTransport(self.answer)

    def answer(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        if self.body.get("stream"):
            return httpx.Response(200, content=STREAM, headers={"content-type": EVENT_STREAM})
        return httpx.Response(200, json=ANSWER, headers={"x-inference-id": "inf-1"})

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


EVENT_STREAM = "text/event-stream"
ASKED = {"model": "openai/gpt-4o", "messages": [{"role": "user", "content": "Hi!"}]}


@pytest.fixture
def service() -> Service:
    return Service()


def test_call_arguments_win_over_fields(service: Service) -> None:
    model = service.model(temperature=0.2, max_tokens=10, stop=["A"])
    model.invoke("Hi!", model="mistral/mistral-nemo", temperature=0.9, stop=["B"], seed=7)
    body = service.body
    assert (body["model"], body["temperature"], body["max_tokens"], body["stop"], body["seed"]) == (
        "mistral/mistral-nemo",
        0.9,
        10,
        ["B"],
        7,
    )


def test_nothing_is_sent_that_is_not_set(service: Service) -> None:
    service.model(temperature=0.2).invoke("Hi!", temperature=None, model=None)
    assert service.body == ASKED


def test_the_request_schema_follows_the_model_of_the_call(service: Service) -> None:
    model = service.model(stop=["END"])
    model.invoke("Hi!", model="anthropic/claude-sonnet-4")
    assert service.body["stop_sequences"] == ["END"]
    model.invoke("Hi!", model="anthropic/claude-sonnet-4", request_schema="openai")
    assert service.body["stop"] == ["END"]


ECHO = "deepseek/deepseek-r1"
"""It documents `echo`."""


def test_model_kwargs_and_extra_body_reach_the_body(service: Service) -> None:
    model = service.model(
        model=ECHO, model_kwargs={"echo": True}, extra_body={"max_tokens": 1, "x": None}
    )
    model.invoke("Hi!", max_tokens=5)
    body = service.body
    assert (body["echo"], body["max_tokens"], body["x"]) == (True, 1, None)


@pytest.mark.parametrize("name", ["api_key", "base_url", "default_headers", "http_client"])
def test_constructor_arguments_are_refused_at_a_call(service: Service, name: str) -> None:
    with pytest.raises(ConfigurationError, match=f"{name} is set when the model is constructed"):
        service.model().invoke("Hi!", **{name: "x"})
    assert not service.requests


@pytest.mark.parametrize("value", [float("nan"), object()])
def test_what_json_cannot_express_is_refused_before_sending(service: Service, value: Any) -> None:
    with pytest.raises(ConfigurationError, match="cannot be written as JSON"):
        service.model().invoke("Hi!", extra_body={"temperature": value})
    assert not service.requests


@pytest.mark.parametrize(
    ("messages", "arguments", "says"),
    [
        ([], {}, "no messages"),
        ("Hi!", {"request_schema": "cohere"}, "'auto', 'openai' or 'anthropic'"),
    ],
)
def test_calls_that_make_no_sense_are_refused(
    service: Service, messages: Any, arguments: dict[str, Any], says: str
) -> None:
    with pytest.raises(ConfigurationError, match=says):
        service.model().invoke(messages, **arguments)
    assert not service.requests


def test_a_lone_surrogate_is_sent_escaped(service: Service) -> None:
    service.model().invoke("broken \ud83d emoji")
    assert b"broken \\ud83d emoji" in service.requests[-1].content


def test_transport_settings_of_a_call_hold_for_it_alone(service: Service) -> None:
    model = service.model(timeout=30.0)
    model.invoke("Hi!", timeout=5.0)
    model.invoke("Hi!")
    waits = [request.extensions["timeout"]["connect"] for request in service.requests]
    assert waits == [5.0, 30.0]
    assert "timeout" not in service.body


def test_keys_may_come_from_a_callable(service: Service) -> None:
    keys = iter(["key-1", "key-2"])
    model = service.model(api_key=lambda: SecretStr(next(keys)))
    model.invoke("Hi!")
    model.invoke("Hi!")
    sent = [request.headers["authorization"] for request in service.requests]
    assert sent == ["Bearer key-1", "Bearer key-2"]


async def test_async_keys_serve_the_async_methods(service: Service) -> None:
    async def key() -> str:
        return "key-1"

    model = service.model(api_key=key)
    await model.ainvoke("Hi!")
    assert [chunk.text async for chunk in model.astream("Hi!")][:2] == ["Hi", "!"]
    assert service.requests[-1].headers["authorization"] == "Bearer key-1"
    with pytest.raises(ConfigurationError, match="async callable"):
        model.invoke("Hi!")


def test_request_ids_may_come_from_a_callable(service: Service) -> None:
    service.model(client_request_id=lambda: "run-7").invoke("Hi!")
    assert service.requests[-1].headers["x-client-request-id"] == "run-7"


def test_langsmith_parameters_are_those_of_the_call(service: Service) -> None:
    model = service.model(temperature=0.2, max_tokens=10, stop=["A"])
    assert model._get_ls_params() == {
        "ls_provider": "aimlapi",
        "ls_model_name": "openai/gpt-4o",
        "ls_model_type": "chat",
        "ls_temperature": 0.2,
        "ls_max_tokens": 10,
        "ls_stop": ["A"],
    }
    of_call = model._get_ls_params(stop=["B"], model="openai/o1", temperature=1.0)
    assert (of_call["ls_model_name"], of_call["ls_temperature"], of_call["ls_stop"]) == (
        "openai/o1",
        1.0,
        ["B"],
    )


def test_invocation_parameters_hold_what_is_set(service: Service) -> None:
    params = service.model(temperature=0.2)._get_invocation_params(stop=["A"], seed=1)
    assert params == {
        "_type": "aimlapi-chat",
        "model": "openai/gpt-4o",
        "base_url": "https://api.aimlapi.com/v1",
        "endpoint": "chat/completions",
        "temperature": 0.2,
        "seed": 1,
        "stop": ["A"],
    }


def test_a_changed_field_changes_the_cache_key(service: Service) -> None:
    model = service.model(model=ECHO, cache=InMemoryCache(), model_kwargs={"echo": False})
    model.invoke("Hi!")
    model.invoke("Hi!")
    assert len(service.requests) == 1
    model.temperature = 0.7
    model.invoke("Hi!")
    assert len(service.requests) == 2
    assert service.body["temperature"] == 0.7
    model.model_kwargs["echo"] = True
    model.invoke("Hi!")
    assert len(service.requests) == 3
    assert service.body["echo"] is True


def test_copies_use_their_own_settings(service: Service) -> None:
    model = service.model(temperature=0.2)
    model.invoke("Hi!")
    other = model.model_copy(update={"temperature": 0.9, "model": "openai/gpt-4o-mini"})
    other.invoke("Hi!")
    assert (service.body["model"], service.body["temperature"]) == ("openai/gpt-4o-mini", 0.9)
    model.invoke("Hi!")
    assert (service.body["model"], service.body["temperature"]) == ("openai/gpt-4o", 0.2)


@pytest.mark.parametrize(
    "clone",
    [copy.copy, copy.deepcopy, lambda model: pickle.loads(pickle.dumps(model))],  # noqa: S301  # our own bytes
    ids=["copy", "deepcopy", "pickle"],
)
def test_used_models_can_be_cloned(service: Service, clone: Any) -> None:
    model = service.model(temperature=0.2)
    model.invoke("Hi!")
    plain = model.model_copy(update={"http_client": None, "http_async_client": None})
    assert clone(plain) == plain


async def test_all_four_ways_give_the_answer(service: Service) -> None:
    message = service.model(streaming=True).invoke("Hi!")
    assert service.body == {**ASKED, "stream": True, "stream_options": {"include_usage": True}}
    assert (type(message), message.text) == (AIMessage, "Hi!")
    model = service.model()
    assert model.invoke("Hi!").text == "Hi!"
    assert (await model.ainvoke("Hi!")).text == "Hi!"
    assert "".join(chunk.text for chunk in model.stream("Hi!")) == "Hi!"
    assert "".join([chunk.text async for chunk in model.astream("Hi!")]) == "Hi!"


def test_a_model_with_fallbacks_gives_structured_answers() -> None:
    class Person(BaseModel):
        name: str

    failing = ChatAIMLAPI(model="gpt-4o", max_retries=0, **answers([Failure(503)]))
    other = ChatAIMLAPI(model="gpt-4o", **answers(['{"name": "Ada"}']))
    chain = failing.with_fallbacks([other]).with_structured_output(Person)
    assert chain.invoke("Who?") == Person(name="Ada")
