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


class EventDecoder:
    """Splits a byte stream into events, whatever the boundaries of its reads.

    Time is linear in the input: what is left of a read is kept as pieces and joined once, when
    the line that they belong to ends.
    """

    def __init__(self) -> None:
        """Start before the first byte."""
        self._pieces: list[bytes] = []  # of a line that has not ended yet
        self._at_start = True
        self._after_cr = False  # the last read ended with CR: an LF next belongs to it
        self._name = ""
        self._data: list[bytes] = []

    def feed(self, chunk: bytes) -> list[Event]:
        """Return the events that `chunk` completes."""
        if self._at_start:
            if not (chunk := self._without_bom(chunk)):
                return []
        elif self._after_cr:
            self._after_cr = False
            if chunk[:1] == b"\n":
                chunk = chunk[1:]
        if b"\n" not in chunk and b"\r" not in chunk:
            if chunk:
                self._pieces.append(chunk)
            return []
        if self._pieces:
            self._pieces.append(chunk)
            chunk = b"".join(self._pieces)
            self._pieces.clear()
        # The common wire has LF only: no need to look for the rest then.
        if b"\r" in chunk:
            self._after_cr = chunk.endswith(b"\r")
            chunk = chunk.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
        lines = chunk.split(b"\n")
        if rest := lines.pop():
            self._pieces.append(rest)
        return self._read(lines)

    def flush(self) -> list[Event]:
        """Return the event that the end of the stream completes.

        The standard drops a block that no blank line ends. Services that end without one mean
        it, and a block whose data is whole loses nothing by being read.
        """
        if self._at_start:
            self._at_start = False
        line = b"".join(self._pieces)
        self._pieces.clear()
        return self._read([line, b""])

    def _without_bom(self, chunk: bytes) -> bytes:
        chunk = b"".join((*self._pieces, chunk))
        self._pieces.clear()
        if len(chunk) < len(_BOM) and _BOM.startswith(chunk):
            self._pieces.append(chunk)  # may become one with the next read
            return b""
        self._at_start = False
        return chunk.removeprefix(_BOM)

    def _read(self, lines: list[bytes]) -> list[Event]:
        events: list[Event] = []
        data = self._data
        for line in lines:
            if line.startswith(b"data: "):
                data.append(line[6:])
            elif not line:
                if data:
                    events.append(
                        Event(self._name, data[0] if len(data) == 1 else b"\n".join(data))
                    )
                    data.clear()
                if self._name:
                    self._name = ""
            elif not line.startswith(b":"):
                field, _, value = line.partition(b":")
                value = value[1:] if value.startswith(b" ") else value
                if field == b"data":
                    data.append(value)
                elif field == b"event":
                    self._name = value.decode(errors="replace")
                elif field == b"error":  # no field of the standard: some upstreams fail so
                    events.append(Event("error", value))
        return events


_PREFIXES = (b"data:", b"event:", b"id:", b"retry:", b"error:", b":")


class BodyDecoder:
    """Reads a body that should be an event stream, but may be a document.

    Services answer a streaming request with JSON, with HTML or with a wrong content type. What
    looks like an event stream is read as one, whatever its type says; anything else is collected
    and given as one event named `DOCUMENT`.

    Args:
        content_type: The `Content-Type` of the response.
    """

    def __init__(self, content_type: str = "") -> None:
        """Start before the first byte."""
        self._event_stream = "event-stream" in content_type.lower()
        self._decoder: EventDecoder | None = None
        self._document: list[bytes] = []
        self._sniffed = b""

    def feed(self, chunk: bytes) -> list[Event]:
        """Return the events that `chunk` completes."""
        if self._decoder is not None:
            return self._decoder.feed(chunk)
        if self._document:
            self._document.append(chunk)
            return []
        self._sniffed += chunk
        head = self._sniffed.removeprefix(_BOM).lstrip()
        if not head or any(prefix.startswith(head) for prefix in _PREFIXES):
            return []  # too little to tell
        if self._is_events(head):
            self._decoder = EventDecoder()
            return self._decoder.feed(self._sniffed)
        self._document.append(self._sniffed)
        return []

    def flush(self) -> list[Event]:
        """Return the event that the end of the body completes."""
        if self._decoder is not None:
            return self._decoder.flush()
        if self._event_stream and not self._document:
            return []
        body = b"".join(self._document) or self._sniffed
        if not body.strip():
            return []
        return [Event(DOCUMENT, body)]

    def _is_events(self, head: bytes) -> bool:
        if head.startswith(_PREFIXES):
            return True
        # A line of an event stream has a field name; a document starts with one of these.
        return self._event_stream and not head.startswith((b"{", b"[", b"<"))
