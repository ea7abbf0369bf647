"""Images, files, recordings and videos of a user turn, in every form that people write them in."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest
from sent import (
    CLAUDE_IMAGE,
    GPT,
    IMAGE,
    IMAGE_URL,
    INPUT_IMAGE,
    MARK,
    NEW_CLAUDE,
    OLD_CLAUDE,
    PDF,
    PNG,
    UNKNOWN,
    URL,
    WAV,
    Json,
    Service,
    part,
    text,
    turns,
    user,
)

NO_DOCUMENTS = "claude-3-5-sonnet-latest"
GIF = base64.b64encode(b"GIF89a" + bytes(30)).decode()
PDF_DATA = f"data:application/pdf;base64,{PDF}"
MARKED = {"cache_control": MARK}
CITED = {"title": "T", "context": "C", "citations": {"enabled": True}}


def document(source: Any, **more: Any) -> Json:
    return {"type": "document", "source": source, **more}


def base64_source(data: str, mime: str) -> Json:
    return {"type": "base64", "media_type": mime, "data": data}


def plain_source(words: str) -> Json:
    return {"type": "text", "media_type": "text/plain", "data": words}


def chat_file(file_data: str, filename: str = "document.pdf", **more: Any) -> Json:
    return {"type": "file", "file": {"filename": filename, "file_data": file_data}, **more}


def image_url(url: str, **more: Any) -> Json:
    return {"type": "image_url", "image_url": {"url": url}, **more}


def sound(data: str, form: str = "wav", **more: Any) -> Json:
    return {"type": "input_audio", "input_audio": {"data": data, "format": form}, **more}


def video_url(url: str, **more: Any) -> Json:
    return {"type": "video_url", "video_url": {"url": url}, **more}


# --- one thing, in each form that it is written in, on each endpoint
URL_SOURCE = {"type": "url", "url": URL}
PDF_SOURCE = base64_source(PDF, "application/pdf")
NAMED = {"filename": "a.pdf"}
SAME: dict[str, tuple[list[Json], Json, Json, Json]] = {
    # forms, on chat/completions, in Claude's words, on /responses
    "an image": (
        [
            IMAGE,
            {"type": "image", "mime_type": "IMAGE/PNG", "base64": PNG},
            {"type": "image", "source_type": "base64", "data": PNG, "mime_type": "image/png"},
            {"type": "image", "url": f"data:image/png;base64,{PNG}"},
            {"type": "image", "url": f"DATA:image/png;BASE64,{PNG}"},
            IMAGE_URL,
            {"type": "image_url", "image_url": f"data:image/png;base64,{PNG}"},
            CLAUDE_IMAGE,
            {"type": "input_image", "image_url": f"data:image/png;base64,{PNG}"},
            {"type": "file", "base64": PNG, "mime_type": "image/png"},
            {"type": "file", "url": f"Data:image/png;base64,{PNG}"},
        ],
        IMAGE_URL,
        CLAUDE_IMAGE,
        INPUT_IMAGE,
    ),
    "an image by URL": (
        [
            {"type": "image", "url": URL},
            {"type": "image", "source_type": "url", "url": URL},
            image_url(URL),
            {"type": "image", "source": URL_SOURCE},
            {"type": "input_image", "image_url": URL},
        ],
        image_url(URL),
        {"type": "image", "source": URL_SOURCE},
        {"type": "input_image", "image_url": URL, "detail": "auto"},
    ),
    "a PDF": (
        [
            {"type": "file", "base64": PDF, "mime_type": "application/pdf", **NAMED},
            {"type": "file", "base64": PDF, "mime_type": "application/x-pdf", **NAMED},
            {"type": "file", "base64": PDF, "mime_type": "application/pdf", "extras": NAMED},
            {
                "type": "file",
                "source_type": "base64",
                "data": PDF,
                "mime_type": "application/pdf",
                "filename": "a.pdf",
            },
            {"type": "file", "file": {"file_data": PDF_DATA, **NAMED}},
            {"type": "input_file", "file_data": PDF_DATA, **NAMED},
            document(PDF_SOURCE, title="a.pdf"),
        ],
        chat_file(PDF_DATA, "a.pdf"),
        document(PDF_SOURCE, title="a.pdf"),
        {"type": "input_file", "filename": "a.pdf", "file_data": PDF_DATA},
    ),
    "a PDF by URL": (
        [
            {"type": "file", "url": URL},
            {"type": "file", "source_type": "url", "url": URL},
            {"type": "file", "file": {"file_data": URL}},
            {"type": "input_file", "file_url": URL},
            document(URL_SOURCE),
        ],
        chat_file(URL),
        document(URL_SOURCE),
        {"type": "input_file", "file_url": URL},
    ),
    "a text file": (
        [
            {"type": "text-plain", "text": "hi", "mime_type": "text/plain"},
            {"type": "text-plain", "base64": "aGk=", "mime_type": "text/plain"},
            {"type": "file", "base64": "aGk=", "mime_type": "text/csv"},
            {"type": "file", "url": "data:text/plain;base64,aGk="},
            {"type": "file", "url": "data:,h%69"},
            {"type": "file", "url": "data:text/html;charset=utf-8,hi"},
            document({"type": "text", "data": "hi"}),
        ],
        text("hi"),
        document(plain_source("hi")),
        {"type": "input_text", "text": "hi"},
    ),
    "a text": (
        [
            text("hi"),
            text("hi", annotations=[], id="lc_1", index=0),
            {"text": "hi"},
            {"type": "input_text", "text": "hi"},
            {"type": "output_text", "text": "hi"},
            {"type": "audio", "transcript": "hi"},
        ],
        text("hi"),
        text("hi"),
        {"type": "input_text", "text": "hi"},
    ),
}


@pytest.mark.parametrize("name", SAME)
def test_every_form_of_a_block_is_sent_as_the_same_part(name: str) -> None:
    forms, chat, claude, responses = SAME[name]
    for form in forms:
        assert part(UNKNOWN, form) == chat, form
        if form.get("type") != "audio":  # which would take the turn to the other schema
            assert part("messages", form) == claude, form
        assert part("responses", form) == responses, form


FORMS: dict[str, tuple[Json, Json]] = {
    # blocks of which each says something of its own, and what they are on chat/completions
    "detail": (image_url(URL, detail="low"), {"url": URL, "detail": "low"}),
    "a detail of the image": (
        {"type": "image_url", "image_url": {"url": URL, "detail": "high"}, "detail": "low"},
        {"url": URL, "detail": "high"},
    ),
    "a detail among the extras": (
        {"type": "image", "url": URL, "extras": {"detail": "low"}},
        {"url": URL, "detail": "low"},
    ),
    "the block before its extras": (
        {"type": "image", "url": URL, "detail": "high", "extras": {"detail": "low"}},
        {"url": URL, "detail": "high"},
    ),
    "a type beside a data URL": (
        {"type": "image", "url": f"data:image/gif;base64,{GIF}", "mime_type": "image/webp"},
        {"url": f"data:image/webp;base64,{GIF}"},
    ),
    "an alias of a type": (
        {"type": "image", "base64": "/9j/", "mime_type": "image/jpg"},
        {"url": "data:image/jpeg;base64,/9j/"},
    ),
}


def test_what_an_image_says_of_itself_is_sent() -> None:
    for name, (block, image) in FORMS.items():
        assert part(UNKNOWN, block) == {"type": "image_url", "image_url": image}, name


RECORDINGS: list[tuple[Json, Json]] = [
    ({"type": "audio", "base64": WAV, "mime_type": "audio/x-wav"}, sound(WAV)),
    ({"type": "audio", "base64": "AA==", "mime_type": "audio/mpeg"}, sound("AA==", "mp3")),
    ({"type": "audio", "base64": "AA==", "mime_type": "audio/flac"}, sound("AA==", "audio/flac")),
    ({"type": "audio", "url": URL, "mime_type": "audio/mpeg"}, sound(URL, "mp3")),
    ({"type": "file", "base64": WAV, "mime_type": "audio/wav"}, sound(WAV)),
    (sound(WAV), sound(WAV)),
    (sound("AAAA", "opus"), sound("AAAA", "audio/opus")),
    (sound("AAAA", "audio/ogg"), sound("AAAA", "audio/ogg")),
    (sound("AAAA", "audio/x-wav"), sound("AAAA")),
    (sound("data:audio/ogg;base64,AAAA", ""), sound("AAAA", "audio/ogg")),
    (sound(URL, "mp3"), sound(URL, "mp3")),
    (sound(URL, **MARKED), sound(URL, **MARKED)),
    ({"type": "audio", "url": URL, "transcript": "Hi", **MARKED}, sound(URL, **MARKED)),
    ({"type": "video", "url": URL}, video_url(URL)),
    (
        {"type": "video", "base64": "AA==", "mime_type": "video/webm"},
        video_url("data:video/webm;base64,AA=="),
    ),
    ({"type": "video", "base64": "AA=="}, video_url("data:video/mp4;base64,AA==")),
    (video_url(URL, **MARKED), video_url(URL, **MARKED)),
    ({"type": "file", "url": URL, "mime_type": "video/mp4", **MARKED}, video_url(URL, **MARKED)),
]


def test_a_recording_or_a_video_is_sent() -> None:
    for block, written in RECORDINGS:
        assert part(UNKNOWN, block) == written, block


def test_recordings_and_videos_go_where_they_are_documented() -> None:
    assert part("gpt-4o-audio-preview", {"type": "audio", "base64": WAV}) == sound(WAV)
    assert part("google/gemini-3-5-flash", {"type": "video", "url": URL}) == video_url(URL)


@pytest.mark.parametrize(
    ("start", "form"),
    [
        (b"ID3\x04\x00\x00", "mp3"),
        (b"\xff\xfb\x90\x64\x00\x00", "mp3"),
        (b"\xff\xf3\x40\xc4\x00\x00", "mp3"),
        (b"\xff\xf1\x50\x80\x00\x00", "audio/aac"),
        (b"RIFF\x24\x00\x00\x00WAVEfmt ", "wav"),
        (b"OggS\x00\x02\x00\x00", "audio/ogg"),
        (b"fLaC\x00\x00\x00\x22", "audio/flac"),
    ],
)
def test_a_recording_without_a_type_is_told_by_its_first_bytes(start: bytes, form: str) -> None:
    data = base64.b64encode(start + bytes(30)).decode()
    assert part(UNKNOWN, {"type": "audio", "base64": data}) == sound(data, form)
    assert part(UNKNOWN, {"type": "file", "file": {"file_data": data}}) == sound(data, form)


@pytest.mark.parametrize(
    ("start", "mime"),
    [
        (b"\x89PNG\r\n\x1a\n", "image/png"),
        (b"\xff\xd8\xff\xe0", "image/jpeg"),
        (b"GIF89a", "image/gif"),
        (b"RIFF\x24\x00\x00\x00WEBPVP8 ", "image/webp"),
        (b"%PDF-1.4", "application/pdf"),
        (b"RIFF\x24\x00\x00\x00AVI ", "application/pdf"),  # nothing told, so what a file is mostly
        (b"?", "application/pdf"),
    ],
)
def test_a_file_without_a_type_is_told_by_its_first_bytes(start: bytes, mime: str) -> None:
    data = base64.b64encode(start + bytes(30)).decode()
    source = part("claude", {"type": "file", "file": {"file_data": data}})["source"]
    assert source == {"type": "base64", "media_type": mime, "data": data}


FILES: list[tuple[Json, Json]] = [
    # names and types of files; on chat/completions
    ({"type": "file", "url": URL, "filename": "a", "name": "c"}, chat_file(URL, "a")),
    ({"type": "file", "url": URL, "file_name": "b", "name": "c"}, chat_file(URL, "b")),
    ({"type": "file", "url": URL, "name": "c"}, chat_file(URL, "c")),
    ({"type": "file", "url": URL, "metadata": {"name": "c"}}, chat_file(URL, "c")),
    ({"type": "file", "file": {"file_data": PDF, **NAMED}}, chat_file(PDF_DATA, "a.pdf")),
    (
        {"type": "file", "file": {"file_data": PDF}, "filename": "b"},
        chat_file(PDF_DATA),  # OpenAI's form has the name inside
    ),
    ({"type": "file", "file": {"file_data": "HTTPS://x.io/a"}}, chat_file("HTTPS://x.io/a")),
    (
        {"type": "file", "file": {"file_data": "AAAA", "filename": "b.PDF"}},
        chat_file("data:application/pdf;base64,AAAA", "b.PDF"),
    ),
    ({"type": "file", "file": {"file_data": "aGk=", "filename": "a.b.TXT"}}, text("hi")),
    ({"type": "file", "file": {"file_data": "aGk=", "filename": "a.md"}}, text("hi")),
    ({"type": "file", "file": {"file_id": "f"}}, {"type": "file", "file": {"file_id": "f"}}),
    ({"type": "file", "file_id": "f"}, {"type": "file", "file": {"file_id": "f"}}),
    ({"type": "input_file", "file_id": "f"}, {"type": "file", "file": {"file_id": "f"}}),
    (
        {"type": "file", "source_type": "id", "id": "f"},
        {"type": "file", "file": {"file_id": "f"}},
    ),
]


def test_a_file_has_its_name_and_its_type() -> None:
    for block, written in FILES:
        assert part(UNKNOWN, block) == written, block


def test_the_id_of_an_upload_goes_to_responses() -> None:
    assert part("responses", {"type": "input_image", "file_id": "f"}) == {
        "type": "input_image",
        "file_id": "f",
        "detail": "auto",
    }
    upload = {"type": "input_file", "file_id": "f"}
    assert part("responses", upload) == upload
    assert part("responses", {"type": "image", "file_id": "f", "detail": "low"})["detail"] == "low"


CLAUDES: list[tuple[str, Json, Json]] = [
    # what Claude's words have beyond the others', by the model
    (OLD_CLAUDE, {**IMAGE, **MARKED}, {**CLAUDE_IMAGE, **MARKED}),
    (OLD_CLAUDE, document(PDF_SOURCE, **CITED), document(PDF_SOURCE)),  # no further keys there
    (NEW_CLAUDE, document(PDF_SOURCE, **CITED), document(PDF_SOURCE, **CITED)),
    (NEW_CLAUDE, document(URL_SOURCE, **CITED, **MARKED), document(URL_SOURCE, **CITED, **MARKED)),
    (
        NEW_CLAUDE,
        {"type": "text-plain", "text": "a", "mime_type": "text/csv", "name": "n", **MARKED},
        document(plain_source("a"), title="n", **MARKED),
    ),
    (
        NEW_CLAUDE,
        {"type": "file", "url": URL, "filename": "n", "extras": CITED},
        document(URL_SOURCE, **CITED),
    ),
    (
        NEW_CLAUDE,
        document({"type": "content", "content": [text("a")]}, title="T"),
        document({"type": "content", "content": [text("a")]}, title="T"),
    ),
    (NEW_CLAUDE, {"type": "search_result", "title": "x"}, {"type": "search_result", "title": "x"}),
    (NO_DOCUMENTS, {"type": "text-plain", "text": "a", **MARKED}, text("a", **MARKED)),
    (OLD_CLAUDE, text("a", **MARKED), text("a", **MARKED)),
    (OLD_CLAUDE, text("a", extras=MARKED), text("a", **MARKED)),
    (OLD_CLAUDE, text("a", metadata=MARKED), text("a", **MARKED)),
    (OLD_CLAUDE, text("a", cache_control="yes"), text("a")),
    ("claude-of-next-year", {"type": "own", "x": 1}, {"type": "own", "x": 1}),
]


@pytest.mark.parametrize(("model", "block", "written"), CLAUDES)
def test_claude_gets_what_its_documents_have(model: str, block: Json, written: Json) -> None:
    assert part(model, block, endpoint="chat/completions") == written


MARKABLE: list[Json] = [
    text("Hi"),
    IMAGE_URL,
    IMAGE,
    CLAUDE_IMAGE,
    {"type": "file", "url": URL},
    {"type": "file", "base64": "aGk=", "mime_type": "text/plain"},
    {"type": "file", "file": {"file_data": PDF}},
    {"type": "text-plain", "text": "a"},
    document({"type": "text", "data": "x"}),
    {"type": "file", "base64": PNG, "mime_type": "image/png"},
]


def test_a_cache_mark_stays_on_its_block() -> None:
    for block in MARKABLE:
        for route in (UNKNOWN, "messages"):
            assert part(route, {**block, **MARKED})["cache_control"] == MARK, block
            assert "cache_control" not in part(route, block)
        assert "cache_control" not in json.dumps(part("responses", {**block, **MARKED}))


# --- /messages
@pytest.mark.parametrize(
    "model", ["anthropic/claude-3-haiku", "anthropic/claude-sonnet-4", NEW_CLAUDE]
)
def test_messages_takes_urls_and_many_blocks_whatever_the_age_of_the_model(model: str) -> None:
    many = [text(str(n)) for n in range(8)]
    blocks = [*many, {"type": "image", "url": URL}, {"type": "file", "url": URL}]
    (turn,) = turns(model, user(*blocks), endpoint="messages")
    assert turn["content"] == [
        *many,
        {"type": "image", "source": URL_SOURCE},
        document(URL_SOURCE),
    ]


# --- what they count as
DATA = "QUJD" * 100_000
HEAVY: list[Json] = [
    {"type": "image", "base64": DATA, "mime_type": "image/png"},
    {"type": "input_image", "image_url": f"data:image/png;base64,{DATA}"},
    {"type": "input_file", "file_data": f"data:application/pdf;base64,{DATA}"},
    {"type": "file", "file": {"file_data": f"data:application/pdf;base64,{DATA}"}},
    {"type": "mystery", "data": DATA},
]


def test_a_picture_or_a_file_counts_as_a_flat_price() -> None:
    model = Service().model(GPT)
    for block in HEAVY:
        nested = {"type": "tool_result", "tool_use_id": "c", "content": [block]}
        for given in (block, nested):
            assert 50 < model.get_num_tokens_from_messages([user(given)]) < 2_000, block["type"]
