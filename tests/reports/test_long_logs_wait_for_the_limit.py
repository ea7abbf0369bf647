"""A log of very many rows takes more requests than the service takes in a minute."""

from __future__ import annotations

import asyncio
import threading
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from langchain_aimlapi import account
from langchain_aimlapi.errors import InsufficientCreditsError, RateLimitError

if TYPE_CHECKING:
    from collections.abc import Callable

KEY = "sk-0123456789abcdef"
START = datetime(2026, 2, 1, tzinfo=timezone.utc)
WINDOW = {"start": START, "end": START + timedelta(hours=10)}


class Limited:
    """A log with a row a second, and a limit of requests a minute, by a clock that is turned."""

    def __init__(self, rows: int = 5000, *, limit: int = 10, **refusal: Any) -> None:
        self.rows = [START + timedelta(seconds=number) for number in range(rows)]
        self.now = 0.0
        self.waits: list[float] = []
        self.limit = limit
        self.refusal = refusal
        self._began = 0.0
        self._used = 0

    def sleep(self, seconds: float) -> None:
        self.waits.append(seconds)
        self.now += seconds

    def __call__(self, request: httpx.Request) -> httpx.Response:
        if self.now >= self._began + 60:
            self._began, self._used = self.now, 0
        self._used += 1
        if self._used > self.limit:
            given = {"headers": {}, "json": {"message": "Too many requests"}, **self.refusal}
            return httpx.Response(429, **given)
        query = request.url.params
        first, last = (datetime.fromisoformat(query[n].replace("Z", "+00:00")) for n in WINDOW)
        found = [row for row in reversed(self.rows) if first <= row <= last]
        page = [{"created": row.isoformat(), "inference_id": str(row)} for row in found[:100]]
        more = len(found) > len(page)
        return httpx.Response(200, json={"data": page, "pagination": {"has_more": more}})


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Any]:
    """Return what reads the log of a service, in either way, in no time."""

    def read(service: Limited, way: str) -> Any:
        monkeypatch.setattr("time.sleep", service.sleep)
        transport = httpx.MockTransport(service)
        if way == "sync":
            client = httpx.Client(transport=transport)
            return account.logs(**WINDOW, api_key=KEY, max_retries=0, http_client=client)
        sleep, ours = asyncio.sleep, threading.get_ident()

        async def pause(seconds: float) -> None:
            if threading.get_ident() != ours:  # a server that another test has started
                return await sleep(seconds)
            service.sleep(seconds)
            return await sleep(0)

        monkeypatch.setattr("asyncio.sleep", pause)
        asynchronous = httpx.AsyncClient(transport=transport)
        return asyncio.run(
            account.alogs(**WINDOW, api_key=KEY, max_retries=0, http_client=asynchronous)
        )

    return read


@pytest.mark.parametrize("way", ["sync", "async"])
@pytest.mark.parametrize(
    ("refusal", "wait"),
    [
        ({}, 60.0),
        ({"headers": {"retry-after": "61"}}, 61.0),
        ({"headers": {"retry-after": "0"}}, 60.0),
        ({"headers": {"retry-after": "119"}}, 119.0),
    ],
)
def test_a_long_log_is_read_to_its_end(
    read: Callable[..., Any], way: str, refusal: dict[str, Any], wait: float
) -> None:
    service = Limited(**refusal)
    entries = read(service, way)
    assert [entry.inference_id for entry in entries] == [str(row) for row in service.rows[::-1]]
    assert len(service.waits) > 3
    assert set(service.waits) == {wait}


@pytest.mark.parametrize("way", ["sync", "async"])
@pytest.mark.parametrize("seconds", ["121", "1000000000"])
def test_a_wait_of_more_than_two_minutes_is_left_to_the_caller(
    read: Callable[..., Any], way: str, seconds: str
) -> None:
    service = Limited(headers={"retry-after": seconds})
    with pytest.raises(RateLimitError) as refused:
        read(service, way)
    assert refused.value.retry_after == float(seconds)
    assert service.waits == []


@pytest.mark.parametrize("way", ["sync", "async"])
def test_a_first_request_that_is_refused_is_an_error_at_once(
    read: Callable[..., Any], way: str
) -> None:
    service = Limited(limit=0)
    with pytest.raises(RateLimitError):
        read(service, way)
    assert service.waits == []


def test_a_service_that_goes_on_refusing_is_given_up(read: Callable[..., Any]) -> None:
    service = Limited(headers={"retry-after": "1"})  # which is too short, each time
    with pytest.raises(RateLimitError):
        read(service, "sync")
    assert service.waits == [1.0] * 5


def test_an_account_without_credits_is_no_limit_to_wait_for(read: Callable[..., Any]) -> None:
    body = {"message": "You've run out of credits.", "error": {"kind": "err_insufficent_credits"}}
    service = Limited(json=body)
    with pytest.raises(InsufficientCreditsError):
        read(service, "sync")
    assert service.waits == []
