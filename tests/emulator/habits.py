"""What services refuse though their documents do not say so: one table.

Kept apart from the package's own facts about vendors: what checks the client must not share the
client's mistakes. The places are named where somebody met it.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, NamedTuple

from .rules import Issue

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from .models import Model
    from .rules import Path

Json = dict[str, Any]


class Habit(NamedTuple):
    """What the models of one developer refuse on chat/completions.

    Attributes:
        call_ids: What the id of a call must match.
        says: The complaint about another one.
        mark: A letter in the ids of calls that a thought of these models led to. Such a call is
            refused without the thought; empty where no thought is wanted back.
    """

    call_ids: re.Pattern[str] = re.compile(".*", re.DOTALL)
    says: str = ""
    mark: str = ""


_TOO_LONG = "string too long. Expected a string with maximum length {most}."
_CLAUDE = re.compile(r"[a-zA-Z0-9_-]{1,64}")
_NO_MATCH = f"String should match pattern '{_CLAUDE.pattern}'"
_HABITS: dict[str, Habit] = {
    # github.com/agno-agi/agno/issues/5382
    "Open AI": Habit(re.compile(r".{1,40}", re.DOTALL), _TOO_LONG.format(most=40)),
    "Anthropic": Habit(_CLAUDE, _NO_MATCH),
    # github.com/langchain-ai/langchain/pull/24668
    "Mistral AI": Habit(
        re.compile(r"[a-zA-Z0-9]{9}"),
        "Tool call id must be a-z, A-Z, 0-9, with a length of 9.",
    ),
    "DeepSeek": Habit(mark="D"),  # api-docs.deepseek.com, guides/thinking_mode
    "Moonshot": Habit(mark="K"),  # github.com/bytedance/deer-flow/issues/3043
}
_NONE = Habit()
_LED_TO = re.compile(r"call_T(?P<mark>[A-Z])[0-9A-Za-z]{24}")
"""An id that the emulator gave to a call which its own, shown thought led to."""

_RESPONSES_ID = 64
"""Characters of an id on `/v1/responses`, of an item as well as of a call."""

# github.com/openai/codex/issues/33176: "Invalid 'input[371].id': '019f629b-43ee-...'. Expected an
# ID that begins with 'msg'."
_PREFIXES = {
    "message": "msg",
    "reasoning": "rs",
    "function_call": "fc",
    "web_search_call": "ws",
    "code_interpreter_call": "ci",
    "mcp_list_tools": "mcpl",
    "mcp_approval_request": "mcpr",
    "mcp_call": "mcp",
}


def _habit(model: Model) -> Habit:
    return _HABITS.get(model.developer, _NONE)


def takes_thoughts_back(model: Model) -> bool:
    """Return whether turns with calls may bear `reasoning_content`: R1 refuses it."""
    return bool(_habit(model).mark) and "tools" in model.parameters


def call_id(made: str, model: Model, *, thought: bool) -> str:
    """Return the id of a call in the form of the developer; a shown thought leaves a mark in it."""
    habit = _habit(model)
    if not habit.call_ids.fullmatch(made):
        return made[-9:]  # Mistral's, the only ones that the usual form does not fit
    if thought and habit.mark:
        return f"call_T{habit.mark}{made.removeprefix('call_')}"
    return made


# --- chat/completions ---
def of_chat(body: Json, model: Model, *, claude_messages: bool) -> Iterator[Issue]:
    """Yield what is refused of a body whose shape is right."""
    yield from of_lonely_choices(body)
    if claude_messages:
        yield from of_claude(body)
        return
    yield from of_schemas(
        (("tools", number, "function", "parameters"), tool["function"])
        for number, tool in enumerate(body.get("tools") or ())
        if "function" in tool
    )
    habit = _habit(model)
    for path, name in _call_ids(body["messages"]):
        if not habit.call_ids.fullmatch(name):
            yield Issue(path, habit.says)
    yield from _of_thoughts(body, habit)


def _call_ids(messages: list[Json]) -> Iterator[tuple[Path, str]]:
    for index, message in enumerate(messages):
        for number, call in enumerate(message.get("tool_calls") or ()):
            yield ("messages", index, "tool_calls", number, "id"), call["id"]
        if message["role"] == "tool":
            yield ("messages", index, "tool_call_id"), message["tool_call_id"]


def _of_thoughts(body: Json, habit: Habit) -> Iterator[Issue]:
    for index, message in enumerate(body["messages"]):
        marks = (_LED_TO.fullmatch(call["id"]) for call in message.get("tool_calls") or ())
        led = any(mark and mark["mark"] == habit.mark for mark in marks)
        if led and not message.get("reasoning_content"):
            yield Issue(("messages", index), "Missing `reasoning_content` beside tool calls")


# --- tools, on every endpoint ---
def of_lonely_choices(body: Json) -> Iterator[Issue]:
    """Yield the settings of tools that are sent without any.

    github.com/openai/swarm/issues/30, github.com/writer/writer-framework/pull/1013
    """
    for name in () if body.get("tools") else ("tool_choice", "parallel_tool_calls"):
        if body.get(name) is not None:
            yield Issue((name,), f"'{name}' is only allowed when 'tools' are specified")


def of_schemas(functions: Iterable[tuple[Path, Json]]) -> Iterator[Issue]:
    """Yield the objects without `properties`: github.com/evalstate/fast-agent/issues/143."""
    for path, function in functions:
        schema = function.get("parameters") or {}
        if schema.get("type") == "object" and "properties" not in schema:
            yield Issue(path, f"'{function['name']}': object schema missing properties")


# --- Claude's blocks, on chat/completions and on messages ---
def of_claude(body: Json) -> Iterator[Issue]:
    """Yield what is refused of Claude's blocks."""
    for index, message in enumerate(body["messages"]):
        blocks = message["content"] if isinstance(message["content"], list) else []
        for number, block in enumerate(blocks):
            path = ("messages", index, "content", number)
            yield from _of_name(block, path)
            content = block.get("content") if block["type"] == "tool_result" else None
            for place, inner in enumerate(content if isinstance(content, list) else ()):
                if "cache_control" in inner:  # github.com/caozhiyuan/copilot-api/issues/241
                    where = (*path, "content", place, "cache_control")
                    yield Issue(where, "may not be specified within `tool_result.content`")


def _of_name(block: Json, path: Path) -> Iterator[Issue]:
    fields = {"tool_use": ("name", "id"), "tool_result": ("tool_use_id",)}
    for field in fields.get(block["type"], ()):
        if not _CLAUDE.fullmatch(block[field]):
            yield Issue((*path, field), _NO_MATCH)


# --- responses ---
def of_responses(body: Json) -> Iterator[Issue]:
    """Yield what is refused of a body of `/v1/responses` whose shape is right."""
    yield from of_lonely_choices(body)
    yield from of_schemas(
        (("tools", number, "parameters"), tool)
        for number, tool in enumerate(body.get("tools") or ())
        if tool["type"] == "function"
    )
    for index, item in enumerate(body["input"] if isinstance(body["input"], list) else ()):
        prefix = _PREFIXES.get(item.get("type", "message"))
        name = item.get("id")
        if name is not None and prefix and not name.startswith(f"{prefix}_"):
            text = f"Invalid: '{name}'. Expected an ID that begins with '{prefix}'."
            yield Issue(("input", index, "id"), text)
        for field in ("id", "call_id"):
            given = item.get(field) or ""
            if len(given) > _RESPONSES_ID:
                yield Issue(("input", index, field), _TOO_LONG.format(most=_RESPONSES_ID))
