"""Blocks of the messages endpoint in the habits that only some services have."""

from __future__ import annotations

from typing import Any

from cases.messages import events, invoked, message, sse, streamed

Json = dict[str, Any]

CALL = {"type": "tool_use", "id": "toolu_1", "name": "f"}
SEARCH = {"type": "server_tool_use", "id": "srvtoolu_1", "name": "web_search"}
TEXT = {"type": "text", "text": ""}


def arguments(text: str) -> Json:
    return {"type": "input_json_delta", "partial_json": text}


def text(value: str) -> Json:
    return {"type": "text_delta", "text": value}


def one(block: Json, *pieces: Json) -> Any:
    """Return what a stream of one block is merged to."""
    return streamed(sse(events((block, pieces))))


def server_call(block: Json, *pieces: Json) -> Json:
    (found,) = (b for b in one(block, *pieces).content_blocks if b["type"] == "server_tool_call")
    return dict(found)


def test_pieces_after_a_whole_input_take_its_place() -> None:
    (call,) = one({**CALL, "input": {"old": 1}}, arguments('{"a":'), arguments(" 1}")).tool_calls
    assert call["args"] == {"a": 1}


def test_a_direct_caller_is_as_good_as_none() -> None:
    direct = {"type": "direct"}
    code = {"type": "code_execution_20250825", "tool_id": "srvtoolu_9"}
    plain = invoked(message({**CALL, "input": {}, "caller": direct}, stop="tool_use"))
    assert "tool_call_extras" not in plain.additional_kwargs
    called = invoked(message({**CALL, "input": {}, "caller": code}, stop="tool_use"))
    assert called.additional_kwargs["tool_call_extras"] == {
        "toolu_1": {"anthropic": {"caller": code}}
    }
    assert "extras" not in server_call({**SEARCH, "input": {"q": "x"}, "caller": direct})
    assert server_call({**SEARCH, "input": {"q": "x"}, "caller": code})["extras"]["caller"] == code


def test_events_without_an_index_are_about_the_latest_block() -> None:
    made = [
        {name: value for name, value in event.items() if name != "index"}
        for event in events((TEXT, [text("Hel"), text("lo")]))
    ]
    assert streamed(sse(made)).text == "Hello"


def test_a_second_start_at_an_index_is_another_block() -> None:
    first, second = events((TEXT, [text("A")]))[1:4], events((TEXT, [text("B")]))[1:4]
    begin, *_, delta, stop = events()
    assert streamed(sse([begin, *first, *second, delta, stop])).text == "AB"
    unended = [event for event in first if event["type"] != "content_block_stop"]
    calls = [{"type": "content_block_start", "index": 0, "content_block": {**CALL, "input": {}}}]
    found = streamed(sse([begin, *unended, *calls, delta, stop]))
    assert found.text == "A"
    assert [call["name"] for call in found.tool_calls] == ["f"]


def test_blocks_that_nobody_ended_are_whole_at_the_end() -> None:
    made = events(({**SEARCH, "input": {}}, [arguments('{"q": "x"}')]))
    unended = [event for event in made if event["type"] != "content_block_stop"]
    (block,) = streamed(sse(unended)).content_blocks
    assert (block["type"], block["args"]) == ("server_tool_call", {"q": "x"})


def test_the_arguments_of_a_server_tool_that_are_no_json_are_kept_as_text() -> None:
    block = server_call({**SEARCH, "input": {}}, arguments('{"q": '))
    assert block["args"] == {}
    assert block["extras"]["partial_json"] == '{"q": '


def test_pieces_of_an_unknown_block_are_kept_whatever_they_hold() -> None:
    pieces = (
        {"type": "new_delta", "note": "one ", "count": 1},
        {"type": "new_delta", "note": "two", "count": 2, "nothing": None},
    )
    (block,) = one({"type": "new"}, *pieces).content_blocks
    assert block["value"] == {"type": "new", "note": "one two", "count": 2}


def test_ages_of_a_cache_are_its_count_where_no_other_is_sent() -> None:
    ages = {"ephemeral_5m_input_tokens": 30, "ephemeral_1h_input_tokens": 12}
    usage = {"input_tokens": 10, "output_tokens": 5, "cache_creation": ages}
    counts = invoked(message({"type": "text", "text": "a"}, usage=usage)).usage_metadata
    assert counts == {
        "input_tokens": 52,
        "output_tokens": 5,
        "total_tokens": 57,
        "input_token_details": {"cache_creation": 0, **ages},
    }


def test_a_total_that_is_not_claudes_is_left_out_of_the_count() -> None:
    usage = {"input_tokens": 10, "output_tokens": 5, "total_tokens": 999}
    counts = invoked(message({"type": "text", "text": "a"}, usage=usage)).usage_metadata
    assert counts is not None
    assert counts["total_tokens"] == 15
