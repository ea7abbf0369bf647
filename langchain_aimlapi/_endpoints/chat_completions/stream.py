"""Reads a stream of chunks: events in, LangChain's chunks out; no IO."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pydantic_core import from_json

from langchain_aimlapi._answers.assembler import Answer, Piece
from langchain_aimlapi._answers.chunks import call_chunk, full_chunk, text_chunk
from langchain_aimlapi._answers.metadata import PROVIDER, Metadata
from langchain_aimlapi._endpoints.chat_completions.choices import ChoicePicker
from langchain_aimlapi._endpoints.chat_completions.reader import read_delta
from langchain_aimlapi._http.error_bodies import error_from_payload, excerpt, is_error_payload
from langchain_aimlapi._http.json import HalfCharacters, UnreadableError, read_json
from langchain_aimlapi._http.sse import DOCUMENT, Event
from langchain_aimlapi.errors import AIMLAPIError, MalformedResponseError, StreamInterruptedError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from langchain_core.outputs import ChatGenerationChunk

    from langchain_aimlapi._answers.delta import Block
    from langchain_aimlapi._http.redaction import Secret

_DONE = b"[DONE]"
_SAID_ONCE = frozenset(
    {"error", "event", "meta", "x_groq", "citations", "search_results", "message", "statusCode"}
)
"""Keys of a chunk that need more than a look at its delta."""
_PLAIN = frozenset({"role", "content"})
"""Keys of a delta that is nothing but text."""
_THOUGHTS = frozenset({"reasoning_content", "reasoning"})
"""The one key more of a delta that is nothing but reasoning."""


class StreamParser:
    """Reads one stream.

    Args:
        headers: Response headers, lower-case or case-insensitive.
        include_headers: Whether `response_metadata["headers"]` is wanted.
        include_usage: Whether `usage_metadata` is wanted.
        secrets: Texts that no error may show.
        several: Whether more than one answer was asked for (`n` > 1). Of these only the first
            is read; without it, a growing index is one answer.

    Attributes:
        done: `[DONE]` was seen; nothing that may follow counts.
        chunks_received: How many chunks were returned.
    """

    def __init__(
        self,
        headers: Mapping[str, str] | None = None,
        *,
        include_headers: bool = False,
        include_usage: bool = True,
        secrets: Sequence[Secret] = (),
        several: bool = False,
    ) -> None:
        """Start before the first event."""
        self.done = False
        self.chunks_received = 0
        self._headers: Mapping[str, str] = {} if headers is None else headers
        self._include_usage = include_usage
        self._secrets = secrets
        self._metadata = Metadata(
            self._headers, include_headers=include_headers, include_cost_headers=False
        )
        self._answer = Answer()
        self._choices = ChoicePicker(several=several)
        self._halves = HalfCharacters()
        self._media: list[Block] = []  # waits for a chunk that brings no text
        self._started = False  # ids are known, the answer has begun: text needs no more care
        self._seen = False  # any choice at all
        self._texts = False  # text came that `_choices` did not see
        self._document = False
        self._cut: AIMLAPIError | None = None  # an event that ends too early

    @property
    def complete(self) -> bool:
        """Whether the answer ended by its own word: a finish reason or `[DONE]` came."""
        return self.done or self._metadata.finish is not None

    def feed(self, event: Event) -> ChatGenerationChunk | None:
        """Read an event; return the chunk that it makes, or None if it brings nothing to show.

        Raises:
            APIStatusError: The event is an error.
            MalformedResponseError: It cannot be read.
        """
        name, data = event
        if name and name != "message":
            return self._feed_named(name, data)
        if not self._started:
            return self._feed_data(data)
        # The plain delta, of which nearly all streams consist, in as few steps as can be.
        try:
            body = from_json(data)
        except ValueError:
            return self._feed_data(data)
        delta = _sole_delta(body, self._choices.index)
        if delta is not None:
            text = delta.get("content")
            more = _besides_text(delta)
            if text and not more and type(text) is str:
                self.chunks_received += 1
                self._texts = True
                return text_chunk(text, self._metadata.id, {})
            if more in _THOUGHTS and not text:
                return self._feed_thought(more, delta)
        return self._feed_body(body)

    def close(self) -> ChatGenerationChunk:
        """Return the last chunk, with all that is said once: usage, finish reason, ids, cost.

        Raises:
            StreamInterruptedError: The stream ended without `[DONE]` and without a finish
                reason, so what came is not the whole answer.
            MalformedResponseError: There was no answer in it.
        """
        metadata = self._metadata
        if metadata.finish is None:
            metadata.finish = self._choices.spare_finish
        if metadata.finish is None and not self.done and not self._document:
            raise self._interrupted()
        if not self._seen:
            raise self._failed(MalformedResponseError("The stream held no answer."))
        tail = self._answer.close(metadata.id)
        media: list[Any] = [*self._media, *tail.media]
        if media and not self.chunks_received:
            media.insert(0, "")
        return full_chunk(
            media or "",
            metadata.id,
            tail.kwargs,
            metadata.as_dict(has_calls=bool(self._answer.calls)),
            calls=tail.calls,
            usage=metadata.usage if self._include_usage else None,
            position="last",
        )

    # --- events that are no plain text ---
    def _feed_thought(self, source: str, delta: dict[str, Any]) -> ChatGenerationChunk | None:
        text = delta[source]
        if type(text) is not str:
            return self._chunk(self._answer.add(read_delta(delta)))
        kwargs = self._answer.add_thought(text, source)
        if not kwargs:
            return None
        self.chunks_received += 1
        self._choices.kinds.add("reasoning")
        return text_chunk("", self._metadata.id, kwargs)

    def _feed_named(self, name: str, data: bytes) -> ChatGenerationChunk | None:
        if name == DOCUMENT:
            return self._feed_document(data)
        if name == "error" and not self.done:
            raise self._error(_json_or_text(data))
        try:
            body = read_json(data)
        except UnreadableError:
            # The payload of an event that is not ours, a ping, say; or the end under a name.
            return self._feed_data(data) if data.strip() == _DONE else None
        return self._feed_body(body)

    def _feed_data(self, data: bytes) -> ChatGenerationChunk | None:
        if self._cut is not None:
            raise self._cut
        data = data.strip()
        if self.done or not data:
            return None
        if data == _DONE:
            self.done, self._started = True, False
            return None
        try:
            body = read_json(self._halves.join(data))
        except UnreadableError as error:
            failure = self._malformed(f"An event cannot be read: {error}", data)
            if not error.cut:
                raise failure from error
            # The stream may end here, which is another error, or none after a finish reason.
            self._cut, self._started = failure, False
            return None
        return self._feed_body(body)

    def _feed_document(self, data: bytes) -> ChatGenerationChunk | None:
        """Read a whole answer: some services do not stream, whatever they are asked."""
        try:
            body = read_json(data)
        except UnreadableError as error:
            what = "ends too early" if error.cut else "is neither a stream nor JSON"
            raise self._malformed(f"The answer {what}.", data) from error
        if not isinstance(body, dict) or not (body.get("choices") or is_error_payload(body)):
            raise self._malformed("The answer holds no choices.", data)
        chunk = self._feed_body(body)
        self._document = True
        return chunk

    def _feed_body(self, body: Any) -> ChatGenerationChunk | None:
        if self.done:
            return None
        body = self._unwrapped(body)
        if not isinstance(body, dict):
            return None
        if is_error_payload(body):
            raise self._error(body)
        metadata = self._metadata
        metadata.note(body)
        if self._texts:
            self._choices.kinds.add("text")
        choice = self._choices.pick(body.get("choices"))
        if choice is None:
            return None
        if choice.get("error"):
            raise self._error(choice)
        self._seen = True
        metadata.note_choice(choice)
        delta = choice.get("delta")
        if not isinstance(delta, dict):
            # A whole message, unless it only repeats what the deltas said.
            delta = choice.get("message") if not self.chunks_received else None
        self._started = metadata.id is not None and metadata.model is not None
        if not isinstance(delta, dict) or not delta:
            return None
        return self._chunk(self._answer.add(read_delta(delta)))

    def _unwrapped(self, body: Any) -> Any:
        """Return the chunk inside `{"event": ..., "state": ...}`, as Claude streams once had it."""
        if isinstance(body, list) and body and is_error_payload(body[0]):
            return body[0]
        inner = body.get("event") if isinstance(body, dict) else None
        if not isinstance(inner, dict):
            return body
        state = body.get("state")
        if isinstance(state, dict):
            self._metadata.note_wrapped(state)
            inner = {**inner, "usage": None}  # zeros, but in one event
        return {**inner, "error": body["error"]} if body.get("error") else inner

    def _chunk(self, piece: Piece) -> ChatGenerationChunk | None:
        self._media += piece.media
        shows_media = bool(self._media) and not (piece.text or piece.calls)
        if not (piece.text or piece.kwargs or piece.calls or shows_media):
            return None
        first = not self.chunks_received
        self.chunks_received += 1
        id_ = self._metadata.id
        if piece.calls:
            return call_chunk(piece.text, id_, piece.kwargs, piece.calls)
        if not shows_media:
            return text_chunk(piece.text, id_, piece.kwargs)
        # Content is text and then blocks, in streams as in whole answers.
        content, self._media = (["", *self._media] if first else self._media), []
        return full_chunk(content, id_, piece.kwargs, {"model_provider": PROVIDER})

    # --- errors ---
    def _error(self, payload: Any) -> AIMLAPIError:
        return error_from_payload(
            payload, self._headers, secrets=self._secrets, chunks_received=self.chunks_received
        )

    def _interrupted(self) -> AIMLAPIError:
        text = "The stream ended before the answer did: no finish reason and no [DONE]."
        return self._failed(StreamInterruptedError(text))

    def _malformed(self, message: str, data: bytes) -> AIMLAPIError:
        shown = excerpt(data, secrets=self._secrets)
        return self._failed(MalformedResponseError(message, status_code=200, body_excerpt=shown))

    def _failed(self, error: AIMLAPIError) -> AIMLAPIError:
        error.chunks_received = self.chunks_received
        error.inference_id = self._headers.get("x-inference-id")
        error.client_request_id = self._headers.get("x-client-request-id")
        return error


def _sole_delta(body: Any, index: Any) -> dict[str, Any] | None:
    """Return the delta of a chunk that brings nothing else, of the choice that is followed."""
    if type(body) is not dict or not _SAID_ONCE.isdisjoint(body) or body.get("usage"):
        return None
    choices = body.get("choices")
    if type(choices) is not list or len(choices) != 1 or type(choices[0]) is not dict:
        return None
    choice = choices[0]
    if choice.get("index") != index or choice.get("finish_reason") or choice.get("logprobs"):
        return None
    delta = choice.get("delta")
    return delta if type(delta) is dict and "error" not in choice else None


def _besides_text(delta: dict[str, Any]) -> str:
    """Return the key of a delta that says something more, `"..."` if there are several."""
    more = ""
    for name, value in delta.items():
        if value and name not in _PLAIN:
            if more:
                return "..."
            more = name
    return more


def _json_or_text(data: bytes) -> Any:
    try:
        return read_json(data)
    except UnreadableError:
        return data.decode(errors="replace")
