"""Blocks in a batch, which LangChain neither translates nor checks as it does those of a call."""

from __future__ import annotations

import base64
from contextlib import suppress
from typing import Any

import pytest
from langchain_core.messages import HumanMessage
from sent import CLAUDE_IMAGE, NEW_CLAUDE, PDF, PNG, URL, Json, Service

from langchain_aimlapi.batches import batch_create
from langchain_aimlapi.errors import InvalidRequestError, UnsupportedContentError

GIF = base64.b64encode(b"GIF89a" + bytes(30)).decode()
URL_SOURCE = {"type": "url", "url": URL}


def document(source: Any, **more: Any) -> Json:
    return {"type": "document", "source": source, **more}


def base64_source(data: str, mime: str) -> Json:
    return {"type": "base64", "media_type": mime, "data": data}


def plain_source(words: str) -> Json:
    return {"type": "text", "media_type": "text/plain", "data": words}


PDF_SOURCE = base64_source(PDF, "application/pdf")


def batched(block: Json) -> Json:
    """Return what a block is in a batch: LangChain translates and checks blocks of calls only."""
    service = Service()
    with suppress(InvalidRequestError):
        batch_create(service.model(NEW_CLAUDE), [[HumanMessage([block])]])
    (request,) = service.body["requests"]
    found: Json = request["params"]["messages"][0]["content"][0]
    return found


OLDER: list[tuple[Json, Json]] = [
    ({"type": "image", "base64": PNG}, CLAUDE_IMAGE),
    (
        {"type": "image", "base64": "AAAA"},
        {"type": "image", "source": base64_source("AAAA", "image/png")},
    ),
    ({"type": "image", "base64": PNG, "mime_type": 5}, CLAUDE_IMAGE),
    ({"type": "image", "base64": PNG, "data": GIF}, CLAUDE_IMAGE),
    ({"type": "image", "data": PNG}, CLAUDE_IMAGE),
    ({"type": "image", "url": URL, "data": PNG}, {"type": "image", "source": URL_SOURCE}),
    ({"type": "image", "url": URL, "base64": PNG}, CLAUDE_IMAGE),
    ({"type": "image", "source_type": "base64", "data": PNG, "url": URL}, CLAUDE_IMAGE),
    ({"type": "image", "source_type": "base64", "data": PNG, "base64": GIF}, CLAUDE_IMAGE),
    (
        {"type": "image", "source_type": "url", "url": URL, "data": PNG, "base64": PNG},
        {"type": "image", "source": URL_SOURCE},
    ),
    ({"type": "image", "base64": f"data:image/png;base64,{PNG}"}, CLAUDE_IMAGE),
    (
        {"type": "image", "base64": f"data:image/gif;base64,{GIF}", "mime_type": "image/webp"},
        {"type": "image", "source": base64_source(GIF, "image/gif")},
    ),
    (
        {"type": "image", "id": "b1", "url": URL, "file_id": ""},
        {"type": "image", "source": URL_SOURCE},
    ),
    (
        {"type": "file", "source_type": "base64", "data": PDF, "metadata": {"filename": "a"}},
        document(PDF_SOURCE, title="a"),
    ),
    (
        {"type": "file", "source_type": "text", "text": "a", "metadata": {"title": "T"}},
        document(plain_source("a"), title="T"),
    ),
    ({"type": "text-plain", "base64": "aGk="}, document(plain_source("hi"))),
    ({"type": "text-plain", "text": 5}, document(plain_source("5"))),
    ({"type": "file", "url": "data:;base64,aGk="}, document(plain_source("hi"))),
]


@pytest.mark.parametrize(("block", "written"), OLDER)
def test_the_older_blocks_of_langchain_are_read_in_a_batch(block: Json, written: Json) -> None:
    assert batched(block) == written


@pytest.mark.parametrize(
    ("block", "why"),
    [
        ({"type": "file", "source_type": "id", "id": "file-1"}, "ids of uploads"),
        ({"type": "image", "source_type": "id", "file_id": "f"}, 'no "url", "base64" or "file_id"'),
        ({"type": "image", "source_type": "url", "data": PNG}, 'no "url", "base64" or "file_id"'),
        ({"type": "image", "base64": b"\x89PNG"}, "its data is bytes, not base64 text"),
        ({"type": "image", "url": "data:image/png;base64"}, "its data URL has no data"),
    ],
)
def test_an_older_block_that_cannot_be_read_is_refused(block: Json, why: str) -> None:
    with pytest.raises(UnsupportedContentError, match=why):
        batched(block)


def test_batches_stay_in_the_schema_of_batches() -> None:
    """A call of this model would go by its other document, which has files."""
    service = Service()
    pdf = {"type": "file", "base64": PDF, "mime_type": "application/pdf"}
    with pytest.raises(UnsupportedContentError, match="no file"):
        batch_create(service.model("claude-3-7-sonnet-20250219"), [[HumanMessage([pdf])]])
    assert not service.requests
