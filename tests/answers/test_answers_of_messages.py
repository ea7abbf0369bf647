"""Answers of the messages endpoint: what each says, in every way in which it can be asked for."""

from __future__ import annotations

from typing import Any

import pytest
import ways
from langchain_core.messages import HumanMessage, ToolMessage
from wire import chunks_of, claude, claude_events, claude_streams, invoked, model_of, sse
from wire import streamed as streamed_from

TEXT = {"type": "text", "text": "Hello"}
HELLO = ways.text("Hello")
THOUGHT = {"type": "thinking", "thinking": "hmm", "signature": "c2ln"}
HMM = ways.thought("hmm", {"signature": "c2ln"})
REDACTED = {"type": "redacted_thinking", "data": "ENCRYPTED"}
CALL = {"type": "tool_use", "id": "toolu_1", "name": "f", "input": {"a": 1}}
CALLED = ways.tool_call("f", {"a": 1}, "toolu_1")
SEARCH_ID = "srvtoolu_1"
SEARCH = {"type": "server_tool_use", "id": SEARCH_ID, "name": "web_search", "input": {"q": "x"}}
SEARCHED = {"type": "server_tool_call", "id": SEARCH_ID, "name": "web_search", "args": {"q": "x"}}
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
MCP = {"type": "mcp_tool_use", "id": "mcptoolu_1", "name": "echo", "input": {}, "server_name": "it"}
COMPACTED = {"type": "compaction", "content": "What was said so far."}
UNKNOWN = {"type": "hologram", "depth": 3}
MOON = {"type": "moon_location", "crater": "Tycho"}
MADE_BY_CODE = {"type": "code_execution_20250825", "tool_id": "srvtoolu_9"}


def says(*blocks: ways.Json, **more: Any) -> ways.Json:
    return ways.says(*blocks, **{"usage": (10, 5), "native": "end_turn", **more})


def says_calls(*blocks: ways.Json, **more: Any) -> ways.Json:
    return says(*blocks, finish="tool_calls", native="tool_use", **more)


def calling(*blocks: ways.Json) -> ways.Json:
    return claude(*blocks, stop="tool_use")


def streamed(*events: Any) -> Any:
    return streamed_from(events, endpoint="messages")


def server_result(result: ways.Json, status: str) -> ways.Json:
    block = {"type": "server_tool_result", "tool_call_id": result["tool_use_id"], "status": status}
    return {**block, "output": result["content"], "extras": {"block_type": result["type"]}}


ANSWERS: dict[str, tuple[ways.Json, ways.Json]] = {
    "text": (
        claude(TEXT),
        says(HELLO, metadata={"model_name": "claude-sonnet-5", "endpoint": "messages"}),
    ),
    "nothing": (claude(), says()),
    "a thought": (claude(THOUGHT, TEXT), says(HMM, HELLO)),
    "thoughts that are hidden or encrypted": (
        claude({**THOUGHT, "thinking": ""}, REDACTED, TEXT),
        says(ways.thought("", {"signature": "c2ln"}), ways.other(REDACTED), HELLO),
    ),
    "blocks in order, calls among them": (
        calling(THOUGHT, TEXT, CALL, {**THOUGHT, "thinking": "so"},
                {**CALL, "id": "toolu_2", "input": {}}),
        says_calls(HMM, HELLO, CALLED, ways.thought("so", {"signature": "c2ln"}),
                   ways.tool_call("f", {}, "toolu_2")),
    ),
    "a call in front of text, that is over": (claude(CALL, TEXT), says(CALLED, HELLO)),
    "calls that server tools have made": (
        calling({**CALL, "caller": MADE_BY_CODE}),
        says_calls({**CALLED,
                    "extras": {"extra_content": {"anthropic": {"caller": MADE_BY_CODE}}}}),
    ),
    "a direct caller is as good as none": (calling({**CALL, "caller": {"type": "direct"}}),
                                           says_calls(CALLED, kwargs={})),
    "tools of the server": (
        claude(SEARCH, FOUND, FAILED, MCP, TEXT),
        says(SEARCHED, server_result(FOUND, "success"), server_result(FAILED, "error"),
             {"type": "server_tool_call", "id": "mcptoolu_1", "name": "remote_mcp", "args": {},
              "extras": {"tool_name": "echo", "server_name": "it"}},
             HELLO),
    ),
    "what nobody knows": (claude(COMPACTED, UNKNOWN, TEXT),
                          says(ways.other(COMPACTED), ways.other(UNKNOWN), HELLO)),
    "two texts, the second cited": (
        claude({"type": "text", "text": "So "}, {**TEXT, "citations": [MOON]}),
        says(ways.text("So "),
             ways.text("Hello", annotations=[{"type": "non_standard_annotation", "value": MOON}])),
    ),
    **{f"a stop: {stop}": (claude(TEXT, stop=stop), says(HELLO, finish=finish, native=native))
       for stop, finish, native in (
           ("stop_sequence", "stop", "stop_sequence"),
           ("max_tokens", "length", "max_tokens"),
           ("model_context_window_exceeded", "length", "model_context_window_exceeded"),
           ("pause_turn", "pause_turn", ""),
           ("moon_phase", "moon_phase", ""),
       )},
}  # fmt: skip


@pytest.mark.parametrize(("body", "expected"), ANSWERS.values(), ids=ANSWERS)
def test_an_answer_says_the_same_in_every_way(body: ways.Json, expected: ways.Json) -> None:
    ways.assert_says(ways.all_ways(body, endpoint="messages"), expected)


CITATIONS: list[tuple[ways.Json, ways.Json]] = [
    ({"type": "char_location", "document_title": "T", "document_index": 0, "n": 1},
     {"title": "T", "extras": {"document_index": 0, "n": 1}}),
    ({"type": "page_location", "document_title": None, "start_page_number": 2},
     {"extras": {"start_page_number": 2}}),
    ({"type": "content_block_location", "document_title": "T"}, {"title": "T"}),
    ({"type": "web_search_result_location", "url": "https://x.io", "title": "X"},
     {"url": "https://x.io", "title": "X"}),
    ({"type": "search_result_location", "source": "s", "title": "X"},
     {"title": "X", "extras": {"source": "s"}}),
]  # fmt: skip


@pytest.mark.parametrize(("sent", "read"), CITATIONS, ids=lambda c: str(c.get("type", "")))
def test_citations_of_all_kinds_are_annotations(sent: ways.Json, read: ways.Json) -> None:
    body = claude({**TEXT, "citations": [{**sent, "cited_text": "a"}]})
    annotation = {"type": "citation", "cited_text": "a", **read}
    ways.assert_says(
        ways.all_ways(body, endpoint="messages"), says(ways.text("Hello", annotations=[annotation]))
    )


def test_a_refusal_is_a_block_of_its_own() -> None:
    details = {"type": "refusal", "category": "cyber", "explanation": "No."}
    explained = {"type": "refusal", "refusal": "No.", "extras": {"category": "cyber"}}
    for body, blocks in (
        (claude(stop="refusal", stop_details=details), [explained]),
        (claude(TEXT, stop="refusal"), [TEXT, {"type": "refusal", "refusal": ""}]),
    ):
        stream = claude_streams(body)["its start"]
        for answer in (
            invoked(body, endpoint="messages"),
            streamed_from(stream, endpoint="messages"),
        ):
            assert ways.blocks_of(answer) == blocks
            assert answer.response_metadata["finish_reason"] == "content_filter"
            assert answer.response_metadata["normalized_finish_reason"] == "refusal"


def test_facts_without_a_field_are_kept_in_the_metadata() -> None:
    facts = {
        "container": {"id": "c1", "expires_at": "2026-03-03"},
        "context_management": {"applied_edits": []},
        "stop_sequence": "END",
    }
    usage = {"input_tokens": 1, "output_tokens": 2, "service_tier": "standard", "iterations": [{}]}
    end = {"type": "message_delta", "delta": {"stop_reason": "end_turn", **facts}, "usage": usage}
    stream = [*claude_events((TEXT, ()))[:-2], end]
    expected = {**facts, "service_tier": "standard", "iterations": [{}]}
    for answer in (
        invoked(claude(TEXT, **facts, usage=usage), endpoint="messages"),
        streamed(*stream),
    ):
        assert expected.items() <= answer.response_metadata.items()


SENT_BACK: list[ways.Json] = [
    *(SEARCH, FOUND, FAILED, MCP, COMPACTED, THOUGHT, REDACTED),
    {**CALL, "caller": MADE_BY_CODE},
    {"type": "tool_search_tool_result", "tool_use_id": "srvtoolu_1", "content": {"found": ["f"]}},
    {"type": "advisor_tool_result", "tool_use_id": "srvtoolu_1", "content": {"text": "a"}},
    {"type": "mcp_tool_result", "tool_use_id": "mcptoolu_1", "is_error": True, "content": []},
]


def sent_back(answer: Any, *then: Any) -> Any:
    """Return what an answer is sent as with the next request."""
    sent: list[ways.Json] = []
    model = model_of(claude(TEXT), sent=sent, endpoint="messages")
    model.invoke([HumanMessage("?"), answer, *then])
    return sent[0]["messages"][1]["content"]


def test_what_came_goes_back_as_it_came() -> None:
    for way, answer in ways.all_ways(claude(*SENT_BACK, TEXT), endpoint="messages").items():
        assert sent_back(answer, HumanMessage("More")) == [*SENT_BACK, TEXT], way


# --- pieces in the habits of hosts --------------------------------------------------------------
def arguments(value: str) -> ways.Json:
    return {"type": "input_json_delta", "partial_json": value}


def words(value: str) -> ways.Json:
    return {"type": "text_delta", "text": value}


def started(index: int, block: ways.Json) -> ways.Json:
    return {"type": "content_block_start", "index": index, "content_block": block}


def piece(index: int, delta: ways.Json) -> ways.Json:
    return {"type": "content_block_delta", "index": index, "delta": delta}


def one(block: ways.Json, *pieces: ways.Json) -> Any:
    """Return the only block of a stream that starts with it."""
    (found,) = ways.blocks_of(streamed(*claude_events((block, pieces))))
    return found


BEGIN, *_, END, STOP = claude_events()
EMPTY = {"type": "text", "text": ""}
NO_INPUT = {**SEARCH, "input": {}}


def test_pieces_after_a_whole_input_take_its_place() -> None:
    found = one({**CALL, "input": {"old": 1}}, arguments('{"a":'), arguments(" 1}"))
    assert found["args"] == {"a": 1}


def test_the_caller_of_a_server_tool_is_kept_unless_it_is_direct() -> None:
    assert "extras" not in one({**SEARCH, "caller": {"type": "direct"}})
    assert one({**SEARCH, "caller": MADE_BY_CODE})["extras"]["caller"] == MADE_BY_CODE


def test_a_server_tool_is_shown_when_its_arguments_are_whole() -> None:
    stream = claude_streams(claude(SEARCH, FOUND))["pieces"]
    shown = [b for made in chunks_of(stream, endpoint="messages") for b in made.content_blocks]
    assert [block["type"] for block in shown] == ["server_tool_call", "server_tool_result"]
    assert shown[0]["args"] == {"q": "x"}


def test_arguments_of_a_server_tool_that_are_no_json_are_kept_as_text() -> None:
    block = one(NO_INPUT, arguments('{"q": '))
    assert (block["args"], block["extras"]["partial_json"]) == ({}, '{"q": ')


def test_events_without_an_index_are_about_the_latest_block() -> None:
    events = claude_events((EMPTY, [words("Hel"), words("lo")]))
    bare = [{name: value for name, value in e.items() if name != "index"} for e in events]
    assert streamed(*bare).text == "Hello"


@pytest.mark.parametrize("index", [None, [], "0"])
def test_a_piece_whose_index_is_no_number_is_of_the_latest_block(index: Any) -> None:
    for block, pieces in (
        (EMPTY, [words("Hel"), words("lo")]),
        ({**CALL, "input": {}}, [arguments('{"x"'), arguments(": 1}")]),
    ):
        events = claude_events((block, pieces))
        odd = [*events[:3], {**events[3], "index": index}, *events[4:]]
        assert ways.blocks_of(streamed(*odd)) == ways.blocks_of(streamed(*events))


def test_a_second_start_at_an_index_is_another_block() -> None:
    first, second = (claude_events((EMPTY, [words(t)]))[1:4] for t in "AB")
    assert streamed(BEGIN, *first, *second, END, STOP).text == "AB"
    found = streamed(BEGIN, *first[:-1], started(0, {**CALL, "input": {}}), END, STOP)
    assert (found.text, [call["name"] for call in found.tool_calls]) == ("A", ["f"])


def test_blocks_that_nobody_ended_are_whole_at_the_end() -> None:
    events = [BEGIN, started(0, NO_INPUT), piece(0, arguments('{"q": "x"}')), END, STOP]
    (block,) = ways.blocks_of(streamed(*events))
    assert (block["type"], block["args"]) == ("server_tool_call", {"q": "x"})


def test_pieces_whose_start_was_lost_say_what_they_are_of() -> None:
    ended = [piece(0, arguments('{"a": 1}')), {**END, "delta": {"stop_reason": "tool_use"}}, STOP]
    lost = streamed(BEGIN, *ended)
    (broken,) = ways.blocks_of(lost)
    assert (broken["type"], broken["args"]) == ("invalid_tool_call", '{"a": 1}')
    late = streamed(BEGIN, ended[0], started(0, {**CALL, "input": {}}), *ended[1:])
    assert [call["args"] for call in late.tool_calls] == [{"a": 1}]
    signed = streamed(BEGIN, piece(0, {"type": "signature_delta", "signature": "c2ln"}), END, STOP)
    assert [block["type"] for block in ways.blocks_of(signed)] == ["reasoning"]


def test_pieces_of_an_unknown_block_are_kept_whatever_they_hold() -> None:
    block = one(
        {"type": "new", "of": [1]},
        {"type": "new_delta", "note": "one ", "count": 1},
        {"type": "new_delta", "note": "two", "count": 2, "nothing": None},
    )
    assert block["value"] == {"type": "new", "of": [1], "note": "one two", "count": 2}


def test_an_event_of_an_unknown_type_or_without_content_adds_no_text() -> None:
    hint = {"type": "content_block_hint", "index": 0, "delta": words("?")}
    odd: list[Any] = [{"type": "message_start", "message": 5}, started(1, None), piece(0, None)]  # type: ignore[arg-type]
    pieces = [piece(0, words("H")), piece(0, words("i")), hint, *odd]
    stream = sse([BEGIN, started(0, EMPTY), *pieces, END, STOP], named=False)
    assert streamed_from(stream, endpoint="messages").text == "Hi"


def test_pieces_of_two_calls_that_alternate_stay_apart() -> None:
    events = [
        BEGIN,
        *(started(at, {**CALL, "id": f"t{at}", "input": {}}) for at in (0, 1)),
        *(piece(at, arguments(p)) for p in ('{"a"', ": 1}") for at in (0, 1)),
        {**END, "delta": {"stop_reason": "tool_use"}},
        STOP,
    ]
    expected = says_calls(ways.tool_call("f", {"a": 1}, "t0"), ways.tool_call("f", {"a": 1}, "t1"))
    ways.assert_says(ways.stream_ways(events, endpoint="messages"), expected)


# --- the order of Claude's own tools and ours ---
MORE = {"type": "tool_use", "id": "toolu_2", "name": "g", "input": {"b": 2}}
NOTHING_FOUND = {**FOUND, "content": []}
ORDERS: dict[str, list[ways.Json]] = {
    "directly in front": [SEARCH, CALL],
    "after a text": [TEXT, SEARCH, CALL],
    "in front of two": [SEARCH, CALL, MORE],
    "between two": [CALL, SEARCH, MORE],
    "behind": [CALL, SEARCH],
    "with its result": [SEARCH, NOTHING_FOUND, CALL],
    "two in front": [SEARCH, {**SEARCH, "id": "srvtoolu_2"}, CALL],
}
KINDS = {"server_tool_use": "server_tool_call", "tool_use": "tool_call", "text": "text",
         "web_search_tool_result": "server_tool_result"}  # fmt: skip


@pytest.mark.parametrize("blocks", ORDERS.values(), ids=ORDERS)
def test_a_tool_of_the_server_keeps_its_place_and_goes_back_to_it(blocks: list[ways.Json]) -> None:
    for way, message in ways.all_ways(calling(*blocks), endpoint="messages").items():
        kinds = [block["type"] for block in message.content_blocks]
        assert kinds == [KINDS[block["type"]] for block in blocks], way
        results = [ToolMessage("ok", tool_call_id=call["id"]) for call in message.tool_calls]
        assert sent_back(message, *results) == blocks, way


@pytest.mark.parametrize("behind", [TEXT, SEARCH], ids=["text", "a server tool"])
def test_a_call_without_an_id_has_one_id_in_its_content_and_in_the_list_of_calls(
    behind: ways.Json,
) -> None:
    nameless = {"type": "tool_use", "name": "f", "input": {"x": 1}}
    body = calling(THOUGHT, nameless, behind)
    first, again = (invoked(body, endpoint="messages") for _ in range(2))
    (mark,) = (block for block in first.content if block["type"] == "tool_use")
    assert mark["id"] == first.tool_calls[0]["id"] == again.tool_calls[0]["id"]
    assert len(mark["id"]) == len(ways.MADE_UP)
