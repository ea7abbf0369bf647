"""Tools and tool choice: one neutral form in, either request schema out."""

from __future__ import annotations

from typing import Any

import pytest
from doors.bodies import request_body
from langchain_core.messages import HumanMessage
from langchain_core.tools import tool
from pydantic import BaseModel, Field
from typing_extensions import TypedDict

from langchain_aimlapi import ChatAIMLAPI
from langchain_aimlapi.errors import ConfigurationError

UNKNOWN = "vendor/model-of-next-year"  # takes everything
PARAMETERS = {
    "type": "object",
    "properties": {"city": {"type": "string"}},
    "required": ["city"],
}
NEUTRAL = {
    "type": "function",
    "function": {"name": "weather", "description": "Weather.", "parameters": PARAMETERS},
}
CLAUDE = {"name": "weather", "description": "Weather.", "input_schema": PARAMETERS}
SEARCH = {"type": "web_search_20250305", "name": "web_search", "max_uses": 3}
OTHER = {"type": "function", "function": {"name": "other"}}


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


def normalise_tools(tools: Any, **options: Any) -> list[Any]:
    """Return tools as they are bound."""
    bound: Any = ChatAIMLAPI(model=UNKNOWN, api_key="k").bind_tools(tools, **options)
    found: list[Any] = bound.kwargs["tools"]
    return found


def normalise_tool_choice(choice: Any, tools: Any) -> Any:
    """Return the choice as it is bound, None if none is."""
    model = ChatAIMLAPI(model=UNKNOWN, api_key="k")
    bound: Any = model.bind_tools(tools, tool_choice=choice)
    return bound.kwargs.get("tool_choice")


def sent(**options: Any) -> dict[str, Any]:
    """Return what a body has beside its model and messages."""
    body = request_body([HumanMessage("Hi!")], options.pop("model", UNKNOWN), **options)
    return {name: body[name] for name in body if name not in {"model", "messages"}}


def openai_tool_fields(tools: Any, choice: Any, parallel: Any, model: str = UNKNOWN) -> Any:
    return sent(
        model=model,
        schema="openai",
        tools=tools,
        tool_choice=choice,
        parallel_tool_calls=parallel,
    )


def claude_tool_fields(tools: Any, choice: Any, parallel: Any) -> Any:
    options = {"tools": tools, "tool_choice": choice, "parallel_tool_calls": parallel}
    fields = sent(schema="anthropic", **options)
    fields.pop("max_tokens", None)  # which this schema requires
    return fields


def response_format_of(given: Any) -> Any:
    """Return a format as it is sent."""
    return sent(schema="openai", response_format=given)["response_format"]


@pytest.mark.parametrize(
    "given",
    [
        NEUTRAL,
        NEUTRAL["function"],
        CLAUDE,
        {**CLAUDE, "type": "custom"},
        {"type": "function", **NEUTRAL["function"]},  # the flat form of the Responses API
        {"title": "weather", "description": "Weather.", **PARAMETERS},  # a JSON schema
        weather,
    ],
    ids=["openai", "function", "claude", "claude-custom", "flat", "json-schema", "tool"],
)
def test_every_form_of_a_tool_is_the_same_neutral_tool(given: Any) -> None:
    assert normalise_tools([given]) == [NEUTRAL]


@pytest.mark.parametrize("given", [plain_weather, Weather, WeatherDict])
def test_functions_and_classes_are_tools(given: Any) -> None:
    function = normalise_tools([given])[0]["function"]
    assert function["description"] == "Weather."
    assert function["parameters"]["properties"]["city"]["type"] == "string"
    assert function["parameters"]["required"] == ["city"]


def adder(a: int) -> int:
    """Add.

    Takes a number:
        and adds it.
    """
    return a


def test_a_docstring_is_sent_without_the_indentation_of_its_code() -> None:
    function = normalise_tools([tool(adder)])[0]["function"]
    assert function["description"] == "Add.\n\nTakes a number:\n    and adds it."


def test_a_description_that_is_given_is_sent_as_it_is() -> None:
    given = {**NEUTRAL["function"], "description": "Add.\n\n    Takes a number."}
    assert normalise_tools([given])[0]["function"] == given


def test_server_tools_are_kept_as_they_are() -> None:
    servers = [SEARCH, {"type": "code_execution_20260120"}, {"type": "custom", "custom": {}}]
    assert normalise_tools(servers) == servers
    assert openai_tool_fields(servers, None, None) == {"tools": servers}
    assert claude_tool_fields(servers, None, None) == {"tools": servers}


def test_further_keys_of_a_tool_are_kept() -> None:
    mark = {"cache_control": {"type": "ephemeral"}}
    assert normalise_tools([{**CLAUDE, **mark}]) == [{**NEUTRAL, **mark}]
    assert claude_tool_fields([{**NEUTRAL, **mark}], None, None)["tools"] == [{**CLAUDE, **mark}]


def test_a_cache_mark_of_a_tool_has_no_place_in_the_openai_schema() -> None:
    marked = {**NEUTRAL, "cache_control": {"type": "ephemeral"}, "vendor_key": 1}
    expected = [{**NEUTRAL, "vendor_key": 1}]
    assert openai_tool_fields([marked], None, None)["tools"] == expected


def test_extras_of_a_langchain_tool_are_kept() -> None:
    marked = weather.model_copy(update={"extras": {"cache_control": {"type": "ephemeral"}}})
    assert normalise_tools([marked])[0]["cache_control"] == {"type": "ephemeral"}


@pytest.mark.parametrize("strict", [True, False])
@pytest.mark.parametrize("given", [NEUTRAL, CLAUDE, weather, Weather])
def test_strict_is_set_on_the_function(given: Any, strict: bool) -> None:  # noqa: FBT001  # a table
    function = normalise_tools([given], strict=strict)[0]["function"]
    assert function["strict"] is strict
    assert function["parameters"].get("additionalProperties", True) is not strict


def test_strict_is_left_out_unless_asked_for() -> None:
    assert "strict" not in normalise_tools([weather])[0]["function"]


def test_a_tools_own_strict_counts_for_that_tool() -> None:
    own = {"type": "function", "function": {**NEUTRAL["function"], "strict": False}}
    assert normalise_tools([own], strict=True)[0]["function"]["strict"] is False


def test_normalising_changes_nothing_that_was_given() -> None:
    given = {"type": "function", "function": {"name": "f", "parameters": {**PARAMETERS}}}
    normalise_tools([given], strict=True)
    assert given == {"type": "function", "function": {"name": "f", "parameters": PARAMETERS}}


@pytest.mark.parametrize("given", [3, {"type": "object", "properties": {}}, {}])
def test_what_is_no_tool_is_refused(given: Any) -> None:
    with pytest.raises(ConfigurationError, match="cannot be sent"):
        normalise_tools([given])


NAMED = {"type": "function", "function": {"name": "weather"}}
ALLOWED = {"mode": "required", "tools": [NAMED]}
CHOICES = [
    # given,  neutral,  as Claude has it
    (None, None, None),
    (False, None, None),
    ("auto", "auto", {"type": "auto"}),
    ("any", "required", {"type": "any"}),
    ("required", "required", {"type": "any"}),
    ("none", "none", {"type": "none"}),
    ("weather", NAMED, {"type": "tool", "name": "weather"}),
    (NAMED, NAMED, {"type": "tool", "name": "weather"}),
    ({"type": "function", "name": "weather"}, NAMED, {"type": "tool", "name": "weather"}),
    ({"type": "tool", "name": "weather"}, NAMED, {"type": "tool", "name": "weather"}),
    ({"type": "any"}, "required", {"type": "any"}),
    ({"type": "auto"}, "auto", {"type": "auto"}),
]


@pytest.mark.parametrize(("given", "neutral", "claude"), CHOICES, ids=lambda x: str(x)[:30])
def test_tool_choice_in_either_schema(given: Any, neutral: Any, claude: Any) -> None:
    tools = [NEUTRAL, SEARCH]
    stored = normalise_tool_choice(given, tools)
    assert stored == neutral
    assert openai_tool_fields(tools, stored, None).get("tool_choice") == neutral
    assert claude_tool_fields(tools, stored, None).get("tool_choice") == claude


def test_true_is_the_only_tool() -> None:
    assert normalise_tool_choice(True, [NEUTRAL]) == NAMED  # noqa: FBT003  # the value under test
    with pytest.raises(ConfigurationError, match="2 are bound"):
        normalise_tool_choice(True, [NEUTRAL, SEARCH])  # noqa: FBT003  # the value under test


def test_a_server_tool_can_be_chosen_by_name() -> None:
    stored = normalise_tool_choice("web_search", [NEUTRAL, SEARCH])
    fields = claude_tool_fields([NEUTRAL, SEARCH], stored, None)
    assert fields["tool_choice"] == {"type": "tool", "name": "web_search"}


def test_a_name_that_is_not_bound_is_refused() -> None:
    with pytest.raises(ConfigurationError, match=r"'wether'.*weather"):
        normalise_tool_choice("wether", [NEUTRAL])


@pytest.mark.parametrize(
    "given",
    [{"type": "allowed_tools", "allowed_tools": ALLOWED}, {"type": "allowed_tools", **ALLOWED}],
)
def test_allowed_tools(given: Any) -> None:
    tools = [NEUTRAL, OTHER]
    stored = normalise_tool_choice(given, tools)
    assert openai_tool_fields(tools, stored, None)["tool_choice"] == {
        "type": "allowed_tools",
        "allowed_tools": ALLOWED,
    }
    # Where there is no such choice: without the other tools it means the same.
    assert openai_tool_fields(tools, stored, None, "gpt-4") == {
        "tools": [NEUTRAL],
        "tool_choice": "required",
    }
    assert claude_tool_fields(tools, stored, None) == {
        "tools": [CLAUDE],
        "tool_choice": {"type": "any"},
    }


@pytest.mark.parametrize(
    ("choice", "parallel", "expected"),
    [
        (None, False, {"type": "auto", "disable_parallel_tool_use": True}),
        ("required", False, {"type": "any", "disable_parallel_tool_use": True}),
        (NAMED, False, {"type": "tool", "name": "weather", "disable_parallel_tool_use": True}),
        ("none", False, {"type": "none"}),
        (None, True, None),
        (None, None, None),
    ],
)
def test_parallel_tool_calls_in_the_claude_schema(
    choice: Any,
    parallel: bool | None,  # noqa: FBT001  # a table
    expected: Any,
) -> None:
    assert claude_tool_fields([NEUTRAL], choice, parallel).get("tool_choice") == expected


@pytest.mark.parametrize("parallel", [True, False])
def test_parallel_tool_calls_in_the_openai_schema(parallel: bool) -> None:  # noqa: FBT001  # a table
    assert openai_tool_fields([NEUTRAL], None, parallel)["parallel_tool_calls"] is parallel


def test_claudes_own_choice_with_its_switch_works_in_either_schema() -> None:
    own = {"type": "any", "disable_parallel_tool_use": True}
    assert claude_tool_fields([NEUTRAL], own, None)["tool_choice"] == own
    assert openai_tool_fields([NEUTRAL], own, None) == {
        "tools": [NEUTRAL],
        "tool_choice": "required",
        "parallel_tool_calls": False,
    }


def test_a_tool_without_parameters_gets_the_schema_claude_requires() -> None:
    assert claude_tool_fields([OTHER], None, None)["tools"] == [
        {"name": "other", "input_schema": {"type": "object", "properties": {}}}
    ]


def test_tools_of_a_call_need_no_binding() -> None:
    assert openai_tool_fields([weather], "weather", None) == {
        "tools": [NEUTRAL],
        "tool_choice": NAMED,
    }
    assert claude_tool_fields([weather], None, None) == {"tools": [CLAUDE]}


def test_nothing_given_is_nothing_sent() -> None:
    assert openai_tool_fields(None, None, None) == {}
    assert claude_tool_fields(None, None, None) == {}
    assert claude_tool_fields(None, None, False) == {}  # noqa: FBT003  # nothing to restrict


@pytest.mark.parametrize(
    "given", [{"type": "json_object"}, {"type": "text"}, {"type": "json_schema", "json_schema": {}}]
)
def test_a_response_format_is_kept_as_it_is(given: dict[str, Any]) -> None:
    assert response_format_of(given) == given


@pytest.mark.parametrize(
    "given", [Weather, WeatherDict, {"title": "Weather", "description": "Weather.", **PARAMETERS}]
)
def test_a_class_or_schema_becomes_a_json_schema_format(given: Any) -> None:
    found = response_format_of(given)
    assert found["type"] == "json_schema"
    assert found["json_schema"]["name"] in {"Weather", "WeatherDict"}
    assert found["json_schema"]["description"] == "Weather."
    assert found["json_schema"]["schema"]["required"] == ["city"]
    assert "strict" not in found["json_schema"]


def test_a_strict_response_format_allows_no_further_properties() -> None:
    model = ChatAIMLAPI(model=UNKNOWN, api_key="k")
    chain: Any = model.with_structured_output(Weather, method="json_schema", strict=True)
    found = response_format_of(chain.first.kwargs["response_format"])["json_schema"]
    assert found["strict"] is True
    assert found["schema"]["additionalProperties"] is False


def test_what_is_no_schema_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="response_format"):
        response_format_of(3)
