"""The Claude-style body: a `system` field, the turns, parameters and tools."""

from __future__ import annotations

import json
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from langchain_core.messages import HumanMessage

from langchain_aimlapi._messages import openai_turns
from langchain_aimlapi._messages.claude_blocks import DOCUMENTED_BLOCKS, marked
from langchain_aimlapi._messages.claude_turns import TurnWriter
from langchain_aimlapi._messages.options import RequestOptions, wire_params
from langchain_aimlapi._messages.parts import Audio, Text, Video
from langchain_aimlapi._messages.tools import claude_tool_fields, response_format_of
from langchain_aimlapi._messages.turns import Place, parts_of
from langchain_aimlapi._warning import warn
from langchain_aimlapi.profiles import CHAT, ModelFacts

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from langchain_core.messages import BaseMessage

    from langchain_aimlapi._http.json import JsonObject


_PARTS: Mapping[str, frozenset[str]] = MappingProxyType(
    {"user": DOCUMENTED_BLOCKS, "assistant": DOCUMENTED_BLOCKS}
)


def to_claude_request(
    messages: Sequence[BaseMessage],
    options: RequestOptions,
    facts: ModelFacts,
    endpoint: str = CHAT,
) -> JsonObject:
    """Return the Claude-style body of a call.

    Args:
        messages: The conversation.
        options: Everything else that was set.
        facts: What is documented about the model.
        endpoint: Where the call goes.

    Raises:
        UnsupportedContentError: A message holds what the schema or the model cannot take.
    """
    if facts.request_schema != "anthropic":
        # The user chose this schema for a model whose facts describe the other one.
        facts = facts.in_undocumented_schema(_PARTS)
    system: list[Text] = []
    if facts.both_message_styles and _has_sound_or_video(messages, facts):
        # Claude has no blocks for sound and video; such models take OpenAI-style turns as well.
        turns = openai_turns.turns_of(messages, options, facts)
    else:
        writer = TurnWriter(facts, endpoint)
        turns, system = writer.turns(messages), writer.system
    if not turns and system:
        # A conversation of instructions alone: the schema wants a turn of the user.
        turns, system = [_user_turn(system)], []
    body: JsonObject = {"model": options.model, "messages": turns}
    if options.response_format is not None:
        system += _format_instructions(options)
    if system:
        body["system"] = _system(system)
    if options.stop:
        body["stop_sequences"] = list(options.stop)
    if options.stream:
        body["stream"] = True  # usage comes by itself in this schema's streams
    if options.params:
        body.update(wire_params(options, facts.limits))
    body.update(
        claude_tool_fields(
            options.tools,
            options.tool_choice,
            options.parallel_tool_calls,
            facts,
            more_tools="tools" in options.extra_body,
        )
    )
    body.update(options.extra_body)
    return body


def _has_sound_or_video(messages: Sequence[BaseMessage], facts: ModelFacts) -> bool:
    return any(
        isinstance(part, (Audio, Video))
        for index, message in enumerate(messages)
        if not isinstance(message.content, str) and isinstance(message, HumanMessage)
        for part in parts_of(Place(facts, index, message))
    )


def _format_instructions(options: RequestOptions) -> list[Text]:
    """Return what the system prompt has to say instead of `response_format`.

    The schema has no such field. LangChain's agents send it nevertheless, because they go by the
    names of Claude models, and read the answer's text as JSON.
    """
    wanted = response_format_of(options.response_format)
    kind = wanted.get("type")
    if kind == "text":
        return []
    rule = "Give the final answer as one JSON object and nothing else: no comment, no code fence."
    if kind == "json_schema":
        schema = wanted.get("json_schema", {}).get("schema", {})
        rule += f" It must hold this JSON schema:\n{json.dumps(schema, ensure_ascii=False)}"
    warn(
        f"The request schema of {options.model} has no response_format; the system prompt asks "
        "for the format instead. with_structured_output asks more strictly, by a tool."
    )
    return [Text(rule)]


def _user_turn(parts: Sequence[Text]) -> JsonObject:
    return {"role": "user", "content": _system(parts)}


def _system(parts: Sequence[Text]) -> Any:
    """Return the system prompt; as blocks only where they carry a cache mark."""
    if not any(part.cache_control for part in parts):
        return "\n\n".join(part.text for part in parts)
    return [marked({"type": "text", "text": part.text}, part) for part in parts]
