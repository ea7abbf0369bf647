"""Invoked, streamed and merged, put together from events: one answer is the same in every way."""

import json
from typing import Any

import pytest
from cases.bodies import BODIES
from cases.doors import Ways, blocks_of
from cases.reading import END, Json, body, call, calls, chunk
from cases.slicing import streams_of
from doors.streams import stream_events
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from langchain_core.language_models.chat_model_stream import ChatModelStream
from langchain_core.messages import AIMessage, AIMessageChunk

# Deltas are generated that go beyond what any one endpoint can send.
from langchain_aimlapi._answers.answer import Answer
from langchain_aimlapi._answers.delta import Delta
from langchain_aimlapi._answers.metadata import Metadata

generated = settings(
    max_examples=120,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.too_slow],
)

TEXT = st.text(alphabet="abc {}é", min_size=1, max_size=6)
URL = st.sampled_from(["https://i.test/1.png", "https://i.test/2.png"])
PARTS = st.one_of(
    st.builds(lambda text: {"type": "text", "text": text}, TEXT),
    st.builds(lambda url: {"type": "image_url", "image_url": {"url": url}}, URL),
    st.builds(lambda url: {"type": "video_url", "video_url": {"url": url}}, URL),
    st.just({"type": "reference", "ids": [1]}),
)
ARGUMENTS = st.sampled_from(["", "{}", '{"a": 1}', '{"a": [1', '{"a": "b', "{]", "hello", "[1]"])
CALLS = st.lists(
    st.builds(lambda args, named: call(named, args), ARGUMENTS, st.sampled_from(["f", "g"])),
    max_size=3,
).map(lambda found: [{**entry, "id": f"c{n}"} for n, entry in enumerate(found)])
CITED = {"type": "url_citation", "url_citation": {"url": "https://s.test", "title": "S"}}


@st.composite
def messages(draw: Any) -> Json:
    """Return a message of chat/completions with any of what it may hold."""
    message: Json = {"content": draw(st.one_of(st.none(), TEXT, st.lists(PARTS, max_size=5)))}
    for name, values in {
        "reasoning_content": TEXT,
        "refusal": TEXT,
        "images": st.lists(URL, max_size=2),
        "annotations": st.just([CITED]),
        "tool_calls": CALLS,
    }.items():
        if draw(st.booleans()) and (value := draw(values)):
            message[name] = value
    return message


def _in_order(message: AIMessage, *kinds: str) -> list[Json]:
    return [block for block in blocks_of(message) if block["type"] in kinds]


def _sorted(blocks: list[Json]) -> list[str]:
    return sorted(json.dumps(block, sort_keys=True) for block in blocks)


CONTENT = ("text", "image", "video", "audio", "non_standard")


@generated
@given(messages(), st.sampled_from(["in one chunk", "in pieces", "as a document"]))
def test_an_answer_is_the_same_in_every_way(message: Json, way: str) -> None:
    given_ = body(message)
    ways = Ways(given_, streams_of(given_)[way])
    invoked, streamed, assembled = ways.invoked(), ways.streamed(), ways.assembled()
    assert blocks_of(invoked) == blocks_of(streamed)
    assert _joined(invoked.content) == _joined(streamed.content)
    assert invoked.additional_kwargs == streamed.additional_kwargs
    assert invoked.response_metadata == streamed.response_metadata
    assert invoked.tool_calls == streamed.tool_calls == assembled.tool_calls
    assert invoked.additional_kwargs == assembled.additional_kwargs
    # In events blocks stand in the order in which they came; the content has its own.
    assert _sorted(blocks_of(assembled)) == _sorted(blocks_of(invoked))
    assert _in_order(assembled, *CONTENT) == _in_order(invoked, *CONTENT)


def _joined(content: Any) -> Any:
    """Return content without the empty text that LangChain puts before a first list of blocks."""
    if isinstance(content, list):
        content = [part for part in content if part != ""]
    return content or []


@pytest.mark.parametrize("way", ["in one chunk", "in pieces", "as a document"])
@pytest.mark.parametrize("name", BODIES)
def test_each_known_answer_is_the_same_in_every_way(name: str, way: str) -> None:
    given_ = BODIES[name].given
    ways = Ways(given_, streams_of(given_)[way])
    invoked, streamed, assembled = ways.invoked(), ways.streamed(), ways.assembled()
    assert blocks_of(invoked) == blocks_of(streamed)
    assert invoked.usage_metadata == streamed.usage_metadata == assembled.usage_metadata
    assert _sorted(blocks_of(assembled)) == _sorted(blocks_of(invoked))


# --- the order of content -----------------------------------------------------------------------
def image(name: str) -> Json:
    return {"type": "image_url", "image_url": {"url": f"https://i.test/{name}.png"}}


def text(value: str) -> Json:
    return {"type": "text", "text": value}


def shown(name: str) -> Json:
    return {"type": "image", "url": f"https://i.test/{name}.png"}


@pytest.mark.parametrize(
    ("parts", "blocks"),
    [
        ([text("A"), image("1"), text("B")], [text("A"), shown("1"), text("B")]),
        ([image("1"), text("A")], [shown("1"), text("A")]),
        ([image("1"), image("1")], [shown("1"), shown("1")]),
        (
            [image("1"), text("A"), image("1"), text("B")],
            [shown("1"), text("A"), shown("1"), text("B")],
        ),
        ([text("A"), text("B")], [text("AB")]),
    ],
)
def test_content_keeps_the_order_that_was_sent(parts: list[Json], blocks: list[Json]) -> None:
    given_ = body({"content": parts})
    for way in streams_of(given_).values():
        ways = Ways(given_, way)
        assert blocks_of(ways.invoked()) == blocks
        assert blocks_of(ways.streamed()) == blocks
        assert blocks_of(ways.assembled()) == blocks


def test_text_in_pieces_around_an_image_keeps_its_place() -> None:
    ways = Ways(
        events=[
            chunk({"content": "He"}),
            chunk({"content": "re:", "images": ["https://i.test/1.png"]}),
            chunk({"content": " and"}),
            chunk({"content": " so"}, finish="stop"),
            END,
        ]
    )
    expected = [text("Here:"), shown("1"), text(" and so")]
    assert blocks_of(ways.streamed()) == expected
    assert blocks_of(ways.assembled()) == expected
    v1 = Ways(events=ways._stream, output_version="v1").streamed()
    assert blocks_of(v1) == expected


# --- invalid calls ------------------------------------------------------------------------------
BROKEN = '{"a": [1'


def broken_ways(**fields: Any) -> Ways:
    events = [
        chunk(calls(call("f", '{"a": ', id="c1", index=0))),
        chunk(calls(call(None, "[1", index=0)), finish="length"),
        END,
    ]
    return Ways(body(calls(call("f", BROKEN, id="c1")), finish="length"), events, **fields)


@pytest.mark.parametrize("fields", [{}, {"output_version": "v1"}], ids=["v0", "v1"])
def test_an_invalid_call_is_a_block_with_the_text_that_was_sent(fields: Json) -> None:
    ways = broken_ways(**fields)
    for message in (ways.invoked(), ways.streamed(), ways.assembled()):
        (block,) = _in_order(message, "invalid_tool_call")
        assert (block["id"], block["name"], block["args"]) == ("c1", "f", BROKEN)
        assert block["error"].startswith("Arguments are not valid JSON")
        assert message.tool_calls == []
        assert len(message.invalid_tool_calls) == 1
    assert ways.invoked().invalid_tool_calls[0]["args"] == BROKEN
    assert ways.assembled().invalid_tool_calls[0]["args"] == BROKEN
    assert all(BROKEN.startswith(piece["args"] or "") or not piece["name"]
               for made in ways.chunks() for piece in made.tool_call_chunks)  # fmt: skip


@pytest.mark.parametrize("fields", [{}, {"output_version": "v1"}], ids=["v0", "v1"])
def test_an_invalid_call_goes_back_as_an_object_that_holds_its_text(fields: Json) -> None:
    ways = broken_ways(**fields)
    for message in (ways.invoked(), ways.streamed(), ways.assembled()):
        ways.model.invoke(["hi", message, "go on"])
        (sent,) = ways.sent[-1]["messages"][1]["tool_calls"]
        assert (sent["id"], sent["function"]["name"]) == ("c1", "f")
        assert json.loads(sent["function"]["arguments"]) == {"arguments": BROKEN}


def test_an_invalid_call_without_a_name_is_a_block_in_every_way() -> None:
    given_ = body(calls(call(None, '{"a": 1}', id="c1")))
    for way in streams_of(given_).values():
        ways = Ways(given_, way)
        for message in (ways.invoked(), ways.streamed(), ways.assembled()):
            (block,) = blocks_of(message)
            assert block == {"type": "invalid_tool_call", "id": "c1", "name": None,
                             "args": '{"a": 1}', "error": "The call names no tool."}  # fmt: skip


# --- blocks of endpoints whose answers are lists of items ---------------------------------------
def piece(**block: Any) -> Delta:
    return Delta(blocks=[block])


def called(index: int, id_: str | None, name: str | None, args: str) -> Delta:
    function = {"name": name, "arguments": args}
    return Delta(calls=[{"index": index, "id": id_, "function": function}])


def answer() -> Answer:
    made = Answer(Metadata())
    made.metadata.note({"id": "a1", "model": "m"})
    made.metadata.finish = "stop"
    return made


def three_ways(deltas: list[Delta]) -> tuple[AIMessage, AIMessageChunk, AIMessage]:
    whole: Any = answer().whole(deltas).message
    reading = answer()
    chunks = [made for delta in deltas for made in reading.add(delta)] + reading.close()
    merged: Any = (chunks[0] + chunks[1:] if chunks[1:] else chunks[0]).message
    stream = ChatModelStream()
    for event in stream_events(iter(chunks)):
        stream.dispatch(event)
    assert stream.output_message is not None
    return whole, merged, stream.output_message


def test_blocks_and_calls_keep_their_order() -> None:
    deltas = [
        piece(type="reasoning", reasoning="r", key=0),
        piece(type="reasoning", reasoning="1", key=0, id="rs_1", extras={"signature": "s"}),
        piece(type="reasoning", key=0, id="rs_1", extras={"signature": "s", "more": 1}),
        called(1, "c1", "f", '{"a"'),
        called(1, None, None, ": 1}"),
        piece(type="reasoning", reasoning="r2", key=2),
        called(3, "c2", "g", "{}"),
        piece(type="text", text="Hi", key=(4, 0)),
        piece(type="text", text="!", key=(4, 0), annotations=[{"type": "citation", "url": "u"}]),
        piece(type="text", key=(4, 0), annotations=[{"type": "citation", "url": "u"}]),
        piece(type="refusal", refusal="", key=5),
    ]
    expected = [
        {"type": "reasoning", "reasoning": "r1", "id": "rs_1",
         "extras": {"signature": "s", "more": 1}},
        {"type": "tool_call", "id": "c1", "name": "f", "args": {"a": 1}},
        {"type": "reasoning", "reasoning": "r2"},
        {"type": "tool_call", "id": "c2", "name": "g", "args": {}},
        {"type": "text", "text": "Hi!", "annotations": [{"type": "citation", "url": "u"}]},
        {"type": "refusal", "refusal": ""},
    ]  # fmt: skip
    whole, merged, assembled = three_ways(deltas)
    assert blocks_of(whole) == blocks_of(merged) == blocks_of(assembled) == expected
    assert whole.content == merged.content


def test_a_plain_text_stays_a_text_and_calls_at_the_end_leave_no_mark() -> None:
    deltas = [
        piece(type="text", text="Hi", key=(0, 0)),
        piece(
            type="text", text="!", key=(0, 0), annotations=[{"type": "url_citation", "url": "u"}]
        ),
        called(1, "c1", "f", "{}"),
    ]
    whole, merged, _ = three_ways(deltas)
    assert whole.content == merged.content == "Hi!"
    assert whole.additional_kwargs == {"annotations": [{"type": "url_citation", "url": "u"}]}


def test_calls_of_server_tools_and_texts_keep_their_order() -> None:
    result = {"type": "server_tool_result", "tool_call_id": "s1", "status": "success", "output": 1}
    deltas = [
        piece(type="text", text="A", key=0),
        piece(type="server_tool_call", id="s1", name="web", args={"q": 1}, key=1),
        piece(**result, key=2),
        piece(type="text", text="B", key=3),
        piece(type="server_tool_call", id="s2", name="web", args={}, key=4),
    ]
    expected = [
        text("A"),
        {"type": "server_tool_call", "id": "s1", "name": "web", "args": {"q": 1}},
        result,
        text("B"),
        {"type": "server_tool_call", "id": "s2", "name": "web", "args": {}},
    ]
    whole, merged, assembled = three_ways(deltas)
    assert blocks_of(whole) == blocks_of(merged) == blocks_of(assembled) == expected


def test_pieces_of_blocks_that_overlap_find_their_own() -> None:
    deltas = [
        piece(type="text", text="A", key=0),
        piece(type="reasoning", reasoning="x", key=1),
        piece(type="text", text="a", key=0),
        piece(type="reasoning", reasoning="y", key=1),
    ]
    expected = [text("Aa"), {"type": "reasoning", "reasoning": "xy"}]
    whole, merged, assembled = three_ways(deltas)
    assert blocks_of(whole) == blocks_of(merged) == blocks_of(assembled) == expected


KEYS = st.integers(0, 3)
PIECES = st.one_of(
    st.builds(lambda k, t: piece(type="text", text=t, key=("t", k)), KEYS, TEXT),
    st.builds(lambda t: piece(type="text", text=t), TEXT),
    st.builds(lambda k, t: piece(type="reasoning", reasoning=t, key=("r", k)), KEYS, TEXT),
    st.builds(lambda k: piece(type="reasoning", key=("r", k), extras={"signature": "s"}), KEYS),
    st.builds(lambda k, t: piece(type="refusal", refusal=t, key=("x", k)), KEYS, TEXT),
    st.builds(lambda k: piece(type="image", url="u", key=("i", k)), KEYS),
    st.builds(lambda t: piece(type="non_standard", value={"type": "x", "note": t}), TEXT),
    st.builds(
        lambda k, args: piece(type="server_tool_call", id=f"s{k}", name="w", args=args, key=k),
        KEYS, st.sampled_from([{}, {"q": 1}])),
    st.builds(lambda k, args: called(k, f"c{k}", "f", args), KEYS, ARGUMENTS),
    st.builds(lambda t: Delta(text=t), TEXT),
)  # fmt: skip


@settings(generated, max_examples=300)
@given(st.lists(PIECES, min_size=1, max_size=8))
def test_any_pieces_make_the_same_answer_in_every_way(deltas: list[Delta]) -> None:
    whole, merged, assembled = three_ways(deltas)
    assert blocks_of(whole) == blocks_of(merged)
    assert whole.content == merged.content
    assert _sorted(blocks_of(assembled)) == _sorted(blocks_of(whole))
    sent = [b.get("text", "") for delta in deltas for b in delta.blocks] + [d.text for d in deltas]
    texts = [block.get("text", "") for block in blocks_of(whole)]
    assert sorted("".join(texts)) == sorted("".join(sent)) == sorted(whole.text)
    reread = AIMessage(**whole.model_dump())
    assert blocks_of(reread) == blocks_of(whole)
