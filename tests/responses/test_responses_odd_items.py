"""Items of the Responses endpoint with odd habits: what they are read as, and how they go back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from responses_wire import call, invoked, message, reasoning, response, streamed, wire

if TYPE_CHECKING:
    from responses_wire import Json


def text(words: str, **more: Any) -> Json:
    return {"type": "text", "text": words, **more}


def thought(words: str, extras: Any = None, **more: Any) -> Json:
    made = {"type": "reasoning", "reasoning": words, "id": "rs_1", **more}
    return made if extras is None else {**made, "extras": extras}


def server_call(id_: str, name: str, args: Any, **extras: Any) -> Json:
    made = {"type": "server_tool_call", "id": id_, "name": name, "args": args}
    return {**made, "extras": extras}


def result(id_: str, status: str = "success", **output: Any) -> Json:
    made = {"type": "server_tool_result", "tool_call_id": id_, "status": status}
    return {**made, "output": output} if output else made


def tool_call(id_: str, name: str, **args: Any) -> Json:
    return {"type": "tool_call", "id": id_, "name": name, "args": args}


def mcp(**fields: Any) -> Json:
    return {"type": "mcp_call", "id": "m", "name": "ask", **fields}


def custom(**fields: Any) -> Json:
    return {"type": "custom_tool_call", "id": "ct", "call_id": "c", "name": "sh", **fields}


AUDIO = {"type": "output_audio", "data": "x"}
RAW = {"type": "reasoning_text", "text": "raw"}
SEALED = "c2VhbGVk"

ITEMS: dict[str, tuple[list[Json], list[Json]]] = {
    "tools of a server": (
        [{"type": "mcp_list_tools", "id": "l", "server_label": "d", "tools": [1], "error": None}],
        [
            server_call("l", "mcp_list_tools", {}, type="mcp_list_tools", server_label="d"),
            result("l", tools=[1], error=None),
        ],
    ),
    "arguments that are a list": (
        [mcp(arguments="[1]", output=None, error={"code": 1})],
        [
            server_call("m", "ask", {"arguments": "[1]"}, type="mcp_call"),
            result("m", "error", output=None, error={"code": 1}),
        ],
    ),
    "arguments cut off": (
        [mcp(arguments='{"a', status="failed")],
        [
            server_call("m", "ask", {"arguments": '{"a'}, type="mcp_call", status="failed"),
            result("m", "error"),
        ],
    ),
    "no arguments": (
        [mcp(arguments=None, output="x")],
        [server_call("m", "ask", {}, type="mcp_call"), result("m", output="x")],
    ),
    "a number as an id, no name": (
        [mcp(id=5, name=None, arguments="", output="x")],
        [server_call("5", "", {}, type="mcp_call"), result("5", output="x")],
    ),
    "a search without an action": (
        [{"type": "web_search_call", "id": "w", "status": "incomplete"}],
        [
            server_call("w", "web_search", {}, type="web_search_call", status="incomplete"),
            result("w", "error"),
        ],
    ),
    "a search whose action is a text": (
        [{"type": "web_search_call", "id": "w", "action": "go"}],
        [server_call("w", "web_search", {}, type="web_search_call"), result("w")],
    ),
    "a search of posts": (
        [{"type": "x_search_call", "id": "x", "action": {"type": "search", "query": "q"}}],
        [
            server_call("x", "x_search", {"type": "search", "query": "q"}, type="x_search_call"),
            result("x"),
        ],
    ),
    "a search of files": (
        [{"type": "file_search_call", "id": "f", "queries": ["a"], "results": None}],
        [
            server_call("f", "file_search", {"queries": ["a"]}, type="file_search_call"),
            result("f", results=None),
        ],
    ),
    "code that is not shown": (
        [{"type": "code_interpreter_call", "id": "c", "code": None, "outputs": None, "n": 1}],
        [
            server_call("c", "code_interpreter", {}, type="code_interpreter_call", n=1),
            result("c", outputs=None),
        ],
    ),
    "an image of no known format": (
        [{"type": "image_generation_call", "id": "i", "result": "AA", "output_format": 5}],
        [
            {
                "type": "image",
                "base64": "AA",
                "mime_type": "image/png",
                "id": "i",
                "extras": {"type": "image_generation_call", "output_format": 5},
            }
        ],
    ),
    "no image": (
        [{"type": "image_generation_call", "id": "i", "result": ""}],
        [
            {
                "type": "non_standard",
                "value": {"type": "image_generation_call", "id": "i", "result": ""},
            }
        ],
    ),
    "a part of another kind": (
        [message("Hi", AUDIO, "Ho")],
        [
            text("Hi"),
            {"type": "non_standard", "value": message(AUDIO)},
            text("Ho", id="msg_1"),
        ],
    ),
    "a part in other words": ([message({"type": "text", "text": "Hi"})], [text("Hi")]),
    "a text and a refusal": (
        [message("Hi", {"type": "refusal", "refusal": "No"})],
        [text("Hi"), {"type": "refusal", "refusal": "No", "id": "msg_1"}],
    ),
    "more of a message": (
        [message("Hi", phase="final", w=None, x="", y=[], z={}, n=0)],
        [text("Hi", id="msg_1", extras={"phase": "final", "n": 0})],
    ),
    "more of reasoning": (
        [reasoning("A", "B", status="incomplete", x=1, y=None), message("Hi")],
        [
            thought("A", {"encrypted_content": SEALED, "status": "incomplete", "x": 1}),
            thought("B"),
            text("Hi", id="msg_1"),
        ],
    ),
    "a summary and reasoning in full": (
        [reasoning("A", content=[RAW]), message("Hi")],
        [
            thought("A", {"encrypted_content": SEALED, "content": [RAW]}),
            text("Hi", id="msg_1"),
        ],
    ),
    "reasoning in full, sealed, in parts": (
        [reasoning(content=[RAW, {"type": "reasoning_text", "text": "more"}]), message("Hi")],
        [
            thought("raw", {"encrypted_content": SEALED, "part": "reasoning_text"}),
            thought("more"),
            text("Hi", id="msg_1"),
        ],
    ),
    "arguments as an object": ([call(arguments={"a": "ü"})], [tool_call("call_1", "add", a="ü")]),  # type: ignore[arg-type]  # as somebody may send it
    "null as arguments": ([call(arguments=None)], [tool_call("call_1", "add")]),  # type: ignore[arg-type]  # the same
    "free text with marks": (
        [custom(input='a\n"b"\\ é')],
        [tool_call("c", "sh", input='a\n"b"\\ é')],
    ),
    "no free text": ([custom()], [tool_call("c", "sh", input="")]),
    "a number as the id of a call": (
        [call(call_id=5)],  # type: ignore[arg-type]  # as somebody may send it
        [tool_call("5", "add", a=1, b=2)],
    ),
    "broken arguments": (
        [call(arguments='{"a": ')],
        [
            {
                "type": "invalid_tool_call",
                "id": "call_1",
                "name": "add",
                "args": '{"a": ',
                "error": "Arguments are not valid JSON: Expecting value: line 1 column 7 (char 6)",
            }
        ],
    ),
    "no type": ([{"id": "x"}], [{"type": "non_standard", "value": {"id": "x"}}]),
}


@pytest.mark.parametrize(("items", "blocks"), ITEMS.values(), ids=ITEMS)
def test_odd_items_are_read_as_blocks(items: list[Json], blocks: list[Json]) -> None:
    assert invoked(response(*items)).content_blocks == blocks


@pytest.mark.parametrize("items", [items for items, _ in ITEMS.values()], ids=ITEMS)
def test_odd_items_that_come_whole_at_the_end_of_a_stream_are_the_same(items: list[Json]) -> None:
    body = response(*items)
    ended = [{"type": "response.completed", "response": body}]
    assert streamed(wire(ended)).content_blocks == invoked(body).content_blocks
