"""Streams of the Responses endpoint: one message, whatever the habits of who sends it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import wire
from ways import Json, blocks_of, stream_ways

from langchain_aimlapi.errors import StreamInterruptedError

if TYPE_CHECKING:
    from collections.abc import Callable

WHOLE = wire.response(
    wire.reasoning_item("First.", "Then."), wire.message_item("Hello World"), wire.call_item()
)
EXPECTED = wire.invoked(WHOLE, endpoint="responses")
EVENTS = wire.response_events(WHOLE)
SEARCH = {"type": "web_search_call", "id": "ws_1", "status": "completed"}


def without(*words: str) -> Callable[[list[Json]], list[Json]]:
    """Return what leaves events out whose type ends with one of the words."""
    return lambda events: [e for e in events if not e["type"].endswith(words)]


def with_changing_ids(events: list[Json]) -> list[Json]:
    """Return events in which every mention of an item has another id, but where it is done."""
    changed = []
    for number, event in enumerate(events):
        other = {**event, "item_id": f"id_{number}"} if "item_id" in event else event
        if event["type"].endswith("item.added"):
            other = {**event, "item": {**event["item"], "id": f"id_{number}"}}
        changed.append(other)
    return changed


def with_parts_counted_on(events: list[Json]) -> list[Json]:
    """Return events that count parts from the number of their item, or from 3."""
    return [
        {
            **event,
            **({"content_index": event["output_index"]} if "content_index" in event else {}),
            **({"summary_index": event["summary_index"] + 3} if "summary_index" in event else {}),
        }
        for event in events
    ]


def without_numbers(events: list[Json]) -> list[Json]:
    """Return events whose pieces do not say to which item they belong."""
    pieces = (".delta", "text.done", "arguments.done")
    return [
        {k: v for k, v in e.items() if k != "output_index" or not e["type"].endswith(pieces)}
        for e in events
    ]


def among_unknown_ones(events: list[Json]) -> list[Json]:
    """Return events with others around them that nobody knows."""
    noise = {"type": "response.hologram.delta", "output_index": 7, "delta": "x"}
    return [each for event in events for each in ({"type": "keepalive"}, event, noise)]


ENDED = {"type": "response.completed", "response": {**WHOLE, "output": []}}
QUEUED = {"type": "response.queued", "response": {**WHOLE, "usage": None, "status": "queued"}}
HABITS: dict[str, Callable[[list[Json]], list[Json]]] = {
    "as documented": lambda events: events,
    "ids that change": with_changing_ids,
    "no deltas": without(".delta"),
    "no deltas, nothing done before the item is": without(".delta", "text.done", "arguments.done"),
    "items in the last event only": lambda events: [events[0], events[-1]],
    "no item is done before the end": without("item.done"),
    "nothing is done": without(".done"),
    "no item begins": without(".added"),
    "no numbers of items": without_numbers,
    "no output in the last event": lambda events: [*events[:-1], ENDED],
    "parts counted on": with_parts_counted_on,
    "events that nobody knows": among_unknown_ones,
    "a queue first": lambda events: [QUEUED, *events],
}


@pytest.mark.parametrize("habit", HABITS.values(), ids=HABITS)
def test_every_habit_gives_the_same_message(habit: Callable[[list[Json]], list[Json]]) -> None:
    events = habit(EVENTS)
    for way, made in stream_ways([*events, wire.DONE], endpoint="responses").items():
        assert made.tool_calls == EXPECTED.tool_calls, way
        assert made.usage_metadata == EXPECTED.usage_metadata, way
        assert blocks_of(made) == blocks_of(EXPECTED), way
    for stream in (events, wire.sse(events, named=False)):
        made = wire.streamed(stream, endpoint="responses")
        assert made.content == EXPECTED.content
        assert made.response_metadata == EXPECTED.response_metadata


def test_a_thought_without_words_is_shown_by_who_does_not_say_what_is_stored() -> None:
    """The service keeps answers unless it says otherwise, and knows the thought by its id."""
    whole = wire.response(wire.reasoning_item(sealed=None), wire.message_item("Hi"))
    del whole["store"]
    unsaid = [event for event in wire.response_events(whole) if "response" not in event]
    ended = {"type": "response.completed", "response": {**whole, "output": []}}
    made = wire.streamed([*unsaid, ended], endpoint="responses")
    assert made.content == wire.invoked(whole, endpoint="responses").content
    assert made.content[0]["id"] == "rs_1"


def test_a_thought_without_an_id_and_without_words_is_not_shown() -> None:
    bare = {"type": "reasoning", "summary": []}
    added = {"type": "response.output_item.added", "output_index": 0, "item": bare}
    said = {"type": "response.output_text.delta", "output_index": 1, "delta": "Hi"}
    events = wire.response_events(wire.response(bare, wire.message_item("Hi")))
    made = wire.streamed([events[0], added, said, events[-1]], endpoint="responses")
    assert made.content == "Hi"


# --- items that overlap -------------------------------------------------------------------------
def overlapping(*items: Json) -> list[Json]:
    """Return a stream in which the first item ends after all others."""
    start, progress, *_, last = wire.response_events(wire.response(*items))
    first, *others = [wire.item_events(index, item) for index, item in enumerate(items)]
    inner = [event for events in others for event in events]
    return [start, progress, *first[:-1], *inner, first[-1], last]


@pytest.mark.parametrize(
    "items",
    [
        (SEARCH, wire.message_item("Hello")),
        (wire.call_item(), wire.message_item("Hello")),
        (wire.message_item("Hello"), wire.call_item()),
        (wire.message_item("Hello"), wire.reasoning_item("First.")),
        (wire.reasoning_item("First."), wire.message_item("Hello")),
        (wire.reasoning_item(), wire.message_item("Hello")),
    ],
)
def test_items_that_overlap_keep_their_order(items: tuple[Json, ...]) -> None:
    made, whole = (
        wire.streamed(overlapping(*items), endpoint="responses"),
        wire.invoked(wire.response(*items), endpoint="responses"),
    )
    assert made.content_blocks == whole.content_blocks
    assert made.tool_calls == whole.tool_calls


def test_text_does_not_wait_for_reasoning_that_is_open() -> None:
    stream = overlapping(wire.reasoning_item(), wire.message_item("Hello World"))[:-2]
    chunks = wire.model_of(stream=stream, endpoint="responses").stream("Hi!")
    assert "".join(next(chunks).text for _ in range(3)).startswith("Hello")
    with pytest.raises(StreamInterruptedError):
        list(chunks)


def test_arguments_of_two_calls_that_alternate_stay_apart() -> None:
    one, two = wire.call_item(), wire.call_item('{"a": 3}', call_id="call_2")
    first, second = wire.item_events(0, one), wire.item_events(1, two)
    mixed = [e for pair in zip(first, [*second, *second[-1:] * 9], strict=False) for e in pair]
    start, progress, *_, last = wire.response_events(wire.response(one, two))
    made = wire.streamed([start, progress, *mixed, last], endpoint="responses")
    assert [c["args"] for c in made.tool_calls] == [{"a": 1, "b": 2}, {"a": 3}]


# --- odd ones -----------------------------------------------------------------------------------
ODD: list[Any] = [None, 3, "x", [], {}, [None], {"type": None}, True]


@pytest.mark.parametrize("field", ["delta", "item", "part", "output_index", "content_index"])
def test_odd_values_in_events_are_no_reason_to_lose_an_answer(field: str) -> None:
    for odd in ODD:
        events = [{**e, field: odd} if field in e and "text" in e["type"] else e for e in EVENTS]
        made = wire.streamed(events, endpoint="responses")
        assert made.usage_metadata == EXPECTED.usage_metadata, odd


def test_a_character_cut_in_half_is_joined() -> None:
    events = wire.response_events(wire.response(wire.message_item("a\U0001f600b")))
    piece = '{"type": "response.output_text.delta", "output_index": 0, "delta": "%s"}'
    halves = [piece % "a\\ud83d", piece % "\\ude00b"]
    kept = [event for event in events if not event["type"].endswith(".delta")]
    made = wire.streamed([*kept[:4], *halves, *kept[4:]], endpoint="responses")
    assert made.text == "a\U0001f600b"


def test_the_end_of_a_trace_may_lack_its_type() -> None:
    events = wire.response_events(wire.response(SEARCH, wire.message_item("Hello")))
    for event in events:
        if event["type"].endswith("item.done") and event["output_index"] == 0:
            event["item"] = {"id": "ws_1", "status": "completed"}
    kinds = [block["type"] for block in blocks_of(wire.streamed(events, endpoint="responses"))]
    assert kinds == ["server_tool_call", "server_tool_result", "text"]


def test_the_end_of_a_part_brings_no_chunk_where_pieces_brought_it_all() -> None:
    shorter = without("text.done", "arguments.done")(EVENTS)
    one, other = (len(wire.chunks_of(e, endpoint="responses")) for e in (EVENTS, shorter))
    assert one == other


def test_a_text_behind_an_image_has_one_index_and_brings_no_calls() -> None:
    image = {"type": "image_generation_call", "id": "ig_1", "status": "completed", "result": "aGk="}
    events = wire.response_events(wire.response(image, wire.message_item("Hello World")))
    chunks = wire.chunks_of(events, endpoint="responses")
    texts = [chunk for chunk in chunks if chunk.text]
    assert len({str(chunk.content[0]["index"]) for chunk in texts}) == 1
    assert all(chunk.tool_call_chunks == [] for chunk in chunks)


def test_the_name_of_the_last_event_is_its_status_where_it_names_none() -> None:
    said = {"type": "response.output_text.delta", "output_index": 0, "delta": "Hi"}
    for status in ("completed", "incomplete", "cancelled"):
        ended = {"type": f"response.{status}", "response": {"id": "resp_1", "output": []}}
        made = wire.streamed([said, ended], endpoint="responses")
        assert made.response_metadata["status"] == status
