"""Efforts that are documented, or that the service was seen to take, go out without a warning."""

from __future__ import annotations

import pytest
from sent import Json, Service

EFFORTS = [
    ("openai/gpt-6-sol", "none"),
    ("anthropic/claude-opus-4.8", "xhigh"),
    ("anthropic/claude-sonnet-5.5", "max"),
    ("google/gemini-3-6-flash", "minimal"),
    ("openai/gpt-5.1-codex", "xhigh"),  # of /responses, whose documents name no values
    ("vendor/model-of-next-year", "newest"),
]


@pytest.mark.parametrize(("model", "effort"), EFFORTS)
def test_an_effort_that_is_taken_is_sent_without_a_warning(model: str, effort: str) -> None:
    service = Service()
    body = service.asked(service.model(model, reasoning_effort=effort))
    assert effort in {body.get("reasoning_effort"), body.get("reasoning", {}).get("effort")}


@pytest.mark.parametrize(
    ("model", "effort"),
    [("google/gemini-3.7-flash", "none"), ("openai/gpt-5.5-pro", "xhigh")],
)
def test_an_effort_that_is_refused_warns(model: str, effort: str) -> None:
    service = Service()
    with pytest.warns(UserWarning, match=rf"reasoning_effort='{effort}' is outside what {model}"):
        service.asked(service.model(model, reasoning_effort=effort))


ON_MESSAGES = [
    ("anthropic/claude-sonnet-5.5", {}, {"output_config": {"effort": "xhigh"}}),
    ("anthropic/claude-of-next-year", {}, {"output_config": {"effort": "xhigh"}}),
    ("anthropic/claude-opus-4.7", {}, {"reasoning_effort": "xhigh"}),  # not documented there
    (
        "anthropic/claude-sonnet-5.5",
        {"output_config": {"effort": "low", "more": 1}},
        {"output_config": {"effort": "low", "more": 1}},
    ),
]


@pytest.mark.filterwarnings("ignore:anthropic/claude-opus-4.7 documents no reasoning_effort")
@pytest.mark.parametrize(("model", "call", "sent"), ON_MESSAGES)
def test_on_messages_an_effort_has_the_name_of_its_documents(
    model: str, call: Json, sent: Json
) -> None:
    service = Service()
    claude = service.model(model, endpoint="messages", reasoning_effort="xhigh")
    body = service.asked(claude, **call)
    names = ("reasoning_effort", "output_config")
    assert {name: body[name] for name in names if name in body} == sent
