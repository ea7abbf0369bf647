"""Whether a body may be answered: its shape, then what must hold between its parts."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from . import claude_rules, habits, messages_thoughts, openai_rules, responses_rules
from .ids import is_own_signature, signature, token
from .models import IN_OPENAI_STYLE, Model
from .rules import Issue

if TYPE_CHECKING:
    from collections.abc import Iterator

Json = dict[str, Any]

_FIRST_OF_GEMINI = re.compile(r"function-call-\d{18}0")
"""An id that the emulator gave to the first of Gemini's calls."""


# --- chat/completions ---
def check_chat(body: Json, model: Model) -> tuple[bool, list[Issue]]:
    """Check a body; what holds between its parts is looked at when their shapes are right.

    Returns:
        Whether its messages are Claude's, and the issues.
    """
    openai_style = _has_openai_messages(body) or "response_format" in body
    takes_both = model.newer or bool(model.openai_parameters)
    claude_messages = model.style == "claude" and not (openai_style and takes_both)
    if claude_messages:
        rule = claude_rules.body(model)
    elif model.newer:
        rule = claude_rules.body_with_openai_messages(model)
    else:
        rule = openai_rules.body(IN_OPENAI_STYLE.get(model.id, model))
    issues = list(rule(body, ()))
    if not issues:
        issues += between_claude(body) if claude_messages else _between_openai(body)
        issues += _thoughts_of_gemini(body) if model.style == "gemini" else ()
        issues += _thinking_and_choice(body)
        issues += habits.of_chat(body, model, claude_messages=claude_messages)
    return claude_messages, issues


_OPENAI_ROLES = {"system", "developer", "tool"}
_OPENAI_PARTS = {"image_url", "input_audio", "file"}


def _has_openai_messages(body: Json) -> bool:
    """Tell the two message styles of Claude's documents apart."""
    messages = body.get("messages")
    for message in messages if isinstance(messages, list) else ():
        content = message.get("content")
        kinds = {part.get("type") for part in content or () if isinstance(part, dict)}
        if message.get("role") in _OPENAI_ROLES or "tool_calls" in message or kinds & _OPENAI_PARTS:
            return True
    return any("function" in tool for tool in body.get("tools") or ())


def _thinking_and_choice(body: Json) -> Iterator[Issue]:
    thinking = body.get("thinking") or {"type": "disabled"}
    choice = body.get("tool_choice")
    kind = choice.get("type") if isinstance(choice, dict) else choice
    if thinking["type"] == "disabled":
        return
    if kind in {"any", "tool", "required", "function"}:
        text = "Thinking may not be enabled when tool_choice forces tool use."
        yield Issue(("tool_choice",), text)
    if thinking.get("budget_tokens", 0) >= body.get("max_tokens", 32_000):
        yield Issue(("max_tokens",), "`max_tokens` must be greater than `thinking.budget_tokens`.")


def between_claude(body: Json) -> Iterator[Issue]:
    """Yield what is wrong with calls, results and signatures of Claude-style turns."""
    missing = "`tool_use` ids were found without `tool_result` blocks immediately after: "
    open_calls: set[str] = set()
    for index, message in enumerate(body["messages"]):
        blocks = message["content"] if isinstance(message["content"], list) else []
        path = ("messages", index, "content")
        results = {block["tool_use_id"] for block in blocks if block["type"] == "tool_result"}
        if results - open_calls:
            found = ", ".join(sorted(results - open_calls))
            yield Issue(path, f"unexpected `tool_use_id` found in `tool_result` blocks: {found}")
        if open_calls - results:
            yield Issue(path, missing + ", ".join(sorted(open_calls - results)))
        open_calls = {block["id"] for block in blocks if block["type"] == "tool_use"}
        for number, block in enumerate(blocks):
            given = block["signature"] if block["type"] == "thinking" else None
            own = is_own_signature("thinking", given)
            if own and given != signature("thinking", block["thinking"]):
                yield Issue((*path, number), "Invalid `signature` in `thinking` block")
    if body["messages"][0]["role"] != "user":
        yield Issue(("messages", 0, "role"), "Expected 'user' first, received 'assistant'")
    if open_calls:
        yield Issue(("messages",), missing + ", ".join(sorted(open_calls)))


def _between_openai(body: Json) -> Iterator[Issue]:
    """Yield what is wrong with calls and results of OpenAI-style messages."""
    waiting: list[str] = []
    for index, message in enumerate(body["messages"]):
        path = ("messages", index)
        if message["role"] == "tool":
            name = message["tool_call_id"]
            if name in waiting:
                waiting.remove(name)
            else:
                said = "messages with role 'tool' must be a response to a preceding message"
                yield Issue(path, f"{said} with 'tool_calls', received '{name}'")
            continue
        if waiting:
            break
        waiting = [call["id"] for call in message.get("tool_calls") or ()]
        if "content" not in message and not waiting:
            yield Issue((*path, "content"), "Expected string, received undefined")
    if waiting:
        said = "'tool_calls' must be followed by tool messages responding to each 'tool_call_id'"
        yield Issue(("messages",), f"{said}, received none for {', '.join(waiting)}")


def _thoughts_of_gemini(body: Json) -> Iterator[Issue]:
    """Gemini's signature of the first of parallel calls must come back unchanged."""
    for index, message in enumerate(body["messages"]):
        for number, call in enumerate(message.get("tool_calls") or ()):
            name = call["id"]
            google = (call.get("extra_content") or {}).get("google") or {}
            received = google.get("thought_signature")
            if _FIRST_OF_GEMINI.fullmatch(name) and received != signature("thought", name):
                where = ("messages", index, "tool_calls", number, "extra_content")
                yield Issue(
                    where, f"Expected the thought_signature as given, received {received!r}"
                )


# --- messages ---
def check_messages(body: Json, model: Model) -> tuple[bool, list[Issue]]:
    """Check a body, as `check_chat` does."""
    if _has_openai_messages(body):
        rule = claude_rules.body_with_openai_messages(model)
        return False, list(rule(body, ())) or list(_between_openai(body))
    return True, list(claude_rules.body(model)(body, ())) or [
        *_thinking_and_choice(body),
        *habits.of_lonely_choices(body),
        *between_claude(body),
        *messages_thoughts.issues_of(body),
        *habits.of_claude(body),
    ]


# --- responses ---
SEALED = "gAAAAEmu"
"""How sealed reasoning of the emulator begins; any other is refused, as it cannot be opened."""
_AFTER_REASONING = re.compile(r"call_R(?P<of>[0-9A-Za-z]{10})[0-9A-Za-z]+")


def seal(reasoning_id: str) -> str:
    """Return the sealed form of the reasoning of an id."""
    return SEALED + token(reasoning_id, "sealed", 64)


def mark_of(sealed: str) -> str:
    """Return what the ids of calls have in them that sealed reasoning led to."""
    return token(sealed, "led to", 10)


def check_items(body: Json, model: Model, earlier: list[Json], kept: set[str]) -> list[Issue]:
    """Check a body; what holds between its parts is looked at when their shapes are right.

    Args:
        body: The request.
        model: Its model.
        earlier: Items that were stored under `previous_response_id`.
        kept: Ids of all that was ever stored.
    """
    issues = list(responses_rules.body(model)(body, ())) or list(habits.of_responses(body))
    items = body["input"] if not issues else ""
    if isinstance(items, str):
        return issues
    # What a model cannot be sent it does not miss.
    reasons = model.responses is not None and "reasoning" in model.responses.parameters
    return [*_calls(items, earlier), *(_reasoning(items, kept) if reasons else ())]


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


def _reasoning(items: list[Json], kept: set[str]) -> Iterator[Issue]:
    """Sealed reasoning comes back unchanged, under its id, before the calls that it led to.

    What is stored is known by its id alone.
    """
    marks: set[str] = set()
    for index, item in enumerate(items):
        path = ("input", index)
        if item.get("type") == "reasoning":
            name, sealed = item["id"], item.get("encrypted_content")
            if not sealed and name not in kept:
                yield Issue(path, f"Item with id '{name}' not found: `store` was not set to true")
            elif sealed and sealed != seal(name):
                yield Issue(path, "The encrypted content could not be verified.")
            marks.add(mark_of(seal(name)))
            follows = items[index + 1] if index + 1 < len(items) else {"role": "user"}
            if follows.get("role") in {"user", "system", "developer"}:
                yield Issue(
                    path, f"Item '{name}' was provided without its required following item."
                )
        elif item.get("type") == "function_call":
            led = _AFTER_REASONING.fullmatch(item["call_id"])
            if led and led["of"] not in marks:
                yield Issue(path, f"'{item['call_id']}' was provided without its reasoning")
