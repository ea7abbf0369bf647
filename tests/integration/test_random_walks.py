"""Models of all vendors and endpoints take turns at random; no one refuses what others left.

The emulator validates strictly on each endpoint, and asks for thoughts and signatures back.
"""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Any

import pytest
from families import CLAUDE, DEEPSEEK, GEMINI, GPT, weather
from langchain_core.messages import AIMessageChunk, HumanMessage, message_chunk_to_message

if TYPE_CHECKING:
    from collections.abc import Callable

    from langchain_core.messages import AIMessage, BaseMessage

    from langchain_aimlapi import ChatAIMLAPI

    ModelOf = Callable[..., ChatAIMLAPI]

SONNET = {"model": "anthropic/claude-sonnet-5", "endpoint": "messages"}
BUDGET = {"thinking": {"type": "enabled", "budget_tokens": 1024}, "max_tokens": 4096}
GPT_5: dict[str, Any] = {"model": "openai/gpt-5-4"}
SPEAKERS: dict[str, dict[str, Any]] = {
    "claude-adaptive": {**SONNET, "thinking": {"type": "adaptive"}},
    "claude-budget": {**SONNET, **BUDGET},
    "claude-plain": SONNET,
    "claude-chat": {"model": CLAUDE},
    "gpt-5": GPT_5,
    "gpt-5-kept": {**GPT_5, "use_previous_response_id": True},
    "gpt-chat": {"model": GPT},
    "gemini": {"model": GEMINI},
    "deepseek": {"model": DEEPSEEK},
}
CITIES = ("Paris", "Rome", "Oslo", "Bern", "Lima")
CALLS = 60
# A budget of thinking is left out while results of another model's calls are answered.
thinks_later = pytest.mark.filterwarnings("ignore:thinking=.* is left out of this call")


def said_by(speaker: Any, messages: list[BaseMessage], *, streamed: bool) -> AIMessage:
    if not streamed:
        answer: AIMessage = speaker.invoke(messages)
        return answer
    whole: Any = None
    for chunk in speaker.stream(messages):
        whole = chunk if whole is None else whole + chunk
    assert isinstance(whole, AIMessageChunk)
    joined: Any = message_chunk_to_message(whole)
    return joined


@thinks_later
@pytest.mark.parametrize("seed", range(4))
def test_no_model_refuses_what_others_left_in_a_conversation(model_of: ModelOf, seed: int) -> None:
    choose = random.Random(seed)  # noqa: S311  # a walk, no secret
    version = choose.choice(["v0", "v1"])
    speakers = {
        name: model_of(**fields, output_version=version).bind_tools([weather])
        for name, fields in SPEAKERS.items()
    }
    messages: list[BaseMessage] = []
    walk: list[str] = []
    for _ in range(CALLS):
        calls = getattr(messages[-1], "tool_calls", None) if messages else None
        if calls:
            messages += [weather.invoke(call) for call in calls]
        else:
            city = choose.choice(CITIES)
            messages.append(HumanMessage(f"What is the weather in {city}? Use the tool."))
        walk.append(choose.choice(list(SPEAKERS)))
        messages.append(said_by(speakers[walk[-1]], messages, streamed=choose.random() < 0.5))
        if not calls:
            assert messages[-1].tool_calls, walk[-1]
        if len(messages) > 40:
            messages = [] if choose.random() < 0.5 else messages[-20:]
            while messages and messages[0].type != "human":
                messages.pop(0)
    assert len(set(walk)) == len(SPEAKERS)
