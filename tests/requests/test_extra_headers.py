"""Headers of one call: sent, validated, and shown nowhere."""

from __future__ import annotations

import logging
from typing import Any

import httpx
import pytest
from langchain_core.caches import InMemoryCache
from langchain_core.load import dumps
from sent import GPT, Service, Traces

from langchain_aimlapi import ChatAIMLAPI
from langchain_aimlapi.errors import AIMLAPIError, ConfigurationError
from langchain_aimlapi.testing import answers

SECRET = "tenant-secret-0123456789"
HEADERS = {"X-Tenant": SECRET}


def headers_of(service: Service) -> httpx.Headers:
    return service.requests[-1].headers


def test_headers_of_a_call_are_sent_beside_those_of_the_model() -> None:
    service = Service()
    model = service.model(default_headers={"X-Team": "blue", "X-Tenant": "other"})
    for asking, settings in (
        (model, {"extra_headers": HEADERS}),
        (model.bind(extra_headers=HEADERS), {}),
        (model.bind_tools([], extra_headers=HEADERS), {}),
    ):
        service.asked(asking, **settings)
        assert (headers_of(service)["x-team"], headers_of(service)["x-tenant"]) == ("blue", SECRET)
        assert "extra_headers" not in service.body
    service.asked(model)
    assert headers_of(service)["x-tenant"] == "other"
    service.asked(model, extra_headers=None)


@pytest.mark.filterwarnings("ignore:.*in beta")
async def test_headers_of_streamed_events_are_sent() -> None:
    service = Service()
    transport = httpx.MockTransport(service)
    model = service.model(http_async_client=httpx.AsyncClient(transport=transport))
    given: Any = {"version": "v3", "extra_headers": HEADERS}
    with pytest.raises(AIMLAPIError, match="seen"):
        list(model.stream_events("Hi", **given))
    with pytest.raises(AIMLAPIError, match="seen"):
        _ = [event async for event in await model.astream_events("Hi", **given)]
    assert [request.headers["x-tenant"] for request in service.requests] == [SECRET, SECRET]


def test_headers_in_model_kwargs_are_those_of_every_call() -> None:
    service = Service()
    kwargs = {"extra_headers": HEADERS}
    model = service.model(default_headers={"X-Team": "blue"}, model_kwargs=kwargs)
    service.asked(model)
    assert (headers_of(service)["x-team"], headers_of(service)["x-tenant"]) == ("blue", SECRET)
    assert SECRET not in repr(model) + dumps(model)


def test_headers_of_the_protocol_stay() -> None:
    service = Service()
    theirs = {"Authorization": "Bearer theirs", "content-type": "text/plain", "Host": "x.io"}
    service.asked(service.model(), extra_headers=theirs)
    found = headers_of(service)
    assert found["authorization"] == "Bearer k"
    assert (found["content-type"], found["host"]) == ("application/json", "api.aimlapi.com")


@pytest.mark.parametrize(
    "headers", [{"X Y": SECRET}, {"X-A": f"{SECRET}\n"}, {"X-A": 1}, SECRET, {"X-A": f"é{SECRET}"}]
)
def test_headers_that_cannot_be_sent_are_refused_and_not_shown(headers: Any) -> None:
    service = Service()
    with pytest.raises(ConfigurationError, match="extra_headers") as caught:
        service.model().invoke("Hi", extra_headers=headers)
    assert SECRET not in str(caught.value)
    assert not service.requests


async def test_they_are_in_no_trace_repr_or_log(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    traces = Traces()
    model = ChatAIMLAPI(GPT, **answers(["Hi"] * 8))
    bound = model.bind(extra_headers=HEADERS)
    assert SECRET not in repr(bound) + dumps(bound)
    config: Any = {"callbacks": [traces]}
    for asking, given in ((model, {"extra_headers": HEADERS}), (bound, {})):
        assert asking.invoke("Hi", config, **given).text == "Hi"
        assert [chunk.text for chunk in asking.stream("Hi", config, **given)]
        assert (await asking.ainvoke("Hi", config, **given)).text == "Hi"
        assert [chunk.text async for chunk in asking.astream("Hi", config, **given)]
    assert len(traces.seen) == 8
    assert SECRET not in "".join(traces.seen) + caplog.text


def test_an_error_that_quotes_them_shows_a_mask() -> None:
    def reply(_: httpx.Request) -> httpx.Response:
        return httpx.Response(400, json={"message": f"no tenant {SECRET}"})

    client = httpx.Client(transport=httpx.MockTransport(reply))
    model = ChatAIMLAPI(GPT, api_key="k", http_client=client)
    with pytest.raises(AIMLAPIError, match=r"no tenant \*\*\*") as caught:
        model.invoke("Hi", extra_headers=HEADERS)
    assert SECRET not in repr(caught.value) + str(vars(caught.value))


def test_a_cached_answer_is_found_whatever_the_headers_are() -> None:
    script = answers(["Hi", "other"])
    model = ChatAIMLAPI(GPT, cache=InMemoryCache(), **script)
    assert model.invoke("Hi").text == model.invoke("Hi", extra_headers=HEADERS).text == "Hi"
