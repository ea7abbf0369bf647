"""Answers of the messages endpoint, whole and streamed: blocks, citations, traces, counts."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any

import pytest
from cases.messages import (
    Service,
    invoked,
    message,
)
from langchain_core.messages import HumanMessage

from langchain_aimlapi.errors import (
    MalformedResponseError,
)

if TYPE_CHECKING:
    from collections.abc import Sequence
from cases.claude_answers import TEXT, THOUGHT, Json, in_all_ways, in_pieces

REDACTED = {"type": "redacted_thinking", "data": "ENCRYPTED"}
CALL = {"type": "tool_use", "id": "toolu_1", "name": "f", "input": {"a": 1}}
SEARCH = {"type": "server_tool_use", "id": "srvtoolu_1", "name": "web_search", "input": {"q": "x"}}
FOUND = {
    "type": "web_search_tool_result",
    "tool_use_id": "srvtoolu_1",
    "content": [{"type": "web_search_result", "url": "https://x.io", "title": "X"}],
}
FAILED = {
    "type": "code_execution_tool_result",
    "tool_use_id": "srvtoolu_2",
    "content": {"type": "code_execution_tool_result_error", "error_code": "unavailable"},
}
MCP = {
    "type": "mcp_tool_use",
    "id": "mcptoolu_1",
    "name": "echo",
    "input": {},
    "server_name": "here",
}
COMPACTED = {"type": "compaction", "content": "What was said so far."}


def blocks_of(*blocks: Json, stop: str = "end_turn") -> Sequence[Any]:
    return in_all_ways(*blocks, stop=stop).content_blocks


def test_a_plain_text_is_a_string() -> None:
    answer = in_all_ways(TEXT)
    assert answer.content == "Hello"
    assert answer.response_metadata["id"] == "msg_1"
    assert answer.response_metadata["model_name"] == "claude-sonnet-5"
    assert answer.response_metadata["finish_reason"] == "stop"
    assert answer.response_metadata["endpoint"] == "messages"


def test_a_thought_is_a_reasoning_block_with_its_signature() -> None:
    assert blocks_of(THOUGHT, TEXT) == [
        {"type": "reasoning", "reasoning": "hmm", "extras": {"signature": "c2ln"}},
        TEXT,
    ]


def test_thoughts_that_are_hidden_or_encrypted_are_kept() -> None:
    hidden = {**THOUGHT, "thinking": ""}
    assert blocks_of(hidden, REDACTED, TEXT) == [
        {"type": "reasoning", "reasoning": "", "extras": {"signature": "c2ln"}},
        {"type": "non_standard", "value": REDACTED},
        TEXT,
    ]


def test_blocks_keep_their_order_calls_among_them() -> None:
    second = {**THOUGHT, "thinking": "so"}
    other = {**CALL, "id": "toolu_2", "input": {}}
    answer = in_all_ways(THOUGHT, TEXT, CALL, second, other, stop="tool_use")
    assert [block["type"] for block in answer.content_blocks] == [
        "reasoning",
        "text",
        "tool_call",
        "reasoning",
        "tool_call",
    ]
    assert [(c["id"], c["args"]) for c in answer.tool_calls] == [
        ("toolu_1", {"a": 1}),
        ("toolu_2", {}),
    ]
    assert answer.response_metadata["finish_reason"] == "tool_calls"


def test_claudes_word_counts_where_calls_were_answered_already() -> None:
    answer = in_all_ways(CALL, TEXT)
    assert answer.response_metadata["finish_reason"] == "stop"
    assert len(answer.tool_calls) == 1


def test_server_tools_are_standard_blocks() -> None:
    assert blocks_of(SEARCH, FOUND, FAILED, MCP, TEXT) == [
        {"type": "server_tool_call", "id": "srvtoolu_1", "name": "web_search", "args": {"q": "x"}},
        {
            "type": "server_tool_result",
            "tool_call_id": "srvtoolu_1",
            "status": "success",
            "output": FOUND["content"],
            "extras": {"block_type": "web_search_tool_result"},
        },
        {
            "type": "server_tool_result",
            "tool_call_id": "srvtoolu_2",
            "status": "error",
            "output": FAILED["content"],
            "extras": {"block_type": "code_execution_tool_result"},
        },
        {
            "type": "server_tool_call",
            "id": "mcptoolu_1",
            "name": "remote_mcp",
            "args": {},
            "extras": {"tool_name": "echo", "server_name": "here"},
        },
        TEXT,
    ]


def test_a_server_tool_is_shown_when_its_arguments_are_whole() -> None:
    model = Service(stream=in_pieces(SEARCH, FOUND)).model()
    shown = [b for chunk in model.stream("Hi") for b in chunk.content_blocks]
    assert [block["type"] for block in shown] == ["server_tool_call", "server_tool_result"]
    assert shown[0]["args"] == {"q": "x"}


def test_what_is_not_known_is_kept_as_it_came() -> None:
    unknown = {"type": "hologram", "depth": 3}
    assert blocks_of(COMPACTED, unknown, TEXT) == [
        {"type": "non_standard", "value": COMPACTED},
        {"type": "non_standard", "value": unknown},
        TEXT,
    ]


@pytest.mark.parametrize(
    "sent",
    [
        *(SEARCH, FOUND, FAILED, MCP, COMPACTED, THOUGHT, REDACTED),
        {"type": "advisor_tool_result", "tool_use_id": "srvtoolu_1", "content": {"text": "a"}},
        {"type": "mcp_tool_result", "tool_use_id": "mcptoolu_1", "is_error": True, "content": []},
    ],
    ids=lambda block: str(block["type"]),
)
def test_what_came_goes_back_as_it_came(sent: Json) -> None:
    answer = in_all_ways(sent, TEXT)
    service = Service()
    service.model().invoke([HumanMessage("?"), answer, HumanMessage("More")])
    assert service.bodies[0]["messages"][1]["content"] == [sent, TEXT]


@pytest.mark.parametrize(
    "model", ["openai/gpt-4o", "google/gemini-3-5-flash", "openai/gpt-5-4", "gpt-of-next-year"]
)
@pytest.mark.parametrize("version", ["v0", "v1"])
def test_what_only_this_endpoint_knows_is_left_out_elsewhere(model: str, version: str) -> None:
    unknown = {"type": "hologram", "depth": 3}
    blocks = (THOUGHT, REDACTED, COMPACTED, unknown, SEARCH, FOUND, TEXT)
    answer = invoked(message(*blocks), output_version=version)
    service = Service({"id": "1", "choices": [{"message": {"content": "ok"}}]})
    if model == "openai/gpt-5-4":
        service.answer = {"id": "1", "status": "completed", "output": []}
    with contextlib.suppress(MalformedResponseError):
        service.model(model=model, endpoint="auto").invoke([HumanMessage("?"), answer])
    (body,) = service.bodies
    turn = (body.get("messages") or body["input"])[1]
    assert turn == {"role": "assistant", "content": "Hello"}


def test_an_older_document_of_the_other_endpoint_gets_what_it_takes() -> None:
    answer = invoked(message(THOUGHT, COMPACTED, SEARCH, FOUND, TEXT))
    service = Service({"id": "1", "choices": [{"message": {"content": "ok"}}]})
    model = service.model(model="anthropic/claude-sonnet-4", endpoint="chat/completions")
    model.invoke([HumanMessage("?"), answer, HumanMessage("More")])
    assert service.bodies[0]["messages"][1]["content"] == [THOUGHT, TEXT]


def test_the_tool_that_made_a_call_goes_back_with_it() -> None:
    made = {**CALL, "caller": {"type": "code_execution_20250825", "tool_id": "srvtoolu_2"}}
    answer = in_all_ways(made, stop="tool_use")
    service = Service()
    service.model().invoke([HumanMessage("?"), answer])
    assert service.bodies[0]["messages"][1]["content"] == [made]


# --- citations ---
CITATIONS: list[tuple[Json, Json]] = [
    (
        {
            "type": "char_location",
            "document_title": "T",
            "document_index": 0,
            "start_char_index": 1,
        },
        {"title": "T", "extras": {"document_index": 0, "start_char_index": 1}},
    ),
    (
        {"type": "page_location", "document_title": None, "start_page_number": 2},
        {"extras": {"start_page_number": 2}},
    ),
    (
        {"type": "content_block_location", "document_title": "T", "start_block_index": 0},
        {"title": "T", "extras": {"start_block_index": 0}},
    ),
    (
        {"type": "web_search_result_location", "url": "https://x.io", "title": "X"},
        {"url": "https://x.io", "title": "X"},
    ),
    (
        {"type": "search_result_location", "source": "s", "title": "X"},
        {"title": "X", "extras": {"source": "s"}},
    ),
]


@pytest.mark.parametrize(("sent", "read"), CITATIONS, ids=lambda c: str(c.get("type", "")))
def test_citations_of_all_kinds_are_annotations(sent: Json, read: Json) -> None:
    cited = {**TEXT, "citations": [{**sent, "cited_text": "a"}]}
    annotations = [{"type": "citation", "cited_text": "a", **read}]
    more = {"type": "text", "text": " you"}
    assert blocks_of(cited) == [{**TEXT, "annotations": annotations}]
    assert blocks_of(more, cited) == [more, {**TEXT, "annotations": annotations}]


def test_a_citation_of_nothing_is_kept_as_it_came() -> None:
    odd = {"type": "moon_location", "crater": "Tycho"}
    (block,) = blocks_of({**TEXT, "citations": [odd]})
    assert block["annotations"] == [{"type": "non_standard_annotation", "value": odd}]
