"""Streams of the Responses endpoint with odd habits: what comes out stands in `answers.json`."""

from __future__ import annotations

from typing import Any

Json = dict[str, Any]

USAGE = {"input_tokens": 9, "output_tokens": 7, "total_tokens": 16}
RESPONSE = {"id": "resp_1", "object": "response", "model": "m", "status": "in_progress"}
CREATED = {"type": "response.created", "response": {**RESPONSE, "store": False}}
URL = "https://x.io/a"
CITED = {"type": "url_citation", "url": URL, "title": "T", "start_index": 0, "end_index": 1}
TOKENS = [{"token": "H", "logprob": -0.1}]


def ended(*output: Any, kind: str = "completed", **more: Any) -> Json:
    response = {**RESPONSE, "status": kind, "output": list(output), "usage": USAGE, **more}
    return {"type": f"response.{kind}", "response": response}


def added(index: int, kind: str, **item: Any) -> Json:
    shown = {"type": kind, "id": f"{kind}_{index}", **item}
    return {"type": "response.output_item.added", "output_index": index, "item": shown}


def done(index: int, kind: str, **item: Any) -> Json:
    shown = {"type": kind, "id": f"{kind}_{index}", **item}
    return {"type": "response.output_item.done", "output_index": index, "item": shown}


def event(kind: str, index: Any = 0, **more: Any) -> Json:
    return {"type": f"response.{kind}", "output_index": index, **more}


def text(delta: Any, index: Any = 0, part: Any = 0) -> Json:
    return event("output_text.delta", index, content_index=part, delta=delta)


def said(*texts: str, **more: Any) -> Json:
    return {"content": [{"type": "output_text", "text": each, **more} for each in texts]}


def summary(delta: str, index: int = 0, part: int = 0) -> Json:
    return event("reasoning_summary_text.delta", index, summary_index=part, delta=delta)


def thought(delta: str, index: int = 0, part: int = 0) -> Json:
    return event("reasoning_text.delta", index, content_index=part, delta=delta)


def arguments(delta: str, index: int = 0) -> Json:
    return event("function_call_arguments.delta", index, delta=delta)


CALL = {"call_id": "c1", "name": "f"}
SUMMARY = [{"type": "summary_text", "text": "Hm."}]

BODIES: dict[str, Json] = {
    "text": ended({"type": "message", "id": "m", **said("Hi", logprobs=TOKENS)}, store=False),
    "a cited text": ended({"type": "message", "id": "m", **said("Hi", annotations=[CITED, 5])}),
    "reasoning": ended(
        {"type": "reasoning", "id": "r", "summary": SUMMARY, "encrypted_content": "x"},
        {"type": "message", "id": "m", "phase": "final", **said("Hi", "Ho")},
    ),
    "a call": ended({"type": "function_call", "id": "f", **CALL, "arguments": '{"a": "ü"}'}),
    "a call cut off": ended(
        {"type": "function_call", **CALL, "arguments": '{"a'},
        kind="incomplete",
        incomplete_details={"reason": "max_output_tokens"},
    ),
    "a trace": ended(
        {"type": "code_interpreter_call", "id": "c", "code": "1", "outputs": None},
        {"type": "image_generation_call", "id": "i", "result": "AA"},
        {"type": "odd", "x": 1},
    ),
    "facts": ended(
        service_tier="flex",
        meta={"usage": {"credits_used": 1, "usd_spent": 0.5}},
        output_text="Hi",
    ),
    "nothing yet": ended(kind="queued", usage=None),
    "a failure": ended(kind="failed", error={"code": "rate_limit_exceeded", "message": "No."}),
}
STREAMS: dict[str, list[Any]] = {
    "a text": [
        CREATED,
        added(0, "message"),
        text("H"),
        text("i"),
        text(""),
        text(None),
        event("output_text.done", content_index=0, text="Hi"),
        done(0, "message", **said("Hi", logprobs=TOKENS)),
        ended(),
    ],
    "a text that only its end brings": [
        CREATED,
        event("output_text.done", content_index=0, text="Hi"),
        ended(),
    ],
    "the rest of a text": [
        CREATED,
        text("H"),
        event("output_text.done", content_index=0, text="Hi"),
        done(0, "message", **said("Hi!")),
        ended({"type": "message", **said("Hi!?")}),
    ],
    "a text that only the whole brings": [CREATED, ended({"type": "message", **said("Hi")})],
    "a text beside the output": [CREATED, ended(output_text="Hi")],
    "a text beside what came": [CREATED, text("Hi"), ended(output_text="Ho")],
    "two parts": [
        CREATED,
        added(0, "message", phase="final"),
        text("H"),
        text("i"),
        text("H", part=1),
        text("o", part=1),
        text("!"),
        done(0, "message", **said("Hi!", "Ho"), phase="final"),
        ended(),
    ],
    "parts that are counted on": [
        CREATED,
        text("H", part=4),
        text("i", part=4),
        done(0, "message", **said("Hi", "Ho")),
        ended(),
    ],
    "annotations": [
        CREATED,
        text("Hi"),
        event("output_text.annotation.added", content_index=0, annotation=CITED),
        event("output_text.annotation.added", content_index=0, annotation=5),
        done(0, "message", **said("Hi")),
        ended(),
    ],
    "annotations before their text": [
        CREATED,
        event("output_text.annotation.added", 1, content_index=1, annotation=CITED),
        text("H", 1),
        text("i", 1, 1),
        done(1, "message", **said("H", "i")),
        ended(),
    ],
    "texts of other places": [
        CREATED,
        text("H"),
        text("i"),
        text({"text": "!"}),
        text("A", 1),
        text("B", 0, 1),
        text("?"),
        done(0, "message", **said("Hi!?", "B")),
        ended(),
    ],
    "annotations at the end": [
        CREATED,
        text("Hi"),
        event("output_text.annotation.added", content_index=0, annotation={"type": "odd"}),
        done(0, "message", **said("Hi", annotations=[CITED])),
        ended(),
    ],
    "a refusal": [
        CREATED,
        event("refusal.delta", content_index=0, delta="No"),
        event("refusal.delta", content_index=0, delta="."),
        event("refusal.done", content_index=0, refusal="No. Never"),
        done(0, "message", content=[{"type": "refusal", "refusal": "No. Never."}]),
        ended(),
    ],
    "a text and a refusal": [
        CREATED,
        text("Hi"),
        event("refusal.delta", content_index=1, delta="No."),
        done(0, "message", content=[*said("Hi")["content"], {"type": "refusal", "refusal": "No."}]),
        ended(),
    ],
    "reasoning in a summary": [
        CREATED,
        added(0, "reasoning", summary=[]),
        summary("H"),
        summary("m."),
        event("reasoning_summary_text.done", summary_index=0, text="Hm. So"),
        summary("Then.", part=1),
        done(
            0,
            "reasoning",
            summary=[{"text": "Hm. So"}, {"text": "Then. End."}],
            encrypted_content="x",
        ),
        added(1, "message"),
        text("Hi", 1),
        ended(),
    ],
    "reasoning as it is": [
        CREATED,
        thought("H"),
        thought("m."),
        event("reasoning_text.done", content_index=0, text="Hm. So."),
        done(0, "reasoning", content=[{"text": "Hm. So."}], summary=SUMMARY),
        text("Hi", 1),
        ended(),
    ],
    "reasoning that is open while the text comes": [
        {"type": "response.created", "response": RESPONSE},
        added(0, "reasoning", summary=[]),
        added(1, "message"),
        text("H", 1),
        text("i", 1),
        done(1, "message", **said("Hi")),
        done(0, "reasoning", summary=SUMMARY, encrypted_content="x"),
        ended(),
    ],
    "reasoning without an end": [CREATED, summary("Hm."), text("Hi", 1), ended()],
    "calls": [
        CREATED,
        added(0, "function_call", **CALL, arguments=""),
        arguments('{"a"'),
        arguments(": 1}"),
        event("function_call_arguments.done", arguments='{"a": 1}'),
        done(0, "function_call", **CALL, arguments='{"a": 1}'),
        added(1, "function_call", call_id="c2", name="g"),
        done(1, "function_call", call_id="c2", name="g", arguments='{"b": 2}'),
        done(2, "function_call", call_id="c3", name="h", arguments={"c": 3}),
        ended(),
    ],
    "the rest of arguments": [
        CREATED,
        added(0, "function_call", name="f"),
        arguments('{"a"'),
        event("function_call_arguments.done", arguments='{"a": 1'),
        done(0, "function_call", **CALL, arguments='{"a": 1}'),
        ended(),
    ],
    "a call that nobody began": [CREATED, arguments('{"a": 1}'), done(0, "function_call", **CALL)],
    "a call that nobody began, ended": [
        CREATED,
        arguments('{"a": 1}'),
        done(0, "function_call", **CALL, arguments='{"a": 1}'),
        ended(),
    ],
    "free text": [
        CREATED,
        added(0, "custom_tool_call", **CALL),
        event("custom_tool_call_input.delta", delta='ls "'),
        event("custom_tool_call_input.done", input='ls "a"'),
        done(0, "custom_tool_call", **CALL, input='ls "a"\n'),
        ended(),
    ],
    "items that overlap": [
        CREATED,
        added(0, "web_search_call"),
        added(1, "message"),
        text("Hi", 1),
        added(2, "function_call", **CALL),
        arguments("{}", 2),
        done(1, "message", **said("Hi")),
        done(0, "web_search_call", action={"type": "search", "sources": [1]}),
        done(2, "function_call", **CALL, arguments="{}"),
        ended(),
    ],
    "items that never end": [
        CREATED,
        added(0, "web_search_call"),
        text("Hi", 1),
        summary("Hm.", 2),
        ended(),
    ],
    "items of which the whole has others": [
        CREATED,
        text("Hi", 1),
        ended({"type": "reasoning", "summary": SUMMARY}, {"type": "message", **said("Ho")}),
    ],
    "no index": [
        CREATED,
        added(3, "message"),
        {"type": "response.output_text.delta", "delta": "H"},
        {"type": "response.output_text.delta", "delta": "i", "output_index": "3"},
        ended(),
    ],
    "a text after a trace": [
        CREATED,
        done(0, "web_search_call", status="failed"),
        text("H", 1),
        text("i", 1),
        text("!", 1, 1),
        text("?", 1, 1),
        done(1, "message", **said("Hi", "!?")),
        text("late", 1),
        ended(),
    ],
    "what nobody knows": [
        {"type": "ping"},
        CREATED,
        5,
        {"type": "response.hologram.delta", "delta": "x"},
        text("Hi"),
        done(1, "hologram", light=1),
        b"event: odd\ndata: no json\n\n",
        ended(),
        text("more"),
    ],
    "too long": [
        CREATED,
        text("Hi"),
        ended(kind="incomplete", incomplete_details={"reason": "max_output_tokens"}),
    ],
    "cancelled": [CREATED, text("Hi"), ended(kind="cancelled")],
    "no events": [CREATED, text("Hi"), "[DONE]", text("more")],
    "an error": [
        CREATED,
        text("Hi"),
        {"type": "error", "code": "rate_limit_exceeded", "message": "Slow.", "sequence_number": 3},
    ],
    "an error in words": [CREATED, {"type": "error", "error": "Slow.", "code": "server_error"}],
    "an error that is explained": [
        CREATED,
        {"type": "error", "error": {"message": "Slow.", "code": None}},
        ended(kind="failed", error={"code": "rate_limit_exceeded", "message": "Too many."}),
    ],
    "a failure": [CREATED, ended(kind="failed", error={"code": "server_error", "message": "No."})],
    "a failure without a reason": [CREATED, ended(kind="failed")],
    "a text that fails": [
        CREATED,
        text("Hi"),
        ended(kind="failed", error={"code": "server_error", "message": "No."}),
    ],
    "an answer that is no stream": [
        (
            b'{"id": "resp_1", "object": "response", "model": "m", "status": "completed", '
            b'"output": [{"type": "message", "id": "m", "content": [{"type": "output_text", '
            b'"text": "Hi"}]}]}'
        )
    ],
    "names of events": [
        b"event: response.created\ndata: {}\n\n",
        b'event: response.output_text.delta\ndata: {"delta": "Hi"}\n\n',
        b'event: response.completed\ndata: {"response": {"status": "completed"}}\n\n',
    ],
}
