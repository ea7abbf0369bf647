"""JSON as models write it: with thoughts or words around it, in code fences, with raw line breaks.

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
_OUTSIDE_STRING = re.compile(r'["{}]')
_INSIDE_STRING = re.compile(r'["\\]')


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
    at: int = start
    in_string = False
    while mark := (_INSIDE_STRING if in_string else _OUTSIDE_STRING).search(text, at):
        at = mark.end()
        sign = mark[0]
        if sign == '"':
            in_string = not in_string
        elif sign == "\\":
            at += 1
        else:
            depth += 1 if sign == "{" else -1
            if depth == 0:
                return at
    return None
