"""Which endpoint a call goes to and in which request schema: by the documents, or by the user."""

from __future__ import annotations

from typing import Any

import pytest
import sent
from langchain_core.messages import SystemMessage
from sent import Json, Service, part, says, text, user

from langchain_aimlapi import ChatAIMLAPI
from langchain_aimlapi.errors import ConfigurationError, NotFoundError, UnsupportedContentError
from langchain_aimlapi.testing import Failure, answers

PRO = "openai/gpt-5-pro"
"""Documented on `/responses` only."""
SONNET = "anthropic/claude-sonnet-4"
"""Documented on `/messages` too, and in both schemas of chat/completions."""
BOTH = "claude-3-7-sonnet-20250219"
THINKING = {"type": "enabled", "budget_tokens": 1024}
TOOL = {"name": "f", "description": "f", "input_schema": {"type": "object", "properties": {}}}
THINKS: Json = {"tools": [TOOL], "thinking": THINKING, "max_tokens": 2048}


def path_of(model: str, fields: Any = None, **call: Any) -> str:
    service = Service()
    body = service.asked(service.model(model, **(fields or {})), **call)
    assert not {"endpoint", "request_schema", "use_previous_response_id"} & body.keys()
    return service.path.removeprefix("/v1/")


ROUTED: list[tuple[str, Json, str]] = [
    (sent.GPT, {}, "chat/completions"),
    (SONNET, {}, "chat/completions"),
    (sent.UNKNOWN, {}, "chat/completions"),
    (PRO, {}, "responses"),
    (sent.GPT, {"endpoint": "responses"}, "responses"),
    (SONNET, {"endpoint": "messages"}, "messages"),
    # A Claude that thinks and has tools, where its thoughts keep their signatures.
    (SONNET, THINKS, "messages"),
    (SONNET, {**THINKS, "thinking": {"type": "disabled"}}, "chat/completions"),
    (SONNET, {**THINKS, "tools": None}, "chat/completions"),
    (SONNET, {**THINKS, "endpoint": "chat/completions"}, "chat/completions"),
    (SONNET, {**THINKS, "request_schema": "anthropic"}, "chat/completions"),
    ("anthropic/claude-of-next-year", THINKS, "messages"),  # documented nowhere
    ("anthropic/claude-of-next-year", {**THINKS, "thinking": None}, "chat/completions"),
    ("anthropic/claude-opus-4.8", THINKS, "chat/completions"),  # not documented on the other
    ("claude-sonnet-4-6", {}, "messages"),  # documented there alone
    # Tools go where they are documented.
    ("openai/gpt-6.1-sol", {}, "chat/completions"),
    ("openai/gpt-6.1-sol", {"tools": [TOOL]}, "responses"),
]


def test_an_endpoint_of_the_call_wins() -> None:
    of_call = path_of(sent.GPT, {"endpoint": "responses"}, endpoint="chat/completions")
    assert of_call == "chat/completions"


@pytest.mark.parametrize(("model", "settings", "path"), ROUTED)
def test_a_call_goes_where_its_model_is_documented_or_the_user_says(
    model: str, settings: Json, path: str
) -> None:
    assert path_of(model, **settings) == path
    fields = {name: settings[name] for name in settings if name != "tools"}
    tools = {name: settings[name] for name in settings if name == "tools"}
    assert path_of(model, fields, **tools) == path


def test_what_belongs_to_the_model_is_no_argument_of_a_call() -> None:
    service = Service()
    model = service.model(sent.GPT)
    for name in ("api_key", "base_url", "default_headers", "http_client"):
        with pytest.raises(ConfigurationError, match=f"{name} is set when the model is construct"):
            model.invoke("Hi", **{name: "x"})
    assert not service.requests


def test_an_endpoint_without_the_model_is_asked_with_a_warning_and_a_hint() -> None:
    model = ChatAIMLAPI(PRO, endpoint="chat/completions", **answers([Failure(404)]))
    message = "not documented on the endpoint chat/completions, but on responses"
    with pytest.warns(UserWarning, match=message) as warned, pytest.raises(NotFoundError) as failed:
        model.invoke("Hi")
    assert [warning.filename for warning in warned] == [__file__]
    assert "is documented on responses, not on chat/completions" in str(failed.value)
    assert "/v1/chat/completions" in str(failed.value)


# --- which of two schemas of chat/completions
PDF_BLOCK = {"type": "file", "base64": sent.PDF, "mime_type": "application/pdf"}
ASKED = [SystemMessage("Be brief."), user(text("What?"), sent.IMAGE)]


def schema_of(body: Json) -> str:
    return "openai" if body["messages"][0]["role"] == "system" else "anthropic"


SCHEMAS = {
    sent.GPT: "openai",
    sent.UNKNOWN: "openai",
    "vendor/claude-new": "anthropic",  # not documented: by its name
    sent.OLD_CLAUDE: "anthropic",
    sent.NEW_CLAUDE: "anthropic",
    BOTH: "anthropic",
    "anthropic/claude-3-haiku": "openai",
}


@pytest.mark.parametrize(("model", "documented"), SCHEMAS.items())
def test_the_schema_is_that_of_the_documents_or_of_the_users_choice(
    model: str, documented: str
) -> None:
    assert schema_of(sent.body(model, *ASKED)) == documented
    for chosen, kind in {"openai": "image_url", "anthropic": "image"}.items():
        body = sent.body(model, *ASKED, request_schema=chosen)
        assert schema_of(body) == chosen
        assert body["messages"][-1]["content"][1]["type"] == kind


@pytest.mark.parametrize("block", [PDF_BLOCK, {"type": "file", "url": sent.URL}])
def test_what_the_first_document_has_no_place_for_goes_by_the_other(block: Json) -> None:
    body = sent.body(BOTH, SystemMessage("Be."), user(text("?"), block), stop=["END"])
    assert [turn["role"] for turn in body["messages"]] == ["system", "user"]
    assert body["messages"][1]["content"][1]["type"] == "file"
    assert body["stop"] == ["END"]
    assert "system" not in body
    with pytest.raises(UnsupportedContentError, match="file"):
        part("claude-3-5-sonnet-latest", block)


def test_what_neither_document_takes_is_refused() -> None:
    sound = {"type": "audio", "base64": sent.WAV}
    with pytest.raises(UnsupportedContentError, match="takes no audio"):
        part(BOTH, sound)
    with pytest.raises(UnsupportedContentError, match="no audio"):
        part(sent.OLD_CLAUDE, sound, request_schema="openai")


def test_a_format_goes_by_the_document_that_has_one_but_not_while_claude_thinks() -> None:
    wanted = {"type": "json_object"}
    body = sent.body(BOTH, *ASKED, response_format=wanted)
    assert (schema_of(body), body["response_format"]) == ("openai", wanted)
    assert schema_of(sent.body(BOTH, *ASKED, response_format={"type": "text"})) == "anthropic"
    with pytest.warns(UserWarning, match="no response_format"):
        body = sent.body(BOTH, *ASKED, response_format=wanted, thinking=THINKING)
    assert body["thinking"] == THINKING
    assert "JSON" in body["system"]


SOUND = {"type": "input_audio", "input_audio": {"data": sent.WAV, "format": "wav"}}
VIDEO = {"type": "video_url", "video_url": {"url": sent.URL}}


@pytest.mark.parametrize(
    ("block", "written"),
    [({"type": "audio", "base64": sent.WAV}, SOUND), ({"type": "video", "url": sent.URL}, VIDEO)],
)
def test_sound_and_video_take_a_new_claude_to_openais_turns(block: Json, written: Json) -> None:
    for endpoint in ("chat/completions", "messages"):
        messages = [SystemMessage("Hear."), user("?", block)]
        body = sent.body(sent.NEW_CLAUDE, *messages, endpoint=endpoint, stop=["END"])
        turns = [says("system", "Hear."), says("user", [text("?"), written])]
        assert body == {"model": sent.NEW_CLAUDE, "messages": turns, "stop_sequences": ["END"]}
