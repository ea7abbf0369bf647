"""What calls cost, added up per model, and the calls whose cost is not known."""

from __future__ import annotations

import threading
from collections import deque
from dataclasses import astuple, dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any

from langchain_core.messages import AIMessage
from langchain_core.outputs import ChatGeneration, LLMResult

from langchain_aimlapi._answers.coerce import string_of
from langchain_aimlapi._text import printable_line
from langchain_aimlapi.errors import (
    AIMLAPIError,
    APIStatusError,
    StreamChunkTimeoutError,
    StreamInterruptedError,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from uuid import UUID

_MAX_UNREPORTED = 10_000
"""Calls without a cost whose ids are remembered; of older ones the number is."""


@dataclass(slots=True)
class ModelCost:
    """What one model cost.

    Attributes:
        usd: US dollars, of the calls that reported them.
        credits: Credits of the service, of the same calls.
        calls: All answers, streams that were interrupted or closed early, and calls that were
            cancelled. A stream counts when it ends, is closed or cancelled.
        unreported_calls: Those whose cost is not known; `usd` and `credits` lack them.
        input_tokens: Tokens sent, of the answers that reported them.
        output_tokens: Tokens received, of the same.
    """

    usd: float = 0.0
    credits: int = 0
    calls: int = 0
    unreported_calls: int = 0
    input_tokens: int = 0
    output_tokens: int = 0


@dataclass(frozen=True, slots=True)
class Unreported:
    """A call whose cost is not known. The entry of the service's log with one of its ids has it.

    Attributes:
        model: Model id.
        inference_id: `X-Inference-ID` of the answer, if one came.
        client_request_id: `X-Client-Request-ID` that was sent, if one was.
    """

    model: str
    inference_id: str | None = None
    client_request_id: str | None = None


@dataclass(slots=True)
class OpenCall:
    """A call that was seen to begin.

    Attributes:
        model: Model id that was asked for.
        client_request_id: `X-Client-Request-ID` that was sent.
        cancel: Notes that the call was cancelled after it was sent, with the error.
        inference_id: `X-Inference-ID` of its stream.
        responded: Whether its stream had begun.
    """

    model: str
    client_request_id: str | None
    cancel: Callable[[BaseException], None]
    inference_id: str | None = None
    responded: bool = False

    def respond(self, inference_id: str | None) -> None:
        """Note that the stream begins, under this id of the service."""
        self.responded, self.inference_id = True, inference_id


class Tally:
    """Counts each call once, when it ends, however often its end is reported.

    Safe to share between threads and tasks.
    """

    def __init__(self) -> None:
        # The garbage collector may close a stream while this very thread holds the lock.
        self._lock = threading.RLock()
        self._models: dict[str, ModelCost] = {}
        self._unreported: deque[Unreported] = deque(maxlen=_MAX_UNREPORTED)
        self._open: dict[UUID, OpenCall] = {}

    def models(self) -> dict[str, ModelCost]:
        """Return the cost per model. A copy."""
        with self._lock:
            return {name: replace(cost) for name, cost in self._models.items()}

    def unreported(self) -> tuple[Unreported, ...]:
        """Return the calls whose cost is not known, oldest first."""
        with self._lock:
            return tuple(self._unreported)

    def add(
        self, call: Unreported, cost: Mapping[str, Any] | None, tokens: tuple[int, int]
    ) -> None:
        """Count a call.

        Args:
            call: Its model and ids.
            cost: `{"usd": float, "credits": int}` with what is known; None if nothing is.
            tokens: Tokens sent and received.
        """
        with self._lock:
            total = self._models.setdefault(call.model, ModelCost())
            total.calls += 1
            total.input_tokens += tokens[0]
            total.output_tokens += tokens[1]
            if cost:
                total.usd += cost.get("usd", 0.0)
                total.credits += cost.get("credits", 0)
            else:
                total.unreported_calls += 1
                self._unreported.append(call)

    def start(self, run_id: UUID, params: Mapping[str, Any] | None) -> OpenCall:
        """Note that a call begins, with these parameters."""
        model, sent = ((params or {}).get(name) for name in ("model", "client_request_id"))
        call = OpenCall(
            string_of(model) or "unknown", string_of(sent), cancel=partial(self.end, run_id, None)
        )
        self._open[run_id] = call
        return call

    def end(self, run_id: UUID, message: Any, error: BaseException | None = None) -> None:
        """Count a call that ended if it may be paid.

        Args:
            run_id: The call.
            message: Its answer; of a call that failed as much as came of it.
            error: What it failed with, if it did.
        """
        call = self._open.pop(run_id, None)
        if call is None:
            return
        if error is None:
            is_paid = message is not None and not _came_from_a_cache(message)
        else:
            is_paid = bool(message) or call.responded or _may_be_paid(error)
        if is_paid:
            self._count(call, message, error)

    def _count(self, call: OpenCall, message: Any, error: BaseException | None) -> None:
        metadata = {} if message is None else message.response_metadata
        ids: dict[str, str | None] = {
            # The cancellation of a call may have the id as well.
            name: metadata.get(name) or getattr(error, name, None) or getattr(call, name)
            for name in ("inference_id", "client_request_id")
        }
        usage = None if message is None else message.usage_metadata
        tokens = (0, 0) if usage is None else (usage["input_tokens"], usage["output_tokens"])
        model = metadata.get("served_model") or metadata.get("model_name") or call.model
        self.add(Unreported(model, **ids), metadata.get("cost"), tokens)


def message_of(response: Any, kind: type[ChatGeneration] = ChatGeneration) -> AIMessage | None:
    """Return the answer of a result, if it is of the class `kind`."""
    if not isinstance(response, LLMResult):
        return None
    generation = next((row[0] for row in response.generations if row), None)
    message = generation.message if isinstance(generation, kind) else None
    return message if isinstance(message, AIMessage) else None


def _came_from_a_cache(message: Any) -> bool:
    """Return whether LangChain's cache answered.

    It marks such an answer with a total cost of zero; the cost that the first call reported is
    still in the metadata and was paid only once.
    """
    usage = message.usage_metadata
    return usage is not None and usage.get("total_cost") == 0


def _may_be_paid(error: BaseException) -> bool:
    """Return whether a call that failed may be paid: its answer had begun, or it was cancelled."""
    if not isinstance(error, AIMLAPIError):
        return not isinstance(error, Exception)
    answered = error.inference_id is not None and not isinstance(error, APIStatusError)
    return answered or isinstance(error, (StreamInterruptedError, StreamChunkTimeoutError))


# --- shown --------------------------------------------------------------------------------------
def sum_of(costs: Iterable[ModelCost]) -> ModelCost:
    """Return the sum of all columns."""
    return ModelCost(*map(sum, zip(*map(astuple, costs), strict=True)))


def as_table(models: Mapping[str, ModelCost]) -> str:
    """Return aligned lines: a row per model, dearest first, and their sum."""
    total = sum_of(models.values())
    dearest_first = sorted(models.items(), key=lambda item: (-item[1].usd, item[0]))
    table: list[tuple[str, ...]] = [("model", "calls", "tokens in", "tokens out", "USD")]
    for name, cost in (*dearest_first, ("total", total)):
        counts = (cost.calls, cost.input_tokens, cost.output_tokens)
        table.append((printable_line(name), *(f"{count:,}" for count in counts), f"{cost.usd:.6f}"))
    widths = [max(map(len, column)) for column in zip(*table, strict=True)]
    lines = [
        "  ".join([row[0].ljust(widths[0]), *map(str.rjust, row[1:], widths[1:])]) for row in table
    ]
    if total.unreported_calls:
        lines.append(f"Calls without a cost, not in the sum: {total.unreported_calls}")
    return "\n".join(lines)
