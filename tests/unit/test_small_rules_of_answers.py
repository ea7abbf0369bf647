"""Rules of one line each about what comes out of an answer, whole or in pieces."""

from __future__ import annotations

from typing import Any

import pytest
from cases.doors import Ways
from cases.messages import sse
from cases.reading import END, call, calls, chunk, merged, usage, wire
from doors.answers import read_answer
from doors.streams import chunks_of
from langchain_core.messages import AIMessageChunk
from langchain_core.outputs import ChatGenerationChunk

Json = dict[str, Any]


# --- chat/completions ---
def _whole(message: Json, **more: Any) -> Any:
    return (
        read_answer({"id": "1", "choices": [{"message": message}], **more}).generations[0].message
    )


def test_a_call_ends_where_its_string_does_though_a_backslash_divides_the_pieces() -> None:
    stream = [
        chunk(calls(call("f", '{"a": "x\\'))),
        chunk(calls(call(None, '"y'))),
        chunk(calls(call(None, '"}'))),
        chunk(calls(call("g", "{}")), finish="tool_calls"),
        END,
    ]
    message = merged(chunks_of(wire(stream)))
    assert [(c["name"], c["args"]) for c in message.tool_calls] == [("f", {"a": 'x"y'}), ("g", {})]


def test_a_call_may_get_its_name_in_the_second_entry_of_one_event() -> None:
    entries = calls(call(None, '{"a": ', index=0, id="c"), call("f", "1}", index=0))
    message = merged(chunks_of(wire([chunk(entries), chunk(finish="tool_calls"), END])))
    assert [(c["name"], c["args"], c["id"]) for c in message.tool_calls] == [("f", {"a": 1}, "c")]


@pytest.mark.parametrize("field", ["thinking", "summary", "text"])
def test_a_thought_is_read_under_each_of_its_names(field: str) -> None:
    part = {"type": "thinking", field: "Hm."}
    message = _whole({"content": [part, {"type": "text", "text": "Hi"}]})
    assert message.content_blocks[0]["reasoning"] == "Hm."


@pytest.mark.parametrize("pieces", [["a", "b", "c"], ["ab", "c"], ["a", "bc"], ["abc"]])
def test_thoughts_that_come_in_two_fields_are_shown_once(pieces: list[str]) -> None:
    stream = [
        *(chunk({"reasoning_content": piece}) for piece in "abc"),
        *(chunk({"reasoning": piece}) for piece in pieces),
        chunk({"content": "Hi"}, finish="stop"),
        END,
    ]
    message = merged(chunks_of(wire(stream)))
    assert message.additional_kwargs["reasoning_content"] == "abc"


@pytest.mark.parametrize("name", ["id", "data"])
def test_a_detail_may_get_its_id_in_a_later_piece(name: str) -> None:
    pieces = [{"text": "a"}, {"text": "b", name: "one"}, {"text": "c", name: "one"}]
    entries = [{"type": "reasoning.text", "index": 0, **piece} for piece in pieces]
    stream = [chunk({"reasoning_details": [entry]}) for entry in entries]
    (detail,) = merged(chunks_of(wire([*stream, chunk(finish="stop"), END]))).additional_kwargs[
        "reasoning_details"
    ]
    assert (detail["text"], detail[name]) == ("abc", "one")


def test_details_of_tokens_have_the_names_of_openai() -> None:
    sent = {"audio_tokens": 1, "cached_tokens": 2, "cache_write_tokens": 3}
    received = {"audio_tokens": 4, "reasoning_tokens": 5}
    counts = usage(9, 9, prompt_tokens_details=sent, completion_tokens_details=received)
    shown = _whole({"content": "Hi"}, usage=counts).response_metadata["token_usage"]
    assert shown["prompt_tokens_details"] == sent
    assert shown["completion_tokens_details"] == received


@pytest.mark.parametrize("finish", [None, "stop"])
@pytest.mark.parametrize("content", ["Hi", None])
def test_a_chunk_holds_what_pydantic_would_have_put_into_it(
    content: str | None, finish: str | None
) -> None:
    delta = {"content": content} if content else calls(call("f", "{}", id="c"))
    stream = wire([chunk({"role": "assistant"}), chunk(delta, finish=finish), chunk(finish="stop")])
    for made in chunks_of(stream):
        message: Any = made.message
        again = AIMessageChunk(
            **{name: getattr(message, name) for name in message.model_fields_set}
        )
        assert message.model_extra == again.model_extra
        given = {"message": message}
        if made.generation_info is not None:
            given["generation_info"] = made.generation_info
        assert made.model_fields_set == ChatGenerationChunk(**given).model_fields_set


# --- messages ---
def _claude(*events: Json) -> list[ChatGenerationChunk]:
    start = {"type": "message_start", "message": {"id": "msg_1", "role": "assistant"}}
    end = {"type": "message_delta", "delta": {"stop_reason": "end_turn"}}
    return chunks_of(sse([start, *events, end, {"type": "message_stop"}]), endpoint="messages")


def _block(index: int, kind: str, **more: Any) -> Json:
    block = {"type": kind, **more}
    return {"type": "content_block_start", "index": index, "content_block": block}


def _piece(index: int, kind: str, **more: Any) -> Json:
    return {"type": "content_block_delta", "index": index, "delta": {"type": kind, **more}}


def _stop(index: int) -> Json:
    return {"type": "content_block_stop", "index": index}


@pytest.mark.parametrize("text", ["", "Let me see."])
def test_a_call_without_an_id_has_one_id_in_its_mark_and_in_the_list_of_calls(text: str) -> None:
    body = {
        "id": "msg_1",
        "type": "message",
        "role": "assistant",
        "stop_reason": "tool_use",
        "content": [
            {"type": "thinking", "thinking": "Hm.", "signature": "c2ln"},
            {"type": "text", "text": text},
            {"type": "tool_use", "name": "f", "input": {"x": 1}},
            {"type": "text", "text": "Done."},
        ],
    }
    first, again = (read_answer(body, endpoint="messages").generations[0].message for _ in range(2))
    blocks: Any = first.content
    (mark,) = (block for block in blocks if block["type"] == "tool_use")
    assert isinstance(first.tool_calls, list)  # type: ignore[attr-defined]  # of an answer
    assert mark["id"] == first.tool_calls[0]["id"]  # type: ignore[attr-defined]  # the same
    assert first == again  # the same answer has the same ids, however often it is read


def test_an_event_of_an_unknown_type_adds_no_text() -> None:
    """Some hosts give their events no names: only the type tells."""
    odd = {"type": "content_block_hint", "index": 0, "delta": {"type": "text_delta", "text": "?"}}
    pieces = [_piece(0, "text_delta", text=text) for text in ("H", "i")]
    events = [CLAUDES_END[0], _block(0, "text", text=""), *pieces, odd, *CLAUDES_END[-2:]]
    assert merged(chunks_of(wire(events), endpoint="messages")).text == "Hi"


# --- responses ---
def _response(*output: Json, **more: Any) -> Any:
    body = {"id": "resp_1", "object": "response", "status": "completed", "output": list(output)}
    return read_answer({**body, **more}, endpoint="responses").generations[0].message


def _events(*events: Json) -> Any:
    return merged(chunks_of(wire(list(events)), endpoint="responses"))


TEXT = {"type": "output_text", "text": "Hi"}


def test_arguments_that_are_an_object_are_written_as_they_are() -> None:
    item = {"type": "function_call", "call_id": "c", "name": "f", "arguments": {"city": "Zürich"}}
    broken = {**item, "call_id": "d", "arguments": ["Zürich"]}
    message = _response(item, broken)
    assert message.tool_calls[0]["args"] == {"city": "Zürich"}
    assert message.invalid_tool_calls[0]["args"] == '["Zürich"]'


def test_a_text_of_nothing_makes_no_block() -> None:
    thought = {"type": "reasoning", "id": "rs", "summary": [{"type": "summary_text", "text": "Hm"}]}
    empty = {"type": "message", "content": [{"type": "output_text", "text": ""}]}
    message = _response(thought, empty, {"type": "message", "content": [TEXT]})
    assert [block["type"] for block in message.content] == ["reasoning", "text"]


@pytest.mark.parametrize("event", ["completed", "incomplete", "cancelled"])
def test_the_name_of_the_last_event_is_its_status_where_it_names_none(event: str) -> None:
    ended = {"type": f"response.{event}", "response": {"id": "resp_1", "output": []}}
    message = _events(
        {"type": "response.output_text.delta", "output_index": 0, "delta": "Hi"}, ended
    )
    assert message.response_metadata["status"] == event


def test_reasoning_without_an_id_waits_until_there_is_something_of_it() -> None:
    message = _events(
        {"type": "response.created", "response": {"id": "resp_1", "store": False}},
        {
            "type": "response.output_item.added",
            "output_index": 0,
            "item": {"type": "reasoning", "summary": []},
        },
        {"type": "response.output_text.delta", "output_index": 1, "delta": "Hi"},
        {
            "type": "response.completed",
            "response": {
                "id": "resp_1",
                "status": "completed",
                "store": False,
                "output": [
                    {"type": "reasoning", "summary": []},
                    {"type": "message", "content": [TEXT]},
                ],
            },
        },
    )
    assert message.content == "Hi"


# --- after the end ---
CLAUDES_END: list[Json] = [
    {"type": "message_start", "message": {"id": "msg_1", "role": "assistant"}},
    _block(0, "text", text=""),
    _piece(0, "text_delta", text="Hi"),
    {"type": "message_delta", "delta": {"stop_reason": "end_turn"}},
    {"type": "message_stop"},
]
MORE: Json = {"type": "response.output_text.delta", "output_index": 0, "content_index": 0}
RESPONSE: Json = {"id": "resp_1", "status": "completed", "output": []}
ENDED = {
    "chat/completions": (
        wire([chunk({"content": "H"}), chunk({"content": "i"}, finish="stop"), END]),
        wire([chunk({"content": "Ho"})]),
    ),
    "messages": (sse(CLAUDES_END), sse([_piece(0, "text_delta", text="Ho")])),
    "responses": (
        wire([{**MORE, "delta": "Hi"}, {"type": "response.completed", "response": RESPONSE}]),
        wire([{**MORE, "delta": "Ho"}]),
    ),
}
BEHIND = {
    "more of the text": b"",
    "what is no JSON": b"data: nothing\n\n",
    "half of an event": b'data: {"type": "resp\n\n',
    "the end": b"data: [DONE]\n\n",
    "the end under a name": b"event: done\ndata: [DONE]\n\n",
    "an error": b'data: {"error": {"message": "No."}}\n\n',
    "an error under its name": b'event: error\ndata: {"message": "No."}\n\n',
    "a chunk under a name": b'event: more\ndata: {"choices": [{"delta": {"content": "Ho"}}]}\n\n',
}


@pytest.mark.parametrize("behind", BEHIND.values(), ids=BEHIND)
@pytest.mark.parametrize("endpoint", ENDED)
def test_nothing_behind_the_end_of_an_answer_counts(endpoint: str, behind: bytes) -> None:
    stream, more = ENDED[endpoint]
    model = "anthropic/claude-sonnet-4" if endpoint == "messages" else "openai/gpt-5-1"
    ways = Ways(events=stream + behind + more, model=model, endpoint=endpoint)
    assert ways.streamed().text == "Hi"


# --- several answers, or calls, in one stream ---
def test_the_first_of_several_answers_may_begin_after_the_others() -> None:
    stream = [
        chunk({"role": "assistant"}, index=1),
        chunk({"role": "assistant"}, index=2),
        chunk({"content": "A"}, index=0),
        chunk({"content": "B"}, index=1, finish="stop"),
        chunk({"content": "a"}, index=0, finish="stop"),
        END,
    ]
    assert Ways(events=stream, n=3).streamed().text == "Aa"


def test_pieces_of_two_custom_calls_go_by_their_ids_though_each_repeats_its_name() -> None:
    def piece(id_: str, text: str) -> Json:
        return {"id": id_, "custom": {"name": "f", "input": text}}

    stream = [
        chunk(calls(piece("a", "one"))),
        chunk(calls(piece("b", "two"))),
        chunk(calls(piece("a", " more"))),
        chunk(calls(piece("b", " less")), finish="tool_calls"),
        END,
    ]
    message = merged(chunks_of(wire(stream)))
    assert [(c["id"], c["args"]) for c in message.tool_calls] == [
        ("a", {"input": "one more"}),
        ("b", {"input": "two less"}),
    ]
