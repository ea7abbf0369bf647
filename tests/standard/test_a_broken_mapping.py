"""Cassettes hold the mapping in place: a field that was renamed fails its replay, by name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from langchain_aimlapi import ChatAIMLAPI
from langchain_aimlapi._endpoints.chat_completions import REQUEST_SCHEMAS
from langchain_aimlapi.testing import CassetteMismatchError, replay

if TYPE_CHECKING:
    from collections.abc import Sequence

    from langchain_core.messages import BaseMessage

    from langchain_aimlapi._messages.options import RequestOptions
    from langchain_aimlapi.profiles import ModelFacts

CLAUDE = ("anthropic", "anthropic/claude-sonnet-5", "test_claude/TestClaude")
OPENAI = ("openai", "google/gemini-3-5-flash", "test_openai_schema/TestOpenAISchema")


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
    schema, model, cassette = configuration
    right = REQUEST_SCHEMAS[schema]

    def broken(
        messages: Sequence[BaseMessage], options: RequestOptions, facts: ModelFacts
    ) -> dict[str, Any]:
        body = right(messages, options, facts)
        return {f"new_{name}" if name == field else name: body[name] for name in body}

    def ask() -> str:
        return ChatAIMLAPI(model=model, api_key="sk-replay").invoke("hi", stop=["you"]).text

    folder = pytestconfig.rootpath / "cassettes" / "standard"
    with replay(folder / f"{cassette}.test_stop_sequence.yaml"):
        assert ask() == "Hello! How are "
        monkeypatch.setitem(REQUEST_SCHEMAS, schema, broken)
        with pytest.raises(CassetteMismatchError) as caught:
            ask()
    assert str(caught.value).splitlines()[3:5] == [
        f"  {field}: {value} in the cassette, not sent",
        f"  new_{field}: not in the cassette, {value} sent",
    ]
