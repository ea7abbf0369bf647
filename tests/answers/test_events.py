"""LangChain's protocol events of a stream: valid, at once, and in the order of the answer."""

from __future__ import annotations

from typing import Any

import pytest
import wire
from langchain_core.messages import HumanMessage
from langchain_tests.utils.stream_lifecycle import assert_valid_event_stream
from ways import FULL, Json, assert_says, said_by


def events_of(stream: Any, **settings: Any) -> list[Any]:
    """Return the events of a stream, which must be valid."""
    model = wire.model_of(stream=stream, **settings)
    events: list[Any] = list(model._stream_chat_model_events([HumanMessage("Hi")]))
    assert_valid_event_stream(events)
    return events


def test_text_is_delivered_as_it_comes() -> None:
    events = events_of(
        [wire.chunk({"content": "Hi"}), wire.chunk({"content": " you"}, finish="stop")]
    )
    finish = {
        "finish_reason": "stop",
        "normalized_finish_reason": "stop",
        "finish_state": "completed",
    }
    metadata = {"model_provider": "aimlapi", "model_name": "vendor/model-1", "id": "gen-1"}
    shown = [{"type": "text", "text": text} for text in ("", "Hi you")]
    deltas = [{"type": "text-delta", "text": text} for text in ("Hi", " you")]
    assert events == [
        {"event": "message-start", "role": "ai", "id": "", "metadata": {"provider": "aimlapi"}},
        {"event": "content-block-start", "index": 0, "content": shown[0]},
        *({"event": "content-block-delta", "index": 0, "delta": delta} for delta in deltas),
        {"event": "content-block-finish", "index": 0, "content": shown[1]},
        {"event": "message-finish", **finish, "metadata": {**metadata, **finish}},
    ]


@pytest.mark.parametrize("endpoint", FULL)
def test_events_of_every_kind_of_block_are_valid(endpoint: str) -> None:
    for stream in wire.STREAMS[endpoint](FULL[endpoint]).values():
        for version in ("v0", "v1"):
            events = events_of(stream, endpoint=endpoint, output_version=version)
            kinds: dict[int, set[str]] = {}
            for event in events:
                if "content" in event:
                    kinds.setdefault(event["index"], set()).add(event["content"]["type"])
            # A call may turn out to be a broken one; all other blocks end as they began.
            assert all(len(found) == 1 or "tool_call" in str(found) for found in kinds.values())


@pytest.mark.filterwarnings("ignore:.*in beta")
@pytest.mark.parametrize("endpoint", FULL)
async def test_asynchronous_calls_say_what_the_others_do(endpoint: str) -> None:
    body = FULL[endpoint]
    model = wire.model_of(body, wire.STREAMS[endpoint](body)["pieces"], endpoint=endpoint)
    invoked = model.invoke("Hi")
    events = await model.astream_events("Hi", version="v3")
    ways = {
        "invoke": invoked,
        "ainvoke": await model.ainvoke("Hi"),
        "astream": wire.merged([made async for made in model.astream("Hi")]),
        "async events": await events.output,
    }
    assert_says(ways, said_by(invoked))


def call_of(*deltas: Json, finish: str) -> tuple[str, Json]:
    """Return what the events of the only call bring, in pieces and in the end."""
    events = events_of(wire.chat_stream(*deltas, finish=finish))
    pieces = [e["delta"]["args"] for e in events if e["event"] == "content-block-delta"]
    (block,) = [e["content"] for e in events if e["event"] == "content-block-finish"]
    return "".join(pieces), block


def test_a_broken_call_is_finished_as_invalid_with_its_text_and_a_reason() -> None:
    reason = "Unterminated string starting at: line 1 column 7 (char 6)"
    error = f"Arguments are not valid JSON: {reason}"
    text = '{"a": "b'
    called = {"type": "invalid_tool_call", "id": "c1", "name": "f", "args": text, "error": error}
    assert call_of(wire.calls(wire.call("f", text, id="c1")), finish="length") == (text, called)


def test_the_pieces_of_a_custom_call_are_whole_in_events() -> None:
    first = wire.calls({"id": "c1", "custom": {"name": "sh", "input": "l"}})
    rest = wire.calls({"custom": {"input": 's "'}})
    pieces, block = call_of(first, rest, finish="tool_calls")
    assert pieces == '{"input": "ls \\""}'
    assert (block["type"], block["args"]) == ("tool_call", {"input": 'ls "'})


def test_an_empty_answer_has_no_blocks() -> None:
    events = events_of([wire.chunk({}, finish="stop"), wire.DONE])
    assert [event["event"] for event in events] == ["message-start", "message-finish"]


def test_events_of_a_run_have_the_id_of_the_run() -> None:
    events = list(
        wire.model_of(stream=wire.chat_stream({"content": "Hi"})).stream_events("Hi", version="v3")
    )
    (started,) = [event for event in events if event["event"] == "message-start"]
    assert str(started["id"]).startswith("lc_run-")


async def test_older_events_deliver_each_token_once() -> None:
    model = wire.model_of(stream=wire.chat_stream({"content": "a"}, {"content": "b"}))
    events = [event async for event in model.astream_events("Hi", version="v2")]
    tokens = [e["data"]["chunk"].text for e in events if e["event"] == "on_chat_model_stream"]
    assert tokens == ["a", "b", ""]
    (end,) = [e for e in events if e["event"] == "on_chat_model_end"]
    assert end["data"]["output"].text == "ab"
