"""The account behind the key: balance, ledger, usage, the log of requests, speed of the models.

    from langchain_aimlapi.account import balance, logs, metrics, transactions, usage

    print(balance().usd)  # US dollars that are left
    for entry in logs(period="24h", status="failed"):
        print(entry.created, entry.model, entry.inference_id)

Each function has an async form with an `a` in front. All of them take `api_key`, `base_url`,
`timeout` (seconds), `max_retries` and `http_client`, with the defaults of `ChatAIMLAPI`.
"""

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
from langchain_aimlapi._model.access import Access, AccessSettings

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

BILLING, TRANSACTIONS, USAGE, LOGS, METRICS = (
    "/v2/billing",
    "/v2/billing/transactions",
    "/v2/usage",
    "/v2/logs",
    "/models/metrics",
)


# --- balance ------------------------------------------------------------------------------------
def balance(**settings: Unpack[AccessSettings]) -> Balance:
    """Return what is left on the account, in US dollars.

    Raises:
        AIMLAPIError: The service refuses, or cannot be reached or read.
    """
    with Access(settings).sync() as client:
        return client.get(BILLING, results.read_balance)


async def abalance(**settings: Unpack[AccessSettings]) -> Balance:
    """Return what is left on the account; the async form of `balance`.

    Raises:
        AIMLAPIError: The service refuses, or cannot be reached or read.
    """
    async with Access(settings).asynchronous() as client:
        return await client.get(BILLING, results.read_balance)


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
    query = {"from": start, "to": end, "direction": direction, "type": type, "limit": queries.PAGE}
    with Access(settings).sync() as client:
        cursor: str | None = None
        while True:
            path = queries.path_of(TRANSACTIONS, **query, cursor=cursor)
            page = client.get(path, results.read_page)
            yield from map(results.read_transaction, page.rows)
            if page.next_cursor is None or page.next_cursor == cursor:
                return
            cursor = page.next_cursor


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
    query = {"from": start, "to": end, "direction": direction, "type": type, "limit": queries.PAGE}
    async with Access(settings).asynchronous() as client:
        cursor: str | None = None
        while True:
            path = queries.path_of(TRANSACTIONS, **query, cursor=cursor)
            page = await client.get(path, results.read_page)
            for row in page.rows:
                yield results.read_transaction(row)
            if page.next_cursor is None or page.next_cursor == cursor:
                return
            cursor = page.next_cursor


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
    path = _usage_path(
        period=period,
        start=start,
        end=end,
        key_prefix=key_prefix,
        group_by=group_by,
        tz=tz,
        detail=detail,
    )
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
    path = _usage_path(
        period=period,
        start=start,
        end=end,
        key_prefix=key_prefix,
        group_by=group_by,
        tz=tz,
        detail=detail,
    )
    async with Access(settings).asynchronous() as client:
        return await client.get(path, results.read_usage_report)


def _usage_path(
    *,
    period: str | None,
    start: When,
    end: When,
    key_prefix: str | None,
    group_by: str | None,
    tz: str | None,
    detail: bool,
) -> str:
    path = f"{USAGE}/detail" if detail or group_by or tz else USAGE
    query = queries.window(period, start, end)
    return queries.path_of(path, **query, key_prefix=key_prefix, group_by=group_by, tz=tz)


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
    rows: list[results.Row] = []
    parts = queries.log_parts(whole, rows)
    filters = {"key_prefix": key_prefix, "model": model, "status": status}
    with Access(settings).sync() as client:
        query = next(parts)
        try:
            while True:
                path = queries.path_of(LOGS, **query, **filters)
                query = parts.send(client.get(path, results.read_page))
        except StopIteration:
            return list(map(results.read_log_entry, rows))


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
    rows: list[results.Row] = []
    parts = queries.log_parts(whole, rows)
    filters = {"key_prefix": key_prefix, "model": model, "status": status}
    async with Access(settings).asynchronous() as client:
        query = next(parts)
        try:
            while True:
                path = queries.path_of(LOGS, **query, **filters)
                query = parts.send(await client.get(path, results.read_page))
        except StopIteration:
            return list(map(results.read_log_entry, rows))


# --- metrics ------------------------------------------------------------------------------------
def metrics(
    models: Sequence[str] | str | None = None, **settings: Unpack[AccessSettings]
) -> Metrics:
    """Return how fast the models have been just now. The service answers without a key.

    Args:
        models: Ids or aliases, 100 at most; all models that had traffic unless given.
        **settings: Key and place of the service.

    Raises:
        AIMLAPIError: The service refuses, or cannot be reached or read.
    """
    with Access(settings, needs_key=False).sync() as client:
        return client.get(queries.path_of(METRICS, aliases=models), results.read_metrics)


async def ametrics(
    models: Sequence[str] | str | None = None, **settings: Unpack[AccessSettings]
) -> Metrics:
    """Return how fast the models have been just now; the async form of `metrics`.

    Raises:
        AIMLAPIError: The service refuses, or cannot be reached or read.
    """
    async with Access(settings, needs_key=False).asynchronous() as client:
        return await client.get(queries.path_of(METRICS, aliases=models), results.read_metrics)
