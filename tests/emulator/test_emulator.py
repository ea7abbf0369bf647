"""What the emulator takes and refuses; the same request gives the same bytes."""

from __future__ import annotations

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
GPT, CLAUDE, NEW_CLAUDE = "openai/gpt-4o", "anthropic/claude-sonnet-4", "anthropic/claude-sonnet-5"
USER = {"role": "user", "content": "Hello"}
IMAGE = {"type": "image_url", "image_url": {"url": "data:image/png;base64,aGk="}}
THINKS = {"type": "enabled", "budget_tokens": 1024}
RESULT = {"role": "tool", "tool_call_id": "c" * 41, "content": "3"}
FUNCTION = {"name": "f", "arguments": "{}"}
CALLS = {"role": "assistant", "tool_calls": [{"id": "c" * 41, "type": "function"}]}
CALLS["tool_calls"][0]["function"] = FUNCTION
USES = {"role": "assistant", "content": [{"type": "tool_use", "id": "t:1", "name": "f"}]}
USES["content"][0]["input"] = {}


def body(model: str, *more: Json, **fields: Any) -> Json:
    return {"model": model, "messages": [USER, *more], **fields}


def items(*more: Json, **fields: Any) -> Json:
    return {"model": "openai/gpt-5-pro", "input": [USER, *more], **fields}


# Endpoint, body, and what the refusal says; nothing where the body is taken.
TABLE: list[tuple[str, Json, str]] = [
    (CHAT, body(GPT, {"role": "user", "content": [IMAGE]}, seed=1, stop="END"), ""),
    (CHAT, body("deepseek/deepseek-v4-flash", CALLS, RESULT, reasoning_effort="high"), ""),
    (CHAT, body(CLAUDE, thinking=THINKS, max_tokens=2048), ""),
    (MESSAGES, body(NEW_CLAUDE, max_tokens=64), ""),
    (RESPONSES, items(max_output_tokens=64), ""),
    (CHAT, {"model": GPT, "messages": []}, "messages: "),
    (CHAT, body("gpt-99"), "model: Invalid enum value"),
    (CHAT, body(GPT, max_tokens="64"), "max_tokens: "),
    (CHAT, body(GPT, stop_sequences=["a"]), "Unrecognized key(s) in object: 'stop_sequences'"),
    (CHAT, body(GPT, tool_choice="auto"), "is only allowed when 'tools' are specified"),
    (CHAT, body(GPT, CALLS, USER), "without their results"),
    (CHAT, body(GPT, RESULT), "no tool call found"),
    (CHAT, body(GPT, CALLS, RESULT), "Expected an id like"),
    (CHAT, body("mistralai/mistral-nemo", CALLS, RESULT), "{9}"),
    (CHAT, body(CLAUDE, thinking=THINKS, max_tokens=1024), "`max_tokens` must be greater than"),
    (CHAT, body(CLAUDE, USES), "messages.1.content.0.id: "),
    (MESSAGES, body(NEW_CLAUDE, max_tokens=64, temperature=0.5), "'temperature'"),
    (RESPONSES, items(max_tokens=64), "Unrecognized key(s) in object: 'max_tokens'"),
    (RESPONSES, items({"type": "function_call", "call_id": "c", "name": "f"}), "arguments"),
]


def test_a_body_is_taken_or_refused_and_its_answer_is_always_the_same(emulator: Emulator) -> None:
    with serve() as other:
        for path, sent, says in TABLE:
            for stream in (False, True):
                asked = {**sent, "stream": stream}
                first, again = post(emulator, path, asked), post(other, path, asked)
                assert first.status_code == (400 if says else 200), first.text
                assert says in first.text
                assert (again.content, again.headers.raw) == (first.content, first.headers.raw)


def post(emulator: Emulator, path: str, sent: Json, key: str = "sk-emulator") -> httpx.Response:
    url, headers = f"{emulator.base_url}/{path}", {"authorization": f"Bearer {key}"}
    with httpx.Client(verify=False, trust_env=False) as client:  # noqa: S501  # nothing is encrypted
        return client.post(url, json=sent, headers=headers)


def test_a_wrong_key_is_refused(emulator: Emulator) -> None:
    assert post(emulator, CHAT, body(GPT), key="wrong").status_code == 401


def test_a_marked_prefix_is_written_once_and_read_at_a_tenth_of_the_price() -> None:
    marked = {"type": "text", "text": "Be kind. " * 1000, "cache_control": {"type": "ephemeral"}}
    with serve() as emulator:
        asked = body(NEW_CLAUDE, max_tokens=64, system=[marked])
        first, second = (post(emulator, MESSAGES, asked).json() for _ in range(2))
        other = post(emulator, MESSAGES, asked, key="sk-emulator-2").json()
    written = first["usage"]["cache_creation_input_tokens"]
    assert written == second["usage"]["cache_read_input_tokens"] > 1024
    saved = first["meta"]["usage"]["usd_spent"] - second["meta"]["usage"]["usd_spent"]
    assert saved == pytest.approx(written * (1.25 - 0.1) * 3.9 / 1e6, abs=1e-6)
    assert other["usage"] == first["usage"]


def test_it_prints_two_variables_and_the_models_that_it_plays(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["emulator", "--port", "0", "--delay", "0.1"])
    monkeypatch.setattr(uvicorn.Server, "run", lambda *_, **__: None)
    main()
    base, key, models = capsys.readouterr().err.splitlines()
    assert base.startswith("export AIMLAPI_API_BASE=http://127.0.0.1:")
    assert key == "export AIMLAPI_API_KEY=sk-emulator"
    assert {"openai/gpt-4o,", "openai/gpt-5-pro,", "text-embedding-3-small,"} <= {*models.split()}
