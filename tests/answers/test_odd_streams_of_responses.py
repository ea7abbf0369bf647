"""Streams of the Responses endpoint with odd habits, read in every way."""

from __future__ import annotations

from typing import Any

import pytest
import ways

USAGE = {"input_tokens": 9, "output_tokens": 7, "total_tokens": 16}
RESPONSE = {"id": "resp_1", "object": "response", "model": "m", "status": "in_progress"}
CREATED = {"type": "response.created", "response": {**RESPONSE, "store": False}}
CITED = {"type": "url_citation", "url": "https://x.io/a", "title": "T", "start_index": 0}
CALL = {"call_id": "c1", "name": "f"}
SUMMARY = [{"type": "summary_text", "text": "Hm."}]
FINAL = {"extras": {"phase": "final"}, "id": "message_0"}


def ended(*output: Any, **more: Any) -> ways.Json:
    response = {**RESPONSE, "status": "completed", "output": list(output), "usage": USAGE, **more}
    return {"type": "response.completed", "response": response}


def event(kind: str, index: Any = 0, **more: Any) -> ways.Json:
    return {"type": f"response.{kind}", "output_index": index, **more}


def added(index: int, kind: str, **item: Any) -> ways.Json:
    return event("output_item.added", index, item={"type": kind, "id": f"{kind}_{index}", **item})


def done(index: int, kind: str, **item: Any) -> ways.Json:
    return event("output_item.done", index, item={"type": kind, "id": f"{kind}_{index}", **item})


def wrote(delta: Any, index: Any = 0, part: Any = 0) -> ways.Json:
    return event("output_text.delta", index, content_index=part, delta=delta)


def cited(annotation: ways.Json, index: int = 0, part: int = 0) -> ways.Json:
    return event("output_text.annotation.added", index, content_index=part, annotation=annotation)


def refused(delta: str, part: int = 0) -> ways.Json:
    return event("refusal.delta", content_index=part, delta=delta)


def said(*texts: str, **more: Any) -> ways.Json:
    return {"content": [{"type": "output_text", "text": each, **more} for each in texts]}


def summed(delta: str, index: int = 0, part: int = 0) -> ways.Json:
    return event("reasoning_summary_text.delta", index, summary_index=part, delta=delta)


def reasoned(delta: str, index: int = 0, part: int = 0) -> ways.Json:
    return event("reasoning_text.delta", index, content_index=part, delta=delta)


def arguments(delta: str, index: int = 0) -> ways.Json:
    return event("function_call_arguments.delta", index, delta=delta)


def says(*blocks: ways.Json, **more: Any) -> ways.Json:
    return ways.says(*blocks, **{"usage": (9, 7), "native": "completed", **more})


def searched(**extras: Any) -> ways.Json:
    args = {"type": "search"} if not extras else {}
    kind = "web_search_call"
    return ways.server_call(f"{kind}_0", "web_search", args, type=kind, **extras)


# Between the event that begins a response and the one that ends it.
STREAMS: dict[str, tuple[list[Any], ways.Json]] = {
    "two parts": (
        [added(0, "message", phase="final"), wrote("H"), wrote("i"), wrote("H", part=1),
         wrote("o", part=1), wrote("!"), done(0, "message", **said("Hi!", "Ho"), phase="final")],
        says(ways.text("Hi!", **FINAL), ways.text("Ho", **FINAL)),
    ),
    "annotations before their text": (
        [cited(CITED, 1, 1), wrote("H", 1), wrote("i", 1, 1), done(1, "message", **said("H", "i"))],
        says(ways.text("H"),
             ways.text("i", id="message_1", annotations=[{**CITED, "type": "citation"}])),
    ),
    "annotations at the end": (
        [wrote("Hi"), cited({"type": "odd"}),
         done(0, "message", **said("Hi", annotations=[CITED]))],
        says(ways.text("Hi", annotations=[{**CITED, "type": "citation"}])),
    ),
    "a refusal": (
        [refused("No"), refused("."), event("refusal.done", content_index=0, refusal="No. Never"),
         done(0, "message", content=[{"type": "refusal", "refusal": "No. Never."}])],
        says(ways.refusal("No. Never.", id="message_0")),
    ),
    "reasoning in a summary": (
        [added(0, "reasoning", summary=[]), summed("H"), summed("m."),
         event("reasoning_summary_text.done", summary_index=0, text="Hm. So"),
         summed("Then.", part=1),
         done(0, "reasoning", summary=[{"text": "Hm. So"}, {"text": "Then. End."}],
              encrypted_content="x"),
         added(1, "message"), wrote("Hi", 1)],
        says(ways.thought("Hm. So", {"encrypted_content": "x"}, id="reasoning_0"),
             ways.thought("Then. End.", id="reasoning_0"), ways.text("Hi")),
    ),
    "reasoning as it is": (
        [reasoned("H"), reasoned("m."),
         event("reasoning_text.done", content_index=0, text="Hm. So."),
         done(0, "reasoning", content=[{"text": "Hm. So."}], summary=SUMMARY), wrote("Hi", 1)],
        says(ways.thought("Hm. So.", {"part": "reasoning_text"}, id="reasoning_0"),
             ways.text("Hi")),
    ),
    "the rest of arguments": (
        [added(0, "function_call", name="f"), arguments('{"a"'),
         event("function_call_arguments.done", arguments='{"a": 1'),
         done(0, "function_call", **CALL, arguments='{"a": 1}')],
        says(ways.tool_call("f", {"a": 1}), finish="tool_calls"),
    ),
    "a call that nobody began, ended": (
        [arguments('{"a": 1}'), done(0, "function_call", **CALL, arguments='{"a": 1}')],
        says(ways.tool_call("f", {"a": 1}), finish="tool_calls"),
    ),
    "free text": (
        [added(0, "custom_tool_call", **CALL), event("custom_tool_call_input.delta", delta='ls "'),
         event("custom_tool_call_input.done", input='ls "a"'),
         done(0, "custom_tool_call", **CALL, input='ls "a"\n')],
        says(ways.tool_call("f", {"input": 'ls "a"\n'}), finish="tool_calls"),
    ),
    "items that overlap": (
        [added(0, "web_search_call"), added(1, "message"), wrote("Hi", 1),
         added(2, "function_call", **CALL), arguments("{}", 2), done(1, "message", **said("Hi")),
         done(0, "web_search_call", action={"type": "search", "sources": [1]}),
         done(2, "function_call", **CALL, arguments="{}")],
        says(searched(), ways.server_result("web_search_call_0", sources=[1]),
             ways.text("Hi", id="message_1"), ways.tool_call("f", {}), finish="tool_calls"),
    ),
    "items that never end": ([added(0, "web_search_call"), wrote("Hi", 1), summed("Hm.", 2)],
                             says(ways.text("Hi"), ways.thought("Hm."))),
    "no index": (
        [added(3, "message"), {"type": "response.output_text.delta", "delta": "H"},
         {"type": "response.output_text.delta", "delta": "i", "output_index": "3"}],
        says(ways.text("Hi")),
    ),
    "a text after a trace": (
        [done(0, "web_search_call", status="failed"), wrote("H", 1), wrote("i", 1),
         wrote("!", 1, 1), wrote("?", 1, 1), done(1, "message", **said("Hi", "!?")),
         wrote("late", 1)],
        says(searched(status="failed"), ways.server_result("web_search_call_0", "error"),
             ways.text("Hilate", id="message_1"), ways.text("!?", id="message_1")),
    ),
    "what nobody knows": (
        [5, {"type": "response.hologram.delta", "delta": "x"}, wrote("Hi"),
         done(1, "hologram", light=1), b"event: odd\ndata: no json\n\n", {"type": "ping"}],
        says(ways.text("Hi"), ways.other({"type": "hologram", "id": "hologram_1", "light": 1})),
    ),
}  # fmt: skip


@pytest.mark.parametrize(("events", "expected"), STREAMS.values(), ids=STREAMS)
def test_a_stream_says_the_same_in_every_way(events: list[Any], expected: ways.Json) -> None:
    ways.assert_says(ways.stream_ways([CREATED, *events, ended()], endpoint="responses"), expected)


UNSAID = {"type": "response.created", "response": RESPONSE}
WHOLE: dict[str, tuple[list[ways.Json], ways.Json]] = {
    "the rest of a text": (
        [CREATED, wrote("H"), event("output_text.done", content_index=0, text="Hi"),
         done(0, "message", **said("Hi!")), ended({"type": "message", **said("Hi!?")})],
        says(ways.text("Hi!")),
    ),
    "items of which the whole has others": (
        [CREATED, wrote("Hi", 1),
         ended({"type": "reasoning", "summary": SUMMARY}, {"type": "message", **said("Ho")})],
        says(ways.text("Hi"), ways.thought("Hm.", id="")),
    ),
    "reasoning that is open while the text comes, stored or not": (
        [UNSAID, added(0, "reasoning", summary=[]), added(1, "message"), wrote("H", 1),
         wrote("i", 1), done(1, "message", **said("Hi")),
         done(0, "reasoning", summary=SUMMARY, encrypted_content="x"), ended()],
        says(ways.thought("Hm.", {"encrypted_content": "x"}, id="reasoning_0"),
             ways.text("Hi", id="message_1")),
    ),
}  # fmt: skip


@pytest.mark.parametrize(("events", "expected"), WHOLE.values(), ids=WHOLE)
def test_what_came_counts_before_what_the_end_repeats(
    events: list[ways.Json], expected: ways.Json
) -> None:
    ways.assert_says(ways.stream_ways(events, endpoint="responses"), expected)
