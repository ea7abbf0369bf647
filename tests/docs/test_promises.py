"""Each sentence of the README and the files beside it is kept by a test that is there.

`promises.txt` has the sentences, table rows and commands of each file, and below each the tests
that fail if it is no longer so. A sentence that promises nothing has a line that begins with
`none:` and says why. Python code between the sentences is run by `test_snippets.py`.
"""

from __future__ import annotations

import ast
import functools
import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[2]
PROMISES = Path(__file__).with_name("promises.txt")
PAGES = (
    "README.md",
    "ENDPOINTS.md",
    "ERRORS.md",
    "TESTING.md",
    "COSTS.md",
    "MODELS.md",
    "FEATURES.md",
    "MIGRATION.md",
    "WORKS_WITH.md",
    "examples/README.md",
)
BY_TABLE = {"FEATURES.md", "MIGRATION.md", "WORKS_WITH.md"}
"""Tests of their own read the rows of these; here they count with their sentences only."""

FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
COMMENT = re.compile(r"\s+# .*")
END = re.compile(r"(?<=[.!?])\s+(?=[A-Z`\[*\"])")
LINK = re.compile(r"\]\(([^)]+)\)")


def sentences(text: str, *, rows: bool = True) -> Iterator[str]:
    """Yield what a page says, one sentence, table row or command at a time."""
    for block in re.split(r"\n\s*\n|\n(?=- |#)", FENCE.sub(commands, text)):
        lines = [line.strip() for line in block.strip().splitlines()]
        if not lines or lines[0].startswith("#"):
            continue
        if lines[0].startswith("|"):
            if rows:
                yield from lines[2:]
        elif lines[0].startswith("$ "):
            yield from lines
        else:
            yield from END.split(" ".join(lines).removeprefix("- "))


def commands(fence: re.Match[str]) -> str:
    """Return the commands of a fenced block as paragraphs; Python runs elsewhere."""
    if fence[1] != "sh":
        return ""
    lines = [COMMENT.sub("", line) for line in fence[2].splitlines()]
    return "\n\n" + "\n".join(f"$ {line}" for line in lines) + "\n\n"


def promises() -> dict[str, dict[str, list[str]]]:
    """Read `promises.txt`: page, sentence, and the lines below it."""
    found: dict[str, dict[str, list[str]]] = {}
    kept: list[str] = []
    for line in PROMISES.read_text(encoding="utf-8").splitlines():
        if line.startswith("# "):
            page = found[line.removeprefix("# ")] = {}
        elif line.startswith("    "):
            kept.append(line.strip())
        elif line:
            assert line not in page, f"twice in promises.txt: {line}"
            kept = page[line] = []
    return found


@functools.cache
def names(path: Path) -> frozenset[str]:
    """Return the names of the tests and the classes of tests in a file."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return frozenset(
        node.name
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
        and node.name.lower().startswith("test")
    )


@pytest.mark.parametrize("page", PAGES)
def test_every_sentence_is_kept_by_a_test_that_is_there(page: str) -> None:
    text = (ROOT / page).read_text(encoding="utf-8")
    kept = promises()[page]
    assert [one for one in sentences(text, rows=page not in BY_TABLE) if one not in kept] == []
    for sentence, by in kept.items():
        assert by, f"no test keeps: {sentence}"
        for test in by:
            if not test.startswith("none: "):
                path, _, name = test.partition("::")
                assert name in names(ROOT / "tests" / path), f"{test} is gone; it kept: {sentence}"


@pytest.mark.parametrize("page", PAGES)
def test_every_promise_is_still_given(page: str) -> None:
    text = (ROOT / page).read_text(encoding="utf-8")
    given = set(sentences(text, rows=page not in BY_TABLE))
    assert [sentence for sentence in promises()[page] if sentence not in given] == []


def test_a_sentence_without_a_promise_is_found() -> None:
    page = "# Head\n\nOne is so.\nTwo is `so`. Three,\nfour.\n\n- Five: six\n  seven.\n- Eight.\n\n"
    page += (
        "| a | b |\n|---|---|\n| 1 | 2 |\n\n```sh\nmake it  # now\n```\n\n```python\nx = 1\n```\n"
    )
    assert list(sentences(page)) == [
        "One is so.",
        "Two is `so`.",
        "Three, four.",
        "Five: six seven.",
        "Eight.",
        "| 1 | 2 |",
        "$ make it",
    ]


@pytest.mark.parametrize("page", PAGES)
def test_every_link_leads_to_a_file(page: str) -> None:
    text = (ROOT / page).read_text(encoding="utf-8")
    for link in LINK.findall(text):
        assert link.startswith("https://") or (ROOT / page).parent.joinpath(link).exists(), link


def test_the_readme_is_short_and_no_line_is_long() -> None:
    lines = (ROOT / "README.md").read_text(encoding="utf-8").splitlines()
    assert len(lines) < 250
    assert max(map(len, lines)) <= 110
