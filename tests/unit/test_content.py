"""Content blocks in: four dialects, one part each."""

from __future__ import annotations

import base64
from typing import Any

import pytest
from doors.content import (
    Audio,
    ContentProblem,
    File,
    Image,
    Raw,
    RedactedThinking,
    Text,
    Thinking,
    ToolResult,
    ToolUse,
    Video,
    decode_text,
    read_block,
    read_content,
)

PNG = "iVBORw0KGgoAAAANSUhEUg=="
PDF = "JVBERi0xLjQKJSVFT0Y="
WAV = base64.b64encode(b"RIFF\x24\x00\x00\x00WAVEfmt ").decode()
WEBP = base64.b64encode(b"RIFF\x24\x00\x00\x00WEBPVP8 ").decode()
MARK = {"type": "ephemeral"}

SAME: dict[str, tuple[Any, list[dict[str, Any]]]] = {
    "image by base64": (
        Image(data=PNG, mime_type="image/png"),
        [
            {"type": "image", "base64": PNG, "mime_type": "image/png"},
            {"type": "image", "base64": PNG},  # known by its first bytes
            {"type": "image", "source_type": "base64", "data": PNG, "mime_type": "image/png"},
            {"type": "image", "url": f"data:image/png;base64,{PNG}"},
            {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{PNG}"}},
            {"type": "image_url", "image_url": f"data:image/png;base64,{PNG}"},
            {
                "type": "image",
                "source": {"type": "base64", "media_type": "image/png", "data": PNG},
            },
            {"type": "file", "base64": PNG, "mime_type": "image/png"},
        ],
    ),
    "image by URL": (
        Image(url="https://x.io/a.png"),
        [
            {"type": "image", "url": "https://x.io/a.png"},
            {"type": "image", "source_type": "url", "url": "https://x.io/a.png"},
            {"type": "image_url", "image_url": {"url": "https://x.io/a.png"}},
            {"type": "image", "source": {"type": "url", "url": "https://x.io/a.png"}},
        ],
    ),
    "pdf by base64": (
        File(data=PDF, mime_type="application/pdf", filename="a.pdf"),
        [
            {
                "type": "file",
                "base64": PDF,
                "mime_type": "application/pdf",
                "filename": "a.pdf",
            },
            {"type": "file", "base64": PDF, "extras": {"filename": "a.pdf"}},
            {
                "type": "file",
                "source_type": "base64",
                "data": PDF,
                "mime_type": "application/pdf",
                "metadata": {"filename": "a.pdf"},
            },
            {
                "type": "file",
                "file": {"file_data": f"data:application/pdf;base64,{PDF}", "filename": "a.pdf"},
            },
            {"type": "file", "file": {"file_data": PDF, "filename": "a.pdf"}},
        ],
    ),
    "pdf by URL": (
        File(url="https://x.io/a.pdf"),
        [
            {"type": "file", "url": "https://x.io/a.pdf"},
            {"type": "file", "source_type": "url", "url": "https://x.io/a.pdf"},
            {"type": "file", "file": {"file_data": "https://x.io/a.pdf"}},
            {"type": "document", "source": {"type": "url", "url": "https://x.io/a.pdf"}},
        ],
    ),
    "plain text document": (
        File(text="Hello", mime_type="text/plain"),
        [
            {"type": "text-plain", "text": "Hello", "mime_type": "text/plain"},
            {"type": "file", "source_type": "text", "text": "Hello"},
            {"type": "document", "source": {"type": "text", "data": "Hello"}},
        ],
    ),
    "audio": (
        Audio(data=WAV, mime_type="audio/wav"),
        [
            {"type": "audio", "base64": WAV, "mime_type": "audio/wav"},
            {"type": "audio", "base64": WAV},
            {"type": "audio", "source_type": "base64", "data": WAV, "mime_type": "audio/wav"},
            {"type": "input_audio", "input_audio": {"data": WAV, "format": "wav"}},
            {"type": "file", "base64": WAV, "mime_type": "audio/wav"},
        ],
    ),
    "video by URL": (
        Video(url="https://x.io/a.mp4"),
        [
            {"type": "video", "url": "https://x.io/a.mp4"},
            {"type": "video_url", "video_url": {"url": "https://x.io/a.mp4"}},
            {"type": "video_url", "video_url": "https://x.io/a.mp4"},
        ],
    ),
    "tool call": (
        ToolUse(id="c1", name="add", args={"a": 1}),
        [
            {"type": "tool_call", "id": "c1", "name": "add", "args": {"a": 1}},
            {"type": "tool_use", "id": "c1", "name": "add", "input": {"a": 1}},
            {"type": "tool_call_chunk", "id": "c1", "name": "add", "args": '{"a": 1}'},
            {"type": "function_call", "call_id": "c1", "name": "add", "arguments": '{"a": 1}'},
        ],
    ),
    "reasoning": (
        Thinking("hmm", "sig"),
        [
            {"type": "thinking", "thinking": "hmm", "signature": "sig"},
            {"type": "reasoning", "reasoning": "hmm", "extras": {"signature": "sig"}},
        ],
    ),
    "encrypted reasoning": (
        RedactedThinking("abc"),
        [
            {"type": "redacted_thinking", "data": "abc"},
            {"type": "non_standard", "value": {"type": "redacted_thinking", "data": "abc"}},
        ],
    ),
    "refusal": (
        Text("No."),
        [
            {"type": "refusal", "refusal": "No."},
            {"type": "non_standard", "value": {"type": "refusal", "refusal": "No."}},
        ],
    ),
    "text": (
        Text("Hi"),
        [
            {"type": "text", "text": "Hi"},
            {"type": "text", "text": "Hi", "annotations": [], "id": "lc_1", "index": 0},
            {"type": "output_text", "text": "Hi"},
            {"text": "Hi"},
        ],
    ),
}


@pytest.mark.parametrize(
    ("part", "block"),
    [
        pytest.param(part, block, id=f"{name} {n}")
        for name, (part, blocks) in SAME.items()
        for n, block in enumerate(blocks)
    ],
)
def test_every_dialect_of_a_block_is_the_same_part(part: Any, block: dict[str, Any]) -> None:
    assert read_block(block) == part


@pytest.mark.parametrize(
    ("block", "part"),
    [
        ({"type": "image", "base64": WEBP}, Image(data=WEBP, mime_type="image/webp")),
        ({"type": "image", "file_id": "f1"}, Image(file_id="f1")),
        ({"type": "image", "source_type": "id", "id": "f1"}, Image(file_id="f1")),
        (
            {"type": "image_url", "image_url": {"url": "https://x.io", "detail": "low"}},
            Image(url="https://x.io", detail="low"),
        ),
        (
            {"type": "file", "base64": "aGk=", "mime_type": "text/csv", "filename": "a.csv"},
            File(data="aGk=", mime_type="text/csv", filename="a.csv"),
        ),
        (
            {"type": "file", "base64": "aGk=", "filename": "notes.md"},
            File(data="aGk=", mime_type="text/markdown", filename="notes.md"),
        ),
        (
            {
                "type": "document",
                "source": {"type": "text", "data": "x"},
                "title": "T",
                "citations": {"enabled": True},
            },
            File(
                text="x",
                mime_type="text/plain",
                filename="T",
                extras={"title": "T", "citations": {"enabled": True}},
            ),
        ),
        (
            {"type": "input_audio", "input_audio": {"data": "AA==", "format": "audio/flac"}},
            Audio(data="AA==", mime_type="audio/flac"),
        ),
        ({"type": "audio", "transcript": "Hello"}, Audio(transcript="Hello")),
        (
            {"type": "video", "base64": "AA==", "mime_type": "video/mp4"},
            Video(data="AA==", mime_type="video/mp4"),
        ),
        (
            {"type": "invalid_tool_call", "id": "c", "name": "f", "args": '{"a": '},
            ToolUse(id="c", name="f", args='{"a": '),
        ),
        (
            {
                "type": "tool_call",
                "id": "c",
                "name": "f",
                "args": {},
                "extras": {"extra_content": 7},
            },
            ToolUse(id="c", name="f", args={}, extra_content=7),
        ),
        (
            {"type": "tool_result", "tool_use_id": "c", "content": "3", "is_error": True},
            ToolResult("c", "3", is_error=True),
        ),
        ({"type": "non_standard", "value": {"a": 1}}, Raw({"a": 1}, verbatim=True)),
        ({"type": "search_result", "title": "x"}, Raw({"type": "search_result", "title": "x"})),
        ({"a": 1}, Raw({"a": 1})),
        ("plain", Text("plain")),
    ],
)
def test_blocks_of_one_dialect(block: Any, part: Any) -> None:
    assert read_block(block) == part


@pytest.mark.parametrize(
    "block",
    [
        {"type": "text", "text": "Hi"},
        {"type": "image", "url": "https://x.io/a.png"},
        {"type": "image_url", "image_url": {"url": "https://x.io/a.png"}},
        {"type": "file", "url": "https://x.io/a.pdf"},
        {"type": "file", "file": {"file_data": PDF}},
        {"type": "document", "source": {"type": "text", "data": "x"}},
        {"type": "tool_result", "tool_use_id": "c", "content": "3"},
    ],
)
def test_cache_control_is_kept(block: dict[str, Any]) -> None:
    assert read_block({**block, "cache_control": MARK}).cache_control == MARK  # type: ignore[union-attr]
    assert read_block({**block, "extras": {"cache_control": MARK}}).cache_control == MARK  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("block", "why"),
    [
        ({"type": "text"}, "no text"),
        ({"type": "image"}, "url"),
        ({"type": "image_url", "image_url": {}}, "url"),
        ({"type": "image", "base64": b"\x89PNG"}, "bytes, not base64"),
        ({"type": "image", "url": "data:image/png;base64"}, "no data"),
        ({"type": "file"}, "base64"),
        ({"type": "audio"}, "base64"),
        ({"type": "video"}, "base64"),
        ({"type": "non_standard", "value": "x"}, "dict"),
    ],
)
def test_a_block_without_its_data_is_a_problem_that_says_which(
    block: dict[str, Any], why: str
) -> None:
    with pytest.raises(ContentProblem, match=why) as caught:
        read_content([{"type": "text", "text": "first"}, block])
    assert caught.value.block == 1


def test_content_that_is_a_string_is_one_text() -> None:
    assert read_content("Hi") == [Text("Hi")]


@pytest.mark.parametrize("data", ["not base64!", base64.b64encode(b"\xff\xfe\xff").decode()])
def test_a_text_file_that_is_no_text_is_a_problem(data: str) -> None:
    with pytest.raises(ContentProblem, match="UTF-8"):
        decode_text(data)
