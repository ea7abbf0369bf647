"""Reads a stream of chunks: events in, LangChain's chunks out; no IO."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pydantic_core import from_json

from langchain_aimlapi._answers.state import AnswerState
from langchain_aimlapi._answers.think_tags import think_tags_of
from langchain_aimlapi._endpoints.chat_completions.choices import ChoicePicker
from langchain_aimlapi._endpoints.chat_completions.reader import (
    message_of,
    read_delta,
    read_message,
)
from langchain_aimlapi._http.error_bodies import is_error_payload
from langchain_aimlapi._http.json import HalfCharacters, UnreadableError, read_json
from langchain_aimlapi._http.sse import DOCUMENT, Event

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from langchain_core.outputs import ChatGenerationChunk

    from langchain_aimlapi._answers.delta import Delta
    from langchain_aimlapi._http.redaction import Secret
    from langchain_aimlapi.errors import AIMLAPIError

_DONE = b"[DONE]"
_SENT_ONCE = frozenset(
    {"error", "event", "meta", "x_groq", "citations", "search_results", "message", "statusCode"}
)
"""Keys of a chunk that need more than a look at its delta."""
_PLAIN = frozenset({"role", "content"})
"""Keys of a delta that is nothing but text."""
_THOUGHTS = frozenset({"reasoning_content", "reasoning"})
"""The one key more of a delta that is nothing but reasoning."""


class StreamReader:
    """Reads one stream.

    Args:
        headers: Response headers, lower-case or case-insensitive.
        include_headers: Whether `response_metadata["headers"]` is wanted.
        include_usage: Whether `usage_metadata` is wanted.
        secrets: What no error may show.
        several: Whether more than one answer was asked for (`n` > 1). Of these only the first
            is read; without it, a growing index is one answer.
        model: The model that was asked.

    Attributes:
        done: `[DONE]` was seen; nothing that may follow counts.
    """

    def __init__(
        self,
        headers: Mapping[str, str] | None = None,
        *,
        include_headers: bool = False,
        include_usage: bool = True,
        secrets: Sequence[Secret] = (),
        several: bool = False,
        model: str = "",
    ) -> None:
        """Start before the first event."""
        self.done = False
        self._state = AnswerState(
            headers, include_headers=include_headers, include_usage=include_usage, secrets=secrets
        )
        self._metadata = self._state.metadata
        self._choices = ChoicePicker(several=several)
        self._halves = HalfCharacters()
        self._tags = think_tags_of(model)
        self._has_text = False
        self._started = False  # ids are known, the answer has begun: text needs no more care
        self._seen = False  # any choice at all
        self._texts = False  # text came that `_choices` did not see
        self._thoughts = False  # the same of reasoning
        self._document = False
        self._cut: AIMLAPIError | None = None  # an event that ends too early

    @property
    def chunks_received(self) -> int:
        """How many chunks `feed` returned."""
        return self._state.chunks_received

    @property
    def complete(self) -> bool:
        """Whether the answer has ended: a finish reason or `[DONE]` came."""
        return self.done or self._metadata.finish is not None

    def feed(self, event: Event) -> list[ChatGenerationChunk]:
        """Read an event; return the chunks that it makes, none if it brings nothing to show.

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
        delta = self._sole_delta(body)
        if delta is not None:
            text = delta.get("content")
            more = "" if text and len(delta) == 1 else _besides_text(delta)
            if text and not more and type(text) is str:
                if not self._texts:
                    self._texts = True
                    self._state.start_text()
                return self._state.text(text)
            if more in _THOUGHTS and not text and type(delta[more]) is str:
                self._thoughts = True
                return self._state.thought(delta[more], more)
        return self._feed_body(body)

    def close(self) -> list[ChatGenerationChunk]:
        """Return the last chunks; the very last has what is sent once: usage, finish, cost.

        Raises:
            StreamInterruptedError: The stream ended without `[DONE]` and without a finish
                reason, so what came is not the whole answer.
            MalformedResponseError: There was no answer in it.
        """
        metadata = self._metadata
        if metadata.finish is None:
            metadata.finish = self._choices.spare_finish
        if metadata.finish is None and not self.done and not self._document:
            raise self._state.interrupted(
                "The stream ended before the answer did: no finish reason and no [DONE]."
            )
        if not self._seen:
            raise self._state.malformed("The stream held no answer.")
        held = [] if self._tags is None else self._state.add(self._tags.close())
        return [*held, *self._state.close()]

    # --- events that are no plain text ---
    def _feed_named(self, name: str, data: bytes) -> list[ChatGenerationChunk]:
        if name == DOCUMENT:
            return self._feed_document(data)
        if self.done:
            return []
        if name == "error":
            raise self._state.error(_json_or_text(data))
        try:
            body = read_json(data)
        except UnreadableError:
            # The payload of an event that is not ours, such as a ping; or the end under a name.
            return self._feed_data(data) if data.strip() == _DONE else []
        return self._feed_body(body)

    def _feed_data(self, data: bytes) -> list[ChatGenerationChunk]:
        if self._cut is not None:
            raise self._cut
        data = data.strip()
        if self.done or not data:
            return []
        if data == _DONE:
            self.done, self._started = True, False
            return []
        try:
            body = read_json(self._halves.join(data))
        except UnreadableError as error:
            failure = self._state.malformed(f"An event cannot be read: {error}", data)
            if not error.cut:
                raise failure from error
            # The stream may end here, which is another error, or none after a finish reason.
            self._cut, self._started = failure, False
            return []
        return self._feed_body(body)

    def _feed_document(self, data: bytes) -> list[ChatGenerationChunk]:
        """Read a whole answer: some services do not stream, whatever they are asked."""
        try:
            body = read_json(data)
        except UnreadableError as error:
            what = "ends too early" if error.cut else "is neither a stream nor JSON"
            raise self._state.malformed(f"The answer {what}.", data) from error
        if not isinstance(body, dict) or not (body.get("choices") or is_error_payload(body)):
            raise self._state.malformed("The answer holds no choices.", data)
        chunks = self._feed_body(body)
        self._document = True
        return chunks

    def _feed_body(self, body: Any) -> list[ChatGenerationChunk]:
        body = self._unwrapped(body)
        if not isinstance(body, dict):
            return []
        if is_error_payload(body):
            raise self._state.error(body)
        metadata = self._metadata
        metadata.note(body)
        if self._texts:
            self._choices.note("text")
        if self._thoughts:
            self._choices.note("reasoning")
        choice = self._choices.pick(body.get("choices"))
        if choice is None:
            return []
        if choice.get("error"):
            raise self._state.error(choice)
        self._seen = self._seen or message_of(choice) is not None
        metadata.note_choice(choice)
        chunks = [chunk for delta in self._deltas(choice) for chunk in self._state.add(delta)]
        # Once the content is a list of blocks, a text has a place among them.
        known = metadata.id is not None and metadata.model is not None
        tagged = self._tags is not None and not self._tags.is_over
        self._started = known and not (tagged or self._state.is_list)
        return chunks

    def _deltas(self, choice: Mapping[str, Any]) -> Iterable[Delta]:
        sent = choice.get("delta")
        if isinstance(sent, dict):
            delta = read_delta(sent)
        elif isinstance(choice.get("message"), dict) and not self.chunks_received:
            delta = read_message(choice["message"])  # unless it only repeats the deltas
        else:
            return ()
        if delta.text and not self._has_text:
            self._has_text = True
            self._tags = self._tags or think_tags_of(self._metadata.model)
        return (delta,) if self._tags is None else self._tags.read(delta)

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
            inner = {**inner, "usage": None}  # zeros, except in one event
        return {**inner, "error": body["error"]} if body.get("error") else inner

    def _sole_delta(self, body: Any) -> dict[str, Any] | None:
        """Return the delta of a chunk that brings nothing else, of the choice that is followed."""
        if type(body) is not dict or not _SENT_ONCE.isdisjoint(body) or body.get("usage"):
            return None
        for name in self._metadata.missing:
            if body.get(name):
                return None
        choices = body.get("choices")
        if type(choices) is not list or len(choices) != 1 or type(choices[0]) is not dict:
            return None
        choice = choices[0]
        if choice.get("index") != self._choices.index or choice.get("finish_reason"):
            return None
        delta = choice.get("delta")
        sole = type(delta) is dict and not choice.get("logprobs") and "error" not in choice
        return delta if sole else None


def _besides_text(delta: dict[str, Any]) -> str:
    """Return the key of a delta that holds something more, `"..."` if there are several."""
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
