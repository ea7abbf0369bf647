"""Facts of the documented models: schema by model, profiles, hints."""

from __future__ import annotations

from typing import Any, get_type_hints

import pytest
from langchain_core.language_models import ModelProfile

from langchain_aimlapi import profiles


@pytest.mark.parametrize(
    ("model", "schema"),
    [
        ("anthropic/claude-sonnet-4", "anthropic"),  # documented both ways: the page decides
        ("anthropic/claude-3-haiku", "openai"),  # a Claude model in the OpenAI style
        ("gpt-4o", "openai"),
        ("anthropic/claude-of-next-year", "anthropic"),  # not documented: by its name
        ("Claude-Next", "anthropic"),
        ("vendor/model-of-next-year", "openai"),
    ],
)
def test_request_schema_is_what_is_documented(model: str, schema: str) -> None:
    assert profiles.request_schema_for(model) == schema


def test_an_unknown_model_is_taken_to_accept_everything() -> None:
    facts = profiles.facts_for("vendor/model-of-next-year")
    assert not facts.known
    assert facts.takes("anything")
    assert facts.parts_for("user") is None
    assert facts.endpoints == ("chat/completions",)
    assert profiles.profile_for("vendor/model-of-next-year") is None


PROFILES: dict[str, dict[str, Any]] = {
    "openai/gpt-4o": {
        "image_inputs": True,
        "pdf_inputs": True,
        "audio_inputs": False,
        "structured_output": True,
        "tool_calling": True,
        # No document says; others publish it.
        "max_input_tokens": 128_000,
        "max_output_tokens": 16_384,
    },
    "anthropic/claude-sonnet-4": {
        "image_tool_message": True,
        "image_url_inputs": False,
        "reasoning_output": True,
        "structured_output": False,  # no response_format in this schema
        "max_input_tokens": 1_000_000,
        "max_output_tokens": 64_000,
    },
    "claude-sonnet-4": {"max_input_tokens": 1_000_000},  # the window is that of its other name
    "alibaba/qwen3-32b": {"max_input_tokens": 131_000},  # the service's own window counts
    "openai/gpt-5-pro": {"max_input_tokens": 272_000},  # served on another endpoint
    "openai/gpt-5-1-codex": {
        "tool_calling": True,
        "structured_output": True,
        "reasoning_output": True,
        "temperature": False,
        "image_inputs": None,  # its facts do not say
    },
    "claude-sonnet-4-6": {  # documented on /messages alone
        "max_input_tokens": 200_000,  # of its other spelling
        "tool_calling": True,
        "tool_choice": True,
        "image_inputs": True,
        "image_url_inputs": True,
        "pdf_inputs": True,
        "audio_inputs": False,
        "reasoning_output": True,
        "structured_output": False,
    },
    "bytedance-seed/seed-1.6": {"reasoning_effort_levels": ["low", "medium", "high"]},
    "gpt-4o": {"name": "gpt-4o", "reasoning_effort_levels": None},
}


@pytest.mark.parametrize(("model", "expected"), PROFILES.items())
def test_a_profile_says_what_a_model_takes(model: str, expected: dict[str, Any]) -> None:
    profile: Any = profiles.profile_for(model)
    assert {name: profile.get(name) for name in expected} == expected


def test_every_documented_model_is_packaged_with_its_endpoints() -> None:
    facts = [profiles.facts_for(model) for model in profiles.known_models()]
    assert len(facts) > 400
    assert all(fact.known for fact in facts)
    chat = [fact for fact in facts if "chat/completions" in fact.endpoints]
    assert all("max_tokens" in fact.parameters and fact.parts_for("user") for fact in chat)
    assert {fact.request_schema for fact in chat} == {"openai", "anthropic"}
    elsewhere = {fact.endpoints for fact in facts} - {fact.endpoints for fact in chat}
    assert elsewhere == {("responses",), ("messages",)}


def test_facts_say_what_each_endpoint_takes() -> None:
    both = profiles.facts_for("openai/gpt-4o")
    assert both.endpoints == ("chat/completions", "responses")
    assert both.takes("logit_bias")
    assert not both.takes("logit_bias", "responses")
    assert both.takes("max_output_tokens", "responses")
    assert "web_search_preview" in both.responses_tools
    assert both.response_formats == {"text", "json_object", "json_schema"}
    words = profiles.facts_for("nvidia/nemotron-3-ultra-550b-a55b").tool_choices
    assert words == {"auto", "none", "required"}
    claude = profiles.facts_for("anthropic/claude-sonnet-4")
    assert claude.limits["temperature"] == {"minimum": 0, "maximum": 1}
    assert claude.both_schemas
    assert claude.takes("anything", "responses")  # which does not document it


def test_profiles_have_no_keys_that_the_installed_core_does_not_declare() -> None:
    declared = set(get_type_hints(ModelProfile))
    for model in profiles.known_models():
        assert set(profiles.profile_for(model) or {}) <= declared


@pytest.mark.parametrize(
    ("typo", "nearest"),
    [
        ("gpt-4o-mimi", "gpt-4o-mini"),
        ("claude-sonet-4", "claude-sonnet-4"),
        ("Anthropic/Claude-Sonnet-4", "anthropic/claude-sonnet-4"),
    ],
)
def test_a_typo_finds_the_nearest_ids(typo: str, nearest: str) -> None:
    assert profiles.nearest_models(typo)[0] == nearest
    assert profiles.nearest_models("\N{SNOWMAN}" * 20) == []
