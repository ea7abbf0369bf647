"""Claude's body on chat/completions: the older form, of the published page, and the newer one."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

from . import openai_rules
from .models import OPENAI_PARTS_OF_NEWER_CLAUDE, Model
from .rules import (
    Maybe,
    Rule,
    anything,
    array,
    base64_data,
    by_kind,
    fields,
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

    from .rules import Issue, Path

IMAGE_TYPES = text("image/jpeg", "image/png", "image/gif", "image/webp")
DOCUMENT_TYPES = text("application/pdf", "text/plain")
PLAIN = text("text/plain")
NAME = text(pattern=r"[A-Za-z0-9_-]{1,128}", says="1 to 128 characters of a-z A-Z 0-9 _ -")
ID = text(pattern=r"[A-Za-z0-9_-]+", says="characters of a-z A-Z 0-9 _ -")
MARK = {"cache_control": maybe(openai_rules.CACHE_CONTROL)}
SCHEMA = by_kind(object=tagged({"object": open_object}))
MOST_BLOCKS_OF_OLDER = 5


def _blocks(*, newer: bool) -> dict[str, Rule]:
    mark: dict[str, Maybe] = MARK if newer else {}
    by_url = {"url": {"url": link}} if newer else {}
    titled = {"title": maybe(string), "context": maybe(string)} if newer else {}
    images = kinds(base64={"media_type": IMAGE_TYPES, "data": base64_data}, **by_url)
    documents = kinds(
        base64={"media_type": DOCUMENT_TYPES, "data": base64_data},
        text={"media_type": PLAIN if newer else maybe(PLAIN), "data": string},
        **by_url,
    )
    blocks = kinds(
        text={"text": string, **mark},
        image={"source": tagged(images), **mark},
        document={"source": tagged(documents), **mark, **titled},
        thinking={"thinking": string, "signature": string},
        redacted_thinking={"data": string},
        tool_use={"id": ID, "name": NAME, "input": open_object, **mark},
    )
    # Documents inside a tool result came with the newer documents.
    inner = ("text", "image", "document") if newer else ("text", "image")
    content = by_kind(string=string, array=array(tagged({name: blocks[name] for name in inner})))
    result = {"is_error": maybe(flag), "content": maybe(content), **mark}
    return blocks | kinds(tool_result={"tool_use_id": ID, **result})


# Results of server tools come back by type in the newer documents; they pass as they are.
_SERVER_BLOCKS = (
    "server_tool_use search_result web_search_tool_result web_fetch_tool_result "
    "code_execution_tool_result bash_code_execution_tool_result "
    "text_editor_code_execution_tool_result tool_search_tool_result"
)
_server_block = tagged(dict.fromkeys(_SERVER_BLOCKS.split(), open_object))


def _messages(*, newer: bool) -> Rule:
    block = tagged(_blocks(newer=newer), other=_server_block if newer else None)
    most = None if newer else MOST_BLOCKS_OF_OLDER
    content = by_kind(string=string, array=array(block, at_least=1, at_most=most))
    return array(fields(role=text("user", "assistant"), content=content), at_least=1)


def _tools(*, newer: bool) -> Rule:
    if not newer:
        return array(fields(name=NAME, input_schema=SCHEMA, description=maybe(string)))
    own = fields(
        name=NAME,
        input_schema=SCHEMA,
        description=maybe(string),
        type=maybe(text("custom")),
        strict=maybe(flag),
        defer_loading=maybe(flag),
        eager_input_streaming=maybe(flag),
        input_examples=maybe(array(open_object)),
        allowed_callers=maybe(array(string)),
        **MARK,
    )

    # A tool without a type, or of type "custom", is the user's; any other type is the service's.
    def rule(value: Any, path: Path) -> Iterator[Issue]:
        is_server_tool = isinstance(value, dict) and value.get("type", "custom") != "custom"
        yield from (anything if is_server_tool else own)(value, path)

    return array(rule)


_NO_PARALLEL = {"disable_parallel_tool_use": maybe(flag)}
TOOL_CHOICE = tagged(
    kinds(auto=_NO_PARALLEL, any=_NO_PARALLEL, tool={"name": NAME, **_NO_PARALLEL}, none={})
)


def thinking(*, newer: bool = True) -> Rule:
    """How a model thinks; what is shown of it came with the newer documents."""
    shown = {"display": maybe(text("summarized", "omitted"))} if newer else {}
    budget = number(1024, whole=True)
    return tagged(kinds(enabled={"budget_tokens": budget, **shown}, disabled={}, adaptive=shown))


def _system(*, newer: bool) -> Rule:
    block = fields(text=string, type=maybe(text("text")), **MARK)
    return by_kind(string=string, array=array(block)) if newer else string


@lru_cache(maxsize=4)
def _parameters(*, newer: bool) -> dict[str, Rule]:
    return {
        "max_tokens": number(1),
        "metadata": mapping(string),
        "stop_sequences": array(string),
        "stream": flag,
        "system": _system(newer=newer),
        "temperature": number(0, 1),
        "thinking": thinking(newer=newer),
        "tool_choice": TOOL_CHOICE,
        "tools": _tools(newer=newer),
        "top_k": number(0),
        "top_p": number(0, 1),
    }


def body(model: Model) -> Rule:
    """The whole Claude-style body for one model."""
    return openai_rules.whole(model, _messages(newer=model.newer), _parameters(newer=model.newer))


def body_with_openai_messages(model: Model) -> Rule:
    """What the newest Claude documents accept besides: OpenAI-style messages and tools."""
    rules = {
        **_parameters(newer=True),
        "tools": openai_rules.tools(newer=True),
        "tool_choice": openai_rules.tool_choice(allowed=True),
    }
    turns = openai_rules.messages(OPENAI_PARTS_OF_NEWER_CLAUDE, newer=True)
    return openai_rules.whole(model, turns, rules)
