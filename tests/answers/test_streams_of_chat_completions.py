"""Streams of chat/completions in the habits of vendors, read in every way."""

from __future__ import annotations

from typing import Any

import pytest
from ways import Json, assert_says, image, says, stream_ways, text, thought, tool_call
from wire import DONE, call, calls, chunk, usage

URL = "https://x.io/a.png"
TWO = "https://x.io/2"
TOKENS = [{"token": "Hi", "logprob": -0.1}]
CITED = {"type": "url_citation", "url_citation": {"url": URL, "title": "T"}}
FLAT = {"type": "url_citation", "url": URL, "content": "c", "end_index": "no"}
END = chunk({}, finish="stop")


def said(value: Any, **more: Any) -> Json:
    return chunk({"content": value}, **more)


def raw(content: str | bytes) -> bytes:
    """Return a chunk with a text as it stands in JSON."""
    value = content.encode() if isinstance(content, str) else content
    return b'data: {"choices":[{"delta":{"content":"%s"},"index":0}]}\n\n' % value


def wrapped(event: Json, sent: int, received: int, **state: Any) -> Json:
    return {
        "event": event,
        "state": {"usage": {"input_tokens": sent, "output_tokens": received}, **state},
    }


HI = said("Hi")
STREAMS: dict[str, tuple[list[Any], Json]] = {
    "no [DONE], the last chunk without a delta": (
        [HI, said("", finish="stop"), chunk(finish="stop")], says(text("Hi")),
    ),
    "no finish reason, but [DONE]": ([HI, DONE], says(text("Hi"), finish=None)),
    "an unterminated last line": ([HI, END, b"data: [DONE]"], says(text("Hi"))),
    "[DONE] as an event of its own": ([HI, b"event: done\ndata: [DONE]\n\n"],
                                      says(text("Hi"), finish=None)),
    "null content, null delta, null choices, empty choices": (
        [said(None), chunk(None), {"choices": None}, {"choices": []}, {"choices": [None]},
         {"choices": [{"delta": None}]}, HI, DONE],
        says(text("Hi"), finish=None),
    ),
    "null, empty, blank and foreign events": (
        ["null", "", b": ping\n\n", b"id: 1\n\n", b'event: ping\ndata: {"type": "ping"}\n\n',
         b"event: ping\ndata: now\n\n", "[]", "17", HI, DONE],
        says(text("Hi"), finish=None),
    ),
    "separators that only other languages know": (
        [said("a\u2028b\u2029c\u0085d"), END], says(text("a\u2028b\u2029c\x85d")),
    ),
    "both a cumulative message and a delta": (
        [said("Hi", message={"content": "Hi"}),
         said(" there", message={"content": "Hi there"}, finish="stop")],
        says(text("Hi there")),
    ),
    "a whole message in the only event": (
        [chunk(None, message={"content": "Hi"}, finish="stop"), DONE], says(text("Hi")),
    ),
    "a character of which only half is there": ([raw("a\\ud83db"), END], says(text("a\ufffdb"))),
    "a character cut between two events": (
        [said("Hi "), raw("a\\ud83d"), raw("\\uDE00b"), said("c\\ud83d"), END],
        says(text("Hi a\U0001f600bc\\ud83d")),
    ),
    "half of a character at the end of a text": (
        [raw("a\\ud83d"), raw("\\uDE00b"), raw("c\\uD83D"), raw("d"), END],
        says(text("a\U0001f600bcd")),
    ),
    "bytes that are not UTF-8": ([raw(b"a\xffb"), END], says(text("a\ufffdb"))),
    "numbers that are too long or none": (
        [b'data: {"x": %s, "choices": [{"delta": {"content": "a"}}]}\n\n' % (b"9" * 5000),
         b'data: {"y": NaN, "choices": [{"delta": {"content": "b"}}]}\n\n', END],
        says(text("ab")),
    ),
    "ids that change and come late": (
        [{**HI, "id": "", "model": ""}, said("!"), {**END, "id": "gen-2", "model": "m2"}],
        says(text("Hi!"), metadata={"id": "gen-1", "model_name": "vendor/model-1"}),
    ),
    "an empty finish reason": ([said("Hi", finish=""), chunk({}, finish="eos"), DONE],
                               says(text("Hi"), native="eos")),
    "usage twice, and under x_groq": (
        [said("a", x_groq={"id": "r", "usage": usage(9, 1)}, usage=usage(9, 1)),
         {"choices": [], "usage": usage(9, 1)}, END],
        says(text("a"), usage=(9, 1)),
    ),
    "usage under x_groq only": (
        [said("a"), chunk({}, finish="stop", x_groq={"usage": usage(9, 1)}), DONE],
        says(text("a"), usage=(9, 1)),
    ),
    "the wrapped form of before February 2026": (
        [wrapped({**HI, "usage": None}, 16, 3),
         wrapped({**said("!"), "id": "", "usage": usage(0, 0)}, 0, 0),
         wrapped(said(""), 0, 102, finishReason="end_turn"),
         wrapped({**chunk(finish="stop"), "usage": usage(0, 0)}, 0, 0)],
        says(text("Hi!"), usage=(16, 102), native="end_turn"),
    ),
    "GLM: the index of one answer grows": (
        [chunk({"role": "assistant", "reasoning_content": "Hm."}, index=0), said("Yes", index=1),
         chunk(calls(call("f", "{}", index=0, id="c1")), index=2),
         said("", index=3, finish="tool_calls"), DONE],
        says(thought("Hm."), text("Yes"), tool_call("f", {}), finish="tool_calls"),
    ),
    "two answers, alternating": (
        [said(""), said("", index=1), chunk({"reasoning_content": "Hm"}), said("a"),
         said("B", index=1), said("b"), chunk({}, index=1, finish="length"), END,
         {"choices": [], "usage": usage(2, 4)}, DONE],
        says(thought("Hm"), text("ab"), usage=(2, 4)),
    ),
    "two answers in one chunk": (
        [{"choices": [said("a")["choices"][0], said("B", index=1)["choices"][0]]},
         {"choices": [said("C", index=1)["choices"][0], said("b")["choices"][0]]}, END],
        says(text("ab")),
    ),
    "the images once more at the end": (
        [chunk({"images": [URL]}), chunk({"images": [TWO]}), chunk({"images": [URL, TWO]}), END],
        says(image(url=URL), image(url=TWO)),
    ),
    "another index later": (
        [said("H"), said("i"), said("A", index=1), said("!"),
         chunk({"reasoning": {"content": "Hm."}}), said("?", finish=""), END],
        says(thought("Hm."), text("Hi!?")),
    ),
    "facts in pieces": (
        [said("H", logprobs={"content": TOKENS}, system_fingerprint="fp"),
         said("i", service_tier="flex", logprobs={"content": TOKENS, "x": None}),
         said("!", citations=[URL]),
         chunk({"annotations": [CITED]}),
         chunk({"annotations": [CITED, FLAT]}, finish="length", native_finish_reason="MAX_TOKENS"),
         {"choices": [], "usage": usage(9, 5, total_tokens=14)},
         {"choices": [], "meta": {"usage": {"credits_used": 130, "usd_spent": 0.0065}}}, DONE],
        says(text("Hi!", annotations=[{"type": "citation", "url": URL, "title": "T"},
                                      {"type": "citation", "url": URL, "cited_text": "c"}]),
             finish="length", usage=(9, 5), native="MAX_TOKENS",
             cost={"usd": 0.0065, "credits": 130},
             metadata={"system_fingerprint": "fp", "service_tier": "flex", "citations": [URL],
                       "logprobs": {"content": [*TOKENS, *TOKENS]}}),
    ),
}  # fmt: skip


@pytest.mark.parametrize(("events", "expected"), STREAMS.values(), ids=STREAMS)
def test_a_stream_says_the_same_in_every_way(events: list[Any], expected: Json) -> None:
    assert_says(stream_ways(events), expected)
