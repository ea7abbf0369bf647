"""What the emulator takes and refuses; the same request gives the same bytes."""

from __future__ import annotations

import re
import sys
from typing import TYPE_CHECKING, Any

import httpx
import pytest
import uvicorn

from .__main__ import main
from .server import serve

if TYPE_CHECKING:
    from .server import Emulator

Json = dict[str, Any]

CHAT, MESSAGES, RESPONSES = "chat/completions", "messages", "responses"
GPT, CLAUDE, GEMINI = "openai/gpt-4o", "anthropic/claude-sonnet-4", "google/gemini-3-5-flash"
NEW_CLAUDE, CLAUDE_45 = "anthropic/claude-sonnet-5", "anthropic/claude-sonnet-4.5"
GPT_5, REASONER = "openai/gpt-5-pro", "deepseek/deepseek-v4-flash"
USER = {"role": "user", "content": "Hello"}
TEXT = {"type": "text", "text": "Hello"}
IMAGE = {"type": "image_url", "image_url": {"url": "data:image/png;base64,aGk="}}
FUNCTION = {"name": "f", "parameters": {"type": "object", "properties": {}}}
THINKS = {"type": "enabled", "budget_tokens": 1024}


def body(model: str, *more: Json, **fields: Any) -> Json:
    return {"model": model, "messages": [USER, *more], **fields}


def items(*more: Json, **fields: Any) -> Json:
    return {"model": GPT_5, "input": [USER, *more], **fields}


def called(name: str, arguments: str = "{}", **more: Any) -> Json:
    function = {"name": "f", "arguments": arguments}
    return {
        "role": "assistant",
        "content": "",
        "tool_calls": [{"id": name, "type": "function", "function": function, **more}],
    }


def result(name: str) -> Json:
    return {"role": "tool", "tool_call_id": name, "content": "3"}


def used(name: str) -> tuple[Json, Json]:
    use = {"type": "tool_use", "id": name, "name": "f", "input": {}}
    found = {"type": "tool_result", "tool_use_id": name, "content": "3"}
    return {"role": "assistant", "content": [use]}, {"role": "user", "content": [found]}


# Endpoint, body, and what the refusal says; nothing where the body is taken.
TABLE: list[tuple[str, Json, str]] = [
    (CHAT, body(GPT, temperature=2, seed=1, stop="END"), ""),
    (CHAT, body(GPT, {"role": "user", "content": [TEXT, IMAGE]}), ""),
    (CHAT, body(GPT, called("c"), result("c")), ""),
    (CHAT, body(GEMINI, {"role": "user", "content": [IMAGE]}), ""),
    (CHAT, body(REASONER, reasoning_effort="high"), ""),
    (CHAT, body(CLAUDE, thinking=THINKS, max_tokens=2048), ""),
    (CHAT, body(CLAUDE, *used("toolu_1")), ""),
    (MESSAGES, body(NEW_CLAUDE, *used("toolu_1"), max_tokens=64), ""),
    (RESPONSES, items(max_output_tokens=64), ""),
    (CHAT, {"model": GPT, "messages": []}, "messages: Array must contain at least 1 element(s)"),
    (CHAT, body("gpt-99"), "model: Invalid enum value. Expected"),
    (CHAT, body(GPT, max_tokens="64"), "max_tokens: Expected number, received string"),
    (CHAT, body(GPT, stop_sequences=["a"]), "Unrecognized key(s) in object: 'stop_sequences'"),
    (CHAT, body(GPT, tool_choice="auto"), "is only allowed when 'tools' are specified"),
    (CHAT, body(GPT, called("c"), USER), "received none for c"),
    (CHAT, body(GPT, result("c")), "must be a response to a preceding message"),
    (CHAT, body(GPT, called("c", "{"), result("c")), "Expected a JSON object as text"),
    (CHAT, body(GPT, called("x" * 41), result("x" * 41)), "string too long"),
    (CHAT, body("mistralai/mistral-nemo", called("c_1"), result("c_1")), "with a length of 9"),
    (CHAT, body(CLAUDE_45, stop=["a"]), "Unrecognized key(s) in object: 'stop'"),
    (CHAT, body(CLAUDE_45, {"role": "user", "content": [IMAGE]}), "Invalid discriminator value"),
    (CHAT, body(CLAUDE, thinking=THINKS, max_tokens=1024), "`max_tokens` must be greater than"),
    (CHAT, body(CLAUDE, used("toolu_1")[0]), "without `tool_result` blocks immediately after"),
    (CHAT, body(CLAUDE, *used("functions.f:0")), "messages.1.content.0.id: "),
    (MESSAGES, body(NEW_CLAUDE, max_tokens=64, temperature=0.5), "'temperature'"),
    (MESSAGES, body(NEW_CLAUDE, max_tokens="9"), "max_tokens: Expected number"),
    (RESPONSES, items(max_tokens=64), "Unrecognized key(s) in object: 'max_tokens'"),
    (RESPONSES, items({"type": "function_call", "call_id": "c", "name": "f"}), "arguments"),
    (
        RESPONSES,
        items({"type": "function_call_output", "call_id": "c", "output": "3"}),
        "No tool call found for function call output",
    ),
]


def post(emulator: Emulator, path: str, sent: Json, **headers: str) -> httpx.Response:
    given = {"authorization": "Bearer sk-emulator", **headers}
    with httpx.Client(base_url=emulator.base_url, headers=given, trust_env=False) as client:
        return client.post(path, json=sent)


@pytest.mark.parametrize(("path", "sent", "says"), TABLE)
def test_a_body_is_taken_or_refused(emulator: Emulator, path: str, sent: Json, says: str) -> None:
    answer = post(emulator, path, sent)
    assert answer.status_code == (400 if says else 200), answer.text
    assert says in answer.text


@pytest.mark.parametrize(
    ("path", "sent"),
    [(CHAT, body(GPT)), (MESSAGES, body(NEW_CLAUDE, max_tokens=9)), (RESPONSES, items())],
)
@pytest.mark.parametrize("stream", [False, True])
def test_the_same_request_gives_the_same_bytes(
    emulator: Emulator, path: str, sent: Json, *, stream: bool
) -> None:
    first = post(emulator, path, {**sent, "stream": stream})
    with serve() as other:
        again = post(other, path, {"stream": stream, **sent})
    assert (again.content, again.headers.raw) == (first.content, first.headers.raw)


def test_a_wrong_key_is_refused(emulator: Emulator) -> None:
    answer = post(emulator, CHAT, body(GPT), authorization="Bearer wrong")
    assert (answer.status_code, "missing or invalid" in answer.text) == (401, True)


def test_it_prints_the_two_variables_of_an_environment(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["emulator", "--port", "0"])
    monkeypatch.setattr(uvicorn.Server, "run", lambda *_, **__: None)
    main()
    base, key, models = capsys.readouterr().err.splitlines()
    assert re.fullmatch(r"export AIMLAPI_API_BASE=http://127\.0\.0\.1:\d+/v1", base)
    assert key == "export AIMLAPI_API_KEY=sk-emulator"
    assert models.startswith("# It plays ")
    assert "openai/gpt-4o," in models
    assert "text-embedding-3-small" in models
