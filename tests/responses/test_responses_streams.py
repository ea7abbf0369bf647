"""Streams of the Responses endpoint, in all the habits of those who send them."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import pytest
from responses_wire import (
    Service,
    astreamed,
    call,
    events_of,
    invoked,
    item_events,
    message,
    reasoning,
    response,
    streamed,
    text_part,
    wire,
)

from langchain_aimlapi.errors import (
    MalformedResponseError,
    RateLimitError,
    ServerError,
    StreamInterruptedError,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from responses_wire import Json

WHOLE = response(reasoning("First.", "Then."), message("Hello World"), call())
EXPECTED = invoked(WHOLE)
EVENTS = events_of(WHOLE)
SEARCH = {"type": "web_search_call", "id": "ws_1", "status": "completed"}


def without(*words: str) -> Callable[[list[Json]], list[Json]]:
    """Return what leaves events out whose type ends with one of the words."""
    return lambda events: [e for e in events if not e["type"].endswith(words)]


def with_changing_ids(events: list[Json]) -> list[Json]:
    """Return events in which every mention of an item has another id, but where it is done."""
    changed = []
    for number, event in enumerate(events):
        copy = json.loads(json.dumps(event))
        if "item_id" in copy:
            copy["item_id"] = f"id_{number}"
        if copy["type"].endswith("item.added"):
            copy["item"]["id"] = f"id_{number}"
        changed.append(copy)
    return changed


def with_a_last_event_without_output(events: list[Json]) -> list[Json]:
    *rest, last = events
    return [*rest, {**last, "response": {**last["response"], "output": []}}]


def with_parts_counted_on(events: list[Json]) -> list[Json]:
    """Return events that count the parts of a message from the number of its item."""
    return [
        {**event, "content_index": event["output_index"]}
        if event["type"].startswith(("response.output_text", "response.content_part"))
        else event
        for event in events
    ]


def with_summaries_counted_on(events: list[Json]) -> list[Json]:
    """Return events that count the parts of a summary from where another item stopped."""
    return [
        {**event, "summary_index": event["summary_index"] + 3}
        if "summary_index" in event
        else event
        for event in events
    ]


HABITS: dict[str, Callable[[list[Json]], list[Json]]] = {
    "as documented": lambda events: events,
    "ids that change": with_changing_ids,
    "no deltas": without(".delta"),
    "no deltas, nothing done before the item is": without(".delta", "text.done", "arguments.done"),
    "items in the last event only": lambda events: [events[0], events[-1]],
    "no item is done before the end": without("item.done"),
    "nothing is done": without(".done"),
    "no item begins": without(".added"),
    "no numbers of items": lambda events: [
        {k: v for k, v in event.items() if k != "output_index"}
        if event["type"].endswith((".delta", "text.done", "arguments.done"))
        else event
        for event in events
    ],
    "no output in the last event": with_a_last_event_without_output,
    "parts counted on": with_parts_counted_on,
    "summaries counted on": with_summaries_counted_on,
    "events that nobody knows": lambda events: [
        noise
        for event in events
        for noise in (
            {"type": "keepalive"},
            event,
            {"type": "response.hologram.delta", "output_index": 7, "delta": "x"},
        )
    ],
    "a queue first": lambda events: [
        {"type": "response.queued", "response": {**WHOLE, "usage": None, "status": "queued"}},
        *events,
    ],
}


@pytest.mark.parametrize("named", [True, False], ids=["named", "bare"])
@pytest.mark.parametrize("end", [b"", b"data: [DONE]\n\n"], ids=["ended", "done"])
@pytest.mark.parametrize("habit", HABITS.values(), ids=HABITS)
def test_every_habit_gives_the_same_message(
    habit: Callable[[list[Json]], list[Json]], end: bytes, *, named: bool
) -> None:
    data = wire(habit(EVENTS), named=named, end=end)
    for made in (streamed(data), astreamed(data)):
        assert made.content == EXPECTED.content
        assert made.tool_calls == EXPECTED.tool_calls
        assert made.usage_metadata == EXPECTED.usage_metadata
        assert made.response_metadata == EXPECTED.response_metadata


def test_a_thought_without_words_is_shown_by_who_does_not_say_what_is_stored() -> None:
    """The service keeps answers unless it says otherwise, and knows the thought by its id."""
    whole = response(reasoning(sealed=None), message("Hi"))
    del whole["store"]
    unsaid = [event for event in events_of(whole) if "response" not in event]
    ended = {"type": "response.completed", "response": {**whole, "output": []}}
    made = streamed(wire([*unsaid, ended]))
    assert made.content == invoked(whole).content
    assert made.content[0]["id"] == "rs_1"


def test_any_split_of_the_bytes_gives_the_same_message() -> None:
    data = wire(EVENTS)
    for size in (1, 7, 1000):
        pieces = [data[at : at + size] for at in range(0, len(data), size)]
        assert streamed_from(pieces).content == EXPECTED.content


def streamed_from(pieces: list[bytes]) -> Any:
    import httpx  # noqa: PLC0415  # only here

    from langchain_aimlapi import ChatAIMLAPI  # noqa: PLC0415

    def answer(_: httpx.Request) -> httpx.Response:
        headers = {"content-type": "text/event-stream"}
        return httpx.Response(200, content=iter(pieces), headers=headers)

    client = httpx.Client(transport=httpx.MockTransport(answer))
    model = ChatAIMLAPI(model="openai/gpt-5-4", api_key="sk-test", http_client=client)
    first, *rest = model.stream("Hi!")
    return first + rest


# --- items that overlap -------------------------------------------------------------------------
def overlapping(*items: Json) -> list[Json]:
    """Return a stream in which the first item ends after all others."""
    start, progress, *_, last = events_of(response(*items))
    first, *others = [item_events(index, item) for index, item in enumerate(items)]
    inner = [event for events in others for event in events]
    return [start, progress, *first[:-1], *inner, first[-1], last]


@pytest.mark.parametrize(
    "items",
    [
        (SEARCH, message("Hello")),
        (SEARCH, {**SEARCH, "id": "ws_2"}, message("Hello")),
        (call(), message("Hello")),
        (message("Hello"), call()),
        (message("Hello"), reasoning("First.")),
        (reasoning("First."), message("Hello")),
        (reasoning(), message("Hello")),
        (reasoning(), call(), message("Hello")),
    ],
)
def test_items_that_overlap_keep_their_order(items: tuple[Json, ...]) -> None:
    made, whole = streamed(wire(overlapping(*items))), invoked(response(*items))
    assert made.content_blocks == whole.content_blocks
    assert made.tool_calls == whole.tool_calls


def test_text_does_not_wait_for_reasoning_that_is_open() -> None:
    service = Service(wire(overlapping(reasoning(), message("Hello World"))[:-2]))
    texts = []
    with pytest.raises(StreamInterruptedError):
        texts += [chunk.text for chunk in service.model().stream("Hi!")]
    # What was shown before is lost with the list above: ask once more, chunk by chunk.
    stream = service.model().stream("Hi!")
    shown = [next(stream).text for _ in range(3)]
    assert "".join(shown).startswith("Hello")


def test_arguments_of_two_calls_that_alternate_stay_apart() -> None:
    one, two = call(), call('{"a": 3}', call_id="call_2")
    first, second = item_events(0, one), item_events(1, two)
    mixed = [e for pair in zip(first, [*second, *second[-1:] * 9], strict=False) for e in pair]
    start, progress, *_, last = events_of(response(one, two))
    made = streamed(wire([start, progress, *mixed, last]))
    assert [c["args"] for c in made.tool_calls] == [{"a": 1, "b": 2}, {"a": 3}]


# --- how it ends --------------------------------------------------------------------------------
@pytest.mark.parametrize("count", [1, 3, len(EVENTS) - 1])
@pytest.mark.parametrize("end", [b"", b"data: [DONE]\n\n"])
def test_a_stream_without_its_last_event_is_interrupted(count: int, end: bytes) -> None:
    with pytest.raises(StreamInterruptedError, match=r"no response\.completed"):
        streamed(wire(EVENTS[:count], end=end))


def test_a_stream_that_is_cut_within_an_event_is_interrupted() -> None:
    with pytest.raises(StreamInterruptedError):
        streamed(wire(EVENTS)[:-60])


def test_nothing_counts_after_the_last_event() -> None:
    more = {"type": "response.output_text.delta", "output_index": 9, "delta": "more"}
    assert streamed(wire([*EVENTS, more])).content == EXPECTED.content


FLAT = {"type": "error", "code": "server_error", "message": "Out of order.", "param": None}
NESTED = {"type": "error", "error": {"code": "rate_limit_exceeded", "message": "Slow down."}}
FAILED = {
    "type": "response.failed",
    "response": response(
        status="failed", error={"code": "server_error", "message": "The model broke."}
    ),
}


@pytest.mark.parametrize(
    ("events", "error", "texts"),
    [
        ([FLAT], ServerError, ["Out of order."]),
        ([NESTED], RateLimitError, ["Slow down."]),
        ([FAILED], ServerError, ["The model broke."]),
        ([FLAT, FAILED], ServerError, ["Out of order.", "The model broke."]),
        ([NESTED, FAILED], RateLimitError, ["Slow down.", "The model broke."]),
        ([FLAT, EVENTS[-1]], ServerError, ["Out of order."]),
        ([FLAT, *EVENTS[2:5]], ServerError, ["Out of order."]),
        ([{"type": "error", "error": "no"}], ServerError, ["no"]),
        ([{"error": {"message": "no", "code": "server_error"}}], ServerError, ["no"]),
    ],
)
def test_errors_are_raised_once_with_all_that_they_say(
    events: list[Json], error: type[Exception], texts: list[str]
) -> None:
    for start in (EVENTS[:1], EVENTS[:8]):
        with pytest.raises(error) as caught:
            streamed(wire([*start, *events], named=False))
        assert all(text in str(caught.value) for text in texts)


def test_an_error_says_how_much_had_come() -> None:
    with pytest.raises(ServerError) as caught:
        streamed(wire([*events_of(response(message("Hello World")))[:6], FLAT]))
    assert caught.value.chunks_received == 2


def test_an_event_that_cannot_be_read_is_a_typed_error() -> None:
    with pytest.raises(MalformedResponseError, match="cannot be read"):
        streamed(wire(EVENTS[:5]) + b"data: {hello}\n\n" + wire(EVENTS[5:]))


def test_an_event_that_is_not_ours_need_not_be_json() -> None:
    data = wire(EVENTS[:5]) + b"event: ping\ndata: hello\n\n" + wire(EVENTS[5:])
    assert streamed(data).content == EXPECTED.content


# --- odd ones -----------------------------------------------------------------------------------
ODD: list[Any] = [None, 3, "x", [], {}, [None], {"type": None}, True]


@pytest.mark.parametrize("odd", ODD, ids=repr)
@pytest.mark.parametrize("field", ["delta", "item", "part", "output_index", "content_index"])
def test_odd_values_in_events_are_no_reason_to_lose_an_answer(field: str, odd: Any) -> None:
    events = [{**e, field: odd} if field in e and "text" in e["type"] else e for e in EVENTS]
    assert streamed(wire(events)).usage_metadata == EXPECTED.usage_metadata


def test_a_character_cut_in_half_is_joined() -> None:
    events = events_of(response(message("a\U0001f600b")))
    text = wire(events, named=False).decode()
    halves = re.sub(
        r'"delta": "a\U0001f600b"',
        r'"delta": "a\\ud83d"}\n\ndata: {"type": "response.output_text.delta", '
        r'"output_index": 0, "content_index": 0, "delta": "\\ude00b"',
        text,
    )
    assert "\\ud83d" in halves
    assert streamed(halves.encode()).text == "a\U0001f600b"


def test_citations_may_come_as_events_only() -> None:
    cited = {"type": "url_citation", "url": "https://a.example", "title": "A"}
    events = events_of(response(message(text_part("Hello", annotations=[cited]))))
    bare = response(message("Hello"))
    stripped = [
        {**e, "item": bare["output"][0]} if e["type"].endswith("item.done") else e for e in events
    ]
    made = streamed(wire([*stripped[:-1], {"type": "response.completed", "response": bare}]))
    assert made.content_blocks == [
        {
            "type": "text",
            "text": "Hello",
            "annotations": [{"type": "citation", "url": "https://a.example", "title": "A"}],
        }
    ]


def test_the_end_of_a_trace_may_lack_its_type() -> None:
    events = events_of(response(SEARCH, message("Hello")))
    for event in events:
        if event["type"].endswith("item.done") and event["output_index"] == 0:
            event["item"] = {"id": "ws_1", "status": "completed"}
    made = streamed(wire(events))
    assert [block["type"] for block in made.content_blocks] == [
        "server_tool_call",
        "server_tool_result",
        "text",
    ]


def test_the_end_of_a_part_brings_no_chunk_where_pieces_brought_it_all() -> None:
    def chunks(events: list[Json]) -> int:
        return len(list(Service(wire(events)).model().stream("Hi!")))

    assert chunks(EVENTS) == chunks(without("text.done", "arguments.done")(EVENTS))
