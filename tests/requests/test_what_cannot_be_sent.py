"""What cannot be sent is refused before anything is: which block, of which message, and why."""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np
import pytest
from langchain_core.messages import (
    BaseMessage,
    ChatMessage,
    FunctionMessage,
    HumanMessage,
    RemoveMessage,
    SystemMessage,
)
from sent import (
    GPT,
    IMAGE,
    NEW_CLAUDE,
    OLD_CLAUDE,
    PDF,
    ROUTES,
    UNKNOWN,
    Json,
    Service,
    answer,
    call,
    called,
    calls_in,
    part,
    result,
    sent,
    tools_in,
    user,
)

from langchain_aimlapi.errors import ConfigurationError, UnsupportedContentError

VIDEO = {"type": "video", "url": "https://x.io/v.mp4"}
LINKED = {"type": "image", "url": "https://x.io/a.png"}
MODELS = {
    "unknown": UNKNOWN,
    "chat": GPT,
    "claude": OLD_CLAUDE,
    "messages": NEW_CLAUDE,
    "responses": "openai/gpt-5-4",
}
TAKES = {
    "unknown": "",
    "chat": " Accepted: file, image_url, text.",
    "claude": " Accepted: document, image, text.",
    "messages": (
        " Accepted: document, file, image, image_url, input_audio, search_result, text, video_url."
    ),
    "responses": " Accepted: file, image, text.",
}
"""What a user turn takes instead."""
CLAUDES = "is not one of image/jpeg, image/png, image/gif, image/webp."
NO_JSON = (
    "it cannot be written as JSON (Object of type set is not JSON serializable). "
    "Use text, numbers, lists and dicts in it."
)
ROLES = "only user, assistant, system, developer and tool."
SHOW_IT = "Show it to the model in a user turn."


def media(kind: str, mime: str) -> HumanMessage:
    return user("Hi", {"type": kind, "base64": "AA==", "mime_type": mime})


# What is sent, what an error calls it, and why, by model; TAKES is added to reasons about a block
# of a user.
Refusal = tuple[list[BaseMessage], str, dict[str, str]]
IN_USER_TURN = "block 1 ({}) of message 0 (HumanMessage)"
REFUSED: dict[str, Refusal] = {
    "the id of an upload": (
        [user("Hi", {"type": "image", "file_id": "f"})],
        IN_USER_TURN.format("image"),
        {
            "unknown chat": "ids of uploads are not known here: pass a URL or base64 data.",
            "claude messages": "ids of uploads are not known here: pass base64 data.",
        },
    ),
    "a video": (
        [user("Hi", VIDEO)],
        IN_USER_TURN.format("video"),
        {
            "chat": "a user turn of this model takes no video.",
            "claude": "the Claude schema has no video.",
            "responses": "the Responses endpoint takes no video.",
        },
    ),
    "a recording": (
        [media("audio", "audio/wav")],
        IN_USER_TURN.format("audio"),
        {
            "chat": "a user turn of this model takes no audio.",
            "claude": "the Claude schema has no audio.",
            "responses": "the Responses endpoint takes no audio.",
        },
    ),
    "a PDF as an image": (
        [media("image", "application/pdf")],
        IN_USER_TURN.format("image"),
        {
            "unknown chat responses": "application/pdf is not a type of image.",
            "claude messages": f"application/pdf {CLAUDES}",
        },
    ),
    "an image as TIFF": (
        [media("image", "image/tiff")],
        IN_USER_TURN.format("image"),
        {"claude messages": f"image/tiff {CLAUDES}"},
    ),
    "a file of Word": (
        [media("file", "application/msword")],
        IN_USER_TURN.format("file"),
        {
            "unknown chat": "application/msword is not a type of file that it takes: PDF and text "
            "are.",
            "claude messages": "application/msword is not one of application/pdf, text/*.",
        },
    ),
    "an image as a recording": (
        [media("audio", "image/png")],
        IN_USER_TURN.format("audio"),
        {"unknown chat messages": "image/png is not a type of audio."},
    ),
    "an image as a video": (
        [media("video", "image/png")],
        IN_USER_TURN.format("video"),
        {"unknown chat messages": "image/png is not a type of video."},
    ),
    "a text file of other bytes": (
        [user("Hi", {"type": "file", "base64": "/w==", "mime_type": "text/csv"})],
        IN_USER_TURN.format("file"),
        {
            "unknown chat claude messages responses": "its data is not base64 of UTF-8 text.",
        },
    ),
    "a search result": (
        [user("Hi", {"type": "search_result", "title": "x"})],
        IN_USER_TURN.format("search_result"),
        {"chat claude": "a user turn of this model takes no search_result."},
    ),
    "reasoning of a user": (
        [user("Hi", {"type": "reasoning", "reasoning": "x"})],
        IN_USER_TURN.format("reasoning"),
        {
            "unknown chat": "a user turn of this model takes no reasoning.",
            "responses": "the Responses endpoint takes no reasoning.",
        },
    ),
    "a call of a user": (
        [user("Hi", call())],
        IN_USER_TURN.format("tool call"),
        {
            "unknown chat claude messages": "a user turn of this model takes no tool call.",
            "responses": "the Responses endpoint takes no tool call.",
        },
    ),
    "an image that no model made": (
        [HumanMessage("Hi"), answer(LINKED), HumanMessage("x")],
        "block 0 (image) of message 1 (AIMessage)",
        {
            "unknown chat responses": f"an assistant turn of this model takes no image. "
            f"Accepted: text. {SHOW_IT}",
            "claude": "it documents base64 data only, no URLs: fetch it and pass base64. "
            f"Accepted: document, image, text. {SHOW_IT}",
        },
    ),
    "an image in the instructions": (
        [SystemMessage([IMAGE]), HumanMessage("x")],
        "block 0 (image) of message 0 (SystemMessage)",
        {
            "chat claude messages": "a system turn of this model takes no image. Accepted: text.",
        },
    ),
    "a message that removes": (
        [HumanMessage("Hi"), RemoveMessage(id="1")],  # type: ignore[no-untyped-call]  # LangChain's
        "message 1 (RemoveMessage)",
        {"unknown chat claude messages responses": "it is no turn of a conversation."},
    ),
    "a role of one's own": (
        [ChatMessage("x", role="critic"), HumanMessage("x")],
        "message 0 (ChatMessage)",
        {
            "claude messages": f"the Claude schema has no role 'critic', {ROLES}",
            "responses": f"the Responses endpoint has no role 'critic', {ROLES}",
        },
    ),
    "a function": (
        [FunctionMessage("x", name="f"), HumanMessage("x")],
        "message 0 (FunctionMessage)",
        {
            "chat": "its documented roles are assistant, developer, system, tool, user.",
            "claude messages": f"the Claude schema has no role 'function', {ROLES}",
            "responses": f"the Responses endpoint has no role 'function', {ROLES}",
        },
    ),
    "arguments that are no JSON": (
        [HumanMessage("Hi"), called(call(a={1})), result("3")],
        "the arguments of the tool call 'f' of message 1 (AIMessage)",
        {"unknown chat claude messages responses": NO_JSON},
    ),
    "a video of a tool": (
        [HumanMessage("Hi"), called(), result([VIDEO])],
        "block 0 (video) of message 2 (ToolMessage)",
        {
            "chat": "neither a tool turn nor a user turn of this model takes one.",
            "claude": "the Claude schema has no video. Accepted: image, text.",
            "messages": "the Claude schema has no video. "
            "Accepted: document, image, search_result, text.",
            "responses": "the Responses endpoint takes no video. Accepted: file, image, text.",
        },
    ),
    "a dict of a tool that is no JSON": (
        [HumanMessage("Hi"), called(), result([{"type": "weather", "degrees": {1}}])],
        "block 0 of message 2 (ToolMessage)",
        {"unknown chat responses": NO_JSON},
    ),
    "a dict of a tool that is no JSON, to Claude": (
        [HumanMessage("Hi"), called(), result([{"type": "weather", "degrees": {1}}])],
        "a block of message 2 (ToolMessage)",
        {"claude messages": NO_JSON},
    ),
    "a result in an answer": (
        [HumanMessage("Hi"), answer({"type": "tool_result", "content": "x"}), HumanMessage("x")],
        "block 0 (tool result) of message 1 (AIMessage)",
        {
            "unknown chat responses": "an assistant turn of this model takes no tool result. "
            "Accepted: text.",
        },
    ),
}


@pytest.mark.parametrize(("messages", "what", "reasons"), REFUSED.values(), ids=REFUSED)
def test_a_refusal_says_what_where_and_why(
    messages: list[BaseMessage], what: str, reasons: dict[str, str]
) -> None:
    why_by_model = {model: why for models, why in reasons.items() for model in models.split()}
    for model, why in why_by_model.items():
        settings = {"endpoint": "messages"} if model == "messages" else {}
        with pytest.raises(UnsupportedContentError) as refused:
            sent(MODELS[model], *messages, **settings)
        instead = TAKES[model] if "(HumanMessage)" in what else ""
        assert str(refused.value) == f"Cannot send {what} to {MODELS[model]}: {why}{instead}"


# --- blocks that lack something, or that nobody documents
NO_DATA = 'it has no "url", "base64" or "file_id"'
LACKING: list[tuple[Json, str]] = [
    ({"type": "text"}, "it has no text"),
    ({"type": "text", "text": None}, "it has no text"),
    ({"type": "image"}, NO_DATA),
    ({"type": "image", "url": None, "mime_type": "image/png"}, NO_DATA),
    ({"type": "image", "url": "data:image/png;base64"}, "its data URL has no data"),
    ({"type": "image_url", "image_url": {}}, NO_DATA),
    ({"type": "file"}, NO_DATA),
    ({"type": "file", "file": {}}, NO_DATA),
    ({"type": "text-plain"}, NO_DATA),
    ({"type": "document", "source": {"type": "base64"}}, NO_DATA),
    ({"type": "audio"}, NO_DATA),
    ({"type": "audio", "base64": ""}, NO_DATA),
    ({"type": "input_audio", "input_audio": {}}, NO_DATA),
    ({"type": "input_audio", "input_audio": "UklGR"}, NO_DATA),
    ({"type": "video"}, NO_DATA),
    ({"type": "non_standard", "value": "x"}, 'a non_standard block needs a dict as its "value"'),
]


def test_a_block_without_its_data_says_what_it_lacks() -> None:
    for block, why in LACKING:
        what = f"Cannot send block 1 ({block['type']}) of message 0 (HumanMessage) to {UNKNOWN}"
        with pytest.raises(UnsupportedContentError) as refused:
            part(UNKNOWN, block)
        assert str(refused.value) == f"{what}: {why}."


UNDOCUMENTED = {
    "media of Google": {"type": "media", "data": "AAAA", "mime_type": "image/png"},
    "a cache point of Bedrock": {"cachePoint": {"type": "default"}},
    "a slip": {"type": "imge", "url": "https://x.org/a.png"},
}
BOTH_SCHEMAS = "claude-3-7-sonnet-20250219"
EVERY_ROUTE: dict[str, tuple[str, Json]] = {
    **{route: (route, {}) for route in ROUTES},
    "claude in OpenAI's schema": (OLD_CLAUDE, {"request_schema": "openai"}),
    "claude of both schemas": (BOTH_SCHEMAS, {}),
    "gpt in Claude's schema": (GPT, {"request_schema": "anthropic"}),
}


@pytest.mark.parametrize("block", UNDOCUMENTED.values(), ids=UNDOCUMENTED)
def test_a_part_that_no_document_has_is_refused(block: Json) -> None:
    kind = block.get("type", "cachePoint")
    for model, settings in EVERY_ROUTE.values():
        with pytest.raises(UnsupportedContentError, match=rf"block 1 \({kind}\)"):
            part(model, block, **settings)


@pytest.mark.parametrize("model", [UNKNOWN, "vendor/claude-new"])
def test_a_model_that_nobody_knows_gets_what_it_is_given(model: str) -> None:
    for block in UNDOCUMENTED.values():
        assert part(model, block) == block


@pytest.mark.parametrize("kind", ["audio", "video"])
def test_older_claudes_hear_and_watch_nothing(kind: str) -> None:
    block = {"type": kind, "base64": "AAAA", "mime_type": f"{kind}/mp4"}
    for route in ("claude", "claude in OpenAI's schema", "claude of both schemas"):
        model, settings = EVERY_ROUTE[route]
        with pytest.raises(UnsupportedContentError, match=kind):
            part(model, block, **settings)


def test_there_is_something_to_send() -> None:
    service = Service()
    with pytest.raises(ConfigurationError, match="There are no messages to send"):
        service.model().invoke([])
    assert not service.requests


# --- values that JSON has no form for
@pytest.mark.parametrize("value", [date(2026, 1, 1), {1, 2}, b"x"])
def test_an_argument_that_json_has_no_form_for_is_refused(value: Any) -> None:
    made = called(call(city="Paris"))
    made.tool_calls[0]["args"]["day"] = value
    for route in ROUTES:
        with pytest.raises(UnsupportedContentError, match="written as JSON"):
            sent(route, "Hi", made, result("Sunny."))


class Word(str):
    """A text of a class, as an enum is."""

    __slots__ = ()


@pytest.mark.parametrize("value", [np.float64(0.5), Word("a"), [1, {"a": [True, None, 1.5]}]])
def test_values_of_other_classes_that_json_has_are_sent(value: Any) -> None:
    made = called(call(city="Paris"))
    made.tool_calls[0]["args"]["more"] = value
    tool = function(parameters={"type": "object", "default": value})
    for route in ROUTES:
        body = sent(route, "Hi", made, result("Sunny."), tools=[tool])
        assert calls_in(body)[0][2]["more"] == value
        assert tools_in(body)[0]["parameters"]["default"] == value


@pytest.mark.parametrize("route", ROUTES)
def test_a_number_that_json_does_not_have_does_not_end_the_conversation(route: str) -> None:
    ((_, _, args),) = calls_in(sent(route, "?", called(call(x=float("nan"))), result("r")))
    assert args == {"arguments": '{"x": NaN}'}


ARRAY = np.array([1, 2])


def function(**members: Any) -> Json:
    return {"type": "function", "function": {"name": "f", "parameters": {}, **members}}


TOOLS: dict[str, Json] = {
    "its description": function(description=ARRAY),
    "its parameters": function(parameters=ARRAY),
    "its properties": function(parameters={"type": "object", "properties": ARRAY}),
    "an enum of Claude's form": {
        "name": "f",
        "input_schema": {"type": "object", "properties": {"a": {"enum": ARRAY}}},
    },
    "a number of numpy": function(
        parameters={"type": "object", "properties": {"a": {"maximum": np.int64(3)}}}
    ),
}


@pytest.mark.parametrize("tool", TOOLS.values(), ids=TOOLS)
def test_a_tool_with_a_value_of_numpy_is_one_clear_error(tool: Json) -> None:
    service = Service()
    for route in ROUTES:
        with pytest.raises(ConfigurationError, match="not JSON serializable"):
            service.model(route).bind_tools([tool]).invoke("Hi!")
    assert not service.requests


@pytest.mark.parametrize("value", [float("nan"), date(2026, 1, 1), {1, 2}, b"x", object()])
def test_a_value_put_into_a_bound_tool_later_is_refused(value: Any) -> None:
    service = Service()
    bound: Any = service.model().bind_tools([function(parameters={"type": "object"})])
    bound.kwargs["tools"][0]["function"]["parameters"]["default"] = value
    with pytest.raises(ConfigurationError, match="cannot be written as JSON"):
        bound.invoke("Hi")
    assert not service.requests


# --- blocks are counted as they were given
def test_an_error_counts_thoughts_that_are_left_out() -> None:
    thought = {"type": "thinking", "thinking": "Hm.", "signature": "c2ln"}
    for route in ("chat", "responses"):
        with pytest.raises(UnsupportedContentError, match=r"block 1 \(video\)"):
            sent(route, "Go on.", called(), result([thought, VIDEO]))


def test_both_documented_schemas_are_named_where_one_was_chosen() -> None:
    pdf = {"type": "file", "base64": PDF, "mime_type": "application/pdf"}
    with pytest.raises(UnsupportedContentError, match='request_schema="openai" is documented'):
        sent(BOTH_SCHEMAS, user("?", pdf), request_schema="anthropic")
    with pytest.raises(UnsupportedContentError, match="the Claude schema has no video") as caught:
        sent(BOTH_SCHEMAS, user("?", {"type": "video", "file_id": "f"}))
    assert "request_schema" not in str(caught.value)
