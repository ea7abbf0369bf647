"""The account's endpoints: their paths and queries, and what they answer as typed results.

A field that is missing or of another type than documented is None, never an error: figures are for
people and reports, and one odd row must not hide the others.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime, timedelta, timezone
from typing import Any, NamedTuple, TypeVar, cast
from urllib.parse import urlencode

from pydantic_core import from_json

from langchain_aimlapi._answers.coerce import dict_of, dicts_of, number_of, string_of
from langchain_aimlapi.errors import ConfigurationError, MalformedResponseError

Row = Mapping[str, Any]
When = datetime | str | None
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Balance:
    """What is left on the account.

    Attributes:
        usd: US dollars.
        currency: `"USD"`.
    """

    usd: float
    currency: str = "USD"


@dataclass(frozen=True, slots=True)
class Transaction:
    """One entry of the ledger.

    Attributes:
        created: When it was recorded, in UTC.
        direction: `"TOPUP"` or `"CHARGE"`; the amounts are positive in both.
        type: `"PAYMENT"`, `"BONUS"`, `"REFUND"`, `"ADJUSTMENT"`, `"MODEL_USAGE"` ...
        usd: US dollars.
        credits: Credits of the service.
        model: The model that was charged for, if one was.
        reference_id: Of `"MODEL_USAGE"` the inference id, as in
            `response_metadata["inference_id"]`.
    """

    created: datetime | None
    direction: str | None
    type: str | None
    usd: float | None
    credits: int | None
    model: str | None
    reference_id: str | None


@dataclass(frozen=True, slots=True)
class LogEntry:
    """One request that was made with the key.

    Attributes:
        created: When the request was made, in UTC.
        status: `"succeeded"` or `"failed"`; a failed request is not charged.
        origin: `"api"` or `"playground"`.
        model: Model id.
        usd: What it cost, in US dollars.
        credits: What it cost, in credits of the service.
        input_tokens: Tokens sent.
        output_tokens: Tokens received.
        request_id: Id of the HTTP call.
        inference_id: As in `response_metadata["inference_id"]`.
        client_request_id: The id that you sent with the request, if you did.
    """

    created: datetime | None
    status: str | None
    origin: str | None
    model: str | None
    usd: float | None
    credits: int | None
    input_tokens: int | None
    output_tokens: int | None
    request_id: str | None
    inference_id: str | None
    client_request_id: str | None


@dataclass(frozen=True, slots=True)
class UsageGroup:
    """What one model, one day, or one model on one day cost.

    Attributes:
        usd: US dollars.
        requests: Requests that were charged.
        model: Model id, where it is grouped by model.
        day: `"2026-07-21"`, where it is grouped by day.
        input_tokens: Tokens sent, where the service reports them.
        output_tokens: Tokens received, where the service reports them.
    """

    usd: float | None
    requests: int | None
    model: str | None = None
    day: str | None = None
    input_tokens: int | None = None
    output_tokens: int | None = None


@dataclass(frozen=True, slots=True)
class Usage:
    """What was spent in a window of time.

    Attributes:
        start: Start of the window, in UTC.
        end: Its end, in UTC.
        usd: US dollars in total.
        requests: Requests that were charged.
        api_key_prefix: The key that was asked about, where one was named.
        models: Per model, highest first; empty unless details were asked for.
        groups: As asked for by `group_by`.
    """

    start: datetime | None
    end: datetime | None
    usd: float | None
    requests: int | None
    api_key_prefix: str | None = None
    models: tuple[UsageGroup, ...] = ()
    groups: tuple[UsageGroup, ...] = ()


@dataclass(frozen=True, slots=True)
class Percentiles:
    """Of recent successful requests. Of speeds, the median `p50` is the typical one."""

    p50: float | None
    p75: float | None
    p90: float | None
    p99: float | None


@dataclass(frozen=True, slots=True)
class ModelMetrics:
    """How fast one model has been just now.

    Attributes:
        model: An id or an alias of the catalogue.
        endpoint: The path that was measured.
        ttft_ms: Milliseconds to the first token of a stream.
        tokens_per_second: Output tokens per second; a higher percentile is a faster request.
        duration_ms: Milliseconds of a whole request.
    """

    model: str | None
    endpoint: str | None
    ttft_ms: Percentiles | None
    tokens_per_second: Percentiles | None
    duration_ms: Percentiles | None


@dataclass(frozen=True, slots=True)
class Metrics:
    """How fast the models have been just now; one without traffic is absent.

    Attributes:
        window_seconds: Seconds that the percentiles were computed over.
        generated: When, in UTC.
        models: One entry per model and endpoint.
    """

    window_seconds: int | None
    generated: datetime | None
    models: tuple[ModelMetrics, ...]


class Page(NamedTuple):
    """One page of a list: its rows, as sent, and where the next page begins."""

    rows: Sequence[Row]
    next_cursor: str | None
    has_more: bool


# --- reading ------------------------------------------------------------------------------------
def read_object(body: bytes) -> Row:
    """Return the JSON object of an answer; raise `MalformedResponseError` if it is none."""
    try:
        payload = from_json(body)
    except ValueError as error:
        raise MalformedResponseError(f"The answer cannot be read: {error}.") from None
    if not isinstance(payload, dict):
        raise MalformedResponseError("The answer is no JSON object.")
    return payload


def read_page(body: bytes) -> Page:
    """Return a page; raise `MalformedResponseError` if it holds no list."""
    payload = read_object(body)
    rows = payload.get("data")
    if not isinstance(rows, list):
        raise MalformedResponseError("The answer holds no list.")
    pagination = dict_of(payload.get("pagination"))
    cursor = string_of(pagination.get("next_cursor"))
    more = pagination.get("has_more")
    return Page(dicts_of(rows), cursor, bool(cursor if more is None else more))


def read_balance(body: bytes) -> Balance:
    """Return the balance."""
    payload = read_object(body)
    usd = _amount(payload.get("current_balance"))
    if usd is None:
        raise MalformedResponseError("The answer holds no balance.")
    return Balance(usd, string_of(payload.get("currency")) or "USD")


def read_transaction(row: Row) -> Transaction:
    """Return one entry of the ledger."""
    names = {"created": "created_at", "usd": "amount.usd", "credits": "amount.credits"}
    return _read(Transaction, row, names)


def read_log_entry(row: Row) -> LogEntry:
    """Return one entry of the log."""
    return _read(LogEntry, row, {"usd": "cost.usd", "credits": "cost.credits", **_TOKENS})


def read_usage_report(body: bytes) -> Usage:
    """Return what was spent."""
    return _read(Usage, read_object(body), {"usd": "spend"})


def read_metrics(body: bytes) -> Metrics:
    """Return how fast models have been."""
    return _read(Metrics, read_object(body), {"generated": "generated_at"})


_TOKENS = {"input_tokens": "tokens.input", "output_tokens": "tokens.output"}


def _usage_group(row: Row) -> UsageGroup:
    requests = "requests.charged" if isinstance(row.get("requests"), dict) else "requests"
    return _read(UsageGroup, row, {"usd": "spend", "requests": requests, **_TOKENS})


def _model_metrics(row: Row) -> ModelMetrics:
    names = {
        "model": "alias",
        "ttft_ms": "metrics.ttft_ms",
        "tokens_per_second": "metrics.tps",
        "duration_ms": "metrics.duration_ms",
    }
    return _read(ModelMetrics, row, names)


def _percentiles(value: Any) -> Percentiles | None:
    return _read(Percentiles, value, {}) if isinstance(value, dict) else None


def _read(kind: type[_T], row: Row, names: Mapping[str, str]) -> _T:
    """Return a result whose fields are read by their types.

    Args:
        kind: The class of the result.
        row: What was sent.
        names: Of fields that the service calls otherwise: their names there, with dots between
            those of nested objects.
    """
    values: dict[str, Any] = {}
    for field in fields(cast("Any", kind)):
        value: Any = row
        for name in names.get(field.name, field.name).split("."):
            value = dict_of(value).get(name)
        values[field.name] = _BY_TYPE[field.type](value)
    return kind(**values)


def moment(value: Any) -> datetime | None:
    """Return a moment of ISO 8601, in UTC; without an offset it is one of UTC."""
    if not isinstance(value, str):
        return None
    try:
        # Python 3.10 does not read the "Z" of UTC.
        read = datetime.fromisoformat(value.replace("Z", "+00:00"))
    except ValueError:
        return None
    aware = read if read.tzinfo else read.replace(tzinfo=timezone.utc)
    return aware.astimezone(timezone.utc)


def _amount(value: Any) -> float | None:
    number = number_of(value)
    return None if number is None else float(number)


def _count(value: Any) -> int | None:
    amount = _amount(value)
    return None if amount is None else round(amount)


_BY_TYPE: Mapping[Any, Callable[[Any], Any]] = {
    "datetime | None": moment,
    "str | None": string_of,
    "float | None": _amount,
    "int | None": _count,
    "Percentiles | None": _percentiles,
    "tuple[UsageGroup, ...]": lambda value: tuple(map(_usage_group, dicts_of(value))),
    "tuple[ModelMetrics, ...]": lambda value: tuple(map(_model_metrics, dicts_of(value))),
}
"""What reads a field, by its annotation, which is a text in this file."""


# --- paths and windows of time ------------------------------------------------------------------
BILLING = "/v2/billing"
TRANSACTIONS = "/v2/billing/transactions"
USAGE = "/v2/usage"
LOGS = "/v2/logs"
METRICS = "/models/metrics"

_PERIOD = re.compile(r"([1-9][0-9]{0,5})([hd])")
_HOURS = {"h": 1, "d": 24}
_LONGEST = timedelta(days=92)


def path_of(path: str, **query: Any) -> str:
    """Return a path with its query; a sequence repeats its parameter, None leaves it out."""
    pairs: list[tuple[str, str]] = []
    for name, value in query.items():
        several = isinstance(value, Sequence) and not isinstance(value, str)
        pairs += [(name, _as_text(v)) for v in (value if several else [value]) if v is not None]
    return f"{path}?{urlencode(pairs)}" if pairs else path


def _as_text(value: Any) -> str:
    if isinstance(value, datetime):
        aware = value if value.tzinfo else value.replace(tzinfo=timezone.utc)
        utc = aware.astimezone(timezone.utc)
        return utc.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return str(value)


def window(period: str | None, start: When, end: When) -> dict[str, Any]:
    """Return the parameters of a window of time; none of them leaves it to the service.

    Raises:
        ConfigurationError: Both forms are given, or half of one, or the period is no period.
    """
    if period is not None and (start is not None or end is not None):
        raise ConfigurationError("Give period, or start and end, not both.")
    if (start is None) != (end is None):
        raise ConfigurationError("start and end go together: give both, or period.")
    if period is not None and not _PERIOD.fullmatch(period):
        raise ConfigurationError(f"period is a number and h or d, such as '24h', not {period!r}.")
    return {"period": period, "start": start, "end": end}


def usage_path(detail: bool, **query: Any) -> str:  # noqa: FBT001  # of the caller, as it is
    """Return the path of a report; days and groups are reported with details only."""
    in_detail = detail or query.get("group_by") or query.get("tz")
    return path_of(f"{USAGE}/detail" if in_detail else USAGE, **query)


class LogWindow(NamedTuple):
    """A window of the log, which does not move while it is read, and what asks for it."""

    start: datetime
    end: datetime
    query: Mapping[str, Any]

    def halves(self) -> list[LogWindow]:
        """Return the earlier and the later half, in whole milliseconds, unless it is too short."""
        middle = self.start + (self.end - self.start) / 2
        middle = middle.replace(microsecond=middle.microsecond // 1000 * 1000)
        if not self.start < middle < self.end:
            return []
        borders = ((self.start, middle), (middle, self.end))
        return [LogWindow(*part, {"start": part[0], "end": part[1]}) for part in borders]

    def holds(self, rows: Sequence[Row]) -> bool:
        """Return whether all rows lie in it: halving a window that was not obeyed is of no use."""
        times = (moment(row.get("created")) for row in rows)
        return all(time is None or self.start <= time <= self.end for time in times)


def log_window(period: str | None, start: When, end: When, now: datetime) -> LogWindow:
    """Return a window of the log; the last 24 hours by default.

    Raises:
        ConfigurationError: It is none, or longer than the 92 days that the service takes.
    """
    window(period, start, end)
    if start is not None and end is not None:
        first, last = _moment("start", start), _moment("end", end)
        query: dict[str, Any] = {"start": first, "end": last}
    else:
        query = {"period": period or "24h"}
        found = _PERIOD.fullmatch(query["period"])
        hours = int(found[1]) * _HOURS[found[2]] if found else 0
        first, last = now - timedelta(hours=hours), now
    if first > last or last - first > _LONGEST:
        raise ConfigurationError("A window ends after it starts, and has 92 days at most.")
    return LogWindow(first, last, query)


def _moment(name: str, value: datetime | str) -> datetime:
    read = moment(value.isoformat() if isinstance(value, datetime) else value)
    if read is None:
        raise ConfigurationError(f"{name} is no date of ISO 8601: {value!r}.")
    return read
