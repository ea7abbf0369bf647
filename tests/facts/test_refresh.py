"""The packaged facts, written again with what the live catalogue says."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from private import models_of

from facts import __main__ as tool
from facts import generate
from langchain_aimlapi import profiles
from langchain_aimlapi.data.tables import tables  # cached, and the fixture changes what it reads
from langchain_aimlapi.errors import AuthenticationError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from emulator.server import Emulator


ROOT = Path(__file__).parents[2]
FACTS = {
    "request_schema": "openai",
    "endpoints": ["chat/completions"],
    "parameters": ["max_tokens", "temperature"],
    "parts_by_role": {"user": ["string", "text"]},
    "limits": {"temperature": {"maximum": 2, "minimum": 0}},
    "parameters_of": {},
    "response_formats": [],
    "tool_choices": [],
    "responses_tools": [],
    "published_limits": {},
    "context": 1000,
    "deprecated": False,
    "accepts_openai_messages": False,
    "also_documented_as": False,
    "assistant_fields": [],
    "catalogued": False,
    "retired": False,
    "name": "One",
    "developer": "A",
    "aliases": [],
    "replaced_by": "",
    "shutdown_at": "",
}


def item(id_: str, *aliases: str, **info: Any) -> dict[str, Any]:
    return {"id": id_, "aliases": list(aliases), "info": {"name": "One", "developer": "A", **info}}


def test_the_packaged_tables_are_read_back_and_written_the_same() -> None:
    facts, spellings = generate.packaged()
    assert len(facts) > 500
    assert generate.render(facts, spellings) == generate.TABLES.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("items", "changes"),
    [
        ([item("a/one")], {}),
        ([item("a/one", contextLength=2000)], {"changed": ["a/one"]}),
        ([item("a/one", name="Two")], {"changed": ["a/one"]}),
        ([item("a/one", "one-latest")], {"changed": ["a/one"]}),
        ([item("a/first", "a/one", name=None)], {"changed": ["a/one"]}),
        ([item("a/one"), item("b/two")], {"added": ["b/two"]}),
        ([], {"retired": ["a/one"]}),
    ],
)
def test_what_is_different_is_reported(items: list[Any], changes: dict[str, list[str]]) -> None:
    after, found = generate.merged({"a/one": FACTS}, models_of(*items))
    assert {what: names for what, names in found.items() if names} == changes
    again, nothing = generate.merged(after, models_of(*items))
    assert not any(nothing.values())
    assert generate.render(again) == generate.render(after)


def test_a_retired_model_can_come_back() -> None:
    retired, _ = generate.merged({"a/one": FACTS}, [])
    back, changes = generate.merged(retired, models_of(item("a/one")))
    assert changes["back"] == ["a/one"]
    assert back["a/one"] == FACTS


@pytest.fixture
def refreshed(
    emulator: Emulator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Path]:
    """The tables after a refresh from the emulator, which knows one model without a document."""
    path = tmp_path / "_profiles.py"
    monkeypatch.setattr(tool, "list_models", _and_one_more(tool.list_models))
    assert tool.main(["--output", str(path), "refresh", "--base-url", emulator.base_url]) == 0
    written: dict[str, Any] = {}
    exec(path.read_text(encoding="utf-8"), written)  # noqa: S102  # what we just wrote
    for table in ("MODELS", "WORDS", "PARTS", "LIMITS", "ENDPOINTS", "SPELLINGS"):
        monkeypatch.setattr(f"langchain_aimlapi.data._profiles.{table}", written[table])
    _forget()
    yield path
    monkeypatch.undo()
    _forget()


def _forget() -> None:
    tables.cache_clear()
    profiles.facts_for.cache_clear()


def _and_one_more(list_models: Any) -> Any:
    new = {
        **item("vendor/brand-new", "brand-new", contextLength=5000),
        "capabilities": ["streaming", "tools"],
        "modalities": {"input": ["text", "image"], "output": ["text"]},
    }
    return lambda **asking: [*list_models(**asking), *models_of(new)]


def test_a_refresh_tells_what_it_did_and_a_second_one_changes_nothing(
    capsys: pytest.CaptureFixture[str], refreshed: Path, emulator: Emulator
) -> None:
    before = refreshed.read_bytes()
    first = capsys.readouterr().out.splitlines()
    assert first[0] == "1 added: vendor/brand-new"
    counted = [line.split(":")[0].split(" ")[1] for line in first]
    assert counted == ["added", "changed", "retired", "back"]
    tool.main(["--output", str(refreshed), "refresh", "--base-url", emulator.base_url])
    assert capsys.readouterr().out == "0 added\n0 changed\n0 retired\n0 back\n"
    assert refreshed.read_bytes() == before


def test_a_refresh_adds_to_what_the_documents_say(refreshed: Path) -> None:
    facts = profiles.facts_for("brand-new")
    assert (facts.known, facts.request_schema, facts.takes("anything")) == (False, "openai", True)
    profile = profiles.profile_for("vendor/brand-new")
    assert profile is not None
    assert profile["max_input_tokens"] == 5000
    assert (profile["image_inputs"], profile["audio_inputs"]) == (True, False)
    assert (profile["tool_calling"], profile["structured_output"]) == (True, False)
    documented = profiles.facts_for("openai/gpt-4o")
    assert documented.context == 128_000  # the catalogue's; the documents name none
    assert "logit_bias" in documented.parameters
    assert profiles.facts_for("MiniMax-Text-01").deprecated  # it is listed no more


@pytest.mark.parametrize(
    ("hostile", "names"),
    [
        (item('b/"""'), []),
        (item("b/two\u2028x"), []),
        (item("b/two", "ok", "no good", "a|b", "x\ny"), ["b/two"]),
        (item("b/two", name='A "b" | \\ c\x1cd\r\ne', contextLength="1|2"), ["b/two"]),
    ],
)
def test_what_a_server_sends_stays_data_in_the_tables(hostile: Any, names: list[str]) -> None:
    after, found = generate.merged({"a/one": FACTS}, models_of(item("a/one"), hostile))
    assert found["added"] == names
    source = generate.render(after)
    written: dict[str, Any] = {}
    exec(source, written)  # noqa: S102  # what we just wrote
    assert len(written["MODELS"].strip().splitlines()) == 1 + len(names)
    for name in names:
        assert after[name]["aliases"] == (["ok"] if "ok" in hostile["aliases"] else [])
        assert after[name]["name"] in {"One", "A b c d e"}


@pytest.mark.parametrize(
    ("listed", "message"),
    [([], "lists no models"), (AuthenticationError("Who?", status_code=401), "Who?")],
)
def test_a_refresh_that_fails_writes_nothing(
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    listed: Any,
    message: str,
) -> None:
    def list_models(**_: Any) -> Any:
        if isinstance(listed, Exception):
            raise listed
        return listed

    monkeypatch.setattr(tool, "list_models", list_models)
    path = tmp_path / "_profiles.py"
    assert tool.main(["--output", str(path), "refresh"]) == 1
    assert message in capsys.readouterr().err
    assert not path.exists()
