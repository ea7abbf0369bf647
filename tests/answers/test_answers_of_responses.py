"""Answers of the Responses endpoint: what each says, in every way in which it can be asked for."""

from __future__ import annotations

from typing import Any

import pytest
from ways import (
    NO_JSON,
    Json,
    all_ways,
    assert_says,
    blocks_of,
    image,
    invalid_call,
    other,
    refusal,
    server_call,
    server_result,
    text,
    thought,
    tool_call,
)
from ways import says as says_of
from wire import (
    call_item,
    chunks_of,
    invoked,
    message_item,
    reasoning_item,
    response,
    response_events,
    response_streams,
    sse,
    text_part,
)

CITED = {
    "type": "url_citation",
    "url": "https://a.example",
    "title": "A",
    "start_index": 0,
    "end_index": 5,
}
CITATION = {**CITED, "type": "citation"}
FILE_CITED = {"type": "file_citation", "file_id": "file_1", "filename": "a.txt", "index": 3}
SEARCH = {
    "type": "web_search_call",
    "id": "ws_1",
    "status": "completed",
    "action": {"type": "search", "query": "otters", "sources": [{"type": "url", "url": "u"}]},
}
CODE = {
    "type": "code_interpreter_call",
    "id": "ci_1",
    "status": "completed",
    "code": "print(1)",
    "container_id": "cntr_1",
    "outputs": [{"type": "logs", "logs": "1\n"}],
}
MCP = {
    "type": "mcp_call",
    "id": "mcp_1",
    "server_label": "docs",
    "name": "ask",
    "arguments": '{"question": "why"}',
    "output": "because",
    "error": None,
}
APPROVAL = {
    "type": "mcp_approval_request",
    "id": "mcpr_1",
    "server_label": "docs",
    "name": "ask",
    "arguments": "{}",
}
UNKNOWN = {"type": "hologram_call", "id": "h_1", "status": "completed", "light": [1, 2]}
IMAGE = {
    "type": "image_generation_call",
    "id": "ig_1",
    "status": "completed",
    "result": "iVBORw0KGgo=",
    "output_format": "webp",
}
CUSTOM = {
    "type": "custom_tool_call",
    "id": "ctc_1",
    "status": "completed",
    "call_id": "call_1",
    "name": "sh",
    "input": 'ls "a"',
}

SEALED = {"encrypted_content": "c2VhbGVk"}
ADD = tool_call("add", {"a": 1, "b": 2}, "call_1")
AUDIO = {"type": "output_audio", "data": "x"}
RAW = {"type": "reasoning_text", "text": "raw"}
COST = {"usd": 0.00006, "credits": 120}


def says(*blocks: Json, **more: Any) -> Json:
    return says_of(*blocks, **{"usage": (9, 7), "native": "completed", "cost": COST, **more})


def mcp(**fields: Any) -> Json:
    return {"type": "mcp_call", "id": "m", "name": "ask", **fields}


def custom(**fields: Any) -> Json:
    return {"type": "custom_tool_call", "id": "ct", "call_id": "c", "name": "sh", **fields}


ANSWERS: dict[str, tuple[Json, Json]] = {
    "text": (response(message_item("Hello")), says(text("Hello"))),
    "a summary in parts": (
        response(reasoning_item("First.", "Then."), message_item("Hello")),
        says(
            thought("First.", SEALED, id="rs_1"),
            thought("Then.", id="rs_1"),
            text("Hello", id="msg_1"),
        ),
    ),
    "reasoning of which nothing is known": (
        response(reasoning_item(sealed=None), message_item("Hello")),
        says(text("Hello")),
    ),
    "reasoning that the service keeps": (
        response(reasoning_item(sealed=None), message_item("Hello"), store=True),
        says(thought("", id="rs_1"), text("Hello", id="msg_1")),
    ),
    "reasoning in full": (
        response(
            reasoning_item(sealed=None, content=[{"type": "reasoning_text", "text": "Hm."}]),
            message_item("Hello"),
        ),
        says(thought("Hm.", {"part": "reasoning_text"}, id="rs_1"), text("Hello", id="msg_1")),
    ),
    "reasoning, a call, reasoning, a call": (
        response(
            reasoning_item("First."),
            call_item(),
            reasoning_item("Then.", sealed="dHdv", id="rs_2"),
            call_item(call_id="call_2", arguments=""),
        ),
        says(
            thought("First.", SEALED, id="rs_1"),
            ADD,
            thought("Then.", {"encrypted_content": "dHdv"}, id="rs_2"),
            tool_call("add", {}, "call_2"),
            finish="tool_calls",
        ),
    ),
    "text, a call, text": (
        response(message_item("Hello"), call_item(), message_item("World", id="msg_2")),
        says(text("Hello"), ADD, text("World", id="msg_2"), finish="tool_calls"),
    ),
    "a custom call": (
        response(CUSTOM),
        says(tool_call("sh", {"input": 'ls "a"'}, "call_1"), finish="tool_calls"),
    ),
    "two parts of a message": (
        response(message_item("Hello", "World")),
        says(text("Hello"), text("World", id="msg_1")),
    ),
    "citations": (
        response(message_item(text_part("Hello", annotations=[CITED, FILE_CITED]))),
        says(
            text(
                "Hello",
                annotations=[CITATION, {"type": "non_standard_annotation", "value": FILE_CITED}],
            )
        ),
    ),
    "a search": (
        response(SEARCH, message_item(text_part("Hello", annotations=[CITED]))),
        says(
            server_call(
                "ws_1",
                "web_search",
                {"type": "search", "query": "otters"},
                type="web_search_call",
                status="completed",
            ),
            server_result("ws_1", sources=[{"type": "url", "url": "u"}]),
            text("Hello", id="msg_1", annotations=[CITATION]),
        ),
    ),
    "code": (
        response(CODE),
        says(
            server_call(
                "ci_1",
                "code_interpreter",
                {"code": "print(1)"},
                type="code_interpreter_call",
                status="completed",
                container_id="cntr_1",
            ),
            server_result("ci_1", outputs=[{"type": "logs", "logs": "1\n"}]),
        ),
    ),
    "a remote tool": (
        response({**MCP, "error": "down", "output": None}),
        says(
            server_call("mcp_1", "ask", {"question": "why"}, type="mcp_call", server_label="docs"),
            server_result("mcp_1", "error", output=None, error="down"),
        ),
    ),
    "an image": (
        response(IMAGE),
        says(
            image(
                base64="iVBORw0KGgo=",
                mime_type="image/webp",
                id="ig_1",
                extras={
                    "type": "image_generation_call",
                    "status": "completed",
                    "output_format": "webp",
                },
            )
        ),
    ),
    "what has no block": (response(APPROVAL, UNKNOWN), says(other(APPROVAL), other(UNKNOWN))),
    "a phase": (
        response(message_item("Hello", phase="commentary"), call_item()),
        says(text("Hello", extras={"phase": "commentary"}, id="msg_1"), ADD, finish="tool_calls"),
    ),
}


@pytest.mark.parametrize(("body", "expected"), ANSWERS.values(), ids=ANSWERS)
def test_an_answer_says_the_same_in_every_way(body: Json, expected: Json) -> None:
    assert_says(all_ways(body, endpoint="responses"), expected)


ODD: dict[str, tuple[Json, Json]] = {
    "tools of a server": (
        response(
            {"type": "mcp_list_tools", "id": "l", "server_label": "d", "tools": [1], "error": None}
        ),
        says(
            server_call("l", "mcp_list_tools", {}, type="mcp_list_tools", server_label="d"),
            server_result("l", tools=[1], error=None),
        ),
    ),
    "arguments that are a list": (
        response(mcp(arguments="[1]", output=None, error={"code": 1})),
        says(
            server_call("m", "ask", {"arguments": "[1]"}, type="mcp_call"),
            server_result("m", "error", output=None, error={"code": 1}),
        ),
    ),
    "arguments cut off": (
        response(mcp(arguments='{"a', status="failed")),
        says(
            server_call("m", "ask", {"arguments": '{"a'}, type="mcp_call", status="failed"),
            server_result("m", "error"),
        ),
    ),
    "a number as an id, no name": (
        response(mcp(id=5, name=None, arguments="", output="x")),
        says(server_call("5", "", {}, type="mcp_call"), server_result("5", output="x")),
    ),
    "a search without an action": (
        response({"type": "web_search_call", "id": "w", "status": "incomplete"}),
        says(
            server_call("w", "web_search", {}, type="web_search_call", status="incomplete"),
            server_result("w", "error"),
        ),
    ),
    "a search whose action is a text": (
        response({"type": "web_search_call", "id": "w", "action": "go"}),
        says(server_call("w", "web_search", {}, type="web_search_call"), server_result("w")),
    ),
    "a search of files": (
        response({"type": "file_search_call", "id": "f", "queries": ["a"], "results": None}),
        says(
            server_call("f", "file_search", {"queries": ["a"]}, type="file_search_call"),
            server_result("f", results=None),
        ),
    ),
    "code that is not shown": (
        response(
            {"type": "code_interpreter_call", "id": "c", "code": None, "outputs": None, "n": 1}
        ),
        says(
            server_call("c", "code_interpreter", {}, type="code_interpreter_call", n=1),
            server_result("c", outputs=None),
        ),
    ),
    "an image of no known format": (
        response({"type": "image_generation_call", "id": "i", "result": "AA", "output_format": 5}),
        says(
            image(
                base64="AA",
                mime_type="image/png",
                id="i",
                extras={"type": "image_generation_call", "output_format": 5},
            )
        ),
    ),
    "no image": (
        response({"type": "image_generation_call", "id": "i", "result": ""}),
        says(other({"type": "image_generation_call", "id": "i", "result": ""})),
    ),
    "a part of another kind": (
        response(message_item("Hi", AUDIO, "Ho")),
        says(text("Hi"), other(message_item(AUDIO)), text("Ho", id="msg_1")),
    ),
    "a text and a refusal": (
        response(message_item("Hi", {"type": "refusal", "refusal": "No"})),
        says(text("Hi"), refusal("No", id="msg_1")),
    ),
    "more of a message": (
        response(message_item("Hi", phase="final", w=None, x="", y=[], z={}, n=0)),
        says(text("Hi", extras={"phase": "final", "n": 0}, id="msg_1")),
    ),
    "more of reasoning": (
        response(reasoning_item("A", "B", status="incomplete", x=1, y=None), message_item("Hi")),
        says(
            thought(
                "A", {"status": "incomplete", "x": 1, "encrypted_content": "c2VhbGVk"}, id="rs_1"
            ),
            thought("B", id="rs_1"),
            text("Hi", id="msg_1"),
        ),
    ),
    "a summary and reasoning in full": (
        response(reasoning_item("A", content=[RAW]), message_item("Hi")),
        says(
            thought("A", {"encrypted_content": "c2VhbGVk", "content": [RAW]}, id="rs_1"),
            text("Hi", id="msg_1"),
        ),
    ),
    "reasoning in full, sealed, in parts": (
        response(
            reasoning_item(content=[RAW, {"type": "reasoning_text", "text": "more"}]),
            message_item("Hi"),
        ),
        says(
            thought("raw", {"encrypted_content": "c2VhbGVk", "part": "reasoning_text"}, id="rs_1"),
            thought("more", id="rs_1"),
            text("Hi", id="msg_1"),
        ),
    ),
    "free text with marks": (
        response(custom(input='a\n"b"\\ é')),
        says(tool_call("sh", {"input": 'a\n"b"\\ é'}, "c"), finish="tool_calls"),
    ),
    "no free text": (
        response(custom()),
        says(tool_call("sh", {"input": ""}, "c"), finish="tool_calls"),
    ),
    "a number as the id of a call": (
        response(call_item(call_id=5)),
        says(tool_call("add", {"a": 1, "b": 2}, "5"), finish="tool_calls"),
    ),
    "broken arguments": (
        response(call_item(arguments='{"a": ')),
        says(invalid_call("add", '{"a": ', NO_JSON, "call_1"), finish="tool_calls"),
    ),
    "no type": (response({"id": "x"}), says(other({"id": "x"}))),
}


@pytest.mark.parametrize(("body", "expected"), ODD.values(), ids=ODD)
def test_an_odd_item_that_comes_whole_says_the_same_in_every_way(
    body: Json, expected: Json
) -> None:
    stream = response_streams(body)["its end"]
    assert_says(all_ways(body, {"its end": stream}, endpoint="responses"), expected)


def test_every_chunk_brings_its_text_at_once() -> None:
    events = response_events(response(message_item("Hello World, this is a text.")))
    chunks = chunks_of(sse(events), endpoint="responses")
    texts = [chunk.text for chunk in chunks if chunk.text]
    assert texts == ["Hello", " Worl", "d, th", "is is", " a te", "xt."]
    assert all(type(chunk.content) is str for chunk in chunks)


STATUSES: list[tuple[Json, str, str]] = [
    ({"incomplete_details": {"reason": "max_output_tokens"}}, "length", "max_output_tokens"),
    ({"incomplete_details": {"reason": "content_filter"}}, "content_filter", ""),
    ({}, "incomplete", ""),
    ({"status": "queued"}, "queued", ""),
    ({"status": "cancelled"}, "cancelled", ""),
]


@pytest.mark.parametrize(("more", "finish", "native"), STATUSES)
def test_the_status_is_a_finish_reason(more: Json, finish: str, native: str) -> None:
    body = response(message_item("Hello"), **{"status": "incomplete", **more})
    streams = {} if finish == "queued" else response_streams(body)
    expected = says(text("Hello"), finish=finish, native=native)
    assert_says(all_ways(body, streams, endpoint="responses"), expected)


def test_the_facts_of_an_answer_are_reported() -> None:
    tokens = [{"token": "Hello", "logprob": -0.1, "bytes": [], "top_logprobs": []}]
    body = response(message_item(text_part("Hello", logprobs=tokens)), service_tier="default")
    facts = {
        "id": "resp_1",
        "model_name": "gpt-5.4",
        "model_provider": "aimlapi",
        "endpoint": "responses",
        "status": "completed",
        "service_tier": "default",
        "logprobs": {"content": tokens},
    }
    assert_says(all_ways(body, endpoint="responses"), says(text("Hello"), metadata=facts))
    assert invoked(body, endpoint="responses").usage_metadata == {
        "input_tokens": 9,
        "output_tokens": 7,
        "total_tokens": 16,
        "input_token_details": {"cache_read": 4, "cache_creation": 2},
        "output_token_details": {"reasoning": 5},
    }


def test_the_text_beside_an_empty_output_is_read() -> None:
    body = response(output_text="Hello")
    assert_says(all_ways(body, endpoint="responses"), says(text("Hello")))


ODD_BODIES: list[Json] = [
    {"output": None, "status": "in_progress"},
    {"output": [None, 3, {"type": None}, {}, {"type": "message"}]},
    {"output": [{"type": "message", "content": [None, {"type": "output_text"}]}]},
    {"output": [{"type": "reasoning", "summary": "a"}, {"type": "function_call"}]},
    {"output": [{"type": "mcp_call", "arguments": [1]}, {"type": "web_search_call"}]},
    {"output": [{"type": "image_generation_call", "result": None}]},
    {"usage": {"input_tokens": "9"}, "incomplete_details": "no", "status": 3},
]


@pytest.mark.parametrize("odd", ODD_BODIES)
def test_odd_answers_are_read_all_the_same(odd: Json) -> None:
    answer = invoked(response(message_item("Hello"), **odd), endpoint="responses")
    assert isinstance(blocks_of(answer), list)


def test_arguments_that_are_an_object_are_written_as_they_are() -> None:
    item = call_item({"city": "Zürich"})
    broken = {**item, "call_id": "d", "arguments": ["Zürich"]}
    message = invoked(response(item, broken), endpoint="responses")
    assert message.tool_calls[0]["args"] == {"city": "Zürich"}
    assert message.invalid_tool_calls[0]["args"] == '["Zürich"]'


def test_a_text_of_nothing_makes_no_block() -> None:
    body = response(reasoning_item("Hm"), message_item(""), message_item("Hi"))
    message = invoked(body, endpoint="responses")
    assert [block["type"] for block in message.content] == ["reasoning", "text"]
