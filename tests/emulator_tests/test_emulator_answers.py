"""What the emulated model says and calls, and the instances of schemas that it makes."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from emulator.arguments import any_object, arguments_for, instance_of
from emulator.clues import Clues, subject_of
from emulator_helpers import (
    ADDER,
    CLAUDE,
    GPT,
    MAGIC,
    WEATHER,
    body,
    choice_of,
    is_claude,
    tool_turns,
    tools_of,
    user,
)

if TYPE_CHECKING:
    from emulator_helpers import Http

both_schemas = pytest.mark.parametrize("model", [CLAUDE, GPT])

REPLIES = [
    ("Hello", "Hello! How are you doing today? Is there anything I can help you with?"),
    ("What is 3 + 4?", "3 + 4 = 7."),
    ("Please reply with 'as you wish'", "as you wish"),
    ("Tell me a joke about dogs.", "Why did the dog sit on the computer?"),
    ("Write me 2 haikus.", "An old silent pond,"),
    ("Write a story about a cat.", "Once upon a time there was a cat, in a house"),
    ("What do you think about mankind?", 'You ask: "What do you think about mankind?"'),
    ("Trains are late.", 'You said: "Trains are late."'),
]


@both_schemas
@pytest.mark.parametrize(("prompt", "expected"), REPLIES)
def test_replies(http: Http, model: str, prompt: str, expected: str) -> None:
    assert http.reply(body(model, prompt)).startswith(expected)


def test_earlier_turns_are_remembered(http: Http) -> None:
    turns = [
        user("My name is Ada."),
        {"role": "assistant", "content": "Hello Ada!"},
        user("What is my name?"),
    ]
    assert http.reply(body(GPT, messages=turns)) == "Your name is Ada."
    assert http.reply(body(GPT, "What is my name?")) == "You have not told me your name."


CALLS: list[tuple[str, list[tuple[str, dict[str, Any]]]]] = [
    ("Hello", []),
    ("What is the capital of France?", []),
    ("What's the weather in Paris?", [("get_weather", {"location": "Paris"})]),
    ("magic_function(3)", [("magic_function", {"input": 3})]),
    ("Call magic_function(input=-7) now", [("magic_function", {"input": -7})]),
    ("Use magic_function on 5", [("magic_function", {"input": 5})]),
    (
        "Compute magic_function(3) and magic_function(4).",
        [("magic_function", {"input": 3}), ("magic_function", {"input": 4})],
    ),
    (
        "What is the weather in Paris and New York?",
        [("get_weather", {"location": "Paris"}), ("get_weather", {"location": "New York"})],
    ),
    (
        "Get the weather in Rome, then use magic_function(9).",
        [("magic_function", {"input": 9}), ("get_weather", {"location": "Rome"})],
    ),
]


@both_schemas
@pytest.mark.parametrize(("prompt", "calls"), CALLS)
def test_tools_are_called_when_the_prompt_asks(
    http: Http, model: str, prompt: str, calls: list[Any]
) -> None:
    sent = body(model, prompt, tools=tools_of(model, MAGIC, WEATHER))
    assert http.calls(sent) == calls


@both_schemas
def test_one_call_at_a_time_when_asked(http: Http, model: str) -> None:
    sent = body(model, "magic_function(3), magic_function(4)", tools=tools_of(model, MAGIC))
    if is_claude(model):
        sent["tool_choice"] = {"type": "auto", "disable_parallel_tool_use": True}
    else:
        sent["parallel_tool_calls"] = False
    assert http.calls(sent) == [("magic_function", {"input": 3})]


@both_schemas
def test_no_tool_when_forbidden(http: Http, model: str) -> None:
    none = {"type": "none"} if is_claude(model) else "none"
    sent = body(model, "magic_function(3)", tools=tools_of(model, MAGIC), tool_choice=none)
    assert http.calls(sent) == []


@both_schemas
def test_an_agent_goes_on_to_the_tool_that_is_left(http: Http, model: str) -> None:
    asked = user("What is the weather in Paris? And magic_function(3)?")
    turns = tool_turns(model, [("c1", "get_weather", {"location": "Paris"}, "Sunny.")])
    sent = body(model, messages=[asked, *turns], tools=tools_of(model, WEATHER, MAGIC))
    assert http.calls(sent) == [("magic_function", {"input": 3})]
    turns += tool_turns(model, [("c2", "magic_function", {"input": 3}, "5")])
    sent["messages"] = [asked, *turns]
    assert http.reply(sent) == (
        "The tool get_weather answered: Sunny. The tool magic_function answered: 5"
    )


@both_schemas
def test_a_structured_response_is_made_from_results(http: Http, model: str) -> None:
    """A forced choice after results calls the tool that was not called yet."""
    answer = {
        "name": "Answer",
        "description": "The final answer.",
        "parameters": {
            "type": "object",
            "properties": {"degrees": {"type": "integer"}},
            "required": ["degrees"],
        },
    }
    turns = tool_turns(model, [("c1", "get_weather", {"location": "Paris"}, "It has 21 degrees.")])
    sent = body(
        model,
        messages=[user("What is the weather in Paris?"), *turns],
        tools=tools_of(model, WEATHER, answer),
        tool_choice=choice_of(model, "any"),
    )
    assert http.calls(sent) == [("Answer", {"degrees": 21})]


def test_results_answer_parallel_calls(http: Http) -> None:
    calls = [
        ("c1", "my_adder_tool", {"a": 1, "b": 2}, "3"),
        ("c2", "my_adder_tool", {"a": 3, "b": 4}, "7"),
    ]
    sent = body(GPT, messages=[user("Add"), *tool_turns(GPT, calls)], tools=tools_of(GPT, ADDER))
    assert http.reply(sent) == (
        "The tool my_adder_tool answered: 3 The tool my_adder_tool answered: 7"
    )


def obj(required: list[str] | None = None, **properties: Any) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties) if required is None else required,
    }


PERSON = obj(name={"type": "string"}, age={"type": "integer"})
TREE = {
    "$ref": "#/$defs/Node",
    "$defs": {
        "Node": obj(
            ["value"],
            value={"type": "integer"},
            children={"type": "array", "items": {"$ref": "#/$defs/Node"}},
        )
    },
}
INSTANCES: dict[str, tuple[dict[str, Any], str, Any]] = {
    "names and numbers": (PERSON, "Her name is Ada and she is 36.", {"name": "Ada", "age": 36}),
    "enum": (obj(unit={"enum": ["celsius", "kelvin"]}), "in kelvin", {"unit": "kelvin"}),
    "enum by default": (obj(unit={"enum": ["celsius", "kelvin"]}), "", {"unit": "celsius"}),
    "const": (obj(kind={"const": "cat"}), "", {"kind": "cat"}),
    "boolean": (obj(ok={"type": "boolean"}), "", {"ok": True}),
    "null": (obj(ok={"type": "null"}), "", {"ok": None}),
    "number": (obj(x={"type": "number"}), "about 2.5 metres", {"x": 2.5}),
    "minimum": (obj(x={"type": "integer", "minimum": 10}), "3", {"x": 10}),
    "maximum": (obj(x={"type": "integer", "maximum": 10}), "30", {"x": 10}),
    "list of types": (obj(x={"type": ["null", "integer"]}), "4", {"x": 4}),
    "any of": (obj(x={"anyOf": [{"type": "null"}, {"type": "integer"}]}), "4", {"x": 4}),
    "all of": (obj(x={"allOf": [{"type": "integer"}, {"minimum": 5}]}), "4", {"x": 5}),
    "numbers": (
        obj(xs={"type": "array", "items": {"type": "integer"}}),
        "Sort 3, 1 and 2.",
        {"xs": [3, 1, 2]},
    ),
    "at least two": (
        obj(xs={"type": "array", "items": {"type": "boolean"}, "minItems": 2}),
        "",
        {"xs": [True, True]},
    ),
    "quotations": (
        obj(tags={"type": "array", "items": {"type": "string"}}),
        "Use 'a' and 'b'.",
        {"tags": ["a", "b"]},
    ),
    "formats": (
        obj(day={"type": "string", "format": "date"}),
        "today",
        {"day": "2026-02-13"},
    ),
    "lengths": (obj(s={"type": "string", "maxLength": 3}), "Say 'hello'", {"s": "hel"}),
    "nested": ({**obj(who=PERSON)}, "Ada is 36, like Bob", {"who": {"name": "Bob", "age": 36}}),
    "a query": (obj(query={"type": "string"}), "cats and dogs", {"query": "cats and dogs"}),
    "about": (obj(title={"type": "string"}), "write about whales", {"title": "Title about whale"}),
}


@pytest.mark.parametrize(("schema", "prompt", "value"), INSTANCES.values(), ids=INSTANCES)
def test_instances_of_schemas(schema: dict[str, Any], prompt: str, value: Any) -> None:
    assert instance_of(schema, prompt) == value


def test_a_schema_that_refers_to_itself_ends() -> None:
    tree = instance_of(TREE, "1 2 3 4 5 6 7 8 9 10")
    assert len(json.dumps(tree)) < 500
    assert tree["children"][0]["value"] == 2


def test_optional_arguments_are_left_out_unless_mentioned() -> None:
    schema = obj(
        ["city"],
        city={"type": "string"},
        unit={"type": "string", "enum": ["celsius", "kelvin"], "default": "celsius"},
        days={"type": "integer"},
    )
    assert arguments_for("w", schema, "the weather in Oslo", generous=False) == {"city": "Oslo"}
    assert arguments_for("w", schema, "Oslo in kelvin? In Oslo!", generous=False) == {
        "city": "Oslo",
        "unit": "kelvin",
    }
    assert arguments_for("w", schema, "in Oslo", generous=True) == {"city": "Oslo", "days": 1}


@pytest.mark.parametrize(
    ("prompt", "keys"),
    [
        ("Return a JSON with 'name' and 'age' keys.", {"name", "age"}),
        ("Return JSON about cats.", {"answer"}),
    ],
)
def test_json_mode_uses_the_keys_that_are_named(prompt: str, keys: set[str]) -> None:
    assert set(any_object(prompt)) == keys


@pytest.mark.parametrize(
    ("prompt", "subject"),
    [
        ("Tell me a joke about cats.", "cats"),
        ("Describe trains", "trains"),
        ("", "that"),
    ],
)
def test_subjects(prompt: str, subject: str) -> None:
    assert subject_of(prompt) == subject


def test_clues_of_a_prompt() -> None:
    clues = Clues("Book 'Suite 4' for Ada Lovelace in London, 2 nights at 99.5")
    assert clues.numbers == [4, 2, 99.5]
    assert clues.quoted == ["Suite 4"]
    assert clues.names == ["Ada Lovelace", "London"]
