"""Where the answer on a connection ends, to the byte: no IO, and beside the parser.

Bytes that a server glues behind a complete answer stay in the parser of the connection, and would
be read as the answer to the next request on it, even one with another key. The parser does not
show them, so they are counted here. Whatever is not plainly one whole answer is never clean: such
a connection works, but is not used again.

A body in chunks, as all streams are, is read here as well: for each small chunk the parser takes
as long as all the rest of a read together.
"""

from __future__ import annotations

import re
from enum import Enum, auto

_MAX_HEAD = 1 << 17
"""Bytes of a head that are looked at; the parser refuses longer ones."""
_MAX_LINE = 18
"""Bytes of a line with the size of a chunk, its end included."""

_STATUS = re.compile(rb"HTTP/1\.1 ([2-5]\d\d)(?: [^\r\n]*)?")
_ROWS = re.compile(rb"(?:[^\r\n: \t][^\r\n:]*:[^\r\n]*(?:\r\n|\Z))*")
"""Rows of a head, each a name and a value, none of them folded."""
_BOUNDS = re.compile(
    rb"^(?:content-length:([^\r\n]*)|transfer-encoding:([^\r\n]*))", re.IGNORECASE | re.MULTILINE
)
"""The rows that say where a body ends: by its length, or by being sent in chunks."""
_LENGTH = re.compile(rb"\d{1,18}")
_CHUNK_SIZE = re.compile(rb"[0-9A-Fa-f]{1,16}")
_WITHOUT_BODY = frozenset({b"204", b"304"})


class _At(Enum):
    """What comes next."""

    HEAD = auto()
    BODY = auto()
    SIZE = auto()
    CHUNK = auto()
    LAST_LINE = auto()
    END = auto()
    UNKNOWN = auto()


class Framing:
    """Follows the answers on one connection."""

    __slots__ = ("_at", "_held", "_left", "_looked")

    def __init__(self) -> None:
        """Start before the first request."""
        self._at = _At.HEAD
        self._held = bytearray()  # of a head or a line that has not ended yet
        self._looked = 0
        self._left = 0

    @property
    def clean(self) -> bool:
        """Whether one whole answer came, and not a byte behind it."""
        return self._at is _At.END

    @property
    def silent(self) -> bool:
        """Whether nothing came since the last request began."""
        return self._at is _At.HEAD and not self._held

    def sent(self) -> None:
        """Note that a part of a request is sent: after a whole answer, a new one begins."""
        if self._at is _At.END:
            self._at = _At.HEAD

    @property
    def chunked(self) -> bool:
        """Whether a body in chunks begins, of which nothing was noted yet."""
        return self._at is _At.SIZE and not self._held

    def received(self, data: bytes) -> int:
        """Note what came; return how many bytes of it, for all but the start of a body in chunks.

        Behind the head of an answer in chunks it stops: what follows is for `content`, or else
        for the next call.
        """
        before = self._at
        size = len(data)
        if size < self._left and (before is _At.BODY or before is _At.CHUNK):  # the common case
            self._left -= size
            return size
        start = 0
        while start < size and self._at is not _At.UNKNOWN:
            start = _STEPS[self._at](self, data, start)
            if before is _At.HEAD and self._at is _At.SIZE:
                return start
        return size

    def content(self, data: bytes) -> tuple[bytes, bytes | None]:
        """Note what came of a body in chunks; return its content, and what is for the parser.

        The parser gets the last chunk, whatever follows it, and everything from where it is not
        plainly chunks: it knows what to make of that. Before, there is None for it.

        Args:
            data: What came; nothing at the end of the connection.
        """
        if not data:
            return b"", b""
        if not self._left and not self._held and data.endswith(b"\r\n"):
            # One whole chunk, as most reads are.
            end = data.find(b"\r\n", 0, _MAX_LINE)
            size = int(data[:end], 16) if _CHUNK_SIZE.fullmatch(data, 0, end) else 0
            if 0 < size == len(data) - end - 4:
                return data[end + 2 : -2], None
        found: list[bytes] = []
        rest: bytes | None = None
        start, held = 0, bytes(self._held)
        while start < len(data) and rest is None:
            before, left = start, self._left
            if self._at is _At.SIZE:
                start = self._size(data, before)
                if self._at is not _At.SIZE and self._at is not _At.CHUNK:
                    rest = held + data[before:]
            else:
                start = self._chunk(data, before)
                end = before + max(left - 2, 0)
                found.append(data[before:end])
                if not b"\r\n"[-left:].startswith(data[end:start]):
                    # The parser, which saw no chunk, refuses an empty line for a size.
                    rest = b"\r\n" + data[end:]
            held = b""
        if rest is not None:
            self._held.clear()
            self._left, self._at = 0, _At.SIZE
        return b"".join(found), rest

    def lost(self) -> None:
        """Note that what follows on this connection is not for here to follow."""
        self._at = _At.UNKNOWN
        self._held.clear()

    # --- one step each: from `start`, and the start of the next ---

    def _head(self, data: bytes, start: int) -> int:
        held = self._held
        before = len(held)
        held += data[start:] if start else data
        end = held.find(b"\r\n\r\n", max(0, self._looked - 3))
        self._looked = len(held)
        if end < 0:
            if len(held) > _MAX_HEAD:
                self.lost()
            return len(data)
        head = bytes(held[:end])
        held.clear()
        self._looked = 0
        self._at = self._after(head)
        return start + end + 4 - before

    def _after(self, head: bytes) -> _At:
        status_line, _, rows = head.partition(b"\r\n")
        status = _STATUS.fullmatch(status_line)
        if status is None or not _ROWS.fullmatch(rows):
            return _At.UNKNOWN
        bounds = _BOUNDS.findall(rows)
        if len(bounds) > 1:
            return _At.UNKNOWN
        length, encoding = (row.strip(b" \t") for row in (bounds or [(b"", b"")])[0])
        if status[1] in _WITHOUT_BODY:
            return _At.UNKNOWN if encoding else _At.END
        if encoding:
            return _At.SIZE if encoding.lower() == b"chunked" else _At.UNKNOWN
        if not _LENGTH.fullmatch(length):
            return _At.UNKNOWN
        self._left = int(length)
        return _At.BODY if self._left else _At.END

    def _body(self, data: bytes, start: int) -> int:
        taken = min(self._left, len(data) - start)
        self._left -= taken
        if not self._left:
            self._at = _At.END
        return start + taken

    def _size(self, data: bytes, start: int) -> int:
        line, after = self._line(data, start)
        if line is None:
            return after
        if not _CHUNK_SIZE.fullmatch(line):  # extensions are rare and not used here
            self.lost()
            return after
        size = int(line, 16)
        self._left = size + 2 if size else 0  # with the end of its line
        self._at = _At.CHUNK if size else _At.LAST_LINE
        return after

    def _chunk(self, data: bytes, start: int) -> int:
        taken = min(self._left, len(data) - start)
        self._left -= taken
        if not self._left:
            self._at = _At.SIZE
        return start + taken

    def _last_line(self, data: bytes, start: int) -> int:
        line, after = self._line(data, start)
        if line is not None:
            if line:  # a trailer
                self.lost()
            else:
                self._at = _At.END
        return after

    def _end(self, data: bytes, start: int) -> int:
        del start
        self.lost()  # more came than was asked for
        return len(data)

    def _line(self, data: bytes, start: int) -> tuple[bytes | None, int]:
        """Return the line that ends behind `start`, if one does, and where the next starts."""
        held = self._held
        before = len(held)
        held += data[start : start + _MAX_LINE]
        end = held.find(b"\r\n")
        if end < 0:
            if len(held) >= _MAX_LINE:
                self.lost()
            return None, len(data)
        line = bytes(held[:end])
        held.clear()
        return line, start + end + 2 - before


_STEPS = {
    _At.HEAD: Framing._head,  # noqa: SLF001  # its own
    _At.BODY: Framing._body,  # noqa: SLF001  # its own
    _At.SIZE: Framing._size,  # noqa: SLF001  # its own
    _At.CHUNK: Framing._chunk,  # noqa: SLF001  # its own
    _At.LAST_LINE: Framing._last_line,  # noqa: SLF001  # its own
    _At.END: Framing._end,  # noqa: SLF001  # its own
}
