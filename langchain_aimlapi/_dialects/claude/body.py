"""Claude's body, as both endpoints take it: a `system` field, the turns, parameters and tools."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from langchain_core.messages import HumanMessage

from langchain_aimlapi._answers.coerce import dict_of
from langchain_aimlapi._dialects.claude.parts import DOCUMENTED_BLOCKS, with_cache_control
from langchain_aimlapi._dialects.claude.turns import TurnWriter
from langchain_aimlapi._dialects.openai.body import TEXT_ROLES
from langchain_aimlapi._dialects.openai.turns import turns_of
from langchain_aimlapi._messages.conversation import MessageContext
from langchain_aimlapi._messages.options import RequestOptions, report_replaced, wire_params
from langchain_aimlapi._messages.parts import Media, Text
from langchain_aimlapi._messages.schemas import with_properties
from langchain_aimlapi._messages.tools import (
    CLAUDE_EXTRAS,
    CLAUDE_NO_PARALLEL,
    response_format_of,
    tools_and_choice,
)
from langchain_aimlapi._warning import warn
from langchain_aimlapi.errors import ConfigurationError
from langchain_aimlapi.profiles import CHAT, ModelFacts, takes_source_urls

if TYPE_CHECKING:
    from collections.abc import Sequence

    from langchain_core.messages import BaseMessage

    from langchain_aimlapi._http.json import JsonObject

NAME = "messages"

_SCHEMA_PARTS = {"user": DOCUMENTED_BLOCKS, "assistant": DOCUMENTED_BLOCKS}

_ANSWERED = frozenset(
    {"mcp_tool_use", "mcp_tool_result", "advisor_tool_result", "compaction", "container_upload"}
)
"""Blocks of an answer that the documents do not list among those of a request. They go back
nevertheless: a thought before them counts only where it stood."""

_ENDPOINT_PARTS: Mapping[str, frozenset[str]] = {
    "user": DOCUMENTED_BLOCKS | {"image_url", "input_audio", "file", "video_url"},
    "assistant": DOCUMENTED_BLOCKS | _ANSWERED | {"refusal"},
    # Turns in the OpenAI style are documented too; those with sound or video are sent so.
    **TEXT_ROLES,
}
_THOUGHTS = frozenset({"thinking", "redacted_thinking"})
_ENDPOINT_LIMITS: Mapping[str, Mapping[str, Any]] = {
    "temperature": {"minimum": 0, "maximum": 1},
    "top_p": {"minimum": 0, "maximum": 1},
    "top_k": {"minimum": 0},
}


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
        ConfigurationError: Every message is blank.
        UnsupportedContentError: A message holds what the schema or the model cannot take.
    """
    if facts.request_schema != "anthropic":
        # The user chose this schema for a model whose facts describe the other one.
        facts = facts.in_undocumented_schema(_SCHEMA_PARTS)
    system: list[Text] = []
    if facts.both_message_styles and _has_sound_or_video(messages, facts):
        # Claude has no blocks for sound and video; such models take OpenAI-style turns as well.
        turns = turns_of(messages, options, facts)
    else:
        writer = TurnWriter(facts, endpoint)
        turns, system = writer.turns(messages), writer.system
    if not turns and system:
        # A conversation of instructions alone: the schema wants a turn of the user.
        turns, system = [{"role": "user", "content": _system(system)}], []
    if not turns:
        raise ConfigurationError("There is nothing to send: Claude takes no blank messages.")
    body: JsonObject = {"model": options.model, "messages": turns}
    if options.response_format is not None:
        system += _format_instructions(options)
    if system:
        body["system"] = _system(system)
    if options.stop:
        body["stop_sequences"] = list(options.stop)
    if options.stream:
        body["stream"] = True  # usage comes by itself in this schema's streams
    body.update(wire_params(options, facts.limits))
    body.update(claude_tool_fields(options, facts))
    body.update(options.extra_body)
    return body


def _has_sound_or_video(messages: Sequence[BaseMessage], facts: ModelFacts) -> bool:
    return any(
        isinstance(part, Media) and part.kind in {"audio", "video"}
        for index, message in enumerate(messages)
        if not isinstance(message.content, str) and isinstance(message, HumanMessage)
        for part in MessageContext(facts, index, message).parts()
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
    report_replaced(
        options,
        "response_format",
        f"The request schema of {options.model} has no response_format; the system prompt asks "
        "for the format instead. with_structured_output asks more strictly, by a tool.",
    )
    return [Text(rule)]


def _system(parts: Sequence[Text]) -> Any:
    """Return the system prompt; as blocks only where they carry a cache mark."""
    if not any(part.cache_control for part in parts):
        return "\n\n".join(part.text for part in parts)
    return [with_cache_control({"type": "text", "text": part.text}, part) for part in parts]


# --- tools ---
_CLAUDE_WORDS = {"auto": "auto", "none": "none", "required": "any"}


def claude_tool_fields(options: RequestOptions, facts: ModelFacts) -> dict[str, Any]:
    """Return the body fields for tools in the Claude schema.

    `parallel_tool_calls=False` becomes `disable_parallel_tool_use` of the tool choice; `True` is
    what Claude does by itself. `allowed_tools` has no counterpart, so the other tools are left
    out of this request, which means the same. Without tools there is nothing to choose from.

    Warns:
        UserWarning: A tool is strict, which the model does not document. It is sent without.
    """
    if not options.tools and "tools" not in options.extra_body:
        return {}
    tools, choice = tools_and_choice(
        options.tools, options.tool_choice, lambda kind: kind != "allowed_tools"
    )
    # The documents with sources by URL have strict tools and the keys of `CLAUDE_EXTRAS`; the older
    # ones have name, description and schema.
    takes_strict = takes_source_urls(facts)
    if not takes_strict and any(dict_of(tool.get("function")).get("strict") for tool in tools):
        text = f"{facts.model} documents no strict tools: strict is left out."
        report_replaced(options, "strict", text)
    fields: dict[str, Any] = {}
    if tools:
        fields["tools"] = [_claude_tool(tool, takes_strict) for tool in tools]
    claude_choice = _claude_choice(choice)
    if options.parallel_tool_calls is False:
        claude_choice = claude_choice or {"type": "auto"}
        if claude_choice.get("type") != "none":
            claude_choice.setdefault(CLAUDE_NO_PARALLEL, True)
    if claude_choice is not None:
        fields["tool_choice"] = claude_choice
    return fields


def _claude_tool(tool: Mapping[str, Any], takes_strict: bool) -> dict[str, Any]:  # noqa: FBT001  # of the model
    function = tool.get("function")
    if not isinstance(function, Mapping):
        return dict(tool)
    claude: dict[str, Any] = {"name": function["name"]}
    if function.get("description"):
        claude["description"] = function["description"]
    claude["input_schema"] = with_properties(function.get("parameters") or {})
    if takes_strict and function.get("strict") is not None:
        claude["strict"] = function["strict"]
    left_out = {"type", "function"} if takes_strict else {"type", "function", *CLAUDE_EXTRAS}
    return claude | {key: tool[key] for key in tool if key not in left_out}


def _claude_choice(choice: Any) -> dict[str, Any] | None:
    if choice is None:
        return None
    if isinstance(choice, str):
        return {"type": _CLAUDE_WORDS[choice]}
    kind = choice.get("type")
    if kind in {"function", "custom"}:
        rest = {key: choice[key] for key in choice if key not in {"type", kind, "name"}}
        name = (choice.get(kind) or choice)["name"]
        return {"type": "tool", "name": name, **rest}
    return {**choice, "type": _CLAUDE_WORDS.get(kind, kind)}


# --- `/messages` ---
def to_messages_request(
    messages: Sequence[BaseMessage], options: RequestOptions, facts: ModelFacts
) -> JsonObject:
    """Return the body of a call.

    Args:
        messages: The conversation.
        options: Everything else that was set.
        facts: What is documented about the model.

    Raises:
        UnsupportedContentError: A message holds what the endpoint cannot take.
    """
    if facts.takes("output_config", NAME):
        options = _with_output_config(options)
    body = to_claude_request(messages, options, on_messages(facts), NAME)
    if options.reuse_last_container and (container := _last_container(messages)):
        body.setdefault("container", container)
    return _without_thinking(body, options)


def _last_container(messages: Sequence[BaseMessage]) -> Any:
    """Return the id of the container that the last answer with one ran its code in."""
    containers = (message.response_metadata.get("container") for message in reversed(messages))
    return next(filter(None, (dict_of(each).get("id") for each in containers)), None)


def _with_output_config(options: RequestOptions) -> RequestOptions:
    """Return the options with `reasoning_effort` as the endpoint's documents name it.

    Those of Claude Sonnet 5.5 and Haiku 5.5: `output_config: {effort: none | low | ... | max}`.
    """
    params = dict(options.params)
    effort, given = params.pop("reasoning_effort", None), params.get("output_config") or {}
    if effort is None or not isinstance(given, Mapping):
        return options
    params["output_config"] = {"effort": effort, **given}
    return options._replace(params=params)


def _without_thinking(body: JsonObject, options: RequestOptions) -> JsonObject:
    """Return the body without a budget of thinking that the conversation does not allow.

    With a budget Claude thinks before the first call of a turn, and the turn is refused without
    that thought. A turn that another model began has none, nor has one of a Claude that did not
    think. Claude itself advises to switch thinking off then; "adaptive" asks for no thought.

    Here only: on `/chat/completions` no thought goes back, so every agent would lose its budget.
    """
    thinking = options.params.get("thinking")
    budgeted = isinstance(thinking, Mapping) and thinking.get("type") == "enabled"
    if (
        budgeted
        and "thinking" not in options.extra_body
        and _lacks_thinking_before_calls(body["messages"])
    ):
        del body["thinking"]
        warn(
            f"thinking={thinking!r} is left out of this call: the results go to calls that were "
            f"made without a thought of {options.model}, which it refuses while it thinks. It "
            'thinks again from the next question on; {"type": "adaptive"} thinks at once.'
        )
    return body


def _lacks_thinking_before_calls(turns: Sequence[JsonObject]) -> bool:
    """Return whether results of tools end the conversation and no thought led to their calls."""
    first: JsonObject | None = None
    for turn in reversed(turns):
        if turn["role"] == "assistant":
            first = turn
        elif isinstance(turn["content"], str) or any(
            block.get("type") != "tool_result" for block in turn["content"]
        ):
            break
    if first is None or first is turns[-1]:
        return False
    content = first["content"]
    return isinstance(content, str) or content[0].get("type") not in _THOUGHTS


@lru_cache(maxsize=2048)
def on_messages(facts: ModelFacts) -> ModelFacts:
    """Return the facts of a model as they are on this endpoint, not on `/chat/completions`."""
    return replace(
        facts,
        request_schema="anthropic",
        parameters=facts.parameters_of.get(NAME, frozenset()),
        parts_by_role=_ENDPOINT_PARTS,
        limits=_ENDPOINT_LIMITS if facts.known else {},
        both_message_styles=True,
        both_schemas=False,
    )
