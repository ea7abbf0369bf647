"""Images, files and recordings as `ChatAIMLAPI` sends them: their types, their marks."""

from __future__ import annotations

import base64
from typing import Any

import pytest
from cases.sending import Sending, sent, turns_sent
from langchain_core.messages import AIMessage, HumanMessage, ToolMessage

from langchain_aimlapi.batches import batch_create
from langchain_aimlapi.errors import UnsupportedContentError

OLD = "claude-sonnet-4"
NEW = "anthropic/claude-sonnet-5"
UNDOCUMENTED = "vendor/model-of-next-year"
PDF = "JVBERi0xLjQ="
PNG = "iVBORw0KGgo="
MARK = {"type": "ephemeral"}


def shown(block: dict[str, Any], model: str) -> Any:
    """Return the part that a block of a user turn is sent as."""
    return turns_sent([HumanMessage([block])], model)[0]["content"][0]


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("data:text/plain;base64,aGk=", "hi"),
        ("data:,hi%20there", "hi there"),
        ("data:text/html;charset=utf-8,<b>", "<b>"),
        ("data:TEXT/PLAIN;charset=utf-8;BASE64,aGk=", "hi"),
        ("DATA:text/plain;base64,aGk=", "hi"),
    ],
)
def test_a_text_in_a_data_url_is_sent_as_text(url: str, words: str) -> None:
    part = shown({"type": "file", "url": url}, UNDOCUMENTED)
    assert part == {"type": "text", "text": words}
    source = {"type": "text", "media_type": "text/plain", "data": words}
    assert shown({"type": "file", "url": url}, OLD) == {"type": "document", "source": source}


@pytest.mark.parametrize("scheme", ["data", "DATA", "Data"])
@pytest.mark.parametrize("key", ["url", "base64", "data"])
def test_the_scheme_of_a_data_url_may_be_in_capitals(scheme: str, key: str) -> None:
    part = shown({"type": "file", key: f"{scheme}:image/png;base64,{PNG}"}, OLD)
    assert part["source"] == {"type": "base64", "media_type": "image/png", "data": PNG}


@pytest.mark.parametrize("scheme", ["data", "DATA"])
def test_a_pdf_as_openai_writes_it_may_be_a_data_url(scheme: str) -> None:
    block = {"type": "file", "file": {"file_data": f"{scheme}:application/pdf;base64,{PDF}"}}
    source = {"type": "base64", "media_type": "application/pdf", "data": PDF}
    assert shown(block, OLD)["source"] == source


def test_a_data_url_without_data_is_refused() -> None:
    with pytest.raises(UnsupportedContentError, match="its data URL has no data"):
        shown({"type": "image", "url": "data:image/png;base64"}, OLD)


@pytest.mark.parametrize(
    ("start", "audio"),
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
def test_a_recording_without_a_type_is_told_by_its_first_bytes(start: bytes, audio: str) -> None:
    data = base64.b64encode(start + bytes(30)).decode()
    for kind in ("audio", "file"):
        part = shown({"type": kind, "base64": data}, UNDOCUMENTED)
        assert part["input_audio"] == {"data": data, "format": audio}


@pytest.mark.parametrize(
    ("start", "mime"),
    [
        (b"\x89PNG\r\n\x1a\n", "image/png"),
        (b"\xff\xd8\xff\xe0", "image/jpeg"),
        (b"GIF89a", "image/gif"),
        (b"RIFF\x24\x00\x00\x00WEBPVP8 ", "image/webp"),
    ],
)
def test_an_image_without_a_type_is_told_by_its_first_bytes(start: bytes, mime: str) -> None:
    data = base64.b64encode(start + bytes(30)).decode()
    assert shown({"type": "file", "base64": data}, OLD)["source"]["media_type"] == mime


def test_bytes_that_tell_nothing_are_what_the_block_says() -> None:
    for data in ("AAAA", "UklGR", "UklGRiQAAABBVkkg"):
        source = shown({"type": "file", "base64": data}, OLD)["source"]
        assert source == {"type": "base64", "media_type": "application/pdf", "data": data}


def test_another_name_of_the_pdf_type_is_sent_as_its_own() -> None:
    block = {"type": "file", "base64": PDF, "mime_type": "application/x-pdf"}
    source = {"type": "base64", "media_type": "application/pdf", "data": PDF}
    assert shown(block, OLD)["source"] == source
    assert shown(block, "openai/gpt-4o")["file"]["file_data"] == (
        f"data:application/pdf;base64,{PDF}"
    )


@pytest.mark.parametrize(
    "block",
    [
        {"type": "file", "source_type": "id", "id": "file-1"},
        {"type": "file", "file_id": "file-1"},
        {"type": "file", "file": {"file_id": "file-1"}},
    ],
)
def test_a_file_may_be_the_id_of_an_upload(block: dict[str, Any]) -> None:
    assert shown(block, UNDOCUMENTED) == {"type": "file", "file": {"file_id": "file-1"}}
    with pytest.raises(UnsupportedContentError, match="ids of uploads"):
        shown(block, OLD)


def test_an_upload_in_the_older_blocks_of_langchain_is_known_as_one() -> None:
    # LangChain translates these for a call, not for what else takes messages.
    block = {"type": "file", "source_type": "id", "id": "file-1"}
    with pytest.raises(UnsupportedContentError, match="ids of uploads"):
        batch_create(Sending().model(OLD), [[HumanMessage([block])]])


# --- cache marks ---


@pytest.mark.parametrize("kind", ["file", "text-plain"])
def test_a_text_file_keeps_its_cache_mark(kind: str) -> None:
    block = {"type": kind, "base64": "aGk=", "mime_type": "text/plain", "cache_control": MARK}
    assert shown(block, NEW)["cache_control"] == MARK
    assert shown(block, UNDOCUMENTED) == {"type": "text", "text": "hi", "cache_control": MARK}
    # Where no document block is documented it is a text, with its mark.
    assert shown(block, "claude-3-5-sonnet-latest") == {
        "type": "text",
        "text": "hi",
        "cache_control": MARK,
    }


def test_marked_texts_of_an_answer_stay_parts_where_parts_are_taken() -> None:
    marked = {"type": "text", "text": "b", "cache_control": MARK}
    answer = AIMessage([{"type": "text", "text": "a"}, marked])
    turn = turns_sent([HumanMessage("Hi"), answer, HumanMessage("Go on.")], "openai/gpt-4o")[1]
    assert turn["content"] == [{"type": "text", "text": "a"}, marked]
    unmarked = AIMessage([{"type": "text", "text": "a"}, {"type": "text", "text": "b"}])
    turn = turns_sent([HumanMessage("Hi"), unmarked, HumanMessage("Go on.")], "openai/gpt-4o")[1]
    assert turn["content"] == "ab"


def test_the_cache_mark_of_the_last_of_many_texts_stays_a_block_of_its_own() -> None:
    texts: list[Any] = [{"type": "text", "text": str(n)} for n in range(7)]
    texts[6]["cache_control"] = MARK
    content = turns_sent([HumanMessage(texts)], OLD)[0]["content"]
    assert content == [
        {"type": "text", "text": "0\n\n1\n\n2\n\n3\n\n4\n\n5"},
        {"type": "text", "text": "6", "cache_control": MARK},
    ]


# --- results of tools ---


def result_of(content: list[dict[str, Any]], model: str) -> Any:
    asked = AIMessage("", tool_calls=[{"name": "f", "args": {}, "id": "c"}])
    messages = [HumanMessage("Hi"), asked, ToolMessage(content, tool_call_id="c")]  # type: ignore[arg-type]  # invariant list
    return sent(messages, model)["messages"]


def test_a_pdf_from_a_tool_is_refused_where_claude_documents_none() -> None:
    pdf = {"type": "file", "base64": PDF, "mime_type": "application/pdf"}
    with pytest.raises(UnsupportedContentError, match=r"a tool turn of this model takes no file"):
        result_of([pdf], OLD)
    block = result_of([pdf], NEW)[2]["content"][0]["content"][0]
    assert block["source"] == {"type": "base64", "media_type": "application/pdf", "data": PDF}


def test_an_image_from_a_tool_goes_to_every_claude() -> None:
    image = {"type": "image", "base64": PNG, "mime_type": "image/png"}
    for model in (OLD, NEW):
        block = result_of([image], model)[2]["content"][0]["content"][0]
        assert block["source"]["media_type"] == "image/png"
