"""Calls in the habits of vendors that reuse ids, cut names, and send `{}` beside arguments."""

from __future__ import annotations

import json
from typing import Any

import pytest
import wire
from ways import Json, all_ways, stream_ways
from wire import call, calls

Delta = tuple[Any, Any, Any, Any]  # index, id, name, arguments; None is absent
A, B = '{"n": 1}', '{"n": 2}'
ONE, TWO = ("get", {"n": 1}), ("get", {"n": 2})


def entry_of(delta: Delta) -> Json:
    index, id_, name, arguments = delta
    function = {"name": name, "arguments": arguments}
    entry: Json = {"index": index, "id": id_, "type": "function"}
    entry["function"] = {key: value for key, value in function.items() if value is not None}
    return {key: value for key, value in entry.items() if value is not None}


def stream_of(deltas: list[Delta]) -> bytes:
    entries = ({"tool_calls": [entry_of(delta)]} for delta in deltas)
    return wire.chat_stream(*entries, finish="tool_calls")


def calls_of(message: Any) -> list[tuple[str, Any]]:
    assert len({each["id"] for each in message.tool_calls}) == len(message.tool_calls)
    assert all(each["id"] for each in message.tool_calls)
    assert message.response_metadata["finish_reason"] == "tool_calls"
    blocks = [block for block in message.content_blocks if block["type"] == "tool_call"]
    found = [(each["name"], each["args"]) for each in message.tool_calls]
    assert [(block["name"], block["args"]) for block in blocks] == found
    return found


MEANT: dict[str, tuple[list[Delta], list[tuple[str, Any]]]] = {
    # --- one id for several calls ---
    "one id, each call after the other":
        ([(0, "X", "get", ""), (0, None, None, A), (1, "X", "get", ""), (1, None, None, B)],
         [ONE, TWO]),
    "one id, the arguments after both":
        ([(0, "X", "get", ""), (1, "X", "get", ""), (0, None, None, A), (1, None, None, B)],
         [ONE, TWO]),
    "one id, one index":
        ([(0, "X", "get", ""), (0, None, None, A), (0, "X", "get", ""), (0, None, None, B)],
         [ONE, TWO]),
    "one id, one index, two names":
        ([(0, "X", "get", ""), (0, None, None, A), (0, "X", "put", ""), (0, None, None, B)],
         [ONE, ("put", {"n": 2})]),
    "one id, whole calls": ([(0, "X", "get", A), (1, "X", "get", B)], [ONE, TWO]),
    "one id, calls that are the same": ([(0, "X", "get", A), (1, "X", "get", A)], [ONE, ONE]),
    "one id, calls without arguments": ([(0, "X", "get", ""), (1, "X", "put", "")],
                                        [("get", {}), ("put", {})]),
    # --- ids that are none ---
    **{f"the id {none!r} in continuations":
        ([(0, "X", "get", ""), (1, "Y", "put", ""), (0, none, None, A), (1, none, None, B)],
         [ONE, ("put", {"n": 2})])
       for none in ("null", "", "n/a", 0)},
    "ids that are none from the first":
        ([(0, "null", "get", ""), (0, "null", None, A), (1, "null", "get", ""), (1, "null", "", B)],
         [ONE, TWO]),
    "a name that is none in continuations":
        ([(0, "X", "get", ""), (0, "None", "None", '{"n"'), (0, "None", "None", ": 1}")], [ONE]),
    "an index that is a text":
        ([("0", "X", "get", ""), ("1", "Y", "put", ""), ("0", None, None, A), ("1", None, None, B)],
         [ONE, ("put", {"n": 2})]),
    "an index that is a text at times":
        ([(0, "X", "get", ""), ("1", "Y", "put", ""), ("0", None, None, A), (1, None, None, B)],
         [ONE, ("put", {"n": 2})]),
    "the index stays at 0, the ids are right":
        ([(0, "X", "get", ""), (0, "Y", "put", ""), (0, "X", None, A), (0, "Y", None, B)],
         [ONE, ("put", {"n": 2})]),
    # --- names in pieces, names that are repeated ---
    "a name in pieces": ([(0, "X", "get_", ""), (0, None, "weather", ""), (0, None, None, A)],
                         [("get_weather", {"n": 1})]),
    "a name that grows": ([(0, "X", "get", ""), (0, "X", "get_weather", ""), (0, None, None, A)],
                          [("get_weather", {"n": 1})]),
    "a name in pieces and then once more":
        ([(0, "X", "get_", ""), (0, None, "weather", ""), (0, "X", "get_weather", A)],
         [("get_weather", {"n": 1})]),
    "names in pieces, in turns":
        ([(0, "X", "a", ""), (1, "Y", "c", ""), (0, None, "b", A), (1, None, "d", B)],
         [("ab", {"n": 1}), ("cd", {"n": 2})]),
    "a name that is repeated before the arguments":
        ([(0, "X", "get", ""), (0, None, "get", ""), (0, "X", "get", A)], [ONE]),
    # --- `{}` beside the arguments ---
    "{} in front": ([(0, "X", "get", "{}"), (0, None, None, A)], [ONE]),
    "{} in front, everything repeated": ([(0, "X", "get", "{}"), (0, "X", "get", A)], [ONE]),
    "{} in front of arguments in pieces":
        ([(0, "X", "get", " {} "), (0, None, None, '{"n"'), (0, None, None, ": 1}")], [ONE]),
    "{} as an object in front": ([(0, "X", "get", {}), (0, None, None, A)], [ONE]),
    "null in front": ([(0, "X", "get", "null"), (0, None, None, A)], [ONE]),
    "{} behind": ([(0, "X", "get", A), (0, None, None, "{}")], [ONE]),
    "{} in front, between and behind":
        ([(0, "X", "get", "{}"), (1, "Y", "get", "{}"), (0, None, None, A), (1, None, None, B),
          (0, None, None, "{}"), (1, None, None, "{}")],
         [ONE, TWO]),
    "{} inside of arguments":
        ([(0, "X", "get", '{"n": '), (0, None, None, "{}"), (0, None, None, "}")],
         [("get", {"n": {}})]),
    "{} and nothing else": ([(0, "X", "get", "{}"), (0, None, None, "{}")], [("get", {})]),
    "{} without a name or an id": ([(0, "X", "get", A), (7, None, None, "{}")], [ONE]),
    # --- null ---
    "null": ([(0, "X", "get", "null")], [("get", {})]),
    "null in pieces": ([(0, "X", "get", "nu"), (0, None, None, "ll")], [("get", {})]),
    # --- without an index ---
    "no index, no id, another name": ([(None, None, "get", ""), (None, None, "put", B)],
                                      [("get", {}), ("put", {"n": 2})]),
    "no index, no id, {} is a call of its own":
        ([(None, None, "get", "{}"), (None, None, "get", B)], [("get", {}), TWO]),
    "no index, the name after the id":
        ([(None, "X", "get", A), (None, "Y", None, None), (None, None, "put", B)],
         [ONE, ("put", {"n": 2})]),
    "no index, one id, each call after the other":
        ([(None, "X", "get", ""), (None, None, None, A), (None, "X", "get", ""),
          (None, None, None, B)],
         [ONE, TWO]),
    "no index, no name, deltas go on":
        ([(None, "X", "get", '{"n"'), (None, None, None, ": 1}"), (None, "Y", "get", '{"n"'),
          (None, None, None, ": 2}")],
         [ONE, TWO]),
    "indices from 1": ([(1, "X", "get", A), (2, "Y", "get", B)], [ONE, TWO]),
    "an id that changes with every delta": ([(0, "X", "get", '{"n"'), (0, "Y", None, ": 1}")],
                                            [ONE]),
    "another name while JSON is open is no call":
        ([(0, "X", "get", '{"n":'), (0, None, "odd", " 1"), (0, None, None, "}")], [ONE]),
    "a backslash that divides the pieces of a string":
        ([(None, None, "get", '{"n": "x\\'), (None, None, None, '"y'), (None, None, None, '"}'),
          (None, None, "get", A)],
         [("get", {"n": 'x"y'}), ONE]),
    # --- repetitions ---
    "id and name with every delta":
        ([(0, "X", "get", '{"n"'), (0, "X", "get", ": "), (0, "X", "get", "1}"),
          (0, "X", "get", "")],
         [ONE]),
    "the index counts deltas": ([(0, "X", "get", '{"n"'), (1, "X", "get", ": 1}")], [ONE]),
    "the name once more at the end": ([(0, "X", "get", A), (0, "X", "get", "")], [ONE]),
    "a whole call twice": ([(0, "X", "get", A), (0, "X", "get", A)], [ONE]),
    "whole calls at one index": ([(0, None, "get", A), (0, None, "get", B)], [ONE, TWO]),
    "the arguments repeated as a whole":
        ([(0, "X", "get", '{"n"'), (0, None, None, ": 1}"), (0, None, None, A)], [ONE]),
}  # fmt: skip


@pytest.mark.parametrize(("deltas", "meant"), MEANT.values(), ids=MEANT)
def test_a_stream_of_calls_says_what_was_meant(
    deltas: list[Delta], meant: list[tuple[str, Any]]
) -> None:
    for way, message in stream_ways(stream_of(deltas)).items():
        assert calls_of(message) == meant, way
        assert message.invalid_tool_calls == [], way


# What is no JSON in the end may not become a valid call, with whatever arguments.
BROKEN: dict[str, tuple[list[Delta], list[tuple[str, Any]], list[Any]]] = {
    "cut off, then a stray {}": ([(0, "X", "get", '{"path": "/etc/pas'), (0, None, None, "{}")], [],
                                 ["get"]),
    "cut off behind a value, then a stray {}":
        ([(0, "X", "get", '{"n": 1'), (0, None, None, "{}")], [], ["get"]),
    "a new id without a name, behind a call":
        ([(None, "X", "get", A), (None, "Y", None, B)], [ONE], [None]),
    "two objects": ([(0, "X", "get", A), (0, None, None, B)], [], ["get"]),
    "the start of null": ([(0, "X", "get", "nul")], [], ["get"]),
    "one cut off, one whole, of one id": ([(0, "X", "get", '{"n": '), (1, "X", "get", B)], [TWO],
                                          ["get"]),
    "{} in front of what is cut off": ([(0, "X", "get", "{}"), (0, None, None, '{"n": ')], [],
                                       ["get"]),
}  # fmt: skip


@pytest.mark.parametrize(("deltas", "valid", "invalid"), BROKEN.values(), ids=BROKEN)
def test_arguments_that_are_no_json_stay_invalid(
    deltas: list[Delta], valid: list[tuple[str, Any]], invalid: list[Any]
) -> None:
    for way, message in stream_ways(stream_of(deltas)).items():
        assert calls_of(message) == valid, way
        assert [each["name"] for each in message.invalid_tool_calls] == invalid, way


# --- whole answers, on every endpoint ---
def body_of(endpoint: str, several: list[tuple[str, str, str]]) -> Json:
    if endpoint == "chat/completions":
        entries = [entry_of((None, *made)) for made in several]
        return wire.completion({"content": None, "tool_calls": entries}, finish="tool_calls")
    if endpoint == "messages":
        blocks = [
            {"type": "tool_use", "id": id_, "name": name, "input": json.loads(arguments)}
            for id_, name, arguments in several
        ]
        return wire.claude(*blocks, stop="tool_use")
    items = [
        wire.call_item(arguments, call_id=id_, name=name, id=f"fc_{at}")
        for at, (id_, name, arguments) in enumerate(several)
    ]
    return wire.response(*items)


SEVERAL: dict[str, list[tuple[str, str, str]]] = {
    "one id for two": [("X", "get", A), ("X", "get", B)],
    "one id for two that are the same": [("X", "get", A), ("X", "get", A)],
    "one id for two of other names": [("X", "get", A), ("X", "put", A)],
    "ids that are none": [("null", "get", A), ("null", "get", B)],
    "null for the second": [("X", "get", A), ("Y", "get", "null")],
}


@pytest.mark.parametrize("endpoint", wire.ENDPOINTS)
@pytest.mark.parametrize("several", SEVERAL.values(), ids=SEVERAL)
def test_calls_keep_apart_on_every_endpoint(
    endpoint: str, several: list[tuple[str, str, str]]
) -> None:
    meant = [(name, json.loads(arguments) or {}) for _, name, arguments in several]
    for way, message in all_ways(body_of(endpoint, several), endpoint=endpoint).items():
        assert calls_of(message) == meant, way
        assert message.invalid_tool_calls == [], way


@pytest.mark.parametrize("between", [{}, {"arguments": A}])
def test_an_empty_object_in_front_of_the_arguments_of_a_response_is_replaced(between: Json) -> None:
    body = body_of("responses", [("X", "get", A)])
    begun = {**body["output"][0], "arguments": "{}"}
    start, progress, added, *_, done, end = wire.response_events(body)
    kind = "response.function_call_arguments"
    pieces = [{"type": f"{kind}.delta", "output_index": 0, "delta": "{}"}]
    if between:
        pieces.append({"type": f"{kind}.done", "output_index": 0, **between})
    for ends in ([done, end], [end]):
        events = [start, progress, {**added, "item": begun}, *pieces, *ends]
        for way, message in stream_ways(events, endpoint="responses").items():
            assert calls_of(message) == [ONE], way


def test_an_empty_object_in_front_of_the_arguments_of_claude_is_replaced() -> None:
    use = {"type": "tool_use", "id": "X", "name": "get", "input": {}}
    pieces = [{"type": "input_json_delta", "partial_json": p} for p in ("{}", A)]
    stream = wire.claude_events((use, pieces), stop="tool_use")
    for way, message in stream_ways(stream, endpoint="messages").items():
        assert calls_of(message) == [ONE], way


# --- entries that say more, or less, than a delta ---
def custom(value: str, name: str | None = None, **more: Any) -> Json:
    return {**more, "custom": {"input": value, **({"name": name} if name else {})}}


ENTRIES: dict[str, tuple[list[Json], list[tuple[str, Any]]]] = {
    "several whole calls in one delta, without index and id":
        ([calls(call("f", {"a": 1}), call("f", {"a": 2}), call("g", '{"b": 3}'))],
         [("f", {"a": 1}), ("f", {"a": 2}), ("g", {"b": 3})]),
    "two pieces of a call in one delta":
        ([calls(call("f", '{"a"', index=0, id="c1"), call(None, ": 1}", index=0))],
         [("f", {"a": 1})]),
    "a name in the second entry of a delta":
        ([calls(call(None, '{"a": ', index=0, id="c"), call("f", "1}", index=0))],
         [("f", {"a": 1})]),
    "an id that comes first, a name that comes later":
        ([calls({"index": 0, "id": "c1", "function": None}), calls(call("f", None, index=0)),
          calls(call(None, "{}", index=0))],
         [("f", {})]),
    "empty, null and absent arguments":
        ([calls(call("f", "", index=0, id="c1"), call("g", None, index=1, id="c2"),
                {"index": 2, "id": "c3", "function": {"name": "h", "arguments": None}},
                call("i", " \n", index=3, id="c4"))],
         [("f", {}), ("g", {}), ("h", {}), ("i", {})]),
    "entries of nothing":
        ([{"tool_calls": None}, calls(None, {}, {"function": None}, "x"), calls(call("f", "{}"))],
         [("f", {})]),
    "text beside a call": ([{"content": "Hm", **calls(call("f", "{}", id="c1"))}], [("f", {})]),
    "a legacy function call":
        ([{"content": None, "function_call": {"name": "f", "arguments": ""}},
          {"function_call": {"arguments": '{"a":'}}, {"function_call": {"arguments": "1}"}}],
         [("f", {"a": 1})]),
    "the same call in both forms":
        ([{**calls(call("f", "{}", index=0, id="c1")), "function_call": {"name": "f"}},
          {"function_call": {"name": "f", "arguments": "{}"}}],
         [("f", {})]),
    "a custom call in pieces":
        ([calls(custom('echo "', index=0, id="c1", name="sh")), calls(custom('\né"', index=0))],
         [("sh", {"input": 'echo "\né"'})]),
    "a custom call that is named with every piece":
        ([calls(custom("ls", id="c1", name="sh")), calls(custom("ls", id="c1", name="sh"))],
         [("sh", {"input": "lsls"})]),
    "two custom calls that alternate":
        ([calls(custom("one", id="a", name="f")), calls(custom("two", id="b", name="f")),
          calls(custom(" more", id="a", name="f")), calls(custom(" less", id="b", name="f"))],
         [("f", {"input": "one more"}), ("f", {"input": "two less"})]),
}  # fmt: skip


@pytest.mark.parametrize(("deltas", "meant"), ENTRIES.values(), ids=ENTRIES)
def test_entries_of_all_forms_are_read(deltas: list[Json], meant: list[tuple[str, Any]]) -> None:
    for way, message in stream_ways(wire.chat_stream(*deltas, finish="tool_calls")).items():
        assert calls_of(message) == meant, way
        assert message.invalid_tool_calls == [], way


SIGNED = {"google": {"thought_signature": "c2ln"}}
EXTRAS: dict[str, tuple[list[Any], Any]] = {
    "once": ([SIGNED], SIGNED),
    "later": ([None, SIGNED], SIGNED),
    "another field later": (
        [SIGNED, {"google": {"thought": True}}],
        {"google": {"thought_signature": "c2ln", "thought": True}},
    ),
    "another object later": ([SIGNED, {"other": {"a": 1}}], {**SIGNED, "other": {"a": 1}}),
    "an empty signature later": ([SIGNED, {"google": {"thought_signature": ""}}], SIGNED),
    "nothing later": ([SIGNED, {"google": {}}, {}], SIGNED),
    "an empty signature first": ([{"google": {"thought_signature": ""}}, SIGNED], SIGNED),
    "another signature later": ([SIGNED, {"google": {"thought_signature": "eA=="}}], SIGNED),
}


@pytest.mark.parametrize(("sent", "kept"), EXTRAS.values(), ids=EXTRAS)
def test_what_gemini_wants_back_of_a_call_and_of_a_message_is_merged(
    sent: list[Any], kept: Any
) -> None:
    extras: list[Json] = [{} if extra is None else {"extra_content": extra} for extra in sent]
    first, *rest = [{"index": 0, "function": {"arguments": ""}, **extra} for extra in extras]
    first |= call("f", "{}", id="c1")
    stream = wire.chat_stream(*(calls(entry) for entry in (first, *rest)), finish="tool_calls")
    for way, message in stream_ways(stream).items():
        (block,) = message.content_blocks
        assert block["extras"] == {"extra_content": kept}, way
        assert message.additional_kwargs["tool_call_extras"] == {"c1": kept}, way
    stream = wire.chat_stream(*({"content": "a", "extra_content": extra} for extra in sent))
    for way, message in stream_ways(stream).items():
        assert message.additional_kwargs["extra_content"] == kept, way
        assert message.text == "a" * len(sent), way


def test_chunks_count_calls_and_say_id_and_name_once() -> None:
    deltas: list[Delta] = [(5, "c1", "f", "{"), (5, "c1", "f", "}"), (5, "c2", "g", "{}")]
    pieces = [p for made in wire.chunks_of(stream_of(deltas)) for p in made.tool_call_chunks]
    assert [(p["name"], p["args"], p["id"], p["index"]) for p in pieces] == [
        ("f", "{", "c1", 0),
        (None, "}", None, 0),
        ("g", "", "c2", 1),
        (None, "{}", None, 1),  # at the end: `{}` may stand in front of other arguments
    ]


@pytest.mark.parametrize("id_", [None, "0"])
def test_made_up_ids_of_calls_differ_between_answers_that_cannot_be_told_apart(
    id_: str | None,
) -> None:
    called = calls(call("get", "{}"))
    stream = wire.chat_stream(called).replace(b'"gen-1"', json.dumps(id_).encode())
    model = wire.model_of({**wire.completion(called), "id": id_}, stream)
    messages = [
        model.invoke("Hi"),
        model.invoke("Hi"),
        *(wire.merged(model.stream("Hi")) for _ in "ab"),
    ]
    assert len({message.tool_calls[0]["id"] for message in messages}) == 4


def test_made_up_ids_of_calls_are_the_same_each_time_an_answer_is_read() -> None:
    stream = wire.chat_stream(calls(call("f", "{}"), call("f", "{}")))
    first, again = ([c["id"] for c in wire.streamed(stream).tool_calls] for _ in "ab")
    assert first == again
    assert len(set(first)) == 2
