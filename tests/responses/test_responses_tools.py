"""Tools, structured answers and parameters of requests to the Responses endpoint."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from langchain_core.messages import (
    AIMessage,
    HumanMessage,
    ToolMessage,
)
from langchain_core.tools import tool
from pydantic import BaseModel, Field
from responses_wire import MODEL, Service, message, response

if TYPE_CHECKING:
    from responses_wire import Json
from responses_sent import NO_FUNCTIONS, PRO, sent


@tool
def add(a: int, b: int = 0) -> int:
    """Add two numbers."""
    return a + b


class Answer(BaseModel):
    """An answer."""

    value: int = Field(description="the value")


# --- tools --------------------------------------------------------------------------------------
FLAT_ADD = {
    "type": "function",
    "name": "add",
    "description": "Add two numbers.",
    "parameters": {
        "properties": {"a": {"type": "integer"}, "b": {"default": 0, "type": "integer"}},
        "required": ["a"],
        "type": "object",
    },
    "strict": False,
}


def bound(*tools: Any, name: str = MODEL, **settings: Any) -> Json:
    service = Service(response(message("ok")))
    service.model(name).bind_tools(list(tools), **settings).invoke("Hi!")
    return service.body


def test_functions_are_flat_and_always_say_whether_they_are_strict() -> None:
    assert bound(add)["tools"] == [FLAT_ADD]
    assert bound(add, strict=True)["tools"][0]["strict"] is True
    own = {"type": "function", "function": {"name": "now", "strict": True}}
    assert bound(own, add)["tools"] == [
        {
            "type": "function",
            "name": "now",
            "parameters": {"type": "object", "properties": {}},
            "strict": True,
        },
        FLAT_ADD,
    ]


def test_tools_of_the_service_go_as_they_are() -> None:
    search = {"type": "web_search_preview", "search_context_size": "low"}
    remote = {"type": "mcp", "server_label": "a", "server_url": "https://a.example"}
    code = {"type": "code_interpreter", "container": "cntr_1"}
    assert bound(search, remote, code)["tools"] == [search, remote, code]


def test_a_code_interpreter_gets_the_container_that_it_needs() -> None:
    assert bound({"type": "code_interpreter"})["tools"] == [
        {"type": "code_interpreter", "container": {"type": "auto"}}
    ]


@pytest.mark.parametrize(
    ("choice", "expected"),
    [
        ("any", "required"),
        ("none", "none"),
        ("auto", "auto"),
        (True, {"type": "function", "name": "add"}),
        ("add", {"type": "function", "name": "add"}),
        ({"type": "function", "function": {"name": "add"}}, {"type": "function", "name": "add"}),
        ({"type": "function", "name": "add"}, {"type": "function", "name": "add"}),
    ],
)
def test_the_choice_of_a_tool_is_flat(choice: Any, expected: Any) -> None:
    assert bound(add, tool_choice=choice)["tool_choice"] == expected


def test_a_tool_of_the_service_is_chosen_by_its_type() -> None:
    search = {"type": "web_search_preview"}
    assert bound(search, add, tool_choice="web_search_preview")["tool_choice"] == search
    assert bound(search, tool_choice=search)["tool_choice"] == search


def test_allowed_tools_leave_the_others_out() -> None:
    choice = {"type": "allowed_tools", "mode": "required", "tools": [{"name": "add"}]}
    body = bound(add, {"type": "web_search_preview"}, tool_choice=choice)
    assert body["tools"] == [FLAT_ADD]
    assert body["tool_choice"] == "required"


def test_parallel_calls_are_said_only_if_set() -> None:
    assert "parallel_tool_calls" not in bound(add)
    assert bound(add, parallel_tool_calls=False)["parallel_tool_calls"] is False


def test_calls_of_a_custom_tool_go_back_as_free_text() -> None:
    custom = {"type": "custom", "name": "sh", "description": "A shell."}
    history = [
        HumanMessage("List."),
        AIMessage("", tool_calls=[{"name": "sh", "args": {"input": "ls"}, "id": "call_1"}]),
        ToolMessage("a.txt", tool_call_id="call_1"),
    ]
    body = sent(history, tools=[custom])
    assert body["tools"] == [custom]
    assert body["input"][1:] == [
        {"type": "custom_tool_call", "call_id": "call_1", "name": "sh", "input": "ls"},
        {"type": "custom_tool_call_output", "call_id": "call_1", "output": "a.txt"},
    ]


# --- structured answers -------------------------------------------------------------------------
def structured(method: Any, reply: Json, **settings: Any) -> tuple[Any, Json]:
    service = Service(reply)
    chain = service.model().with_structured_output(Answer, method=method, **settings)
    return chain.invoke("3"), service.body


VALUE = response(message('{"value": 3}'))


def test_a_schema_is_asked_for_in_text_format() -> None:
    answer, body = structured("json_schema", VALUE, strict=True)
    assert answer == Answer(value=3)
    format_ = body["text"]["format"]
    assert (format_["type"], format_["name"], format_["strict"]) == ("json_schema", "Answer", True)
    assert format_["schema"]["properties"]["value"]["type"] == "integer"


@pytest.mark.parametrize("name", [PRO, MODEL, NO_FUNCTIONS, "gpt-4"])
def test_a_schema_is_what_is_asked_for_by_default(name: str) -> None:
    """Also of models whose document of chat/completions has no such format."""
    service = Service(VALUE)
    model = service.model(name, endpoint="responses")
    assert model.with_structured_output(Answer).invoke("3") == Answer(value=3)
    assert service.body["text"]["format"]["type"] == "json_schema"
    model.with_structured_output(Answer, method="json_mode").invoke("3")
    assert service.body["text"]["format"] == {"type": "json_object"}
    on_chat = Service({"choices": [{"message": {"content": '{"value": 3}'}}]})
    if name == NO_FUNCTIONS:
        on_chat.model(name).with_structured_output(Answer).invoke("3")
        assert on_chat.body["response_format"]["type"] == "json_schema"


def test_json_mode_is_asked_for_in_text_format() -> None:
    answer, body = structured("json_mode", VALUE)
    assert answer == Answer(value=3)
    assert body["text"] == {"format": {"type": "json_object"}}


def test_function_calling_asks_for_the_function() -> None:
    from responses_wire import call  # noqa: PLC0415  # only here

    answer, body = structured("function_calling", response(call('{"value": 3}', "Answer")))
    assert answer == Answer(value=3)
    assert body["tool_choice"] == {"type": "function", "name": "Answer"}


def test_other_settings_of_the_text_stay_beside_its_format() -> None:
    body = sent("Hi!", text={"verbosity": "low"}, response_format=Answer)
    assert body["text"]["verbosity"] == "low"
    assert body["text"]["format"]["name"] == "Answer"


# --- parameters ---------------------------------------------------------------------------------
def test_parameters_have_their_names_of_this_endpoint() -> None:
    body = sent(
        "Hi!",
        max_tokens=64,
        reasoning_effort="low",
        temperature=0,
        store=False,
        truncation="auto",
        instructions="Be brief.",
        request_metadata={"k": "v"},
        extra_body={"service_tier": "flex"},
    )
    del body["input"]
    assert body == {
        "max_output_tokens": 64,
        "reasoning": {"effort": "low"},
        "temperature": 0,
        "store": False,
        "truncation": "auto",
        "instructions": "Be brief.",
        "metadata": {"k": "v"},
        "service_tier": "flex",
        "include": ["reasoning.encrypted_content"],
    }


def test_an_effort_goes_beside_the_summary() -> None:
    body = sent("Hi!", reasoning={"summary": "auto"}, reasoning_effort="high")
    assert body["reasoning"] == {"effort": "high", "summary": "auto"}
    body = sent("Hi!", reasoning={"effort": "low"}, reasoning_effort="high")
    assert body["reasoning"] == {"effort": "low"}


def test_a_stream_is_asked_for_without_options() -> None:
    service = Service(response(message("ok")))
    list(service.model(PRO).stream("Hi!"))
    assert service.body["stream"] is True
    assert "stream_options" not in service.body


def test_fewer_tokens_than_documented_are_sent_with_a_warning() -> None:
    with pytest.warns(UserWarning, match="at least 16"):
        assert sent("Hi!", max_tokens=8)["max_output_tokens"] == 8


def test_stop_sequences_are_left_out_with_a_warning() -> None:
    with pytest.warns(UserWarning, match="has no stop sequences"):
        assert "stop" not in sent("Hi!", stop=["END"])
