"""`<think>` at the start of an answer is reasoning, for models of vendors that write it so."""

from __future__ import annotations

from typing import Any

import pytest
from ways import Json, invoke_ways, stream_ways
from wire import chat_stream, completion, model_of

MINIMAX = "MiniMax-M2.5-highspeed"

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
    "signs that are no tags": ("<think>a < b </ c </thin</think>d </think>", "a < b </ c </thin",
                               "d </think>"),
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
def test_a_whole_answer(text: str, thought: str, said: str) -> None:
    body = completion({"role": "assistant", "content": text}) | {"model": MINIMAX}
    for way, message in invoke_ways(body).items():
        assert said_by(message) == (thought, said), way


@pytest.mark.parametrize(("text", "thought", "said"), TEXTS.values(), ids=TEXTS)
def test_a_stream_cut_anywhere(text: str, thought: str, said: str) -> None:
    cuts = [[text], list(text), *([text[:at], text[at:]] for at in range(1, len(text)))]
    for pieces in cuts:
        deltas = [{"content": piece} for piece in pieces]
        model = model_of(stream=chat_stream(*deltas).replace(b"vendor/model-1", MINIMAX.encode()))
        first, *rest = model.stream("Hi")
        assert said_by(first + rest) == (thought, said), pieces
    for way, message in stream_ways(chat_stream(*deltas), model="minimax/m2-5-20260211").items():
        assert said_by(message) == (thought, said), way


@pytest.mark.parametrize("model", ["openai/gpt-4o", "deepseek/deepseek-r1"])
def test_for_other_vendors_it_is_text(model: str) -> None:
    text = "<think>Hm</think>\n\nHello!"
    body = completion({"content": text})
    for way, message in (
        *invoke_ways(body, model=model).items(),
        *stream_ways(chat_stream({"content": text}), model=model).items(),
    ):
        assert said_by(message) == ("", text), way


def test_the_model_that_was_asked_counts_where_the_answer_names_none() -> None:
    body = completion({"content": "<think>Hm</think>Hello!"})
    del body["model"]
    asked = "minimax/m2-5-20260211"
    assert said_by(invoke_ways(body, model=asked)["invoke"]) == ("Hm", "Hello!")
    stream = chat_stream({"content": "<think>Hm</think>Hello!"}).replace(b"model", b"other")
    assert said_by(stream_ways(stream, model=asked)["stream"]) == ("Hm", "Hello!")


CALL = {"index": 0, "id": "c1", "function": {"name": "f", "arguments": "{}"}}
BESIDE: dict[str, tuple[list[Json], tuple[str, str]]] = {
    "a call behind the tags": (
        [{"content": "<think>Hm</think>\n"}, {"tool_calls": [CALL]}],
        ("Hm", ""),
    ),
    "a call before the last tag": (
        [{"content": "<think>Hm</thi"}, {"tool_calls": [CALL]}],
        ("Hm</thi", ""),
    ),
    "a call behind what may be a tag": (
        [{"content": "<thi"}, {"tool_calls": [CALL]}],
        ("", "<thi"),
    ),
    "reasoning in its own field": (
        [{"reasoning_content": "Hm"}, {"content": "Hello!"}, {"tool_calls": [CALL]}],
        ("Hm", "Hello!"),
    ),
    "the same reasoning in its own field": (
        [{"reasoning_content": "Hm"}, {"content": "<think>Hm</think>Hi"}, {"tool_calls": [CALL]}],
        ("Hm", "Hi"),
    ),
}


@pytest.mark.parametrize(("deltas", "said"), BESIDE.values(), ids=BESIDE)
def test_what_stands_beside_the_text(deltas: list[Json], said: tuple[str, str]) -> None:
    whole: Json = {}
    for delta in deltas:
        whole |= delta
    ways = {
        **stream_ways(chat_stream(*deltas), model="minimax/m2-5-20260211"),
        **invoke_ways(completion(whole), model="minimax/m2-5-20260211"),
    }
    for way, message in ways.items():
        assert said_by(message) == said, way
        assert [call["name"] for call in message.tool_calls] == ["f"], way


def test_text_behind_the_tags_comes_as_it_is_sent() -> None:
    pieces = ["<think>", "Hm", ".</think>", "\n\n", "Hel", "lo", "!"]
    stream = chat_stream(*({"content": piece} for piece in pieces))
    chunks = list(model_of(stream=stream, model="minimax/m2-5-20260211").stream("Hi"))
    assert [chunk.text for chunk in chunks if chunk.text] == ["Hel", "lo", "!"]
    thoughts = [chunk.additional_kwargs.get("reasoning_content") for chunk in chunks]
    assert [thought for thought in thoughts if thought] == ["Hm", "."]
