"""What calls cost: totals, nesting, caches and budgets."""

from __future__ import annotations

import asyncio
import gc
import threading
from contextvars import copy_context
from typing import TYPE_CHECKING, Any

import pytest
from langchain_core.caches import InMemoryCache
from langchain_core.exceptions import ModelError
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, BaseMessage
from langchain_core.outputs import ChatGeneration, ChatResult
from langchain_core.runnables import RunnableLambda
from pydantic import Field

from langchain_aimlapi.cost import CostCallbackHandler, ModelCost, Unreported, get_cost_callback
from langchain_aimlapi.errors import BudgetExceededError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from langchain_core.callbacks import CallbackManagerForLLMRun


class Priced(BaseChatModel):
    """A model from memory whose answers report a cost, as the service's do."""

    cost: dict[str, Any] | None = Field(default={"usd": 0.06, "credits": 120000})
    name_served: str = "served/model"

    @property
    def _llm_type(self) -> str:
        return "priced"

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        if messages[-1].text == "fail":
            raise ConnectionError
        metadata: dict[str, Any] = {"model_name": self.name_served}
        if self.cost is not None:
            metadata["cost"] = self.cost
        usage = {"input_tokens": 1, "output_tokens": 1, "total_tokens": 2}
        message = AIMessage("Hi!", response_metadata=metadata, usage_metadata=usage)
        return ChatResult(generations=[ChatGeneration(message=message)])


def test_totals_are_kept_per_model() -> None:
    with get_cost_callback() as cost:
        Priced().invoke("Hi!")
        Priced().invoke("Hi!")
        Priced(name_served="other/model", cost={"usd": 0.01, "credits": 20000}).invoke("Hi!")
    assert cost.models == {
        "served/model": ModelCost(0.12, 240000, calls=2, input_tokens=2, output_tokens=2),
        "other/model": ModelCost(0.01, 20000, calls=1, input_tokens=1, output_tokens=1),
    }
    assert (round(cost.usd, 6), cost.credits, cost.calls) == (0.13, 260000, 3)


def test_calls_without_a_reported_cost_are_counted_apart() -> None:
    with get_cost_callback() as cost:
        Priced(cost=None).invoke("Hi!")
    assert (cost.usd, cost.calls, cost.unreported_calls) == (0.0, 1, 1)


def test_nothing_is_counted_after_the_block() -> None:
    with get_cost_callback() as cost:
        pass
    Priced().invoke("Hi!")
    assert cost.calls == 0


def test_a_generator_may_hold_the_block_through_several_contexts() -> None:
    tallies: list[CostCallbackHandler] = []

    def body() -> Iterator[str]:
        with get_cost_callback() as cost:
            tallies.append(cost)
            yield Priced().invoke("Hi!").text
            yield Priced().invoke("Hi!", config={"callbacks": [cost]}).text

    # As servers step a sync generator: each step in a thread, with a copy of the context.
    steps = body()
    texts = [copy_context().run(next, steps, "the end") for _ in range(3)]
    assert texts == ["Hi!", "Hi!", "the end"]
    assert tallies[0].calls == 2
    Priced().invoke("Hi!")
    assert tallies[0].calls == 2


async def test_an_async_generator_that_holds_the_block_may_be_left(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async def body() -> AsyncIterator[str]:
        with get_cost_callback():
            yield (await Priced().ainvoke("Hi!")).text
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
            answer = Priced().invoke(text).text
        assert inner.calls == 1
        return answer

    with get_cost_callback() as outer:
        RunnableLambda(step).invoke("Hi!")
        Priced().invoke("Hi!")
    assert outer.calls == 2


def test_failed_calls_leave_nothing_behind() -> None:
    with get_cost_callback() as cost, pytest.raises(ConnectionError):
        Priced().invoke("fail")
    assert cost.calls == 0
    assert not [each for each in gc.get_objects() if type(each) is Unreported]


def test_answers_of_a_cache_cost_nothing() -> None:
    model = Priced(cache=InMemoryCache())
    with get_cost_callback() as cost:
        model.invoke("Hi!")
        model.invoke("Hi!")
    assert cost.calls == 1


async def test_async_calls_and_tasks_are_included() -> None:
    with get_cost_callback() as cost:
        await asyncio.gather(*(Priced().ainvoke("Hi!") for _ in range(20)))
        await Priced().abatch(["a", "b", "c"])
    assert cost.calls == 23


def test_batches_in_threads_are_included() -> None:
    with get_cost_callback() as cost:
        Priced().batch(["Hi!"] * 25)
    assert cost.calls == 25


def test_one_handler_serves_many_threads() -> None:
    cost = CostCallbackHandler()

    def work() -> None:
        for _ in range(25):
            Priced().invoke("Hi!", config={"callbacks": [cost]})

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert cost.calls == 200
    assert cost.credits == 200 * 120000


def test_a_spent_budget_stops_further_calls() -> None:
    with get_cost_callback(budget_usd=0.1) as cost:
        Priced().invoke("Hi!")
        Priced().invoke("Hi!")
        with pytest.raises(BudgetExceededError, match=r"0\.1 USD is spent") as stopped:
            Priced().invoke("Hi!")
    assert cost.calls == 2
    assert isinstance(stopped.value, ModelError)
    assert not stopped.value.is_retryable


async def test_the_budget_of_an_outer_block_holds_inside() -> None:
    with get_cost_callback(budget_usd=0.05), get_cost_callback(budget_usd=9.0):
        await Priced().ainvoke("Hi!")
        with pytest.raises(BudgetExceededError):
            await Priced().ainvoke("Hi!")
