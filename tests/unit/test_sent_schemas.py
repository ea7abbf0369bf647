"""Which of two documented request schemas is taken: the one that carries what is sent."""

from __future__ import annotations

from typing import Any

import pytest
from cases.sending import Sending, sent
from langchain_core.messages import HumanMessage, SystemMessage

from langchain_aimlapi.batches import batch_create
from langchain_aimlapi.errors import UnsupportedContentError

BOTH = "claude-3-7-sonnet-20250219"
PDF = {"type": "file", "base64": "JVBERi0xLjQ=", "mime_type": "application/pdf"}
WAV = {"type": "audio", "base64": "UklGRiQAAABXQVZFZm10IA==", "mime_type": "audio/wav"}
PDF_URL = {"type": "file", "url": "https://example.com/a.pdf"}
IMAGE = {"type": "image", "base64": "iVBORw0KGgo=", "mime_type": "image/png"}


def asking(block: dict[str, Any]) -> list[Any]:
    return [SystemMessage("Be brief."), HumanMessage([{"type": "text", "text": "What?"}, block])]


@pytest.mark.parametrize(
    ("block", "kind"),
    [(PDF, "file"), (PDF_URL, "file")],
)
def test_what_the_first_document_has_no_place_for_goes_by_the_other(
    block: dict[str, Any], kind: str
) -> None:
    body = sent(asking(block), BOTH, stop=["END"])
    assert [turn["role"] for turn in body["messages"]] == ["system", "user"]
    assert body["messages"][1]["content"][1]["type"] == kind
    assert body["stop"] == ["END"]
    assert "system" not in body


def test_sound_goes_to_claude_in_neither_schema() -> None:
    with pytest.raises(UnsupportedContentError, match="the Claude schema has no audio"):
        sent(asking(WAV), BOTH)


def test_what_the_first_document_takes_goes_by_it() -> None:
    body = sent(asking(IMAGE), BOTH)
    assert body["system"] == "Be brief."
    assert body["messages"][0]["content"][1]["type"] == "image"


def test_a_schema_that_is_chosen_stays_and_the_error_names_the_other() -> None:
    with pytest.raises(UnsupportedContentError, match='request_schema="openai" is documented'):
        sent(asking(PDF), BOTH, request_schema="anthropic")
    body = sent(asking(IMAGE), BOTH, request_schema="openai")
    assert body["messages"][1]["content"][1]["type"] == "image_url"


def test_what_neither_document_takes_is_refused_in_the_words_of_the_first() -> None:
    video_id = {"type": "video", "file_id": "file-1"}
    with pytest.raises(UnsupportedContentError, match="the Claude schema has no video") as caught:
        sent(asking(video_id), BOTH)
    assert "request_schema" not in str(caught.value)


def test_a_model_with_one_document_refuses_what_that_has_no_place_for() -> None:
    with pytest.raises(UnsupportedContentError, match="no file"):
        sent(asking(PDF), "claude-3-5-sonnet-latest")


def test_batches_stay_in_the_schema_of_batches() -> None:
    sending = Sending()
    with pytest.raises(UnsupportedContentError, match="no file"):
        batch_create(sending.model(BOTH), [asking(PDF)])
    assert sending.bodies == []


def test_a_response_format_goes_by_the_document_that_has_one() -> None:
    wanted = {"type": "json_object"}
    assert sent("Hi", BOTH, response_format=wanted)["response_format"] == wanted


def test_thinking_goes_by_the_document_that_has_it_and_the_format_into_the_prompt() -> None:
    thinking = {"type": "enabled", "budget_tokens": 1024}
    with pytest.warns(UserWarning, match="no response_format"):
        body = sent("Hi", BOTH, response_format={"type": "json_object"}, thinking=thinking)
    assert body["thinking"] == thinking
    assert "JSON" in body["system"]
