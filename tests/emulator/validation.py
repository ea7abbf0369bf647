"""Whether a body may be answered: its shape, then what must hold between its parts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from . import claude_rules, habits, openai_rules, responses_rules, thoughts
from .conversation import Ask, items_of, read
from .rules import Issue, check, refuse

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pydantic import TypeAdapter

    from .models import Model

Json = dict[str, Any]


def read_chat(body: Json, model: Model) -> Ask:
    """Read a body of chat/completions, or refuse it."""
    if model.style == "claude":
        return read_claude(body, model)
    return _read_openai(body, model, openai_rules.body(model))


def read_claude(body: Json, model: Model) -> Ask:
    """Read a body of messages, or one for Claude of chat/completions, or refuse it."""
    # Claude takes two styles of messages: a body is in the one that it fits better.
    issues = check(claude_rules.body(model), body)
    of_openai = claude_rules.body_with_openai_messages(model)
    if len(issues) > len(check(of_openai, body)):
        return _read_openai(body, model, of_openai)
    refuse(issues)
    ask = read(body, model)
    refuse([*_thinking_and_choice(body), *thoughts.of_claude(body), *_pairs(ask)])
    refuse(habits.issues_of(ask))
    if body["messages"][0]["role"] != "user":
        refuse([Issue(("messages", 0, "role"), "Expected 'user' first, received 'assistant'")])
    return ask


def read_responses(body: Json, model: Model, earlier: Sequence[Json], stored: set[str]) -> Ask:
    """Read a body of responses, or refuse it.

    Args:
        body: The request.
        model: Its model.
        earlier: Items that were stored under `previous_response_id`.
        stored: Ids of all that was ever stored.
    """
    refuse(check(responses_rules.body(model), body))
    ask = read(body, model, earlier)
    refuse([*habits.issues_of(ask), *_pairs(ask, at_once=False)])
    # What a model cannot be sent it does not miss.
    if "reasoning" in model.responses:
        refuse(thoughts.of_responses(items_of(body), stored))
    return ask


def _read_openai(body: Json, model: Model, adapter: TypeAdapter[Any]) -> Ask:
    refuse(check(adapter, body))
    ask = read(body, model)
    refuse([*thoughts.of_chat(ask), *_thinking_and_choice(body), *_pairs(ask)])
    refuse(habits.issues_of(ask))
    return ask


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


def _pairs(ask: Ask, *, at_once: bool = True) -> Iterator[Issue]:
    """Yield the results without calls, and the calls without results.

    Args:
        ask: What is asked.
        at_once: Whether results follow their calls at once.
    """
    waiting: set[str] = set()
    unanswered = "tool calls were found without their results immediately after: "
    for turn in ask.turns:
        answered = {result.call_id for result in turn.results}
        for name in sorted(answered - waiting):
            yield Issue((), f"no tool call found for the result of '{name}'")
        waiting -= answered
        if at_once and waiting and not answered:
            yield Issue((), unanswered + ", ".join(sorted(waiting)))
            waiting = set()
        waiting |= {call.id for call in turn.calls}
    if waiting:
        yield Issue((), unanswered + ", ".join(sorted(waiting)))
