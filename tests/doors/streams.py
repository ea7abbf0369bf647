"""Reads a stream, on any endpoint: bytes to events, events to chunks, chunks to protocol events."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

# Protocol events are made of the chunks, whichever endpoint they come from.
from langchain_aimlapi._answers.events import EventBuilder, stream_events

# The reader of answers, with the dialect of each endpoint, and `_http`'s decoder, which feeds it.
from langchain_aimlapi._answers.reading import AnswerReader
from langchain_aimlapi._dialects import ENDPOINTS
from langchain_aimlapi._http.redaction import Secret
from langchain_aimlapi._http.sse import DOCUMENT, BodyDecoder, Event, EventDecoder

if TYPE_CHECKING:
    from collections.abc import Sequence

    from langchain_core.outputs import ChatGenerationChunk

__all__ = [
    "DOCUMENT",
    "BodyDecoder",
    "Event",
    "EventBuilder",
    "EventDecoder",
    "chunks_of",
    "stream_events",
    "stream_reader",
]


def stream_reader(
    *, endpoint: str = "chat/completions", secrets: Sequence[str] = (), **options: Any
) -> AnswerReader:
    """Return a reader before its first event."""
    dialect = ENDPOINTS[endpoint].Reader
    return AnswerReader(dialect, secrets=tuple(map(Secret, secrets)), **options)


def chunks_of(
    data: bytes,
    *,
    sizes: Sequence[int] | None = None,
    content_type: str = "text/event-stream",
    into: list[ChatGenerationChunk] | None = None,
    **options: Any,
) -> list[ChatGenerationChunk]:
    """Return the chunks of a stream, read in pieces of the given sizes.

    Args:
        data: The whole stream.
        sizes: Of the pieces; the rest is one more.
        content_type: Of the answer.
        into: A list that holds what had come when an error is raised.
        **options: Of `stream_reader`.
    """
    decoder, reader = BodyDecoder(content_type), stream_reader(**options)
    made: list[ChatGenerationChunk] = [] if into is None else into
    for events in (*(decoder.feed(piece) for piece in _pieces(data, sizes)), decoder.flush()):
        for event in events:
            made += [] if reader.done else reader.feed(event)
    assert reader.chunks_received == len(made)
    made += reader.close()
    return made


def _pieces(data: bytes, sizes: Sequence[int] | None) -> list[bytes]:
    pieces = []
    for size in sizes or ():
        pieces.append(data[:size])
        data = data[size:]
    return [*pieces, data]
