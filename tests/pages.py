"""Reads the tables of the pages beside the README."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[1]
QUOTED = re.compile(r"`([^`]*)`")


def table(page: str, heading: str) -> list[list[str]]:
    """Return the cells of the rows below a heading."""
    text = (ROOT / page).read_text(encoding="utf-8")
    section = text.partition(f"## {heading}\n")[2].partition("\n## ")[0]
    rows = [line.strip("|").split("|") for line in section.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in row] for row in rows[2:]]


def at(value: object, keys: list[str]) -> object:
    """Return what stands at a path of keys; None where nothing does."""
    for key in keys:
        value = value.get(key) if isinstance(value, dict) else None
    return value
