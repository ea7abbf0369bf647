"""Earlier answers, calls and results in the OpenAI-style body."""

from __future__ import annotations

import json
from typing import Any

import pytest
from cases.openai_turns import MARK, PDF, PNG, SIGNATURE, UNKNOWN, WAV, turns_of
from langchain_core.messages import (
    AIMessage,
    AIMessageChunk,
    BaseMessage,
    HumanMessage,
    ToolMessage,
    messages_from_dict,
    messages_to_dict,
)

from langchain_aimlapi.errors import UnsupportedContentError

NEW_CLAUDE = "anthropic/claude-sonnet-5"
GEMINI = "google/gemini-2.5-pro"


def call(name: str, args: Any, id_: str) -> dict[str, Any]:
    arguments = args if isinstance(args, str) else json.dumps(args)
    return {"id": id_, "type": "function", "function": {"name": name, "arguments": arguments}}


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

    def test_invalid_calls_go_back_as_objects_that_hold_their_text(self) -> None:
        message = AIMessage(
            "",
            tool_calls=[{"name": "f", "args": {}, "id": "c1"}],
            invalid_tool_calls=[
                {"name": "g", "args": '{"path": "/tm', "id": "c2", "error": "cut off"}
            ],
        )
        assert turns_of([message])[0]["tool_calls"] == [
            call("f", {}, "c1"),
            call("g", {"arguments": '{"path": "/tm'}, "c2"),
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
        assert turns_of([self.message()], GEMINI)[0]["tool_calls"] == [*self.EXPECTED]

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
        assert turns_of([chunks[0] + chunks[1]], GEMINI)[0]["tool_calls"] == [*self.EXPECTED]

    def test_after_serialisation(self) -> None:
        again = messages_from_dict(messages_to_dict([self.message()]))[0]
        assert turns_of([again], GEMINI)[0]["tool_calls"] == [*self.EXPECTED]

    def test_from_standard_blocks(self) -> None:
        block = {
            "type": "tool_call",
            "id": "c1",
            "name": "add",
            "args": {"a": 1},
            "extras": {"extra_content": SIGNATURE},
        }
        message = AIMessage([block], response_metadata={"output_version": "v1"})
        assert turns_of([message], GEMINI)[0]["tool_calls"] == [*self.EXPECTED]


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
