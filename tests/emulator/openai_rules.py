"""The OpenAI-style body: fields, roles and parts as the service documents them per model."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from . import habits
from .rules import (
    Issue,
    Path,
    Rule,
    anything,
    array,
    base64_data,
    by_kind,
    fields,
    filled,
    flag,
    is_base64,
    json_text,
    kinds,
    link,
    link_or_data_url,
    mapping,
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

_NAME = text(pattern=r"[A-Za-z0-9_-]{1,64}", says="1 to 64 characters of a-z A-Z 0-9 _ -")
_EFFORT = text("low", "medium", "high")
_DATE = text(
    pattern=r"(0?[1-9]|1[0-2])/(0?[1-9]|[12]\d|3[01])/\d{4}", says="a date such as 3/31/2025"
)
_PENALTY = nullable(number(-2, 2))
_AUDIO_FORMAT_NAMES = (
    "wav mp3 audio/x-aac audio/flac audio/mp3 audio/m4a audio/mpeg audio/mpga audio/mp4 "
    "audio/ogg audio/pcm audio/webm"
)
_AUDIO_FORMATS = _AUDIO_FORMAT_NAMES.split()


def _file_data(value: Any, path: Path) -> Iterator[Issue]:
    yield from string(value, path)
    if not isinstance(value, str):
        return
    parts = split_data_url(value)
    media_type, data = parts or ("application/pdf", value)
    if media_type != "application/pdf" or not is_base64(data):
        yield Issue(
            path, f"Invalid. Expected a PDF as a base64 data string, received '{value[:40]}'"
        )


def _audio_data(value: Any, path: Path) -> Iterator[Issue]:
    """Base64, or in the newest documents a URL; a data URL is none of the two."""
    is_link = isinstance(value, str) and value.startswith(("http://", "https://"))
    yield from (link if is_link else base64_data)(value, path)


def _part_rules(*, newer: bool) -> dict[str, Rule]:
    mark = {"cache_control": maybe(CACHE_CONTROL)}
    formats = _AUDIO_FORMATS if newer else ("wav", "mp3")
    picture = fields(url=link_or_data_url, detail=maybe(text("low", "high", "auto")))
    image_types = text("image/jpeg", "image/png", "image/gif", "image/webp")
    source = typed("base64", media_type=image_types, data=base64_data)
    return kinds(
        text={"text": string, **mark},
        refusal={"refusal": string},
        image_url={"image_url": picture, **mark},
        image={"source": source, **mark},
        file={"file": fields(file_data=_file_data, filename=maybe(string)), **mark},
        input_audio={"input_audio": fields(data=_audio_data, format=text(*formats))},
        video_url={"video_url": fields(url=link_or_data_url)},
    )


def _content(parts: frozenset[str], rules: dict[str, Rule]) -> Rule:
    listed = {name: rules[name] for name in sorted(parts - {"string"})}
    if not listed:
        return string
    return by_kind(string=string, array=array(tagged(listed), at_least=1))


def messages(parts: Parts, *, newer: bool = False, thoughts: bool = False) -> Rule:
    """The list of messages, with the roles and parts of one model.

    Args:
        parts: What each role takes.
        newer: Whether they are those of the newest documents.
        thoughts: Whether a turn with calls takes its `reasoning_content` back.
    """
    rules = _part_rules(newer=newer)
    content = {role: _content(of, rules) for role, of in parts.items()}
    name = {"name": maybe(string)}
    roles: dict[str, Rule] = {
        role: fields(role=text(role), content=content[role], **name)
        for role in ("system", "developer", "user")
        if role in parts
    }
    more = {"content": maybe(content["assistant"]), "refusal": maybe(nullable(string)), **name}
    if newer:
        # The newest documents alone let `content` be null and take earlier reasoning back.
        more |= {"content": maybe(nullable(content["assistant"]))}
        more |= {"reasoning_content": maybe(string)}
    if "tool" in parts:
        function = fields(name=_NAME, arguments=json_text)
        # What is extra is opaque, such as Gemini's thought signature.
        call = typed("function", id=filled, function=function, extra_content=maybe(open_object))
        more["tool_calls"] = maybe(array(call, at_least=1))
        roles["tool"] = fields(
            role=text("tool"),
            content=content["tool"],
            tool_call_id=filled,
            name=maybe(nullable(string)),
        )
    plain = fields(role=text("assistant"), **more)
    calling = fields(role=text("assistant"), **{**more, "reasoning_content": maybe(string)})

    def assistant(value: Any, path: Path) -> Iterator[Issue]:
        yield from (calling if thoughts and value.get("tool_calls") else plain)(value, path)

    roles["assistant"] = assistant
    return array(tagged(roles, key="role"), at_least=1)


def tools(*, newer: bool = False) -> Rule:
    """The list of tools; a newer document lets tools with other types pass."""
    function = fields(
        name=_NAME,
        description=maybe(string),
        parameters=maybe(open_object),
        strict=maybe(nullable(flag)),
    )
    mark = {"cache_control": maybe(CACHE_CONTROL)} if newer else {}
    own = kinds(function={"function": function, **mark})
    return array(tagged(own, other=anything if newer else None))


def tool_choice(*, allowed: bool = False) -> Rule:
    """Which tool to call; `allowed_tools` only where it is documented."""
    variants = kinds(function={"function": fields(name=_NAME)})
    if allowed:
        some = fields(mode=text("auto", "required"), tools=array(open_object))
        variants |= kinds(allowed_tools={"allowed_tools": some})
    return by_kind(string=text("none", "auto", "required"), object=tagged(variants))


_SCHEMA = fields(
    name=_NAME,
    schema=maybe(open_object),
    strict=maybe(nullable(flag)),
    description=maybe(string),
)
_FORMATS = tagged(kinds(text={}, json_object={}, json_schema={"json_schema": _SCHEMA}))
_PLACE = fields(
    city=maybe(string),
    country=maybe(text(pattern="[A-Z]{2}", says="a two-letter country code")),
    region=maybe(string),
    timezone=maybe(string),
)
_PREDICTED = by_kind(string=string, array=array(typed("text", text=string)))

PARAMETERS: dict[str, Rule] = {
    "max_tokens": number(1),
    "max_completion_tokens": number(1, whole=True),
    "stream": flag,
    "stream_options": fields(include_usage=flag),
    "temperature": number(0, 2),
    "top_p": number(0.01, 1),
    "top_k": number(),
    "min_p": number(0.001, 0.999),
    "top_a": number(0, 1),
    "repetition_penalty": nullable(number()),
    "frequency_penalty": _PENALTY,
    "presence_penalty": _PENALTY,
    "seed": number(1, whole=True),
    "stop": by_kind(string=string, array=array(string), null=null),
    "n": nullable(number(1, whole=True)),
    "logprobs": nullable(flag),
    "top_logprobs": nullable(number(0, 20)),
    "logit_bias": mapping(number(-100, 100)),
    "tools": tools(),
    "tool_choice": tool_choice(),
    "parallel_tool_calls": flag,
    "response_format": _FORMATS,
    "prediction": typed("content", content=_PREDICTED),
    "reasoning_effort": _EFFORT,
    "reasoning": fields(
        effort=maybe(_EFFORT), max_tokens=maybe(number(1, whole=True)), exclude=maybe(flag)
    ),
    "modalities": array(text("text", "audio"), at_least=1),
    "audio": fields(format=text("wav", "mp3", "flac", "opus", "pcm16"), voice=filled),
    "web_search_options": fields(
        search_context_size=maybe(_EFFORT),
        user_location=maybe(nullable(typed("approximate", approximate=_PLACE))),
    ),
    "search_mode": text("academic", "web"),
    "search_domain_filter": array(string),
    "search_recency_filter": text("day", "week", "month", "year"),
    "search_after_date_filter": _DATE,
    "search_before_date_filter": _DATE,
    "last_updated_after_filter": _DATE,
    "last_updated_before_filter": _DATE,
    "return_images": flag,
    "return_related_questions": flag,
    "provider": string,
    "normalize_tool_schemas": flag,
    "echo": flag,
}


def whole(model: Model, turns: Rule, rules: Mapping[str, Rule]) -> Rule:
    """The whole body for one model: a field that it does not document is refused."""
    more = {name: maybe(rules[name]) for name in sorted(model.parameters)}
    return fields(model=text(*model.names), messages=turns, **more)


def body(model: Model) -> Rule:
    """The whole OpenAI-style body for one model."""
    rules = PARAMETERS
    if model.style == "gemini":
        allowed = "reasoning_effort" in model.parameters
        rules = {**PARAMETERS, "tool_choice": tool_choice(allowed=allowed)}
    turns = messages(model.parts, thoughts=habits.takes_thoughts_back(model))
    return whole(model, turns, rules)
