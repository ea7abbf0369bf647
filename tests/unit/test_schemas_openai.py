"""The OpenAI-style body."""

from __future__ import annotations

import json
from typing import Any

import pytest
from doors.bodies import request_body
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
    messages_from_dict,
    messages_to_dict,
)
from pydantic import BaseModel

from langchain_aimlapi.errors import UnsupportedContentError

UNKNOWN = "vendor/model-of-next-year"
STRINGS_ONLY = "nvidia/nemotron-3-ultra-550b-a55b"
NO_SYSTEM = "google/gemma-3-4b-it"
CAPTIONER = "alibaba/qwen3-omni-30b-a3b-captioner"
VIDEO = "google/gemini-3-5-flash"
NEW_CLAUDE = "anthropic/claude-sonnet-5"
PNG = "iVBORw0KGgo="
PDF = "JVBERi0xLjQ="
WAV = "UklGRiQAAABXQVZFZm10IA=="
MARK = {"type": "ephemeral"}
SIGNATURE = {"google": {"thought_signature": "c2ln"}}


def body_of(messages: list[BaseMessage], model: str = UNKNOWN, **options: Any) -> dict[str, Any]:
    return request_body(messages, model, schema="openai", **options)


def turns_of(messages: list[BaseMessage], model: str = UNKNOWN, **options: Any) -> Any:
    return body_of(messages, model, **options)["messages"]


def user_part(block: dict[str, Any], model: str = UNKNOWN) -> Any:
    return turns_of([HumanMessage([{"type": "text", "text": "?"}, block])], model)[0]["content"][1]


def call(name: str, args: Any, id_: str) -> dict[str, Any]:
    arguments = args if isinstance(args, str) else json.dumps(args)
    return {"id": id_, "type": "function", "function": {"name": name, "arguments": arguments}}


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


class TestAssistant:
    @pytest.mark.parametrize(
        "message",
        [
            AIMessage("", tool_calls=[{"name": "add", "args": {"a": 1}, "id": "c1"}]),
            AIMessage(
                [{"type": "tool_use", "id": "c1", "name": "add", "input": {"a": 1}}],
                tool_calls=[{"name": "add", "args": {"a": 1}, "id": "c1"}],
            ),
            AIMessage([{"type": "tool_use", "id": "c1", "name": "add", "input": {"a": 1}}]),
            AIMessage(
                content_blocks=[{"type": "tool_call", "id": "c1", "name": "add", "args": {"a": 1}}],
                response_metadata={"output_version": "v1"},
            ),
        ],
    )
    def test_calls_without_text_have_empty_content_never_null(self, message: AIMessage) -> None:
        assert turns_of([message]) == [
            {"role": "assistant", "content": "", "tool_calls": [call("add", {"a": 1}, "c1")]}
        ]

    def test_arguments_keep_their_letters(self) -> None:
        message = AIMessage("", tool_calls=[{"name": "f", "args": {"q": "žluť"}, "id": "c"}])
        assert turns_of([message])[0]["tool_calls"][0]["function"]["arguments"] == '{"q": "žluť"}'

    def test_invalid_calls_go_back_as_they_came(self) -> None:
        message = AIMessage(
            "",
            tool_calls=[{"name": "f", "args": {}, "id": "c1"}],
            invalid_tool_calls=[
                {"name": "g", "args": '{"path": "/tm', "id": "c2", "error": "cut off"}
            ],
        )
        assert turns_of([message])[0]["tool_calls"] == [
            call("f", {}, "c1"),
            call("g", '{"path": "/tm', "c2"),
        ]

    def test_a_call_without_an_id_gets_one(self) -> None:
        message = AIMessage("", tool_calls=[{"name": "f", "args": {}, "id": None}])
        assert turns_of([HumanMessage("Hi"), message])[1]["tool_calls"][0]["id"] == "call_1_0"

    @pytest.mark.parametrize("model", ["gpt-4o", UNKNOWN, "moonshot/kimi-k2-0905-preview"])
    def test_reasoning_is_left_out_where_no_document_takes_it(self, model: str) -> None:
        message = AIMessage(
            [{"type": "reasoning", "reasoning": "hmm"}, {"type": "text", "text": "Hi"}],
            additional_kwargs={
                "reasoning_content": "hmm",
                "reasoning_details": [{"type": "reasoning.text", "text": "hmm"}],
            },
        )
        assert turns_of([message], model) == [{"role": "assistant", "content": "Hi"}]

    @pytest.mark.parametrize(
        ("content", "more"),
        [
            ("Hi", {"reasoning_content": "hmm"}),
            ("Hi", {"reasoning_details": [{"type": "reasoning.text", "text": "hmm"}]}),
            (
                [{"type": "reasoning", "reasoning": "hmm"}, {"type": "text", "text": "Hi"}],
                {"reasoning_content": "hmm", "reasoning_details": [{"text": "hmm"}]},
            ),
            ([{"type": "thinking", "thinking": "hmm"}, {"type": "text", "text": "Hi"}], {}),
        ],
    )
    def test_reasoning_is_sent_back_once_where_documented(
        self, content: Any, more: dict[str, Any]
    ) -> None:
        turns = turns_of([AIMessage(content, additional_kwargs=more)], NEW_CLAUDE)
        assert turns == [{"role": "assistant", "content": "Hi", "reasoning_content": "hmm"}]

    def test_traces_of_another_providers_tools_are_left_out(self) -> None:
        content = [
            {"type": "server_tool_call", "id": "s", "name": "web_search", "args": {}},
            {"type": "server_tool_result", "tool_call_id": "s", "status": "success"},
            {"type": "text", "text": "Hi"},
        ]
        assert turns_of([AIMessage(content)], "gpt-4o") == [{"role": "assistant", "content": "Hi"}]

    def test_the_transcript_stands_for_a_spoken_answer(self) -> None:
        message = AIMessage([{"type": "audio", "base64": WAV, "transcript": "Hello"}])
        assert turns_of([message]) == [{"role": "assistant", "content": "Hello"}]

    def test_a_spoken_answer_without_anything_in_it_is_nothing(self) -> None:
        message = AIMessage(["4", {"type": "audio", "id": "", "extras": {"expires_at": 0}}])
        assert turns_of([message]) == [{"role": "assistant", "content": "4"}]

    def test_an_image_that_a_model_made_is_left_out_with_a_warning(self) -> None:
        message = AIMessage(
            ["Look:", {"type": "image", "base64": PNG}],
            response_metadata={"model_provider": "aimlapi"},
        )
        with pytest.warns(UserWarning, match="in a user turn. It is left out"):
            turns = turns_of([message])
        assert turns == [{"role": "assistant", "content": "Look:"}]

    def test_an_image_of_an_answer_cannot_go_back_as_an_answer(self) -> None:
        message = AIMessage([{"type": "image", "base64": PNG}])
        with pytest.raises(UnsupportedContentError, match="Show it to the model in a user turn"):
            turns_of([message])

    def test_a_refusal_goes_back(self) -> None:
        message = AIMessage("", additional_kwargs={"refusal": "No."})
        expected = [{"role": "assistant", "content": "", "refusal": "No."}]
        assert turns_of([message], "gpt-4o") == expected
        standard = AIMessage(
            [{"type": "non_standard", "value": {"type": "refusal", "refusal": "No."}}],
            additional_kwargs={"refusal": "No."},
        )
        assert turns_of([standard], "gpt-4o") == expected
        assert turns_of([message], "chatgpt-4o-latest") == [{"role": "assistant", "content": "No."}]

    def test_a_mark_keeps_text_in_parts_where_parts_are_taken(self) -> None:
        content = [{"type": "text", "text": "Hi", "cache_control": MARK}]
        assert turns_of([AIMessage(content)], "gpt-4o")[0]["content"] == content
        assert turns_of([AIMessage(content)], "chatgpt-4o-latest")[0]["content"] == "Hi"


class TestThoughtSignatures:
    """`extra_content` of a call (Gemini's thought signature) is opaque and comes back unchanged."""

    EXPECTED = ({**call("add", {"a": 1}, "c1"), "extra_content": SIGNATURE},)

    def message(self) -> AIMessage:
        return AIMessage(
            "",
            tool_calls=[{"name": "add", "args": {"a": 1}, "id": "c1"}],
            additional_kwargs={"tool_call_extras": {"c1": SIGNATURE}},
        )

    def test_from_the_message(self) -> None:
        assert turns_of([self.message()])[0]["tool_calls"] == [*self.EXPECTED]

    def test_from_a_streamed_message(self) -> None:
        chunks = [
            AIMessageChunk(
                content="",
                tool_call_chunks=[{"name": "add", "args": '{"a"', "id": "c1", "index": 0}],
                additional_kwargs={"tool_call_extras": {"c1": SIGNATURE}},
            ),
            AIMessageChunk(
                content="",
                tool_call_chunks=[{"name": None, "args": ": 1}", "id": None, "index": 0}],
            ),
        ]
        assert turns_of([chunks[0] + chunks[1]])[0]["tool_calls"] == [*self.EXPECTED]

    def test_after_serialisation(self) -> None:
        again = messages_from_dict(messages_to_dict([self.message()]))[0]
        assert turns_of([again])[0]["tool_calls"] == [*self.EXPECTED]

    def test_from_standard_blocks(self) -> None:
        block = {
            "type": "tool_call",
            "id": "c1",
            "name": "add",
            "args": {"a": 1},
            "extras": {"extra_content": SIGNATURE},
        }
        message = AIMessage([block], response_metadata={"output_version": "v1"})
        assert turns_of([message])[0]["tool_calls"] == [*self.EXPECTED]


class TestToolResults:
    CALLS = AIMessage(
        "",
        tool_calls=[
            {"name": "f", "args": {}, "id": "c1"},
            {"name": "g", "args": {}, "id": "c2"},
        ],
    )

    def ids(self, messages: list[BaseMessage]) -> list[str]:
        return [turn.get("tool_call_id", turn["role"]) for turn in turns_of(messages)]

    def test_results_in_another_order_are_put_in_the_order_of_the_calls(self) -> None:
        late = [ToolMessage("2", tool_call_id="c2"), ToolMessage("1", tool_call_id="c1")]
        assert self.ids([self.CALLS, *late]) == ["assistant", "c1", "c2"]

    def test_a_result_that_came_after_a_user_turn_is_put_after_its_call(self) -> None:
        messages = [
            self.CALLS,
            ToolMessage("1", tool_call_id="c1"),
            HumanMessage("Still there?"),
            ToolMessage("2", tool_call_id="c2"),
        ]
        assert self.ids(messages) == ["assistant", "c1", "c2", "user"]

    def test_an_id_that_is_used_again_belongs_to_the_latest_call(self) -> None:
        again = AIMessage("", tool_calls=[{"name": "f", "args": {}, "id": "c1"}])
        messages = [
            self.CALLS,
            ToolMessage("1", tool_call_id="c1"),
            ToolMessage("2", tool_call_id="c2"),
            again,
            ToolMessage("3", tool_call_id="c1"),
        ]
        assert self.ids(messages) == ["assistant", "c1", "c2", "assistant", "c1"]

    @pytest.mark.parametrize(
        ("content", "text"),
        [
            ([{"type": "text", "text": "a"}, {"type": "text", "text": "b"}], "a\nb"),
            (["a", "b"], "a\nb"),
            ([{"total": 3}], '{"total": 3}'),
            ([{"type": "json", "json": {"a": 1}}], '{"type": "json", "json": {"a": 1}}'),
            ([{"type": "text-plain", "text": "a", "mime_type": "text/plain"}], "a"),
        ],
    )
    def test_blocks_are_joined_to_one_string(self, content: Any, text: str) -> None:
        message = ToolMessage(content, tool_call_id="c1")
        assert turns_of([message], "gpt-4o")[0]["content"] == text

    def test_media_follow_the_results_in_a_user_turn(self) -> None:
        returned: list[list[str | dict[str, Any]]] = [
            ["Look:", {"type": "image", "base64": PNG, "mime_type": "image/png"}],
            [{"type": "file", "base64": PDF, "mime_type": "application/pdf", "filename": "a.pdf"}],
        ]
        results = [
            ToolMessage(content, tool_call_id=name)
            for content, name in zip(returned, ("c1", "c2"), strict=True)
        ]
        question = HumanMessage("Well?")
        image = {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{PNG}"}}
        file_data = f"data:application/pdf;base64,{PDF}"
        document = {"type": "file", "file": {"filename": "a.pdf", "file_data": file_data}}
        below = "in the user turn that follows)"
        assert turns_of([self.CALLS, *results, question], "gpt-4o")[1:] == [
            {"role": "tool", "tool_call_id": "c1", "content": f"Look:\n(image: {below}"},
            {"role": "tool", "tool_call_id": "c2", "content": f"(file: {below}"},
            {
                "role": "user",
                "content": [
                    {"type": "text", "text": "Returned by the tool call c1:"},
                    image,
                    {"type": "text", "text": "Returned by the tool call c2:"},
                    document,
                ],
            },
            {"role": "user", "content": "Well?"},
        ]
        blocks = [
            {"type": "tool_result", "tool_use_id": name, "content": content}
            for content, name in zip(returned, ("c1", "c2"), strict=True)
        ]
        in_one = HumanMessage([*blocks, {"type": "text", "text": "Well?"}])
        *same, last = turns_of([self.CALLS, in_one], "gpt-4o")[1:]
        assert same == turns_of([self.CALLS, *results], "gpt-4o")[1:]
        assert last == {"role": "user", "content": [{"type": "text", "text": "Well?"}]}

    def test_media_that_no_turn_takes_are_refused(self) -> None:
        message = ToolMessage([{"type": "image", "base64": PNG}], tool_call_id="c1")
        pattern = r"block 0 \(image\) of message 1 \(ToolMessage\).*: neither a tool turn nor a"
        with pytest.raises(UnsupportedContentError, match=pattern):
            turns_of([self.CALLS, message], "deepseek/deepseek-v4-flash")

    def test_results_inside_a_user_message_are_tool_turns(self) -> None:
        content = [
            {"type": "tool_result", "tool_use_id": "c1", "content": "1"},
            {
                "type": "tool_result",
                "tool_use_id": "c2",
                "content": [{"type": "text", "text": "2"}],
            },
            {"type": "text", "text": "And now?"},
        ]
        assert turns_of([self.CALLS, HumanMessage(content)])[1:] == [
            {"role": "tool", "tool_call_id": "c1", "content": "1"},
            {"role": "tool", "tool_call_id": "c2", "content": "2"},
            {"role": "user", "content": [{"type": "text", "text": "And now?"}]},
        ]


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
