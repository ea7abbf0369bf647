"""Reads a stream of typed events: events in, LangChain's chunks out; no IO."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pydantic_core import from_json

from langchain_aimlapi._answers.chunks import block_chunk
from langchain_aimlapi._answers.coerce import dict_of
from langchain_aimlapi._answers.delta import Delta
from langchain_aimlapi._answers.state import AnswerState
from langchain_aimlapi._endpoints.responses.events import OUTPUT_TEXT, read_event
from langchain_aimlapi._endpoints.responses.facts import (
    error_of_event,
    error_of_response,
    is_response,
    is_stored,
    merged,
    note,
)
from langchain_aimlapi._endpoints.responses.order import Items
from langchain_aimlapi._http.error_bodies import is_error_payload
from langchain_aimlapi._http.json import HalfCharacters, JsonObject, UnreadableError, read_json
from langchain_aimlapi._http.sse import DOCUMENT, Event

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from langchain_core.outputs import ChatGenerationChunk

    from langchain_aimlapi._http.redaction import Secret
    from langchain_aimlapi.errors import AIMLAPIError


_DONE = b"[DONE]"
_OURS = "response."
_STARTS = frozenset({"response.created", "response.queued", "response.in_progress"})
_ENDS: Mapping[str, str] = {
    "response.completed": "completed",
    "response.incomplete": "incomplete",
    "response.cancelled": "cancelled",
    "response.failed": "failed",
}
"""Events with the whole answer: after them comes nothing that counts."""


class StreamReader:
    """Reads one stream.

    Args:
        headers: Response headers, lower-case or case-insensitive.
        include_headers: Whether `response_metadata["headers"]` is wanted.
        include_usage: Whether `usage_metadata` is wanted.
        secrets: What no error may show.
        several: Nothing here: an answer is one.
        model: The model that was asked; of no use here.

    Attributes:
        done: The answer has ended; nothing that may follow counts.
    """

    def __init__(
        self,
        headers: Mapping[str, str] | None = None,
        *,
        include_headers: bool = False,
        include_usage: bool = True,
        secrets: Sequence[Secret] = (),
        several: bool = False,  # noqa: ARG002  # of the interface that all endpoints share
        model: str = "",  # noqa: ARG002  # the same
    ) -> None:
        """Start before the first event."""
        self.done = False
        self._state = AnswerState(
            headers,
            include_headers=include_headers,
            include_usage=include_usage,
            secrets=secrets,
        )
        self._items = Items(self._state.metadata)
        self._halves = HalfCharacters()
        self._plain: tuple[int, int] | None = None  # the text that is being written
        self._block: str | None = ""  # the index of its block; "" where it is a `str`
        self._failure: JsonObject | None = None  # an error that a response may still explain
        self._cut: AIMLAPIError | None = None  # an event that ends too early
        self._ended = False  # by a whole response

    @property
    def chunks_received(self) -> int:
        """How many chunks `feed` returned."""
        return self._state.chunks_received

    @property
    def complete(self) -> bool:
        """Whether the answer has ended, be it by an error."""
        return self._ended or self._failure is not None

    def feed(self, event: Event) -> list[ChatGenerationChunk]:
        """Read an event; return the chunks that it makes, none if it brings nothing to show.

        Raises:
            APIStatusError: The event is an error, or the answer failed.
            MalformedResponseError: It cannot be read.
        """
        name, data = event
        plain = self._plain
        if plain is not None:
            # The plain delta, of which nearly all streams consist, in as few steps as can be.
            try:
                body = from_json(data)
            except ValueError:
                return self._feed(name, data)
            if (
                type(body) is dict
                and body.get("type") == OUTPUT_TEXT
                and body.get("output_index") == plain[0]
                and body.get("content_index") == plain[1]
            ):
                text = body.get("delta")
                if type(text) is str and text:
                    self._items.grow(*plain, text)
                    return self._more_text(text)
            return self._feed_body(name, body)
        return self._feed(name, data)

    def close(self) -> list[ChatGenerationChunk]:
        """Return what is still to be shown, the last chunk at its end.

        Raises:
            APIStatusError: The answer failed.
            StreamInterruptedError: The stream ended without the event that ends an answer, so
                what came is not the whole of it.
        """
        if self._failure is not None:
            raise self._state.error(self._failure)
        if not self._ended:
            if self._cut is not None and not self._items:
                raise self._cut
            raise self._state.interrupted(
                "The stream ended before the answer did: no response.completed."
            )
        return self._state.close()

    # --- events ---
    def _feed(self, name: str, data: bytes) -> list[ChatGenerationChunk]:
        if name == DOCUMENT:
            return self._feed_document(data)
        if self._cut is not None:
            raise self._cut
        data = data.strip()
        if self.done or not data:
            return []
        if data == _DONE:
            self.done, self._plain = True, None
            return []
        try:
            body = read_json(self._halves.join(data))
        except UnreadableError as error:
            if name == "error":
                raise self._state.error(data.decode(errors="replace")) from error
            if name and not name.startswith("response."):
                return []  # the payload of an event that is not ours, such as a ping
            failure = self._state.malformed(f"An event cannot be read: {error}", data)
            if not error.cut:
                raise failure from error
            # The stream may end here, which is another error.
            self._cut = failure
            self._plain = None
            return []
        return self._feed_body(name, body)

    def _feed_body(self, name: str, body: Any) -> list[ChatGenerationChunk]:
        if not isinstance(body, dict):
            return []
        kind = body.get("type")
        kind = kind if isinstance(kind, str) else name
        if kind in _ENDS:
            return self._end({"status": _ENDS[kind], **_response(body)})
        if self._failure is not None:
            raise self._state.error(self._failure)
        if kind == "error":
            # A failed response usually follows, and holds more.
            self._failure = error_of_event(body)
            return []
        if kind in _STARTS:
            self._start(_response(body))
            return []
        if not kind.startswith(_OURS) and is_error_payload(body):
            raise self._state.error(body)
        self._plain = self._items.text = None
        chunks = self._shown(read_event(kind, self._items, body))
        state = self._state
        self._block = state.answer.content.text_index(self._items.text) if state.is_list else ""
        if self._block is not None:
            self._plain = self._items.text
        return chunks

    def _more_text(self, text: str) -> list[ChatGenerationChunk]:
        state = self._state
        if not self._block:
            return state.text(text)
        state.chunks_received += 1
        block = {"type": "text", "text": text, "index": self._block}
        return [block_chunk([block], [])]

    def _feed_document(self, data: bytes) -> list[ChatGenerationChunk]:
        """Read a whole answer: some services do not stream, whatever they are asked."""
        try:
            body = read_json(data)
        except UnreadableError as error:
            what = "ends too early" if error.cut else "is neither a stream nor JSON"
            raise self._state.malformed(f"The answer {what}.", data) from error
        if not is_response(body):
            if is_error_payload(body):
                raise self._state.error(body)
            raise self._state.malformed("The answer holds no output.", data)
        return self._end(body)

    def _shown(self, deltas: list[Delta]) -> list[ChatGenerationChunk]:
        return [chunk for delta in deltas for chunk in self._state.add(delta)]

    def _start(self, response: JsonObject) -> None:
        # The last event repeats the rest, and only there it is final.
        self._state.metadata.note({name: response.get(name) for name in ("id", "model")})
        self._items.stored = is_stored(response)

    def _end(self, response: JsonObject) -> list[ChatGenerationChunk]:
        failure = error_of_response(response)
        if failure is not None:
            raise self._state.error(merged(self._failure, failure))
        if self._failure is not None:
            raise self._state.error(self._failure)
        note(self._state.metadata, response)
        self._items.stored = is_stored(response)
        deltas = self._items.finish_all(response.get("output"))
        text = response.get("output_text")
        if not self._items and isinstance(text, str) and text:
            deltas.append(Delta(text=text))
        self._ended, self.done, self._plain = True, True, None
        return self._shown(deltas)


def _response(body: JsonObject) -> JsonObject:
    return dict_of(body.get("response"))
