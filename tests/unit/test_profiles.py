"""Facts of the documented models: schema by model, profiles, hints."""

from __future__ import annotations

import subprocess
import sys
from typing import get_type_hints

import pytest
from langchain_core.language_models import ModelProfile

from langchain_aimlapi.data import _profiles, generate
from langchain_aimlapi.profiles import (
    facts_for,
    known_models,
    nearest_models,
    profile_for,
    request_schema_for,
)


@pytest.mark.parametrize(
    ("model", "schema"),
    [
        ("anthropic/claude-sonnet-4", "anthropic"),  # documented both ways: the page decides
        ("claude-sonnet-4-20250514", "anthropic"),
        ("anthropic/claude-3-haiku", "openai"),  # a Claude model in the OpenAI style
        ("anthropic/claude-3.7-sonnet", "openai"),
        ("anthropic/claude-sonnet-5", "anthropic"),
        ("gpt-4o", "openai"),
        ("google/gemini-3-1-pro-preview", "openai"),
        ("anthropic/claude-of-next-year", "anthropic"),  # not documented: by its name
        ("Claude-Next", "anthropic"),
        ("vendor/model-of-next-year", "openai"),
    ],
)
def test_request_schema_is_what_is_documented(model: str, schema: str) -> None:
    assert request_schema_for(model) == schema


def test_every_documented_model_is_packaged() -> None:
    facts = [facts_for(model) for model in known_models()]
    assert len(facts) == 444
    assert sum(fact.request_schema == "anthropic" for fact in facts) == 43
    assert all(fact.known and "max_tokens" in fact.parameters for fact in facts)
    assert all(fact.parts_for("user") for fact in facts)


def test_an_unknown_model_is_taken_to_accept_everything() -> None:
    facts = facts_for("vendor/model-of-next-year")
    assert not facts.known
    assert facts.takes("anything")
    assert facts.parts_for("user") is None


def test_an_alias_has_the_facts_of_its_model() -> None:
    assert "anthropic/claude-3.5-sonnet-20241022" in known_models()
    assert facts_for("qwen-max-2025-01-25").known


def test_facts_of_one_model() -> None:
    facts = facts_for("anthropic/claude-sonnet-4")
    assert "stop_sequences" in facts.parameters
    assert "stop" not in facts.parameters
    assert facts.limits["temperature"] == {"minimum": 0, "maximum": 1}
    assert facts.both_schemas
    assert "tool_use" in facts.parts_by_role["assistant"]


def test_profile_says_what_a_model_takes() -> None:
    profile = profile_for("gpt-4o")
    assert profile is not None
    assert {key: profile[key] for key in ("name", "image_inputs", "pdf_inputs")} == {  # type: ignore[literal-required]
        "name": "gpt-4o",
        "image_inputs": True,
        "pdf_inputs": True,
    }
    assert profile["audio_inputs"] is False
    assert profile["structured_output"] is True
    assert profile["tool_calling"] is True


def test_profile_of_a_claude_schema_model() -> None:
    profile = profile_for("anthropic/claude-sonnet-4")
    assert profile is not None
    assert profile["max_input_tokens"] == 1_000_000
    assert profile["structured_output"] is False  # no response_format in this schema
    assert profile["image_tool_message"] is True
    assert profile["image_url_inputs"] is False
    assert profile["reasoning_output"] is True


def test_profile_lists_effort_levels_where_they_are_documented() -> None:
    with_effort = profile_for("bytedance-seed/seed-1.6")
    without = profile_for("gpt-4o")
    assert with_effort is not None
    assert without is not None
    assert with_effort["reasoning_effort_levels"] == ["low", "medium", "high"]
    assert "reasoning_effort_levels" not in without


def test_profiles_have_no_keys_that_the_installed_core_does_not_declare() -> None:
    declared = set(get_type_hints(ModelProfile))
    for model in known_models():
        assert set(profile_for(model) or {}) <= declared


def test_an_unknown_model_has_no_profile() -> None:
    assert profile_for("vendor/model-of-next-year") is None


@pytest.mark.parametrize(
    ("typo", "nearest"),
    [
        ("gpt-4o-mimi", "gpt-4o-mini"),
        ("claude-sonet-4", "claude-sonnet-4"),
        ("Anthropic/Claude-Sonnet-4", "anthropic/claude-sonnet-4"),
    ],
)
def test_a_typo_finds_the_nearest_ids(typo: str, nearest: str) -> None:
    assert nearest_models(typo)[0] == nearest


def test_nothing_is_near_to_nonsense() -> None:
    assert nearest_models("\N{SNOWMAN}" * 20) == []


def test_importing_profiles_does_not_load_the_data() -> None:
    code = (
        "import sys, langchain_aimlapi.profiles; "
        "print('langchain_aimlapi.data._profiles' in sys.modules)"
    )
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True)  # noqa: S603  # our own code
    assert answer.stdout.strip() == b"False"


FACTS = {
    "vendor/b": {
        "request_schema": "openai",
        "parameters": ["temperature", "max_tokens"],
        "parts_by_role": {"user": ["text", "string"]},
        "limits": {"temperature": {"maximum": 2, "minimum": 0}},
        "context": 1000,
        "deprecated": True,
        "aliases": ["b"],
        "name": "Bee",
        "developer": "Vendor",
    },
    "vendor/a": {
        "request_schema": "anthropic",
        "accepts_openai_messages": True,
        "parameters": ["max_tokens", "temperature"],
        "parts_by_role": {"user": ["string", "text"], "assistant": ["search_result"]},
        "also_documented_as": "openai",
    },
}


def test_generated_data_is_the_same_for_the_same_facts() -> None:
    shuffled = {
        model: dict(reversed(list(facts.items()))) for model, facts in reversed(FACTS.items())
    }
    assert generate.render(FACTS) == generate.render(shuffled)


def test_generated_data_holds_one_line_a_model_and_shares_sets() -> None:
    namespace: dict[str, str] = {}
    exec(generate.render(FACTS), namespace)  # noqa: S102  # the generated module is the subject
    rows = namespace["MODELS"].strip().splitlines()
    assert [row.split("|")[0] for row in rows] == ["vendor/a", "vendor/b"]
    assert len(namespace["PARAMETERS"].strip().splitlines()) == 1
    cells = [row.split("|") for row in rows]
    assert cells[0][6] == "obr"
    assert cells[1][5:] == ["1000", "d", "Bee", "Vendor", "b"]


def test_a_separator_inside_a_fact_is_refused() -> None:
    facts = {"vendor/x": {**FACTS["vendor/b"], "name": "A|B"}}
    with pytest.raises(ValueError, match="vendor/x"):
        generate.render(facts)


def test_packaged_data_has_the_shape_the_generator_writes() -> None:
    assert _profiles.__doc__ == generate.HEADER
