"""What the account's endpoints answer, as typed results.

A field that is missing or of another type than documented is None, never an error: figures are for
people and reports, and one odd row must not hide the others.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Any

from pydantic_core import from_json

from langchain_aimlapi._answers.coerce import dict_of, dicts_of, number_of, string_of
from langchain_aimlapi.errors import MalformedResponseError

Row = Mapping[str, Any]


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


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a list.

    Attributes:
        rows: Its rows, as sent.
        next_cursor: Where the next page begins; None on the last one, and where pages have none.
        total: Rows of all pages, where the service reports it.
        has_more: Whether another page follows.
    """

    rows: list[Row]
    next_cursor: str | None
    total: int | None
    has_more: bool


# --- reading ------------------------------------------------------------------------------------
def read_object(body: bytes) -> Row:
    """Return the JSON object of an answer.

    Raises:
        MalformedResponseError: It is none.
    """
    try:
        payload = from_json(body)
    except ValueError as error:
        raise MalformedResponseError(f"The answer cannot be read: {error}.") from None
    if not isinstance(payload, dict):
        raise MalformedResponseError("The answer is no JSON object.")
    return payload


def read_page(body: bytes) -> Page:
    """Return a page.

    Raises:
        MalformedResponseError: It holds no list.
    """
    payload = read_object(body)
    rows = payload.get("data")
    if not isinstance(rows, list):
        raise MalformedResponseError("The answer holds no list.")
    pagination = dict_of(payload.get("pagination"))
    cursor = string_of(pagination.get("next_cursor"))
    more = pagination.get("has_more")
    return Page(
        rows=[row for row in rows if isinstance(row, dict)],
        next_cursor=cursor,
        total=_count(pagination.get("total")),
        has_more=bool(cursor) if more is None else bool(more),
    )


def read_balance(body: bytes) -> Balance:
    """Return the balance.

    Raises:
        MalformedResponseError: The answer holds none.
    """
    payload = read_object(body)
    usd = _amount(payload.get("current_balance"))
    if usd is None:
        raise MalformedResponseError("The answer holds no balance.")
    return Balance(usd, string_of(payload.get("currency")) or "USD")


def read_transaction(row: Row) -> Transaction:
    """Return one entry of the ledger."""
    amount = dict_of(row.get("amount"))
    return Transaction(
        created=moment(row.get("created_at")),
        direction=string_of(row.get("direction")),
        type=string_of(row.get("type")),
        usd=_amount(amount.get("usd")),
        credits=_count(amount.get("credits")),
        model=string_of(row.get("model")),
        reference_id=string_of(row.get("reference_id")),
    )


def read_log_entry(row: Row) -> LogEntry:
    """Return one entry of the log."""
    cost, tokens = dict_of(row.get("cost")), dict_of(row.get("tokens"))
    return LogEntry(
        created=moment(row.get("created")),
        status=string_of(row.get("status")),
        origin=string_of(row.get("origin")),
        model=string_of(row.get("model")),
        usd=_amount(cost.get("usd")),
        credits=_count(cost.get("credits")),
        input_tokens=_count(tokens.get("input")),
        output_tokens=_count(tokens.get("output")),
        request_id=string_of(row.get("request_id")),
        inference_id=string_of(row.get("inference_id")),
        client_request_id=string_of(row.get("client_request_id")),
    )


def read_usage_report(body: bytes) -> Usage:
    """Return what was spent.

    Raises:
        MalformedResponseError: The answer cannot be read.
    """
    payload = read_object(body)
    return Usage(
        start=moment(payload.get("start")),
        end=moment(payload.get("end")),
        usd=_amount(payload.get("spend")),
        requests=_count(payload.get("requests")),
        api_key_prefix=string_of(payload.get("api_key_prefix")),
        models=tuple(map(_usage_group, dicts_of(payload.get("models")))),
        groups=tuple(map(_usage_group, dicts_of(payload.get("groups")))),
    )


def _usage_group(row: Row) -> UsageGroup:
    tokens, requests = dict_of(row.get("tokens")), row.get("requests")
    charged = requests.get("charged") if isinstance(requests, dict) else requests
    return UsageGroup(
        usd=_amount(row.get("spend")),
        requests=_count(charged),
        model=string_of(row.get("model")),
        day=string_of(row.get("day")),
        input_tokens=_count(tokens.get("input")),
        output_tokens=_count(tokens.get("output")),
    )


def read_metrics(body: bytes) -> Metrics:
    """Return how fast models have been.

    Raises:
        MalformedResponseError: The answer cannot be read.
    """
    payload = read_object(body)
    return Metrics(
        window_seconds=_count(payload.get("window_seconds")),
        generated=moment(payload.get("generated_at")),
        models=tuple(map(_model_metrics, dicts_of(payload.get("models")))),
    )


def _model_metrics(row: Row) -> ModelMetrics:
    measured = dict_of(row.get("metrics"))
    return ModelMetrics(
        model=string_of(row.get("alias")),
        endpoint=string_of(row.get("endpoint")),
        ttft_ms=_percentiles(measured.get("ttft_ms")),
        tokens_per_second=_percentiles(measured.get("tps")),
        duration_ms=_percentiles(measured.get("duration_ms")),
    )


def _percentiles(value: Any) -> Percentiles | None:
    if not isinstance(value, dict):
        return None
    return Percentiles(*(_amount(value.get(name)) for name in ("p50", "p75", "p90", "p99")))


# --- small things -------------------------------------------------------------------------------
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
