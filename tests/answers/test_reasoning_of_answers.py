"""Reasoning of chat/completions: in which field and form it comes, and that it is shown once."""

from __future__ import annotations

from typing import Any

import pytest
from ways import Json, all_ways, assert_says, other, says, stream_ways, text, thought
from wire import DONE, chat_streams, chunk, completion, streamed

SIGNED = {"type": "reasoning.text", "text": "Hmm.", "signature": "c2ln", "format": "v1", "index": 0}
REDACTED = {"type": "reasoning.encrypted", "data": "cmVk", "format": "anthropic-claude-v1"}
ENCRYPTED = {"type": "reasoning.encrypted", "data": "ZW5j", "format": "google-gemini-v1"}
HIDDEN = {"type": "redacted_thinking", "data": "cmVk"}


def parts(*content: Any) -> Json:
    return completion({"role": "assistant", "content": list(content)})


ANSWERS: dict[str, tuple[Json, Json]] = {
    "reasoning": (
        completion({"content": "Yes", "reasoning_content": "Hmm."}),
        says(thought("Hmm."), text("Yes"), kwargs={"reasoning_content": "Hmm."}),
    ),
    "empty reasoning": (completion({"content": "Yes", "reasoning_content": ""}), says(text("Yes"))),
    "reasoning in two fields, one signed": (
        completion({"content": "Yes", "reasoning": "Hmm.", "reasoning_details": [SIGNED]}),
        says(
            thought("Hmm.", {"signature": "c2ln", "format": "v1"}),
            text("Yes"),
            kwargs={"reasoning_content": "Hmm.", "reasoning_details": [SIGNED]},
        ),
    ),
    "reasoning summarised and encrypted": (
        completion(
            {
                "content": "Yes",
                "reasoning_details": [
                    {"type": "reasoning.summary", "summary": "Hmm.", "index": 0},
                    {**ENCRYPTED, "index": 0},
                ],
            }
        ),
        says(
            thought("Hmm."),
            thought("", {"data": "ZW5j", "format": "google-gemini-v1"}),
            text("Yes"),
        ),
    ),
    "reasoning that another vendor encrypted": (
        completion({"content": "Hi", "reasoning_details": [{**ENCRYPTED, "index": 0}]}),
        says(thought("", {"data": "ZW5j", "format": "google-gemini-v1"}), text("Hi")),
    ),
    "encrypted reasoning beside readable one": (
        completion(
            {
                "content": "Hi",
                "reasoning_content": "Other.",
                "reasoning_details": [{**REDACTED, "index": 0}],
            }
        ),
        says(
            thought("Other."),
            other(HIDDEN),
            text("Hi"),
            kwargs={"reasoning_content": "Other.", "reasoning_details": [{**REDACTED, "index": 0}]},
        ),
    ),
    "thinking parts": (
        parts(
            {"type": "thinking", "thinking": "Hm.", "signature": "c2ln"},
            {"type": "redacted_thinking", "data": "cmVk"},
            {"type": "thinking", "thinking": [{"type": "text", "text": "M"}]},
            {"type": "text", "text": "Yes"},
        ),
        says(thought("Hm.", {"signature": "c2ln"}), other(HIDDEN), thought("M"), text("Yes")),
    ),
    "thinking blocks of a proxy": (
        completion(
            {
                "content": "Hi",
                "reasoning_content": "Hm.",
                "thinking_blocks": [{"type": "thinking", "thinking": "Hm.", "signature": "s"}, 5],
            }
        ),
        says(thought("Hm.", {"signature": "s"}), text("Hi")),
    ),
}


@pytest.mark.parametrize(("body", "expected"), ANSWERS.values(), ids=ANSWERS)
def test_an_answer_that_reasons_says_the_same_in_every_way(body: Json, expected: Json) -> None:
    assert_says(all_ways(body), expected)


@pytest.mark.parametrize("field", ["thinking", "summary", "text"])
def test_a_thought_is_read_under_each_of_its_names(field: str) -> None:
    body = parts({"type": "thinking", field: "Hm."}, {"type": "text", "text": "Hi"})
    assert_says(all_ways(body), says(thought("Hm."), text("Hi")))


# --- details that come whole ---
DETAILS = [
    {"type": "reasoning.text", "text": "Hm.", "signature": "c2ln", "index": 0},
    {"type": "reasoning.text", "text": " So.", "index": 0},
    {"type": "reasoning.summary", "summary": "S", "id": "a", "index": 1},
    {"type": "reasoning.summary", "summary": "T", "id": "b", "index": 1},
    {**REDACTED, "index": 2, "format": None},
    {"type": "reasoning.encrypted", "data": "Z29v", "format": "google-v1", "id": 7},
]
WHOLE: dict[str, tuple[Json, Json]] = {
    "a signature without its text": (
        completion(
            {"content": "Hi", "reasoning": "Hmm.", "reasoning_details": [{**SIGNED, "text": ""}]}
        ),
        says(thought("Hmm.", {"signature": "c2ln", "format": "v1"}), text("Hi")),
    ),
    "details of many kinds": (
        completion({"content": "Hi", "reasoning": "Hm. So.", "reasoning_details": DETAILS}),
        says(
            thought("Hm. So.", {"signature": "c2ln"}),
            thought("", {"id": "a"}),
            thought("", {"id": "b"}),
            other(HIDDEN),
            thought("", {"data": "Z29v", "format": "google-v1"}),
            text("Hi"),
        ),
    ),
    "details that disagree with the text": (
        completion(
            {
                "content": "Hi",
                "reasoning_content": "Other.",
                "reasoning_details": [{**SIGNED, "text": "Hm."}, {**REDACTED, "index": 1}],
            }
        ),
        says(thought("Other.", {"signature": "c2ln", "format": "v1"}), other(HIDDEN), text("Hi")),
    ),
    "thinking blocks beside details": (
        completion(
            {
                "content": "Hi",
                "thinking_blocks": [{"type": "thinking", "thinking": "Hm."}],
                "reasoning_details": [{"type": "reasoning.text", "text": "Hm.", "id": "r1"}],
            }
        ),
        says(thought("Hm.", {"id": "r1"}), text("Hi")),
    ),
}


@pytest.mark.parametrize(("body", "expected"), WHOLE.values(), ids=WHOLE)
def test_details_that_come_whole_say_the_same_in_every_way(body: Json, expected: Json) -> None:
    assert_says(all_ways(body, {"one chunk": chat_streams(body)["one chunk"]}), expected)


# --- in pieces ---
STREAMS: dict[str, tuple[list[Any], Json]] = {
    "reasoning, then text": (
        [
            chunk({"content": None, "reasoning_content": "Hm"}),
            chunk({"content": None, "reasoning_content": "m."}),
            chunk({"content": "Yes", "reasoning_content": ""}),
            chunk({}, finish="stop"),
            DONE,
        ],
        says(thought("Hmm."), text("Yes")),
    ),
    "reasoning under another name, after the text": (
        [chunk({"content": "Yes"}), chunk({"reasoning": "Hm"}), chunk({"reasoning": "m."}), DONE],
        says(thought("Hmm."), text("Yes"), finish=None),
    ),
    "the same reasoning in two fields": (
        [
            chunk({"reasoning": "Hm", "reasoning_content": "Hm"}),
            chunk(
                {
                    "reasoning": "m.",
                    "reasoning_details": [{"type": "reasoning.text", "text": "m.", "index": 0}],
                }
            ),
            chunk({"content": "Yes"}),
            DONE,
        ],
        says(thought("Hmm."), text("Yes"), finish=None),
    ),
    "the whole reasoning once more at the end": (
        [
            chunk({"reasoning": "Let me think "}),
            chunk({"reasoning": "about it."}),
            chunk({"reasoning_content": "Let me think about it."}),
            chunk({"content": "Yes"}),
            DONE,
        ],
        says(thought("Let me think about it."), text("Yes"), finish=None),
    ),
    "reasoning in details only": (
        [
            chunk({"reasoning_details": [{"type": "reasoning.summary", "summary": "Hm"}]}),
            chunk({"reasoning_details": [{"type": "reasoning.summary", "summary": "m."}]}),
            chunk({"content": "Yes"}),
            DONE,
        ],
        says(thought("Hmm."), text("Yes"), finish=None),
    ),
    "thinking parts": (
        [
            chunk(
                {"content": [{"type": "thinking", "thinking": [{"type": "text", "text": "Hm"}]}]}
            ),
            chunk({"content": [{"type": "thinking", "thinking": "m."}]}),
            chunk({"content": [{"type": "text", "text": "Yes"}]}),
            DONE,
        ],
        says(thought("Hmm."), text("Yes"), finish=None),
    ),
    "reasoning in pieces": (
        [
            chunk({"reasoning_content": "Hm"}),
            chunk({"reasoning_content": ".", "reasoning": "Hm."}),
            chunk({"reasoning": " So.", "content": ""}),
            chunk({"reasoning_details": [{"type": "reasoning.text", "signature": "c2ln"}]}),
            chunk({"content": "Hi"}),
            chunk({"content": "!"}),
            chunk({}, finish="stop"),
            DONE,
        ],
        says(thought("Hm. So.", {"signature": "c2ln"}), text("Hi!")),
    ),
}


@pytest.mark.parametrize(("events", "expected"), STREAMS.values(), ids=STREAMS)
def test_a_stream_that_reasons_says_the_same_in_every_way(
    events: list[Any], expected: Json
) -> None:
    assert_says(stream_ways(events), expected)


TWICE: dict[str, list[Json]] = {
    "once more": [{"reasoning_content": "abc"}, {"reasoning": "abc"}],
    "once more, in pieces": [
        *({"reasoning_content": letter} for letter in "abc"),
        *({"reasoning": letter} for letter in "abc"),
    ],
    "in turns": [
        {"reasoning_content": "a"},
        {"reasoning": "a"},
        {"reasoning_content": "bc"},
        {"reasoning": "bc"},
    ],
    "cut otherwise": [
        {"reasoning_content": "a"},
        {"reasoning_content": "bc"},
        {"reasoning": "ab"},
        {"reasoning": "c"},
    ],
    "the other way round": [{"reasoning": "abc"}, {"content": "", "reasoning_content": "abc"}],
}


@pytest.mark.parametrize("deltas", TWICE.values(), ids=TWICE)
def test_reasoning_in_two_fields_is_shown_once(deltas: list[Json]) -> None:
    events = [*map(chunk, deltas), chunk({"content": "Yes"}, finish="stop"), DONE]
    assert streamed(events).additional_kwargs == {"reasoning_content": "abc"}


def test_reasoning_that_goes_on_in_another_field_is_read_whole() -> None:
    deltas = [{"reasoning_content": "Hm."}, {"reasoning": "So."}, {"reasoning_content": "Well."}]
    message = streamed([*map(chunk, deltas), DONE])
    assert message.additional_kwargs == {"reasoning_content": "Hm.So.Well."}


# --- details in pieces ---
def details_of(*pieces: Json) -> Any:
    """Return the details of a stream that brings a piece in each chunk, and the whole message."""
    details = [{"type": "reasoning.text", "index": 0, **piece} for piece in pieces]
    events = [chunk({"reasoning_details": [detail]}) for detail in details]
    message = streamed([*events, chunk({"content": "Hi"}, finish="stop"), DONE])
    return message.additional_kwargs["reasoning_details"], message


@pytest.mark.parametrize("name", ["id", "data"])
def test_a_detail_may_get_its_id_in_a_later_piece(name: str) -> None:
    (detail,), _ = details_of({"text": "a"}, {"text": "b", name: "one"}, {"text": "c", name: "one"})
    assert (detail["text"], detail[name]) == ("abc", "one")


def test_details_of_two_thoughts_that_alternate_stay_apart() -> None:
    details, _ = details_of(
        {"text": "a"}, {"text": "1", "index": 1}, {"text": "b"}, {"text": "2", "index": 1}
    )
    assert [detail["text"] for detail in details] == ["ab", "12"]


def test_a_signature_ends_a_thought_though_the_index_stays() -> None:
    details, message = details_of(
        {"text": "Hm"},
        {"text": "m."},
        {"signature": "s1"},
        {"text": "So."},
        {"signature": "s2"},
        {"type": "reasoning.encrypted", "data": "xx"},
    )
    assert details == [
        {"type": "reasoning.text", "text": "Hmm.", "signature": "s1", "index": 0},
        {"type": "reasoning.text", "text": "So.", "signature": "s2", "index": 1},
        {"type": "reasoning.encrypted", "data": "xx", "index": 2},
    ]
    assert message.content_blocks == [
        thought("Hmm.", {"signature": "s1"}),
        thought("So.", {"signature": "s2"}),
        other({"type": "redacted_thinking", "data": "xx"}),
        text("Hi"),
    ]
