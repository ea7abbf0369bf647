"""Vectors of texts: what is sent, in which batches, what comes out, and what fails how."""

from __future__ import annotations

import asyncio
import base64
import json
import pickle
import struct
import threading
import time
from copy import deepcopy
from typing import Any

import httpx
import pytest
from langchain_core.exceptions import ContextOverflowError, ModelRateLimitError
from scripted import KEY, Scripted, refused

from langchain_aimlapi import AIMLAPIEmbeddings, errors
from langchain_aimlapi.cost import get_cost_callback


class Service(Scripted):
    """Answers with vectors that say which text they are of: its length and its place."""

    def __init__(self, *, fails_on: str | None = None, status: int = 429) -> None:
        super().__init__(self.answer)
        self.fails_on = fails_on
        self.status = status
        self.busy = 0
        self.busiest = 0
        self._lock = threading.Lock()

    def answer(self, request: httpx.Request) -> httpx.Response:
        with self._lock:
            self.busy += 1
            self.busiest = max(self.busiest, self.busy)
        time.sleep(0.005)
        with self._lock:
            self.busy -= 1
        return self.vectors(request)

    def vectors(self, request: httpx.Request) -> httpx.Response:
        body = json.loads(request.content)
        texts = [body["input"]] if isinstance(body["input"], str) else body["input"]
        if self.fails_on in texts:
            return httpx.Response(self.status, json={"error": {"message": f"no {KEY}"}})
        rows = [
            {"index": index, "embedding": [float(len(text)), float(index)]}
            for index, text in enumerate(texts)
        ]
        usage = {"prompt_tokens": len(texts), "total_tokens": len(texts)}
        meta = {"usage": {"usd_spent": 0.001, "credits_used": 2000}}
        answer = {"data": rows[::-1], "model": body["model"], "usage": usage, "meta": meta}
        return httpx.Response(200, json=answer)


def model_of(
    service: Scripted, model: str = "text-embedding-3-small", **settings: Any
) -> AIMLAPIEmbeddings:
    given = {"api_key": KEY, "max_retries": 0, **service.clients, **settings}
    return AIMLAPIEmbeddings(model=model, **given)


def rows_of(rows: Any) -> AIMLAPIEmbeddings:
    return model_of(Scripted({"data": rows}))


# --- what is sent -------------------------------------------------------------------------------
BASE64 = {"encoding_format": "base64"}


@pytest.mark.parametrize(
    ("model", "document", "query"),
    [
        ("text-embedding-3-large", BASE64, BASE64),
        ("text-multilingual-embedding-002",
         {"task_type": "RETRIEVAL_DOCUMENT"}, {"task_type": "RETRIEVAL_QUERY"}),
        ("alibaba/qwen-text-embedding-v4", {}, {}),
        ("voyage-law-2", {"input_type": "document"}, {}),
        ("BAAI/bge-large-en-v1.5", {}, {}),
        ("somebody/new-embeddings", {}, {}),
    ],
)  # fmt: skip
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
        return service.vectors(request)

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


# --- texts that cannot be sent ------------------------------------------------------------------
@pytest.mark.parametrize(
    ("model", "size"),
    [("voyage-2", 8001), ("text-embedding-3-small", 50_000), ("BAAI/bge-base-en-v1.5", 4000)],
)
async def test_a_text_over_the_limit_raises_before_anything_is_sent(model: str, size: int) -> None:
    service = Service()
    embeddings = model_of(service, model)
    with pytest.raises(
        errors.ContextLengthError, match=r"Text 1 has .* RecursiveCharacterTextSplitter"
    ):
        embeddings.embed_documents(["short", "x" * size])
    with pytest.raises(ContextOverflowError):
        await embeddings.aembed_query("x" * size)
    assert service.bodies == []


# --- what comes out -----------------------------------------------------------------------------


def test_base64_is_read_as_little_endian_float32() -> None:
    numbers = (1.5, -0.25, 3.0e-38)
    text = base64.b64encode(struct.pack("<3f", *numbers)).decode()
    found = rows_of([{"index": 0, "embedding": text}]).embed_query("a")
    assert found == [1.5, -0.25, struct.unpack("<f", struct.pack("<f", 3.0e-38))[0]]


PLACES: list[list[Any]] = [[0, 1], [None, None], ["0", "1"], [None, 1], ["0", None]]
WRONG: list[list[Any]] = [
    *(["1", "1"], [1, None], ["0", "2"], ["0", "x"], ["0", "-1"], [0, True]),
    *(["0", "\N{SUPERSCRIPT ONE}"], ["0", "1" * 5000]),
]


def at(places: list[Any]) -> AIMLAPIEmbeddings:
    return rows_of([{"index": at, "embedding": [float(n)]} for n, at in enumerate(places)])


async def test_a_row_without_a_number_has_the_place_in_which_it_came() -> None:
    no_index = rows_of([{"embedding": [0]}, {"embedding": [1]}])
    for embeddings in (*map(at, PLACES), no_index):
        assert embeddings.embed_documents(["a", "b"]) == [[0.0], [1.0]]
        assert await embeddings.aembed_documents(["a", "b"]) == [[0.0], [1.0]]
    assert at(["1", "0"]).embed_documents(["a", "b"]) == [[1.0], [0.0]]


def test_a_place_that_cannot_be_is_an_error() -> None:
    for embeddings in map(at, WRONG):
        with pytest.raises(errors.MalformedResponseError, match="no place of its own"):
            embeddings.embed_documents(["a", "b"])


FIRST = {"index": 0, "embedding": [1.0]}


VECTORS = ([], ["a"], "AAA", "AAAA", None, "AADAfw==")
ROWS: list[Any] = [
    *([FIRST] * number for number in (0, 1, 3)),
    *([FIRST, {"index": 1, "embedding": vector}] for vector in VECTORS),
    *([FIRST, {"index": 1}], [FIRST, None], None),
]


async def test_an_answer_without_one_vector_per_text_is_malformed() -> None:
    for embeddings in map(rows_of, ROWS):
        with pytest.raises(errors.MalformedResponseError):
            embeddings.embed_documents(["a", "b"])
        with pytest.raises(errors.MalformedResponseError):
            await embeddings.aembed_documents(["a", "b"])


@pytest.mark.parametrize("body", [b"", b"[1]", b"null", b"<html>", b'{"data": ['])
def test_a_body_that_is_no_answer_is_malformed(body: bytes) -> None:
    with pytest.raises(errors.MalformedResponseError):
        model_of(Scripted(body)).embed_query("a")
    with pytest.raises(errors.RateLimitError):  # an error in a 200
        model_of(Scripted({"error": {"message": "slow down", "code": 429}})).embed_query("a")


# --- failures -----------------------------------------------------------------------------------
async def test_a_partial_failure_counts_the_texts_and_keeps_the_other_vectors() -> None:
    embeddings = model_of(Service(fails_on="bad"), chunk_size=1, max_concurrency=1)
    texts = ["a", "bcd", "bad", "e"]
    with pytest.raises(
        errors.EmbeddingsIncompleteError, match="2 of 4 texts have no vector"
    ) as sync:
        embeddings.embed_documents(texts)
    with pytest.raises(errors.EmbeddingsIncompleteError) as caught:
        await embeddings.aembed_documents(texts)
    for error in (sync.value, caught.value, pickle.loads(pickle.dumps(caught.value))):  # noqa: S301  # our own
        assert error.missing == [2, 3]
        assert error.vectors == [[1.0, 0.0], [3.0, 0.0], None, None]
        assert error.status_code == 429
        assert KEY not in str(error)
    assert isinstance(caught.value.__cause__, errors.RateLimitError)


def test_a_parameter_that_is_refused_is_named() -> None:
    service = Scripted(refused(400, "title is not allowed"))
    with pytest.raises(errors.InvalidRequestError, match="Leave out title"):
        model_of(service, title="T").embed_query("a")


def test_after_a_failure_no_further_batch_is_begun() -> None:
    service = Service(fails_on="bad")
    with pytest.raises(ModelRateLimitError):
        model_of(service, chunk_size=1, max_concurrency=1).embed_documents(["bad", "a", "b"])
    assert len(service.bodies) == 1


# --- cost ---------------------------------------------------------------------------------------
async def test_costs_count_in_the_cost_callback() -> None:
    embeddings = model_of(Service(), chunk_size=1)
    with get_cost_callback() as cost:
        embeddings.embed_documents(["a", "b"])
        await embeddings.aembed_query("c")
        rows_of([{"embedding": [1.0]}]).embed_query("a")  # without a cost
    assert (cost.usd, cost.credits) == (pytest.approx(0.003), 6000)
    assert cost.models["text-embedding-3-small"].calls == 4
    assert cost.unreported_calls == 1


def test_a_spent_budget_stops_further_calls() -> None:
    service = Service()
    embeddings = model_of(service)
    with get_cost_callback(budget_usd=0.0005):
        embeddings.embed_query("a")
        with pytest.raises(errors.BudgetExceededError):
            embeddings.embed_query("b")
    assert len(service.bodies) == 1


# --- the key and the settings -------------------------------------------------------------------
async def test_a_key_may_come_from_a_callable() -> None:
    async def key() -> str:
        return "sk-from-async"

    service = Service()
    model_of(service, api_key=lambda: "sk-from-call").embed_query("a")
    await model_of(service, api_key=key).aembed_query("a")
    sent = [request.headers["authorization"] for request in service.requests]
    assert sent == ["Bearer sk-from-call", "Bearer sk-from-async"]


def test_a_model_is_copied_pickled_closed_and_changed(settings: dict[str, Any]) -> None:
    embeddings = AIMLAPIEmbeddings("text-embedding-3-small", dimensions=8, **settings)
    vector = embeddings.embed_query("a")
    for other in (deepcopy(embeddings), pickle.loads(pickle.dumps(embeddings))):  # noqa: S301  # our own
        assert other == embeddings
        assert other.embed_query("a") == vector
    embeddings.close()
    assert embeddings.embed_query("a") == vector
    embeddings.dimensions = 4
    assert len(embeddings.embed_query("a")) == 4
