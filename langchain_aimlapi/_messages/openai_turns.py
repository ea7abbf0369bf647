"""Turns in the OpenAI style: roles, typed parts, `tool_calls`, `role: tool`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from langchain_aimlapi._messages.openai_content import (
    content_of,
    joined,
    text_or_parts,
)
from langchain_aimlapi._messages.openai_tool_results import tool_turns
from langchain_aimlapi._messages.parts import (
    Audio,
    File,
    Image,
    Part,
    Raw,
    Text,
    Thinking,
    ToolResult,
    ToolUse,
    Video,
)
from langchain_aimlapi._messages.plain_turns import FAST_PATHS, ROLES, FastPath, Turns, no_fast_path
from langchain_aimlapi._messages.tool_media import MediaTurn, media_last
from langchain_aimlapi._messages.turns import (
    Place,
    in_order,
    json_text,
    parts_of,
    role_of,
    tool_call_id_of,
    tool_uses,
    unsupported,
    unwrapped,
)
from langchain_aimlapi._warning import warn
from langchain_aimlapi.errors import UnsupportedContentError
from langchain_aimlapi.profiles import CHAT

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from langchain_core.messages import BaseMessage

    from langchain_aimlapi._http.json import JsonObject
    from langchain_aimlapi._messages.options import RequestOptions
    from langchain_aimlapi.profiles import ModelFacts

_SYSTEM_ROLES = {"system": ("system", "developer"), "developer": ("developer", "system")}


def turns_of(
    messages: Sequence[BaseMessage], options: RequestOptions, facts: ModelFacts
) -> list[JsonObject]:
    """Return the turns of a conversation in the OpenAI style."""
    turns = Turns()
    instructions: list[str] = []  # of models that document no role for them
    fast_paths = _fast_paths(options, facts)
    for index, message in in_order(messages):
        plain = None if instructions else fast_paths.get(type(message), no_fast_path)(message)
        if plain is not None:
            turns.append(plain)
            continue
        place = Place(facts, index, message)
        role = role_of(place)
        if role in _SYSTEM_ROLES:
            role = _system_role(role, facts)
            if not role:
                instructions.append(_instructions(place))
                continue
        elif role == "tool" and facts.known and not options.tools:
            _require_role(place, role)
        for turn in _WRITERS.get(role, _other)(place, role):
            if instructions and turn["role"] == "user" and not isinstance(turn, MediaTurn):
                turn["content"] = _prefixed(turn["content"], instructions)
                instructions = []
            turns.add(turn)
    if instructions:
        turns.add({"role": "user", "content": "\n\n".join(instructions)})
    return media_last(turns, lambda turn: turn["role"] == "tool")


def _fast_paths(options: RequestOptions, facts: ModelFacts) -> Mapping[type[Any], FastPath]:
    """Return the fast paths that the model's documents leave open, by class of message."""
    if not facts.known:
        return FAST_PATHS
    takes = facts.parts_for
    closed = {
        "user": "string" not in (takes("user") or ()),
        "assistant": not takes("assistant"),
        "tool": not (takes("tool") or options.tools),
        "system": not takes("system"),
    }
    return {cls: write for cls, write in FAST_PATHS.items() if not closed[ROLES[cls]]}


def _system_role(wanted: str, facts: ModelFacts) -> str:
    """Return the documented role nearest to `wanted`, or "" where there is none.

    A model without either (the Gemmas, the first o1 models, say) gets the instructions in front
    of the next user turn, which is what its own chat template would do.
    """
    if not facts.known:
        return wanted
    return next((role for role in _SYSTEM_ROLES[wanted] if facts.parts_for(role)), "")


def _instructions(place: Place) -> str:
    parts = parts_of(place)
    accepted = place.facts.parts_for("user") or frozenset()
    if parts and accepted.isdisjoint({"string", "text"}):
        raise unsupported(place, 0, parts[0], accepted)
    return joined(place, "user", parts)


def _prefixed(content: Any, instructions: list[str]) -> Any:
    text = "\n\n".join(instructions)
    if isinstance(content, str):
        return f"{text}\n\n{content}" if content else text
    return [{"type": "text", "text": text}, *content]


def _require_role(place: Place, role: str) -> None:
    if place.facts.parts_for(role) == frozenset():
        roles = ", ".join(sorted(place.facts.parts_by_role))
        raise UnsupportedContentError(
            f"Cannot send {place} to {place.facts.model}: its documented roles are {roles}."
        )


# --- one writer per role ------------------------------------------------------------------------
def _user(place: Place, role: str) -> Iterator[JsonObject]:
    accepted = place.facts.parts_for(role)
    if isinstance(place.message.content, str) and (accepted is None or "string" in accepted):
        yield _turn(place, role, place.message.content)
        return
    parts = parts_of(place)
    results = [part for part in parts if isinstance(part, ToolResult)]
    for result in results:  # Anthropic's form of a tool message
        yield from tool_turns(place, result.id, parts_of(_inside(place, result)))
    if results and len(results) == len(parts):
        return
    yield _turn(place, role, content_of(place, role, parts))


def _system(place: Place, role: str) -> Iterator[JsonObject]:
    content = place.message.content
    if not isinstance(content, str):
        content = content_of(place, role, parts_of(place))
    yield _turn(place, role, content)


def _tool(place: Place, role: str) -> Iterator[JsonObject]:
    content: Any = place.message.content
    call_id = tool_call_id_of(place.message)
    if isinstance(content, str):
        yield {"role": role, "tool_call_id": call_id, "content": content}
    else:
        yield from tool_turns(place, call_id, parts_of(place))


def _function(place: Place, role: str) -> Iterator[JsonObject]:
    _require_role(place, role)
    content = place.message.content
    text = content if isinstance(content, str) else joined(place, role, parts_of(place))
    yield {"role": "function", "name": place.message.name, "content": text}


def _assistant(place: Place, role: str) -> Iterator[JsonObject]:
    facts, message = place.facts, place.message
    _require_role(place, role)
    content = message.content
    parts: list[Part] = []
    if not isinstance(content, str):
        parts = [unwrapped(part, message, CHAT) for part in parts_of(place)]
        content = _assistant_content(place, role, parts)
    turn = _turn(place, role, content)
    refusal = message.additional_kwargs.get("refusal")
    if refusal and content in ("", refusal):  # an answer in standard form has it as its text too
        accepted = facts.parts_for(role)
        takes_refusal = accepted is None or "refusal" in accepted
        turn |= {"content": "", "refusal": refusal} if takes_refusal else {"content": refusal}
    if facts.takes_reasoning:
        turn.update(_reasoning(message, parts))
    calls = tool_uses(place, parts)
    if calls:
        turn["tool_calls"] = [_tool_call(place, call) for call in calls]
    yield turn


def _other(place: Place, role: str) -> Iterator[JsonObject]:
    """Write a role of the user's own: a `ChatMessage` says what it wants."""
    content = place.message.content
    text = content if isinstance(content, str) else content_of(place, role, parts_of(place))
    yield _turn(place, role, text)


_WRITERS: Mapping[str, Callable[[Place, str], Iterator[JsonObject]]] = {
    "user": _user,
    "system": _system,
    "developer": _system,
    "assistant": _assistant,
    "tool": _tool,
    "function": _function,
}


def _turn(place: Place, role: str, content: Any) -> JsonObject:
    turn: JsonObject = {"role": role, "content": content}
    if place.message.name:
        turn["name"] = place.message.name
    return turn


def _inside(place: Place, result: ToolResult) -> Place:
    return place._replace(message=place.message.model_copy(update={"content": result.content}))


# --- assistant turns ----------------------------------------------------------------------------
def _assistant_content(place: Place, role: str, parts: Sequence[Part]) -> Any:
    """Return the content of an assistant turn: text; never null, "" beside tool calls.

    Reasoning and calls have fields of their own; what else the model produced in another
    provider's terms (traces of server tools, say) means nothing here. Media do mean something;
    those that a model made are left out with a warning, so that the conversation can go on.
    """
    kept: list[Part] = []
    for index, part in enumerate(parts):
        if isinstance(part, Audio) and (part.transcript or part.is_silent):
            kept.append(Text(part.transcript or ""))
        elif isinstance(part, (Image, File, Audio, Video)):
            refusal = unsupported(place, index, part, frozenset({"text"}))
            if not place.message.response_metadata.get("model_provider"):
                raise refusal
            warn(f"{refusal} It is left out.")
        elif isinstance(part, Text) or (isinstance(part, Raw) and part.verbatim):
            kept.append(part)
    return text_or_parts(place, role, kept, separator="")


def _reasoning(message: BaseMessage, parts: Sequence[Part]) -> JsonObject:
    """Return the earlier reasoning, once, though an answer may carry it in several places."""
    more = message.additional_kwargs
    details = more.get("reasoning_details")
    text = (
        more.get("reasoning_content")
        or "".join(part.text for part in parts if isinstance(part, Thinking))
        or "".join(
            str(detail.get("text") or detail.get("summary") or "")
            for detail in (details if isinstance(details, list) else ())
            if isinstance(detail, dict)
        )
    )
    return {"reasoning_content": text} if text else {}


def _tool_call(place: Place, call: ToolUse) -> JsonObject:
    arguments = call.args
    if not isinstance(arguments, str):
        arguments = json_text(place, arguments, f"the arguments of the tool call {call.name!r}")
    body: JsonObject = {
        "id": call.id,
        "type": "function",
        "function": {"name": call.name, "arguments": arguments},
    }
    if call.extra_content is not None:
        body["extra_content"] = call.extra_content
    return body
