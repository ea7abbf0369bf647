"""The body of `/v1/messages`: blocks, server tools by type and date, as its documents have them."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

from . import openai_rules
from .models import OPENAI_PARTS_OF_NEWER_CLAUDE
from .rules import (
    MISSING,
    Rule,
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

_MARK: dict[str, Rule] = {"cache_control": openai_rules.CACHE_CONTROL}
_NAME = text(pattern=r"[A-Za-z0-9_-]{1,128}", says="1 to 128 characters of a-z A-Z 0-9 _ -")
_ID = text(pattern=r"[A-Za-z0-9_-]+", says="characters of a-z A-Z 0-9 _ -")
_SERVER_ID = text(pattern=r"srvtoolu_[A-Za-z0-9_-]+", says="srvtoolu_ and characters")
_SAID = text(pattern=r".*\S.*", says="text that is not blank")
_SIGNED = text(at_least=1)


def _constant(kind: str) -> Rule:
    return text(kind)


def _block(
    kind: str, required: dict[str, Rule], optional: dict[str, Rule] | None = None
) -> dict[str, Rule]:
    """A block under its type."""
    return {kind: record({"type": _constant(kind), **required}, {**(optional or {}), **_MARK})}


def _source(*media_types: str) -> dict[str, Rule]:
    data = {"media_type": text(*media_types), "data": base64_data}
    return {
        "base64": record({"type": _constant("base64"), **data}),
        "url": record({"type": _constant("url"), "url": link}),
    }


_TEXT = _block("text", {"text": _SAID})
_IMAGE = _block(
    "image", {"source": tagged(_source("image/jpeg", "image/png", "image/gif", "image/webp"))}
)
_DOCUMENT_SOURCES: dict[str, Rule] = {
    **_source("application/pdf", "text/plain"),
    "text": record({"type": _constant("text"), "media_type": text("text/plain"), "data": text()}),
    "content": record(
        {
            "type": _constant("content"),
            "content": by_kind(string=text(), array=array(open_object)),
        }
    ),
}
_DOCUMENT = _block(
    "document",
    {"source": tagged(_DOCUMENT_SOURCES)},
    {"title": text(), "context": text(), "citations": record({}, {"enabled": flag})},
)
_SEARCH_RESULT = _block(
    "search_result",
    {
        "source": text(),
        "title": text(),
        "content": by_kind(object=tagged(_TEXT), array=array(tagged(_TEXT))),
    },
    {"citations": record({}, {"enabled": flag})},
)
_REFERENCE = _block("tool_reference", {"tool_name": text()})
_IN_RESULT = _TEXT | _IMAGE | _DOCUMENT | _SEARCH_RESULT | _REFERENCE

_CALLERS: dict[str, Rule] = {
    "direct": record({"type": _constant("direct")}),
    **{
        kind: record({"type": _constant(kind), "tool_id": text()})
        for kind in ("code_execution_20250825", "code_execution_20260120")
    },
}
_CALLER: dict[str, Rule] = {"caller": tagged(_CALLERS)}

_SERVER_TOOLS = (
    "web_search",
    "web_fetch",
    "code_execution",
    "bash_code_execution",
    "text_editor_code_execution",
    "tool_search_tool_regex",
    "tool_search_tool_bm25",
)


def _error(kind: str, *codes: str) -> dict[str, Rule]:
    name = f"{kind}_tool_result_error"
    return {name: record({"type": _constant(name), "error_code": text(*codes)})}


_FOUND = record(
    {
        "type": _constant("web_search_result"),
        "title": text(),
        "url": text(),
        "encrypted_content": text(),
    },
    {"page_age": text()},
)
_FETCHED = record(
    {
        "type": _constant("web_fetch_result"),
        "url": text(),
        "content": tagged(_DOCUMENT),
    },
    {"retrieved_at": text()},
)
_BUSY = ("invalid_tool_input", "unavailable", "too_many_requests")
_USUAL = (*_BUSY, "execution_time_exceeded")


def _ran(kind: str, output: str) -> dict[str, Rule]:
    files = array(record({"type": _constant(output), "file_id": text()}))
    fields = {"stdout": text(), "stderr": text(), "return_code": number()}
    return {kind: record({"type": _constant(kind), **fields}, {"content": files})}


_RESULTS: dict[str, Rule] = {
    "web_search_tool_result": by_kind(
        array=array(_FOUND),
        object=tagged(
            _error("web_search", *_BUSY, "max_uses_exceeded", "query_too_long", "request_too_large")
        ),
    ),
    "web_fetch_tool_result": tagged(
        {
            "web_fetch_result": _FETCHED,
            **_error(
                "web_fetch",
                *_BUSY,
                "max_uses_exceeded",
                "url_too_long",
                "url_not_allowed",
                "url_not_accessible",
                "unsupported_content_type",
            ),
        }
    ),
    "code_execution_tool_result": tagged(
        {
            **_ran("code_execution_result", "code_execution_output"),
            **_error("code_execution", *_USUAL),
        }
    ),
    "bash_code_execution_tool_result": tagged(
        {
            **_ran("bash_code_execution_result", "bash_code_execution_output"),
            **_error("bash_code_execution", "output_file_too_large", *_USUAL),
        }
    ),
    "text_editor_code_execution_tool_result": open_object,
    "tool_search_tool_result": tagged(
        {
            "tool_search_tool_search_result": record(
                {
                    "type": _constant("tool_search_tool_search_result"),
                    "tool_references": array(tagged(_REFERENCE)),
                }
            ),
            **_error("tool_search_tool", *_USUAL),
        }
    ),
}

_BLOCKS: dict[str, Rule] = {
    **_TEXT,
    **_IMAGE,
    **_DOCUMENT,
    **_SEARCH_RESULT,
    # No cache mark is documented on thoughts.
    "thinking": record({"type": _constant("thinking"), "thinking": text(), "signature": _SIGNED}),
    "redacted_thinking": record({"type": _constant("redacted_thinking"), "data": _SIGNED}),
    **_block("tool_use", {"id": _ID, "name": _NAME, "input": open_object}, _CALLER),
    **_block(
        "server_tool_use",
        {"id": _SERVER_ID, "name": text(*_SERVER_TOOLS), "input": open_object},
        _CALLER,
    ),
    **_block(
        "tool_result",
        {"tool_use_id": _ID},
        {
            "is_error": flag,
            "content": by_kind(string=text(), array=array(tagged(_IN_RESULT))),
        },
    ),
}
for _kind, _content in _RESULTS.items():
    _BLOCKS |= _block(_kind, {"tool_use_id": _SERVER_ID, "content": _content}, _CALLER)

_CONTENT = by_kind(string=_SAID, array=array(tagged(_BLOCKS), at_least=1))
_MESSAGES = array(record({"role": text("user", "assistant"), "content": _CONTENT}), at_least=1)

# --- tools ---
_EVERY_TOOL: dict[str, Rule] = {
    "defer_loading": flag,
    "strict": flag,
    "allowed_callers": array(text(*_CALLERS)),
    **_MARK,
}
_EXAMPLES: dict[str, Rule] = {"input_examples": array(open_object)}
_DOMAINS: dict[str, Rule] = {
    "allowed_domains": array(text()),
    "blocked_domains": array(text()),
    "max_uses": number(1),
}
_WHERE = record(
    {"type": _constant("approximate")},
    {"city": text(), "country": text(), "region": text(), "timezone": text()},
)
_SEARCH: dict[str, Rule] = {**_DOMAINS, "user_location": _WHERE}
_FETCH: dict[str, Rule] = {
    **_DOMAINS,
    "citations": record({}, {"enabled": flag}),
    "max_content_tokens": number(1),
}
_TOOL_NAMES: tuple[tuple[str, str, dict[str, Rule]], ...] = (
    ("bash_20250124", "bash", _EXAMPLES),
    ("code_execution_20250522", "code_execution", {}),
    ("code_execution_20250825", "code_execution", {}),
    ("code_execution_20260120", "code_execution", {}),
    ("memory_20250818", "memory", _EXAMPLES),
    ("text_editor_20250124", "str_replace_editor", _EXAMPLES),
    ("text_editor_20250429", "str_replace_based_edit_tool", _EXAMPLES),
    (
        "text_editor_20250728",
        "str_replace_based_edit_tool",
        {"max_characters": number(1), **_EXAMPLES},
    ),
    ("web_search_20250305", "web_search", _SEARCH),
    ("web_search_20260209", "web_search", _SEARCH),
    ("web_fetch_20250910", "web_fetch", _FETCH),
    ("web_fetch_20260209", "web_fetch", _FETCH),
    ("web_fetch_20260309", "web_fetch", _FETCH),
    ("tool_search_tool_bm25_20251119", "tool_search_tool_bm25", {}),
    ("tool_search_tool_bm25", "tool_search_tool_bm25", {}),
    ("tool_search_tool_regex_20251119", "tool_search_tool_regex", {}),
    ("tool_search_tool_regex", "tool_search_tool_regex", {}),
)
_BY_TYPE: dict[str, Rule] = {
    kind: record({"type": _constant(kind)}, {"name": text(name), **more, **_EVERY_TOOL})
    for kind, name, more in _TOOL_NAMES
}
_OWN = record(
    {"name": _NAME, "input_schema": by_kind(object=tagged({"object": open_object}))},
    {
        "type": _constant("custom"),
        "description": text(),
        "eager_input_streaming": flag,
        **_EXAMPLES,
        **_EVERY_TOOL,
    },
)


def _tool(value: Any, path: Path) -> Iterator[Issue]:
    """A tool without a type, or of type "custom", is the user's; any other is the service's."""
    kind = value.get("type", MISSING) if isinstance(value, dict) else MISSING
    yield from (_OWN if kind in (MISSING, "custom") else tagged(_BY_TYPE))(value, path)


_NO_PARALLEL: dict[str, Rule] = {"disable_parallel_tool_use": flag}
_CHOICE = tagged(
    {
        "auto": record({"type": _constant("auto")}, _NO_PARALLEL),
        "any": record({"type": _constant("any")}, _NO_PARALLEL),
        "tool": record({"type": _constant("tool"), "name": _NAME}, _NO_PARALLEL),
        "none": record({"type": _constant("none")}),
    }
)
_SHOWN: dict[str, Rule] = {"display": text("summarized", "omitted")}
_THINKING = tagged(
    {
        "enabled": record(
            {"type": _constant("enabled"), "budget_tokens": number(1024, whole=True)}, _SHOWN
        ),
        "adaptive": record({"type": _constant("adaptive")}, _SHOWN),
        "disabled": record({"type": _constant("disabled")}),
    }
)
_SYSTEM = record({"text": _SAID}, {"type": _constant("text"), **_MARK})


@lru_cache(maxsize=16)
def body(names: tuple[str, ...], *, openai_style: bool) -> Rule:
    """The whole body for the model of these names; its turns may be in OpenAI's style too."""
    turns = openai_rules.messages(OPENAI_PARTS_OF_NEWER_CLAUDE, newer=True)
    return record(
        {"model": text(*names), "messages": turns if openai_style else _MESSAGES},
        {
            "max_tokens": number(1),
            "metadata": mapping(text()),
            "stop_sequences": array(text(at_least=1)),
            "stream": flag,
            "system": by_kind(string=text(), array=array(_SYSTEM)),
            "thinking": _THINKING,
            "tool_choice": _CHOICE,
            "tools": array(_tool),
        },
    )
