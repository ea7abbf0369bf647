"""Claude's body: on messages, and on chat/completions in an older and in a newer form."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from . import openai_rules
from .models import OPENAI_PARTS_OF_NEWER_CLAUDE, Model
from .rules import (
    Rule,
    array,
    base64_data,
    by_kind,
    fields,
    filled,
    flag,
    kinds,
    link,
    mapping,
    maybe,
    number,
    open_object,
    string,
    tagged,
    text,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from .rules import Issue, Path

_IMAGE_TYPES = text("image/jpeg", "image/png", "image/gif", "image/webp")
_NAME = text(pattern=r"[A-Za-z0-9_-]{1,128}", says="1 to 128 characters of a-z A-Z 0-9 _ -")
_ID = text(pattern=r"[A-Za-z0-9_-]+", says="characters of a-z A-Z 0-9 _ -")
_SERVER_ID = text(pattern=r"srvtoolu_[A-Za-z0-9_-]+", says="srvtoolu_ and characters")
_SAID = text(pattern=r".*\S.*", says="text that is not blank")
_MARK = {"cache_control": maybe(openai_rules.CACHE_CONTROL)}
_MOST_BLOCKS_OF_OLDER = 5


def _blocks(*, newer: bool) -> dict[str, Rule]:
    mark = _MARK if newer else {}
    by_url = {"url": {"url": link}} if newer else {}
    cited = {"citations": maybe(fields(enabled=maybe(flag)))} if newer else {}
    titled = {"title": maybe(string), "context": maybe(string)} if newer else {}
    images = kinds(base64={"media_type": _IMAGE_TYPES, "data": base64_data}, **by_url)
    documents = kinds(
        base64={"media_type": text("application/pdf"), "data": base64_data},
        text={"media_type": text("text/plain"), "data": string},
        **by_url,
    )
    blocks = kinds(
        text={"text": _SAID if newer else string, **mark},
        image={"source": tagged(images), **mark},
        document={"source": tagged(documents), **titled, **cited, **mark},
        # No cache mark is documented on thoughts.
        thinking={"thinking": string, "signature": filled},
        redacted_thinking={"data": filled},
        tool_use={"id": _ID, "name": _NAME, "input": open_object, **mark},
    )
    # Documents inside a tool result came with the newer documents.
    inner = ("text", "image", "document") if newer else ("text", "image")
    content = by_kind(string=string, array=array(tagged({name: blocks[name] for name in inner})))
    result = {"is_error": maybe(flag), "content": maybe(content), **mark}
    blocks |= kinds(tool_result={"tool_use_id": _ID, **result})
    if newer:
        found = {"tool_use_id": _SERVER_ID, "content": array(open_object)}
        blocks |= kinds(
            server_tool_use={"id": _SERVER_ID, "name": string, "input": open_object, **mark},
            web_search_tool_result={**found, **mark},
        )
    return blocks


def _messages(*, newer: bool) -> Rule:
    most = None if newer else _MOST_BLOCKS_OF_OLDER
    blocks = array(tagged(_blocks(newer=newer)), at_least=1, at_most=most)
    content = by_kind(string=_SAID if newer else string, array=blocks)
    return array(fields(role=text("user", "assistant"), content=content), at_least=1)


# The service's own tools, by type, with their names.
_SERVICES = tagged(
    kinds(
        **{
            kind: {"name": text(name), "max_uses": maybe(number(1)), **_MARK}
            for kind, name in {
                "web_search_20250305": "web_search",
                "web_fetch_20250910": "web_fetch",
                "tool_search_tool_bm25_20251119": "tool_search_tool_bm25",
            }.items()
        }
    )
)


def _tools(*, newer: bool) -> Rule:
    schema = by_kind(object=tagged({"object": open_object}))
    more = {**_MARK, "type": maybe(text("custom"))} if newer else {}
    more |= {name: maybe(flag) for name in ("strict", "defer_loading") if newer}
    own = fields(name=_NAME, input_schema=schema, description=maybe(string), **more)

    # A tool without a type, or of type "custom", is the user's; any other type is the service's.
    def rule(value: Any, path: Path) -> Iterator[Issue]:
        services = newer and isinstance(value, dict) and value.get("type", "custom") != "custom"
        yield from (_SERVICES if services else own)(value, path)

    return array(rule)


_NO_PARALLEL = {"disable_parallel_tool_use": maybe(flag)}
_TOOL_CHOICE = tagged(
    kinds(auto=_NO_PARALLEL, any=_NO_PARALLEL, tool={"name": _NAME, **_NO_PARALLEL}, none={})
)


def _parameters(*, newer: bool) -> dict[str, Rule]:
    block = fields(text=_SAID, type=maybe(text("text")), **_MARK)
    budget = number(1024, whole=True)
    return {
        "max_tokens": number(1),
        "metadata": mapping(string),
        "stop_sequences": array(filled),
        "stream": flag,
        "system": by_kind(string=string, array=array(block)) if newer else string,
        "temperature": number(0, 1),
        "thinking": tagged(kinds(enabled={"budget_tokens": budget}, disabled={}, adaptive={})),
        "tool_choice": _TOOL_CHOICE,
        "tools": _tools(newer=newer),
        "top_k": number(0),
        "top_p": number(0, 1),
    }


@lru_cache(maxsize=16)
def body(model: Model) -> Rule:
    """The whole Claude-style body for one model."""
    return openai_rules.whole(model, _messages(newer=model.newer), _parameters(newer=model.newer))


@lru_cache(maxsize=16)
def body_with_openai_messages(model: Model) -> Rule:
    """What the newest Claude documents accept besides: OpenAI-style messages and tools."""
    rules = {
        **_parameters(newer=True),
        "tools": openai_rules.tools(),
        "tool_choice": openai_rules.TOOL_CHOICE,
    }
    turns = openai_rules.messages(OPENAI_PARTS_OF_NEWER_CLAUDE)
    return openai_rules.whole(model, turns, rules)
