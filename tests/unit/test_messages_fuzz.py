"""Fuzzing of the messages endpoint: any split gives the same answer, any mutation a typed error."""

from __future__ import annotations

import json
from typing import Any

from cases.messages import Service, events, message, sse, text_piece, whole
from fuzzing import Mutations, invoke_or_fail, mutated, mutations, quick, streamed_by
from hypothesis import given, settings
from hypothesis import strategies as st

SIGNED = {"type": "signature_delta", "signature": "c2ln"}
CITATION = {"type": "char_location", "cited_text": "a", "document_index": 0}
PIECES: list[tuple[dict[str, Any], list[dict[str, Any]]]] = [
    (
        {"type": "thinking", "thinking": "", "signature": ""},
        [{"type": "thinking_delta", "thinking": "h\u00e9"}, SIGNED],
    ),
    ({"type": "text", "text": ""}, [text_piece("Hel"), text_piece("lo \U0001f600")]),
    (
        {"type": "server_tool_use", "id": "srvtoolu_1", "name": "web_search", "input": {}},
        [
            {"type": "input_json_delta", "partial_json": ""},
            {"type": "input_json_delta", "partial_json": '{"q": "x"}'},
        ],
    ),
    whole({"type": "web_search_tool_result", "tool_use_id": "srvtoolu_1", "content": []}),
    (
        {"type": "text", "text": ""},
        [text_piece("a"), {"type": "citations_delta", "citation": CITATION}],
    ),
    (
        {"type": "tool_use", "id": "toolu_1", "name": "f", "input": {}},
        [
            {"type": "input_json_delta", "partial_json": '{"a"'},
            {"type": "input_json_delta", "partial_json": ": 1}"},
        ],
    ),
    ({"type": "compaction", "content": ""}, [{"type": "compaction_delta", "content": "c"}]),
]
STREAMS = [
    sse(events(*PIECES)),
    sse(events(*PIECES[:2]), named=False),
    sse(events(PIECES[1])),
    sse(events(PIECES[0], PIECES[5], stop="tool_use")),
    sse([{"type": "message_start", "message": message({"type": "text", "text": "all"})}]),
]
BODIES = [
    json.dumps(message(*({**start, "text": "x"} for start, _ in PIECES))).encode(),
    json.dumps(message({"type": "text", "text": "Hello", "citations": [CITATION]})).encode(),
]
SERVICE = Service()
MODEL = SERVICE.model()

MUTATIONS = mutations(
    b'"index":{},', b'"type":[],', b'"index":7,', b"_delta", b"tool_use", b"thinking"
)


def streamed(pieces: list[bytes]) -> Any:
    SERVICE.stream = pieces
    return streamed_by(MODEL)


@quick
@given(st.sampled_from(STREAMS), st.lists(st.integers(1, 40), max_size=60))
def test_any_split_gives_the_same_answer(data: bytes, sizes: list[int]) -> None:
    pieces, at = [], 0
    for size in sizes:
        pieces.append(data[at : at + size])
        at += size
    assert streamed([*filter(None, pieces), data[at:]]) == streamed([data])


@settings(quick, max_examples=500)
@given(st.sampled_from(STREAMS), MUTATIONS)
def test_any_mutation_of_a_stream_gives_an_answer_or_a_typed_error(
    data: bytes, changes: Mutations
) -> None:
    streamed([mutated(data, changes)])


@settings(quick, max_examples=400)
@given(st.sampled_from(BODIES), MUTATIONS)
def test_any_mutation_of_a_body_gives_an_answer_or_a_typed_error(
    data: bytes, changes: Mutations
) -> None:
    SERVICE.answer = mutated(data, changes)
    invoke_or_fail(MODEL)


@st.composite
def any_events(draw: st.DrawFn) -> bytes:
    """Events of known types in any order, with values of any kind."""
    value = st.one_of(
        st.none(), st.integers(-2, 3), st.text(max_size=3), st.just({}), st.just([]), st.booleans()
    )
    names = ["text", "thinking", "signature", "partial_json", "citation", "content", "input", "id"]
    kinds = ["text", "thinking", "tool_use", "server_tool_use", "x_tool_result", "y", None]
    deltas = ["text_delta", "thinking_delta", "signature_delta", "input_json_delta", "z_delta", 1]
    block = st.fixed_dictionaries(
        {"type": st.sampled_from(kinds)}, optional=dict.fromkeys(names, value)
    )
    piece = st.fixed_dictionaries(
        {"type": st.sampled_from(deltas)}, optional=dict.fromkeys(names, value)
    )
    index = st.one_of(st.integers(0, 2), value)
    made = draw(
        st.lists(
            st.one_of(
                st.builds(
                    lambda i, b: {"type": "content_block_start", "index": i, "content_block": b},
                    index,
                    st.one_of(block, value),
                ),
                st.builds(
                    lambda i, d: {"type": "content_block_delta", "index": i, "delta": d},
                    index,
                    st.one_of(piece, value),
                ),
                st.builds(lambda i: {"type": "content_block_stop", "index": i}, index),
            ),
            max_size=12,
        )
    )
    return sse([events()[0], *made, {"type": "message_stop"}])


@settings(quick, max_examples=400)
@given(any_events())
def test_any_events_give_an_answer_or_a_typed_error(data: bytes) -> None:
    streamed([data])
