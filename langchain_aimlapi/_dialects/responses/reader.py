"""Reads answers of `/responses`: typed events, or a whole response.

An event grows an output item (`output`), repeats what the item holds when it is done (then it
counts only where no delta brought it), or holds the whole response, which ends the answer.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from langchain_aimlapi._answers.coerce import dict_of, name_of, text_of
from langchain_aimlapi._answers.delta import Delta
from langchain_aimlapi._answers.reading import EventReader
from langchain_aimlapi._dialects.responses.facts import (
    error_of_event,
    error_of_response,
    is_response,
    is_stored,
    merge_errors,
    note_facts,
)
from langchain_aimlapi._dialects.responses.items import REASONING
from langchain_aimlapi._dialects.responses.output import (
    ARGUMENTS,
    CUSTOM_CALL,
    FUNCTION_CALL,
    MESSAGE,
    REFUSAL,
    SUMMARY,
    TEXT,
    THOUGHT,
    Items,
)
from langchain_aimlapi._http.error_bodies import is_error_payload

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from langchain_aimlapi._answers.answer import Answer
    from langchain_aimlapi._http.json import JsonObject

_OURS = "response."
_STARTS = frozenset({"response.created", "response.queued", "response.in_progress"})
_ENDS: Mapping[str, str] = {
    "response.completed": "completed",
    "response.incomplete": "incomplete",
    "response.cancelled": "cancelled",
    "response.failed": "failed",
}
"""Events with the whole answer, by the status that it has: later events are ignored."""


class Reader(EventReader):
    """Reads one answer."""

    NOT_ENDED = "The stream ended before the answer did: no response.completed."

    def __init__(self, answer: Answer, *, model: str = "", several: bool = False) -> None:
        super().__init__(answer, model=model, several=several)
        self._items = Items(answer.metadata)
        self._failure: JsonObject | None = None  # an error that a response may still explain

    @property
    def complete(self) -> bool:
        """Whether the answer has ended, be it by an error."""
        return self.stopped or self._failure is not None

    def must_be_json(self, name: str) -> bool:
        """Return whether an event of this name must be JSON."""
        return not name or name.startswith(_OURS)

    def is_error(self, name: str, body: Any) -> bool:
        """Return whether it is an error of the gateway; one of the endpoint has a type."""
        if not isinstance(body, dict) or is_response(body):
            return False
        kind = _kind_of(name, body)
        return kind != "error" and not kind.startswith(_OURS) and is_error_payload(body)

    def read_event(self, name: str, body: JsonObject) -> Iterable[Delta]:
        """Read an event; those of unknown types bring nothing."""
        kind = _kind_of(name, body)
        if kind in _ENDS:
            response = dict_of(body.get("response"))
            meta = response.get("meta") or body.get("meta")
            return self._end({"status": _ENDS[kind], **response, "meta": meta})
        if self._failure is not None:
            raise self.answer.error(self._failure)
        if kind == "error":
            # A failed response usually follows, and holds more.
            self._failure = error_of_event(body)
        elif kind in _STARTS:
            self._start(dict_of(body.get("response")))
        elif piece := _PIECES.get(kind):
            return _grown(piece, self._items, body)
        elif read := _ITEMS.get(kind):
            return read(self._items, body)
        return ()

    def read_whole(self, body: Any, data: bytes) -> Iterable[Delta]:
        """Read a whole response."""
        if not is_response(body):
            raise self.answer.malformed("The answer holds no output.", data)
        return self._end(body)

    def close(self) -> Iterable[Delta]:
        """Raise the error that no response has explained."""
        if self._failure is not None:
            raise self.answer.error(self._failure)
        return ()

    def _start(self, response: JsonObject) -> None:
        # The last event repeats the rest, and only there it is final.
        self.answer.metadata.note({name: response.get(name) for name in ("id", "model")})
        self._items.stored = is_stored(response)

    def _end(self, response: JsonObject) -> list[Delta]:
        failure = error_of_response(response)
        if failure is not None:
            raise self.answer.error(merge_errors(self._failure, failure))
        if self._failure is not None:
            raise self.answer.error(self._failure)
        note_facts(self.answer.metadata, response)
        self._items.stored = is_stored(response)
        deltas = self._items.finish_all(response.get("output"))
        text = response.get("output_text")
        if not self._items and isinstance(text, str) and text:
            deltas.append(Delta(text=text))
        self.seen = self.stopped = True
        return deltas


def _kind_of(name: str, body: JsonObject) -> str:
    kind = body.get("type")
    return kind if isinstance(kind, str) else name


# --- events that grow an item ---
class PieceEvent(NamedTuple):
    """A type of event that brings a piece of one field of an item, or the whole field.

    Attributes:
        item: Type of the item, where no earlier event named it.
        what: What of the item grows.
        part: Field of the event that names the part of the item that grows.
        field: Field of the event that holds the piece; all but `delta` hold the whole.
    """

    item: str
    what: str
    part: str
    field: str


_PIECES: Mapping[str, PieceEvent] = {
    f"response.{name}.{end}": PieceEvent(item, what, part, "delta" if end == "delta" else whole)
    for name, item, what, part, whole in (
        ("output_text", MESSAGE, TEXT, "content_index", "text"),
        ("refusal", MESSAGE, REFUSAL, "content_index", "refusal"),
        ("reasoning_summary_text", REASONING, SUMMARY, "summary_index", "text"),
        ("reasoning_text", REASONING, THOUGHT, "content_index", "text"),
        ("function_call_arguments", FUNCTION_CALL, ARGUMENTS, "", "arguments"),
        ("custom_tool_call_input", CUSTOM_CALL, ARGUMENTS, "", "input"),
    )
    for end in ("delta", "done")
}


def _grown(piece: PieceEvent, items: Items, body: JsonObject) -> list[Delta]:
    text = text_of(body.get(piece.field))
    if not text:
        return []
    reader, part = items.of(body, piece.item), _number(body.get(piece.part))
    add = reader.add if piece.field == "delta" else reader.add_rest
    return items.in_turn(reader, add(piece.what, part, text))


def _added(items: Items, body: JsonObject) -> list[Delta]:
    item = dict_of(body.get("item"))
    reader = items.of(body, name_of(item.get("type")))
    return items.in_turn(reader, reader.begin(item))


def _done(items: Items, body: JsonObject) -> list[Delta]:
    item = dict_of(body.get("item"))
    return items.finish(items.of(body, name_of(item.get("type"))), item)


def _annotated(items: Items, body: JsonObject) -> list[Delta]:
    reader = items.of(body, MESSAGE)
    reader.annotate(_number(body.get("content_index")), body.get("annotation"))
    return []


_ITEMS: Mapping[str, Callable[[Items, JsonObject], list[Delta]]] = {
    "response.output_item.added": _added,
    "response.output_item.done": _done,
    "response.output_text.annotation.added": _annotated,
}


def _number(value: Any) -> int:
    return value if type(value) is int else 0
