"""Tools, choices and structured answers as `ChatAIMLAPI` sends them, by what models document."""

from __future__ import annotations

import warnings
from typing import Any

import pytest
from cases.sending import Sending
from langchain.agents import create_agent
from langchain_core.tools import tool
from pydantic import BaseModel

OLD = "anthropic/claude-sonnet-4"
NEW = "anthropic/claude-sonnet-5"
UNDOCUMENTED = "anthropic/claude-of-next-year"
NO_SCHEMA = "deepseek/deepseek-v4-pro-0813"
NO_NAMED_CHOICE = "nvidia/nemotron-3-ultra-550b-a55b"
THINKING = {"type": "enabled", "budget_tokens": 1024}


class Answer(BaseModel):
    """An answer."""

    value: int


@tool
def add(a: int, b: int) -> int:
    """Add two numbers."""
    return a + b


@tool
def subtract(a: int, b: int) -> int:
    """Subtract a number from another."""
    return a - b


ANSWERING = {
    "content": "",
    "tool_calls": [
        {
            "id": "c",
            "type": "function",
            "function": {"name": "Answer", "arguments": '{"value": 3}'},
        }
    ],
}


# --- while Claude thinks ---


@pytest.mark.parametrize(
    "choice", ["any", "required", "add", True, {"type": "tool", "name": "add"}]
)
@pytest.mark.parametrize("model", [OLD, NEW])
def test_a_thinking_claude_is_not_forced_to_call(model: str, choice: Any) -> None:
    sending = Sending()
    llm = sending.model(model, thinking=THINKING)
    with pytest.warns(UserWarning, match="while it thinks") as caught:
        bound = llm.bind_tools([add], tool_choice=choice)
    assert [warning.filename for warning in caught] == [__file__]
    bound.invoke("1 + 2?")
    assert "tool_choice" not in sending.body
    assert [each["name"] for each in sending.body["tools"]] == ["add"]


@pytest.mark.parametrize("choice", ["auto", "none", None])
def test_a_choice_that_forces_nothing_stays_while_claude_thinks(choice: Any) -> None:
    sending = Sending()
    sending.model(OLD, thinking=THINKING).bind_tools([add], tool_choice=choice).invoke("1 + 2?")
    assert sending.body.get("tool_choice") == (choice and {"type": choice})


def test_what_else_a_forcing_choice_says_stays_while_claude_thinks() -> None:
    sending = Sending()
    llm = sending.model(OLD, thinking=THINKING)
    with pytest.warns(UserWarning, match="while it thinks"):
        one_call = llm.bind_tools(
            [add], tool_choice={"type": "any", "disable_parallel_tool_use": True}
        )
    one_call.invoke("1 + 2?")
    assert sending.body["tool_choice"] == {"type": "auto", "disable_parallel_tool_use": True}
    allowed = {"mode": "required", "tools": [{"type": "function", "function": {"name": "add"}}]}
    with pytest.warns(UserWarning, match="while it thinks"):
        one_tool = llm.bind_tools(
            [add, subtract], tool_choice={"type": "allowed_tools", "allowed_tools": allowed}
        )
    one_tool.invoke("1 + 2?")
    assert sending.body["tool_choice"] == {"type": "auto"}
    assert [each["name"] for each in sending.body["tools"]] == ["add"]


def test_a_model_that_does_not_think_is_forced() -> None:
    sending = Sending()
    sending.model(OLD).bind_tools([add], tool_choice="any").invoke("1 + 2?")
    assert sending.body["tool_choice"] == {"type": "any"}


def test_an_agent_of_a_thinking_claude_may_have_a_response_format() -> None:
    sending = Sending(ANSWERING)
    agent = create_agent(
        sending.model("anthropic/claude-opus-4", thinking=THINKING), [add], response_format=Answer
    )
    with pytest.warns(UserWarning, match="while it thinks"):
        result = agent.invoke({"messages": [("user", "1 + 2?")]})
    assert result["structured_response"] == Answer(value=3)
    assert "tool_choice" not in sending.body


# --- strict ---


@pytest.mark.parametrize("model", [OLD, "claude-3-5-sonnet-latest"])
def test_an_older_claude_gets_no_strict_and_the_user_a_warning(model: str) -> None:
    sending = Sending(ANSWERING)
    structured = sending.model(model).with_structured_output(Answer, strict=True)
    with pytest.warns(UserWarning, match="documents no strict tools"):
        assert structured.invoke("1 + 2?") == Answer(value=3)
    assert "strict" not in sending.body["tools"][0]
    bound = sending.model(model).bind_tools([add], strict=True)
    with pytest.warns(UserWarning, match="documents no strict tools"):
        bound.invoke("1 + 2?")
    assert sending.body["tools"][0].keys() == {"name", "description", "input_schema"}


def test_strict_of_a_tool_itself_is_left_out_for_an_older_claude() -> None:
    sending = Sending()
    strict = {"name": "f", "input_schema": {"type": "object"}, "strict": True}
    with pytest.warns(UserWarning, match="documents no strict tools"):
        sending.model(OLD).bind_tools([strict]).invoke("1 + 2?")
    assert sending.body["tools"][0].keys() == {"name", "input_schema"}


def test_strict_that_is_off_is_left_out_without_a_word() -> None:
    sending = Sending()
    sending.model(OLD).bind_tools([add], strict=False).invoke("1 + 2?")
    assert "strict" not in sending.body["tools"][0]


@pytest.mark.parametrize("model", [NEW, UNDOCUMENTED])
@pytest.mark.parametrize("strict", [True, False])
def test_strict_is_sent_where_it_is_documented(model: str, strict: bool) -> None:  # noqa: FBT001  # a table
    sending = Sending()
    sending.model(model).bind_tools([add], strict=strict).invoke("1 + 2?")
    assert sending.body["tools"][0]["strict"] is strict


# --- what one vendor's tools hold besides ---

EXTRAS = {
    "allowed_callers": ["direct"],
    "cache_control": {"type": "ephemeral"},
    "defer_loading": True,
    "eager_input_streaming": True,
    "input_examples": [{"a": 1, "b": 2}],
}


def extended() -> list[Any]:
    """The same tool in the forms that a user may give it, with further keys."""
    function = {"name": "add", "parameters": {"type": "object", "properties": {}}}
    return [
        add.model_copy(update={"extras": {**EXTRAS, "of_another_vendor": 1}}),
        {"name": "add", "input_schema": {"type": "object", "properties": {}}, **EXTRAS},
        {"type": "function", "function": function, **EXTRAS},
    ]


@pytest.mark.parametrize("form", range(3))
@pytest.mark.parametrize("model", [NEW, UNDOCUMENTED])
def test_claudes_extras_of_a_tool_go_to_the_newer_claudes(model: str, form: int) -> None:
    sending = Sending()
    sending.model(model).bind_tools([extended()[form]]).invoke("1 + 2?")
    sent = sending.body["tools"][0]
    assert {key: sent[key] for key in sent if key in EXTRAS} == EXTRAS
    assert "of_another_vendor" not in sent


@pytest.mark.parametrize("form", range(3))
@pytest.mark.parametrize("model", ["openai/gpt-4o", "vendor/model-of-next-year", OLD])
def test_claudes_extras_of_a_tool_go_to_no_other_model(model: str, form: int) -> None:
    sending = Sending()
    sending.model(model).bind_tools([extended()[form]]).invoke("1 + 2?")
    sent = sending.body["tools"][0]
    assert sent.keys() - {"description"} in ({"type", "function"}, {"name", "input_schema"})


# --- choices and formats ---


def test_a_named_choice_that_is_not_documented_becomes_the_only_tool() -> None:
    sending = Sending()
    llm = sending.model(NO_NAMED_CHOICE)
    llm.bind_tools([add, subtract], tool_choice="subtract").invoke("3 - 2?")
    assert sending.body["tool_choice"] == "required"
    assert [each["function"]["name"] for each in sending.body["tools"]] == ["subtract"]
    llm.bind_tools([add, subtract], tool_choice="any").invoke("3 - 2?")
    assert len(sending.body["tools"]) == 2


def test_a_named_choice_that_is_documented_is_sent() -> None:
    sending = Sending()
    sending.model("openai/gpt-4o").bind_tools([add, subtract], tool_choice="add").invoke("1 + 2?")
    assert sending.body["tool_choice"] == {"type": "function", "function": {"name": "add"}}
    assert len(sending.body["tools"]) == 2


ALLOWED = {
    "type": "allowed_tools",
    "allowed_tools": {"mode": "required", "tools": [{"type": "function", "name": "add"}]},
}


@pytest.mark.parametrize(
    ("model", "documented"),
    [("x-ai/grok-4-5", True), ("gpt-4", False), ("vendor/model-of-next-year", True)],
)
def test_allowed_tools_are_sent_where_they_are_documented(model: str, documented: bool) -> None:  # noqa: FBT001  # a table
    sending = Sending()
    sending.model(model).bind_tools([add, subtract], tool_choice=ALLOWED).invoke("1 + 2?")
    names = [each["function"]["name"] for each in sending.body["tools"]]
    if documented:
        assert (sending.body["tool_choice"], names) == (ALLOWED, ["add", "subtract"])
    else:
        assert (sending.body["tool_choice"], names) == ("required", ["add"])


def test_structured_output_calls_a_tool_where_no_schema_is_documented() -> None:
    sending = Sending(ANSWERING)
    structured = sending.model(NO_SCHEMA).with_structured_output(Answer)
    assert structured.invoke("1 + 2?") == Answer(value=3)
    assert "response_format" not in sending.body
    assert sending.body["tool_choice"]["function"] == {"name": "Answer"}


def test_a_method_that_is_not_documented_is_replaced_with_a_warning() -> None:
    sending = Sending(ANSWERING)
    with pytest.warns(UserWarning, match=r"json_schema.*function calling"):
        structured = sending.model(NO_SCHEMA).with_structured_output(Answer, method="json_schema")
    structured.invoke("1 + 2?")
    assert "response_format" not in sending.body


def test_json_mode_is_used_where_it_is_documented() -> None:
    sending = Sending({"content": '{"value": 3}'})
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        structured = sending.model(NO_SCHEMA).with_structured_output(Answer, method="json_mode")
    assert structured.invoke("1 + 2?") == Answer(value=3)
    assert sending.body["response_format"] == {"type": "json_object"}


def test_structured_output_without_a_named_choice_leaves_one_tool_to_call() -> None:
    sending = Sending(ANSWERING)
    llm = sending.model(NO_NAMED_CHOICE)
    structured = llm.with_structured_output(Answer, method="function_calling")
    assert structured.invoke("1 + 2?") == Answer(value=3)
    assert sending.body["tool_choice"] == "required"
    assert len(sending.body["tools"]) == 1


def test_an_agent_uses_a_tool_for_its_response_where_no_schema_is_documented() -> None:
    sending = Sending(ANSWERING)
    agent = create_agent(sending.model(NO_SCHEMA), [add], response_format=Answer)
    result = agent.invoke({"messages": [("user", "1 + 2?")]})
    assert result["structured_response"] == Answer(value=3)
    assert "response_format" not in sending.body
