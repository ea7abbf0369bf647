"""What the emulated service refuses, and what it says then."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from emulator_helpers import (
    ADDER,
    CLAUDE,
    GEMINI,
    GPT,
    MAGIC,
    NEW_CLAUDE,
    PDF,
    PNG,
    REASONER,
    WAV,
    body,
    tool_turns,
    tools_of,
    user,
)

if TYPE_CHECKING:
    from emulator_helpers import Http

CLAUDE_45 = "anthropic/claude-sonnet-4.5"
"""A Claude that is documented in its own request schema only."""
IMAGE_URL = {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{PNG}"}}
FILE = {
    "type": "file",
    "file": {"filename": "a.pdf", "file_data": f"data:application/pdf;base64,{PDF}"},
}
AUDIO = {"type": "input_audio", "input_audio": {"data": WAV, "format": "wav"}}
VIDEO = {"type": "video_url", "video_url": {"url": "https://example.org/a.mp4"}}
CLAUDE_IMAGE = {
    "type": "image",
    "source": {"type": "base64", "media_type": "image/png", "data": PNG},
}
CLAUDE_PDF = {
    "type": "document",
    "source": {"type": "base64", "media_type": "application/pdf", "data": PDF},
}
LINKED = {"type": "image", "source": {"type": "url", "url": "https://example.org/a.png"}}
MARKED = {"type": "text", "text": "Hello", "cache_control": {"type": "ephemeral", "ttl": "5m"}}
TEXT = {"type": "text", "text": "Hello"}


def assistant(content: Any, **more: Any) -> dict[str, Any]:
    return {"role": "assistant", "content": content, **more}


ACCEPTED = {
    "Claude: every parameter": body(
        CLAUDE,
        system="Be brief.",
        stop_sequences=["END"],
        temperature=1,
        top_p=1,
        top_k=5,
        max_tokens=32000,
        metadata={"user_id": "u1"},
    ),
    "Claude: image and document": body(CLAUDE, [TEXT, CLAUDE_IMAGE, CLAUDE_PDF]),
    "Claude: thinking": body(CLAUDE, thinking={"type": "enabled", "budget_tokens": 1024}),
    "Claude: turns of the same speaker": body(CLAUDE, messages=[user("a"), user("b")]),
    "new Claude: cache marks and links": body(NEW_CLAUDE, [MARKED, LINKED]),
    "new Claude: a system prompt in blocks": body(NEW_CLAUDE, system=[MARKED]),
    "new Claude: six blocks": body(NEW_CLAUDE, [TEXT] * 6),
    "new Claude: a server tool": body(
        NEW_CLAUDE, tools=[{"type": "web_search_20250305", "name": "web_search"}]
    ),
    "Claude: the schema of OpenAI, where that is documented too": body(
        CLAUDE,
        messages=[{"role": "system", "content": "Be brief."}, user([TEXT, IMAGE_URL])],
        response_format={"type": "json_object"},
        stop=["END"],
    ),
    "new Claude: OpenAI-style messages": body(
        NEW_CLAUDE, messages=[{"role": "system", "content": "Be brief."}, user([IMAGE_URL])]
    ),
    "GPT: sampling": body(
        GPT, temperature=2, top_p=0.01, n=2, seed=1, stop="END", frequency_penalty=-2, logprobs=True
    ),
    "GPT: a cache mark": body(GPT, [MARKED]),
    "GPT: image and file": body(GPT, [TEXT, IMAGE_URL, FILE]),
    "GPT: a call without text": body(
        GPT, messages=[user("a"), *tool_turns(GPT, [("c1", "my_adder_tool", {"a": 1}, "3")])]
    ),
    "GPT: roles and names": body(
        GPT,
        messages=[
            {"role": "system", "content": "Be brief."},
            {"role": "developer", "content": [TEXT]},
            {"role": "user", "content": "Hello", "name": "example_user"},
        ],
    ),
    "Gemini: everything goes in": body(GEMINI, [TEXT, IMAGE_URL, FILE, AUDIO, VIDEO]),
    "DeepSeek: effort": body(REASONER, reasoning_effort="high", reasoning={"max_tokens": 64}),
    "Sonar: search options": body(
        "perplexity/sonar",
        search_mode="academic",
        search_after_date_filter="3/31/2025",
        web_search_options={"search_context_size": "low"},
    ),
}

REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    "no messages": ({"model": GPT}, "messages: Expected array, received undefined"),
    "empty messages": (
        {"model": GPT, "messages": []},
        "messages: Array must contain at least 1 element(s), received 0",
    ),
    "Claude: a system turn": (
        body(CLAUDE_45, messages=[{"role": "system", "content": "a"}, user("b")]),
        "messages.0.role: Invalid enum value. Expected 'user' | 'assistant', received 'system'",
    ),
    "Claude: stop": (body(CLAUDE_45, stop=["END"]), "Unrecognized key(s) in object: 'stop'"),
    "Claude: stream options": (
        body(CLAUDE_45, stream_options={"include_usage": True}),
        "Unrecognized key(s) in object: 'stream_options'",
    ),
    "Claude: response format": (
        body(CLAUDE_45, response_format={"type": "json_object"}),
        "Unrecognized key(s) in object: 'response_format'",
    ),
    "Claude: too hot": (
        body(CLAUDE_45, temperature=1.5),
        "temperature: Number must be less than or equal to 1, received 1.5",
    ),
    "Claude: a name on a turn": (
        body(CLAUDE_45, messages=[{**user("a"), "name": "n"}]),
        "messages.0: Unrecognized key(s) in object: 'name'",
    ),
    "Claude: an OpenAI part": (
        body(CLAUDE_45, [IMAGE_URL]),
        "messages.0.content.0.type: Invalid discriminator value. Expected 'text' | 'image' |",
    ),
    "Claude: six blocks": (
        body(CLAUDE_45, [TEXT] * 6),
        "messages.0.content: Array must contain at most 5 element(s), received 6",
    ),
    "Claude: a cache mark": (
        body(CLAUDE_45, [MARKED]),
        "messages.0.content.0: Unrecognized key(s) in object: 'cache_control'",
    ),
    "Claude: a link": (
        body(CLAUDE_45, [LINKED]),
        "messages.0.content.0.source.type: Invalid discriminator value. Expected 'base64'",
    ),
    "Claude: a strange image": (
        body(
            CLAUDE_45,
            [{"type": "image", "source": {**CLAUDE_IMAGE["source"], "media_type": "image/bmp"}}],
        ),  # type: ignore[dict-item]  # a source is a dict
        "received 'image/bmp'",
    ),
    "Claude: an OpenAI tool": (
        body(CLAUDE_45, tools=tools_of(GPT, MAGIC)),
        "tools.0.name: Expected string, received undefined",
    ),
    "Claude: forced while thinking": (
        body(
            CLAUDE_45,
            thinking={"type": "enabled", "budget_tokens": 2000},
            tools=tools_of(CLAUDE_45, MAGIC),
            tool_choice={"type": "any"},
        ),
        "Thinking may not be enabled when tool_choice forces tool use.",
    ),
    "Claude: too small a budget": (
        body(CLAUDE_45, thinking={"type": "enabled", "budget_tokens": 1000}),
        "thinking.budget_tokens: Number must be greater than or equal to 1024, received 1000",
    ),
    "Claude: budget above max_tokens": (
        body(CLAUDE_45, thinking={"type": "enabled", "budget_tokens": 2000}, max_tokens=1500),
        "`max_tokens` must be greater than `thinking.budget_tokens`.",
    ),
    "Claude: a call without result": (
        body(CLAUDE_45, messages=[user("a"), tool_turns(CLAUDE_45, [("c1", "t", {}, "3")])[0]]),
        "`tool_use` ids were found without `tool_result` blocks immediately after: c1",
    ),
    "Claude: a result without call": (
        body(CLAUDE_45, messages=[tool_turns(CLAUDE_45, [("c1", "t", {}, "3")])[1]]),
        "unexpected `tool_use_id` found in `tool_result` blocks: c1",
    ),
    "Claude: the assistant first": (
        body(CLAUDE_45, messages=[assistant("a"), user("b")]),
        "messages.0.role: Expected 'user' first, received 'assistant'",
    ),
    "new Claude: temperature": (
        body(NEW_CLAUDE, temperature=0.5),
        "Unrecognized key(s) in object: 'temperature'",
    ),
    "GPT: a Claude field": (
        body(GPT, stop_sequences=["END"]),
        "Unrecognized key(s) in object: 'stop_sequences'",
    ),
    "GPT: the wrong type": (
        body(GPT, max_tokens="64"),
        "max_tokens: Expected number, received string",
    ),
    "GPT: a null content": (
        body(
            GPT,
            messages=[user("a"), {**tool_turns(GPT, [("c1", "t", {}, "3")])[0], "content": None}],
        ),
        "messages.1.content: Expected string or array, received null",
    ),
    "GPT: parts in a tool result": (
        body(
            GPT,
            messages=[
                user("a"),
                tool_turns(GPT, [("c1", "t", {}, "3")])[0],
                {"role": "tool", "tool_call_id": "c1", "content": [TEXT]},
            ],
        ),
        "messages.2.content: Expected string, received array",
    ),
    "GPT: sound": (
        body(GPT, [AUDIO]),
        "Invalid discriminator value. Expected 'file' | 'image_url' | 'text'",
    ),
    "GPT: a Claude image": (body(GPT, [CLAUDE_IMAGE]), "received 'image'"),
    "GPT: bad base64": (
        body(GPT, [{"type": "image_url", "image_url": {"url": "data:image/png;base64,???"}}]),
        "Invalid. Expected base64 data, received '???'",
    ),
    "GPT: a text file": (
        body(GPT, [{"type": "file", "file": {"file_data": "data:text/plain;base64,aGk="}}]),
        "Expected a PDF as a base64 data string",
    ),
    "GPT: a tool with a space": (
        body(GPT, tools=tools_of(GPT, {**ADDER, "name": "my adder"})),
        "tools.0.function.name: Invalid. Expected 1 to 64 characters of a-z A-Z 0-9 _ -",
    ),
    "GPT: arguments that are no JSON": (
        body(
            GPT,
            messages=[
                user("a"),
                assistant(
                    "",
                    tool_calls=[
                        {
                            "id": "c1",
                            "type": "function",
                            "function": {"name": "t", "arguments": "{"},
                        }
                    ],
                ),
            ],
        ),
        "messages.1.tool_calls.0.function.arguments: Invalid. Expected a JSON object as text",
    ),
    "GPT: a tool choice of Claude": (
        body(GPT, tools=tools_of(GPT, MAGIC), tool_choice={"type": "any"}),
        "tool_choice.type: Invalid discriminator value. Expected 'function', received 'any'",
    ),
    "GPT: a tool choice in words": (
        body(GPT, tools=tools_of(GPT, MAGIC), tool_choice="any"),
        "Invalid enum value. Expected 'none' | 'auto' | 'required', received 'any'",
    ),
    "GPT: a call without result": (
        body(GPT, messages=[user("a"), tool_turns(GPT, [("c1", "t", {}, "3")])[0], user("b")]),
        "followed by tool messages responding to each 'tool_call_id', received none for c1",
    ),
    "GPT: a result without call": (
        body(GPT, messages=[user("a"), {"role": "tool", "tool_call_id": "c9", "content": "3"}]),
        "messages with role 'tool' must be a response to a preceding message with 'tool_calls'",
    ),
    "R1: tools": (
        body("deepseek-reasoner", tools=tools_of(GPT, MAGIC)),
        "Unrecognized key(s) in object: 'tools'",
    ),
    "R1: a tool turn": (
        body("deepseek-reasoner", messages=[{"role": "tool", "content": "3", "tool_call_id": "c"}]),
        "received 'tool'",
    ),
    "DeepSeek: earlier reasoning": (
        body(REASONER, messages=[user("a"), assistant("b", reasoning_content="hm"), user("c")]),
        "messages.1: Unrecognized key(s) in object: 'reasoning_content'",
    ),
    "Sonar: a date in words": (
        body("perplexity/sonar", search_after_date_filter="yesterday"),
        "search_after_date_filter: Invalid. Expected a date such as 3/31/2025",
    ),
    "an unknown model": (body("gpt-99"), "model: Invalid enum value. Expected"),
}


@pytest.mark.parametrize("sent", ACCEPTED.values(), ids=ACCEPTED)
def test_a_documented_body_is_accepted(http: Http, sent: dict[str, Any]) -> None:
    response = http.post(sent)
    assert response.status_code == 200, response.text


@pytest.mark.parametrize(("sent", "expected"), REFUSED.values(), ids=REFUSED)
def test_an_undocumented_body_is_refused(http: Http, sent: dict[str, Any], expected: str) -> None:
    response = http.post(sent)
    answer = response.json()
    assert response.status_code == 400
    assert expected in answer["message"]
    assert set(answer) == {"requestId", "statusCode", "timestamp", "path", "message", "meta"}
    assert answer["statusCode"] == 400
    assert answer["path"] == "/v1/chat/completions"


def test_the_issues_stand_in_a_tree_too(http: Http) -> None:
    sent = body(CLAUDE_45, messages=[{"role": "system", "content": "a"}])
    assert http.post(sent).json()["meta"] == {
        "_errors": [],
        "messages": {
            "_errors": [],
            "0": {
                "_errors": [],
                "role": {
                    "_errors": [
                        "Invalid enum value. Expected 'user' | 'assistant', received 'system'"
                    ]
                },
            },
        },
    }


@pytest.mark.parametrize(
    ("raw", "expected"),
    [(b"{", "Expected JSON, received"), (b"[]", "Expected object, received list")],
)
def test_what_is_no_json_object_is_refused(http: Http, raw: bytes, expected: str) -> None:
    response = http.client.post("/chat/completions", content=raw)
    assert (response.status_code, expected in response.json()["message"]) == (400, True)


def test_gemini_wants_its_signature_back(http: Http) -> None:
    asked = body(GEMINI, "Use the tool on magic_function(3)", tools=tools_of(GEMINI, MAGIC))
    call = http.message(asked)["tool_calls"][0]
    assert call["extra_content"]["google"]["thought_signature"]

    def follow_up(returned: dict[str, Any]) -> dict[str, Any]:
        result = {"role": "tool", "tool_call_id": call["id"], "content": "5"}
        turns = [*asked["messages"], assistant("", tool_calls=[returned]), result]
        return {**asked, "messages": turns}

    without = {name: value for name, value in call.items() if name != "extra_content"}
    assert http.reply(follow_up(call)) == "The tool magic_function answered: 5"
    refused = http.post(follow_up(without))
    assert refused.status_code == 400
    assert "missing its thought_signature" in refused.json()["message"]


def test_claude_checks_its_signature(http: Http) -> None:
    asked = body(CLAUDE_45, "Hello", thinking={"type": "enabled", "budget_tokens": 1024})
    detail = http.message(asked)["reasoning_details"][0]

    def follow_up(thinking: str) -> dict[str, Any]:
        block = {"type": "thinking", "thinking": thinking, "signature": detail["signature"]}
        turns = [*asked["messages"], assistant([block, TEXT]), user("And now?")]
        return {**asked, "messages": turns}

    assert http.post(follow_up(detail["text"])).status_code == 200
    refused = http.post(follow_up("something else"))
    assert "Invalid `signature` in `thinking` block" in refused.json()["message"]
