"""Embeddings with what stands around them: FAISS, a cache, a retriever in a chain."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING

import pytest
from langchain_classic.embeddings import CacheBackedEmbeddings
from langchain_core.documents import Document
from langchain_core.stores import InMemoryByteStore

from langchain_aimlapi import AIMLAPIEmbeddings

with warnings.catch_warnings():
    # Both are deprecated in parts: the one says so itself, the other is made by an old SWIG.
    warnings.simplefilter("ignore", DeprecationWarning)
    import faiss  # noqa: F401  # the wrapper imports it when it is first used
    from langchain_community.vectorstores import FAISS

if TYPE_CHECKING:
    from emulator.server import Emulator

PAGES = [
    Document("Tall towers stand in Paris.", id="towers"),
    Document("Bread and butter for breakfast.", id="bread"),
    Document("Rivers flow to the sea.", id="rivers"),
]


@pytest.fixture
def embeddings(emulator: Emulator) -> AIMLAPIEmbeddings:
    return AIMLAPIEmbeddings(
        model="text-embedding-3-small",
        dimensions=128,
        api_key="test-vector-stores",
        base_url=emulator.base_url,
    )


async def test_faiss_finds_the_right_page(embeddings: AIMLAPIEmbeddings) -> None:
    store = await FAISS.afrom_documents(PAGES, embeddings)
    (found,) = await store.asimilarity_search("Which tower stands in Paris?", k=1)
    assert found.page_content == PAGES[0].page_content
    ((near, distance), *_) = store.similarity_search_with_score("bread for breakfast", k=3)
    assert near.page_content == PAGES[1].page_content
    assert distance < 1
    assert store.as_retriever(search_kwargs={"k": 1}).invoke("the sea")[0].id == "rivers"


def test_a_cache_asks_for_each_text_once(emulator: Emulator, embeddings: AIMLAPIEmbeddings) -> None:
    cached = CacheBackedEmbeddings.from_bytes_store(
        embeddings, InMemoryByteStore(), namespace=embeddings.model, key_encoder="blake2b"
    )
    texts = [page.page_content for page in PAGES]
    first = cached.embed_documents(texts)
    before = len(emulator.requests)
    assert cached.embed_documents(texts) == first
    assert len(emulator.requests) == before
    cached.embed_documents([*texts, "And a new one."])
    assert emulator.requests[-1].body["input"] == "And a new one."
