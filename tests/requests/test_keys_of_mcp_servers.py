"""Keys of MCP servers are sent as they are, and shown nowhere else."""

from __future__ import annotations

import json
import logging
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from langchain_core.caches import InMemoryCache
from langchain_core.load import dumps
from langchain_core.tracers import BaseTracer

from langchain_aimlapi import ChatAIMLAPI
from langchain_aimlapi.errors import AIMLAPIError

if TYPE_CHECKING:
    from langchain_core.tracers.schemas import Run

KEYS = ("mcp-key-of-header", "mcp-key-of-openai", "mcp-key-of-claude")
TOOL: dict[str, Any] = {
    "type": "mcp",
    "server_label": "docs",
    "server_url": "https://mcp.example/sse",
    "headers": {"X-Key": KEYS[0]},
    "authorization": KEYS[1],
}
SERVER = {
    "type": "url",
    "name": "docs",
    "url": "https://mcp.example/sse",
    "authorization_token": KEYS[2],
}


class Traces(BaseTracer):
    """Keeps all that callbacks are told of a call, as tracers write it."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: list[str] = []

    def _persist_run(self, run: Run) -> None:
        self.seen.append(repr(run.model_dump()) + dumps(run.extra) + repr(run.error))


class Service:
    """Refuses each request, and quotes it."""

    def __init__(self) -> None:
        self.bodies: list[dict[str, Any]] = []
        self.client = httpx.Client(transport=httpx.MockTransport(self))

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.bodies.append(json.loads(request.content))
        return httpx.Response(400, json={"message": f"Refused: {request.content.decode()}"})

    def model(self, **settings: Any) -> ChatAIMLAPI:
        fields = {"api_key": "k", "max_retries": 0, "http_client": self.client}
        return ChatAIMLAPI(**{"model": "vendor/model-of-next-year", **fields, **settings})


def _asking(service: Service, way: str) -> tuple[Any, dict[str, Any]]:
    """Return what is asked, and the arguments of its call."""
    both = {"tools": [TOOL], "mcp_servers": [SERVER]}
    if way == "of the model":
        return service.model(model_kwargs=both), {}
    if way == "in extra_body":
        return service.model(extra_body=both), {}
    if way == "bound as tools":
        return service.model(mcp_servers=[SERVER]).bind_tools([TOOL]), {}
    if way == "bound":
        return service.model().bind(**both), {}
    return service.model(), both


WAYS = ["of the model", "in extra_body", "bound as tools", "bound", "of the call"]


@pytest.mark.filterwarnings("ignore:Set tools directly")
@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("method", ["invoke", "stream"])
def test_keys_of_mcp_servers_are_sent_and_not_shown(
    way: str, method: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    service = Service()
    traces = Traces()
    model, call = _asking(service, way)
    with pytest.raises(AIMLAPIError) as refused:
        list(getattr(model, method)("Hi", {"callbacks": [traces]}, **call))
    (body,) = service.bodies
    assert body["tools"] == [TOOL]
    assert body["mcp_servers"] == [SERVER]
    error = refused.value
    shown = [repr(model), str(model), dumps(model), *traces.seen, caplog.text]
    shown += [str(error), repr(error), repr(vars(error))]
    assert traces.seen
    assert [key for key in KEYS if key in "\n".join(shown)] == []


def test_answers_for_one_key_are_not_taken_from_the_cache_for_another() -> None:
    answer = {"choices": [{"message": {"role": "assistant", "content": "Hello"}}]}
    asked: list[httpx.Request] = []

    def serve(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        return httpx.Response(200, json=answer)

    client = httpx.Client(transport=httpx.MockTransport(serve))
    model = ChatAIMLAPI(
        "vendor/model-of-next-year", api_key="k", http_client=client, cache=InMemoryCache()
    )
    for key in ("one-key", "other-key", "one-key"):
        model.bind_tools([{**TOOL, "authorization": key}]).invoke("Hi")
        model.model_copy(update={"extra_body": {"tools": [{**TOOL, "authorization": key}]}}).invoke(
            "Hi"
        )
    assert len(asked) == 4
