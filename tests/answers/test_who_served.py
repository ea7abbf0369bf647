"""Who answered, and how fast: the model and the provider behind a router, and the metrics."""

from __future__ import annotations

from typing import Any

import pytest
import wire
from ways import Json, all_ways

from langchain_aimlapi.cost import get_cost_callback

# The example of the service's page of liquid/d1-router.
META: Json = {
    "model": "openai/gpt-6-luna",
    "provider": "openai",
    "usage": {"credits_used": 11, "usd_spent": 0.0000055},
    "metrics": {"duration_ms": 617, "ttft_ms": 616, "tps": 8.1},
}
TOLD = {
    "served_model": "openai/gpt-6-luna",
    "served_provider": "openai",
    "metrics": META["metrics"],
}
BODIES: dict[str, Json] = {
    "chat/completions": wire.completion({"content": "Paris."}, meta=META),
    "messages": wire.claude({"type": "text", "text": "Paris."}, meta=META),
    "responses": wire.response(wire.message_item("Paris."), meta=META),
}


def told(message: Any) -> Json:
    return {name: message.response_metadata.get(name) for name in TOLD}


@pytest.mark.parametrize("endpoint", wire.ENDPOINTS)
def test_an_answer_tells_who_served_it_and_how_fast(endpoint: str) -> None:
    streams = wire.STREAMS[endpoint](BODIES[endpoint])
    if endpoint == "messages":  # its pieces have no `meta`
        streams = {"its start": streams["its start"]}
    for way, message in all_ways(BODIES[endpoint], streams, endpoint=endpoint).items():
        assert told(message) == TOLD, way
        assert message.response_metadata["model_name"] == BODIES[endpoint]["model"]


SAID: dict[str, list[Any]] = {
    "chat/completions": [wire.chunk({"content": "a"}), wire.chunk({}, finish="stop")],
    "messages": wire.claude_events(({"type": "text", "text": "Hi"}, ()))[:-1],
    "responses": [],
}
LAST: dict[str, Json] = {
    "chat/completions": {"id": "gen-1", "choices": []},
    "messages": {"type": "message_stop"},
    "responses": {"type": "response.completed", "response": wire.response(meta=None)},
}


def stream_of(endpoint: str) -> bytes:
    """Return a stream that says it in its last event only, beside what else the event has."""
    return wire.sse([*SAID[endpoint], {**LAST[endpoint], "meta": META}])


@pytest.mark.parametrize("endpoint", wire.ENDPOINTS)
def test_a_stream_may_tell_it_in_its_last_event_only(endpoint: str) -> None:
    assert told(wire.streamed(stream_of(endpoint), endpoint=endpoint)) == TOLD


@pytest.mark.parametrize("endpoint", wire.ENDPOINTS)
def test_headers_tell_it_where_the_body_does_not(endpoint: str) -> None:
    headers = {"x-aimlapi-model": "openai/gpt-6-luna", "x-aimlapi-provider": "openai"}
    bare = {**BODIES[endpoint], "meta": None}
    expected = {**TOLD, "metrics": None}
    assert told(wire.invoked(bare, headers=headers, endpoint=endpoint)) == expected
    other = {"x-aimlapi-model": "other/model"}
    assert told(wire.invoked(BODIES[endpoint], headers=other, endpoint=endpoint)) == TOLD


@pytest.mark.parametrize("meta", [None, [], {"model": None, "provider": {}, "metrics": "fast"}])
def test_what_cannot_be_read_is_left_out(meta: Any) -> None:
    message = wire.invoked(wire.completion({"content": "Hi"}, meta=meta))
    assert not TOLD.keys() & message.response_metadata.keys()


def test_metrics_that_grow_from_chunk_to_chunk_are_the_last() -> None:
    metas = [{"metrics": {"duration_ms": ms, "tps": ms / 7}} for ms in (10, 20)]
    stream = [wire.chunk({"content": "a"}, meta=meta) for meta in metas]
    metadata = wire.streamed([*stream, wire.DONE]).response_metadata
    assert metadata["metrics"] == {"duration_ms": 20, "tps": 20 / 7}


def test_a_tally_counts_what_a_router_chose() -> None:
    router = "liquid/d1-router"
    sent: list[Json] = []
    body = BODIES["chat/completions"]
    model = wire.model_of(body, stream_of("chat/completions"), sent=sent, model=router)
    with get_cost_callback() as cost:
        model.invoke("Hi")
        list(model.stream("Hi"))
    assert [request["model"] for request in sent] == [router, router]
    assert cost.models["openai/gpt-6-luna"].calls == 2
    assert cost.credits == 22
