"""What agents are built of, on every endpoint, sync and async."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from families import ASKED, DOORS, both_ways, every_door, run, weather
from langchain.agents import create_agent
from langchain.agents.middleware import (
    ClearToolUsesEdit,
    ContextEditingMiddleware,
    LLMToolSelectorMiddleware,
    ModelFallbackMiddleware,
    ModelRetryMiddleware,
    PIIMiddleware,
    SummarizationMiddleware,
    TodoListMiddleware,
    ToolRetryMiddleware,
)
from langchain.agents.structured_output import ProviderStrategy, ToolStrategy
from langchain_core.messages import AIMessage, HumanMessage
from langchain_core.tools import tool
from pydantic import BaseModel

from langchain_aimlapi.errors import ServerError

if TYPE_CHECKING:
    from collections.abc import Callable

    from emulator.server import Emulator

    from langchain_aimlapi import ChatAIMLAPI

    ModelOf = Callable[..., ChatAIMLAPI]

RETIRED = "gpt-4.5-preview"
THINKING = {**DOORS["messages"], "thinking": {"type": "adaptive"}}
SUM = HumanMessage("What is 17 * 23?")
# Where Claude's own endpoint has no field for a format, the system prompt asks, with a warning.
asks_by_prompt = pytest.mark.filterwarnings("ignore:The request schema of .* response_format")


class Report(BaseModel):
    """The weather of a city."""

    city: str
    sunny: bool


@tool
def news(topic: str) -> str:
    """Read the newspaper."""
    return f"No news of {topic}."


@tool
def stock(company: str) -> str:
    """Price of a share."""
    return f"{company}: 5."


def names_of_tools(body: dict[str, Any]) -> list[str]:
    return [(offered.get("function") or offered)["name"] for offered in body.get("tools", ())]


# --- structured responses ---


@asks_by_prompt
@every_door
@both_ways
@pytest.mark.parametrize("fallback", [False, True], ids=["alone", "as-fallback"])
@pytest.mark.parametrize("strategy", [ProviderStrategy, ToolStrategy])
async def test_a_structured_response_comes_by_either_strategy(
    model_of: ModelOf, door: str, way: str, strategy: Any, *, fallback: bool
) -> None:
    model: Any = model_of(**DOORS[door])
    if fallback:
        model = model_of(RETIRED).with_fallbacks([model])
    agent = create_agent(model, [weather], response_format=strategy(Report))
    result = await run(agent, way, [ASKED])
    assert result["structured_response"] == Report(city="Paris", sunny=True)
    kinds = [message.type for message in result["messages"]]
    assert kinds == ["human", "ai", "tool", "ai", *(["tool"] * (strategy is ToolStrategy))]


@every_door
@both_ways
async def test_the_strategy_that_fits_the_model_is_chosen_by_its_profile(
    model_of: ModelOf, door: str, way: str
) -> None:
    """Without a strategy Claude gets a tool, as its schema has no field for a format."""
    agent = create_agent(model_of(**DOORS[door]), [weather], response_format=Report)
    result = await run(agent, way, [ASKED])
    assert result["structured_response"] == Report(city="Paris", sunny=True)
    by_tool = result["messages"][-1].type == "tool"
    assert by_tool is (door in {"chat-claude", "messages"})


@pytest.mark.parametrize(
    ("door", "field"),
    [("chat-openai", "response_format"), ("chat-claude", "response_format"), ("responses", "text")],
)
def test_the_models_own_form_is_asked_for_where_a_field_is_documented(
    model_of: ModelOf, emulator: Emulator, door: str, field: str
) -> None:
    agent = create_agent(
        model_of(**DOORS[door]), [weather], response_format=ProviderStrategy(Report)
    )
    agent.invoke({"messages": [ASKED]})
    assert '"json_schema"' in json.dumps(emulator.requests[-1].body[field])


@asks_by_prompt
@both_ways
async def test_a_claude_that_thinks_gives_a_structured_response_too(
    model_of: ModelOf, way: str
) -> None:
    agent = create_agent(model_of(**THINKING), [weather], response_format=ProviderStrategy(Report))
    result = await run(agent, way, [ASKED])
    assert result["structured_response"] == Report(city="Paris", sunny=True)


# A model that thinks cannot be forced to call a tool, so the prompt asks for it.
@pytest.mark.filterwarnings("ignore:tool_choice='any' is left out")
@both_ways
async def test_a_claude_that_thinks_calls_the_tool_of_a_response(
    model_of: ModelOf, way: str
) -> None:
    agent = create_agent(model_of(**THINKING), [weather], response_format=ToolStrategy(Report))
    result = await run(agent, way, [HumanMessage(f"{ASKED.content} Give a Report.")])
    assert result["structured_response"] == Report(city="Paris", sunny=True)


# --- when something fails ---


@every_door
@both_ways
async def test_an_agent_falls_back_to_the_model_that_works(
    model_of: ModelOf, emulator: Emulator, door: str, way: str
) -> None:
    before = len(emulator.requests)
    model: Any = model_of(RETIRED).with_fallbacks([model_of(**DOORS[door])])
    result = await run(create_agent(model, [weather]), way, [ASKED])
    assert "Sunny in Paris." in result["messages"][-1].text
    assert names_of_tools(emulator.requests[-1].body) == ["weather"]
    assert len(emulator.requests) == before + 4  # two turns, each of them first to the other


@every_door
@both_ways
async def test_the_fallback_middleware_asks_the_model_that_works(
    model_of: ModelOf, door: str, way: str
) -> None:
    middleware = ModelFallbackMiddleware(model_of(**DOORS[door]))
    agent = create_agent(model_of(RETIRED), [weather], middleware=[middleware])
    result = await run(agent, way, [ASKED])
    assert "Sunny in Paris." in result["messages"][-1].text


class _BusyAtFirst(httpx.BaseTransport, httpx.AsyncBaseTransport):
    """Answers 503 once, then sends what it gets."""

    def __init__(self, *, busy: int = 1) -> None:
        self.busy = busy
        self.sync = httpx.HTTPTransport()
        self.asynchronous = httpx.AsyncHTTPTransport()

    def refuses(self) -> bool:
        self.busy -= 1
        return self.busy >= 0

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        return httpx.Response(503) if self.refuses() else self.sync.handle_request(request)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        if self.refuses():
            return httpx.Response(503)
        return await self.asynchronous.handle_async_request(request)

    def close(self) -> None:
        self.sync.close()

    async def aclose(self) -> None:
        await self.asynchronous.aclose()


@every_door
@both_ways
async def test_the_retry_middleware_asks_again(model_of: ModelOf, door: str, way: str) -> None:
    transport = _BusyAtFirst()
    middleware = ModelRetryMiddleware(max_retries=1, retry_on=(ServerError,), initial_delay=0.001)
    with httpx.Client(transport=transport) as client:
        async with httpx.AsyncClient(transport=transport) as async_client:
            model = model_of(
                **DOORS[door], max_retries=0, http_client=client, http_async_client=async_client
            )
            agent = create_agent(model, [weather], middleware=[middleware])
            result = await run(agent, way, [ASKED])
    assert "Sunny in Paris." in result["messages"][-1].text
    assert transport.busy == -2  # one refused, two answered


@every_door
@both_ways
async def test_a_tool_that_fails_is_run_again(model_of: ModelOf, door: str, way: str) -> None:
    tried: list[str] = []

    @tool("weather")
    def unsteady(city: str) -> str:
        """Tell the weather of a city."""
        tried.append(city)
        if len(tried) == 1:
            raise TimeoutError("no answer")
        return f"Sunny in {city}."

    middleware = ToolRetryMiddleware(max_retries=1, initial_delay=0.001)
    agent = create_agent(model_of(**DOORS[door]), [unsteady], middleware=[middleware])
    result = await run(agent, way, [ASKED])
    assert tried == ["Paris", "Paris"]
    assert "Sunny in Paris." in result["messages"][-1].text


# --- what is sent ---


@every_door
@both_ways
async def test_a_long_conversation_is_summarised_at_a_fraction_of_the_window(
    model_of: ModelOf, emulator: Emulator, door: str, way: str
) -> None:
    model = model_of(**DOORS[door])
    window = model.profile["max_input_tokens"]
    middleware = SummarizationMiddleware(
        model, trigger=("fraction", 500 / window), keep=("messages", 1)
    )
    agent = create_agent(model, middleware=[middleware])
    turns = [HumanMessage("word " * 1000), AIMessage("Yes."), SUM]
    before = len(emulator.requests)
    result = await run(agent, way, turns)
    summary, asked, answer = result["messages"]
    assert "summary of the conversation" in summary.text
    assert (asked.text, answer.text) == (SUM.text, "17 * 23 = 391.")
    assert "summary of the conversation" in json.dumps(emulator.requests[-1].body)
    assert len(emulator.requests) == before + 2


@every_door
@both_ways
async def test_results_of_old_calls_are_cleared(
    model_of: ModelOf, emulator: Emulator, door: str, way: str
) -> None:
    model = model_of(**DOORS[door])
    plain = create_agent(model, [weather])
    paris = (await run(plain, way, [ASKED]))["messages"]
    oslo = HumanMessage("What is the weather in Oslo? Use the tool.")
    edit = ClearToolUsesEdit(trigger=10, keep=1, clear_tool_inputs=True)
    editing = ContextEditingMiddleware(edits=[edit], token_count_method="model")
    agent = create_agent(model, [weather], middleware=[editing])
    result = await run(agent, way, [*paris, oslo])
    assert "Sunny in Oslo." in result["messages"][-1].text
    sent = json.dumps(emulator.requests[-1].body)
    assert "[cleared]" in sent
    assert sent.count("Sunny in Paris.") == 1  # in the earlier answer, no longer in the result
    assert "Sunny in Oslo." in sent


@every_door
@both_ways
async def test_a_model_selects_the_tools_that_the_agent_gets(
    model_of: ModelOf, emulator: Emulator, door: str, way: str
) -> None:
    model = model_of(**DOORS[door])
    selector = LLMToolSelectorMiddleware(model=model, max_tools=1)
    agent = create_agent(model, [news, stock, weather], middleware=[selector])
    before = len(emulator.requests)
    result = await run(agent, way, [ASKED])
    assert "Sunny in Paris." in result["messages"][-1].text
    offered = [names_of_tools(request.body) for request in emulator.requests[before:]]
    assert [names for names in offered if "weather" in names] == [["weather"], ["weather"]]
    assert len(offered) == 4  # each turn is selected for


@every_door
@both_ways
async def test_personal_data_is_not_sent(
    model_of: ModelOf, emulator: Emulator, door: str, way: str
) -> None:
    @tool("weather")
    def signed(city: str) -> str:
        """Tell the weather of a city."""
        return f"Sunny in {city}, says bob@example.com."

    hide = PIIMiddleware("email", apply_to_output=True, apply_to_tool_results=True)
    agent = create_agent(model_of(**DOORS[door]), [signed], middleware=[hide])
    before = len(emulator.requests)
    question = HumanMessage(f"I am ada@example.com. {ASKED.content}")
    result = await run(agent, way, [question])
    assert "Sunny in Paris, says [REDACTED_EMAIL]." in result["messages"][-1].text
    sent = json.dumps([request.body for request in emulator.requests[before:]])
    assert "example.com" not in sent
    assert sent.count("[REDACTED_EMAIL]") >= 3


@every_door
@both_ways
async def test_a_list_of_things_to_do_is_kept(model_of: ModelOf, door: str, way: str) -> None:
    agent = create_agent(model_of(**DOORS[door]), middleware=[TodoListMiddleware()])
    result = await run(agent, way, [HumanMessage("Use write_todos to plan a trip to Paris.")])
    (todo,) = result["todos"]
    assert todo["content"]
    assert todo["status"] in {"pending", "in_progress", "completed"}
    assert result["messages"][-1].type == "ai"
