"""One conversation through all endpoints: nobody refuses what another vendor left in it.

The emulator validates strictly on each endpoint, and asks for thoughts and signatures back.
"""

from __future__ import annotations

from functools import reduce
from itertools import pairwise, permutations
from operator import add
from typing import TYPE_CHECKING, Any

import pytest
from families import DOORS, GEMINI, every_door, weather
from langchain.agents import create_agent
from langchain_core.messages import HumanMessage, SystemMessage

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from emulator.server import Emulator

    from langchain_aimlapi import ChatAIMLAPI

    ModelOf = Callable[..., ChatAIMLAPI]

SEARCH = {"type": "web_search_20250305", "name": "web_search"}
SPEAKERS: dict[str, dict[str, Any]] = {
    "claude": {
        "model": "anthropic/claude-sonnet-5",
        "endpoint": "messages",
        "thinking": {"type": "adaptive"},
    },
    "gpt": {
        "model": "openai/gpt-5-4",
        "reasoning": {"effort": "low", "summary": "auto"},
        "model_kwargs": {"include": ["reasoning.encrypted_content"]},
    },
    "gemini": {"model": GEMINI},
}
PATHS = {
    "claude": "/v1/messages",
    "gpt": "/v1/responses",
    "gemini": "/v1/chat/completions",
}
ORDERS = [[*order, "claude"] for order in permutations(SPEAKERS)]
RULES = SystemMessage("You know the weather.")


def ask(speaker: ChatAIMLAPI, messages: Sequence[Any], city: str) -> list[Any]:
    """Let an agent of one vendor answer the next question; return the conversation so far."""
    question = HumanMessage(f"What is the weather in {city}? Use the tool.")
    agent = create_agent(speaker, [weather])
    turns: list[Any] = agent.invoke({"messages": [*messages, question]})["messages"]
    assert [turn.type for turn in turns[len(messages) :]] == ["human", "ai", "tool", "ai"]
    assert f"Sunny in {city}." in turns[-1].text
    return turns


@pytest.mark.parametrize("order", ORDERS, ids="-".join)
@pytest.mark.parametrize("version", ["v0", "v1"])
def test_a_conversation_goes_through_all_endpoints_and_back(
    model_of: ModelOf, emulator: Emulator, order: list[str], version: str
) -> None:
    before = len(emulator.requests)
    messages: list[Any] = [RULES]
    for name, city in zip(order, ("Paris", "Rome", "Oslo", "Bern"), strict=True):
        speaker = model_of(**SPEAKERS[name], output_version=version)
        messages = ask(speaker, messages, city)
    asked = [request.path for request in emulator.requests[before:]]
    assert asked == [PATHS[name] for name in order for _ in range(2)]
    # Claude's thoughts of both its earlier answers, and the one that led to its last call.
    turns = emulator.requests[-1].body["messages"]
    blocks = [
        block for turn in turns if isinstance(turn["content"], list) for block in turn["content"]
    ]
    assert sum(block["type"] == "thinking" for block in blocks) == 3


@pytest.mark.parametrize("order", ORDERS, ids="-".join)
def test_another_vendor_answers_what_a_tool_of_the_first_found(
    model_of: ModelOf, order: list[str]
) -> None:
    """The speaker changes between a call and its result."""
    messages: list[Any] = [RULES]
    for (asking, answering), city in zip(pairwise(order), ("Paris", "Rome", "Oslo"), strict=True):
        messages.append(HumanMessage(f"What is the weather in {city}? Use the tool."))
        called = model_of(**SPEAKERS[asking]).bind_tools([weather]).invoke(messages)
        messages.append(called)
        messages += [weather.invoke(call) for call in called.tool_calls]
        answer = model_of(**SPEAKERS[answering]).bind_tools([weather]).invoke(messages)
        messages.append(answer)
        assert f"Sunny in {city}." in answer.text


@pytest.mark.parametrize("order", ORDERS, ids="-".join)
async def test_streams_go_through_all_endpoints_too(model_of: ModelOf, order: list[str]) -> None:
    messages: list[Any] = [RULES]
    for name in order:
        messages.append(HumanMessage("Search the news about cats"))
        speaker: Any = model_of(**SPEAKERS[name])
        if name == "claude":
            speaker = speaker.bind_tools([SEARCH])
        whole: Any = None
        async for chunk in speaker.astream(messages):
            whole = chunk if whole is None else whole + chunk
        messages.append(whole)
    assert messages[-1].text


@pytest.mark.parametrize("version", ["v0", "v1"])
def test_the_service_may_keep_only_a_part_of_a_conversation(
    model_of: ModelOf, version: str
) -> None:
    """Only what it has kept is left out of the next request, or known by its id alone."""
    gpt: dict[str, Any] = {"model": "openai/gpt-5-4", "output_version": version}
    keeping = model_of(**gpt, use_previous_response_id=True)
    speakers = [
        keeping,
        keeping,
        model_of(**SPEAKERS["claude"]),
        keeping,
        model_of(**gpt),
        keeping,
        model_of(model="openai/gpt-4o", endpoint="responses"),
        keeping,
    ]
    messages: list[Any] = [RULES]
    for speaker in speakers:
        messages = ask(speaker, messages, "Paris")


@every_door
@pytest.mark.parametrize("way", ["invoke", "ainvoke", "stream", "astream"])
async def test_tokens_are_counted_in_openais_names_too(
    model_of: ModelOf, door: str, way: str
) -> None:
    model: Any = model_of(**DOORS[door])
    if way == "invoke":
        answer = model.invoke("Hi")
    elif way == "ainvoke":
        answer = await model.ainvoke("Hi")
    elif way == "stream":
        answer = reduce(add, model.stream("Hi"))
    else:
        answer = reduce(add, [chunk async for chunk in model.astream("Hi")])
    counted, usage = answer.usage_metadata, answer.response_metadata["token_usage"]
    assert usage["prompt_tokens"] == counted["input_tokens"] > 0
    assert usage["completion_tokens"] == counted["output_tokens"] > 0
    assert usage["total_tokens"] == counted["total_tokens"]
    assert answer.response_metadata["finish_reason"] == "stop"
    assert answer.response_metadata["normalized_finish_reason"] == "stop"
    assert answer.response_metadata["finish_state"] == "completed"
