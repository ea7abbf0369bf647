"""The turns of a Claude-style body: user and assistant in turns, made of typed blocks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from langchain_core.messages import ToolMessage

from langchain_aimlapi._dialects.claude.parts import (
    MAX_BLOCKS,
    THOUGHTS,
    Thought,
    as_blocks,
    join_excess_texts,
    marked,
    signed,
    thoughts_of,
    write,
)
from langchain_aimlapi._dialects.claude.server_tools import caller_of, is_foreign
from langchain_aimlapi._messages.call_ids import CallIds
from langchain_aimlapi._messages.calls import arguments_object, place_calls, tool_uses
from langchain_aimlapi._messages.content import file_text
from langchain_aimlapi._messages.parts import (
    Audio,
    ContentProblem,
    File,
    Image,
    Part,
    Raw,
    RedactedThinking,
    Text,
    Thinking,
    ToolResult,
    ToolUse,
)
from langchain_aimlapi._messages.tool_results import (
    Result,
    results_of_tool,
    results_of_user,
)
from langchain_aimlapi._messages.turns import (
    Place,
    drop_foreign_signature,
    is_accepted,
    json_text,
    parts_of,
    plain_role,
    results_after_their_calls,
    role_of,
    unsupported,
)
from langchain_aimlapi.data.vendors import CLAUDE_CALL_IDS
from langchain_aimlapi.errors import UnsupportedContentError
from langchain_aimlapi.profiles import ModelFacts, takes_source_urls

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from langchain_core.messages import BaseMessage

    from langchain_aimlapi._http.json import JsonObject

_INSTRUCTIONS = frozenset({"system", "developer"})
_WIRE_ROLES = {"user": "user", "assistant": "assistant", "tool": "user"}


class TurnWriter:
    """Writes the turns of one request.

    Args:
        facts: What is documented about the model.
        endpoint: Where the request goes.

    Attributes:
        system: The system prompt so far.
    """

    def __init__(self, facts: ModelFacts, endpoint: str) -> None:
        """Start before the first turn."""
        self.facts = facts
        self.endpoint = endpoint
        self.system: list[Text] = []
        self._ids = CallIds(CLAUDE_CALL_IDS, unique=True)
        self._urls = takes_source_urls(facts)
        self._takes_text = is_accepted("text", Text(""), facts.parts_for("assistant"))

    def turns(self, messages: Sequence[BaseMessage]) -> list[JsonObject]:
        """Return the turns, consecutive ones of the same role merged."""
        turns: list[JsonObject] = []
        skipped: JsonObject | None = None
        for index, message in results_after_their_calls(messages):
            plain = plain_role(message) if self._takes_text else None
            if plain is not None and plain not in _INSTRUCTIONS:
                wire_role, content = _WIRE_ROLES[plain], self._plain_content(message)
            else:
                place = Place(self.facts, index, message)
                role = role_of(place)
                if role in _INSTRUCTIONS:
                    self._add_system(place)
                    continue
                wire_role, content = self._wire_role(place, role), self._content(place, role)
            if not content:  # an empty turn is refused
                skipped = {"role": wire_role, "content": content}
            elif turns and turns[-1]["role"] == wire_role:
                turns[-1]["content"] = as_blocks(turns[-1]["content"])
                turns[-1]["content"] += as_blocks(content)
            else:
                turns.append({"role": wire_role, "content": content})
        if skipped is not None and not turns:
            turns.append(skipped)  # there is no other turn: let the service judge this one
        if turns and turns[-1]["role"] == "assistant":
            turns[-1]["content"] = _without_trailing_blanks(turns[-1]["content"])
        for turn in () if self._urls else turns:
            turn["content"] = join_excess_texts(MAX_BLOCKS, turn["content"])
        return turns

    def _plain_content(self, message: Any) -> str | list[JsonObject]:
        """Return the content of a message that is text and nothing more."""
        text: str = message.content
        if isinstance(message, ToolMessage):
            failed = message.status == "error"
            return [self._result_block(Result(message.tool_call_id, [], text, failed))]
        return "" if text.isspace() else text

    def _wire_role(self, place: Place, role: str) -> str:
        wire_role = _WIRE_ROLES.get(role)
        if wire_role is None:
            raise UnsupportedContentError(
                f"Cannot send {place} to {self.facts.model}: the Claude schema has no role "
                f"{role!r}, only user, assistant, system, developer and tool."
            )
        return wire_role

    def _add_system(self, place: Place) -> None:
        for index, part in enumerate(parts_of(place)):
            text = part.text if isinstance(part, Text) else None
            if isinstance(part, File):
                text = file_text(part)
            if text is None:
                raise unsupported(place, index, part, frozenset({"text"}))
            if text.strip():
                self.system.append(Text(text, getattr(part, "cache_control", None)))

    def _content(self, place: Place, role: str) -> str | list[JsonObject]:
        content = place.message.content
        if role == "tool":
            return [self._write_result(place, result) for result in results_of_tool(place)]
        if role == "assistant":
            return self._assistant(place)
        if isinstance(content, str):
            return content if content.strip() else ""
        return self._write_all(place, role, parts_of(place))

    # --- assistant turns ---
    def _assistant(self, place: Place) -> str | list[JsonObject]:
        message = place.message
        content = message.content
        parts: list[Part] = [Text(content)] if isinstance(content, str) else parts_of(place)
        parts = [drop_foreign_signature(part, message, self.endpoint) for part in parts]
        if not any(isinstance(part, (Thinking, RedactedThinking)) for part in parts):
            # Reasoning stands in the content or beside it; where in the answer it came, only
            # the content knows.
            parts = [*self._resendable_thoughts(thoughts_of(message.additional_kwargs)), *parts]
        calls = tool_uses(place, parts)
        if isinstance(content, str) and len(parts) == 1 and not calls:
            refusal = str(message.additional_kwargs.get("refusal") or "")
            spoken = content if content.strip() else refusal
            return spoken if spoken.strip() else ""
        for call in calls:
            self._ids.forget_call(str(call.id))
        return self._write_all(place, "assistant", place_calls(signed(parts), calls))

    def _resendable_thoughts(self, thoughts: Iterable[Thought]) -> list[Thought]:
        return [thought for thought in signed(thoughts) if self._is_taken_back(thought)]

    def _is_taken_back(self, thought: Part) -> bool:
        """Return whether Claude takes a thought back: only what it signed or encrypted."""
        accepted = self.facts.parts_for("assistant")
        unsigned = isinstance(thought, Thinking) and not thought.signature
        return not unsigned and is_accepted(THOUGHTS[type(thought)], thought, accepted)

    def _write_call(self, place: Place, call: ToolUse) -> JsonObject:
        block: JsonObject = {
            "type": "tool_use",
            "id": self._ids.id_of_call(str(call.id)),
            "name": call.name,
            "input": arguments_object(place, call),
        }
        if caller := caller_of(call.extra_content):
            block["caller"] = caller
        return marked(block, call)

    # --- tool results ---
    def _write_result(self, place: Place, result: Result) -> JsonObject:
        block = self._result_block(result)
        if result.text is None:
            block["content"] = self._write_all(place, "tool", _without_marks(result.parts))
        return marked(block, result)

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
    def _write_all(self, place: Place, role: str, parts: Sequence[Part]) -> list[JsonObject]:
        accepted = self._accepted(role)
        blocks = (
            self._block(place, role, index, part, accepted) for index, part in enumerate(parts)
        )
        return [block for block in blocks if block is not None]

    def _block(
        self, place: Place, role: str, index: int, part: Part, accepted: frozenset[str] | None
    ) -> JsonObject | None:
        """Return a part as a block; None for what means nothing to Claude."""
        if _is_skipped(part, role):
            return None
        if isinstance(part, ToolUse) and role == "assistant":
            return self._write_call(place, part)
        if isinstance(part, ToolResult) and role == "user":
            return self._write_result(place, *results_of_user(place, [part]))
        if isinstance(part, (Thinking, RedactedThinking)) and role == "assistant":
            return self._write(place, index, part) if self._is_taken_back(part) else None
        part = _as_text_if_needed(place, part, role, accepted)
        block = self._write(place, index, part)
        if is_accepted(str(block.get("type")), part, accepted):
            return block
        if isinstance(part, Raw) and role == "assistant":
            return None  # a trace of another provider's own tools
        raise unsupported(place, index, part, accepted)

    def _accepted(self, role: str) -> frozenset[str] | None:
        if role != "tool":
            return self.facts.parts_for(role)
        if not self.facts.known:
            return None
        inside = {"text", "image"}
        if self._urls:
            inside |= {"document", "search_result", "tool_reference"}
        return frozenset(inside)

    def _write(self, place: Place, index: int, part: Part) -> JsonObject:
        try:
            block = write(part, self.facts)
        except ContentProblem as problem:
            accepted = self._accepted(role_of(place))
            raise unsupported(place, index, part, accepted, str(problem)) from None
        if block is None:
            raise unsupported(place, index, part, self._accepted(role_of(place)))
        return block


def _as_text_if_needed(
    place: Place, part: Part, role: str, accepted: frozenset[str] | None
) -> Part:
    """Return a part that the turn does not take as text, where text says the same."""
    if accepted is None:
        return part
    if isinstance(part, File) and "document" not in accepted:
        text = file_text(part)
        return part if text is None else Text(text, part.cache_control)
    if isinstance(part, Raw) and role == "tool" and part.value.get("type") not in accepted:
        # A tool that returned plain dicts.
        return part if part.verbatim else Text(json_text(place, part.value, "a block"))
    return part


def _without_marks(parts: Iterable[Part]) -> list[Part]:
    """Return the parts of a result without their cache marks, which the result has instead."""
    marked_parts: tuple[type[Any], ...] = (Text, Image, File)
    return [
        part._replace(cache_control=None) if isinstance(part, marked_parts) else part
        for part in parts
    ]


def _is_skipped(part: Part, role: str) -> bool:
    if isinstance(part, Text):
        return not part.text.strip()  # blank text blocks are refused
    if isinstance(part, Audio):
        return role == "assistant" and part.is_silent
    if isinstance(part, (Thinking, RedactedThinking)):
        return role == "tool"  # a model that plays a tool may leave its thoughts in the result
    return isinstance(part, Raw) and not part.verbatim and is_foreign(part.value)


def _without_trailing_blanks(content: str | list[JsonObject]) -> str | list[JsonObject]:
    """Return the start of an answer that Claude is to go on with; it refuses blanks at its end."""
    if isinstance(content, str):
        return content.rstrip()
    last = content[-1] if content else {}
    if last.get("type") != "text":
        return content
    return [*content[:-1], {**last, "text": last["text"].rstrip()}]
