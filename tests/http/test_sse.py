"""Server-sent events: the rules of the WHATWG standard, at every split."""

from __future__ import annotations

import pytest

# Private: what a decoder says of each event, no answer of a model shows.
from langchain_aimlapi._http.sse import DOCUMENT, BodyDecoder, Event, EventDecoder


def decoded(*reads: bytes) -> list[tuple[str, bytes]]:
    decoder = EventDecoder()
    events = [event for read in reads for event in decoder.feed(read)]
    return [tuple(event) for event in (*events, *decoder.flush())]


RULES: dict[str, tuple[bytes, list[tuple[str, bytes]]]] = {
    "LF": (b"data: a\n\ndata: b\n\n", [("", b"a"), ("", b"b")]),
    "CRLF": (b"data: a\r\n\r\ndata: b\r\n\r\n", [("", b"a"), ("", b"b")]),
    "CR": (b"data: a\r\rdata: b\r\r", [("", b"a"), ("", b"b")]),
    "mixed": (b"data: a\r\n\ndata: b\n\rdata: c\r\r\n", [("", b"a"), ("", b"b"), ("", b"c")]),
    "a byte order mark": (b"\xef\xbb\xbfdata: a\n\n", [("", b"a")]),
    "a byte order mark that is text": (b"data: \xef\xbb\xbfa\n\n", [("", b"\xef\xbb\xbfa")]),
    "comments": (b": ping\ndata: a\n:\n\n: OPENROUTER PROCESSING\n\n", [("", b"a")]),
    "one space of two": (b"data:  a\n\n", [("", b" a")]),
    "several data lines": (b"data: a\ndata\ndata: b\n\n", [("", b"a\n\nb")]),
    "names": (b"event: x\ndata: a\n\ndata: b\n\n", [("x", b"a"), ("", b"b")]),
    "an id without data": (b"id: 1\n\nretry: 5\n\ndata: a\n\n", [("", b"a")]),
    "empty data": (b"data:\n\ndata: \n\n", [("", b""), ("", b"")]),
    "unknown fields": (b"foo: bar\nbaz\n data: no\ndata: a\n\n", [("", b"a")]),
    "separators of text": (
        "data: a\u2028b\u2029c\u0085d\x0be\x0cf\x1cg\n\n".encode(),
        [("", "a\u2028b\u2029c\u0085d\x0be\x0cf\x1cg".encode())],
    ),
    "no blank line at the end": (b"data: a\n\ndata: b\n", [("", b"a"), ("", b"b")]),
    "no line end at the end": (b"data: a\n\ndata: b", [("", b"a"), ("", b"b")]),
    "a bare error line": (b'error: {"message": "x"}\n\n', [("error", b'{"message": "x"}')]),
    "nothing": (b"", []),
}


@pytest.mark.parametrize(("stream", "events"), RULES.values(), ids=RULES)
def test_rule_holds_byte_by_byte_and_at_every_split(
    stream: bytes, events: list[tuple[str, bytes]]
) -> None:
    assert decoded(*(stream[at : at + 1] for at in range(len(stream)))) == events
    for split in range(len(stream) + 1):  # of which the last is none
        assert decoded(stream[:split], b"", stream[split:]) == events


BODIES: dict[str, tuple[str, bytes, list[Event]]] = {
    "a stream": ("text/event-stream", b"data: a\n\n", [Event("", b"a")]),
    "a stream of another type": ("application/json", b": p\n\ndata: a\n\n", [Event("", b"a")]),
    "a stream of unknown fields": (
        "text/event-stream; charset=utf-8", b"x: y\ndata: a\n\n", [Event("", b"a")]),
    "a stream of comments": ("text/event-stream", b": a\n\n: b\n\n", []),
    "JSON": ("application/json", b'{"a": 1}', [Event(DOCUMENT, b'{"a": 1}')]),
    "JSON that claims to be a stream": ("text/event-stream", b' {"a":\n\n1}', [
        Event(DOCUMENT, b' {"a":\n\n1}')]),
    "HTML that claims to be a stream": ("text/event-stream", b"<html>", [
        Event(DOCUMENT, b"<html>")]),
    "text that claims to be a stream": ("text/event-stream", b"upstream down\n", [
        Event(DOCUMENT, b"upstream down\n")]),
    "text": ("text/plain", b"upstream down", [Event(DOCUMENT, b"upstream down")]),
    "blank": ("text/event-stream", b" \n\n", []),
    "nothing": ("", b"", []),
    "the start of a field name": ("text/event-stream", b"dat", [Event(DOCUMENT, b"dat")]),
}  # fmt: skip


@pytest.mark.parametrize(("content_type", "body", "events"), BODIES.values(), ids=BODIES)
def test_body_is_recognised_at_every_split(
    content_type: str, body: bytes, events: list[Event]
) -> None:
    splits = [(body,), tuple(body[at : at + 1] for at in range(len(body)))]
    splits += [(body[:at], body[at:]) for at in range(len(body))]
    for reads in splits:
        decoder = BodyDecoder(content_type)
        found = [event for read in reads for event in decoder.feed(read)]
        assert [*found, *decoder.flush()] == events
