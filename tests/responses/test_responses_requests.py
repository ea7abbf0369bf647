"""What is sent to the Responses endpoint."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any

import pytest
from langchain_core.messages import (
    AIMessage,
    ChatMessage,
    FunctionMessage,
    HumanMessage,
    SystemMessage,
    ToolMessage,
)
from langchain_core.tools import tool
from pydantic import BaseModel, Field
from responses_wire import BASE, MODEL, Service, message, response

from langchain_aimlapi.errors import UnsupportedContentError

if TYPE_CHECKING:
    from responses_wire import Json

PNG = "iVBORw0KGgo="
PDF = base64.b64encode(b"%PDF-1.4").decode()
IMAGE = {"type": "image", "base64": PNG, "mime_type": "image/png"}
WIRE_IMAGE = {
    "type": "input_image",
    "image_url": f"data:image/png;base64,{PNG}",
    "detail": "auto",
}
TOOL_CALL = {"name": "add", "args": {"a": 1}, "id": "call_1"}
WIRE_CALL = {"type": "function_call", "call_id": "call_1", "name": "add", "arguments": '{"a": 1}'}
PRO = "openai/gpt-5-pro"
NO_FUNCTIONS = "openai/gpt-5-chat-latest"


@tool
def add(a: int, b: int = 0) -> int:
    """Add two numbers."""
    return a + b


class Answer(BaseModel):
    """An answer."""

    value: int = Field(description="the value")


def sent(messages: Any, name: str = MODEL, /, **settings: Any) -> Json:
    """Return the body of a call, without what every call has."""
    service = Service(response(message("ok")))
    service.model(name).invoke(messages, **settings)
    body = service.body
    assert body.pop("model") == name
    return body


def items(*messages: Any, name: str = MODEL, **settings: Any) -> list[Json]:
    """Return the input of a call."""
    given: list[Json] = sent(list(messages), name, **settings)["input"]
    return given


def test_a_model_of_this_endpoint_is_asked_here_without_a_setting() -> None:
    service = Service(response(message("Hello!")))
    assert service.model(PRO).invoke("Hi!").text == "Hello!"
    assert service.paths == ["/v1/responses"]
    assert BASE.endswith("/v1")
    assert service.body == {"model": PRO, "input": [{"role": "user", "content": "Hi!"}]}


TURNS: dict[str, tuple[list[Any], list[Json]]] = {
    "roles": (
        [SystemMessage("a"), HumanMessage("b"), AIMessage("c"), HumanMessage("d")],
        [
            {"role": "system", "content": "a"},
            {"role": "user", "content": "b"},
            {"role": "assistant", "content": "c"},
            {"role": "user", "content": "d"},
        ],
    ),
    "a developer": (
        [SystemMessage("a", additional_kwargs={"__openai_role__": "developer"})],
        [{"role": "developer", "content": "a"}],
    ),
    "a role of the user's own": (
        [ChatMessage(role="developer", content="a")],
        [{"role": "developer", "content": "a"}],
    ),
    "names are left out": (
        [HumanMessage("a", name="ada")],
        [{"role": "user", "content": "a"}],
    ),
    "parts": (
        [HumanMessage([{"type": "text", "text": "See."}, IMAGE])],
        [{"role": "user", "content": [{"type": "input_text", "text": "See."}, WIRE_IMAGE]}],
    ),
    "an image by its address, in detail": (
        [
            HumanMessage(
                [
                    {
                        "type": "image_url",
                        "image_url": {"url": "https://a.example/b.png", "detail": "high"},
                    }
                ]
            )
        ],
        [
            {
                "role": "user",
                "content": [
                    {
                        "type": "input_image",
                        "image_url": "https://a.example/b.png",
                        "detail": "high",
                    }
                ],
            }
        ],
    ),
    "a document": (
        [
            HumanMessage(
                [
                    {
                        "type": "file",
                        "base64": PDF,
                        "mime_type": "application/pdf",
                        "filename": "a.pdf",
                    }
                ]
            )
        ],
        [
            {
                "role": "user",
                "content": [
                    {
                        "type": "input_file",
                        "filename": "a.pdf",
                        "file_data": f"data:application/pdf;base64,{PDF}",
                    }
                ],
            }
        ],
    ),
    "a plain text file": (
        [HumanMessage([{"type": "text-plain", "text": "Hello"}])],
        [{"role": "user", "content": [{"type": "input_text", "text": "Hello"}]}],
    ),
    "parts in the endpoint's own words": (
        [HumanMessage([{"type": "input_text", "text": "a"}, dict(WIRE_IMAGE)])],
        [{"role": "user", "content": [{"type": "input_text", "text": "a"}, WIRE_IMAGE]}],
    ),
    "an approval": (
        [
            HumanMessage(
                [{"type": "mcp_approval_response", "approval_request_id": "a", "approve": True}]
            )
        ],
        [{"type": "mcp_approval_response", "approval_request_id": "a", "approve": True}],
    ),
    "calls and results": (
        [
            HumanMessage("1 + 1?"),
            AIMessage("I add.", tool_calls=[TOOL_CALL]),
            ToolMessage("2", tool_call_id="call_1"),
        ],
        [
            {"role": "user", "content": "1 + 1?"},
            {"role": "assistant", "content": "I add."},
            WIRE_CALL,
            {"type": "function_call_output", "call_id": "call_1", "output": "2"},
        ],
    ),
    "a call that could not be read": (
        [
            AIMessage(
                "",
                invalid_tool_calls=[
                    {
                        "name": "add",
                        "args": '{"a": ',
                        "id": "call_1",
                        "error": None,
                        "type": "invalid_tool_call",
                    }
                ],
            ),
            ToolMessage("bad arguments", tool_call_id="call_1", status="error"),
        ],
        [
            {**WIRE_CALL, "arguments": '{"a": '},
            {"type": "function_call_output", "call_id": "call_1", "output": "bad arguments"},
        ],
    ),
    "results in parts are one string": (
        [
            AIMessage("", tool_calls=[TOOL_CALL]),
            ToolMessage(["a", {"type": "text", "text": "b"}, {"k": 1}], tool_call_id="call_1"),
        ],
        [
            WIRE_CALL,
            {"type": "function_call_output", "call_id": "call_1", "output": 'a\nb\n{"k": 1}'},
        ],
    ),
    "media of tools follow all results": (
        [
            AIMessage("", tool_calls=[TOOL_CALL, {**TOOL_CALL, "id": "call_2"}]),
            ToolMessage([IMAGE], tool_call_id="call_1"),
            ToolMessage("2", tool_call_id="call_2"),
        ],
        [
            WIRE_CALL,
            {**WIRE_CALL, "call_id": "call_2"},
            {
                "type": "function_call_output",
                "call_id": "call_1",
                "output": "(image: in the user turn that follows)",
            },
            {"type": "function_call_output", "call_id": "call_2", "output": "2"},
            {
                "role": "user",
                "content": [
                    {"type": "input_text", "text": "Returned by the tool call call_1:"},
                    WIRE_IMAGE,
                ],
            },
        ],
    ),
    "results in Anthropic's form": (
        [
            AIMessage("", tool_calls=[TOOL_CALL]),
            HumanMessage(
                [
                    {"type": "tool_result", "tool_use_id": "call_1", "content": "2"},
                    {"type": "text", "text": "And now?"},
                ]
            ),
        ],
        [
            WIRE_CALL,
            {"type": "function_call_output", "call_id": "call_1", "output": "2"},
            {"role": "user", "content": [{"type": "input_text", "text": "And now?"}]},
        ],
    ),
    "an empty answer is left out": (
        [HumanMessage("a"), AIMessage(""), HumanMessage("b")],
        [{"role": "user", "content": "a"}, {"role": "user", "content": "b"}],
    ),
}


@pytest.mark.parametrize(("messages", "expected"), TURNS.values(), ids=TURNS)
def test_turns_become_items(messages: list[Any], expected: list[Json]) -> None:
    assert items(*messages) == expected


def test_what_the_endpoint_has_no_part_for_is_refused_with_what_it_has() -> None:
    audio = {"type": "audio", "base64": "UklGRg==", "mime_type": "audio/wav"}
    with pytest.raises(UnsupportedContentError, match=r"takes no audio.*Accepted: file, image"):
        sent([HumanMessage([audio])])
    with pytest.raises(UnsupportedContentError, match="pass a URL or base64 data"):
        sent([HumanMessage([{"type": "image", "file_id": "file-1"}])])
    with pytest.raises(UnsupportedContentError, match="has no role 'function'"):
        sent([FunctionMessage(name="add", content="2")])
    with pytest.raises(UnsupportedContentError, match="has no role 'critic'"):
        sent([ChatMessage(role="critic", content="a")])
    with pytest.raises(UnsupportedContentError, match=r"message 1 .* in a user turn"):
        sent([HumanMessage("a"), AIMessage([IMAGE])])


def test_calls_are_told_in_words_where_no_functions_are_documented() -> None:
    history = [
        HumanMessage("1 + 1?"),
        AIMessage("", tool_calls=[TOOL_CALL]),
        ToolMessage("2", tool_call_id="call_1"),
        HumanMessage("Sure?"),
    ]
    assert items(*history, name=NO_FUNCTIONS, endpoint="responses") == [
        {"role": "user", "content": "1 + 1?"},
        {"role": "assistant", "content": '(called add with {"a": 1})'},
        {"role": "user", "content": "(result of the call: 2)"},
        {"role": "user", "content": "Sure?"},
    ]


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
