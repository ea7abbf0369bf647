"""Thoughts of each vendor: how they are signed, and whether they came back as they were.

Ids of calls bear a mark where a thought led to the call, so that it can be missed.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from .habits import habit_of
from .ids import is_own_signature, signature, token
from .rules import Issue

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .conversation import Ask

Json = dict[str, Any]

# --- Claude ---
THOUGHTS = frozenset({"thinking", "redacted_thinking"})
THOUGHTFUL = "T"
"""How the id of a call ends that a thought led to: without that thought it is refused."""
_LED = re.compile(r"toolu_.*T")
"""Only Claude's own: calls of other vendors may end in a T by chance."""


def sign(thought: str, before: list[Json]) -> str:
    """Return the signature of a thought, which holds only behind the blocks it stood behind."""
    return signature("block", "|".join([*(block["type"] for block in before), thought]))


def of_claude(body: Json) -> Iterator[Issue]:
    """Yield what is wrong with the thoughts of a conversation."""
    kind = (body.get("thinking") or {}).get("type", "disabled")
    messages = [
        (message["role"], message["content"] if isinstance(message["content"], list) else [_TEXT])
        for message in body["messages"]
    ]
    fresh = [n for n, (role, blocks) in enumerate(messages) if role == "user" and _says(blocks)]
    start = fresh[-1] if fresh else 0
    for index, (role, blocks) in enumerate(messages):
        for number, block in enumerate(blocks):
            where, before = ("messages", index, "content", number), blocks[:number]
            signed = block["signature"] if block["type"] == "thinking" else None
            led = block["type"] == "tool_use" and _LED.fullmatch(block["id"])
            if block["type"] in THOUGHTS and role != "assistant":
                yield Issue(where, f"Expected a turn of the assistant for `{block['type']}`")
            elif is_own_signature("block", signed) and signed != sign(block["thinking"], before):
                yield Issue(where, "Invalid `signature` in `thinking` block")
            elif kind != "disabled" and index >= start and led and not _thinks(before):
                yield _no_thought("tool_use", where)
    # A model that thinks as it likes may go on anywhere, one with a budget thinks first.
    turns = [n for n in range(start, len(messages)) if messages[n][0] != "user"]
    if kind == "enabled" and turns and turns[0] < len(messages) - 1:
        first = messages[turns[0]][1][0]
        if first["type"] not in THOUGHTS:
            yield _no_thought(first["type"], ("messages", turns[0], "content", 0))


_TEXT = {"type": "text"}


def _says(blocks: list[Json]) -> bool:
    return any(block["type"] != "tool_result" for block in blocks)


def _thinks(blocks: list[Json]) -> bool:
    return any(block["type"] in THOUGHTS for block in blocks)


def _no_thought(found: str, where: tuple[str | int, ...]) -> Issue:
    return Issue(
        where,
        f"Expected `thinking` or `redacted_thinking`, but found `{found}`. When `thinking` is "
        "enabled, a final `assistant` message must start with a thinking block.",
    )


# --- chat/completions ---
_FIRST_OF_GEMINI = re.compile(r"function-call-\d{18}0")
"""An id that the emulator gave to the first of Gemini's calls, which bears the signature."""


def of_chat(ask: Ask) -> Iterator[Issue]:
    """Yield the calls that came back without what belongs to them."""
    mark = habit_of(ask.model).mark
    led = re.compile(rf"call_T{mark}[0-9A-Za-z]{{24}}")
    for index, message in enumerate(ask.body["messages"]):
        for call in message.get("tool_calls") or ():
            name = call["id"]
            where = ("messages", index, "tool_calls")
            google = (call.get("extra_content") or {}).get("google") or {}
            received = google.get("thought_signature")
            if mark and led.fullmatch(name) and not message.get("reasoning_content"):
                yield Issue(where, "Missing `reasoning_content` beside tool calls")
            first = ask.model.style == "gemini" and _FIRST_OF_GEMINI.fullmatch(name)
            if first and received != signature("thought", name):
                yield Issue(where, f"Expected the thought_signature as given, not {received!r}")


# --- responses ---
_SEALED = "gAAAAEmu"
_AFTER_REASONING = re.compile(r"call_R(?P<of>[0-9A-Za-z]{10})[0-9A-Za-z]+")


def seal(reasoning_id: str) -> str:
    """Return the sealed form of the reasoning of an id."""
    return _SEALED + token(reasoning_id, "sealed", 64)


def mark_of(sealed: str) -> str:
    """Return what the ids of calls have in them that sealed reasoning led to."""
    return token(sealed, "led to", 10)


def of_responses(items: list[Json], stored: set[str]) -> Iterator[Issue]:
    """Sealed reasoning comes back unchanged, under its id, before the calls that it led to.

    What is stored is known by its id alone.
    """
    marks: set[str] = set()
    for index, item in enumerate(items):
        path = ("input", index)
        if item.get("type") == "reasoning":
            name, sealed = item["id"], item.get("encrypted_content")
            if not sealed and name not in stored:
                yield Issue(path, f"Item with id '{name}' not found: `store` was not set to true")
            elif sealed and sealed != seal(name):
                yield Issue(path, "The encrypted content could not be verified.")
            marks.add(mark_of(seal(name)))
            follows = items[index + 1] if index + 1 < len(items) else {"role": "user"}
            if follows.get("role") in {"user", "system", "developer"}:
                says = f"Item '{name}' was provided without its required following item."
                yield Issue(path, says)
        elif item.get("type") == "function_call":
            led = _AFTER_REASONING.fullmatch(item["call_id"])
            if led and led["of"] not in marks:
                yield Issue(path, f"'{item['call_id']}' was provided without its reasoning")
