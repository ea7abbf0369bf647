"""Conversations as `ChatAIMLAPI` sends them: instructions, calls and results, in their places."""

from __future__ import annotations

from typing import Any

import pytest
from cases.sending import sent, turns_sent
from langchain_core.language_models import ModelProfile
from langchain_core.messages import (
    AIMessage,
    BaseMessage,
    HumanMessage,
    SystemMessage,
    ToolMessage,
)

from langchain_aimlapi import ChatAIMLAPI

GPT = "openai/gpt-4o"
CLAUDE = "anthropic/claude-sonnet-4"
NO_SYSTEM_ROLE = "google/gemma-3-4b-it"

MID_CONVERSATION: list[BaseMessage] = [
    SystemMessage("Be brief."),
    HumanMessage("Hi"),
    AIMessage("Hello."),
    SystemMessage("Be kind."),
    HumanMessage("More."),
]


def profile_says(model: str, *, anywhere: bool) -> bool:
    """Return whether the profile says so of instructions, where LangChain has a field for it."""
    profile = ChatAIMLAPI(model=model, api_key="k").profile
    assert profile is not None
    name = "mid_conversation_system_messages"
    return profile.get(name) is (anywhere if name in ModelProfile.__annotations__ else None)


def test_instructions_in_a_conversation_stay_where_they_are() -> None:
    roles = [turn["role"] for turn in turns_sent(MID_CONVERSATION, GPT)]
    assert roles == ["system", "user", "assistant", "system", "user"]
    assert profile_says(GPT, anywhere=True)


def test_instructions_in_a_conversation_with_claude_join_the_first() -> None:
    body = sent(MID_CONVERSATION, CLAUDE)
    assert body["system"] == "Be brief.\n\nBe kind."
    assert [turn["role"] for turn in body["messages"]] == ["user", "assistant", "user"]
    assert profile_says(CLAUDE, anywhere=False)


def test_instructions_go_before_the_next_turn_where_no_role_is_theirs() -> None:
    turns = turns_sent(MID_CONVERSATION, NO_SYSTEM_ROLE)
    assert [turn["content"] for turn in turns] == ["Be brief.\n\nHi", "Hello.", "Be kind.\n\nMore."]
    assert profile_says(NO_SYSTEM_ROLE, anywhere=False)


def calling(*ids: str | None) -> list[dict[str, Any]]:
    return [{"name": "f", "args": {}, "id": id_} for id_ in ids]


def result(id_: str, text: str = "") -> ToolMessage:
    return ToolMessage(text or f"of {id_}", tool_call_id=id_)


def results_sent(messages: list[BaseMessage], model: str = GPT) -> list[str]:
    return [turn["content"] for turn in turns_sent(messages, model) if turn["role"] == "tool"]


def test_results_follow_in_the_order_of_the_calls() -> None:
    answer = AIMessage("", tool_calls=calling("a", "b", "c"))
    messages = [HumanMessage("Hi"), answer, result("c"), result("a"), result("b")]
    assert results_sent(messages) == ["of a", "of b", "of c"]


def test_results_of_calls_that_nobody_made_stay_where_they_are() -> None:
    answer = AIMessage("", tool_calls=calling("a", "b"))
    messages = [HumanMessage("Hi"), answer, result("x"), result("b"), result("y"), result("a")]
    assert results_sent(messages) == ["of a", "of b", "of x", "of y"]


@pytest.mark.parametrize(
    "block",
    [
        {"type": "tool_call", "id": "b", "name": "f", "args": {}},
        {"type": "tool_use", "id": "b", "name": "f", "input": {}},
        {"type": "function_call", "id": "fc_1", "call_id": "b", "name": "f", "arguments": "{}"},
        {"type": "invalid_tool_call", "id": "b", "name": "f", "args": "{"},
    ],
)
def test_results_of_calls_in_the_content_come_back_to_them(block: dict[str, Any]) -> None:
    messages = [
        HumanMessage("Hi"),
        AIMessage([{**block}], tool_calls=calling("a")),
        HumanMessage("Wait."),
        result("b"),
        result("a"),
    ]
    assert [turn["role"] for turn in turns_sent(messages, GPT)] == [
        "user",
        "assistant",
        "tool",
        "tool",
        "user",
    ]
    assert results_sent(messages) == ["of a", "of b"]


def test_results_of_a_message_in_standard_form_come_back_to_its_calls() -> None:
    standard = AIMessage(
        content_blocks=[
            {"type": "text", "text": "Both."},
            {"type": "tool_call", "id": "a", "name": "f", "args": {"n": 1}},
            {"type": "tool_call", "id": "b", "name": "f", "args": {"n": 2}},
        ]
    )
    messages = [HumanMessage("Hi"), standard, HumanMessage("Wait."), result("b"), result("a")]
    turns = turns_sent(messages, GPT)
    assert [call["id"] for call in turns[1]["tool_calls"]] == ["a", "b"]
    assert results_sent(messages) == ["of a", "of b"]


@pytest.mark.parametrize("empty", [None, ""])
def test_a_call_without_an_id_is_sent_with_one(empty: str | None) -> None:
    messages = [HumanMessage("Hi"), AIMessage("", tool_calls=calling(empty, empty))]
    ids = [call["id"] for call in turns_sent(messages, GPT)[1]["tool_calls"]]
    assert ids == ["call_1_0", "call_1_1"]
    blocks = turns_sent(messages, CLAUDE)[1]["content"]
    assert [block["id"] for block in blocks] == ids


def test_a_result_without_an_id_has_one_that_claude_takes() -> None:
    messages = [HumanMessage("Hi"), AIMessage("Yes."), result("", "lost")]
    block = turns_sent(messages, CLAUDE)[-1]["content"][0]
    assert block["tool_use_id"] == "call"
