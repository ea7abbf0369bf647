"""Turns as `ChatAIMLAPI` sends them to Claude: ids of calls, order of parts, what it refuses."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import pytest
from cases.sending import sent, turns_sent
from langchain_core.messages import AIMessage, HumanMessage, SystemMessage, ToolMessage

from langchain_aimlapi.errors import ConfigurationError, UnsupportedContentError

OLD = "anthropic/claude-sonnet-4"
NEW = "anthropic/claude-sonnet-5"
UNDOCUMENTED = "anthropic/claude-of-next-year"
both_documents = pytest.mark.parametrize("model", [OLD, NEW])
ASKED = HumanMessage("Go on.")


def thought(text: str, signature: str = "sig") -> dict[str, Any]:
    return {"type": "thinking", "thinking": text, "signature": signature}


def text(words: str) -> dict[str, Any]:
    return {"type": "text", "text": words}


def calls(*ids: str) -> AIMessage:
    named = [{"name": "f", "args": {"n": n}, "id": id_} for n, id_ in enumerate(ids)]
    return AIMessage("", tool_calls=named)


def ids_sent(messages: list[Any], model: str) -> list[tuple[str, str]]:
    """Return the kind and id of each call and result, in order."""
    blocks = [
        block
        for turn in turns_sent(messages, model)
        if isinstance(turn["content"], list)
        for block in turn["content"]
    ]
    return [
        ("call", block["id"]) if block["type"] == "tool_use" else ("result", block["tool_use_id"])
        for block in blocks
        if block["type"] in {"tool_use", "tool_result"}
    ]


@both_documents
def test_an_id_that_a_later_turn_uses_again_is_another_id_on_the_wire(model: str) -> None:
    messages = [
        ASKED,
        calls("functions.f:0"),
        ToolMessage("one", tool_call_id="functions.f:0"),
        calls("functions.f:0"),
        ToolMessage("two", tool_call_id="functions.f:0"),
    ]
    assert ids_sent(messages, model) == [
        ("call", "functions_f_0"),
        ("result", "functions_f_0"),
        ("call", "functions_f_0_2"),
        ("result", "functions_f_0_2"),
    ]


def test_a_call_without_a_result_does_not_take_that_of_a_later_one() -> None:
    messages = [ASKED, calls("a"), ASKED, calls("a"), ToolMessage("two", tool_call_id="a")]
    assert ids_sent(messages, OLD) == [("call", "a"), ("call", "a_2"), ("result", "a_2")]


def test_two_calls_of_one_turn_with_one_id_have_a_result_each() -> None:
    messages = [
        ASKED,
        calls("a", "a"),
        ToolMessage("one", tool_call_id="a"),
        ToolMessage("two", tool_call_id="a"),
    ]
    assert ids_sent(messages, OLD) == [
        ("call", "a"),
        ("call", "a_2"),
        ("result", "a"),
        ("result", "a_2"),
    ]


@both_documents
def test_signed_thoughts_are_sent_where_they_came(model: str) -> None:
    content: list[Any] = [thought("t1"), text("A"), thought("t2"), text("B")]
    message = AIMessage(content, tool_calls=[{"name": "f", "args": {}, "id": "c"}])
    turn = turns_sent([ASKED, message, ToolMessage("3", tool_call_id="c")], model)[1]
    call = {"type": "tool_use", "id": "c", "name": "f", "input": {}}
    assert turn["content"] == [*content, call]


def test_calls_are_sent_where_their_blocks_stand() -> None:
    def block(id_: str) -> dict[str, Any]:
        return {"type": "tool_use", "id": id_, "name": "f", "input": {}}

    content: list[Any] = [thought("t1"), block("c1"), thought("t2"), block("c2")]
    named = [{"name": "f", "args": {"n": n}, "id": f"c{n}"} for n in (1, 2, 3)]
    results = [ToolMessage("x", tool_call_id=f"c{n}") for n in (1, 2, 3)]
    turn = turns_sent([ASKED, AIMessage(content, tool_calls=named), *results], NEW)[1]
    # What the message says about a call counts, and each call is sent once.
    assert turn["content"] == [
        thought("t1"),
        {**block("c1"), "input": {"n": 1}},
        thought("t2"),
        {**block("c2"), "input": {"n": 2}},
        {**block("c3"), "input": {"n": 3}},
    ]


def test_a_signature_behind_the_text_that_it_signs_is_put_onto_it() -> None:
    unsigned = {"type": "thinking", "thinking": "t1"}
    message = AIMessage([unsigned, thought("", "sig1"), text("A")])
    assert turns_sent([ASKED, message, ASKED], OLD)[1]["content"] == [
        thought("t1", "sig1"),
        text("A"),
    ]


# --- what Claude refuses ---


@both_documents
def test_instructions_alone_are_sent_as_a_turn_of_the_user(model: str) -> None:
    body = sent([SystemMessage("Tell a joke.")], model)
    assert body["messages"] == [{"role": "user", "content": "Tell a joke."}]
    assert "system" not in body


def test_instructions_alone_keep_their_cache_mark() -> None:
    marked = {**text("Tell a joke."), "cache_control": {"type": "ephemeral"}}
    body = sent([SystemMessage([marked])], NEW)
    assert body["messages"] == [{"role": "user", "content": [marked]}]


@both_documents
def test_the_start_of_an_answer_is_sent_without_blanks_at_its_end(model: str) -> None:
    assert turns_sent([ASKED, AIMessage("It is \n ")], model)[-1]["content"] == "It is"
    blocks = turns_sent([ASKED, AIMessage([text("a "), text("b ")])], model)[-1]["content"]
    assert blocks == [text("a "), text("b")]


def test_blanks_at_the_end_of_an_earlier_answer_stay() -> None:
    assert turns_sent([ASKED, AIMessage("Yes. "), ASKED], OLD)[1]["content"] == "Yes. "


@pytest.mark.parametrize("model", [OLD, NEW, UNDOCUMENTED, "openai/gpt-4o"])
def test_langchains_own_blocks_of_server_tools_go_to_no_model(model: str) -> None:
    content: list[Any] = [
        {"type": "server_tool_call", "id": "ws_1", "name": "web_search", "args": {"query": "x"}},
        {"type": "server_tool_result", "tool_call_id": "ws_1", "status": "success", "output": []},
        text("Found."),
    ]
    turn = turns_sent([ASKED, AIMessage(content), ASKED], model)[1]
    assert turn["content"] in ("Found.", [text("Found.")])


@pytest.mark.parametrize("model", [OLD, NEW, "openai/gpt-4o"])
def test_a_call_without_a_name_is_sent_with_one(model: str) -> None:
    broken = {"name": None, "args": '{"a": [1', "id": "c", "error": None}
    answer = AIMessage("", invalid_tool_calls=[broken])
    turn = turns_sent([ASKED, answer, ToolMessage("What?", tool_call_id="c")], model)[1]
    if model == "openai/gpt-4o":
        arguments = json.dumps({"arguments": '{"a": [1'})
        assert turn["tool_calls"][0]["function"] == {"name": "unknown", "arguments": arguments}
    else:
        assert [block["name"] for block in turn["content"]] == ["unknown"]


def test_a_block_of_a_call_without_a_name_is_sent_with_one() -> None:
    block = {"type": "tool_use", "id": "c", "name": "", "input": {}}
    turn = turns_sent([ASKED, AIMessage([block]), ToolMessage("What?", tool_call_id="c")], OLD)[1]
    assert turn["content"] == [{**block, "name": "unknown"}]


@pytest.mark.parametrize("kind", ["call", "result"])
@pytest.mark.parametrize("model", [OLD, "openai/gpt-4o"])
def test_what_json_has_no_form_for_is_refused_with_its_place(model: str, kind: str) -> None:
    day = {"day": date(2026, 1, 2)}
    answer = AIMessage("", tool_calls=[{"name": "f", "args": {}, "id": "c"}])
    result: Any = "2"
    if kind == "call":
        answer.tool_calls[0]["args"] = day
    else:
        result = [{"type": "of_a_tool", **day}]
    error = ConfigurationError if (model, kind) == (OLD, "call") else UnsupportedContentError
    with pytest.raises(error, match=r"JSON.*date"):
        sent([ASKED, answer, ToolMessage(result, tool_call_id="c")], model)


RECORDING = {"base64": "UklGRiQAAABXQVZFZm10IA==", "mime_type": "audio/wav"}


@pytest.mark.parametrize("block", [{"type": "audio"}, {"type": "file"}])
@pytest.mark.parametrize("model", [NEW, "gpt-4o-audio-preview"])
def test_a_recording_may_come_as_a_file(model: str, block: dict[str, Any]) -> None:
    turn = turns_sent([HumanMessage([text("Listen."), {**block, **RECORDING}])], model)[0]
    assert turn["content"][1] == {
        "type": "input_audio",
        "input_audio": {"data": RECORDING["base64"], "format": "wav"},
    }
