"""Bytes, events and conversations drawn at random: what is not an answer is a typed error.

The suite draws the same few examples in each run. `HYPOTHESIS_PROFILE=nightly` explores anew, with
many more; what it finds becomes an `@example`.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
from typing import TYPE_CHECKING, Any

import httpx
import pytest
import wire
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from langchain_core.messages import (
    AIMessage,
    HumanMessage,
    ToolMessage,
    message_chunk_to_message,
)
from langchain_core.messages.tool import invalid_tool_call
from langchain_core.tools import tool
from langchain_core.utils.json import parse_partial_json
from langchain_tests.utils.stream_lifecycle import assert_valid_event_stream
from ways import FULL, Json

from langchain_aimlapi import ChatAIMLAPI
from langchain_aimlapi.errors import AIMLAPIError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from emulator import Emulator

NIGHTLY = os.environ.get("HYPOTHESIS_PROFILE") == "nightly"
pytestmark = pytest.mark.filterwarnings("ignore:.*beta.*")


def drawn(examples: int) -> settings:
    """Return how a test draws: at night several hundred times as many, and others each time."""
    checks = [HealthCheck.too_slow, HealthCheck.filter_too_much]
    every = settings(deadline=None, suppress_health_check=checks)
    if NIGHTLY:
        return settings(every, max_examples=800 * examples, print_blob=True)
    return settings(every, max_examples=examples, derandomize=True, database=None)


EVENTS: dict[str, list[Json]] = {
    endpoint: [
        json.loads(line.removeprefix(b"data: "))
        for line in wire.STREAMS[endpoint](body)["pieces"].splitlines()
        if line.startswith(b"data: {")
    ]
    for endpoint, body in FULL.items()
}
every_endpoint = pytest.mark.parametrize("endpoint", wire.ENDPOINTS)


def framed(events: Sequence[Json]) -> bytes:
    """Return events as they are sent, with a name where their type can be one."""
    ended = any(str(event.get("type", "")).startswith("response.") for event in events)
    named = (
        wire.sse([event], named=str(event.get("type", "")).isprintable())  # no line break in a name
        for event in events
    )
    return b"".join([*named, b"" if ended else wire.sse([wire.DONE])])


def asking(endpoint: str, pieces: list[bytes]) -> ChatAIMLAPI:
    """Return a model that gets a stream in these pieces."""

    def answer(_: httpx.Request) -> httpx.Response:
        kind = {"content-type": "text/event-stream"}
        return httpx.Response(200, content=iter(pieces), headers=kind)

    client = httpx.Client(transport=httpx.MockTransport(answer))
    return wire.model_of(endpoint=endpoint).model_copy(update={"http_client": client})


def shown(endpoint: str, *pieces: bytes) -> str:
    """Return all that a stream shows, in parts and merged, or the typed error that it raises."""
    model = asking(endpoint, list(pieces))
    try:
        first, *rest = model.stream("Hi")
        whole: Any = first + rest if rest else first
        parts = [list(part.content_blocks) for part in (first, *rest)]
        emitted: Any = list(model.stream_events("Hi", version="v3"))
    except AIMLAPIError as error:
        return f"{type(error)} {error}"
    assert_valid_event_stream(emitted)
    found = repr((whole.model_dump(exclude={"id"}), whole.content_blocks, parts))
    return re.sub(r"call_[0-9a-f]{24}", "call_", found)  # made up where nothing has an id


# --- bytes ----------------------------------------------------------------------------------------
Mutations = list[tuple[float, int, bytes]]
WORDS = [
    b"\n", b"\r", b"\n\n", b"data: ", b"null", b'"', b"{", b"}", b"[", b"]", b"\\", b"\xff",
    b"\\ud800", b"\xe2\x80\xa8", b"NaN", b"-1", b"1e999", b"9" * 5000, b"event: error\n",
    b'"error":{"code":429},', b"[DONE]", b"\0", b":", b'"index":{},', b'"type":[],',
    b'"output_index":7,', b"_delta", b".done", b"tool_use", b"reasoning",
]  # fmt: skip
PUT = st.one_of(st.binary(max_size=3), st.sampled_from(WORDS))
# Where, how many bytes are cut there, and what is put in their place.
MUTATIONS = st.lists(st.tuples(st.floats(0, 1), st.integers(0, 8), PUT), min_size=1, max_size=4)


def mutated(data: bytes, changes: Mutations) -> bytes:
    for where, cut, put in changes:
        at = int(where * len(data))
        data = data[:at] + put + data[at + cut :]
    return data


@every_endpoint
@drawn(5)
@given(sizes=st.lists(st.integers(1, 40), max_size=60))
@example(sizes=[1] * 6000)
def test_any_split_of_a_stream_gives_the_same_answer(endpoint: str, sizes: list[int]) -> None:
    data = framed(EVENTS[endpoint])
    pieces, at = [], 0
    for size in sizes:
        pieces.append(data[at : at + size])
        at += size
    whole = shown(endpoint, data)
    assert "Hello" in whole
    assert shown(endpoint, *filter(None, pieces), data[at:]) == whole


@every_endpoint
@drawn(8)
@given(changes=MUTATIONS)
def test_any_mutation_of_a_stream_gives_an_answer_or_a_typed_error(
    endpoint: str, changes: Mutations
) -> None:
    shown(endpoint, mutated(framed(EVENTS[endpoint]), changes))


@every_endpoint
@drawn(8)
@given(changes=MUTATIONS)
def test_any_mutation_of_a_body_gives_an_answer_or_a_typed_error(
    endpoint: str, changes: Mutations
) -> None:
    data = mutated(json.dumps(FULL[endpoint]).encode(), changes)
    with contextlib.suppress(AIMLAPIError):
        answer = wire.invoked(data, endpoint=endpoint)
        assert isinstance(answer.content_blocks, list)


# --- sound JSON of the wrong kind ---------------------------------------------------------------
# Drawing from all of Unicode takes seconds to prepare.
LETTERS = st.characters() if NIGHTLY else st.sampled_from('aB1"\\{\0\n\x85\xfc\u2028\U0001f600')
JUNK = st.recursive(
    st.one_of(
        st.none(), st.booleans(), st.integers(), st.floats(), st.text(LETTERS, max_size=5),
        st.sampled_from(["text", "assistant", "stop", "function", "error", "lc_x", 10**400]),
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(st.text(LETTERS, max_size=3), inner, max_size=3),
        st.dictionaries(st.sampled_from(["type", "text", "id", "index", "name"]), inner),
    ),
    max_leaves=6,
)  # fmt: skip


@st.composite
def garbled(draw: st.DrawFn, written: str) -> list[Json]:
    """Return a list in which values are others, and entries are left out or come twice."""
    value = json.loads(written)
    for _ in range(draw(st.integers(1, 3))):
        node: Any = value
        while isinstance(node, (dict, list)) and node:
            keys = sorted(node) if isinstance(node, dict) else range(len(node))
            key = draw(st.sampled_from(keys))
            inner = node[key]
            if node is not value and (not isinstance(inner, (dict, list)) or draw(st.booleans())):
                node[key] = draw(JUNK)
                break
            if isinstance(node, list) and draw(st.integers(0, 9)) == 0:
                node[key : key + 1] = [inner] * draw(st.sampled_from([0, 2]))
                break
            node = inner
    return value


@every_endpoint
@drawn(5)
@given(data=st.data())
def test_any_value_in_a_stream_gives_an_answer_or_a_typed_error(endpoint: str, data: Any) -> None:
    shown(endpoint, framed(data.draw(garbled(json.dumps(EVENTS[endpoint])))))


@every_endpoint
@drawn(5)
@given(data=st.data())
def test_any_value_in_a_body_gives_an_answer_or_a_typed_error(endpoint: str, data: Any) -> None:
    (body,) = data.draw(garbled(json.dumps([FULL[endpoint]])).filter(lambda found: len(found) == 1))
    with contextlib.suppress(AIMLAPIError):
        wire.invoked(body, endpoint=endpoint)


FOUND: list[list[Json]] = [
    [{"reasoning_details": [{"type": [], "index": [], "id": {}, "text": 1, "data": 2}]}],
    [{"reasoning_details": [{"id": [1], "text": "a"}, {"id": {}, "text": "b"}]}] * 2,
    [{"tool_calls": [{"id": [], "index": {}, "function": {"name": {}, "arguments": []}}]}],
    [{"annotations": [{"type": "url_citation", "url_citation": 1}]}] * 2,
    [{"audio": {"data": "=="}}, {"audio": {"data": "A=A"}}, {"audio": {"data": "\u00e9"}}],
]


@pytest.mark.parametrize("deltas", FOUND)
def test_what_was_found_once_gives_an_answer_or_a_typed_error(deltas: list[Json]) -> None:
    shown("chat/completions", framed([wire.chunk(delta) for delta in deltas]))
    for delta in deltas:
        with contextlib.suppress(AIMLAPIError):
            wire.invoked({"choices": [{"message": delta}]})


# --- arguments of calls -------------------------------------------------------------------------
FRAGMENTS = st.text(alphabet='{}[]":,\\ \nab\u00fc1', max_size=12)
# A piece that is nothing but `{}` is noise beside other arguments: that has a table of its own.
PIECES = FRAGMENTS.filter(lambda text: "".join(text.split()) != "{}")


def entry(arguments: str, **more: Any) -> Json:
    return {"tool_calls": [{"function": {"arguments": arguments, **more}, "id": "1", "index": 0}]}


@drawn(12)
@given(fragments=st.lists(PIECES, max_size=5))
def test_pieces_of_arguments_are_read_as_their_whole(fragments: list[str]) -> None:
    """A call is valid if its whole text is a JSON object, and only then."""
    whole = wire.streamed(wire.chat_stream(entry("", name="f"), *map(entry, fragments)))
    read = wire.invoked(wire.completion(entry("".join(fragments), name="f")))
    assert len(read.tool_calls) + len(read.invalid_tool_calls) == 1
    assert [made["args"] for made in whole.tool_calls] == [made["args"] for made in read.tool_calls]
    assert len(whole.invalid_tool_calls) == len(read.invalid_tool_calls)


@drawn(12)
@given(text=FRAGMENTS)
def test_no_reader_repairs_broken_arguments(text: str) -> None:
    whole = wire.streamed(wire.chat_stream(entry(text, name="f")))
    if whole.invalid_tool_calls:
        with contextlib.suppress(ValueError):
            assert not isinstance(parse_partial_json(whole.tool_call_chunks[0]["args"]), dict)


# --- conversations ------------------------------------------------------------------------------
@tool
def weather(city: str) -> str:
    """Tell the weather of a city."""
    return f"Sunny in {city}."


SONNET = {"model": "anthropic/claude-sonnet-5", "endpoint": "messages"}
BUDGET = {"thinking": {"type": "enabled", "budget_tokens": 1024}, "max_tokens": 4096}
SPEAKERS: dict[str, dict[str, Any]] = {
    "claude, adaptive": {**SONNET, "thinking": {"type": "adaptive"}},
    "claude, with a budget": {**SONNET, **BUDGET},
    "claude": SONNET,
    "claude, on chat": {"model": "anthropic/claude-sonnet-4"},
    "gpt-5": {"model": "openai/gpt-5-4"},
    "gpt-5, stored": {"model": "openai/gpt-5-4", "use_previous_response_id": True},
    "gpt, on chat": {"model": "openai/gpt-4o"},
    "gemini": {"model": "google/gemini-3-5-flash"},
    "deepseek": {"model": "deepseek/deepseek-v4-flash"},
    "mistral": {"model": "mistralai/mistral-nemo"},
    "kimi": {"model": "moonshotai/kimi-k2-thinking"},
}
LONG_ID = f"functions.multi_tool_use.parallel:{'0' * 40}"
BROKEN = invalid_tool_call(name="multi_tool_use.parallel", args='{"a": [', id=LONG_ID, error="e")
FAILED = [
    HumanMessage("Use a tool."),
    AIMessage("", invalid_tool_calls=[BROKEN]),
    ToolMessage("No such tool.", tool_call_id=LONG_ID, status="error"),
    AIMessage("It failed."),
]
"""A call with a name, an id and arguments that services refuse."""
CITIES = ("Rome", "Oslo", "Lima")
STEPS = st.tuples(st.sampled_from(sorted(SPEAKERS)), st.booleans())


# A budget of thinking is left out while results of another model's calls are answered.
@pytest.mark.filterwarnings("ignore:thinking=.* is left out of this call")
@pytest.mark.parametrize("version", ["v0", "v1"])
@drawn(5)
@given(steps=st.lists(STEPS, min_size=4, max_size=12))
def test_no_model_refuses_what_others_left_in_a_conversation(
    emulator: Emulator, version: str, steps: list[tuple[str, bool]]
) -> None:
    """The emulator validates strictly, and asks for thoughts and signatures back."""
    server = {"base_url": emulator.base_url, "api_key": "sk-emulator"}
    messages: list[Any] = [*FAILED]
    for number, (name, in_pieces) in enumerate(steps):
        made = getattr(messages[-1], "tool_calls", [])
        question = f"What is the weather in {CITIES[number % 3]}? Use the tool."
        messages += [weather.invoke(each) for each in made] or [HumanMessage(question)]
        model = ChatAIMLAPI(**SPEAKERS[name], **server, output_version=version)
        speaker = model.bind_tools([weather])
        if in_pieces:
            messages.append(message_chunk_to_message(wire.merged(speaker.stream(messages))))
        else:
            messages.append(speaker.invoke(messages))
        if not made:
            assert messages[-1].tool_calls, name
