r"""Server-sent events: bytes in, events out; no IO.

The rules are those of the WHATWG HTML standard, section 9.2.6: lines end with CR, LF or CRLF and
with nothing else (U+2028, U+2029 and U+0085 are text), a byte order mark at the start is skipped,
comments and unknown fields are ignored, the `data` lines of a block are joined by LF, and a block
without data dispatches nothing.
"""

from __future__ import annotations

from typing import NamedTuple

DOCUMENT = "\0document"
"""Name of the one event that stands for a body which is no event stream. No line can spell it."""

_BOM = b"\xef\xbb\xbf"


class Event(NamedTuple):
    """An event: its name (`""` where none was given) and its data, as bytes."""

    name: str
    data: bytes


_new_event = tuple.__new__  # half the time of calling the class


class EventDecoder:
    """Splits a byte stream into events, whatever the boundaries of its reads.

    Time is linear in the input: what is left of a read is kept as pieces and joined once, when
    the line that they belong to ends.
    """

    def __init__(self) -> None:
        self._pieces: list[bytes] = []  # of a line that has not ended yet
        self._at_start = True
        self._after_cr = False  # the last read ended with CR: an LF next belongs to it
        self._name = ""
        self._data: list[bytes] = []

    def feed(self, chunk: bytes) -> list[Event]:
        """Return the events that `chunk` completes."""
        if self._at_start or self._after_cr:
            chunk = self._trimmed(chunk)
        if self._pieces or b"\r" in chunk or b"\n" not in chunk:
            chunk = self._joined(chunk)
        lines = chunk.split(b"\n")
        if unended := lines.pop():
            self._pieces.append(unended)
        return self._read(lines) if lines else []

    def flush(self) -> list[Event]:
        """Return the event that the end of the stream completes.

        The standard drops a block that no blank line ends. Services that end without one mean
        it, and a block whose data is whole loses nothing by being read.
        """
        self._at_start = False
        line = b"".join(self._pieces)
        self._pieces.clear()
        return self._read([line, b""])

    def _trimmed(self, chunk: bytes) -> bytes:
        """Return `chunk` without a byte order mark or the second half of a CRLF before it."""
        if self._at_start:
            chunk = b"".join((*self._pieces, chunk))
            self._pieces.clear()
            if len(chunk) < len(_BOM) and _BOM.startswith(chunk):
                self._pieces.append(chunk)  # may become one with the next read
                return b""
            self._at_start = False
            return chunk.removeprefix(_BOM)
        if self._after_cr and chunk:
            self._after_cr = False
            return chunk.removeprefix(b"\n")
        return chunk

    def _joined(self, chunk: bytes) -> bytes:
        """Return what was left of earlier reads and `chunk`, if a line ends in it, with LF only."""
        has_cr = b"\r" in chunk
        if not has_cr and b"\n" not in chunk:
            if chunk:
                self._pieces.append(chunk)
            return b""
        if has_cr:
            self._after_cr = chunk.endswith(b"\r")
            chunk = chunk.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
        if self._pieces:
            self._pieces.append(chunk)
            chunk = b"".join(self._pieces)
            self._pieces.clear()
        return chunk

    def _read(self, lines: list[bytes]) -> list[Event]:
        events: list[Event] = []
        data = self._data
        for line in lines:
            if line.startswith(b"data: "):
                data.append(line[6:])
            elif not line:
                if data:
                    whole = data[0] if len(data) == 1 else b"\n".join(data)
                    events.append(_new_event(Event, (self._name, whole)))
                    data.clear()
                self._name = ""
            elif not line.startswith(b":"):
                field, _, value = line.partition(b":")
                value = value.removeprefix(b" ")
                if field == b"data":
                    data.append(value)
                elif field == b"event":
                    self._name = value.decode(errors="replace")
                elif field == b"error":  # not in the standard; a relay that fails writes it
                    events.append(Event("error", value))
        return events


_PREFIXES = (b"data:", b"event:", b"id:", b"retry:", b"error:", b":")
_DOCUMENT_STARTS = (b"{", b"[", b"<")
_MAX_DOUBTFUL_BYTES = 4096
"""Bytes of a body of unclear kind that are kept, to be shown if it turns out to be no stream."""
_MAX_PADDING_BYTES = 64 * 1024
"""Bytes of white space before a body after which it is taken for a document."""


class BodyDecoder:
    """Reads a body that should be an event stream, but may be a document.

    Services answer a streaming request with JSON, with HTML or with a wrong content type. What
    looks like an event stream is read as one, whatever its type says; anything else is collected
    and given as one event named `DOCUMENT`. So is the start of a body that claims to be a stream
    but holds not one event.

    Args:
        content_type: The `Content-Type` of the response.
    """

    def __init__(self, content_type: str = "") -> None:
        self._claims_events = "event-stream" in content_type.lower()
        self._decoder: EventDecoder | None = None
        self._document: list[bytes] = []
        self._start = b""  # of a body of which nothing is known yet, or whose kind is in doubt

    def feed(self, chunk: bytes) -> list[Event]:
        """Return the events that `chunk` completes."""
        if self._decoder is not None:
            events = self._decoder.feed(chunk)
            if self._start:
                self._start = b"" if events else (self._start + chunk)[:_MAX_DOUBTFUL_BYTES]
            return events
        if self._document:
            self._document.append(chunk)
            return []
        self._start += chunk
        start = self._start
        head = start.removeprefix(_BOM).lstrip()
        marks = (*_PREFIXES, _BOM)
        if len(start) < _MAX_PADDING_BYTES and any(mark.startswith(head) for mark in marks):
            return []  # too little to tell
        known = head.startswith(_PREFIXES)
        # A line of an event stream has a field name, but any name will do.
        if known or (self._claims_events and not head.startswith(_DOCUMENT_STARTS)):
            self._decoder = EventDecoder()
            events = self._decoder.feed(start)
            self._start = b"" if known or events else start[:_MAX_DOUBTFUL_BYTES]
            return events
        self._document.append(start)
        return []

    def flush(self) -> list[Event]:
        """Return the event that the end of the body completes."""
        events = self._decoder.flush() if self._decoder is not None else []
        if events or (self._decoder is not None and not self._start):
            return events
        body = b"".join(self._document) or self._start
        return [Event(DOCUMENT, body)] if body.strip() else []
