"""The Claude-style body."""

from __future__ import annotations

import json
import re
from typing import Any, ClassVar

import pytest
from doors.bodies import request_body
from langchain_core.messages import (
    AIMessage,
    BaseMessage,
    ChatMessage,
    FunctionMessage,
    HumanMessage,
    RemoveMessage,
    SystemMessage,
    ToolMessage,
)

from langchain_aimlapi.errors import UnsupportedContentError

OLD = "anthropic/claude-sonnet-4"
NEW = "anthropic/claude-sonnet-5"
NO_DOCUMENTS = "claude-3-5-sonnet-latest"
UNKNOWN = "anthropic/claude-of-next-year"
PNG = "iVBORw0KGgo="
PDF = "JVBERi0xLjQ="
WAV = "UklGRiQAAABXQVZFZm10IA=="
MARK = {"type": "ephemeral", "ttl": "1h"}
IMAGE = {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": PNG}}
THOUGHT = {"type": "thinking", "thinking": "hmm", "signature": "sig"}


def body_of(messages: list[BaseMessage], model: str = OLD, **options: Any) -> dict[str, Any]:
    return request_body(messages, model, schema="anthropic", **options)


def turns_of(messages: list[BaseMessage], model: str = OLD, **options: Any) -> Any:
    return body_of(messages, model, **options)["messages"]


def text(value: str) -> dict[str, Any]:
    return {"type": "text", "text": value}


def call_message(*ids: str, content: Any = "", **more: Any) -> AIMessage:
    calls = [{"name": "f", "args": {"a": 1}, "id": id_} for id_ in ids]
    return AIMessage(content, tool_calls=calls, **more)


def tool_use(id_: str, **more: Any) -> dict[str, Any]:
    return {"type": "tool_use", "id": id_, "name": "f", "input": {"a": 1}, **more}


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


def document(source: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"type": "document", "source": source, **more}


PDF_SOURCE = {"type": "base64", "media_type": "application/pdf", "data": PDF}
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


class TestReasoning:
    @pytest.mark.parametrize(
        "message",
        [
            AIMessage([THOUGHT, text("Hi")]),
            AIMessage(
                [
                    {"type": "reasoning", "reasoning": "hmm", "extras": {"signature": "sig"}},
                    text("Hi"),
                ],
                response_metadata={"output_version": "v1"},
            ),
            AIMessage(
                "Hi",
                additional_kwargs={
                    "reasoning_content": "hmm",
                    "reasoning_details": [
                        {"type": "reasoning.text", "text": "hmm", "signature": "sig"}
                    ],
                },
            ),
            AIMessage(  # the signature apart from the text
                "Hi",
                additional_kwargs={
                    "reasoning_content": "hmm",
                    "reasoning_details": [{"type": "reasoning.text", "signature": "sig"}],
                },
            ),
            AIMessage(
                [
                    {"type": "reasoning", "reasoning": "h"},
                    {"type": "reasoning", "reasoning": "mm"},
                    {"type": "reasoning", "reasoning": "", "extras": {"signature": "sig"}},
                    text("Hi"),
                ]
            ),
            AIMessage(  # in two places: taken once
                [THOUGHT, text("Hi")],
                additional_kwargs={
                    "reasoning_content": "hmm",
                    "reasoning_details": [{"text": "hmm", "signature": "sig"}],
                },
            ),
        ],
    )
    def test_signed_thoughts_go_back_once(self, message: AIMessage) -> None:
        assert turns_of([message]) == [{"role": "assistant", "content": [THOUGHT, text("Hi")]}]

    @pytest.mark.parametrize(
        "message",
        [
            AIMessage([{"type": "thinking", "thinking": "hmm"}, text("Hi")]),
            AIMessage([{"type": "reasoning", "reasoning": "hmm"}, text("Hi")]),
            AIMessage(
                [
                    {
                        "type": "reasoning",
                        "reasoning": "hmm",
                        "extras": {"signature": "x", "format": "google-gemini-v1"},
                    },
                    text("Hi"),
                ]
            ),
        ],
    )
    def test_unsigned_thoughts_are_left_out(self, message: AIMessage) -> None:
        assert turns_of([message]) == [{"role": "assistant", "content": [text("Hi")]}]

    @pytest.mark.parametrize(
        "details",
        [
            [{"type": "reasoning.text", "text": "hmm"}],
            [{"type": "reasoning.text", "text": "hmm", "signature": "x", "format": "google-v1"}],
            "hmm",
            [None],
        ],
    )
    def test_thoughts_that_claude_did_not_sign_are_left_out(self, details: Any) -> None:
        message = AIMessage("Hi", additional_kwargs={"reasoning_details": details})
        assert turns_of([message]) == [{"role": "assistant", "content": "Hi"}]

    @pytest.mark.parametrize(
        "message",
        [
            AIMessage([{"type": "redacted_thinking", "data": "abc"}, text("Hi")]),
            AIMessage(
                "Hi",
                additional_kwargs={
                    "reasoning_details": [{"type": "reasoning.encrypted", "data": "abc"}]
                },
            ),
        ],
    )
    def test_encrypted_thoughts_go_back(self, message: AIMessage) -> None:
        assert turns_of([message])[0]["content"] == [
            {"type": "redacted_thinking", "data": "abc"},
            text("Hi"),
        ]

    def test_thoughts_are_left_out_for_a_model_that_documents_none(self) -> None:
        message = AIMessage([THOUGHT, text("Hi")])
        assert turns_of([message], "anthropic/claude-3.5-sonnet") == [
            {"role": "assistant", "content": [text("Hi")]}
        ]

    def test_thoughts_stay_where_they_came_and_before_calls(self) -> None:
        message = call_message("c1", content=[text("Let me see"), THOUGHT])
        assert turns_of([message])[0]["content"] == [text("Let me see"), THOUGHT, tool_use("c1")]


class TestToolHistories:
    def test_several_calls_and_results(self) -> None:
        messages = [
            HumanMessage("Go"),
            call_message("c1", "c2"),
            ToolMessage("1", tool_call_id="c1"),
            ToolMessage("2", tool_call_id="c2", status="error"),
            HumanMessage("And now?"),
        ]
        assert turns_of(messages) == [
            {"role": "user", "content": "Go"},
            {"role": "assistant", "content": [tool_use("c1"), tool_use("c2")]},
            {
                "role": "user",
                "content": [
                    {"type": "tool_result", "tool_use_id": "c1", "content": "1"},
                    {
                        "type": "tool_result",
                        "tool_use_id": "c2",
                        "content": "2",
                        "is_error": True,
                    },
                    text("And now?"),
                ],
            },
        ]

    def test_results_in_another_order_and_after_a_user_turn(self) -> None:
        messages = [
            call_message("c1", "c2"),
            HumanMessage("Still there?"),
            ToolMessage("2", tool_call_id="c2"),
            ToolMessage("1", tool_call_id="c1"),
        ]
        found = turns_of(messages)[1]["content"]
        assert [block.get("tool_use_id", "text") for block in found] == ["c1", "c2", "text"]

    def test_calls_in_blocks_and_in_the_message_are_the_same_calls(self) -> None:
        message = call_message(
            "c1", content=[text("Let me see"), tool_use("c1", cache_control=MARK)]
        )
        assert turns_of([message])[0]["content"] == [
            text("Let me see"),
            tool_use("c1", cache_control=MARK),
        ]

    def test_a_call_whose_arguments_are_no_json_keeps_their_text(self) -> None:
        message = AIMessage(
            "",
            invalid_tool_calls=[{"name": "f", "args": '{"a": ', "id": "c1", "error": None}],
        )
        assert turns_of([message])[0]["content"] == [
            {**tool_use("c1"), "input": {"arguments": '{"a": '}}
        ]

    def test_ids_that_the_schema_refuses_are_mapped_for_call_and_result(self) -> None:
        ids = ["functions.f:0", "functions_f_0", "é", "ok-1", ""]
        messages: list[BaseMessage] = [call_message(*ids[:4])]
        messages += [ToolMessage("x", tool_call_id=id_) for id_ in ids[:4]]
        assistant, user = turns_of(messages, NEW)
        called = [block["id"] for block in assistant["content"]]
        answered = [block["tool_use_id"] for block in user["content"]]
        assert called == answered
        assert len(set(called)) == 4
        assert all(re.fullmatch(r"[a-zA-Z0-9_-]+", id_) for id_ in called)
        assert called[3] == "ok-1"

    @pytest.mark.parametrize(
        ("model", "content", "written"),
        [
            (OLD, [text("a"), text("b")], [text("a"), text("b")]),
            (OLD, [{"type": "image", "base64": PNG}], [IMAGE]),
            (OLD, [{"total": 3}], [text('{"total": 3}')]),
            (OLD, [{"type": "text-plain", "text": "a", "mime_type": "text/plain"}], [text("a")]),
            (NEW, [{"type": "file", "base64": PDF}], [document(PDF_SOURCE)]),
            (UNKNOWN, [{"type": "file", "base64": PDF}], [document(PDF_SOURCE)]),
            (OLD, [{**text("a"), "cache_control": MARK}], [{**text("a"), "cache_control": MARK}]),
        ],
    )
    def test_content_of_a_result(self, model: str, content: Any, written: Any) -> None:
        messages = [call_message("c1"), ToolMessage(content, tool_call_id="c1")]
        assert turns_of(messages, model)[1]["content"] == [
            {"type": "tool_result", "tool_use_id": "c1", "content": written}
        ]

    def test_a_pdf_in_a_result_is_refused_where_it_is_not_documented(self) -> None:
        message = ToolMessage([{"type": "file", "base64": PDF}], tool_call_id="c1")
        pattern = r"block 0 \(file\) of message 1 \(ToolMessage\).*Accepted: image, text"
        with pytest.raises(UnsupportedContentError, match=pattern):
            turns_of([call_message("c1"), message])

    def test_results_that_stand_in_a_user_message(self) -> None:
        content = [
            {
                "type": "tool_result",
                "tool_use_id": "a.b",
                "content": [text("1"), {"type": "image", "base64": PNG}],
                "is_error": True,
                "cache_control": MARK,
            },
            text("And now?"),
        ]
        assert turns_of([call_message("a.b"), HumanMessage(content)])[1]["content"] == [
            {
                "type": "tool_result",
                "tool_use_id": "a_b",
                "content": [text("1"), IMAGE],
                "is_error": True,
                "cache_control": MARK,
            },
            text("And now?"),
        ]

    def test_traces_of_another_providers_tools_are_left_out(self) -> None:
        content = [{"type": "server_tool_call", "id": "s", "name": "x", "args": {}}, text("Hi")]
        assert turns_of([AIMessage(content)]) == [{"role": "assistant", "content": [text("Hi")]}]

    def test_claudes_own_traces_are_kept_where_documented(self) -> None:
        trace = {"type": "server_tool_use", "id": "s", "name": "web_search", "input": {}}
        assert turns_of([AIMessage([trace, text("Hi")])], NEW)[0]["content"] == [trace, text("Hi")]

    def test_another_vendors_thought_signature_does_not_reach_claude(self) -> None:
        message = call_message(
            "c1", additional_kwargs={"tool_call_extras": {"c1": {"google": {"x": 1}}}}
        )
        assert turns_of([message])[0]["content"] == [tool_use("c1")]


class TestAnswersOfOtherKinds:
    def test_a_refusal_is_sent_as_text(self) -> None:
        message = AIMessage("", additional_kwargs={"refusal": "No."})
        assert turns_of([message]) == [{"role": "assistant", "content": "No."}]

    def test_the_transcript_stands_for_a_spoken_answer(self) -> None:
        message = AIMessage([{"type": "audio", "base64": WAV, "transcript": "Hello"}])
        assert turns_of([message]) == [{"role": "assistant", "content": [text("Hello")]}]

    def test_a_spoken_answer_without_anything_in_it_is_nothing(self) -> None:
        message = AIMessage(["4", {"type": "audio", "id": ""}])
        assert turns_of([message]) == [{"role": "assistant", "content": [text("4")]}]


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
