"""Costs that were not reported: streams that were left or cut, answers without one, the log."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest
from faults.frames import shown_by_frames

from langchain_aimlapi import AIMLAPIEmbeddings, ChatAIMLAPI
from langchain_aimlapi.cost import CostCallbackHandler, Unreported, get_cost_callback
from langchain_aimlapi.errors import (
    AuthenticationError,
    BudgetExceededError,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from emulator.server import Emulator


@pytest.fixture
def model(settings: dict[str, Any]) -> ChatAIMLAPI:
    return ChatAIMLAPI(model="gpt-4o-mini", **settings)


# --- budgets
def test_a_spent_budget_is_raised_and_not_logged(
    model: ChatAIMLAPI, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG), get_cost_callback(budget_usd=0.0):
        with pytest.raises(BudgetExceededError):
            model.invoke("Hi!")
        with pytest.raises(BudgetExceededError):
            next(iter(model.stream("Hi!")))
    assert "CostCallbackHandler" not in caplog.text


def test_other_errors_of_callbacks_are_still_logged(
    model: ChatAIMLAPI, caplog: pytest.LogCaptureFixture
) -> None:
    class Broken(CostCallbackHandler):
        raise_error = False

        def on_llm_end(self, *_: Any, **__: Any) -> None:
            raise ValueError("broken")

    model.invoke("Hi!", config={"callbacks": [Broken()]})
    assert "broken" in caplog.text


# --- the log ------------------------------------------------------------------------------------
def test_costs_are_found_in_the_log_by_inference_id(
    settings: dict[str, Any], ask: Callable[..., str]
) -> None:
    inference_id = ask()
    with get_cost_callback() as outer, get_cost_callback() as cost:
        cost.add("gpt-4o-mini", inference_id=inference_id)
        cost.add("gpt-4o-mini", inference_id="unknown")
    done = cost.reconcile(wait=0, **settings)
    assert (done.found, done.missing) == (1, (Unreported("gpt-4o-mini", "unknown"),))
    assert cost.unreported_calls == 1
    assert cost.usd > 0
    assert cost.credits > 0
    assert outer.usd == cost.usd


def test_costs_are_found_by_the_clients_own_id(
    model: ChatAIMLAPI, settings: dict[str, Any]
) -> None:
    with get_cost_callback() as cost:
        stream = model.stream("Hi!", client_request_id="order-1")
        next(stream)
        stream.close()  # type: ignore[attr-defined]  # a generator
    assert cost.unreported_calls == 1
    assert cost.reconcile(wait=0, **settings).missing == ()
    assert (cost.unreported_calls, cost.calls) == (0, 1)
    assert cost.usd > 0


def test_an_id_that_several_calls_share_names_none_of_them(
    ask: Callable[..., str], settings: dict[str, Any]
) -> None:
    ask("One", client_request_id="job")
    ask("Two", client_request_id="job")
    cost, run_id = CostCallbackHandler(), uuid4()
    asked = {"model": "gpt-4o-mini", "client_request_id": "job"}
    cost.on_chat_model_start({}, [[]], run_id=run_id, invocation_params=asked)
    cost.on_llm_error(KeyboardInterrupt(), run_id=run_id)  # before an id of the service came
    assert cost.unreported_calls == 1
    assert cost.reconcile(wait=0, **settings).found == 0


async def test_a_log_that_lags_is_asked_again(
    emulator: Emulator,
    settings: dict[str, Any],
    ask: Callable[..., str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    pauses: list[float] = []

    sleep = asyncio.sleep

    async def pause(seconds: float) -> None:
        if seconds < 1:  # of the emulator's own loop
            await sleep(seconds)
        else:
            pauses.append(seconds)

    monkeypatch.setattr("time.sleep", pauses.append)
    inference_id = ask()
    for _ in range(2):
        emulator.service.ledger.lag = 2
        cost = CostCallbackHandler()
        cost.add("gpt-4o-mini", inference_id=inference_id)
        if not pauses:
            done = cost.reconcile(wait=20, **settings)
        else:
            monkeypatch.setattr("asyncio.sleep", pause)
            done = await cost.areconcile(wait=20, **settings)
        assert (done.found, done.missing) == (1, ())
    assert pauses == [1.0, 2.0, 1.0, 2.0]


def test_the_wait_for_the_log_is_bounded(
    settings: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    pauses: list[float] = []
    monkeypatch.setattr("time.sleep", pauses.append)
    cost = CostCallbackHandler()
    cost.add("gpt-4o-mini", inference_id="unknown")
    assert len(cost.reconcile(wait=30, **settings).missing) == 1
    assert sum(pauses) == 30
    assert max(pauses) == 10


def test_nothing_to_look_up_is_no_question(emulator: Emulator, settings: dict[str, Any]) -> None:
    before = len(emulator.requests)
    assert CostCallbackHandler().reconcile(**settings).missing == ()
    assert len(emulator.requests) == before


def test_what_is_found_counts_for_the_budget(
    settings: dict[str, Any], ask: Callable[..., str], model: ChatAIMLAPI
) -> None:
    inference_id = ask()
    with get_cost_callback(budget_usd=1e-9) as cost:
        cost.add("gpt-4o-mini", inference_id=inference_id)
        cost.reconcile(wait=0, **settings)
        with pytest.raises(BudgetExceededError):
            model.invoke("Hi!")


def test_a_refused_question_is_an_error(settings: dict[str, Any]) -> None:
    cost = CostCallbackHandler()
    cost.add("gpt-4o-mini")
    with pytest.raises(AuthenticationError):
        cost.reconcile(**{**settings, "api_key": "wrong-0123456789"})


def test_no_frame_of_a_refused_question_shows_the_key(settings: dict[str, Any]) -> None:
    wrong = {**settings, "api_key": "wrong-0123456789"}
    cost = CostCallbackHandler()
    cost.add("gpt-4o-mini")
    for ask in (
        lambda: cost.reconcile(**wrong),
        lambda: asyncio.run(cost.areconcile(**wrong)),
    ):
        with pytest.raises(AuthenticationError) as caught:
            ask()
        shown = shown_by_frames(caught.value)
        assert "reconcile: period = '24h'" in shown  # so its frame was looked at
        assert wrong["api_key"] not in shown


# --- shown --------------------------------------------------------------------------------------
def test_a_tally_is_printed_as_a_table(model: ChatAIMLAPI, settings: dict[str, Any]) -> None:
    with get_cost_callback() as cost:
        model.invoke("Hi!")
        AIMLAPIEmbeddings(model="voyage-2", **settings).embed_query("Hi!")
        cost.add("<odd>")
    head, *rows, total, remark = str(cost).splitlines()
    assert head.split("  ")[0].strip() == "model"
    assert [row.split()[0] for row in rows] == ["gpt-4o-mini-2024-07-18", "voyage-2", "<odd>"]
    assert len({len(line) for line in (head, *rows, total)}) == 1
    assert total.split()[:2] == ["total", "3"]
    assert remark.startswith("1 call without a cost")


def test_a_table_cannot_command_a_terminal() -> None:
    cost = CostCallbackHandler()
    cost.add("m\x1b]0;title\x07\x1b[2J", {"usd": 0.5})
    assert str(cost).splitlines()[1].startswith("m\ufffd\ufffd ")
    assert all(row.isprintable() for row in str(cost).splitlines())
