"""What is answered about a batch: its state while it runs, then its results; and when to ask."""

from __future__ import annotations

import math
import time
from collections import Counter
from collections.abc import Mapping  # noqa: TC003  # of public fields, which tools resolve
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from pydantic_core import from_json

from langchain_aimlapi._answers.coerce import dict_of, dicts_of, name_of
from langchain_aimlapi._http.error_bodies import error_from_payload
from langchain_aimlapi._http.failures import without_traceback
from langchain_aimlapi._text import printable_line
from langchain_aimlapi.errors import (
    AIMLAPIError,
    APIConnectionError,
    APITimeoutError,
    BatchItemError,
    ConfigurationError,
    MalformedResponseError,
    RateLimitError,
    ServerError,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from langchain_core.messages import AIMessage
    from pydantic import SecretStr

    from langchain_aimlapi._http.call import Call
    from langchain_aimlapi._services.steps import Sender

    Results = dict[str, AIMessage | AIMLAPIError]


_ENDED = "ended"
_STATUS_OF_CANCEL = {"cancelled": "canceling", "canceled": "canceling"}
"""The answer to a cancel is documented with a `status` instead of `processing_status`; requests
that are under way are finished first, so the batch has not ended yet."""


@dataclass(frozen=True, slots=True)
class Batch:
    """A batch and how far it is.

    Attributes:
        id: The id to ask about it by.
        status: `"in_progress"`, `"canceling"` or `"ended"`, or another word of the service.
        counts: Requests by what became of them: `"processing"`, `"succeeded"`, `"errored"`,
            `"canceled"`, `"expired"`; empty in the documented answer to a cancel.
        created_at: Time, as the service writes it.
        expires_at: The same, of when it is given up.
        ended_at: The same, of its end.
        raw: The state as sent; empty where results came instead.
        custom_ids: The ids of its requests, where this process created it.
    """

    id: str
    status: str
    counts: Mapping[str, int] = field(default_factory=dict, hash=False)
    created_at: str | None = None
    expires_at: str | None = None
    ended_at: str | None = None
    raw: Mapping[str, Any] = field(default_factory=dict, repr=False, compare=False)
    custom_ids: tuple[str, ...] | None = field(default=None, repr=False, compare=False)

    @property
    def ended(self) -> bool:
        """Whether its results can be fetched."""
        return self.status == _ENDED

    @property
    def total(self) -> int:
        """How many requests it has."""
        return sum(self.counts.values())

    @property
    def done(self) -> int:
        """How many of them are not under way any more."""
        return self.total - self.counts.get("processing", 0)


# --- reading ------------------------------------------------------------------------------------
def read_batch(body: bytes, batch_id: str = "") -> tuple[Batch, list[dict[str, Any]]]:
    """Read the answer to a question about a batch: its state, or the lines of its results.

    Args:
        body: The answer.
        batch_id: The id that was asked for; results do not repeat it.

    Raises:
        MalformedResponseError: The body is neither.
    """
    objects = _objects(body)
    sent = objects[0] if objects else {}
    if "custom_id" in sent:
        lines = [line for line in objects if "custom_id" in line]
        return Batch(batch_id, _ENDED, dict(Counter(map(_kind_of, lines)))), lines
    status = sent.get("processing_status") or sent.get("status")
    if not isinstance(sent.get("id"), str) or not isinstance(status, str):
        raise MalformedResponseError("The service did not say which batch this is, and how far.")
    counts = dict_of(sent.get("request_counts")).items()
    batch = Batch(
        id=_shown(sent["id"]),
        status=_shown(_STATUS_OF_CANCEL.get(status, status)),
        counts={_shown(kind): n for kind, n in counts if isinstance(n, int)},
        created_at=_shown(sent.get("created_at")) or None,
        expires_at=_shown(sent.get("expires_at")) or None,
        ended_at=_shown(sent.get("ended_at")) or None,
        raw=sent,
    )
    return batch, []


def _shown(text: Any) -> str:
    """Return a text as it may stand in a terminal, where a batch is shown while it runs."""
    return printable_line(name_of(text))


def _objects(body: bytes) -> list[dict[str, Any]]:
    """Return the objects of a body: a single one, on as many lines as it likes, or one per line.

    An object that cannot be read ends it all with an error: results are never lost in silence.
    """
    try:
        return dicts_of([from_json(body)])
    except ValueError:  # of many objects it failed at the second one
        lines = [line for line in body.splitlines() if line.strip()]
    try:
        return dicts_of(list(map(from_json, lines)))
    except ValueError as error:
        problem = f"A line of the answer cannot be read: {error}."
    raise MalformedResponseError(problem)


def _kind_of(line: Mapping[str, Any]) -> str:
    result = line.get("result")
    return printable_line(str(result.get("type"))) if isinstance(result, dict) else "errored"


_UNANSWERED = {
    "canceled": "The batch was cancelled before this request was answered.",
    "expired": "The batch expired before this request was answered. Ask it again.",
}


def read_result(
    line: Mapping[str, Any], read_message: Callable[[Any], AIMessage], secrets: Sequence[SecretStr]
) -> AIMessage | AIMLAPIError:
    """Return the answer of one request, or the error that it ended in: none is lost or raised."""
    kind, result = _kind_of(line), line.get("result")
    if kind in _UNANSWERED:
        return BatchItemError(_UNANSWERED[kind])
    try:
        if kind == "succeeded" and isinstance(result, dict):
            return read_message(result.get("message"))
        error = result.get("error") if isinstance(result, dict) else result
        # Anthropic's errors are whole answers: {"type": "error", "error": {...}}.
        payload = error if "error" in dict_of(error) else {"error": error}
        return error_from_payload(payload, secrets=secrets)
    except AIMLAPIError as error:
        return without_traceback(error)  # its frames hold the answer


# --- waiting ------------------------------------------------------------------------------------
MAX_FAILURES = 5
"""Questions in a row, each with retries of its own, that may fail before waiting is given up."""
_TRANSIENT = (APIConnectionError, APITimeoutError, RateLimitError, ServerError)


async def until_ended(
    sender: Sender,
    call: Call[tuple[Batch, Results | None]],
    poll_interval: float = 30.0,
    timeout: float | None = 7200.0,
    progress: Callable[[Batch], None] | None = None,
) -> Results:
    """Send a call, which returns a batch and its results, until there are results.

    Raises:
        APITimeoutError: The deadline has passed.
    """
    if not 0 < poll_interval < math.inf:
        raise ConfigurationError(f"poll_interval is in seconds, not {poll_interval!r}.")
    deadline = math.inf if timeout is None else time.monotonic() + timeout
    failures = 0
    known = "nothing is known of its progress"
    results: Results | None
    while True:
        try:
            batch, results = await sender.fetch(call)
        except _TRANSIENT:
            failures += 1
            if failures == MAX_FAILURES:
                raise
        else:
            failures = 0
            known = f"{batch.done} of {batch.total} requests are done"
            if progress is not None:
                progress(batch)
            if results is not None:
                return results
        left = deadline - time.monotonic()
        if left <= 0:
            raise APITimeoutError(
                f"The batch still runs: {known}.",
                hint="Wait again with batch_wait(), or end it with batch_cancel().",
            )
        await sender.sleep(min(poll_interval, left))  # the last question is asked at the deadline
