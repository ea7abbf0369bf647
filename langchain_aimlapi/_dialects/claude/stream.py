"""Reads a stream of typed events: events in, LangChain's chunks out; no IO."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from pydantic_core import from_json

from langchain_aimlapi._answers.coerce import name_of
from langchain_aimlapi._answers.delta import Delta
from langchain_aimlapi._answers.state import AnswerState
from langchain_aimlapi._answers.usage import add_counts
from langchain_aimlapi._answers.whole import read_body
from langchain_aimlapi._dialects.claude import usage
from langchain_aimlapi._dialects.claude.body import NAME
from langchain_aimlapi._dialects.claude.reader import Blocks
from langchain_aimlapi._http.error_bodies import is_error_payload
from langchain_aimlapi._http.json import HalfCharacters, UnreadableError, read_json
from langchain_aimlapi._http.sse import DOCUMENT, Event

if TYPE_CHECKING:
    from collections.abc import Sequence

    from langchain_core.outputs import ChatGenerationChunk

    from langchain_aimlapi._http.redaction import Secret
    from langchain_aimlapi.errors import AIMLAPIError

_PIECE = "content_block_delta"
_PIECE_NAMES = frozenset({_PIECE, ""})
"""What an event with a piece is called; some hosts give no names."""
_DONE = b"[DONE]"
_KEPT = ("container", "context_management", "stop_sequence", "stop_details")
"""Facts of a message that have no other place: kept in the metadata, as sent."""
_KEPT_COUNTS = ("service_tier", "inference_geo", "server_tool_use", "iterations")
"""The same of its usage."""
_REFUSAL = "refusal"


class Message:
    """One message while it comes, whole or in events: its blocks, and the facts about it.

    Args:
        state: Puts the answer together.

    Attributes:
        state: The same.
        seen: Whether there is any answer at all.
        stopped: Whether its last event came.
    """

    def __init__(self, state: AnswerState) -> None:
        """Start before the first event."""
        self.state = state
        # Claude stops "to call a tool" only if one is to be called; others were answered already.
        state.metadata.settled = True
        state.metadata.keep("endpoint", NAME)
        self.seen = False
        self.stopped = False
        self._blocks = Blocks()
        self._counts: dict[str, Any] = {}
        self._details: Any = None

    def read(self, kind: str, event: Mapping[str, Any]) -> list[Delta]:
        """Read an event of the type `kind`; return what it brings. Unknown types bring nothing."""
        read = _EVENTS.get(kind)
        return read(self, event) if read else []

    def close(self) -> list[Delta]:
        """End the message; return the last deltas."""
        rest = self._blocks.close()
        metadata = self.state.metadata
        metadata.usage = usage.read_counts(self._counts)
        for name in _KEPT_COUNTS:
            if self._counts.get(name) is not None:
                metadata.keep(name, self._counts[name])
        if metadata.finish == _REFUSAL:
            rest.append(Delta(blocks=[_refusal(self._details)]))
        return rest

    # --- events ---
    def start(self, event: Mapping[str, Any]) -> list[Delta]:
        """Read the message itself: in a stream it has no content yet, as a rule."""
        message = event.get("message")
        if not isinstance(message, Mapping):
            return []
        self.seen = True
        self._note(message)
        content = message.get("content")
        if isinstance(content, str):
            content = [{"type": "text", "text": content}]
        return [
            delta
            for index, block in enumerate(content if isinstance(content, list) else ())
            for delta in (*self._blocks.start(index, block), *self._blocks.stop(index))
        ]

    def start_block(self, event: Mapping[str, Any]) -> list[Delta]:
        """Begin a block."""
        self.seen = True
        return self._blocks.start(event.get("index"), event.get("content_block"))

    def add_piece(self, event: Mapping[str, Any]) -> list[Delta]:
        """Add a piece to a block."""
        self.seen = True
        return self._blocks.add(event.get("index"), event.get("delta"))

    def stop_block(self, event: Mapping[str, Any]) -> list[Delta]:
        """End a block."""
        return self._blocks.stop(event.get("index"))

    def end(self, event: Mapping[str, Any]) -> list[Delta]:
        """Read how the message ends, and the counts, which are final here."""
        delta = event.get("delta")
        self._note(event)
        if isinstance(delta, Mapping):
            self._note(delta)
        return []

    def stop(self, event: Mapping[str, Any]) -> list[Delta]:
        """Read the last event."""
        self._note(event)
        self.stopped = True
        return []

    def _note(self, fields: Mapping[str, Any]) -> None:
        metadata = self.state.metadata
        if isinstance(fields.get("usage"), Mapping):
            add_counts(self._counts, fields["usage"])
        metadata.note({name: fields[name] for name in ("id", "model", "meta") if name in fields})
        metadata.finish = name_of(fields.get("stop_reason")) or metadata.finish
        self._details = fields.get("stop_details") or self._details
        for name in _KEPT:
            if fields.get(name) is not None:
                metadata.keep(name, fields[name])


_EVENTS: Mapping[str, Callable[[Message, Mapping[str, Any]], list[Delta]]] = {
    "message_start": Message.start,
    "content_block_start": Message.start_block,
    _PIECE: Message.add_piece,
    "content_block_stop": Message.stop_block,
    "message_delta": Message.end,
    "message_stop": Message.stop,
}


def _refusal(details: Any) -> dict[str, Any]:
    """Return a refusal as LangChain's block; most have no explanation."""
    fields = details if isinstance(details, Mapping) else {}
    block: dict[str, Any] = {"type": "refusal", "refusal": str(fields.get("explanation") or "")}
    if fields.get("category"):
        block["extras"] = {"category": fields["category"]}
    return {**block, "key": _REFUSAL}


class StreamReader:
    """Reads one stream.

    Args:
        headers: Response headers, lower-case or case-insensitive.
        include_headers: Whether `response_metadata["headers"]` is wanted.
        include_usage: Whether `usage_metadata` is wanted.
        secrets: Texts that no error may show.
        several: Not for this endpoint, whose answers are always one.
        model: The model that was asked; of no use here.

    Attributes:
        done: The last event was seen; nothing that may follow counts.
    """

    def __init__(
        self,
        headers: Mapping[str, str] | None = None,
        *,
        include_headers: bool = False,
        include_usage: bool = True,
        secrets: Sequence[Secret] = (),
        several: bool = False,  # noqa: ARG002  # the same for all endpoints
        model: str = "",  # noqa: ARG002  # the same
    ) -> None:
        """Start before the first event."""
        self._state = AnswerState(
            headers, include_headers=include_headers, include_usage=include_usage, secrets=secrets
        )
        self._message = Message(self._state)
        self._halves = HalfCharacters()
        self._plain: Any = None  # index of the block whose text is the whole content so far
        self._cut: AIMLAPIError | None = None  # an event that ends too early

    @property
    def done(self) -> bool:
        """Whether nothing that may follow counts."""
        return self._message.stopped

    @property
    def complete(self) -> bool:
        """Whether the answer has ended: a reason to stop or the last event came."""
        return self._message.stopped or self._state.metadata.finish is not None

    @property
    def chunks_received(self) -> int:
        """How many chunks were returned."""
        return self._state.chunks_received

    def feed(self, event: Event) -> list[ChatGenerationChunk]:
        """Read an event; return the chunks that it makes.

        Raises:
            APIStatusError: The event is an error.
            MalformedResponseError: It cannot be read.
        """
        name, data = event
        if self._plain is not None and name in _PIECE_NAMES:
            # The plain delta, of which nearly all streams consist, in as few steps as can be.
            try:
                body = from_json(data)
            except ValueError:
                return self._feed_data(name, data)
            text = _text_of(body, self._plain)
            return self._state.text(text) if text else self._feed_body(name, body)
        if name == DOCUMENT:
            return self._feed_document(data)
        return self._feed_data(name, data)

    def close(self) -> list[ChatGenerationChunk]:
        """Return the last chunks, with what is sent once: usage, finish reason, ids, cost.

        Raises:
            StreamInterruptedError: The stream ended without its last event and without a reason
                to stop, so what came is not the whole answer.
            MalformedResponseError: There was no answer in it.
        """
        if not self.complete:
            raise self._state.interrupted()
        if not self._message.seen:
            raise self._state.malformed("The stream held no answer.")
        return [*self._chunks(self._message.close()), *self._state.close()]

    def _feed_data(self, name: str, data: bytes) -> list[ChatGenerationChunk]:
        if self._cut is not None:
            raise self._cut
        data = data.strip()
        if self.done or not data or data == _DONE:
            return []
        try:
            body = read_json(self._halves.join(data))
        except UnreadableError as error:
            if name == "error":
                raise self._state.error(data.decode(errors="replace")) from None
            if name not in _EVENTS and name:
                return []  # the payload of an event that is not ours
            failure = self._state.malformed(f"An event cannot be read: {error}", data)
            if not error.cut:
                raise failure from error
            self._cut, self._plain = failure, None  # the stream may end here: another error
            return []
        return self._feed_body(name, body)

    def _feed_body(self, name: str, body: Any) -> list[ChatGenerationChunk]:
        if name == "error" or is_error_payload(body):
            raise self._state.error(body)
        if not isinstance(body, dict):
            return []
        kind = body.get("type")
        chunks = self._chunks(self._message.read(kind if isinstance(kind, str) else name, body))
        if kind == _PIECE and chunks and chunks[-1].text and not self._state.is_list:
            self._plain = body.get("index")
        elif kind != "ping":
            self._plain = None
        return chunks

    def _feed_document(self, data: bytes) -> list[ChatGenerationChunk]:
        """Read a whole answer: some services do not stream, whatever they are asked."""
        return self._chunks(read_message(self._message, data))

    def _chunks(self, deltas: list[Delta]) -> list[ChatGenerationChunk]:
        return [chunk for delta in deltas for chunk in self._state.add(delta)]


def _text_of(body: Any, index: Any) -> str:
    """Return the text that an event adds to the block at `index`, if that is all it does."""
    if type(body) is not dict or body.get("type") != _PIECE or body.get("index") != index:
        return ""
    piece = body.get("delta")
    if type(piece) is not dict or piece.get("type") != "text_delta":
        return ""
    text = piece.get("text")
    return text if type(text) is str else ""


def read_message(message: Message, data: bytes) -> list[Delta]:
    """Read the body of a whole answer; return what it brings.

    Raises:
        APIStatusError: The body is an error.
        MalformedResponseError: It cannot be read, or holds no answer.
    """
    state = message.state
    body = read_body(data, state)
    if is_error_payload(body):
        raise state.error(body)
    # A message that says why it ended may have no content: a filter stopped it before any.
    ended = isinstance(body, dict) and name_of(body.get("stop_reason"))
    has_content = isinstance(body, dict) and isinstance(body.get("content"), (list, str))
    if not (has_content or ended):
        raise state.malformed("The answer holds no content.", data)
    deltas = message.start({"message": body})
    message.stop({})
    return deltas
