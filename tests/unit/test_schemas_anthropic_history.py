"""Earlier answers, calls and results in the Claude-style body."""

from __future__ import annotations

import re
from typing import Any

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
    document,
    text,
    turns_of,
)
from langchain_core.messages import (
    AIMessage,
    BaseMessage,
    HumanMessage,
    ToolMessage,
)

from langchain_aimlapi.errors import UnsupportedContentError

THOUGHT = {"type": "thinking", "thinking": "hmm", "signature": "sig"}


def call_message(*ids: str, content: Any = "", **more: Any) -> AIMessage:
    calls = [{"name": "f", "args": {"a": 1}, "id": id_} for id_ in ids]
    return AIMessage(content, tool_calls=calls, **more)


def tool_use(id_: str, **more: Any) -> dict[str, Any]:
    return {"type": "tool_use", "id": id_, "name": "f", "input": {"a": 1}, **more}


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

    def test_a_cache_mark_inside_of_a_result_is_a_mark_of_the_result(self) -> None:
        content = [{**text("a"), "cache_control": MARK}]
        messages = [call_message("c1"), ToolMessage(content, tool_call_id="c1")]
        assert turns_of(messages)[1]["content"] == [
            {
                "type": "tool_result",
                "tool_use_id": "c1",
                "content": [text("a")],
                "cache_control": MARK,
            }
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
