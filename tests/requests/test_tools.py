"""Tools: whatever form they are given in, they are sent in that of the endpoint."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

import pytest
import sent
from langchain_core.tools import StructuredTool, tool
from pydantic import BaseModel, Field
from sent import GPT, NEW_CLAUDE, OLD_CLAUDE, ROUTES, UNKNOWN, Json, Service, tools_in
from typing_extensions import TypedDict

NEXT_CLAUDE = "anthropic/claude-of-next-year"
CITY = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}
FUNCTION = {"name": "weather", "description": "Weather.", "parameters": CITY}
NESTED = {"type": "function", "function": FUNCTION}
CLAUDES = {"name": "weather", "description": "Weather.", "input_schema": CITY}
FLAT = {"type": "function", **FUNCTION, "strict": False}
"""The same tool on chat/completions, to Claude and on `/responses`."""


@tool
def weather(city: str) -> str:
    """Weather."""
    return city


def plain_weather(city: str) -> str:
    """Weather."""
    return city


class Weather(BaseModel):
    """Weather."""

    city: str = Field(description="A city.")


class WeatherDict(TypedDict):
    """Weather."""

    city: str


def bound(route: str, *tools: Any, **options: Any) -> Json:
    """Return the body of a call with bound tools."""
    service = Service()
    return service.asked(service.model(route).bind_tools(list(tools), **options))


def sent_tools(route: str, *tools: Any, **options: Any) -> list[Json]:
    found: list[Json] = bound(route, *tools, **options)["tools"]
    return found


FORMS: Json = {
    "OpenAI's": NESTED,
    "a function": FUNCTION,
    "Claude's": CLAUDES,
    "of /responses": {"type": "function", **FUNCTION},
    "a JSON schema": {"title": "weather", "description": "Weather.", **CITY},
    "a tool of LangChain": weather,
}


@pytest.mark.parametrize("given", FORMS.values(), ids=FORMS)
def test_every_form_of_a_tool_is_the_same_tool(given: Any) -> None:
    before = deepcopy(given) if isinstance(given, dict) else given
    expected = {"chat": NESTED, "claude": CLAUDES, "messages": CLAUDES, "responses": FLAT}
    for route, written in expected.items():
        assert sent_tools(route, given) == [written]
        assert sent.body(route, tools=[given])["tools"] == [written]  # without binding it
    if isinstance(given, dict):
        assert given == before


@pytest.mark.parametrize("given", [plain_weather, Weather, WeatherDict])
def test_functions_and_classes_are_tools(given: Any) -> None:
    for route in ROUTES:
        (found,) = tools_in(bound(route, given))
        assert found["description"] == "Weather."
        assert found["parameters"]["properties"]["city"]["type"] == "string"
        assert found["parameters"]["required"] == ["city"]


def adder(a: int) -> int:
    """Add.

    Takes a number:
        and adds it.
    """
    return a


def test_a_docstring_is_sent_without_the_indentation_of_its_code() -> None:
    (found,) = tools_in(bound("chat", tool(adder)))
    assert found["description"] == "Add.\n\nTakes a number:\n    and adds it."
    given = {**FUNCTION, "description": "Add.\n\n    Takes a number."}
    assert tools_in(bound("chat", given)) == [given]


class Greeter:
    """Greets."""

    def __call__(self, name: str, times: int = 1) -> str:
        """Greet somebody."""
        return name * times


CALLABLES: dict[str, tuple[Any, str, set[str], list[str]]] = {
    "an object": (Greeter(), "Greeter", {"name", "times"}, ["name"]),
    "a method": (Greeter().__call__, "__call__", {"name", "times"}, ["name"]),
}


@pytest.mark.parametrize(
    ("given", "name", "arguments", "required"), CALLABLES.values(), ids=CALLABLES
)
def test_a_callable_without_a_name_of_its_own_is_a_tool(
    given: Any, name: str, arguments: set[str], required: list[str]
) -> None:
    for route in ROUTES:
        (found,) = tools_in(bound(route, given))
        assert (found["name"], found["description"]) == (name, "Greet somebody.")
        assert set(found["parameters"]["properties"]) == arguments
        assert found["parameters"].get("required", []) == required


EMPTY = {"type": "object", "properties": {}}
BARE: Json = {
    "a function": {"name": "f", "parameters": {"type": "object"}},
    "a tool": {"type": "function", "function": {"name": "f", "parameters": {"type": "object"}}},
    "a tool of Claude": {"name": "f", "input_schema": {"type": "object"}},
    "a tool with a dict for its arguments": StructuredTool(
        name="f", description="", func=lambda: "", args_schema={"type": "object"}
    ),
}


@pytest.mark.parametrize("bare", BARE.values(), ids=BARE)
def test_a_tool_without_properties_says_that_it_has_none(bare: Any) -> None:
    for route in ROUTES:
        assert tools_in(bound(route, bare))[0]["parameters"] == EMPTY
        assert tools_in(sent.body(route, tools=[bare]))[0]["parameters"] == EMPTY
        if route != "claude":
            (strict,) = tools_in(bound(route, bare, strict=True))
            assert strict["parameters"] == {**EMPTY, "additionalProperties": False}


def test_a_function_without_parameters() -> None:
    bare = {"type": "function", "function": {"name": "f"}}
    assert sent_tools("chat", bare) == [bare]
    assert sent_tools("claude", bare) == [{"name": "f", "input_schema": EMPTY}]
    assert sent_tools("responses", bare)[0]["parameters"] == EMPTY
    for route in ("chat", "messages", "responses"):
        (found,) = tools_in(bound(route, {"name": "f", "description": "F."}, strict=True))
        assert found["parameters"] == {**EMPTY, "additionalProperties": False}
        assert found["strict"] is True


# --- tools of the service
SERVER_TOOLS: list[Json] = [
    {"type": "web_search_20250305", "name": "web_search", "max_uses": 3},
    {"type": "code_execution_20260120", "name": "code_execution"},
    {"type": "mcp", "server_label": "a", "server_url": "https://a.example"},
    {"type": "code_interpreter", "container": "cntr_1"},
]


@pytest.mark.parametrize("route", ["messages", "responses", "claude"])
def test_tools_of_the_service_are_sent_as_they_are(route: str) -> None:
    own, *theirs = sent_tools(route, weather, *SERVER_TOOLS)
    assert own["name"] == "weather"
    assert theirs == SERVER_TOOLS
    assert sent.body(route, tools=SERVER_TOOLS)["tools"] == SERVER_TOOLS
    marked = {**SERVER_TOOLS[0], "cache_control": {"type": "ephemeral"}}
    assert sent_tools("messages", marked) == [marked]


def test_a_code_interpreter_gets_the_container_that_responses_requires() -> None:
    given = {"type": "code_interpreter"}
    assert sent_tools("responses", given) == [{**given, "container": {"type": "auto"}}]


GRAMMAR = {"syntax": "lark", "definition": 'start: "a"'}
FLAT_CUSTOM = {"type": "custom", "name": "sh", "format": {"type": "grammar", **GRAMMAR}}
NESTED_CUSTOM = {
    "type": "custom",
    "custom": {"name": "sh", "format": {"type": "grammar", "grammar": GRAMMAR}},
}


@pytest.mark.filterwarnings("ignore:openai/gpt-4o documents no tool_choice of the form 'custom'")
@pytest.mark.parametrize("given", [FLAT_CUSTOM, NESTED_CUSTOM], ids=["flat", "nested"])
def test_a_tool_of_free_text_has_the_form_of_its_endpoint(given: Json) -> None:
    flat, nested = {"type": "custom", "name": "sh"}, {"type": "custom", "custom": {"name": "sh"}}
    for choice in ("sh", flat, nested):
        chat, responses = (
            bound(route, given, tool_choice=choice) for route in ("chat", "responses")
        )
        assert chat["tools"] == [NESTED_CUSTOM]
        assert chat["tool_choice"] == nested
        assert responses["tools"] == [FLAT_CUSTOM]
        assert responses["tool_choice"] == flat


def test_a_tool_of_free_text_may_have_no_grammar() -> None:
    plain = {"name": "sh", "format": {"type": "text"}}
    flat, nested = {"type": "custom", **plain}, {"type": "custom", "custom": plain}
    assert sent_tools("chat", flat) == [nested]
    assert sent_tools("responses", nested) == [flat]
    bare = {"type": "custom", "name": "sh"}
    assert sent_tools("responses", bare) == [bare]


# --- what one vendor's tools hold besides
EXTRAS = {
    "allowed_callers": ["direct"],
    "cache_control": {"type": "ephemeral"},
    "defer_loading": True,
    "eager_input_streaming": True,
    "input_examples": [{"city": "Paris"}],
}
EXTENDED: Json = {
    "a tool of LangChain": weather.model_copy(update={"extras": {**EXTRAS, "of_another": 1}}),
    "Claude's": {**CLAUDES, **EXTRAS},
    "OpenAI's": {**NESTED, **EXTRAS},
}


@pytest.mark.parametrize("given", EXTENDED.values(), ids=EXTENDED)
def test_claudes_extras_of_a_tool_go_to_newer_claudes_only(given: Any) -> None:
    for model in (NEW_CLAUDE, NEXT_CLAUDE, "messages"):
        assert sent_tools(model, given) == [{**CLAUDES, **EXTRAS}]
    assert sent_tools(OLD_CLAUDE, given) == [CLAUDES]
    for model in (GPT, UNKNOWN):
        assert sent_tools(model, given) == [NESTED]
    assert sent_tools(UNKNOWN, {**NESTED, **EXTRAS, "own": 1}) == [{**NESTED, "own": 1}]
    assert sent_tools("responses", given) == [FLAT]


# --- strict
@pytest.mark.parametrize(
    "given", [NESTED, CLAUDES, weather, Weather], ids=["OpenAI's", "Claude's", "a tool", "a class"]
)
def test_strict_is_sent_if_it_is_set(given: Any) -> None:
    for strict in (True, False, None):
        for route in ("chat", "messages", "responses", NEXT_CLAUDE):
            (found,) = tools_in(bound(route, given, strict=strict))
            assert found.get("strict") is (bool(strict) if route == "responses" else strict)
            closed = found["parameters"].get("additionalProperties") is False
            assert closed is (strict is True)
    older = bound("anthropic/claude-3-haiku", weather, strict=True, endpoint="messages")
    assert older["tools"][0]["strict"] is True  # of this endpoint all documents are alike


def test_a_tools_own_strict_counts_for_that_tool() -> None:
    own = {"type": "function", "function": {**FUNCTION, "strict": False}}
    found = tools_in(bound("chat", own, weather, strict=True))
    assert [each["strict"] for each in found] == [False, True]
    assert "additionalProperties" not in found[0]["parameters"]
    assert tools_in(bound("responses", {**FUNCTION, "strict": True}))[0]["strict"] is True


@pytest.mark.parametrize("model", [OLD_CLAUDE, "claude-3-5-sonnet-latest"])
def test_an_older_claude_gets_no_strict_and_the_user_a_warning(model: str) -> None:
    own = {"name": "f", "input_schema": EMPTY, "strict": True}
    with pytest.warns(UserWarning, match=f"{model} documents no strict tools: strict is left"):
        (found,) = sent_tools(model, weather, strict=True)
    assert "strict" not in found
    assert "strict" not in sent_tools(model, own)[0]  # it is said once
    assert sent_tools(model, weather, strict=False) == [CLAUDES]


# --- what is bound


@pytest.mark.parametrize("route", ROUTES)
def test_no_tools_are_nothing_to_send_and_nothing_to_choose_from(route: str) -> None:
    """OpenAI refuses a choice without tools."""
    choices: list[Json] = [
        {},
        {"tool_choice": {"type": "function", "function": {"name": "f"}}},
        {"parallel_tool_calls": False},
        {"tools": [], "tool_choice": "any", "parallel_tool_calls": True},
    ]
    for settings in choices:
        body = sent.body(route, **settings)
        assert not {"tools", "tool_choice", "parallel_tool_calls"} & body.keys()
    service = Service()
    assert "parallel_tool_calls" not in service.asked(
        service.model(route, parallel_tool_calls=False)
    )
    body = sent.body(route, extra_body={"tools": [{"type": "odd"}]}, tool_choice="auto")
    assert body["tool_choice"] in ("auto", {"type": "auto"})
    assert body["tools"] == [{"type": "odd"}]
