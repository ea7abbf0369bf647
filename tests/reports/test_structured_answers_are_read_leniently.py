"""JSON as models write it is read the same by every method, on every endpoint, in every way."""

from __future__ import annotations

import enum
import time
from datetime import date  # Pydantic reads it
from typing import Any, Literal

import pydantic.v1
import pytest
from langchain_core.exceptions import OutputParserException
from langchain_core.messages import AIMessage
from pydantic import BaseModel, ConfigDict, RootModel
from structured import (
    ENDPOINTS,
    METHODS,
    PLACES,
    WITH_FORMATS,
    answering,
    by_method,
    expect,
    in_every_way,
)
from typing_extensions import TypedDict

from langchain_aimlapi.testing import Answer

OF_TEXT = [place for place in PLACES if place[0] in WITH_FORMATS]
"""Where an answer comes as a text; Claude's calls hold objects."""


class Person(BaseModel):
    """A person."""

    name: str
    age: int = 0


class PersonDict(TypedDict):
    """A person."""

    name: str
    age: int


ADA = '{"name": "Ada", "age": 36}'
READ = {
    "as it should be": ADA,
    "with white space around": f"\n\n {ADA} \n",
    "in a fence": f"```json\n{ADA}\n```",
    "in a fence without a language": f"```\n{ADA}\n```",
    "in a fence that is not closed": f"```json\n{ADA}",
    "in a fence with words before and behind": f"Here it is:\n```json\n{ADA}\n```\nAnything else?",
    "with words before": f"The person is {ADA}",
    "with words behind": f"{ADA}\nThat is all that is known.",
    "with braces in the words": f"As {{placeholder}} says, for a set {{1, 2}}: {ADA} :-}}",
    "behind an object that does not fit": f'{{"note": "I looked"}} {ADA}',
    "behind a broken object": f'{{"name": "Bob", "age": }} rather {ADA}',
    "behind thoughts": f"<think>Is it Bob?</think>{ADA}",
    "behind thoughts with a draft": f'<think>\n{{"name": "Bob", "age": 1}}\n</think>\n\n{ADA}',
    "behind the end of thoughts": f'Maybe {{"name": "Bob", "age": 1}}.\n</think>\n{ADA}',
    "behind thoughts, in a fence": f"<think>Hm.</think>\n```json\n{ADA}\n```",
    "behind thoughts of another name": f"<thinking>Hm.</thinking>{ADA}",
    "behind two thoughts": f"<think>Hm.</think>\n<think>Ah.</think>\n{ADA}",
    "in a list of one": f"[{ADA}]",
}


@pytest.mark.parametrize("text", READ.values(), ids=READ)
@pytest.mark.parametrize(("endpoint", "method"), OF_TEXT)
async def test_an_object_is_found_wherever_a_model_puts_it(
    endpoint: str, method: Any, text: str
) -> None:
    model = answering(by_method(method, text), endpoint)
    chain = model.with_structured_output(Person, method=method)
    await expect(chain, Person(name="Ada", age=36))


@pytest.mark.parametrize(("endpoint", "method"), OF_TEXT)
async def test_a_typed_dict_is_found_by_the_keys_that_it_requires(
    endpoint: str, method: Any
) -> None:
    answer = by_method(method, f'{{"note": "x"}} so {ADA}', name="PersonDict")
    chain = answering(answer, endpoint).with_structured_output(PersonDict, method=method)
    await expect(chain, {"name": "Ada", "age": 36})


RAW = {
    "a line break": "Ada\nLovelace",
    "a tab": "Ada\tLovelace",
    "a bell": "Ada\aLovelace",
    "the end of thoughts": "Ada</think>Lovelace",
    "a fence": "Ada ```json {} ``` Lovelace",
    "braces": "Ada {Lovelace",
}


@pytest.mark.parametrize("name", RAW.values(), ids=RAW)
@pytest.mark.parametrize("words", ["", "Here: "])
@pytest.mark.parametrize(("endpoint", "method"), OF_TEXT)
async def test_strings_may_hold_what_json_escapes(
    endpoint: str, method: Any, words: str, name: str
) -> None:
    answer = by_method(method, f'{words}{{"name": "{name}"}}')
    chain = answering(answer, endpoint).with_structured_output(Person, method=method)
    await expect(chain, Person(name=name))


@pytest.mark.parametrize("endpoint", ENDPOINTS)
async def test_of_several_calls_the_first_that_fits_is_the_answer(endpoint: str) -> None:
    calls = [{"name": "Person", "args": {"age": 1}}, {"name": "Person", "args": {"name": "Ada"}}]
    model = answering(Answer(tool_calls=calls), endpoint)
    chain = model.with_structured_output(Person, method="function_calling")
    await expect(chain, Person(name="Ada"))


# --- answers that cannot be read -----------------------------------------------------------------
class Optional(BaseModel):
    """What may all be missing."""

    name: str = ""
    inner: dict[str, int] = {}


UNREAD = {
    "words": ("I do not know him.", "no JSON object.*I do not know him"),
    "nothing": ("", "no JSON object|without calling"),
    "thoughts alone": (f"<think>It is {ADA}", "no JSON object.*<think>"),
    "null": ("null", "is null|does not fit"),
    "null in a fence": ("```json\nnull\n```", "is null|does not fit"),
    "a list": (f"[{ADA}, {ADA}]", "no JSON object but a list|does not fit"),
    "a number": ("3", "no JSON object but a int|does not fit"),
    "another object": ('{"age": 3}', r"does not fit Person[\s\S]*name"),
    "half an object": ('{"age": 3, "in": {"name": "Ada"}, "name": "A', "not valid JSON"),
    "a broken object around one": (
        '{"age": 3, "in": {"name": "Ada"}, "name": ]}',
        "not valid JSON",
    ),
}


@pytest.mark.parametrize(("text", "said"), UNREAD.values(), ids=UNREAD)
@pytest.mark.parametrize(("endpoint", "method"), OF_TEXT)
async def test_what_cannot_be_read_is_an_error_that_says_why(
    endpoint: str, method: Any, text: str, said: str
) -> None:
    model = answering(by_method(method, text), endpoint)
    chain = model.with_structured_output(Person, method=method)
    if method == "function_calling" and text == "":
        said = "does not fit Person"  # a call without arguments
    for error in (await in_every_way(chain)).values():
        assert isinstance(error, OutputParserException)
        with pytest.raises(OutputParserException, match=said):
            raise error


async def test_null_is_no_answer_where_every_field_is_optional() -> None:
    for schema in (Optional, {"title": "Any", "type": "object", "properties": {}}, None):
        model = answering(Answer(text="null"), "openai schema")
        chain = model.with_structured_output(schema, method="json_mode", include_raw=True)  # type: ignore[call-overload]  # without a schema it is any object
        for outcome in (await in_every_way(chain)).values():
            assert outcome["parsed"] is None
            assert "is null" in str(outcome["parsing_error"])


CUT = {
    "in a string": '{"name": "A',
    "in an inner object": '{"inner": {"a": 1',
    "behind an inner object": '{"inner": {"a": 1}, "na',
    "before anything": "",
    "an empty object": "{}",
    "a whole object": '{"name": "Ada"}',
}


@pytest.mark.parametrize("text", CUT.values(), ids=CUT)
@pytest.mark.parametrize(("endpoint", "method"), PLACES)
async def test_an_answer_that_was_cut_off_is_an_error_that_names_max_tokens(
    endpoint: str, method: Any, text: str
) -> None:
    answer = by_method(method, text, name="Optional", finish_reason="length")
    chain = answering(answer, endpoint).with_structured_output(Optional, method=method)
    for error in (await in_every_way(chain)).values():
        assert isinstance(error, OutputParserException)
        assert "cut off at max_tokens" in str(error)
    raw = answering(answer, endpoint).with_structured_output(
        Optional, method=method, include_raw=True
    )
    for outcome in (await in_every_way(raw)).values():
        assert outcome["parsed"] is None
        assert "cut off at max_tokens" in str(outcome["parsing_error"])
        assert isinstance(outcome["raw"], AIMessage)


async def test_a_call_of_another_tool_that_was_cut_off_is_an_error_too() -> None:
    calls = [{"name": "search", "args": '{"query": "Ad'}]
    model = answering(Answer(tool_calls=calls, finish_reason="length"), "openai schema")
    search = {"name": "search", "parameters": {"type": "object", "properties": {}}}
    chain = model.with_structured_output(Person, method="function_calling", tools=[search])
    for error in (await in_every_way(chain)).values():
        assert "cut off at max_tokens" in str(error)


@pytest.mark.parametrize("method", METHODS)
async def test_the_error_says_that_a_filter_ended_the_answer(method: Any) -> None:
    model = answering(Answer(text="Sorry", finish_reason="content_filter"), "openai schema")
    chain = model.with_structured_output(Person, method=method)
    for error in (await in_every_way(chain)).values():
        assert "content_filter" in str(error)


LONG = {
    "opening braces": "{" * 100_000,
    "objects that are open": '{"a": ' * 50_000,
    "objects that are broken": '{"a" } ' * 30_000,
    "keys that are open": '{"' * 60_000,
    "braces and white space": "{ \n" * 50_000,
    "lists that are open": "[" * 100_000,
    "ends of thoughts": "</think>" * 20_000,
    "thoughts": "<think></think>" * 20_000,
}


@pytest.mark.parametrize("text", LONG.values(), ids=LONG)
@pytest.mark.parametrize("method", ["json_mode", "function_calling"])
def test_a_long_text_without_an_answer_is_refused_at_once(method: Any, text: str) -> None:
    chain = answering(by_method(method, text), "openai schema").with_structured_output(
        Person, method=method
    )
    begun = time.perf_counter()
    with pytest.raises(OutputParserException):
        chain.invoke("Who?")
    assert time.perf_counter() - begun < 5


# --- what a class makes of JSON ------------------------------------------------------------------
class Colour(enum.Enum):
    """A colour."""

    RED = "red"


class Strict(BaseModel):
    """What takes values of its own types only."""

    model_config = ConfigDict(strict=True)

    colour: Colour
    born: date
    pair: tuple[int, str]
    kind: Literal["a", "b"]


class StrictOfV1(pydantic.v1.BaseModel):
    """A class of Pydantic 1."""

    born: date
    colours: list[Colour]


STRICT = '{"colour": "red", "born": "1815-12-10", "pair": [1, "x"], "kind": "a"}'
V1 = '{"born": "1815-12-10", "colours": ["red"]}'


@pytest.mark.parametrize(("schema", "text"), [(Strict, STRICT), (StrictOfV1, V1)])
@pytest.mark.parametrize(("endpoint", "method"), PLACES)
async def test_json_is_validated_as_json(
    endpoint: str, method: Any, schema: Any, text: str
) -> None:
    model = answering(by_method(method, text, name=schema.__name__), endpoint)
    for answer in (
        await in_every_way(model.with_structured_output(schema, method=method))
    ).values():
        assert isinstance(answer, schema)
        assert answer.born.isoformat() == "1815-12-10"


def test_a_class_of_lists_takes_a_list() -> None:
    class Names(RootModel[list[str]]):
        """Names."""

    for text in ('["Ada"]', '```json\n["Ada"]\n```'):
        model = answering(Answer(text=text), "openai schema")
        assert model.with_structured_output(Names, method="json_mode").invoke("?") == Names(["Ada"])


@pytest.mark.parametrize("method", ["json_schema", "function_calling"])
def test_what_came_so_far_is_shown_while_an_answer_is_streamed(method: Any) -> None:
    schema = {"title": "Person", "type": "object", "properties": {"name": {"type": "string"}}}
    pieces = ["<think>{", '"name": "Bob"}</think>', "It is ", '{"name": "A', 'da"}', " I think."]
    if method == "function_calling":
        model = answering(by_method(method, "".join(pieces[2:])), "openai schema")
    else:
        model = answering(Answer(text=pieces), "openai schema")
    shown = list(model.with_structured_output(schema, method=method).stream("Who?"))
    assert shown[-1] == {"name": "Ada"}
    assert all("Ada".startswith(value["name"]) for value in shown)
