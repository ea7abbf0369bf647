"""The account behind the key: its balance, the log of its requests, and the speed of the models.

    from langchain_aimlapi.account import balance, logs, metrics

    print(balance().usd)  # US dollars that are left
    for entry in logs(period="24h", status="failed"):
        print(entry.created, entry.model, entry.usd, entry.inference_id)

Each function has an async form with an `a` in front. All of them take `api_key`, `base_url`,
`timeout` (seconds), `max_retries` and `http_client`, with the defaults of `ChatAIMLAPI`.
"""

import re
from collections.abc import Sequence
from datetime import datetime, timedelta, timezone
from functools import partial
from typing import Any

from typing_extensions import Unpack

from langchain_aimlapi._model.access import Access, AccessSettings, ETagCache, aask, ask
from langchain_aimlapi._model.hints import warn_of_unknown
from langchain_aimlapi._services.reading import path_of
from langchain_aimlapi._services.rows import (
    Balance,
    LogEntry,
    Metrics,
    ModelMetrics,
    Percentiles,
    read_balance,
    read_log,
    read_metrics,
    read_moment,
)
from langchain_aimlapi.errors import ConfigurationError, RateLimitError

__all__ = [
    "Balance",
    "LogEntry",
    "LogQuery",
    "Metrics",
    "ModelMetrics",
    "Percentiles",
    "abalance",
    "alogs",
    "ametrics",
    "balance",
    "logs",
    "metrics",
]


# --- balance ------------------------------------------------------------------------------------
def balance(**settings: Unpack[AccessSettings]) -> Balance:
    """Return what is left on the account, in US dollars.

    Raises:
        AIMLAPIError: The service refuses, or cannot be reached or read.
    """
    return ask(_balance, settings, AccessSettings, needs_key=True)


async def abalance(**settings: Unpack[AccessSettings]) -> Balance:
    """Return what is left on the account; the async form of `balance`, with the same errors."""
    return await aask(_balance, settings, AccessSettings, needs_key=True)


async def _balance(access: Access) -> Balance:
    return await access.get("/v2/billing", read_balance)


# --- log ----------------------------------------------------------------------------------------
class LogQuery(AccessSettings, total=False):
    """Which requests to return, and where to ask.

    Attributes:
        period: A window up to now, such as `"24h"`, the default, or `"7d"`.
        start: Start of the window, with `end`, instead of `period`: a datetime or ISO 8601.
        end: End of the window, 92 days after its start at most.
        key_prefix: Another key than the one that asks; that takes a management key.
        model: A model id, or several.
        status: `"succeeded"`, `"failed"` or both.
    """

    period: str | None
    start: datetime | str | None
    end: datetime | str | None
    key_prefix: str | None
    model: str | Sequence[str] | None
    status: str | Sequence[str] | None


def logs(**query: Unpack[LogQuery]) -> list[LogEntry]:
    """Return the requests that were made with the key, newest first.

    A long log takes many requests. If the service limits them, the rest is waited for, as long as
    its `Retry-After` says, or a minute.

    Args:
        **query: The keys of `LogQuery`, and key and place of the service.

    Raises:
        ConfigurationError: Period, start and end are no window.
        AIMLAPIError: The service refuses, or cannot be reached or read.
    """
    return ask(_logs, query, LogQuery, needs_key=True)


async def alogs(**query: Unpack[LogQuery]) -> list[LogEntry]:
    """Return the requests of a window; the async form of `logs`, with the same errors."""
    return await aask(_logs, query, LogQuery, needs_key=True)


_PAGE_ROWS = 100
"""Rows per page, the most that is documented."""
_LIMIT_SECONDS = 60.0
"""Seconds to wait for a limit of requests, where the service does not say how long."""
_MAX_WAIT_SECONDS = 120.0
"""A service that asks for a longer wait is not waited for: the caller decides."""
_MAX_REFUSALS = 5
"""Refusals in a row, each after a wait, before the error is raised."""


async def _logs(
    access: Access, period: str | None = None, start: Any = None, end: Any = None, **filters: Any
) -> list[LogEntry]:
    """Read the log page by page, each page beginning at the oldest row of the page before.

    Pages by offset would lose and repeat rows whenever the log grows meanwhile, which it does,
    because it lags behind the requests.
    """
    first, last = _window(period, start, end)
    window = {"period": period or "24h"} if start is None else _between(first, last)
    entries: list[LogEntry] = []
    seen: set[str] = set()
    offset = refusals_left = 0  # if the first page is refused, nothing is lost
    more = True
    while more:
        query = {**window, "limit": _PAGE_ROWS, **filters, "offset": offset}
        try:
            page, more = await access.get(path_of("/v2/logs", query), read_log)
        except RateLimitError as error:
            seconds = error.retry_after or _LIMIT_SECONDS
            if not refusals_left or seconds > _MAX_WAIT_SECONDS:
                raise
            refusals_left -= 1
            await access.sender.sleep(seconds)
            continue
        refusals_left = _MAX_REFUSALS
        new = [entry for entry in page if entry.inference_id not in seen]
        entries += new
        seen.update(entry.inference_id for entry in new if entry.inference_id)
        oldest = min((entry.created for entry in page if entry.created), default=last)
        if first <= oldest < last:
            last, offset = oldest, 0
        else:  # rows of one instant, or of a server that takes no notice of the window
            offset += len(page)
        window, more = _between(first, last), more and bool(page)
    warn_of_unknown(filters.get("model"), [entry.model for entry in entries])
    return entries


def _window(period: str | None, start: Any, end: Any) -> tuple[datetime, datetime]:
    """Return the start and the end of a window; the last 24 hours by default.

    Raises:
        ConfigurationError: Both forms are given, or half of one, or the period is no period.
    """
    if start is not None and end is not None and period is None:
        return _moment("start", start), _moment("end", end)
    found = re.fullmatch(r"([1-9][0-9]{0,5})([hd])", period or "24h")
    if found is None or start is not None or end is not None:
        raise ConfigurationError("Give period, such as '24h' or '7d', or start and end.")
    now = datetime.now(timezone.utc)
    return now - int(found[1]) * timedelta(hours=24 if found[2] == "d" else 1), now


def _moment(name: str, value: Any) -> datetime:
    moment = read_moment(value)
    if moment is None:
        raise ConfigurationError(f"{name} is no date of ISO 8601: {value!r}.")
    return moment


def _between(start: datetime, end: datetime) -> dict[str, str]:
    texts = (moment.isoformat().replace("+00:00", "Z") for moment in (start, end))
    return dict(zip(("start", "end"), texts, strict=True))


# --- metrics ------------------------------------------------------------------------------------
_cached_metrics: ETagCache[Metrics] = ETagCache()


def metrics(
    models: Sequence[str] | str | None = None, **settings: Unpack[AccessSettings]
) -> Metrics:
    """Return how fast the models have been just now. The service answers without a key.

    An answer with an `ETag` is cached in memory; asked again, the service may say that it holds.

    Args:
        models: Ids or aliases, 100 at most; all models that had traffic unless given.
        **settings: Key and place of the service.

    Raises:
        AIMLAPIError: The service refuses, or cannot be reached or read.
    """
    return ask(partial(metrics_of, models=models), settings, AccessSettings)


async def ametrics(
    models: Sequence[str] | str | None = None, **settings: Unpack[AccessSettings]
) -> Metrics:
    """Return how fast the models are; the async form of `metrics`, with the same errors."""
    return await aask(partial(metrics_of, models=models), settings, AccessSettings)


async def metrics_of(access: Access, models: Sequence[str] | str | None = None) -> Metrics:
    """Ask how fast the models have been; the steps of `metrics`."""
    path = path_of("/models/metrics", {"aliases": models})
    found = await access.get(path, read_metrics, _cached_metrics)
    warn_of_unknown(models, [row.model for row in found.models])
    return found
