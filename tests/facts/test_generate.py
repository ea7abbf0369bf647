"""The text tables that facts are written as."""

from __future__ import annotations

import pytest

from facts import generate

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
    assert len(namespace["WORDS"].strip().splitlines()) == 1
    cells = [row.split("|") for row in rows]
    assert cells[0][12] == "obr"
    assert cells[1][9:] == ["1000", "", "", "d", "Bee", "Vendor", "b", "", ""]


def test_what_replaces_a_model_is_written_and_a_spelling_needs_its_model() -> None:
    row = {"replaced_by": "vendor/c", "shutdown_at": "2026-08-10", "status": "withdrawn"}
    facts = generate.with_retirements(FACTS, {"vendor/b": row, "vendor/other": row})
    source = generate.render(facts, {"vendor/B": "vendor/b"})
    assert "|Bee|Vendor|b|vendor/c|2026-08-10\n" in source
    assert source.endswith('\nSPELLINGS = r"""\nvendor/B vendor/b\n"""\n')
    with pytest.raises(ValueError, match="vendor/z"):
        generate.render(FACTS, {"vendor/Z": "vendor/z"})


def test_a_separator_inside_a_fact_is_refused() -> None:
    facts = {"vendor/x": {**FACTS["vendor/b"], "name": "A|B"}}
    with pytest.raises(ValueError, match="vendor/x"):
        generate.render(facts)
