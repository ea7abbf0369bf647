"""Calls that are written in the habits of vendors, drawn at random, are read as they were meant."""

from __future__ import annotations

import json
from typing import Any, NamedTuple

from answered import Json, chat_stream, completion, model_of
from fuzzing import quick
from hypothesis import given, settings
from hypothesis import strategies as st

NAMES = st.sampled_from(["get", "get_weather", "search", "put", "none_left"])
VALUES = st.one_of(st.integers(0, 99), st.text('ab{}[]"\\: é', max_size=6), st.none())
ARGUMENTS = st.dictionaries(st.sampled_from(["a", "b", "path"]), VALUES, max_size=2)
NO_ID = st.sampled_from(["", None, "null", "None", "undefined"])


class Meant(NamedTuple):
    """A call as the model meant it."""

    name: str
    args: dict[str, Any]


class Habit(NamedTuple):
    """How a vendor writes calls.

    Attributes:
        index: `own`, `text`, `from 1`, `zero` (all the same) or `none`.
        ids: `own`, `shared` (one for all) or `none`.
        later_id: `same`, `none` or `other` (a new one each time): in all deltas but the first.
        later_name: Whether the name is repeated with the arguments.
        cut_name: Whether the name comes in pieces, or grows.
        front: Whether `{}` stands in front of the arguments.
        behind: Whether `{}` stands behind them.
        whole: Whether a call is one delta.
        as_object: Whether arguments that are not cut are an object.
        in_turns: Whether the deltas of several calls come in turns.
    """

    index: str
    ids: str
    later_id: str
    later_name: bool
    cut_name: str
    front: bool
    behind: bool
    whole: bool
    as_object: bool
    in_turns: bool


@st.composite
def habits(draw: Any) -> Habit:
    """Return a habit with which calls can be told apart, by a person who knows it."""
    own_index = draw(st.booleans())
    index = draw(st.sampled_from(["own", "text", "from 1"] if own_index else ["zero", "none"]))
    ids = draw(st.sampled_from(["own", "shared", "none"] if own_index else ["own"]))
    # Without an index of its own a call is found by its id, or is the latest one.
    later = ["same", "none", "other"] if index != "none" and ids == "own" else ["same", "none"]
    later_id = draw(st.sampled_from(later))
    in_turns = draw(st.booleans()) and (own_index or later_id == "same")
    later_name = draw(st.booleans()) and later_id != "other"
    found = own_index or later_id == "same"
    return Habit(
        index=index,
        ids=ids,
        later_id=later_id,
        later_name=later_name and found,
        cut_name=draw(st.sampled_from(["no", "pieces", "grows"])) if found and not in_turns
        and later_id != "other" else "no",
        front=draw(st.booleans()) and found,
        behind=draw(st.booleans()) and found and later_id != "other",
        whole=draw(st.booleans()),
        as_object=draw(st.booleans()),
        in_turns=in_turns,
    )  # fmt: skip


@st.composite
def written(draw: Any) -> tuple[list[Meant], list[Json]]:
    """Return calls, and the entries of the deltas that a vendor writes for them."""
    habit = draw(habits())
    meant = [Meant(draw(NAMES), draw(ARGUMENTS)) for _ in range(draw(st.integers(1, 3)))]
    entries = [_entries(draw, habit, number, call) for number, call in enumerate(meant)]
    if not habit.in_turns:
        return meant, [entry for each in entries for entry in each]
    order = draw(st.permutations([n for n, each in enumerate(entries) for _ in each[1:]]))
    rest = [iter(each[1:]) for each in entries]
    return meant, [*(each[0] for each in entries), *(next(rest[number]) for number in order)]


def _entries(draw: Any, habit: Habit, number: int, call: Meant) -> list[Json]:
    index = {"own": number, "text": str(number), "from 1": number + 1, "zero": 0}.get(habit.index)
    id_ = {"own": f"c{number}", "shared": "X"}.get(habit.ids) or draw(NO_ID)
    text = json.dumps(call.args, ensure_ascii=draw(st.booleans()))
    names, pieces = [call.name], _pieces(draw, habit, text, call.args)
    if habit.cut_name != "no" and len(call.name) > 1:
        at = draw(st.integers(1, len(call.name) - 1))
        first, second = call.name[:at], call.name[at:]
        if habit.cut_name == "grows":
            names = [first, call.name]
        elif not second.startswith(first):
            names = [first, second]
    joined = habit.whole and len(names) == 1
    fields = [
        *((name, "") for name in names[:-1]),
        *([(names[-1], pieces.pop(0))] if joined else [(names[-1], draw(st.just("")))]),
        *((call.name if habit.later_name else None, piece) for piece in pieces),
    ]
    entries = []
    for at, (name, arguments) in enumerate(fields):
        shown = id_ if at == 0 or habit.later_id == "same" else draw(NO_ID)
        if at and habit.later_id == "other":
            shown = f"other-{number}-{at}"
        function = {"name": name, "arguments": arguments}
        entry: Json = {"index": index, "id": shown}
        entry["function"] = {k: v for k, v in function.items() if v is not None}
        entries.append({k: v for k, v in entry.items() if v is not None})
    return entries


def _pieces(draw: Any, habit: Habit, text: str, args: dict[str, Any]) -> list[Any]:
    pieces: list[Any] = [text]
    if not habit.whole and args:
        cuts = sorted(draw(st.sets(st.integers(1, len(text) - 1), max_size=3)))
        pieces = [text[a:b] for a, b in zip([0, *cuts], [*cuts, None], strict=True)]
    elif habit.as_object:
        pieces = [args]
    front = ["{}"] if habit.front else []
    return [*front, *pieces, *(["{}"] if habit.behind else [])]


def deltas_of(draw: Any, entries: list[Json]) -> list[Json]:
    """Return entries in deltas; some of them hold several."""
    deltas: list[list[Json]] = []
    for entry in entries:
        if deltas and "index" in entry and draw(st.integers(0, 4)) == 0:
            deltas[-1].append(entry)
        else:
            deltas.append([entry])
    return [{"tool_calls": each} for each in deltas]


def said(message: Any) -> list[Meant]:
    assert message.invalid_tool_calls == []
    ids = [call["id"] for call in message.tool_calls]
    assert all(ids)
    assert len(set(ids)) == len(ids)
    return [Meant(call["name"], call["args"]) for call in message.tool_calls]


@settings(quick, max_examples=400)
@given(written(), st.data())
def test_streamed_calls_are_those_that_were_meant(
    drawn: tuple[list[Meant], list[Json]], data: Any
) -> None:
    meant, entries = drawn
    model = model_of(stream=chat_stream(*deltas_of(data.draw, entries), finish="tool_calls"))
    first, *rest = model.stream("Hi")
    message = first + rest
    assert said(message) == meant
    assert said(model.stream_events("Hi", version="v3").output) == meant
    # A merged message, and what another reader makes of the pieces alone, are the same.
    pieces: dict[Any, tuple[str, str]] = {}
    for made in (first, *rest):
        for piece in made.tool_call_chunks:  # type: ignore[attr-defined]  # chunks of an AI message
            name, text = pieces.get(piece["index"], ("", ""))
            pieces[piece["index"]] = (name + (piece["name"] or ""), text + (piece["args"] or ""))
    assert [Meant(name, json.loads(text or "{}")) for name, text in pieces.values()] == meant


@settings(quick, max_examples=100)
@given(st.lists(st.tuples(NAMES, ARGUMENTS, st.one_of(NO_ID, st.just("X"))), min_size=1))
def test_calls_of_a_whole_answer_are_those_that_were_meant(
    drawn: list[tuple[str, dict[str, Any], Any]],
) -> None:
    entries = [
        {"id": id_, "function": {"name": name, "arguments": json.dumps(args)}}
        for name, args, id_ in drawn
    ]
    body = completion({"content": None, "tool_calls": entries}, finish="tool_calls")
    assert said(model_of(body).invoke("Hi")) == [Meant(name, args) for name, args, _ in drawn]
