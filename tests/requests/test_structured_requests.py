"""How a structured answer is asked for: by a schema, by JSON mode or by a tool."""

from __future__ import annotations

import json
import warnings
from typing import TYPE_CHECKING, Any

import pytest
import sent
from langchain_core.messages import SystemMessage
from pydantic import BaseModel, Field
from sent import GPT, NEW_CLAUDE, OLD_CLAUDE, UNKNOWN, Json, Service, format_in, tools_in
from typing_extensions import TypedDict

from langchain_aimlapi import ChatAIMLAPI
from langchain_aimlapi.errors import ConfigurationError
from langchain_aimlapi.testing import Answer as Scripted
from langchain_aimlapi.testing import answers

if TYPE_CHECKING:
    from collections.abc import Callable

NO_SCHEMA = "deepseek/deepseek-v4-pro-0813"
"""Its documents have json_object, no json_schema."""
NOTHING = "deepseek/deepseek-r1"
"""Its documents have neither tools nor a response_format."""
FORMATS = "cohere/command-a"
"""Its documents have a response_format, and no tools."""
NO_NAMED_CHOICE = "nvidia/nemotron-3-ultra-550b-a55b"


class Answer(BaseModel):
    """An answer."""

    value: int = Field(description="The value.")


class AnswerDict(TypedDict):
    """An answer."""

    value: int


JSON_SCHEMA = {
    "title": "Answer",
    "description": "An answer.",
    "type": "object",
    "properties": {"value": {"type": "integer"}},
    "required": ["value"],
}
INNER = {name: JSON_SCHEMA[name] for name in ("type", "properties", "required")}


def search(query: str) -> str:
    """Search."""
    return query


def asked(route: str, schema: Any = Answer, fields: Any = None, **options: Any) -> Json:
    service = Service()
    model = service.model(route, **(fields or {}))
    return service.asked(model.with_structured_output(schema, **options))


def method_of(body: Json) -> str:
    """Return by which method a body asks for its answer."""
    if "tools" in body:
        return "function_calling"
    form = body.get("response_format") or body["text"]["format"]
    return {"json_schema": "json_schema", "json_object": "json_mode"}[form["type"]]


# --- by which method
METHODS: list[tuple[str, Json, str]] = [
    (GPT, {}, "json_schema"),
    ("anthropic/claude-3-haiku", {}, "json_schema"),  # OpenAI's schema, with the format
    ("responses", {}, "json_schema"),
    ("gpt-4", {"endpoint": "responses"}, "json_schema"),  # whatever it has on the other endpoint
    (FORMATS, {}, "json_schema"),
    (OLD_CLAUDE, {}, "function_calling"),
    (NEW_CLAUDE, {}, "function_calling"),
    ("messages", {}, "function_calling"),
    ("gemini-1.5-pro", {}, "function_calling"),  # documents tools, no response_format
    (NO_SCHEMA, {}, "function_calling"),
    (UNKNOWN, {}, "function_calling"),
    (GPT, {"request_schema": "anthropic"}, "function_calling"),
]


@pytest.mark.filterwarnings("ignore:gpt-4 is not documented on the endpoint")
@pytest.mark.parametrize(("route", "fields", "method"), METHODS)
def test_the_method_is_chosen_by_what_is_documented(route: str, fields: Json, method: str) -> None:
    assert method_of(asked(route, fields=fields)) == method


def test_the_model_of_the_call_counts() -> None:
    assert method_of(asked(GPT, model=OLD_CLAUDE)) == "function_calling"
    assert method_of(asked(OLD_CLAUDE, model=GPT)) == "json_schema"


@pytest.mark.parametrize("method", ["json_schema", "json_mode"])
def test_a_tool_is_used_with_a_warning_where_there_is_no_such_format(method: Any) -> None:
    for model in (OLD_CLAUDE, NEW_CLAUDE):
        with pytest.warns(UserWarning, match=f"method='{method}'.*function calling"):
            assert method_of(asked(model, method=method)) == "function_calling"
    with pytest.warns(UserWarning, match=r"json_schema.*function calling"):
        assert method_of(asked(NO_SCHEMA, method="json_schema")) == "function_calling"
    assert method_of(asked(NO_SCHEMA, method="json_mode")) == "json_mode"
    with pytest.raises(ConfigurationError, match="'magic'"):
        asked(GPT, method="magic")


# --- what is sent
def test_function_calling_forces_the_tool() -> None:
    body = asked("chat", method="function_calling", temperature=0)
    assert body.keys() == {"model", "messages", "temperature", "tools", "tool_choice"}
    assert body["tool_choice"] == {"type": "function", "function": {"name": "Answer"}}
    assert format_in(body)[2] is None
    assert asked("claude")["tool_choice"] == {"type": "tool", "name": "Answer"}
    flat = asked("responses", method="function_calling")["tool_choice"]
    assert flat == {"type": "function", "name": "Answer"}
    only = asked(NO_NAMED_CHOICE, method="function_calling")
    assert (only["tool_choice"], len(only["tools"])) == ("required", 1)


@pytest.mark.parametrize("schema", [Answer, AnswerDict, JSON_SCHEMA])
def test_a_json_schema_carries_the_schema(schema: Any) -> None:
    for route in ("chat", "responses"):
        name, found, strict = format_in(asked(route, schema, method="json_schema"))
        by_default = None if schema is JSON_SCHEMA else True
        assert (name, strict) == (getattr(schema, "__name__", "Answer"), by_default)
        assert found["required"] == ["value"]


class WithOptions(BaseModel):
    """With what strict schemas express in their own way."""

    name: str
    age: int | None = None
    tags: list[Answer] = []


def test_a_class_is_strict_by_default_where_the_documents_have_strict() -> None:
    for route in ("chat", "responses", "openai/o3"):
        _, schema, strict = format_in(asked(route, WithOptions))
        assert strict is True
        assert schema["required"] == ["name", "age", "tags"]
        assert schema["additionalProperties"] is False
        assert schema["properties"]["tags"]["items"]["additionalProperties"] is False
        assert "default" not in str(schema)


class Free(BaseModel):
    notes: dict[str, str]


class Anything(BaseModel):
    value: Any


class Pair(BaseModel):
    pair: tuple[int, str]


class Open(BaseModel, extra="allow"):
    name: str


class Short(BaseModel):
    name: str = Field(max_length=3)


@pytest.mark.parametrize("schema", [Free, Anything, Pair, Open, Short])
def test_a_class_that_cannot_be_strict_is_sent_without_a_word(schema: type) -> None:
    assert format_in(asked("chat", schema))[2] is None


def test_strict_is_sent_as_it_was_asked_for() -> None:
    assert format_in(asked("chat", Answer, strict=False))[2] is False
    assert format_in(asked(UNKNOWN, Answer, method="json_schema"))[2] is None
    with pytest.raises(ConfigurationError, match="The field notes of Free is a dict"):
        asked("chat", Free, strict=True)


def test_a_form_is_that_of_its_endpoint() -> None:
    form = {"name": "Answer", "description": "An answer.", "schema": INNER}
    chat = asked("chat", JSON_SCHEMA)["response_format"]
    assert chat == {"type": "json_schema", "json_schema": form}
    responses = asked("responses", JSON_SCHEMA)["text"]
    assert responses == {"format": {"type": "json_schema", **form}}
    for route in ("chat", "responses"):
        body = asked(route, method="json_mode")
        form = body.get("response_format") or body["text"]["format"]
        assert form == {"type": "json_object"}


@pytest.mark.parametrize("method", ["function_calling", "json_schema"])
def test_strict_and_parallel_calls_are_sent_when_asked_for(method: Any) -> None:
    for route in ("chat", "responses"):
        _, schema, strict = format_in(asked(route, method=method, strict=True))
        assert strict is True
        assert schema["additionalProperties"] is False
    body = asked("chat", method=method)
    assert "parallel_tool_calls" not in body
    sent_ = asked("chat", method=method, parallel_tool_calls=False, tools=[search])
    assert sent_["parallel_tool_calls"] is False


def test_further_tools_are_bound_beside_the_answer() -> None:
    by_tool = asked("chat", method="function_calling", tools=[search])
    assert [tool["name"] for tool in tools_in(by_tool)] == ["Answer", "search"]
    assert by_tool["tool_choice"] == "required"
    by_format = asked("chat", method="json_schema", tools=[search])
    assert [tool["name"] for tool in tools_in(by_format)] == ["search"]
    assert "tool_choice" not in by_format


def test_a_name_that_the_service_refuses_is_mended() -> None:
    schema = {**JSON_SCHEMA, "title": "Answer[int] of " + "x" * 80}
    by_method = [asked("chat", schema, method=m) for m in ("function_calling", "json_schema")]
    for body in (*by_method, sent.body("chat", response_format=schema)):
        name = format_in(body)[0]
        assert name.startswith("Answer_int__of_")
        assert len(name) == 64


@pytest.mark.parametrize("way", ["field", "call"])
def test_a_thinking_claude_is_asked_without_being_forced(way: str) -> None:
    thinking = {"thinking": {"type": "adaptive"}}
    body = asked(OLD_CLAUDE, fields=thinking) if way == "field" else asked(OLD_CLAUDE, **thinking)
    assert "tool_choice" not in body
    assert body["tools"][0]["name"] == "Answer"


# --- response_format of a call


def test_a_schema_may_be_a_response_format() -> None:
    for given in (Answer, AnswerDict, JSON_SCHEMA):
        form = sent.body("chat", response_format=given)["response_format"]
        assert form["json_schema"]["description"] == "An answer."
        assert "strict" not in form["json_schema"]
    empty = {"title": "T", "type": "object"}
    found = sent.body("chat", response_format=empty)["response_format"]["json_schema"]["schema"]
    assert found == {"type": "object", "properties": {}}


def test_other_settings_of_the_text_stay_beside_its_format_on_responses() -> None:
    text = sent.body("responses", text={"verbosity": "low"}, response_format=Answer)["text"]
    assert text["verbosity"] == "low"
    assert text["format"]["name"] == "Answer"


def test_claude_is_asked_for_a_format_in_the_system_prompt_with_a_warning() -> None:
    wanted = {"type": "json_schema", "json_schema": {"name": "A", "schema": INNER}}
    for route in ("claude", "messages"):
        with pytest.warns(UserWarning, match=r"has no response_format; the system prompt asks"):
            body = sent.body(route, SystemMessage("Be brief."), "Hi", response_format=wanted)
        assert "response_format" not in body
        assert body["system"].startswith("Be brief.\n\nGive the final answer as one JSON object")
        assert body["system"].endswith(f"It must hold this JSON schema:\n{json.dumps(INNER)}")
        body = sent.body(route, response_format={"type": "json_object"})  # it is said once
        assert body["system"].endswith("no comment, no code fence.")
        assert sent.body(route, response_format={"type": "text"}).keys() == {"model", "messages"}


# --- models without tools
TOOL = {"type": "function", "function": {"name": "search", "parameters": {"type": "object"}}}
SAID = Scripted(text="{}", tool_calls=[{"name": "Answer", "args": {"value": 1}}])


def said_about(model: str, ask: Callable[[ChatAIMLAPI], Any]) -> list[str]:
    """Return the warnings of what is asked, the first call included."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        ask(ChatAIMLAPI(model=model, **answers([SAID] * 3)))
    return [str(warning.message) for warning in caught]


def bound_for_several_calls(model: ChatAIMLAPI) -> Any:
    chain = model.bind_tools([search], tool_choice="any")
    return [chain.invoke("Hi"), chain.invoke("Hi"), list(chain.stream("Hi"))]


def by_schema(model: ChatAIMLAPI, method: Any = "json_schema", **options: Any) -> Any:
    chain: Any = model.with_structured_output(Answer, method=method, include_raw=True, **options)
    return chain.invoke("Hi")


def by_a_call(model: ChatAIMLAPI) -> Any:
    return model.with_structured_output(Answer, method="function_calling").invoke("Hi")


def structured(model: ChatAIMLAPI) -> Any:
    return by_schema(model, None)


WITH_TOOLS: dict[str, Callable[[ChatAIMLAPI], Any]] = {
    "bound": lambda model: model.bind_tools([search]).invoke("Hi"),
    "bound for several calls": bound_for_several_calls,
    "of a call": lambda model: model.invoke("Hi", tools=[TOOL]),
    "beside an answer": lambda model: by_schema(model, tools=[search]),
    "an answer by a call": by_a_call,
}


@pytest.mark.parametrize(
    ("model", "instead"),
    [
        (NOTHING, "Nor does it document a response_format"),
        (FORMATS, "documents response_format of type json_schema and json_object"),
    ],
)
@pytest.mark.parametrize("ask", WITH_TOOLS.values(), ids=WITH_TOOLS)
def test_one_warning_says_what_a_model_has_instead_of_tools(
    ask: Any, model: str, instead: str
) -> None:
    (said,) = said_about(model, ask)
    assert said.startswith(f"{model} documents no tools on chat/completions.")
    assert instead in said


@pytest.mark.parametrize("ask", [structured, by_schema])
def test_one_warning_says_that_a_model_has_no_way_to_a_structured_answer(ask: Any) -> None:
    (said,) = said_about(NOTHING, ask)
    assert "Nor does it document" in said


@pytest.mark.parametrize(
    ("model", "ask"),
    [
        (FORMATS, structured),  # by the format that it documents
        (GPT, WITH_TOOLS["bound"]),
        (UNKNOWN, structured),
        (NOTHING, lambda model: model.bind_tools([]).invoke("Hi")),
    ],
)
def test_nothing_is_said_where_there_is_what_was_asked_for(model: str, ask: Any) -> None:
    assert said_about(model, ask) == []


def test_a_model_of_a_call_is_the_one_that_is_warned_about() -> None:
    (said,) = said_about(GPT, lambda model: model.bind_tools([search]).invoke("Hi", model=NOTHING))
    assert said.startswith(f"{NOTHING} documents no tools")


# --- slips
SLIPS: list[tuple[str, str, Any]] = [
    ("metod", "method", lambda m: m.with_structured_output(Answer, metod="json_mode")),
    ("include_row", "include_raw", lambda m: m.with_structured_output(Answer, include_row=True)),
    ("strickt", "strict", lambda m: m.bind_tools([search], strickt=True)),
    ("tool_choise", "tool_choice", lambda m: m.bind_tools([search], tool_choise="any")),
]


@pytest.mark.parametrize(("slip", "meant", "ask"), SLIPS)
def test_a_slip_is_warned_about_once_and_sent(slip: str, meant: str, ask: Any) -> None:
    service = Service()
    with pytest.warns(UserWarning, match=rf"{slip} \(did you mean {meant}\?\)") as caught:
        body = service.asked(ask(service.model()))
    assert len(caught) == 1
    assert slip in body
