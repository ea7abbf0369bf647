"""One answer of each endpoint, with all that it can hold: as events and as a body."""

from __future__ import annotations

from typing import Any, NamedTuple

Json = dict[str, Any]

CITED = {"type": "url_citation", "url": "https://a.example", "title": "A"}
ARGUMENTS = '{"city": "K\u00f6ln"}'
DELTAS: list[Json] = [
    {"role": "assistant", "content": ""},
    {"reasoning_content": "h\u00e9"},
    {"reasoning_details": [{"type": "reasoning.text", "text": "so", "index": 0}]},
    {"reasoning_details": [{"type": "reasoning.text", "signature": "c2ln", "index": 0}]},
    {"content": "Hello "},
    {"content": "\U0001f600", "annotations": [{"type": "url_citation", "url_citation": CITED}]},
    {"images": [{"type": "image_url", "image_url": {"url": "data:image/png;base64,aGk="}}]},
    {"audio": {"id": "a", "data": "aGk=", "transcript": "hi"}},
    {"refusal": "no"},
    {"tool_calls": [{"index": 0, "id": "c1", "function": {"name": "f", "arguments": ""}}]},
    {"tool_calls": [{"index": 0, "function": {"arguments": ARGUMENTS[:9]}}]},
    {"tool_calls": [{"index": 0, "function": {"arguments": ARGUMENTS[9:]}}]},
    {"tool_calls": [{"index": 1, "id": "c2", "function": {"name": "g", "arguments": "{}"}}]},
]
COUNTS = {"prompt_tokens": 3, "completion_tokens": 4, "total_tokens": 7}


def chunk(delta: Json, **more: Any) -> Json:
    return {"id": "gen-1", "model": "m", "choices": [{"index": 0, "delta": delta, **more}]}


CHAT = [
    *map(chunk, DELTAS),
    chunk({}, finish_reason="tool_calls", logprobs={"content": [{"token": "a", "logprob": -1.0}]}),
    {"id": "gen-1", "choices": [], "usage": COUNTS, "meta": {"usage": {"usd_spent": 0.1}}},
]
CHAT_BODY = {
    "id": "gen-1",
    "usage": COUNTS,
    "choices": [
        {
            "message": {
                "content": "Hello",
                "reasoning_content": "h\u00e9",
                "annotations": [{"type": "url_citation", "url_citation": CITED}],
                "tool_calls": [{"id": "c1", "function": {"name": "f", "arguments": ARGUMENTS}}],
            },
            "finish_reason": "tool_calls",
        }
    ],
}

PIECES_OF_A_CALL = ("", '{"a"', ": 1}")
BLOCKS: list[tuple[Json, list[Json]]] = [
    (
        {"type": "thinking", "thinking": "", "signature": ""},
        [
            {"type": "thinking_delta", "thinking": "h\u00e9"},
            {"type": "signature_delta", "signature": "c2ln"},
        ],
    ),
    (
        {"type": "text", "text": ""},
        [
            {"type": "text_delta", "text": "Hello \U0001f600"},
            {"type": "citations_delta", "citation": {"type": "char_location", "cited_text": "a"}},
        ],
    ),
    ({"type": "web_search_tool_result", "tool_use_id": "srv_1", "content": []}, []),
    (
        {"type": "tool_use", "id": "toolu_1", "name": "f", "input": {}},
        [{"type": "input_json_delta", "partial_json": part} for part in PIECES_OF_A_CALL],
    ),
    ({"type": "compaction", "content": ""}, [{"type": "compaction_delta", "content": "c"}]),
]
CLAUDE_BODY = {
    "id": "msg_1",
    "type": "message",
    "role": "assistant",
    "model": "m",
    "content": [{**start, "text": "x"} for start, _ in BLOCKS],
    "stop_reason": "tool_use",
    "usage": {"input_tokens": 3, "output_tokens": 4},
}
CLAUDE = [
    {"type": "message_start", "message": CLAUDE_BODY | {"content": []}},
    *(
        event
        for index, (start, pieces) in enumerate(BLOCKS)
        for event in [
            {"type": "content_block_start", "index": index, "content_block": start},
            *({"type": "content_block_delta", "index": index, "delta": p} for p in pieces),
            {"type": "content_block_stop", "index": index},
        ]
    ),
    {"type": "message_delta", "delta": {"stop_reason": "tool_use"}, "usage": {"output_tokens": 4}},
    {"type": "message_stop"},
]

TEXT = {"type": "output_text", "text": "Hello \U0001f600", "annotations": [CITED]}
ITEMS: list[tuple[Json, list[Json]]] = [
    (
        {"type": "reasoning", "id": "rs_1", "summary": [{"type": "summary_text", "text": "So."}]},
        [{"type": "response.reasoning_summary_text.delta", "summary_index": 0, "delta": "So."}],
    ),
    (
        {"type": "function_call", "id": "fc_1", "call_id": "c1", "name": "f", "arguments": "{}"},
        [{"type": "response.function_call_arguments.delta", "delta": "{}"}],
    ),
    (
        {"type": "message", "id": "msg_1", "role": "assistant", "content": [TEXT]},
        [{"type": "response.output_text.delta", "content_index": 0, "delta": TEXT["text"]}],
    ),
    ({"type": "hologram_call", "id": "h_1", "light": [1]}, []),
]
RESPONSE = {"id": "resp_1", "object": "response", "model": "m", "status": "completed"}
RESPONSES_BODY = RESPONSE | {
    "output": [item for item, _ in ITEMS],
    "usage": {"input_tokens": 3, "output_tokens": 4, "total_tokens": 7},
}
RESPONSES = [
    {"type": "response.created", "response": RESPONSE | {"status": "in_progress", "output": []}},
    *(
        event
        for index, (item, pieces) in enumerate(ITEMS)
        for event in [
            {
                "type": "response.output_item.added",
                "output_index": index,
                "item": {key: item[key] for key in item.keys() & {"type", "id", "call_id", "name"}},
            },
            *(piece | {"output_index": index, "item_id": item["id"]} for piece in pieces),
            {"type": "response.output_item.done", "output_index": index, "item": item},
        ]
    ),
    {"type": "response.completed", "response": RESPONSES_BODY},
]  # fmt: skip


class Dialect(NamedTuple):
    """An endpoint: who is asked there, and what comes."""

    model: str
    events: list[Json]
    body: Json


DIALECTS = {
    "chat/completions": Dialect("openai/gpt-4o", CHAT, CHAT_BODY),
    "messages": Dialect("anthropic/claude-sonnet-5", CLAUDE, CLAUDE_BODY),
    "responses": Dialect("openai/gpt-5-4", RESPONSES, RESPONSES_BODY),
}
