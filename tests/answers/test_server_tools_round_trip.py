"""Answers with tools of the service: what is read, and what goes back with the next request."""

from __future__ import annotations

from typing import Any

import pytest
from langchain_core.messages import HumanMessage, ToolMessage
from langchain_core.tools import Tool, tool
from ways import all_ways
from wire import Json, claude, completion, model_of

CODE = {
    "type": "server_tool_use",
    "id": "srvtoolu_1",
    "name": "code_execution",
    "input": {"code": "await weather('Lisbon')"},
}
BY_CODE = {"type": "code_execution_20250825", "tool_id": "srvtoolu_1"}
RUNNING = {"id": "container_1", "expires_at": "2026-12-01T00:00:00Z"}
TEXT = {"type": "text", "text": "Let me see."}


def use(number: int, city: str, **more: Any) -> Json:
    call = {"type": "tool_use", "id": f"toolu_{number}", "name": "weather", "input": {"city": city}}
    return {**call, **more}


def tool_result(number: int) -> Json:
    return {"type": "tool_result", "tool_use_id": f"toolu_{number}", "content": f"{number} degrees"}


@tool(extras={"allowed_callers": ["code_execution_20250825"]})
def weather(city: str) -> str:
    """Return the weather of a city."""
    return f"Sunny in {city}."


def next_request(history: list[Any], tools: list[Any], **settings: Any) -> Json:
    """Return what is sent to go on with a conversation."""
    sent: list[Json] = []
    call = {name: settings.pop(name) for name in ("container",) if name in settings}
    body = {**claude(TEXT), **completion({"role": "assistant", "content": "So."})}
    model = model_of(body, sent=sent, **settings)
    model.bind_tools(tools).invoke(history, **call)
    return sent[0]


CALLED_BY_CODE = claude(
    *(TEXT, CODE, use(1, "Lisbon", caller=BY_CODE), use(2, "Porto", caller=BY_CODE)),
    stop="tool_use",
    container=RUNNING,
)


def test_calls_that_claudes_code_made_go_back_in_order_with_their_results() -> None:
    tools = [{"type": "code_execution_20250825", "name": "code_execution"}, weather]
    for way, answer in all_ways(CALLED_BY_CODE, endpoint="messages").items():
        assert [call["id"] for call in answer.tool_calls] == ["toolu_1", "toolu_2"], way
        results = [ToolMessage(f"{n} degrees", tool_call_id=f"toolu_{n}") for n in (1, 2)]
        history = [HumanMessage("?"), answer, *results]
        body = next_request(history, tools, endpoint="messages")
        assert body["tools"][1]["allowed_callers"] == ["code_execution_20250825"]
        _, back, last = body["messages"]
        assert back["content"] == CALLED_BY_CODE["content"], way
        assert last == {"role": "user", "content": [tool_result(1), tool_result(2)]}, way


@pytest.mark.filterwarnings("ignore:anthropic/claude-sonnet-5 documents no container")
def test_the_last_container_is_named_where_that_is_asked_for() -> None:
    (ran, *_) = all_ways(CALLED_BY_CODE, endpoint="messages").values()
    ran = ran.model_copy(update={"content": "It ran.", "tool_calls": []})
    later = ran.model_copy(update={"response_metadata": {"container": {"id": "container_2"}}})
    without = ran.model_copy(update={"response_metadata": {"container": None}})
    history = ["?", ran, "?", later, "?", without, "?"]
    for expected, settings in (
        ("container_2", {"reuse_last_container": True}),
        ("mine", {"reuse_last_container": True, "container": "mine"}),
        (None, {}),
        (None, {"reuse_last_container": True, "endpoint": "chat/completions"}),
    ):
        body = next_request(history, [], **{"endpoint": "messages", **settings})
        assert body.get("container") == expected, settings


GRAMMAR = {"type": "grammar", "syntax": "lark", "definition": "start: WORD"}
SHELL = Tool(
    name="sh",
    description="Run a command.",
    func=lambda command: f"ran {command}",
    metadata={"type": "custom_tool", "format": GRAMMAR},  # as langchain-openai's `custom_tool` has
)
CALL = {"id": "call_1", "type": "custom", "custom": {"name": "sh", "input": 'ls "a"'}}
ITEM = {"type": "custom_tool_call", "call_id": "call_1", "name": "sh", "input": 'ls "a"'}
OUTPUT = {"type": "custom_tool_call_output", "call_id": "call_1", "output": 'ran ls "a"'}
CUSTOM: dict[str, tuple[Json, list[Json]]] = {
    "chat/completions": (
        completion({"role": "assistant", "tool_calls": [CALL]}, finish="tool_calls"),
        [
            {"role": "assistant", "content": "", "tool_calls": [CALL]},
            {"role": "tool", "tool_call_id": "call_1", "content": 'ran ls "a"'},
        ],
    ),
    "responses": (
        {"id": "resp_1", "status": "completed", "output": [{**ITEM, "id": "ctc_1"}]},
        [ITEM, OUTPUT],
    ),
}


@pytest.mark.parametrize("endpoint", CUSTOM)
def test_a_call_of_free_text_runs_the_tool_and_goes_back_as_free_text(endpoint: str) -> None:
    body, back = CUSTOM[endpoint]
    for way, answer in all_ways(body, endpoint=endpoint).items():
        (call,) = answer.tool_calls
        assert call["args"] == {"input": 'ls "a"'}, way
        sent: list[Json] = []
        model = model_of(body, sent=sent, endpoint=endpoint).bind_tools([SHELL])
        model.invoke([HumanMessage("?"), answer, SHELL.invoke(call)])
        written = sent[0].get("messages") or sent[0]["input"]
        assert written[1:] == back, way


def test_a_call_of_free_text_that_chat_openai_read_goes_back_as_free_text() -> None:
    args = {"__arg1": 'ls "a"'}
    call = {"name": "sh", "args": args, "id": "call_1", "type": "tool_call"}
    for endpoint, (body, back) in CUSTOM.items():
        sent: list[Json] = []
        model = model_of(body, sent=sent, endpoint=endpoint).bind_tools([SHELL])
        message = {"role": "assistant", "content": "", "tool_calls": [call]}
        model.invoke([HumanMessage("?"), message, ToolMessage('ran ls "a"', tool_call_id="call_1")])
        assert (sent[0].get("messages") or sent[0]["input"])[1:] == back, endpoint
