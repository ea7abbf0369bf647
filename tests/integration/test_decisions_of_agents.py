"""Agents whose middlewares ask a decision model of the service."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from families import ASKED, GPT, run_both_ways, weather
from langchain.agents import create_agent

from langchain_aimlapi.cost import get_cost_callback

pytest.importorskip("langchain_core.decisions", reason="they came with core 1.8")

from langchain.agents.middleware import AutoModeMiddleware, ModelChoice, ModelRouterMiddleware
from langchain_core.decisions import NoulCriteria

from langchain_aimlapi import AIMLAPIDecisions

if TYPE_CHECKING:
    from emulator.server import Emulator
    from families import ModelOf

CHEAP, DEAR = GPT, "openai/gpt-5-4"
VERSION = "typesafe/jev-1.13-20260917"


@pytest.fixture
def decisions(emulator: Emulator) -> AIMLAPIDecisions:
    return AIMLAPIDecisions("typesafe/jev", api_key="sk-emulator", base_url=emulator.base_url)


@pytest.mark.filterwarnings("ignore:The middleware .* is in beta")
@pytest.mark.parametrize(("asked", "not_asked"), [(CHEAP, DEAR), (DEAR, CHEAP)])
async def test_the_router_asks_the_model_whose_criterion_fits(
    model_of: ModelOf, emulator: Emulator, decisions: AIMLAPIDecisions, asked: str, not_asked: str
) -> None:
    criteria = {asked: "Questions about the weather.", not_asked: "Proofs."}
    router = ModelRouterMiddleware(
        choices={name: ModelChoice(model_of(name), text) for name, text in criteria.items()},
        instructions="Choose the least costly model suited to the task.",
        classifier=decisions,
    )
    before = len(emulator.requests)
    agent = create_agent(model_of(CHEAP), [weather], middleware=[router])
    with get_cost_callback() as cost:
        for messages in await run_both_ways(agent, [ASKED]):
            assert "Sunny in Paris." in messages[-1].text
    chats = [r for r in emulator.requests[before:] if not r.path.endswith("/decisions")]
    assert {request.body["model"] for request in chats} == {asked}
    assert cost.models[VERSION].calls == 2
    assert cost.unreported_calls == 0


@pytest.mark.parametrize(
    ("risk", "said"),
    [("It asks for the weather.", "blocked"), ("It deletes files.", "Sunny")],
)
async def test_a_risky_call_is_blocked_and_another_is_run(
    model_of: ModelOf, decisions: AIMLAPIDecisions, risk: str, said: str
) -> None:
    guard = AutoModeMiddleware(
        tools=[weather], criteria=NoulCriteria(true=risk), classifier=decisions
    )
    agent: Any = create_agent(model_of(CHEAP), [weather], middleware=[guard])
    for messages in await run_both_ways(agent, [ASKED]):
        (result,) = [message for message in messages if message.type == "tool"]
        assert said in result.text
