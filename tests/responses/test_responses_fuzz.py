"""Fuzzing of the Responses endpoint: any split the same answer, any mutation a typed error."""

from __future__ import annotations

import json
from typing import Any

import pytest
from fuzzing import Mutations, invoke_or_fail, mutated, mutations, quick, streamed_by
from hypothesis import given, settings
from hypothesis import strategies as st
from responses_wire import (
    Service,
    call,
    events_of,
    message,
    reasoning,
    response,
    text_part,
    wire,
)

pytestmark = pytest.mark.filterwarnings("ignore:.*beta.*")

CITED = {"type": "url_citation", "url": "https://a.example", "title": "A"}
SEARCH = {"type": "web_search_call", "id": "ws_1", "status": "completed", "action": {"q": "a"}}
FULL = response(
    reasoning("h\u00e9", "Then."),
    call(),
    SEARCH,
    message(text_part("Hello \U0001f600", annotations=[CITED]), "World"),
    call(call_id="call_2"),
    {"type": "hologram_call", "id": "h_1", "light": [1]},
)
ANSWERS = [FULL, response(message("Hello")), response(reasoning(sealed=None), call())]
STREAMS = [wire(events_of(body)) for body in ANSWERS]
STREAMS += [
    wire(events_of(FULL), named=False, end=b"data: [DONE]\n\n"),
    wire([e for e in events_of(FULL) if not e["type"].endswith((".delta", "item.done"))]),
]
BODIES = [json.dumps(body).encode() for body in ANSWERS]

MUTATIONS = mutations(
    b'"output_index":{},', b'"type":[],', b'"output_index":7,', b".delta", b".done", b"reasoning"
)


def streamed(data: bytes) -> Any:
    return streamed_by(Service(data).model())


@settings(quick, max_examples=400)
@given(st.sampled_from(STREAMS), MUTATIONS)
def test_any_mutation_of_a_stream_gives_an_answer_or_a_typed_error(
    data: bytes, changes: Mutations
) -> None:
    streamed(mutated(data, changes))


@settings(quick, max_examples=400)
@given(st.sampled_from(BODIES), MUTATIONS)
def test_any_mutation_of_a_body_gives_an_answer_or_a_typed_error(
    data: bytes, changes: Mutations
) -> None:
    invoke_or_fail(Service(mutated(data, changes)).model())


@st.composite
def any_events(draw: st.DrawFn) -> bytes:
    """Events of known types in any order, with values of any kind."""
    value = st.one_of(
        st.none(), st.integers(-2, 3), st.text(max_size=3), st.just({}), st.just([]), st.booleans()
    )
    known = sorted({event["type"] for event in events_of(FULL)[2:-1]})
    kinds = ["message", "reasoning", "function_call", "custom_tool_call", "mcp_call", "y", None]
    item = st.fixed_dictionaries(
        {"type": st.sampled_from(kinds)},
        optional=dict.fromkeys(
            ["id", "call_id", "name", "arguments", "input", "content", "summary", "status"],
            st.one_of(value, st.just([text_part("a")])),
        ),
    )
    event = st.fixed_dictionaries(
        {"type": st.sampled_from(known), "output_index": st.one_of(st.integers(0, 3), value)},
        optional={
            **dict.fromkeys(["content_index", "summary_index", "delta", "text", "part"], value),
            "item": st.one_of(item, value),
        },
    )
    made = draw(st.lists(event, max_size=14))
    output = draw(st.one_of(value, st.lists(item, max_size=4)))
    end = {"type": "response.completed", "response": response() | {"output": output}}
    return wire([events_of(FULL)[0], *made, end])


@settings(quick, max_examples=400)
@given(any_events())
def test_any_events_give_an_answer_or_a_typed_error(data: bytes) -> None:
    streamed(data)
