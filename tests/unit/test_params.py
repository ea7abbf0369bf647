"""The table of parameters: names on the wire, ranges, nothing added and nothing lost."""

from __future__ import annotations

import warnings
from dataclasses import replace
from typing import Any

import pytest
from doors.bodies import PARAMETER_FIELDS, request_body
from langchain_core.messages import HumanMessage, SystemMessage

from langchain_aimlapi import ChatAIMLAPI
from langchain_aimlapi.profiles import facts_for

CLAUDE = "anthropic/claude-sonnet-4"
OUTSIDE = "top_k={!r} is outside what m documents ({}). It is sent as it is."


def body_of(model: str, *, schema: str | None = None, **options: Any) -> dict[str, Any]:
    facts = facts_for(model)
    messages = [SystemMessage("Be brief."), HumanMessage("Hi!")]
    schema = schema or facts.request_schema
    return request_body(messages, model, schema=schema, **options)


def without_messages(body: dict[str, Any]) -> dict[str, Any]:
    return {name: body[name] for name in body if name not in {"model", "messages"}}


def test_claude_body_holds_what_was_set_and_nothing_else() -> None:
    params = {"temperature": 0.2, "top_p": 0.9, "top_k": 5, "max_tokens": 32000}
    assert body_of(CLAUDE, params=params, stop=["END"]) == {
        "model": CLAUDE,
        "messages": [{"role": "user", "content": "Hi!"}],
        "system": "Be brief.",
        "stop_sequences": ["END"],
        **params,
    }


def test_openai_body_holds_what_was_set_and_nothing_else() -> None:
    assert body_of("gpt-4o", params={"max_tokens": 64}, stop=["END"]) == {
        "model": "gpt-4o",
        "messages": [
            {"role": "system", "content": "Be brief."},
            {"role": "user", "content": "Hi!"},
        ],
        "stop": ["END"],
        "max_tokens": 64,
    }


@pytest.mark.parametrize("model", ["gpt-4o", CLAUDE, "o3", "vendor/unknown"])
def test_max_tokens_keeps_its_name(model: str) -> None:
    body = body_of(model, params={"max_tokens": 5})
    assert body["max_tokens"] == 5
    assert "max_completion_tokens" not in body


@pytest.mark.parametrize("model", ["gpt-4o", CLAUDE])
def test_parallel_tool_calls_is_not_sent_unless_set(model: str) -> None:
    tool = {"type": "function", "function": {"name": "f", "parameters": {"type": "object"}}}
    body = body_of(model, tools=[tool], tool_choice="auto")
    assert "parallel_tool_calls" not in body
    assert "disable_parallel_tool_use" not in str(body)


@pytest.mark.parametrize("schema", ["openai", "anthropic"])
@pytest.mark.parametrize("field", PARAMETER_FIELDS)
def test_every_parameter_is_sent_in_every_schema_when_set(field: str, schema: str) -> None:
    body = body_of("vendor/unknown", schema=schema, params={field: 1})
    wire = {"request_metadata": "metadata", "provider_routing": "provider"}.get(field, field)
    assert body[wire] == 1


@pytest.mark.parametrize(
    ("field", "wire"), [("request_metadata", "metadata"), ("provider_routing", "provider")]
)
def test_fields_with_a_name_of_their_own_get_the_wire_name(field: str, wire: str) -> None:
    body = body_of("vendor/unknown", params={field: "x"})
    assert without_messages(body) == {wire: "x"}


def test_parameters_without_a_row_pass_as_they_are() -> None:
    vendor = {"enable_thinking": True, "search_domain_filter": ["a.com"], "echo": False}
    assert vendor.items() <= body_of("alibaba/qwen3.7-max", params=vendor).items()


def test_extra_body_is_merged_last() -> None:
    body = body_of("gpt-4o", params={"temperature": 0.1}, extra_body={"temperature": 0.7, "x": 1})
    assert body["temperature"] == 0.7
    assert body["x"] == 1


class TestStreaming:
    def test_a_body_that_does_not_stream_has_no_stream_key(self) -> None:
        assert "stream" not in body_of("gpt-4o")
        assert "stream" not in body_of(CLAUDE)

    def test_openai_streams_ask_for_usage(self) -> None:
        body = body_of("gpt-4o", stream=True)
        assert body["stream"] is True
        assert body["stream_options"] == {"include_usage": True}

    def test_claude_streams_report_usage_unasked(self) -> None:
        body = body_of(CLAUDE, stream=True)
        assert body["stream"] is True
        assert "stream_options" not in body

    def test_usage_can_be_switched_off(self) -> None:
        assert "stream_options" not in body_of("gpt-4o", stream=True, stream_usage=False)

    def test_a_model_that_documents_no_stream_options_is_not_sent_them(self) -> None:
        assert "stream_options" not in body_of("gemini-1.5-pro", stream=True)

    def test_an_unknown_model_is_asked_for_usage(self) -> None:
        assert "stream_options" in body_of("vendor/unknown", stream=True)


class TestRanges:
    def test_a_value_outside_the_range_warns_and_is_sent(self) -> None:
        with pytest.warns(UserWarning, match=r"temperature=1\.5 .*claude-sonnet-4.*0 to 1"):
            body = body_of(CLAUDE, params={"temperature": 1.5})
        assert body["temperature"] == 1.5

    def test_a_value_inside_the_range_is_silent(self) -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            body_of(CLAUDE, params={"temperature": 1.0, "top_k": 40})

    def test_the_limits_of_one_schema_do_not_judge_the_other(self) -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            body = body_of(CLAUDE, schema="openai", params={"temperature": 1.5})
        assert body["temperature"] == 1.5

    @pytest.mark.parametrize(
        ("value", "limit", "complaint"),
        [
            (1, {"minimum": 0, "maximum": 1}, ""),
            (2, {"minimum": 0, "maximum": 1}, "0 to 1"),
            (0, {"minimum": 1}, "at least 1"),
            (3, {"maximum": 2}, "at most 2"),
            ("high", {"enum": ["low", "high"]}, ""),
            ("max", {"enum": ["low", "high"]}, "one of low, high"),
            ("text", {"minimum": 0}, ""),
            (True, {"minimum": 5}, ""),
            (7, {"default": 3}, ""),
        ],
    )
    def test_out_of_range(self, value: Any, limit: dict[str, Any], complaint: str) -> None:
        facts = replace(facts_for("vendor/unknown"), limits={"top_k": limit})
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            request_body([HumanMessage("Hi!")], "m", facts=facts, params={"top_k": value})
        messages = [str(warning.message) for warning in caught]
        assert messages == ([OUTSIDE.format(value, complaint)] if complaint else [])


class TestCacheKey:
    """The key of LangChain's cache of answers follows the settings, also later ones."""

    def key(self, model: ChatAIMLAPI, **kwargs: Any) -> str:
        return model._get_llm_string(**kwargs)

    def test_a_changed_field_changes_the_key(self) -> None:
        model = ChatAIMLAPI(model="gpt-4o", api_key="k", temperature=0.0)
        before = self.key(model)
        model.temperature = 1.0
        assert self.key(model) != before
        model.temperature = 0.0
        assert self.key(model) == before

    def test_a_change_inside_a_dict_changes_the_key(self) -> None:
        model = ChatAIMLAPI(model="gpt-4o", api_key="k", model_kwargs={"enable_search": True})
        before = self.key(model)
        model.model_kwargs["enable_search"] = False
        assert self.key(model) != before

    def test_arguments_of_the_call_change_the_key(self) -> None:
        model = ChatAIMLAPI(model="gpt-4o", api_key="k")
        assert self.key(model, temperature=1) != self.key(model)
        assert self.key(model, stop=["END"]) != self.key(model)
