"""Fuzzing of the messages endpoint: any split gives the same answer, any mutation a typed error."""

from __future__ import annotations

import json
from typing import Any

from cases.messages import Service, events, merged, message, sse, text_piece, whole
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from langchain_tests.utils.stream_lifecycle import assert_valid_event_stream

from langchain_aimlapi.errors import AIMLAPIError

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

quick = settings(
    max_examples=150,
    deadline=None,
    derandomize=True,  # the same examples in every run
    database=None,
    suppress_health_check=[HealthCheck.too_slow],
)
MUTATIONS = st.lists(
    st.tuples(
        st.floats(0, 1),
        st.integers(0, 8),
        st.one_of(
            st.binary(max_size=3),
            st.sampled_from(
                [b"\n", b"\r", b"\n\n", b"data: ", b"null", b'"', b"{", b"}", b"[", b"]", b"\\",
                 b"\xff", b"\\ud800", b"\xe2\x80\xa8", b"NaN", b"-1", b"1e999", b"9" * 5000,
                 b"event: error\n", b'"error":{"code":429},', b'"index":{},', b'"type":[],',
                 b'"index":7,', b"_delta", b"tool_use", b"thinking", b"[DONE]", b"\0", b":"]
            ),
        ),
    ),
    min_size=1,
    max_size=4,
)  # fmt: skip


def mutated(data: bytes, mutations: list[tuple[float, int, bytes]]) -> bytes:
    for where, cut, put in mutations:
        at = int(where * len(data))
        data = data[:at] + put + data[at + cut :]
    return data


def said_by(pieces: list[bytes]) -> Any:
    """Return all that a stream says, merged and as events, or the error that it raises."""
    SERVICE.stream = pieces
    try:
        chunks = list(MODEL.stream("Hi"))
        shown = [list(chunk.content_blocks) for chunk in chunks]
        emitted = list(MODEL.stream_events("Hi", version="v3"))
    except AIMLAPIError as error:
        return type(error), str(error)
    assert_valid_event_stream(emitted)
    one = merged(chunks)
    return one.model_dump(), one.content_blocks, shown


@quick
@given(st.sampled_from(STREAMS), st.lists(st.integers(1, 40), max_size=60))
def test_any_split_gives_the_same_answer(data: bytes, sizes: list[int]) -> None:
    pieces, at = [], 0
    for size in sizes:
        pieces.append(data[at : at + size])
        at += size
    assert said_by([*filter(None, pieces), data[at:]]) == said_by([data])


@settings(quick, max_examples=500)
@given(st.sampled_from(STREAMS), MUTATIONS)
def test_any_mutation_of_a_stream_gives_an_answer_or_a_typed_error(
    data: bytes, mutations: list[tuple[float, int, bytes]]
) -> None:
    said_by([mutated(data, mutations)])


@settings(quick, max_examples=400)
@given(st.sampled_from(BODIES), MUTATIONS)
def test_any_mutation_of_a_body_gives_an_answer_or_a_typed_error(
    data: bytes, mutations: list[tuple[float, int, bytes]]
) -> None:
    SERVICE.answer = mutated(data, mutations)
    try:
        answer = MODEL.invoke("Hi")
    except AIMLAPIError:
        return
    assert isinstance(answer.content_blocks, list)


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
    said_by([data])
