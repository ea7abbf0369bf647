"""Retrieval with what LangChain's core brings: a vector store, the indexing API, a retriever."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from langchain_core.documents import Document
from langchain_core.indexing import InMemoryRecordManager, aindex, index
from langchain_core.vectorstores import InMemoryVectorStore

if TYPE_CHECKING:
    from collections.abc import Callable

    from emulator.server import Emulator

    from langchain_aimlapi import AIMLAPIEmbeddings

PAGES = [
    Document("Tall towers stand in Paris.", metadata={"source": "towers"}),
    Document("Bread and butter for breakfast.", metadata={"source": "bread"}),
]


@pytest.fixture
def store(make: Callable[..., AIMLAPIEmbeddings]) -> InMemoryVectorStore:
    return InMemoryVectorStore(make(dimensions=128))


async def test_the_indexing_api_embeds_what_is_new(
    emulator: Emulator, store: InMemoryVectorStore
) -> None:
    records = InMemoryRecordManager("pages")
    records.create_schema()
    settings: dict[str, Any] = {
        "cleanup": "incremental",
        "source_id_key": "source",
        "key_encoder": "blake2b",
    }
    assert index(PAGES, records, store, **settings)["num_added"] == 2
    before = len(emulator.requests)
    assert index(PAGES, records, store, **settings)["num_skipped"] == 2
    assert len(emulator.requests) == before
    changed = [Document("Taller towers stand in Lyon.", metadata={"source": "towers"}), PAGES[1]]
    done = await aindex(changed, records, store, **settings)
    assert (done["num_added"], done["num_deleted"], done["num_skipped"]) == (1, 1, 1)
    (found,) = store.similarity_search("towers", k=1)
    assert found.page_content == "Taller towers stand in Lyon."


async def test_a_retriever_finds_the_right_page(store: InMemoryVectorStore) -> None:
    await store.aadd_documents(PAGES)
    retriever = store.as_retriever(search_kwargs={"k": 1})
    assert (await retriever.ainvoke("Which tower stands in Paris?"))[0].metadata == {
        "source": "towers"
    }
    assert retriever.invoke("butter")[0].metadata == {"source": "bread"}
