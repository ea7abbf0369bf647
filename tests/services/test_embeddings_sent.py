"""What embeddings send: bodies, batches, and the texts that cannot be sent."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx
import pytest
from embeddings_service import Service, model_of
from langchain_core.exceptions import ContextOverflowError

from langchain_aimlapi.errors import (
    ConfigurationError,
    ContextLengthError,
)


# --- what is sent -------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("model", "document", "query"),
    [
        ("text-embedding-3-large", {"encoding_format": "base64"}, {"encoding_format": "base64"}),
        ("openai/text-embedding-ada-002",) + ({"encoding_format": "base64"},) * 2,
        (
            "text-multilingual-embedding-002",
            {"task_type": "RETRIEVAL_DOCUMENT"},
            {"task_type": "RETRIEVAL_QUERY"},
        ),
        (
            "textembedding-gecko@003",
            {"task_type": "RETRIEVAL_DOCUMENT"},
            {"task_type": "RETRIEVAL_QUERY"},
        ),
        ("alibaba/qwen-text-embedding-v4", {}, {}),
        ("voyage-law-2", {"input_type": "document"}, {}),
        ("BAAI/bge-large-en-v1.5", {}, {}),
        ("somebody/new-embeddings", {}, {}),
    ],
)
async def test_each_kind_of_model_gets_what_its_document_has(
    model: str, document: dict[str, str], query: dict[str, str]
) -> None:
    service = Service()
    embeddings = model_of(service, model)
    embeddings.embed_documents(["a", "bc"])
    embeddings.embed_query("a")
    await embeddings.aembed_documents(["a", "bc"])
    await embeddings.aembed_query("a")
    documents = {"model": model, "input": ["a", "bc"], **document}
    queries = {"model": model, "input": "a", **query}
    assert service.bodies == [documents, queries, documents, queries]


def test_settings_of_the_user_are_sent_as_they_are() -> None:
    service = Service()
    settings = {"dimensions": 256, "encoding_format": "float", "task_type": "CLUSTERING"}
    more = {"title": "A title", "auto_truncate": False, "input_type": "query"}
    model_of(service, "BAAI/bge-base-en-v1.5", **settings, **more).embed_query("a")
    body = {"input": "b", "x": 1}
    model_of(service, "voyage-2", input_type="query", extra_body=body).embed_query("a")
    first, second = service.bodies
    assert first == {"model": "BAAI/bge-base-en-v1.5", "input": "a", **settings, **more}
    assert second == {"model": "voyage-2", "input": "b", "input_type": "query", "x": 1}


async def test_no_texts_are_no_call() -> None:
    service = Service()
    assert model_of(service).embed_documents([]) == []
    assert await model_of(service).aembed_documents([]) == []
    assert service.bodies == []


# --- batches ------------------------------------------------------------------------------------
async def test_texts_go_in_batches_of_the_model_and_vectors_come_back_in_order() -> None:
    texts = ["x" * (1 + number % 50) for number in range(35)]
    service = Service()
    embeddings = model_of(service, "alibaba/qwen-text-embedding-v4")
    vectors = embeddings.embed_documents(texts)
    assert [vector[0] for vector in vectors] == [float(len(text)) for text in texts]
    assert sorted(len(body["input"]) for body in service.bodies) == [5, 10, 10, 10]
    assert await embeddings.aembed_documents(texts) == vectors


def test_the_size_of_a_batch_can_be_set() -> None:
    service = Service()
    model_of(service, chunk_size=2).embed_documents(["a", "b", "c"])
    assert sorted(str(body["input"]) for body in service.bodies) == ["['a', 'b']", "c"]


def test_a_batch_has_no_more_tokens_than_the_model_takes_together() -> None:
    service = Service()
    texts = ["x" * 8000] * 20  # 20,000 tokens a request at two characters a token
    model_of(service, "text-multilingual-embedding-002").embed_documents(texts)
    assert max(len(body["input"]) for body in service.bodies) == 5


def test_a_text_that_is_too_long_for_a_list_is_sent_alone() -> None:
    service = Service()
    texts = ["a", "b" * 801, "c", "d"]
    vectors = model_of(service, "voyage-2", max_concurrency=1).embed_documents(texts)
    assert [body["input"] for body in service.bodies] == ["a", "b" * 801, ["c", "d"]]
    assert [vector[0] for vector in vectors] == [1.0, 801.0, 1.0, 1.0]


async def test_no_more_requests_are_under_way_than_set() -> None:
    service = Service()
    embeddings = model_of(service, chunk_size=1, max_concurrency=3)
    embeddings.embed_documents(["a"] * 12)
    assert 1 < service.busiest <= 3

    running = busiest = 0

    async def slow(request: httpx.Request) -> httpx.Response:
        nonlocal running, busiest
        running += 1
        busiest = max(busiest, running)
        await asyncio.sleep(0.002)
        running -= 1
        return service.answer(request)

    client = httpx.AsyncClient(transport=httpx.MockTransport(slow))
    embeddings = model_of(service, chunk_size=1, max_concurrency=3).model_copy(
        update={"http_async_client": client}
    )
    assert len(await embeddings.aembed_documents(["a"] * 12)) == 12
    assert busiest == 3


async def test_progress_is_told_as_batches_come_in() -> None:
    progress: list[tuple[int, int]] = []
    embeddings = model_of(
        Service(), chunk_size=2, max_concurrency=1, on_progress=lambda *now: progress.append(now)
    )
    embeddings.embed_documents(["a", "b", "c"])
    assert progress == [(2, 3), (3, 3)]
    await embeddings.aembed_documents(["a"])
    assert progress[2:] == [(1, 1)]


def test_when_the_callback_for_progress_fails_nothing_more_is_sent() -> None:
    service = Service()

    def give_up(done: int, of: int) -> None:
        raise KeyboardInterrupt

    embeddings = model_of(service, chunk_size=1, max_concurrency=2, on_progress=give_up)
    with pytest.raises(KeyboardInterrupt):
        embeddings.embed_documents(["a"] * 50)
    assert len(service.bodies) < 20


# --- texts that cannot be sent ------------------------------------------------------------------
@pytest.mark.parametrize(
    ("model", "size"),
    [("voyage-2", 8001), ("text-embedding-3-small", 50_000), ("BAAI/bge-base-en-v1.5", 4000)],
)
async def test_a_text_over_the_limit_raises_before_anything_is_sent(model: str, size: int) -> None:
    service = Service()
    embeddings = model_of(service, model)
    with pytest.raises(ContextLengthError, match=r"Text 1 has .* RecursiveCharacterTextSplitter"):
        embeddings.embed_documents(["short", "x" * size])
    with pytest.raises(ContextOverflowError):
        await embeddings.aembed_query("x" * size)
    assert service.bodies == []


def test_a_text_near_the_limit_is_left_to_the_service() -> None:
    service = Service()
    model_of(service).embed_query("word " * 9000)
    assert len(service.bodies) == 1


@pytest.mark.parametrize(("text", "says"), [("", "empty"), (None, "NoneType"), (["a"], "list")])
def test_what_is_no_text_is_refused(text: Any, says: str) -> None:
    service = Service()
    with pytest.raises(ConfigurationError, match=f"Text 1 is .*{says}"):
        model_of(service).embed_documents(["a", text])
    assert service.bodies == []
