"""Conversations with an earlier answer, and with its reasoning; see `conversations`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from langchain_core.messages import AIMessage, AIMessageChunk

from .parts import (
    AUDIO,
    GO_ON,
    GOOGLES,
    HI,
    IMAGE,
    MARK,
    MESSAGES,
    OURS,
    RESPONSES,
    SEALED,
    URL,
    answer,
    text,
    thought,
    user,
    wrapped,
)

if TYPE_CHECKING:
    from langchain_core.messages import BaseMessage

EARLIER: dict[str, list[BaseMessage]] = {
    # --- earlier answers ---
    "a start to go on with": [HI, AIMessage("It is ")],
    "a start in blocks": [HI, answer(text("It is "), text("so \n"))],
    "answers of several blocks": [HI, answer(text("a"), text("b"), "c"), GO_ON],
    "a marked answer": [HI, answer(text("a"), text("b", cache_control=MARK)), GO_ON],
    "a blank answer": [HI, AIMessage(" "), answer(text("")), GO_ON],
    "a named answer": [HI, AIMessage("a", name="bob"), GO_ON],
    "a refusal": [HI, AIMessage("", additional_kwargs={"refusal": "No."}), GO_ON],
    "a refusal as its text": [
        HI,
        answer({"type": "refusal", "refusal": "No."}, additional_kwargs={"refusal": "No."}),
        GO_ON,
    ],
    "a refusal beside a text": [HI, AIMessage("a", additional_kwargs={"refusal": "No."}), GO_ON],
    "a picture that a model made": [HI, answer(IMAGE, text("a"), response_metadata=OURS), GO_ON],
    "a spoken answer": [
        HI,
        answer({**AUDIO, "id": "aud", "extras": {"transcript": "said"}}, response_metadata=OURS),
        answer({"type": "audio", "id": "aud"}, response_metadata=OURS),
        GO_ON,
    ],
    "what another vendor answered": [
        HI,
        answer(wrapped({"type": "odd"}), text("a"), response_metadata={"model_provider": "x"}),
        GO_ON,
    ],
    "what the user wrapped in an answer": [HI, answer(wrapped({"type": "odd"}), text("a")), GO_ON],
    "what was wrapped on chat": [
        HI,
        answer(wrapped({"type": "odd"}), text("a"), response_metadata=OURS),
        GO_ON,
    ],
    "what was wrapped on messages": [
        HI,
        answer(wrapped({"type": "odd"}), text("a"), response_metadata=MESSAGES),
        GO_ON,
    ],
    "traces of another vendor's tools": [
        HI,
        answer(
            {"type": "server_tool_call", "id": "ws_1", "name": "web_search", "args": {}},
            {"type": "server_tool_result", "tool_call_id": "ws_1", "output": []},
            {"type": "server_tool_call_chunk", "id": "ws_1"},
            text("a"),
        ),
        GO_ON,
    ],
    "traces of Claude's tools": [
        HI,
        answer(
            {
                "type": "server_tool_call",
                "id": "srvtoolu_1",
                "name": "code_interpreter",
                "args": {"code": "1"},
                "extras": {"caller": {"type": "x"}, "partial_json": "{"},
            },
            {
                "type": "server_tool_result",
                "tool_call_id": "srvtoolu_1",
                "status": "success",
                "output": {"type": "code_execution_result", "stdout": "1"},
                "extras": {"block_type": "code_execution_tool_result"},
            },
            {
                "type": "server_tool_call",
                "id": "mcptoolu_1",
                "name": "remote_mcp",
                "args": None,
                "extras": {"tool_name": "ask", "server_name": "d"},
            },
            {
                "type": "server_tool_result",
                "tool_call_id": "mcptoolu_1",
                "status": "error",
                "extras": {"block_type": "mcp_tool_result"},
            },
            {
                "type": "server_tool_result",
                "tool_call_id": "srvtoolu_2",
                "output": [{"type": "web_search_result", "url": URL}],
            },
            {
                "type": "server_tool_result",
                "tool_call_id": "srvtoolu_3",
                "output": {"type": "web_fetch_tool_result_error", "error_code": "x"},
            },
            {"type": "server_tool_result", "tool_call_id": "srvtoolu_4"},
            text("a"),
        ),
        GO_ON,
    ],
    "a result that only its kind shows to be Claude's": [
        HI,
        answer(
            {
                "type": "server_tool_result",
                "tool_call_id": "x_1",
                "output": [],
                "extras": {"block_type": "web_search_tool_result"},
            },
            {
                "type": "server_tool_result",
                "tool_call_id": "x_2",
                "output": [],
                "extras": {"block_type": "web_search"},
            },
            text("a"),
        ),
        GO_ON,
    ],
    # --- reasoning ---
    "reasoning beside the content": [
        HI,
        AIMessage("a", additional_kwargs={"reasoning_content": "Hm."}),
        GO_ON,
    ],
    "details beside the content": [
        HI,
        AIMessage(
            "a",
            additional_kwargs={
                "reasoning_content": "Hm. So.",
                "reasoning_details": [
                    {"type": "reasoning.text", "text": "Hm. So.", "signature": "c2ln"},
                    {"type": "reasoning.encrypted", "data": "cmVk"},
                    {"type": "reasoning.encrypted", "data": "Z29v", "format": "google-gemini-v1"},
                    5,
                ],
            },
        ),
        GO_ON,
    ],
    "details of others before Claude's": [
        HI,
        AIMessage(
            "a",
            additional_kwargs={
                "reasoning_details": [
                    5,
                    {"type": "reasoning.text", "text": "G", "format": "google-v1"},
                    {"type": "reasoning.encrypted"},
                    {"type": "reasoning.text", "text": "Hm.", "signature": "c2ln"},
                ]
            },
        ),
        GO_ON,
    ],
    "a signature without its text": [
        HI,
        AIMessage(
            "a",
            additional_kwargs={
                "reasoning_content": "Hm.",
                "reasoning_details": [{"type": "reasoning.text", "signature": "c2ln"}],
            },
        ),
        GO_ON,
    ],
    "details that are all there is": [
        HI,
        AIMessage("a", additional_kwargs={"reasoning_details": [{"summary": "S"}, {"text": "T"}]}),
        GO_ON,
    ],
    "thoughts in the content": [
        HI,
        answer(thought("Hm."), thought("", "c2ln"), thought("So.", "c28="), text("a")),
        GO_ON,
    ],
    "thoughts that nobody signed": [HI, answer(thought("Hm."), text("a")), GO_ON],
    "encrypted thoughts": [
        HI,
        answer({"type": "redacted_thinking", "data": "cmVk"}, text("a")),
        answer(wrapped({"type": "redacted_thinking", "data": "cmVk"}), text("b")),
        GO_ON,
    ],
    "thoughts that Google signed": [
        HI,
        answer(thought("Hm.", "c2ln"), text("a"), response_metadata=GOOGLES),
        GO_ON,
    ],
    "thoughts of Responses": [HI, answer(SEALED, text("a", id="msg_1")), GO_ON],
    "thoughts of Responses, in parts": [
        HI,
        answer(
            SEALED,
            thought("So.", id="rs_1"),
            thought("No.", id="rs_2", extras={"encrypted_content": "x"}),
            text("a", id="msg_1", annotations=[{"type": "citation", "url": URL}]),
            text("b", id="msg_1"),
            text("c", id="msg_2", extras={"phase": "final"}),
            response_metadata=RESPONSES,
        ),
        GO_ON,
    ],
    "thoughts of Responses that lead to nothing": [
        HI,
        answer(text("a", id="msg_1"), SEALED, response_metadata=RESPONSES),
        GO_ON,
    ],
    "thoughts of Responses, made elsewhere": [
        HI,
        answer(SEALED, text("a", id="msg_1"), response_metadata=MESSAGES),
        GO_ON,
    ],
    "thoughts that only an id names": [
        HI,
        answer(thought("Hm.", id="rs_1"), text("a", id="msg_1"), response_metadata=RESPONSES),
        GO_ON,
    ],
    "an answer of Grok": [
        HI,
        answer(
            SEALED, text("a", id="m"), response_metadata={**RESPONSES, "model_name": "x/Grok-4"}
        ),
        GO_ON,
    ],
    "items of Responses": [
        HI,
        answer(
            {"type": "reasoning", "id": "rs_1", "summary": [], "index": 3},
            {"type": "function_call", "call_id": "1", "name": "f", "arguments": "{}", "index": 4},
            {"type": "mcp_approval_request", "id": "a", "index": 5},
        ),
        user(
            {"type": "mcp_approval_response", "approve": True}, {"type": "item_reference", "id": 1}
        ),
        GO_ON,
    ],
    "citations of Responses": [
        HI,
        answer(
            text(
                "a",
                id="msg_1",
                annotations=[
                    {
                        "type": "citation",
                        "url": URL,
                        "title": "T",
                        "start_index": 0,
                        "end_index": 1,
                        "extras": {},
                    },
                    {"type": "url_citation", "url": URL},
                    {"type": "non_standard_annotation", "value": {}},
                    5,
                ],
            ),
            {"type": "refusal", "refusal": "No.", "id": "msg_1"},
            response_metadata=RESPONSES,
        ),
        GO_ON,
    ],
    "a chunk that was merged": [
        HI,
        AIMessageChunk(
            [text("a", index="lc_txt_0"), text("b", index="lc_block_1")],
            response_metadata=OURS,
        ),
        GO_ON,
    ],
}
