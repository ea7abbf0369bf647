"""The account behind the key: balance, ledger, usage, the log of requests, speed of the models.

    from langchain_aimlapi.account import balance, logs, metrics, transactions, usage

    print(balance().usd)  # US dollars that are left
    for entry in logs(period="24h", status="failed"):
        print(entry.created, entry.model, entry.inference_id)

Each function has an async form with an `a` in front. All of them take `api_key`, `base_url`,
`timeout` (seconds), `max_retries` and `http_client`, with the defaults of `ChatAIMLAPI`.
"""

import asyncio
import math
import time
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterator, Sequence
from contextlib import aclosing
from datetime import datetime, timezone
from typing import Any, TypeVar

from typing_extensions import Unpack

from langchain_aimlapi._answers.coerce import string_of
from langchain_aimlapi._model.access import Access, AccessSettings, ETagCache
from langchain_aimlapi._model.hints import warn_of_unknown
from langchain_aimlapi._services import account as service
from langchain_aimlapi._services.account import (
    Balance,
    LogEntry,
    LogWindow,
    Metrics,
    ModelMetrics,
    Page,
    Percentiles,
    Row,
    Transaction,
    Usage,
    UsageGroup,
    When,
)
from langchain_aimlapi.errors import RateLimitError

_T = TypeVar("_T")

__all__ = [
    "Balance",
    "LogEntry",
    "Metrics",
    "ModelMetrics",
    "Percentiles",
    "Transaction",
    "Usage",
    "UsageGroup",
    "abalance",
    "alogs",
    "ametrics",
    "atransactions",
    "ausage",
    "balance",
    "logs",
    "metrics",
    "transactions",
    "usage",
]


# --- balance ------------------------------------------------------------------------------------
def balance(**settings: Unpack[AccessSettings]) -> Balance:
    """Return what is left on the account, in US dollars.

    Raises:
        AIMLAPIError: The service refuses, or cannot be reached or read.
    """
    return _get(service.BILLING, service.read_balance, settings)


async def abalance(**settings: Unpack[AccessSettings]) -> Balance:
    """Return what is left on the account; the async form of `balance`, with the same errors."""
    return await _aget(service.BILLING, service.read_balance, settings)


# --- ledger -------------------------------------------------------------------------------------
def transactions(
    *,
    start: When = None,
    end: When = None,
    direction: str | None = None,
    type: str | None = None,  # noqa: A002  # the service's word
    **settings: Unpack[AccessSettings],
) -> Iterator[Transaction]:
    """Yield the entries of the ledger, newest first; further pages are asked for on the way.

    Args:
        start: The first moment, a datetime or ISO 8601.
        end: The moment before which entries count.
        direction: `"TOPUP"` or `"CHARGE"`.
        type: Such as `"MODEL_USAGE"` or `"PAYMENT"`.
        **settings: Key and place of the service.

    Raises:
        AIMLAPIError: The service refuses, or cannot be reached or read.
    """
    ledger = _Ledger(**{"from": start}, to=end, direction=direction, type=type)
    yield from map(service.read_transaction, _rows(ledger, Patience(), settings))


async def atransactions(
    *,
    start: When = None,
    end: When = None,
    direction: str | None = None,
    type: str | None = None,  # noqa: A002  # the service's word
    **settings: Unpack[AccessSettings],
) -> AsyncIterator[Transaction]:
    """Yield the entries of the ledger; the async form of `transactions`, with the same errors."""
    ledger = _Ledger(**{"from": start}, to=end, direction=direction, type=type)
    async with aclosing(_arows(ledger, Patience(), settings)) as rows:
        async for row in rows:
            yield service.read_transaction(row)


# --- usage --------------------------------------------------------------------------------------
def usage(
    *,
    period: str | None = None,
    start: When = None,
    end: When = None,
    key_prefix: str | None = None,
    group_by: str | None = None,
    tz: str | None = None,
    detail: bool = False,
    **settings: Unpack[AccessSettings],
) -> Usage:
    """Return what was spent in a window of time.

    Args:
        period: A window up to now, such as `"24h"` or `"7d"`.
        start: Start of the window, with `end`, instead of `period`.
        end: End of the window.
        key_prefix: Another key than the one that asks; that takes a management key.
        group_by: `"day"`, `"model"` or `"day,model"`: fills `groups`.
        tz: Time zone of the days, such as `"Europe/Berlin"`.
        detail: Whether `models` is wanted; `group_by` and `tz` imply it.
        **settings: Key and place of the service.

    Raises:
        ConfigurationError: Both forms of a window are given, or half of one.
        AIMLAPIError: The service refuses, or cannot be reached or read.
    """
    when = service.window(period, start, end)
    path = service.usage_path(detail, **when, key_prefix=key_prefix, group_by=group_by, tz=tz)
    return _get(path, service.read_usage_report, settings)


async def ausage(
    *,
    period: str | None = None,
    start: When = None,
    end: When = None,
    key_prefix: str | None = None,
    group_by: str | None = None,
    tz: str | None = None,
    detail: bool = False,
    **settings: Unpack[AccessSettings],
) -> Usage:
    """Return what was spent; the async form of `usage`, with the same errors."""
    when = service.window(period, start, end)
    path = service.usage_path(detail, **when, key_prefix=key_prefix, group_by=group_by, tz=tz)
    return await _aget(path, service.read_usage_report, settings)


# --- log ----------------------------------------------------------------------------------------
def logs(
    *,
    period: str | None = None,
    start: When = None,
    end: When = None,
    key_prefix: str | None = None,
    model: str | Sequence[str] | None = None,
    status: str | Sequence[str] | None = None,
    **settings: Unpack[AccessSettings],
) -> list[LogEntry]:
    """Return the requests that were made with the key, newest first.

    A long log takes many requests: where the service's limit of them is met, the rest is waited
    for, as long as its `Retry-After` says, a minute otherwise.

    Args:
        period: A window up to now, such as `"24h"`, the default, or `"7d"`.
        start: Start of the window, with `end`, instead of `period`.
        end: End of the window, 92 days after its start at most.
        key_prefix: Another key than the one that asks; that takes a management key.
        model: A model id, or several.
        status: `"succeeded"`, `"failed"` or both.
        **settings: Key and place of the service.

    Raises:
        ConfigurationError: The window is none.
        AIMLAPIError: The service refuses, or cannot be reached or read.
    """
    log = log_of(period, start, end, key_prefix=key_prefix, model=model, status=status)
    entries = read_log(log, Patience(), settings)
    warn_of_unknown(model, [entry.model for entry in entries])
    return entries


async def alogs(
    *,
    period: str | None = None,
    start: When = None,
    end: When = None,
    key_prefix: str | None = None,
    model: str | Sequence[str] | None = None,
    status: str | Sequence[str] | None = None,
    **settings: Unpack[AccessSettings],
) -> list[LogEntry]:
    """Return the requests of a window; the async form of `logs`, with the same errors."""
    log = log_of(period, start, end, key_prefix=key_prefix, model=model, status=status)
    entries = await aread_log(log, Patience(), settings)
    warn_of_unknown(model, [entry.model for entry in entries])
    return entries


# --- metrics ------------------------------------------------------------------------------------
_measured: ETagCache[Metrics] = ETagCache()


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
    path = service.path_of(service.METRICS, aliases=models)
    found = _get(path, service.read_metrics, settings, _measured)
    warn_of_unknown(models, [row.model for row in found.models])
    return found


async def ametrics(
    models: Sequence[str] | str | None = None, **settings: Unpack[AccessSettings]
) -> Metrics:
    """Return how fast the models are; the async form of `metrics`, with the same errors."""
    path = service.path_of(service.METRICS, aliases=models)
    found = await _aget(path, service.read_metrics, settings, _measured)
    warn_of_unknown(models, [row.model for row in found.models])
    return found


# --- requests -----------------------------------------------------------------------------------
def _get(
    path: str,
    read: Callable[[bytes], _T],
    settings: AccessSettings,
    cache: ETagCache[_T] | None = None,
) -> _T:
    """Return what `read` makes of an answer; what may be cached is public and needs no key."""
    with Access(settings, needs_key=cache is None).sync() as client:
        return client.get(path, read, cache)


async def _aget(
    path: str,
    read: Callable[[bytes], _T],
    settings: AccessSettings,
    cache: ETagCache[_T] | None = None,
) -> _T:
    async with Access(settings, needs_key=cache is None).asynchronous() as client:
        return await client.get(path, read, cache)


# --- pages, at the service's pace ---------------------------------------------------------------
MAX_ROWS = 100
"""Rows of a page, the most that is documented."""
LIMIT_WINDOW = 60.0
"""Seconds after which a limit of requests a minute has passed, where the service names none."""
MAX_WAIT = 120.0
"""Seconds. A service that asks for a longer wait is not waited for: the caller decides."""
MAX_REFUSALS = 5
"""Refusals in a row, each after a wait, before the error is raised."""


class Patience:
    """How a reader of many pages meets the service's limit of requests: pure, no clock, no sleep.

    A refusal of the first page is raised, since nothing is lost then. `waited` is in seconds.

    Args:
        max_seconds: Seconds to wait at most, in total; None for no limit.
    """

    def __init__(self, max_seconds: float | None = None) -> None:
        self.waited = 0.0
        self._max_seconds = math.inf if max_seconds is None else max_seconds
        self._refusals: int | None = None

    def note_page(self) -> None:
        """Note that a page came."""
        self._refusals = 0

    def seconds_after(self, error: RateLimitError) -> float:
        """Return the seconds to wait before a page is asked for again; raise `error` for never."""
        seconds = error.retry_after or LIMIT_WINDOW
        too_long = seconds > MAX_WAIT or self.waited + seconds > self._max_seconds
        if self._refusals is None or self._refusals == MAX_REFUSALS or too_long:
            raise error
        self._refusals += 1
        self.waited += seconds
        return seconds


class _Ledger:
    """The pages of the ledger, by cursor."""

    def __init__(self, **filters: Any) -> None:
        self._filters = {**filters, "limit": MAX_ROWS}
        self.path: str | None = service.path_of(service.TRANSACTIONS, **self._filters)

    def take(self, page: Page) -> Sequence[Row]:
        """Take the page of `path`; return its rows."""
        is_last = page.next_cursor in (None, self._filters.get("cursor"))
        self._filters["cursor"] = page.next_cursor
        self.path = None if is_last else service.path_of(service.TRANSACTIONS, **self._filters)
        return page.rows


class Log:
    """The pages of the log in a window of time, in parts that fit on one page, newest part first.

    Pages by offset lose and repeat rows when the log grows meanwhile, and it does, because the
    ledger lags. So a window with more rows than a page is halved until they fit.
    """

    def __init__(self, whole: LogWindow, **filters: Any) -> None:
        self._filters = filters
        self._parts = [whole]
        self._rows: list[Row] = []
        self._seen: set[str | None] = set()

    @property
    def path(self) -> str | None:
        """Path of the next page; None when there is none."""
        if not self._parts:
            return None
        query = {**self._parts[-1].query, "limit": MAX_ROWS, "offset": len(self._rows) or None}
        return service.path_of(service.LOGS, **query, **self._filters)

    def take(self, page: Page) -> Sequence[Row]:
        """Take the page of `path`; return the rows that are complete with it, newest first."""
        part = self._parts[-1]
        if page.has_more and not self._rows and part.holds(page.rows) and (halves := part.halves()):
            self._parts[-1:] = halves
            return []
        self._rows += page.rows
        if page.has_more and page.rows:
            return []  # rows of one instant: these do not move, so the next page is by offset
        found, self._rows = self._rows, []
        self._parts.pop()
        found.sort(key=lambda row: str(row.get("created")), reverse=True)
        return list(filter(self._is_new, found))

    def _is_new(self, row: Row) -> bool:
        """Return whether a row comes for the first time: one at a border is in both parts."""
        inference_id = string_of(row.get("inference_id"))
        is_new = inference_id is None or inference_id not in self._seen
        self._seen.add(inference_id)
        return is_new


def log_of(period: str | None, start: When = None, end: When = None, **filters: Any) -> Log:
    """Return the pages of the log in a window that does not move from now on."""
    return Log(service.log_window(period, start, end, datetime.now(timezone.utc)), **filters)


def read_log(log: Log, patience: Patience, settings: AccessSettings) -> list[LogEntry]:
    """Return the entries of all pages of a log, newest first."""
    return list(map(service.read_log_entry, _rows(log, patience, settings)))


async def aread_log(log: Log, patience: Patience, settings: AccessSettings) -> list[LogEntry]:
    """Return the entries of all pages of a log; the async form of `read_log`."""
    return [service.read_log_entry(row) async for row in _arows(log, patience, settings)]


def _rows(pages: _Ledger | Log, patience: Patience, settings: AccessSettings) -> Iterator[Row]:
    with Access(settings).sync() as client:
        while pages.path is not None:
            try:
                page = client.get(pages.path, service.read_page)
            except RateLimitError as error:  # noqa: PERF203  # a page takes much longer
                time.sleep(patience.seconds_after(error))
            else:
                patience.note_page()
                yield from pages.take(page)


async def _arows(
    pages: _Ledger | Log, patience: Patience, settings: AccessSettings
) -> AsyncGenerator[Row, None]:
    async with Access(settings).asynchronous() as client:
        while pages.path is not None:
            try:
                page = await client.get(pages.path, service.read_page)
            except RateLimitError as error:  # noqa: PERF203  # the same
                await asyncio.sleep(patience.seconds_after(error))
            else:
                patience.note_page()
                for row in pages.take(page):
                    yield row
