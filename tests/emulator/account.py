"""The account: balance and log of what a key asked for, and the models' metrics."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from .errors import refuse
from .ids import TIMESTAMP, digest_of
from .models import MODELS
from .rules import text
from .usage import CREDITS_PER_USD

if TYPE_CHECKING:
    from starlette.datastructures import QueryParams

Json = dict[str, Any]

START = datetime.fromisoformat(TIMESTAMP.replace("Z", "+00:00"))
"""When the first request is made; each one takes a second."""
BALANCE = 100.0


@dataclass
class Spent:
    """What a request used, left on it by whoever answered it."""

    model: str
    input_tokens: int
    output_tokens: int
    credits: int


@dataclass
class Ledger:
    """What was spent by each key, oldest first."""

    rows: dict[str, list[Json]] = field(default_factory=dict)

    def note(self, key: str, spent: Spent, inference_id: str, client_id: str | None) -> None:
        """Enter a request."""
        rows = self.rows.setdefault(key, [])
        usd = spent.credits / CREDITS_PER_USD
        total = spent.input_tokens + spent.output_tokens
        tokens = {"input": spent.input_tokens, "output": spent.output_tokens, "total": total}
        rows.append(
            {
                "created": _iso(START + timedelta(seconds=len(rows))),
                "status": "succeeded",
                "origin": "api",
                "model": spent.model,
                "cost": {"usd": usd, "credits": spent.credits},
                "tokens": tokens,
                "request_id": f"req-{inference_id}",
                "inference_id": inference_id,
                "client_request_id": client_id,
            }
        )

    def log(self, key: str, query: QueryParams) -> Json:
        """Return a page of the log, newest row first; all that there is happened just now."""
        limit, offset = int(query.get("limit", "50")), int(query.get("offset", "0"))
        statuses, models = query.getlist("status"), query.getlist("model")
        for status in statuses:
            refuse(text("succeeded", "failed")(status, ("status",)))
        found = [
            row
            for row in reversed(self.rows.get(key, []))
            if row["status"] in (statuses or [row["status"]])
            and row["model"] in (models or [row["model"]])
        ]
        page = found[offset : offset + limit]
        more = offset + len(page) < len(found)
        pages = {"limit": limit, "offset": offset, "total": len(found), "has_more": more}
        return {"data": page, "pagination": pages}

    def balance(self, key: str) -> Json:
        """Return what is left."""
        spent = sum(row["cost"]["usd"] for row in self.rows.get(key, []))
        return {"current_balance": round(BALANCE - spent, 9), "currency": "USD"}


def metrics(query: QueryParams) -> Json:
    """Return how fast the models are: figures made from their names."""
    wanted = query.getlist("aliases")
    rows = []
    for model in MODELS:
        named = [name for name in model.names if name in wanted]
        if wanted and not named:
            continue
        seed = int(digest_of(model.id)[:8], 16)
        first, speed = 200 + seed % 1500, 20 + seed % 130
        measured = {
            "ttft_ms": _spread(first),
            "tps": _spread(speed),
            "duration_ms": _spread(first + 400_000 // speed),
        }
        name = named[0] if named else model.id
        rows.append({"alias": name, "endpoint": "/v1/chat/completions", "metrics": measured})
    return {"window_seconds": 300, "generated_at": TIMESTAMP, "models": rows}


def _spread(typical: int) -> Json:
    steps = {"p50": 1.0, "p75": 1.3, "p90": 1.8, "p99": 3.0}
    return {name: round(typical * step, 1) for name, step in steps.items()}


def _iso(moment: datetime) -> str:
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
