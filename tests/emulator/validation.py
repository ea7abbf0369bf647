"""Whether a body may be answered: its shape, then what must hold between its parts."""

from __future__ import annotations

import re
from dataclasses import replace
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

from . import claude_rules, habits, openai_rules, responses_rules
from .ids import is_own_signature, signature, token
from .models import BY_NAME, OPENAI_PARTS_OF_CLAUDE, Model
from .responses_models import SERVED
from .rules import Issue, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .responses_models import Documented

Body = dict[str, Any]

_FIRST_OF_GEMINI = re.compile(r"function-call-\d{18}0")
"""An id that the emulator gave to the first of Gemini's calls."""


class Verdict(NamedTuple):
    """What validation found."""

    issues: list[Issue]
    claude_messages: bool


@lru_cache(maxsize=64)
def _rule(name: str, *, claude_messages: bool, second: bool) -> Rule:
    model = BY_NAME[name]
    if second:
        return openai_rules.body(
            replace(model, parameters=model.openai_parameters, parts=OPENAI_PARTS_OF_CLAUDE)
        )
    if model.schema == "openai":
        return openai_rules.body(model)
    if claude_messages:
        return claude_rules.body(model)
    return claude_rules.body_with_openai_messages(model)


def check(body: Body, model: Model) -> Verdict:
    """Check a body of one model; the second check runs only when the shapes are right."""
    openai_style = "response_format" in body or has_openai_messages(body)
    second = bool(model.openai_parameters) and openai_style
    claude_messages = not (
        model.schema == "openai" or second or (model.newer and has_openai_messages(body))
    )
    rule = _rule(model.id, claude_messages=claude_messages, second=second)
    issues = list(rule(body, ()))
    if not issues:
        between = between_claude if claude_messages else between_openai
        issues = list(between(body))
        if model.style == "gemini":
            issues += _thoughts(body)
        if model.schema == "anthropic":
            issues += thinking_and_choice(body)
        issues += habits.of_chat(body, model, claude_messages=claude_messages)
    return Verdict(issues, claude_messages)


_OPENAI_ONLY = {"system", "developer", "tool", "function"}
_OPENAI_PARTS = {"image_url", "input_audio", "file", "video_url"}


def has_openai_messages(body: Body) -> bool:
    """Tell the two message styles of the newest Claude documents apart."""
    messages = body.get("messages")
    for message in messages if isinstance(messages, list) else ():
        if not isinstance(message, dict):
            continue
        content = message.get("content")
        kinds = {p.get("type") for p in content or () if isinstance(p, dict)}
        if message.get("role") in _OPENAI_ONLY or "tool_calls" in message or kinds & _OPENAI_PARTS:
            return True
    tools = body.get("tools")
    return isinstance(tools, list) and any(isinstance(t, dict) and "function" in t for t in tools)


def thinking_and_choice(body: Body) -> Iterator[Issue]:
    thinking = body.get("thinking") or {"type": "disabled"}
    choice = body.get("tool_choice")
    kind = choice.get("type") if isinstance(choice, dict) else choice
    if thinking["type"] == "disabled":
        return
    if kind in {"any", "tool", "required", "function"}:
        yield Issue(
            ("tool_choice",), "Thinking may not be enabled when tool_choice forces tool use."
        )
    if thinking.get("budget_tokens", 0) >= body.get("max_tokens", 32_000):
        yield Issue(("max_tokens",), "`max_tokens` must be greater than `thinking.budget_tokens`.")


def between_claude(body: Body) -> Iterator[Issue]:
    """Yield what is wrong with calls, results and signatures of Claude-style turns."""
    open_calls: set[str] = set()
    for index, message in enumerate(body["messages"]):
        blocks = message["content"] if isinstance(message["content"], list) else []
        path = ("messages", index, "content")
        results = [b["tool_use_id"] for b in blocks if b["type"] == "tool_result"]
        unknown = [name for name in results if name not in open_calls]
        missing = open_calls - set(results)
        if unknown:
            yield Issue(
                path, f"unexpected `tool_use_id` found in `tool_result` blocks: {unknown[0]}"
            )
        if missing:
            yield Issue(
                path,
                "`tool_use` ids were found without `tool_result` blocks immediately after: "
                + ", ".join(sorted(missing)),
            )
        open_calls = {block["id"] for block in blocks if block["type"] == "tool_use"}
        yield from _signatures(blocks, path)
    if body["messages"][0]["role"] != "user":
        yield Issue(("messages", 0, "role"), "Expected 'user' first, received 'assistant'")
    if open_calls:
        yield Issue(
            ("messages",),
            "`tool_use` ids were found without `tool_result` blocks immediately after: "
            + ", ".join(sorted(open_calls)),
        )


def _signatures(blocks: list[Body], path: tuple[str | int, ...]) -> Iterator[Issue]:
    for number, block in enumerate(blocks):
        if block["type"] != "thinking" or not is_own_signature("thinking", block["signature"]):
            continue
        if block["signature"] != signature("thinking", block["thinking"]):
            yield Issue((*path, number), "Invalid `signature` in `thinking` block")


def between_openai(body: Body) -> Iterator[Issue]:
    """Yield what is wrong with calls and results of OpenAI-style messages."""
    waiting: list[str] = []
    for index, message in enumerate(body["messages"]):
        path = ("messages", index)
        if message["role"] == "tool":
            name = message["tool_call_id"]
            if name not in waiting:
                yield Issue(
                    path,
                    "messages with role 'tool' must be a response to a preceding message with "
                    f"'tool_calls', received '{name}'",
                )
            else:
                waiting.remove(name)
            continue
        if waiting:
            break
        calls = message.get("tool_calls") or []
        waiting = [call["id"] for call in calls]
        if message["role"] == "assistant" and "content" not in message and not calls:
            yield Issue((*path, "content"), "Expected string, received undefined")
    if waiting:
        yield Issue(
            ("messages",),
            "An assistant message with 'tool_calls' must be followed by tool messages responding "
            f"to each 'tool_call_id', received none for {', '.join(waiting)}",
        )


def _thoughts(body: Body) -> Iterator[Issue]:
    """Gemini's signature of the first of parallel calls must come back unchanged."""
    for index, message in enumerate(body["messages"]):
        for number, call in enumerate(message.get("tool_calls") or ()):
            name = call["id"]
            if not _FIRST_OF_GEMINI.fullmatch(name):
                continue
            google = (call.get("extra_content") or {}).get("google") or {}
            received = google.get("thought_signature")
            if received != signature("thought", name):
                yield Issue(
                    ("messages", index, "tool_calls", number, "extra_content"),
                    "Function call is missing its thought_signature. Expected the one that was "
                    f"given, received {received!r}",
                )


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
def _items_rule(name: str) -> Rule:
    return responses_rules.body(SERVED[name])


def check_items(
    body: Json, documented: Documented, earlier: list[Json], kept: frozenset[str] = frozenset()
) -> list[Issue]:
    """Check a body; the second check_items runs only when the shapes are right.

    Args:
        body: The request.
        documented: Its model.
        earlier: Items that were stored under `previous_response_id`.
        kept: Ids of all reasoning that was ever stored.
    """
    issues = list(_items_rule(documented.model.id)(body, ())) or list(habits.of_responses(body))
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
