"""What a tally shows: budgets, calls without a cost, a table and JSON."""

from __future__ import annotations

import json
import logging
from typing import Any

import pytest

from langchain_aimlapi import AIMLAPIEmbeddings, ChatAIMLAPI
from langchain_aimlapi.account import logs
from langchain_aimlapi.cost import CostCallbackHandler, get_cost_callback
from langchain_aimlapi.errors import BudgetExceededError


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
def test_a_call_without_a_cost_is_found_in_the_log_by_its_ids(
    model: ChatAIMLAPI, settings: dict[str, Any]
) -> None:
    with get_cost_callback() as cost:
        stream = model.stream("Hi!", client_request_id="order-1")
        next(stream)
        stream.close()  # type: ignore[attr-defined]  # a generator
    (call,) = cost.unreported
    assert call.client_request_id == "order-1"
    (entry,) = [entry for entry in logs(**settings) if entry.inference_id == call.inference_id]
    assert entry.client_request_id == "order-1"
    assert entry.usd is not None
    assert entry.usd > 0


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
    assert remark == "Calls without a cost, not in the sum: 1"


def test_a_tally_is_written_as_json(model: ChatAIMLAPI) -> None:
    with get_cost_callback() as cost:
        answer = model.invoke("Hi!")
        cost.add("odd", inference_id="inference-1")
    assert CostCallbackHandler().as_dict()["calls"] == 0
    written = json.loads(json.dumps(cost.as_dict()))
    of_model = written["models"]["gpt-4o-mini-2024-07-18"]
    assert of_model["usd"] == written["usd"] == answer.response_metadata["cost"]["usd"]
    assert (written["calls"], written["unreported_calls"]) == (2, 1)
    odd = {"model": "odd", "inference_id": "inference-1", "client_request_id": None}
    assert written["unreported"] == [odd]


def test_a_table_cannot_command_a_terminal() -> None:
    cost = CostCallbackHandler()
    cost.add("m\x1b]0;title\x07\x1b[2J", {"usd": 0.5})
    assert str(cost).splitlines()[1].startswith("m\ufffd\ufffd ")
    assert all(row.isprintable() for row in str(cost).splitlines())
