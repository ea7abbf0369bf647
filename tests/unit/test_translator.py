"""Standard content blocks: of messages, of chunks, and with `output_version="v1"`."""

from typing import Any, cast

import pytest
from cases.bodies import BODIES, CITED, ENCRYPTED, REDACTED, SIGNED, THOUGHT_SIGNATURE
from cases.model import CaseModel
from cases.reading import (
    END,
    Case,
    Json,
    body,
    call,
    calls,
    chunk,
    chunks_of,
    invoked,
    said_by,
    streamed,
    wire,
)
from cases.slicing import streams_of
from cases.streams import STREAMS
from doors.bodies import request_body
from langchain_core.messages import (
    AIMessage,
    AIMessageChunk,
    HumanMessage,
    message_chunk_to_message,
)

from langchain_aimlapi.profiles import facts_for

CITATION = {
    "type": "citation",
    "start_index": 0,
    "end_index": 3,
    "title": "Sky",
    "url": "https://sky.test",
}
CALLED = {"type": "tool_call", "id": "c1", "name": "f", "args": {"a": 1}}
CALL = call("f", '{"a": 1}', id="c1")

MESSAGES: dict[str, tuple[Json, list[Json]]] = {
    "text": ({"content": "Hi"}, [{"type": "text", "text": "Hi"}]),
    "nothing": ({"content": ""}, []),
    "reasoning, text, call": (
        {"content": "Hi", "reasoning_content": "Hm.", **calls(CALL)},
        [{"type": "reasoning", "reasoning": "Hm."}, {"type": "text", "text": "Hi"}, CALLED],
    ),
    "signed reasoning": (
        {"content": "Hi", "reasoning": "Hmm.", "reasoning_details": [SIGNED, REDACTED]},
        [
            {"type": "reasoning", "reasoning": "Hmm.",
             "extras": {"signature": "c2ln", "format": "anthropic-claude-v1"}},
            {"type": "non_standard", "value": {"type": "redacted_thinking", "data": "cmVk"}},
            {"type": "text", "text": "Hi"},
        ],
    ),
    "a signature without its text": (
        {"content": "Hi", "reasoning": "Hmm.", "reasoning_details": [{**SIGNED, "text": ""}]},
        [{"type": "reasoning", "reasoning": "Hmm.",
          "extras": {"signature": "c2ln", "format": "anthropic-claude-v1"}},
         {"type": "text", "text": "Hi"}],
    ),
    "reasoning that another vendor encrypted": (
        {"content": "Hi", "reasoning_details": [ENCRYPTED]},
        [{"type": "reasoning", "reasoning": "",
          "extras": {"data": "ZW5j", "format": "google-gemini-v1"}},
         {"type": "text", "text": "Hi"}],
    ),
    "thoughts that are encrypted, beside readable ones": (
        {"content": "Hi", "reasoning_content": "Hm.", "reasoning_details": [REDACTED]},
        [{"type": "reasoning", "reasoning": "Hm."},
         {"type": "non_standard", "value": {"type": "redacted_thinking", "data": "cmVk"}},
         {"type": "text", "text": "Hi"}],
    ),
    "citations": (
        {"content": "Hi", "annotations": [CITED, {"type": "file", "n": 1}]},
        [{"type": "text", "text": "Hi", "annotations": [
            CITATION, {"type": "non_standard_annotation", "value": {"type": "file", "n": 1}}]}],
    ),
    "a citation without nesting": (
        {"content": "Hi", "annotations": [{"type": "url_citation", "url": "u", "content": "so"}]},
        [{"type": "text", "text": "Hi",
          "annotations": [{"type": "citation", "url": "u", "cited_text": "so"}]}],
    ),
    "a refusal": (
        {"refusal": "No."},
        [{"type": "refusal", "refusal": "No."}],
    ),
    "a thought signature": (
        calls({**CALL, "extra_content": THOUGHT_SIGNATURE}),
        [{**CALLED, "extras": {"extra_content": THOUGHT_SIGNATURE}}],
    ),
    "images in their forms": (
        {"content": "Hi", "images": [
            "https://i.test/1.png",
            {"type": "image_url", "image_url": {"url": "data:image/png;base64,AA=="}},
            {"type": "image", "b64_json": "AQ=="}, {"image_url": "https://i.test/2.png"},
            {"type": "image_url", "image_url": {"url": "data:,plain"}}]},
        [{"type": "text", "text": "Hi"}, {"type": "image", "url": "https://i.test/1.png"},
         {"type": "image", "base64": "AA==", "mime_type": "image/png"},
         {"type": "image", "base64": "AQ=="}, {"type": "image", "url": "https://i.test/2.png"},
         {"type": "image", "url": "data:,plain"}],
    ),
    "parts of other kinds": (
        {"content": [{"type": "text", "text": "Hi"}, {"type": "reference", "ids": [1]},
                     {"type": "video_url", "video_url": {"url": "https://v.test"}}]},
        [{"type": "text", "text": "Hi"},
         {"type": "non_standard", "value": {"type": "reference", "ids": [1]}},
         {"type": "video", "url": "https://v.test"}],
    ),
    "speech": (
        {"audio": {"id": "a1", "data": "UklGRgABAgMEBQ==", "transcript": "Hello"}},
        [{"type": "audio", "id": "a1", "base64": "UklGRgABAgMEBQ==", "mime_type": "audio/wav",
          "extras": {"transcript": "Hello"}}],
    ),
}  # fmt: skip


@pytest.mark.parametrize(("message", "blocks"), MESSAGES.values(), ids=MESSAGES)
def test_message_has_these_blocks(message: Json, blocks: list[Json]) -> None:
    assert invoked(body(message)).content_blocks == blocks


def blocks_of_stream(data: list[Any]) -> list[list[Json]]:
    chunks: Any = [chunk.message.content_blocks for chunk in chunks_of(data)]
    return [blocks for blocks in chunks if blocks]


def test_chunks_have_blocks_with_distinct_indices() -> None:
    assert blocks_of_stream(
        [
            chunk({"reasoning_content": "Hm."}),
            chunk({"content": "Let me see.", **calls(call("f", "{", index=0, id="c1"))}),
            chunk(calls(call(None, "}", index=0), call("g", "", index=1, id="c2"))),
            chunk({"refusal": "No.", "annotations": [CITED]}),
            END,
        ]
    ) == [
        [{"type": "reasoning", "reasoning": "Hm.", "index": "lc_rs_0"}],
        # The text stands before the call that came with it.
        [
            {"type": "text", "text": "Let me see.", "index": "lc_txt_0"},
            {"type": "tool_call_chunk", "id": "c1", "name": "f", "args": "{", "index": "lc_tc_0"},
        ],
        [
            {"type": "tool_call_chunk", "id": None, "name": None, "args": "}", "index": "lc_tc_0"},
            {"type": "tool_call_chunk", "id": "c2", "name": "g", "args": "", "index": "lc_tc_1"},
        ],
        [
            {"type": "refusal", "refusal": "No.", "index": "lc_refusal_0"},
        ],
        [{"type": "text", "text": "", "annotations": [CITATION], "index": "lc_txt_0"}],
    ]  # fmt: skip


def test_reasoning_details_are_blocks_of_their_own() -> None:
    def details(*details: Json, **more: Any) -> Json:
        return chunk({"reasoning_details": list(details), **more})

    stream = [
        details({"type": "reasoning.text", "text": "Hm", "index": 0}, reasoning="Hm"),
        details({"type": "reasoning.text", "text": "m.", "index": 0}, reasoning="m."),
        details({"type": "reasoning.text", "signature": "s1", "index": 0}),
        details({"type": "reasoning.text", "text": "So.", "index": 0}, reasoning="So."),
        details({"type": "reasoning.text", "signature": "s2", "index": 0}),
        details({"type": "reasoning.encrypted", "data": "xx", "index": 0}),
        END,
    ]
    assert [block["index"] for blocks in blocks_of_stream(stream) for block in blocks] == [
        "lc_rs_0", "lc_rs_0", "lc_rs_0", "lc_rs_1", "lc_rs_1", "lc_rd_2",
    ]  # fmt: skip
    message = streamed(stream)
    assert message.additional_kwargs == {
        "reasoning_content": "Hmm.So.",
        "reasoning_details": [
            {"type": "reasoning.text", "text": "Hmm.", "signature": "s1", "index": 0},
            {"type": "reasoning.text", "text": "So.", "signature": "s2", "index": 1},
            {"type": "reasoning.encrypted", "data": "xx", "index": 2},
        ],
    }
    assert message.content_blocks == [
        {"type": "reasoning", "reasoning": "Hmm.", "extras": {"signature": "s1"}},
        {"type": "reasoning", "reasoning": "So.", "extras": {"signature": "s2"}},
        {"type": "non_standard", "value": {"type": "redacted_thinking", "data": "xx"}},
    ]


def test_a_half_merged_stream_still_has_pieces() -> None:
    first, second, *_ = chunks_of(
        [
            chunk(calls(call("f", "{", index=0, id="c1"))),
            chunk(calls(call(None, "}", index=0))),
            END,
        ]
    )
    half: Any = (first + second).message
    assert half.content_blocks == [
        {"type": "tool_call_chunk", "id": "c1", "name": "f", "args": "{}", "index": "lc_tc_0"}
    ]


def test_a_message_of_another_writer_is_left_to_langchain() -> None:
    message = AIMessage(
        content=["Hi", {"type": "image_url", "image_url": {"url": "https://i.test/1.png"}}],
        response_metadata={"model_provider": "aimlapi"},
    )
    assert [block["type"] for block in message.content_blocks] == ["text", "image"]


# --- output_version="v1" ------------------------------------------------------------------------
def v1_stream(data: bytes) -> AIMessageChunk:
    model = CaseModel(stream_bytes=data, output_version="v1")
    merged: Any = None
    for piece in model.stream("hi"):
        assert isinstance(piece.content, list)
        merged = piece if merged is None else merged + piece
    assert isinstance(merged, AIMessageChunk)
    return merged


def unindexed(blocks: Any) -> list[Json]:
    return [{k: v for k, v in block.items() if k != "index"} for block in blocks]


WHOLE = {name: case for name, case in BODIES.items() if "invalid" not in case.expected}


@pytest.mark.parametrize("way", ["in one chunk", "in pieces"])
@pytest.mark.parametrize("case", WHOLE.values(), ids=WHOLE)
def test_v1_stream_and_v1_answer_are_equal(case: Case, way: str) -> None:
    stream = v1_stream(streams_of(case.given)[way])
    model = CaseModel(body=streams_of(case.given)["as a document"], output_version="v1")
    answer = model.invoke("hi")
    assert isinstance(answer, AIMessage)
    by_kind = ["reasoning", "text", "image", "audio", "non_standard", "refusal", "tool_call"]
    ordered = sorted(unindexed(stream.content), key=lambda block: by_kind.index(block["type"]))
    # An index is there for blocks that are streamed; what the last chunk holds is last.
    assert ordered == sorted(
        unindexed(answer.content), key=lambda block: by_kind.index(block["type"])
    )
    assert stream.tool_calls == answer.tool_calls
    assert stream.text == answer.text


@pytest.mark.parametrize("case", STREAMS.values(), ids=STREAMS)
def test_v1_says_the_same(case: Case) -> None:
    stream = v1_stream(wire(case.given))
    assert said_by(stream) == case.expected
    whole: Any = message_chunk_to_message(stream)
    assert said_by(whole) == case.expected
    indices = [block.get("index") for block in stream.content if block["type"] != "tool_call"]  # type: ignore[index, union-attr]  # blocks, in v1
    assert len(set(indices)) == len(indices)


# --- the way back -------------------------------------------------------------------------------
SENT_BACK = {name: case for name, case in WHOLE.items() if name not in {
    "an image", "two images and no text", "everything at once"}}  # fmt: skip


def turn_of(message: AIMessage, model: str) -> list[Json]:
    facts = facts_for(model)
    history = [HumanMessage("hi"), message, HumanMessage("go on")]
    body = request_body(history, model, schema=facts.request_schema)
    turns = body["messages"][1:-1]
    for turn in turns:  # one text may be written in two ways
        if isinstance(turn["content"], str):
            turn["content"] = [{"type": "text", "text": turn["content"]}] if turn["content"] else []
    return cast("list[Json]", turns)


@pytest.mark.parametrize("model", ["openai/gpt-4o", "anthropic/claude-sonnet-4"])
@pytest.mark.parametrize("case", SENT_BACK.values(), ids=SENT_BACK)
def test_v1_message_goes_back_as_any_other(case: Case, model: str) -> None:
    data = streams_of(case.given)
    plain = turn_of(invoked(data["as a document"]), model)
    answer = CaseModel(body=data["as a document"], output_version="v1").invoke("hi")
    assert turn_of(answer, model) == plain
    assert turn_of(v1_stream(data["in pieces"]), model) == plain
    assert turn_of(streamed(data["in pieces"]), model) == plain


def test_signed_reasoning_goes_back_to_claude_and_thought_signatures_to_gemini() -> None:
    signed = body({"content": "Yes", "reasoning": "Hmm.", "reasoning_details": [SIGNED, REDACTED]})
    (turn,) = turn_of(v1_stream(streams_of(signed)["in pieces"]), "anthropic/claude-sonnet-4")
    assert turn["content"] == [
        {"type": "thinking", "thinking": "Hmm.", "signature": "c2ln"},
        {"type": "redacted_thinking", "data": "cmVk"},
        {"type": "text", "text": "Yes"},
    ]
    thought = body(calls({**CALL, "extra_content": THOUGHT_SIGNATURE}))
    for message in (
        v1_stream(streams_of(thought)["in pieces"]),
        streamed(streams_of(thought)["in pieces"]),
        invoked(thought),
    ):
        (turn,) = turn_of(message, "google/gemini-2.5-pro")
        assert turn["tool_calls"][0]["extra_content"] == THOUGHT_SIGNATURE


def test_thoughts_in_the_content_are_not_shown_again_from_beside_it() -> None:
    content: list[Any] = [
        {"type": "reasoning", "reasoning": "Hm."},
        {"type": "text", "text": "Hi"},
    ]
    message = AIMessage(
        content,
        additional_kwargs={"reasoning_content": "Hm."},
        response_metadata={"model_provider": "aimlapi"},
    )
    assert message.content_blocks == content
