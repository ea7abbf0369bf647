"""Protocol events: valid in every case, and of the same message as the stream's."""

from typing import Any

import pytest
from cases.bodies import BODIES
from cases.model import EventModel
from cases.reading import (
    END,
    Json,
    call,
    calls,
    chunk,
    chunks_of,
    said_by,
    streamed,
    usage,
    wire,
)
from cases.slicing import streams_of
from cases.streams import STREAMS
from doors import streams
from doors.streams import EventBuilder, stream_events
from langchain_core.language_models.chat_model_stream import ChatModelStream
from langchain_core.messages import AIMessage
from langchain_tests.utils.stream_lifecycle import assert_valid_event_stream

ALL = {
    **{name: wire(case.given) for name, case in STREAMS.items()},
    **{f"{name}, in pieces": streams_of(case.given)["in pieces"] for name, case in BODIES.items()},
    **{f"{name}, whole": streams_of(case.given)["as a document"] for name, case in BODIES.items()},
}


def events_of(data: bytes | list[Any]) -> list[Any]:
    return list(stream_events(iter(chunks_of(data))))


def message_of(events: list[Any]) -> AIMessage:
    stream = ChatModelStream()
    for event in events:
        stream.dispatch(event)
    assert stream.output_message is not None
    return stream.output_message


@pytest.mark.parametrize("data", ALL.values(), ids=ALL)
def test_events_are_valid(data: bytes) -> None:
    assert_valid_event_stream(events_of(data))


@pytest.mark.parametrize("data", ALL.values(), ids=ALL)
def test_events_make_the_message_of_the_stream(data: bytes) -> None:
    events, stream = events_of(data), streamed(data)
    message = message_of(events)
    assert said_by(message) == said_by(stream)
    assert events[0]["id"] == ""  # that of the run, where LangChain runs the model
    assert message.usage_metadata == stream.usage_metadata
    assert message.additional_kwargs == stream.additional_kwargs
    assert message.response_metadata == {**stream.response_metadata, "output_version": "v1"}
    assert _in_any_order(message) == _in_any_order(stream)


def _in_any_order(message: AIMessage) -> list[str]:
    blocks = [{k: v for k, v in block.items() if k != "index"} for block in message.content_blocks]
    # LangChain leaves refusals out when it puts events together, so they come wrapped.
    blocks = [b["value"] if _is_wrapped_refusal(b) else b for b in blocks]
    # LangChain's blocks of a message leave broken calls out; events bring them.
    return sorted(repr(sorted(b.items())) for b in blocks if b["type"] != "invalid_tool_call")


def _is_wrapped_refusal(block: Json) -> bool:
    return block["type"] == "non_standard" and block["value"].get("type") == "refusal"


def test_text_is_delivered_as_it_comes() -> None:
    events = events_of([chunk({"content": "Hi"}), chunk({"content": " you"}, finish="stop")])
    assert events == [
        {
            "event": "message-start",
            "role": "ai",
            "id": "",
            "metadata": {"provider": "aimlapi"},
        },
        {"event": "content-block-start", "index": 0, "content": {"type": "text", "text": ""}},
        {"event": "content-block-delta", "index": 0, "delta": {"type": "text-delta", "text": "Hi"}},
        {
            "event": "content-block-delta",
            "index": 0,
            "delta": {"type": "text-delta", "text": " you"},
        },
        {
            "event": "content-block-finish",
            "index": 0,
            "content": {"type": "text", "text": "Hi you"},
        },
        {
            "event": "message-finish",
            "finish_reason": "stop",
            "normalized_finish_reason": "stop",
            "finish_state": "completed",
            "metadata": {
                "model_provider": "aimlapi",
                "model_name": "vendor/model-1",
                "id": "gen-1",
                "finish_reason": "stop",
                "normalized_finish_reason": "stop",
                "finish_state": "completed",
            },
        },
    ]


def test_a_broken_call_is_finished_as_invalid_with_its_text_and_a_reason() -> None:
    events = events_of([chunk(calls(call("f", '{"a": "b', index=0, id="c1")), finish="length")])
    blocks = [e["content"] for e in events if e["event"] == "content-block-finish"]
    assert blocks == [
        {
            "type": "invalid_tool_call",
            "id": "c1",
            "name": "f",
            "args": '{"a": "b',
            "error": "Arguments are not valid JSON: Unterminated string starting at: "
            "line 1 column 7 (char 6)",
        },
    ]
    deltas = [e["delta"] for e in events if e["event"] == "content-block-delta"]
    assert deltas == [{"type": "tool-call-delta", "args": '{"a": "b'}]


def test_nothing_fed_gives_no_events() -> None:
    assert EventBuilder().close() == []


EXAMPLE = wire(
    [
        chunk({"reasoning_content": "Hm."}),
        chunk({"content": "Let me "}),
        chunk({"content": "see."}),
        chunk(calls(call("f", '{"a":', index=0, id="c1"), call("g", "{}", index=1, id="c2"))),
        chunk(calls(call(None, " 1}", index=0))),
        chunk({}, finish="tool_calls"),
        {"choices": [], "usage": usage(3, 4)},
        END,
    ]
)


def said_by_a_run(message: Any) -> Json:
    return {**said_by(message), "types": [block["type"] for block in message.content_blocks]}


EXPECTED = {
    "reasoning": "Hm.",
    "text": "Let me see.",
    "calls": [("f", {"a": 1}), ("g", {})],
    "usage": (3, 4),
    "finish": "tool_calls",
    "types": ["reasoning", "text", "tool_call", "tool_call"],
}


@pytest.mark.filterwarnings("ignore:.*beta.*")
def test_stream_events_of_langchain_uses_them() -> None:
    stream: Any = EventModel(stream_bytes=EXAMPLE).stream_events("hi", version="v3")
    assert "".join(stream.text) == "Let me see."
    assert said_by_a_run(stream.output) == EXPECTED


@pytest.mark.filterwarnings("ignore:.*beta.*")
async def test_astream_events_of_langchain_uses_them() -> None:
    stream: Any = await EventModel(stream_bytes=EXAMPLE).astream_events("hi", version="v3")
    assert [piece async for piece in stream.text] == ["Let me ", "see."]
    assert said_by_a_run(await stream.output) == EXPECTED


def test_the_events_of_a_refusal_are_of_one_type() -> None:
    refusal = {"type": "response.refusal.delta", "output_index": 0, "content_index": 0}
    ended = {"id": "resp_1", "status": "completed", "output": []}
    stream = [{**refusal, "delta": "No"}, {"type": "response.completed", "response": ended}]
    events = list(stream_events(iter(streams.chunks_of(wire(stream), endpoint="responses"))))
    types = [event["content"]["type"] for event in events if "content" in event]
    assert len(types) == 2
    assert len(set(types)) == 1
