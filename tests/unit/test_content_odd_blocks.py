"""Content blocks with odd habits: where each field may stand, which one counts, what is told."""

from __future__ import annotations

from typing import Any

import pytest
from cases.blocks import (
    GIF,
    PDF,
    PNG,
    URL,
    WAV,
    call,
    document,
    file,
    image,
    openai_file,
    recording,
)
from doors.content import (
    Audio,
    File,
    Image,
    Raw,
    RedactedThinking,
    Text,
    Thinking,
    ToolResult,
    ToolUse,
    Video,
    read_block,
)

MARK = {"type": "ephemeral"}
OTHER = {"type": "other"}
CITED = {"enabled": True}


BLOCKS: dict[str, list[tuple[Any, Any]]] = {
    "texts": [
        ({"text": "a"}, Text("a")),
        ({"text": 5}, Raw({"text": 5})),
        ({"type": "text", "text": "", "cache_control": MARK}, Text("", MARK)),
        ({"type": "text", "text": "a", "metadata": {"cache_control": MARK}}, Text("a", MARK)),
        ({"type": "text", "text": "a", "cache_control": "yes"}, Text("a")),
        ({"type": "text", "text": "a", "extras": "none"}, Text("a")),
        ({"type": "input_text", "text": "a"}, Text("a")),
        ({"type": "refusal"}, Text("")),
        ({"type": "refusal", "refusal": None}, Text("")),
        ({"type": "refusal", "refusal": 5}, Text("5")),
    ],
    "where media are": [
        (image(url=URL), Image(url=URL)),
        (image(base64=PNG, data=GIF), Image(data=PNG, mime_type="image/png")),
        (image(data=PNG), Image(data=PNG, mime_type="image/png")),
        (image(url=URL, data=PNG), Image(url=URL)),
        (image(url=URL, base64=PNG), Image(url=URL, data=PNG, mime_type="image/png")),
        (image(source_type="url", url=URL, data=PNG, base64=PNG), Image(url=URL)),
        (
            image(source_type="base64", url=URL, data=PNG),
            Image(data=PNG, mime_type="image/png"),
        ),
        (
            image(source_type="base64", base64=GIF, data=PNG),
            Image(data=PNG, mime_type="image/png"),
        ),
        (image(source_type="id", id="f1", file_id="f2", url=URL), Image(file_id="f1")),
        (image(id="b1", file_id="f2"), Image(file_id="f2")),
        (image(id="b1", url=URL, file_id=""), Image(url=URL)),
        ({"type": "video", "source_type": "id", "id": "f1"}, Video(file_id="f1")),
    ],
    "types of media": [
        (image(url=URL, mime_type="image/webp"), Image(url=URL, mime_type="image/webp")),
        (image(url=URL, mime_type="image/jpg"), Image(url=URL, mime_type="image/jpeg")),
        (image(url=URL, mime_type=5), Image(url=URL)),
        (image(base64=PNG, mime_type=5), Image(data=PNG, mime_type="image/png")),
        (image(base64="AAAA"), Image(data="AAAA")),
        (
            image(base64=PNG, mime_type="image/webp"),
            Image(data=PNG, mime_type="image/webp"),
        ),
        (
            image(url=f"data:image/gif;base64,{GIF}", mime_type="image/webp"),
            Image(data=GIF, mime_type="image/webp"),
        ),
        (
            image(base64=f"data:image/gif;base64,{GIF}", mime_type="image/webp"),
            Image(data=GIF, mime_type="image/gif"),
        ),
        (file(url="data:;base64,aGk="), File(data="aGk=", mime_type="text/plain")),
    ],
    "images": [
        (image(url=URL, detail="low"), Image(url=URL, detail="low")),
        (image(url=URL, extras={"detail": "low"}), Image(url=URL, detail="low")),
        (image(url=URL, metadata={"detail": "low"}), Image(url=URL, detail="low")),
        (image(url=URL, detail=None, extras={"detail": "low"}), Image(url=URL, detail="low")),
        (image(url=URL, detail="high", extras={"detail": "low"}), Image(url=URL, detail="high")),
        (
            image(url=URL, extras={"detail": "auto"}, metadata={"detail": "low"}),
            Image(url=URL, detail="auto"),
        ),
        ({"type": "image_url", "image_url": URL, "detail": "low"}, Image(url=URL, detail="low")),
        (
            {"type": "image_url", "image_url": {"url": URL, "detail": "high"}, "detail": "low"},
            Image(url=URL, detail="high"),
        ),
        (
            {"type": "image_url", "image_url": {"url": URL}, "cache_control": MARK},
            Image(url=URL, cache_control=MARK),
        ),
        (
            {"type": "image_url", "image_url": {"url": URL, "cache_control": OTHER}},
            Image(url=URL),
        ),
    ],
    "recordings and videos": [
        ({"type": "audio", "extras": {"transcript": "Hi"}}, Audio(transcript="Hi")),
        ({"type": "audio", "id": "a1"}, Audio()),
        (
            {"type": "audio", "url": URL, "transcript": "Hi", "cache_control": MARK},
            Audio(url=URL, transcript="Hi", cache_control=MARK),
        ),
        ({"type": "video", "url": URL, "cache_control": MARK}, Video(url=URL, cache_control=MARK)),
        (
            {"type": "video_url", "video_url": {"url": URL}, "cache_control": MARK},
            Video(url=URL, cache_control=MARK),
        ),
        (
            {"type": "video_url", "video_url": {"url": URL, "mime_type": "video/mp4"}},
            Video(url=URL, mime_type="video/mp4"),
        ),
        (recording(data="AAAA", format="WAV"), Audio(data="AAAA", mime_type="audio/wav")),
        (recording(data="AAAA", format="mp3"), Audio(data="AAAA", mime_type="audio/mpeg")),
        (recording(data="AAAA", format="opus"), Audio(data="AAAA", mime_type="audio/opus")),
        (recording(data="AAAA", format="audio/ogg"), Audio(data="AAAA", mime_type="audio/ogg")),
        (recording(data=WAV), Audio(data=WAV, mime_type="audio/wav")),
        (recording(data="AAAA"), Audio(data="AAAA")),
        (recording(data=URL, format="wav"), Audio(url=URL, mime_type="audio/wav")),
        (
            recording(data="data:audio/ogg;base64,AAAA"),
            Audio(data="AAAA", mime_type="audio/ogg"),
        ),
        (
            {**recording(data="AAAA", format="wav"), "cache_control": MARK},
            Audio(data="AAAA", mime_type="audio/wav", cache_control=MARK),
        ),
    ],
    "names of files": [
        (file(url=URL, filename="a"), File(url=URL, filename="a")),
        (file(url=URL, file_name="a"), File(url=URL, filename="a")),
        (file(url=URL, name="a"), File(url=URL, filename="a")),
        (file(url=URL, filename="a", file_name="b", name="c"), File(url=URL, filename="a")),
        (file(url=URL, file_name="b", name="c"), File(url=URL, filename="b")),
        (file(url=URL, metadata={"name": "c"}), File(url=URL, filename="c")),
        (file(url=URL, filename="a", extras={"filename": "b"}), File(url=URL, filename="a")),
        (openai_file(file_id="f1", filename="a"), File(file_id="f1", filename="a")),
        (openai_file(file_id="f1"), File(file_id="f1")),
        ({**openai_file(file_id="f1"), "filename": "b"}, File(file_id="f1")),
    ],
    "types of files": [
        (
            file(base64="AAAA", filename="a.b.PDF"),
            File(data="AAAA", mime_type="application/pdf", filename="a.b.PDF"),
        ),
        (
            file(url=URL, filename="a.txt"),
            File(url=URL, mime_type="text/plain", filename="a.txt"),
        ),
        (
            file(url=URL, filename="a.md"),
            File(url=URL, mime_type="text/markdown", filename="a.md"),
        ),
        (file(url=URL, filename="a.xyz"), File(url=URL, filename="a.xyz")),
        (
            file(base64=PDF, filename="a.txt"),
            File(data=PDF, mime_type="application/pdf", filename="a.txt"),
        ),
        (
            file(url=URL, mime_type="audio/ogg", cache_control=MARK),
            Audio(url=URL, mime_type="audio/ogg", cache_control=MARK),
        ),
        (
            file(url=URL, mime_type="video/mp4", cache_control=MARK),
            Video(url=URL, mime_type="video/mp4", cache_control=MARK),
        ),
        (
            file(url=URL, mime_type="image/png", cache_control=MARK),
            Image(url=URL, mime_type="image/png", cache_control=MARK),
        ),
        (openai_file(file_data=PDF), File(data=PDF, mime_type="application/pdf")),
        (openai_file(file_data="http://x.io/a"), File(url="http://x.io/a")),
        (openai_file(file_data="HTTPS://x.io/a"), File(url="HTTPS://x.io/a")),
        (openai_file(file_data="https"), File(data="https")),
        (
            {**openai_file(file_data=PDF), "cache_control": MARK, "title": "T"},
            File(data=PDF, mime_type="application/pdf", extras={"title": "T"}, cache_control=MARK),
        ),
    ],
    "plain texts": [
        (
            {"type": "text-plain", "text": "a", "filename": "f", "name": "n", "title": "T"},
            File(text="a", mime_type="text/plain", filename="f", extras={"title": "T"}),
        ),
        (
            {"type": "text-plain", "text": "a", "name": "n", "context": "C", "citations": CITED},
            File(
                text="a",
                mime_type="text/plain",
                filename="n",
                extras={"context": "C", "citations": CITED},
            ),
        ),
        (
            {"type": "text-plain", "text": 5, "mime_type": "text/csv", "cache_control": MARK},
            File(text="5", mime_type="text/plain", cache_control=MARK),
        ),
        (
            {"type": "text-plain", "base64": "aGk="},
            File(data="aGk=", mime_type="text/plain"),
        ),
        (
            {"type": "text-plain", "base64": "aGk=", "mime_type": "text/csv"},
            File(data="aGk=", mime_type="text/csv"),
        ),
        ({"type": "text-plain", "url": URL}, File(url=URL, mime_type="text/plain")),
        (
            file(source_type="text", text="a", metadata={"title": "T"}),
            File(text="a", mime_type="text/plain", extras={"title": "T"}),
        ),
    ],
    "documents of Claude": [
        (
            document({"type": "text", "data": "a", "media_type": "text/csv"}),
            File(text="a", mime_type="text/plain"),
        ),
        (document({"type": "text"}), File(text="", mime_type="text/plain")),
        (
            document({"type": "base64", "media_type": "application/pdf", "data": PDF}),
            File(data=PDF, mime_type="application/pdf"),
        ),
        (document({"type": "base64", "data": PDF}), File(data=PDF, mime_type="application/pdf")),
        (
            document({"type": "url", "url": URL}, title="T", context="C", cache_control=MARK),
            File(
                url=URL,
                filename="T",
                extras={"title": "T", "context": "C"},
                cache_control=MARK,
            ),
        ),
        (
            document({"type": "file", "file_id": "f1"}, filename="F", title="T"),
            File(file_id="f1", filename="F", extras={"title": "T"}),
        ),
        (
            document({"type": "content", "content": []}),
            Raw(document({"type": "content", "content": []})),
        ),
        (document("none"), Raw(document("none"))),
        (image(source={"type": "file", "file_id": "f1"}), Image(file_id="f1")),
        (
            image(source={"type": "url", "url": URL}, title="T", cache_control=MARK),
            Image(url=URL, cache_control=MARK),
        ),
        (
            image(source={"type": "text", "data": "a"}),
            Raw(image(source={"type": "text", "data": "a"})),
        ),
        (
            image(source={"type": "base64", "media_type": "image/gif", "data": "AAAA"}),
            Image(data="AAAA", mime_type="image/gif"),
        ),
    ],
    "reasoning": [
        ({"type": "thinking", "thinking": "a", "reasoning": "b"}, Thinking("a")),
        ({"type": "thinking", "reasoning": "b"}, Thinking("b")),
        ({"type": "thinking", "thinking": "", "reasoning": "b"}, Thinking("")),
        ({"type": "reasoning"}, Thinking("")),
        (
            {"type": "thinking", "thinking": "a", "signature": "s", "format": "anthropic-v1"},
            Thinking("a", "s"),
        ),
        (
            {
                "type": "reasoning",
                "reasoning": "a",
                "extras": {"signature": "s", "format": "google"},
            },
            Thinking("a"),
        ),
        ({"type": "redacted_thinking"}, RedactedThinking("")),
        ({"type": "redacted_thinking", "data": 5}, RedactedThinking("5")),
    ],
    "calls": [
        (call(call_id="c", id="i", name="f", args={}), ToolUse("c", "f", {})),
        (call(call_id=None, id="i", name="f", args={}), ToolUse("i", "f", {})),
        (call(name="f"), ToolUse(None, "f", {})),
        (call(id="c"), ToolUse("c", "", {})),
        (call(id="c", name=5, args=None), ToolUse("c", "5", {})),
        (
            call(id="c", name="f", args={"a": 1}, input={"b": 1}, arguments='{"c": 1}'),
            ToolUse("c", "f", {"a": 1}),
        ),
        (
            call(id="c", name="f", input={"b": 1}, arguments='{"c": 1}'),
            ToolUse("c", "f", {"b": 1}),
        ),
        (call(id="c", name="f", args=[1]), ToolUse("c", "f", {})),
        (call(id="c", name="f", args="[1]"), ToolUse("c", "f", "[1]")),
        (call(id="c", name="f", args='{"a'), ToolUse("c", "f", '{"a')),
        (call(id="c", name="f", args="[" * 9999), ToolUse("c", "f", "[" * 9999)),
        (
            call(id="c", name="f", args={}, extra_content={"x": 1}, cache_control=MARK),
            ToolUse("c", "f", {}, {"x": 1}, MARK),
        ),
    ],
    "results": [
        (
            {"type": "tool_result", "tool_use_id": "u", "tool_call_id": "c", "content": "a"},
            ToolResult("u", "a"),
        ),
        ({"type": "tool_result", "tool_call_id": "c", "content": [1]}, ToolResult("c", [1])),  # type: ignore[list-item]  # as somebody may write it
        ({"type": "tool_result"}, ToolResult("", "")),
        ({"type": "tool_result", "tool_use_id": 5, "content": {}}, ToolResult("5", "")),
        (
            {"type": "tool_result", "tool_use_id": "u", "is_error": 1, "cache_control": MARK},
            ToolResult("u", "", is_error=True, cache_control=MARK),
        ),
    ],
    "wrapped": [
        (
            {"type": "non_standard", "value": {"type": "redacted_thinking", "data": "x"}},
            RedactedThinking("x"),
        ),
        (
            {"type": "non_standard", "value": {"type": "text", "text": "a"}},
            Raw({"type": "text", "text": "a"}, verbatim=True),
        ),
        ({"type": "unheard of", "a": 1}, Raw({"type": "unheard of", "a": 1})),
    ],
}


@pytest.mark.parametrize(
    ("block", "part"),
    [
        pytest.param(block, part, id=f"{name} {number}")
        for name, rows in BLOCKS.items()
        for number, (block, part) in enumerate(rows)
    ],
)
def test_each_field_of_a_block_counts_where_it_may_stand(block: Any, part: Any) -> None:
    read = read_block(block)
    assert (type(read), read) == (type(part), part)
