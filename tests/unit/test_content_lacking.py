"""Content blocks that lack their data: the text names what is missing."""

from __future__ import annotations

from typing import Any

import pytest
from cases.blocks import PNG, WAV, document, file, image, openai_file, recording
from doors.content import ContentProblem, read_content


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
