"""JSON as models write it: arguments of calls, and answers with thoughts or words around them.

The work is linear in the length of a text, whatever it holds: the decoder reads an object once,
and one that turns out to be broken is stepped over as a whole.
"""

from __future__ import annotations

import json
import re
from typing import Any, NamedTuple

from langchain_core.utils.json import parse_partial_json

_DECODER = json.JSONDecoder(strict=False)
"""Control characters stand in strings as they are: models write line breaks so."""
_MAX_OBJECTS = 64
"""Objects of one text that are looked at."""
_OBJECT = re.compile(r'\{\s*(?=["}])')
"""Where an object may begin: not at a brace in words, such as `{placeholder}`."""
_THOUGHTS = re.compile(r"\s*<think(?:ing)?>", re.IGNORECASE)
_END_OF_THOUGHTS = re.compile(r"</think(?:ing)?>", re.IGNORECASE)
_FENCE = re.compile(r"```[^\n`]*\n(.*?)(?:```|\Z)", re.DOTALL)
# It never tries a string twice: one that is cut off ends with the text, be it inside an escape.
_STRING_OR_BRACE = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*(?:"|\\?\Z)|[{}]', re.DOTALL)
_OUTSIDE_STRING = re.compile(r'["{}\[\]]')
_INSIDE_STRING = re.compile(r'["\\]')
_CLOSER = {"{": "}", "[": "]"}

_MAX_PADDED = 64
"""Characters that `{}` with white space in it may have to count as no arguments."""


# --- answers ----------------------------------------------------------------------------------
class Found(NamedTuple):
    """What a text holds.

    Attributes:
        values: JSON values, in the order in which they are to be tried.
        rest: The beginning of an object that does not end, or empty.
        error: Why something that looks like an object is none, or empty.
    """

    values: list[Any]
    rest: str = ""
    error: str = ""


def json_in(text: str) -> Found:
    """Return the JSON of a text: its one value, or the objects in it.

    Thoughts in front are left out, so that no draft in them is taken for the answer.
    """
    whole = _whole(text)
    if whole:
        return Found(whole)
    answer = without_thoughts(text)
    found = _objects_in(answer)
    if not found.values and answer != text and not _THOUGHTS.match(text):
        # Nothing was thought: the tag stands in a string of the answer itself.
        return _objects_in(text)
    return found


def partial_objects(text: str) -> list[Any]:
    """Return the JSON of a text that is still being written, its last object as far as it came."""
    found = json_in(text)
    if not found.rest:
        return found.values
    try:
        return [*found.values, parse_partial_json(found.rest)]
    except (ValueError, RecursionError):
        return found.values


def without_thoughts(text: str) -> str:
    """Return what stands behind the thoughts of a text, whose first tag may be missing."""
    while True:
        begun = _THOUGHTS.match(text)
        end = _END_OF_THOUGHTS.search(text, begun.end() if begun else 0)
        if end is None:
            return "" if begun else text
        text = text[end.end() :]
        if not _THOUGHTS.match(text):
            return text


def _whole(text: str) -> list[Any]:
    """Return the values to try of a text that is JSON as a whole, none of any other text."""
    try:
        value = json.loads(text, strict=False)
    except (ValueError, RecursionError):
        return []
    alone = isinstance(value, list) and len(value) == 1
    return [value, value[0]] if alone else [value]


def _objects_in(text: str) -> Found:
    values: list[Any] = []
    rest = error = ""
    at = 0
    for _ in range(_MAX_OBJECTS):
        begun = _OBJECT.search(text, at)
        if begun is None:
            break
        try:
            value, at = _DECODER.raw_decode(text, begun.start())
        except (ValueError, RecursionError) as problem:
            error = error or str(problem)
            # What stands inside of a broken object is no answer either.
            end = _end_of_object(text, begun.start())
            if end is None:
                rest = text[begun.start() :]
                break
            at = end
        else:
            values.append(value)
    fence = None if values else _FENCE.search(text)
    return Found(values or (_whole(fence[1]) if fence else []), rest, error)


def _end_of_object(text: str, start: int) -> int | None:
    """Return where the braces from `start` on are closed; None where they are not."""
    depth = 0
    for mark in _STRING_OR_BRACE.finditer(text, start):
        depth += {"{": 1, "}": -1}.get(mark[0], 0)
        if not depth:
            return mark.end()
    return None


# --- arguments --------------------------------------------------------------------------------
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


def holds_none(text: str) -> bool:
    """Return whether a text is JSON that says that there are no arguments: `{}` or `null`."""
    return _without_spaces(text) in {"{}", "null"}


def may_hold_none(text: str) -> bool:
    """Return whether a text is `{}` or `null`, or the start of `null`.

    A `{` alone begins the arguments of most calls, and waits for nothing.
    """
    start = _without_spaces(text)
    return start == "{}" or "null".startswith(start)


def _without_spaces(text: str) -> str:
    return "".join(text.split()) if len(text) <= _MAX_PADDED else text


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
