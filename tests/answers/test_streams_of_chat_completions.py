"""Streams of chat/completions in the habits of vendors, read in every way."""

from __future__ import annotations

from typing import Any

import pytest
from ways import Json, assert_says, image, says, stream_ways, text, thought, tool_call
from wire import DONE, call, calls, chunk, usage

URL = "https://x.io/a.png"
TOKENS = [{"token": "Hi", "logprob": -0.1}]
CITED = {"type": "url_citation", "url_citation": {"url": URL, "title": "T"}}
FLAT = {"type": "url_citation", "url": URL, "content": "c", "end_index": "no"}

STREAMS: dict[str, tuple[list[Any], Json]] = {
    "no [DONE], the last chunk without a delta": (
        [chunk({"content": "Hi"}), chunk({"content": ""}, finish="stop"), chunk(finish="stop")],
        says(text("Hi")),
    ),
    "no finish reason, but [DONE]": (
        [chunk({"content": "Hi"}), DONE],
        says(text("Hi"), finish=None),
    ),
    "an unterminated last line": (
        [chunk({"content": "Hi"}), chunk({}, finish="stop"), b"data: [DONE]"],
        says(text("Hi")),
    ),
    "[DONE] as an event of its own": (
        [chunk({"content": "Hi"}), b"event: done\ndata: [DONE]\n\n"],
        says(text("Hi"), finish=None),
    ),
    "null content, null delta, null choices, empty choices": (
        [
            chunk({"content": None}),
            chunk(None),
            {"choices": None},
            {"choices": []},
            {"choices": [None]},
            {"choices": [{"delta": None}]},
            chunk({"content": "Hi"}),
            DONE,
        ],
        says(text("Hi"), finish=None),
    ),
    "null, empty, blank and foreign events": (
        [
            "null",
            "",
            b": ping\n\n",
            b"id: 1\n\n",
            b'event: ping\ndata: {"type": "ping"}\n\n',
            b"event: ping\ndata: now\n\n",
            "[]",
            "17",
            chunk({"content": "Hi"}),
            DONE,
        ],
        says(text("Hi"), finish=None),
    ),
    "separators that only other languages know": (
        [chunk({"content": "a\u2028b\u2029c\u0085d"}), DONE],
        says(text("a\u2028b\u2029c\x85d"), finish=None),
    ),
    "both a cumulative message and a delta": (
        [
            chunk({"content": "Hi"}, message={"content": "Hi"}),
            chunk({"content": " there"}, message={"content": "Hi there"}, finish="stop"),
        ],
        says(text("Hi there")),
    ),
    "a whole message in the only event": (
        [chunk(None, message={"content": "Hi"}, finish="stop"), DONE],
        says(text("Hi")),
    ),
    "a character of which only half is there": (
        [b'data: {"choices":[{"delta":{"content":"a\\ud83db"}}]}\n\n', DONE],
        says(text("a�b"), finish=None),
    ),
    "a character cut between two events": (
        [
            chunk({"content": "Hi "}),
            b'data: {"choices":[{"delta":{"content":"a\\ud83d"},"index":0}]}\n\n',
            b'data: {"choices":[{"delta":{"content":"\\uDE00b"},"index":0}]}\n\n',
            chunk({"content": "c\\ud83d"}),
            DONE,
        ],
        says(text("Hi a😀bc\\ud83d"), finish=None),
    ),
    "bytes that are not UTF-8": (
        [b'data: {"choices":[{"delta":{"content":"a\xffb"}}]}\n\n', DONE],
        says(text("a�b"), finish=None),
    ),
    "ids that change and come late": (
        [
            {"choices": [{"delta": {"content": "Hi"}}], "id": "", "model": ""},
            chunk({"content": "!"}),
            {**chunk({}, finish="stop"), "id": "gen-2", "model": "m2"},
        ],
        says(text("Hi!")),
    ),
    "an empty finish reason": (
        [chunk({"content": "Hi"}, finish=""), chunk({}, finish="eos"), DONE],
        says(text("Hi"), native="eos"),
    ),
    "usage twice, and under x_groq": (
        [
            chunk({"content": "a"}, x_groq={"id": "r", "usage": usage(9, 1)}, usage=usage(9, 1)),
            {"choices": [], "usage": usage(9, 1)},
            DONE,
        ],
        says(text("a"), finish=None, usage=(9, 1)),
    ),
    "usage under x_groq only": (
        [chunk({"content": "a"}), chunk({}, finish="stop", x_groq={"usage": usage(9, 1)}), DONE],
        says(text("a"), usage=(9, 1)),
    ),
    "the wrapped form of before February 2026": (
        [
            {
                "event": {**chunk({"content": "Hi"}), "usage": None},
                "state": {"usage": {"input_tokens": 16, "output_tokens": 3}},
            },
            {
                "event": {**chunk({"content": "!"}), "id": "", "usage": usage(0, 0)},
                "state": {"usage": {"input_tokens": 0, "output_tokens": 0}},
            },
            {
                "event": chunk({"content": ""}),
                "state": {
                    "usage": {"input_tokens": 0, "output_tokens": 102},
                    "finishReason": "end_turn",
                },
            },
            {
                "event": {**chunk(finish="stop"), "usage": usage(0, 0)},
                "state": {"usage": {"input_tokens": 0, "output_tokens": 0}},
            },
        ],
        says(text("Hi!"), usage=(16, 102), native="end_turn"),
    ),
    "GLM: the index of one answer grows": (
        [
            chunk({"role": "assistant", "reasoning_content": "Hm."}, index=0),
            chunk({"role": "assistant", "content": "Yes"}, index=1),
            chunk(calls(call("f", "{}", index=0, id="c1")), index=2),
            chunk({"role": "assistant", "content": ""}, index=3, finish="tool_calls"),
            DONE,
        ],
        says(thought("Hm."), text("Yes"), tool_call("f", {}), finish="tool_calls"),
    ),
    "two answers, alternating": (
        [
            chunk({"role": "assistant", "content": ""}, index=0),
            chunk({"role": "assistant", "content": ""}, index=1),
            chunk({"content": "a"}, index=0),
            chunk({"content": "B"}, index=1),
            chunk({"content": "b"}, index=0),
            chunk({}, index=1, finish="length"),
            chunk({}, index=0, finish="stop"),
            {"choices": [], "usage": usage(2, 4)},
            DONE,
        ],
        says(text("ab"), usage=(2, 4)),
    ),
    "two answers that reason": (
        [
            chunk({"reasoning_content": "Hm"}, index=0),
            chunk({"content": "a"}, index=0),
            chunk({"content": "B"}, index=1),
            chunk({"content": "b"}, index=0, finish="stop"),
            DONE,
        ],
        says(thought("Hm"), text("ab")),
    ),
    "two answers in one chunk": (
        [
            {
                "choices": [
                    {"index": 0, "delta": {"content": "a"}},
                    {"index": 1, "delta": {"content": "B"}},
                ]
            },
            {
                "choices": [
                    {"index": 1, "delta": {"content": "C"}},
                    {"index": 0, "delta": {"content": "b"}},
                ]
            },
            DONE,
        ],
        says(text("ab"), finish=None),
    ),
    "the images once more at the end": (
        [
            chunk({"images": ["https://i.test/1.png"]}),
            chunk({"images": ["https://i.test/2.png"]}),
            chunk({"images": ["https://i.test/1.png", "https://i.test/2.png"]}),
            DONE,
        ],
        says(image(url="https://i.test/1.png"), image(url="https://i.test/2.png"), finish=None),
    ),
    "another index later": (
        [
            chunk({"content": "H"}),
            chunk({"content": "i"}),
            chunk({"content": "A"}, index=1),
            chunk({"content": "!"}),
            chunk({"reasoning": {"content": "Hm."}}),
            chunk({"content": "?"}, finish=""),
            chunk({}, finish="stop"),
            DONE,
        ],
        says(thought("Hm."), text("Hi!?")),
    ),
    "facts in pieces": (
        [
            chunk({"content": "H"}, logprobs={"content": TOKENS}, system_fingerprint="fp"),
            chunk({"content": "i"}, service_tier="flex", logprobs={"content": TOKENS, "x": None}),
            chunk({"content": "!"}, citations=[URL]),
            chunk({"annotations": [CITED]}),
            chunk(
                {"annotations": [CITED, FLAT]}, finish="length", native_finish_reason="MAX_TOKENS"
            ),
            {"choices": [], "usage": usage(9, 5, total_tokens=14)},
            {"choices": [], "meta": {"usage": {"credits_used": 130, "usd_spent": 0.0065}}},
            DONE,
        ],
        says(
            text(
                "Hi!",
                annotations=[
                    {
                        "type": "citation",
                        "url": "https://x.io/a.png",
                        "title": "T",
                    },
                    {"type": "citation", "url": "https://x.io/a.png", "cited_text": "c"},
                ],
            ),
            finish="length",
            usage=(9, 5),
            native="MAX_TOKENS",
            cost={"usd": 0.0065, "credits": 130},
        ),
    ),
    "halves of a character": (
        [
            b'data: {"id": "1", "model": "m", "choices": [{"delta": {"content": "a\\ud83d"}}]}\n\n',
            b'data: {"id": "1", "model": "m", "choices": [{"delta": {"content": "\\uDE00b"}}]}\n\n',
            b'data: {"id": "1", "model": "m", "choices": [{"delta": {"content": "c\\uD83D"}}]}\n\n',
            b'data: {"id": "1", "model": "m", "choices": [{"delta": {"content": "d"}}]}\n\n',
            chunk({}, finish="stop"),
            DONE,
        ],
        says(text("a😀bcd")),
    ),
    "numbers that are too long": (
        [
            b'data: {"id": "1", "x": '
            + b"9" * 5000
            + b', "choices": [{"delta": {"content": "a"}}]}\n\n',
            b'data: {"id": "1", "choices": [{"delta": {"content": "\xff\\ud800"}}], "y": NaN}\n\n',
            chunk({}, finish="stop"),
            DONE,
        ],
        says(text("a�")),
    ),
}


@pytest.mark.parametrize(("events", "expected"), STREAMS.values(), ids=STREAMS)
def test_a_stream_says_the_same_in_every_way(events: list[Any], expected: Json) -> None:
    assert_says(stream_ways(events), expected)
