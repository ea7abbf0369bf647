"""What services refuse though their documents do not say so: one table.

Kept apart from the package's own facts about vendors: what checks the client must not share the
client's mistakes. The places are named where somebody met it.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, NamedTuple

from .rules import Issue

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .conversation import Ask
    from .models import Model

Json = dict[str, Any]


class Habit(NamedTuple):
    """What the models of one developer refuse on chat/completions.

    Attributes:
        call_ids: What the id of a call must match.
        mark: A letter in the ids of calls that a thought of these models led to. Such a call is
            refused without the thought; empty where no thought is wanted back.
    """

    call_ids: str = "(?s).*"
    mark: str = ""


_HABITS: dict[str, Habit] = {
    "Open AI": Habit("(?s).{1,40}"),  # github.com/agno-agi/agno/issues/5382
    "Mistral AI": Habit("[a-zA-Z0-9]{9}"),  # github.com/langchain-ai/langchain/pull/24668
    "DeepSeek": Habit(mark="D"),  # api-docs.deepseek.com, guides/thinking_mode
    "Moonshot": Habit(mark="K"),  # github.com/bytedance/deer-flow/issues/3043
}
_NONE = Habit()
_ON_RESPONSES = Habit("(?s).{1,64}")

# github.com/openai/codex/issues/33176: "Invalid 'input[371].id': '019f629b-43ee-...'. Expected an
# ID that begins with 'msg'."
_PREFIXES = {
    "message": "msg",
    "reasoning": "rs",
    "function_call": "fc",
    "web_search_call": "ws",
    "code_interpreter_call": "ci",
}


def habit_of(model: Model) -> Habit:
    """Return what the developer of a model refuses."""
    return _HABITS.get(model.developer, _NONE)


def takes_thoughts_back(model: Model) -> bool:
    """Return whether turns with calls may bear `reasoning_content`: R1 refuses it."""
    return bool(habit_of(model).mark) and "tools" in model.parameters


def call_id(made: str, model: Model, *, thought: bool) -> str:
    """Return the id of a call in the form of the developer; a shown thought leaves a mark in it."""
    habit = habit_of(model)
    if not re.fullmatch(habit.call_ids, made):
        return made[-9:]  # Mistral's, the only ones that the usual form does not fit
    if thought and habit.mark:
        return f"call_T{habit.mark}{made.removeprefix('call_')}"
    return made


def issues_of(ask: Ask) -> Iterator[Issue]:
    """Yield what is refused of a body whose shape is right."""
    body, on_responses = ask.body, "input" in ask.body
    # github.com/openai/swarm/issues/30, github.com/writer/writer-framework/pull/1013
    for name in () if body.get("tools") else ("tool_choice", "parallel_tool_calls"):
        if body.get(name) is not None:
            yield Issue((name,), f"'{name}' is only allowed when 'tools' are specified")
    for number, tool in enumerate(body.get("tools") or ()):
        function = tool.get("function", tool)
        schema = function.get("parameters") or {}
        # github.com/evalstate/fast-agent/issues/143
        if schema.get("type") == "object" and "properties" not in schema:
            yield Issue(
                ("tools", number), f"'{function['name']}': object schema missing properties"
            )
    habit = _ON_RESPONSES if on_responses else habit_of(ask.model)
    for turn in ask.turns:
        for name in [*(call.id for call in turn.calls), *(r.call_id for r in turn.results)]:
            if not re.fullmatch(habit.call_ids, name):
                yield Issue(("tool_calls",), f"Expected an id like {habit.call_ids}, not '{name}'")
    for index, item in enumerate(body["input"] if isinstance(body.get("input"), list) else ()):
        prefix = _PREFIXES.get(item.get("type", "message"), "")
        name = item.get("id") or f"{prefix}_"
        if not name.startswith(prefix) or len(name) > 64:
            says = f"Invalid: '{name}'. Expected an ID that begins with '{prefix}'."
            yield Issue(("input", index, "id"), says)
