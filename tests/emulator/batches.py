"""Batches of Claude requests: they run for some polls, then give JSON lines of results."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from pydantic import TypeAdapter

from . import messages, rules, validation
from .answers import answer
from .ids import TIMESTAMP, digest_of, token
from .models import BY_NAME
from .rules import Refusal, refuse

Json = dict[str, Any]

_REQUEST = rules.fields(custom_id=rules.text(at_least=1, at_most=64), params=rules.open_object)
_BATCH = TypeAdapter(rules.fields(requests=rules.array(_REQUEST, at_least=1, at_most=100_000)))


@dataclass
class Batch:
    """One batch and how far it is. Nothing runs: a poll is what moves it on."""

    id: str
    results: dict[str, Json]
    polls_left: int
    cancelled: bool = False

    def status(self) -> Json:
        """Return what the service says while a batch runs, or is being cancelled."""
        running = self.polls_left > 0
        kinds = [] if running else [result["type"] for result in self.results.values()]
        state = "canceling" if self.cancelled else "in_progress"
        return {
            "id": self.id,
            "type": "message_batch",
            "processing_status": state if running else "ended",
            "request_counts": {
                "processing": len(self.results) if running else 0,
                **{kind: kinds.count(kind) for kind in ("succeeded", "errored", "canceled")},
                "expired": 0,
            },
            "ended_at": None if running else TIMESTAMP,
            "created_at": TIMESTAMP,
            "expires_at": "2026-02-14T15:15:51.000Z",
            "cancel_initiated_at": TIMESTAMP if self.cancelled else None,
            "results_url": None,
        }

    def lines(self) -> bytes:
        """Return the results, a JSON line each, the last request first: order means nothing."""
        return b"".join(
            json.dumps({"custom_id": name, "result": result}, ensure_ascii=False).encode() + b"\n"
            for name, result in reversed(self.results.items())
        )


class Batches:
    """All batches of one server."""

    def __init__(self, polls: int) -> None:
        self.polls = polls
        self._batches: dict[str, Batch] = {}

    def create(self, body: Json) -> Json:
        """Take a batch in; what is wrong with a single request shows in its result."""
        refuse(rules.check(_BATCH, body))
        results = {each["custom_id"]: _run(each["params"]) for each in body["requests"]}
        if len(results) < len(body["requests"]):
            refuse([rules.Issue(("requests",), "Expected unique custom_id, received doubles")])
        name = f"msgbatch_01{token(digest_of(body), 'batch', 22)}"
        self._batches[name] = Batch(name, results, self.polls)
        return self._batches[name].status()

    def _find(self, name: str) -> Batch:
        batch = self._batches.get(name)
        if batch is None:
            raise _upstream(404, "not_found_error", f"Batch {name} not found.")
        return batch

    def poll(self, name: str) -> tuple[bytes, str]:
        """Return status or results of a batch, with the content type."""
        batch = self._find(name)
        if batch.polls_left <= 0:
            return batch.lines(), "application/x-jsonl"
        status = batch.status()
        batch.polls_left -= 1
        return json.dumps(status).encode(), "application/json"

    def cancel(self, name: str) -> Json:
        """Cancel a batch that still runs; it ends with the next poll."""
        batch = self._find(name)
        if batch.polls_left <= 0:
            message = f"Batch {name} cannot be canceled because it has already finished processing."
            raise _upstream(400, "invalid_request_error", message)
        batch.cancelled, batch.polls_left = True, min(batch.polls_left, 1)
        batch.results = {name: {"type": "canceled"} for name in batch.results}
        return batch.status()


def _upstream(status: int, kind: str, message: str) -> Refusal:
    """The envelope around an error of the vendor, whose JSON is in the text."""
    error = {"type": "error", "error": {"type": kind, "message": message}}
    return Refusal(status, f"{status} {json.dumps(error)}")


def _run(params: Json) -> Json:
    """Return the result of one request of a batch."""
    model = BY_NAME[str(params["model"])]
    try:
        message = messages.whole(answer(validation.read_chat(params, model)))
    except Refusal as refusal:
        error = {"type": "invalid_request_error", "message": refusal.message}
        return {"type": "errored", "error": {"type": "error", "error": error}}
    message["usage"]["service_tier"] = "batch"
    message.pop("meta")
    return {"type": "succeeded", "message": {**message, "model": model.served}}
