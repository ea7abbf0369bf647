"""The account: what its answers mean, and which page of the log comes next.

A field that is missing or of another type than documented is None, never an error: figures are for
people and reports, and one odd row must not hide the others.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import Any
from urllib.parse import urlencode

from pydantic_core import from_json

from langchain_aimlapi._answers.coerce import dict_of, dicts_of, number_of, string_of
from langchain_aimlapi.errors import ConfigurationError, MalformedResponseError, RateLimitError

_Row = Mapping[str, Any]


# --- balance ------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class Balance:
    """What is left on the account.

    Attributes:
        usd: US dollars.
        currency: `"USD"`.
    """

    usd: float
    currency: str = "USD"


def read_balance(body: bytes) -> Balance:
    """Return the balance; raise `MalformedResponseError` if there is none."""
    payload = read_object(body)
    usd = number_of(payload.get("current_balance"))
    if usd is None:
        raise MalformedResponseError("The answer holds no balance.")
    return Balance(usd, string_of(payload.get("currency")) or "USD")


# --- log ----------------------------------------------------------------------------------------
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


_PAGE_ROWS = 100
"""Rows per page, the most that is documented."""
_LIMIT_SECONDS = 60.0
"""Seconds to wait for a limit of requests, where the service does not say how long."""
_MAX_WAIT_SECONDS = 120.0
"""A service that asks for a longer wait is not waited for: the caller decides."""
_MAX_REFUSALS = 5
"""Refusals in a row, each after a wait, before the error is raised."""


class Log:
    """The log of a window, read page by page. Pure: no clock, no sleep, no connection.

    A page begins at the oldest row of the page before. Pages by offset would lose and repeat rows
    whenever the log grows meanwhile, which it does, because it lags behind the requests.

    Attributes:
        entries: The rows that came, newest first.
        path: Where the next page is; None after the last one.
    """

    def __init__(
        self,
        period: str | None,
        start: datetime | str | None,
        end: datetime | str | None,
        **filters: str | Sequence[str] | None,
    ) -> None:
        self._start, self._end = _window(period, start, end)
        given = {"period": period or "24h"} if start is None else self._query_until(self._end)
        self._filters = {"limit": _PAGE_ROWS, **filters}
        self._seen: set[str] = set()
        self._offset = 0
        self._refusals_left = 0  # if the first page is refused, nothing is lost
        self.entries: list[LogEntry] = []
        self.path: str | None = self._path(given)

    def add(self, payload: _Row) -> None:
        """Add the page that came from `path`."""
        if not isinstance(payload.get("data"), list):
            raise MalformedResponseError("The answer holds no list.")
        page = [_entry(row) for row in dicts_of(payload["data"])]
        new = [entry for entry in page if entry.inference_id not in self._seen]
        self.entries += new
        self._seen.update(entry.inference_id for entry in new if entry.inference_id)
        self._refusals_left = _MAX_REFUSALS
        if not page or not dict_of(payload.get("pagination")).get("has_more"):
            self.path = None
            return
        oldest = min((entry.created for entry in page if entry.created), default=self._end)
        if self._start <= oldest < self._end:
            self._end, self._offset = oldest, 0
        else:  # rows of one instant, or of a server that takes no notice of the window
            self._offset += len(page)
        self.path = self._path(self._query_until(self._end))

    def seconds_after(self, error: RateLimitError) -> float:
        """Return the seconds until the page may be asked for again; raise `error` for never."""
        seconds = error.retry_after or _LIMIT_SECONDS
        if not self._refusals_left or seconds > _MAX_WAIT_SECONDS:
            raise error
        self._refusals_left -= 1
        return seconds

    def _query_until(self, end: datetime) -> dict[str, str]:
        return {"start": _iso(self._start), "end": _iso(end)}

    def _path(self, window: Mapping[str, str]) -> str:
        return path_of("/v2/logs", {**window, **self._filters, "offset": self._offset or None})


def _entry(row: _Row) -> LogEntry:
    cost, tokens = dict_of(row.get("cost")), dict_of(row.get("tokens"))
    return LogEntry(
        created=_moment(row.get("created")),
        status=string_of(row.get("status")),
        origin=string_of(row.get("origin")),
        model=string_of(row.get("model")),
        usd=number_of(cost.get("usd")),
        credits=_count(cost.get("credits")),
        input_tokens=_count(tokens.get("input")),
        output_tokens=_count(tokens.get("output")),
        request_id=string_of(row.get("request_id")),
        inference_id=string_of(row.get("inference_id")),
        client_request_id=string_of(row.get("client_request_id")),
    )


_PERIOD = re.compile(r"([1-9][0-9]{0,5})([hd])")
_UNITS = {"h": "hours", "d": "days"}


def _window(
    period: str | None, start: datetime | str | None, end: datetime | str | None
) -> tuple[datetime, datetime]:
    """Return the start and the end of a window; the last 24 hours by default.

    Raises:
        ConfigurationError: Both forms are given, or half of one, or the period is no period.
    """
    if start is not None and end is not None and period is None:
        return _given_moment("start", start), _given_moment("end", end)
    found = _PERIOD.fullmatch(period or "24h")
    if found is None or start is not None or end is not None:
        raise ConfigurationError("Give period, such as '24h' or '7d', or start and end.")
    last = datetime.now(timezone.utc)
    return last - int(found[1]) * timedelta(**{_UNITS[found[2]]: 1}), last


def _given_moment(name: str, value: datetime | str) -> datetime:
    read = _moment(value.isoformat() if isinstance(value, datetime) else value)
    if read is None:
        raise ConfigurationError(f"{name} is no date of ISO 8601: {value!r}.")
    return read


def _iso(moment: datetime) -> str:
    return moment.isoformat().replace("+00:00", "Z")


# --- metrics ------------------------------------------------------------------------------------
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


def read_metrics(body: bytes) -> Metrics:
    """Return how fast the models have been."""
    payload = read_object(body)
    return Metrics(
        window_seconds=_count(payload.get("window_seconds")),
        generated=_moment(payload.get("generated_at")),
        models=tuple(map(_metrics_of_model, dicts_of(payload.get("models")))),
    )


def _metrics_of_model(row: _Row) -> ModelMetrics:
    measured = dict_of(row.get("metrics"))
    return ModelMetrics(
        model=string_of(row.get("alias")),
        endpoint=string_of(row.get("endpoint")),
        ttft_ms=_percentiles(measured.get("ttft_ms")),
        tokens_per_second=_percentiles(measured.get("tps")),
        duration_ms=_percentiles(measured.get("duration_ms")),
    )


def _percentiles(sent: Any) -> Percentiles | None:
    if not isinstance(sent, dict):
        return None
    return Percentiles(*(number_of(sent.get(name)) for name in ("p50", "p75", "p90", "p99")))


# --- paths and fields ---------------------------------------------------------------------------
def path_of(path: str, parameters: Mapping[str, Any]) -> str:
    """Return a path with its query; a sequence repeats its parameter, None leaves it out."""
    given = {name: value for name, value in parameters.items() if value is not None}
    query = urlencode(given, doseq=True)
    return f"{path}?{query}" if query else path


def read_object(body: bytes) -> _Row:
    """Return the JSON object of an answer; raise `MalformedResponseError` if it is none."""
    try:
        payload = from_json(body)
    except ValueError as error:
        raise MalformedResponseError(f"The answer cannot be read: {error}.") from None
    if not isinstance(payload, dict):
        raise MalformedResponseError("The answer is no JSON object.")
    return payload


def _moment(value: Any) -> datetime | None:
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


def _count(value: Any) -> int | None:
    number = number_of(value)
    return None if number is None else round(number)
