"""Reads an answer of any dialect: the events of a stream, or one whole body.

What goes wrong with answers is handled here, once for all dialects: errors in a 200, `[DONE]`,
events that are cut off, a document in place of a stream, a stream in place of a document, a
stream that ends before its answer. A dialect brings an `AnswerReader`, which turns an event, or a
whole body, into Deltas, and says when the answer is complete.
"""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING, Any, ClassVar

from langchain_core.outputs import ChatResult

from langchain_aimlapi._answers.metadata import call_info
from langchain_aimlapi._answers.state import AnswerState
from langchain_aimlapi._http.error_bodies import is_error_payload
from langchain_aimlapi._http.json import HalfCharacters, UnreadableError, read_json
from langchain_aimlapi._http.sse import DOCUMENT, BodyDecoder, Event

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from langchain_core.messages import AIMessage
    from langchain_core.outputs import ChatGeneration, ChatGenerationChunk

    from langchain_aimlapi._answers.delta import Delta
    from langchain_aimlapi._http.redaction import Secret
    from langchain_aimlapi.errors import AIMLAPIError

_DONE = b"[DONE]"
_ERROR = "error"
_STREAM_STARTS = (b"data:", b"event:", b"error:", b":")


class AnswerReader:
    """Reads one answer in one dialect; the base of the dialects' readers.

    Args:
        state: The answer that is read; its `metadata` takes the facts.
        model: The model that was asked.
        several: Whether more than one answer was asked for (`n` > 1).

    Attributes:
        state: The same.
        seen: Whether there is any answer at all.
        stopped: True once the last event was read; later events are ignored.
    """

    NOT_ENDED: ClassVar = "The stream ended before the answer did."
    """What the error says of a stream that ended too early."""
    DONE_IS_AN_END: ClassVar = False
    """Whether `[DONE]` ends an answer; it ends the stream in any case."""

    def __init__(self, state: AnswerState, *, model: str = "", several: bool = False) -> None:
        self.state = state
        self.model = model
        self.several = several
        self.seen = False
        self.stopped = False

    @property
    def complete(self) -> bool:
        """Whether the answer has ended: a dropped connection is no longer an error."""
        return self.stopped or self.state.metadata.finish is not None

    def is_ours(self, name: str) -> bool:
        """Return whether an event of this name must be JSON; `""` is one without a name."""
        raise NotImplementedError

    def unwrap(self, body: Any) -> Any:
        """Return the event inside the envelope that a host puts around it."""
        return body

    def is_error(self, name: str, body: Any) -> bool:
        """Return whether an event, or a whole body (which has no name), is an error."""
        return name == _ERROR or is_error_payload(body)

    def read_event(self, name: str, body: dict[str, Any]) -> Iterable[Delta]:
        """Read an event; return what it brings."""
        raise NotImplementedError

    def read_whole(self, body: Any, data: bytes) -> Iterable[Delta]:
        """Read a whole answer; return what it brings.

        Args:
            body: What `data` says.
            data: To be shown in an error.

        Raises:
            APIStatusError: The answer failed.
            MalformedResponseError: There is no answer in it.
        """
        raise NotImplementedError

    def further_choices(self, body: dict[str, Any]) -> list[dict[str, Any]]:
        """Return the other choices of a whole answer, each as a body of its own."""
        del body
        return []

    def close(self) -> Iterable[Delta]:
        """Return what is still to be shown, now that nothing follows."""
        return ()


class StreamReader:
    """Reads one stream: events in, LangChain's chunks out; no IO.

    Args:
        reader: Of the dialect, before its first event.

    Attributes:
        done: True once the end marker was read; later events are ignored.
    """

    def __init__(self, reader: AnswerReader) -> None:
        self.done = False
        self._reader = reader
        self._state = reader.state
        self._halves = HalfCharacters()
        self._cut: AIMLAPIError | None = None  # an event that ends too early

    @property
    def chunks_received(self) -> int:
        """How many chunks were returned."""
        return self._state.chunks_received

    @property
    def complete(self) -> bool:
        """Whether the answer has ended: a dropped connection is no longer an error."""
        return self._reader.complete

    def feed(self, event: Event) -> list[ChatGenerationChunk]:
        """Read an event; return the chunks that it makes, none if it brings nothing to show.

        Raises:
            APIStatusError: The event is an error.
            MalformedResponseError: It cannot be read.
        """
        add = self._state.add
        return [chunk for delta in self.deltas(event) for chunk in add(delta)]

    def close(self) -> list[ChatGenerationChunk]:
        """Return the last chunks; the very last has what is sent once: usage, finish, cost.

        Raises:
            APIStatusError: The answer failed.
            StreamInterruptedError: The stream ended before the answer did.
            MalformedResponseError: There was no answer in it.
        """
        rest = [chunk for delta in self.last_deltas() for chunk in self._state.add(delta)]
        return [*rest, *self._state.close()]

    def deltas(self, event: Event) -> Iterable[Delta]:
        """Read an event; return what it brings, as `feed` does."""
        name, data = event
        if name == DOCUMENT:
            # A whole answer in place of a stream.
            self.done = True
            return _deltas_of_body(self._reader, _read_body(data, self._state), data)
        if self.done:
            return ()
        body = self._body_of(name, data)
        if body is None:
            return ()
        reader = self._reader
        body = reader.unwrap(body)
        if reader.is_error(name, body):
            raise self._state.error(body)
        if not isinstance(body, dict):
            return ()
        deltas = reader.read_event(name, body)
        self.done = reader.stopped
        return deltas

    def last_deltas(self) -> Iterable[Delta]:
        """End the stream; return what is still to be shown, as `close` does."""
        deltas = self._reader.close()
        if not self._reader.complete:
            raise self._state.interrupted(self._reader.NOT_ENDED)
        if not self._reader.seen:
            raise self._state.malformed("The stream held no answer.")
        return deltas

    def _body_of(self, name: str, data: bytes) -> Any:
        """Return the JSON of an event; None where there is nothing to read in it."""
        if self._cut is not None and name != _ERROR:
            raise self._cut
        data = data.strip()
        if data == _DONE:
            self.done = True
            self._reader.stopped = self._reader.stopped or self._reader.DONE_IS_AN_END
            return None
        try:
            return read_json(self._halves.join(data)) if data else None
        except UnreadableError as error:
            self._note_unreadable(name, data, error)
            return None

    def _note_unreadable(self, name: str, data: bytes, error: UnreadableError) -> None:
        if name == _ERROR:
            raise self._state.error(data.decode(errors="replace")) from None
        if not self._reader.is_ours(name):
            return  # such as a ping
        failure = self._state.malformed(f"An event cannot be read: {error}", data)
        if not error.cut:
            raise failure from error
        # The stream may end here, which is another error, or none after a finish reason.
        self._cut = failure


def read_answer(
    reader_class: type[AnswerReader],
    body: bytes,
    headers: Mapping[str, str] | None = None,
    *,
    include_headers: bool = False,
    secrets: Sequence[Secret] = (),
    model: str = "",
) -> ChatResult:
    """Read the body of an answer that was not streamed, or was although nobody asked for it.

    Args:
        reader_class: Of the dialect.
        body: The body.
        headers: Response headers, lower-case or case-insensitive.
        include_headers: Whether `response_metadata["headers"]` is wanted.
        secrets: Texts that no error may show.
        model: The model that was asked.

    Returns:
        One generation per choice. Usage and cost are those of the whole call, so the first
        generation alone has them, and `llm_output`.

    Raises:
        APIStatusError: The body is an error, or the answer failed.
        MalformedResponseError: The body cannot be read, or holds no answer.
        StreamInterruptedError: The body is a stream that ended before its answer did.
    """
    streamed = body.lstrip().startswith(_STREAM_STARTS)
    state = AnswerState(
        headers, include_headers=include_headers, secrets=secrets, streamed=streamed
    )
    reader = reader_class(state, model=model)
    if streamed:
        return _result_of([state.whole(_deltas_of_stream(reader, body))])
    payload = _read_body(body, state)
    generations = [_whole(reader, payload, body)]
    for choice in reader.further_choices(payload):
        state = state.for_next_choice()
        generations.append(_whole(reader_class(state, model=model), choice, body))
    return _result_of(generations)


def _whole(reader: AnswerReader, body: Any, data: bytes) -> ChatGeneration:
    deltas = _deltas_of_body(reader, body, data)
    return reader.state.whole([*deltas, *reader.close()])


def _deltas_of_body(reader: AnswerReader, body: Any, data: bytes) -> Iterable[Delta]:
    if reader.is_error("", body):
        raise reader.state.error(body)
    return reader.read_whole(body, data)


def _deltas_of_stream(reader: AnswerReader, body: bytes) -> Iterator[Delta]:
    decoder, stream = BodyDecoder(), StreamReader(reader)
    for event in chain(decoder.feed(body), decoder.flush()):
        yield from stream.deltas(event)
    yield from stream.last_deltas()


def _read_body(data: bytes, state: AnswerState) -> Any:
    try:
        return read_json(data)
    except UnreadableError as error:
        what = "ends too early" if error.cut and data.strip() else "cannot be read"
        raise state.malformed(f"The answer {what}: {error}.", data) from error


def _result_of(generations: Sequence[ChatGeneration]) -> ChatResult:
    message: AIMessage = generations[0].message  # type: ignore[assignment]  # of an answer
    info = call_info(message.response_metadata)
    return ChatResult.model_construct(generations=[*generations], llm_output=info)
