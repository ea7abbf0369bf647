"""Keys of MCP servers are sent as they are, and shown nowhere else."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from langchain_core.caches import InMemoryCache
from langchain_core.load import dumps
from sent import UNKNOWN, Service, Traces

from langchain_aimlapi import ChatAIMLAPI
from langchain_aimlapi.errors import AIMLAPIError
from langchain_aimlapi.testing import answers

if TYPE_CHECKING:
    from collections.abc import Callable

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


class Quoting(Service):
    """Refuses each request, and quotes it."""

    def __call__(self, request: httpx.Request) -> httpx.Response:
        super().__call__(request)
        return httpx.Response(400, json={"message": f"Refused: {request.content.decode()}"})


BOTH = {"tools": [TOOL], "mcp_servers": [SERVER]}
WAYS: dict[str, Callable[[Service], Any]] = {
    "of the model": lambda service: service.model(UNKNOWN, model_kwargs=BOTH),
    "in extra_body": lambda service: service.model(UNKNOWN, extra_body=BOTH),
    "bound as tools": lambda service: service.model(UNKNOWN, mcp_servers=[SERVER]).bind_tools(
        [TOOL]
    ),
    "bound": lambda service: service.model(UNKNOWN).bind(**BOTH),
    "of the call": lambda service: service.model(UNKNOWN),
}


@pytest.mark.filterwarnings("ignore:Set tools directly")
@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("method", ["invoke", "stream"])
def test_keys_of_mcp_servers_are_sent_and_not_shown(
    way: str, method: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    service, traces = Quoting(), Traces()
    model = WAYS[way](service)
    call = BOTH if way == "of the call" else {}
    with pytest.raises(AIMLAPIError) as refused:
        list(getattr(model, method)("Hi", {"callbacks": [traces]}, **call))
    assert BOTH.items() <= service.body.items()
    error = refused.value
    shown = [repr(model), str(model), dumps(model), *traces.seen, caplog.text]
    shown += [str(error), repr(error), repr(vars(error))]
    assert traces.seen
    assert [key for key in KEYS if key in "\n".join(shown)] == []


def test_answers_for_one_key_are_not_taken_from_the_cache_for_another() -> None:
    script = answers(["Hello"] * 4)
    model = ChatAIMLAPI(UNKNOWN, cache=InMemoryCache(), **script)
    for key in ("one-key", "other-key", "one-key"):
        model.bind_tools([{**TOOL, "authorization": key}]).invoke("Hi")
        body = {"tools": [{**TOOL, "authorization": key}]}
        model.model_copy(update={"extra_body": body}).invoke("Hi")
    assert len(script.requests) == 4
