"""An id finds the facts of its model however it is written, and never those of another model."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

import httpx
import pytest

from langchain_aimlapi import ChatAIMLAPI
from langchain_aimlapi.data import _profiles  # the generated table, to walk all of it
from langchain_aimlapi.data.spellings import find_spelling
from langchain_aimlapi.profiles import facts_for, known_models, profile_for

SPELLINGS = dict(line.split() for line in _profiles.SPELLINGS.strip().splitlines())
"""Other spelling of an id, id."""


def canonical(model: str) -> str:
    return SPELLINGS.get(model, model)


@pytest.mark.parametrize(
    ("written", "documented"),
    [
        ("claude-sonnet-5.5", "anthropic/claude-sonnet-5-5"),
        ("Anthropic/Claude-Sonnet-4.5", "anthropic/claude-sonnet-4.5"),
        ("anthropic/claude-sonnet-5-20260630", "anthropic/claude-sonnet-5"),
        ("openai/gpt-5.1-codex", "openai/gpt-5-1-codex"),
        ("gpt-6-luna-2026-10-01", "openai/gpt-6-luna"),
        ("xai/grok-4.7", "x-ai/grok-4.7"),
        ("Kimi-K3", "moonshotai/kimi-k3"),
    ],
)
def test_another_spelling_has_the_facts_of_its_model(written: str, documented: str) -> None:
    found, wanted = facts_for(written), facts_for(documented)
    assert found.known
    assert found.model == written
    same = ("endpoints", "parameters", "parts_by_role", "limits", "request_schema", "name")
    for field in same:
        assert getattr(found, field) == getattr(wanted, field)
    sizes = [(profile_for(model) or {}).get("max_input_tokens") for model in (written, documented)]
    assert sizes[0] == sizes[1]


@pytest.mark.parametrize(
    "stranger",
    [
        "openai/gpt-4o-2024-11-20",  # other dates are known
        "anthropic/claude-3.5-sonnet-20250101",
        "openai/gpt-6-luna-preview",
        "another/gpt-4o",
        "glm-5.3-turbo",
        "",
    ],
)
def test_another_model_has_none(stranger: str) -> None:
    assert not facts_for(stranger).known


def test_hosts_of_one_name_are_told_apart() -> None:
    assert facts_for("zhipu/glm-5.2").documented_as == "zhipu/glm-5-2"
    assert facts_for("glm-5.2").known is False  # of which host?


def test_every_id_finds_itself() -> None:
    for model in known_models():
        facts = facts_for(model)
        assert (facts.model, facts.documented_as) == (model, None)


def test_every_listed_spelling_finds_its_own_document_or_that_of_its_id() -> None:
    documented = set(known_models())
    for spelling, model in SPELLINGS.items():
        assert model in documented
        assert canonical(model) == model
        found = facts_for(spelling)
        assert found.known
        if spelling not in documented:
            assert found.parameters_of == facts_for(model).parameters_of


def test_no_id_or_spelling_finds_another_model_when_its_own_facts_are_missing() -> None:
    names = {*known_models(), *SPELLINGS}
    found = {name: find_spelling(name, names - {name}) for name in names}
    wrong = {name: other for name, other in found.items() if other and _differ(name, other)}
    assert not wrong
    silent = {name for name in SPELLINGS if find_spelling(name, set(known_models()) - {name})}
    assert len(silent) == len(SPELLINGS) - 7  # which only the table knows


def _differ(name: str, other: str) -> bool:
    return canonical(name) != canonical(other)


def test_a_spelling_without_a_window_has_that_of_the_others() -> None:
    groups: dict[str, set[Any]] = defaultdict(set)
    for model in {*known_models(), *SPELLINGS}:
        groups[canonical(model)].add((profile_for(model) or {}).get("max_input_tokens"))
    assert not {model for model, windows in groups.items() if None in windows and len(windows) > 1}


def test_what_is_sent_is_what_the_user_wrote() -> None:
    sent: list[bytes] = []

    def respond(request: httpx.Request) -> httpx.Response:
        sent.append(request.content)
        return httpx.Response(404, json={"message": "Unknown model"})

    client = httpx.Client(transport=httpx.MockTransport(respond))
    model = ChatAIMLAPI("Claude-Opus-5.5", api_key="k", http_client=client)
    with pytest.raises(Exception, match=r"did you mean anthropic/claude-opus-5-5"):
        model.invoke("Hi")
    assert b'"model":"Claude-Opus-5.5"' in sent[0]
