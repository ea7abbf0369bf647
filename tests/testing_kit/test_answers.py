"""`answers([...])`: unit tests by script, on every endpoint, through the model's own mapping."""

from __future__ import annotations

import asyncio
import threading
from itertools import repeat
from typing import Any

import httpx
import pytest
from doors.bodies import ENDPOINTS
from langchain.agents import create_agent
from langchain_core.messages import AIMessage, ToolMessage
from langchain_core.tools import tool
from pydantic import BaseModel

from langchain_aimlapi import AIMLAPIEmbeddings, ChatAIMLAPI
from langchain_aimlapi.errors import (
    APIConnectionError,
    APITimeoutError,
    AuthenticationError,
    InvalidRequestError,
    RateLimitError,
    ServerError,
)
from langchain_aimlapi.testing import Answer, Failure, ScriptEndedError, answers

MODELS: dict[str, dict[str, Any]] = {
    "chat/completions": {"model": "openai/gpt-4o"},
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

every_endpoint = pytest.mark.parametrize("endpoint", MODELS)


@tool
def weather(city: str) -> str:
    """Tell the weather of a city."""
    return f"sunny in {city}"


class Report(BaseModel):
    """A report."""

    title: str


def scripted(endpoint: str, *steps: Any, **settings: Any) -> ChatAIMLAPI:
    return ChatAIMLAPI(**MODELS[endpoint], **answers(steps), **settings)


@pytest.mark.parametrize("calls", [[{"nme": "weather"}], ["weather"], {"name": "weather"}])
@every_endpoint
def test_a_tool_call_without_a_name_is_refused_with_the_form_that_it_has(
    endpoint: str, calls: Any
) -> None:
    with pytest.raises(TypeError, match=r"A tool call of Answer is a dict \{\"name\": .*, not "):
        scripted(endpoint, Answer(tool_calls=calls)).invoke("Weather?")


def test_every_endpoint_can_be_scripted() -> None:
    assert MODELS.keys() == ENDPOINTS.keys()
    for name, endpoint in ENDPOINTS.items():
        script = answers(["Hi"])
        ChatAIMLAPI(**MODELS[name], **script).invoke("Hi")
        assert script.paths == [f"/v1{endpoint.path}"]


# --- what comes out is what the model makes of the wire ---


def check_full(message: Any) -> None:
    assert message.text == "Hello, you."
    thoughts = [block for block in message.content_blocks if block["type"] == "reasoning"]
    assert "".join(block["reasoning"] for block in thoughts) == "They greet me."
    calls = [(call["name"], call["args"], call["id"]) for call in message.tool_calls]
    assert [call[:2] for call in calls] == [("weather", {"city": "Paris"}), ("clock", {})]
    assert len({call[2] for call in calls}) == 2
    assert message.usage_metadata == USAGE
    assert message.response_metadata["cost"] == {"usd": 0.0125, "credits": 25000}
    assert message.response_metadata["finish_reason"] == "tool_calls"


@every_endpoint
async def test_an_answer_is_the_same_in_every_way_of_asking(endpoint: str) -> None:
    model = scripted(endpoint, *repeat(FULL, 4))
    check_full(model.invoke("Hi"))
    chunks = list(model.stream("Hi"))
    check_full(sum(chunks[1:], chunks[0]))
    check_full(await model.ainvoke("Hi"))
    arrived = [chunk async for chunk in model.astream("Hi")]
    check_full(sum(arrived[1:], arrived[0]))
    for streamed in (chunks, arrived):
        assert [chunk.text for chunk in streamed if chunk.text] == ["Hel", "lo, you."]


@every_endpoint
def test_a_string_is_streamed_by_word(endpoint: str) -> None:
    chunks = list(scripted(endpoint, "one two  three").stream("Count."))
    assert [chunk.text for chunk in chunks if chunk.text] == ["one ", "two  ", "three"]


@every_endpoint
@pytest.mark.parametrize(("given", "expected"), [("length", "length"), ("content_filter",) * 2])
def test_a_finish_reason_is_set(endpoint: str, given: str, expected: str) -> None:
    model = scripted(endpoint, *repeat(Answer("Well", finish_reason=given), 2))
    chunks = list(model.stream("Hi"))
    for message in (model.invoke("Hi"), sum(chunks[1:], chunks[0])):
        assert message.response_metadata["finish_reason"] == expected


@pytest.mark.parametrize("side", ["input", "output"])
@every_endpoint
def test_details_of_usage_that_nobody_knows_are_no_matter(endpoint: str, side: str) -> None:
    usage: dict[str, Any] = {"input_tokens": 3, "output_tokens": 2, "total_tokens": 5}
    usage[f"{side}_token_details"] = {"of_next_year": 1}
    counted = scripted(endpoint, Answer("Hi", usage=usage)).invoke("Hi").usage_metadata
    assert counted["total_tokens"] == 5


@every_endpoint
def test_usage_is_about_right_where_none_is_given(endpoint: str) -> None:
    short, long = (scripted(endpoint, "Hi").invoke(text) for text in ("Hi", "Hi there! " * 400))
    assert 0 < short.usage_metadata["input_tokens"] < 150
    assert 1000 < long.usage_metadata["input_tokens"] < 1150


@every_endpoint
def test_arguments_that_are_no_json_are_invalid_calls(endpoint: str) -> None:
    broken = Answer(tool_calls=[{"name": "weather", "args": '{"city": '}])
    chunks = list(scripted(endpoint, broken).stream("Hi"))
    answer = sum(chunks[1:], chunks[0])
    assert [call["name"] for call in answer.invalid_tool_calls] == ["weather"]


def test_langchains_messages_are_answers() -> None:
    call = {"name": "weather", "args": {"city": "Rome"}, "id": "mine", "type": "tool_call"}
    written = AIMessage(
        [{"type": "reasoning", "reasoning": "Hm."}, {"type": "text", "text": "Look"}],
        tool_calls=[call],
        usage_metadata=USAGE,
    )
    for endpoint in MODELS:
        answer = scripted(endpoint, written).invoke("Hi")
        assert answer.text == "Look"
        assert answer.tool_calls == [call]
        assert answer.usage_metadata == USAGE
        assert answer.content_blocks[0]["reasoning"] == "Hm."


def test_a_function_answers_by_what_was_asked() -> None:
    def shout(body: dict[str, Any]) -> str:
        return body["messages"][-1]["content"].upper()

    model = ChatAIMLAPI(model="openai/gpt-4o", **answers(repeat(shout)))
    asked = [f"word {number}" for number in range(20)]
    assert [answer.text for answer in model.batch(asked)] == [text.upper() for text in asked]


# --- what was sent ---


@every_endpoint
def test_requests_are_recorded_as_they_were_sent(endpoint: str) -> None:
    script = answers(["One", "Two"])
    model = ChatAIMLAPI(**MODELS[endpoint], max_tokens=2048, **script)
    model.bind_tools([weather]).invoke("Hi")
    list(model.stream("Ho"))
    first, second = script.requests
    assert [body["model"] for body in script.requests] == [MODELS[endpoint]["model"]] * 2
    assert "stream" not in first or first["stream"] is False
    assert second["stream"] is True
    assert len(first["tools"]) == 1
    assert "tools" not in second
    assert "Hi" in str(first.get("messages", first.get("input")))
    assert 2048 in (first.get("max_tokens"), first.get("max_output_tokens"))


# --- agents, structured output ---


@every_endpoint
async def test_an_agent_acts_by_script(endpoint: str) -> None:
    call = Answer("Let me see.", tool_calls=[{"name": "weather", "args": {"city": "Paris"}}])
    script = answers([call, "It is sunny."] * 2)
    agent = create_agent(ChatAIMLAPI(**MODELS[endpoint], **script), [weather])
    question = {"messages": [{"role": "user", "content": "Weather in Paris?"}]}
    for state in (agent.invoke(question), await agent.ainvoke(question)):
        results = [m.content for m in state["messages"] if isinstance(m, ToolMessage)]
        assert results == ["sunny in Paris"]
        assert state["messages"][-1].text == "It is sunny."
    assert "sunny in Paris" in str(script.requests[1])
    script.assert_used_up()


@every_endpoint
def test_structured_output_is_parsed_from_either_form(endpoint: str) -> None:
    called = Answer(tool_calls=[{"name": "Report", "args": {"title": "Bees"}}])
    model = scripted(endpoint, called, '{"title": "Ants"}')
    by_call = model.with_structured_output(Report, method="function_calling")
    assert by_call.invoke("Report.") == Report(title="Bees")
    if endpoint != "messages":  # Claude has no JSON schema but a tool
        by_text = model.with_structured_output(Report, method="json_schema")
        assert by_text.invoke("Report.") == Report(title="Ants")


# --- what goes wrong ---


@every_endpoint
@pytest.mark.parametrize(
    ("status", "error"),
    [(400, InvalidRequestError), (401, AuthenticationError), (429, RateLimitError)],
)
async def test_failures_are_the_errors_of_the_service(
    endpoint: str, status: int, error: type[Exception]
) -> None:
    model = scripted(endpoint, *repeat(Failure(status, "Not today."), 4), max_retries=0)
    for ask in (model.invoke, lambda text: list(model.stream(text))):
        with pytest.raises(error, match=r"Not today\.") as caught:
            ask("Hi")
        assert caught.value.status_code == status
    with pytest.raises(error, match=r"Not today\."):
        await model.ainvoke("Hi")
    with pytest.raises(error, match=r"Not today\."):
        await anext(model.astream("Hi"))


def test_a_repeated_attempt_takes_the_next_answer() -> None:
    script = answers([Failure(429, retry_after=0.01), Failure(503, retry_after=0.01), "At last"])
    assert ChatAIMLAPI(model="openai/gpt-4o", **script).invoke("Hi").text == "At last"
    assert len(script.requests) == 3


@every_endpoint
async def test_an_answer_can_break_off(endpoint: str) -> None:
    cases: list[tuple[Any, type[Exception]]] = [
        (Failure(500, "Lost it."), ServerError),
        (httpx.ReadError("gone"), APIConnectionError),
    ]
    for then, error in cases:
        model = scripted(endpoint, *repeat(Answer(["Hel"], then=then), 3), max_retries=0)
        seen: list[str] = []
        with pytest.raises(error):
            seen.extend(chunk.text for chunk in model.stream("Hi"))
        assert "Hel" in seen
        with pytest.raises(error):
            [chunk async for chunk in model.astream("Hi")]
        with pytest.raises(error):
            model.invoke("Hi")


@every_endpoint
async def test_exceptions_are_raised_by_the_transport(endpoint: str) -> None:
    model = scripted(endpoint, *repeat(httpx.ConnectError("refused"), 2), max_retries=0)
    with pytest.raises(APIConnectionError):
        model.invoke("Hi")
    with pytest.raises(APIConnectionError):
        await model.ainvoke("Hi")


async def test_a_delay_beyond_the_timeout_is_a_timeout() -> None:
    slow = Answer("Late", delay=30.0)
    model = scripted("chat/completions", *repeat(slow, 2), timeout=0.05, max_retries=0)
    with pytest.raises(APITimeoutError):
        model.invoke("Hi")
    with pytest.raises(APITimeoutError):
        await model.ainvoke("Hi")


async def test_delays_do_not_hold_up_the_event_loop() -> None:
    model = scripted("chat/completions", *repeat(Answer("Hi", delay=0.2), 20))
    loop = asyncio.get_running_loop()
    start = loop.time()
    await model.abatch(["Hi"] * 20)
    assert 0.2 <= loop.time() - start < 2.0


async def test_pieces_come_with_pauses_between_them() -> None:
    model = scripted("chat/completions", *repeat(Answer(["a", "b", "c"], pause=0.02), 2))
    loop = asyncio.get_running_loop()
    times = {chunk.text: loop.time() async for chunk in model.astream("Hi")}
    assert times["b"] - times["a"] >= 0.015
    assert times["c"] - times["b"] >= 0.015
    times = {chunk.text: loop.time() for chunk in model.stream("Hi")}
    assert times["c"] - times["a"] >= 0.03


@every_endpoint
async def test_a_script_that_is_used_up_says_which_request_had_no_answer(endpoint: str) -> None:
    model = scripted(endpoint, "One")
    model.invoke("First")
    with pytest.raises(ScriptEndedError, match=r"has 1 answers, and this is request 2.*Second"):
        model.invoke("Second")
    with pytest.raises(ScriptEndedError, match=r"request 3.*Third.*Add an answer"):
        await model.ainvoke("Third")
    with pytest.raises(ScriptEndedError, match="request 4"):
        list(model.stream("Fourth"))


def test_answers_that_nobody_asked_for_are_found() -> None:
    script = answers(["One", "Two"])
    ChatAIMLAPI(model="openai/gpt-4o", **script).invoke("Hi")
    with pytest.raises(AssertionError, match=r"1 of the answers .* 'Two'"):
        script.assert_used_up()
    ChatAIMLAPI(model="openai/gpt-4o", **script).invoke("Hi")  # looking takes none away
    script.assert_used_up()


def test_what_is_no_answer_is_refused() -> None:
    with pytest.raises(TypeError, match="takes a list of answers, not a str"):
        answers("Hi")
    with pytest.raises(TypeError, match="takes texts, Answer, Failure"):
        scripted("chat/completions", 5).invoke("Hi")


def test_embeddings_can_fail_by_script_but_not_answer() -> None:
    script = answers([Failure(400, "Not these."), "Hi"])
    embeddings = AIMLAPIEmbeddings(model="text-embedding-3-small", **script)
    with pytest.raises(InvalidRequestError, match=r"Not these\."):
        embeddings.embed_query("Hi")
    with pytest.raises(ScriptEndedError, match="to POST /v1/embeddings it has failures only"):
        embeddings.embed_query("Hi")


def test_threads_take_one_answer_each() -> None:
    numbers = [str(number) for number in range(200)]
    model = ChatAIMLAPI(model="openai/gpt-4o", **answers(numbers))
    found: list[str] = []
    threads = [
        threading.Thread(target=lambda: found.extend(model.invoke("Hi").text for _ in range(25)))
        for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(found, key=int) == numbers
