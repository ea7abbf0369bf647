"""What must hold between the items of a conversation: calls, their results, sealed reasoning."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from . import habits, responses_rules
from .ids import token
from .responses_models import SERVED
from .rules import Issue, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .responses_models import Documented

Json = dict[str, Any]

SEALED = "gAAAAEmu"
"""How sealed reasoning of the emulator begins; any other is refused, as it cannot be opened."""
_AFTER_REASONING = re.compile(r"call_R(?P<of>[0-9A-Za-z]{10})[0-9A-Za-z]+")


def seal(reasoning_id: str) -> str:
    """Return the sealed form of the reasoning of an id."""
    return SEALED + token(reasoning_id, "sealed", 64)


def mark_of(sealed: str) -> str:
    """Return what the ids of calls have in them that sealed reasoning led to."""
    return token(sealed, "led to", 10)


@lru_cache(maxsize=64)
def _rule(name: str) -> Rule:
    return responses_rules.body(SERVED[name])


def check(
    body: Json, documented: Documented, earlier: list[Json], kept: frozenset[str] = frozenset()
) -> list[Issue]:
    """Check a body; the second check runs only when the shapes are right.

    Args:
        body: The request.
        documented: Its model.
        earlier: Items that were stored under `previous_response_id`.
        kept: Ids of all reasoning that was ever stored.
    """
    issues = list(_rule(documented.model.id)(body, ())) or list(habits.of_responses(body))
    if issues or isinstance(body["input"], str):
        return issues
    items = body["input"]
    # What a model cannot be sent it does not miss.
    thoughts = _reasoning(items, kept) if documented.reasons else ()
    return [*_calls(items, earlier), *thoughts, *_choice(body)]


def _choice(body: Json) -> Iterator[Issue]:
    choice = body.get("tool_choice")
    tools = body.get("tools") or []
    if isinstance(choice, dict):
        names = {tool.get("name") for tool in tools} | {tool["type"] for tool in tools}
        wanted = choice.get("name") or choice["type"]
        if wanted not in names:
            yield Issue(("tool_choice",), f"Tool choice '{wanted}' not found in 'tools' parameter.")


def _calls(items: list[Json], earlier: list[Json]) -> Iterator[Issue]:
    stored = {item["call_id"] for item in earlier if item.get("type") == "function_call"}
    waiting: list[str] = []
    for index, item in enumerate(items):
        kind = item.get("type")
        if kind == "function_call":
            waiting.append(item["call_id"])
        elif kind == "function_call_output":
            name = item["call_id"]
            if name in waiting:
                waiting.remove(name)
            elif name not in stored:
                text = f"No tool call found for function call output with call_id {name}."
                yield Issue(("input", index), text)
    if waiting:
        text = f"No tool output found for function call {', '.join(waiting)}."
        yield Issue(("input",), text)


def _reasoning(items: list[Json], kept: frozenset[str]) -> Iterator[Issue]:
    """Sealed reasoning comes back unchanged, under its id, before the calls that it led to.

    What is stored is known by its id alone.
    """
    marks: set[str] = set()
    for index, item in enumerate(items):
        path = ("input", index)
        kind = item.get("type")
        if kind == "reasoning":
            sealed = item.get("encrypted_content")
            if not sealed and item["id"] in kept:
                sealed = seal(item["id"])
            if not sealed:
                yield Issue(
                    path,
                    f"Item with id '{item['id']}' not found. Items are not persisted when `store` "
                    "is set to false. Try again with `store` set to true, or remove this item "
                    "from your input.",
                )
            elif sealed != seal(item["id"]):
                yield Issue(path, "The encrypted content could not be verified.")
            else:
                marks.add(mark_of(sealed))
            follows = items[index + 1].get("type", "message") if index + 1 < len(items) else None
            if follows is None or items[index + 1].get("role") in {"user", "system", "developer"}:
                yield Issue(
                    path,
                    f"Item '{item['id']}' of type 'reasoning' was provided without its required "
                    "following item.",
                )
        elif kind == "function_call":
            led = _AFTER_REASONING.fullmatch(item["call_id"])
            if led and led["of"] not in marks:
                yield Issue(
                    path,
                    f"Function call '{item['call_id']}' was provided without the reasoning that "
                    "led to it.",
                )
