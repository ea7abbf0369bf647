"""Reads an answer of any dialect: the events of a stream, or one whole body; no IO.

What goes wrong with answers is handled here, once for all dialects: errors in a 200, `[DONE]`,
events that are cut off, a document in place of a stream, a stream in place of a document, a
stream that ends before its answer. A dialect brings an `EventReader`, which turns an event, or a
whole body, into Deltas, and says when the answer is complete.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from langchain_core.outputs import ChatResult

from langchain_aimlapi._answers.answer import Answer
from langchain_aimlapi._answers.metadata import Metadata, call_info
from langchain_aimlapi._http.error_bodies import is_error_payload
from langchain_aimlapi._http.json import HalfCharacters, UnreadableError, read_json
from langchain_aimlapi._http.sse import DOCUMENT, BodyDecoder, Event

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from langchain_core.messages import AIMessage
    from langchain_core.outputs import ChatGenerationChunk
    from pydantic import SecretStr

    from langchain_aimlapi._answers.delta import Delta
    from langchain_aimlapi.errors import AIMLAPIError

_DONE = b"[DONE]"
_ERROR = "error"
_JSON_EVENTS = ("message", "content_block", "response.")
"""How the names of events begin that must be JSON, on any endpoint."""
_STREAM_STARTS = (b"data:", b"event:", b"error:", b":")


class EventReader:
    """Reads the events of one answer in one dialect; the base of the dialects' readers.

    Args:
        answer: The answer that is read; its `metadata` takes the facts.
        model: The model that was asked.
        several: Whether more than one answer was asked for (`n` > 1).

    Attributes:
        answer: The same.
        model: The same.
        further: The other choices of a whole answer, each as a body of its own.
        seen: Whether there is any answer at all.
        stopped: True once the last event was read; later events are ignored.
    """

    DONE_IS_AN_END: ClassVar = False
    """Whether `[DONE]` ends an answer; it ends the stream in any case."""

    def __init__(self, answer: Answer, *, model: str = "", several: bool = False) -> None:
        self.answer = answer
        del several
        self.model = model
        self.further: Sequence[dict[str, Any]] = ()
        self.seen = False
        self.stopped = False

    @property
    def complete(self) -> bool:
        """Whether the answer has ended: a dropped connection is no longer an error."""
        return self.stopped or self.answer.metadata.finish is not None

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

    def close(self) -> Iterable[Delta]:
        """Return what is still to be shown, now that nothing follows."""
        return ()


class AnswerReader:
    """Reads one answer: events in, LangChain's chunks out; or a body in, LangChain's result out.

    Args:
        dialect: The reader of the events.
        headers: Response headers, lower-case or case-insensitive.
        include_headers: Whether `response_metadata["headers"]` is wanted.
        include_usage: Whether `usage_metadata` is wanted.
        secrets: Texts that no error may show.
        several: Whether more than one answer was asked for (`n` > 1). Of these only the first is
            streamed; without it, a growing index is one answer.
        model: The model that was asked.

    Attributes:
        done: True once the end marker was read; later events are ignored.
    """

    def __init__(
        self,
        dialect: type[EventReader],
        headers: Mapping[str, str] | None = None,
        *,
        include_headers: bool = False,
        include_usage: bool = True,
        secrets: Sequence[SecretStr] = (),
        several: bool = False,
        model: str = "",
    ) -> None:
        metadata = Metadata(headers, include_headers=include_headers, include_usage=include_usage)
        self.done = False
        self._answer = Answer(metadata, secrets)
        self._reader = dialect(self._answer, model=model, several=several)
        self._halves = HalfCharacters()
        self._cut: AIMLAPIError | None = None  # an event that ends too early

    @property
    def complete(self) -> bool:
        """Whether the answer has ended: a dropped connection is no longer an error."""
        return self._reader.complete

    # --- a stream ---
    def feed(self, event: Event) -> list[ChatGenerationChunk]:
        """Read an event; return the chunks that it makes, none if it brings nothing to show.

        Raises:
            APIStatusError: The event is an error.
            MalformedResponseError: It cannot be read.
        """
        chunks: list[ChatGenerationChunk] = []
        for delta in self._deltas_of(event):
            chunks += self._answer.add(delta)
        self._answer.chunks_received += len(chunks)
        return chunks

    def close(self) -> list[ChatGenerationChunk]:
        """Return the last chunks; the very last has what is sent once: usage, finish, cost.

        Raises:
            APIStatusError: The answer failed.
            StreamInterruptedError: The stream ended before the answer did.
            MalformedResponseError: There was no answer in it.
        """
        rest = [chunk for delta in self._last_deltas() for chunk in self._answer.add(delta)]
        return [*rest, *self._answer.close()]

    # --- a whole body ---
    def read(self, body: bytes) -> ChatResult:
        """Read the body of an answer that was not streamed, or was although nobody asked for it.

        Returns:
            One generation per choice. Usage and cost are those of the whole call, so the first
            generation alone has them, and `llm_output`.

        Raises:
            APIStatusError: The body is an error, or the answer failed.
            MalformedResponseError: The body cannot be read, or holds no answer.
            StreamInterruptedError: The body is a stream that ended before its answer did.
        """
        answer, reader = self._answer, self._reader
        events = [Event(DOCUMENT, body)]
        if body.lstrip().startswith(_STREAM_STARTS):
            decoder = BodyDecoder()
            events = [*decoder.feed(body), *decoder.flush()]
        generations = [answer.whole(self._deltas_of_all(events))]
        for choice in reader.further:
            answer = Answer(answer.metadata.for_next_choice(), answer.secrets)
            reader = type(reader)(answer, model=reader.model)
            deltas = [*reader.read_whole(choice, body), *reader.close()]
            generations.append(answer.whole(deltas))
        message: AIMessage = generations[0].message  # type: ignore[assignment]  # of an answer
        info = call_info(message.response_metadata)
        return ChatResult.model_construct(generations=generations, llm_output=info)

    def _deltas_of_all(self, events: Iterable[Event]) -> Iterator[Delta]:
        for event in events:
            yield from self._deltas_of(event)
        yield from self._last_deltas()

    # --- events ---
    def _deltas_of(self, event: Event) -> Iterable[Delta]:
        name, data = event
        reader = self._reader
        if name == DOCUMENT:
            # A whole answer, maybe in place of a stream.
            self.done = True
            reader.answer.metadata.cost_headers = reader.answer.metadata.headers
            body = self._read_json(data)
            if reader.is_error("", body):
                raise self._answer.error(body)
            return reader.read_whole(body, data)
        body = None if self.done else reader.unwrap(self._body_of(name, data))
        if body is None:
            return ()
        if reader.is_error(name, body):
            raise self._answer.error(body)
        if not isinstance(body, dict):
            return ()
        deltas = reader.read_event(name, body)
        self.done = reader.stopped
        return deltas

    def _last_deltas(self) -> Iterable[Delta]:
        deltas = self._reader.close()
        if not self._reader.complete:
            raise self._answer.interrupted("The stream ended before the answer did.")
        if not self._reader.seen:
            raise self._answer.malformed("The stream held no answer.")
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
            raise self._answer.error(data.decode(errors="replace")) from None
        if name and not name.startswith(_JSON_EVENTS):
            return  # such as a ping
        failure = self._answer.malformed(f"An event cannot be read: {error}", data)
        if not error.cut:
            raise failure from error
        # The stream may end here, which is another error, or none after a finish reason.
        self._cut = failure

    def _read_json(self, data: bytes) -> Any:
        try:
            return read_json(data)
        except UnreadableError as error:
            what = "ends too early" if error.cut and data.strip() else "cannot be read"
            raise self._answer.malformed(f"The answer {what}: {error}.", data) from error
