"""Tokens and money of whole agents: LangChain's callback for usage, and ours for cost."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from families import ASKED, every_vendor, weather
from langchain.agents import create_agent
from langchain_core.callbacks import get_usage_metadata_callback

from langchain_aimlapi.cost import get_cost_callback

if TYPE_CHECKING:
    from families import ModelOf


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
