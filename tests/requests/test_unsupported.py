"""Settings that a model does not document: announced and sent, left out, or refused."""

from __future__ import annotations

import logging
import warnings
from functools import cache
from typing import TYPE_CHECKING, Any

import pytest
import sent
from langchain_core.messages import ToolMessage
from private import announce_again
from sent import GPT, IMAGE, MARK, NEW_CLAUDE, OLD_CLAUDE, UNKNOWN, WAV, Json, Service, turns, user

from langchain_aimlapi import ChatAIMLAPI
from langchain_aimlapi.errors import ConfigurationError, UnsupportedContentError
from langchain_aimlapi.profiles import CHAT, ModelFacts, facts_for, known_models
from langchain_aimlapi.testing import answers

if TYPE_CHECKING:
    from collections.abc import Iterator

R1 = "deepseek/deepseek-r1"
TOOL = {"type": "function", "function": {"name": "f", "parameters": {"type": "object"}}}
SCHEMA = {"type": "object", "properties": {}}
FORMAT = {"type": "json_schema", "json_schema": {"name": "A", "schema": SCHEMA}}


def said(route: str, **settings: Any) -> tuple[Json, list[str]]:
    """Return the body of a call, and the warnings about it."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        body = sent.body(route, **settings)
    return body, [str(warning.message) for warning in caught]


# --- what is said
SAID = [
    ("claude", {"seed": 1}, "documents no seed on chat/completions. It is sent as it is. For samp"),
    ("openai/o1", {"enable_thinking": True}, "For reasoning it documents reasoning"),
    (GPT, {"store": True}, "no store on chat/completions. It is sent as it is. It is docu"),
    (GPT, {"service_tier": "flex"}, "documents no service_tier on chat/completions. It is sent"),
    (R1, {"tools": [TOOL]}, "documents no tools on chat/completions. It is sent as it is."),
    (R1, {"response_format": FORMAT}, "documents no response_format on chat/completions."),
    ("messages", {"top_k": 3}, "documents no top_k on messages."),
    ("responses", {"seed": 3}, "documents no seed on responses."),
]


@pytest.mark.parametrize(("route", "settings", "words"), SAID)
def test_a_setting_that_is_not_documented_is_sent_left_out_or_refused(
    route: str, settings: Json, words: str, caplog: pytest.LogCaptureFixture
) -> None:
    body, found = said(route, **settings)
    assert len(found) == 1
    assert words in found[0]
    assert settings.keys() <= body.keys()
    assert said(route, **settings) == (body, [])  # once per process, model and setting

    announce_again()
    caplog.set_level(logging.INFO, "langchain_aimlapi")
    for _ in range(2):
        assert settings.keys().isdisjoint(sent.body(route, unsupported="drop", **settings))
    (record,) = caplog.records
    assert "It is left out." in record.message
    assert words.partition(" It is")[0] in record.message

    service = Service()
    model = service.model(route, unsupported="raise")
    with pytest.raises(ConfigurationError, match=r'unsupported="raise" refuses it') as caught:
        model.invoke("Hi", **settings)
    assert words.partition(" It is")[0] in str(caught.value)
    assert not service.requests


def test_other_values_than_the_documented_ones_are_treated_alike() -> None:
    outside = "temperature=9 is outside what openai/gpt-4o documents (0 to 2)."
    assert said(GPT, temperature=9)[1] == [f"{outside} It is sent as it is."]
    assert "temperature" not in sent.body(GPT, temperature=9, unsupported="drop")
    with pytest.raises(ConfigurationError, match="is outside what openai/gpt-4o documents"):
        sent.body(GPT, temperature=9, unsupported="raise")


def test_forms_of_a_choice_and_of_a_format_are_settings_too() -> None:
    choice = {"tools": [TOOL], "tool_choice": {"type": "custom", "custom": {"name": "f"}}}
    (text,) = said(GPT, **choice)[1]
    assert "no tool_choice of the form 'custom'" in text
    assert "It documents auto, function, none, required." in text
    assert "tool_choice" not in sent.body(GPT, unsupported="drop", **choice)
    model = next(
        m for m in known_models() if facts_for(m).response_formats == {"json_object", "text"}
    )
    (text,) = said(model, response_format=FORMAT)[1]
    assert "no response_format of the form 'json_schema'" in text
    with pytest.raises(ConfigurationError, match="json_object, text"):
        sent.body(model, response_format=FORMAT, unsupported="raise")


def test_without_tools_nothing_that_belongs_to_them_is_sent() -> None:
    tools = {"tools": [TOOL], "tool_choice": "required", "parallel_tool_calls": False}
    body = sent.body(R1, unsupported="drop", response_format=FORMAT, **tools)
    assert body.keys() == {"model", "messages"}
    assert len(said(R1, **tools, response_format=FORMAT)[1]) == 1


@pytest.mark.parametrize("mode", ["warn", "drop", "raise"])
def test_unknown_models_an_extra_body_and_a_chosen_schema_are_sent_without_a_word(
    mode: str,
) -> None:
    given = {"temperature": 99, "seed": 1, "mystery": {}, "tools": [TOOL]}
    for model in (UNKNOWN, "anthropic/claude-of-next-year"):
        for endpoint in ("chat/completions", "responses", "messages"):
            body = sent.body(model, unsupported=mode, endpoint=endpoint, max_tokens=1, **given)
            assert given.keys() <= body.keys()
    assert sent.body(GPT, unsupported=mode, extra_body={"mystery": 1, "top_k": 2})["top_k"] == 2
    assert sent.body(OLD_CLAUDE, unsupported=mode, request_schema="openai", seed=1)["seed"] == 1


def test_what_claude_cannot_express_is_replaced_or_refused() -> None:
    for route, settings, words in (
        ("claude", {"response_format": FORMAT}, "has no response_format"),
        ("responses", {"stop": ["END"]}, "has no stop sequences"),
        (
            OLD_CLAUDE,
            {"tools": [{**TOOL, "function": {**TOOL["function"], "strict": True}}]},
            "strict",
        ),
    ):
        announce_again()
        assert words in said(route, **settings)[1][0]
        with pytest.raises(ConfigurationError, match=words):
            sent.body(route, unsupported="raise", **settings)
        sent.body(route, unsupported="drop", **settings)


def test_the_setting_of_a_call_wins_and_a_wrong_one_is_refused() -> None:
    service = Service()
    model = service.model(OLD_CLAUDE, unsupported="raise", seed=1)
    assert "seed" not in service.asked(model, unsupported="drop")
    with pytest.raises(ConfigurationError, match="unsupported must be 'warn', 'drop' or 'raise'"):
        model.invoke("Hi", unsupported="ignore")
    with pytest.raises(ConfigurationError, match="unsupported must be 'warn', 'drop' or 'raise'"):
        service.model(unsupported="ignore")


# --- content
VIDEO = {"type": "video", "url": "https://x.io/a.mp4"}
AUDIO = {"type": "audio", "base64": WAV, "mime_type": "audio/wav"}


@pytest.mark.parametrize("route", [R1, "claude", "responses"])
def test_a_block_that_a_model_does_not_take_is_left_out(route: str) -> None:
    message = user("?", VIDEO, {"type": "text", "text": "!"})
    with pytest.raises(UnsupportedContentError):
        sent.body(route, message)
    with pytest.raises(UnsupportedContentError):
        sent.body(route, message, unsupported="raise")
    with pytest.warns(UserWarning, match=r"Cannot send block [01] .* It is left out\.") as caught:
        found = turns(route, "Hi", user(VIDEO, VIDEO, "!"), message, unsupported="drop")[-1]
    assert len(caught) == 2
    assert "x.io" not in str(found)
    assert "?" in str(found)
    assert message.content[1] == VIDEO  # the user's own stays as it is
    with pytest.raises(UnsupportedContentError, match="video"):  # nothing would be left
        sent.body(route, user(VIDEO), unsupported="drop")


def test_a_block_inside_of_a_result_is_left_out() -> None:
    inner = [{"type": "text", "text": "seen"}, VIDEO]
    result = {"type": "tool_result", "tool_use_id": "c", "content": inner}
    with pytest.warns(UserWarning, match="It is left out"):
        assert "seen" in str(turns("claude", user(result, "?"), unsupported="drop"))
    told = ToolMessage([{"type": "text", "text": "seen"}, VIDEO], tool_call_id="c")
    with pytest.warns(UserWarning, match="It is left out"):
        assert "seen" in str(turns("claude", "Hi", told, unsupported="drop"))
    with pytest.warns(UserWarning, match="It is left out"):
        turns(R1, user("?", {**IMAGE, "cache_control": MARK}), unsupported="drop")


# --- names of other packages
PASSED_ON: Json = {
    "service_tier": "flex",
    "verbosity": "low",
    "prompt_cache_key": "k",
    "context_management": {},
    "betas": ["b"],
    "container": "c",
    "mcp_servers": [{"url": "https://x.io"}],
    "max_completion_tokens": 5,
}
OF_RESPONSES: Json = {
    "store": True,
    "include": ["reasoning.encrypted_content"],
    "truncation": "auto",
    "instructions": "Be brief.",
}


def test_fields_of_other_packages_are_no_slips_and_are_sent_as_they_are() -> None:
    fields = {**PASSED_ON, **OF_RESPONSES}
    service = Service()
    assert fields.items() <= service.asked(service.model(UNKNOWN, **fields)).items()
    assert fields.items() <= sent.body(UNKNOWN, **fields).items()
    assert OF_RESPONSES.items() <= service.asked(service.model("responses", **OF_RESPONSES)).items()


def test_a_background_response_is_refused_with_the_reason() -> None:
    service = Service()
    for give in (
        lambda: service.model("responses").invoke("Hi", background=True),
        lambda: service.model("responses", background=True),
        lambda: service.model("responses", model_kwargs={"background": True}),
    ):
        with pytest.raises(ConfigurationError, match="background=True is refused: the answer"):
            give()
    assert sent.body("responses", background=False)["background"] is False


def test_the_bound_of_an_answer_has_the_name_that_the_model_documents() -> None:
    for route in (OLD_CLAUDE, "messages", R1):
        assert sent.body(route, max_completion_tokens=5)["max_tokens"] == 5
    assert sent.body(GPT, max_completion_tokens=5)["max_completion_tokens"] == 5
    assert sent.body(GPT, max_tokens=5)["max_tokens"] == 5
    service = Service()
    model = service.model(R1, max_tokens=9)
    assert service.asked(model, max_completion_tokens=5)["max_tokens"] == 5
    model = service.model(R1, max_completion_tokens=9)
    assert service.asked(model, max_tokens=5)["max_tokens"] == 5


# --- the walk over all models
SETTINGS: Json = {
    "max_tokens": 64,
    "temperature": 0.5,
    "top_p": 0.9,
    "top_k": 5,
    "min_p": 0.1,
    "top_a": 0.1,
    "frequency_penalty": 0.5,
    "presence_penalty": 0.5,
    "repetition_penalty": 1.1,
    "seed": 1,
    "logit_bias": {"1": 2.0},
    "n": 1,
    "logprobs": True,
    "top_logprobs": 2,
    "user": "u",
    "reasoning_effort": "low",
    "thinking": {"type": "disabled"},
    "enable_thinking": True,
    "modalities": ["text"],
    "audio": {"voice": "alloy"},
    "web_search_options": {},
    "prediction": {"type": "content", "content": "x"},
    "request_metadata": {"k": "v"},
    "provider_routing": "auto",
    "provider_options": {"sort": "price"},
    "stop": ["END"],
    **{name: PASSED_ON[name] for name in PASSED_ON if name != "max_completion_tokens"},
    **OF_RESPONSES,
    "response_format": FORMAT,
    "tools": [TOOL],
    "tool_choice": "required",
    "parallel_tool_calls": True,
}
WIRE: dict[str, dict[str, str]] = {
    "openai": {},
    "anthropic": {"stop": "stop_sequences"},
    "responses": {
        "max_tokens": "max_output_tokens",
        "reasoning_effort": "reasoning",
        "response_format": "text",
    },
}
WRITTEN_ANYWAY = {"model", "messages", "input", "system", "max_completion_tokens"}


def walked() -> Iterator[tuple[ModelFacts, str, frozenset[str], str]]:
    """Yield an endpoint of a model, what that documents, and its schema; models alike once."""
    seen: set[Any] = set()
    for model in known_models():
        facts = facts_for(model)
        for endpoint in facts.endpoints if facts.known else ():
            chat = endpoint == CHAT
            documented = facts.parameters if chat else facts.parameters_of[endpoint]
            schema = {CHAT: facts.request_schema, "messages": "anthropic"}.get(endpoint, endpoint)
            forms = (facts.tool_choices, facts.response_formats, facts.parts_for("user"))
            limits = str(facts.limits) if chat else ""
            alike = (endpoint, documented, schema, facts.both_schemas, *forms, limits)
            if alike not in seen:
                yield facts, endpoint, documented, schema
            seen.add(alike)


def wire_name(name: str, schema: str, documented: frozenset[str]) -> str:
    renamed = {"request_metadata": "metadata", "provider_routing": "provider", **WIRE[schema]}
    if "output_config" in documented:
        renamed["reasoning_effort"] = "output_config"
    return renamed.get(name, name)


def is_documented(
    name: str, facts: ModelFacts, endpoint: str, documented: frozenset[str], schema: str
) -> bool:
    if name in {"tool_choice", "parallel_tool_calls"} and "tools" not in documented:
        return False
    if name == "parallel_tool_calls" and schema == "anthropic":
        return True  # it is Claude's default, and no field of the body
    if name == "response_format" and endpoint == CHAT and facts.both_schemas:
        return True  # in the other schema
    if wire_name(name, schema, documented) not in documented:
        return False
    forms = {"tool_choice": facts.tool_choices, "response_format": facts.response_formats}
    wanted = {"tool_choice": {"required", "any"}, "response_format": {"json_schema"}}
    found = forms.get(name)
    return endpoint != CHAT or not found or not found.isdisjoint(wanted[name])


@cache
def shared_model() -> tuple[Service, ChatAIMLAPI]:
    service = Service()
    return service, service.model(UNKNOWN)


def ask(facts: ModelFacts, endpoint: str, mode: str, settings: Json) -> Json:
    service, model = shared_model()
    takes_text = not (facts.parts_for("user") or {"text"}).isdisjoint({"text", "string"})
    asked = "Hi" if takes_text or endpoint != CHAT else user(AUDIO)
    return service.asked(
        model, asked, model=facts.model, endpoint=endpoint, unsupported=mode, **settings
    )


def test_of_every_model_drop_leaves_out_and_raise_refuses_what_is_not_documented() -> None:
    seen: set[Any] = set()
    for facts, endpoint, documented, schema in walked():
        where = (facts, endpoint, documented, schema)
        fine = {name: SETTINGS[name] for name in SETTINGS if is_documented(name, *where)}
        body = ask(facts, endpoint, "drop", SETTINGS)
        assert body.keys() <= documented | WRITTEN_ANYWAY, (facts.model, endpoint)
        names = {wire_name(name, schema, documented) for name in fine}
        assert names & documented <= body.keys(), (facts.model, endpoint)
        if facts.both_schemas and endpoint == CHAT:
            fine.pop("thinking")  # which keeps the call in Claude's schema
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            ask(facts, endpoint, "raise", fine)
        for name in SETTINGS.keys() - fine.keys() - {"thinking"}:
            alike = (name, schema, endpoint, facts.tool_choices, facts.response_formats)
            if alike not in seen:
                seen.add(alike)
                more = {"tools": [TOOL]} if "tool_c" in name else {}
                with pytest.raises(ConfigurationError):
                    ask(facts, endpoint, "raise", {name: SETTINGS[name], **more})


# --- what LangChain adds by itself
@pytest.mark.parametrize("model", [GPT, OLD_CLAUDE, NEW_CLAUDE, "openai/gpt-5-4"])
def test_structured_answers_and_tools_that_a_model_documents_trigger_no_warning(model: str) -> None:
    llm = ChatAIMLAPI(model, unsupported="raise", **answers(["{}"] * 3))
    chain = llm.with_structured_output({**SCHEMA, "title": "A"}, include_raw=True)
    assert chain.invoke("Hi")
    assert llm.bind_tools([TOOL], tool_choice="any").invoke("Hi")
    assert list(llm.bind_tools([TOOL], parallel_tool_calls=False).stream("Hi"))
