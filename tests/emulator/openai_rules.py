"""The OpenAI-style body: fields, roles and parts as the service documents them per model."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

from . import habits
from . import rules as z

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from .models import Model, Parts

CACHE_CONTROL = z.typed("ephemeral", ttl=z.maybe(z.text("5m", "1h")))
NAME = z.text(pattern=r"[A-Za-z0-9_-]{1,64}", says="1 to 64 characters of a-z A-Z 0-9 _ -")
EFFORT = z.text("low", "medium", "high")
_PENALTY = z.nullable(z.number(-2, 2))


def _file_data(value: Any, path: z.Path) -> Iterator[z.Issue]:
    yield from z.string(value, path)
    if not isinstance(value, str):
        return
    media_type, data = z.split_data_url(value) or ("application/pdf", value)
    if media_type != "application/pdf" or not z.is_base64(data):
        yield z.Issue(
            path, f"Invalid. Expected a PDF as a base64 data string, received '{value[:40]}'"
        )


_MARK = {"cache_control": z.maybe(CACHE_CONTROL)}
_PARTS = z.kinds(
    text={"text": z.string, **_MARK},
    image_url={
        "image_url": z.fields(
            url=z.link_or_data_url, detail=z.maybe(z.text("low", "high", "auto"))
        ),
        **_MARK,
    },
    file={"file": z.fields(file_data=_file_data, filename=z.maybe(z.string)), **_MARK},
    input_audio={"input_audio": z.fields(data=z.base64_data, format=z.text("wav", "mp3"))},
    video_url={"video_url": z.fields(url=z.link_or_data_url)},
)


def _content(parts: frozenset[str]) -> z.Rule:
    listed = {name: _PARTS[name] for name in sorted(parts - {"string"})}
    if not listed:
        return z.string
    return z.by_kind(string=z.string, array=z.array(z.tagged(listed), at_least=1))


def messages(parts: Parts, *, thoughts: bool = False) -> z.Rule:
    """The list of messages, with the roles and parts of one model.

    Args:
        parts: What each role takes.
        thoughts: Whether a turn with calls takes its `reasoning_content` back.
    """
    content = {role: _content(of) for role, of in parts.items()}
    name = {"name": z.maybe(z.string)}
    roles: dict[str, z.Rule] = {
        role: z.fields(role=z.text(role), content=content[role], **name)
        for role in ("system", "developer", "user")
        if role in parts
    }
    more = {"content": z.maybe(content["assistant"]), **name}
    if "tool" in parts:
        function = z.fields(name=NAME, arguments=z.json_text)
        # What is extra is opaque, such as Gemini's thought signature.
        call = z.typed(
            "function", id=z.filled, function=function, extra_content=z.maybe(z.open_object)
        )
        more["tool_calls"] = z.maybe(z.array(call, at_least=1))
        of_tool = {"content": content["tool"], "tool_call_id": z.filled, "name": z.maybe(z.string)}
        roles["tool"] = z.fields(role=z.text("tool"), **of_tool)
    plain = z.fields(role=z.text("assistant"), **more)
    calling = z.fields(role=z.text("assistant"), **more, reasoning_content=z.maybe(z.string))

    def assistant(value: Any, path: z.Path) -> Iterator[z.Issue]:
        yield from (calling if thoughts and value.get("tool_calls") else plain)(value, path)

    roles["assistant"] = assistant
    return z.array(z.tagged(roles, key="role"), at_least=1)


def tools() -> z.Rule:
    """The list of tools: functions."""
    function = z.fields(
        name=NAME,
        description=z.maybe(z.string),
        parameters=z.maybe(z.open_object),
        strict=z.maybe(z.nullable(z.flag)),
    )
    return z.array(z.tagged(z.kinds(function={"function": function})))


TOOL_CHOICE = z.by_kind(
    string=z.text("none", "auto", "required"),
    object=z.tagged(z.kinds(function={"function": z.fields(name=NAME)})),
)
_SCHEMA = z.fields(
    name=NAME,
    schema=z.maybe(z.open_object),
    strict=z.maybe(z.nullable(z.flag)),
    description=z.maybe(z.string),
)
_PARAMETERS: dict[str, z.Rule] = {
    "max_tokens": z.number(1),
    "max_completion_tokens": z.number(1, whole=True),
    "stream": z.flag,
    "stream_options": z.fields(include_usage=z.flag),
    "temperature": z.number(0, 2),
    "top_p": z.number(0.01, 1),
    "top_k": z.number(),
    "frequency_penalty": _PENALTY,
    "presence_penalty": _PENALTY,
    "seed": z.number(1, whole=True),
    "stop": z.by_kind(string=z.string, array=z.array(z.string), null=z.null),
    "tools": tools(),
    "tool_choice": TOOL_CHOICE,
    "parallel_tool_calls": z.flag,
    "response_format": z.tagged(
        z.kinds(text={}, json_object={}, json_schema={"json_schema": _SCHEMA})
    ),
    "reasoning_effort": EFFORT,
    "reasoning": z.fields(effort=z.maybe(EFFORT), exclude=z.maybe(z.flag)),
    "modalities": z.array(z.text("text", "audio"), at_least=1),
    "audio": z.fields(format=z.text("wav", "mp3", "flac", "opus", "pcm16"), voice=z.filled),
    "web_search_options": z.fields(search_context_size=z.maybe(EFFORT)),
    "search_recency_filter": z.text("day", "week", "month", "year"),
}


def whole(model: Model, turns: z.Rule, rules: Mapping[str, z.Rule]) -> z.Rule:
    """The whole body for one model: a field that it does not document is refused."""
    more = {name: z.maybe(rules[name]) for name in sorted(model.parameters)}
    return z.fields(model=z.text(*model.names), messages=turns, **more)


@lru_cache(maxsize=32)
def body(model: Model) -> z.Rule:
    """The whole OpenAI-style body for one model."""
    turns = messages(model.parts, thoughts=habits.takes_thoughts_back(model))
    return whole(model, turns, _PARAMETERS)
