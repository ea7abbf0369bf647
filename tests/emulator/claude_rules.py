"""Claude's body: on messages, and on chat/completions in an older and in a newer form."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from . import openai_rules
from . import rules as z
from .models import OPENAI_PARTS_OF_NEWER_CLAUDE, Model

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from .rules import Issue, Path

_IMAGE_TYPES = z.text("image/jpeg", "image/png", "image/gif", "image/webp")
_NAME = z.text(pattern=r"[A-Za-z0-9_-]{1,128}", says="1 to 128 characters of a-z A-Z 0-9 _ -")
_ID = z.text(pattern=r"[A-Za-z0-9_-]+", says="characters of a-z A-Z 0-9 _ -")
_SERVER_ID = z.text(pattern=r"srvtoolu_[A-Za-z0-9_-]+", says="srvtoolu_ and characters")
_SAID = z.text(pattern=r".*\S.*", says="text that is not blank")
_MARK = {"cache_control": z.maybe(openai_rules.CACHE_CONTROL)}
_MOST_BLOCKS_OF_OLDER = 5


def _blocks(*, newer: bool) -> dict[str, z.Rule]:
    mark = _MARK if newer else {}
    by_url = {"url": {"url": z.link}} if newer else {}
    cited = {"citations": z.maybe(z.fields(enabled=z.maybe(z.flag)))} if newer else {}
    titled = {"title": z.maybe(z.string), "context": z.maybe(z.string)} if newer else {}
    images = z.kinds(base64={"media_type": _IMAGE_TYPES, "data": z.base64_data}, **by_url)
    documents = z.kinds(
        base64={"media_type": z.text("application/pdf"), "data": z.base64_data},
        text={"media_type": z.text("text/plain"), "data": z.string},
        **by_url,
    )
    blocks = z.kinds(
        text={"text": _SAID if newer else z.string, **mark},
        image={"source": z.tagged(images), **mark},
        document={"source": z.tagged(documents), **titled, **cited, **mark},
        # No cache mark is documented on thoughts.
        thinking={"thinking": z.string, "signature": z.filled},
        redacted_thinking={"data": z.filled},
        tool_use={"id": _ID, "name": _NAME, "input": z.open_object, **mark},
    )
    # Documents inside a tool result came with the newer documents.
    inner = ("text", "image", "document") if newer else ("text", "image")
    content = z.by_kind(
        string=z.string, array=z.array(z.tagged({name: blocks[name] for name in inner}))
    )
    result = {"is_error": z.maybe(z.flag), "content": z.maybe(content), **mark}
    blocks |= z.kinds(tool_result={"tool_use_id": _ID, **result})
    if newer:
        found = {"tool_use_id": _SERVER_ID, "content": z.array(z.open_object)}
        blocks |= z.kinds(
            server_tool_use={"id": _SERVER_ID, "name": z.string, "input": z.open_object, **mark},
            web_search_tool_result={**found, **mark},
        )
    return blocks


def _messages(*, newer: bool) -> z.Rule:
    most = None if newer else _MOST_BLOCKS_OF_OLDER
    blocks = z.array(z.tagged(_blocks(newer=newer)), at_least=1, at_most=most)
    content = z.by_kind(string=_SAID if newer else z.string, array=blocks)
    return z.array(z.fields(role=z.text("user", "assistant"), content=content), at_least=1)


# The service's own tools, by type, with their names.
_SERVICES = z.tagged(
    z.kinds(
        **{
            kind: {"name": z.text(name), "max_uses": z.maybe(z.number(1)), **_MARK}
            for kind, name in {
                "web_search_20250305": "web_search",
                "web_fetch_20250910": "web_fetch",
                "tool_search_tool_bm25_20251119": "tool_search_tool_bm25",
            }.items()
        }
    )
)


def _tools(*, newer: bool) -> z.Rule:
    schema = z.by_kind(object=z.tagged({"object": z.open_object}))
    more = {**_MARK, "type": z.maybe(z.text("custom"))} if newer else {}
    more |= {name: z.maybe(z.flag) for name in ("strict", "defer_loading") if newer}
    own = z.fields(name=_NAME, input_schema=schema, description=z.maybe(z.string), **more)

    # A tool without a type, or of type "custom", is the user's; any other type is the service's.
    def rule(value: Any, path: Path) -> Iterator[Issue]:
        services = newer and isinstance(value, dict) and value.get("type", "custom") != "custom"
        yield from (_SERVICES if services else own)(value, path)

    return z.array(rule)


_NO_PARALLEL = {"disable_parallel_tool_use": z.maybe(z.flag)}
_TOOL_CHOICE = z.tagged(
    z.kinds(auto=_NO_PARALLEL, any=_NO_PARALLEL, tool={"name": _NAME, **_NO_PARALLEL}, none={})
)


def _parameters(*, newer: bool) -> dict[str, z.Rule]:
    block = z.fields(text=_SAID, type=z.maybe(z.text("text")), **_MARK)
    budget = z.number(1024, whole=True)
    return {
        "max_tokens": z.number(1),
        "metadata": z.mapping(z.string),
        "stop_sequences": z.array(z.filled),
        "stream": z.flag,
        "system": z.by_kind(string=z.string, array=z.array(block)) if newer else z.string,
        "temperature": z.number(0, 1),
        "thinking": z.tagged(z.kinds(enabled={"budget_tokens": budget}, disabled={}, adaptive={})),
        "tool_choice": _TOOL_CHOICE,
        "tools": _tools(newer=newer),
        "top_k": z.number(0),
        "top_p": z.number(0, 1),
    }


@lru_cache(maxsize=16)
def body(model: Model) -> z.Rule:
    """The whole Claude-style body for one model."""
    return openai_rules.whole(model, _messages(newer=model.newer), _parameters(newer=model.newer))


@lru_cache(maxsize=16)
def body_with_openai_messages(model: Model) -> z.Rule:
    """What the newest Claude documents accept besides: OpenAI-style messages and tools."""
    rules = {
        **_parameters(newer=True),
        "tools": openai_rules.tools(),
        "tool_choice": openai_rules.TOOL_CHOICE,
    }
    turns = openai_rules.messages(OPENAI_PARTS_OF_NEWER_CLAUDE)
    return openai_rules.whole(model, turns, rules)
