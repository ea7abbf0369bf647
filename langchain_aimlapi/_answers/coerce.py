"""Reads values of the wire that should have one type and may have any."""

from __future__ import annotations

import sys
from typing import Any


def text_of(value: Any) -> str:
    """Return the text of a field that should be text but may be a list of parts or an object."""
    if isinstance(value, str):
        return value
    if isinstance(value, list):
        return "".join(map(text_of, value))
    if isinstance(value, dict):
        named = (value.get(name) for name in ("text", "content", "summary"))
        return next((text for text in named if isinstance(text, str)), "")
    return ""


def name_of(value: Any) -> str:
    """Return a name or an id, which may be a number; `""` for anything else."""
    if isinstance(value, str):
        return value
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else ""


def dicts_of(value: Any) -> list[dict[str, Any]]:
    """Return the objects of a list; none if it is no list."""
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def list_of(value: Any) -> list[Any]:
    """Return a list; one value by itself is a list of it."""
    return value if isinstance(value, list) else [value]


def dict_of(value: Any) -> dict[str, Any]:
    """Return an object; an empty one if it is none."""
    return value if isinstance(value, dict) else {}


def string_of(value: Any) -> str | None:
    """Return a text; None if it is empty or no text."""
    return value if isinstance(value, str) and value else None


def number_of(value: Any) -> float | None:
    """Return a finite number as it is; None for anything else."""
    is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
    # Not `math.isfinite`, which fails on an int that is too long for a float.
    return value if is_number and abs(value) <= sys.float_info.max else None


def merged_under(known: Any, new: Any) -> Any:
    """Return two values of one field as one: what was known counts, objects are filled up.

    Args:
        known: What came earlier; an empty value is none.
        new: What came later.
    """
    if isinstance(known, dict) and isinstance(new, dict):
        return known | {name: merged_under(known.get(name), value) for name, value in new.items()}
    return new if known in (None, "", {}, []) else known
