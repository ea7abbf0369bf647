"""The requests of LangChain's standard suite, by hand, on a model of each kind.

Each test stands for one of `ChatModelIntegrationTests` and asserts what that one asserts.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from emulator_helpers import (
    ADDER,
    CLAUDE,
    GEMINI,
    GPT,
    MAGIC,
    NEW_CLAUDE,
    NO_ARGS,
    REASONER,
    WEATHER,
    body,
    choice_of,
    is_claude,
    merged,
    tool_turns,
    tools_of,
    user,
)

if TYPE_CHECKING:
    from emulator_helpers import Http

MODELS = (CLAUDE, NEW_CLAUDE, GPT, REASONER, GEMINI)
every_model = pytest.mark.parametrize("model", MODELS)
JOKE = {
    "title": "Joke",
    "description": "Joke to tell user.",
    "type": "object",
    "properties": {
        "setup": {"description": "question to set up a joke", "type": "string"},
        "punchline": {"description": "answer to resolve the joke", "type": "string"},
    },
    "required": ["setup", "punchline"],
}
JOKE_TOOL = {"name": "Joke", "description": "Joke to tell user.", "parameters": JOKE}


@every_model
@pytest.mark.parametrize("prompt", ["Hello", "Hey", "how are you", "hi"])
def test_invoke_and_stream(http: Http, model: str, prompt: str) -> None:
    expected = http.reply(body(model, prompt))
    chunks = http.stream(body(model, prompt))
    assert len(expected) > 10
    assert merged(chunks)["content"] == expected
    assert len(chunks) > 4


@every_model
def test_double_messages_conversation(http: Http, model: str) -> None:
    turns = [
        user("hello"),
        user("hello"),
        {"role": "assistant", "content": "hello"},
        {"role": "assistant", "content": "hello"},
        user("how are you"),
    ]
    if is_claude(model):
        sent = body(model, messages=turns, system="hello\n\nhello")
    else:
        system = {"role": "system", "content": "hello"}
        sent = body(model, messages=[system, system, *turns])
    assert http.reply(sent)


@every_model
def test_usage_metadata(http: Http, model: str) -> None:
    sent = body(model, "Write me 2 haikus. Only include the haikus.")
    usage = http.json(sent)["usage"]
    assert usage["total_tokens"] == usage["prompt_tokens"] + usage["completion_tokens"]
    if not is_claude(model):
        sent["stream_options"] = {"include_usage": True}
    streamed = [chunk["usage"] for chunk in http.stream(sent) if chunk.get("usage")]
    assert [s["total_tokens"] for s in streamed] == [usage["total_tokens"]]


@every_model
def test_stop_sequence(http: Http, model: str) -> None:
    field = "stop_sequences" if is_claude(model) else "stop"
    choice = http.json(body(model, "hi", **{field: ["you"]}))["choices"][0]
    assert choice["message"]["content"] == "Hello! How are "
    assert choice["finish_reason"] == ("stop_sequence" if is_claude(model) else "stop")


@every_model
@pytest.mark.parametrize("forced", [False, True])
def test_tool_calling(http: Http, model: str, *, forced: bool) -> None:
    sent = body(
        model,
        "What is the value of magic_function(3)? Use the tool.",
        tools=tools_of(model, MAGIC),
    )
    if forced:
        sent["tool_choice"] = choice_of(model, "any")
    assert http.calls(sent) == [("magic_function", {"input": 3})]
    (call,) = merged(http.stream(sent))["calls"]
    assert (call["name"], json.loads(call["arguments"])) == ("magic_function", {"input": 3})
    assert call["id"]


@every_model
def test_bind_runnables_as_tools(http: Http, model: str) -> None:
    greeting = {
        "name": "greeting_generator",
        "description": "Generate a greeting in a particular style of speaking.",
        "parameters": {
            "type": "object",
            "properties": {"answer_style": {"type": "string"}},
            "required": ["answer_style"],
        },
    }
    prompt = "Using the tool, generate a Pirate greeting."
    sent = body(model, prompt, tools=tools_of(model, greeting), tool_choice=choice_of(model, "any"))
    assert http.calls(sent) == [("greeting_generator", {"answer_style": "Pirate"})]


@every_model
@pytest.mark.parametrize(
    ("result", "expected"),
    [
        ('{"result": 3}', 'The tool my_adder_tool answered: {"result": 3}'),
        ("Error: Missing argument 'b'.", "The tool my_adder_tool failed: Error: Missing"),
    ],
)
def test_tool_message_histories(http: Http, model: str, result: str, expected: str) -> None:
    turns = tool_turns(model, [("abc123", "my_adder_tool", {"a": 1}, result)])
    if is_claude(model):
        turns[1]["content"][0]["is_error"] = result.startswith("Error")
    sent = body(model, messages=[user("What is 1 + 2"), *turns], tools=tools_of(model, ADDER))
    assert http.reply(sent).startswith(expected)


@every_model
def test_tool_message_histories_with_text_beside_the_call(http: Http, model: str) -> None:
    called, *results = tool_turns(model, [("abc123", "my_adder_tool", {"a": 1, "b": 2}, "3")])
    if is_claude(model):
        called["content"] = [{"type": "text", "text": "some text"}, *called["content"]]
    else:
        called["content"] = "some text"
    sent = body(model, messages=[user("What is 1 + 2"), called, *results])
    assert "answered: 3" in http.reply({**sent, "tools": tools_of(model, ADDER)})


@every_model
@pytest.mark.parametrize("name", ["any", "magic_function"])
def test_tool_choice(http: Http, model: str, name: str) -> None:
    sent = body(
        model,
        "Hello!",
        tools=tools_of(model, MAGIC, WEATHER),
        tool_choice=choice_of(model, name),
    )
    assert [called for called, _ in http.calls(sent)] == ["magic_function"]


@every_model
def test_tool_calling_with_no_arguments(http: Http, model: str) -> None:
    sent = body(
        model,
        "What is the value of magic_function_no_args()? Use the tool.",
        tools=tools_of(model, NO_ARGS),
        tool_choice=choice_of(model, "any"),
    )
    assert http.calls(sent) == [("magic_function_no_args", {})]
    (call,) = merged(http.stream(sent))["calls"]
    assert call["arguments"] == "{}"


@every_model
def test_structured_few_shot_examples(http: Http, model: str) -> None:
    turns = tool_turns(model, [("c1", "my_adder_tool", {"a": 1, "b": 2}, '{"result": 3}')])
    answered = {"role": "assistant", "content": '{"result": 3}'}
    sent = body(
        model,
        messages=[user("What is 1 + 2"), *turns, answered, user("What is 3 + 4")],
        tools=tools_of(model, ADDER),
        tool_choice=choice_of(model, "any"),
    )
    assert http.calls(sent) == [("my_adder_tool", {"a": 3, "b": 4})]


@every_model
def test_structured_output_by_tool(http: Http, model: str) -> None:
    sent = body(
        model,
        "Tell me a joke about cats.",
        tools=tools_of(model, JOKE_TOOL),
        tool_choice=choice_of(model, "Joke"),
    )
    ((name, joke),) = http.calls(sent)
    assert (name, set(joke)) == ("Joke", {"setup", "punchline"})
    (streamed,) = merged(http.stream(sent))["calls"]
    assert json.loads(streamed["arguments"]) == joke


@pytest.mark.parametrize("model", [GPT, REASONER, GEMINI])
@pytest.mark.parametrize(
    "format_",
    [
        {"type": "json_schema", "json_schema": {"name": "Joke", "schema": JOKE, "strict": True}},
        {"type": "json_object"},
    ],
    ids=["json_schema", "json_object"],
)
def test_structured_output_and_json_mode(http: Http, model: str, format_: dict[str, Any]) -> None:
    prompt = (
        "Tell me a joke about cats. Return the result as a JSON with 'setup' and "
        "'punchline' keys. Return nothing other than JSON."
    )
    sent = body(model, prompt, response_format=format_)
    expected = http.reply(sent)
    assert set(json.loads(expected)) == {"setup", "punchline"}
    assert merged(http.stream(sent))["content"] == expected


@every_model
@pytest.mark.parametrize(
    ("prompt", "has_punchline"),
    [
        ("Give me the setup to a joke about cats, no punchline.", False),
        ("Give me a joke about cats, include the punchline.", True),
    ],
)
def test_structured_output_optional_param(
    http: Http, model: str, prompt: str, *, has_punchline: bool
) -> None:
    punchline = {"anyOf": [{"type": "string"}, {"type": "null"}], "default": None}
    schema = {
        "type": "object",
        "properties": {"setup": {"type": "string"}, "punchline": punchline},
        "required": ["setup"],
    }
    tool = {**JOKE_TOOL, "parameters": schema}
    sent = body(model, prompt, tools=tools_of(model, tool), tool_choice=choice_of(model, "Joke"))
    ((_, joke),) = http.calls(sent)
    assert joke["setup"]
    assert bool(joke.get("punchline")) is has_punchline


@every_model
def test_agent_loop(http: Http, model: str) -> None:
    question = user("What is the weather in San Francisco, CA?")
    sent = body(model, messages=[question], tools=tools_of(model, WEATHER))
    message = http.message(sent)
    (call,) = message["tool_calls"]
    arguments = json.loads(call["function"]["arguments"])
    assert arguments == {"location": "San Francisco, CA"}
    turns = tool_turns(model, [(call["id"], "get_weather", arguments, "It's sunny.")])
    if model == GEMINI:
        turns[0]["tool_calls"] = [call]  # with its signature
    if model == REASONER:
        turns[0]["reasoning_content"] = message["reasoning_content"]
    sent["messages"] = [question, *turns]
    assert http.reply(sent) == "The tool get_weather answered: It's sunny."


@every_model
@pytest.mark.parametrize(
    ("prompt", "name"),
    [
        (
            "Create a customer named '你好啊集团' (Hello Group) - a Chinese technology company",
            "你好啊集团",
        ),
        (
            "Create a customer named 'こんにちは株式会社' (Hello Corporation) - a Japanese company",
            "こんにちは株式会社",
        ),
    ],
)
def test_unicode_tool_call(http: Http, model: str, prompt: str, name: str) -> None:
    customer = {
        "name": "unicode_customer",
        "description": "Tool for creating a customer with Unicode name.",
        "parameters": {
            "type": "object",
            "properties": {
                "customer_name": {"type": "string"},
                "description": {"type": "string"},
            },
            "required": ["customer_name", "description"],
        },
    }
    sent = body(model, prompt, tools=tools_of(model, customer), tool_choice=choice_of(model, "any"))
    ((_, arguments),) = http.calls(sent)
    assert arguments == {"customer_name": name, "description": prompt}
    raw = http.post({**sent, "stream": True}).text
    assert "\\u" not in raw
