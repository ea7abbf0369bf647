"""The arguments of a tool call, as JSON text: read at the end, looked at while they come."""

from __future__ import annotations

import json
import re
from typing import Any, NamedTuple

_OUTSIDE_STRING = re.compile(r'["{}\[\]]')
_INSIDE_STRING = re.compile(r'["\\]')
_CLOSER = {"{": "}", "[": "]"}

_NULL = "null"
_NO_ARGUMENTS = ("{}", _NULL)
_MAX_PADDED = 64
"""Characters that `{}` with white space in it may have to count as no arguments."""


class Arguments(NamedTuple):
    """What a text of arguments holds."""

    args: dict[str, Any] | None
    error: str = ""
    is_json: bool = True


def read_arguments(text: str) -> Arguments:
    """Read the arguments that a text holds as a JSON object; no text and `null` are no arguments.

    Control characters inside strings pass, as they do in LangChain.
    """
    if not text.strip():
        return Arguments({})
    try:
        value = json.loads(text, strict=False)
    except RecursionError:
        return Arguments(None, "Arguments are nested too deeply.", is_json=False)
    except ValueError as error:
        return Arguments(None, f"Arguments are not valid JSON: {error}", is_json=False)
    if value is None:
        return Arguments({})
    if not isinstance(value, dict):
        return Arguments(None, f"Arguments are no JSON object but {type(value).__name__}.")
    return Arguments(value)


def is_null(text: str) -> bool:
    """Return whether a text is JSON's `null`."""
    return text.strip() == _NULL


def holds_none(text: str) -> bool:
    """Return whether a text is JSON that says that there are no arguments: `{}` or `null`."""
    return _compact(text) in _NO_ARGUMENTS


def may_hold_none(text: str) -> bool:
    """Return whether a text is `{}` or `null`, or the start of `null`.

    A `{` alone begins the arguments of most calls, and waits for nothing.
    """
    start = _compact(text)
    return start is not None and (start in _NO_ARGUMENTS or _NULL.startswith(start))


def _compact(text: str) -> str | None:
    return "".join(text.split()) if len(text) <= _MAX_PADDED else None


class Scan:
    """How far a text got as JSON: what is open, and whether it can still become whole."""

    __slots__ = ("_escaped", "broken", "in_string", "open")

    def __init__(self) -> None:
        self.open: list[str] = []  # closing brackets that are still to come
        self.in_string = False
        self.broken = False  # a closing bracket came that closes nothing
        self._escaped = False  # ends with a backslash: the next character belongs to it

    def feed(self, text: str) -> None:
        """Read on; a text may be given in pieces."""
        at = 0
        if self._escaped and text:
            at, self._escaped = 1, False
        while match := (_INSIDE_STRING if self.in_string else _OUTSIDE_STRING).search(text, at):
            at = match.end()
            mark = match.group()
            if mark == '"':
                self.in_string = not self.in_string
            elif mark == "\\":
                at += 1
                self._escaped = at > len(text)
            elif mark in _CLOSER:
                self.open.append(_CLOSER[mark])
            elif not self.open or self.open.pop() != mark:
                self.broken = True

    def unrepairable_suffix(self) -> str:
        """Return the shortest text that keeps LangChain from repairing the text into JSON.

        When it merges chunks, LangChain closes what is open, and so makes a valid call with
        wrong arguments of one that was cut off. It gives up, and puts the call into
        `invalid_tool_calls`, when a closing bracket does not match what is open.
        """
        if self.broken:
            return ""
        end_of_string = ('""' if self._escaped else '"') if self.in_string else ""
        return end_of_string + ("}" if self.open[-1:] == ["]"] else "]")
