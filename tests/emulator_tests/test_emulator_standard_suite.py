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
    PDF,
    PDF_SIZE,
    PNG,
    PNG_SIZE,
    REASONER,
    WAV,
    WAV_SIZE,
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
    said = http.said(body(model, prompt))
    chunks = http.stream(body(model, prompt))
    assert len(said) > 10
    assert merged(chunks)["content"] == said
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
    assert http.said(sent)


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
    ("result", "said"),
    [
        ('{"result": 3}', 'The tool my_adder_tool answered: {"result": 3}'),
        ("Error: Missing argument 'b'.", "The tool my_adder_tool failed: Error: Missing"),
    ],
)
def test_tool_message_histories(http: Http, model: str, result: str, said: str) -> None:
    turns = tool_turns(model, [("abc123", "my_adder_tool", {"a": 1}, result)])
    if is_claude(model):
        turns[1]["content"][0]["is_error"] = result.startswith("Error")
    sent = body(model, messages=[user("What is 1 + 2"), *turns], tools=tools_of(model, ADDER))
    assert http.said(sent).startswith(said)


@every_model
def test_tool_message_histories_with_text_beside_the_call(http: Http, model: str) -> None:
    called, *results = tool_turns(model, [("abc123", "my_adder_tool", {"a": 1, "b": 2}, "3")])
    if is_claude(model):
        called["content"] = [{"type": "text", "text": "some text"}, *called["content"]]
    else:
        called["content"] = "some text"
    sent = body(model, messages=[user("What is 1 + 2"), called, *results])
    assert "answered: 3" in http.said({**sent, "tools": tools_of(model, ADDER)})


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
    said = http.said(sent)
    assert set(json.loads(said)) == {"setup", "punchline"}
    assert merged(http.stream(sent))["content"] == said


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


IMAGE_SEEN = f"I see an image (image/png, {PNG_SIZE} bytes)."
CLAUDE_IMAGE = {
    "type": "image",
    "source": {"type": "base64", "media_type": "image/png", "data": PNG},
}
CLAUDE_PDF = {
    "type": "document",
    "source": {"type": "base64", "media_type": "application/pdf", "data": PDF},
}
OPENAI_IMAGE = {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{PNG}"}}
LINK = "https://example.org/diagram.png"
INPUTS = {
    "Claude image": (CLAUDE, CLAUDE_IMAGE, IMAGE_SEEN),
    "GPT image": (GPT, OPENAI_IMAGE, IMAGE_SEEN),
    "GPT image by link": (
        GPT,
        {"type": "image_url", "image_url": {"url": LINK}},
        f"I see an image at {LINK}.",
    ),
    "new Claude image by link": (
        NEW_CLAUDE,
        {"type": "image", "source": {"type": "url", "url": LINK}},
        f"I see an image at {LINK}.",
    ),
    "Claude PDF": (CLAUDE, CLAUDE_PDF, f"I see a file (application/pdf, {PDF_SIZE} bytes)."),
    "GPT PDF": (
        GPT,
        {
            "type": "file",
            "file": {"filename": "a.pdf", "file_data": f"data:application/pdf;base64,{PDF}"},
        },
        f"I see a file (a.pdf, {PDF_SIZE} bytes).",
    ),
    "Gemini sound": (
        GEMINI,
        {"type": "input_audio", "input_audio": {"data": WAV, "format": "wav"}},
        f"I see an audio clip (wav, {WAV_SIZE} bytes).",
    ),
}


@pytest.mark.parametrize(("model", "part", "said"), INPUTS.values(), ids=INPUTS)
def test_image_pdf_and_audio_inputs(
    http: Http, model: str, part: dict[str, Any], said: str
) -> None:
    assert http.said(body(model, [{"type": "text", "text": "Describe this:"}, part])) == said


@pytest.mark.parametrize(
    ("model", "content", "said"),
    [
        (CLAUDE, [CLAUDE_IMAGE], f"answered: (an image (image/png, {PNG_SIZE} bytes))"),
        (NEW_CLAUDE, [CLAUDE_IMAGE], f"answered: (an image (image/png, {PNG_SIZE} bytes))"),
        (NEW_CLAUDE, [CLAUDE_PDF], f"answered: (a file (application/pdf, {PDF_SIZE} bytes))"),
    ],
)
def test_image_and_pdf_tool_messages(
    http: Http, model: str, content: list[dict[str, Any]], said: str
) -> None:
    tool = {**NO_ARGS, "name": "random_image", "description": "Return a random image."}
    called, result = tool_turns(model, [("1", "random_image", {}, "")])
    result["content"][0]["content"] = content
    prompt = "get a random diagram using the tool and give it a concise description"
    sent = body(model, messages=[user(prompt), called, result], tools=tools_of(model, tool))
    assert http.said(sent) == f"The tool random_image {said}"


def test_image_tool_message_beside_the_result(http: Http) -> None:
    """Where a tool turn takes only text, the image follows as the user's."""
    turns = tool_turns(GPT, [("1", "random_image", {}, "See the image below.")])
    tool = {**NO_ARGS, "name": "random_image", "description": "Return a random image."}
    sent = body(
        GPT,
        messages=[user("get a diagram"), *turns, user([OPENAI_IMAGE])],
        tools=tools_of(GPT, tool),
    )
    assert http.said(sent) == IMAGE_SEEN


def test_anthropic_inputs(http: Http) -> None:
    mark = {"type": "ephemeral"}
    picker = {
        "name": "color_picker",
        "input_schema": {
            "type": "object",
            "properties": {"fav_color": {"type": "string"}},
            "required": ["fav_color"],
        },
        "description": "Input your fav color and get a random fact about it.",
        "cache_control": mark,
    }
    question = {
        "type": "text",
        "text": "what's your favorite color in this image",
        "cache_control": mark,
    }
    use = {
        "type": "tool_use",
        "input": {"fav_color": "purple"},
        "id": "foo",
        "name": "color_picker",
    }
    result = {"type": "tool_result", "tool_use_id": "foo", "content": "That's a great pick!"}
    sent = {
        "model": NEW_CLAUDE,
        "system": "you're a good assistant",
        "tools": [picker],
        "messages": [
            user([question, CLAUDE_IMAGE]),
            {
                "role": "assistant",
                "content": [{"type": "text", "text": "Hmm let me think about that"}, use],
            },
            user([result]),
        ],
    }
    assert http.said(sent) == "The tool color_picker answered: That's a great pick!"
    sister = {"type": "text", "text": "what's my sister's favorite color"}
    sent["messages"][2]["content"].append(sister)
    assert "That's a great pick!" in http.said(sent)


@pytest.mark.parametrize("model", [CLAUDE, NEW_CLAUDE])
def test_anthropic_inputs_with_a_signature_from_elsewhere(http: Http, model: str) -> None:
    thinking = {"type": "thinking", "thinking": "This is a greeting.", "signature": "ErUBCkYI"}
    answer = [thinking, {"type": "text", "text": "Hello, how are you?"}]
    turns = [user("Hello"), {"role": "assistant", "content": answer}, user("Well, thanks.")]
    assert http.said(body(model, messages=turns))


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
    sent["messages"] = [question, *turns]
    assert http.said(sent) == "The tool get_weather answered: It's sunny."


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


def test_usage_details(http: Http) -> None:
    def details(sent: dict[str, Any], kind: str) -> dict[str, Any]:
        invoked = http.json(sent)["usage"]
        streamed = next(c["usage"] for c in reversed(http.stream(sent)) if c.get("usage"))
        assert streamed == invoked
        found: dict[str, Any] = invoked[f"{kind}_tokens_details"]
        total = invoked[f"{kind}_tokens"]
        assert total >= sum(count for count in found.values() if isinstance(count, int))
        return found

    count = {"stream_options": {"include_usage": True}}
    heard = body(GEMINI, [{"type": "input_audio", "input_audio": {"data": WAV, "format": "wav"}}])
    assert details({**heard, **count}, "prompt")["audio_tokens"] == 10
    spoken = body(
        "gpt-4o-audio-preview",
        modalities=["text", "audio"],
        audio={"voice": "alloy", "format": "pcm16"},
    )
    assert details({**spoken, **count}, "completion")["audio_tokens"] == 18
    assert details({**body(REASONER), **count}, "completion")["reasoning_tokens"] > 0
    thinking = body(CLAUDE, thinking={"type": "enabled", "budget_tokens": 1024})
    assert details(thinking, "completion")["reasoning_tokens"] > 0
    long = {"type": "text", "text": "Read this. " * 500, "cache_control": {"type": "ephemeral"}}
    first = body(NEW_CLAUDE, system=[long])
    found = details(first, "prompt")
    assert (found["cached_tokens"], found["cache_write_tokens"] > 1300) == (0, True)
    hello = {"role": "assistant", "content": "Hello!"}
    later = {**first, "messages": [user("Hello"), hello, user("And now?")]}
    found = details(later, "prompt")
    assert (found["cache_write_tokens"], found["cached_tokens"] > 1300) == (0, True)
    repeated = {**body(GPT, "Read this. " * 500), **count}
    assert details(repeated, "prompt")["cached_tokens"] == 1280
