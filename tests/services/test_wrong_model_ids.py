"""A wrong model id is answered with the ids near to it, wherever an id is given."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest
from scripted import KEY, Scripted, ran

from langchain_aimlapi import AIMLAPIEmbeddings, ChatAIMLAPI, account, batches, catalogue
from langchain_aimlapi.errors import AIMLAPIError, InvalidRequestError

CHAT = "openai/gpt-4oo"
CLAUDE = "anthropic/claude-sonet-4"
VECTORS = "text-embeding-3-small"
NEAR = {CHAT: "openai/gpt-4o", CLAUDE: "anthropic/claude-sonnet-4", VECTORS: "text-embedding-3-sma"}
EMPTY: dict[str, Any] = {
    "/models/metrics": {"window_seconds": 300, "models": []},
    "/v2/logs": {"data": [], "has_more": False},
    "/v1/models": {"data": [{"id": "openai/gpt-4o"}]},
}


def respond(request: httpx.Request) -> httpx.Response:
    path = request.url.path
    if path == "/v1/batches" and request.method == "GET":
        error = {"type": "invalid_request_error", "message": "No such model"}
        line = {"custom_id": "0", "result": {"type": "errored", "error": error}}
        return httpx.Response(200, text=json.dumps(line) + "\n")
    found = next((body for end, body in EMPTY.items() if path.endswith(end)), None)
    if found is not None:
        return httpx.Response(200, json=found)
    return httpx.Response(404, json={"message": "Unknown model", "statusCode": 404})


SERVICE = Scripted(respond)


def chat(model: str = CHAT, **settings: Any) -> ChatAIMLAPI:
    return ChatAIMLAPI(model, api_key=KEY, **SERVICE.clients, **settings)


def embeddings() -> AIMLAPIEmbeddings:
    return AIMLAPIEmbeddings(VECTORS, api_key=KEY, **SERVICE.clients)


async def first(chunks: Any) -> Any:
    return await anext(chunks)


def batching() -> ChatAIMLAPI:
    return chat(CLAUDE, request_schema="anthropic")


ERRORS: dict[str, tuple[str, Any]] = {
    "invoke": (CHAT, lambda: chat().invoke("Hi")),
    "astream": (CHAT, lambda: first(chat().astream("Hi"))),
    "a bound model": (CHAT, lambda: chat("openai/gpt-4o").bind(model=CHAT).invoke("Hi")),
    "responses": (CHAT, lambda: chat(endpoint="responses").invoke("Hi")),
    "messages": (CLAUDE, lambda: chat(CLAUDE, endpoint="messages").invoke("Hi")),
    "embeddings": (VECTORS, lambda: embeddings().embed_query("Hi")),
    "embeddings, async": (VECTORS, lambda: embeddings().aembed_query("Hi")),
    "a batch": (CLAUDE, lambda: batches.batch_create(batching(), ["Hi"])),
    "a batch, async": (CLAUDE, lambda: batches.abatch_create(batching(), ["Hi"])),
    "a batch of no Claude": (CHAT, lambda: batches.batch_create(chat(), ["Hi"])),
}


@pytest.mark.parametrize(("wrong", "ask"), ERRORS.values(), ids=ERRORS)
def test_the_error_of_a_call_names_ids_near_to_a_wrong_one(wrong: str, ask: Any) -> None:
    with pytest.raises(AIMLAPIError, match=rf"[Dd]id you mean .*{NEAR[wrong]}"):
        ran(ask())


@pytest.mark.parametrize(("model", "near"), [(CLAUDE, True), ("anthropic/claude-sonnet-4", False)])
def test_a_failed_request_of_a_batch_names_ids_near_to_a_wrong_one(
    model: str, *, near: bool
) -> None:
    result = batches.batch_results(chat(model), "msgbatch_1")["0"]
    assert isinstance(result, InvalidRequestError)
    assert ("did you mean anthropic/claude-sonnet-4" in str(result)) is near


ASKED: list[tuple[Any, str]] = [
    (account.metrics, "models"),
    (account.logs, "model"),
    (catalogue.list_models, "id"),
]


@pytest.mark.parametrize(("ask", "name"), ASKED)
def test_nothing_about_a_wrong_id_comes_with_a_warning(ask: Any, name: str) -> None:
    key = {"api_key": KEY}
    for wrong in (CHAT, ["openai/gpt-4o", CHAT]):
        with pytest.warns(UserWarning, match=rf"Nothing came back: '{CHAT}' is .* mean openai/gpt"):
            SERVICE.ask(ask, **{name: wrong}, **key)
    for right in ("openai/gpt-4o", "text-embedding-3-small", "\N{SNOWMAN}"):
        SERVICE.ask(ask, **{name: right}, **key)


def test_a_list_of_ids_may_name_one_twice() -> None:
    found = SERVICE.ask(catalogue.list_models, id="openai/gpt-4o,openai/gpt-4o")
    assert [model.id for model in found] == ["openai/gpt-4o"]
