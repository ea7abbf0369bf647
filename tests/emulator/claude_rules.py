"""The Claude-style body: the older form (three names of the published page) and the newer one."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

from . import openai_rules
from .models import OPENAI_PARTS_OF_NEWER_CLAUDE, Model
from .rules import (
    Rule,
    anything,
    array,
    base64_data,
    by_kind,
    flag,
    link,
    mapping,
    number,
    open_object,
    record,
    tagged,
    text,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .rules import Issue, Path

_IMAGE_TYPES = text("image/jpeg", "image/png", "image/gif", "image/webp")
_NAME = text(pattern=r"[A-Za-z0-9_-]{1,128}", says="1 to 128 characters of a-z A-Z 0-9 _ -")
_ID = text(pattern=r"[A-Za-z0-9_-]+", says="characters of a-z A-Z 0-9 _ -")
MOST_BLOCKS_OF_OLDER = 5


def _blocks(*, newer: bool) -> dict[str, Rule]:
    mark: dict[str, Rule] = {"cache_control": openai_rules.CACHE_CONTROL} if newer else {}
    image_sources: dict[str, Rule] = {
        "base64": record({"type": text("base64"), "media_type": _IMAGE_TYPES, "data": base64_data})
    }
    sources: dict[str, Rule] = {
        "base64": record(
            {
                "type": text("base64"),
                "media_type": text("application/pdf", "text/plain"),
                "data": base64_data,
            }
        ),
        "text": record({"type": text("text"), "data": text()}, {"media_type": text("text/plain")}),
    }
    document_more = dict(mark)
    if newer:
        by_url = record({"type": text("url"), "url": link})
        image_sources["url"] = by_url
        sources["url"] = by_url
        sources["text"] = record(
            {"type": text("text"), "media_type": text("text/plain"), "data": text()}
        )
        document_more |= {"title": text(), "context": text()}
    blocks: dict[str, Rule] = {
        "text": record({"type": text("text"), "text": text()}, mark),
        "image": record({"type": text("image"), "source": tagged(image_sources)}, mark),
        "document": record({"type": text("document"), "source": tagged(sources)}, document_more),
        "thinking": record({"type": text("thinking"), "thinking": text(), "signature": text()}),
        "redacted_thinking": record({"type": text("redacted_thinking"), "data": text()}),
        "tool_use": record(
            {"type": text("tool_use"), "id": _ID, "name": _NAME, "input": open_object}, mark
        ),
    }
    # Documents inside a tool result came with the newer documents.
    inner = ("text", "image", "document") if newer else ("text", "image")
    blocks["tool_result"] = record(
        {"type": text("tool_result"), "tool_use_id": _ID},
        {
            "is_error": flag,
            "content": by_kind(
                string=text(), array=array(tagged({name: blocks[name] for name in inner}))
            ),
            **mark,
        },
    )
    return blocks


def _messages(*, newer: bool) -> Rule:
    # Results of server tools come back by type in the newer documents; they pass as they are.
    block = tagged(_blocks(newer=newer), other=_server_block if newer else None)
    most = None if newer else MOST_BLOCKS_OF_OLDER
    content = by_kind(string=text(), array=array(block, at_least=1, at_most=most))
    turn = record({"role": text("user", "assistant"), "content": content})
    return array(turn, at_least=1)


_server_block = tagged(
    dict.fromkeys(
        (
            "server_tool_use",
            "search_result",
            "web_search_tool_result",
            "web_fetch_tool_result",
            "code_execution_tool_result",
            "bash_code_execution_tool_result",
            "text_editor_code_execution_tool_result",
            "tool_search_tool_result",
        ),
        open_object,
    )
)

_SCHEMA = by_kind(object=tagged({"object": open_object}))


def _tools(*, newer: bool) -> Rule:
    more: dict[str, Rule] = {"description": text()}
    if not newer:
        return array(record({"name": _NAME, "input_schema": _SCHEMA}, more))
    more |= {
        "type": text("custom"),
        "strict": flag,
        "defer_loading": flag,
        "eager_input_streaming": flag,
        "input_examples": array(open_object),
        "allowed_callers": array(text()),
        "cache_control": openai_rules.CACHE_CONTROL,
    }
    own = record({"name": _NAME, "input_schema": _SCHEMA}, more)

    # A tool without a type, or of type "custom", is the user's; any other type is the service's.
    def rule(value: Any, path: Path) -> Iterator[Issue]:
        is_server_tool = isinstance(value, dict) and value.get("type", "custom") != "custom"
        yield from (anything if is_server_tool else own)(value, path)

    return array(rule)


def _tool_choice() -> Rule:
    more: dict[str, Rule] = {"disable_parallel_tool_use": flag}
    return tagged(
        {
            "auto": record({"type": text("auto")}, more),
            "any": record({"type": text("any")}, more),
            "tool": record({"type": text("tool"), "name": _NAME}, more),
            "none": record({"type": text("none")}),
        }
    )


def _thinking(*, newer: bool) -> Rule:
    shown: dict[str, Rule] = {"display": text("summarized", "omitted")} if newer else {}
    return tagged(
        {
            "enabled": record(
                {"type": text("enabled"), "budget_tokens": number(1024, whole=True)}, shown
            ),
            "disabled": record({"type": text("disabled")}),
            "adaptive": record({"type": text("adaptive")}, shown),
        }
    )


def _system(*, newer: bool) -> Rule:
    if not newer:
        return text()
    block = record(
        {"text": text()}, {"type": text("text"), "cache_control": openai_rules.CACHE_CONTROL}
    )
    return by_kind(string=text(), array=array(block))


@lru_cache(maxsize=4)
def _parameters(*, newer: bool) -> dict[str, Rule]:
    return {
        "max_tokens": number(1),
        "metadata": mapping(text()),
        "stop_sequences": array(text()),
        "stream": flag,
        "system": _system(newer=newer),
        "temperature": number(0, 1),
        "thinking": _thinking(newer=newer),
        "tool_choice": _tool_choice(),
        "tools": _tools(newer=newer),
        "top_k": number(0),
        "top_p": number(0, 1),
    }


def body(model: Model) -> Rule:
    """The whole Claude-style body for one model."""
    rules = _parameters(newer=model.newer)
    return record(
        {"model": text(*model.names), "messages": _messages(newer=model.newer)},
        {name: rules[name] for name in sorted(model.parameters)},
    )


def body_with_openai_messages(model: Model) -> Rule:
    """What the newest Claude documents accept besides: OpenAI-style messages and tools."""
    rules = dict(_parameters(newer=True))
    rules["tools"] = openai_rules.tools(newer=True)
    rules["tool_choice"] = openai_rules.tool_choice(allowed=True)
    return record(
        {
            "model": text(*model.names),
            "messages": openai_rules.messages(OPENAI_PARTS_OF_NEWER_CLAUDE, newer=True),
        },
        {name: rules[name] for name in sorted(model.parameters)},
    )
