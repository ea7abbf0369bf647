"""Answers of the messages endpoint, whole and streamed: blocks, citations, traces, counts."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any

import pytest
from cases.messages import (
    MODEL,
    Service,
    events,
    invoked,
    message,
    sse,
    streamed,
    text_piece,
    whole,
)
from langchain_core.messages import AIMessage, HumanMessage

from langchain_aimlapi.errors import (
    MalformedResponseError,
    ServerError,
    StreamInterruptedError,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

Json = dict[str, Any]

TEXT = {"type": "text", "text": "Hello"}
THOUGHT = {"type": "thinking", "thinking": "hmm", "signature": "c2ln"}
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


def start_of(block: Json) -> Json:
    """Return a block as a stream starts it."""
    empty: Json = {
        "text": {"text": ""},
        "thinking": {"thinking": "", "signature": ""},
        "tool_use": {"input": {}},
        "server_tool_use": {"input": {}},
        "compaction": {"content": ""},
    }.get(block["type"], {})
    return {**block, **empty}


def pieces_of(block: Json) -> list[Json]:
    """Return the pieces in which a stream sends a block."""
    kind = block["type"]
    if kind == "text":
        cited = [{"type": "citations_delta", "citation": c} for c in block.get("citations", ())]
        return [*map(text_piece, block["text"]), *cited]
    if kind == "thinking":
        signature = {"type": "signature_delta", "signature": block["signature"]}
        return [*({"type": "thinking_delta", "thinking": t} for t in block["thinking"]), signature]
    if kind in {"tool_use", "server_tool_use"}:
        written = str(block["input"]).replace("'", '"')
        pieces = ["", written[:3], written[3:]]
        return [{"type": "input_json_delta", "partial_json": piece} for piece in pieces]
    if kind == "compaction":
        return [{"type": "compaction_delta", "content": block["content"]}]
    return []


def in_pieces(*blocks: Json, stop: str = "end_turn", **more: Any) -> bytes:
    starts = [{k: v for k, v in start_of(b).items() if k != "citations"} for b in blocks]
    pieces = [(start, pieces_of(b)) for start, b in zip(starts, blocks, strict=True)]
    return sse(events(*pieces, stop=stop, **more))


def by_events(stream: bytes) -> list[Json]:
    """Return the blocks that LangChain makes of the protocol's events."""
    read = Service(stream=stream).model().stream_events("Hi", version="v3")
    blocks = read.output.content_blocks
    return [{name: block[name] for name in block if name != "index"} for block in blocks]


def in_all_ways(*blocks: Json, stop: str = "end_turn") -> AIMessage:
    """Return what blocks are read as, which must be the same in every way that they can come."""
    one = invoked(message(*blocks, stop=stop))
    started = sse([{"type": "message_start", "message": message(*blocks, stop=stop)},
                   {"type": "message_stop"}])  # fmt: skip
    ways = [
        in_pieces(*blocks, stop=stop),
        sse(events(*map(whole, blocks), stop=stop)),
        started,
    ]
    for stream in ways:
        other = streamed(stream)
        assert other.content_blocks == one.content_blocks
        assert (other.text, other.tool_calls) == (one.text, one.tool_calls)
        assert other.usage_metadata == one.usage_metadata
        assert other.response_metadata == one.response_metadata
        assert by_events(stream) == one.content_blocks
    return one


def blocks_of(*blocks: Json, stop: str = "end_turn") -> Sequence[Any]:
    return in_all_ways(*blocks, stop=stop).content_blocks


def test_a_plain_text_is_a_string() -> None:
    answer = in_all_ways(TEXT)
    assert answer.content == "Hello"
    assert answer.id == answer.response_metadata["id"] == "msg_1"
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


# --- how it ends ---
def test_a_refusal_is_a_block_of_its_own() -> None:
    details = {"type": "refusal", "category": "cyber", "explanation": "No."}
    explained = {"type": "refusal", "refusal": "No.", "extras": {"category": "cyber"}}
    for body, blocks in (
        (message(stop="refusal", stop_details=details), [explained]),
        (message(TEXT, stop="refusal"), [TEXT, {"type": "refusal", "refusal": ""}]),
    ):
        stream = sse([{"type": "message_start", "message": body}, {"type": "message_stop"}])
        for answer in (invoked(body), streamed(stream)):
            assert answer.content_blocks == blocks
            assert answer.response_metadata["finish_reason"] == "content_filter"
            assert answer.response_metadata["normalized_finish_reason"] == "refusal"


@pytest.mark.parametrize(
    ("stop", "finish"),
    [
        ("end_turn", "stop"),
        ("stop_sequence", "stop"),
        ("max_tokens", "length"),
        ("model_context_window_exceeded", "length"),
        ("pause_turn", "pause_turn"),
        ("something_new", "something_new"),
    ],
)
def test_reasons_to_stop(stop: str, finish: str) -> None:
    metadata = in_all_ways(TEXT, stop=stop).response_metadata
    assert metadata["finish_reason"] == finish
    assert metadata.get("native_finish_reason", finish) == stop


def test_facts_without_a_place_are_kept_in_the_metadata() -> None:
    facts = {
        "container": {"id": "c1", "expires_at": "2026-03-03"},
        "context_management": {"applied_edits": []},
        "stop_sequence": "END",
    }
    usage = {"input_tokens": 1, "output_tokens": 2, "service_tier": "standard", "iterations": [{}]}
    metadata = invoked(message(TEXT, **facts, usage=usage)).response_metadata
    delta = {"stop_reason": "end_turn", **facts}
    stream = sse(
        [*events(whole(TEXT))[:-2], {"type": "message_delta", "delta": delta, "usage": usage}]
    )
    for found in (metadata, streamed(stream).response_metadata):
        assert {name: found[name] for name in facts} == facts
        assert found["service_tier"] == "standard"
        assert found["iterations"] == [{}]


def test_an_error_event_raises_and_a_cut_is_reported() -> None:
    parts = events((start_of(TEXT), [text_piece("Hel")]))
    error = {"type": "error", "error": {"type": "overloaded_error", "message": "Busy"}}
    with pytest.raises(ServerError, match="Busy"):
        streamed(sse([*parts[:3], error]))
    with pytest.raises(StreamInterruptedError):
        streamed(sse(parts[:3]))


def test_names_of_events_are_not_needed() -> None:
    parts = events((start_of(THOUGHT), pieces_of(THOUGHT)), (start_of(TEXT), pieces_of(TEXT)))
    assert streamed(sse(parts, named=False)) == streamed(sse(parts))


# --- tokens and cost ---
COUNTS = {
    "input_tokens": 4,
    "cache_creation_input_tokens": 430,
    "cache_read_input_tokens": 1000,
    "cache_creation": {"ephemeral_5m_input_tokens": 400, "ephemeral_1h_input_tokens": 26},
    "output_tokens": 290,
    "output_tokens_details": {"thinking_tokens": 15},
}


def test_cached_tokens_are_a_part_of_the_input() -> None:
    assert invoked(message(TEXT, usage=COUNTS)).usage_metadata == {
        "input_tokens": 1434,
        "output_tokens": 290,
        "total_tokens": 1724,
        "input_token_details": {
            "cache_read": 1000,
            "cache_creation": 4,
            "ephemeral_5m_input_tokens": 400,
            "ephemeral_1h_input_tokens": 26,
        },
        "output_token_details": {"reasoning": 15},
    }


@pytest.mark.parametrize(
    ("first", "last", "expected"),
    [
        ({"input_tokens": 9, "output_tokens": 1}, {"output_tokens": 5}, (9, 5)),
        ({"input_tokens": 9}, {"input_tokens": 12, "output_tokens": 5}, (12, 5)),
        ({"input_tokens": 9, "output_tokens": 1}, None, (9, 1)),
        ({"input_tokens": 9}, {"input_tokens": None, "output_tokens": 5}, (9, 5)),
        ({}, {}, None),
        ({"input_tokens": -1}, {"output_tokens": 5}, None),
    ],
)
def test_final_counts_come_at_the_end_where_they_come_at_all(
    first: Json, last: Json | None, expected: tuple[int, int] | None
) -> None:
    parts = events(whole(TEXT))
    parts[0]["message"]["usage"] = first
    parts[-2]["usage"] = last
    usage = streamed(sse(parts)).usage_metadata
    assert (usage and (usage["input_tokens"], usage["output_tokens"])) == expected


@pytest.mark.parametrize("place", [0, -2, -1])
def test_the_cost_is_read_wherever_it_stands(place: int) -> None:
    meta = {"usage": {"credits_used": 40, "usd_spent": 0.00002}}
    parts = events(whole(TEXT))
    (parts[place] if place else parts[0]["message"])["meta"] = meta
    cost = {"usd": 0.00002, "credits": 40}
    assert streamed(sse(parts)).response_metadata["cost"] == cost
    assert invoked(message(TEXT, meta=meta)).response_metadata["cost"] == cost


def test_the_answer_is_asked_where_the_endpoint_says() -> None:
    service = Service()
    service.model(model=MODEL).invoke("Hi")
    service.model(model=MODEL, endpoint="chat/completions", max_retries=0).bind()
    assert service.paths == ["/v1/messages"]


def test_a_stream_in_place_of_a_whole_answer_is_read_whole() -> None:
    pieces = [text_piece("Hi"), text_piece(" you")]
    answer = invoked(sse(events(({"type": "text", "text": ""}, pieces))))
    assert (answer.text, answer.response_metadata["finish_reason"]) == ("Hi you", "stop")


def test_a_stream_of_no_content_in_place_of_a_whole_answer_is_an_empty_answer() -> None:
    answer = invoked(sse(events()))
    assert (answer.text, answer.response_metadata["finish_reason"]) == ("", "stop")
