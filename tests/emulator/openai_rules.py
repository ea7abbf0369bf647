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
    flag,
    is_base64,
    json_text,
    link,
    link_or_data_url,
    mapping,
    null,
    nullable,
    number,
    open_object,
    record,
    split_data_url,
    tagged,
    text,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .models import Model, Parts

CACHE_CONTROL = record({"type": text("ephemeral")}, {"ttl": text("5m", "1h")})

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
    yield from text()(value, path)
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
    mark: dict[str, Rule] = {"cache_control": CACHE_CONTROL}

    def part(kind: str, body: Rule, **more: Rule) -> Rule:
        return record({"type": text(kind), kind: body}, {**mark, **more})

    formats = _AUDIO_FORMATS if newer else ("wav", "mp3")
    return {
        "text": part("text", text()),
        "refusal": record({"type": text("refusal"), "refusal": text()}),
        "image_url": part(
            "image_url", record({"url": link_or_data_url}, {"detail": text("low", "high", "auto")})
        ),
        "image": record(
            {
                "type": text("image"),
                "source": record(
                    {
                        "type": text("base64"),
                        "media_type": text("image/jpeg", "image/png", "image/gif", "image/webp"),
                        "data": base64_data,
                    }
                ),
            },
            mark,
        ),
        "file": part("file", record({"file_data": _file_data}, {"filename": text()})),
        "input_audio": record(
            {
                "type": text("input_audio"),
                "input_audio": record({"data": _audio_data, "format": text(*formats)}),
            }
        ),
        "video_url": record(
            {"type": text("video_url"), "video_url": record({"url": link_or_data_url})}
        ),
    }


def _content(parts: frozenset[str], rules: dict[str, Rule]) -> Rule:
    listed = {name: rules[name] for name in sorted(parts - {"string"})}
    if not listed:
        return text()
    return by_kind(string=text(), array=array(tagged(listed), at_least=1))


def messages(parts: Parts, *, newer: bool = False, thoughts: bool = False) -> Rule:
    """The list of messages, with the roles and parts of one model.

    Args:
        parts: What each role takes.
        newer: Whether they are those of the newest documents.
        thoughts: Whether a turn with calls takes its `reasoning_content` back.
    """
    rules = _part_rules(newer=newer)
    content = {role: _content(of, rules) for role, of in parts.items()}
    name: dict[str, Rule] = {"name": text()}
    call = record(
        {
            "id": text(at_least=1),
            "type": text("function"),
            "function": record({"name": _NAME, "arguments": json_text}),
        },
        {"extra_content": open_object},  # opaque, such as Gemini's thought signature
    )
    roles: dict[str, Rule] = {
        role: record({"role": text(role), "content": content[role]}, name)
        for role in ("system", "developer", "user")
        if role in parts
    }
    more: dict[str, Rule] = {"content": content["assistant"], "refusal": nullable(text()), **name}
    if newer:
        # The newest documents alone let `content` be null and take earlier reasoning back.
        more["content"] = nullable(content["assistant"])
        more["reasoning_content"] = text()
    if "tool" in parts:
        more["tool_calls"] = array(call, at_least=1)
        roles["tool"] = record(
            {"role": text("tool"), "content": content["tool"], "tool_call_id": text(at_least=1)},
            {"name": nullable(text())},
        )
    plain = record({"role": text("assistant")}, more)
    calling = record({"role": text("assistant")}, {**more, "reasoning_content": text()})

    def assistant(value: Any, path: Path) -> Iterator[Issue]:
        yield from (calling if thoughts and value.get("tool_calls") else plain)(value, path)

    roles["assistant"] = assistant
    return array(tagged(roles, key="role"), at_least=1)


def tools(*, newer: bool = False) -> Rule:
    """The list of tools; a newer document lets tools with other types pass."""
    function = record(
        {"name": _NAME},
        {"description": text(), "parameters": open_object, "strict": nullable(flag)},
    )
    fields: dict[str, Rule] = {"type": text("function"), "function": function}
    if newer:
        return array(
            tagged({"function": record(fields, {"cache_control": CACHE_CONTROL})}, other=anything)
        )
    return array(tagged({"function": record(fields)}))


def tool_choice(*, allowed: bool = False) -> Rule:
    """Which tool to call; `allowed_tools` only where it is documented."""
    variants: dict[str, Rule] = {
        "function": record({"type": text("function"), "function": record({"name": _NAME})})
    }
    if allowed:
        variants["allowed_tools"] = record(
            {
                "type": text("allowed_tools"),
                "allowed_tools": record(
                    {"mode": text("auto", "required"), "tools": array(open_object)}
                ),
            }
        )
    return by_kind(string=text("none", "auto", "required"), object=tagged(variants))


_FORMATS = tagged(
    {
        "text": record({"type": text("text")}),
        "json_object": record({"type": text("json_object")}),
        "json_schema": record(
            {
                "type": text("json_schema"),
                "json_schema": record(
                    {"name": _NAME},
                    {"schema": open_object, "strict": nullable(flag), "description": text()},
                ),
            }
        ),
    }
)
_PLACE = record(
    {},
    {
        "city": text(),
        "country": text(pattern="[A-Z]{2}", says="a two-letter country code"),
        "region": text(),
        "timezone": text(),
    },
)

PARAMETERS: dict[str, Rule] = {
    "max_tokens": number(1),
    "max_completion_tokens": number(1, whole=True),
    "stream": flag,
    "stream_options": record({"include_usage": flag}),
    "temperature": number(0, 2),
    "top_p": number(0.01, 1),
    "top_k": number(),
    "min_p": number(0.001, 0.999),
    "top_a": number(0, 1),
    "repetition_penalty": nullable(number()),
    "frequency_penalty": _PENALTY,
    "presence_penalty": _PENALTY,
    "seed": number(1, whole=True),
    "stop": by_kind(string=text(), array=array(text()), null=null),
    "n": nullable(number(1, whole=True)),
    "logprobs": nullable(flag),
    "top_logprobs": nullable(number(0, 20)),
    "logit_bias": mapping(number(-100, 100)),
    "tools": tools(),
    "tool_choice": tool_choice(),
    "parallel_tool_calls": flag,
    "response_format": _FORMATS,
    "prediction": record(
        {
            "type": text("content"),
            "content": by_kind(
                string=text(), array=array(record({"type": text("text"), "text": text()}))
            ),
        }
    ),
    "reasoning_effort": _EFFORT,
    "reasoning": record(
        {}, {"effort": _EFFORT, "max_tokens": number(1, whole=True), "exclude": flag}
    ),
    "modalities": array(text("text", "audio"), at_least=1),
    "audio": record(
        {"format": text("wav", "mp3", "flac", "opus", "pcm16"), "voice": text(at_least=1)}
    ),
    "web_search_options": record(
        {},
        {
            "search_context_size": _EFFORT,
            "user_location": nullable(record({"type": text("approximate"), "approximate": _PLACE})),
        },
    ),
    "search_mode": text("academic", "web"),
    "search_domain_filter": array(text()),
    "search_recency_filter": text("day", "week", "month", "year"),
    "search_after_date_filter": _DATE,
    "search_before_date_filter": _DATE,
    "last_updated_after_filter": _DATE,
    "last_updated_before_filter": _DATE,
    "return_images": flag,
    "return_related_questions": flag,
    "provider": text(),
    "normalize_tool_schemas": flag,
    "echo": flag,
}


def body(model: Model) -> Rule:
    """The whole body for one model: a field that it does not document is refused."""
    gemini = model.style == "gemini"
    optional = {name: PARAMETERS[name] for name in sorted(model.parameters)}
    if gemini and "tool_choice" in optional:
        optional["tool_choice"] = tool_choice(allowed="reasoning_effort" in model.parameters)
    return record(
        {
            "model": text(*model.names),
            "messages": messages(model.parts, thoughts=habits.takes_thoughts_back(model)),
        },
        optional,
    )
