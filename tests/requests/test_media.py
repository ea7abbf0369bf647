"""Images, files, recordings and videos of a user turn, in every form that people write them in."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest
import sent
from sent import Json, part, text, turns, user

NO_DOCUMENTS = "claude-3-5-sonnet-latest"
GIF = base64.b64encode(b"GIF89a" + bytes(30)).decode()
PDF_DATA = f"data:application/pdf;base64,{sent.PDF}"
MARKED = {"cache_control": sent.MARK}
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
URL_SOURCE = {"type": "url", "url": sent.URL}
PDF_SOURCE = base64_source(sent.PDF, "application/pdf")
NAMED = {"filename": "a.pdf"}
PNG_DATA = f"data:image/png;base64,{sent.PNG}"
PDF_TYPE = "application/pdf"


def block(kind: str, **members: Any) -> Json:
    return {"type": kind, **members}


Same = tuple[list[Json], Json, Json, Json]
SAME: dict[str, Same] = {
    # forms, on chat/completions, in Claude's words, on /responses
    "an image": (
        [
            *(sent.IMAGE, sent.IMAGE_URL, sent.CLAUDE_IMAGE),
            block("image", mime_type="IMAGE/PNG", base64=sent.PNG),
            block("image", source_type="base64", data=sent.PNG, mime_type="image/png"),
            block("image", url=f"DATA:image/png;BASE64,{sent.PNG}"),
            *(block("image_url", image_url=PNG_DATA), block("input_image", image_url=PNG_DATA)),
            block("file", base64=sent.PNG, mime_type="image/png"),
            block("file", url=PNG_DATA),
        ],
        *(sent.IMAGE_URL, sent.CLAUDE_IMAGE, sent.INPUT_IMAGE),
    ),
    "an image by URL": (
        [
            *(block("image", url=sent.URL), block("image", source_type="url", url=sent.URL)),
            *(image_url(sent.URL), block("image", source=URL_SOURCE)),
            block("input_image", image_url=sent.URL),
        ],
        image_url(sent.URL),
        block("image", source=URL_SOURCE),
        block("input_image", image_url=sent.URL, detail="auto"),
    ),
    "a PDF": (
        [
            block("file", base64=sent.PDF, mime_type=PDF_TYPE, **NAMED),
            block("file", base64=sent.PDF, mime_type="application/x-pdf", **NAMED),
            block("file", base64=sent.PDF, mime_type=PDF_TYPE, extras=NAMED),
            block("file", source_type="base64", data=sent.PDF, mime_type=PDF_TYPE, **NAMED),
            block("file", file={"file_data": PDF_DATA, **NAMED}),
            block("input_file", file_data=PDF_DATA, **NAMED),
            document(PDF_SOURCE, title="a.pdf"),
        ],
        chat_file(PDF_DATA, "a.pdf"),
        document(PDF_SOURCE, title="a.pdf"),
        block("input_file", filename="a.pdf", file_data=PDF_DATA),
    ),
    "a PDF by URL": (
        [
            *(block("file", url=sent.URL), block("file", source_type="url", url=sent.URL)),
            *(block("file", file={"file_data": sent.URL}), block("input_file", file_url=sent.URL)),
            document(URL_SOURCE),
        ],
        *(chat_file(sent.URL), document(URL_SOURCE), block("input_file", file_url=sent.URL)),
    ),
    "a text file": (
        [
            block("text-plain", text="hi", mime_type="text/plain"),
            block("text-plain", base64="aGk=", mime_type="text/plain"),
            block("file", base64="aGk=", mime_type="text/csv"),
            block("file", url="data:text/plain;base64,aGk="),
            block("file", url="data:,h%69"),
            block("file", url="data:text/html;charset=utf-8,hi"),
            document({"type": "text", "data": "hi"}),
        ],
        *(text("hi"), document(plain_source("hi")), block("input_text", text="hi")),
    ),
    "a text": (
        [
            *(text("hi"), text("hi", annotations=[], id="lc_1", index=0), {"text": "hi"}),
            *(block("input_text", text="hi"), block("output_text", text="hi")),
            block("audio", transcript="hi"),
        ],
        *(text("hi"), text("hi"), block("input_text", text="hi")),
    ),
}


@pytest.mark.parametrize("name", SAME)
def test_every_form_of_a_block_is_sent_as_the_same_part(name: str) -> None:
    forms, chat, claude, responses = SAME[name]
    for form in forms:
        assert part(sent.UNKNOWN, form) == chat, form
        if form.get("type") != "audio":  # which would take the turn to the other schema
            assert part("messages", form) == claude, form
        assert part("responses", form) == responses, form


GIF_URL = f"data:image/gif;base64,{GIF}"
JPEG = {"type": "image", "base64": "/9j/", "mime_type": "image/jpg"}
DETAILS: list[tuple[Json, Json]] = [
    # a block that says something of its own, and the image on chat/completions
    ({**image_url(sent.URL), "detail": "low"}, {"url": sent.URL, "detail": "low"}),
    ({"type": "image_url", "image_url": {"url": sent.URL, "detail": "high"}, "detail": "low"},
     {"url": sent.URL, "detail": "high"}),
    ({"type": "image", "url": sent.URL, "extras": {"detail": "low"}},
     {"url": sent.URL, "detail": "low"}),
    ({"type": "image", "url": sent.URL, "detail": "high", "extras": {"detail": "low"}},
     {"url": sent.URL, "detail": "high"}),
    ({"type": "image", "url": GIF_URL, "mime_type": "image/webp"}, {"url": GIF_URL}),
    (JPEG, {"url": "data:image/jpeg;base64,/9j/"}),  # an alias of a type
]  # fmt: skip


RECORDINGS: list[tuple[Json, Json]] = [
    ({"type": "audio", "base64": sent.WAV, "mime_type": "audio/x-wav"}, sound(sent.WAV)),
    ({"type": "audio", "base64": "AA==", "mime_type": "audio/mpeg"}, sound("AA==", "mp3")),
    ({"type": "audio", "url": sent.URL, "mime_type": "audio/mpeg"}, sound(sent.URL, "mp3")),
    ({"type": "file", "base64": sent.WAV, "mime_type": "audio/wav"}, sound(sent.WAV)),
    (sound("AAAA", "opus"), sound("AAAA", "audio/opus")),
    (sound("AAAA", "audio/x-wav"), sound("AAAA")),
    (sound("data:audio/ogg;base64,AAAA", ""), sound("AAAA", "audio/ogg")),
    ({"type": "audio", "url": sent.URL, "transcript": "Hi", **MARKED}, sound(sent.URL, **MARKED)),
    ({"type": "video", "url": sent.URL}, video_url(sent.URL)),
    ({"type": "video", "base64": "AA=="}, video_url("data:video/mp4;base64,AA==")),
    (
        {"type": "file", "url": sent.URL, "mime_type": "video/mp4", **MARKED},
        video_url(sent.URL, **MARKED),
    ),
]


BYTES = {
    b"ID3\x04\x00\x00": "mp3",
    b"\xff\xfb\x90\x64\x00\x00": "mp3",
    b"\xff\xf3\x40\xc4\x00\x00": "mp3",
    b"\xff\xf1\x50\x80\x00\x00": "audio/aac",
    b"RIFF\x24\x00\x00\x00WAVEfmt ": "wav",
    b"OggS\x00\x02\x00\x00": "audio/ogg",
    b"fLaC\x00\x00\x00\x22": "audio/flac",
    b"\x89PNG\r\n\x1a\n": "image/png",
    b"\xff\xd8\xff\xe0": "image/jpeg",
    b"GIF89a": "image/gif",
    b"RIFF\x24\x00\x00\x00WEBPVP8 ": "image/webp",
    b"%PDF-1.4": "application/pdf",
    b"RIFF\x24\x00\x00\x00AVI ": "application/pdf",  # nothing told, so what a file is mostly
    b"?": "application/pdf",
}


@pytest.mark.parametrize(("start", "form"), BYTES.items())
def test_a_file_without_a_type_is_told_by_its_first_bytes(start: bytes, form: str) -> None:
    data = base64.b64encode(start + bytes(30)).decode()
    file = {"type": "file", "file": {"file_data": data}}
    if form.startswith(("image/", "application/")):
        assert part("claude", file)["source"] == base64_source(data, form)
    else:
        assert part(sent.UNKNOWN, file) == sound(data, form)
        assert part(sent.UNKNOWN, {"type": "audio", "base64": data}) == sound(data, form)


BY_ID = {"type": "file", "file": {"file_id": "f"}}
FILES: list[tuple[Json, Json]] = [
    # names and types of files; on chat/completions
    ({"url": sent.URL, "filename": "a", "name": "c"}, chat_file(sent.URL, "a")),
    ({"url": sent.URL, "file_name": "b", "name": "c"}, chat_file(sent.URL, "b")),
    ({"url": sent.URL, "name": "c"}, chat_file(sent.URL, "c")),
    ({"url": sent.URL, "metadata": {"name": "c"}}, chat_file(sent.URL, "c")),
    ({"file": {"file_data": sent.PDF}, "filename": "b"}, chat_file(PDF_DATA, "b")),
    ({"file": {"file_data": "HTTPS://x.io/a"}}, chat_file("HTTPS://x.io/a")),
    (
        {"file": {"file_data": "AAAA", "filename": "b.PDF"}},
        chat_file("data:application/pdf;base64,AAAA", "b.PDF"),
    ),
    ({"file": {"file_data": "aGk=", "filename": "a.b.TXT"}}, text("hi")),
    ({"file": {"file_id": "f"}}, BY_ID),
    ({"file_id": "f"}, BY_ID),
    ({"type": "input_file", "file_id": "f"}, BY_ID),
    ({"source_type": "id", "id": "f"}, BY_ID),
]


def test_a_block_is_sent_with_all_that_it_says() -> None:
    images = [(given, block("image_url", image_url=image)) for given, image in DETAILS]
    files = [(block("file") | members, written) for members, written in FILES]
    for given, written in (*images, *RECORDINGS, *files):
        assert part(sent.UNKNOWN, given) == written, given


def test_the_id_of_an_upload_goes_to_responses() -> None:
    image = {"type": "input_image", "file_id": "f", "detail": "auto"}
    assert part("responses", {"type": "input_image", "file_id": "f"}) == image
    low = {"type": "image", "file_id": "f", "detail": "low"}
    assert part("responses", low) == {**image, "detail": "low"}
    upload = {"type": "input_file", "file_id": "f"}
    assert part("responses", upload) == upload


CSV = {"type": "text-plain", "text": "a", "mime_type": "text/csv", "name": "n", **MARKED}
BLOCKS = document({"type": "content", "content": [text("a")]}, title="T")
FOUND = {"type": "search_result", "title": "x"}
CLAUDES: list[tuple[str, Json, Json]] = [
    # what Claude's words have beyond the others', by the model
    (sent.OLD_CLAUDE, {**sent.IMAGE, **MARKED}, {**sent.CLAUDE_IMAGE, **MARKED}),
    (sent.OLD_CLAUDE, document(PDF_SOURCE, **CITED), document(PDF_SOURCE)),  # no further keys there
    (sent.NEW_CLAUDE, document(PDF_SOURCE, **CITED), document(PDF_SOURCE, **CITED)),
    (sent.NEW_CLAUDE, CSV, document(plain_source("a"), title="n", **MARKED)),
    (
        sent.NEW_CLAUDE,
        {"type": "file", "url": sent.URL, "extras": CITED},
        document(URL_SOURCE, **CITED),
    ),
    (sent.NEW_CLAUDE, BLOCKS, BLOCKS),
    (sent.NEW_CLAUDE, FOUND, FOUND),
    (NO_DOCUMENTS, {"type": "text-plain", "text": "a", **MARKED}, text("a", **MARKED)),
    (sent.OLD_CLAUDE, text("a", **MARKED), text("a", **MARKED)),
    (sent.OLD_CLAUDE, text("a", extras=MARKED), text("a", **MARKED)),
    (sent.OLD_CLAUDE, text("a", metadata=MARKED), text("a", **MARKED)),
    (sent.OLD_CLAUDE, text("a", cache_control="yes"), text("a")),
    ("claude-of-next-year", {"type": "own", "x": 1}, {"type": "own", "x": 1}),
]


def test_claude_gets_what_its_documents_have() -> None:
    for model, given, written in CLAUDES:
        assert part(model, given, endpoint="chat/completions") == written, given


MARKABLE: list[Json] = [
    *(text("Hi"), sent.IMAGE_URL, sent.IMAGE, document({"type": "text", "data": "x"})),
    *(block("file", url=sent.URL), block("file", base64="aGk=", mime_type="text/plain")),
    *(block("file", file={"file_data": sent.PDF}), block("text-plain", text="a")),
]


def test_a_cache_mark_stays_on_its_block() -> None:
    for given in MARKABLE:
        for route in (sent.UNKNOWN, "messages"):
            assert part(route, {**given, **MARKED})["cache_control"] == sent.MARK, given
            assert "cache_control" not in part(route, given)
        assert "cache_control" not in json.dumps(part("responses", {**given, **MARKED}))


# --- /messages
@pytest.mark.parametrize("model", ["anthropic/claude-3-haiku", sent.NEW_CLAUDE])
def test_messages_takes_urls_and_many_blocks_whatever_the_age_of_the_model(model: str) -> None:
    many = [text(str(n)) for n in range(8)]
    blocks = [*many, {"type": "image", "url": sent.URL}, {"type": "file", "url": sent.URL}]
    (turn,) = turns(model, user(*blocks), endpoint="messages")
    image = {"type": "image", "source": URL_SOURCE}
    assert turn["content"] == [*many, image, document(URL_SOURCE)]
