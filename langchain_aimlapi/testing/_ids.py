"""Random ids in requests: which of them are the same counts, how they are spelled does not.

LangChain makes up ids for tool calls that no model made, such as those of few-shot examples
(`tool_example_to_messages`), other ones in every run. Recorded with such ids, a request is never
sent again. So UUIDs in the id fields of a request are numbered in the order in which they come,
when requests are compared and when they are written.
"""

from __future__ import annotations

import json
import re
from typing import Any

_ID_FIELDS = frozenset({"id", "call_id", "tool_call_id", "tool_use_id"})
_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", re.IGNORECASE)
_STEADY = "00000000-0000-4000-8000-{:012d}"


def ids_in(text: str) -> frozenset[str]:
    """Return the UUIDs of a text."""
    return frozenset(_UUID.findall(text))


def steady_ids(value: Any, keep: frozenset[str] = frozenset()) -> Any:
    """Return a JSON value with its random ids numbered.

    Args:
        value: A request body.
        keep: Ids that stay as they are, such as those in the answers of a cassette: what a server
            made up is not random when it is replayed.
    """
    numbers: dict[str, str] = {}

    def number(match: re.Match[str]) -> str:
        found = match[0]
        return found if found in keep else numbers.setdefault(found, _STEADY.format(len(numbers)))

    def walk(item: Any, name: str = "") -> Any:
        if isinstance(item, dict):
            return {inner: walk(value, inner) for inner, value in item.items()}
        if isinstance(item, list):
            return [walk(value) for value in item]
        return _UUID.sub(number, item) if isinstance(item, str) and name in _ID_FIELDS else item

    return walk(value)


def steady_body(body: bytes, keep: frozenset[str] = frozenset()) -> bytes:
    """Return a request body with its random ids numbered; the same bytes if it has none."""
    try:
        value = json.loads(body)
    except (ValueError, RecursionError):
        return body
    steady = steady_ids(value, keep)
    if steady == value:
        return body
    return json.dumps(steady, ensure_ascii=False, separators=(",", ":")).encode()
