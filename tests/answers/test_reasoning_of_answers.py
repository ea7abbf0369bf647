"""Reasoning of chat/completions: in which field and form it comes, and that it is shown once."""

from __future__ import annotations

from typing import Any

import pytest
from ways import Json, all_ways, assert_says, other, says, stream_ways, text, thought
from wire import chat_stream, chat_streams, completion, streamed

SIGNED = {"type": "reasoning.text", "text": "Hmm.", "signature": "c2ln", "format": "v1", "index": 0}
REDACTED = {"type": "reasoning.encrypted", "data": "cmVk", "format": "anthropic-claude-v1"}
ENCRYPTED = {"type": "reasoning.encrypted", "data": "ZW5j", "format": "google-gemini-v1"}
SEAL = {"data": "ZW5j", "format": "google-gemini-v1"}
SIGNATURE = {"signature": "c2ln", "format": "v1"}
HIDDEN = {"type": "redacted_thinking", "data": "cmVk"}
YES = {"content": "Yes"}


def details(*found: Json) -> Json:
    return {"reasoning_details": list(found)}


def parts(*content: Any) -> Json:
    return completion({"role": "assistant", "content": list(content)})


def thinking(value: Any, **more: Any) -> Json:
    return {"type": "thinking", "thinking": value, **more}


ANSWERS: dict[str, tuple[Json, Json]] = {
    "reasoning": (completion({**YES, "reasoning_content": "Hmm."}),
                  says(thought("Hmm."), text("Yes"), kwargs={"reasoning_content": "Hmm."})),
    "empty reasoning": (completion({**YES, "reasoning_content": ""}), says(text("Yes"))),
    "reasoning in two fields, one signed": (
        completion({**YES, "reasoning": "Hmm.", **details(SIGNED)}),
        says(thought("Hmm.", SIGNATURE), text("Yes"),
             kwargs={"reasoning_content": "Hmm.", **details(SIGNED)}),
    ),
    "reasoning summarised and encrypted": (
        completion({**YES, **details({"type": "reasoning.summary", "summary": "Hmm.", "index": 0},
                                     {**ENCRYPTED, "index": 0})}),
        says(thought("Hmm."), thought("", SEAL), text("Yes")),
    ),
    "reasoning that another vendor encrypted": (
        completion({**YES, **details({**ENCRYPTED, "index": 0})}),
        says(thought("", SEAL), text("Yes")),
    ),
    "encrypted reasoning beside readable one": (
        completion({**YES, "reasoning_content": "Other.", **details({**REDACTED, "index": 0})}),
        says(thought("Other."), other(HIDDEN), text("Yes"),
             kwargs={"reasoning_content": "Other.", **details({**REDACTED, "index": 0})}),
    ),
    "thinking parts": (
        parts(thinking("Hm.", signature="c2ln"), HIDDEN, thinking([{"type": "text", "text": "M"}]),
              {"type": "thinking", "summary": "S"}, {"type": "thinking", "text": "T"},
              {"type": "text", "text": "Yes"}),
        says(thought("Hm.", {"signature": "c2ln"}), other(HIDDEN), thought("MST"), text("Yes")),
    ),
    "thinking blocks of a proxy": (
        completion({**YES, "reasoning_content": "Hm.",
                    "thinking_blocks": [thinking("Hm.", signature="s"), 5]}),
        says(thought("Hm.", {"signature": "s"}), text("Yes")),
    ),
}  # fmt: skip


@pytest.mark.parametrize(("body", "expected"), ANSWERS.values(), ids=ANSWERS)
def test_an_answer_that_reasons_says_the_same_in_every_way(body: Json, expected: Json) -> None:
    assert_says(all_ways(body), expected)


# --- details that come whole ---
MANY = details(
    {"type": "reasoning.text", "text": "Hm.", "signature": "c2ln", "index": 0},
    {"type": "reasoning.text", "text": " So.", "index": 0},
    {"type": "reasoning.summary", "summary": "S", "id": "a", "index": 1},
    {"type": "reasoning.summary", "summary": "T", "id": "b", "index": 1},
    {**REDACTED, "index": 2, "format": None},
    {"type": "reasoning.encrypted", "data": "Z29v", "format": "google-v1", "id": 7},
)
WHOLE: dict[str, tuple[Json, Json]] = {
    "a signature without its text": (
        completion({**YES, "reasoning": "Hmm.", **details({**SIGNED, "text": ""})}),
        says(thought("Hmm.", SIGNATURE), text("Yes")),
    ),
    "details of many kinds": (
        completion({**YES, "reasoning": "Hm. So.", **MANY}),
        says(thought("Hm. So.", {"signature": "c2ln"}), thought("", {"id": "a"}),
             thought("", {"id": "b"}), other(HIDDEN),
             thought("", {"data": "Z29v", "format": "google-v1"}), text("Yes")),
    ),
    "details that disagree with the text": (
        completion({**YES, "reasoning_content": "Other.",
                    **details({**SIGNED, "text": "Hm."}, {**REDACTED, "index": 1})}),
        says(thought("Other.", SIGNATURE), other(HIDDEN), text("Yes")),
    ),
    "thinking blocks beside details": (
        completion({**YES, "thinking_blocks": [thinking("Hm.")],
                    **details({"type": "reasoning.text", "text": "Hm.", "id": "r1"})}),
        says(thought("Hm.", {"id": "r1"}), text("Yes")),
    ),
}  # fmt: skip


@pytest.mark.parametrize(("body", "expected"), WHOLE.values(), ids=WHOLE)
def test_details_that_come_whole_say_the_same_in_every_way(body: Json, expected: Json) -> None:
    assert_says(all_ways(body, {"one chunk": chat_streams(body)["one chunk"]}), expected)


# --- in pieces ---
def summary(value: str) -> Json:
    return details({"type": "reasoning.summary", "summary": value})


STREAMS: dict[str, tuple[list[Json], Json]] = {
    "reasoning, then text": (
        [{"content": None, "reasoning_content": "Hm"}, {"content": None, "reasoning_content": "m."},
         {**YES, "reasoning_content": ""}],
        says(thought("Hmm."), text("Yes")),
    ),
    "reasoning under another name, after the text": (
        [YES, {"reasoning": "Hm"}, {"reasoning": "m."}],
        says(thought("Hmm."), text("Yes")),
    ),
    "the same reasoning in two fields": (
        [{"reasoning": "Hm", "reasoning_content": "Hm"},
         {"reasoning": "m.", **details({"type": "reasoning.text", "text": "m.", "index": 0})}, YES],
        says(thought("Hmm."), text("Yes")),
    ),
    "the whole reasoning once more at the end": (
        [{"reasoning": "Let me "}, {"reasoning": "think."}, {"reasoning_content": "Let me think."},
         YES],
        says(thought("Let me think."), text("Yes")),
    ),
    "reasoning in details only": ([summary("Hm"), summary("m."), YES],
                                  says(thought("Hmm."), text("Yes"))),
    "thinking parts": (
        [{"content": [thinking([{"type": "text", "text": "Hm"}])]}, {"content": [thinking("m.")]},
         {"content": [{"type": "text", "text": "Yes"}]}],
        says(thought("Hmm."), text("Yes")),
    ),
    "reasoning in pieces": (
        [{"reasoning_content": "Hm"}, {"reasoning_content": ".", "reasoning": "Hm."},
         {"reasoning": " So.", "content": ""},
         details({"type": "reasoning.text", "signature": "c2ln"}), {"content": "Hi"},
         {"content": "!"}],
        says(thought("Hm. So.", {"signature": "c2ln"}), text("Hi!")),
    ),
}  # fmt: skip


@pytest.mark.parametrize(("deltas", "expected"), STREAMS.values(), ids=STREAMS)
def test_a_stream_that_reasons_says_the_same_in_every_way(
    deltas: list[Json], expected: Json
) -> None:
    assert_says(stream_ways(chat_stream(*deltas)), expected)


# What comes in `reasoning_content` (c) and `reasoning` (r), and what is shown.
FIELDS: dict[str, tuple[str, str]] = {
    "once more": ("c:abc r:abc", "abc"),
    "once more, in pieces": ("c:a c:b c:c r:a r:b r:c", "abc"),
    "in turns": ("c:a r:a c:bc r:bc", "abc"),
    "cut otherwise": ("c:a c:bc r:ab r:c", "abc"),
    "the other way round": ("r:abc c:abc", "abc"),
    "goes on in another field": ("c:ab r:cd c:ef", "abcdef"),
}


@pytest.mark.parametrize(("sent", "shown"), FIELDS.values(), ids=FIELDS)
def test_reasoning_in_two_fields_is_shown_once(sent: str, shown: str) -> None:
    names = {"c": "reasoning_content", "r": "reasoning"}
    deltas = [{names[each[0]]: each[2:]} for each in sent.split()]
    assert streamed(chat_stream(*deltas, YES)).additional_kwargs == {"reasoning_content": shown}


# --- details in pieces ---
PIECES: dict[str, tuple[list[Json], list[Json]]] = {
    **{f"the {name} comes later": (
        [{"text": "a"}, {"text": "b", name: "one"}, {"text": "c", name: "one"}],
        [{"text": "abc", "index": 0, name: "one"}],
    ) for name in ("id", "data")},
    "two thoughts that alternate": (
        [{"text": "a"}, {"text": "1", "index": 1}, {"text": "b"}, {"text": "2", "index": 1}],
        [{"text": "ab", "index": 0}, {"text": "12", "index": 1}],
    ),
    "a signature ends a thought though the index stays": (
        [{"text": "Hm"}, {"text": "m."}, {"signature": "s1"}, {"text": "So."}, {"signature": "s2"},
         {"type": "reasoning.encrypted", "data": "xx"}],
        [{"text": "Hmm.", "signature": "s1", "index": 0},
         {"text": "So.", "signature": "s2", "index": 1},
         {"type": "reasoning.encrypted", "data": "xx", "index": 2}],
    ),
}  # fmt: skip


@pytest.mark.parametrize(("pieces", "joined"), PIECES.values(), ids=PIECES)
def test_details_in_pieces_are_joined(pieces: list[Json], joined: list[Json]) -> None:
    sent = [details({"type": "reasoning.text", "index": 0, **piece}) for piece in pieces]
    message = streamed(chat_stream(*sent, {"content": "Hi"}))
    expected = [{"type": "reasoning.text", **each} for each in joined]
    assert message.additional_kwargs["reasoning_details"] == expected
    if len(joined) == 3:
        assert message.content_blocks == [
            thought("Hmm.", {"signature": "s1"}),
            thought("So.", {"signature": "s2"}),
            other({"type": "redacted_thinking", "data": "xx"}),
            text("Hi"),
        ]
