"""Where an answer on a connection ends: however its bytes are cut, and whatever comes behind."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

# No IO, so every cut and every odd head is tried; on sockets only a few of them can be.
from langchain_aimlapi._http.framing import Framing

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


def after(*pieces: bytes) -> Framing:
    framing = Framing()
    for piece in pieces:
        framing.received(piece)
    return framing


@pytest.mark.parametrize("answer", WHOLE.values(), ids=WHOLE)
def test_a_whole_answer_is_clean_however_it_is_cut(answer: bytes) -> None:
    for pieces in cuts(answer):
        framing = Framing()
        for piece in pieces:
            assert not framing.clean
            framing.received(piece)
            assert not framing.silent
        assert framing.clean


@pytest.mark.parametrize("answer", WHOLE.values(), ids=WHOLE)
def test_a_byte_behind_an_answer_is_never_clean_again(answer: bytes) -> None:
    for pieces in cuts(answer + b"H"):
        framing = after(*pieces)
        assert not framing.clean
        framing.sent()
        framing.received(SIZED)
        assert not framing.clean
        assert not framing.silent


@pytest.mark.parametrize("answer", UNCLEAR.values(), ids=UNCLEAR)
def test_what_is_not_plainly_one_answer_is_never_clean(answer: bytes) -> None:
    for pieces in cuts(answer):
        framing = Framing()
        for piece in pieces:
            framing.received(piece)
            assert not framing.clean
        framing.sent()
        framing.received(SIZED)
        assert not framing.clean


@pytest.mark.parametrize("first", WHOLE.values(), ids=WHOLE)
@pytest.mark.parametrize("second", [SIZED, WHOLE["many chunks"]])
def test_a_new_request_begins_a_new_answer(first: bytes, second: bytes) -> None:
    framing = after(first)
    framing.sent()
    framing.sent()
    assert framing.silent
    assert not framing.clean
    framing.received(second)
    assert framing.clean
    framing.received(b"\r")
    assert not framing.clean


def test_a_connection_is_silent_until_something_comes() -> None:
    framing = Framing()
    assert framing.silent
    framing.sent()
    assert framing.silent
    framing.received(b"")
    assert framing.silent
    framing.received(b"H")
    assert not framing.silent


def test_a_request_that_goes_on_while_its_answer_comes_begins_nothing() -> None:
    for at in range(1, len(SIZED)):
        framing = after(SIZED[:at])
        framing.sent()
        assert not framing.silent
        framing.received(SIZED[at:])
        assert framing.clean


def test_a_connection_that_is_lost_stays_so() -> None:
    for start in (b"", SIZED[:9], SIZED[:-1], SIZED, WHOLE["chunked"][:-9]):
        framing = after(start)
        framing.lost()
        assert not framing.clean
        assert not framing.silent
        framing.sent()
        framing.received(SIZED)
        assert not framing.clean


@pytest.mark.parametrize(("size", "clean"), [(1 << 17, True), ((1 << 17) + 1, False)])
def test_a_head_without_end_is_not_followed(size: int, clean: bool) -> None:  # noqa: FBT001  # a column
    start = OK + b"Content-Length: 5\r\nA: "
    framing = Framing()
    framing.received(start.ljust(size // 2, b"x"))
    framing.received(bytes(size - size // 2))
    framing.received(b"\r\n\r\nhello")
    assert framing.clean is clean
