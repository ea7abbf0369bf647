"""Rows of an embeddings answer say their place as a number, as a text, or not at all."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx
import pytest

from langchain_aimlapi import AIMLAPIEmbeddings
from langchain_aimlapi.errors import MalformedResponseError

PLACES: dict[str, list[Any]] = {
    "numbers": [0, 1],
    "null": [None, None],
    "texts": ["0", "1"],
    "null and a number": [None, 1],
    "a text and null": ["0", None],
}
WRONG: dict[str, list[Any]] = {
    "twice": ["1", "1"],
    "null where another is": [1, None],
    "beyond": ["0", "2"],
    "no number": ["0", "x"],
    "negative": ["0", "-1"],
    "another digit": ["0", "\N{SUPERSCRIPT ONE}"],
    "a truth": [0, True],
    "long": ["0", "1" * 5000],
}


def embeddings_of(places: list[Any]) -> AIMLAPIEmbeddings:
    rows = [{"index": at, "embedding": [float(n)]} for n, at in enumerate(places)]
    transport = httpx.MockTransport(lambda _: httpx.Response(200, json={"data": rows}))
    return AIMLAPIEmbeddings(
        model="text-embedding-3-small",
        api_key="k" * 20,
        max_retries=0,
        http_client=httpx.Client(transport=transport),
        http_async_client=httpx.AsyncClient(transport=transport),
    )


@pytest.mark.parametrize("places", PLACES.values(), ids=PLACES)
def test_a_row_without_a_number_has_the_place_in_which_it_came(places: list[Any]) -> None:
    embeddings = embeddings_of(places)
    assert embeddings.embed_documents(["a", "b"]) == [[0.0], [1.0]]
    assert asyncio.run(embeddings.aembed_documents(["a", "b"])) == [[0.0], [1.0]]


def test_texts_of_numbers_put_rows_in_order() -> None:
    assert embeddings_of(["1", "0"]).embed_documents(["a", "b"]) == [[1.0], [0.0]]


@pytest.mark.parametrize("places", WRONG.values(), ids=WRONG)
def test_a_place_that_cannot_be_is_an_error(places: list[Any]) -> None:
    with pytest.raises(MalformedResponseError, match="no place of its own"):
        embeddings_of(places).embed_documents(["a", "b"])
