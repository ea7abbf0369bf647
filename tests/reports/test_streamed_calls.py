"""Calls in the habits of vendors that reuse ids, cut names, and send `{}` beside arguments."""

from __future__ import annotations

import json
from typing import Any

import pytest
from answered import Json, chat_stream, completion, invoked, sse, streamed

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
    return chat_stream(*entries, finish="tool_calls")


def calls_of(message: Any) -> list[tuple[str, Any]]:
    assert len({call["id"] for call in message.tool_calls}) == len(message.tool_calls)
    assert all(call["id"] for call in message.tool_calls)
    assert message.response_metadata["finish_reason"] == "tool_calls"
    blocks = [block for block in message.content_blocks if block["type"] == "tool_call"]
    found = [(call["name"], call["args"]) for call in message.tool_calls]
    assert [(block["name"], block["args"]) for block in blocks] == found
    return found


MEANT: dict[str, tuple[list[Delta], list[tuple[str, Any]]]] = {
    # --- one id for several calls ---
    "one id, each call after the other": (
        [(0, "X", "get", ""), (0, None, None, A), (1, "X", "get", ""), (1, None, None, B)],
        [ONE, TWO],
    ),
    "one id, the arguments after both": (
        [(0, "X", "get", ""), (1, "X", "get", ""), (0, None, None, A), (1, None, None, B)],
        [ONE, TWO],
    ),
    "one id, repeated with the arguments": (
        [(0, "X", "get", ""), (0, "X", None, A), (1, "X", "get", ""), (1, "X", None, B)],
        [ONE, TWO],
    ),
    "one id, one index": (
        [(0, "X", "get", ""), (0, None, None, A), (0, "X", "get", ""), (0, None, None, B)],
        [ONE, TWO],
    ),
    "one id, one index, two names": (
        [(0, "X", "get", ""), (0, None, None, A), (0, "X", "put", ""), (0, None, None, B)],
        [ONE, ("put", {"n": 2})],
    ),
    "one id, whole calls": ([(0, "X", "get", A), (1, "X", "get", B)], [ONE, TWO]),
    "one id, calls that are the same": ([(0, "X", "get", A), (1, "X", "get", A)], [ONE, ONE]),
    "one id, calls without arguments": (
        [(0, "X", "get", ""), (1, "X", "put", "")],
        [("get", {}), ("put", {})],
    ),
    "one id, three calls": (
        [(0, "X", "get", A), (1, "X", "get", B), (2, "X", "get", "{}")],
        [ONE, TWO, ("get", {})],
    ),
    # --- ids that are none ---
    **{
        f"the id {none!r} in continuations": (
            [(0, "X", "get", ""), (1, "Y", "put", ""), (0, none, None, A), (1, none, None, B)],
            [ONE, ("put", {"n": 2})],
        )
        for none in ("null", "None", "undefined", "", "n/a", 0)
    },
    "ids that are none from the first": (
        [(0, "null", "get", ""), (0, "null", None, A), (1, "null", "get", ""), (1, "null", "", B)],
        [ONE, TWO],
    ),
    "a name that is none in continuations": (
        [(0, "X", "get", ""), (0, "None", "None", '{"n"'), (0, "None", "None", ": 1}")],
        [ONE],
    ),
    "an index that is a text": (
        [("0", "X", "get", ""), ("1", "Y", "put", ""), (0, None, None, A), (1, None, None, B)],
        [ONE, ("put", {"n": 2})],
    ),
    "the index stays at 0, the ids are right": (
        [(0, "X", "get", ""), (0, "Y", "put", ""), (0, "X", None, A), (0, "Y", None, B)],
        [ONE, ("put", {"n": 2})],
    ),
    # --- names in pieces, names that are repeated ---
    "a name in pieces": (
        [(0, "X", "get_", ""), (0, None, "weather", ""), (0, None, None, A)],
        [("get_weather", {"n": 1})],
    ),
    "a name in pieces, each with the id": (
        [(0, "X", "get_", ""), (0, "X", "wea", ""), (0, "X", "ther", A)],
        [("get_weather", {"n": 1})],
    ),
    "a name that grows": (
        [(0, "X", "get", ""), (0, "X", "get_weather", ""), (0, None, None, A)],
        [("get_weather", {"n": 1})],
    ),
    "a name in pieces and then once more": (
        [(0, "X", "get_", ""), (0, None, "weather", ""), (0, "X", "get_weather", A)],
        [("get_weather", {"n": 1})],
    ),
    "names in pieces, in turns": (
        [(0, "X", "a", ""), (1, "Y", "c", ""), (0, None, "b", A), (1, None, "d", B)],
        [("ab", {"n": 1}), ("cd", {"n": 2})],
    ),
    "a name that is repeated before the arguments": (
        [(0, "X", "get", ""), (0, None, "get", ""), (0, "X", "get", A)],
        [ONE],
    ),
    # --- `{}` beside the arguments ---
    "{} in front": ([(0, "X", "get", "{}"), (0, None, None, A)], [ONE]),
    "{} in front, in a delta of its own": (
        [(0, "X", "get", ""), (0, None, None, "{}"), (0, None, None, A)],
        [ONE],
    ),
    "{} in front, everything repeated": ([(0, "X", "get", "{}"), (0, "X", "get", A)], [ONE]),
    "{} in front, the name repeated": ([(0, None, "get", "{}"), (0, None, "get", A)], [ONE]),
    "{} in front of arguments in pieces": (
        [(0, "X", "get", " {} "), (0, None, None, '{"n"'), (0, None, None, ": 1}")],
        [ONE],
    ),
    "{} as an object in front": ([(0, "X", "get", {}), (0, None, None, A)], [ONE]),
    "null in front": ([(0, "X", "get", "null"), (0, None, None, A)], [ONE]),
    "{} behind": ([(0, "X", "get", A), (0, None, None, "{}")], [ONE]),
    "{} behind, everything repeated": ([(0, "X", "get", A), (0, "X", "get", "{}")], [ONE]),
    "{} in front, between and behind": (
        [(0, "X", "get", "{}"), (1, "Y", "get", "{}"), (0, None, None, A), (1, None, None, B),
         (0, None, None, "{}"), (1, None, None, "{}")],
        [ONE, TWO],
    ),
    "{} inside of arguments": (
        [(0, "X", "get", '{"n": '), (0, None, None, "{}"), (0, None, None, "}")],
        [("get", {"n": {}})],
    ),
    "{} and nothing else": ([(0, "X", "get", "{}"), (0, None, None, "{}")], [("get", {})]),
    "{} without a name or an id": ([(0, "X", "get", A), (7, None, None, "{}")], [ONE]),
    # --- null ---
    "null": ([(0, "X", "get", "null")], [("get", {})]),
    "null in pieces": ([(0, "X", "get", "nu"), (0, None, None, "ll")], [("get", {})]),
    # --- repetitions ---
    "the arguments repeated as a whole": (
        [(0, "X", "get", '{"n"'), (0, None, None, ": 1}"), (0, None, None, A)],
        [ONE],
    ),
}  # fmt: skip


@pytest.mark.parametrize(("deltas", "meant"), MEANT.values(), ids=MEANT)
def test_a_stream_of_calls_says_what_was_meant(
    deltas: list[Delta], meant: list[tuple[str, Any]]
) -> None:
    for way, message in streamed(stream_of(deltas)).items():
        assert calls_of(message) == meant, way
        assert message.invalid_tool_calls == [], way


# What is no JSON in the end may not become a valid call, with whatever arguments.
BROKEN: dict[str, tuple[list[Delta], list[tuple[str, Any]], list[str]]] = {
    "cut off, then a stray {}": (
        [(0, "X", "get", '{"path": "/etc/pas'), (0, None, None, "{}")],
        [],
        ["get"],
    ),
    "cut off behind a value, then a stray {}": (
        [(0, "X", "get", '{"n": 1'), (0, None, None, "{}")],
        [],
        ["get"],
    ),
    "two objects": ([(0, "X", "get", A), (0, None, None, B)], [], ["get"]),
    "the start of null": ([(0, "X", "get", "nul")], [], ["get"]),
    "one cut off, one whole, of one id": (
        [(0, "X", "get", '{"n": '), (1, "X", "get", B)],
        [TWO],
        ["get"],
    ),
    "{} in front of what is cut off": (
        [(0, "X", "get", "{}"), (0, None, None, '{"n": ')],
        [],
        ["get"],
    ),
}


@pytest.mark.parametrize(("deltas", "valid", "invalid"), BROKEN.values(), ids=BROKEN)
def test_arguments_that_are_no_json_stay_invalid(
    deltas: list[Delta], valid: list[tuple[str, Any]], invalid: list[str]
) -> None:
    for way, message in streamed(stream_of(deltas)).items():
        assert calls_of(message) == valid, way
        assert [call["name"] for call in message.invalid_tool_calls] == invalid, way


# --- whole answers, on every endpoint ---
def whole_of(endpoint: str, calls: list[tuple[str, str, str]]) -> Json:
    if endpoint == "chat/completions":
        entries = [entry_of((None, *call)) for call in calls]
        return completion({"content": None, "tool_calls": entries}, finish="tool_calls")
    if endpoint == "messages":
        blocks = [
            {"type": "tool_use", "id": i, "name": n, "input": json.loads(a)} for i, n, a in calls
        ]
        return {"id": "msg_1", "model": "m", "content": blocks, "stop_reason": "tool_use"}
    items = [
        {"type": "function_call", "id": f"fc_{at}", "call_id": i, "name": n, "arguments": a}
        for at, (i, n, a) in enumerate(calls)
    ]
    return {"id": "resp_1", "object": "response", "status": "completed", "output": items}


def events_of(endpoint: str, calls: list[tuple[str, str, str]], *, front: str = "") -> bytes:
    """Return the calls as a stream; `front` stands in front of all arguments."""
    if endpoint == "chat/completions":
        return stream_of(
            [d for at, (i, n, a) in enumerate(calls)
             for d in ((at, i, n, front), (at, None, None, a))]
        )  # fmt: skip
    body = whole_of(endpoint, calls)
    events: list[Json] = []
    if endpoint == "messages":
        events.append({"type": "message_start", "message": {**body, "content": []}})
        for at, (i, n, a) in enumerate(calls):
            block = {"type": "tool_use", "id": i, "name": n, "input": {}}
            events.append({"type": "content_block_start", "index": at, "content_block": block})
            events += [
                {"type": "content_block_delta", "index": at,
                 "delta": {"type": "input_json_delta", "partial_json": piece}}
                for piece in (front, a)
            ]  # fmt: skip
            events.append({"type": "content_block_stop", "index": at})
        ending = {"type": "message_delta", "delta": {"stop_reason": "tool_use"}}
        return sse([*events, ending, {"type": "message_stop"}])
    for at, item in enumerate(body["output"]):
        begun = {**item, "arguments": ""}
        events.append({"type": "response.output_item.added", "output_index": at, "item": begun})
        for piece in (front, item["arguments"]):
            kind = "response.function_call_arguments.delta"
            events.append({"type": kind, "output_index": at, "delta": piece})
        events.append({"type": "response.output_item.done", "output_index": at, "item": item})
    return sse([*events, {"type": "response.completed", "response": body}])


ENDPOINTS = ("chat/completions", "responses", "messages")
SEVERAL: dict[str, list[tuple[str, str, str]]] = {
    "one id for two": [("X", "get", A), ("X", "get", B)],
    "one id for two that are the same": [("X", "get", A), ("X", "get", A)],
    "one id for two of other names": [("X", "get", A), ("X", "put", A)],
    "ids that are none": [("null", "get", A), ("null", "get", B)],
    "null for the second": [("X", "get", A), ("Y", "get", "null")],
}


@pytest.mark.parametrize("endpoint", ENDPOINTS)
@pytest.mark.parametrize("calls", SEVERAL.values(), ids=SEVERAL)
def test_calls_keep_apart_on_every_endpoint(
    endpoint: str, calls: list[tuple[str, str, str]]
) -> None:
    meant = [(name, json.loads(arguments) or {}) for _, name, arguments in calls]
    ways = {
        **streamed(events_of(endpoint, calls), endpoint=endpoint),
        **streamed(events_of(endpoint, calls, front="{}"), endpoint=endpoint),
        **invoked(whole_of(endpoint, calls), endpoint=endpoint),
    }
    for way, message in ways.items():
        assert calls_of(message) == meant, way
        assert message.invalid_tool_calls == [], way


def test_arguments_that_only_the_end_brings_replace_an_empty_object() -> None:
    item = {"type": "function_call", "id": "fc_1", "call_id": "X", "name": "get", "arguments": A}
    body = {**whole_of("responses", []), "output": [item]}
    for events in (
        [{"type": "response.output_item.done", "output_index": 0, "item": item}],
        [{"type": "response.function_call_arguments.done", "output_index": 0, "arguments": A}],
        [],
    ):
        stream = sse(
            [{"type": "response.output_item.added", "output_index": 0,
              "item": {**item, "arguments": "{}"}},
             {"type": "response.function_call_arguments.delta", "output_index": 0, "delta": "{}"},
             *events,
             {"type": "response.completed", "response": body}]
        )  # fmt: skip
        for way, message in streamed(stream, endpoint="responses").items():
            assert calls_of(message) == [ONE], way
