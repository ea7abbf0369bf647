"""The account behind the key: its balance, the log of its requests, and the speed of the models.

    from langchain_aimlapi.account import balance, logs, metrics

    print(balance().usd)  # US dollars that are left
    for entry in logs(period="24h", status="failed"):
        print(entry.created, entry.model, entry.usd, entry.inference_id)

Each function has an async form with an `a` in front. All of them take `api_key`, `base_url`,
`timeout` (seconds), `max_retries` and `http_client`, with the defaults of `ChatAIMLAPI`.
"""

import asyncio
import time
from collections.abc import Sequence
from datetime import datetime

from typing_extensions import Unpack

from langchain_aimlapi._model.access import Access, AccessSettings, ETagCache
from langchain_aimlapi._model.hints import warn_of_unknown
from langchain_aimlapi._services.account import (
    Balance,
    Log,
    LogEntry,
    Metrics,
    ModelMetrics,
    Percentiles,
    path_of,
    read_balance,
    read_metrics,
    read_object,
)
from langchain_aimlapi.errors import RateLimitError

__all__ = [
    "Balance",
    "LogEntry",
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
    with Access(settings).sync() as client:
        return client.get("/v2/billing", read_balance)


async def abalance(**settings: Unpack[AccessSettings]) -> Balance:
    """Return what is left on the account; the async form of `balance`, with the same errors."""
    async with Access(settings).asynchronous() as client:
        return await client.get("/v2/billing", read_balance)


# --- log ----------------------------------------------------------------------------------------
def logs(
    *,
    period: str | None = None,
    start: datetime | str | None = None,
    end: datetime | str | None = None,
    key_prefix: str | None = None,
    model: str | Sequence[str] | None = None,
    status: str | Sequence[str] | None = None,
    **settings: Unpack[AccessSettings],
) -> list[LogEntry]:
    """Return the requests that were made with the key, newest first.

    A long log takes many requests. If the service limits them, the rest is waited for, as long as
    its `Retry-After` says, or a minute.

    Args:
        period: A window up to now, such as `"24h"`, the default, or `"7d"`.
        start: Start of the window, with `end`, instead of `period`: a datetime or ISO 8601.
        end: End of the window, 92 days after its start at most.
        key_prefix: Another key than the one that asks; that takes a management key.
        model: A model id, or several.
        status: `"succeeded"`, `"failed"` or both.
        **settings: Key and place of the service.

    Raises:
        ConfigurationError: Period, start and end are no window.
        AIMLAPIError: The service refuses, or cannot be reached or read.
    """
    access = Access(settings)
    log = Log(period, start, end, key_prefix=key_prefix, model=model, status=status)
    with access.sync() as client:
        while log.path is not None:
            try:
                log.add(client.get(log.path, read_object))
            except RateLimitError as error:  # noqa: PERF203  # a page takes much longer
                time.sleep(log.seconds_after(error))
    warn_of_unknown(model, [entry.model for entry in log.entries])
    return log.entries


async def alogs(
    *,
    period: str | None = None,
    start: datetime | str | None = None,
    end: datetime | str | None = None,
    key_prefix: str | None = None,
    model: str | Sequence[str] | None = None,
    status: str | Sequence[str] | None = None,
    **settings: Unpack[AccessSettings],
) -> list[LogEntry]:
    """Return the requests of a window; the async form of `logs`, with the same errors."""
    access = Access(settings)
    log = Log(period, start, end, key_prefix=key_prefix, model=model, status=status)
    async with access.asynchronous() as client:
        while log.path is not None:
            try:
                log.add(await client.get(log.path, read_object))
            except RateLimitError as error:  # noqa: PERF203  # a page takes much longer
                await asyncio.sleep(log.seconds_after(error))
    warn_of_unknown(model, [entry.model for entry in log.entries])
    return log.entries


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
    path = path_of("/models/metrics", {"aliases": models})
    with Access(settings, needs_key=False).sync() as client:
        found = client.get(path, read_metrics, _cached_metrics)
    warn_of_unknown(models, [row.model for row in found.models])
    return found


async def ametrics(
    models: Sequence[str] | str | None = None, **settings: Unpack[AccessSettings]
) -> Metrics:
    """Return how fast the models are; the async form of `metrics`, with the same errors."""
    path = path_of("/models/metrics", {"aliases": models})
    async with Access(settings, needs_key=False).asynchronous() as client:
        found = await client.get(path, read_metrics, _cached_metrics)
    warn_of_unknown(models, [row.model for row in found.models])
    return found
