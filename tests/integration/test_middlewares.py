"""Every middleware that LangChain's agents have, with our models, on every endpoint.

Those that ask a decision model stand in `test_decisions_of_agents.py`.
"""

from __future__ import annotations

import gc
import json
from typing import TYPE_CHECKING, Any

import pytest
import wire
from families import ASKED, ENDPOINTS, THINKING, every_endpoint, run_both_ways, weather
from langchain.agents import create_agent, middleware
from langchain.agents.structured_output import ProviderStrategy, ToolStrategy
from langchain_core.exceptions import ModelRefusalError
from langchain_core.messages import AIMessage, AnyMessage, HumanMessage, ToolMessage
from langchain_core.tools import tool
from pydantic import BaseModel

from langchain_aimlapi import ChatAIMLAPI
from langchain_aimlapi.errors import ServerError
from langchain_aimlapi.testing import Failure, answers

if TYPE_CHECKING:
    from pathlib import Path

    from emulator.server import Emulator
    from families import ModelOf

REASONING = {"effort": "low", "summary": "auto"}
THINKERS: dict[str, dict[str, Any]] = {
    "messages, thinking": THINKING,
    "responses, reasoning": {**ENDPOINTS["responses"], "reasoning": REASONING},
}


def results_of(messages: list[Any]) -> list[ToolMessage]:
    return [message for message in messages if isinstance(message, ToolMessage)]


# --- middlewares that change what the model does or is sent ---


@every_endpoint
async def test_the_retry_asks_again_where_our_retries_are_off(endpoint: str) -> None:
    retry = middleware.ModelRetryMiddleware(retry_on=(ServerError,), initial_delay=0.001)
    script = answers([Failure(503), "Sunny in Paris."] * 2)
    model = ChatAIMLAPI(**ENDPOINTS[endpoint], max_retries=0, **script)
    for messages in await run_both_ways(create_agent(model, middleware=[retry]), [ASKED]):
        assert messages[-1].text == "Sunny in Paris."
    script.assert_used_up()


@pytest.mark.parametrize(("more", "calls"), [(-1, 1), (1, 2)], ids=["just under", "just over"])
@pytest.mark.parametrize("endpoint", ["chat-openai", "responses"])  # a million tokens take long
def test_a_history_is_summarised_at_four_fifths_of_the_window(
    model_of: ModelOf, emulator: Emulator, endpoint: str, more: int, calls: int
) -> None:
    """The profile tells the window; what the summary says is sent instead of the turns."""
    model = model_of(**ENDPOINTS[endpoint])
    summarise = middleware.SummarizationMiddleware(
        model, trigger=("fraction", 0.8), keep=("messages", 1)
    )
    # What is too long for a summary is left out of it, so there are turns after it.
    texts = ("", "I see.", "And what do you think?", "It is long.", "What is 17 * 23?")
    turns: list[AnyMessage] = [
        (AIMessage if place % 2 else HumanMessage)(text) for place, text in enumerate(texts)
    ]
    wanted = int(model.profile["max_input_tokens"] * 0.8) + more
    while (missing := wanted - summarise.token_counter(turns)) > 0:
        turns[0] = HumanMessage(f"{turns[0].text}{'word' * missing}")
    before = len(emulator.requests)
    agent = create_agent(model, middleware=[summarise])
    assert agent.invoke({"messages": turns})["messages"][-1].text == "17 * 23 = 391."
    assert len(emulator.requests) == before + calls
    summarised = "summary of the conversation" in json.dumps(emulator.requests[-1].body)
    assert summarised is (calls == 2)


@every_endpoint
async def test_results_of_old_calls_are_cleared(
    model_of: ModelOf, emulator: Emulator, endpoint: str
) -> None:
    model = model_of(**ENDPOINTS[endpoint])
    paris = create_agent(model, [weather]).invoke({"messages": [ASKED]})["messages"]
    oslo = HumanMessage("What is the weather in Oslo? Use the tool.")
    edit = middleware.ClearToolUsesEdit(trigger=10, keep=1, clear_tool_inputs=True)
    clear = middleware.ContextEditingMiddleware(edits=[edit], token_count_method="model")
    agent = create_agent(model, [weather], middleware=[clear])
    for messages in await run_both_ways(agent, [*paris, oslo]):
        assert "Sunny in Oslo." in messages[-1].text
        sent = json.dumps(emulator.requests[-1].body)
        assert "[cleared]" in sent
        assert sent.count("Sunny in Paris.") == 1  # in the earlier answer, not in the result


@tool
def news(topic: str) -> str:
    """Read the newspaper."""
    return f"No news of {topic}."


def names_of_tools(body: dict[str, Any]) -> list[str]:
    return [(offered.get("function") or offered)["name"] for offered in body.get("tools", ())]


@every_endpoint
async def test_a_model_selects_the_tools_that_the_agent_gets(
    model_of: ModelOf, emulator: Emulator, endpoint: str
) -> None:
    model = model_of(**ENDPOINTS[endpoint])
    selector = middleware.LLMToolSelectorMiddleware(model=model, max_tools=1)
    agent = create_agent(model, [news, weather], middleware=[selector])
    before = len(emulator.requests)
    for messages in await run_both_ways(agent, [ASKED]):
        assert "Sunny in Paris." in messages[-1].text
    offered = [names_of_tools(request.body) for request in emulator.requests[before:]]
    assert [names for names in offered if "weather" in names] == [["weather"]] * 4


@every_endpoint
async def test_personal_data_is_not_sent(
    model_of: ModelOf, emulator: Emulator, endpoint: str
) -> None:
    hide = middleware.PIIMiddleware("email", apply_to_output=True, apply_to_tool_results=True)
    agent = create_agent(model_of(**ENDPOINTS[endpoint]), [weather], middleware=[hide])
    before = len(emulator.requests)
    question = HumanMessage(f"I am ada@example.com. {ASKED.content}")
    await run_both_ways(agent, [question])
    sent = json.dumps([request.body for request in emulator.requests[before:]])
    assert "example.com" not in sent
    assert sent.count("[REDACTED_EMAIL]") >= 4


@pytest.mark.parametrize("endpoint", [*ENDPOINTS, *THINKERS])
@pytest.mark.parametrize("version", ["v0", "v1"])
async def test_a_model_plays_the_tool(
    model_of: ModelOf, emulator: Emulator, endpoint: str, version: str
) -> None:
    """Its answer is the result as it stands, even where it is a list with thoughts in it."""
    model = model_of(**{**ENDPOINTS, **THINKERS}[endpoint], output_version=version)
    plays = middleware.LLMToolEmulator(tools=["weather"], model=model)
    agent = create_agent(model, [weather], middleware=[plays])
    before = len(emulator.requests)
    for messages in await run_both_ways(agent, [ASKED]):
        (result,) = results_of(messages)
        assert result.text
        assert "Sunny" not in result.text  # not the tool's own
        assert messages[-1].text
    assert len(emulator.requests) == before + 6


def test_tools_behind_a_search_of_the_vendor_are_sent_as_declared(
    model_of: ModelOf, emulator: Emulator
) -> None:
    """LangChain's middleware knows two packages and no other; the tools themselves are sent."""
    model = model_of(**ENDPOINTS["messages"])
    searching = middleware.ProviderToolSearchMiddleware(searchable_tools=[weather])
    agent = create_agent(model, [weather], middleware=[searching])
    with pytest.raises(ValueError, match="got 'aimlapi'"):
        agent.invoke({"messages": [ASKED]})
    deferred = weather.model_copy(update={"extras": {"defer_loading": True}})
    search = {"type": "tool_search_tool_bm25_20251119", "name": "tool_search_tool_bm25"}
    model.bind_tools([deferred, search]).invoke([ASKED])
    sent = emulator.requests[-1].body["tools"]
    assert [each.get("defer_loading") for each in sent] == [True, None]
    assert sent[1] == search


# --- middlewares around tools and calls: the model goes on with whatever they leave it ---
@tool("weather")
def broken(city: str) -> str:
    """Tell the weather of a city."""
    raise TimeoutError(f"no answer from {city}")


def _around(tmp_path: Path) -> list[tuple[Any, list[Any], str, str]]:
    """Return each middleware, the tools, the question, and what the result of the tool says."""
    (tmp_path / "found.txt").write_text("here", encoding="utf-8")
    asked, limit = ASKED.text, middleware.ToolCallLimitMiddleware(run_limit=0, tool_name="weather")
    tells = middleware.ToolErrorMiddleware(on_error=lambda _error, _request: "It is broken.")
    retries = middleware.ToolRetryMiddleware(max_retries=1, initial_delay=0.001)
    plan = "Use write_todos to plan a trip to Paris."
    finds = middleware.FilesystemFileSearchMiddleware(root_path=str(tmp_path), use_ripgrep=False)
    shell = middleware.ShellToolMiddleware(workspace_root=tmp_path)
    return [
        (middleware.ModelCallLimitMiddleware(run_limit=1), [weather], asked, "Sunny"),
        (limit, [weather], asked, "limit"),
        (tells, [broken], asked, "broken"),
        (retries, [broken], asked, "no answer from Paris"),
        (middleware.TodoListMiddleware(), [], plan, ""),
        (finds, [], 'Call glob_search("*.txt").', "/found.txt"),
        (shell, [], "Call shell(echo hello-you).", "hello-you"),
    ]


# LangChain's shell leaves its pipes to the garbage collector.
@pytest.mark.filterwarnings("ignore:unclosed file:ResourceWarning")
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize("endpoint", ENDPOINTS)
async def test_an_agent_ends_with_an_answer(
    model_of: ModelOf, endpoint: str, tmp_path: Path
) -> None:
    """Each endpoint has its share of the middlewares."""
    share = list(_around(tmp_path))[list(ENDPOINTS).index(endpoint) :: len(ENDPOINTS)]
    for around, tools, asked, said in share:
        agent = create_agent(model_of(**ENDPOINTS[endpoint]), tools, middleware=[around])
        for messages in await run_both_ways(agent, [HumanMessage(asked)]):
            (result, *_) = results_of(messages)
            assert said in result.text, around
            assert messages[-1].type == "ai"
    del agent, around, share
    gc.collect()


# --- refusals ---
WORDS = "I won't."
REFUSALS = {
    "chat/completions": wire.completion({"role": "assistant", "content": None, "refusal": WORDS}),
    "messages": wire.claude(stop="refusal"),
    "responses": wire.response(wire.message_item({"type": "refusal", "refusal": WORDS})),
}


def refusing(endpoint: str) -> ChatAIMLAPI:
    """Return a model that refuses as the models of its endpoint do."""
    path = {"responses": "responses", "messages": "messages"}.get(endpoint, "chat/completions")
    return wire.model_of(REFUSALS[path], **{"endpoint": path, **ENDPOINTS[endpoint]})


class Report(BaseModel):
    """The weather of a city."""

    city: str


# Claude's own endpoint has no field for a format: the system prompt asks for it, with a warning.
@pytest.mark.filterwarnings("ignore:The request schema of .* response_format")
@every_endpoint
@pytest.mark.parametrize("form", [None, ProviderStrategy(Report), ToolStrategy(Report)])
async def test_a_refusal_is_an_error_where_the_agent_wants_it(endpoint: str, form: Any) -> None:
    strict = middleware.ModelRefusalMiddleware()
    agent = create_agent(refusing(endpoint), middleware=[strict], response_format=form)
    with pytest.raises(ModelRefusalError) as raised:
        await run_both_ways(agent, [ASKED])
    assert raised.value.raw_message is not None
    assert endpoint == "messages" or WORDS in str(raised.value)


@every_endpoint
async def test_another_model_answers_what_the_first_refused(
    model_of: ModelOf, endpoint: str
) -> None:
    fallback = middleware.ModelFallbackMiddleware(model_of(**ENDPOINTS[endpoint]))
    both = [fallback, middleware.ModelRefusalMiddleware()]
    agent = create_agent(refusing(endpoint), [weather], middleware=both)
    for messages in await run_both_ways(agent, [ASKED]):
        assert "Sunny in Paris." in messages[-1].text
