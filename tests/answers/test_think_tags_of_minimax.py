"""`<think>` at the start of an answer is reasoning, for models of vendors that write it so."""

from __future__ import annotations

from typing import Any

import pytest
from ways import Json, all_ways, invoke_ways, stream_ways
from wire import chat_stream, chunks_of, completion, streamed

MINIMAX = "MiniMax-M2.5-highspeed"
ASKED = "minimax/m2-5-20260211"

# The text, what of it is reasoning, and what is the answer.
TEXTS: dict[str, tuple[str, str, str]] = {
    "as in the documents": ("<think>\nHm.\n</think>\n\nHello!", "\nHm.\n", "Hello!"),
    "without white space": ("<think>Hm</think>Hello!", "Hm", "Hello!"),
    "white space in front": ("\n <think>Hm</think> Hello!", "Hm", "Hello!"),
    "nothing thought": ("<think>\n\n</think>\n\nHello!", "\n\n", "Hello!"),
    "empty tags": ("<think></think>Hello!", "", "Hello!"),
    "nothing said": ("<think>Hm</think>\n\n", "Hm", ""),
    "cut off": ("<think>Hm, let me", "Hm, let me", ""),
    "cut off within the last tag": ("<think>Hm</thin", "Hm</thin", ""),
    "signs that are no tags":
        ("<think>a < b </ c </thin</think>d </think>", "a < b </ c </thin", "d </think>"),
    "later": ("Hello! <think>Hm</think>", "", "Hello! <think>Hm</think>"),
    "twice": ("<think>Hm</think>Hello! <think>x</think>", "Hm", "Hello! <think>x</think>"),
    "another tag": ("<thinking>Hm</thinking>", "", "<thinking>Hm</thinking>"),
    "part of a tag": ("<thi", "", "<thi"),
    "no tag": ("  Hello!\n", "", "  Hello!\n"),
    "nothing": ("", "", ""),
}  # fmt: skip


def said_by(message: Any) -> tuple[str, str]:
    blocks = message.content_blocks
    thoughts = [block["reasoning"] for block in blocks if block["type"] == "reasoning"]
    assert message.additional_kwargs.get("reasoning_content", "") == "".join(thoughts)
    return "".join(thoughts), message.text


@pytest.mark.parametrize(("text", "thought", "said"), TEXTS.values(), ids=TEXTS)
def test_an_answer_whole_and_cut_anywhere(text: str, thought: str, said: str) -> None:
    body = completion({"role": "assistant", "content": text}) | {"model": MINIMAX}
    for way, message in invoke_ways(body).items():
        assert said_by(message) == (thought, said), way
    letters = chat_stream(*({"content": letter} for letter in text))
    for way, message in stream_ways(letters, model=ASKED).items():
        assert said_by(message) == (thought, said), way
    for at in range(len(text)):
        deltas = [{"content": piece} for piece in (text[:at], text[at:]) if piece]
        message = streamed(chat_stream(*deltas).replace(b"vendor/model-1", MINIMAX.encode()))
        assert said_by(message) == (thought, said), at


@pytest.mark.parametrize("model", ["openai/gpt-4o", "deepseek/deepseek-r1"])
def test_for_other_vendors_it_is_text(model: str) -> None:
    text = "<think>Hm</think>\n\nHello!"
    for way, message in all_ways(completion({"content": text}), model=model).items():
        assert said_by(message) == ("", text), way


def test_the_model_that_was_asked_counts_where_the_answer_names_none() -> None:
    body = completion({"content": "<think>Hm</think>Hello!"})
    del body["model"]
    for way, message in all_ways(body, model=ASKED).items():
        assert said_by(message) == ("Hm", "Hello!"), way


CALL = {"index": 0, "id": "c1", "function": {"name": "f", "arguments": "{}"}}
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
    called = {"tool_calls": [CALL]}
    whole: Json = {**deltas[0], **deltas[-1], **called}
    ways = {
        **stream_ways(chat_stream(*deltas, called), model=ASKED),
        **invoke_ways(completion(whole), model=ASKED),
    }
    for way, message in ways.items():
        assert said_by(message) == said, way
        assert [call["name"] for call in message.tool_calls] == ["f"], way


def test_text_behind_the_tags_comes_as_it_is_sent() -> None:
    pieces = ["<think>", "Hm", ".</think>", "\n\n", "Hel", "lo", "!"]
    chunks = chunks_of(chat_stream(*({"content": piece} for piece in pieces)), model=ASKED)
    assert [chunk.text for chunk in chunks if chunk.text] == ["Hel", "lo", "!"]
    thoughts = [chunk.additional_kwargs.get("reasoning_content") for chunk in chunks]
    assert [thought for thought in thoughts if thought] == ["Hm", "."]
