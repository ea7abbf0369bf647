"""Facts of the documented models: schema by model, profiles, hints."""

from __future__ import annotations

import subprocess
import sys
from typing import get_type_hints

import pytest
from langchain_core.language_models import ModelProfile

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
    assert len(facts) == 542
    assert all(fact.known for fact in facts)
    chat = [fact for fact in facts if "chat/completions" in fact.endpoints]
    assert len(chat) == 526
    assert sum(fact.request_schema == "anthropic" for fact in chat) == 56
    assert all("max_tokens" in fact.parameters for fact in chat)
    assert all(fact.parts_for("user") for fact in chat)


def test_the_endpoints_of_a_model_are_known_and_what_each_takes() -> None:
    facts = [facts_for(model) for model in known_models()]
    elsewhere = {fact.model for fact in facts if "chat/completions" not in fact.endpoints}
    alone = {facts_for(model).endpoints for model in elsewhere}
    assert alone == {("responses",), ("messages",)}
    assert len(elsewhere) == 16
    assert {"openai/gpt-5-pro", "claude-sonnet-4-6"} <= elsewhere
    assert sum("responses" in fact.endpoints for fact in facts) == 57
    assert sum("messages" in fact.endpoints for fact in facts) == 46
    both = facts_for("openai/gpt-4o")
    assert both.endpoints == ("chat/completions", "responses")
    assert both.takes("logit_bias")
    assert not both.takes("logit_bias", "responses")
    assert both.takes("max_output_tokens", "responses")
    assert "web_search_preview" in both.responses_tools
    assert facts_for("anthropic/claude-sonnet-5").endpoints == ("chat/completions", "messages")
    assert facts_for("anthropic/claude-sonnet-5").takes("anything", "responses")


def test_the_forms_of_answers_and_of_tool_choices_are_known() -> None:
    assert facts_for("openai/gpt-4o").response_formats == {"text", "json_object", "json_schema"}
    assert facts_for("deepseek/deepseek-v4-pro-0813").response_formats == {"text", "json_object"}
    assert facts_for("nvidia/nemotron-3-ultra-550b-a55b").tool_choices == {
        "auto",
        "none",
        "required",
    }


def test_an_unknown_model_is_taken_to_accept_everything() -> None:
    facts = facts_for("vendor/model-of-next-year")
    assert not facts.known
    assert facts.takes("anything")
    assert facts.parts_for("user") is None
    assert facts.endpoints == ("chat/completions",)


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


@pytest.mark.parametrize(
    ("model", "tokens_in", "tokens_out"),
    [
        ("openai/gpt-4o", 128_000, 16_384),  # no document says; others publish it
        ("claude-sonnet-4", 1_000_000, 64_000),  # the window is that of its other name
        ("claude-sonnet-4-20250514", 1_000_000, 64_000),
        ("alibaba/qwen3-32b", 131_000, 16_384),  # the service's own window counts
        ("openai/gpt-5-pro", 272_000, 128_000),  # served on another endpoint
    ],
)
def test_limits_are_the_services_own_before_those_that_others_publish(
    model: str, tokens_in: int, tokens_out: int
) -> None:
    profile = profile_for(model)
    assert profile is not None
    assert (profile["max_input_tokens"], profile["max_output_tokens"]) == (tokens_in, tokens_out)


def test_names_of_one_model_agree_on_its_window() -> None:
    for model in known_models():
        for alias in facts_for(model).aliases:
            if alias in known_models():
                windows = {(profile_for(m) or {}).get("max_input_tokens") for m in (model, alias)}
                assert len(windows) == 1, (model, alias)


def test_most_models_have_a_window() -> None:
    profiles = [profile_for(model) or {} for model in known_models()]
    assert sum("max_input_tokens" in profile for profile in profiles) >= 382
    assert sum("max_output_tokens" in profile for profile in profiles) >= 310


def test_a_model_of_another_endpoint_has_a_profile_of_what_is_known() -> None:
    profile = profile_for("openai/gpt-5-1-codex")
    assert profile is not None
    assert profile["tool_calling"] is True
    assert profile["structured_output"] is True
    assert profile["reasoning_output"] is True
    assert profile["temperature"] is False
    assert "image_inputs" not in profile  # its facts do not say


def test_a_claude_of_messages_alone_has_the_profile_of_that_endpoint() -> None:
    profile = profile_for("claude-sonnet-4-6")
    assert profile is not None
    assert profile["max_input_tokens"] == 200_000  # of its other spelling
    assert (profile["tool_calling"], profile["tool_choice"]) == (True, True)
    assert (profile["image_inputs"], profile["image_url_inputs"]) == (True, True)
    assert (profile["pdf_inputs"], profile["audio_inputs"]) == (True, False)
    assert profile["reasoning_output"] is True
    assert profile["structured_output"] is False


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
