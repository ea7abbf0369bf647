"""How a structured answer is asked for: by a schema, by JSON mode or by a tool."""

from __future__ import annotations

import json
import warnings
from typing import TYPE_CHECKING, Any

import pytest
from langchain_core.messages import SystemMessage
from pydantic import BaseModel, Field
from sent import GPT, NEW_CLAUDE, OLD_CLAUDE, UNKNOWN, Json, Service, format_in, sent, tools_in
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
    ("openai/gpt-5-chat-latest", {"endpoint": "responses"}, "json_schema"),
    ("gpt-4", {"endpoint": "responses"}, "json_schema"),  # whatever it has on the other endpoint
    (FORMATS, {}, "json_schema"),
    (OLD_CLAUDE, {}, "function_calling"),
    (NEW_CLAUDE, {}, "function_calling"),
    ("messages", {}, "function_calling"),
    ("gemini-1.5-pro", {}, "function_calling"),  # documents tools, no response_format
    (NO_SCHEMA, {}, "function_calling"),
    (UNKNOWN, {}, "function_calling"),
    (GPT, {"request_schema": "anthropic"}, "function_calling"),
    (GPT, {"model_kwargs": {}}, "json_schema"),
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


def test_an_unknown_method_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="'magic'"):
        asked(GPT, method="magic")


# --- what is sent
def test_function_calling_forces_the_tool() -> None:
    body = asked("chat", method="function_calling")
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
        body = asked(route, schema, method="json_schema")
        name, found, strict = format_in(body)
        assert name in {"Answer", "AnswerDict"}
        assert found["required"] == ["value"]
        assert strict is (None if schema is JSON_SCHEMA else True)
    form = asked("chat", JSON_SCHEMA)["response_format"]
    assert form == {
        "type": "json_schema",
        "json_schema": {"name": "Answer", "description": "An answer.", "schema": INNER},
    }
    assert asked("responses", JSON_SCHEMA)["text"] == {
        "format": {"type": "json_schema", **form["json_schema"]}
    }


def test_json_mode_asks_for_any_object() -> None:
    assert asked("chat", method="json_mode")["response_format"] == {"type": "json_object"}
    assert asked("responses", method="json_mode")["text"] == {"format": {"type": "json_object"}}


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


def test_an_older_claude_gets_no_strict_and_the_user_a_warning() -> None:
    with pytest.warns(UserWarning, match="documents no strict tools"):
        body = asked(OLD_CLAUDE, strict=True)
    assert "strict" not in body["tools"][0]


def test_further_tools_are_bound_beside_the_answer() -> None:
    by_tool = asked("chat", method="function_calling", tools=[search])
    assert [tool["name"] for tool in tools_in(by_tool)] == ["Answer", "search"]
    assert by_tool["tool_choice"] == "required"
    by_format = asked("chat", method="json_schema", tools=[search])
    assert [tool["name"] for tool in tools_in(by_format)] == ["search"]
    assert "tool_choice" not in by_format


def test_a_name_that_the_service_refuses_is_mended() -> None:
    schema = {**JSON_SCHEMA, "title": "Answer[int] of " + "x" * 80}
    for method in ("function_calling", "json_schema"):
        name = format_in(asked("chat", schema, method=method))[0]
        assert name.startswith("Answer_int__of_")
        assert len(name) == 64


def test_other_settings_are_sent_too_and_what_is_for_traces_is_not() -> None:
    body = asked("chat", temperature=0)
    assert body.keys() == {"model", "messages", "temperature", "response_format"}


@pytest.mark.parametrize("way", ["field", "call"])
def test_a_thinking_claude_is_asked_without_being_forced(way: str) -> None:
    thinking = {"thinking": {"type": "adaptive"}}
    body = asked(OLD_CLAUDE, fields=thinking) if way == "field" else asked(OLD_CLAUDE, **thinking)
    assert "tool_choice" not in body
    assert body["tools"][0]["name"] == "Answer"


# --- response_format of a call
@pytest.mark.parametrize(
    "given", [{"type": "json_object"}, {"type": "text"}, {"type": "json_schema", "json_schema": {}}]
)
def test_a_response_format_is_sent_as_it_is(given: Json) -> None:
    assert sent("chat", response_format=given)["response_format"] == given


def test_a_schema_may_be_a_response_format() -> None:
    for given in (Answer, AnswerDict, JSON_SCHEMA):
        form = sent("chat", response_format=given)["response_format"]
        assert form["json_schema"]["description"] == "An answer."
        assert "strict" not in form["json_schema"]
    empty = {"title": "T", "type": "object"}
    found = sent("chat", response_format=empty)["response_format"]["json_schema"]["schema"]
    assert found == {"type": "object", "properties": {}}


def test_other_settings_of_the_text_stay_beside_its_format_on_responses() -> None:
    text = sent("responses", text={"verbosity": "low"}, response_format=Answer)["text"]
    assert text["verbosity"] == "low"
    assert text["format"]["name"] == "Answer"


def test_claude_is_asked_for_a_format_in_the_system_prompt_with_a_warning() -> None:
    wanted = {"type": "json_schema", "json_schema": {"name": "A", "schema": INNER}}
    for route in ("claude", "messages"):
        with pytest.warns(UserWarning, match=r"has no response_format; the system prompt asks"):
            body = sent(route, SystemMessage("Be brief."), "Hi", response_format=wanted)
        assert "response_format" not in body
        assert body["system"].startswith("Be brief.\n\nGive the final answer as one JSON object")
        assert body["system"].endswith(f"It must hold this JSON schema:\n{json.dumps(INNER)}")
        body = sent(route, response_format={"type": "json_object"})  # it is said once
        assert body["system"].endswith("no comment, no code fence.")
        assert sent(route, response_format={"type": "text"}).keys() == {"model", "messages"}


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


def by_schema(model: ChatAIMLAPI, **options: Any) -> Any:
    chain: Any = model.with_structured_output(
        Answer, method="json_schema", include_raw=True, **options
    )
    return chain.invoke("Hi")


def by_a_call(model: ChatAIMLAPI) -> Any:
    return model.with_structured_output(Answer, method="function_calling").invoke("Hi")


def structured(model: ChatAIMLAPI) -> Any:
    chain: Any = model.with_structured_output(Answer, include_raw=True)
    return chain.invoke("Hi")


WITH_TOOLS: dict[str, Callable[[ChatAIMLAPI], Any]] = {
    "bound": lambda model: model.bind_tools([search]).invoke("Hi"),
    "bound for several calls": bound_for_several_calls,
    "of a call": lambda model: model.invoke("Hi", tools=[TOOL]),
    "of several calls": lambda model: [
        model.invoke("Hi", tools=[TOOL]),
        list(model.stream("Hi", tools=[search])),
    ],
    "beside an answer": lambda model: by_schema(model, tools=[search]),
    "an answer by a call": by_a_call,
}


@pytest.mark.parametrize("ask", [*WITH_TOOLS.values(), structured], ids=[*WITH_TOOLS, "any"])
def test_one_warning_says_that_a_model_has_nothing_of_what_is_asked_for(ask: Any) -> None:
    (said,) = said_about(NOTHING, ask)
    assert said.startswith(f"{NOTHING} documents no tools on chat/completions.")
    assert "Nor does it document a response_format" in said


@pytest.mark.parametrize("ask", WITH_TOOLS.values(), ids=WITH_TOOLS)
def test_one_warning_says_which_formats_a_model_has_instead_of_tools(ask: Any) -> None:
    (said,) = said_about(FORMATS, ask)
    assert said.startswith(f"{FORMATS} documents no tools on chat/completions.")
    assert "documents response_format of type json_schema and json_object" in said


@pytest.mark.parametrize(
    ("model", "ask"),
    [
        (FORMATS, structured),  # by the format that it documents
        (FORMATS, by_schema),
        (GPT, WITH_TOOLS["bound"]),
        (GPT, by_a_call),
        (OLD_CLAUDE, WITH_TOOLS["bound"]),
        (UNKNOWN, WITH_TOOLS["bound"]),
        (UNKNOWN, structured),
        (NOTHING, lambda model: model.bind_tools([]).invoke("Hi")),
    ],
)
def test_nothing_is_said_where_there_is_what_was_asked_for(model: str, ask: Any) -> None:
    assert said_about(model, ask) == []


def test_what_was_asked_for_is_sent_all_the_same() -> None:
    service = Service()
    with pytest.warns(UserWarning, match="documents no tools"):
        bound = service.model(NOTHING).bind_tools([search], tool_choice="any")
    body = service.asked(bound)
    assert body["tools"][0]["function"]["name"] == "search"
    assert body["tool_choice"] == "required"


def test_a_schema_for_a_model_that_has_nothing_of_the_kind_warns_once() -> None:
    (said,) = said_about(NOTHING, by_schema)
    assert said.startswith(f"{NOTHING} documents no response_format on chat/completions.")
    assert "Nor does it document tools" in said


@pytest.mark.parametrize(
    "ask",
    [
        lambda model: model.bind_tools([search]).invoke("Hi", model=NOTHING),
        lambda model: model.bind_tools([search], model=NOTHING).invoke("Hi"),
    ],
)
def test_a_model_of_a_call_is_the_one_that_is_warned_about(ask: Any) -> None:
    (said,) = said_about(GPT, ask)
    assert said.startswith(f"{NOTHING} documents no tools")


# --- slips
SLIPS: list[tuple[str, str, Any]] = [
    ("metod", "method", lambda m: m.with_structured_output(Answer, metod="json_mode")),
    ("include_row", "include_raw", lambda m: m.with_structured_output(Answer, include_row=True)),
    ("strickt", "strict", lambda m: m.with_structured_output(Answer, strickt=True)),
    ("strickt", "strict", lambda m: m.bind_tools([search], strickt=True)),
    ("temprature", "temperature", lambda m: m.with_structured_output(Answer, temprature=0)),
    ("tool_choise", "tool_choice", lambda m: m.bind_tools([search], tool_choise="any")),
]


@pytest.mark.parametrize(("slip", "meant", "ask"), SLIPS)
def test_a_slip_is_warned_about_once_and_sent(slip: str, meant: str, ask: Any) -> None:
    service = Service()
    with pytest.warns(UserWarning, match=rf"{slip} \(did you mean {meant}\?\)") as caught:
        body = service.asked(ask(service.model()))
    assert len(caught) == 1
    assert slip in body


@pytest.mark.parametrize(
    "settings", [{"temperature": 0}, {"stream_usage": False}, {"top_k": 3}, {"frobnicate": 1}]
)
def test_other_arguments_are_bound_without_a_word(settings: Json) -> None:
    for ask in (
        lambda model: model.with_structured_output(Answer, **settings),
        lambda model: model.bind_tools([search], **settings),
    ):
        assert said_about(GPT, ask) == []
