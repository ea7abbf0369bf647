"""Balance, log and metrics, sync and async, against the emulator."""

from __future__ import annotations

import json
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from langchain_aimlapi import account
from langchain_aimlapi.errors import (
    APIConnectionError,
    AuthenticationError,
    ConfigurationError,
    InvalidRequestError,
    MalformedResponseError,
    MissingAPIKeyError,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from emulator.server import Emulator

FEBRUARY = {"start": "2026-02-01", "end": "2026-03-01"}


def answering(*bodies: Any) -> httpx.Client:
    """Return a client that gives these answers, one after the other."""
    rest = list(bodies)

    def handle(_: httpx.Request) -> httpx.Response:
        body = rest.pop(0)
        return httpx.Response(200, content=body if isinstance(body, bytes) else json.dumps(body))

    return httpx.Client(transport=httpx.MockTransport(handle))


async def test_the_balance_falls_by_what_was_spent(
    settings: dict[str, Any], ask: Callable[..., str]
) -> None:
    before = account.balance(**settings)
    ask()
    after = await account.abalance(**settings)
    assert before == account.Balance(usd=100.0, currency="USD")
    assert 99.9 < after.usd < 100.0


async def test_the_log_holds_each_request_once_newest_first_and_without_offsets(
    emulator: Emulator, settings: dict[str, Any], ask: Callable[..., str]
) -> None:
    asked = [ask(f"Hi {number}!", client_request_id=f"call-{number}") for number in range(230)]
    start = len(emulator.service.queries)
    entries = account.logs(**FEBRUARY, **settings)
    assert [entry.inference_id for entry in entries] == asked[::-1]
    assert entries[0].client_request_id == "call-229"
    assert entries[0].input_tokens
    assert not any("offset" in query for query in emulator.service.queries[start:])
    assert await account.alogs(**FEBRUARY, **settings) == entries


def test_filters_of_the_log_repeat_their_parameter(
    emulator: Emulator, settings: dict[str, Any], ask: Callable[..., str]
) -> None:
    ask()
    ask(model="claude-sonnet-4-5")
    both = account.logs(
        model=["gpt-4o-mini", "nothing"], status=["succeeded", "failed"], **settings
    )
    assert [entry.model for entry in both] == ["gpt-4o-mini"]
    query = emulator.service.queries[-1]
    assert query == (
        "period=24h&limit=100&model=gpt-4o-mini&model=nothing&status=succeeded&status=failed"
    )
    assert account.logs(status="failed", **settings) == []


def test_rows_of_one_instant_are_read_to_the_end(settings: dict[str, Any]) -> None:
    row = {"created": "2026-02-13T00:00:00Z"}
    first = {"data": [{**row, "inference_id": "a"}], "pagination": {"total": 2, "has_more": True}}
    last = {"data": [{**row, "inference_id": "b"}], "pagination": {"total": 2, "has_more": False}}
    instant = {"start": row["created"], "end": row["created"]}
    found = account.logs(http_client=answering(first, last), **instant, **settings)
    assert {entry.inference_id for entry in found} == {"a", "b"}


def test_a_server_that_ignores_the_window_is_read_to_the_end(settings: dict[str, Any]) -> None:
    row = {"created": "2020-01-01T00:00:00Z"}
    first = {"data": [{**row, "inference_id": "a"}], "pagination": {"has_more": True}}
    last = {"data": [{**row, "inference_id": "b"}], "pagination": {"has_more": False}}
    found = account.logs(http_client=answering(first, last), **FEBRUARY, **settings)
    assert [entry.inference_id for entry in found] == ["a", "b"]


async def test_metrics_need_no_key(emulator: Emulator, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AIMLAPI_API_KEY", raising=False)
    found = account.metrics(["gpt-4o-mini", "claude-sonnet-4-5"], base_url=emulator.base_url)
    assert "authorization" not in emulator.requests[-1].headers
    assert {row.model for row in found.models} == {"gpt-4o-mini", "claude-sonnet-4-5"}
    row = found.models[0]
    assert row.ttft_ms is not None
    assert row.tokens_per_second is not None
    assert row.ttft_ms.p50 is not None
    assert row.ttft_ms.p99 is not None
    assert row.ttft_ms.p50 < row.ttft_ms.p99
    assert found.window_seconds == 300
    assert (
        await account.ametrics(["gpt-4o-mini", "claude-sonnet-4-5"], base_url=emulator.base_url)
        == found
    )


@pytest.mark.parametrize(
    ("window", "says"),
    [
        ({"period": "7d", "start": "2026-01-01", "end": "2026-01-02"}, "not both"),
        ({"start": "2026-01-01"}, "go together"),
        ({"period": "a week"}, "'24h'"),
    ],
)
def test_a_window_that_is_none_is_refused_before_anything_is_sent(
    window: dict[str, str], says: str, settings: dict[str, Any], emulator: Emulator
) -> None:
    before = len(emulator.requests)
    with pytest.raises(ConfigurationError, match=says):
        account.logs(**window, **settings)
    assert len(emulator.requests) == before


@pytest.mark.parametrize(
    ("start", "end", "says"),
    [
        ("2026-01-01", "2025-01-01", "92 days"),
        ("2026-01-01", "2026-09-01", "92 days"),
        ("soon", "2026-09-01", "ISO 8601"),
    ],
)
def test_the_log_has_windows_of_92_days_at_most(
    start: str, end: str, says: str, settings: dict[str, Any]
) -> None:
    with pytest.raises(ConfigurationError, match=says):
        account.logs(start=start, end=end, **settings)


def test_errors_are_typed(settings: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(AuthenticationError) as refused:
        account.balance(**{**settings, "api_key": "wrong-key-0123456789"})
    assert "wrong-key" not in str(refused.value)
    with pytest.raises(InvalidRequestError):
        account.logs(status="late", **settings)
    with pytest.raises(APIConnectionError):
        account.balance(api_key="test", base_url="http://127.0.0.1:9/v1", max_retries=0)
    monkeypatch.delenv("AIMLAPI_API_KEY", raising=False)
    with pytest.raises(MissingAPIKeyError, match="AIMLAPI_API_KEY"):
        account.balance(base_url=settings["base_url"])
    with pytest.raises(TypeError, match="api_kye"):
        account.balance(api_kye="test")  # type: ignore[call-arg]


@pytest.mark.parametrize("body", [b"", b"[]", b"<html>", {"currency": "USD"}])
def test_an_answer_that_holds_no_balance_is_malformed(body: Any, settings: dict[str, Any]) -> None:
    with pytest.raises(MalformedResponseError):
        account.balance(http_client=answering(body), max_retries=0, **settings)


def test_odd_rows_hide_no_others(settings: dict[str, Any]) -> None:
    odd = {"created": 5, "cost": "much", "model": 7, "status": None}
    good = {"created": "2026-02-13T00:00:00Z", "cost": {"usd": 1.5, "credits": 3}}
    page = {"data": [odd, "text", good], "pagination": None}
    first, second = account.logs(http_client=answering(page), **settings)
    assert (first.created, first.usd, first.model) == (None, None, None)
    assert (second.usd, second.credits) == (1.5, 3)
    assert second.created == datetime(2026, 2, 13, tzinfo=timezone.utc)


def test_a_log_that_grows_while_it_is_read_keeps_each_row_once(settings: dict[str, Any]) -> None:
    rows = [
        {"created": f"2026-02-13T00:00:00.{number:03}Z", "inference_id": str(number)}
        for number in range(350)
    ]
    known = 300

    def answer(request: httpx.Request) -> httpx.Response:
        nonlocal known
        query = request.url.params
        found = [row for row in rows[:known] if _moment(row["created"]) <= _moment(query["end"])]
        found = found[::-1][int(query.get("offset", 0)) :]
        known += 20
        page = {"data": found[:100], "pagination": {"has_more": len(found) > 100}}
        return httpx.Response(200, json=page)

    client = httpx.Client(transport=httpx.MockTransport(answer))
    entries = account.logs(**FEBRUARY, http_client=client, **settings)
    assert [entry.inference_id for entry in entries] == [
        str(number) for number in range(299, -1, -1)
    ]


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text.replace("Z", "+00:00"))
    return moment if moment.tzinfo else moment.replace(tzinfo=timezone.utc)
