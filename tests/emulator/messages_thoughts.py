"""Thoughts of `/v1/messages`: how they are signed, and whether they came back as they were."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .ids import is_own_signature, signature
from .rules import Issue

if TYPE_CHECKING:
    from collections.abc import Iterator

Json = dict[str, Any]

THOUGHTS = frozenset({"thinking", "redacted_thinking"})
THOUGHTFUL = "T"
"""How the id of a call ends that a thought led to: without that thought it is refused."""

OWN = "toolu_"
"""How ids of Claude's calls begin."""

HIDDEN = "(not shown)"
"""What is signed where a thought is not shown."""


def sign(thought: str, before: list[Json]) -> str:
    """Return the signature of a thought, which holds only behind the blocks it stood behind."""
    return signature("block", _bound(thought, before))


def encrypt(thought: str, before: list[Json]) -> str:
    """Return a thought in encrypted form; nobody but the tests could tell what it says."""
    return signature("redacted", _bound(thought, before))


def _bound(thought: str, before: list[Json]) -> str:
    return "|".join([*(block["type"] for block in before), thought])


def issues_of(body: Json) -> Iterator[Issue]:
    """Yield what is wrong with the thoughts of a conversation."""
    kind = (body.get("thinking") or {}).get("type", "disabled")
    thinks = kind != "disabled"
    messages = body["messages"]
    start = _start_of_loop(messages)
    for index, message in enumerate(messages):
        blocks = message["content"] if isinstance(message["content"], list) else []
        path = ("messages", index, "content")
        for number, block in enumerate(blocks):
            where = (*path, number)
            if block["type"] in THOUGHTS and message["role"] != "assistant":
                yield Issue(where, f"Expected a turn of the assistant for `{block['type']}`")
            elif block["type"] == "thinking":
                yield from _thinking(block, blocks[:number], where)
            elif block["type"] == "redacted_thinking":
                if not is_own_signature("redacted", block["data"]):
                    yield Issue(where, "Invalid `data` in `redacted_thinking` block")
            elif thinks and index >= start:
                yield from _led_to(block, blocks[:number], where)
    if kind == "enabled":
        yield from _starts_the_turn(messages, start)


def _thinking(block: Json, before: list[Json], where: tuple[str | int, ...]) -> Iterator[Issue]:
    given = block["signature"]
    # Those of `/v1/chat/completions` are checked as they are there, foreign ones cannot be.
    if is_own_signature("block", given) and given != sign(block["thinking"] or HIDDEN, before):
        yield Issue(where, "Invalid `signature` in `thinking` block")


def _led_to(block: Json, before: list[Json], where: tuple[str | int, ...]) -> Iterator[Issue]:
    # Calls of other vendors may end so by chance.
    own = block["type"] == "tool_use" and block["id"].startswith(OWN)
    thoughtful = own and block["id"].endswith(THOUGHTFUL)
    if thoughtful and not any(b["type"] in THOUGHTS for b in before):
        yield _no_thought("tool_use", where)


def _starts_the_turn(messages: list[Json], start: int) -> Iterator[Issue]:
    """Yield what is wrong if the model is to go on with a turn that no thought begins.

    One that thinks as it likes may start anywhere, one with a budget thinks first.
    """
    turns = [index for index in range(start, len(messages)) if messages[index]["role"] != "user"]
    if not turns or turns[0] == len(messages) - 1:
        return
    content = messages[turns[0]]["content"]
    found = "text" if isinstance(content, str) else content[0]["type"]
    if found not in THOUGHTS:
        yield _no_thought(found, ("messages", turns[0], "content", 0))


def _no_thought(found: str, where: tuple[str | int, ...]) -> Issue:
    return Issue(
        where,
        f"Expected `thinking` or `redacted_thinking`, but found `{found}`. When `thinking` is "
        "enabled, a final `assistant` message must start with a thinking block.",
    )


def _start_of_loop(messages: list[Json]) -> int:
    """Return the index of the last turn of the user that holds more than results."""
    for index in range(len(messages) - 1, -1, -1):
        content = messages[index]["content"]
        holds_more = isinstance(content, str) or any(b["type"] != "tool_result" for b in content)
        if messages[index]["role"] == "user" and holds_more:
            return index
    return 0
