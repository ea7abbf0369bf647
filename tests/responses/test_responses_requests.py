"""What is sent to the Responses endpoint."""

from __future__ import annotations

import base64
import json
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
from responses_wire import BASE, MODEL, Service, message, response

from langchain_aimlapi.errors import UnsupportedContentError

if TYPE_CHECKING:
    from responses_wire import Json
from responses_sent import NO_FUNCTIONS, PRO, sent

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
            {**WIRE_CALL, "arguments": json.dumps({"arguments": '{"a": '})},
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


def test_calls_are_items_where_this_endpoint_of_a_model_is_not_documented() -> None:
    history = [
        HumanMessage("1 + 1?"),
        AIMessage("", tool_calls=[TOOL_CALL]),
        ToolMessage("2", tool_call_id="call_1"),
    ]
    with pytest.warns(UserWarning, match="is not documented on the endpoint responses"):
        _, call, result = items(*history, name="anthropic/claude-sonnet-4", endpoint="responses")
    assert call == WIRE_CALL
    assert result == {"type": "function_call_output", "call_id": "call_1", "output": "2"}
