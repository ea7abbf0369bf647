"""What a type checker says of users' own code: right where the package takes it, else wrong."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any, get_type_hints

import pytest
from typed_program import right, right_embeddings

from langchain_aimlapi import AIMLAPIEmbeddings, ChatAIMLAPI

# No user sees these tables but through a type checker; here they are held against the fields.
from langchain_aimlapi._model.arguments import argument_names
from langchain_aimlapi._model.fields import ChatArguments
from langchain_aimlapi.embeddings import EmbeddingsArguments

PROGRAMS = [
    Path(__file__).with_name(name) for name in ("typed_program.py", "typed_structured_output.py")
]
ROOT = Path(__file__).parents[2]
Places = set[tuple[str, int]]


def wrong_lines() -> Places:
    return {
        (program.name, number)
        for program in PROGRAMS
        for number, line in enumerate(program.read_text(encoding="utf-8").splitlines(), 1)
        if line.endswith("# wrong")
    }


def run(*command: str) -> str:
    ran = subprocess.run(  # noqa: S603  # a type checker of this environment
        [sys.executable, "-m", *command, *map(str, PROGRAMS)],
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
    )
    return ran.stdout


def found_by_mypy() -> Places:
    # As a user calls it: without the settings of this project. The cache saves a quarter of a
    # minute from the second run on.
    cache = ROOT / ".mypy_cache" / "of_users"
    said = run(
        *("mypy", "--strict", "--config-file=", "--cache-dir", str(cache)), *("--output", "json")
    )
    found = [json.loads(line) for line in said.splitlines() if line.startswith("{")]
    return {(Path(each["file"]).name, each["line"]) for each in found}


def found_by_pyright() -> Places:
    said = run("basedpyright", "--outputjson", "--pythonpath", sys.executable)
    found = json.loads(said)["generalDiagnostics"]
    return {
        (Path(each["file"]).name, each["range"]["start"]["line"] + 1)
        for each in found
        if each["severity"] == "error"
    }


@pytest.mark.parametrize("found", [found_by_mypy, found_by_pyright])
def test_only_the_mistakes_of_a_users_program_are_errors(found: Any) -> None:
    assert found() == wrong_lines()


def test_what_type_checkers_take_is_taken() -> None:
    assert {model.model for model in right()} == {"openai/gpt-4o", "anthropic/claude-sonnet-4"}
    assert {model.model for model in right_embeddings()} == {"text-embedding-3-small"}


@pytest.mark.parametrize(
    ("table", "kind"), [(ChatArguments, ChatAIMLAPI), (EmbeddingsArguments, AIMLAPIEmbeddings)]
)
def test_each_argument_has_a_type_for_type_checkers(table: Any, kind: Any) -> None:
    assert {*table.__annotations__, "model", "model_name"} == argument_names(kind)


@pytest.mark.parametrize("method", ["with_structured_output", "bind_tools"])
def test_type_hints_can_be_read_at_run_time(method: str) -> None:
    assert "return" in get_type_hints(getattr(ChatAIMLAPI, method))
