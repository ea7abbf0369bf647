"""What is changed in place is sent as it is at the call: messages, tools, settings."""

from __future__ import annotations

import copy
from copy import deepcopy
from typing import TYPE_CHECKING, Any

import pytest
from langchain_core.messages import AIMessage, BaseMessage, HumanMessage, ToolMessage
from sent import GPT, UNKNOWN, ROUTES, Json, Service, answer, answer_back, call, called, result, text, user

if TYPE_CHECKING:
    from collections.abc import Callable


# --- messages
def conversation() -> list[BaseMessage]:
    return [
        HumanMessage("How is the weather?"),
        called(call("c", city="Paris", more=["a"]), content="Let me see.", id="1"),
        result("Sunny."),
        HumanMessage("Thanks"),
    ]


EDITS: dict[str, Callable[[Any], object]] = {
    "content": lambda m: setattr(m[0], "content", "Edited"),
    "content as blocks": lambda m: setattr(m[0], "content", [text("Edited")]),
    "an argument": lambda m: m[1].tool_calls[0]["args"].update(city="Edited"),
    "a deep argument": lambda m: m[1].tool_calls[0]["args"]["more"].append("Edited"),
    "the name of a call": lambda m: m[1].tool_calls[0].update(name="edited"),
    "the id of a call": lambda m: (
        m[1].tool_calls[0].update(id="edited"),
        setattr(m[2], "tool_call_id", "edited"),
    ),
    "no call": lambda m: m[1].tool_calls.clear(),
    "a refusal": lambda m: (
        setattr(m[1], "content", ""),
        m[1].additional_kwargs.update(refusal="Edited"),
    ),
    "a result": lambda m: setattr(m[2], "content", "Edited"),
    "the order": lambda m: m.append(m.pop(0)),
    "another message": lambda m: m.__setitem__(3, HumanMessage("Edited")),
}


@pytest.mark.parametrize("edit", EDITS.values(), ids=EDITS)
def test_a_message_that_is_edited_is_written_anew(edit: Callable[[Any], object]) -> None:
    for route in ROUTES:
        service = Service()
        model, messages = service.model(route), conversation()
        before = service.asked(model, *messages)
        edit(messages)
        edited = service.asked(model, *messages)
        fresh = conversation()
        edit(fresh)
        assert edited != before
        other = Service()
        assert edited == other.asked(other.model(route), *fresh)


def test_the_origin_of_an_answer_counts_when_it_is_edited() -> None:
    thought = {"type": "thinking", "thinking": "Hm.", "signature": "c2ln"}
    message = answer(thought, text("Yes"))
    assert answer_back("messages", message)[0]["content"][0] == thought
    message.response_metadata["model_provider"] = "google_genai"
    assert answer_back("messages", message)[0]["content"] == [text("Yes")]


def plain(message: BaseMessage) -> BaseMessage:
    """Return a message of a subclass, which means the same."""
    own = type("Own", (type(message),), {"__module__": __name__})
    return own.model_construct(**message.__dict__)  # type: ignore[attr-defined,no-any-return]  # a message


LONG = [
    HumanMessage("How is the weather?\n\u2028\x00"),
    HumanMessage("Me again", name="ann"),
    HumanMessage(" "),
    AIMessage("It is sunny. ", additional_kwargs={"reasoning_content": "Look up."}),
    HumanMessage("And?"),
    AIMessage("Fine.", name="bob", id="msg_1"),
    AIMessage("", response_metadata={"model_provider": "openai"}),
    HumanMessage("Where?"),
    called(call("1", city="Zürich 😀"), call("2", deep=[{"a": None}]), content="Two calls"),
    ToolMessage("", tool_call_id="2", status="error"),
    ToolMessage("Sunny.", tool_call_id="1", name="f"),
    user("Thanks"),
]


def test_messages_of_a_subclass_are_written_like_any_other() -> None:
    service = Service()
    for route in ROUTES:
        model = service.model(route)
        for count in (1, 3, 4, 6, 8, 11, 12):
            messages = LONG[:count]
            assert service.asked(model, *messages) == service.asked(model, *map(plain, messages))


# --- tools and other arguments that are bound
TOOL = {
    "type": "function",
    "function": {
        "name": "weather",
        "parameters": {"type": "object", "properties": {"city": {"type": "string"}}},
    },
}


def function_of(tools: list[Any]) -> Any:
    return tools[0]["function"]


TOOL_EDITS: tuple[Callable[[list[Any]], object], ...] = (
    lambda tools: function_of(tools).update(description="Tell it."),
    lambda tools: function_of(tools)["parameters"]["properties"].update(day={"default": True}),
    lambda tools: function_of(tools)["parameters"]["properties"]["day"].update(default=1),
    lambda tools: function_of(tools)["parameters"].update(required=["day"]),
    lambda tools: function_of(tools)["parameters"]["required"].append("city"),
    lambda tools: function_of(tools)["parameters"].pop("required"),
    lambda tools: tools.append({"type": "function", "function": {"name": "another"}}),
    lambda tools: tools.reverse(),
    lambda tools: tools.pop(),
)


@pytest.mark.parametrize("route", ROUTES)
def test_tools_that_are_edited_are_sent_as_they_are_now(route: str) -> None:
    service, other = Service(), Service()
    bound: Any = service.model(route).bind_tools([deepcopy(TOOL)])
    tools = bound.kwargs["tools"]
    service.asked(bound)
    for edit in TOOL_EDITS:
        edit(tools)
        service.asked(bound)
        before, now = (request.content for request in service.requests[-2:])
        assert now != before  # as bytes: 1 is True where dicts are compared
        other.asked(other.model(route).bind(tools=deepcopy(tools)))
        assert now == other.requests[-1].content


FILLED: dict[str, tuple[Any, Callable[[Any], object], Json]] = {
    "stop": ([], lambda value: value.append("END"), {"stop": ["END"]}),
    "tools": ([], lambda value: value.append(TOOL), {"tools": [TOOL]}),
    "extra_body": ({}, lambda value: value.update(top_k=5), {"top_k": 5}),
    "response_format": (
        {"type": "text"},
        lambda value: value.update(type="json_object"),
        {"response_format": {"type": "json_object"}},
    ),
}


@pytest.mark.parametrize("name", FILLED)
def test_a_bound_argument_that_is_filled_later_is_sent(name: str) -> None:
    empty, fill, expected = FILLED[name]
    service = Service()
    value = deepcopy(empty)
    bound = service.model("chat").bind(**{name: value})
    assert not expected.items() <= service.asked(bound).items()
    fill(value)
    assert expected.items() <= service.asked(bound).items()


# --- fields of a model
FIELD_EDITS: dict[str, tuple[Callable[[Any], object], Json]] = {
    "stop": (lambda model: model.stop.append("b"), {"stop": ["a", "b"]}),
    "extra_body": (lambda model: model.extra_body.update(x=1), {"x": 1}),
    "nested": (lambda model: model.extra_body["deep"].append(2), {"deep": [1, 2]}),
    "model_kwargs": (lambda model: model.model_kwargs.update(echo=True), {"echo": True}),
    "a number of another type": (lambda model: setattr(model, "max_tokens", 5), {"max_tokens": 5}),
    "the model": (lambda model: setattr(model, "model", UNKNOWN), {"model": UNKNOWN}),
}


@pytest.mark.parametrize(("edit", "expected"), FIELD_EDITS.values(), ids=FIELD_EDITS)
def test_a_field_that_is_changed_takes_effect_from_the_next_call_on(
    edit: Callable[[Any], object], expected: Json
) -> None:
    service = Service()
    model = service.model(
        "deepseek/deepseek-r1", stop=["a"], extra_body={"deep": [1]}, max_tokens=4.0
    )
    assert not expected.items() <= service.asked(model).items()
    edit(model)
    assert expected.items() <= service.asked(model).items()


def test_an_empty_extra_body_and_headers_that_are_filled_later_are_sent() -> None:
    service = Service()
    headers = {"x-team": "blue"}
    model: Any = service.model(GPT, extra_body={}, default_headers=headers)
    service.asked(model)
    model.extra_body["x"] = 1
    model.default_headers["x-run"] = "2"
    assert service.asked(model)["x"] == 1
    first, second = service.requests
    assert "x-run" not in first.headers
    assert (second.headers["x-team"], second.headers["x-run"]) == ("blue", "2")


def test_copies_have_settings_of_their_own() -> None:
    service = Service()
    model = service.model(GPT, temperature=0.1)
    service.asked(model)
    other = copy.copy(model)
    other.temperature = 0.9
    assert service.asked(other)["temperature"] == 0.9
    assert service.asked(model)["temperature"] == 0.1
