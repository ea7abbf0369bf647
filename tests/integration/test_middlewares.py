"""Middlewares of LangChain's agents that meet answers, errors or tools, on every endpoint.

The others, such as summarization, stand in `test_agents_everywhere.py`.
"""

from __future__ import annotations

import gc
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from families import ASKED, DOORS, both_ways, every_door, weather
from langchain.agents import create_agent, middleware
from langchain.agents.structured_output import ProviderStrategy, ToolStrategy
from langchain_core.decisions import BaseDecisionModel, ClassifierResponse
from langchain_core.exceptions import ModelRefusalError
from langchain_core.messages import HumanMessage, ToolMessage
from langchain_core.tools import tool
from pydantic import BaseModel

from langchain_aimlapi import ChatAIMLAPI

if TYPE_CHECKING:
    from collections.abc import Callable

    from emulator.server import Emulator

    ModelOf = Callable[..., ChatAIMLAPI]

DEEP_DOORS: dict[str, dict[str, Any]] = {
    **DOORS,
    "messages, thinking": {**DOORS["messages"], "thinking": {"type": "adaptive"}},
    "responses, reasoning": {
        **DOORS["responses"],
        "reasoning": {"effort": "low", "summary": "auto"},
    },
}
# What a tool model says may hold thoughts there.
every_deep_door = pytest.mark.parametrize("door", DEEP_DOORS)
every_version = pytest.mark.parametrize("version", ["v0", "v1"])


async def run(agent: Any, way: str, asked: list[Any]) -> list[Any]:
    given = {"messages": asked}
    result = agent.invoke(given) if way == "invoke" else await agent.ainvoke(given)
    return list(result["messages"])


def results_of(messages: list[Any]) -> list[ToolMessage]:
    return [message for message in messages if isinstance(message, ToolMessage)]


class Decides(BaseDecisionModel):
    """Always decides the same."""

    model: str = "decides"
    answer: dict[str, Any]

    @property
    def _provider(self) -> str:
        return "test"

    def _classify(self, state: Any, questions: Any) -> ClassifierResponse:
        answers: Any = dict.fromkeys(questions, self.answer)
        return ClassifierResponse(model=self.model, answers=answers)


# --- which model answers, and what it may do ---


@pytest.mark.filterwarnings("ignore:The middleware .* is in beta")
@every_door
@both_ways
async def test_the_router_asks_the_model_that_was_decided_for(
    model_of: ModelOf, emulator: Emulator, door: str, way: str
) -> None:
    others = {name: fields for name, fields in DOORS.items() if name != door}
    choices = {
        name: middleware.ModelChoice(model_of(**fields), criteria=name)
        for name, fields in DOORS.items()
    }
    decided = {
        "type": "choice",
        "choice": door,
        "probabilities": {door: 1.0, **dict.fromkeys(others, 0.0)},
        "confidence": 1.0,
    }
    router = middleware.ModelRouterMiddleware(
        choices=choices, instructions="Choose.", classifier=Decides(answer=decided)
    )
    unused = model_of(**next(iter(others.values())))
    before = len(emulator.requests)
    messages = await run(create_agent(unused, [weather], middleware=[router]), way, [ASKED])
    assert "Sunny in Paris." in messages[-1].text
    asked = {request.body["model"] for request in emulator.requests[before:]}
    assert asked == {DOORS[door]["model"]}


@every_door
@both_ways
@pytest.mark.parametrize("risk", [0.1, 0.9])
async def test_a_call_is_run_or_blocked_by_its_risk(
    model_of: ModelOf, door: str, way: str, risk: float
) -> None:
    classifier = Decides(answer={"type": "noul", "noul": risk})
    mode = middleware.AutoModeMiddleware(tools=[weather], classifier=classifier)
    agent = create_agent(model_of(**DOORS[door]), [weather], middleware=[mode])
    messages = await run(agent, way, [ASKED])
    (result,) = results_of(messages)
    assert (result.status == "error") is (risk > 0.5)
    assert ("Sunny" in result.text) is (risk < 0.5)
    assert messages[-1].type == "ai"


@every_door
@both_ways
async def test_calls_of_the_model_are_limited(model_of: ModelOf, door: str, way: str) -> None:
    limit = middleware.ModelCallLimitMiddleware(run_limit=1)
    agent = create_agent(model_of(**DOORS[door]), [weather], middleware=[limit])
    messages = await run(agent, way, [ASKED])
    assert [message.type for message in messages] == ["human", "ai", "tool", "ai"]
    assert "limit" in messages[-1].text.lower()


@every_door
@both_ways
async def test_calls_of_a_tool_are_limited(model_of: ModelOf, door: str, way: str) -> None:
    limit = middleware.ToolCallLimitMiddleware(run_limit=0, tool_name="weather")
    agent = create_agent(model_of(**DOORS[door]), [weather], middleware=[limit])
    messages = await run(agent, way, [ASKED])
    (result,) = results_of(messages)
    assert "limit" in result.text.lower()
    assert result.status == "error"
    assert messages[-1].type == "ai"


# --- tools ---


@every_deep_door
@every_version
@both_ways
async def test_a_model_plays_the_tool(
    model_of: ModelOf, emulator: Emulator, door: str, version: str, way: str
) -> None:
    """Its answer is the result as it stands, even where it is a list with thoughts in it."""
    model = model_of(**DEEP_DOORS[door], output_version=version)
    plays = middleware.LLMToolEmulator(tools=["weather"], model=model)
    agent = create_agent(model, [weather], middleware=[plays])
    before = len(emulator.requests)
    messages = await run(agent, way, [ASKED])
    (result,) = results_of(messages)
    assert result.text
    assert "Sunny" not in result.text  # not the tool's own
    assert messages[-1].text
    assert len(emulator.requests) == before + 3


@every_door
@both_ways
async def test_an_error_of_a_tool_is_told_to_the_model(
    model_of: ModelOf, door: str, way: str
) -> None:
    @tool("weather")
    def broken(city: str) -> str:
        """Tell the weather of a city."""
        raise TimeoutError(f"no answer from {city}")

    handled = middleware.ToolErrorMiddleware(on_error=lambda _error, _request: "It is broken.")
    agent = create_agent(model_of(**DOORS[door]), [broken], middleware=[handled])
    messages = await run(agent, way, [ASKED])
    (result,) = results_of(messages)
    assert result.text
    assert result.status == "error"
    assert messages[-1].type == "ai"


# LangChain's shell leaves its pipes to the garbage collector.
@pytest.mark.filterwarnings("ignore:unclosed file:ResourceWarning")
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@every_door
@both_ways
async def test_the_shell_is_a_tool_that_every_endpoint_takes(
    model_of: ModelOf, door: str, way: str, tmp_path: Path
) -> None:
    shell = middleware.ShellToolMiddleware(workspace_root=tmp_path)
    agent = create_agent(model_of(**DOORS[door]), middleware=[shell])
    messages = await run(agent, way, [HumanMessage("Call shell(echo hello-you).")])
    (result,) = results_of(messages)
    assert "hello-you" in result.text
    assert messages[-1].type == "ai"
    del agent, shell
    gc.collect()


@every_door
@both_ways
async def test_files_are_searched_by_tools_that_every_endpoint_takes(
    model_of: ModelOf, door: str, way: str, tmp_path: Path
) -> None:
    (tmp_path / "found.txt").write_text("here", encoding="utf-8")
    search = middleware.FilesystemFileSearchMiddleware(root_path=str(tmp_path), use_ripgrep=False)
    agent = create_agent(model_of(**DOORS[door]), middleware=[search])
    messages = await run(agent, way, [HumanMessage('Call glob_search("*.txt").')])
    assert "/found.txt" in results_of(messages)[0].text
    assert messages[-1].type == "ai"


def test_tools_behind_a_search_of_the_vendor_are_theirs_to_declare(
    model_of: ModelOf, emulator: Emulator
) -> None:
    """LangChain's middleware knows two packages and no other; the tools themselves are sent."""
    model = model_of(**DOORS["messages"])
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


# --- refusals ---

WORDS = "I won't."
MODELS = {name: fields["model"] for name, fields in DOORS.items()}


def refusal(request: httpx.Request) -> httpx.Response:
    """Refuse as the model of each endpoint does."""
    body = json.loads(request.content)
    if request.url.path.endswith("/messages"):
        answer: Any = {
            "id": "msg_1",
            "type": "message",
            "role": "assistant",
            "model": body["model"],
            "content": [],
            "stop_reason": "refusal",
            "usage": {"input_tokens": 1, "output_tokens": 0},
        }
    elif request.url.path.endswith("/responses"):
        part = {"type": "refusal", "refusal": WORDS}
        item = {"type": "message", "id": "msg_1", "role": "assistant", "content": [part]}
        answer = {"id": "resp_1", "status": "completed", "model": body["model"], "output": [item]}
    else:
        message = {"role": "assistant", "content": None, "refusal": WORDS}
        answer = {"id": "1", "choices": [{"message": message, "finish_reason": "stop"}]}
    return httpx.Response(200, json=answer)


@pytest.fixture
def refuses() -> Callable[[str], ChatAIMLAPI]:
    def make(door: str) -> ChatAIMLAPI:
        transport = httpx.MockTransport(refusal)
        return ChatAIMLAPI(
            **DOORS[door],
            api_key="sk-refused",
            max_retries=0,
            http_client=httpx.Client(transport=transport),
            http_async_client=httpx.AsyncClient(transport=transport),
        )

    return make


class Report(BaseModel):
    """The weather of a city."""

    city: str


# Where Claude's own endpoint has no field for a format, the system prompt asks, with a warning.
@pytest.mark.filterwarnings("ignore:The request schema of .* response_format")
@every_door
@both_ways
@pytest.mark.parametrize("form", [None, ProviderStrategy(Report), ToolStrategy(Report)])
async def test_a_refusal_is_an_error_where_the_agent_wants_it(
    refuses: Callable[[str], ChatAIMLAPI], door: str, way: str, form: Any
) -> None:
    agent = create_agent(
        refuses(door), middleware=[middleware.ModelRefusalMiddleware()], response_format=form
    )
    with pytest.raises(ModelRefusalError) as raised:
        await run(agent, way, [ASKED])
    assert raised.value.raw_message is not None
    if door != "messages":
        assert WORDS in str(raised.value)


@every_door
@both_ways
async def test_another_model_answers_what_the_first_refused(
    model_of: ModelOf, refuses: Callable[[str], ChatAIMLAPI], door: str, way: str
) -> None:
    fallback = middleware.ModelFallbackMiddleware(model_of(**DOORS[door]))
    refusal_is_error = middleware.ModelRefusalMiddleware()
    agent = create_agent(refuses(door), [weather], middleware=[fallback, refusal_is_error])
    messages = await run(agent, way, [ASKED])
    assert "Sunny in Paris." in messages[-1].text


# --- the list itself ---


def test_every_middleware_that_there_is_meets_a_model_in_a_test() -> None:
    """What comes with the next LangChain fails here until it is tested."""
    there = {name for name in middleware.__all__ if name.endswith("Middleware")}
    folder = Path(__file__).parent
    tested = "".join(file.read_text(encoding="utf-8") for file in folder.glob("test_*.py"))
    assert {name for name in there - {"AgentMiddleware"} if f"{name}(" not in tested} == set()
