"""What is sent to the messages endpoint: the Claude-style body with all that its documents have."""

from __future__ import annotations

from typing import Any

import pytest
from cases.messages import MARK, MODEL, Service, body_of
from langchain_core.messages import AIMessage, HumanMessage, SystemMessage, ToolMessage
from langchain_core.tools import tool

from langchain_aimlapi.errors import UnsupportedContentError

SIGNED = {"type": "thinking", "thinking": "hmm", "signature": "c2ln"}
REASONING = {"type": "reasoning", "reasoning": "hmm", "extras": {"signature": "c2ln"}}
REDACTED = {"type": "redacted_thinking", "data": "ENCRYPTED"}
CALL = {"name": "add", "args": {"a": 1, "b": 2}, "id": "toolu_1"}
USE = {"type": "tool_use", "id": "toolu_1", "name": "add", "input": {"a": 1, "b": 2}}
RESULT = {"type": "tool_result", "tool_use_id": "toolu_1", "content": "3"}


@tool
def add(a: int, b: int) -> int:
    """Add two numbers."""
    return a + b


def text(value: str, **more: Any) -> dict[str, Any]:
    return {"type": "text", "text": value, **more}


def turns_of(*messages: Any, **settings: Any) -> list[Any]:
    turns: list[Any] = body_of(list(messages), **settings)["messages"]
    return turns


def test_nothing_is_sent_that_was_not_set() -> None:
    assert body_of("Hi") == {"model": MODEL, "messages": [{"role": "user", "content": "Hi"}]}


def test_a_stream_is_asked_for_without_options() -> None:
    service = Service(stream=b"data: x\n\n")
    with pytest.raises(Exception, match="event"):
        list(service.model().stream("Hi"))
    assert service.bodies[0].keys() == {"model", "messages", "stream"}


def test_settings_have_the_names_of_the_documents() -> None:
    body = body_of(
        [SystemMessage("Be brief."), HumanMessage("Hi")],
        stop=["END"],
        max_tokens=4096,
        thinking={"type": "adaptive", "display": "summarized"},
        request_metadata={"user_id": "u1"},
    )
    assert body == {
        "model": MODEL,
        "messages": [{"role": "user", "content": "Hi"}],
        "system": "Be brief.",
        "stop_sequences": ["END"],
        "max_tokens": 4096,
        "thinking": {"type": "adaptive", "display": "summarized"},
        "metadata": {"user_id": "u1"},
    }


@pytest.mark.parametrize("model", ["anthropic/claude-3-haiku", "anthropic/claude-sonnet-4", MODEL])
def test_all_its_documents_are_alike_whatever_the_age_of_the_model(model: str) -> None:
    many = [text(str(n)) for n in range(8)]
    linked = {"type": "image", "url": "https://x.io/a.png"}
    pdf = {"type": "file", "url": "https://x.io/a.pdf"}
    (turn,) = turns_of(HumanMessage([*many, linked, pdf]), model=model)
    source = {"type": "url", "url": "https://x.io/a.png"}
    assert turn["content"][:8] == many
    assert turn["content"][8] == {"type": "image", "source": source}
    assert turn["content"][9]["source"]["url"] == "https://x.io/a.pdf"


def test_signed_and_redacted_thoughts_go_back_unchanged_and_in_place() -> None:
    wrapped = {"type": "non_standard", "value": REDACTED}
    later = {**REASONING, "reasoning": "so", "extras": {"signature": "bmV4dA=="}}
    answer = AIMessage([REASONING, text("I add"), wrapped, later], tool_calls=[CALL])
    assert turns_of(HumanMessage("1 + 2?"), answer, ToolMessage("3", tool_call_id="toolu_1")) == [
        {"role": "user", "content": "1 + 2?"},
        {
            "role": "assistant",
            "content": [
                SIGNED,
                text("I add"),
                REDACTED,
                {"type": "thinking", "thinking": "so", "signature": "bmV4dA=="},
                USE,
            ],
        },
        {"role": "user", "content": [RESULT]},
    ]


def test_a_call_stands_where_it_stood() -> None:
    mark = {"type": "tool_use", "id": "toolu_1", "name": "add", "input": {}, "index": "lc_block_0"}
    answer = AIMessage([mark, {**REASONING, "index": "lc_block_1"}], tool_calls=[CALL])
    turn = turns_of(HumanMessage("?"), answer, ToolMessage("3", tool_call_id="toolu_1"))[1]
    assert turn["content"] == [USE, SIGNED]


def test_a_thought_that_was_not_shown_goes_back_by_its_signature() -> None:
    hidden = {"type": "reasoning", "reasoning": "", "extras": {"signature": "c2ln"}}
    turn = turns_of(HumanMessage("?"), AIMessage([hidden, text("a")]), HumanMessage("b"))[1]
    assert turn["content"][0] == {"type": "thinking", "thinking": "", "signature": "c2ln"}


@pytest.mark.parametrize(
    "thought",
    [
        {"type": "reasoning", "reasoning": "hmm"},
        {"type": "reasoning", "id": "rs_1", "reasoning": "", "extras": {"encrypted_content": "x"}},
        {"type": "reasoning", "extras": {"signature": "g", "format": "google-gemini-v1"}},
    ],
)
def test_a_thought_that_claude_did_not_sign_is_left_out(thought: dict[str, Any]) -> None:
    turn = turns_of(HumanMessage("?"), AIMessage([thought, text("a")]), HumanMessage("b"))[1]
    assert turn["content"] in ("a", [text("a")])


def test_a_thought_that_google_signed_is_left_out() -> None:
    answer = AIMessage([REASONING, text("a")], response_metadata={"model_provider": "google_genai"})
    assert turns_of(HumanMessage("?"), answer, HumanMessage("b"))[1]["content"] == [text("a")]


# --- tools ---
@pytest.mark.parametrize(
    "server_tool",
    [
        {"type": "web_search_20250305", "name": "web_search", "max_uses": 3},
        {"type": "web_fetch_20260309", "name": "web_fetch", "citations": {"enabled": True}},
        {"type": "code_execution_20260120", "name": "code_execution"},
        {"type": "tool_search_tool_regex_20251119", "name": "tool_search_tool_regex"},
        {"type": "memory_20250818", "name": "memory", "cache_control": MARK},
        {"type": "text_editor_20250728", "name": "str_replace_based_edit_tool"},
        {"type": "bash_20250124", "name": "bash"},
    ],
)
def test_server_tools_are_sent_as_they_are(server_tool: dict[str, Any]) -> None:
    service = Service()
    service.model().bind_tools([add, server_tool]).invoke("Hi")
    own, theirs = service.bodies[0]["tools"]
    assert (own["name"], theirs) == ("add", server_tool)


def test_a_tool_carries_what_its_documents_have() -> None:
    service = Service()
    given = {
        "name": "f",
        "input_schema": {"type": "object", "properties": {}},
        "cache_control": MARK,
        "defer_loading": True,
    }
    bound = service.model().bind_tools(
        [given], strict=True, tool_choice="f", parallel_tool_calls=False
    )
    bound.invoke("Hi")
    schema = {"type": "object", "properties": {}, "additionalProperties": False}
    assert service.bodies[0]["tools"] == [{**given, "input_schema": schema, "strict": True}]
    assert service.bodies[0]["tool_choice"] == {
        "type": "tool",
        "name": "f",
        "disable_parallel_tool_use": True,
    }


def test_traces_of_claudes_own_tools_go_back_in_claudes_words() -> None:
    found = [{"type": "web_search_result", "url": "https://x.io", "title": "X"}]
    answer = AIMessage(
        [
            {
                "type": "server_tool_call",
                "id": "srvtoolu_1",
                "name": "web_search",
                "args": {"query": "x"},
            },
            {
                "type": "server_tool_result",
                "tool_call_id": "srvtoolu_1",
                "status": "success",
                "output": found,
                "extras": {"block_type": "web_search_tool_result"},
            },
            {
                "type": "server_tool_call",
                "id": "srvtoolu_2",
                "name": "code_interpreter",
                "args": {"code": "1"},
            },
            {
                "type": "server_tool_result",
                "tool_call_id": "srvtoolu_2",
                "status": "error",
                "output": {"type": "code_execution_tool_result_error", "error_code": "unavailable"},
            },
            text("So."),
        ]
    )
    turn = turns_of(HumanMessage("?"), answer, HumanMessage("b"))[1]
    assert turn["content"] == [
        {
            "type": "server_tool_use",
            "id": "srvtoolu_1",
            "name": "web_search",
            "input": {"query": "x"},
        },
        {"type": "web_search_tool_result", "tool_use_id": "srvtoolu_1", "content": found},
        {
            "type": "server_tool_use",
            "id": "srvtoolu_2",
            "name": "code_execution",
            "input": {"code": "1"},
        },
        {
            "type": "code_execution_tool_result",
            "tool_use_id": "srvtoolu_2",
            "content": {"type": "code_execution_tool_result_error", "error_code": "unavailable"},
        },
        text("So."),
    ]


@pytest.mark.parametrize("model", [MODEL, "claude-of-next-year"])
def test_traces_of_other_vendors_tools_are_left_out(model: str) -> None:
    answer = AIMessage(
        [
            {"type": "server_tool_call", "id": "ws_1", "name": "web_search", "args": {}},
            {"type": "server_tool_result", "tool_call_id": "ws_1", "status": "success"},
            text("So."),
        ]
    )
    turn = turns_of(HumanMessage("?"), answer, HumanMessage("b"), model=model)[1]
    assert turn["content"] == [text("So.")]


def test_an_answer_that_paused_is_sent_back_to_go_on() -> None:
    call = {"type": "server_tool_call", "id": "srvtoolu_1", "name": "web_search", "args": {}}
    last = turns_of(HumanMessage("?"), AIMessage([text("Well."), call]))[-1]
    assert last["role"] == "assistant"
    assert last["content"][-1]["type"] == "server_tool_use"


# --- cache marks, documents, results ---
def test_cache_marks_go_where_they_were_set() -> None:
    body = body_of(
        [
            SystemMessage([text("Rules.", cache_control=MARK)]),
            HumanMessage([text("Long.", cache_control={**MARK, "ttl": "1h"})]),
        ]
    )
    assert body["system"] == [text("Rules.", cache_control=MARK)]
    assert body["messages"][0]["content"][0]["cache_control"]["ttl"] == "1h"


def test_documents_may_be_cited() -> None:
    source = {"type": "content", "content": [text("a"), text("b")]}
    given: list[dict[str, Any]] = [
        {"type": "document", "source": source, "citations": {"enabled": True}},
        {"type": "text-plain", "text": "Hello", "title": "T", "citations": {"enabled": True}},
        {"type": "search_result", "source": "s", "title": "t", "content": [text("x")]},
    ]
    (turn,) = turns_of(HumanMessage(given))  # type: ignore[arg-type]  # a list of blocks
    assert turn["content"] == [
        given[0],
        {
            "type": "document",
            "source": {"type": "text", "media_type": "text/plain", "data": "Hello"},
            "title": "T",
            "citations": {"enabled": True},
        },
        given[2],
    ]


def test_media_of_a_tool_stay_in_its_result() -> None:
    image = {"type": "image", "base64": "iVBORw0KGgo=", "mime_type": "image/png"}
    result = ToolMessage([text("see"), image], tool_call_id="toolu_1", status="error")
    turn = turns_of(HumanMessage("?"), AIMessage("", tool_calls=[CALL]), result)[-1]
    (block,) = turn["content"]
    assert [part["type"] for part in block["content"]] == ["text", "image"]
    assert block["is_error"] is True


def test_sound_is_sent_in_the_other_style_that_the_documents_have() -> None:
    sound = {"type": "audio", "base64": "AAAA", "mime_type": "audio/wav"}
    assert turns_of(SystemMessage("Hear."), HumanMessage([text("What?"), sound])) == [
        {"role": "system", "content": "Hear."},
        {
            "role": "user",
            "content": [
                text("What?"),
                {"type": "input_audio", "input_audio": {"data": "AAAA", "format": "wav"}},
            ],
        },
    ]


def test_what_no_turn_takes_is_refused() -> None:
    upload = {"type": "file", "file_id": "file_1"}
    with pytest.raises(UnsupportedContentError, match="ids of uploads are not known here"):
        turns_of(HumanMessage([upload]))


def test_the_start_of_an_answer_is_sent_as_the_last_turn() -> None:
    assert turns_of(HumanMessage("?"), AIMessage("The answer is "))[-1] == {
        "role": "assistant",
        "content": "The answer is",
    }
