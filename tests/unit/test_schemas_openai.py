"""The OpenAI-style body."""

from __future__ import annotations

from typing import Any

import pytest
from cases.openai_turns import MARK, PDF, PNG, SIGNATURE, UNKNOWN, WAV, body_of, turns_of
from langchain_core.messages import (
    AIMessage,
    AIMessageChunk,
    BaseMessage,
    ChatMessage,
    FunctionMessage,
    HumanMessage,
    HumanMessageChunk,
    RemoveMessage,
    SystemMessage,
    ToolMessage,
)
from pydantic import BaseModel

from langchain_aimlapi.errors import UnsupportedContentError

STRINGS_ONLY = "nvidia/nemotron-3-ultra-550b-a55b"
NO_SYSTEM = "google/gemma-3-4b-it"
CAPTIONER = "alibaba/qwen3-omni-30b-a3b-captioner"
VIDEO = "google/gemini-3-5-flash"


def user_part(block: dict[str, Any], model: str = UNKNOWN) -> Any:
    return turns_of([HumanMessage([{"type": "text", "text": "?"}, block])], model)[0]["content"][1]


def test_model_and_messages_come_first() -> None:
    body = body_of([HumanMessage("Hi")], stop=["x"], params={"seed": 1})
    assert list(body) == ["model", "messages", "stop", "seed"]


class TestRoles:
    @pytest.mark.parametrize(
        ("message", "turn"),
        [
            (HumanMessage("Hi"), {"role": "user", "content": "Hi"}),
            (HumanMessageChunk(content="Hi"), {"role": "user", "content": "Hi"}),
            (HumanMessage("Hi", name="Ann"), {"role": "user", "content": "Hi", "name": "Ann"}),
            (SystemMessage("Be brief."), {"role": "system", "content": "Be brief."}),
            (
                SystemMessage("Be.", additional_kwargs={"__openai_role__": "developer"}),
                {"role": "developer", "content": "Be."},
            ),
            (ChatMessage("Be.", role="developer"), {"role": "developer", "content": "Be."}),
            (ChatMessage("Hi", role="human"), {"role": "user", "content": "Hi"}),
            (ChatMessage("Hi", role="critic"), {"role": "critic", "content": "Hi"}),
            (AIMessage("Hi", name="bot"), {"role": "assistant", "content": "Hi", "name": "bot"}),
            (AIMessageChunk(content="Hi"), {"role": "assistant", "content": "Hi"}),
            (
                ToolMessage("3", tool_call_id="c1", name="add"),
                {"role": "tool", "tool_call_id": "c1", "content": "3"},
            ),
            (
                FunctionMessage("3", name="add"),
                {"role": "function", "name": "add", "content": "3"},
            ),
        ],
    )
    def test_role_of_a_message(self, message: BaseMessage, turn: dict[str, Any]) -> None:
        assert turns_of([message]) == [turn]

    def test_developer_is_system_where_only_system_is_documented(self) -> None:
        message = ChatMessage("Be brief.", role="developer")
        assert turns_of([message], "MiniMax-Text-01") == [
            {"role": "system", "content": "Be brief."}
        ]

    def test_instructions_lead_the_user_turn_where_there_is_no_role_for_them(self) -> None:
        messages = [
            SystemMessage("Be brief."),
            SystemMessage("Be kind."),
            HumanMessage("Hi"),
            AIMessage("Hello"),
            HumanMessage([{"type": "text", "text": "More"}]),
        ]
        assert turns_of(messages, NO_SYSTEM) == [
            {"role": "user", "content": "Be brief.\n\nBe kind.\n\nHi"},
            {"role": "assistant", "content": "Hello"},
            {"role": "user", "content": [{"type": "text", "text": "More"}]},
        ]

    def test_instructions_do_not_lead_what_a_tool_returned(self) -> None:
        image = {"type": "image_url", "image_url": {"url": "https://example.com/a.png"}}
        call = {"name": "look", "args": {}, "id": "c1"}
        messages = [
            SystemMessage("Be brief."),
            AIMessage("", tool_calls=[call]),
            ToolMessage([image], tool_call_id="c1"),
            HumanMessage("Well?"),
        ]
        tool = {"type": "function", "function": {"name": "look"}}
        turns = body_of(messages, NO_SYSTEM, tools=[tool])["messages"]
        shown = [turn["content"] for turn in turns if turn["role"] == "user"]
        assert shown == [
            [{"type": "text", "text": "Returned by the tool call c1:"}, image],
            "Be brief.\n\nWell?",
        ]

    def test_instructions_alone_are_a_user_turn_there(self) -> None:
        assert turns_of([SystemMessage("Be brief.")], NO_SYSTEM) == [
            {"role": "user", "content": "Be brief."}
        ]

    def test_system_blocks_stay_blocks(self) -> None:
        blocks = [{"type": "text", "text": "Long.", "cache_control": MARK}]
        assert turns_of([SystemMessage(blocks)]) == [{"role": "system", "content": blocks}]

    def test_a_message_that_is_no_turn_is_refused(self) -> None:
        with pytest.raises(UnsupportedContentError, match=r"message 1 \(RemoveMessage\)"):
            turns_of([HumanMessage("Hi"), RemoveMessage(id="1")])

    def test_tool_turns_are_refused_where_no_tools_are_documented(self) -> None:
        messages = [HumanMessage("Hi"), ToolMessage("3", tool_call_id="c1")]
        with pytest.raises(UnsupportedContentError, match=r"documented roles are assistant, user"):
            turns_of(messages, NO_SYSTEM)

    def test_bound_tools_are_believed_more_than_the_documents(self) -> None:
        tool = {"type": "function", "function": {"name": "f"}}
        messages = [HumanMessage("Hi"), ToolMessage("3", tool_call_id="c1")]
        assert turns_of(messages, NO_SYSTEM, tools=[tool])[1]["role"] == "tool"


class TestParts:
    @pytest.mark.parametrize(
        ("block", "part"),
        [
            (
                {"type": "image", "base64": PNG, "mime_type": "image/png"},
                {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{PNG}"}},
            ),
            (
                {"type": "image", "url": "https://x.io/a.png"},
                {"type": "image_url", "image_url": {"url": "https://x.io/a.png"}},
            ),
            (
                {"type": "image_url", "image_url": {"url": "https://x.io", "detail": "low"}},
                {"type": "image_url", "image_url": {"url": "https://x.io", "detail": "low"}},
            ),
            (
                {
                    "type": "image",
                    "source": {"type": "base64", "media_type": "image/webp", "data": "AA=="},
                    "cache_control": MARK,
                },
                {
                    "type": "image_url",
                    "image_url": {"url": "data:image/webp;base64,AA=="},
                    "cache_control": MARK,
                },
            ),
            (
                {"type": "file", "base64": PDF, "filename": "a.pdf"},
                {
                    "type": "file",
                    "file": {
                        "filename": "a.pdf",
                        "file_data": f"data:application/pdf;base64,{PDF}",
                    },
                },
            ),
            (
                {"type": "file", "url": "https://x.io/a.pdf"},  # the service fetches it
                {
                    "type": "file",
                    "file": {"filename": "document.pdf", "file_data": "https://x.io/a.pdf"},
                },
            ),
            (
                {"type": "file", "file_id": "file-1"},
                {"type": "file", "file": {"file_id": "file-1"}},
            ),
            (
                {"type": "file", "base64": "YSxi", "mime_type": "text/csv"},
                {"type": "text", "text": "a,b"},
            ),
            (
                {"type": "text-plain", "text": "Hello", "mime_type": "text/plain"},
                {"type": "text", "text": "Hello"},
            ),
            (
                {"type": "audio", "base64": WAV, "mime_type": "audio/x-wav"},
                {"type": "input_audio", "input_audio": {"data": WAV, "format": "wav"}},
            ),
            (
                {"type": "audio", "base64": "AA==", "mime_type": "audio/mpeg"},
                {"type": "input_audio", "input_audio": {"data": "AA==", "format": "mp3"}},
            ),
            (
                {"type": "audio", "base64": "AA==", "mime_type": "audio/flac"},
                {"type": "input_audio", "input_audio": {"data": "AA==", "format": "audio/flac"}},
            ),
            (
                {"type": "video", "url": "https://x.io/a.mp4"},
                {"type": "video_url", "video_url": {"url": "https://x.io/a.mp4"}},
            ),
            (
                {"type": "video", "base64": "AA==", "mime_type": "video/mp4"},
                {"type": "video_url", "video_url": {"url": "data:video/mp4;base64,AA=="}},
            ),
            (
                {"type": "text", "text": "Hi", "cache_control": MARK, "id": "lc_1"},
                {"type": "text", "text": "Hi", "cache_control": MARK},
            ),
            ({"type": "non_standard", "value": {"type": "own", "a": 1}}, {"type": "own", "a": 1}),
        ],
    )
    def test_user_part(self, block: dict[str, Any], part: dict[str, Any]) -> None:
        assert user_part(block) == part

    def test_a_block_wrapped_by_the_user_passes_where_it_is_not_documented(self) -> None:
        own = {"type": "own", "a": 1}
        assert user_part({"type": "non_standard", "value": own}, "gpt-4o") == own

    @pytest.mark.parametrize(
        ("model", "block", "message"),
        [
            ("gpt-4o", {"type": "audio", "base64": WAV}, "audio.*Accepted: file, image_url, text"),
            ("gpt-4o", {"type": "video", "url": "https://x.io/a.mp4"}, "video.*Accepted: file"),
            ("gpt-4o", {"type": "own"}, "own"),
            ("o1-mini", {"type": "image", "base64": PNG}, "image.*Accepted: text"),
            (STRINGS_ONLY, {"type": "image", "base64": PNG}, "image.*Accepted: text"),
            (UNKNOWN, {"type": "image", "base64": PNG, "mime_type": "text/html"}, "text/html"),
            (UNKNOWN, {"type": "audio", "base64": WAV, "mime_type": "image/png"}, "image/png"),
            (UNKNOWN, {"type": "video", "base64": WAV, "mime_type": "audio/wav"}, "audio/wav"),
            (UNKNOWN, {"type": "file", "base64": "AA==", "mime_type": "application/zip"}, "zip"),
            (UNKNOWN, {"type": "image", "file_id": "f"}, "ids of uploads"),
            (UNKNOWN, {"type": "tool_use", "id": "c", "name": "f", "input": {}}, "tool call"),
            (UNKNOWN, {"type": "image"}, "base64"),
        ],
    )
    def test_what_cannot_be_said_is_refused_with_its_place(
        self, model: str, block: dict[str, Any], message: str
    ) -> None:
        content = [{"type": "text", "text": "?"}, block]
        kind = block["type"].replace("_use", " call")
        where = rf"block 1 \({kind}\) of message 1 \(HumanMessage\) to {model}"
        with pytest.raises(UnsupportedContentError, match=f"{where}.*{message}"):
            turns_of([SystemMessage("Hi"), HumanMessage(content)], model)

    def test_video_goes_to_a_model_that_documents_it(self) -> None:
        block = {"type": "video_url", "video_url": {"url": "https://x.io/a.mp4"}}
        assert user_part({"type": "video", "url": "https://x.io/a.mp4"}, VIDEO) == block

    def test_text_blocks_are_one_string_where_only_strings_are_taken(self) -> None:
        blocks = [{"type": "text", "text": "a"}, "b"]
        messages = [SystemMessage(blocks), HumanMessage(blocks), AIMessage(blocks)]
        assert turns_of(messages, STRINGS_ONLY) == [
            {"role": "system", "content": "a\nb"},
            {"role": "user", "content": "a\nb"},
            {"role": "assistant", "content": "ab"},
        ]

    def test_text_is_left_out_with_a_warning_where_only_recordings_are_taken(self) -> None:
        content = [{"type": "text", "text": "Caption it"}, {"type": "audio", "base64": WAV}]
        with pytest.warns(UserWarning, match=r"message 0.*takes only input_audio"):
            turns = turns_of([HumanMessage(content)], CAPTIONER)
        assert turns == [
            {
                "role": "user",
                "content": [{"type": "input_audio", "input_audio": {"data": WAV, "format": "wav"}}],
            }
        ]

    @pytest.mark.parametrize(
        "messages",
        [
            [HumanMessage("Hi")],
            [SystemMessage("Hi"), HumanMessage([{"type": "audio", "base64": WAV}])],
        ],
    )
    def test_text_alone_is_refused_there(self, messages: list[BaseMessage]) -> None:
        with pytest.raises(UnsupportedContentError, match=r"takes no text\. Accepted: input_audio"):
            turns_of(messages, CAPTIONER)

    def test_empty_content_is_an_empty_string(self) -> None:
        assert turns_of([HumanMessage([])]) == [{"role": "user", "content": ""}]


class Answer(BaseModel):
    """An answer."""

    value: int


def test_a_class_as_response_format_is_a_json_schema() -> None:
    found = body_of([HumanMessage("Hi")], response_format=Answer)["response_format"]
    assert found["type"] == "json_schema"
    assert found["json_schema"]["name"] == "Answer"


def test_a_claude_model_takes_the_openai_schema_when_asked_to() -> None:
    block = {"type": "image", "url": "https://x.io/a.png"}
    body = body_of([SystemMessage("Be brief."), HumanMessage([block])], "anthropic/claude-sonnet-4")
    assert body["messages"][0] == {"role": "system", "content": "Be brief."}
    assert body["messages"][1]["content"][0]["type"] == "image_url"


def test_messages_are_not_changed() -> None:
    message = AIMessage(
        [{"type": "text", "text": "Hi", "cache_control": MARK}],
        tool_calls=[{"name": "f", "args": {"a": 1}, "id": "c1"}],
        additional_kwargs={"tool_call_extras": {"c1": SIGNATURE}},
    )
    before = message.model_copy(deep=True)
    body = body_of([message, ToolMessage("x", tool_call_id="c1")])
    body["messages"][0]["content"][0]["text"] = "changed"
    assert message == before
