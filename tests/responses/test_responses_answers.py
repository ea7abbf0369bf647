"""Answers of the Responses endpoint: whole, streamed, async and as events, all the same."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any

import pytest
from langchain_core.messages import message_chunk_to_message
from responses_wire import (
    Service,
    astreamed,
    call,
    events_of,
    invoked,
    message,
    reasoning,
    response,
    stream_messages,
    streamed,
    text_part,
    wire,
)

if TYPE_CHECKING:
    from langchain_core.messages import AIMessage
    from responses_wire import Json

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

THOUGHT = {
    "type": "reasoning",
    "reasoning": "First.",
    "id": "rs_1",
    "extras": {"encrypted_content": "c2VhbGVk"},
}
SAID = {"type": "text", "text": "Hello", "id": "msg_1"}
ADD = {"type": "tool_call", "id": "call_1", "name": "add", "args": {"a": 1, "b": 2}}
SEARCHED = [
    {
        "type": "server_tool_call",
        "id": "ws_1",
        "name": "web_search",
        "args": {"type": "search", "query": "otters"},
        "extras": {"type": "web_search_call", "status": "completed"},
    },
    {
        "type": "server_tool_result",
        "tool_call_id": "ws_1",
        "status": "success",
        "output": {"sources": [{"type": "url", "url": "u"}]},
    },
]

ANSWERS: dict[str, tuple[Json, list[Json]]] = {
    "text": (response(message("Hello")), [{"type": "text", "text": "Hello"}]),
    "reasoning and text": (response(reasoning("First."), message("Hello")), [THOUGHT, SAID]),
    "a summary in parts": (
        response(reasoning("First.", "Then."), message("Hello")),
        [THOUGHT, {"type": "reasoning", "reasoning": "Then.", "id": "rs_1"}, SAID],
    ),
    "reasoning that is only sealed": (
        response(reasoning(), message("Hello")),
        [{**THOUGHT, "reasoning": ""}, SAID],
    ),
    "reasoning of which nothing is known": (
        response(reasoning(sealed=None), message("Hello")),
        [{"type": "text", "text": "Hello"}],
    ),
    "reasoning that the service keeps": (
        response(reasoning(sealed=None), message("Hello"), store=True),
        [{"type": "reasoning", "reasoning": "", "id": "rs_1"}, SAID],
    ),
    "reasoning in full": (
        response(
            reasoning(sealed=None, content=[{"type": "reasoning_text", "text": "Hm."}]),
            message("Hello"),
        ),
        [
            {
                "type": "reasoning",
                "reasoning": "Hm.",
                "id": "rs_1",
                "extras": {"part": "reasoning_text"},
            },
            SAID,
        ],
    ),
    "a call": (response(call()), [ADD]),
    "reasoning, a call, reasoning, a call": (
        response(
            reasoning("First."),
            call(),
            reasoning("Then.", sealed="dHdv", id="rs_2"),
            call(call_id="call_2", arguments=""),
        ),
        [
            THOUGHT,
            ADD,
            {
                "type": "reasoning",
                "reasoning": "Then.",
                "id": "rs_2",
                "extras": {"encrypted_content": "dHdv"},
            },
            {"type": "tool_call", "id": "call_2", "name": "add", "args": {}},
        ],
    ),
    "text, a call, text": (
        response(message("Hello"), call(), message("World", id="msg_2")),
        [
            {"type": "text", "text": "Hello"},
            ADD,
            {"type": "text", "text": "World", "id": "msg_2"},
        ],
    ),
    "a custom call": (
        response(CUSTOM),
        [{"type": "tool_call", "id": "call_1", "name": "sh", "args": {"input": 'ls "a"'}}],
    ),
    "two parts of a message": (
        response(message("Hello", "World")),
        [
            {"type": "text", "text": "Hello"},
            {"type": "text", "text": "World", "id": "msg_1"},
        ],
    ),
    "citations": (
        response(message(text_part("Hello", annotations=[CITED, FILE_CITED]))),
        [
            {
                "type": "text",
                "text": "Hello",
                "annotations": [
                    CITATION,
                    {"type": "non_standard_annotation", "value": FILE_CITED},
                ],
            }
        ],
    ),
    "a search": (
        response(SEARCH, message(text_part("Hello", annotations=[CITED]))),
        [*SEARCHED, {**SAID, "annotations": [CITATION]}],
    ),
    "code": (
        response(CODE),
        [
            {
                "type": "server_tool_call",
                "id": "ci_1",
                "name": "code_interpreter",
                "args": {"code": "print(1)"},
                "extras": {
                    "type": "code_interpreter_call",
                    "status": "completed",
                    "container_id": "cntr_1",
                },
            },
            {
                "type": "server_tool_result",
                "tool_call_id": "ci_1",
                "status": "success",
                "output": {"outputs": [{"type": "logs", "logs": "1\n"}]},
            },
        ],
    ),
    "a remote tool": (
        response({**MCP, "error": "down", "output": None}),
        [
            {
                "type": "server_tool_call",
                "id": "mcp_1",
                "name": "ask",
                "args": {"question": "why"},
                "extras": {"type": "mcp_call", "server_label": "docs"},
            },
            {
                "type": "server_tool_result",
                "tool_call_id": "mcp_1",
                "status": "error",
                "output": {"output": None, "error": "down"},
            },
        ],
    ),
    "an image": (
        response(IMAGE),
        [
            {
                "type": "image",
                "id": "ig_1",
                "base64": "iVBORw0KGgo=",
                "mime_type": "image/webp",
                "extras": {
                    "type": "image_generation_call",
                    "status": "completed",
                    "output_format": "webp",
                },
            }
        ],
    ),
    "what has no block": (
        response(APPROVAL, UNKNOWN),
        [
            {"type": "non_standard", "value": APPROVAL},
            {"type": "non_standard", "value": UNKNOWN},
        ],
    ),
    "a phase": (
        response(message("Hello", phase="commentary"), call()),
        [{**SAID, "extras": {"phase": "commentary"}}, ADD],
    ),
}


@pytest.mark.parametrize(("body", "blocks"), ANSWERS.values(), ids=ANSWERS)
def test_an_answer_is_read_in_its_order(body: Json, blocks: list[Json]) -> None:
    assert invoked(body).content_blocks == blocks


def fields_of(answer: AIMessage) -> Json:
    """Return all that a message holds, but for its id, which no other message has."""
    fields = answer.model_dump(exclude={"id", "type", "tool_call_chunks", "chunk_position"})
    return {**fields, "blocks": answer.content_blocks}


@pytest.mark.parametrize("body", [body for body, _ in ANSWERS.values()], ids=ANSWERS)
def test_a_stream_is_the_same_message(body: Json) -> None:
    data, whole = wire(events_of(body)), fields_of(invoked(body))
    assert fields_of(streamed(data)) == whole
    assert fields_of(astreamed(data)) == whole
    merged: Any = message_chunk_to_message(streamed(data))
    assert fields_of(merged) == whole
    # A service that does not stream, and one that does without being asked.
    assert fields_of(streamed(json.dumps(body).encode())) == whole
    assert fields_of(Service(data).model().invoke("Hi!")) == whole


@pytest.mark.filterwarnings("ignore:.*beta.*")
@pytest.mark.parametrize("body", [body for body, _ in ANSWERS.values()], ids=ANSWERS)
def test_events_are_the_same_message(body: Json) -> None:
    whole, made = invoked(body), stream_messages(wire(events_of(body)))
    blocks = [{k: block[k] for k in block if k != "index"} for block in made.content_blocks]
    assert blocks == whole.content_blocks
    assert made.tool_calls == whole.tool_calls
    assert made.usage_metadata == whole.usage_metadata
    assert made.response_metadata["finish_reason"] == whole.response_metadata["finish_reason"]


def test_every_chunk_brings_its_text_at_once() -> None:
    body = response(message("Hello World, this is a text."))
    chunks = list(Service(wire(events_of(body))).model().stream("Hi!"))
    assert [chunk.text for chunk in chunks if chunk.text] == [
        "Hello",
        " Worl",
        "d, th",
        "is is",
        " a te",
        "xt.",
    ]
    assert all(type(chunk.content) is str for chunk in chunks)


def test_answers_run_beside_each_other() -> None:
    service = Service(response(message("Hello")))

    async def ask() -> list[AIMessage]:
        model = service.model()
        return await asyncio.gather(*(model.ainvoke("Hi!") for _ in range(5)))

    assert [answer.text for answer in asyncio.run(ask())] == ["Hello"] * 5
