"""Turns in the OpenAI style: roles, typed parts, `tool_calls`, `role: tool`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from langchain_aimlapi._answers.answer import EXTRA_CONTENT
from langchain_aimlapi._answers.coerce import dicts_of
from langchain_aimlapi._answers.reasoning import text_of_detail
from langchain_aimlapi._dialects.openai.parts import (
    content_of,
    joined_text,
    text_or_parts,
    tool_turns,
)
from langchain_aimlapi._messages.calls import CallIds, arguments_of, free_text_of, tool_uses
from langchain_aimlapi._messages.conversation import (
    MessageContext,
    drop_foreign_signature,
    plain_role,
    results_after_their_calls,
)
from langchain_aimlapi._messages.parts import Media, Part, Raw, Text, Thought, ToolResult, ToolUse
from langchain_aimlapi._messages.tool_results import (
    MediaTurn,
    media_last,
    result_of_block,
    results_of_tool,
)
from langchain_aimlapi._messages.tools import custom_tool_names
from langchain_aimlapi.data.vendors import vendor_of
from langchain_aimlapi.profiles import CHAT

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from langchain_core.messages import BaseMessage

    from langchain_aimlapi._http.json import JsonObject
    from langchain_aimlapi._messages.options import RequestOptions
    from langchain_aimlapi.profiles import ModelFacts

_PLAIN_ROLES = ("user", "assistant", "tool", "system")
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
        context = MessageContext(facts, index, message)
        role = context.role
        if role in _SYSTEM_ROLES:
            role = _system_role(role, facts)
            if not role:
                instructions.append(_instructions(context))
                continue
        for turn in writer.turns(context, role):
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
    if facts.parts_for(wanted) is None:
        return wanted
    return next((role for role in _SYSTEM_ROLES[wanted] if facts.parts_for(role)), "")


def _instructions(context: MessageContext) -> str:
    parts = context.parts()
    accepted = context.facts.parts_for("user") or frozenset()
    if parts and accepted.isdisjoint({"string", "text"}):
        raise context.unsupported(0, parts[0], accepted)
    return joined_text(context, "user", parts)


def _prefixed(content: Any, instructions: list[str]) -> Any:
    text = "\n\n".join(instructions)
    if isinstance(content, str):
        return f"{text}\n\n{content}" if content else text
    return [{"type": "text", "text": text}, *content]


class _TurnWriter:
    """Writes the turns of one request."""

    def __init__(self, options: RequestOptions, facts: ModelFacts) -> None:
        self._vendor = vendor_of(facts.model)
        self._ids = CallIds(self._vendor.call_ids)
        self._custom_tools = custom_tool_names(options.tools or ())
        self._resend_reasoning = options.resend_reasoning
        self._takes_reasoning = facts.takes_reasoning
        demanded = self._vendor.reasoning_back
        self._calls_need_reasoning = bool(demanded and demanded.search(facts.model.lower()))
        self._has_tools = bool(options.tools)
        self._plain_roles = _plain_roles(options, facts)
        self._writers = {"assistant": self._assistant, "tool": self._tool}

    def plain_turn(self, message: Any) -> JsonObject | None:
        """Return the turn of a message that is text and nothing more, else None."""
        role = plain_role(message)
        if role not in self._plain_roles:
            return None
        turn = {"role": role, "content": message.content}
        if role == "tool":
            turn["tool_call_id"] = self._ids.id_of_result(message.tool_call_id)
        return turn

    def turns(self, context: MessageContext, role: str) -> Iterator[JsonObject]:
        """Yield the turns of a message; a `ChatMessage` may have a role of its own."""
        is_documented = context.facts.parts_for(role) != frozenset()
        if not is_documented and not (role == "tool" and self._has_tools):
            roles = ", ".join(sorted(context.facts.parts_by_role))
            raise context.error(f"its documented roles are {roles}.")
        return self._writers.get(role, self._text_and_media)(context, role)

    def _text_and_media(self, context: MessageContext, role: str) -> Iterator[JsonObject]:
        accepted = context.facts.parts_for(role)
        content = context.message.content
        if isinstance(content, str) and (accepted is None or "string" in accepted):
            yield _turn(context, role, content)
            return
        parts = context.parts()
        results = [part for part in parts if isinstance(part, ToolResult)]
        for block in results:  # Anthropic's form of a tool message
            result = result_of_block(context, block)
            yield from tool_turns(context, self._ids.id_of_result(block.id), result.parts)
        rest = [part for part in parts if not isinstance(part, ToolResult)]
        if rest or not results:
            yield _turn(context, role, content_of(context, role, rest))

    def _tool(self, context: MessageContext, _: str) -> Iterator[JsonObject]:
        for result in results_of_tool(context):
            yield from tool_turns(context, self._ids.id_of_result(result.call_id), result.parts)

    def _assistant(self, context: MessageContext, role: str) -> Iterator[JsonObject]:
        message = context.message
        content = message.content
        parts: list[Part] = []
        if not isinstance(content, str):
            parts = [drop_foreign_signature(part, context, CHAT) for part in context.parts()]
            content = _assistant_content(context, role, parts)
        turn = _turn(context, role, content)
        refusal = message.additional_kwargs.get("refusal")
        if refusal and content in ("", refusal):  # standard content repeats it as its text
            accepted = context.facts.parts_for(role)
            takes_refusal = accepted is None or "refusal" in accepted
            turn |= {"content": "", "refusal": refusal} if takes_refusal else {"content": refusal}
        calls = tool_uses(context, parts)
        if self._sends_reasoning(message, calls):
            turn.update(_reasoning(message, parts))
        if calls:
            turn["tool_calls"] = [self._call(context, call) for call in calls]
        self._add_extra_content(turn, message, message.additional_kwargs.get(EXTRA_CONTENT))
        yield turn

    def _sends_reasoning(self, message: BaseMessage, calls: Sequence[ToolUse]) -> bool:
        """Return whether a turn goes back with its `reasoning_content`.

        DeepSeek, Moonshot, Zhipu and MiniMax demand it of turns that call tools, of their own
        models only (sources in `data/vendors.py`); DeepSeek R1 refuses it.
        """
        if self._resend_reasoning is not None:
            return self._resend_reasoning
        wanted = self._takes_reasoning or (self._calls_need_reasoning and bool(calls))
        return wanted and self._is_own(message)

    def _is_own(self, message: BaseMessage) -> bool:
        """Return whether a model of the same vendor answered, or nobody knows which."""
        maker = vendor_of(str(message.response_metadata.get("model_name") or ""))
        return not maker.name or maker is self._vendor

    def _add_extra_content(self, target: JsonObject, message: BaseMessage, extra: Any) -> None:
        """Add the field that only its own vendor reads, and others may refuse."""
        if extra is not None and self._vendor.extra_content and self._is_own(message):
            target[EXTRA_CONTENT] = extra

    def _call(self, context: MessageContext, call: ToolUse) -> JsonObject:
        args, arguments = arguments_of(context, call)
        called = {"name": call.name, "arguments": arguments}
        kind = "function"
        if call.name in self._custom_tools:
            called = {"name": call.name, "input": free_text_of(args, arguments)}
            kind = "custom"
        written = {"id": self._ids.id_of_call(str(call.id)), "type": kind, kind: called}
        self._add_extra_content(written, context.message, call.extra_content)
        return written


def _turn(context: MessageContext, role: str, content: Any) -> JsonObject:
    turn: JsonObject = {"role": role, "content": content}
    if context.message.name:
        turn["name"] = context.message.name
    return turn


def _plain_roles(options: RequestOptions, facts: ModelFacts) -> frozenset[str | None]:
    """Return the roles that take plain text as it is."""
    takes = {role: facts.parts_for(role) for role in _PLAIN_ROLES}
    roles = {role for role, accepted in takes.items() if accepted is None or "string" in accepted}
    return frozenset(roles | {"tool"} if options.tools else roles)


# --- assistant turns ----------------------------------------------------------------------------
def _assistant_content(context: MessageContext, role: str, parts: Sequence[Part]) -> Any:
    """Return the content of an assistant turn: text; never null, "" beside tool calls.

    Reasoning and calls have fields of their own; what else the model produced in another
    provider's terms (traces of server tools, say) means nothing here. Media do mean something.
    """
    kept: list[Part] = []
    for index, part in enumerate(parts):
        if isinstance(part, Media) and part.is_speech:
            kept.append(Text(part.text or ""))
        elif isinstance(part, Media):
            context.leave_out(index, part)
        elif isinstance(part, Text) or (isinstance(part, Raw) and part.verbatim):
            kept.append(part)
        elif isinstance(part, ToolResult):
            raise context.unsupported(index, part, frozenset({"text"}))
    return text_or_parts(context, role, kept, separator="")


def _reasoning(message: BaseMessage, parts: Sequence[Part]) -> JsonObject:
    """Return the earlier reasoning, once, though an answer may carry it in several places."""
    more = message.additional_kwargs
    text = (
        more.get("reasoning_content")
        or "".join(part.text for part in parts if isinstance(part, Thought))
        or "".join(map(text_of_detail, dicts_of(more.get("reasoning_details"))))
    )
    return {"reasoning_content": text} if text else {}
