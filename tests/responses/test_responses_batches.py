"""Many calls of a model of the Responses endpoint at once, and such a model in other processes."""

from __future__ import annotations

import asyncio
import pickle
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from typing import TYPE_CHECKING

import pytest

from langchain_aimlapi import ChatAIMLAPI
from langchain_aimlapi.cost import get_cost_callback

if TYPE_CHECKING:
    from emulator import Emulator

PROMPTS = [f"What is {n} + {n}?" for n in range(8)]
ANSWERS = [f"{n} + {n} = {2 * n}." for n in range(8)]


@pytest.fixture
def model(emulator: Emulator) -> ChatAIMLAPI:
    return ChatAIMLAPI(model="openai/gpt-5-pro", api_key="sk-emulator", base_url=emulator.base_url)


def test_a_batch_keeps_its_order(model: ChatAIMLAPI) -> None:
    assert [answer.text for answer in model.batch(PROMPTS)] == ANSWERS
    asked = asyncio.run(model.abatch(PROMPTS, config={"max_concurrency": 3}))
    assert [answer.text for answer in asked] == ANSWERS
    assert sorted(a.text for _, a in model.batch_as_completed(PROMPTS)) == sorted(ANSWERS)  # type: ignore[union-attr]  # no exceptions are asked for


def test_what_a_batch_costs_is_counted(model: ChatAIMLAPI) -> None:
    with get_cost_callback() as cost:
        model.batch(PROMPTS)
    assert cost.usd > 0
    assert cost.unreported_calls == 0


def ask(pickled: bytes, prompt: str) -> str:
    model: ChatAIMLAPI = pickle.loads(pickled)  # noqa: S301  # its own
    return model.invoke(prompt).text


def test_a_model_works_in_other_processes(model: ChatAIMLAPI) -> None:
    model.invoke("Hi!")  # with a connection open
    pickled = pickle.dumps(model)
    assert ask(pickled, PROMPTS[3]) == ANSWERS[3]
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        assert pool.submit(_ask_alone, pickled, PROMPTS[4]).result(60) == ANSWERS[4]


def _ask_alone(pickled: bytes, prompt: str) -> str:
    return ask(pickled, prompt)
