"""Content blocks that lack their data: the text names what is missing."""

from __future__ import annotations

import base64
from typing import Any

import pytest

# The neutral form between many dialects in and several schemas out, where each must be the same.
from langchain_aimlapi._messages.content import read_content
from langchain_aimlapi._messages.parts import ContentProblem

PNG = "iVBORw0KGgoAAAANSUhEUg=="
WAV = base64.b64encode(b"RIFF\x24\x00\x00\x00WAVEfmt ").decode()
URL = "https://x.io/a"


def image(**fields: Any) -> dict[str, Any]:
    return {"type": "image", **fields}


def file(**fields: Any) -> dict[str, Any]:
    return {"type": "file", **fields}


def openai_file(**fields: Any) -> dict[str, Any]:
    return {"type": "file", "file": fields}


def document(source: Any, **fields: Any) -> dict[str, Any]:
    return {"type": "document", "source": source, **fields}


def recording(**fields: Any) -> dict[str, Any]:
    return {"type": "input_audio", "input_audio": fields}


@pytest.mark.parametrize(
    ("block", "why"),
    [
        ({"type": "text"}, "it has no text"),
        ({"type": "text", "text": None}, "it has no text"),
        (image(), 'it has no "url", "base64" or "file_id"'),
        (image(url=None, mime_type="image/png"), 'it has no "url", "base64" or "file_id"'),
        (image(source_type="url", data=PNG), 'it has no "url", "base64" or "file_id"'),
        (image(source_type="id", file_id="f"), 'it has no "url", "base64" or "file_id"'),
        (image(base64=b"\x89PNG"), "its data is bytes, not base64 text"),
        (image(url="data:image/png;base64"), "its data URL has no data"),
        (file(base64="data:image/png"), "its data URL has no data"),
        (recording(), 'it has no "url", "base64" or "file_id"'),
        ({"type": "input_audio", "input_audio": WAV}, 'it has no "url", "base64" or "file_id"'),
        ({"type": "audio", "base64": ""}, 'it has no "url", "base64" or "file_id"'),
        ({"type": "video"}, 'it has no "url", "base64" or "file_id"'),
        (openai_file(), 'it has no "url", "base64" or "file_id"'),
        ({"type": "text-plain"}, 'it has no "url", "base64" or "file_id"'),
        (document({"type": "base64"}), 'it has no "url", "base64" or "file_id"'),
        (
            {"type": "non_standard", "value": "x"},
            'a non_standard block needs a dict as its "value"',
        ),
    ],
)
def test_what_a_block_lacks_is_said_in_words(block: dict[str, Any], why: str) -> None:
    with pytest.raises(ContentProblem) as caught:
        read_content(["first", block])
    assert str(caught.value) == why
    assert caught.value.block == 1
