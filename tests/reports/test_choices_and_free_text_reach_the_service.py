"""What is sent beside tools: choices where there are tools, free text, what is to be included."""

from __future__ import annotations

from typing import Any

import pytest
from langchain_core.messages import AIMessage, HumanMessage, ToolMessage
from structured import ENDPOINTS, Json, sent

from langchain_aimlapi import ChatAIMLAPI
from langchain_aimlapi.testing import answers

WITHOUT_TOOLS: Json = {
    "a word": {"tool_choice": "auto"},
    "none": {"tool_choice": "none"},
    "a dict": {"tool_choice": {"type": "function", "function": {"name": "f"}}},
    "one at a time": {"parallel_tool_calls": False},
    "several at a time": {"parallel_tool_calls": True},
    "both, with no tools": {"tools": [], "tool_choice": "any", "parallel_tool_calls": False},
}


@pytest.mark.parametrize("settings", WITHOUT_TOOLS.values(), ids=WITHOUT_TOOLS)
@pytest.mark.parametrize("endpoint", ENDPOINTS)
def test_choices_without_tools_are_not_sent(endpoint: str, settings: Json) -> None:
    body = sent(endpoint, lambda model: model.invoke("Hi", **settings))
    assert not {"tools", "tool_choice", "parallel_tool_calls"} & body.keys()


def test_choices_of_the_model_are_not_sent_without_tools() -> None:
    body = sent("openai schema", lambda model: model.invoke("Hi"), parallel_tool_calls=False)
    assert "parallel_tool_calls" not in body


@pytest.mark.parametrize("endpoint", ENDPOINTS)
def test_a_choice_among_the_tools_of_the_extra_body_is_sent(endpoint: str) -> None:
    tools = {"tools": [{"type": "odd"}]}
    body = sent(endpoint, lambda model: model.invoke("Hi", extra_body=tools, tool_choice="auto"))
    assert body["tool_choice"] in ("auto", {"type": "auto"})


GRAMMAR = {"syntax": "lark", "definition": 'start: "a"'}
FLAT = {
    "type": "custom",
    "name": "sh",
    "description": "Sh.",
    "format": {"type": "grammar", **GRAMMAR},
}
NESTED = {
    "type": "custom",
    "custom": {
        "name": "sh",
        "description": "Sh.",
        "format": {"type": "grammar", "grammar": GRAMMAR},
    },
}


@pytest.mark.parametrize("given", [FLAT, NESTED], ids=["flat", "nested"])
@pytest.mark.parametrize("choice", ["sh", {"type": "custom", "name": "sh"}, NESTED])
def test_a_tool_of_free_text_has_the_form_of_its_endpoint(given: Json, choice: Any) -> None:
    if isinstance(choice, dict) and "custom" in choice:
        choice = {"type": "custom", "custom": {"name": "sh"}}

    def ask(model: ChatAIMLAPI) -> None:
        model.bind_tools([given], tool_choice=choice).invoke("Hi")

    chat, responses = sent("openai schema", ask), sent("responses", ask)
    assert chat["tools"] == [NESTED]
    assert chat["tool_choice"] == {"type": "custom", "custom": {"name": "sh"}}
    assert responses["tools"] == [FLAT]
    assert responses["tool_choice"] == {"type": "custom", "name": "sh"}


@pytest.mark.parametrize("given", [FLAT, NESTED], ids=["flat", "nested"])
def test_a_call_of_free_text_goes_back_as_one(given: Json) -> None:
    call = {"name": "sh", "args": {"input": "ls"}, "id": "call_1"}
    history = [
        HumanMessage("Hi"),
        AIMessage("", tool_calls=[call]),
        ToolMessage("a", tool_call_id="call_1"),
    ]
    body = sent("responses", lambda model: model.bind_tools([given]).invoke(history))
    _, asked, result = body["input"]
    assert asked["type"] == "custom_tool_call"
    assert (asked["name"], asked["input"], asked["call_id"]) == ("sh", "ls", "call_1")
    assert result["type"] == "custom_tool_call_output"


INCLUDED = {
    "nothing said": ({}, ["reasoning.encrypted_content"]),
    "something else": (
        {"include": ["web_search_call.action.sources"]},
        ["web_search_call.action.sources", "reasoning.encrypted_content"],
    ),
    "the same": ({"include": ["reasoning.encrypted_content"]}, ["reasoning.encrypted_content"]),
    "nothing wanted": ({"include": []}, []),
}


@pytest.mark.parametrize(("settings", "expected"), INCLUDED.values(), ids=INCLUDED)
def test_what_a_user_includes_comes_beside_the_thoughts(
    settings: Json, expected: list[str]
) -> None:
    service = answers(["Hi"])
    model = ChatAIMLAPI(model="openai/gpt-5-4", endpoint="responses", **service)
    model.invoke("Hi", **settings)
    assert service.requests[0].get("include") == expected
