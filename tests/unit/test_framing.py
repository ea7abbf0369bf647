"""Where an answer on a connection ends: however its bytes are cut, and whatever comes behind."""

from __future__ import annotations

from typing import TYPE_CHECKING

import h11
import pytest
from doors.wire import Framing
from hypothesis import given
from hypothesis import strategies as st

if TYPE_CHECKING:
    from collections.abc import Iterator

OK = b"HTTP/1.1 200 OK\r\n"
SIZED = OK + b"Content-Length: 5\r\n\r\nhello"
CHUNKED = OK + b"Transfer-Encoding: chunked\r\n\r\n"

WHOLE = {
    "sized": SIZED,
    "no reason": b"HTTP/1.1 200\r\nContent-Length: 5\r\n\r\nhello",
    "a long reason": b"HTTP/1.1 599 Some: thing\todd \xe9\r\nContent-Length: 1\r\n\r\n!",
    "another name": OK + b"CONTENT-LENGTH: 5\r\n\r\nhello",
    "blanks": OK + b"Content-Length: \t 5 \t\r\n\r\nhello",
    "no blank": OK + b"Content-Length:5\r\n\r\nhello",
    "more rows": OK + b"A: b\r\nX-Y:\r\nContent-Length: 5\r\nC: d:e\r\n\r\nhello",
    "empty": OK + b"Content-Length: 0\r\n\r\n",
    "zeros": OK + b"Content-Length: 000000000000000005\r\n\r\nhello",
    "line ends inside": OK + b"Content-Length: 8\r\n\r\n\r\n\r\n\r\n\r\n",
    "no content": b"HTTP/1.1 204 No Content\r\n\r\n",
    "not modified": b"HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n",
    "chunked": CHUNKED + b"5\r\nhello\r\n0\r\n\r\n",
    "in capitals": OK + b"TRANSFER-ENCODING: \tCHUNKED\t\r\n\r\n1\r\na\r\n0\r\n\r\n",
    "no chunk": CHUNKED + b"0\r\n\r\n",
    "many chunks": CHUNKED + b"a\r\n0123456789\r\n1\r\n\r\r\n0B\r\n0123456789a\r\n0\r\n\r\n",
    "sixteen digits": CHUNKED + b"0000000000000003\r\nabc\r\n0000000000000000\r\n\r\n",
}
UNCLEAR = {
    "informational": b"HTTP/1.1 100 Continue\r\nContent-Length: 5\r\n\r\nhello",
    "older": b"HTTP/1.0 200 OK\r\nContent-Length: 5\r\n\r\nhello",
    "no status": b"HTTP/1.1 OK\r\nContent-Length: 5\r\n\r\nhello",
    "no blank": b"HTTP/1.1 200OK\r\nContent-Length: 5\r\n\r\nhello",
    "two lengths": OK + b"Content-Length: 5\r\nContent-Length: 5\r\n\r\nhello",
    "two encodings": OK + b"Transfer-Encoding: chunked\r\n" + CHUNKED[len(OK) :] + b"0\r\n\r\n",
    "both": OK + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "neither": OK + b"A: b\r\n\r\n",
    "no rows": OK + b"\r\n",
    "folded": OK + b"A: b\r\n c: d\r\nContent-Length: 5\r\n\r\nhello",
    "folded by a tab": OK + b"A: b\r\n\tc: d\r\nContent-Length: 5\r\n\r\nhello",
    "no colon": OK + b"Content-Length: 5\r\nA\r\n\r\nhello",
    "a bare line end": OK + b"A: b\nB: c\r\nContent-Length: 5\r\n\r\nhello",
    "a sign": OK + b"Content-Length: +5\r\n\r\nhello",
    "a list": OK + b"Content-Length: 5, 5\r\n\r\nhello",
    "a vertical tab": OK + b"Content-Length: \x0b5\r\n\r\nhello",
    "no length": OK + b"Content-Length:\r\n\r\nhello",
    "nineteen digits": OK + b"Content-Length: 0000000000000000005\r\n\r\nhello",
    "another encoding": OK + b"Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
    "encoded nothing": b"HTTP/1.1 204 No Content\r\nTransfer-Encoding: chunked\r\n\r\n",
    "an extension": CHUNKED + b"5;a=b\r\nhello\r\n0\r\n\r\n",
    "no size": CHUNKED + b"\r\nhello\r\n0\r\n\r\n",
    "no hex": CHUNKED + b"0x5\r\nhello\r\n0\r\n\r\n",
    "seventeen digits": CHUNKED + b"00000000000000005\r\nhello\r\n0\r\n\r\n",
    "a trailer": CHUNKED + b"5\r\nhello\r\n0\r\nA: b\r\n\r\n",
    "a long trailer": CHUNKED + b"5\r\nhello\r\n0\r\n" + b"A" * 40 + b"\r\n\r\n",
}


def cuts(data: bytes) -> Iterator[list[bytes]]:
    """Yield the data whole, in bytes, and in two pieces at every place."""
    yield [data]
    yield [data[at : at + 1] for at in range(len(data))]
    for at in range(1, len(data)):
        yield [data[:at], data[at:]]


def note(framing: Framing, data: bytes) -> None:
    """Note what came, as a socket does whose answers the parser reads alone."""
    while data:
        data = data[framing.received(data) :]


def after(*pieces: bytes) -> Framing:
    framing = Framing()
    for piece in pieces:
        note(framing, piece)
    return framing


@pytest.mark.parametrize("answer", WHOLE.values(), ids=WHOLE)
def test_a_whole_answer_is_clean_however_it_is_cut(answer: bytes) -> None:
    for pieces in cuts(answer):
        framing = Framing()
        for piece in pieces:
            assert not framing.clean
            note(framing, piece)
            assert not framing.silent
        assert framing.clean


@pytest.mark.parametrize("answer", WHOLE.values(), ids=WHOLE)
def test_a_byte_behind_an_answer_is_never_clean_again(answer: bytes) -> None:
    for pieces in cuts(answer + b"H"):
        framing = after(*pieces)
        assert not framing.clean
        framing.sent()
        note(framing, SIZED)
        assert not framing.clean
        assert not framing.silent


@pytest.mark.parametrize("answer", UNCLEAR.values(), ids=UNCLEAR)
def test_what_is_not_plainly_one_answer_is_never_clean(answer: bytes) -> None:
    for pieces in cuts(answer):
        framing = Framing()
        for piece in pieces:
            note(framing, piece)
            assert not framing.clean
        framing.sent()
        note(framing, SIZED)
        assert not framing.clean


@pytest.mark.parametrize("first", WHOLE.values(), ids=WHOLE)
@pytest.mark.parametrize("second", [SIZED, WHOLE["many chunks"]])
def test_a_new_request_begins_a_new_answer(first: bytes, second: bytes) -> None:
    framing = after(first)
    framing.sent()
    framing.sent()
    assert framing.silent
    assert not framing.clean
    note(framing, second)
    assert framing.clean
    note(framing, b"\r")
    assert not framing.clean


def test_a_connection_is_silent_until_something_comes() -> None:
    framing = Framing()
    assert framing.silent
    framing.sent()
    assert framing.silent
    assert framing.received(b"") == 0
    assert framing.silent
    note(framing, b"H")
    assert not framing.silent


def test_a_request_that_goes_on_while_its_answer_comes_begins_nothing() -> None:
    for at in range(1, len(SIZED)):
        framing = after(SIZED[:at])
        framing.sent()
        assert not framing.silent
        note(framing, SIZED[at:])
        assert framing.clean


def test_a_connection_that_is_lost_stays_so() -> None:
    for start in (b"", SIZED[:9], SIZED[:-1], SIZED, WHOLE["chunked"][:-9]):
        framing = after(start)
        framing.lost()
        assert not framing.clean
        assert not framing.silent
        framing.sent()
        note(framing, SIZED)
        assert not framing.clean


@pytest.mark.parametrize(("size", "clean"), [(1 << 17, True), ((1 << 17) + 1, False)])
def test_a_head_without_end_is_not_followed(size: int, clean: bool) -> None:  # noqa: FBT001  # a column
    start = OK + b"Content-Length: 5\r\nA: "
    framing = Framing()
    note(framing, start.ljust(size // 2, b"x"))
    note(framing, bytes(size - size // 2))
    note(framing, b"\r\n\r\nhello")
    assert framing.clean is clean


# --- bodies in chunks, as the parser alone reads them ---


def parsed(*pieces: bytes) -> tuple[bytes, bool]:
    """Return what the parser makes of an answer: its content, and whether it came to an end."""
    parser = h11.Connection(h11.CLIENT)
    request = h11.Request(method="GET", target="/", headers=[("Host", "a")])
    parser.send(request)
    parser.send(h11.EndOfMessage())
    content = b""
    for piece in (*pieces, b""):
        parser.receive_data(piece)
        while True:
            try:
                event = parser.next_event()
            except h11.RemoteProtocolError:
                return content, False
            if isinstance(event, h11.Data):
                content += event.data
            if isinstance(event, h11.EndOfMessage):
                return content, True
            if event is h11.NEED_DATA or event is h11.PAUSED:
                break
    raise AssertionError("the parser waits behind the end")


def read_apart(pieces: list[bytes]) -> tuple[bytes, bool, bool]:
    """Return the same where the content of chunks is read apart, and whether the end is clean."""
    framing = Framing()
    content: list[bytes] = []
    for_parser: list[bytes] = []
    apart = False
    began = False
    for piece in (*pieces, b""):
        rest: bytes | None = piece
        if not began:
            end = framing.received(piece)
            for_parser.append(piece[:end])
            began = apart = framing.chunked
            rest = piece[end:]
        if apart and (rest or not piece):
            text, rest = framing.content(rest or b"")
            content.append(text)
            apart = rest is None
        if rest:
            note(framing, rest)
            for_parser.append(rest)
    text, ended = parsed(*for_parser)
    return b"".join(content) + text, ended, framing.clean


BODIES = {
    **{name: answer for name, answer in (WHOLE | UNCLEAR).items() if CHUNKED in answer},
    "more behind it": WHOLE["many chunks"] + b"HTTP/1.1 200 OK\r\n",
    "cut in a chunk": CHUNKED + b"5\r\nhel",
    "cut in a size": CHUNKED + b"5\r\nhello\r\n1",
    "cut in the end of a chunk": CHUNKED + b"5\r\nhello\r",
    "cut before a chunk": CHUNKED + b"5\r\nhello\r\n",
    "cut in the last line": CHUNKED + b"5\r\nhello\r\n0\r\n\r",
    "longer than its size": CHUNKED + b"5\r\nhello!\r\n0\r\n\r\n",
    "shorter than its size": CHUNKED + b"6\r\nhello\r\n0\r\n\r\n",
    "a size where a chunk should end": CHUNKED + b"5\r\nhello5\r\nhello\r\n0\r\n\r\n",
    "something else where a chunk should end": CHUNKED + b"5\r\nhello__0\r\n\r\n",
    "half of its end": CHUNKED + b"5\r\nhello\r_0\r\n\r\n",
    "bare line ends": CHUNKED + b"5\nhello\n0\n\n",
    "blanks behind a size": CHUNKED + b"5  \r\nhello\r\n0\r\n\r\n",
    "a size that is no number": CHUNKED + b"5\r\nhello\r\n-5\r\nhello\r\n0\r\n\r\n",
    "a great size": CHUNKED + b"ffffffffffffffff\r\nhello",
    "a line without end": CHUNKED + b"5\r\nhello\r\n" + b"1" * 100,
}


@pytest.mark.parametrize("answer", BODIES.values(), ids=BODIES)
def test_content_that_is_read_apart_is_what_the_parser_reads(answer: bytes) -> None:
    content, ended = parsed(answer)
    clean = ended and after(answer).clean
    for pieces in cuts(answer):
        assert read_apart(pieces) == (content, ended, clean)


@given(
    chunks=st.lists(st.binary(min_size=1, max_size=40), max_size=6),
    damage=st.lists(st.tuples(st.integers(0, 300), st.binary(max_size=3)), max_size=2),
    places=st.lists(st.integers(1, 300), max_size=6),
)
def test_any_chunks_are_read_as_the_parser_reads_them(
    chunks: list[bytes], damage: list[tuple[int, bytes]], places: list[int]
) -> None:
    body = b"".join(b"%x\r\n%s\r\n" % (len(chunk), chunk) for chunk in chunks) + b"0\r\n\r\n"
    for at, new in damage:
        body = body[:at] + new + body[at + 1 :]
    answer = CHUNKED + body
    pieces, start = [], 0
    for end in sorted({at for at in places if at < len(answer)} | {len(answer)}):
        pieces.append(answer[start:end])
        start = end
    content, ended = parsed(answer)
    assert read_apart(pieces) == (content, ended, ended and after(answer).clean)
