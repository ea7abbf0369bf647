"""Reasoning of chat/completions: in which field and form it comes, and that it is shown once."""

from __future__ import annotations

from typing import Any

import pytest
from ways import (
    Json,
    all_ways,
    assert_says,
    invoke_ways,
    other,
    says,
    stream_ways,
    text,
    thought,
)
from wire import call, calls, chat_stream, chat_streams, chunks_of, completion, streamed

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


# --- `<think>` in front of an answer of a vendor that writes it so: of MiniMax -------------------
MINIMAX = "MiniMax-M2.5-highspeed"
ASKED = "minimax/m2-5-20260211"

# The text, what of it is reasoning, and what is the answer.
TEXTS: dict[str, tuple[str, str, str]] = {
    "as in the documents": ("<think>\nHm.\n</think>\n\nHello!", "\nHm.\n", "Hello!"),
    "white space in front": ("\n <think>Hm</think> Hello!", "Hm", "Hello!"),
    "nothing thought": ("<think>\n\n</think>\n\nHello!", "\n\n", "Hello!"),
    "empty tags": ("<think></think>Hello!", "", "Hello!"),
    "nothing said": ("<think>Hm</think>\n\n", "Hm", ""),
    "cut off": ("<think>Hm, let me", "Hm, let me", ""),
    "cut off within the last tag": ("<think>Hm</thin", "Hm</thin", ""),
    "signs that are no tags":
        ("<think>a < b </ c </thin</think>d </think>", "a < b </ c </thin", "d </think>"),
    "later": ("Hello! <think>Hm</think>", "", "Hello! <think>Hm</think>"),
    "another tag": ("<thinking>Hm</thinking>", "", "<thinking>Hm</thinking>"),
    "part of a tag": ("<thi", "", "<thi"),
    "nothing": ("", "", ""),
}  # fmt: skip


def told_by(message: Any) -> tuple[str, str]:
    blocks = message.content_blocks
    thoughts = [block["reasoning"] for block in blocks if block["type"] == "reasoning"]
    assert message.additional_kwargs.get("reasoning_content", "") == "".join(thoughts)
    return "".join(thoughts), message.text


@pytest.mark.parametrize(("sent", "thinks", "answer"), TEXTS.values(), ids=TEXTS)
def test_an_answer_whole_and_cut_anywhere(sent: str, thinks: str, answer: str) -> None:
    body = completion({"role": "assistant", "content": sent}) | {"model": MINIMAX}
    for way, message in invoke_ways(body).items():
        assert told_by(message) == (thinks, answer), way
    letters = chat_stream(*({"content": letter} for letter in sent))
    for way, message in stream_ways(letters, model=ASKED).items():
        assert told_by(message) == (thinks, answer), way
    for at in range(len(sent)):
        deltas = [{"content": piece} for piece in (sent[:at], sent[at:]) if piece]
        message = streamed(chat_stream(*deltas).replace(b"vendor/model-1", MINIMAX.encode()))
        assert told_by(message) == (thinks, answer), at


@pytest.mark.parametrize("model", ["openai/gpt-4o", "deepseek/deepseek-r1"])
def test_for_other_vendors_it_is_text(model: str) -> None:
    sent = "<think>Hm</think>\n\nHello!"
    for way, message in all_ways(completion({"content": sent}), model=model).items():
        assert told_by(message) == ("", sent), way


def test_the_model_that_was_asked_counts_where_the_answer_names_none() -> None:
    body = completion({"content": "<think>Hm</think>Hello!"})
    del body["model"]
    for way, message in all_ways(body, model=ASKED).items():
        assert told_by(message) == ("Hm", "Hello!"), way


BESIDE: dict[str, tuple[list[Json], tuple[str, str]]] = {
    "behind the tags": ([{"content": "<think>Hm</think>\n"}], ("Hm", "")),
    "before the last tag": ([{"content": "<think>Hm</thi"}], ("Hm</thi", "")),
    "behind what may be a tag": ([{"content": "<thi"}], ("", "<thi")),
    "reasoning in its own field": (
        [{"reasoning_content": "Hm"}, {"content": "Hello!"}],
        ("Hm", "Hello!"),
    ),
    "the same reasoning in its own field": (
        [{"reasoning_content": "Hm"}, {"content": "<think>Hm</think>Hi"}],
        ("Hm", "Hi"),
    ),
}


@pytest.mark.parametrize(("deltas", "said"), BESIDE.values(), ids=BESIDE)
def test_a_call_ends_what_may_be_a_tag(deltas: list[Json], said: tuple[str, str]) -> None:
    called = calls(call("f", "{}", id="c1"))
    whole: Json = {**deltas[0], **deltas[-1], **called}
    ways = {
        **stream_ways(chat_stream(*deltas, called), model=ASKED),
        **invoke_ways(completion(whole), model=ASKED),
    }
    for way, message in ways.items():
        assert told_by(message) == said, way
        assert [call["name"] for call in message.tool_calls] == ["f"], way


def test_text_behind_the_tags_comes_as_it_is_sent() -> None:
    pieces = ["<think>", "Hm", ".</think>", "\n\n", "Hel", "lo", "!"]
    chunks = chunks_of(chat_stream(*({"content": piece} for piece in pieces)), model=ASKED)
    assert [chunk.text for chunk in chunks if chunk.text] == ["Hel", "lo", "!"]
    thoughts = [chunk.additional_kwargs.get("reasoning_content") for chunk in chunks]
    assert [each for each in thoughts if each] == ["Hm", "."]
