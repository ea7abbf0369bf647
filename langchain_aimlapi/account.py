"""The account behind the key: balance, ledger, usage, the log of requests, speed of the models.

    from langchain_aimlapi.account import balance, logs, metrics, transactions, usage

    print(balance().usd)  # US dollars that are left
    for entry in logs(period="24h", status="failed"):
        print(entry.created, entry.model, entry.inference_id)

Each function has an async form with an `a` in front. All of them take `api_key`, `base_url`,
`timeout` (seconds), `max_retries` and `http_client`, with the defaults of `ChatAIMLAPI`.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from datetime import datetime, timezone

from typing_extensions import Unpack

from langchain_aimlapi._endpoints.account import queries, results
from langchain_aimlapi._endpoints.account.queries import When
from langchain_aimlapi._endpoints.account.results import (
    Balance,
    LogEntry,
    Metrics,
    ModelMetrics,
    Percentiles,
    Transaction,
    Usage,
    UsageGroup,
)
from langchain_aimlapi._model.access import Access, AccessSettings, AsyncReader, Reader
from langchain_aimlapi._model.etags import ETagCache
from langchain_aimlapi._model.hints import warn_of_unknown
from langchain_aimlapi.errors import RateLimitError

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
    with Access(settings).sync() as client:
        return client.get(queries.BILLING, results.read_balance)


async def abalance(**settings: Unpack[AccessSettings]) -> Balance:
    """Return what is left on the account; the async form of `balance`.

    Raises:
        AIMLAPIError: The service refuses, or cannot be reached or read.
    """
    async with Access(settings).asynchronous() as client:
        return await client.get(queries.BILLING, results.read_balance)


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
    ledger = queries.Ledger(**{"from": start}, to=end, direction=direction, type=type)
    patience = queries.Patience()
    with Access(settings).sync() as client:
        while ledger.path is not None:
            yield from ledger.take(_page(client, ledger.path, patience))


async def atransactions(
    *,
    start: When = None,
    end: When = None,
    direction: str | None = None,
    type: str | None = None,  # noqa: A002  # the service's word
    **settings: Unpack[AccessSettings],
) -> AsyncIterator[Transaction]:
    """Yield the entries of the ledger; the async form of `transactions`.

    Raises:
        AIMLAPIError: The service refuses, or cannot be reached or read.
    """
    ledger = queries.Ledger(**{"from": start}, to=end, direction=direction, type=type)
    patience = queries.Patience()
    async with Access(settings).asynchronous() as client:
        while ledger.path is not None:
            for entry in ledger.take(await _apage(client, ledger.path, patience)):
                yield entry


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
    when = queries.window(period, start, end)
    path = queries.usage_path(when, key_prefix=key_prefix, group_by=group_by, tz=tz, detail=detail)
    with Access(settings).sync() as client:
        return client.get(path, results.read_usage_report)


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
    """Return what was spent in a window of time; the async form of `usage`.

    Raises:
        ConfigurationError: Both forms of a window are given, or half of one.
        AIMLAPIError: The service refuses, or cannot be reached or read.
    """
    when = queries.window(period, start, end)
    path = queries.usage_path(when, key_prefix=key_prefix, group_by=group_by, tz=tz, detail=detail)
    async with Access(settings).asynchronous() as client:
        return await client.get(path, results.read_usage_report)


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
    whole = queries.log_window(period, start, end, datetime.now(timezone.utc))
    log = queries.Log(whole, key_prefix=key_prefix, model=model, status=status)
    entries = read_log(log, queries.Patience(), settings)
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
    """Return the requests that were made with the key; the async form of `logs`.

    Raises:
        ConfigurationError: The window is none.
        AIMLAPIError: The service refuses, or cannot be reached or read.
    """
    whole = queries.log_window(period, start, end, datetime.now(timezone.utc))
    log = queries.Log(whole, key_prefix=key_prefix, model=model, status=status)
    entries = await aread_log(log, queries.Patience(), settings)
    warn_of_unknown(model, [entry.model for entry in entries])
    return entries


def read_log(
    log: queries.Log, patience: queries.Patience, settings: AccessSettings
) -> list[LogEntry]:
    """Return the entries of all pages of a log."""
    with Access(settings).sync() as client:
        while log.path is not None:
            log.take(_page(client, log.path, patience))
    return log.entries()


async def aread_log(
    log: queries.Log, patience: queries.Patience, settings: AccessSettings
) -> list[LogEntry]:
    """Return the entries of all pages of a log; the async form of `read_log`."""
    async with Access(settings).asynchronous() as client:
        while log.path is not None:
            log.take(await _apage(client, log.path, patience))
    return log.entries()


def _page(client: Reader, path: str, patience: queries.Patience) -> results.Page:
    while True:
        try:
            page = client.get(path, results.read_page)
        except RateLimitError as error:
            seconds = patience.seconds_after(error)
        else:
            patience.note_page()
            return page
        time.sleep(seconds)


async def _apage(client: AsyncReader, path: str, patience: queries.Patience) -> results.Page:
    while True:
        try:
            page = await client.get(path, results.read_page)
        except RateLimitError as error:
            seconds = patience.seconds_after(error)
        else:
            patience.note_page()
            return page
        await asyncio.sleep(seconds)


# --- metrics ------------------------------------------------------------------------------------
_measured: ETagCache[Metrics] = ETagCache()


def metrics(
    models: Sequence[str] | str | None = None, **settings: Unpack[AccessSettings]
) -> Metrics:
    """Return how fast the models have been just now. The service answers without a key.

    An answer with an `ETag` is kept in memory; asked again, the service may say that it holds.

    Args:
        models: Ids or aliases, 100 at most; all models that had traffic unless given.
        **settings: Key and place of the service.

    Raises:
        AIMLAPIError: The service refuses, or cannot be reached or read.
    """
    with Access(settings, needs_key=False).sync() as client:
        path = queries.path_of(queries.METRICS, aliases=models)
        found = client.get(path, results.read_metrics, _measured)
    warn_of_unknown(models, [row.model for row in found.models])
    return found


async def ametrics(
    models: Sequence[str] | str | None = None, **settings: Unpack[AccessSettings]
) -> Metrics:
    """Return how fast the models have been just now; the async form of `metrics`.

    Raises:
        AIMLAPIError: The service refuses, or cannot be reached or read.
    """
    async with Access(settings, needs_key=False).asynchronous() as client:
        path = queries.path_of(queries.METRICS, aliases=models)
        found = await client.get(path, results.read_metrics, _measured)
    warn_of_unknown(models, [row.model for row in found.models])
    return found
