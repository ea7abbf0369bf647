"""Rules of one line each about what is sent: odd blocks, odd calls, choices of tools."""

from __future__ import annotations

import json
from typing import Any

import pytest
from cases.sending import turns_sent
from doors.bodies import request_body
from langchain_core.messages import AIMessage, HumanMessage, ToolMessage

from langchain_aimlapi.errors import UnsupportedContentError

CLAUDE = "anthropic/claude-sonnet-5"
GPT = "openai/gpt-4o"
CALL = {"type": "tool_call", "id": "c", "name": "f", "args": {}}


def _returned(*blocks: dict[str, Any]) -> list[Any]:
    result = ToolMessage(list(blocks), tool_call_id="c")  # type: ignore[arg-type]  # invariant list
    return [HumanMessage("Hi"), AIMessage("", tool_calls=[CALL]), result]


@pytest.mark.parametrize(
    "block",
    [
        {"type": "tool_reference", "tool_name": "f"},
        {"type": "search_result", "source": "s", "title": "t", "content": []},
    ],
)
def test_what_only_a_result_may_hold_is_sent_in_one(block: dict[str, Any]) -> None:
    turn = turns_sent(_returned(block), CLAUDE)[-1]
    assert turn["content"][0]["content"] == [block]


def test_media_that_neither_turn_takes_are_refused_with_what_a_result_takes() -> None:
    video = {"type": "video", "url": "https://x.io/v.mp4"}
    with pytest.raises(UnsupportedContentError) as refused:
        turns_sent(_returned(video), "ai21/jamba-large-1.7")
    assert str(refused.value) == (
        "Cannot send block 0 (video) of message 2 (ToolMessage) to ai21/jamba-large-1.7: neither a "
        "tool turn nor a user turn of this model takes one. Accepted: text."
    )


@pytest.mark.parametrize("args", [None, "", '{"a'])
@pytest.mark.parametrize("kept", [None, "text", [5, {"id": "other", "args": "x"}]])
def test_a_broken_call_goes_back_as_an_object_that_holds_its_text(
    args: str | None, kept: Any
) -> None:
    broken: Any = {**CALL, "type": "invalid_tool_call", "args": args, "error": "e"}
    more = {} if kept is None else {"broken_tool_calls": kept}
    answer = AIMessage("", invalid_tool_calls=[broken], additional_kwargs=more)
    turns = turns_sent([HumanMessage("Hi"), answer, ToolMessage("No.", tool_call_id="c")], GPT)
    assert turns[1]["tool_calls"][0]["function"]["arguments"] == (
        json.dumps({"arguments": args}) if args else "{}"
    )


def test_what_keeps_langchain_from_mending_a_broken_call_is_not_sent() -> None:
    def sent(args: str, kept: str | None) -> str:
        broken: Any = {**CALL, "type": "invalid_tool_call", "args": args, "error": "e"}
        more = {"broken_tool_calls": [{"id": "c", "args": kept}]}
        answer = AIMessage("", invalid_tool_calls=[broken], additional_kwargs=more)
        result = ToolMessage("No.", tool_call_id="c")
        turns = turns_sent([HumanMessage("Hi"), answer, result], GPT)
        sent_back = json.loads(turns[1]["tool_calls"][0]["function"]["arguments"])
        text: str = sent_back.get("arguments", "")
        return text

    assert sent('{"a"]', '{"a"') == '{"a"'
    assert sent("other", '{"a"') == "other"  # the user has changed it
    assert sent("x", None) == ""


@pytest.mark.parametrize("kind", ["server_tool_call", "server_tool_call_chunk"])
def test_a_trace_of_another_vendors_server_tool_is_not_sent_to_claude(kind: str) -> None:
    trace = {"type": kind, "id": "ws_1", "name": "web_search", "args": {}}
    answer = AIMessage([trace, {"type": "text", "text": "Found."}])
    turns = turns_sent([HumanMessage("Hi"), answer, HumanMessage("Go on")], CLAUDE)
    assert turns[1]["content"] == [{"type": "text", "text": "Found."}]


def test_a_block_of_a_merged_stream_goes_back_to_claude_without_its_index() -> None:
    found = {"type": "web_search_tool_result", "tool_use_id": "srvtoolu_1", "content": []}
    answer = AIMessage([{**found, "index": 1}, {"type": "text", "text": "Found.", "index": 2}])
    turns = turns_sent([HumanMessage("Hi"), answer, HumanMessage("Go on")], CLAUDE)
    assert turns[1]["content"] == [found, {"type": "text", "text": "Found."}]


@pytest.mark.parametrize(
    ("given", "previous", "messages"), [({}, "resp_1", 1), ({"previous_response_id": "x"}, "x", 3)]
)
def test_an_earlier_answer_that_the_user_names_is_the_one_that_goes_on(
    given: dict[str, Any], previous: str, messages: int
) -> None:
    body = request_body(
        [
            HumanMessage("Hi"),
            AIMessage("Hello", response_metadata={"id": "resp_1"}),
            HumanMessage("Go on"),
        ],
        "openai/gpt-5-1",
        endpoint="responses",
        use_previous_response_id=True,
        params=given,
    )
    assert body["previous_response_id"] == previous
    assert len(body["input"]) == messages


def test_results_of_calls_that_cannot_be_read_are_sent_in_the_order_of_the_calls() -> None:
    broken = [
        {"type": "invalid_tool_call", "id": name, "name": "f", "args": "{", "error": "cut off"}
        for name in ("a", "b")
    ]
    answer = AIMessage("", invalid_tool_calls=broken)
    results = [ToolMessage(f"No: {name}.", tool_call_id=name) for name in ("b", "a")]
    turns = turns_sent([HumanMessage("Hi"), answer, *results], GPT)
    assert [turn.get("tool_call_id") for turn in turns] == [None, None, "a", "b"]
