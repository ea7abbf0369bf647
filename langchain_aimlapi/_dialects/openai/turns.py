"""Turns in the OpenAI style: roles, typed parts, `tool_calls`, `role: tool`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from langchain_core.messages import ToolMessage

from langchain_aimlapi._dialects.openai.parts import (
    content_of,
    joined,
    text_or_parts,
    tool_turns,
)
from langchain_aimlapi._messages.call_ids import CallIds
from langchain_aimlapi._messages.calls import arguments_text, tool_uses
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
from langchain_aimlapi._messages.tool_media import MediaTurn, media_last
from langchain_aimlapi._messages.tool_results import results_of_tool, results_of_user
from langchain_aimlapi._messages.turns import (
    Place,
    drop_foreign_signature,
    parts_of,
    plain_role,
    results_after_their_calls,
    role_of,
    unsupported,
)
from langchain_aimlapi._warning import warn
from langchain_aimlapi.data.vendors import vendor_of
from langchain_aimlapi.errors import UnsupportedContentError
from langchain_aimlapi.profiles import CHAT

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from langchain_core.messages import BaseMessage

    from langchain_aimlapi._http.json import JsonObject
    from langchain_aimlapi._messages.options import RequestOptions
    from langchain_aimlapi.profiles import ModelFacts

EXTRA_CONTENT = "extra_content"
"""What Gemini wants back with a call or a turn: `google.thought_signature`."""
_SYSTEM_ROLES = {"system": ("system", "developer"), "developer": ("developer", "system")}


def turns_of(
    messages: Sequence[BaseMessage], options: RequestOptions, facts: ModelFacts
) -> list[JsonObject]:
    """Return the turns of a conversation in the OpenAI style."""
    turns: list[JsonObject] = []
    instructions: list[str] = []  # of models that document no role for them
    writer = _TurnWriter(options, facts)
    for index, message in results_after_their_calls(messages):
        plain = None if instructions else writer.plain_turn(message)
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
        for turn in writer.turns(place, role):
            if instructions and turn["role"] == "user" and not isinstance(turn, MediaTurn):
                turn["content"] = _prefixed(turn["content"], instructions)
                instructions = []
            turns.append(turn)
    if instructions:
        turns.append({"role": "user", "content": "\n\n".join(instructions)})
    return media_last(turns, lambda turn: turn["role"] == "tool")


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


class _TurnWriter:
    """Writes the turns of one request."""

    def __init__(self, options: RequestOptions, facts: ModelFacts) -> None:
        self._vendor = vendor_of(facts.model)
        self._ids = CallIds(self._vendor.call_ids)
        self._resend_reasoning = options.resend_reasoning
        self._plain_roles = _plain_roles(options, facts)

    def plain_turn(self, message: BaseMessage) -> JsonObject | None:
        """Return the turn of a message that is text and nothing more, else None.

        Nearly all of a long conversation is such messages, and it is sent with every step of an
        agent: this takes a third of the time of the general way.
        """
        role = plain_role(message)
        if role not in self._plain_roles:
            return None
        turn = {"role": role, "content": message.content}
        if isinstance(message, ToolMessage):
            turn["tool_call_id"] = self._ids.id_of_result(message.tool_call_id)
        return turn

    def turns(self, place: Place, role: str) -> Iterator[JsonObject]:
        """Yield the turns of a message; a `ChatMessage` may have a role of its own."""
        write = {
            "user": self._user,
            "assistant": self._assistant,
            "tool": self._tool,
            "function": self._function,
        }.get(role, self._other)
        return write(place, role)

    def _user(self, place: Place, role: str) -> Iterator[JsonObject]:
        accepted = place.facts.parts_for(role)
        if isinstance(place.message.content, str) and (accepted is None or "string" in accepted):
            yield _turn(place, role, place.message.content)
            return
        parts = parts_of(place)
        results = results_of_user(place, parts)
        for result in results:  # Anthropic's form of a tool message
            yield from tool_turns(place, self._ids.id_of_result(result.call_id), result.parts)
        if results and all(isinstance(part, ToolResult) for part in parts):
            return
        yield _turn(place, role, content_of(place, role, parts))

    def _tool(self, place: Place, _: str) -> Iterator[JsonObject]:
        for result in results_of_tool(place):
            yield from tool_turns(place, self._ids.id_of_result(result.call_id), result.parts)

    def _function(self, place: Place, role: str) -> Iterator[JsonObject]:
        _require_role(place, role)
        content = place.message.content
        text = content if isinstance(content, str) else joined(place, role, parts_of(place))
        yield {"role": "function", "name": place.message.name, "content": text}

    def _other(self, place: Place, role: str) -> Iterator[JsonObject]:
        content = place.message.content
        text = content if isinstance(content, str) else content_of(place, role, parts_of(place))
        yield _turn(place, role, text)

    def _assistant(self, place: Place, role: str) -> Iterator[JsonObject]:
        facts, message = place.facts, place.message
        _require_role(place, role)
        content = message.content
        parts: list[Part] = []
        if not isinstance(content, str):
            parts = [drop_foreign_signature(part, message, CHAT) for part in parts_of(place)]
            content = _assistant_content(place, role, parts)
        turn = _turn(place, role, content)
        refusal = message.additional_kwargs.get("refusal")
        if refusal and content in ("", refusal):  # standard content repeats it as its text
            accepted = facts.parts_for(role)
            takes_refusal = accepted is None or "refusal" in accepted
            turn |= {"content": "", "refusal": refusal} if takes_refusal else {"content": refusal}
        calls = tool_uses(place, parts)
        if self._takes_reasoning(place, calls):
            turn.update(_reasoning(message, parts))
        if calls:
            turn["tool_calls"] = [self._call(place, call) for call in calls]
        extra = message.additional_kwargs.get(EXTRA_CONTENT)
        yield turn | self._extra_content(message, extra)

    def _takes_reasoning(self, place: Place, calls: Sequence[ToolUse]) -> bool:
        """Return whether a turn goes back with its `reasoning_content`.

        Some vendors demand it of turns that call tools, of their own models only; others refuse
        it, or read it as part of the answer.
        """
        if self._resend_reasoning is not None:
            return self._resend_reasoning
        if not self._is_own(place.message):
            return False
        wanted = self._vendor.reasoning_back
        demanded = wanted is not None and bool(wanted.search(place.facts.model.lower()))
        return place.facts.takes_reasoning or (demanded and bool(calls))

    def _is_own(self, message: BaseMessage) -> bool:
        """Return whether a model of the same vendor answered, or nobody knows which."""
        maker = vendor_of(str(message.response_metadata.get("model_name") or ""))
        return not maker.name or maker is self._vendor

    def _extra_content(self, message: BaseMessage, extra: Any) -> JsonObject:
        """Return the field that only its own vendor reads, and others may refuse."""
        sent = extra is not None and self._vendor.extra_content and self._is_own(message)
        return {EXTRA_CONTENT: extra} if sent else {}

    def _call(self, place: Place, call: ToolUse) -> JsonObject:
        return {
            "id": self._ids.id_of_call(str(call.id)),
            "type": "function",
            "function": {"name": call.name, "arguments": arguments_text(place, call)},
            **self._extra_content(place.message, call.extra_content),
        }


def _turn(place: Place, role: str, content: Any) -> JsonObject:
    turn: JsonObject = {"role": role, "content": content}
    if place.message.name:
        turn["name"] = place.message.name
    return turn


def _plain_roles(options: RequestOptions, facts: ModelFacts) -> frozenset[str | None]:
    """Return the roles that take plain text as it is."""
    if not facts.known:
        return frozenset({"user", "assistant", "tool", "system"})
    roles = {role for role in ("assistant", "tool", "system") if facts.parts_for(role)}
    if "string" in (facts.parts_for("user") or ()):
        roles.add("user")
    if options.tools:
        roles.add("tool")
    return frozenset(roles)


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
        elif isinstance(part, ToolResult):
            raise unsupported(place, index, part, frozenset({"text"}))
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
