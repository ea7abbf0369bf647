"""The turns of a Claude-style body: user and assistant in turns, made of typed blocks."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from langchain_aimlapi._dialects.claude.parts import (
    as_blocks,
    join_excess_texts,
    thoughts_of,
    with_cache_control,
    with_signed_thoughts,
    write,
)
from langchain_aimlapi._dialects.claude.server_tools import caller_of, is_foreign
from langchain_aimlapi._messages.calls import CallIds, arguments_of, place_calls, tool_uses
from langchain_aimlapi._messages.conversation import (
    MessageContext,
    drop_foreign_signature,
    is_accepted,
    plain_role,
    results_after_their_calls,
)
from langchain_aimlapi._messages.parts import (
    Media,
    Part,
    Raw,
    Text,
    Thought,
    ToolResult,
    ToolUse,
    text_of,
)
from langchain_aimlapi._messages.tool_results import Result, result_of_block, results_of_tool
from langchain_aimlapi.data.vendors import CLAUDE_CALL_IDS
from langchain_aimlapi.profiles import ModelFacts, takes_source_urls

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from langchain_core.messages import BaseMessage

    from langchain_aimlapi._http.json import JsonObject

_INSTRUCTIONS = frozenset({"system", "developer"})
_WIRE_ROLES = {"user": "user", "assistant": "assistant", "tool": "user"}
_IN_RESULTS = frozenset({"text", "image"})
_IN_NEWER_RESULTS = _IN_RESULTS | {"document", "search_result", "tool_reference"}


class TurnWriter:
    """Writes the turns of one request.

    Args:
        facts: What is documented about the model.
        endpoint: Where the request goes.

    Attributes:
        system: The system prompt so far.
    """

    def __init__(self, facts: ModelFacts, endpoint: str) -> None:
        self.facts = facts
        self.endpoint = endpoint
        self.system: list[Text] = []
        self._ids = CallIds(CLAUDE_CALL_IDS, unique=True)
        self._write = partial(write, facts=facts)
        self._urls = takes_source_urls(facts)
        in_results = _IN_NEWER_RESULTS if self._urls else _IN_RESULTS
        self._in_results = in_results if facts.known else None

    def turns(self, messages: Sequence[BaseMessage]) -> list[JsonObject]:
        """Return the turns, consecutive ones of the same role merged."""
        turns: list[JsonObject] = []
        for index, message in results_after_their_calls(messages):
            role = plain_role(message)
            if role in _WIRE_ROLES:
                content = self._plain_content(message, role)
            else:
                context = MessageContext(self.facts, index, message)
                role = context.role
                if role in _INSTRUCTIONS:
                    self._add_system(context)
                    continue
                content = self._content(context, role)
            wire_role = _WIRE_ROLES[role]
            if not content:
                continue  # an empty turn is refused
            if turns and turns[-1]["role"] == wire_role:
                turns[-1]["content"] = as_blocks(turns[-1]["content"])
                turns[-1]["content"] += as_blocks(content)
            else:
                turns.append({"role": wire_role, "content": content})
        if turns and turns[-1]["role"] == "assistant":
            turns[-1]["content"] = _without_trailing_blanks(turns[-1]["content"])
        for turn in () if self._urls else turns:
            turn["content"] = join_excess_texts(turn["content"])
        return turns

    def _plain_content(self, message: Any, role: str) -> str | list[JsonObject]:
        """Return the content of a message that is text and nothing more."""
        text: str = message.content
        if role == "tool":
            failed = message.status == "error"
            return [self._result_block(Result(message.tool_call_id, [], text, failed))]
        return "" if text.isspace() else text

    def _add_system(self, context: MessageContext) -> None:
        for index, part in enumerate(context.parts()):
            text = text_of(part)
            if text is None:
                raise context.unsupported(index, part, frozenset({"text"}))
            if text.strip():
                self.system.append(Text(text, getattr(part, "cache_control", None)))

    def _content(self, context: MessageContext, role: str) -> str | list[JsonObject]:
        content = context.message.content
        if role not in _WIRE_ROLES:
            raise context.error(
                f"the Claude schema has no role {role!r}, only user, assistant, system, developer "
                "and tool."
            )
        if role == "tool":
            return [self._result(context, result) for result in results_of_tool(context)]
        if role == "assistant":
            return self._assistant(context)
        if isinstance(content, str):
            return content if content.strip() else ""
        return self._write_all(context, role, context.parts())

    # --- assistant turns ---
    def _assistant(self, context: MessageContext) -> str | list[JsonObject]:
        message = context.message
        content, more = message.content, message.additional_kwargs
        if isinstance(content, str):
            parts: list[Part] = [Text(content)]
        else:
            parts = [drop_foreign_signature(p, context, self.endpoint) for p in context.parts()]
        if more and not any(isinstance(part, Thought) for part in parts):
            # Reasoning stands in the content or beside it; where in the answer it came, only
            # the content knows.
            parts = [*thoughts_of(more), *parts]
        parts = [part for part in with_signed_thoughts(parts) if self._is_taken_back(part)]
        calls = tool_uses(context, parts)
        if isinstance(content, str) and len(parts) == 1 and not calls:
            spoken = content if content.strip() else str(more.get("refusal") or "")
            return spoken if spoken.strip() else ""
        for call in calls:
            self._ids.forget_call(str(call.id))
        return _bare_text(self._write_all(context, "assistant", place_calls(parts, calls)))

    def _is_taken_back(self, part: Part) -> bool:
        """Return whether the model documents that it takes a part back, if it is a thought."""
        if not isinstance(part, Thought):
            return True
        kind = "thinking" if part.encrypted is None else "redacted_thinking"
        return is_accepted(kind, part, self.facts.parts_for("assistant"))

    def _call(self, context: MessageContext, call: ToolUse) -> JsonObject:
        args, _ = arguments_of(context, call)
        block: JsonObject = {
            "type": "tool_use",
            "id": self._ids.id_of_call(str(call.id)),
            "name": call.name,
            "input": args,
        }
        if caller := caller_of(call.extra_content):
            block["caller"] = caller
        return with_cache_control(block, call)

    # --- tool results ---
    def _result(self, context: MessageContext, result: Result) -> JsonObject:
        block = self._result_block(result)
        if result.text is None:
            block["content"] = self._write_all(
                context, "tool", _without_cache_control(result.parts)
            )
        return with_cache_control(block, result)

    def _result_block(self, result: Result) -> JsonObject:
        block: JsonObject = {
            "type": "tool_result",
            "tool_use_id": self._ids.id_of_result(result.call_id),
            "content": result.text,
        }
        if result.is_error:
            block["is_error"] = True
        return block

    # --- blocks ---
    def _write_all(
        self, context: MessageContext, role: str, parts: Sequence[Part]
    ) -> list[JsonObject]:
        """Return parts as blocks, without what means nothing to Claude."""
        accepted = self._in_results if role == "tool" else self.facts.parts_for(role)
        blocks: list[JsonObject] = []
        for index, part in enumerate(parts):
            if isinstance(part, ToolUse) and role == "assistant":
                blocks.append(self._call(context, part))
            elif isinstance(part, ToolResult) and role == "user":
                blocks.append(self._result(context, result_of_block(context, part)))
            elif not _is_skipped(part, role):
                taken = _as_text_if_needed(context, part, role, accepted)
                block = context.write(index, taken, self._write, accepted)
                if is_accepted(str(block.get("type")), taken, accepted):
                    blocks.append(block)
                elif not (isinstance(taken, Raw) and role == "assistant"):
                    raise context.unsupported(index, taken, accepted)
                # Else it is a trace of another provider's own tools.
        return blocks


def _as_text_if_needed(
    context: MessageContext, part: Part, role: str, accepted: frozenset[str] | None
) -> Part:
    """Return a part that the turn does not take as text, where text says the same."""
    if accepted is None:
        return part
    if isinstance(part, Media) and "document" not in accepted:
        text = text_of(part)
        return part if text is None else Text(text, part.cache_control)
    if isinstance(part, Raw) and role == "tool" and part.value.get("type") not in accepted:
        # A tool that returned plain dicts.
        return part if part.verbatim else Text(context.json_text(part.value, "a block"))
    return part


def _without_cache_control(parts: Iterable[Part]) -> list[Part]:
    """Return the parts of a result without `cache_control`, which the result has instead."""
    return [
        part._replace(cache_control=None) if isinstance(part, (Text, Media)) else part
        for part in parts
    ]


def _is_skipped(part: Part, role: str) -> bool:
    if isinstance(part, Text):
        return not part.text.strip()  # blank text blocks are refused
    if isinstance(part, Media):
        return role == "assistant" and part.is_text and not part.text
    if isinstance(part, Thought):
        return role == "tool"  # a model that plays a tool may leave its thoughts in the result
    return isinstance(part, Raw) and not part.verbatim and is_foreign(part.value)


def _bare_text(blocks: list[JsonObject]) -> str | list[JsonObject]:
    """Return an answer that is one bare text as a string, as it is without `output_version="v1"`.

    A conversation has to have the same bytes in either form: they decide what the cache has of it.
    """
    return blocks[0]["text"] if len(blocks) == 1 and set(blocks[0]) == {"type", "text"} else blocks


def _without_trailing_blanks(content: str | list[JsonObject]) -> str | list[JsonObject]:
    """Return the start of an answer that Claude is to go on with; it refuses blanks at its end."""
    if isinstance(content, str):
        return content.rstrip()
    last = content[-1] if content else {}
    if last.get("type") != "text":
        return content
    return [*content[:-1], {**last, "text": last["text"].rstrip()}]
