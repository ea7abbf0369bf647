"""Each row of WORKS_WITH.md names a package that is installed for it and a test that is there."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "WORKS_WITH.md").read_text(encoding="utf-8")
ROWS = [
    [cell.strip() for cell in line.strip("|").split(" | ")]
    for line in PAGE.splitlines()
    if line.startswith("| ") and not line.startswith("| with |")
]
BY_TEST = [row for row in ROWS if "::" in row[-1]]
BY_TARGET = [row for row in ROWS if "::" not in row[-1]]
DECLARED = (ROOT / "pyproject.toml").read_text(encoding="utf-8")


def numbers(version: str) -> list[int]:
    return [int(number) for number in re.findall(r"\d+", version)]


@pytest.mark.parametrize("row", BY_TEST, ids=lambda row: row[-1].strip("`").split("::")[-1])
def test_the_test_of_a_row_is_there(row: list[str]) -> None:
    path, name = row[-1].strip("`").split("::")
    tree = ast.parse((ROOT / path).read_text(encoding="utf-8"))
    assert name in {getattr(node, "name", None) for node in tree.body}


@pytest.mark.parametrize("row", BY_TARGET, ids=lambda row: row[1])
def test_the_target_of_a_row_is_there(row: list[str]) -> None:
    target = row[-1].strip("`").removeprefix("make ")
    assert re.search(rf"^{target}:", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)


@pytest.mark.parametrize("row", BY_TEST, ids=lambda row: row[0])
def test_the_version_of_a_row_is_in_the_range_that_is_installed(row: list[str]) -> None:
    for package, version in zip(row[0].split(", "), row[1].split(", "), strict=True):
        name = package.partition(":")[0]
        ranges = re.findall(rf'"{name}(?:\[\w+\])?(?:(>=|==)([\w.]+))?(?:,<([\w.]+))?"', DECLARED)
        if name == "langsmith":  # comes with langchain-core
            continue
        assert ranges, f"{name} is in no group"
        for sign, floor, limit in ranges:
            assert not floor or numbers(version) >= numbers(floor)
            assert sign != "==" or version == floor
            assert not limit or numbers(version) < numbers(limit)


def test_versions_of_python_are_those_of_the_metadata_and_of_ci() -> None:
    listed = {
        ".".join(version.split(".")[:2])
        for row in BY_TARGET
        if row[0] == "Python"
        for version in row[1].split(", ")
    }
    assert listed == set(re.findall(r"Python :: (3\.\d+)", DECLARED))
    ci = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    assert f'pythons="{" ".join(sorted(listed))}"' in ci
