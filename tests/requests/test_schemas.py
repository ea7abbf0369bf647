"""Schemas of tools and of answers are sent whole, or an error says that they cannot be."""

from __future__ import annotations

import enum
import functools
import json
from typing import Annotated, Any, Optional

import pydantic.v1
import pytest
import sent
from langchain_core.tools import StructuredTool
from langchain_core.tools import tool as as_tool
from pydantic import BaseModel
from sent import ROUTES, Json, Service, format_in, tools_in
from typing_extensions import NotRequired, TypedDict

from langchain_aimlapi.errors import ConfigurationError

PLACES = [
    *((route, "function_calling") for route in ROUTES),
    ("chat", "json_schema"),
    ("responses", "json_schema"),
]
"""Where an answer of a schema is asked for, and how."""


def asked(route: str, schema: Any, method: Any = None, **options: Any) -> Json:
    """Return the body that asks for a structured answer."""
    service = Service()
    chain = service.model(route).with_structured_output(schema, method=method, **options)
    return service.asked(chain)


def parameters(route: str, given: Any, **options: Any) -> Json:
    """Return the schema of a bound tool."""
    service = Service()
    body = service.asked(service.model(route).bind_tools([given], **options))
    found: Json = tools_in(body)[0]["parameters"]
    return found


# --- in the forms of OpenAI
INNER = {
    "type": "object",
    "properties": {"name": {"type": "string"}},
    "required": ["name"],
    "additionalProperties": False,
}
NAMED = {"name": "Person", "schema": INNER}
SCHEMA = {"type": "json_schema", "json_schema": NAMED}
FORMS: dict[str, Json] = {
    "a name and a schema": NAMED,
    "strict": {**NAMED, "strict": True},
    "response_format": SCHEMA,
    "response_format, strict": {**SCHEMA, "json_schema": {**NAMED, "strict": True}},
    "text.format": {"type": "json_schema", **NAMED},
    "text.format, strict": {"type": "json_schema", **NAMED, "strict": True},
    "text.format, by its title": {"type": "json_schema", "schema": {**INNER, "title": "Person"}},
    "a function": {"name": "Person", "parameters": INNER},
    "a tool": {"type": "function", "function": {"name": "Person", "parameters": INNER}},
    "a tool of Claude": {"name": "Person", "input_schema": INNER},
    "a JSON schema": {"title": "Person", **INNER},
}


def person_in(body: Json) -> bool:
    """Check what a body asks for; return whether it is strict."""
    name, schema, strict = format_in(body)
    schema.pop("title", None)
    assert (name, schema) == ("Person", INNER)
    return bool(strict)


@pytest.mark.filterwarnings("ignore:claude-sonnet-4 documents no strict tools")
@pytest.mark.parametrize(("route", "method"), PLACES)
def test_each_form_of_a_schema_means_the_schema_in_it(route: str, method: str) -> None:
    for name, form in FORMS.items():
        given = json.dumps(form)
        strict = person_in(asked(route, form, method))
        assert strict is ("strict" in given and route != "claude"), name
        assert json.dumps(form) == given


def test_a_call_takes_each_form_as_its_response_format() -> None:
    for form in FORMS.values():
        person_in(sent.body("chat", response_format=form))
        body = sent.body("responses", response_format=form)
        person_in(body)
        assert set(body["text"]["format"]) <= {"type", "name", "schema", "strict"}
    with pytest.warns(UserWarning, match="has no response_format"):  # it is said once
        rules = [sent.body("messages", response_format=form)["system"] for form in FORMS.values()]
    for rule in rules:
        schema = json.loads(rule.partition("\n")[2])
        schema.pop("title", None)
        assert schema == INNER


def test_a_form_of_openai_without_a_name_is_called_answer() -> None:
    unnamed = {"type": "json_schema", "json_schema": {"schema": INNER, "description": "Who."}}
    described = {**NAMED, "schema": {**INNER, "description": "Who."}}
    for form, name in ((unnamed, "answer"), (described, "Person")):
        (found,) = tools_in(asked("chat", form, "function_calling"))
        assert (found["name"], found["description"]) == (name, "Who.")


# --- references of a schema to itself
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

    title: Annotated[str, ..., "What it is called."]
    note: NotRequired[Annotated[str, ..., "A note."]]
    children: list[NodeDict]


class Forest(TypedDict):
    """Many."""

    first: NodeDict
    others: list[NodeDict]


def plant(root: Node, depth: int = 1) -> str:
    """Plant a tree."""
    return f"{root.title} {depth}"


plant_tool = StructuredTool(
    name="plant", description="x", func=plant, args_schema=Tree.model_json_schema()
)
RECURSIVE: dict[str, tuple[Any, str]] = {
    "a class that holds one": (Tree, "Node"),
    "a class of Pydantic 1": (NodeOfV1, "NodeOfV1"),
    "a typed dict that holds one": (Forest, "NodeDict"),
    "a function": (plant, "Node"),
    "a tool": (as_tool(plant), "Node"),
    "a tool with a dict for its arguments": (plant_tool, "Node"),
}


def assert_whole(schema: Json, definition: str) -> None:
    """Check that a schema of an object refers to what it defines, itself included."""
    assert schema["type"] == "object"
    inner = schema["$defs"][definition]
    assert inner["properties"]["children"]["items"] == {"$ref": f"#/$defs/{definition}"}
    assert inner["properties"]["title"].items() >= {"type": "string"}.items()
    assert "title" not in inner
    written = json.dumps(schema)
    assert "definitions" not in written
    assert '"items": {}' not in written


@pytest.mark.parametrize(("given", "definition"), RECURSIVE.values(), ids=RECURSIVE)
def test_a_tool_keeps_its_references_to_itself(given: Any, definition: str) -> None:
    for route in ROUTES:
        assert_whole(parameters(route, given), definition)
    if given is Tree:
        node = parameters("chat", given, strict=True)["$defs"]["Node"]
        assert node["additionalProperties"] is False
        assert node["required"] == ["title", "children"]


@pytest.mark.parametrize(("route", "method"), PLACES)
def test_a_schema_of_an_answer_keeps_its_references_to_itself(route: str, method: str) -> None:
    for name, schema in {"Node": Tree, "NodeOfV1": NodeOfV1, "NodeDict": NodeDict}.items():
        _, found, _ = format_in(asked(route, schema, method))
        assert_whole(found, name)


def test_a_typed_dict_keeps_the_descriptions_of_its_fields() -> None:
    class Counts(TypedDict):
        """What need not be whole."""

        count: Annotated[int, ..., "How many."]
        note: NotRequired[Annotated[str, ..., "A note."]]

    counts = parameters("chat", Counts)
    assert counts["properties"]["note"] == {"type": "string", "description": "A note."}
    assert (counts["required"], "$defs" in counts) == (["count"], False)
    node = parameters("chat", NodeDict)
    assert node["$defs"]["NodeDict"]["properties"]["note"]["description"] == "A note."
    assert tools_in(asked("chat", NodeDict, "function_calling"))[0]["description"] == "A node."


def test_a_schema_that_does_not_refer_to_itself_has_no_definitions() -> None:
    class Leaf(BaseModel):
        """A leaf."""

        anything: Any
        inner: Free | None = None

    assert "$defs" not in json.dumps(parameters("chat", Leaf))


# --- what is no schema and no tool
class Colour(enum.Enum):
    """A colour."""

    RED = "red"


NEITHER: Json = {
    "an Enum": Colour,
    "dict": dict,
    "a Union with a bar": Node | Tree,
    "an Optional": Optional[Node],  # noqa: UP045  # the same
    "a list of a class": list[Node],
    "Any": Any,
    "a lambda": lambda x: x,
    "a partial": functools.partial(sorted, [1]),
    "a method of a list": [].append,
    "an instance": Tree(root=Node(title="a")),
    "a text": "Node",
    "an empty dict": {},
    "a schema without a name": {"type": "object", "properties": {}},
    "BaseModel": BaseModel,
}


@pytest.mark.parametrize("given", NEITHER.values(), ids=NEITHER)
def test_what_is_neither_is_refused_in_one_line_of_the_users_words(given: Any) -> None:
    model = Service().model()
    with pytest.raises(ConfigurationError, match=r"^This tool cannot be sent: .*in OpenAI's or A"):
        model.bind_tools([given])
    with pytest.raises(ConfigurationError, match=r"^This tool cannot be sent: "):
        sent.body("chat", tools=[given])
    methods: Any = ("json_schema", "json_mode", "function_calling")
    for method in methods:
        with pytest.raises(ConfigurationError, match=r"^This schema cannot be sent: .*") as caught:
            model.with_structured_output(given, method=method)
        assert str(caught.value).endswith("or an OpenAI function with a name.")


def test_what_is_no_schema_of_an_answer_is_refused_as_one() -> None:
    with pytest.raises(ConfigurationError, match=r"This response_format cannot be sent: 3\. A sch"):
        sent.body("chat", response_format=3)
    said = r"The schema of an answer is a schema, not a tool of the service \(web_search\)"
    with pytest.raises(ConfigurationError, match=said):
        asked("chat", {"type": "web_search"}, "function_calling")


# --- dicts with keys of any name where a schema is strict
class Counts(BaseModel):
    """Counts."""

    counts: dict[str, int]


class Deep(BaseModel):
    """Counts, far inside."""

    many: list[Counts] | None


class Free(BaseModel):
    """Anything."""

    more: dict  # type: ignore[type-arg]  # as users write it


def count(counts: dict[str, int]) -> str:
    """Count."""
    return str(counts)


MORE = {"title": "C", "type": "object", "properties": {"more": {"type": "object"}}}
OPEN: list[tuple[Any, str]] = [
    (Counts, "The field counts of Counts"),
    (Deep, r"The field many\.counts of Deep"),
    (MORE, "The field more of C"),  # an object without properties
    (count, "The field counts of count"),
    ({"title": "C", **Counts.model_json_schema()}, r"The field counts of \w+"),
]


@pytest.mark.parametrize("route", ["chat", "messages", "responses"])
def test_a_strict_schema_does_not_lose_the_values_of_a_dict(route: str) -> None:
    model = Service().model(route)
    for given, what in OPEN:
        said = f"^{what} is a dict with keys of any name, which a strict schema cannot have"
        with pytest.raises(ConfigurationError, match=said):
            model.bind_tools([given], strict=True)
        with pytest.raises(ConfigurationError, match=said):
            model.with_structured_output(given, strict=True)


def test_a_schema_that_is_not_strict_keeps_the_values_of_a_dict() -> None:
    for route in ROUTES:
        counts = parameters(route, Counts)["properties"]["counts"]
        assert counts["additionalProperties"] == {"type": "integer"}


def test_a_strict_schema_closes_every_object_in_it() -> None:
    inner = {"type": "object", "properties": {"b": {"type": "string", "default": "x"}}}
    empty = {"type": "object", "properties": {}}
    given = {
        "title": "T",
        "type": "object",
        "properties": {
            "a": inner,
            "c": {"anyOf": [empty, {"type": "null"}]},
            "d": {"type": "array", "items": {"type": "object", "additionalProperties": False}},
        },
        "required": ["a"],
    }
    closed = {"additionalProperties": False}
    assert parameters("chat", given, strict=True) == {
        "type": "object",
        "properties": {
            "a": {**inner, "required": ["b"], **closed},
            "c": {"anyOf": [{**empty, **closed}, {"type": "null"}]},
            "d": {"type": "array", "items": {"type": "object", **closed}},
        },
        "required": ["a", "c", "d"],
        **closed,
    }
    assert given["required"] == ["a"]
