"""Programs that were written for other packages run, once their imports and model ids are ours.

`make types` shows them to mypy and pyright.
"""

from __future__ import annotations

import runpy
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from emulator.server import serve

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

PROGRAMS = Path(__file__).with_name("programs")


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], dict[str, Any]]]:
    """What runs a program against the emulator and returns its names."""
    with serve() as emulator:
        monkeypatch.setenv("AIMLAPI_API_KEY", "sk-emulator")
        monkeypatch.setenv("AIMLAPI_API_BASE", emulator.base_url)
        yield lambda name: runpy.run_path(str(PROGRAMS / f"{name}.py"))


def test_a_program_of_chat_openai(run: Callable[[str], dict[str, Any]]) -> None:
    names = run("of_chat_openai")
    assert names["chat"].text
    assert names["tokens"] == names["used"] > 0
    assert names["finish"] == "stop"
    assert names["streamed"]
    assert [call["name"] for call in names["asked"].tool_calls] == ["weather"]
    assert names["answered"].text
    assert names["ticket"].urgency in {"low", "high"}
    assert type(names["called"]) is type(names["parsed"]) is names["Ticket"]
    assert names["error"] is None
    assert names["refused"].startswith("400")
    assert names["unreachable"]


def test_a_program_of_chat_anthropic(run: Callable[[str], dict[str, Any]]) -> None:
    names = run("of_chat_anthropic")
    assert names["llm"].max_tokens == 2000
    assert names["chat"].text
    assert names["tokens"] > 0
    assert "claude" in names["model_name"]
    assert names["streamed"]
    assert [call["name"] for call in names["asked"].tool_calls] == ["weather"]
    assert names["thoughts"]
    assert names["answered"].text
    assert "server_tool_call" in {block["type"] for block in names["searched"].content_blocks}
    assert type(names["parsed"]) is names["Ticket"]
    assert names["refused"] == "400"


def test_a_program_of_chat_openrouter(run: Callable[[str], dict[str, Any]]) -> None:
    names = run("of_chat_openrouter")
    assert names["chat"]
    assert names["streamed"]
    assert names["answered"]
    assert names["title"]
    assert not names["problem"]
    assert names["missing"] == "400"
