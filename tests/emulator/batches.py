"""Batches of Claude requests: they run for some polls, then give JSON lines of results."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from . import conversation, messages_answers, rules, validation
from .errors import Refusal, refuse
from .ids import TIMESTAMP, digest_of, token
from .models import BY_NAME

Json = dict[str, Any]

MOST_REQUESTS = 100_000
_EXPIRES = "2026-02-14T15:15:51.000Z"

_REQUEST = rules.fields(custom_id=rules.text(at_least=1, at_most=64), params=rules.open_object)
_BATCH = rules.fields(requests=rules.array(_REQUEST, at_least=1, at_most=MOST_REQUESTS))


@dataclass
class Batch:
    """One batch and how far it is. Nothing runs: a poll is what moves it on."""

    id: str
    results: list[tuple[str, Json]]
    polls_left: int
    cancelled: bool = False

    @property
    def ended(self) -> bool:
        return self.polls_left <= 0

    def status(self) -> Json:
        """Return what the service says while a batch runs, or is being cancelled."""
        running = 0 if self.ended else len(self.results)
        kinds = [result["type"] for _, result in self.outcomes()] if self.ended else []
        counts = {kind: kinds.count(kind) for kind in ("succeeded", "errored", "canceled")}
        state = "ended" if self.ended else "canceling" if self.cancelled else "in_progress"
        return {
            "id": self.id,
            "type": "message_batch",
            "processing_status": state,
            "request_counts": {"processing": running, **counts, "expired": 0},
            "ended_at": TIMESTAMP if self.ended else None,
            "created_at": TIMESTAMP,
            "expires_at": _EXPIRES,
            "cancel_initiated_at": TIMESTAMP if self.cancelled else None,
            "results_url": None,
        }

    def outcomes(self) -> list[tuple[str, Json]]:
        """Return what became of each request."""
        if self.cancelled:
            return [(name, {"type": "canceled"}) for name, _ in self.results]
        return self.results

    def lines(self) -> bytes:
        """Return the results, a JSON line each, the last request first: order means nothing."""
        return b"".join(
            json.dumps({"custom_id": name, "result": result}, ensure_ascii=False).encode() + b"\n"
            for name, result in reversed(self.outcomes())
        )


class Batches:
    """All batches of one server."""

    def __init__(self, polls: int) -> None:
        self.polls = polls
        self._batches: dict[str, Batch] = {}

    def create(self, body: Json) -> Json:
        """Take a batch in; what is wrong with a single request shows in its result."""
        issues = list(_BATCH(body, ()))
        names = [] if issues else [request["custom_id"] for request in body["requests"]]
        if len(set(names)) < len(names):
            issues.append(rules.Issue(("requests",), "Expected unique custom_id, received doubles"))
        refuse(issues)
        results = [(r["custom_id"], _run(r["params"])) for r in body["requests"]]
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
        if batch.ended:
            return batch.lines(), "application/x-jsonl"
        status = batch.status()
        batch.polls_left -= 1
        return json.dumps(status).encode(), "application/json"

    def cancel(self, name: str) -> Json:
        """Cancel a batch that still runs; it ends with the next poll."""
        batch = self._find(name)
        if batch.ended:
            message = f"Batch {name} cannot be canceled because it has already finished processing."
            raise _upstream(400, "invalid_request_error", message)
        batch.cancelled, batch.polls_left = True, min(batch.polls_left, 1)
        return batch.status()


def _upstream(status: int, kind: str, message: str) -> Refusal:
    """The envelope around an error of the vendor, whose JSON is in the text."""
    error = {"type": "error", "error": {"type": kind, "message": message}}
    return Refusal(status, f"{status} {json.dumps(error)}")


def _run(params: Json) -> Json:
    """Return the result of one request of a batch."""
    model = BY_NAME.get(str(params.get("model")))
    if model is None or model.style != "claude":
        return _errored(f"model: {params.get('model')!r} is no Claude model that can be batched")
    claude_messages, issues = validation.check_chat(params, model)
    if params.get("stream"):
        issues.append(rules.Issue(("stream",), "not in batches"))
    if issues:
        return _errored("; ".join(map(str, issues)))
    ask = conversation.read(params, model, claude_messages=claude_messages)
    message = messages_answers.reply_to(ask, params).message()
    message["usage"]["service_tier"] = "batch"
    message.pop("meta")
    return {"type": "succeeded", "message": {**message, "model": model.served}}


def _errored(message: str) -> Json:
    inner = {"type": "invalid_request_error", "message": message}
    return {"type": "errored", "error": {"type": "error", "error": inner}}
