"""What cannot be sent is refused before anything is: which block, of which message, and why."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import sent
from langchain_core.messages import (
    BaseMessage,
    ChatMessage,
    FunctionMessage,
    HumanMessage,
    RemoveMessage,
    SystemMessage,
)
from sent import Json, Service, answer, call, called, calls_in, part, result, tools_in, user

from langchain_aimlapi.errors import ConfigurationError, UnsupportedContentError

VIDEO = {"type": "video", "url": "https://x.io/v.mp4"}
LINKED = {"type": "image", "url": "https://x.io/a.png"}
MODELS = {
    **{route: fields["model"] for route, fields in sent.ROUTES.items()},
    "unknown": sent.UNKNOWN,
}
TAKES = {
    "unknown": "",
    "chat": "Accepted: file, image_url, text.",
    "claude": "Accepted: document, image, text.",
    "messages": "Accepted: document, file, image, image_url, input_audio, search_result, text,",
    "responses": "Accepted: file, image, text.",
}
"""What a user turn takes instead."""
EVERYWHERE = " ".join(MODELS)
CLAUDES = "is not one of image/jpeg, image/png, image/gif, image/webp."
NO_JSON = "(Object of type set is not JSON serializable). Use text, numbers, lists and dicts in it."
ROLES = "only user, assistant, system, developer and tool."
SHOW_IT = "Show it to the model in a user turn."


def of_user(block: Json) -> list[BaseMessage]:
    return [user("Hi", block)]


def media(kind: str, mime: str) -> list[BaseMessage]:
    return of_user({"type": kind, "base64": "AA==", "mime_type": mime})


def returned(*blocks: Any) -> list[BaseMessage]:
    return [HumanMessage("Hi"), called(), result(list(blocks))]


UPLOAD = {"type": "image", "file_id": "f"}
NO_TEXT = {"type": "file", "base64": "/w==", "mime_type": "text/csv"}
ODD = {"type": "weather", "degrees": {1}}
NO_RESULT = answer({"type": "tool_result", "content": "x"})
# Messages, models, what the error calls it and why. Of a block of a user it says what is accepted.
REFUSED: list[tuple[list[BaseMessage], str, str, str]] = [
    (of_user(UPLOAD), "unknown chat", "image", "not known here: pass a URL or base64 data."),
    (of_user(UPLOAD), "claude messages", "image", "not known here: pass base64 data."),
    (of_user(VIDEO), "chat", "video", "a user turn of this model takes no video."),
    (of_user(VIDEO), "claude", "video", "the Claude schema has no video."),
    (of_user(VIDEO), "responses", "video", "the Responses endpoint takes no video."),
    (media("audio", "audio/wav"), "chat claude responses", "audio", "no audio."),
    (media("image", "application/pdf"), "unknown chat responses", "image", "not a type of image."),
    (media("image", "application/pdf"), "claude messages", "image", CLAUDES),
    (media("file", "application/msword"), "unknown chat", "file", "PDF and text are."),
    (media("file", "application/msword"), "claude messages", "file", "application/pdf, text/*."),
    (media("audio", "image/png"), "unknown chat messages", "audio", "not a type of audio."),
    (of_user(NO_TEXT), EVERYWHERE, "block 1 (file) of message 0 (HumanMessage)",
     "its data is not base64 of UTF-8 text."),
    (of_user({"type": "audio", "id": "audio_1"}), EVERYWHERE, "audio", "Cannot send"),
    (of_user({"type": "search_result"}), "chat claude", "search_result", "no search_result."),
    (of_user({"type": "reasoning"}), "unknown chat responses", "reasoning", "takes no reasoning."),
    (of_user(call()), EVERYWHERE, "tool call", "takes no tool call."),
    ([user("Hi"), answer(LINKED), user("x")], "chat responses", "block 0 (image) of message 1 (AI",
     f"takes no image. Accepted: text. {SHOW_IT}"),
    ([user("Hi"), answer(LINKED), user("x")], "claude", "block 0 (image) of message 1 (AIMessage)",
     f"fetch it and pass base64. Accepted: document, image, text. {SHOW_IT}"),
    ([SystemMessage([sent.IMAGE])], "chat claude messages", "block 0 (image) of message 0 (System",
     "a system turn of this model takes no image. Accepted: text."),
    ([user("Hi"), RemoveMessage(id="1")], EVERYWHERE, "message 1 (RemoveMessage)", "it is no turn"),  # type: ignore[no-untyped-call]
    ([ChatMessage("x", role="critic")], "claude messages responses", "message 0 (ChatMessage)",
     f"has no role 'critic', {ROLES}"),
    ([FunctionMessage("x", name="f")], "chat", "message 0 (FunctionMessage)",
     "its documented roles are assistant, developer, system, tool, user."),
    ([FunctionMessage("x", name="f")], "claude messages responses", "message 0 (FunctionMessage)",
     f"has no role 'function', {ROLES}"),
    ([user("Hi"), called(call(a={1})), result("3")], EVERYWHERE,
     "the arguments of the tool call 'f' of message 1 (AIMessage)", NO_JSON),
    (returned(VIDEO), "chat", "block 0 (video) of message 2 (ToolMessage)",
     "neither a tool turn nor a user turn of this model takes one."),
    (returned(VIDEO), "claude responses", "block 0 (video) of message 2 (ToolMessage)",
     "no video. Accepted: "),
    (returned(ODD), "unknown chat responses", "block 0 of message 2 (ToolMessage)", NO_JSON),
    (returned(ODD), "claude messages", "a block of message 2 (ToolMessage)", NO_JSON),
    ([user("Hi"), NO_RESULT, user("x")], "unknown chat responses",
     "block 0 (tool result) of message 1 (AIMessage)", "takes no tool result. Accepted: text."),
]  # fmt: skip


@pytest.mark.parametrize(("messages", "models", "what", "why"), REFUSED)
def test_a_refusal_says_what_where_and_why(
    messages: list[BaseMessage], models: str, what: str, why: str
) -> None:
    of_a_user = "message" not in what
    if of_a_user:
        what = f"block 1 ({what}) of message 0 (HumanMessage)"
    for model in models.split():
        settings = {"endpoint": "messages"} if model == "messages" else {}
        with pytest.raises(UnsupportedContentError) as refused:
            sent.body(MODELS[model], *messages, **settings)
        said = str(refused.value)
        assert said.startswith(f"Cannot send {what}")
        assert f"to {MODELS[model]}: " in said
        assert why in said
        assert not of_a_user or TAKES[model] in said


# --- blocks that lack something, or that nobody documents
NO_DATA = 'it has no "url", "base64" or "file_id"'
LACKING: list[tuple[Json, str]] = [
    ({"type": "text"}, "it has no text"),
    ({"type": "image"}, NO_DATA),
    ({"type": "image", "url": None, "mime_type": "image/png"}, NO_DATA),
    ({"type": "image", "url": "data:image/png;base64"}, "its data URL has no data"),
    ({"type": "image_url", "image_url": {}}, NO_DATA),
    ({"type": "text-plain"}, NO_DATA),
    ({"type": "document", "source": {"type": "base64"}}, NO_DATA),
    ({"type": "audio", "base64": ""}, NO_DATA),
    ({"type": "input_audio", "input_audio": "UklGR"}, NO_DATA),
    ({"type": "non_standard", "value": "x"}, 'a non_standard block needs a dict as its "value"'),
]


def test_a_block_without_its_data_says_what_it_lacks() -> None:
    for block, why in LACKING:
        what = (
            f"Cannot send block 1 ({block['type']}) of message 0 (HumanMessage) to {sent.UNKNOWN}"
        )
        with pytest.raises(UnsupportedContentError) as refused:
            part(sent.UNKNOWN, block)
        assert str(refused.value) == f"{what}: {why}."


UNDOCUMENTED: dict[str, Json] = {
    "media": {"type": "media", "data": "AAAA", "mime_type": "image/png"},  # Google's
    "cachePoint": {"cachePoint": {"type": "default"}},  # Bedrock's
    "imge": {"type": "imge", "url": "https://x.org/a.png"},
}
BOTH_SCHEMAS = "claude-3-7-sonnet-20250219"
EVERY_ROUTE: list[tuple[str, Json]] = [
    *((route, {}) for route in sent.ROUTES),
    (sent.OLD_CLAUDE, {"request_schema": "openai"}),
    (BOTH_SCHEMAS, {}),
    (sent.GPT, {"request_schema": "anthropic"}),
]


@pytest.mark.parametrize(("model", "settings"), EVERY_ROUTE)
def test_a_part_that_no_document_has_is_refused(model: str, settings: Json) -> None:
    for kind, block in UNDOCUMENTED.items():
        with pytest.raises(UnsupportedContentError, match=rf"block 1 \({kind}\)"):
            part(model, block, **settings)


@pytest.mark.parametrize("model", [sent.UNKNOWN, "vendor/claude-new"])
def test_a_model_that_nobody_knows_gets_what_it_is_given(model: str) -> None:
    for block in UNDOCUMENTED.values():
        assert part(model, block) == block


def test_there_is_something_to_send() -> None:
    service = Service()
    with pytest.raises(ConfigurationError, match="There are no messages to send"):
        service.model().invoke([])
    with pytest.raises(ConfigurationError, match="Claude takes no blank messages"):
        service.model(model=sent.NEW_CLAUDE).invoke([HumanMessage(" ")])
    assert not service.requests


# --- values that JSON has no form for


class Word(str):
    """A text of a class, as an enum is."""

    __slots__ = ()


@pytest.mark.parametrize("value", [np.float64(0.5), Word("a"), [1, {"a": [True, None, 1.5]}]])
def test_values_of_other_classes_that_json_has_are_sent(value: Any) -> None:
    made = called(call(city="Paris"))
    made.tool_calls[0]["args"]["more"] = value
    tool = function(parameters={"type": "object", "default": value})
    for route in sent.ROUTES:
        body = sent.body(route, "Hi", made, result("Sunny."), tools=[tool])
        assert calls_in(body)[0][2]["more"] == value
        assert tools_in(body)[0]["parameters"]["default"] == value


@pytest.mark.parametrize("route", sent.ROUTES)
def test_a_number_that_json_does_not_have_does_not_end_the_conversation(route: str) -> None:
    ((_, _, args),) = calls_in(sent.body(route, "?", called(call(x=float("nan"))), result("r")))
    assert args == {"arguments": '{"x": NaN}'}


ARRAY = np.array([1, 2])


def function(**members: Any) -> Json:
    return {"type": "function", "function": {"name": "f", "parameters": {}, **members}}


TOOLS: list[Json] = [
    function(parameters=ARRAY),
    function(parameters={"type": "object", "properties": ARRAY}),
    {"name": "f", "input_schema": {"properties": {"a": ARRAY}}},
    function(parameters={"type": "object", "default": b"x"}),
    function(parameters={"type": "object", "default": float("nan")}),
]


@pytest.mark.parametrize("route", sent.ROUTES)
def test_a_tool_with_a_value_that_json_has_not_is_one_clear_error(route: str) -> None:
    service = Service()
    for tool in TOOLS:
        with pytest.raises(ConfigurationError, match=r"JSON serializable|written as JSON"):
            service.model(route).bind_tools([tool]).invoke("Hi!")
    assert not service.requests


# --- blocks are counted as they were given
def test_an_error_counts_thoughts_that_are_left_out() -> None:
    thought = {"type": "thinking", "thinking": "Hm.", "signature": "c2ln"}
    for route in ("chat", "responses"):
        with pytest.raises(UnsupportedContentError, match=r"block 1 \(video\)"):
            sent.body(route, "Go on.", called(), result([thought, VIDEO]))


def test_both_documented_schemas_are_named_where_one_was_chosen() -> None:
    pdf = {"type": "file", "base64": sent.PDF, "mime_type": "application/pdf"}
    with pytest.raises(UnsupportedContentError, match='request_schema="openai" is documented'):
        sent.body(BOTH_SCHEMAS, user("?", pdf), request_schema="anthropic")
    with pytest.raises(UnsupportedContentError, match="video") as caught:
        sent.body(BOTH_SCHEMAS, user("?", {"type": "video", "file_id": "f"}))
    assert "request_schema" not in str(caught.value)
