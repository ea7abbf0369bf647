"""JSON of answers: fast where it is sound, tolerant where it is not, always bounded.

Bodies of many vendors hold what the strict parser refuses: characters that are not UTF-8, halves
of surrogate pairs, raw control characters, integers of thousands of digits. None of these is a
reason to lose an answer. What is cut off or nested without end is refused, with the reason.
"""

from __future__ import annotations

import json
import math
import re
from typing import Any

from pydantic_core import from_json

JsonObject = dict[str, Any]
"""A JSON object, as it was received or as it is sent."""

_MAX_DEPTH = 200
"""Levels of nesting; the limit that pydantic's parser sets as well."""
_MAX_DIGITS = 4000
"""Digits of an integer; Python refuses to print more than 4300 (CVE-2020-10735)."""
# Compiled when a text first needs them.
_HIGH_AT_END = rb'(?i)(?<!\\)((?:\\\\)*)(\\ud[89ab][0-9a-f]{2})"'
_LOW_AT_START = rb'(?i)"(\\ud[c-f][0-9a-f]{2})'
_SURROGATE = r"[\ud800-\udfff]"


class UnreadableError(ValueError):
    """Not JSON.

    Attributes:
        cut: The text is sound as far as it goes, but ends too early.
    """

    def __init__(self, reason: str, *, cut: bool = False) -> None:
        """Keep the reason."""
        super().__init__(reason)
        self.cut = cut


def read_json(data: bytes) -> Any:
    """Return the value that `data` holds as JSON.

    Invalid UTF-8 and unpaired surrogates become U+FFFD, NaN and Infinity floats; an integer of
    more than 4000 digits becomes infinite.

    Raises:
        UnreadableError: It is no JSON, cut off, or nested more than 200 levels deep.
    """
    try:
        return from_json(data)
    except ValueError as error:
        reason = str(error)
    if reason.startswith("EOF") or not data.strip():
        raise UnreadableError(reason, cut=True)
    if reason.startswith("recursion"):
        raise UnreadableError(reason)
    try:
        text = data.decode("utf-8-sig", "replace")
        return _cleaned(json.loads(text, strict=False, parse_int=_integer), 0)
    except RecursionError as error:
        raise UnreadableError("nested too deeply") from error
    except UnreadableError:
        raise
    except ValueError as error:
        raise UnreadableError(str(error)) from error


def _integer(digits: str) -> float:
    return int(digits) if len(digits) <= _MAX_DIGITS else math.inf


def _cleaned(value: Any, depth: int) -> Any:
    if depth > _MAX_DEPTH:
        raise UnreadableError("nested too deeply")
    if isinstance(value, str):
        return without_surrogates(value)
    if isinstance(value, list):
        return [_cleaned(item, depth + 1) for item in value]
    if isinstance(value, dict):
        return {without_surrogates(name): _cleaned(item, depth + 1) for name, item in value.items()}
    return value


def without_surrogates(text: str) -> str:
    """Return `text` with unpaired surrogates, which no encoder takes, as U+FFFD."""
    return re.sub(_SURROGATE, "\ufffd", text)


class HalfCharacters:
    """Joins the halves of characters that were cut between two events.

    JavaScript counts an emoji as two characters, so services that slice texts there send one half
    at the end of a text, as an escape, and the other at the start of the next.
    """

    def __init__(self) -> None:
        """Start without a half."""
        self._half = b""

    def join(self, data: bytes) -> bytes:
        """Return the JSON of an event with whole characters; keeps a half at the end for later."""
        if self._half:
            whole = rb'"' + self._half.replace(b"\\", rb"\\") + rb"\1"
            data = re.sub(_LOW_AT_START, whole, data, count=1)
            self._half = b""
        has_half = b"\\ud" in data or b"\\uD" in data
        found = re.search(_HIGH_AT_END, data) if has_half else None
        if found is not None:
            self._half = found[2]
            data = data[: found.start(2)] + data[found.end(2) :]
        return data
