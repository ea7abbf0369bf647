"""The account: balance and log of what a key asked for, and the models' metrics."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from .ids import TIMESTAMP, digest_of
from .models import MODELS
from .rules import Refusal

if TYPE_CHECKING:
    from starlette.datastructures import QueryParams

Json = dict[str, Any]

START = datetime.fromisoformat(TIMESTAMP.replace("Z", "+00:00"))
"""When the first request is made; each one takes a second."""
BALANCE = 100.0


@dataclass
class Ledger:
    """What was spent by each key, oldest first."""

    rows: dict[str, list[Json]] = field(default_factory=dict)

    def note(
        self, key: str, spent: tuple[str, Json, Json], inference_id: str, client_id: str | None
    ) -> None:
        """Enter a request: model, usage in the words of any endpoint, and cost."""
        model, usage, meta = spent
        cost = meta["usage"]
        rows = self.rows.setdefault(key, [])
        sent, received = (
            next((usage[name] for name in names if name in usage), 0)
            for names in (("prompt_tokens", "input_tokens"), ("completion_tokens", "output_tokens"))
        )
        rows.append(
            {
                "created": (START + timedelta(seconds=len(rows))).isoformat(),
                "status": "succeeded",
                "origin": "api",
                "model": model,
                "cost": {"usd": cost["usd_spent"], "credits": cost["credits_used"]},
                "tokens": {"input": sent, "output": received, "total": sent + received},
                "request_id": f"req-{inference_id}",
                "inference_id": inference_id,
                "client_request_id": client_id,
            }
        )

    def log(self, key: str, query: QueryParams) -> Json:
        """Return a page of the log, newest row first; all that there is happened just now."""
        limit, offset = int(query.get("limit", "50")), int(query.get("offset", "0"))
        wanted = {name: query.getlist(name) for name in ("status", "model")}
        if not {"succeeded", "failed"}.issuperset(wanted["status"]):
            raise Refusal(400, "Invalid input: status: Invalid enum value")
        found = [
            row
            for row in reversed(self.rows.get(key, []))
            if all(row[name] in values for name, values in wanted.items() if values)
        ]
        more = offset + limit < len(found)
        pages = {"limit": limit, "offset": offset, "total": len(found), "has_more": more}
        return {"data": found[offset : offset + limit], "pagination": pages}

    def balance(self, key: str) -> Json:
        """Return what is left."""
        spent = sum(row["cost"]["usd"] for row in self.rows.get(key, []))
        return {"current_balance": round(BALANCE - spent, 9), "currency": "USD"}


def metrics(query: QueryParams) -> Json:
    """Return how fast the models are: figures made from their names."""
    wanted = query.getlist("aliases") or [model.id for model in MODELS]
    rows = []
    for model in MODELS:
        seed = int(digest_of(model.id)[:8], 16)
        first, speed = 200 + seed % 1500, 20 + seed % 130
        measured = {
            "ttft_ms": _spread(first),
            "tps": _spread(speed),
            "duration_ms": _spread(first + 400_000 // speed),
        }
        rows += [
            {"alias": name, "endpoint": "/v1/chat/completions", "metrics": measured}
            for name in model.names
            if name in wanted
        ]
    return {"window_seconds": 300, "generated_at": TIMESTAMP, "models": rows}


def _spread(typical: int) -> Json:
    steps = {"p50": 1.0, "p75": 1.3, "p90": 1.8, "p99": 3.0}
    return {name: round(typical * step, 1) for name, step in steps.items()}
