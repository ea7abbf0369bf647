"""Schemas and tools reach the service as they were meant, or an error says that they cannot."""

from __future__ import annotations

import enum
import functools
import json
from typing import Any, Optional, Union

import pydantic.v1
import pytest
from langchain_core.messages import AIMessage, HumanMessage, ToolMessage
from langchain_core.tools import StructuredTool
from langchain_core.tools import tool as as_tool
from pydantic import BaseModel
from structured import ENDPOINTS, METHODS, PLACES, WITH_FORMATS, by_method
from typing_extensions import TypedDict

from langchain_aimlapi import ChatAIMLAPI
from langchain_aimlapi.errors import ConfigurationError
from langchain_aimlapi.testing import Answer, answers

Json = dict[str, Any]


def sent(endpoint: str, ask: Any, answer: Answer | None = None, **settings: Any) -> Json:
    """Return the body of the request that `ask` makes of a model."""
    service = answers([answer or Answer(text="Hi")])
    ask(ChatAIMLAPI(**ENDPOINTS[endpoint], **service, **settings))
    return service.requests[0]


def tools_of(endpoint: str, *tools: Any, **options: Any) -> list[Json]:
    """Return tools as they are sent, each as its name and schema at least."""
    body = sent(endpoint, lambda model: model.bind_tools(list(tools), **options).invoke("Hi"))
    return [tool.get("function", tool) for tool in body["tools"]]


def schema_in(body: Json) -> tuple[str | None, Json, bool | None]:
    """Return the name, the schema and `strict` of a structured answer that a request asks for."""
    form = body.get("response_format", {}).get("json_schema") or body.get("text", {}).get("format")
    if form is not None:
        return form["name"], form["schema"], form.get("strict")
    tool = body["tools"][0]
    function = tool.get("function", tool)
    schema = function.get("parameters", function.get("input_schema"))
    return function["name"], schema, function.get("strict")


# --- schemas in the forms of OpenAI --------------------------------------------------------------
INNER = {
    "type": "object",
    "properties": {"name": {"type": "string"}},
    "required": ["name"],
    "additionalProperties": False,
}
FORMS = {
    "a name and a schema": {"name": "Person", "schema": INNER},
    "strict": {"name": "Person", "schema": INNER, "strict": True},
    "response_format": {"type": "json_schema", "json_schema": {"name": "Person", "schema": INNER}},
    "response_format, strict": {
        "type": "json_schema",
        "json_schema": {"name": "Person", "schema": INNER, "strict": True},
    },
    "text.format": {"type": "json_schema", "name": "Person", "schema": INNER},
    "text.format, strict": {
        "type": "json_schema",
        "name": "Person",
        "schema": INNER,
        "strict": True,
    },
    "text.format, named by its title": {
        "type": "json_schema",
        "schema": {**INNER, "title": "Person"},
    },
    "a function": {"name": "Person", "parameters": INNER},
    "a function of responses": {"type": "function", "name": "Person", "parameters": INNER},
    "a tool": {"type": "function", "function": {"name": "Person", "parameters": INNER}},
    "a tool of Claude": {"name": "Person", "input_schema": INNER},
    "a JSON schema": {"title": "Person", **INNER},
}
_SCHEMA_PLACES = [place for place in PLACES if place[1] != "json_mode"]


@pytest.mark.filterwarnings("ignore:anthropic/claude-sonnet-4 documents no strict tools")
@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
@pytest.mark.parametrize(("endpoint", "method"), _SCHEMA_PLACES)
def test_each_form_of_a_schema_means_the_schema_in_it(
    endpoint: str, method: Any, form: Json
) -> None:
    given = json.dumps(form)

    def ask(model: ChatAIMLAPI) -> None:
        chain = model.with_structured_output(form, method=method)
        assert chain.invoke("Who?") == {"name": "Ada"}

    body = sent(endpoint, ask, by_method(method, '{"name": "Ada"}'))
    name, schema, strict = schema_in(body)
    schema.pop("title", None)
    assert (name, schema) == ("Person", INNER)
    if endpoint != "claude schema":  # where the documents of this model have no strict tools
        assert bool(strict) is ("strict" in given)
    assert json.dumps(form) == given


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
@pytest.mark.parametrize("endpoint", WITH_FORMATS)
def test_a_call_takes_each_form_as_its_response_format(endpoint: str, form: Json) -> None:
    body = sent(endpoint, lambda model: model.invoke("Hi", response_format=form))
    name, schema, _ = schema_in(body)
    schema.pop("title", None)
    assert (name, schema) == ("Person", INNER)
    if endpoint == "responses":
        assert set(body["text"]["format"]) <= {"type", "name", "schema", "strict"}


# --- schemas that refer to themselves ------------------------------------------------------------
class Node(BaseModel):
    """A node."""

    title: str
    children: list[Node] = []


class Tree(BaseModel):
    """A tree."""

    root: Node
    anything: Any = None


class NodeOfV1(pydantic.v1.BaseModel):
    """A node."""

    title: str
    children: list[NodeOfV1] = []


NodeOfV1.update_forward_refs()


class NodeDict(TypedDict):
    """A node."""

    title: str
    children: list[NodeDict]


def plant(root: Node, depth: int = 1) -> str:
    """Plant a tree."""
    return f"{root.title} {depth}"


RECURSIVE = {
    "a class": (Node, "Node"),
    "a class that holds one": (Tree, "Node"),
    "a class of Pydantic 1": (NodeOfV1, "NodeOfV1"),
    "a typed dict": (NodeDict, "NodeDict"),
    "a function": (plant, "Node"),
    "a tool": (as_tool(plant), "Node"),
    "a tool with a dict for its arguments": (
        StructuredTool(
            name="plant", description="x", func=plant, args_schema=Tree.model_json_schema()
        ),
        "Node",
    ),
}


def assert_whole(schema: Json, definition: str) -> None:
    """Check that a schema of an object refers to what it defines, itself included."""
    assert schema["type"] == "object"
    inner = schema["$defs"][definition]
    assert inner["properties"]["children"]["items"] == {"$ref": f"#/$defs/{definition}"}
    assert inner["properties"]["title"] == {"type": "string"}
    written = json.dumps(schema)
    assert "definitions" not in written
    assert '"items": {}' not in written


@pytest.mark.parametrize(("given", "definition"), RECURSIVE.values(), ids=RECURSIVE)
@pytest.mark.parametrize("strict", [None, True])
@pytest.mark.parametrize("endpoint", ENDPOINTS)
def test_a_tool_keeps_its_references_to_itself(
    endpoint: str, strict: Any, given: Any, definition: str
) -> None:
    if strict and (endpoint == "claude schema" or given is Tree or "dict" in definition.lower()):
        strict = None
    if strict and isinstance(given, StructuredTool):
        strict = None
    (tool,) = tools_of(endpoint, given, strict=strict)
    schema = tool.get("parameters") or tool["input_schema"]
    assert_whole(schema, definition)
    if strict:
        assert schema["$defs"][definition]["additionalProperties"] is False
        assert schema["$defs"][definition]["required"] == ["title", "children"]


@pytest.mark.parametrize("schema", [Node, Tree, NodeOfV1, NodeDict])
@pytest.mark.parametrize(("endpoint", "method"), _SCHEMA_PLACES)
def test_a_schema_of_an_answer_keeps_its_references_to_itself(
    endpoint: str, method: Any, schema: Any
) -> None:
    node = '{"title": "a", "children": [{"title": "b", "children": []}]}'
    text = f'{{"root": {node}}}' if schema is Tree else node

    def ask(model: ChatAIMLAPI) -> None:
        model.with_structured_output(schema, method=method).invoke("Plant!")

    body = sent(endpoint, ask, by_method(method, text, name=schema.__name__))
    assert_whole(schema_in(body)[1], "Node" if schema is Tree else schema.__name__)


# --- what is no schema and no tool ---------------------------------------------------------------
class Colour(enum.Enum):
    """A colour."""

    RED = "red"


NEITHER: Json = {
    "an Enum": Colour,
    "int": int,
    "dict": dict,
    "object": object,
    "a Union": Union[Node, Tree],  # noqa: UP007  # as users write it
    "a Union with a bar": Node | Tree,
    "an Optional": Optional[Node],  # noqa: UP045  # the same
    "a list of a class": list[Node],
    "Any": Any,
    "a lambda": lambda x: x,
    "print": print,
    "a method of a list": [].append,
    "an instance": Tree(root=Node(title="a")),
    "a number": 3,
    "a text": "Node",
    "an empty dict": {},
    "a schema without a name": {"type": "object", "properties": {}},
    "BaseModel": BaseModel,
}


@pytest.mark.parametrize("given", NEITHER.values(), ids=NEITHER)
@pytest.mark.parametrize("endpoint", ENDPOINTS)
def test_what_is_no_tool_is_refused_in_a_line_that_speaks_of_tools(
    endpoint: str, given: Any
) -> None:
    with pytest.raises(ConfigurationError, match="This tool cannot be sent") as caught:
        ChatAIMLAPI(**ENDPOINTS[endpoint], api_key="x").bind_tools([given])
    assert "\n" not in str(caught.value)
    assert "schema cannot" not in str(caught.value)


@pytest.mark.parametrize("given", NEITHER.values(), ids=NEITHER)
@pytest.mark.parametrize("method", METHODS)
def test_what_is_no_schema_is_refused_in_a_line_that_speaks_of_schemas(
    method: Any, given: Any
) -> None:
    model = ChatAIMLAPI(model="gpt-4o", api_key="x")
    with pytest.raises(ConfigurationError, match="This schema cannot be sent") as caught:
        model.with_structured_output(given, method=method)
    assert "\n" not in str(caught.value)
    assert "A tool is" not in str(caught.value)


class Greeter:
    """Greets."""

    def __call__(self, name: str, times: int = 1) -> str:
        """Greet somebody."""
        return name * times


def greet(name: str, times: int, loud: bool = False) -> str:  # noqa: FBT001, FBT002  # as users do
    """Greet somebody."""
    return f"{name * times}{loud}"


CALLABLES: dict[str, tuple[Any, str, set[str], list[str]]] = {
    "an object": (Greeter(), "Greeter", {"name", "times"}, ["name"]),
    "a method": (Greeter().__call__, "__call__", {"name", "times"}, ["name"]),
    "a partial": (functools.partial(greet, times=2), "greet", {"name", "loud"}, ["name"]),
    "a partial by position": (
        functools.partial(greet, "Ada"),
        "greet",
        {"times", "loud"},
        ["times"],
    ),
    "a partial of all": (functools.partial(greet, "Ada", 2, loud=True), "greet", set(), []),
    "a partial of a partial": (
        functools.partial(functools.partial(greet, times=2), loud=True),
        "greet",
        {"name"},
        ["name"],
    ),
}


@pytest.mark.parametrize(
    ("given", "name", "arguments", "required"), CALLABLES.values(), ids=CALLABLES
)
@pytest.mark.parametrize("endpoint", ENDPOINTS)
def test_a_callable_without_a_name_of_its_own_is_a_tool(
    endpoint: str, given: Any, name: str, arguments: set[str], required: list[str]
) -> None:
    (tool,) = tools_of(endpoint, given)
    schema = tool.get("parameters") or tool["input_schema"]
    assert (tool["name"], tool["description"]) == (name, "Greet somebody.")
    assert set(schema["properties"]) == arguments
    assert schema.get("required", []) == required


# --- tools without properties --------------------------------------------------------------------
EMPTY = {"type": "object", "properties": {}}
BARE: Json = {
    "a function": {"name": "f", "parameters": {"type": "object"}},
    "a function with an empty schema": {"name": "f", "parameters": {}},
    "a tool": {"type": "function", "function": {"name": "f", "parameters": {"type": "object"}}},
    "a tool of Claude": {"name": "f", "input_schema": {"type": "object"}},
    "a tool with a dict for its arguments": StructuredTool(
        name="f", description="", func=lambda: "", args_schema={"type": "object"}
    ),
}


@pytest.mark.parametrize("bare", BARE.values(), ids=BARE)
@pytest.mark.parametrize("endpoint", ENDPOINTS)
def test_a_tool_without_properties_says_that_it_has_none(endpoint: str, bare: Any) -> None:
    for strict in (None, True):
        if strict and endpoint == "claude schema":
            continue
        (tool,) = tools_of(endpoint, bare, strict=strict)
        closed = {"additionalProperties": False} if strict else {}
        assert (tool.get("parameters") or tool["input_schema"]) == {**EMPTY, **closed}
    if isinstance(bare, dict):
        body = sent(endpoint, lambda model: model.invoke("Hi", tools=[bare]))
        function = body["tools"][0].get("function", body["tools"][0])
        assert (function.get("parameters") or function["input_schema"]) == EMPTY


@pytest.mark.parametrize("endpoint", ["openai schema", "messages", "responses"])
def test_a_strict_function_without_parameters_takes_none(endpoint: str) -> None:
    (tool,) = tools_of(endpoint, {"name": "f", "description": "F."}, strict=True)
    schema = tool.get("parameters") or tool["input_schema"]
    assert schema == {**EMPTY, "additionalProperties": False}
    assert tool["strict"] is True


# --- dicts with keys of any name where a schema is strict ----------------------------------------
class Counts(BaseModel):
    """Counts."""

    counts: dict[str, int]


class Deep(BaseModel):
    """Counts, far inside."""

    many: list[Counts] | None


class Free(BaseModel):
    """Anything."""

    more: dict  # type: ignore[type-arg]  # as users write it


class CountsDict(TypedDict):
    """Counts."""

    counts: dict[str, int]


def count(counts: dict[str, int]) -> str:
    """Count."""
    return str(counts)


OPEN: Json = {
    "a class": (Counts, "counts"),
    "a class in a list": (Deep, r"many\.counts"),
    "a dict of anything": (Free, "more"),
    "a typed dict": (CountsDict, "counts"),
    "a function": (count, "counts"),
    "a schema": ({"title": "C", **Counts.model_json_schema()}, "counts"),
}


@pytest.mark.parametrize(("given", "field"), OPEN.values(), ids=OPEN)
@pytest.mark.parametrize("endpoint", ["openai schema", "messages", "responses"])
def test_a_strict_schema_does_not_lose_the_values_of_a_dict(
    endpoint: str, given: Any, field: str
) -> None:
    model = ChatAIMLAPI(**ENDPOINTS[endpoint], api_key="x")
    said = rf"The field {field} of \w+ is a dict with keys of any name.*strict"
    with pytest.raises(ConfigurationError, match=said):
        model.bind_tools([given], strict=True)
    with pytest.raises(ConfigurationError, match=said):
        model.with_structured_output(given, strict=True)


@pytest.mark.parametrize("endpoint", ENDPOINTS)
def test_a_schema_that_is_not_strict_keeps_the_values_of_a_dict(endpoint: str) -> None:
    (tool,) = tools_of(endpoint, Counts)
    schema = tool.get("parameters") or tool["input_schema"]
    assert schema["properties"]["counts"]["additionalProperties"] == {"type": "integer"}


# --- choices without tools, and free text --------------------------------------------------------
WITHOUT_TOOLS: Json = {
    "a word": {"tool_choice": "auto"},
    "none": {"tool_choice": "none"},
    "a dict": {"tool_choice": {"type": "function", "function": {"name": "f"}}},
    "one at a time": {"parallel_tool_calls": False},
    "several at a time": {"parallel_tool_calls": True},
    "both, with no tools": {"tools": [], "tool_choice": "any", "parallel_tool_calls": False},
}


@pytest.mark.parametrize("settings", WITHOUT_TOOLS.values(), ids=WITHOUT_TOOLS)
@pytest.mark.parametrize("endpoint", ENDPOINTS)
def test_choices_without_tools_are_not_sent(endpoint: str, settings: Json) -> None:
    body = sent(endpoint, lambda model: model.invoke("Hi", **settings))
    assert not {"tools", "tool_choice", "parallel_tool_calls"} & body.keys()


def test_choices_of_the_model_are_not_sent_without_tools() -> None:
    body = sent("openai schema", lambda model: model.invoke("Hi"), parallel_tool_calls=False)
    assert "parallel_tool_calls" not in body


@pytest.mark.parametrize("endpoint", ENDPOINTS)
def test_a_choice_among_the_tools_of_the_extra_body_is_sent(endpoint: str) -> None:
    tools = {"tools": [{"type": "odd"}]}
    body = sent(endpoint, lambda model: model.invoke("Hi", extra_body=tools, tool_choice="auto"))
    assert body["tool_choice"] in ("auto", {"type": "auto"})


GRAMMAR = {"syntax": "lark", "definition": 'start: "a"'}
FLAT = {
    "type": "custom",
    "name": "sh",
    "description": "Sh.",
    "format": {"type": "grammar", **GRAMMAR},
}
NESTED = {
    "type": "custom",
    "custom": {
        "name": "sh",
        "description": "Sh.",
        "format": {"type": "grammar", "grammar": GRAMMAR},
    },
}


@pytest.mark.parametrize("given", [FLAT, NESTED], ids=["flat", "nested"])
@pytest.mark.parametrize("choice", ["sh", {"type": "custom", "name": "sh"}, NESTED])
def test_a_tool_of_free_text_has_the_form_of_its_endpoint(given: Json, choice: Any) -> None:
    if isinstance(choice, dict) and "custom" in choice:
        choice = {"type": "custom", "custom": {"name": "sh"}}

    def ask(model: ChatAIMLAPI) -> None:
        model.bind_tools([given], tool_choice=choice).invoke("Hi")

    chat, responses = sent("openai schema", ask), sent("responses", ask)
    assert chat["tools"] == [NESTED]
    assert chat["tool_choice"] == {"type": "custom", "custom": {"name": "sh"}}
    assert responses["tools"] == [FLAT]
    assert responses["tool_choice"] == {"type": "custom", "name": "sh"}


@pytest.mark.parametrize("given", [FLAT, NESTED], ids=["flat", "nested"])
def test_a_call_of_free_text_goes_back_as_one(given: Json) -> None:
    call = {"name": "sh", "args": {"input": "ls"}, "id": "call_1"}
    history = [
        HumanMessage("Hi"),
        AIMessage("", tool_calls=[call]),
        ToolMessage("a", tool_call_id="call_1"),
    ]
    body = sent("responses", lambda model: model.bind_tools([given]).invoke(history))
    _, asked, result = body["input"]
    assert asked["type"] == "custom_tool_call"
    assert (asked["name"], asked["input"], asked["call_id"]) == ("sh", "ls", "call_1")
    assert result["type"] == "custom_tool_call_output"


INCLUDED = {
    "nothing said": ({}, ["reasoning.encrypted_content"]),
    "something else": (
        {"include": ["web_search_call.action.sources"]},
        ["web_search_call.action.sources", "reasoning.encrypted_content"],
    ),
    "the same": ({"include": ["reasoning.encrypted_content"]}, ["reasoning.encrypted_content"]),
    "nothing wanted": ({"include": []}, []),
}


@pytest.mark.parametrize(("settings", "expected"), INCLUDED.values(), ids=INCLUDED)
def test_what_a_user_includes_comes_beside_the_thoughts(
    settings: Json, expected: list[str]
) -> None:
    service = answers(["Hi"])
    model = ChatAIMLAPI(model="openai/gpt-5-4", endpoint="responses", **service)
    model.invoke("Hi", **settings)
    assert service.requests[0].get("include") == expected
