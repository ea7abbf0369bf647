"""What calls cost, added up per model, and the calls whose cost is not known yet."""

from __future__ import annotations

import html
import threading
from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from langchain_aimlapi._text import printable_line

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from langchain_aimlapi._services.account import LogEntry

_KEPT = 10_000
"""Calls without a cost that are remembered; older ones are counted, but not looked for."""
_HEAD = ("model", "calls", "tokens in", "tokens out", "USD")


@dataclass(slots=True)
class ModelCost:
    """What one model cost.

    Attributes:
        usd: US dollars, of the calls that reported them or were found in the log.
        credits: Credits of the service, of the same calls.
        calls: All answers, and streams that broke off or were left, and calls that were cancelled.
            A stream counts from its first chunk or event on.
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
    """A call whose cost is not known.

    Attributes:
        model: Model id.
        inference_id: `X-Inference-ID` of the answer, if one came.
        client_request_id: `X-Client-Request-ID` that was sent, if one was.
    """

    model: str
    inference_id: str | None = None
    client_request_id: str | None = None


@dataclass(frozen=True, slots=True)
class Reconciled:
    """What `reconcile` found in the log.

    Attributes:
        found: Calls whose cost is known now.
        missing: Calls that the log does not have, or not yet.
    """

    found: int
    missing: tuple[Unreported, ...]


@dataclass(eq=False, slots=True)
class Counted:
    """A call in the tally.

    Attributes:
        call: Its model and ids.
        found: Whether its cost is known, as reported or from the log.
    """

    call: Unreported
    found: bool = False


class Tally:
    """Adds up; safe to share between threads and tasks."""

    def __init__(self) -> None:
        """Start at zero."""
        self._lock = threading.Lock()
        self._models: dict[str, ModelCost] = {}
        self._unreported: dict[Counted, None] = {}  # an ordered set

    def models(self) -> dict[str, ModelCost]:
        """Return the cost per model. A copy."""
        with self._lock:
            return {name: replace(cost) for name, cost in self._models.items()}

    def unreported(self) -> tuple[Unreported, ...]:
        """Return the calls whose cost is not known, oldest first."""
        with self._lock:
            return tuple(counted.call for counted in self._unreported)

    def add(
        self,
        call: Unreported,
        cost: Mapping[str, Any] | None = None,
        tokens: tuple[int, int] = (0, 0),
    ) -> Counted:
        """Count a call.

        Args:
            call: Its model and ids.
            cost: `{"usd": float, "credits": int}` with what is known; None if nothing is.
            tokens: Tokens sent and received.

        Returns:
            What `take_back` takes.
        """
        counted = Counted(call, found=bool(cost))
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
                self._unreported[counted] = None
                if len(self._unreported) > _KEPT:
                    del self._unreported[next(iter(self._unreported))]
        return counted

    def add_tokens(self, model: str, tokens: tuple[int, int]) -> None:
        """Count the tokens of a call that is counted otherwise."""
        with self._lock:
            total = self._models.setdefault(model, ModelCost())
            total.input_tokens += tokens[0]
            total.output_tokens += tokens[1]

    def take_back(self, counted: Counted) -> bool:
        """Count an unreported call no longer; return whether its cost was still unknown."""
        with self._lock:
            if counted.found:
                return False
            self._unreported.pop(counted, None)
            total = self._models[counted.call.model]
            total.calls -= 1
            total.unreported_calls -= 1
            if not total.calls:
                del self._models[counted.call.model]
        return True

    def fill(self, entries: Iterable[LogEntry]) -> int:
        """Take the costs of unreported calls from the log; return how many were found."""
        known = list(entries)
        by_inference: dict[str | None, LogEntry] = {
            entry.inference_id: entry for entry in known if entry.inference_id
        }
        sent = Counter(entry.client_request_id for entry in known)
        # An id of the client that several calls share names none of them.
        by_client: dict[str | None, LogEntry] = {
            entry.client_request_id: entry
            for entry in known
            if entry.client_request_id and sent[entry.client_request_id] == 1
        }
        with self._lock:
            before = len(self._unreported)
            for counted in list(self._unreported):
                call = counted.call
                entry = by_inference.get(call.inference_id)
                if entry is None and call.inference_id is None:
                    entry = by_client.pop(call.client_request_id, None)
                if entry is None or entry.usd is None:
                    continue
                counted.found = True
                del self._unreported[counted]
                total = self._models[call.model]
                total.unreported_calls -= 1
                total.usd += entry.usd
                total.credits += entry.credits or 0
            return before - len(self._unreported)


# --- shown --------------------------------------------------------------------------------------
def rows(models: Mapping[str, ModelCost]) -> Iterator[tuple[str, ...]]:
    """Yield the rows of a table: one per model, dearest first, and their sum."""
    sums = ModelCost()
    for name, cost in sorted(models.items(), key=lambda item: (-item[1].usd, item[0])):
        yield _row(name, cost)
        sums.usd += cost.usd
        sums.calls += cost.calls
        sums.input_tokens += cost.input_tokens
        sums.output_tokens += cost.output_tokens
    yield _row("total", sums)


def _row(name: str, cost: ModelCost) -> tuple[str, ...]:
    counts = (cost.calls, cost.input_tokens, cost.output_tokens)
    return (printable_line(name), *(f"{count:,}" for count in counts), f"{cost.usd:.6f}")


def as_text(models: Mapping[str, ModelCost]) -> str:
    """Return the table as aligned lines."""
    table = [_HEAD, *rows(models)]
    widths = [max(len(row[column]) for row in table) for column in range(len(_HEAD))]
    lines = [
        "  ".join(
            cell.rjust(width) if column else cell.ljust(width)
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        )
        for row in table
    ]
    return "\n".join([*lines, *_remark(models)])


def as_html(models: Mapping[str, ModelCost]) -> str:
    """Return the table as notebooks show it."""
    head = "".join(f"<th>{name}</th>" for name in _HEAD)
    body = "".join(
        "<tr>" + "".join(f"<td>{html.escape(cell)}</td>" for cell in row) + "</tr>"
        for row in rows(models)
    )
    remark = "".join(f"<p>{text}</p>" for text in _remark(models))
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>{remark}"


def _remark(models: Mapping[str, ModelCost]) -> list[str]:
    unreported = sum(cost.unreported_calls for cost in models.values())
    if not unreported:
        return []
    calls = "1 call" if unreported == 1 else f"{unreported} calls"
    return [f"{calls} without a cost: reconcile() looks in the service's log."]
