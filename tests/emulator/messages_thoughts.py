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
_OWN = "toolu_"
"""How ids of Claude's calls begin; calls of other vendors may end in a T by chance."""


def sign(thought: str, before: list[Json]) -> str:
    """Return the signature of a thought, which holds only behind the blocks it stood behind."""
    return signature("block", "|".join([*(block["type"] for block in before), thought]))


def issues_of(body: Json) -> Iterator[Issue]:
    """Yield what is wrong with the thoughts of a conversation."""
    kind = (body.get("thinking") or {}).get("type", "disabled")
    messages = body["messages"]
    start = _start_of_loop(messages)
    for index, message in enumerate(messages):
        blocks = message["content"] if isinstance(message["content"], list) else []
        for number, block in enumerate(blocks):
            where = ("messages", index, "content", number)
            before = blocks[:number]
            thought = block["type"] in THOUGHTS
            if thought and message["role"] != "assistant":
                yield Issue(where, f"Expected a turn of the assistant for `{block['type']}`")
            # Signatures of `/v1/chat/completions` are checked as they are there.
            elif block["type"] == "thinking" and is_own_signature("block", block["signature"]):
                if block["signature"] != sign(block["thinking"], before):
                    yield Issue(where, "Invalid `signature` in `thinking` block")
            elif kind != "disabled" and index >= start and _misses_its_thought(block, before):
                yield _no_thought("tool_use", where)
    if kind == "enabled":
        yield from _starts_the_turn(messages, start)


def _misses_its_thought(block: Json, before: list[Json]) -> bool:
    own = block["type"] == "tool_use" and block["id"].startswith(_OWN)
    led = own and block["id"].endswith(THOUGHTFUL)
    return led and not any(each["type"] in THOUGHTS for each in before)


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
