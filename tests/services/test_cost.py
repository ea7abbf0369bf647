"""What calls cost: totals, nesting, caches, budgets, and what a tally shows."""

from __future__ import annotations

import asyncio
import gc
import json
import logging
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from itertools import repeat
from typing import TYPE_CHECKING, Any

import pytest
from langchain_core.exceptions import ModelError
from langchain_core.runnables import RunnableLambda

from langchain_aimlapi import AIMLAPIEmbeddings, ChatAIMLAPI
from langchain_aimlapi.account import logs
from langchain_aimlapi.cost import CostCallbackHandler, ModelCost, get_cost_callback
from langchain_aimlapi.errors import BudgetExceededError
from langchain_aimlapi.testing import Answer, answers

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator


def priced(cost: float | None = 0.06, model: str = "served/model") -> ChatAIMLAPI:
    """Return a model that always says "Hi!", for that many dollars."""
    usage = {"input_tokens": 1, "output_tokens": 1, "total_tokens": 2}
    script = answers(repeat(Answer("Hi!", usage=usage, cost=cost)))
    return ChatAIMLAPI(model, **script)


def test_totals_are_kept_per_model() -> None:
    with get_cost_callback() as cost:
        priced().invoke("Hi!")
        priced().invoke("Hi!")
        priced(0.01, "other/model").invoke("Hi!")
    assert cost.models == {
        "served/model": ModelCost(0.12, 240000, calls=2, input_tokens=2, output_tokens=2),
        "other/model": ModelCost(0.01, 20000, calls=1, input_tokens=1, output_tokens=1),
    }
    assert (round(cost.usd, 6), cost.credits, cost.calls) == (0.13, 260000, 3)


def test_calls_without_a_reported_cost_are_counted_apart_and_none_after_the_block() -> None:
    with get_cost_callback() as cost:
        priced(None).invoke("Hi!")
    priced().invoke("Hi!")
    assert (cost.usd, cost.calls, cost.unreported_calls) == (0.0, 1, 1)


def test_a_generator_may_hold_the_block_through_several_contexts() -> None:
    tallies: list[CostCallbackHandler] = []

    def body() -> Iterator[str]:
        with get_cost_callback() as cost:
            tallies.append(cost)
            yield priced().invoke("Hi!").text
            yield priced().invoke("Hi!", config={"callbacks": [cost]}).text

    # As servers step a sync generator: each step in a thread, with a copy of the context.
    steps = body()
    texts = [copy_context().run(next, steps, "the end") for _ in range(3)]
    assert texts == ["Hi!", "Hi!", "the end"]
    assert tallies[0].calls == 2
    priced().invoke("Hi!")
    assert tallies[0].calls == 2


async def test_an_async_generator_that_holds_the_block_may_be_left(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async def body() -> AsyncIterator[str]:
        with get_cost_callback():
            yield (await priced().ainvoke("Hi!")).text
            yield "never asked for"

    async for _ in body():
        break
    gc.collect()  # the event loop closes it, in a task with a context of its own
    await asyncio.sleep(0.05)
    gc.collect()  # and would report here what the task raised
    assert [record.getMessage() for record in caplog.records] == []


def test_an_inner_block_reports_to_the_outer_one_once() -> None:
    def step(text: str) -> str:
        with get_cost_callback() as inner:
            answer = priced().invoke(text).text
        assert inner.calls == 1
        return answer

    with get_cost_callback() as outer:
        RunnableLambda(step).invoke("Hi!")
        priced().invoke("Hi!")
    assert outer.calls == 2


async def test_calls_of_tasks_batches_and_threads_are_included() -> None:
    handler, model = CostCallbackHandler(), priced()

    def work(_: int) -> None:
        for _ in range(25):
            model.invoke("Hi!", config={"callbacks": [handler]})

    with ThreadPoolExecutor(8) as pool, get_cost_callback() as cost:
        await asyncio.gather(*(model.ainvoke("Hi!") for _ in range(20)))
        await model.abatch(["a", "b", "c"])
        model.batch(["Hi!"] * 25)
        list(pool.map(work, range(8)))  # threads of its own: only the handler counts them
    assert cost.calls == 48
    assert (handler.calls, handler.credits) == (200, 200 * 120000)


def test_a_spent_budget_stops_further_calls_and_is_not_logged(
    caplog: pytest.LogCaptureFixture,
) -> None:
    with caplog.at_level(logging.DEBUG), get_cost_callback(budget_usd=0.1) as cost:
        priced().invoke("Hi!")
        priced().invoke("Hi!")
        for call in (priced().invoke, lambda text: next(iter(priced().stream(text)))):
            with pytest.raises(BudgetExceededError, match=r"0\.1 USD is spent") as stopped:
                call("Hi!")
    assert cost.calls == 2
    assert isinstance(stopped.value, ModelError)
    assert not stopped.value.is_retryable
    assert "CostCallbackHandler" not in caplog.text


async def test_the_budget_of_an_outer_block_holds_inside() -> None:
    with get_cost_callback(budget_usd=0.05), get_cost_callback(budget_usd=9.0):
        await priced().ainvoke("Hi!")
        with pytest.raises(BudgetExceededError):
            await priced().ainvoke("Hi!")


# --- what a tally shows -------------------------------------------------------------------------
def test_a_tally_is_printed_as_a_table(settings: dict[str, Any]) -> None:
    with get_cost_callback() as cost:
        ChatAIMLAPI(model="gpt-4o-mini", **settings).invoke("Hi!")
        AIMLAPIEmbeddings(model="text-embedding-3-small", **settings).embed_query("Hi!")
        cost.add("<odd>")
    head, *rows, total, remark = str(cost).splitlines()
    assert head.split("  ")[0].strip() == "model"
    assert [row.split()[0] for row in rows] == [
        "gpt-4o-mini-2024-07-18",
        "text-embedding-3-small",
        "<odd>",
    ]
    assert len({len(line) for line in (head, *rows, total)}) == 1
    assert total.split()[:2] == ["total", "3"]
    assert remark == "Calls without a cost, not in the sum: 1"


def test_a_table_cannot_command_a_terminal() -> None:
    cost = CostCallbackHandler()
    cost.add("m\x1b]0;title\x07\x1b[2J", {"usd": 0.5})
    assert str(cost).splitlines()[1].startswith("m\ufffd\ufffd ")
    assert all(row.isprintable() for row in str(cost).splitlines())


def test_a_tally_is_written_as_json() -> None:
    with get_cost_callback() as cost:
        priced().invoke("Hi!")
        cost.add("odd", inference_id="inference-1")
    assert CostCallbackHandler().as_dict()["calls"] == 0
    written = json.loads(json.dumps(cost.as_dict()))
    assert written["models"]["served/model"]["usd"] == written["usd"] == 0.06
    assert (written["calls"], written["unreported_calls"]) == (2, 1)
    odd = {"model": "odd", "inference_id": "inference-1", "client_request_id": None}
    assert written["unreported"] == [odd]


@pytest.mark.parametrize("of", ["the call", "the model"])
def test_a_call_without_a_cost_is_found_in_the_log_by_its_ids(
    settings: dict[str, Any], of: str
) -> None:
    fields, arguments = {"client_request_id": "order-1"}, {}
    if of == "the call":
        fields, arguments = arguments, fields
    with get_cost_callback() as cost:
        model = ChatAIMLAPI(model="gpt-4o-mini", **settings, **fields)
        stream = model.stream("Hi!", **arguments)
        next(stream)
        stream.close()  # type: ignore[attr-defined]  # a generator
    (call,) = cost.unreported
    assert call.client_request_id == "order-1"
    (entry,) = [entry for entry in logs(**settings) if entry.inference_id == call.inference_id]
    assert entry.client_request_id == "order-1"
    assert (entry.usd or 0) > 0
