"""Langfuse's callback handler, into memory."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from langfuse import Langfuse
from langfuse.langchain import CallbackHandler

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from conftest import Spans


@pytest.fixture
def handler(spans: Spans, request: pytest.FixtureRequest) -> Iterator[CallbackHandler]:
    key = f"pk-lf-{request.node.name}"  # a client is kept for each key
    client = Langfuse(
        public_key=key,
        secret_key="sk-lf-test",
        host="http://127.0.0.1:9",
        tracer_provider=spans.provider,
        timeout=1,
    )
    yield CallbackHandler(public_key=key)
    client.shutdown()


# Langfuse also exports to its own server, which is not there.
@pytest.mark.filterwarnings("ignore")
def test_langfuse_counts_cached_and_reasoning_tokens(
    handler: CallbackHandler, spans: Spans, long_calls: Callable[..., None]
) -> None:
    long_calls(callbacks=[handler])
    for attributes in spans.attributes:
        usage = json.loads(attributes["langfuse.observation.usage_details"])
        assert usage["input_cache_read"] >= 1024
        assert usage["output_reasoning"] > 0
        # Langfuse counts details beside the rest, not in it.
        assert sum(usage.values()) - usage["total"] == usage["total"]


# Langfuse also exports to its own server, which is not there.
@pytest.mark.filterwarnings("ignore")
def test_langfuse_sees_each_call_once_with_all_its_facts(
    handler: CallbackHandler, spans: Spans, calls: Callable[..., None]
) -> None:
    calls(callbacks=[handler])
    asked, streamed, called, refused = (
        {name.removeprefix("langfuse.observation."): value for name, value in attributes.items()}
        for attributes in spans.attributes
    )
    assert asked["model.name"] == "gpt-4o-2024-08-06"
    assert streamed["model.name"] == "openai/gpt-4o"  # asked for; streams have no llm_output
    assert json.loads(streamed["output"])["content"]
    assert json.loads(asked["metadata.ls_provider"]) == "aimlapi"
    assert json.loads(asked["input"]) == [{"role": "user", "content": "Name a colour."}]
    assert json.loads(asked["output"])["content"]
    for span in (asked, streamed, called):
        usage = json.loads(span["usage_details"])
        assert usage["total"] == usage["input"] + usage["output"]
        assert {"input_cache_read", "output_reasoning"} <= usage.keys()
    assert "completion_start_time" in streamed
    (call,) = json.loads(called["output"])["tool_calls"]
    assert (call["name"], call["args"]) == ("weather", {"city": "Paris"})
    assert refused["level"] == "ERROR"
    assert "HTTP 401" in refused["status_message"]
    assert "nobody-may-see" not in spans.text()
