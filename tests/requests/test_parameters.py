"""Parameters: sent under their names on the wire, as they are, and no others."""

from __future__ import annotations

import warnings
from itertools import repeat
from typing import Any

import pytest
import sent
from langchain_core.caches import InMemoryCache
from langchain_core.messages import SystemMessage
from pydantic import SecretStr
from sent import GPT, OLD_CLAUDE, ROUTES, UNKNOWN, Json, Service

from langchain_aimlapi import ChatAIMLAPI
from langchain_aimlapi.testing import answers

USER = {"role": "user", "content": "Hi"}
LIMITS: Json = {"temperature": 0.2, "top_p": 0.9, "max_tokens": 64}
ENCRYPTED = "reasoning.encrypted_content"
META: Json = {"request_metadata": {"k": "v"}, "provider_routing": {"p": 1}}


def test_nothing_is_sent_that_was_not_set() -> None:
    for route, settings in ROUTES.items():
        body = sent.body(route, "Hi")
        turns = body.pop("input" if route == "responses" else "messages")
        assert (body.pop("model"), turns) == (settings["model"], [USER])
        assert body == ({"include": [ENCRYPTED]} if route == "responses" else {})


SENT_META = {"metadata": {"k": "v"}, "provider": {"p": 1}}
THINKING = {"type": "adaptive", "display": "summarized"}
BODIES: dict[str, tuple[Json, Json]] = {
    # route: arguments of a call, and what is sent of them beside model and messages
    "chat": ({"stop": ["END"], "seed": 1, **LIMITS}, {"stop": ["END"], "seed": 1, **LIMITS}),
    **dict.fromkeys(
        ("claude", "messages"),
        (
            {"stop": ["END"], "top_k": 5, "thinking": THINKING, **LIMITS},
            {"stop_sequences": ["END"], "top_k": 5, "thinking": THINKING, **LIMITS},
        ),
    ),
    "responses": (
        {
            "max_tokens": 64,
            "reasoning_effort": "low",
            "temperature": 0,
            "store": False,
            "instructions": "Be.",
            "extra_body": {"service_tier": "flex"},
        },
        {
            "max_output_tokens": 64,
            "reasoning": {"effort": "low"},
            "temperature": 0,
            "store": False,
            "instructions": "Be.",
            "service_tier": "flex",
            "include": [ENCRYPTED],
        },
    ),
}


@pytest.mark.filterwarnings("ignore:.* documents no (request_metadata|provider_routing|top_k)")
@pytest.mark.filterwarnings("ignore:.* documents no (temperature|top_p) on messages")
@pytest.mark.parametrize("route", BODIES)
def test_a_body_has_the_names_of_its_endpoint(route: str) -> None:
    given, expected = BODIES[route]
    body = sent.body(route, SystemMessage("Be."), "Hi", **given, **META)
    assert body.pop("messages" if "messages" in body else "input")[-1] == USER
    if "claude" in body["model"]:
        assert body.pop("system") == "Be."
    assert body == {"model": ROUTES[route]["model"], **expected, **SENT_META}


NUMBERS = ("temperature", "top_p", "min_p", "top_a", "frequency_penalty", "presence_penalty")
PARAMETERS: Json = {
    **dict.fromkeys((*NUMBERS, "repetition_penalty"), 0.5),
    **dict.fromkeys(("max_tokens", "top_k", "seed", "n", "top_logprobs"), 2),
    "logit_bias": {"1": 2.0},
    "logprobs": True,
    "reasoning_effort": "low",
    "reasoning": {"effort": "low"},
    "thinking": {"type": "disabled"},
    "modalities": ["text"],
    "audio": {"voice": "alloy"},
    "prediction": {"type": "content", "content": "x"},
    "web_search_options": {},
    "user": "u",
}


def test_every_parameter_is_sent_from_the_model_and_from_the_call() -> None:
    for schema in ("openai", "anthropic"):
        service = Service()
        model = service.model(UNKNOWN, request_schema=schema, **PARAMETERS)
        assert PARAMETERS.items() <= service.asked(model).items()
        body = service.asked(service.model(UNKNOWN), request_schema=schema, **PARAMETERS)
        assert PARAMETERS.items() <= body.items()


def test_parameters_of_a_vendor_pass_as_they_are_and_the_extra_body_counts_last() -> None:
    vendor = {"enable_thinking": True, "search_domain_filter": ["a.com"], "echo": False}
    assert vendor.items() <= sent.body(UNKNOWN, **vendor).items()
    for route in ROUTES:
        body = sent.body(
            route, temperature=0.1, extra_body={"temperature": 0.7, "x": 1, "model": "y"}
        )
        assert (body["temperature"], body["x"], body["model"]) == (0.7, 1, "y")


ECHO = "deepseek/deepseek-r1"
"""It documents `echo`."""


def test_an_argument_of_the_call_wins_and_none_unsets() -> None:
    service = Service()
    model = service.model(ECHO, temperature=0.5, stop=["a"], model_kwargs={"echo": True})
    body = service.asked(model, temperature=0.1, stop=["b"], echo=False, model=UNKNOWN)
    assert (body["temperature"], body["stop"], body["echo"]) == (0.1, ["b"], False)
    assert body["model"] == UNKNOWN
    unset = service.asked(model, temperature=None, stop_sequences="c")
    assert "temperature" not in unset
    assert unset["stop"] == ["c"]


# --- reasoning and stops on /responses
EFFORTS: list[tuple[Json, Json]] = [
    ({"reasoning": {"summary": "auto"}}, {"effort": "high", "summary": "auto"}),
    ({"reasoning": {"effort": "low"}}, {"effort": "low"}),
    ({"reasoning": None}, {"effort": "high"}),
]


def test_names_of_responses() -> None:
    for given, expected in EFFORTS:
        assert sent.body("responses", **given, reasoning_effort="high")["reasoning"] == expected
    assert sent.body("responses", max_completion_tokens=64)["max_output_tokens"] == 64
    with pytest.warns(UserWarning, match=r"has no stop sequences: \['END'\] are left out"):
        assert "stop" not in sent.body("responses", stop=["END"])


INCLUDED: list[tuple[str, Json, Any]] = [
    ("responses", {}, [ENCRYPTED]),
    ("responses", {"include": ["x"]}, ["x", ENCRYPTED]),
    ("responses", {"include": [ENCRYPTED]}, [ENCRYPTED]),
    ("responses", {"include": []}, []),
    ("responses", {"store": True}, None),
    ("openai/gpt-5-pro", {}, None),  # documents no `include`
    ("openai/gpt-4o", {"endpoint": "responses"}, None),  # nor reasoning
    (UNKNOWN, {"endpoint": "responses"}, None),
]


@pytest.mark.parametrize(("route", "settings", "included"), INCLUDED)
def test_sealed_reasoning_is_asked_for_where_it_can_go_back(
    route: str, settings: Json, included: Any
) -> None:
    assert sent.body(route, **settings).get("include") == included


# --- streams
def streamed(route: str, **settings: Any) -> Json:
    service = Service()
    with pytest.raises(Exception, match="seen"):
        list(service.model(route).stream("Hi", **settings))
    body = service.body
    assert body.pop("stream") is True
    return body


def test_a_stream_of_chat_completions_asks_for_usage_where_that_is_documented() -> None:
    usage = {"include_usage": True}
    for model, options in ((GPT, usage), (UNKNOWN, usage), ("gemini-1.5-pro", None)):
        assert streamed(model).get("stream_options") == options
    assert "stream_options" not in streamed(GPT, stream_usage=False)
    assert "stream" not in sent.body(GPT)


@pytest.mark.parametrize("route", ["claude", "messages", "responses"])
def test_other_streams_report_usage_unasked(route: str) -> None:
    assert streamed(route) == sent.body(route)


# --- ranges
RANGES: list[tuple[str, Json, str]] = [
    (OLD_CLAUDE, {"temperature": 1.5}, "claude-sonnet-4 documents (0 to 1). It is sent as it is."),
    (OLD_CLAUDE, {"temperature": 1, "top_k": 40}, ""),
    (OLD_CLAUDE, {"temperature": 1.5, "request_schema": "openai"}, ""),  # another schema's limits
    ("messages", {"temperature": 1.5}, "(0 to 1)"),
    ("messages", {"top_k": -1}, "(at least 0)"),
    ("responses", {"max_tokens": 15}, "(at least 16)"),
    ("responses", {"max_tokens": 16}, ""),
    (GPT, {"temperature": 2}, ""),
    (GPT, {"temperature": 2.5}, "(0 to 2)"),
    (GPT, {"temperature": -0.5}, "(0 to 2)"),
    (UNKNOWN, {"temperature": 9}, ""),
    ("ai21/jamba-large-1.7", {"reasoning_effort": "odd"}, "(one of low, medium, high)"),
    ("ai21/jamba-large-1.7", {"reasoning_effort": "low"}, ""),
    ("MiniMax-Text-01", {"top_p": 0}, "(0.01 to 1)"),
]


@pytest.mark.parametrize(("route", "settings", "said"), RANGES)
def test_a_value_outside_of_its_range_warns_and_is_sent(
    route: str, settings: Json, said: str
) -> None:
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        body = sent.body(route, **settings)
    given = {name: value for name, value in settings.items() if name != "request_schema"}
    assert set(given.values()) <= {value for value in body.values() if not isinstance(value, list)}
    assert [said in str(warning.message) for warning in caught] == ([True] if said else [])
    assert all(warning.filename.endswith("sent.py") for warning in caught)


# --- what is the same answer
@pytest.mark.filterwarnings("ignore:deepseek/deepseek-r1 documents no")
def test_the_cache_of_answers_goes_by_what_an_answer_depends_on() -> None:
    script = answers(repeat("Hi!"))
    model = ChatAIMLAPI(ECHO, cache=InMemoryCache(), model_kwargs={"echo": True}, **script)
    same: list[Json] = [
        *({}, {"timeout": 5.0}, {"max_retries": 4}, {"client_request_id": "run-1"}),
        *({"stream_chunk_timeout": 1.0}, {"max_answer_bytes": 4096}),
    ]
    for settings in same:
        model.invoke("Hi", **settings)
        model.model_copy(update=settings).invoke("Hi")
    model.model_copy(update={"api_key": SecretStr("sk-another")}).invoke("Hi")
    assert len(script.requests) == 1
    others: list[Json] = [
        *({"temperature": 1}, {"stop": ["a"]}, {"endpoint": "chat/completions"}, {"seed": 1}),
        *({"tools": [{"name": "f"}]}, {"model": UNKNOWN}),
    ]
    for number, settings in enumerate(others):
        model.invoke("Hi", **settings)
        model.invoke("Hi", **settings)
        assert len(script.requests) == 2 + number, settings
    model.temperature = 0.5
    model.invoke("Hi")
    model.model_kwargs["echo"] = False
    model.invoke("Hi")
    model.model_copy(update={"base_url": "https://gateway.test/v1"}).invoke("Hi")
    assert len(script.requests) == 10
    model.temperature, model.model_kwargs["echo"] = None, True
    model.invoke("Hi")
    assert len(script.requests) == 10
