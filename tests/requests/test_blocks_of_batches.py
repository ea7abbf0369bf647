"""Blocks in a batch, which LangChain neither translates nor checks as it does those of a call."""

from __future__ import annotations

import base64
from contextlib import suppress
from typing import Any

import pytest
from langchain_core.messages import HumanMessage
from sent import NEW_CLAUDE, PDF, PNG, URL, Json, Service

from langchain_aimlapi.batches import batch_create
from langchain_aimlapi.errors import InvalidRequestError, UnsupportedContentError

GIF = base64.b64encode(b"GIF89a" + bytes(30)).decode()
HI = {"type": "text", "media_type": "text/plain", "data": "hi"}
BY_URL = {"type": "url", "url": URL}


def in_base64(data: str, mime: str) -> Json:
    return {"type": "base64", "media_type": mime, "data": data}


def batched(model: str, block: Json) -> Json:
    """Return what a block is in a batch."""
    service = Service()
    with suppress(InvalidRequestError):
        batch_create(service.model(model), [[HumanMessage([block])]])
    (request,) = service.body["requests"]
    found: Json = request["params"]["messages"][0]["content"][0]
    return found


IMAGES: list[tuple[Json, Json]] = [
    # a block without its type, and the source that is sent
    ({"base64": PNG}, in_base64(PNG, "image/png")),
    ({"base64": PNG, "mime_type": 5}, in_base64(PNG, "image/png")),
    ({"data": PNG}, in_base64(PNG, "image/png")),
    (
        {"base64": f"data:image/gif;base64,{GIF}", "mime_type": "image/webp"},
        in_base64(GIF, "image/gif"),
    ),
    ({"source_type": "base64", "data": PNG, "url": URL}, in_base64(PNG, "image/png")),
    ({"id": "b1", "url": URL, "file_id": ""}, BY_URL),
]
FILES: list[tuple[Json, Json]] = [
    # a block, and the document that is sent
    (
        {"type": "file", "source_type": "base64", "data": PDF, "metadata": {"filename": "a"}},
        {"source": in_base64(PDF, "application/pdf"), "title": "a"},
    ),
    (
        {"type": "file", "source_type": "text", "text": "hi", "metadata": {"title": "T"}},
        {"source": HI, "title": "T"},
    ),
    ({"type": "text-plain", "base64": "aGk="}, {"source": HI}),
    ({"type": "text-plain", "text": 5}, {"source": {**HI, "data": "5"}}),
    ({"type": "file", "url": "data:;base64,aGk="}, {"source": HI}),
]


def test_the_older_blocks_of_langchain_are_read_in_a_batch() -> None:
    for image, source in IMAGES:
        sent = batched(NEW_CLAUDE, {"type": "image", **image})
        assert sent == {"type": "image", "source": source}, image
    for file, document in FILES:
        assert batched(NEW_CLAUDE, file) == {"type": "document", **document}, file


PDF_BLOCK = {"type": "file", "base64": PDF, "mime_type": "application/pdf"}


@pytest.mark.parametrize(
    ("model", "block", "why"),
    [
        (NEW_CLAUDE, {"type": "file", "source_type": "id", "id": "file-1"}, "ids of uploads"),
        (NEW_CLAUDE, {"type": "image", "source_type": "id", "file_id": "f"}, 'no "url", "base64"'),
        (NEW_CLAUDE, {"type": "image", "base64": b"\x89PNG"}, "bytes, not base64 text"),
        (NEW_CLAUDE, {"type": "image", "url": "data:image/png;base64"}, "data URL has no data"),
        # A call would go by this model's other document, which has files.
        ("claude-3-7-sonnet-20250219", PDF_BLOCK, "no file"),
    ],
)
def test_a_block_that_cannot_be_in_a_batch_is_refused(model: str, block: Any, why: str) -> None:
    with pytest.raises(UnsupportedContentError, match=why):
        batched(model, block)
