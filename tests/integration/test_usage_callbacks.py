"""Tokens and money of whole agents: LangChain's callback for usage, and ours for cost."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from typing import TYPE_CHECKING, Any

import pytest
from families import ASKED, CLAUDE, GPT, every_vendor, weather
from langchain.agents import create_agent
from langchain_core.callbacks import get_usage_metadata_callback

from langchain_aimlapi.cost import CostCallbackHandler, get_cost_callback
from langchain_aimlapi.errors import BudgetExceededError

if TYPE_CHECKING:
    from collections.abc import Callable

    from langchain_aimlapi import ChatAIMLAPI

    ModelOf = Callable[..., ChatAIMLAPI]


@every_vendor
@pytest.mark.parametrize("streamed", [False, True])
def test_tokens_and_cost_of_an_agent(model_of: ModelOf, name: str, *, streamed: bool) -> None:
    agent = create_agent(model_of(name), [weather])
    with get_usage_metadata_callback() as usage, get_cost_callback() as cost:
        if streamed:
            steps = list(agent.stream({"messages": [ASKED]}, stream_mode=["messages", "values"]))
            messages = [state for mode, state in steps if mode == "values"][-1]["messages"]
        else:
            messages = agent.invoke({"messages": [ASKED]})["messages"]
    answers: list[Any] = [message for message in messages if message.type == "ai"]
    assert len(answers) == 2
    served = answers[0].response_metadata["model_name"]
    (total,) = usage.usage_metadata.values()
    assert list(usage.usage_metadata) == [served]
    assert total["total_tokens"] == sum(m.usage_metadata["total_tokens"] for m in answers)
    spent = [m.response_metadata["cost"] for m in answers]
    assert cost.usd == pytest.approx(sum(s["usd"] for s in spent))
    assert cost.credits == sum(s["credits"] for s in spent)
    assert (cost.calls, cost.unreported_calls) == (2, 0)
    assert list(cost.models) == [served]


async def test_the_same_async_and_nested(model_of: ModelOf) -> None:
    with get_cost_callback() as outer:
        await model_of(GPT).ainvoke("hi")
        with get_cost_callback() as inner:
            await asyncio.gather(*(model_of(CLAUDE).ainvoke("hi") for _ in range(5)))
    assert (outer.calls, inner.calls) == (6, 5)
    assert outer.usd > inner.usd > 0


def test_threads_count_into_the_block_they_come_from(model_of: ModelOf) -> None:
    model = model_of(GPT)
    with get_cost_callback() as cost, ThreadPoolExecutor(4) as pool:
        context = [copy_context() for _ in range(8)]
        for done in [pool.submit(c.run, model.invoke, "hi") for c in context]:
            done.result()
    assert cost.calls == 8
    with get_cost_callback() as batch:
        model.batch(["hi"] * 5)
    assert batch.calls == 5


def test_a_budget_stops_an_agent(model_of: ModelOf) -> None:
    agent = create_agent(model_of(CLAUDE), [weather])
    with get_cost_callback(budget_usd=1e-9) as cost, pytest.raises(BudgetExceededError):
        agent.invoke({"messages": [ASKED]})
    assert cost.calls == 1


def test_a_handler_can_be_given_to_a_model(model_of: ModelOf) -> None:
    handler = CostCallbackHandler()
    model = model_of(GPT, callbacks=[handler])
    list(model.stream("hi"))
    model.invoke("hi")
    assert handler.calls == 2
    assert handler.usd > 0
