"""Answers of the Responses endpoint: what each says, in every way in which it can be asked for."""

from __future__ import annotations

from typing import Any

import pytest
import ways
import wire

PLACE = {"url": "https://a.example", "title": "A", "start_index": 0, "end_index": 5}
CITED = {"type": "url_citation", **PLACE}
CITATION = {"type": "citation", **PLACE}
FILE_CITED = {"type": "file_citation", "file_id": "file_1", "filename": "a.txt", "index": 3}
SOURCES = [{"type": "url", "url": "u"}]
LOGS = [{"type": "logs", "logs": "1\n"}]
APPROVAL = {"type": "mcp_approval_request", "id": "mcpr_1", "name": "ask", "arguments": "{}"}
UNKNOWN = {"type": "hologram_call", "id": "h_1", "status": "completed", "light": [1, 2]}
SEALED = {"encrypted_content": "c2VhbGVk"}
ADD = ways.tool_call("add", {"a": 1, "b": 2}, "call_1")
AUDIO = {"type": "output_audio", "data": "x"}
RAW = {"type": "reasoning_text", "text": "raw"}
COST = {"usd": 0.00006, "credits": 120}
HELLO = wire.message_item("Hello")
HI = ways.text("Hello", id="msg_1")


def says(*blocks: ways.Json, **more: Any) -> ways.Json:
    return ways.says(*blocks, **{"usage": (9, 7), "native": "completed", "cost": COST, **more})


def says_calls(*blocks: ways.Json) -> ways.Json:
    return says(*blocks, finish="tool_calls")


def item(kind: str, id_: Any = "i", **fields: Any) -> ways.Json:
    return {"type": kind, "id": id_, **fields}


def mcp(id_: Any = "m", **fields: Any) -> ways.Json:
    return item("mcp_call", id_, **{"name": "ask", **fields})


def custom(**fields: Any) -> ways.Json:
    return item("custom_tool_call", "ct", call_id="c", name="sh", **fields)


def code(**fields: Any) -> ways.Json:
    return item("code_interpreter_call", "ci", **fields)


def search(**fields: Any) -> ways.Json:
    return item("web_search_call", "ws", **fields)


def ran(name: str, id_: str, kind: str, args: ways.Json, **extras: Any) -> ways.Json:
    return ways.server_call(id_, name, args, type=kind, **extras)


def searched(args: ways.Json, **extras: Any) -> ways.Json:
    return ran("web_search", "ws", "web_search_call", args, **extras)


ANSWERS: dict[str, tuple[ways.Json, ways.Json]] = {
    "text": (wire.response(HELLO), says(ways.text("Hello"))),
    "a summary in parts": (
        wire.response(wire.reasoning_item("First.", "Then."), HELLO),
        says(ways.thought("First.", SEALED, id="rs_1"), ways.thought("Then.", id="rs_1"), HI),
    ),
    "reasoning of which nothing is known": (wire.response(wire.reasoning_item(sealed=None), HELLO),
                                            says(ways.text("Hello"))),
    "reasoning that the service keeps": (
        wire.response(wire.reasoning_item(sealed=None), HELLO, store=True),
        says(ways.thought("", id="rs_1"), HI),
    ),
    "reasoning in full": (
        wire.response(wire.reasoning_item(sealed=None, content=[RAW]), HELLO),
        says(ways.thought("raw", {"part": "reasoning_text"}, id="rs_1"), HI),
    ),
    "reasoning, a call, reasoning, a call": (
        wire.response(wire.reasoning_item("First."), wire.call_item(),
                 wire.reasoning_item("Then.", sealed="dHdv", id="rs_2"),
                 wire.call_item(call_id="call_2", arguments="")),
        says_calls(ways.thought("First.", SEALED, id="rs_1"), ADD,
                   ways.thought("Then.", {"encrypted_content": "dHdv"}, id="rs_2"),
                   ways.tool_call("add", {}, "call_2")),
    ),
    "text, a call, text": (
        wire.response(HELLO, wire.call_item(), wire.message_item("World", id="msg_2")),
        says_calls(ways.text("Hello"), ADD, ways.text("World", id="msg_2")),
    ),
    "a custom call": (wire.response(custom(input='ls "a"')),
                      says_calls(ways.tool_call("sh", {"input": 'ls "a"'}, "c"))),
    "two parts of a message": (wire.response(wire.message_item("Hello", "World")),
                               says(ways.text("Hello"), ways.text("World", id="msg_1"))),
    "citations": (
        wire.response(wire.message_item(wire.text_part("Hello", annotations=[CITED, FILE_CITED]))),
        says(ways.text("Hello", annotations=[
            CITATION, {"type": "non_standard_annotation", "value": FILE_CITED}])),
    ),
    "a search": (
        wire.response(search(status="completed",
                        action={"type": "search", "query": "otters", "sources": SOURCES}),
                 wire.message_item(wire.text_part("Hello", annotations=[CITED]))),
        says(searched({"type": "search", "query": "otters"}, status="completed"),
             ways.server_result("ws", sources=SOURCES),
             ways.text("Hello", id="msg_1", annotations=[CITATION])),
    ),
    "code": (
        wire.response(code(code="print(1)", container_id="cntr_1", outputs=LOGS)),
        says(ran("code_interpreter", "ci", "code_interpreter_call", {"code": "print(1)"},
                 container_id="cntr_1"),
             ways.server_result("ci", outputs=LOGS)),
    ),
    "a remote tool": (
        wire.response(mcp(server_label="docs", arguments='{"question": "why"}', output=None,
                     error="down")),
        says(ran("ask", "m", "mcp_call", {"question": "why"}, server_label="docs"),
             ways.server_result("m", "error", output=None, error="down")),
    ),
    "an image": (
        wire.response(item("image_generation_call", status="completed", result="iVBORw0KGgo=",
                      output_format="webp")),
        says(ways.image(base64="iVBORw0KGgo=", mime_type="image/webp", id="i",
                   extras={"type": "image_generation_call", "status": "completed",
                           "output_format": "webp"})),
    ),
    "what has no block": (wire.response(APPROVAL, UNKNOWN),
                          says(ways.other(APPROVAL), ways.other(UNKNOWN))),
    "a phase": (
        wire.response(wire.message_item("Hello", phase="commentary"), wire.call_item()),
        says_calls(ways.text("Hello", extras={"phase": "commentary"}, id="msg_1"), ADD),
    ),
}  # fmt: skip


@pytest.mark.parametrize(("body", "expected"), ANSWERS.values(), ids=ANSWERS)
def test_an_answer_says_the_same_in_every_way(body: ways.Json, expected: ways.Json) -> None:
    ways.assert_says(ways.all_ways(body, endpoint="responses"), expected)


ODD: dict[str, tuple[list[ways.Json], ways.Json]] = {
    "tools of a server": (
        [item("mcp_list_tools", server_label="d", tools=[1], error=None)],
        says(ran("mcp_list_tools", "i", "mcp_list_tools", {}, server_label="d"),
             ways.server_result("i", tools=[1], error=None)),
    ),
    "arguments that are a list": (
        [mcp(arguments="[1]", output=None, error={"code": 1})],
        says(ran("ask", "m", "mcp_call", {"arguments": "[1]"}),
             ways.server_result("m", "error", output=None, error={"code": 1})),
    ),
    "arguments cut off": (
        [mcp(arguments='{"a', status="failed")],
        says(ran("ask", "m", "mcp_call", {"arguments": '{"a'}, status="failed"),
             ways.server_result("m", "error")),
    ),
    "a number as an id, no name": (
        [mcp(5, name=None, arguments="", output="x")],
        says(ran("", "5", "mcp_call", {}), ways.server_result("5", output="x")),
    ),
    "a search without an action": (
        [search(status="incomplete")],
        says(searched({}, status="incomplete"), ways.server_result("ws", "error")),
    ),
    "a search whose action is a text": ([search(action="go")],
                                        says(searched({}), ways.server_result("ws"))),
    "a search of files": (
        [item("file_search_call", queries=["a"], results=None)],
        says(ran("file_search", "i", "file_search_call", {"queries": ["a"]}),
             ways.server_result("i", results=None)),
    ),
    "code that is not shown": (
        [code(code=None, outputs=None, n=1)],
        says(ran("code_interpreter", "ci", "code_interpreter_call", {}, n=1),
             ways.server_result("ci", outputs=None)),
    ),
    "an image of no known format": (
        [item("image_generation_call", result="AA", output_format=5)],
        says(ways.image(base64="AA", mime_type="image/png", id="i",
                   extras={"type": "image_generation_call", "output_format": 5})),
    ),
    "no image": ([item("image_generation_call", result="")],
                 says(ways.other(item("image_generation_call", result="")))),
    "a part of another kind": (
        [wire.message_item("Hi", AUDIO, "Ho")],
        says(ways.text("Hi"), ways.other(wire.message_item(AUDIO)), ways.text("Ho", id="msg_1")),
    ),
    "more of a message": (
        [wire.message_item("Hi", phase="final", w=None, x="", y=[], z={}, n=0)],
        says(ways.text("Hi", extras={"phase": "final", "n": 0}, id="msg_1")),
    ),
    "more of reasoning": (
        [wire.reasoning_item("A", "B", status="incomplete", x=1, y=None), HELLO],
        says(ways.thought("A", {"status": "incomplete", "x": 1, **SEALED}, id="rs_1"),
             ways.thought("B", id="rs_1"), HI),
    ),
    "a summary and reasoning in full": (
        [wire.reasoning_item("A", content=[RAW]), HELLO],
        says(ways.thought("A", {**SEALED, "content": [RAW]}, id="rs_1"), HI),
    ),
    "reasoning in full, sealed, in parts": (
        [wire.reasoning_item(content=[RAW, {"type": "reasoning_text", "text": "more"}]), HELLO],
        says(ways.thought("raw", {**SEALED, "part": "reasoning_text"}, id="rs_1"),
             ways.thought("more", id="rs_1"), HI),
    ),
    "a text of nothing": ([wire.reasoning_item("Hm"), wire.message_item(""), HELLO],
                          says(ways.thought("Hm", SEALED, id="rs_1"), HI)),
    "free text with marks": ([custom(input='a\n"b"\\ é')],
                             says_calls(ways.tool_call("sh", {"input": 'a\n"b"\\ é'}, "c"))),
    "no free text": ([custom()], says_calls(ways.tool_call("sh", {"input": ""}, "c"))),
    "a number as the id of a call": ([wire.call_item(call_id=5)],
                                     says_calls(ways.tool_call("add", {"a": 1, "b": 2}, "5"))),
    "arguments as an object": ([wire.call_item({"city": "Zürich"})],
                               says_calls(ways.tool_call("add", {"city": "Zürich"}, "call_1"))),
    "no type": ([{"id": "x"}], says(ways.other({"id": "x"}))),
}  # fmt: skip


@pytest.mark.parametrize(("items", "expected"), ODD.values(), ids=ODD)
def test_an_odd_item_that_comes_whole_says_the_same_in_every_way(
    items: list[ways.Json], expected: ways.Json
) -> None:
    body = wire.response(*items)
    stream = wire.response_streams(body)["its end"]
    ways.assert_says(ways.all_ways(body, {"its end": stream}, endpoint="responses"), expected)


def test_every_chunk_brings_its_text_at_once() -> None:
    events = wire.response_events(wire.response(wire.message_item("Hello World, this is a text.")))
    chunks = wire.chunks_of(events, endpoint="responses")
    texts = [chunk.text for chunk in chunks if chunk.text]
    assert texts == ["Hello", " Worl", "d, th", "is is", " a te", "xt."]
    assert all(type(chunk.content) is str for chunk in chunks)


STATUSES: list[tuple[ways.Json, str, str]] = [
    ({"incomplete_details": {"reason": "max_output_tokens"}}, "length", "max_output_tokens"),
    ({"incomplete_details": {"reason": "content_filter"}}, "content_filter", ""),
    ({}, "incomplete", ""),
    ({"status": "queued"}, "queued", ""),
    ({"status": "cancelled"}, "cancelled", ""),
]


@pytest.mark.parametrize(("more", "finish", "native"), STATUSES)
def test_the_status_is_a_finish_reason(more: ways.Json, finish: str, native: str) -> None:
    body = wire.response(HELLO, **{"status": "incomplete", **more})
    streams = {} if finish == "queued" else wire.response_streams(body)
    expected = says(ways.text("Hello"), finish=finish, native=native)
    ways.assert_says(ways.all_ways(body, streams, endpoint="responses"), expected)


def test_the_facts_of_an_answer_are_reported() -> None:
    tokens = [{"token": "Hello", "logprob": -0.1, "bytes": [], "top_logprobs": []}]
    body = wire.response(
        wire.message_item(wire.text_part("Hello", logprobs=tokens)), service_tier="default"
    )
    facts = {
        "id": "resp_1", "model_name": "gpt-5.4", "model_provider": "aimlapi",
        "endpoint": "responses", "status": "completed", "service_tier": "default",
        "logprobs": {"content": tokens},
    }  # fmt: skip
    ways.assert_says(
        ways.all_ways(body, endpoint="responses"), says(ways.text("Hello"), metadata=facts)
    )
    assert wire.invoked(body, endpoint="responses").usage_metadata == {
        "input_tokens": 9, "output_tokens": 7, "total_tokens": 16,
        "input_token_details": {"cache_read": 4, "cache_creation": 2},
        "output_token_details": {"reasoning": 5},
    }  # fmt: skip


ODD_BODIES: list[ways.Json] = [
    {"output": None, "status": "in_progress"},
    {"output": [None, 3, {"type": None}, {}, {"type": "message"}]},
    {"output": [{"type": "message", "content": [None, {"type": "output_text"}]}]},
    {"output": [{"type": "reasoning", "summary": "a"}, {"type": "function_call"}]},
    {"output": [{"type": "mcp_call", "arguments": [1]}, {"type": "web_search_call"}]},
    {"output": [{"type": "image_generation_call", "result": None}]},
    {"usage": {"input_tokens": "9"}, "incomplete_details": "no", "status": 3},
]


@pytest.mark.parametrize("odd", ODD_BODIES)
def test_odd_answers_are_read_all_the_same(odd: ways.Json) -> None:
    answer = wire.invoked(wire.response(HELLO, **odd), endpoint="responses")
    assert isinstance(ways.blocks_of(answer), list)
