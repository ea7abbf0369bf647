"""What a vendor wants back is kept as it came: signatures of Gemini, the order of Claude."""

from __future__ import annotations

from typing import Any

import pytest
from ways import all_ways, invoke_ways, stream_ways
from wire import Json, chat_stream, claude, claude_streams, completion

SIGNED = {"google": {"thought_signature": "c2ln"}}


def call(extra: Any = None, **function: Any) -> Json:
    entry: Json = {"index": 0, "function": function}
    return entry if extra is None else {**entry, "extra_content": extra}


FIRST = {"name": "f", "arguments": "{}"}
EXTRAS: dict[str, tuple[list[Any], Any]] = {
    "once": ([SIGNED], SIGNED),
    "later": ([None, SIGNED], SIGNED),
    "twice": ([SIGNED, SIGNED], SIGNED),
    "another field later": (
        [SIGNED, {"google": {"thought": True}}],
        {"google": {"thought_signature": "c2ln", "thought": True}},
    ),
    "another object later": ([SIGNED, {"other": {"a": 1}}], {**SIGNED, "other": {"a": 1}}),
    "an empty signature later": ([SIGNED, {"google": {"thought_signature": ""}}], SIGNED),
    "null later": ([SIGNED, {"google": {"thought_signature": None}}], SIGNED),
    "nothing later": ([SIGNED, {"google": {}}, {}], SIGNED),
    "an empty signature first": ([{"google": {"thought_signature": ""}}, SIGNED], SIGNED),
    "another signature later": ([SIGNED, {"google": {"thought_signature": "eA=="}}], SIGNED),
}


@pytest.mark.parametrize(("sent", "kept"), EXTRAS.values(), ids=EXTRAS)
def test_the_extra_content_of_a_call_is_merged(sent: list[Any], kept: Any) -> None:
    entries = [call(sent[0], **FIRST), *(call(extra, arguments="") for extra in sent[1:])]
    entries[0]["id"] = "c1"
    stream = chat_stream(*({"tool_calls": [entry]} for entry in entries), finish="tool_calls")
    for way, message in stream_ways(stream).items():
        (block,) = [b for b in message.content_blocks if b["type"] == "tool_call"]
        assert block["extras"] == {"extra_content": kept}, way
        assert message.additional_kwargs["tool_call_extras"] == {"c1": kept}, way


@pytest.mark.parametrize(("sent", "kept"), EXTRAS.values(), ids=EXTRAS)
def test_the_extra_content_of_a_message_is_merged(sent: list[Any], kept: Any) -> None:
    deltas = [{"content": "a", "extra_content": extra} for extra in sent]
    for way, message in stream_ways(chat_stream(*deltas)).items():
        assert message.additional_kwargs["extra_content"] == kept, way
        assert message.text == "a" * len(sent), way


def test_the_extra_content_of_a_whole_message_is_kept() -> None:
    body = completion({"content": "Hello", "extra_content": SIGNED})
    for way, message in invoke_ways(body).items():
        assert message.additional_kwargs == {"extra_content": SIGNED}, way


# --- the order of Claude's own tools and ours ---
SERVER = {"type": "server_tool_use", "id": "srvtoolu_1", "name": "web_search", "input": {"q": "x"}}
RESULT = {"type": "web_search_tool_result", "tool_use_id": "srvtoolu_1", "content": []}
OURS = {"type": "tool_use", "id": "toolu_1", "name": "f", "input": {"a": 1}}
MORE = {"type": "tool_use", "id": "toolu_2", "name": "g", "input": {"b": 2}}
TEXT = {"type": "text", "text": "Let me see."}
ORDERS: dict[str, list[Json]] = {
    "directly in front": [SERVER, OURS],
    "after a text": [TEXT, SERVER, OURS],
    "in front of two": [SERVER, OURS, MORE],
    "between two": [OURS, SERVER, MORE],
    "behind": [OURS, SERVER],
    "with its result": [SERVER, RESULT, OURS],
    "two in front": [SERVER, {**SERVER, "id": "srvtoolu_2"}, OURS],
}
KINDS = {"server_tool_use": "server_tool_call", "tool_use": "tool_call", "text": "text",
         "web_search_tool_result": "server_tool_result"}  # fmt: skip


@pytest.mark.parametrize("blocks", ORDERS.values(), ids=ORDERS)
def test_a_tool_of_the_server_keeps_its_place_and_goes_back_there(blocks: list[Json]) -> None:
    body = claude(*blocks, stop="tool_use")
    for way, message in all_ways(body, claude_streams(body), endpoint="messages").items():
        kinds = [block["type"] for block in message.content_blocks]
        assert kinds == [KINDS[block["type"]] for block in blocks], way
