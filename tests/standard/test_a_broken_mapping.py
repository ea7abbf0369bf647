"""Cassettes hold the mapping in place: a field that was renamed fails its replay, by name."""

from __future__ import annotations

from typing import Any

import pytest
from private import rewrite_bodies
from vcr.errors import CannotOverwriteExistingCassetteException

from langchain_aimlapi import ChatAIMLAPI
from langchain_aimlapi.testing import replay

CLAUDE = ("anthropic", "anthropic/claude-sonnet-5", "test_claude/TestClaude")
OPENAI = ("openai", "google/gemini-3-5-flash", "test_openai_schema/TestOpenAISchema")


@pytest.mark.filterwarnings("ignore:.* documents no new_")
@pytest.mark.parametrize(
    ("configuration", "field", "value"),
    [
        (CLAUDE, "stop_sequences", '["you"]'),
        (CLAUDE, "messages", '[{"role": "user", "content": "hi"}]'),
        (OPENAI, "stop", '["you"]'),
        (OPENAI, "model", "'google/gemini-3-5-flash'"),
    ],
)
def test_a_renamed_field_fails_the_replay_with_its_name(
    pytestconfig: pytest.Config,
    monkeypatch: pytest.MonkeyPatch,
    configuration: tuple[Any, str, str],
    field: str,
    value: str,
) -> None:
    _, model, cassette = configuration

    def broken(body: dict[str, Any]) -> dict[str, Any]:
        return {f"new_{name}" if name == field else name: body[name] for name in body}

    def ask() -> str:
        return ChatAIMLAPI(model=model, api_key="sk-replay").invoke("hi", stop=["you"]).text

    folder = pytestconfig.rootpath / "cassettes" / "standard"
    with replay(folder / f"{cassette}.test_stop_sequence.yaml"):
        assert ask() == "Hello! How are "
        rewrite_bodies(monkeypatch, broken)
        with pytest.raises(CannotOverwriteExistingCassetteException) as caught:
            ask()
    explained = str(caught.value)
    assert f"{field}: {value} in the cassette, not sent" in explained
    assert f"new_{field}: not in the cassette, {value} sent" in explained
