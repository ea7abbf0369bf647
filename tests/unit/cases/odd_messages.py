"""Odd answers of `/messages`: all that comes out of each stands in `answers.json`."""

from __future__ import annotations

from typing import Any

from .messages import events, message

Json = dict[str, Any]

URL = "https://x.io/a.png"
TEXT = {"type": "text", "text": "Hi"}
THOUGHT = {"type": "thinking", "thinking": "Hm.", "signature": "c2ln"}
TOOL = {"type": "tool_use", "id": "toolu_1", "name": "f", "input": {"a": "ü"}}
SEARCH = {"type": "server_tool_use", "id": "srvtoolu_1", "name": "web_search", "input": {"q": "x"}}
FOUND = {
    "type": "web_search_tool_result",
    "tool_use_id": "srvtoolu_1",
    "content": [{"type": "web_search_result", "url": URL}],
    "caller": {"type": "direct"},
}
MCP = {"type": "mcp_tool_use", "id": "mcptoolu_1", "name": "ask", "server_name": "d"}
MCP_RESULT = {"type": "mcp_tool_result", "tool_use_id": "mcptoolu_1", "is_error": True}
LOCATION = {
    "type": "char_location",
    "cited_text": "c",
    "document_index": 0,
    "document_title": "T",
    "start_char_index": 1,
    "end_char_index": 2,
}
WEB = {"type": "web_search_result_location", "url": URL, "title": "T", "cited_text": "c"}

MESSAGES_BODIES: dict[str, Json] = {
    "text": message(TEXT),
    "a text alone": message() | {"content": "Hi"},
    "texts": message(TEXT, {"type": "text", "text": ""}, {"type": "text", "text": 5}, TEXT),
    "citations": message({**TEXT, "citations": [LOCATION, WEB, 5, {"type": "odd", "x": 1}]}, TEXT),
    "thoughts": message(THOUGHT, {"type": "redacted_thinking", "data": "cmVk"}, TEXT),
    "calls": message(
        TEXT,
        TOOL,
        {**TOOL, "id": "toolu_2", "input": '{"b": 1}', "caller": {"type": "direct"}},
        {**TOOL, "id": "toolu_3", "input": None, "caller": {"type": "code", "tool_id": "s"}},
        {**TOOL, "id": "toolu_4", "input": '{"b'},
        stop="tool_use",
    ),
    "traces": message(
        SEARCH,
        FOUND,
        {**SEARCH, "name": "code_execution", "input": "no", "id": 5, "x": 1},
        {
            "type": "code_execution_tool_result",
            "tool_use_id": "srvtoolu_2",
            "content": {"type": "code_execution_tool_result_error", "error_code": "unavailable"},
        },
        {**MCP, "input": {"a": 1}, "caller": {"type": "code"}},
        MCP_RESULT,
        TEXT,
    ),
    "what has no block": message({"type": "compaction", "content": "c"}, {"x": 1}, 5, TEXT),  # type: ignore[arg-type]  # as somebody may send it
    "a refusal": message(
        TEXT, stop="refusal", stop_details={"category": "c", "explanation": "Because."}
    ),
    "a refusal that says nothing": message(stop="refusal", stop_details="no"),
    "facts": message(
        TEXT,
        stop="stop_sequence",
        stop_sequence="END",
        container={"id": "x"},
        context_management={"edits": []},
        meta={"usage": {"credits_used": 1, "usd_spent": 0.5}},
        usage={
            "input_tokens": 10,
            "output_tokens": 5,
            "cache_read_input_tokens": 3,
            "cache_creation_input_tokens": 9,
            "cache_creation": {
                "ephemeral_5m_input_tokens": 4,
                "ephemeral_1h_input_tokens": True,
                "other": 1,
            },
            "output_tokens_details": {"thinking_tokens": 2},
            "service_tier": "standard",
            "server_tool_use": {"web_search_requests": 1},
            "inference_geo": None,
        },
    ),
    "counts of nothing": message(
        TEXT,
        usage={
            "input_tokens": 1,
            "output_tokens": 0,
            "cache_creation": {"ephemeral_5m_input_tokens": 0, "ephemeral_1h_input_tokens": 0},
            "output_tokens_details": {"thinking_tokens": 0},
        },
    ),
    "counts that cannot be": message(TEXT, usage={"input_tokens": -1, "output_tokens": 5}),
    "half of the counts": message(TEXT, usage={"output_tokens": 5}),
    "no counts": message(TEXT, usage={"cache_read_input_tokens": 5}),
    "odd counts": message(
        TEXT,
        usage={
            "input_tokens": 1,
            "output_tokens": 2,
            "cache_creation": 5,
            "output_tokens_details": {"thinking_tokens": -1},
        },
    ),
}


def said(text: str) -> Json:
    return {"type": "text_delta", "text": text}


def cited(citation: Any) -> Json:
    return {"type": "citations_delta", "citation": citation}


def arguments(text: str) -> Json:
    return {"type": "input_json_delta", "partial_json": text}


_OPEN: dict[str, Any] = {"type": "text", "text": ""}
MESSAGES_STREAMS: dict[str, list[Any]] = {
    "text": events((_OPEN, [said("H"), said("i")])),
    "two texts": events((_OPEN, [said("H"), said("i")]), (_OPEN, [said("H"), said("o")])),
    "a cited text": events((_OPEN, [said("H"), cited(WEB), said("i"), cited(LOCATION), cited(5)])),
    "a thought": events(
        (
            {"type": "thinking", "thinking": "", "signature": ""},
            [
                {"type": "thinking_delta", "thinking": "H"},
                {"type": "thinking_delta", "thinking": "m"},
                {"type": "signature_delta", "signature": "c2"},
                {"type": "signature_delta", "signature": "ln"},
            ],
        ),
        (_OPEN, [said("Hi")]),
    ),
    "calls": events(
        (_OPEN, [said("Hi")]),
        ({**TOOL, "input": {}}, [arguments(""), arguments('{"a"'), arguments(": 1}")]),
        ({**TOOL, "id": "toolu_2"}, []),
        ({**TOOL, "id": "toolu_3", "input": {}}, [arguments('{"a')]),
        stop="tool_use",
    ),
    "a trace": events(
        ({**SEARCH, "input": {}}, [arguments('{"q"'), arguments(': "x"}')]),
        (FOUND, []),
        ({**SEARCH, "input": {}}, [arguments('{"q"')]),
        (_OPEN, [said("Hi")]),
    ),
    "odd pieces": events(
        (
            _OPEN,
            [
                said("H"),
                said("i"),
                {"type": "text_delta"},
                {"type": "text_delta", "text": 5},
                {"type": "odd_delta", "text": "x"},
                {"text": "y"},
                "z",  # type: ignore[list-item]  # as somebody may send it
                said("!"),
            ],
        )
    ),
    "texts at once": [
        *events((_OPEN, [said("H")]), (_OPEN, [said("A")]))[:3],
        *events((_OPEN, [said("H")]), (_OPEN, [said("A")]))[4:6],
        {"type": "content_block_delta", "index": 0, "delta": said("i")},
        {"type": "content_block_delta", "index": 1, "delta": said("B")},
        {"type": "content_block_stop", "index": 0},
        {"type": "content_block_delta", "index": 1, "delta": said("C")},
        *events((_OPEN, []))[-3:],
    ],
    "counts that grow": events(
        (_OPEN, [said("Hi")]),
        usage={"input_tokens": None, "output_tokens": 7, "cache_read_input_tokens": 2},
        meta={"usage": {"credits_used": 1, "usd_spent": 0.5}},
    ),
    "what nobody knows": [
        *events((_OPEN, [said("H")]))[:3],
        {"type": "ping"},
        {"type": "odd", "x": 1},
        5,
        *events((_OPEN, [said("i")]))[2:],
    ],
    "a stream without its start": events((_OPEN, [said("Hi")]))[1:],
    "pieces without their starts": events(
        (_OPEN, [said("Hi")]), ({**TOOL, "input": {}}, [arguments("{}")])
    )[2:],
    "a refusal": events((_OPEN, [said("Hi")]), stop="refusal"),
    "no last event": events((_OPEN, [said("Hi")]))[:-1],
}
