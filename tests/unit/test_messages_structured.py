"""Structured answers and thinking in requests to the messages endpoint."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from cases.messages import MODEL, Service, body_of
from doors.bodies import request_body
from langchain_core.messages import AIMessage, HumanMessage, ToolMessage
from langchain_core.tools import tool
from pydantic import BaseModel

from langchain_aimlapi.profiles import facts_for

THINKING = {"type": "enabled", "budget_tokens": 2048}
SIGNED = {"type": "thinking", "thinking": "hmm", "signature": "c2ln"}
REDACTED = {"type": "redacted_thinking", "data": "ENCRYPTED"}
CALL = {"name": "add", "args": {"a": 1, "b": 2}, "id": "toolu_1"}


@tool
def add(a: int, b: int) -> int:
    """Add two numbers."""
    return a + b


# --- structured output ---
class Answer(BaseModel):
    """An answer."""

    value: int


def structured_body(**settings: Any) -> dict[str, Any]:
    use = {"type": "tool_use", "id": "toolu_1", "name": "Answer", "input": {"value": 3}}
    service = Service({**Service().answer, "content": [use], "stop_reason": "tool_use"})
    assert service.model(**settings).with_structured_output(Answer).invoke("Hi") == Answer(value=3)
    return service.bodies[0]


def test_a_structured_answer_is_asked_for_by_a_tool() -> None:
    body = structured_body()
    assert [tool["name"] for tool in body["tools"]] == ["Answer"]
    assert body["tool_choice"] == {"type": "tool", "name": "Answer"}


@pytest.mark.parametrize("model", ["anthropic/claude-3-haiku", "anthropic/claude-sonnet-4"])
def test_what_the_model_takes_on_the_other_endpoint_does_not_count(model: str) -> None:
    assert "response_format" not in structured_body(model=model)
    service = Service()
    service.model(model=model).bind_tools([add], strict=True).invoke("Hi")
    assert service.bodies[0]["tools"][0]["strict"] is True


@pytest.mark.parametrize("field", ["output_config", "output_format"])
def test_a_document_with_a_field_for_it_gets_the_schema(field: str) -> None:
    facts = facts_for(MODEL)
    more = {"messages": facts.parameters_of["messages"] | {field}}
    schema = {"type": "object", "properties": {"value": {"type": "integer"}}}
    wanted = {"type": "json_schema", "json_schema": {"name": "Answer", "schema": schema}}
    body = request_body(
        [HumanMessage("Hi")],
        MODEL,
        endpoint="messages",
        facts=replace(facts, parameters_of=more),
        response_format=wanted,
    )
    form = {"type": "json_schema", "schema": schema}
    assert body[field] == ({"format": form} if field == "output_config" else form)
    assert "system" not in body


def test_a_format_that_no_document_has_becomes_an_instruction() -> None:
    with pytest.warns(UserWarning, match="has no response_format"):
        body = body_of("Hi", model_kwargs={"response_format": {"type": "json_object"}})
    assert "JSON object" in body["system"]


def test_the_tool_is_not_forced_while_claude_thinks() -> None:
    body = structured_body(thinking=THINKING, max_tokens=4096)
    assert "tool_choice" not in body


# --- thinking, and turns that no thought began ---

ASKED = HumanMessage("1 + 2?")
CALLED = AIMessage("", tool_calls=[CALL])
THOUGHT_OF = AIMessage([SIGNED], tool_calls=[CALL])
ANSWERED = ToolMessage("3", tool_call_id="toolu_1")
CALLED_AGAIN = AIMessage("", tool_calls=[{**CALL, "id": "toolu_2"}])
THOUGHT_OF_AGAIN = AIMessage([SIGNED], tool_calls=CALLED_AGAIN.tool_calls)
ANSWERED_AGAIN = ToolMessage("3", tool_call_id="toolu_2")


@pytest.mark.parametrize(
    "conversation",
    [
        [ASKED, CALLED, ANSWERED],
        [ASKED, AIMessage("I add.", tool_calls=[CALL]), ANSWERED],
        [ASKED, CALLED, ANSWERED, THOUGHT_OF_AGAIN, ANSWERED_AGAIN],
        [ASKED, THOUGHT_OF, ANSWERED, AIMessage("3"), ASKED, CALLED_AGAIN, ANSWERED_AGAIN],
    ],
)
def test_a_budget_of_thinking_waits_for_the_next_question_where_no_thought_began_the_turn(
    conversation: list[Any],
) -> None:
    with pytest.warns(UserWarning, match=r"thinking=.* is left out of this call"):
        body = body_of(conversation, thinking=THINKING, max_tokens=4096)
    assert "thinking" not in body
    assert body["max_tokens"] == 4096


@pytest.mark.parametrize(
    "conversation",
    [
        [ASKED],
        [ASKED, THOUGHT_OF, ANSWERED],
        [ASKED, AIMessage([REDACTED], tool_calls=[CALL]), ANSWERED],
        [ASKED, THOUGHT_OF, ANSWERED, CALLED_AGAIN, ANSWERED_AGAIN],  # thought of once, at first
        [ASKED, CALLED, ANSWERED, AIMessage("3"), ASKED],
        [ASKED, CALLED, ANSWERED, HumanMessage("Are you sure?")],
        [ASKED, AIMessage("3, because")],  # to be gone on with
        [ANSWERED],
    ],
)
def test_a_budget_of_thinking_is_sent_wherever_it_is_taken(conversation: list[Any]) -> None:
    body = body_of(conversation, thinking=THINKING, max_tokens=4096)
    assert body["thinking"] == THINKING


@pytest.mark.parametrize("thinking", [{"type": "adaptive"}, {"type": "disabled"}])
def test_thinking_without_a_budget_is_sent_whoever_made_the_calls(thinking: Any) -> None:
    assert body_of([ASKED, CALLED, ANSWERED], thinking=thinking)["thinking"] == thinking


@pytest.mark.parametrize("settings", [{}, {"thinking": THINKING, "max_tokens": 4096}])
def test_thinking_of_the_extra_body_is_sent_as_it_is(settings: dict[str, Any]) -> None:
    body = body_of([ASKED, CALLED, ANSWERED], extra_body={"thinking": THINKING}, **settings)
    assert body["thinking"] == THINKING
