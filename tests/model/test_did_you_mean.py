"""A wrong model id is answered with the ids near to it, wherever an id is given."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import httpx
import pytest

from langchain_aimlapi import AIMLAPIEmbeddings, ChatAIMLAPI, account, batches, catalogue
from langchain_aimlapi.errors import AIMLAPIError, ConfigurationError, InvalidRequestError

KEY = "sk-wrong-ids-0123456789"
CHAT = "openai/gpt-4oo"
CLAUDE = "anthropic/claude-sonet-4"
VECTORS = "text-embeding-3-small"
NEAR = {CHAT: "openai/gpt-4o", CLAUDE: "anthropic/claude-sonnet-4", VECTORS: "text-embedding-3-sma"}
UNKNOWN = {"message": "Unknown model", "statusCode": 404}
EMPTY = {
    "/models/metrics": {"window_seconds": 300, "models": []},
    "/v2/logs": {"data": [], "has_more": False},
    "/v1/models": {"data": [{"id": "openai/gpt-4o"}]},
}


def respond(request: httpx.Request) -> httpx.Response:
    path = request.url.path
    if path == "/v1/batches" and request.method == "GET":
        line = {
            "custom_id": "0",
            "result": {
                "type": "errored",
                "error": {"type": "invalid_request_error", "message": "No such model"},
            },
        }
        return httpx.Response(200, text=json.dumps(line) + "\n")
    found = next((body for end, body in EMPTY.items() if path.endswith(end)), None)
    return httpx.Response(404, json=UNKNOWN) if found is None else httpx.Response(200, json=found)


def clients() -> dict[str, Any]:
    transport = httpx.MockTransport(respond)
    return {
        "api_key": KEY,
        "max_retries": 0,
        "http_client": httpx.Client(transport=transport),
        "http_async_client": httpx.AsyncClient(transport=transport),
    }


def chat(model: str, **settings: Any) -> ChatAIMLAPI:
    return ChatAIMLAPI(model=model, **clients(), **settings)


def embeddings() -> AIMLAPIEmbeddings:
    return AIMLAPIEmbeddings(model=VECTORS, **clients())


async def first(chunks: Any) -> Any:
    return await anext(chunks)


ERRORS: dict[str, tuple[str, Any]] = {
    "invoke": (CHAT, lambda: chat(CHAT).invoke("Hi")),
    "astream": (CHAT, lambda: asyncio.run(first(chat(CHAT).astream("Hi")))),
    "a model of one call": (CHAT, lambda: chat("openai/gpt-4o").invoke("Hi", model=CHAT)),
    "responses": (CHAT, lambda: chat(CHAT, endpoint="responses").invoke("Hi")),
    "messages": (CLAUDE, lambda: chat(CLAUDE, endpoint="messages").invoke("Hi")),
    "embeddings": (VECTORS, lambda: embeddings().embed_query("Hi")),
    "find_model": (
        CHAT,
        lambda: catalogue.find_model(CHAT, [catalogue.CatalogueModel("openai/gpt-4o")]),
    ),
    "a batch": (
        CLAUDE,
        lambda: batches.batch_create(chat(CLAUDE, request_schema="anthropic"), ["Hi"]),
    ),
}


@pytest.mark.parametrize(("wrong", "call"), ERRORS.values(), ids=ERRORS)
def test_the_error_of_a_call_names_ids_near_to_a_wrong_one(wrong: str, call: Any) -> None:
    with pytest.raises(AIMLAPIError, match=rf"[Dd]id you mean .*{NEAR[wrong]}"):
        call()


def test_a_batch_of_a_model_that_cannot_be_batched_names_ids_near_to_a_wrong_one() -> None:
    with pytest.raises(
        ConfigurationError, match=r"batches Claude models.*did you mean openai/gpt-4o"
    ):
        batches.batch_create(chat(CHAT), ["Hi"])
    with pytest.raises(ConfigurationError) as known:
        batches.batch_create(chat("openai/gpt-4o"), ["Hi"])
    assert "did you mean" not in str(known.value)


@pytest.mark.parametrize(("model", "near"), [(CLAUDE, True), ("anthropic/claude-sonnet-4", False)])
def test_a_failed_request_of_a_batch_names_ids_near_to_a_wrong_one(
    model: str, *, near: bool
) -> None:
    result = batches.batch_results(chat(model), "msgbatch_1")["0"]
    assert isinstance(result, InvalidRequestError)
    assert ("did you mean anthropic/claude-sonnet-4" in str(result)) is near


ASKED: dict[str, Any] = {
    "metrics": account.metrics,
    "logs": lambda model, **more: account.logs(model=model, **more),
    "list_models": lambda model, **more: catalogue.list_models(id=model, **more),
}
ASKED_ASYNC: dict[str, Any] = {
    "metrics": account.ametrics,
    "logs": lambda model, **more: account.alogs(model=model, **more),
    "list_models": lambda model, **more: catalogue.alist_models(id=model, **more),
}


def asked(name: str, model: Any, *, way: str) -> Any:
    settings = clients()
    asynchronous = settings.pop("http_async_client")
    if way == "sync":
        return ASKED[name](model, **settings)
    return asyncio.run(ASKED_ASYNC[name](model, **{**settings, "http_client": asynchronous}))


@pytest.mark.parametrize("way", ["sync", "async"])
@pytest.mark.parametrize("name", ASKED)
@pytest.mark.parametrize("model", [CHAT, ["openai/gpt-4o", CHAT]], ids=["one", "several"])
def test_nothing_about_a_wrong_id_comes_with_a_warning(name: str, model: Any, way: str) -> None:
    with pytest.warns(
        UserWarning, match=rf"Nothing came back: '{CHAT}' is .* did you mean openai/gpt"
    ):
        asked(name, model, way=way)


@pytest.mark.parametrize("name", ASKED)
@pytest.mark.parametrize(
    "model", ["openai/gpt-4o", VECTORS.replace("ding", "dding"), "\N{SNOWMAN}"]
)
def test_nothing_about_an_id_that_is_right_is_no_reason_to_warn(name: str, model: str) -> None:
    asked(name, model, way="sync")


def test_ids_that_are_all_answered_are_no_reason_to_warn() -> None:
    found = catalogue.list_models(id="openai/gpt-4o,openai/gpt-4o", **clients_of_lists())
    assert [model.id for model in found] == ["openai/gpt-4o"]


def clients_of_lists() -> dict[str, Any]:
    return {"http_client": httpx.Client(transport=httpx.MockTransport(respond))}
