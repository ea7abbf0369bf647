"""Every row of MIGRATION.md is so: of the class, of its errors, of an answer's metadata."""

from __future__ import annotations

import importlib
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from emulator.server import serve
from langchain_core import exceptions as core
from pages import QUOTED, at
from pages import table as table_of

from langchain_aimlapi import ChatAIMLAPI, errors
from langchain_aimlapi.testing import Answer, Failure, answers

if TYPE_CHECKING:
    from collections.abc import Iterator

    from langchain_core.messages import AIMessage

ROOT = Path(__file__).parents[2]
KEY = "sk-of-some-length"
NAMED = re.compile(r"`(\w+)`(?: \([^()]*\))?(?: \*(refused|passed on)\*)?")
# What a parameter is set to, where its type is no number.
VALUES: dict[str, Any] = {
    "model": "openai/gpt-4o",
    "api_key": KEY,
    "base_url": "https://example.com/v1",
    "default_headers": {"x-mine": "1"},
    "http_client": httpx.Client(),
    "http_async_client": httpx.AsyncClient(),
    "stop": ["END"],
    "logit_bias": {"5": 1.0},
    "reasoning_effort": "low",
    "reasoning": {"effort": "low"},
    "thinking": {"type": "disabled"},
    "output_version": "v1",
    "extra_body": {"a": 1},
    "model_kwargs": {"a": 1},
    **dict.fromkeys(("streaming", "stream_usage", "logprobs", "include_response_headers"), True),
    "use_previous_response_id": True,
}


def table(heading: str) -> list[list[str]]:
    return table_of("MIGRATION.md", heading)


def parameters() -> Iterator[tuple[str, str, str]]:
    """Yield the field here, a name elsewhere, and what becomes of it."""
    for here, *elsewhere in table("Parameters"):
        found = QUOTED.search(here)
        field = found[1].partition("=")[0] if found else ""
        for cell in elsewhere:
            marked = NAMED.findall(cell)
            assert len(marked) == len(QUOTED.findall(cell)), cell  # each name is understood
            for name, mark in marked:
                yield field, name, mark


def test_there_are_tables_to_check() -> None:
    assert len(table("Parameters")) > 30
    assert len(set(parameters())) > 60
    assert len(table("Errors")) > 15
    assert len(table("Metadata")) > 10


# --- classes and functions ---


@pytest.mark.parametrize("row", table("Classes and functions"), ids=lambda row: row[0])
def test_a_name_here_can_be_imported(row: list[str]) -> None:
    module, _, name = row[1].strip("`").rpartition(".")
    assert callable(getattr(importlib.import_module(module), name))


# --- parameters ---


@pytest.mark.parametrize("row", table("Parameters"), ids=lambda row: row[0])
def test_a_parameter_here_is_a_field(row: list[str]) -> None:
    found = QUOTED.search(row[0])
    if found:
        assert found[1].partition("=")[0] in ChatAIMLAPI.model_fields
    else:
        assert row[0] == "nothing: leave it out"


@pytest.mark.parametrize(("field", "name", "mark"), sorted(set(parameters())))
def test_a_name_from_elsewhere_does_what_the_table_says(field: str, name: str, mark: str) -> None:
    given = {"model": "openai/gpt-4o", "api_key": KEY}
    value = VALUES.get(field, 1)
    if mark == "refused":
        with pytest.raises(errors.ConfigurationError, match=rf"{name} \(did you mean {field}\?\)"):
            ChatAIMLAPI(**given, **{name: value})
    elif mark == "passed on":
        with pytest.warns(UserWarning, match=rf"{name}.*: no parameter of ChatAIMLAPI; passed on"):
            model = ChatAIMLAPI(**given, **{name: value})
        assert model.model_kwargs == {name: value}
    else:
        model = ChatAIMLAPI(**{k: v for k, v in given.items() if k != field} | {name: value})
        assert field in model.model_fields_set
        kept = getattr(model, field)
        assert (kept.get_secret_value() if field == "api_key" else kept) == value


# --- errors ---

TOO_LONG = "This model's maximum context length is 8192 tokens."
OTHERS: dict[str, Answer | Failure | Exception] = {
    "400, the conversation is too long": Failure(400, TOO_LONG),
    "403, no credits": Failure(403, "Insufficient credits"),
    "no connection": httpx.ConnectError("refused"),
    "a deadline passed": httpx.ReadTimeout("late"),
    "a stream breaks off": Answer(["Hel"], then=httpx.ReadError("gone")),
}


@pytest.mark.parametrize("row", table("Errors"), ids=lambda row: row[0])
def test_an_error_is_of_the_class_that_the_table_names(
    row: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    when, here, langchains = row[:3]
    expected = getattr(errors, here.strip("`"))
    assert issubclass(expected, getattr(core, langchains.strip("`")))
    if when == "no key":
        monkeypatch.delenv("AIMLAPI_API_KEY", raising=False)
        with pytest.raises(expected):
            ChatAIMLAPI(model="openai/gpt-4o")
        return
    step = OTHERS[when] if when in OTHERS else Failure(int(when), "No.")
    model = ChatAIMLAPI(model="openai/gpt-4o", max_retries=0, **answers([step]))
    with pytest.raises(expected) as caught:
        list(model.stream("Hi"))
    assert type(caught.value) is expected


# --- metadata ---


@pytest.fixture(scope="module")
def emulated() -> Iterator[list[AIMessage]]:
    """What models of some vendors answer."""
    asked: list[dict[str, Any]] = [
        {"model": "openai/gpt-4o", "logprobs": True, "include_response_headers": True},
        {
            "model": "anthropic/claude-sonnet-4",
            "max_tokens": 4096,
            "thinking": {"type": "enabled", "budget_tokens": 1024},
        },
    ]
    with serve() as emulator:
        settings = {"api_key": "sk-emulator", "base_url": emulator.base_url}
        yield [ChatAIMLAPI(**settings, **more).invoke("Hi") for more in asked]


@pytest.mark.parametrize("row", table("Metadata"), ids=lambda row: row[0])
def test_metadata_is_where_the_table_says(row: list[str], emulated: list[AIMessage]) -> None:
    path = QUOTED.findall(row[1])[0]
    attribute, *keys = re.findall(r"\w+", path)
    found = [at(getattr(answer, attribute), keys) for answer in emulated]
    assert any(value not in (None, "", {}, []) for value in found), path
    if row[0] == "reasoning":
        kinds = {block["type"] for answer in emulated for block in answer.content_blocks}
        assert "reasoning" in kinds
    if row[0] == "why it ended":
        assert at(emulated[0].response_metadata, ["finish_reason"]) in QUOTED.findall(row[1])


# --- 0.1, and the page itself ---


def test_the_names_of_0_1_are_the_classes_of_today() -> None:
    import langchain_aimlapi  # noqa: PLC0415  # its names are under test
    from langchain_aimlapi import chat_models  # noqa: PLC0415  # the same

    assert langchain_aimlapi.ChatAimlapi is ChatAIMLAPI
    assert chat_models.ChatAimlapi is ChatAIMLAPI
    assert langchain_aimlapi.AimlapiEmbeddings is langchain_aimlapi.AIMLAPIEmbeddings
    for gone in ("AimlapiLLM", "AimlapiImageModel", "AimlapiVideoModel", "AIMLAPI_HEADERS"):
        assert not hasattr(langchain_aimlapi, gone)
