"""Which finish reason counts where chunks name several indexes, and calls that stay invalid."""

from __future__ import annotations

import sys
from typing import Any

import pytest
from cases.reading import END, call, calls, chunk, chunks_of, merged, streamed
from doors.answers import read_answer

from langchain_aimlapi.errors import StreamInterruptedError

Json = dict[str, Any]

HI = chunk({"content": "Hi"})


def test_a_silent_index_may_bring_the_finish_reason_of_the_answer() -> None:
    message = streamed([HI, chunk({}, index=1, finish="length")])
    assert message.content == "Hi"
    assert message.response_metadata["finish_reason"] == "length"


def test_the_finish_reason_of_another_answer_ends_nothing() -> None:
    """A second text at the other index shows that it is an answer of its own."""
    events = [HI, chunk({}, index=1, finish="length"), chunk({"content": "Ho"}, index=1)]
    with pytest.raises(StreamInterruptedError):
        chunks_of(events)
    message = streamed([*events, END])
    assert message.content == "Hi"
    assert message.response_metadata.get("finish_reason") is None


@pytest.mark.parametrize("finish", [7, ["stop"], {"reason": "stop"}, ""])
def test_what_is_no_name_is_no_finish_reason_of_a_silent_index(finish: Any) -> None:
    with pytest.raises(StreamInterruptedError):
        chunks_of([HI, chunk({}, index=1, finish=finish)])


def test_the_last_silent_index_counts() -> None:
    message = streamed([HI, chunk({}, index=1, finish="length"), chunk({}, index=1, finish="stop")])
    assert message.response_metadata["finish_reason"] == "stop"
    with pytest.raises(StreamInterruptedError):
        chunks_of([HI, chunk({}, index=1, finish="length"), chunk({}, index=1)])


def test_arguments_that_were_nested_too_deeply_stay_so_for_who_merges_with_more_room() -> None:
    limit = sys.getrecursionlimit()
    # Since 3.12 the limit does not bind the parser, which is written in C.
    depth = 4 * limit if sys.version_info < (3, 12) else 200_000
    text = '{"a":' * depth + "1" + "}" * depth
    made = chunks_of([chunk(calls(call("f", text, id="c")), finish="tool_calls"), END])
    sys.setrecursionlimit(32 * limit)
    try:
        message = merged(made)
        assert not message.tool_calls
        assert [each["name"] for each in message.invalid_tool_calls] == ["f"]
    finally:
        sys.setrecursionlimit(limit)


def test_a_call_without_an_id_before_a_trace_at_the_end_has_one_id() -> None:
    """The trace of a server's tool waits for more of it, until the answer ends."""
    body = {
        "id": "msg_1",
        "type": "message",
        "role": "assistant",
        "stop_reason": "tool_use",
        "content": [
            {"type": "thinking", "thinking": "Hm.", "signature": "c2ln"},
            {"type": "tool_use", "name": "f", "input": {"x": 1}},
            {"type": "server_tool_use", "id": "srvtoolu_1", "name": "web_search", "input": {}},
        ],
    }
    first, again = (read_answer(body, endpoint="messages").generations[0].message for _ in range(2))
    marks = [block["id"] for block in first.content if block["type"] == "tool_use"]  # type: ignore[index,call-overload]  # blocks
    assert marks == [call["id"] for call in first.tool_calls]  # type: ignore[attr-defined]  # of an answer
    assert first == again


@pytest.mark.parametrize("audio", ["x", ["x"], 7])
def test_audio_that_is_no_object_is_left_out(audio: Any) -> None:
    message = {"role": "assistant", "content": "Hi", "audio": audio}
    whole = read_answer({"id": "1", "choices": [{"message": message}]}).generations[0].message
    assert whole.content == "Hi"
    assert streamed([chunk(message), chunk(finish="stop"), END]).content == "Hi"


def test_annotations_beside_a_text_that_is_a_block_belong_to_the_block() -> None:
    note = {"type": "url_citation", "url_citation": {"url": "https://example.org", "title": "E"}}
    picture = {"type": "image_url", "image_url": {"url": "https://example.org/a.png"}}
    events = [
        chunk({"images": [picture]}),
        chunk({"content": "A", "annotations": [note]}),
        chunk(finish="stop"),
    ]
    message = streamed([*events, END])
    blocks: Any = message.content
    (text,) = (block for block in blocks if block["type"] == "text")
    assert text["annotations"] == [note]
    assert "annotations" not in message.additional_kwargs
