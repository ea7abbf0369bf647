"""The Claude-style body."""

from __future__ import annotations

import json
from typing import Any, ClassVar

import pytest
from cases.claude_turns import (
    IMAGE,
    MARK,
    NEW,
    OLD,
    PDF,
    PDF_SOURCE,
    PNG,
    UNKNOWN,
    WAV,
    body_of,
    document,
    text,
    turns_of,
)
from doors.bodies import request_body
from langchain_core.messages import (
    AIMessage,
    BaseMessage,
    ChatMessage,
    FunctionMessage,
    HumanMessage,
    RemoveMessage,
    SystemMessage,
)

from langchain_aimlapi.errors import UnsupportedContentError

NO_DOCUMENTS = "claude-3-5-sonnet-latest"


class TestSystem:
    def test_several_and_later_ones_are_joined_in_order(self) -> None:
        messages = [
            SystemMessage("Be brief."),
            SystemMessage([text("Be kind."), text("Be calm.")]),
            HumanMessage("Hi"),
            ChatMessage("Be bold.", role="developer"),
        ]
        assert body_of(messages) == {
            "model": OLD,
            "messages": [{"role": "user", "content": "Hi"}],
            "system": "Be brief.\n\nBe kind.\n\nBe calm.\n\nBe bold.",
        }

    def test_a_cache_mark_makes_it_a_list_of_blocks(self) -> None:
        marked = {**text("Long."), "cache_control": MARK}
        body = body_of([SystemMessage([marked]), SystemMessage("Brief."), HumanMessage("Hi")])
        assert body["system"] == [marked, text("Brief.")]

    def test_there_is_none_without_text(self) -> None:
        assert "system" not in body_of([SystemMessage(" "), HumanMessage("Hi")])

    def test_a_text_document_counts_as_text(self) -> None:
        block = {"type": "text-plain", "text": "Rules.", "mime_type": "text/plain"}
        assert body_of([SystemMessage([block]), HumanMessage("Hi")])["system"] == "Rules."

    def test_an_image_is_refused(self) -> None:
        block = {"type": "image", "base64": PNG}
        pattern = r"block 0 \(image\) of message 0 \(SystemMessage\).*Accepted: text"
        with pytest.raises(UnsupportedContentError, match=pattern):
            body_of([SystemMessage([block])])


class TestTurns:
    def test_turns_alternate_between_user_and_assistant(self) -> None:
        messages = [HumanMessage("Hi"), AIMessage("Hello"), HumanMessage("More", name="Ann")]
        assert turns_of(messages) == [
            {"role": "user", "content": "Hi"},
            {"role": "assistant", "content": "Hello"},
            {"role": "user", "content": "More"},  # the schema has no names
        ]

    def test_consecutive_turns_of_one_speaker_are_merged(self) -> None:
        messages = [
            HumanMessage("a"),
            HumanMessage([text("b")]),
            AIMessage("c"),
            AIMessage("d"),
            ChatMessage("e", role="user"),
        ]
        assert turns_of(messages) == [
            {"role": "user", "content": [text("a"), text("b")]},
            {"role": "assistant", "content": [text("c"), text("d")]},
            {"role": "user", "content": "e"},
        ]

    @pytest.mark.parametrize("blank", ["", " \n", [], [text("")], [text(" ")]])
    def test_blank_turns_are_left_out_because_they_are_refused(self, blank: Any) -> None:
        messages = [HumanMessage("Hi"), AIMessage(blank), HumanMessage("More")]
        assert turns_of(messages) == [{"role": "user", "content": [text("Hi"), text("More")]}]

    def test_blank_blocks_are_left_out(self) -> None:
        assert turns_of([HumanMessage([text(""), text("Hi"), text("\n")])]) == [
            {"role": "user", "content": [text("Hi")]}
        ]

    def test_a_conversation_of_nothing_is_left_to_the_service(self) -> None:
        assert turns_of([HumanMessage("")]) == [{"role": "user", "content": ""}]

    def test_more_texts_than_an_older_document_allows_are_joined(self) -> None:
        messages = [HumanMessage(str(n)) for n in range(7)]
        joined = "0\n\n1\n\n2\n\n3\n\n4\n\n5\n\n6"
        assert turns_of(messages, OLD) == [{"role": "user", "content": [text(joined)]}]
        assert len(turns_of(messages, NEW)[0]["content"]) == 7

    @pytest.mark.parametrize(
        ("message", "why"),
        [
            (RemoveMessage(id="1"), "no turn of a conversation"),
            (FunctionMessage("x", name="f"), "no role 'function'"),
            (ChatMessage("x", role="critic"), "no role 'critic'"),
        ],
    )
    def test_other_messages_are_refused(self, message: BaseMessage, why: str) -> None:
        with pytest.raises(UnsupportedContentError, match=f"message 1 .*{why}"):
            turns_of([HumanMessage("Hi"), message])


URL_SOURCE = {"type": "url", "url": "https://x.io/a"}


class TestBlocks:
    @pytest.mark.parametrize(
        ("model", "block", "written"),
        [
            (OLD, {"type": "image", "base64": PNG, "mime_type": "image/png"}, IMAGE),
            (OLD, {"type": "image_url", "image_url": f"data:image/png;base64,{PNG}"}, IMAGE),
            (OLD, IMAGE, IMAGE),
            (
                OLD,
                {"type": "image", "base64": "/9j/", "mime_type": "image/jpg"},
                {
                    "type": "image",
                    "source": {"type": "base64", "media_type": "image/jpeg", "data": "/9j/"},
                },
            ),
            (
                NEW,
                {"type": "image", "url": "https://x.io/a"},
                {"type": "image", "source": URL_SOURCE},
            ),
            (
                UNKNOWN,
                {"type": "image_url", "image_url": {"url": "https://x.io/a"}},
                {"type": "image", "source": URL_SOURCE},
            ),
            (OLD, {"type": "file", "base64": PDF, "filename": "a.pdf"}, document(PDF_SOURCE)),
            (
                NEW,
                {"type": "file", "base64": PDF, "filename": "a.pdf"},
                document(PDF_SOURCE, title="a.pdf"),
            ),
            (NEW, {"type": "file", "url": "https://x.io/a"}, document(URL_SOURCE)),
            (
                NEW,
                document(PDF_SOURCE, title="T", citations={"enabled": True}, cache_control=MARK),
                document(PDF_SOURCE, title="T", citations={"enabled": True}, cache_control=MARK),
            ),
            (
                OLD,
                {"type": "text-plain", "text": "Hello", "mime_type": "text/plain", "title": "T"},
                document({"type": "text", "media_type": "text/plain", "data": "Hello"}),
            ),
            (
                OLD,
                {"type": "file", "base64": "YSxi", "mime_type": "text/csv"},
                document({"type": "text", "media_type": "text/plain", "data": "a,b"}),
            ),
            (
                NO_DOCUMENTS,
                {"type": "text-plain", "text": "Hello", "mime_type": "text/plain"},
                text("Hello"),
            ),
            (OLD, {**text("Hi"), "cache_control": MARK}, {**text("Hi"), "cache_control": MARK}),
            (
                OLD,
                {"type": "image", "base64": PNG, "cache_control": MARK},
                {**IMAGE, "cache_control": MARK},
            ),
            (OLD, {"type": "non_standard", "value": {"type": "own"}}, {"type": "own"}),
            (NEW, {"type": "search_result", "title": "x"}, {"type": "search_result", "title": "x"}),
        ],
    )
    def test_user_block(self, model: str, block: dict[str, Any], written: dict[str, Any]) -> None:
        turns = turns_of([HumanMessage([text("?"), block])], model)
        assert turns == [{"role": "user", "content": [text("?"), written]}]

    @pytest.mark.parametrize(
        ("model", "block", "why"),
        [
            (OLD, {"type": "audio", "base64": WAV}, "no audio.*Accepted: document, image, text"),
            (OLD, {"type": "video", "url": "https://x.io/a.mp4"}, "no video"),
            (OLD, {"type": "image", "url": "https://x.io/a.png"}, "base64 data only.*openai"),
            (OLD, {"type": "file", "url": "https://x.io/a.pdf"}, "base64 data only"),
            (OLD, {"type": "image", "base64": "AA==", "mime_type": "image/tiff"}, "image/webp"),
            (OLD, {"type": "file", "base64": "AA==", "mime_type": "application/zip"}, "pdf"),
            (OLD, {"type": "image", "file_id": "f"}, "ids of uploads"),
            (OLD, {"type": "search_result"}, "takes no search_result"),
            (OLD, {"type": "image"}, "base64"),
            (NO_DOCUMENTS, {"type": "file", "base64": PDF}, "file.*Accepted: image, text"),
        ],
    )
    def test_what_cannot_be_said_is_refused_with_its_place(
        self, model: str, block: dict[str, Any], why: str
    ) -> None:
        where = rf"block 1 \({block['type']}\) of message 1 \(HumanMessage\) to {model}"
        messages = [SystemMessage("Hi"), HumanMessage([text("?"), block])]
        with pytest.raises(UnsupportedContentError, match=f"{where}.*{why}"):
            turns_of(messages, model)

    @pytest.mark.parametrize(
        ("block", "part"),
        [
            (
                {"type": "audio", "base64": WAV, "mime_type": "audio/wav"},
                {"type": "input_audio", "input_audio": {"data": WAV, "format": "wav"}},
            ),
            (
                {"type": "video", "url": "https://x.io/a.mp4"},
                {"type": "video_url", "video_url": {"url": "https://x.io/a.mp4"}},
            ),
        ],
    )
    def test_sound_and_video_go_as_openai_style_turns_where_both_styles_are_documented(
        self, block: dict[str, Any], part: dict[str, Any]
    ) -> None:
        messages = [SystemMessage("Be brief."), HumanMessage([text("?"), block])]
        assert body_of(messages, NEW, stop=["END"]) == {
            "model": NEW,
            "messages": [
                {"role": "system", "content": "Be brief."},
                {"role": "user", "content": [text("?"), part]},
            ],
            "stop_sequences": ["END"],
        }


class TestResponseFormat:
    """The schema has no such field, but LangChain's agents set it by the name of the model."""

    SCHEMA: ClassVar[dict[str, Any]] = {"type": "object", "properties": {"value": {}}}

    def test_a_json_schema_goes_into_the_system_prompt_with_a_warning(self) -> None:
        wanted = {"type": "json_schema", "json_schema": {"name": "A", "schema": self.SCHEMA}}
        messages = [SystemMessage("Be brief."), HumanMessage("Hi")]
        with pytest.warns(UserWarning, match=f"{OLD} has no response_format"):
            body = body_of(messages, response_format=wanted)
        assert "response_format" not in body
        assert body["system"].startswith("Be brief.\n\nGive the final answer as one JSON object")
        assert body["system"].endswith(json.dumps(self.SCHEMA))

    def test_json_mode_goes_into_the_system_prompt_too(self) -> None:
        with pytest.warns(UserWarning, match="has no response_format"):
            body = body_of([HumanMessage("Hi")], response_format={"type": "json_object"})
        assert body["system"].startswith("Give the final answer as one JSON object")

    def test_text_is_what_the_schema_answers_with_anyway(self) -> None:
        body = body_of([HumanMessage("Hi")], response_format={"type": "text"})
        assert set(body) == {"model", "messages"}


@pytest.mark.parametrize(
    ("wanted", "roles"), [("text", ["user"]), ("json_object", ["system", "user"])]
)
def test_a_format_of_text_keeps_a_model_of_both_schemas_in_its_own(
    wanted: str, roles: list[str]
) -> None:
    messages = [SystemMessage("Be brief."), HumanMessage("Hi")]
    body = request_body(messages, "anthropic/claude-sonnet-4", response_format={"type": wanted})
    assert [turn["role"] for turn in body["messages"]] == roles


def test_an_openai_model_takes_the_claude_schema_when_asked_to() -> None:
    body = body_of([SystemMessage("Be brief."), HumanMessage([IMAGE])], "gpt-4o")
    assert body["system"] == "Be brief."
    assert body["messages"][0]["content"] == [IMAGE]


def test_tools_and_choice_are_translated() -> None:
    tool = {"type": "function", "function": {"name": "f", "parameters": {"type": "object"}}}
    body = body_of(
        [HumanMessage("Hi")], tools=[tool], tool_choice="required", parallel_tool_calls=False
    )
    assert body["tools"] == [{"name": "f", "input_schema": {"type": "object", "properties": {}}}]
    assert body["tool_choice"] == {"type": "any", "disable_parallel_tool_use": True}
