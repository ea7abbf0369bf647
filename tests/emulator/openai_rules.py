"""The OpenAI-style body: fields, roles and parts as the service documents them per model."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

from . import habits
from .rules import (
    Issue,
    Path,
    Rule,
    array,
    base64_data,
    by_kind,
    fields,
    filled,
    flag,
    is_base64,
    json_text,
    kinds,
    link_or_data_url,
    maybe,
    null,
    nullable,
    number,
    open_object,
    split_data_url,
    string,
    tagged,
    text,
    typed,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from .models import Model, Parts

CACHE_CONTROL = typed("ephemeral", ttl=maybe(text("5m", "1h")))
NAME = text(pattern=r"[A-Za-z0-9_-]{1,64}", says="1 to 64 characters of a-z A-Z 0-9 _ -")
EFFORT = text("low", "medium", "high")
_PENALTY = nullable(number(-2, 2))


def _file_data(value: Any, path: Path) -> Iterator[Issue]:
    yield from string(value, path)
    if not isinstance(value, str):
        return
    media_type, data = split_data_url(value) or ("application/pdf", value)
    if media_type != "application/pdf" or not is_base64(data):
        yield Issue(
            path, f"Invalid. Expected a PDF as a base64 data string, received '{value[:40]}'"
        )


_MARK = {"cache_control": maybe(CACHE_CONTROL)}
_PARTS = kinds(
    text={"text": string, **_MARK},
    image_url={
        "image_url": fields(url=link_or_data_url, detail=maybe(text("low", "high", "auto"))),
        **_MARK,
    },
    file={"file": fields(file_data=_file_data, filename=maybe(string)), **_MARK},
    input_audio={"input_audio": fields(data=base64_data, format=text("wav", "mp3"))},
    video_url={"video_url": fields(url=link_or_data_url)},
)


def _content(parts: frozenset[str]) -> Rule:
    listed = {name: _PARTS[name] for name in sorted(parts - {"string"})}
    if not listed:
        return string
    return by_kind(string=string, array=array(tagged(listed), at_least=1))


def messages(parts: Parts, *, thoughts: bool = False) -> Rule:
    """The list of messages, with the roles and parts of one model.

    Args:
        parts: What each role takes.
        thoughts: Whether a turn with calls takes its `reasoning_content` back.
    """
    content = {role: _content(of) for role, of in parts.items()}
    name = {"name": maybe(string)}
    roles: dict[str, Rule] = {
        role: fields(role=text(role), content=content[role], **name)
        for role in ("system", "developer", "user")
        if role in parts
    }
    more = {"content": maybe(content["assistant"]), **name}
    if "tool" in parts:
        function = fields(name=NAME, arguments=json_text)
        # What is extra is opaque, such as Gemini's thought signature.
        call = typed("function", id=filled, function=function, extra_content=maybe(open_object))
        more["tool_calls"] = maybe(array(call, at_least=1))
        of_tool = {"content": content["tool"], "tool_call_id": filled, "name": maybe(string)}
        roles["tool"] = fields(role=text("tool"), **of_tool)
    plain = fields(role=text("assistant"), **more)
    calling = fields(role=text("assistant"), **more, reasoning_content=maybe(string))

    def assistant(value: Any, path: Path) -> Iterator[Issue]:
        yield from (calling if thoughts and value.get("tool_calls") else plain)(value, path)

    roles["assistant"] = assistant
    return array(tagged(roles, key="role"), at_least=1)


def tools() -> Rule:
    """The list of tools: functions."""
    function = fields(
        name=NAME,
        description=maybe(string),
        parameters=maybe(open_object),
        strict=maybe(nullable(flag)),
    )
    return array(tagged(kinds(function={"function": function})))


TOOL_CHOICE = by_kind(
    string=text("none", "auto", "required"),
    object=tagged(kinds(function={"function": fields(name=NAME)})),
)
_SCHEMA = fields(
    name=NAME,
    schema=maybe(open_object),
    strict=maybe(nullable(flag)),
    description=maybe(string),
)
_PARAMETERS: dict[str, Rule] = {
    "max_tokens": number(1),
    "max_completion_tokens": number(1, whole=True),
    "stream": flag,
    "stream_options": fields(include_usage=flag),
    "temperature": number(0, 2),
    "top_p": number(0.01, 1),
    "top_k": number(),
    "frequency_penalty": _PENALTY,
    "presence_penalty": _PENALTY,
    "seed": number(1, whole=True),
    "stop": by_kind(string=string, array=array(string), null=null),
    "tools": tools(),
    "tool_choice": TOOL_CHOICE,
    "parallel_tool_calls": flag,
    "response_format": tagged(kinds(text={}, json_object={}, json_schema={"json_schema": _SCHEMA})),
    "reasoning_effort": EFFORT,
    "reasoning": fields(effort=maybe(EFFORT), exclude=maybe(flag)),
    "modalities": array(text("text", "audio"), at_least=1),
    "audio": fields(format=text("wav", "mp3", "flac", "opus", "pcm16"), voice=filled),
    "web_search_options": fields(search_context_size=maybe(EFFORT)),
    "search_recency_filter": text("day", "week", "month", "year"),
}


def whole(model: Model, turns: Rule, rules: Mapping[str, Rule]) -> Rule:
    """The whole body for one model: a field that it does not document is refused."""
    more = {name: maybe(rules[name]) for name in sorted(model.parameters)}
    return fields(model=text(*model.names), messages=turns, **more)


@lru_cache(maxsize=32)
def body(model: Model) -> Rule:
    """The whole OpenAI-style body for one model."""
    turns = messages(model.parts, thoughts=habits.takes_thoughts_back(model))
    return whole(model, turns, _PARAMETERS)
