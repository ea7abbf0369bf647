"""The OpenAI-style body: fields, roles and parts as the service documents them per model."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Annotated

from pydantic import AfterValidator, TypeAdapter

from . import habits
from . import rules as z

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .models import Model, Parts

NAME = z.text(pattern=r"[A-Za-z0-9_-]{1,64}")
EFFORT = z.text("low", "medium", "high")
_EPHEMERAL = z.fields(type=z.text("ephemeral"), ttl=z.maybe(z.text("5m", "1h")))
MARK = {"cache_control": z.maybe(_EPHEMERAL)}


def _is_pdf(value: str) -> str:
    media_type, data = z.split_data_url(value) or ("application/pdf", value)
    if media_type != "application/pdf":
        raise ValueError("Expected a PDF as a base64 data string")
    return z.is_base64(data)


_PDF = Annotated[str, AfterValidator(_is_pdf)]
_DETAIL = z.maybe(z.text("low", "high", "auto"))
_PARTS = z.kinds(
    text={"text": str, **MARK},
    image_url={"image_url": z.fields(url=z.link_or_data_url, detail=_DETAIL), **MARK},
    file={"file": z.fields(file_data=_PDF, filename=z.maybe(str)), **MARK},
    input_audio={"input_audio": z.fields(data=z.base64_data, format=z.text("wav", "mp3"))},
    video_url={"video_url": z.fields(url=z.link_or_data_url)},
)


def _content(parts: frozenset[str]) -> z.Rule:
    listed = {name: _PARTS[name] for name in sorted(parts - {"string"})}
    if not listed:
        return str
    return z.by_kind(string=str, array=z.array(z.tagged(listed), at_least=1))


# What is extra is opaque, such as Gemini's thought signature.
_CALLED = {"function": z.fields(name=NAME, arguments=z.json_text), "id": z.filled}
_CALL = z.kinds(function={**_CALLED, "extra_content": z.maybe(z.open_object)})
_CALLS = z.array(z.tagged(_CALL), at_least=1)


def messages(parts: Parts, *, thoughts: bool = False) -> z.Rule:
    """The list of messages, with the roles and parts of one model.

    Args:
        parts: What each role takes.
        thoughts: Whether a turn with calls takes its `reasoning_content` back.
    """
    roles = {role: {"content": _content(of), "name": z.maybe(str)} for role, of in parts.items()}
    calling = {**roles["assistant"], "content": z.maybe(_content(parts["assistant"]))}
    if "tool" in parts:
        calling["tool_calls"] = _CALLS
        calling |= {"reasoning_content": z.maybe(str)} if thoughts else {}
        roles["tool"]["tool_call_id"] = z.filled
    rules = {role: z.fields(role=z.text(role), **of) for role, of in roles.items()}
    rules["calls"] = z.fields(role=z.text("assistant"), **calling)
    turn = z.chosen(rules, lambda t: "calls" if t.get("tool_calls") else t.get("role"))
    return z.array(turn, at_least=1)


_FUNCTION = {"name": NAME, "description": z.maybe(str), "strict": z.maybe(bool | None)}
_OFFERED = {"function": z.fields(**_FUNCTION, parameters=z.maybe(z.open_object))}
TOOLS = z.array(z.tagged(z.kinds(function=_OFFERED)))
_NAMED = z.tagged(z.kinds(function={"function": z.fields(name=NAME)}))
TOOL_CHOICE = z.by_kind(string=z.text("none", "auto", "required"), object=_NAMED)
_SCHEMA = {"json_schema": z.fields(**_FUNCTION, schema=z.maybe(z.open_object))}
_PENALTY = z.number(-2, 2) | None
PARAMETERS: dict[str, z.Rule] = {
    "max_tokens": z.number(1),
    "max_completion_tokens": z.number(1, whole=True),
    "stream": bool,
    "stream_options": z.fields(include_usage=bool),
    "temperature": z.number(0, 2),
    "top_p": z.number(0.01, 1),
    "top_k": z.number(),
    "frequency_penalty": _PENALTY,
    "presence_penalty": _PENALTY,
    "seed": z.number(1, whole=True),
    "stop": str | list[str] | None,
    "tools": TOOLS,
    "tool_choice": TOOL_CHOICE,
    "parallel_tool_calls": bool,
    "response_format": z.tagged(z.kinds(text={}, json_object={}, json_schema=_SCHEMA)),
    "reasoning_effort": EFFORT,
    "reasoning": z.fields(effort=z.maybe(EFFORT), exclude=z.maybe(bool)),
    "modalities": z.array(z.text("text", "audio"), at_least=1),
    "audio": z.fields(format=z.text("wav", "mp3", "flac", "opus", "pcm16"), voice=z.filled),
    "web_search_options": z.fields(search_context_size=z.maybe(EFFORT)),
    "search_recency_filter": str,
}


def whole(model: Model, turns: z.Rule, rules: Mapping[str, z.Rule]) -> TypeAdapter:
    """The whole body for one model: a field that it does not document is refused."""
    more = {name: z.maybe(rules[name]) for name in sorted(model.parameters)}
    return TypeAdapter(z.fields(model=z.text(*model.names), messages=turns, **more))


@lru_cache(maxsize=32)
def body(model: Model) -> TypeAdapter:
    """The whole OpenAI-style body for one model."""
    turns = messages(model.parts, thoughts=habits.takes_thoughts_back(model))
    return whole(model, turns, PARAMETERS)
