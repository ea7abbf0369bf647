"""`answers([...])`: unit tests by script, on every endpoint, through the model's own code."""

from __future__ import annotations

import asyncio
from itertools import repeat
from typing import Any

import httpx
import pytest
import wire
from langchain.agents import create_agent
from langchain.agents.structured_output import ToolStrategy
from langchain_core.messages import AIMessage, ToolMessage
from langchain_core.tools import tool
from pydantic import BaseModel, Field

from langchain_aimlapi import AIMLAPIEmbeddings, ChatAIMLAPI, errors
from langchain_aimlapi.testing import Answer, Failure, answers

CHAT: dict[str, Any] = {"model": "openai/gpt-4o"}
MODELS: dict[str, dict[str, Any]] = {
    "chat/completions": CHAT,
    "chat/completions, Claude schema": {"model": "anthropic/claude-sonnet-4"},
    "responses": {"model": "openai/gpt-5-pro"},
    "messages": {"model": "anthropic/claude-sonnet-4-5", "endpoint": "messages"},
}
USAGE = {
    "input_tokens": 20,
    "output_tokens": 8,
    "total_tokens": 28,
    "input_token_details": {"cache_read": 4},
    "output_token_details": {"reasoning": 3},
}
FULL = Answer(
    ["Hel", "lo, you."],
    reasoning="They greet me.",
    tool_calls=[{"name": "weather", "args": {"city": "Paris"}}, {"name": "clock", "args": {}}],
    usage=USAGE,
    cost=0.0125,
)

every_endpoint = pytest.mark.parametrize("settings", MODELS.values(), ids=MODELS)


@tool
def weather(city: str) -> str:
    """Tell the weather of a city."""
    return f"sunny in {city}"


class Report(BaseModel):
    """A report."""

    title: str = Field(alias="heading")


BEES = Report(heading="Bees")


def scripted(settings: dict[str, Any], *steps: Any, **more: Any) -> ChatAIMLAPI:
    return ChatAIMLAPI(**settings, **answers(steps), **more)


# --- what a model makes of an answer ---


def check_full(message: Any) -> None:
    assert message.text == "Hello, you."
    thoughts = [block for block in message.content_blocks if block["type"] == "reasoning"]
    assert "".join(block["reasoning"] for block in thoughts) == "They greet me."
    calls = [(call["name"], call["args"]) for call in message.tool_calls]
    assert calls == [("weather", {"city": "Paris"}), ("clock", {})]
    assert len({call["id"] for call in message.tool_calls}) == 2
    assert message.usage_metadata == USAGE
    assert message.response_metadata["cost"] == {"usd": 0.0125, "credits": 25000}
    assert message.response_metadata["finish_reason"] == "tool_calls"


@every_endpoint
async def test_an_answer_is_the_same_in_every_way_of_asking(settings: dict[str, Any]) -> None:
    model = scripted(settings, *repeat(FULL, 4))
    check_full(model.invoke("Hi"))
    check_full(await model.ainvoke("Hi"))
    for chunks in (list(model.stream("Hi")), [chunk async for chunk in model.astream("Hi")]):
        check_full(wire.merged(chunks))
        assert [chunk.text for chunk in chunks if chunk.text] == ["Hel", "lo, you."]


@every_endpoint
def test_a_string_is_streamed_by_word(settings: dict[str, Any]) -> None:
    chunks = list(scripted(settings, "one two  three").stream("Count."))
    assert [chunk.text for chunk in chunks if chunk.text] == ["one ", "two  ", "three"]


@every_endpoint
@pytest.mark.parametrize("reason", ["length", "content_filter"])
def test_a_finish_reason_is_set(settings: dict[str, Any], reason: str) -> None:
    model = scripted(settings, *repeat(Answer("Well", finish_reason=reason), 2))
    for message in (model.invoke("Hi"), wire.merged(model.stream("Hi"))):
        assert message.response_metadata["finish_reason"] == reason


@every_endpoint
def test_usage_is_about_right_where_none_is_given(settings: dict[str, Any]) -> None:
    short, long = (scripted(settings, "Hi").invoke(text) for text in ("Hi", "Hi there! " * 400))
    assert 0 < short.usage_metadata["input_tokens"] < 150
    assert 1000 < long.usage_metadata["input_tokens"] < 1150


@every_endpoint
def test_arguments_that_are_no_json_are_invalid_calls(settings: dict[str, Any]) -> None:
    broken = Answer(tool_calls=[{"name": "weather", "args": '{"city": '}])
    answer = wire.merged(scripted(settings, broken).stream("Hi"))
    assert [call["name"] for call in answer.invalid_tool_calls] == ["weather"]


@every_endpoint
def test_langchains_messages_are_answers(settings: dict[str, Any]) -> None:
    call = {"name": "weather", "args": {"city": "Rome"}, "id": "mine", "type": "tool_call"}
    thought = {"type": "reasoning", "reasoning": "Hm."}
    look = {"type": "text", "text": "Look"}
    written = AIMessage([thought, look], tool_calls=[call], usage_metadata=USAGE)
    answer = scripted(settings, written).invoke("Hi")
    assert (answer.text, answer.tool_calls, answer.usage_metadata) == ("Look", [call], USAGE)
    assert answer.content_blocks[0]["reasoning"] == "Hm."


def test_a_function_answers_by_what_was_asked() -> None:
    def shout(body: dict[str, Any]) -> str:
        return body["messages"][-1]["content"].upper()

    model = ChatAIMLAPI(**CHAT, **answers(repeat(shout)))
    asked = [f"word {number}" for number in range(20)]
    assert [answer.text for answer in model.batch(asked)] == [text.upper() for text in asked]


@every_endpoint
async def test_an_agent_acts_by_script_and_its_requests_are_seen(settings: dict[str, Any]) -> None:
    call = Answer("Let me see.", tool_calls=[{"name": "weather", "args": {"city": "Paris"}}])
    script = answers([call, "It is sunny."] * 2)
    agent = create_agent(ChatAIMLAPI(**settings, **script), [weather])
    question = {"messages": [{"role": "user", "content": "Weather in Paris?"}]}
    for state in (agent.invoke(question), await agent.ainvoke(question)):
        results = [m.content for m in state["messages"] if isinstance(m, ToolMessage)]
        assert results == ["sunny in Paris"]
        assert state["messages"][-1].text == "It is sunny."
    assert [body["model"] for body in script.requests] == [settings["model"]] * 4
    assert "sunny in Paris" in str(script.requests[1])
    script.assert_used_up()


# --- structured output ---


@every_endpoint
@pytest.mark.parametrize("method", [None, "json_schema", "json_mode", "function_calling"])
@pytest.mark.filterwarnings("ignore:method=")
def test_structured_is_written_as_the_method_needs_it(
    settings: dict[str, Any], method: Any
) -> None:
    steps = (Answer(structured=BEES), Answer(structured={"heading": "Bees"}))
    chain = scripted(settings, *steps).with_structured_output(Report, method=method)
    assert chain.invoke("Report.") == BEES
    assert list(chain.stream("Report."))[-1] == BEES


@every_endpoint
def test_structured_ends_an_agent(settings: dict[str, Any]) -> None:
    called = Answer(tool_calls=[{"name": "weather", "args": {"city": "Paris"}}])
    model = scripted(settings, called, Answer(structured=BEES))
    agent = create_agent(model, [weather], response_format=ToolStrategy(Report))
    assert agent.invoke({"messages": [("user", "Report.")]})["structured_response"] == BEES


def test_structured_that_cannot_be_written_is_refused() -> None:
    for wrong in ({"text": "Hi", "structured": BEES}, {"structured": "Bees"}):
        with pytest.raises(TypeError, match="structured of Answer is a Pydantic object or a dict"):
            Answer(**wrong)
    model = scripted(CHAT, Answer(structured={"heading": "Bees"}))
    with pytest.raises(TypeError, match="cannot tell which of weather, Report to call"):
        model.bind_tools([weather, Report]).invoke("Report.")


# --- what goes wrong ---


@every_endpoint
async def test_failures_are_the_errors_of_the_service(settings: dict[str, Any]) -> None:
    failures = (Failure(status, "Not today.") for status in (400, 401, 429))
    model = scripted(settings, *failures, max_retries=0)
    with pytest.raises(errors.InvalidRequestError, match=r"Not today\.") as caught:
        model.invoke("Hi")
    assert caught.value.status_code == 400
    with pytest.raises(errors.AuthenticationError, match=r"Not today\."):
        next(model.stream("Hi"))
    with pytest.raises(errors.RateLimitError, match=r"Not today\."):
        await anext(model.astream("Hi"))


def test_a_retry_takes_the_next_answer() -> None:
    script = answers([Failure(429, retry_after=0.01), Failure(503, retry_after=0.01), "At last"])
    assert ChatAIMLAPI(**CHAT, **script).invoke("Hi").text == "At last"
    assert script.paths == ["/v1/chat/completions"] * 3


@every_endpoint
async def test_an_answer_can_break_off(settings: dict[str, Any]) -> None:
    gone, lost = httpx.ReadError("gone"), Failure(500, "Lost it.")
    steps = (Answer(["Hel"], then=then) for then in (lost, gone, gone))
    model = scripted(settings, *steps, max_retries=0)
    seen: list[str] = []
    with pytest.raises(errors.ServerError):
        seen.extend(chunk.text for chunk in model.stream("Hi"))
    assert "Hel" in seen
    with pytest.raises(errors.APIConnectionError):
        [chunk async for chunk in model.astream("Hi")]
    with pytest.raises(errors.APIConnectionError):
        model.invoke("Hi")


@pytest.mark.parametrize(
    ("step", "timeout", "error"),
    [
        (httpx.ConnectError("refused"), 60, errors.APIConnectionError),
        (Answer("Late", delay=30.0), 0.05, errors.APITimeoutError),
    ],
)
async def test_the_transport_can_fail(step: Any, timeout: float, error: type[Exception]) -> None:
    model = scripted(CHAT, *repeat(step, 2), timeout=timeout, max_retries=0)
    with pytest.raises(error):
        model.invoke("Hi")
    with pytest.raises(error):
        await model.ainvoke("Hi")


async def test_pieces_come_with_pauses_between_them() -> None:
    model = scripted(CHAT, *repeat(Answer(["a", "b"], pause=0.02), 2))
    loop = asyncio.get_running_loop()
    times = {chunk.text: loop.time() async for chunk in model.astream("Hi")}
    assert times["b"] - times["a"] >= 0.015
    times = {chunk.text: loop.time() for chunk in model.stream("Hi")}
    assert times["b"] - times["a"] >= 0.015


@every_endpoint
async def test_a_script_that_is_used_up_says_which_request_had_no_answer(
    settings: dict[str, Any],
) -> None:
    model = scripted(settings, "One")
    model.invoke("First")
    with pytest.raises(AssertionError, match=r"no answer to request 2.*Second"):
        model.invoke("Second")
    with pytest.raises(AssertionError, match=r"request 3.*Third.*Add an answer"):
        await model.ainvoke("Third")


def test_answers_that_nobody_asked_for_are_found() -> None:
    script = answers(["One", "Two"])
    ChatAIMLAPI(**CHAT, **script).invoke("Hi")
    with pytest.raises(AssertionError, match=r"1 of the answers .* 'Two'"):
        script.assert_used_up()
    ChatAIMLAPI(**CHAT, **script).invoke("Hi")  # looking takes none away
    script.assert_used_up()


def test_what_is_no_answer_is_refused() -> None:
    with pytest.raises(TypeError, match="takes a list of answers, not a str"):
        answers("Hi")
    with pytest.raises(TypeError, match="takes texts, Answer, Failure"):
        scripted(CHAT, 5).invoke("Hi")
    with pytest.raises(TypeError, match=r"A tool call of Answer is a dict \{\"name\": .*, not "):
        scripted(CHAT, Answer(tool_calls=[{"nme": "weather"}])).invoke("Hi")


def test_embeddings_can_fail_by_script_but_not_answer() -> None:
    script = answers([Failure(400, "Not these."), "Hi"])
    embeddings = AIMLAPIEmbeddings(model="text-embedding-3-small", **script)
    with pytest.raises(errors.InvalidRequestError, match=r"Not these\."):
        embeddings.embed_query("Hi")
    with pytest.raises(AssertionError, match="to POST /v1/embeddings it has failures only"):
        embeddings.embed_query("Hi")
