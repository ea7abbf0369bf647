"""Vectors of texts: what is sent, in which batches, what comes out, and what fails how."""

from __future__ import annotations

import base64
import json
import pickle
import struct
from copy import deepcopy
from operator import mul
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from langchain_core.exceptions import ModelRateLimitError

from langchain_aimlapi import AIMLAPIEmbeddings
from langchain_aimlapi.cost import get_cost_callback
from langchain_aimlapi.errors import (
    AuthenticationError,
    BudgetExceededError,
    ConfigurationError,
    EmbeddingsIncompleteError,
    InvalidRequestError,
    MalformedResponseError,
    MissingAPIKeyError,
    RateLimitError,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from emulator.server import Emulator
from embeddings_service import KEY, Service, model_of


def giving(answer: Any) -> Callable[[httpx.Request], httpx.Response]:
    content = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
    return lambda _: httpx.Response(200, content=content)


# --- what comes out -----------------------------------------------------------------------------
async def test_both_encodings_give_the_same_vectors(make: Callable[..., AIMLAPIEmbeddings]) -> None:
    packed = make(dimensions=64).embed_query("The tower in Paris")
    plain = make(dimensions=64, encoding_format="float").embed_query("The tower in Paris")
    assert packed == pytest.approx(plain, abs=1e-8)
    assert len(packed) == 64
    assert await make(dimensions=64).aembed_query("The tower in Paris") == packed


def test_base64_is_read_as_little_endian_float32() -> None:
    numbers = (1.5, -0.25, 3.0e-38)
    text = base64.b64encode(struct.pack("<3f", *numbers)).decode()
    answer = {"data": [{"index": 0, "embedding": text}]}
    found = model_of(giving(answer)).embed_query("a")
    assert found == [1.5, -0.25, struct.unpack("<f", struct.pack("<f", 3.0e-38))[0]]


def test_vectors_without_an_index_come_in_their_order() -> None:
    answer = {"data": [{"embedding": [1]}, {"embedding": [2.5]}]}
    assert model_of(giving(answer)).embed_documents(["a", "b"]) == [[1.0], [2.5]]


@pytest.mark.parametrize(
    "rows",
    [
        [],
        [{"index": 0, "embedding": [1.0]}],
        [{"index": 0, "embedding": [1.0]}] * 3,
        [{"index": 0, "embedding": [1.0]}, {"index": 0, "embedding": [1.0]}],
        [{"index": 0, "embedding": [1.0]}, {"index": 2, "embedding": [1.0]}],
        [{"index": 0, "embedding": [1.0]}, {"index": True, "embedding": [1.0]}],
        [{"index": 0, "embedding": [1.0]}, {"index": 1, "embedding": []}],
        [{"index": 0, "embedding": [1.0]}, {"index": 1, "embedding": ["a"]}],
        [{"index": 0, "embedding": [1.0]}, {"index": 1, "embedding": "AAA"}],
        [{"index": 0, "embedding": [1.0]}, {"index": 1, "embedding": "AAAA"}],
        [{"index": 0, "embedding": [1.0]}, {"index": 1, "embedding": None}],
        [{"index": 0, "embedding": [1.0]}, {"index": 1, "embedding": "AADAfw=="}],
        [{"index": 0, "embedding": [1.0]}, {"index": 1}],
        [{"index": 0, "embedding": [1.0]}, None],
        None,
    ],
)
async def test_an_answer_without_one_vector_per_text_is_malformed(rows: Any) -> None:
    embeddings = model_of(giving({"data": rows}))
    with pytest.raises(MalformedResponseError):
        embeddings.embed_documents(["a", "b"])
    with pytest.raises(MalformedResponseError):
        await embeddings.aembed_documents(["a", "b"])


@pytest.mark.parametrize("body", [b"", b"[1]", b"null", b"<html>", b'{"data": ['])
def test_a_body_that_is_no_answer_is_malformed(body: bytes) -> None:
    with pytest.raises(MalformedResponseError):
        model_of(giving(body)).embed_query("a")


def test_an_error_in_a_200_is_an_error() -> None:
    body = {"error": {"message": f"slow down, {KEY}", "code": 429}}
    with pytest.raises(RateLimitError) as caught:
        model_of(giving(body)).embed_query("a")
    assert KEY not in str(caught.value)


# --- failures -----------------------------------------------------------------------------------
async def test_a_partial_failure_names_the_texts_and_keeps_the_other_vectors() -> None:
    embeddings = model_of(Service(fails_on="bad"), chunk_size=1, max_concurrency=1)
    texts = ["a", "bcd", "bad", "e"]
    with pytest.raises(EmbeddingsIncompleteError, match=r"2 of 4 texts .* \(texts 2, 3\)") as sync:
        embeddings.embed_documents(texts)
    with pytest.raises(EmbeddingsIncompleteError) as caught:
        await embeddings.aembed_documents(texts)
    for error in (sync.value, caught.value, pickle.loads(pickle.dumps(caught.value))):  # noqa: S301  # our own
        assert error.missing == [2, 3]
        assert error.vectors == [[1.0, 0.0], [3.0, 0.0], None, None]
        assert error.status_code == 429
        assert KEY not in str(error)
    assert isinstance(caught.value.__cause__, RateLimitError)


def test_after_a_failure_no_further_batch_is_begun() -> None:
    service = Service(fails_on="bad")
    with pytest.raises(RateLimitError):
        model_of(service, chunk_size=1, max_concurrency=1).embed_documents(["bad", "a", "b"])
    assert len(service.bodies) == 1


def test_where_nothing_succeeded_the_error_is_the_services_own() -> None:
    with pytest.raises(ModelRateLimitError):
        model_of(Service(fails_on="bad")).embed_documents(["bad", "a"])


def test_failures_that_may_pass_are_repeated() -> None:
    service = Service(fails_on="bad", status=503)
    with pytest.raises(Exception, match="503"):
        model_of(service, max_retries=1, default_headers={}).embed_query("bad")
    assert len(service.bodies) == 2


async def test_the_emulator_refuses_what_a_document_does_not_have(
    make: Callable[..., AIMLAPIEmbeddings],
) -> None:
    with pytest.raises(InvalidRequestError, match="task_type"):
        make(task_type="CLUSTERING").embed_query("a")
    with pytest.raises(InvalidRequestError, match="dimensions"):
        await make("alibaba/qwen-text-embedding-v4", dimensions=32).aembed_query("a")
    with pytest.raises(InvalidRequestError, match="input_type"):
        make("voyage-2", input_type="query").embed_query("a")
    with pytest.raises(AuthenticationError):
        make(api_key="wrong-0123456789").embed_query("a")


# --- cost ---------------------------------------------------------------------------------------
async def test_costs_count_in_the_cost_callback() -> None:
    embeddings = model_of(Service(), chunk_size=1)
    with get_cost_callback() as outer, get_cost_callback() as cost:
        embeddings.embed_documents(["a", "b"])
        await embeddings.aembed_query("c")
    for tally in (cost, outer):
        assert tally.usd == pytest.approx(0.003)
        assert tally.credits == 6000
        assert tally.models["text-embedding-3-small"].calls == 3
        assert tally.unreported_calls == 0


def test_a_spent_budget_stops_further_calls() -> None:
    service = Service()
    embeddings = model_of(service)
    with get_cost_callback(budget_usd=0.0005):
        embeddings.embed_query("a")
        with pytest.raises(BudgetExceededError):
            embeddings.embed_query("b")
    assert len(service.bodies) == 1


def test_an_answer_without_a_cost_counts_as_unreported() -> None:
    answer = {"data": [{"embedding": [1.0]}]}
    with get_cost_callback() as cost:
        model_of(giving(answer)).embed_query("a")
    assert (cost.calls, cost.unreported_calls) == (1, 1)


# --- the key and the settings -------------------------------------------------------------------
def test_the_key_shows_nowhere(monkeypatch: pytest.MonkeyPatch) -> None:
    embeddings = AIMLAPIEmbeddings(
        model="text-embedding-3-small", api_key=KEY, default_headers={"x-secret": "hush-hush-1"}
    )
    shown = f"{embeddings!r} {embeddings} {embeddings.model_dump()} {embeddings.model_dump_json()}"
    assert KEY not in shown
    assert "hush-hush-1" not in shown
    monkeypatch.delenv("AIMLAPI_API_KEY", raising=False)
    with pytest.raises(MissingAPIKeyError, match="AIMLAPI_API_KEY"):
        AIMLAPIEmbeddings(model="text-embedding-3-small")


async def test_a_key_may_come_from_a_callable() -> None:
    seen: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request.headers["authorization"])
        return httpx.Response(200, json={"data": [{"embedding": [1.0]}]})

    async def key() -> str:
        return "sk-from-async"

    embeddings = model_of(answer)
    by_call = embeddings.model_copy(update={"api_key": lambda: "sk-from-call"})
    by_call.embed_query("a")
    await embeddings.model_copy(update={"api_key": key}).aembed_query("a")
    assert seen == ["Bearer sk-from-call", "Bearer sk-from-async"]


def test_a_model_is_copied_and_pickled_without_its_connections(
    make: Callable[..., AIMLAPIEmbeddings],
) -> None:
    embeddings = make(dimensions=8)
    vector = embeddings.embed_query("a")
    for other in (deepcopy(embeddings), pickle.loads(pickle.dumps(embeddings))):  # noqa: S301  # our own
        assert other == embeddings
        assert other.embed_query("a") == vector
    embeddings.close()
    assert embeddings.embed_query("a") == vector


def test_a_setting_that_is_changed_counts(make: Callable[..., AIMLAPIEmbeddings]) -> None:
    embeddings = make(dimensions=8)
    embeddings.embed_query("a")
    embeddings.dimensions = 4
    assert len(embeddings.embed_query("a")) == 4


def test_a_misspelt_setting_is_refused() -> None:
    with pytest.raises(ConfigurationError, match=r"did you mean dimensions"):
        AIMLAPIEmbeddings(model="text-embedding-3-small", api_key=KEY, dimension=3)  # type: ignore[call-arg]


def test_names_of_0_1_are_the_same_class() -> None:
    from langchain_aimlapi import AimlapiEmbeddings  # noqa: PLC0415  # the name under test

    assert AimlapiEmbeddings is AIMLAPIEmbeddings


# --- retrieval ----------------------------------------------------------------------------------
def test_near_texts_have_near_vectors(make: Callable[..., AIMLAPIEmbeddings]) -> None:
    embeddings = make(dimensions=256)
    towers, bread, query = (
        *embeddings.embed_documents(["Tall towers of Paris", "Bread and butter"]),
        embeddings.embed_query("Which tower stands in Paris?"),
    )
    likeness = [sum(map(mul, query, vector)) for vector in (towers, bread)]
    assert likeness[0] > 0.4
    assert likeness[1] < 0.2


def test_the_emulator_is_asked_for_base64(
    emulator: Emulator, make: Callable[..., AIMLAPIEmbeddings]
) -> None:
    make(dimensions=8).embed_documents(["a", "b"])
    assert emulator.requests[-1].body["encoding_format"] == "base64"
