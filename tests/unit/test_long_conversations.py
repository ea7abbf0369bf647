"""Long conversations: a message of plain text has a short way, which writes what the long one does.

A message of a subclass goes the long way, so the two are compared by their bodies.
"""

from __future__ import annotations

import json
import random
from datetime import date
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from cases.sent import REASONS, TOOL, WAYS, Sent, Word
from doors.bodies import request_body
from langchain_core.messages import (
    AIMessage,
    AIMessageChunk,
    BaseMessage,
    HumanMessage,
    SystemMessage,
    ToolMessage,
)

from langchain_aimlapi.errors import (
    ConfigurationError,
    UnsupportedContentError,
)

if TYPE_CHECKING:
    from collections.abc import Callable


def _subclass(cls: type[BaseMessage]) -> type[BaseMessage]:
    return type(cls.__name__, (cls,), {"__module__": __name__})


OWN = {
    cls: _subclass(cls)
    for cls in (HumanMessage, AIMessage, AIMessageChunk, SystemMessage, ToolMessage)
}


def _by_the_long_way(messages: list[BaseMessage]) -> list[BaseMessage]:
    return [OWN[type(m)].model_construct(**m.__dict__) for m in messages]


def _call(number: int, args: Any, name: str = "weather") -> dict[str, Any]:
    return {"type": "tool_call", "id": f"call {number}", "name": name, "args": args}


def _turn(number: int, dice: random.Random) -> list[BaseMessage]:
    args: Any = dice.choice(
        [{}, {"city": "Zürich 😀", "days": 3}, {"deep": [{"a": None, "b": 1.5}]}, {"on": True}]
    )
    calls = [_call(number, args), _call(number + 1000, {"x": "y"})]
    result = ToolMessage("Sunny.", tool_call_id=calls[0]["id"], name=dice.choice([None, "weather"]))
    late = ToolMessage(
        dice.choice(["", "Rain."]),
        tool_call_id=calls[1]["id"],
        status=dice.choice(["error", "success"]),
    )
    others: list[list[BaseMessage]] = [
        [HumanMessage("How is the weather?\n\u2028\x00")],
        [HumanMessage("Me again", name=dice.choice(["", "ann"])), HumanMessage(" ")],
        [HumanMessage([{"type": "text", "text": "In blocks"}])],
        [AIMessage("It is sunny. ", additional_kwargs={"reasoning_content": "Look up."})],
        [AIMessage("Fine.", name=dice.choice([None, "bob"]), id="msg_1")],
        [AIMessageChunk("", additional_kwargs={"refusal": "I will not."})],
        [AIMessage(" ", tool_calls=calls), result, late],
        [AIMessage("Two calls", tool_calls=calls), late, result],
        [AIMessageChunk("Called", tool_calls=calls[:1]), result],
        [AIMessage("", invalid_tool_calls=[{**calls[0], "args": "{", "error": None}]), result],
        [AIMessage("", response_metadata={"model_provider": "openai"})],
        [SystemMessage("Be brief.")],
        [SystemMessage("Now!", additional_kwargs={"__openai_role__": "developer"})],
    ]
    return dice.choice(others)


@pytest.mark.filterwarnings("ignore:google/gemma-3-4b-it documents no tools")
@pytest.mark.parametrize("way", WAYS)
def test_both_ways_write_the_same(way: str) -> None:
    sent = Sent(**WAYS[way])
    dice = random.Random(way)  # noqa: S311  # the same conversations in each run
    for length in (1, 2, 3, 5, 8, 13, 21, 34, 55, 89):
        messages = [m for number in range(length) for m in _turn(number, dice)]
        messages = [HumanMessage("Hi"), *messages]
        short, long = (
            sent.body(each, tools=[TOOL]) for each in (messages, _by_the_long_way(messages))
        )
        assert short == long


EDITS: dict[str, Callable[[Any], object]] = {
    "content": lambda m: setattr(m[0], "content", "Edited"),
    "content as blocks": lambda m: setattr(m[0], "content", [{"type": "text", "text": "Edited"}]),
    "name": lambda m: setattr(m[0], "name", "edited"),
    "argument": lambda m: m[1].tool_calls[0]["args"].update(city="Edited"),
    "deep argument": lambda m: m[1].tool_calls[0]["args"]["more"].append("Edited"),
    "name of a call": lambda m: m[1].tool_calls[0].update(name="edited"),
    "id of a call": lambda m: (
        m[1].tool_calls[0].update(id="edited"),
        setattr(m[2], "tool_call_id", "edited"),
    ),
    "no call": lambda m: m[1].tool_calls.clear(),
    "reasoning": lambda m: m[1].additional_kwargs.update(reasoning_content="Edited"),
    "result": lambda m: setattr(m[2], "content", "Edited"),
    "order": lambda m: m.append(m.pop(0)),
    "another message": lambda m: m.__setitem__(3, HumanMessage("Edited")),
}


@pytest.mark.parametrize("settings", [REASONS, WAYS["messages"], WAYS["responses"]])
@pytest.mark.parametrize("edit", EDITS)
def test_what_is_edited_in_place_is_written_anew(edit: str, settings: dict[str, str]) -> None:
    def conversation() -> list[BaseMessage]:
        args = {"city": "Paris", "more": ["a"]}
        return [
            HumanMessage("How is the weather?"),
            AIMessage("Let me see.", tool_calls=[_call(1, args)], id="1"),
            ToolMessage("Sunny.", tool_call_id="call 1"),
            HumanMessage("Thanks"),
        ]

    sent = Sent(**settings)
    messages = conversation()
    before = sent.body(messages)
    EDITS[edit](messages)
    edited = sent.body(messages)
    fresh = conversation()
    EDITS[edit](fresh)
    assert edited == Sent(**settings).body(fresh)
    shown = not (edit == "name" and "endpoint" in settings) and not (
        edit == "reasoning" and "endpoint" in settings
    )
    assert (edited != before) is shown


def test_the_origin_of_an_answer_counts_when_it_is_edited() -> None:
    thought = {"type": "thinking", "thinking": "Hm.", "signature": "c2ln"}
    answer = AIMessage([thought, {"type": "text", "text": "Yes"}])
    messages: list[BaseMessage] = [HumanMessage("Hi"), answer, HumanMessage("Sure?")]
    sent = Sent(**WAYS["messages"])
    assert sent.body(messages)["messages"][1]["content"][0] == thought
    answer.response_metadata["model_provider"] = "google_genai"
    assert sent.body(messages)["messages"][1]["content"] == [{"type": "text", "text": "Yes"}]


@pytest.mark.parametrize("way", ["chat", "claude in chat", "messages", "responses"])
@pytest.mark.parametrize("value", [np.float64(0.5), Word("a"), [1, {"a": [True, None, 1.5]}]])
def test_an_argument_of_any_kind_that_json_has_is_sent(way: str, value: Any) -> None:
    sent = Sent(**WAYS[way])
    messages: list[BaseMessage] = [HumanMessage("Hi")]
    for number in range(2):  # the second is made of the same value
        answer = AIMessage("", tool_calls=[_call(number, {"city": "Paris"})])
        answer.tool_calls[0]["args"]["more"] = value
        messages += [answer, ToolMessage("Sunny.", tool_call_id=f"call {number}")]
    for _ in range(2):
        text = json.dumps(sent.body(messages)).replace("\\", "")
        assert text.count(json.dumps({"more": value})[1:-1]) == 2


@pytest.mark.parametrize("way", ["chat", "claude in chat", "messages", "responses"])
@pytest.mark.parametrize("value", [date(2026, 1, 1), {1, 2}, b"x"])
def test_an_argument_that_json_has_no_form_for_is_refused(way: str, value: Any) -> None:
    sent = Sent(**WAYS[way])
    answer = AIMessage("", tool_calls=[_call(1, {"city": "Paris"})])
    answer.tool_calls[0]["args"]["day"] = value
    result = ToolMessage("Sunny.", tool_call_id="call 1")
    messages: list[BaseMessage] = [HumanMessage("Hi"), answer, result]
    with pytest.raises((ConfigurationError, UnsupportedContentError), match="written as JSON"):
        sent.model.invoke(messages)
    assert sent.raw == []


@pytest.mark.parametrize("way", WAYS)
def test_a_lone_half_of_a_pair_is_sent(way: str) -> None:
    body = Sent(**WAYS[way]).body([HumanMessage("A broken \ud83d here"), HumanMessage("b")])
    assert "A broken \ud83d here" in json.dumps(body, ensure_ascii=False)


@pytest.mark.filterwarnings("ignore:google/gemma-3-4b-it documents no tools")
@pytest.mark.parametrize("way", WAYS)
def test_results_that_came_late_or_in_another_order_are_moved(way: str) -> None:
    calls = [_call(1, {}), _call(2, {})]
    results = [ToolMessage(f"Result {n}", tool_call_id=f"call {n}") for n in (1, 2)]
    asked: list[BaseMessage] = [HumanMessage("Hi"), AIMessage("", tool_calls=calls)]
    sent = Sent(**WAYS[way])
    right = sent.body([*asked, *results, HumanMessage("Go on")], tools=[TOOL])
    late = sent.body([*asked, results[1], HumanMessage("Go on"), results[0]], tools=[TOOL])
    assert late == right


# --- which messages have a short way ---

PLAIN: dict[str, BaseMessage] = {
    "a text": HumanMessage("Hi"),
    "an answer": AIMessage("Yes"),
    "a chunk": AIMessageChunk("Yes"),
    "an answer with its facts": AIMessage(
        "Yes", id="1", response_metadata={"a": 1}, additional_kwargs={"a": 1}
    ),
    "a call": AIMessage("Yes", tool_calls=[_call(1, {"a": "b", "c": 1, "d": None, "e": True})]),
    "only a call": AIMessage("", tool_calls=[_call(1, {})]),
    "a result": ToolMessage("Sunny.", tool_call_id="call 1"),
}
OF_OPENAI: dict[str, BaseMessage] = {
    **PLAIN,
    "a named text": HumanMessage("Hi", name="ann"),
    "an empty text": HumanMessage(""),
    "deep arguments": AIMessage("", tool_calls=[_call(1, {"a": [{}]})]),
    "instructions": SystemMessage("Be brief."),
}
LONG: dict[str, BaseMessage] = {
    "blocks": HumanMessage([{"type": "text", "text": "Hi"}]),
    "an answer in blocks": AIMessage([{"type": "text", "text": "Yes"}]),
    "a named answer": AIMessage("Yes", name="bob"),
    "a refusal": AIMessage("", additional_kwargs={"refusal": "No."}),
    "a thought": AIMessage("Yes", additional_kwargs={"reasoning_content": "Hm."}),
    "details": AIMessage("Yes", additional_kwargs={"reasoning_details": []}),
    "a broken call": AIMessage(
        "", invalid_tool_calls=[{**_call(1, "{"), "error": None}], tool_calls=[_call(2, {})]
    ),
    "a call without an id": AIMessage("", tool_calls=[{**_call(1, {}), "id": None}]),
    "a call with an empty id": AIMessage("", tool_calls=[{**_call(1, {}), "id": ""}]),
    "a call without a name": AIMessage("", tool_calls=[_call(1, {}, "")]),
    "a result in blocks": ToolMessage([{"type": "text", "text": "Hi"}], tool_call_id="call 1"),
    "a result of no call": ToolMessage("Hi", tool_call_id=""),
    "another role": SystemMessage("Be brief.", additional_kwargs={"__openai_role__": "developer"}),
    "a class of one's own": OWN[HumanMessage]("Hi"),
}


def _written(message: BaseMessage, model: str, endpoint: str) -> tuple[Any, list[int]]:
    """Return the turns of a conversation, and which of them may hold more than text."""
    body = request_body([HumanMessage("Hi"), message], model, endpoint=endpoint)
    turns = body["input" if endpoint == "responses" else "messages"]
    return turns, turns.others


@pytest.mark.parametrize("message", OF_OPENAI.values(), ids=OF_OPENAI)
@pytest.mark.parametrize("endpoint", ["chat/completions", "responses"])
def test_a_plain_message_is_written_by_the_short_way(message: BaseMessage, endpoint: str) -> None:
    turns, others = _written(message, "vendor/next", endpoint)
    assert len(turns) >= 2
    assert others == []


@pytest.mark.parametrize("message", PLAIN.values(), ids=PLAIN)
def test_a_plain_message_is_written_by_the_short_way_for_claude(message: BaseMessage) -> None:
    _, others = _written(message, "anthropic/claude-sonnet-4", "messages")
    assert others == []


@pytest.mark.parametrize("message", LONG.values(), ids=LONG)
@pytest.mark.parametrize("endpoint", ["chat/completions", "responses"])
def test_any_other_message_goes_the_long_way(message: BaseMessage, endpoint: str) -> None:
    turns, others = _written(message, "vendor/next", endpoint)
    assert others == list(range(1, len(turns)))


@pytest.mark.parametrize("args", [{"a": b"x"}, {"a": {1}}, {"a": "b", "c": [b"x"]}])
def test_arguments_that_may_be_no_json_are_looked_at_for_claude(args: Any) -> None:
    calls = [_call(1, {"a": "b"}), _call(2, args)]
    message = AIMessage("", tool_calls=calls)
    assert _written(message, "anthropic/claude-sonnet-4", "messages")[1] == [1]


def test_what_joins_a_plain_turn_of_claude_is_looked_at_once() -> None:
    image = {"type": "image", "base64": "iVBORw0KGgo=", "mime_type": "image/png"}
    messages = [HumanMessage("a"), HumanMessage("b"), HumanMessage([image]), HumanMessage([image])]
    turns = request_body(messages, "anthropic/claude-sonnet-4", endpoint="messages")["messages"]
    source = {"type": "base64", "media_type": "image/png", "data": "iVBORw0KGgo="}
    shown = {"type": "image", "source": source}
    texts = [{"type": "text", "text": "a"}, {"type": "text", "text": "b"}]
    assert turns == [{"role": "user", "content": [*texts, shown, shown]}]
    assert turns.others == [0]


@pytest.mark.parametrize(
    ("settings", "others"),
    [
        ({"model": "google/gemma-3-4b-it"}, [0]),  # instructions go in front of the user's turn
        ({"model": "openai/gpt-4o"}, []),
    ],
)
def test_instructions_have_a_short_way_where_there_is_a_role_for_them(
    settings: dict[str, str], others: list[int]
) -> None:
    messages: list[BaseMessage] = [SystemMessage("Be brief."), HumanMessage("Hi")]
    body = request_body(messages, settings["model"])
    assert body["messages"].others == others
