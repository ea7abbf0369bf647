"""LangChain's `create_agent`, with tools, structured responses and middleware."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import pytest
from doors.waits import shorten_waits
from families import (
    ASKED,
    CLAUDE,
    DEEPSEEK,
    GEMINI,
    GPT,
    aweather,
    both_schemas,
    every_vendor,
    weather,
)
from sockets.scripts import answers, completion, first
from langchain.agents import create_agent
from langchain.agents.middleware import (
    HumanInTheLoopMiddleware,
    ModelCallLimitMiddleware,
    ModelFallbackMiddleware,
    ModelRetryMiddleware,
    SummarizationMiddleware,
)
from langchain.agents.structured_output import ProviderStrategy, ToolStrategy
from langchain_core.messages import AIMessage, AnyMessage, HumanMessage, ToolMessage
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.types import Command
from pydantic import BaseModel

from langchain_aimlapi import ChatAIMLAPI
from langchain_aimlapi.errors import NotFoundError, ServerError

if TYPE_CHECKING:
    from collections.abc import Callable

    from emulator.server import Emulator
    from sockets.server import FaultServer

    ModelOf = Callable[..., ChatAIMLAPI]


class Report(BaseModel):
    """The weather of a city."""

    city: str
    sunny: bool


def kinds(messages: list[Any]) -> list[str]:
    return [message.type for message in messages]


@every_vendor
def test_a_tool_is_called_and_its_result_used(model_of: ModelOf, name: str) -> None:
    agent = create_agent(model_of(name), [weather])
    messages = agent.invoke({"messages": [ASKED]})["messages"]
    assert kinds(messages) == ["human", "ai", "tool", "ai"]
    assert "Sunny in Paris." in messages[-1].text


@every_vendor
async def test_the_same_async(model_of: ModelOf, name: str) -> None:
    agent = create_agent(model_of(name), [aweather])
    result = await agent.ainvoke({"messages": [ASKED]})
    assert "Sunny in Paris." in result["messages"][-1].text


@every_vendor
async def test_tokens_of_an_agent_are_streamed_once(model_of: ModelOf, name: str) -> None:
    agent = create_agent(model_of(name), [aweather])
    whole = (await agent.ainvoke({"messages": [ASKED]}))["messages"][-1].text
    pieces = [
        chunk.text
        async for chunk, _ in agent.astream({"messages": [ASKED]}, stream_mode="messages")
        if chunk.type in {"AIMessageChunk", "ai"}
    ]
    assert "".join(pieces) == whole
    # Before 3.11 a task of asyncio does not see who streams, so LangGraph streams whole messages.
    assert len(pieces) > 3 or sys.version_info < (3, 11)


@every_vendor
def test_tokens_of_a_sync_agent_are_streamed_once(model_of: ModelOf, name: str) -> None:
    agent = create_agent(model_of(name), [weather])
    whole = agent.invoke({"messages": [ASKED]})["messages"][-1].text
    pieces = [
        chunk.text
        for chunk, _ in agent.stream({"messages": [ASKED]}, stream_mode="messages")
        if chunk.type == "AIMessageChunk"
    ]
    assert "".join(pieces) == whole
    assert len(pieces) > 3


@every_vendor
@pytest.mark.parametrize("strategy", [None, ToolStrategy], ids=["auto", "tool"])
def test_a_structured_response(model_of: ModelOf, name: str, strategy: Any) -> None:
    wanted = Report if strategy is None else strategy(Report)
    agent = create_agent(model_of(name), [weather], response_format=wanted)
    result = agent.invoke({"messages": [ASKED]})
    assert isinstance(result["structured_response"], Report)
    assert result["structured_response"].city == "Paris"


@every_vendor
async def test_a_structured_response_async(model_of: ModelOf, name: str) -> None:
    agent = create_agent(model_of(name), [aweather], response_format=Report)
    result = await agent.ainvoke({"messages": [ASKED]})
    assert isinstance(result["structured_response"], Report)
    assert result["structured_response"].city == "Paris"


def test_a_structured_response_in_the_models_own_form(
    model_of: ModelOf, emulator: Emulator
) -> None:
    agent = create_agent(model_of(GPT), [weather], response_format=ProviderStrategy(Report))
    result = agent.invoke({"messages": [ASKED]})
    assert isinstance(result["structured_response"], Report)
    assert emulator.requests[-1].body["response_format"]["type"] == "json_schema"


# --- middleware ---------------------------------------------------------------------------------
@both_schemas
def test_a_long_conversation_is_summarised_by_what_the_profile_says(
    model_of: ModelOf, emulator: Emulator, name: str
) -> None:
    # A fraction of the context window needs a profile that knows the window.
    model = model_of(name, profile={"max_input_tokens": 2000})
    middleware = SummarizationMiddleware(
        model, trigger=("fraction", 0.5), keep=("messages", 2), token_counter=len_in_words
    )
    agent = create_agent(model, middleware=[middleware])
    turns: list[Any] = []
    for n in range(20):
        turns += [HumanMessage(f"Question {n}? " + "word " * 60), AIMessage(f"Answer {n}.")]
    before = len(emulator.requests)
    result = agent.invoke({"messages": [*turns, HumanMessage("What is 17 * 23?")]})
    summary, *_, answer = result["messages"]
    assert "summary" in summary.text.lower()
    assert answer.text == "17 * 23 = 391."
    assert len(result["messages"]) < 6
    assert len(emulator.requests) == before + 2


def len_in_words(messages: Any) -> int:
    return sum(len(str(message.content).split()) for message in messages)


@pytest.mark.parametrize("name", [CLAUDE, GPT, "gpt-4o-mini", GEMINI, DEEPSEEK])
@pytest.mark.parametrize(("words", "calls"), [(100, 1), (1000, 2)])
def test_the_packaged_profile_says_when_to_summarise(
    model_of: ModelOf, emulator: Emulator, name: str, words: int, calls: int
) -> None:
    model = model_of(name)
    window = model.profile["max_input_tokens"]
    middleware = SummarizationMiddleware(
        model, trigger=("fraction", 500 / window), keep=("messages", 1), token_counter=len_in_words
    )
    agent = create_agent(model, middleware=[middleware])
    turns = [HumanMessage("word " * words), AIMessage("Yes."), HumanMessage("What is 17 * 23?")]
    before = len(emulator.requests)
    assert agent.invoke({"messages": turns})["messages"][-1].text == "17 * 23 = 391."
    assert len(emulator.requests) == before + calls


@pytest.mark.parametrize("name", ["openai/gpt-4o", CLAUDE])
@pytest.mark.parametrize(("more", "calls"), [(-1, 1), (1, 2)], ids=["just under", "just over"])
def test_a_history_is_summarised_at_four_fifths_of_the_window(
    model_of: ModelOf, emulator: Emulator, name: str, more: int, calls: int
) -> None:
    model = model_of(name)
    middleware = SummarizationMiddleware(model, trigger=("fraction", 0.8), keep=("messages", 1))
    # What is too long for a summary is left out of it, so there are turns after it.
    texts = ("", "I see.", "And what do you think?", "It is long.", "What is 17 * 23?")
    turns: list[AnyMessage] = [
        (AIMessage if place % 2 else HumanMessage)(text) for place, text in enumerate(texts)
    ]
    wanted = int(model.profile["max_input_tokens"] * 0.8) + more
    while (missing := wanted - middleware.token_counter(turns)) > 0:
        turns[0] = HumanMessage(f"{turns[0].text}{'word' * missing}")
    assert middleware.token_counter(turns) == wanted
    before = len(emulator.requests)
    agent = create_agent(model, middleware=[middleware])
    assert agent.invoke({"messages": turns})["messages"][-1].text == "17 * 23 = 391."
    assert len(emulator.requests) == before + calls


@pytest.mark.parametrize("method", ["invoke", "ainvoke"])
async def test_retries_of_the_middleware_take_over_where_ours_are_off(
    faults: FaultServer, monkeypatch: pytest.MonkeyPatch, method: str
) -> None:
    shorten_waits(monkeypatch)
    busy = answers(503, {"error": {"message": "busy"}})
    service = faults.serving(first(busy, busy, answers(200, completion("Done."))))
    model = ChatAIMLAPI(model=GPT, api_key="k", base_url=service.base_url, max_retries=0)
    retry = ModelRetryMiddleware(max_retries=2, retry_on=(ServerError,), initial_delay=0.001)
    agent = create_agent(model, middleware=[retry])
    asked: Any = {"messages": [HumanMessage("hi")]}
    result = agent.invoke(asked) if method == "invoke" else await agent.ainvoke(asked)
    assert result["messages"][-1].text == "Done."
    assert len(service.requests) == 3


@both_schemas
async def test_a_fallback_answers_for_a_retired_model(model_of: ModelOf, name: str) -> None:
    fallback = ModelFallbackMiddleware(model_of(name))
    agent = create_agent(model_of("gpt-4.5-preview"), [weather], middleware=[fallback])
    result = agent.invoke({"messages": [ASKED]})
    assert "Sunny in Paris." in result["messages"][-1].text
    result = await agent.ainvoke({"messages": [ASKED]})
    assert "Sunny in Paris." in result["messages"][-1].text
    with pytest.raises(NotFoundError, match="retired"):
        create_agent(model_of("gpt-4.5-preview")).invoke({"messages": [ASKED]})


@every_vendor
@pytest.mark.parametrize(
    ("decision", "expected"),
    [
        ({"type": "approve"}, "Sunny in Paris."),
        ({"type": "reject", "message": "Not today."}, "Not today."),
        (
            {"type": "edit", "edited_action": {"name": "weather", "args": {"city": "Oslo"}}},
            "Sunny in Oslo.",
        ),
    ],
)
def test_a_human_decides_about_a_call(
    model_of: ModelOf, name: str, decision: dict[str, Any], expected: str
) -> None:
    agent = create_agent(
        model_of(name),
        [weather],
        middleware=[HumanInTheLoopMiddleware(interrupt_on={"weather": True})],
        checkpointer=InMemorySaver(),
    )
    config: Any = {"configurable": {"thread_id": "1"}}
    held = agent.invoke({"messages": [ASKED]}, config)
    (interrupt,) = held["__interrupt__"]
    assert interrupt.value["action_requests"][0]["args"] == {"city": "Paris"}
    result = agent.invoke(Command(resume={"decisions": [decision]}), config)
    results = [message for message in result["messages"] if isinstance(message, ToolMessage)]
    assert expected in results[-1].text
    assert result["messages"][-1].type == "ai"


def test_calls_of_the_model_are_limited(model_of: ModelOf) -> None:
    limit = ModelCallLimitMiddleware(run_limit=1)
    agent = create_agent(model_of(CLAUDE), [weather], middleware=[limit])
    messages = agent.invoke({"messages": [ASKED]})["messages"]
    assert "limit" in messages[-1].text.lower()
