"""OpenTelemetry: the instrumentations of LangChain (two of them) and of httpx."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from openinference.instrumentation.langchain import LangChainInstrumentor
from opentelemetry.instrumentation.httpx import HTTPXClientInstrumentor
from opentelemetry.instrumentation.langchain import LangchainInstrumentor

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from conftest import Spans


@pytest.fixture
def openinference(spans: Spans) -> Iterator[Spans]:
    instrumentor = LangChainInstrumentor()
    instrumentor.instrument(tracer_provider=spans.provider)
    yield spans
    instrumentor.uninstrument()


@pytest.fixture
def traceloop(spans: Spans) -> Iterator[Spans]:
    instrumentor = LangchainInstrumentor()
    instrumentor.instrument(tracer_provider=spans.provider)
    yield spans
    instrumentor.uninstrument()


@pytest.fixture
def of_httpx(spans: Spans) -> Iterator[Spans]:
    instrumentor = HTTPXClientInstrumentor()
    instrumentor.instrument(tracer_provider=spans.provider)
    yield spans
    instrumentor.uninstrument()


def test_openinference_sees_each_call_once_with_all_its_facts(
    openinference: Spans, calls: Callable[..., None]
) -> None:
    calls()
    asked, streamed, called, refused = openinference.attributes
    assert asked["llm.model_name"] == "gpt-4o-2024-08-06"
    assert asked["llm.provider"] == "aimlapi"
    assert asked["llm.input_messages.0.message.content"] == "Name a colour."
    assert asked["llm.output_messages.0.message.content"]
    assert asked["llm.finish_reason"] == "stop"
    for span in (asked, called):
        assert span["llm.token_count.prompt_details.cache_read"] == 0
        assert span["llm.token_count.completion_details.reasoning"] == 0
    for span in (asked, streamed, called):
        assert span["llm.token_count.total"] == (
            span["llm.token_count.prompt"] + span["llm.token_count.completion"]
        )
    assert streamed["llm.model_name"] == "openai/gpt-4o"  # asked for; streams have no llm_output
    assert streamed["llm.provider"] == "aimlapi"
    assert streamed["llm.finish_reason"] == "stop"
    assert streamed["llm.token_count.prompt"] == asked["llm.token_count.prompt"]
    assert streamed["llm.output_messages.0.message.content"]
    call = "llm.output_messages.0.message.tool_calls.0.tool_call"
    assert called[f"{call}.function.name"] == "weather"
    assert json.loads(called[f"{call}.function.arguments"]) == {"city": "Paris"}
    assert called[f"{call}.id"].startswith("call_")
    assert called["llm.finish_reason"] == "tool_calls"
    assert "llm.token_count.total" not in refused
    error = openinference.finished[3]
    assert error.status.status_code.name == "ERROR"
    (event,) = error.events
    assert "HTTP 401" in str((event.attributes or {})["exception.message"])
    assert "nobody-may-see" not in openinference.text()


def test_openinference_counts_cached_and_reasoning_tokens(
    openinference: Spans, long_calls: Callable[..., None]
) -> None:
    long_calls()
    for span in openinference.attributes:
        cached = span["llm.token_count.prompt_details.cache_read"]
        assert 1024 <= cached <= span["llm.token_count.prompt"]
        reasoned = span["llm.token_count.completion_details.reasoning"]
        assert 0 < reasoned < span["llm.token_count.completion"]


def test_traceloop_sees_each_call_once_with_all_its_facts(
    traceloop: Spans, calls: Callable[..., None]
) -> None:
    calls()
    asked, streamed, called, refused = traceloop.attributes
    assert asked["gen_ai.request.model"] == "openai/gpt-4o"
    assert asked["gen_ai.response.model"] == "gpt-4o-2024-08-06"
    assert asked["gen_ai.response.id"].startswith("chatcmpl-")
    for span in (asked, streamed):
        assert span["gen_ai.response.finish_reasons"] == ("stop",)
        assert "Name a colour." in span["gen_ai.input.messages"]
        assert json.loads(span["gen_ai.output.messages"])[0]["parts"][0]["content"]
        assert span["traceloop.association.properties.ls_provider"] == "aimlapi"
    # Streams have no llm_output, where it reads the model that served and the id.
    assert streamed["gen_ai.response.model"] == "openai/gpt-4o"
    assert "gen_ai.response.id" not in streamed
    assert called["gen_ai.response.finish_reasons"] == ("tool_call",)
    for span in (asked, streamed, called):
        assert span["gen_ai.usage.total_tokens"] == (
            span["gen_ai.usage.input_tokens"] + span["gen_ai.usage.output_tokens"]
        )
        assert span["gen_ai.usage.cache_read.input_tokens"] == 0
    assert streamed["gen_ai.usage.input_tokens"] == asked["gen_ai.usage.input_tokens"]
    (answer,) = json.loads(called["gen_ai.output.messages"])
    (part,) = answer["parts"]
    assert (part["name"], part["arguments"]) == ("weather", {"city": "Paris"})
    assert refused["error.type"] == "AuthenticationError"
    assert "nobody-may-see" not in traceloop.text()


async def test_httpx_is_seen_sync_and_async_without_the_key(
    of_httpx: Spans, calls: Callable[..., None], model: object
) -> None:
    calls()
    statuses = [span["http.status_code"] for span in of_httpx.attributes]
    assert statuses == [200, 200, 200, 401]
    assert all(s["http.url"].endswith("/v1/chat/completions") for s in of_httpx.attributes)
    await model.ainvoke("Hi!")  # type: ignore[attr-defined]  # the fixture's model
    assert len(of_httpx.finished) == 5
    assert "nobody-may-see" not in of_httpx.text()
