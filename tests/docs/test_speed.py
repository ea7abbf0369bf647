"""SPEED.md: each table has its place, and a run of the benchmarks fills it."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest
from benchmarks import report
from benchmarks.rows import ROWS

if TYPE_CHECKING:
    from pathlib import Path

TITLES = ("floor", "httpx", "ours", "openai", "anthropic", "mistralai", "openrouter")
FIGURES: dict[str, dict[str, Any]] = {
    "results": {
        "machine": {"python": "P 3", "system": "S", "processor": "C", "cpus": 2},
        "versions": {"httpx": "0.1"},
        "titles": TITLES,
        "date": "1 May 2026",
        "load": 0.1,
        "rounds": 3,
        "scale": 0.2,
        "results": [
            {
                "measure": row.measure,
                "ratio_to_limit": dict.fromkeys(TITLES[2:], 1.25),
                "cpu": {"limit": 1e-3, "ours": 1.25e-3 if row.limits else 1250.0},
                "ours": [2.0, 4.0 if "on chat" in row.measure else 5.0],
            }
            for row in ROWS
        ],
    },
    "open_streams": {
        "rows": {"ours": {"streams": 900, "whole": 900, "cpu": 3.25, "wall": 4.0, "memory": 50.0}},
        "ratio": 1.5,
        "ratios": [1.25, 1.5, 1.75],
    },
    "embeddings": {"shown": {"a text, ours": "100 us"}},
}


@pytest.fixture
def written(tmp_path: Path) -> str:
    """Return the page with the figures above."""
    for name, figures in FIGURES.items():
        (tmp_path / f"{name}.json").write_text(json.dumps(figures))
    page = tmp_path / "SPEED.md"
    page.write_text(report.PAGE.read_text())
    assert report.write(page, tmp_path) == list(report.TABLES)
    return page.read_text()


@pytest.mark.parametrize("name", report.TABLES)
def test_each_table_has_one_place_in_the_page(name: str) -> None:
    found = report.between(name).findall(report.PAGE.read_text())
    assert len(found) == 1
    assert found[0][1].strip()


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.measure)
def test_a_run_writes_each_row_with_the_packages_beside_us(written: str, row: Any) -> None:
    name = "histories" if row.newer else "calls"
    found = report.between(name).search(written)
    assert found is not None
    lines = found[2].splitlines()
    assert [title for title in TITLES[2:] if title in lines[0]] == list(TITLES[2:])
    line = next(line for line in lines if line.startswith(f"| {row.measure} "))
    assert line.count("1.25") == 5 if row.limits else "1.2 kB" in line


def test_a_run_says_where_it_was_and_whether_anything_else_ran(written: str) -> None:
    assert "on 1 May 2026. The machine was idle otherwise (load 0.10 before the run)." in written
    busy = {**FIGURES["results"], "load": 1.5}
    assert "busy with other work (load 1.50 before the run)" in report.machine(busy)


def test_a_run_writes_streams_and_embeddings(written: str) -> None:
    assert "Ours takes 1.50 times the first two rows together, the median of 3 turns" in written
    assert "(1.25 to 1.75); the goal is 1.5." in written
    assert "100 us" in written


def test_endpoints_are_compared_round_by_round(written: str) -> None:
    found = report.between("endpoints").search(written)
    assert found is not None
    _, _, calls, chunks, *_ = found[2].splitlines()
    assert [cell.strip() for cell in calls.split("|")[2:4]] == ["1.12", "1.12"]
    assert [cell.strip() for cell in chunks.split("|")[2:4]] == ["1.12", "1.12"]


def test_a_page_without_a_place_is_left_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "embeddings.json").write_text(json.dumps(FIGURES["embeddings"]))
    page = tmp_path / "SPEED.md"
    page.write_text("# Speed\n")
    with pytest.raises(ValueError, match="0 places for the table 'embeddings'"):
        report.write(page, tmp_path)
    assert page.read_text() == "# Speed\n"


def test_the_tables_are_of_one_run() -> None:
    command = [sys.executable, "-m", "tests.benchmarks", "--write", "--stages", "import"]
    done = subprocess.run(command, cwd=report.ROOT, capture_output=True, text=True, check=False)  # noqa: S603  # ours
    assert done.returncode == 2
    assert "--write needs all stages" in done.stderr
