"""One conversation through all endpoints: nobody refuses what another vendor left in it.

The emulator validates strictly on each endpoint, and asks for thoughts and signatures back.
"""

from __future__ import annotations

import random
from functools import reduce
from itertools import pairwise, permutations
from operator import add
from typing import TYPE_CHECKING, Any

import pytest
from families import (
    CLAUDE,
    DEEPSEEK,
    ENDPOINTS,
    GEMINI,
    GPT,
    THINKING,
    every_endpoint,
    weather,
)
from langchain_core.messages import HumanMessage, message_chunk_to_message

if TYPE_CHECKING:
    from collections.abc import Callable

    from emulator.server import Emulator
    from langchain_core.messages import BaseMessage

    from langchain_aimlapi import ChatAIMLAPI

    ModelOf = Callable[..., ChatAIMLAPI]

GPT_5: dict[str, Any] = ENDPOINTS["responses"]
SONNET = ENDPOINTS["messages"]
SPEAKERS: dict[str, dict[str, Any]] = {
    "claude-adaptive": THINKING,
    "claude-budget": {
        **SONNET,
        "thinking": {"type": "enabled", "budget_tokens": 1024},
        "max_tokens": 4096,
    },
    "claude-plain": SONNET,
    "claude-chat": {"model": CLAUDE},
    "gpt-5": {**GPT_5, "model_kwargs": {"include": ["reasoning.encrypted_content"]}},
    "gpt-5-kept": {**GPT_5, "use_previous_response_id": True},
    "gpt-chat": {"model": GPT},
    "gemini": {"model": GEMINI},
    "deepseek": {"model": DEEPSEEK},
}
VENDORS = {"claude-adaptive": "/v1/messages", "gpt-5": "/v1/responses",
           "gemini": "/v1/chat/completions"}  # fmt: skip
# A budget of thinking is left out while results of another model's calls are answered.
thinks_later = pytest.mark.filterwarnings("ignore:thinking=.* is left out of this call")


def answer_of(speaker: Any, messages: list[BaseMessage], *, streamed: bool) -> Any:
    if not streamed:
        return speaker.invoke(messages)
    return message_chunk_to_message(reduce(add, speaker.stream(messages)))


def question(city: str) -> HumanMessage:
    return HumanMessage(f"What is the weather in {city}? Use the tool.")


@pytest.mark.parametrize("order", list(permutations(VENDORS)), ids="-".join)
@pytest.mark.parametrize("version", ["v0", "v1"])
def test_every_vendor_answers_what_a_tool_of_the_one_before_found(
    model_of: ModelOf, emulator: Emulator, order: tuple[str, ...], version: str
) -> None:
    """The speaker changes between a call and its result, through all endpoints and back."""
    messages: list[Any] = []
    path = [*order, order[0]]
    before = len(emulator.requests)
    for n, (asking, answering) in enumerate(pairwise(path)):
        asker, answerer = (
            model_of(**SPEAKERS[name], output_version=version).bind_tools([weather])
            for name in (asking, answering)
        )
        messages.append(question(("Paris", "Rome", "Oslo")[n]))
        messages.append(answer_of(asker, messages, streamed=bool(n % 2)))
        messages += [weather.invoke(call) for call in messages[-1].tool_calls]
        messages.append(answer_of(answerer, messages, streamed=not n % 2))
        assert f"Sunny in {('Paris', 'Rome', 'Oslo')[n]}." in messages[-1].text
    asked = [request.path for request in emulator.requests[before:]]
    assert asked == [VENDORS[name] for pair in pairwise(path) for name in pair]


@thinks_later
@pytest.mark.parametrize("version", ["v0", "v1"])
def test_models_that_take_turns_at_random_refuse_nothing(model_of: ModelOf, version: str) -> None:
    choose = random.Random(version)  # noqa: S311  # a walk, no secret
    speakers = {
        name: model_of(**fields, output_version=version).bind_tools([weather])
        for name, fields in SPEAKERS.items()
    }
    messages: list[BaseMessage] = []
    walk: set[str] = set()
    for _ in range(60):
        calls = getattr(messages[-1], "tool_calls", None) if messages else None
        if calls:
            messages += [weather.invoke(call) for call in calls]
        else:
            messages.append(question(choose.choice(("Paris", "Rome", "Oslo", "Bern", "Lima"))))
        name = choose.choice(list(SPEAKERS))
        walk.add(name)
        messages.append(answer_of(speakers[name], messages, streamed=choose.random() < 0.5))
        if not calls:
            assert messages[-1].tool_calls, name  # type: ignore[attr-defined]  # of an answer
        if len(messages) > 40:
            messages = messages[-20:]
            while messages and messages[0].type != "human":
                messages.pop(0)
    assert len(walk) == len(SPEAKERS)


@pytest.mark.parametrize("version", ["v0", "v1"])
def test_the_service_may_keep_only_a_part_of_a_conversation(
    model_of: ModelOf, version: str
) -> None:
    """Only what it has kept is left out of the next request, or known by its id alone."""
    gpt: dict[str, Any] = {**GPT_5, "output_version": version}
    keeping, forgetting = model_of(**gpt, use_previous_response_id=True), model_of(**gpt)
    claude, other = model_of(**THINKING), model_of(model=GPT, endpoint="responses")
    messages: list[Any] = []
    for speaker in (keeping, keeping, claude, keeping, forgetting, keeping, other, keeping):
        bound = speaker.bind_tools([weather])
        messages.append(question("Paris"))
        messages.append(bound.invoke(messages))
        messages += [weather.invoke(call) for call in messages[-1].tool_calls]
        messages.append(bound.invoke(messages))
        assert "Sunny in Paris." in messages[-1].text


@every_endpoint
async def test_tokens_are_counted_in_langchains_and_openais_names(
    model_of: ModelOf, endpoint: str
) -> None:
    model: Any = model_of(**ENDPOINTS[endpoint])
    for answer in (
        model.invoke("Hi"),
        await model.ainvoke("Hi"),
        reduce(add, model.stream("Hi")),
        reduce(add, [chunk async for chunk in model.astream("Hi")]),
    ):
        counted, usage = answer.usage_metadata, answer.response_metadata["token_usage"]
        assert usage["prompt_tokens"] == counted["input_tokens"] > 0
        assert usage["completion_tokens"] == counted["output_tokens"] > 0
        assert usage["total_tokens"] == counted["total_tokens"]
        assert answer.response_metadata["finish_reason"] == "stop"
        assert answer.response_metadata["finish_state"] == "completed"
