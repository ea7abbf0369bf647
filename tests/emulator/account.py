"""The account: balance, ledger, usage and log of what a key asked for, and the models' metrics."""

from __future__ import annotations

import base64
import json
import re
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

from . import errors
from .ids import TIMESTAMP, digest_of
from .models import MODELS
from .rules import Issue
from .usage import CREDITS_PER_USD

if TYPE_CHECKING:
    from starlette.datastructures import QueryParams

Json = dict[str, Any]

START = datetime.fromisoformat(TIMESTAMP.replace("Z", "+00:00"))
"""When the first request is made; each one takes a second."""
BALANCE = 100.0
_PAGES = (1, 100)
_PERIOD = re.compile(r"([1-9]\d*)([hd])")
_LONGEST = timedelta(days=92)


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

    lag: int = 0
    """So many questions to the log are answered without the newest rows."""
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

    def log(self, key: str, query: QueryParams, path: str) -> Json:
        """Return a page of the log, newest row first."""
        start, end = _window(query, path, len(self.rows.get(key, ())))
        limit = _whole(query, "limit", 50, _PAGES, path)
        offset = _whole(query, "offset", 0, (0, 10**9), path)
        statuses, models = query.getlist("status"), query.getlist("model")
        wrong = [s for s in statuses if s not in {"succeeded", "failed"}]
        if wrong:
            text = f"Invalid enum value. Expected 'succeeded' | 'failed', received '{wrong[0]}'"
            raise errors.invalid([Issue(("status",), text)], path)
        rows = [] if self.lag else self.rows.get(key, [])
        self.lag = max(self.lag - 1, 0)
        found = [
            row
            for row in reversed(rows)
            if start <= _moment(row["created"]) <= end
            and (not statuses or row["status"] in statuses)
            and (not models or row["model"] in models)
        ]
        page = found[offset : offset + limit]
        more = offset + len(page) < len(found)
        pages = {"limit": limit, "offset": offset, "total": len(found), "has_more": more}
        return {"data": page, "pagination": pages}

    def transactions(self, key: str, query: QueryParams, path: str) -> Json:
        """Return a page of the ledger, newest entry first, by cursor."""
        limit = _whole(query, "limit", 50, _PAGES, path)
        entries = [_charge(row) for row in reversed(self.rows.get(key, []))]
        entries.append(_topup())
        for name in ("direction", "type"):
            wanted = query.get(name)
            entries = [entry for entry in entries if wanted in {None, entry[name]}]
        at = _cursor(query.get("cursor"), path)
        page, rest = entries[at : at + limit], entries[at + limit :]
        following = base64.urlsafe_b64encode(json.dumps({"at": at + limit}).encode()).decode()
        pages = {"next_cursor": following if rest else None, "has_more": bool(rest)}
        return {"data": page, "pagination": pages}

    def usage(self, key: str, query: QueryParams, path: str, *, detail: bool) -> Json:
        """Return what was spent in a window."""
        rows = self.rows.get(key, [])
        start, end = _window(query, path, len(rows))
        within = [row for row in rows if start <= _moment(row["created"]) <= end]
        report: Json = {
            "api_key_prefix": query.get("key_prefix"),
            "start": _iso(start),
            "end": _iso(end),
            "spend": _usd(within),
            "currency": "USD",
            "requests": len(within),
        }
        if detail:
            report["models"] = _groups(within, ("model",), detailed=False)
        if detail and (wanted := query.get("group_by")):
            report["groups"] = _groups(within, tuple(wanted.split(",")), detailed=True)
        return report

    def balance(self, key: str) -> Json:
        """Return what is left."""
        spent = _usd(self.rows.get(key, []))
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


def _charge(row: Json) -> Json:
    return {
        "created_at": row["created"],
        "direction": "CHARGE",
        "type": "MODEL_USAGE",
        "amount": row["cost"],
        "model": row["model"],
        "reference_id": row["inference_id"],
    }


def _topup() -> Json:
    return {
        "created_at": _iso(START - timedelta(days=1)),
        "direction": "TOPUP",
        "type": "PAYMENT",
        "amount": {"usd": BALANCE, "credits": int(BALANCE * CREDITS_PER_USD)},
        "model": None,
        "reference_id": "payment-1",
    }


def _groups(rows: list[Json], by: tuple[str, ...], *, detailed: bool) -> list[Json]:
    groups: dict[tuple[str, ...], list[Json]] = {}
    for row in rows:
        names = {"model": row["model"], "day": row["created"][:10]}
        groups.setdefault(tuple(names[name] for name in by), []).append(row)
    made = []
    for key, members in groups.items():
        group: Json = {**dict(zip(by, key, strict=True)), "spend": _usd(members)}
        group["requests"] = len(members)
        if detailed:
            group["requests"] = {"total": len(members), "charged": len(members)}
            group["tokens"] = {
                name: sum(row["tokens"][name] for row in members)
                for name in ("input", "output", "total")
            }
        made.append(group)
    return sorted(made, key=lambda group: -group["spend"])


def _usd(rows: list[Json]) -> float:
    return round(sum(row["cost"]["usd"] for row in rows), 9)


def _window(query: QueryParams, path: str, count: int) -> tuple[datetime, datetime]:
    now = START + timedelta(seconds=count)
    period, start, end = query.get("period"), query.get("start"), query.get("end")
    if period is not None and (start is not None or end is not None):
        raise errors.invalid([Issue(("period",), "Provide period or start and end")], path)
    if (start is None) != (end is None):
        raise errors.invalid([Issue(("start",), "start and end must be used together")], path)
    if start is not None and end is not None:
        first, last = _moment(start), _moment(end)
        if last < first or last - first > _LONGEST:
            raise errors.invalid([Issue(("end",), "the window must not exceed 92 days")], path)
        return first, last
    match = _PERIOD.fullmatch(period or "24h")
    if match is None:
        raise errors.invalid([Issue(("period",), f"Invalid period '{period}'")], path)
    hours = int(match[1]) * {"h": 1, "d": 24}[match[2]]
    return now - timedelta(hours=hours), now


def _whole(query: QueryParams, name: str, default: int, bounds: tuple[int, int], path: str) -> int:
    value = query.get(name, str(default))
    if not value.isdigit() or not bounds[0] <= int(value) <= bounds[1]:
        raise errors.invalid([Issue((name,), f"Expected {bounds}, received '{value}'")], path)
    return int(value)


def _cursor(cursor: str | None, path: str) -> int:
    if cursor is None:
        return 0
    try:
        return int(json.loads(base64.urlsafe_b64decode(cursor))["at"])
    except (ValueError, KeyError, TypeError):
        raise errors.invalid([Issue(("cursor",), "Invalid cursor")], path) from None


def _moment(text: str) -> datetime:
    read = datetime.fromisoformat(text.replace("Z", "+00:00"))
    return read if read.tzinfo else read.replace(tzinfo=timezone.utc)


def _iso(moment: datetime) -> str:
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
