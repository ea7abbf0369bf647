"""Balance, log and metrics of an account, sync and async."""

from __future__ import annotations

import threading
from asyncio import sleep
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from scripted import KEY, Scripted

from langchain_aimlapi import ChatAIMLAPI, account, errors

if TYPE_CHECKING:
    from emulator.server import Emulator

FEBRUARY = {"start": "2026-02-01", "end": "2026-03-01"}
START = datetime(2026, 2, 1, tzinfo=timezone.utc)
WINDOW = {"start": START, "end": START + timedelta(hours=10)}
MODELS = ["gpt-4o-mini", "claude-sonnet-4-5"]
both_ways = pytest.mark.parametrize("logs", [account.logs, account.alogs])


def ask(settings: dict[str, Any], model: str = "gpt-4o-mini", **kwargs: Any) -> str:
    """Ask a model something; return the inference id."""
    answer = ChatAIMLAPI(model=model, **settings).invoke("Hi!", **kwargs)
    return str(answer.response_metadata["inference_id"])


def page(*rows: Any, more: bool = False) -> dict[str, Any]:
    return {"data": list(rows), "pagination": {"has_more": more}}


async def test_the_balance_falls_by_what_was_spent(settings: dict[str, Any]) -> None:
    before = account.balance(**settings)
    ask(settings)
    after = await account.abalance(**settings)
    assert before == account.Balance(usd=100.0, currency="USD")
    assert 99.9 < after.usd < 100.0


async def test_the_log_is_filtered_by_models_and_statuses(
    emulator: Emulator, settings: dict[str, Any]
) -> None:
    asked = ask(settings, client_request_id="call-1")
    ask(settings, model="claude-sonnet-4-5")
    wanted: dict[str, Any] = {"model": ["gpt-4o-mini", "?"], "status": ["succeeded", "failed"]}
    (entry,) = account.logs(**wanted, **settings)
    assert (entry.model, entry.inference_id) == ("gpt-4o-mini", asked)
    assert entry.client_request_id == "call-1"
    assert entry.input_tokens
    assert emulator.requests[-1].query == (
        "period=24h&limit=100&model=gpt-4o-mini&model=%3F&status=succeeded&status=failed"
    )
    assert await account.alogs(**wanted, **settings) == [entry]
    assert account.logs(status="failed", **settings) == []


@pytest.mark.parametrize(
    ("created", "window"),
    [
        ("2026-02-13T00:00:00Z", dict.fromkeys(("start", "end"), "2026-02-13T00:00:00Z")),
        ("2020-01-01T00:00:00Z", FEBRUARY),
    ],
    ids=["rows of one instant", "a server that ignores the window"],
)
def test_rows_that_no_window_divides_are_read_to_the_end(
    created: str, window: dict[str, str]
) -> None:
    first, second = ({"created": created, "inference_id": name} for name in "ab")
    service = Scripted(page(first, more=True), page(second))
    found = service.ask(account.logs, api_key=KEY, **window)
    assert [entry.inference_id for entry in found] == ["a", "b"]
    assert service.requests[1].url.params["offset"] == "1"


def test_a_log_that_grows_while_it_is_read_keeps_each_row_once() -> None:
    rows = [
        {"created": f"2026-02-13T00:00:00.{number:03}Z", "inference_id": str(number)}
        for number in range(350)
    ]
    known = 300

    def answer(request: httpx.Request) -> httpx.Response:
        nonlocal known
        assert "offset" not in request.url.params  # it would count the new rows
        end = request.url.params["end"]
        found = [row for row in rows[:known] if _moment(row["created"]) <= _moment(end)][::-1]
        known += 20
        return httpx.Response(200, json=page(*found[:100], more=len(found) > 100))

    entries = Scripted(answer).ask(account.logs, api_key=KEY, **FEBRUARY)
    assert [entry.inference_id for entry in entries] == [str(n) for n in range(299, -1, -1)]


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text.replace("Z", "+00:00"))
    return moment if moment.tzinfo else moment.replace(tzinfo=timezone.utc)


def test_odd_rows_hide_no_others() -> None:
    odd = {"created": 5, "cost": "much", "model": 7, "status": None}
    good = {"created": "2026-02-13T00:00:00Z", "cost": {"usd": 1.5, "credits": 3}}
    service = Scripted({"data": [odd, "text", good], "pagination": None})
    first, second = service.ask(account.logs, api_key=KEY)
    assert (first.created, first.usd, first.model) == (None, None, None)
    assert (second.usd, second.credits) == (1.5, 3)
    assert second.created == datetime(2026, 2, 13, tzinfo=timezone.utc)


async def test_metrics_need_no_key(emulator: Emulator, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AIMLAPI_API_KEY", raising=False)
    found = account.metrics(MODELS, base_url=emulator.base_url)
    assert "authorization" not in emulator.requests[-1].headers
    assert {row.model for row in found.models} == set(MODELS)
    row = found.models[0]
    assert row.ttft_ms is not None
    assert row.tokens_per_second is not None
    assert 0 < (row.ttft_ms.p50 or 0) < (row.ttft_ms.p99 or 0)
    assert found.window_seconds == 300
    assert await account.ametrics(MODELS, base_url=emulator.base_url) == found


@pytest.mark.parametrize(
    ("window", "says"),
    [
        ({"period": "7d", "start": "2026-01-01", "end": "2026-01-02"}, "or start and end"),
        ({"start": "2026-01-01"}, "or start and end"),
        ({"period": "a week"}, "'24h'"),
        ({"start": "soon", "end": "2026-09-01"}, "ISO 8601"),
    ],
)
def test_a_window_that_is_none_is_refused_before_anything_is_sent(
    window: dict[str, str], says: str
) -> None:
    service = Scripted(page())
    with pytest.raises(errors.ConfigurationError, match=says):
        service.ask(account.logs, api_key=KEY, **window)
    assert service.requests == []


def test_errors_are_typed(settings: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(errors.AuthenticationError) as refused:
        account.balance(**{**settings, "api_key": "wrong-key-0123456789"})
    assert "wrong-key" not in str(refused.value)
    with pytest.raises(errors.InvalidRequestError):
        account.logs(status="late", **settings)
    monkeypatch.delenv("AIMLAPI_API_KEY", raising=False)
    with pytest.raises(errors.MissingAPIKeyError, match="AIMLAPI_API_KEY"):
        account.balance(base_url=settings["base_url"])
    with pytest.raises(TypeError, match="api_kye"):
        account.balance(api_kye="test")  # type: ignore[call-arg]


@pytest.mark.parametrize("body", [b"", [], {"currency": "USD"}])
def test_an_answer_that_holds_no_balance_is_malformed(body: Any) -> None:
    with pytest.raises(errors.MalformedResponseError):
        Scripted(body).ask(account.balance, api_key=KEY)


@pytest.mark.parametrize("currency", [None, "", 3])
def test_an_odd_currency_does_not_hide_the_balance(currency: Any) -> None:
    body = {"current_balance": 2.5, "currency": currency}
    found = Scripted(body).ask(account.balance, api_key=KEY)
    assert found == account.Balance(usd=2.5, currency="USD")


# --- a log of very many rows takes more requests than the service takes in a minute ---


class Limited(Scripted):
    """A log with a row a second, and a limit of requests a minute, by a clock that is turned."""

    def __init__(self, rows: int = 2000, *, limit: int = 10, **refusal: Any) -> None:
        super().__init__(self.answer)
        self.rows = [START + timedelta(seconds=number) for number in range(rows)]
        self.waits: list[float] = []
        self.limit = limit
        self.refusal = refusal
        self._now = self._began = 0.0
        self._used = 0

    def wait(self, seconds: float) -> None:
        self.waits.append(seconds)
        self._now += seconds

    def answer(self, request: httpx.Request) -> httpx.Response:
        if self._now >= self._began + 60:
            self._began, self._used = self._now, 0
        self._used += 1
        if self._used > self.limit:
            return httpx.Response(429, **{"json": {"message": "Too many"}, **self.refusal})
        first, last = (_moment(request.url.params[name]) for name in WINDOW)
        found = [row for row in reversed(self.rows) if first <= row <= last]
        rows = [{"created": row.isoformat(), "inference_id": str(row)} for row in found[:100]]
        return httpx.Response(200, json=page(*rows, more=len(found) > 100))

    def read(self, logs: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
        """Read the log in no time."""
        ours = threading.get_ident()

        async def pause(seconds: float) -> None:
            if threading.get_ident() != ours:  # the emulator's
                return await sleep(seconds)
            self.wait(seconds)
            return await sleep(0)

        monkeypatch.setattr("time.sleep", self.wait)
        monkeypatch.setattr("asyncio.sleep", pause)
        return self.ask(logs, api_key=KEY, **WINDOW)


@both_ways
@pytest.mark.parametrize(
    ("refusal", "wait"),
    [
        ({}, 60.0),
        ({"headers": {"retry-after": "0"}}, 60.0),
        ({"headers": {"retry-after": "119"}}, 119.0),
    ],
)
def test_a_long_log_is_read_to_its_end(
    logs: Any, refusal: dict[str, Any], wait: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    service = Limited(**refusal)
    entries = service.read(logs, monkeypatch)
    assert [entry.inference_id for entry in entries] == [str(row) for row in service.rows[::-1]]
    assert service.waits
    assert set(service.waits) == {wait}


NO_CREDITS = {"message": "You've run out of credits.", "error": {"kind": "err_insufficent_credits"}}


@pytest.mark.parametrize(
    ("service", "waits", "error"),
    [
        (lambda: Limited(headers={"retry-after": "121"}), [], errors.RateLimitError),
        (
            lambda: Limited(limit=0),
            [],
            errors.RateLimitError,
        ),  # nothing was read that could be lost
        (lambda: Limited(headers={"retry-after": "1"}), [1.0] * 5, errors.RateLimitError),
        (lambda: Limited(json=NO_CREDITS), [], errors.InsufficientCreditsError),
    ],
    ids=["a wait of more than two minutes", "at once", "again and again", "no credits"],
)
def test_a_refusal_that_no_wait_mends_is_raised(
    service: Any, waits: list[float], error: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    service = service()
    with pytest.raises(error) as refused:
        service.read(account.logs, monkeypatch)
    assert type(refused.value) is error
    assert service.waits == waits
