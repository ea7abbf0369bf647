"""What services refuse beyond their documents: each rule with what fits it and what does not."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from emulator_helpers import (
    CLAUDE,
    GPT,
    MAGIC,
    NEW_CLAUDE,
    REASONER,
    WEATHER,
    body,
    tool_turns,
    tools_of,
    user,
)

if TYPE_CHECKING:
    from emulator_helpers import Http, Json

CHAT, RESPONSES, MESSAGES = "/chat/completions", "/responses", "/messages"
MISTRAL, KIMI, GLM, MINIMAX = (
    "mistralai/mistral-nemo",
    "moonshotai/kimi-k2-thinking",
    "zhipu/glm-4.7",
    "minimax/m2-1",
)
R1 = "deepseek/deepseek-r1"
GPT_5_PRO = "openai/gpt-5-pro"


def called(model: str, name: str = "call_1", tool: str = "f") -> Json:
    """A conversation with a call of this id and name."""
    return body(model, messages=[user("Hi"), *tool_turns(model, [(name, tool, {}, "3")])])


def items(*given: Json, **fields: Any) -> Json:
    return {"model": GPT_5_PRO, "input": [user("Hi"), *given], **fields}


def call_item(call_id: str = "call_1", **fields: Any) -> Json:
    call = {"type": "function_call", "call_id": call_id, "name": "f", "arguments": "{}", **fields}
    output = {"type": "function_call_output", "call_id": call_id, "output": "3"}
    return items(call, output)


def arguments(text: str) -> Json:
    sent = called(GPT)
    sent["messages"][1]["tool_calls"][0]["function"]["arguments"] = text
    return sent


def tool(schema: Json) -> Json:
    return body(GPT, tools=tools_of(GPT, {**MAGIC, "parameters": schema}))


def tool_item(schema: Json) -> Json:
    function = {"type": "function", "name": "f", "parameters": schema, "strict": False}
    return items(tools=[function])


def marked_result(**outside: Any) -> Json:
    sent = called(NEW_CLAUDE, "toolu_1")
    result = sent["messages"][2]["content"][0]
    inner = {"type": "text", "text": "3"}
    if not outside:
        inner["cache_control"] = {"type": "ephemeral"}
    result |= {"content": [inner], **outside}
    return sent


def answered(kind: str, name: str) -> Json:
    text = {"type": "output_text", "text": "Hi.", "annotations": []}
    turn = {
        "type": "message",
        "role": "assistant",
        "status": "completed",
        "content": [text],
    }
    searched = {"type": "web_search_call", "status": "completed"}
    return items({**(turn if kind == "message" else searched), "id": name}, user("And?"))


NO_PROPERTIES = "Invalid schema for function 'f': In context=(), object schema missing properties."
NOT_CLAUDE = "tool_use.id: String should match pattern '^[a-zA-Z0-9_-]{1,64}$'"
WITHOUT = "is only allowed when 'tools' are specified."

# Where, what is taken, what is refused, and with which words.
RULES: dict[str, tuple[str, Json, Json, str]] = {
    "OpenAI: 40 characters of an id": (
        CHAT,
        called(GPT, "x" * 40),
        called(GPT, "x" * 41),
        "[0].id': string too long. Expected a string with maximum length 40, but got a string with",
    ),
    "OpenAI: the same of its result": (
        CHAT,
        called(GPT, "x" * 40),
        called(GPT, "x" * 41),
        "Invalid 'messages[2].tool_call_id': string too long.",
    ),
    "Responses: 64 characters of an id": (
        RESPONSES,
        call_item("x" * 64),
        call_item("x" * 65),
        "Invalid 'input[1].call_id': string too long. Expected a string with maximum length 64",
    ),
    "Mistral: nine letters and digits": (
        CHAT,
        called(MISTRAL, "aBc123XyZ"),
        called(MISTRAL, "call_1234"),
        "Tool call id was call_1234 but must be a-z, A-Z, 0-9, with a length of 9.",
    ),
    "Mistral: no more than nine": (
        CHAT,
        called(MISTRAL, "aBc123XyZ"),
        called(MISTRAL, "aBc123XyZ0"),
        "Tool call id was aBc123XyZ0 but must be",
    ),
    "Claude: its alphabet": (
        CHAT,
        called(CLAUDE, "toolu_1-a"),
        called(CLAUDE, "functions.f:0"),
        "messages.1.content.0.id: ",
    ),
    "Claude: 64 characters": (
        CHAT,
        called(CLAUDE, "x" * 64),
        called(CLAUDE, "x" * 65),
        NOT_CLAUDE,
    ),
    "Claude on messages: 64 characters": (
        MESSAGES,
        called(NEW_CLAUDE, "x" * 64),
        called(NEW_CLAUDE, "x" * 65),
        NOT_CLAUDE,
    ),
    "OpenAI: names of calls": (
        CHAT,
        called(GPT, tool="multi_tool_use-parallel"),
        called(GPT, tool="multi_tool_use.parallel"),
        "messages.1.tool_calls.0.function.name: Invalid. Expected 1 to 64 characters",
    ),
    "Responses: names of calls": (
        RESPONSES,
        call_item(name="multi_tool_use-parallel"),
        call_item(name="multi_tool_use.parallel"),
        "input.1.name: Invalid. Expected 1 to 64 characters",
    ),
    "Claude: names of calls": (
        CHAT,
        called(CLAUDE, "toolu_1", "x" * 64),
        called(CLAUDE, "toolu_1", "x" * 65),
        "tool_use.name: String should match pattern '^[a-zA-Z0-9_-]{1,64}$'",
    ),
    "Claude on messages: names of calls": (
        MESSAGES,
        called(NEW_CLAUDE, "toolu_1", "x" * 64),
        called(NEW_CLAUDE, "toolu_1", "x" * 65),
        "tool_use.name: String should match pattern '^[a-zA-Z0-9_-]{1,64}$'",
    ),
    "OpenAI: arguments that are no JSON": (
        CHAT,
        arguments('{"a": 1}'),
        arguments('{"a": '),
        "arguments: Invalid. Expected a JSON object as text",
    ),
    "Responses: arguments that are no JSON": (
        RESPONSES,
        call_item(arguments='{"a": 1}'),
        call_item(arguments='{"a": '),
        "input.1.arguments: Invalid. Expected a JSON object as text",
    ),
    "OpenAI: a choice without tools": (
        CHAT,
        body(GPT, tool_choice="auto", tools=tools_of(GPT, MAGIC)),
        body(GPT, tool_choice="auto"),
        f"Invalid value for 'tool_choice': 'tool_choice' {WITHOUT}",
    ),
    "OpenAI: parallel calls without tools": (
        CHAT,
        body(GPT, parallel_tool_calls=False, tools=tools_of(GPT, MAGIC)),
        body(GPT, parallel_tool_calls=False, tools=[]),
        f"Invalid value for 'parallel_tool_calls': 'parallel_tool_calls' {WITHOUT}",
    ),
    "Claude: a choice without tools": (
        CHAT,
        body(CLAUDE, tool_choice={"type": "auto"}, tools=tools_of(CLAUDE, MAGIC)),
        body(CLAUDE, tool_choice={"type": "auto"}),
        f"'tool_choice' {WITHOUT}",
    ),
    "Claude on messages: a choice without tools": (
        MESSAGES,
        body(NEW_CLAUDE, tool_choice={"type": "auto"}, tools=tools_of(CLAUDE, MAGIC)),
        body(NEW_CLAUDE, tool_choice={"type": "auto"}),
        f"'tool_choice' {WITHOUT}",
    ),
    "Responses: a choice without tools": (
        RESPONSES,
        tool_item({"type": "object", "properties": {}}) | {"tool_choice": "required"},
        items(tool_choice="required"),
        f"'tool_choice' {WITHOUT}",
    ),
    "Responses: parallel calls without tools": (
        RESPONSES,
        tool_item({"type": "object", "properties": {}}) | {"parallel_tool_calls": True},
        items(parallel_tool_calls=True),
        f"'parallel_tool_calls' {WITHOUT}",
    ),
    "OpenAI: an object without properties": (
        CHAT,
        tool({"type": "object", "properties": {}}),
        tool({"type": "object"}),
        "In context=(), object schema missing properties.",
    ),
    "Responses: an object without properties": (
        RESPONSES,
        tool_item({"type": "object", "properties": {}}),
        tool_item({"type": "object"}),
        NO_PROPERTIES,
    ),
    "Responses: the id of a message": (
        RESPONSES,
        answered("message", "msg_1"),
        answered("message", "lc_run--1"),
        "Invalid 'input[1].id': 'lc_run--1'. Expected an ID that begins with 'msg'.",
    ),
    "Responses: the id of a message of the other endpoint": (
        RESPONSES,
        answered("message", "msg_1"),
        answered("message", "chatcmpl-1"),
        "Expected an ID that begins with 'msg'.",
    ),
    "Responses: the id of a call": (
        RESPONSES,
        call_item(id="fc_1"),
        call_item(id="call_1"),
        "Invalid 'input[1].id': 'call_1'. Expected an ID that begins with 'fc'.",
    ),
    "Responses: the id of a search": (
        RESPONSES,
        answered("search", "ws_1"),
        answered("search", "srvtoolu_1"),
        "Expected an ID that begins with 'ws'.",
    ),
    "Claude: a cache mark inside of a result": (
        CHAT,
        marked_result(cache_control={"type": "ephemeral"}),
        marked_result(),
        "cache_control may not be specified within `tool_result.content`. Instead, place it",
    ),
    "Claude on messages: a cache mark inside of a result": (
        MESSAGES,
        marked_result(cache_control={"type": "ephemeral"}),
        marked_result(),
        "messages.2.content.0.content.0.cache_control: cache_control may not be specified",
    ),
    "R1: its thoughts": (
        CHAT,
        body(R1, messages=[user("a"), {"role": "assistant", "content": "b"}, user("c")]),
        body(
            R1,
            messages=[
                user("a"),
                {"role": "assistant", "content": "b", "reasoning_content": "Hm."},
                user("c"),
            ],
        ),
        "messages.1: Unrecognized key(s) in object: 'reasoning_content'",
    ),
}


@pytest.mark.parametrize(("path", "taken", "refused", "says"), RULES.values(), ids=RULES)
def test_what_services_refuse_is_refused(
    http: Http, path: str, taken: Json, refused: Json, says: str
) -> None:
    fine = http.post(taken, path)
    assert fine.status_code == 200, fine.text
    response = http.post(refused, path)
    assert response.status_code == 400
    assert says in response.json()["message"]


# --- thoughts of a turn that called tools ---
THINKERS = {
    REASONER: "Missing `reasoning_content` field in the assistant message at message index 1.",
    KIMI: "thinking is enabled but reasoning_content is missing in assistant tool call message",
    GLM: "Missing `reasoning_content` field in the assistant message",
    MINIMAX: "Missing `reasoning_content` field in the assistant message",
}


def asked_for_weather(model: str) -> Json:
    return body(model, "What is the weather in Rome?", tools=tools_of(model, WEATHER))


def go_on(http: Http, answerer: str, goer: str, **changes: Any) -> Any:
    """Return the response of `goer` to a call that `answerer` made."""
    sent = asked_for_weather(answerer)
    message = http.message(sent)
    (call,) = message["tool_calls"]
    turn = {"role": "assistant", "content": "", "tool_calls": [call], **changes}
    if changes.get("reasoning_content") is True:
        turn["reasoning_content"] = message["reasoning_content"]
    result = {"role": "tool", "tool_call_id": call["id"], "content": "It's sunny."}
    return http.post({**sent, "model": goer, "messages": [*sent["messages"], turn, result]})


@pytest.mark.parametrize("model", THINKERS)
def test_a_call_goes_back_with_the_thought_that_led_to_it(http: Http, model: str) -> None:
    fine = go_on(http, model, model, reasoning_content=True)
    assert fine.status_code == 200, fine.text
    for changes in ({}, {"reasoning_content": ""}):
        refused = go_on(http, model, model, **changes)
        assert refused.status_code == 400
        assert THINKERS[model] in refused.json()["message"]


@pytest.mark.parametrize("model", THINKERS)
def test_a_call_of_another_model_has_no_thought_to_bring(http: Http, model: str) -> None:
    for answerer in {GPT, *THINKERS} - {model}:
        fine = go_on(http, answerer, model)
        assert fine.status_code == 200, fine.text
    made_up = http.post(called(model))
    assert made_up.status_code == 200, made_up.text


@pytest.mark.parametrize("model", [GPT, MISTRAL])
def test_thoughts_of_another_vendor_are_refused(http: Http, model: str) -> None:
    refused = http.post(
        body(
            model,
            messages=[
                user("Hi"),
                {**tool_turns(GPT, [("aBc123XyZ", "f", {}, "3")])[0], "reasoning_content": "Hm."},
                tool_turns(GPT, [("aBc123XyZ", "f", {}, "3")])[1],
            ],
        )
    )
    assert refused.status_code == 400
    assert "Unrecognized key(s) in object: 'reasoning_content'" in refused.json()["message"]


def test_a_plain_turn_brings_no_thought(http: Http) -> None:
    for model in THINKERS:
        turn = {"role": "assistant", "content": "b", "reasoning_content": "Hm."}
        refused = http.post(body(model, messages=[user("a"), turn, user("c")]))
        assert "Unrecognized key(s) in object: 'reasoning_content'" in refused.json()["message"]


def test_calls_of_mistral_have_ids_that_it_takes_back(http: Http) -> None:
    (call,) = http.message(asked_for_weather(MISTRAL))["tool_calls"]
    assert len(call["id"]) == 9
    assert go_on(http, MISTRAL, MISTRAL).status_code == 200
