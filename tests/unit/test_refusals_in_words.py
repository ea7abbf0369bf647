"""Whatever cannot be sent is refused in one sentence: which block, of which message, and why."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from doors.bodies import request_body
from langchain_core.messages import (
    AIMessage,
    ChatMessage,
    FunctionMessage,
    HumanMessage,
    RemoveMessage,
    SystemMessage,
    ToolMessage,
)

from langchain_aimlapi.errors import UnsupportedContentError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from langchain_core.messages import BaseMessage

PDF = "JVBERi0xLjQ="
IMAGE = {"type": "image", "url": "https://x.io/a.png"}
VIDEO = {"type": "video", "url": "https://x.io/v.mp4"}

MODELS = {
    "undocumented": ("vendor/next", "chat/completions"),
    "gpt": ("openai/gpt-4o", "chat/completions"),
    "gemma": ("google/gemma-3-4b-it", "chat/completions"),
    "old claude": ("claude-sonnet-4", "chat/completions"),
    "new claude": ("anthropic/claude-sonnet-5", "messages"),
    "responses": ("openai/gpt-5-1", "responses"),
}


def user(*blocks: Any) -> list[BaseMessage]:
    return [HumanMessage(list(blocks))]


def called(*blocks: Any, **args: Any) -> list[BaseMessage]:
    call = {"name": "f", "args": args, "id": "c"}
    asked = [HumanMessage("Hi"), AIMessage("", tool_calls=[call])]
    return [*asked, ToolMessage(list(blocks) or "3", tool_call_id="c")]  # type: ignore[arg-type]  # invariant list


CONVERSATIONS: dict[str, Sequence[BaseMessage]] = {
    "a text without its text": user({"type": "text"}),
    "an image by its id": user("Hi", {"type": "image", "file_id": "f"}),
    "a video": user(VIDEO),
    "a recording": user({"type": "audio", "base64": "AAAA", "mime_type": "audio/wav"}),
    "a PDF as an image": user({"type": "image", "base64": PDF, "mime_type": "application/pdf"}),
    "an image as TIFF": user({"type": "image", "base64": "AAAA", "mime_type": "image/tiff"}),
    "a file of Word": user({"type": "file", "base64": "AAAA", "mime_type": "application/msword"}),
    "an image as a recording": user({"type": "audio", "base64": "AA", "mime_type": "image/png"}),
    "an image as a video": user({"type": "video", "base64": "AA", "mime_type": "image/png"}),
    "a text file of other bytes": user({"type": "file", "base64": "/w==", "mime_type": "text/csv"}),
    "a search result": user({"type": "search_result", "title": "x"}),
    "reasoning of a user": user({"type": "reasoning", "reasoning": "x"}),
    "a call of a user": user({"type": "tool_call", "id": "c", "name": "f", "args": {}}),
    "an image that no model made": [HumanMessage("Hi"), AIMessage([IMAGE]), HumanMessage("x")],
    "an image in the instructions": [SystemMessage([IMAGE]), HumanMessage("x")],
    "a message that removes": [HumanMessage("Hi"), RemoveMessage(id="1")],  # type: ignore[no-untyped-call]  # LangChain's own
    "a role of one's own": [ChatMessage("x", role="critic"), HumanMessage("x")],
    "a function": [FunctionMessage("x", name="f"), HumanMessage("x")],
    "arguments that are no JSON": called(a={1}),
    "a video of a tool": called(VIDEO),
    "a dict of a tool that is no JSON": called({"type": "weather", "degrees": {1}}),
}

ACCEPTED = {
    "undocumented": "",
    "gpt": " Accepted: file, image_url, text.",
    "gemma": " Accepted: file, image_url, text.",
    "old claude": " Accepted: document, image, text.",
    "new claude": (
        " Accepted: document, file, image, image_url, input_audio, search_result, text, video_url."
    ),
    "responses": " Accepted: file, image, text.",
}
"""What the text says that a user turn of each takes instead."""
NO_JSON = (
    "it cannot be written as JSON (Object of type set is not JSON serializable). "
    "Use text, numbers, lists and dicts in it."
)
CLAUDES = "is not one of image/jpeg, image/png, image/gif, image/webp."
ROLES = "only user, assistant, system, developer and tool."
NO_TEXT = "it has no text."
SHOW_IT = "Show it to the model in a user turn."
BLOCK = "block 0 ({}) of message 0 (HumanMessage)"

REFUSED = [
    (
        "a text without its text",
        "undocumented, gpt, gemma, old claude, new claude, responses",
        BLOCK.format("text"),
        "it has no text.",
    ),
    (
        "an image by its id",
        "undocumented, gpt, gemma",
        "block 1 (image) of message 0 (HumanMessage)",
        "ids of uploads are not known here: pass a URL or base64 data.",
    ),
    (
        "an image by its id",
        "old claude, new claude",
        "block 1 (image) of message 0 (HumanMessage)",
        "ids of uploads are not known here: pass base64 data.",
    ),
    ("a video", "gpt, gemma", BLOCK.format("video"), "a user turn of this model takes no video."),
    ("a video", "old claude", BLOCK.format("video"), "the Claude schema has no video."),
    ("a video", "responses", BLOCK.format("video"), "the Responses endpoint takes no video."),
    (
        "a recording",
        "gpt, gemma",
        BLOCK.format("audio"),
        "a user turn of this model takes no audio.",
    ),
    ("a recording", "old claude", BLOCK.format("audio"), "the Claude schema has no audio."),
    ("a recording", "responses", BLOCK.format("audio"), "the Responses endpoint takes no audio."),
    (
        "a PDF as an image",
        "undocumented, gpt, gemma, responses",
        BLOCK.format("image"),
        "application/pdf is not a type of image.",
    ),
    (
        "a PDF as an image",
        "old claude, new claude",
        BLOCK.format("image"),
        f"application/pdf {CLAUDES}",
    ),
    ("an image as TIFF", "old claude, new claude", BLOCK.format("image"), f"image/tiff {CLAUDES}"),
    (
        "a file of Word",
        "undocumented, gpt, gemma",
        BLOCK.format("file"),
        "application/msword is not a type of file that it takes: PDF and text are.",
    ),
    (
        "a file of Word",
        "old claude, new claude",
        BLOCK.format("file"),
        "application/msword is not one of application/pdf, text/*.",
    ),
    (
        "an image as a recording",
        "undocumented, gpt, gemma, new claude",
        BLOCK.format("audio"),
        "image/png is not a type of audio.",
    ),
    (
        "an image as a recording",
        "old claude",
        BLOCK.format("audio"),
        "the Claude schema has no audio.",
    ),
    (
        "an image as a recording",
        "responses",
        BLOCK.format("audio"),
        "the Responses endpoint takes no audio.",
    ),
    (
        "an image as a video",
        "undocumented, gpt, gemma, new claude",
        BLOCK.format("video"),
        "image/png is not a type of video.",
    ),
    ("an image as a video", "old claude", BLOCK.format("video"), "the Claude schema has no video."),
    (
        "an image as a video",
        "responses",
        BLOCK.format("video"),
        "the Responses endpoint takes no video.",
    ),
    (
        "a text file of other bytes",
        "undocumented, gpt, gemma, old claude, new claude, responses",
        BLOCK.format("file"),
        "its data is not base64 of UTF-8 text.",
    ),
    (
        "a search result",
        "gpt, gemma, old claude",
        BLOCK.format("search_result"),
        "a user turn of this model takes no search_result.",
    ),
    (
        "reasoning of a user",
        "undocumented, gpt, gemma",
        BLOCK.format("reasoning"),
        "a user turn of this model takes no reasoning.",
    ),
    (
        "reasoning of a user",
        "responses",
        BLOCK.format("reasoning"),
        "the Responses endpoint takes no reasoning.",
    ),
    (
        "a call of a user",
        "undocumented, gpt, gemma, old claude, new claude",
        BLOCK.format("tool call"),
        "a user turn of this model takes no tool call.",
    ),
    (
        "a call of a user",
        "responses",
        BLOCK.format("tool call"),
        "the Responses endpoint takes no tool call.",
    ),
    (
        "an image that no model made",
        "undocumented, gpt, gemma, responses",
        "block 0 (image) of message 1 (AIMessage)",
        f"an assistant turn of this model takes no image. Accepted: text. {SHOW_IT}",
    ),
    (
        "an image that no model made",
        "old claude",
        "block 0 (image) of message 1 (AIMessage)",
        (
            "it documents base64 data only, no URLs: fetch it and pass base64. "
            f"Accepted: document, image, text. {SHOW_IT}"
        ),
    ),
    (
        "an image in the instructions",
        "gpt, gemma, old claude, new claude",
        "block 0 (image) of message 0 (SystemMessage)",
        "a system turn of this model takes no image. Accepted: text.",
    ),
    (
        "a message that removes",
        "undocumented, gpt, gemma, old claude, new claude, responses",
        "message 1 (RemoveMessage)",
        "it is no turn of a conversation.",
    ),
    (
        "a role of one's own",
        "old claude, new claude",
        "message 0 (ChatMessage)",
        f"the Claude schema has no role 'critic', {ROLES}",
    ),
    (
        "a role of one's own",
        "responses",
        "message 0 (ChatMessage)",
        f"the Responses endpoint has no role 'critic', {ROLES}",
    ),
    (
        "a function",
        "gpt",
        "message 0 (FunctionMessage)",
        "its documented roles are assistant, developer, system, tool, user.",
    ),
    (
        "a function",
        "gemma",
        "message 0 (FunctionMessage)",
        "its documented roles are assistant, user.",
    ),
    (
        "a function",
        "old claude, new claude",
        "message 0 (FunctionMessage)",
        f"the Claude schema has no role 'function', {ROLES}",
    ),
    (
        "a function",
        "responses",
        "message 0 (FunctionMessage)",
        f"the Responses endpoint has no role 'function', {ROLES}",
    ),
    (
        "arguments that are no JSON",
        "undocumented, gpt, gemma, responses",
        "the arguments of the tool call 'f' of message 1 (AIMessage)",
        NO_JSON,
    ),
    (
        "a video of a tool",
        "gpt",
        "block 0 (video) of message 2 (ToolMessage)",
        "neither a tool turn nor a user turn of this model takes one.",
    ),
    (
        "a video of a tool",
        "gemma",
        "message 2 (ToolMessage)",
        "its documented roles are assistant, user.",
    ),
    (
        "a video of a tool",
        "old claude",
        "block 0 (video) of message 2 (ToolMessage)",
        "the Claude schema has no video. Accepted: image, text.",
    ),
    (
        "a video of a tool",
        "new claude",
        "block 0 (video) of message 2 (ToolMessage)",
        "the Claude schema has no video. Accepted: document, image, search_result, text.",
    ),
    (
        "a video of a tool",
        "responses",
        "block 0 (video) of message 2 (ToolMessage)",
        "the Responses endpoint takes no video. Accepted: file, image, text.",
    ),
    (
        "a dict of a tool that is no JSON",
        "undocumented, gpt, responses",
        "block 0 of message 2 (ToolMessage)",
        NO_JSON,
    ),
    (
        "a dict of a tool that is no JSON",
        "gemma",
        "message 2 (ToolMessage)",
        "its documented roles are assistant, user.",
    ),
    (
        "a dict of a tool that is no JSON",
        "old claude, new claude",
        "a block of message 2 (ToolMessage)",
        NO_JSON,
    ),
]


@pytest.mark.parametrize(
    ("messages", "model", "what", "why"),
    [
        pytest.param(messages, model, what, why, id=f"{messages}, {model}")
        for messages, models, what, why in REFUSED
        for model in models.split(", ")
    ],
)
def test_a_refusal_says_what_where_and_why(messages: str, model: str, what: str, why: str) -> None:
    id_, endpoint = MODELS[model]
    with pytest.raises(UnsupportedContentError) as refused:
        request_body(CONVERSATIONS[messages], id_, endpoint=endpoint)
    instead = ACCEPTED[model] if "(HumanMessage)" in what and why != NO_TEXT else ""
    assert str(refused.value) == f"Cannot send {what} to {id_}: {why}{instead}"
