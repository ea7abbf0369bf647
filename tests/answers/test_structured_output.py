"""Structured answers: JSON as models write it is read the same by every method and in every way."""

from __future__ import annotations

import enum
import time
from datetime import date  # Pydantic reads it
from typing import TYPE_CHECKING, Any, Literal

import pydantic.v1
import pytest
import wire
from langchain_core import exceptions
from langchain_core.exceptions import OutputParserException
from langchain_core.messages import AIMessage
from pydantic import BaseModel, ConfigDict, RootModel
from typing_extensions import TypedDict

if TYPE_CHECKING:
    from langchain_aimlapi import ChatAIMLAPI

METHODS: tuple[Any, ...] = ("json_schema", "json_mode", "function_calling")
SETTINGS: dict[str, dict[str, Any]] = {
    "openai schema": {"model": "openai/gpt-4o"},
    "claude schema": {"model": "anthropic/claude-sonnet-4", "endpoint": "chat/completions"},
    "messages": {"model": "anthropic/claude-sonnet-4", "endpoint": "messages"},
    "responses": {"model": "openai/gpt-5-pro", "endpoint": "responses"},
}
OF_TEXT = [*(("openai schema", method) for method in METHODS), ("responses", METHODS[0])]
"""Where an answer comes as a text; Claude's calls hold objects."""
TEXT_AND_CALL = [OF_TEXT[0], OF_TEXT[2]]
PLACES = [
    *OF_TEXT,
    *((place, METHODS[-1]) for place in ("responses", "claude schema", "messages")),
]
REFUSED = getattr(exceptions, "ModelRefusalError", OutputParserException)


def answering(
    text: str, place: str, method: str, *, name: str = "Person", finish: str = ""
) -> ChatAIMLAPI:
    """Return a model that answers with a text, where a method expects it."""
    by_call = method == "function_calling"
    if place == "messages":
        use = {"type": "tool_use", "id": "t1", "name": name, "input": {}}
        pieces = [{"type": "input_json_delta", "partial_json": piece} for piece in wire.split(text)]
        stop = {"length": "max_tokens"}.get(finish, "tool_use")
        stream = body = wire.sse(wire.claude_events((use, pieces), stop=stop))
    elif place == "responses":
        item = wire.call_item(text, name=name) if by_call else wire.message_item(text)
        reason = {"length": "max_output_tokens"}.get(finish, finish)
        ended = {"status": "incomplete", "incomplete_details": {"reason": reason}}
        body = wire.response(item, **(ended if finish else {}))
        stream = wire.response_streams(body)["pieces"]
    else:
        message = wire.calls(wire.call(name, text, id="c1")) if by_call else {"content": text}
        body = wire.completion(message, finish=finish or ("tool_calls" if by_call else "stop"))
        stream = wire.chat_streams(body)["pieces"]
    return wire.model_of(body, stream, **SETTINGS[place])


def read(text: str, place: str, method: str, schema: Any = None, **more: Any) -> list[Any]:
    """Return what an answer with a text comes to, by invoke and stream: a value, or the error."""
    asked = schema or Person
    model = answering(text, place, method, name=getattr(asked, "__name__", "Person"), **more)
    return outcomes(model.with_structured_output(asked, method=method))


def outcomes(chain: Any) -> list[Any]:
    return [
        _outcome(lambda: chain.invoke("Who?")),
        _outcome(lambda: list(chain.stream("Who?"))[-1]),
    ]


def _outcome(way: Any) -> Any:
    try:
        return way()
    except Exception as error:  # noqa: BLE001  # whatever it is, the test looks at it
        return error


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
    "in a list of one": f"[{ADA}]",
}


@pytest.mark.parametrize("text", READ.values(), ids=READ)
def test_an_object_is_found_wherever_a_model_puts_it(text: str) -> None:
    for place, method in TEXT_AND_CALL:
        assert read(text, place, method) == [Person(name="Ada", age=36)] * 2, (place, method)


@pytest.mark.parametrize("method", METHODS)
async def test_asynchronous_calls_read_what_the_others_do(method: str) -> None:
    text = READ["behind thoughts, in a fence"]
    chain = answering(text, "openai schema", method).with_structured_output(Person, method=method)
    assert await chain.ainvoke("Who?") == Person(name="Ada", age=36)
    assert [value async for value in chain.astream("Who?")][-1] == Person(name="Ada", age=36)
    chain = answering("no", "openai schema", method).with_structured_output(Person, method=method)
    with pytest.raises(OutputParserException):
        await chain.ainvoke("Who?")
    with pytest.raises(OutputParserException):
        _ = [value async for value in chain.astream("Who?")]


SCHEMA = {
    "title": "Person",
    "type": "object",
    "properties": {"name": {"type": "string"}, "age": {"type": "integer"}},
    "required": ["name", "age"],
}
FUNCTION = {"name": "Person", "parameters": {"type": "object", "properties": {"name": {}}}}
SCHEMAS: list[Any] = [PersonDict, SCHEMA, FUNCTION, {"type": "function", "function": FUNCTION}]


@pytest.mark.parametrize("schema", SCHEMAS, ids=["typed dict", "schema", "function", "tool"])
def test_a_schema_that_is_no_class_gives_a_dict(schema: Any) -> None:
    for place, method in OF_TEXT:
        text = f"so {ADA}" if schema is PersonDict else ADA
        assert read(text, place, method, schema) == [{"name": "Ada", "age": 36}] * 2


RAW = {
    "a line break": "Ada\nLovelace",
    "a bell": "Ada\aLovelace",
    "the end of thoughts": "Ada</think>Lovelace",
    "a fence": "Ada ```json {} ``` Lovelace",
    "braces": "Ada {Lovelace",
}


@pytest.mark.parametrize("name", RAW.values(), ids=RAW)
def test_strings_may_hold_what_json_escapes(name: str) -> None:
    for place, method in TEXT_AND_CALL:
        assert read(f'Here: {{"name": "{name}"}}', place, method) == [Person(name=name)] * 2


def test_of_several_calls_the_first_that_fits_is_the_answer() -> None:
    message = wire.calls(
        wire.call("Person", '{"age": 1}', id="c1"), wire.call("Person", ADA, id="c2")
    )
    body = wire.completion(message, finish="tool_calls")
    model = wire.model_of(body, wire.chat_streams(body)["pieces"])
    chain = model.with_structured_output(Person, method="function_calling")
    for found in outcomes(chain):
        assert found == Person(name="Ada", age=36)


def test_text_in_blocks_is_read() -> None:
    model = wire.model_of(wire.completion({"content": [{"type": "text", "text": ADA}]}))
    found = model.with_structured_output(Person, method="json_schema").invoke("?")
    assert found == Person(name="Ada", age=36)


# --- answers that cannot be read ----------------------------------------------------------------
class Optional(BaseModel):
    """What may all be missing."""

    name: str = ""
    inner: dict[str, int] = {}


BROKEN = '{"age": 3, "in": {"name": "Ada"}, "name": '
UNREAD = {
    "words": ("I do not know him.", "no JSON object.*I do not know him"),
    "nothing": ("", "no JSON object|without calling|does not fit Person"),
    "thoughts alone": (f"<think>It is {ADA}", "no JSON object.*<think>"),
    "null": ("null", "is null|does not fit"),
    "null in a fence": ("```json\nnull\n```", "is null|does not fit|no JSON object"),
    "a list": (f"[{ADA}, {ADA}]", "no JSON object but a list|does not fit"),
    "a number": ("3", "no JSON object but a int|does not fit"),
    "another object": ('{"age": 3}', r"does not fit Person[\s\S]*name"),
    "half an object": (f'{BROKEN}"A', "not valid JSON"),
    "a broken object around one": (f"{BROKEN}]}}", "not valid JSON"),
}


@pytest.mark.parametrize(("text", "said"), UNREAD.values(), ids=UNREAD)
def test_what_cannot_be_read_is_an_error_that_says_why(text: str, said: str) -> None:
    for place, method in OF_TEXT:
        for error in read(text, place, method):
            with pytest.raises(OutputParserException, match=said):
                raise error


@pytest.mark.parametrize(
    "schema", [Optional, {"title": "Any", "type": "object", "properties": {}}, None]
)
def test_null_is_no_answer_where_every_field_is_optional(schema: Any) -> None:
    model = answering("null", "openai schema", "json_mode")
    chain: Any = model.with_structured_output(schema, method="json_mode", include_raw=True)
    for found in outcomes(chain):
        assert found["parsed"] is None
        assert "is null" in str(found["parsing_error"])


CUT = {
    "in a string": '{"name": "A',
    "in an inner object": '{"inner": {"a": 1',
    "behind an inner object": '{"inner": {"a": 1}, "na',
    "before anything": "",
    "an empty object": "{}",
    "a whole object": '{"name": "Ada"}',
}


@pytest.mark.parametrize("text", CUT.values(), ids=CUT)
def test_an_answer_that_was_cut_off_is_an_error_that_names_max_tokens(text: str) -> None:
    for place, method in PLACES:
        for error in read(text, place, method, Optional, finish="length"):
            assert isinstance(error, OutputParserException), (place, method)
            assert "cut off at max_tokens" in str(error), (place, method)
        model = answering(text, place, method, name="Optional", finish="length")
        raw: Any = model.with_structured_output(Optional, method=method, include_raw=True)
        found = raw.invoke("Who?")
        assert found["parsed"] is None
        assert "cut off at max_tokens" in str(found["parsing_error"])
        assert isinstance(found["raw"], AIMessage)


def search(query: str) -> str:
    """Search."""
    return query


def test_a_call_of_another_tool_is_no_answer_yet_unless_it_was_cut_off() -> None:
    def asked(method: Any, message: Any, finish: str = "tool_calls", **more: Any) -> Any:
        model = wire.model_of(wire.completion(message, finish=finish))
        chain = model.with_structured_output(Person, method=method, tools=[search], **more)
        return chain.invoke("?")

    searched = wire.calls(wire.call("search", '{"query": "x"}', id="c1"))
    for method in ("json_schema", "function_calling"):
        found = asked(method, {"content": None, **searched}, include_raw=True)
        assert (found["parsed"], found["parsing_error"]) == (None, None)
        assert found["raw"].tool_calls[0]["name"] == "search"
    both = {"content": ADA, **searched}
    assert asked("json_schema", both) == Person(name="Ada", age=36)
    assert asked("function_calling", both) is None
    with pytest.raises(OutputParserException, match="cut off at max_tokens"):
        asked(
            "function_calling", wire.calls(wire.call("search", '{"query": "Ad', id="c1")), "length"
        )


def test_the_error_says_that_a_filter_ended_the_answer() -> None:
    body = wire.completion({"content": "Sorry"}, finish="content_filter")
    model = wire.model_of(body, wire.chat_streams(body)["pieces"])
    for method in METHODS:
        for error in outcomes(model.with_structured_output(Person, method=method)):
            assert isinstance(error, OutputParserException)
            assert "content_filter" in str(error)


def test_a_refusal_is_an_error_with_its_text() -> None:
    part = {"type": "refusal", "refusal": "I won't."}
    for message in ({"refusal": "I won't."}, {"content": [part]}):
        body = wire.completion(message)
        model = wire.model_of(body, wire.chat_streams(body)["pieces"])
        for method in ("json_schema", "function_calling"):
            chain: Any = model.with_structured_output(Person, method=method)
            for error in outcomes(chain):
                assert isinstance(error, REFUSED)
                assert "I won't" in str(error)
            raw: Any = model.with_structured_output(Person, method=method, include_raw=True)
            found = raw.invoke("?")
            assert isinstance(found["parsing_error"], REFUSED)
            assert isinstance(found["raw"], AIMessage)


def test_a_refusal_says_why_with_a_langchain_that_has_no_error_for_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delattr("langchain_core.exceptions.ModelRefusalError", raising=False)
    model = wire.model_of(wire.completion({"refusal": "I won't."})).with_structured_output(Person)
    with pytest.raises(OutputParserException, match=r"refused: I won't\."):
        model.invoke("?")


@pytest.mark.parametrize("thinking", ["adaptive", "disabled"])
def test_a_claude_that_thinks_and_calls_nothing_says_what_to_do(thinking: str) -> None:
    stream = wire.chat_stream({"content": "The name is Ada."})
    settings: Any = {**SETTINGS["claude schema"], "thinking": {"type": thinking}}
    for error in outcomes(wire.model_of(stream, stream, **settings).with_structured_output(Person)):
        assert isinstance(error, OutputParserException)
        assert "without calling 'Person'" in str(error)
        assert ("thinks" in str(error)) is (thinking == "adaptive")
        assert error.llm_output == "The name is Ada."


LONG = {
    "opening braces": "{" * 50_000,
    "objects that are open": '{"a": ' * 25_000,
    "objects that are broken": '{"a" } ' * 15_000,
    "keys that are open": '{"' * 30_000,
    "escaped quotes, cut inside an escape": '{"a": "' + '\\"' * 30_000 + "\\",
    "braces and white space": "{ \n" * 25_000,
    "lists that are open": "[" * 50_000,
    "ends of thoughts": "</think>" * 10_000,
    "thoughts": "<think></think>" * 10_000,
}


@pytest.mark.parametrize("text", LONG.values(), ids=LONG)
def test_a_long_text_without_an_answer_is_refused_at_once(text: str) -> None:
    chain = wire.model_of(wire.completion({"content": text})).with_structured_output(
        Person, method="json_mode"
    )
    begun = time.process_time()
    with pytest.raises(OutputParserException):
        chain.invoke("Who?")
    assert time.process_time() - begun < 5  # seconds; quadratic work takes minutes


# --- what a class makes of JSON -----------------------------------------------------------------
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
def test_json_is_validated_as_json(schema: Any, text: str) -> None:
    for place, method in PLACES:
        for found in read(text, place, method, schema):
            assert isinstance(found, schema), (place, method)
            assert found.born.isoformat() == "1815-12-10"


def test_arguments_that_a_fake_model_gives_as_objects_are_taken() -> None:
    colour = next(iter(Colour))
    args = {"colour": colour, "born": date(1815, 12, 10), "pair": (1, "x"), "kind": "a"}
    message = AIMessage("", tool_calls=[{"name": "Strict", "args": args, "id": "c1"}])
    model = wire.model_of(wire.completion({"content": ""}))
    parser = model.with_structured_output(Strict, method="function_calling").steps[-1]
    assert parser.invoke(message) == Strict(**args)


def test_a_class_of_lists_takes_a_list() -> None:
    class Names(RootModel[list[str]]):
        """Names."""

    for text in ('["Ada"]', '```json\n["Ada"]\n```'):
        assert read(text, "openai schema", "json_mode", Names) == [Names(["Ada"])] * 2


def test_what_came_so_far_is_shown_while_an_answer_is_streamed() -> None:
    schema = {"title": "Person", "type": "object", "properties": {"name": {"type": "string"}}}
    pieces = ["<think>{", '"name": "Bob"}</think>', "It is ", '{"name": "A', 'da"}', " I think."]
    told = wire.chat_stream(*({"content": piece} for piece in pieces))
    first = wire.calls(wire.call("Person", pieces[3], id="c1", index=0))
    called = wire.chat_stream(
        first, wire.calls(wire.call(None, pieces[4], index=0)), finish="tool_calls"
    )
    for method, stream in (("json_schema", told), ("function_calling", called)):
        chain: Any = wire.model_of(stream=stream).with_structured_output(schema, method=method)
        assert list(chain.stream("Who?")) == [{"name": "A"}, {"name": "Ada"}]
