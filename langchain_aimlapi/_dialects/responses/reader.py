"""Reads answers of `/responses`: typed events, or a whole response.

An event grows an output item (`output`), repeats what the item holds when it is done (then it
counts only where no delta brought it), or holds the whole response, which ends the answer.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from langchain_aimlapi._answers.coerce import dict_of, string_of
from langchain_aimlapi._answers.reading import EventReader
from langchain_aimlapi._dialects.responses.items import RESPONSES, is_stored
from langchain_aimlapi._dialects.responses.output import Items
from langchain_aimlapi._http.error_bodies import is_error_payload

if TYPE_CHECKING:
    from collections.abc import Iterable

    from langchain_aimlapi._answers.answer import Answer
    from langchain_aimlapi._answers.delta import Delta
    from langchain_aimlapi._answers.metadata import Metadata
    from langchain_aimlapi._http.json import JsonObject

_OURS = "response."
_STARTS = frozenset({"response.created", "response.queued", "response.in_progress"})
_ENDS = frozenset(
    {"response.completed", "response.incomplete", "response.cancelled", "response.failed"}
)
"""Events with the whole answer, named by its status: later events are ignored."""
_NO_FIELDS_OF_AN_ERROR = frozenset({"type", "sequence_number", "error"})


class Reader(EventReader):
    """Reads one answer."""

    def __init__(self, answer: Answer, *, model: str = "", several: bool = False) -> None:
        super().__init__(answer, model=model, several=several)
        self._items = Items(answer.metadata)
        self._failure: JsonObject | None = None  # an error that a response may still explain

    @property
    def complete(self) -> bool:
        """Whether the answer has ended, be it by an error."""
        return self.stopped or self._failure is not None

    def is_error(self, name: str, body: Any) -> bool:
        """Return whether it is an error of the gateway; one of the endpoint has a type."""
        if not isinstance(body, dict) or _is_response(body):
            return False
        kind = _kind_of(name, body)
        return kind != "error" and not kind.startswith(_OURS) and is_error_payload(body)

    def read_event(self, name: str, body: JsonObject) -> Iterable[Delta]:
        """Read an event; those of unknown types bring nothing."""
        kind = _kind_of(name, body)
        if kind in _ENDS:
            response = dict_of(body.get("response"))
            meta = response.get("meta") or body.get("meta")
            return self._end({"status": kind.removeprefix(_OURS), **response, "meta": meta})
        if self._failure is not None:
            raise self.answer.error(self._failure)
        if kind == "error":
            # A failed response usually follows, and holds more.
            self._failure = _error_of_event(body)
        elif kind in _STARTS:
            self._start(dict_of(body.get("response")))
        else:
            return self._items.read(kind, body)
        return ()

    def read_whole(self, body: Any, data: bytes) -> Iterable[Delta]:
        """Read a whole response."""
        if not _is_response(body):
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
        failure = _error_of_response(response)
        if failure is not None:
            raise self.answer.error(_merge_errors(self._failure, failure))
        if self._failure is not None:
            raise self.answer.error(self._failure)
        _note_facts(self.answer.metadata, response)
        self._items.stored = is_stored(response)
        deltas = self._items.finish_all(response.get("output"))
        self.seen = self.stopped = True
        return deltas


def _kind_of(name: str, body: JsonObject) -> str:
    kind = body.get("type")
    return kind if isinstance(kind, str) else name


# --- the facts of a whole response, and its error ---
def _note_facts(metadata: Metadata, response: JsonObject) -> None:
    """Take note of the facts of a response that has ended, or is all there is."""
    metadata.note(response)
    metadata.set_once("endpoint", RESPONSES)
    status = string_of(response.get("status")) or "completed"
    metadata.set_once("status", status)
    if not is_stored(response):
        # Its id means nothing to the service later.
        metadata.set_once("store", response["store"])
    reason = string_of(dict_of(response.get("incomplete_details")).get("reason"))
    metadata.finish = metadata.finish or reason or status


def _error_of_response(response: JsonObject) -> JsonObject | None:
    """Return the error of a response that failed, None of any other."""
    if response.get("error"):
        return {"error": response["error"]}
    if response.get("status") == "failed":
        return {"error": {"message": "The response failed, without a reason.", "code": "failed"}}
    return None


def _is_response(payload: Any) -> bool:
    """Return whether a decoded body is a response, whatever its status."""
    body = dict_of(payload)
    return body.get("object") == "response" or isinstance(body.get("output"), list)


def _error_of_event(event: JsonObject) -> JsonObject:
    """Return the error of an `error` event, whether its fields are nested or flat."""
    inner = event.get("error")
    if isinstance(inner, dict):
        return {"error": inner}
    flat = {name: value for name, value in event.items() if name not in _NO_FIELDS_OF_AN_ERROR}
    return {"error": {**flat, "message": inner} if isinstance(inner, str) else flat}


def _merge_errors(first: JsonObject | None, second: JsonObject) -> JsonObject:
    """Return the errors of an event and of the response behind it as one, with all they say."""
    one, other = dict_of((first or {}).get("error")), dict_of(second["error"])
    if not one or not other:
        return second
    filled = {name: value for name, value in one.items() if value not in (None, "")}
    texts = [each["message"] for each in (one, other) if isinstance(each.get("message"), str)]
    said = {"message": " ".join(dict.fromkeys(texts))} if texts else {}
    return {"error": {**other, **filled, **said}}
