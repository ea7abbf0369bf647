"""Fuzzing: any split gives the same answer, any mutation an answer or a typed error."""

import contextlib
import json
import re
from time import process_time
from typing import Any

import pytest
from cases.bodies import BODIES
from cases.reading import (
    END,
    Json,
    arguments_of,
    call,
    calls,
    chunk,
    chunks_of,
    invoked,
    merged,
    streamed,
    wire,
)
from cases.slicing import streams_of
from cases.streams import STREAMS
from doors.streams import Event, EventDecoder, stream_events, stream_reader
from fuzzing import Mutations, mutated, mutations, quick
from hypothesis import example, given, settings
from hypothesis import strategies as st
from langchain_core.language_models.chat_model_stream import ChatModelStream
from langchain_core.utils.json import parse_partial_json
from langchain_tests.utils.stream_lifecycle import assert_valid_event_stream

from langchain_aimlapi.errors import AIMLAPIError

WIRES = [wire(case.given) for case in STREAMS.values()]
WIRES += [
    data for case in BODIES.values() for data in streams_of({**case.given, "id": "g"}).values()
]
WHOLE = [json.dumps(case.given).encode() for case in BODIES.values()]


def fields_of(data: bytes, sizes: list[int] | None = None) -> Any:
    """Return all that a stream holds, in its parts and merged, or the error that it raises."""
    try:
        chunks = chunks_of(data, sizes=sizes)
    except AIMLAPIError as error:
        return type(error), str(error)
    events = list(stream_events(iter(chunks)))
    assert_valid_event_stream(events)
    stream = ChatModelStream()
    for event in events:
        stream.dispatch(event)
    message = merged(chunks)
    for given_out in (*(made.message for made in chunks), message, stream.output_message):
        assert isinstance(given_out.content_blocks, list)  # type: ignore[union-attr]  # there is one
    return message.model_dump(), message.content_blocks, [made.text for made in chunks]


def without_random_ids(value: Any) -> str:
    """Return a value as text, without the ids that calls get where nothing has one."""
    return re.sub(r"call_[0-9a-f]{24}", "call_", repr(value))


@quick
@given(st.sampled_from(WIRES), st.lists(st.integers(0, 40), max_size=60))
def test_any_split_gives_the_same_answer(data: bytes, sizes: list[int]) -> None:
    assert without_random_ids(fields_of(data, sizes)) == without_random_ids(fields_of(data))


def test_every_case_byte_by_byte() -> None:
    for data in WIRES:
        by_byte = fields_of(data, [1] * len(data))
        assert without_random_ids(by_byte) == without_random_ids(fields_of(data))


# --- mutations of bytes -------------------------------------------------------------------------
MUTATIONS = mutations(b"9" * 30)


@settings(quick, max_examples=600)
@given(st.sampled_from(WIRES), MUTATIONS)
def test_any_mutation_of_a_stream_gives_an_answer_or_a_typed_error(
    data: bytes, changes: Mutations
) -> None:
    fields_of(mutated(data, changes))


@settings(quick, max_examples=600)
@given(st.sampled_from(WHOLE), MUTATIONS)
def test_any_mutation_of_a_body_gives_an_answer_or_a_typed_error(
    data: bytes, changes: Mutations
) -> None:
    try:
        answer = invoked(mutated(data, changes))
    except AIMLAPIError:
        return
    assert isinstance(answer.content_blocks, list)


# --- mutations of values: sound JSON of the wrong kind ------------------------------------------
JUNK = st.recursive(
    st.one_of(
        st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=5),
        st.sampled_from(["text", "assistant", "stop", "function", "error", "lc_x", 10**400]),
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=3), inner, max_size=3)
    ),
    max_leaves=6,
)  # fmt: skip
KEYS = sorted(
    {
        "content", "text", "type", "reasoning", "reasoning_content", "reasoning_details", "refusal",
        "audio", "data", "transcript", "id", "expires_at", "images", "image_url", "url",
        "annotations", "url_citation", "tool_calls", "function_call", "function", "custom", "input",
        "name", "arguments", "index", "extra_content", "thinking", "signature", "summary", "format",
        "logprobs", "finish_reason", "native_finish_reason", "message", "delta", "choices", "usage",
        "prompt_tokens", "completion_tokens", "prompt_tokens_details", "meta", "usd_spent", "model",
        "cost", "x_groq", "citations", "event", "state", "error", "thinking_blocks", "title",
    }
)  # fmt: skip
SHAPES = st.recursive(
    JUNK,
    lambda inner: st.one_of(
        st.dictionaries(st.sampled_from(KEYS), inner, max_size=6), st.lists(inner, max_size=3)
    ),
    max_leaves=25,
)


@st.composite
def replaced(draw: Any) -> list[Json]:
    """Return the chunks of a case in which values were replaced by others."""
    case = draw(st.sampled_from([c for c in STREAMS.values() if not _has_bytes(c.given)]))
    chunks = json.loads(json.dumps([c for c in case.given if isinstance(c, dict)]))
    for _ in range(draw(st.integers(1, 3))):
        node = draw(st.sampled_from(chunks))
        while isinstance(node, (dict, list)) and node:
            key = draw(
                st.sampled_from(sorted(node) if isinstance(node, dict) else range(len(node)))
            )
            if not isinstance(node[key], (dict, list)) or draw(st.booleans()):
                node[key] = draw(SHAPES)
                break
            node = node[key]
    return [*chunks, END]  # type: ignore[list-item]  # the end is a text


def _has_bytes(events: list[Any]) -> bool:
    return any(isinstance(event, bytes) for event in events)


@settings(quick, max_examples=150)
@given(replaced())
def test_any_value_in_a_chunk_gives_an_answer_or_a_typed_error(chunks: list[Json]) -> None:
    fields_of(wire(chunks))


@settings(quick, max_examples=150)
@given(st.lists(st.dictionaries(st.sampled_from(KEYS), SHAPES, max_size=6), max_size=5))
@example([{"reasoning_details": [{"type": [], "index": [], "id": {}, "text": 1, "data": 2}]}])
@example([{"reasoning_details": [{"id": [1], "text": "a"}, {"id": {}, "text": "b"}]}] * 2)
@example([{"tool_calls": [{"id": [], "index": {}, "function": {"name": {}, "arguments": []}}]}])
@example([{"annotations": [{"type": "url_citation", "url_citation": 1}]}] * 2)
@example([{"audio": {"data": "=="}}, {"audio": {"data": "A=A"}}, {"audio": {"data": "é"}}])
def test_any_delta_gives_an_answer_or_a_typed_error(deltas: list[Json]) -> None:
    fields_of(wire([*({"choices": [{"delta": delta}]} for delta in deltas), END]))
    for delta in deltas:
        with contextlib.suppress(AIMLAPIError):
            invoked({"choices": [{"message": delta}]})


# --- tool calls ---------------------------------------------------------------------------------
FRAGMENTS = st.text(alphabet='{}[]":,\\ \nabü1', max_size=12)
# A piece that is nothing but `{}` is noise beside other arguments: it has a table of its own.
PIECES = FRAGMENTS.filter(lambda text: "".join(text.split()) != "{}")


@settings(quick, max_examples=1000)
@given(st.lists(PIECES, max_size=5))
def test_langchain_reads_arguments_as_we_do(fragments: list[str]) -> None:
    """Merged or not: a call is valid if its whole text is a JSON object, and only then."""
    pieces = [chunk(calls(call(None, text, index=None))) for text in fragments]
    whole = streamed([chunk(calls(call("f", id="1"))), *pieces, END])
    read = invoked({"choices": [{"message": calls(call("f", "".join(fragments), id="1"))}]})
    assert len(read.tool_calls) + len(read.invalid_tool_calls) == 1
    assert [made["args"] for made in whole.tool_calls] == [made["args"] for made in read.tool_calls]
    assert len(whole.invalid_tool_calls) == len(read.invalid_tool_calls)


@settings(quick, max_examples=1000)
@given(FRAGMENTS)
def test_no_broken_text_can_be_repaired(text: str) -> None:
    entry = calls(call("f", text, id="1"))
    sent = arguments_of([chunk(entry), END])
    assert sent.startswith(text.strip())
    if invoked({"choices": [{"message": entry}]}).invalid_tool_calls:
        try:
            repaired = parse_partial_json(sent)
        except ValueError:
            return
        assert not isinstance(repaired, dict)


# --- sizes --------------------------------------------------------------------------------------
@pytest.mark.parametrize("opening", [b"[", b'{"a":', b'{"choices":[{"delta":{"content":['])
def test_nesting_without_end_is_a_typed_error(opening: bytes) -> None:
    for data in (opening * 100_000, opening * 300):
        with pytest.raises(AIMLAPIError):
            chunks_of(b"data: " + data + b"\n\n")
        with pytest.raises(AIMLAPIError):
            invoked(data)


def test_a_very_large_event_is_read() -> None:
    text = "x" * 10_000_000
    data = wire([{"choices": [{"delta": {"content": text}}]}, END])
    decoder, parser = EventDecoder(), stream_reader()
    found = [e for at in range(0, len(data), 4096) for e in decoder.feed(data[at : at + 4096])]
    (chunk,) = parser.feed(found[0])
    assert chunk.text == text


def test_the_cost_of_a_chunk_does_not_grow() -> None:
    parser = stream_reader()
    event = Event("", b'{"id":"1","model":"m","choices":[{"index":0,"delta":{"content":"abc"}}]}')

    def seconds_for(count: int) -> float:
        start = process_time()
        for _ in range(count):
            parser.feed(event)
        return process_time() - start

    early = min(seconds_for(5000) for _ in range(3))
    seconds_for(80_000)
    assert min(seconds_for(5000) for _ in range(3)) < early * 3 + 0.005
