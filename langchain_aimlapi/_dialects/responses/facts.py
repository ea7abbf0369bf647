"""The facts of a whole answer: id, model, status, usage, and what it failed of."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from langchain_aimlapi._answers.metadata import Metadata

RESPONSES = "responses"

_COMPLETED = "completed"
_FAILED = frozenset({"failed"})
_NOT_ENDED = frozenset({"queued", "in_progress", "cancelled"})


def note_facts(metadata: Metadata, response: Mapping[str, Any]) -> None:
    """Take note of the facts of a response that has ended, or is all there is."""
    metadata.note(response)
    metadata.set_once("endpoint", RESPONSES)
    status = response.get("status")
    status = status if isinstance(status, str) and status else _COMPLETED
    metadata.set_once("status", status)
    if not is_stored(response):
        # Its id means nothing to the service later.
        metadata.set_once("store", response["store"])
    details = response.get("incomplete_details")
    reason = details.get("reason") if isinstance(details, Mapping) else None
    if metadata.finish is None:
        metadata.finish = reason if isinstance(reason, str) and reason else status
    if status in _NOT_ENDED:
        metadata.state = status


def error_of_response(response: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return the error of a response that failed, None of any other."""
    error = response.get("error")
    if error:
        return {"error": error}
    if str(response.get("status")) in _FAILED:
        return {"error": {"message": "The response failed, without a reason.", "code": "failed"}}
    return None


def is_stored(response: Mapping[str, Any]) -> bool:
    """Return whether the service keeps an answer; one without the field `store` may be kept."""
    return response.get("store") is not False


def is_response(payload: Any) -> bool:
    """Return whether a decoded body is a response, whatever its status."""
    if not isinstance(payload, dict):
        return False
    return payload.get("object") == "response" or isinstance(payload.get("output"), list)


# --- errors ---
def error_of_event(event: Mapping[str, Any]) -> dict[str, Any]:
    """Return the error of an `error` event, whether its fields are nested or flat."""
    inner = event.get("error")
    if isinstance(inner, Mapping):
        return {"error": dict(inner)}
    more = {"message": inner} if isinstance(inner, str) else {}
    flat = {name: value for name, value in event.items() if name not in _OF_AN_EVENT}
    return {"error": {**flat, **more}}


def merge_errors(first: Mapping[str, Any] | None, second: Mapping[str, Any]) -> dict[str, Any]:
    """Return two errors as one that holds the fields of both."""
    one = first.get("error") if first is not None else None
    other = second.get("error")
    if not isinstance(one, Mapping) or not isinstance(other, Mapping):
        return dict(second)
    filled = {name: value for name, value in one.items() if value not in (None, "")}
    texts = [each["message"] for each in (one, other) if isinstance(each.get("message"), str)]
    both = {**other, **filled}
    if texts:
        both["message"] = " ".join(dict.fromkeys(texts))
    return {"error": both}


_OF_AN_EVENT = frozenset({"type", "sequence_number", "error"})
