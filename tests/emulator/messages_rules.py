"""The body of `/v1/messages`: blocks, server tools by type and date, as its documents have them."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

from . import openai_rules
from .claude_rules import (
    DOCUMENT_TYPES,
    ID,
    IMAGE_TYPES,
    MARK,
    NAME,
    PLAIN,
    SCHEMA,
    TOOL_CHOICE,
    thinking,
)
from .models import OPENAI_PARTS_OF_NEWER_CLAUDE
from .rules import (
    MISSING,
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
    typed,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .rules import Issue, Path

_SERVER_ID = text(pattern=r"srvtoolu_[A-Za-z0-9_-]+", says="srvtoolu_ and characters")
_SAID = text(pattern=r".*\S.*", says="text that is not blank")
_CITED = {"citations": maybe(fields(enabled=maybe(flag)))}
_URL = {"url": link}

_TEXT = kinds(text={"text": _SAID, **MARK})
_IMAGES = kinds(base64={"media_type": IMAGE_TYPES, "data": base64_data}, url=_URL)
_DOCUMENTS = kinds(
    base64={"media_type": DOCUMENT_TYPES, "data": base64_data},
    url=_URL,
    text={"media_type": PLAIN, "data": string},
    content={"content": by_kind(string=string, array=array(open_object))},
)
_TITLED = {"title": maybe(string), "context": maybe(string), **_CITED, **MARK}
_DOCUMENT = kinds(document={"source": tagged(_DOCUMENTS), **_TITLED})
_PASSAGES = by_kind(object=tagged(_TEXT), array=array(tagged(_TEXT)))
_SHOWN = (
    _TEXT
    | _DOCUMENT
    | kinds(
        image={"source": tagged(_IMAGES), **MARK},
        search_result={"source": string, "title": string, "content": _PASSAGES, **_CITED, **MARK},
    )
)
_REFERENCE = kinds(tool_reference={"tool_name": string, **MARK})

_CALLERS = kinds(
    direct={},
    code_execution_20250825={"tool_id": string},
    code_execution_20260120={"tool_id": string},
)
_CALLED = {"caller": maybe(tagged(_CALLERS)), **MARK}
_SERVER_TOOLS = (
    "web_search",
    "web_fetch",
    "code_execution",
    "bash_code_execution",
    "text_editor_code_execution",
    "tool_search_tool_regex",
    "tool_search_tool_bm25",
)


# --- what server tools find ---
def _error(tool: str, *codes: str) -> dict[str, Rule]:
    busy = ("invalid_tool_input", "unavailable", "too_many_requests")
    return kinds(**{f"{tool}_tool_result_error": {"error_code": text(*busy, *codes)}})


def _ran(tool: str, *codes: str) -> Rule:
    files = array(typed(f"{tool}_output", file_id=string))
    output = {"stdout": string, "stderr": string, "return_code": number(), "content": maybe(files)}
    return tagged(kinds(**{f"{tool}_result": output}) | _error(tool, *codes))


_LATE = "execution_time_exceeded"
_FOUND = typed(
    "web_search_result",
    title=string,
    url=string,
    encrypted_content=string,
    page_age=maybe(string),
)
_FETCHED = {"url": string, "content": tagged(_DOCUMENT), "retrieved_at": maybe(string)}
_FETCH_CODES = (
    "max_uses_exceeded url_too_long url_not_allowed url_not_accessible unsupported_content_type"
)
_REFERENCES = {"tool_references": array(tagged(_REFERENCE))}
_NO_SEARCH = _error("web_search", "max_uses_exceeded", "query_too_long", "request_too_large")
_RESULTS: dict[str, Rule] = {
    "web_search": by_kind(array=array(_FOUND), object=tagged(_NO_SEARCH)),
    "web_fetch": tagged(
        kinds(web_fetch_result=_FETCHED) | _error("web_fetch", *_FETCH_CODES.split())
    ),
    "code_execution": _ran("code_execution", _LATE),
    "bash_code_execution": _ran("bash_code_execution", "output_file_too_large", _LATE),
    "text_editor_code_execution": open_object,
    "tool_search": tagged(
        kinds(tool_search_tool_search_result=_REFERENCES) | _error("tool_search_tool", _LATE)
    ),
}

# --- blocks ---
_IN_RESULT = by_kind(string=string, array=array(tagged(_SHOWN | _REFERENCE)))
_BLOCKS = _SHOWN | kinds(
    # No cache mark is documented on thoughts.
    thinking={"thinking": string, "signature": filled},
    redacted_thinking={"data": filled},
    tool_use={"id": ID, "name": NAME, "input": open_object, **_CALLED},
    server_tool_use={
        "id": _SERVER_ID,
        "name": text(*_SERVER_TOOLS),
        "input": open_object,
        **_CALLED,
    },
    tool_result={"tool_use_id": ID, "is_error": maybe(flag), "content": maybe(_IN_RESULT), **MARK},
    **{
        f"{tool}_tool_result": {"tool_use_id": _SERVER_ID, "content": content, **_CALLED}
        for tool, content in _RESULTS.items()
    },
)
_CONTENT = by_kind(string=_SAID, array=array(tagged(_BLOCKS), at_least=1))
_MESSAGES = array(fields(role=text("user", "assistant"), content=_CONTENT), at_least=1)

# --- tools ---
_EVERY_TOOL = {
    "defer_loading": maybe(flag),
    "strict": maybe(flag),
    "allowed_callers": maybe(array(text(*_CALLERS))),
    **MARK,
}
_EXAMPLES = {"input_examples": maybe(array(open_object))}
_DOMAINS = {
    "allowed_domains": maybe(array(string)),
    "blocked_domains": maybe(array(string)),
    "max_uses": maybe(number(1)),
}
_PLACE = {name: maybe(string) for name in ("city", "country", "region", "timezone")}
_SEARCH = {**_DOMAINS, "user_location": maybe(typed("approximate", **_PLACE))}
_FETCH = {**_DOMAINS, **_CITED, "max_content_tokens": maybe(number(1))}
_EDITS = {"max_characters": maybe(number(1)), **_EXAMPLES}
# By name: the types of its versions, and what each takes beside the fields of every tool.
_BY_NAME: dict[str, dict[str, Any]] = {
    "bash": {"bash_20250124": _EXAMPLES},
    "code_execution": {
        f"code_execution_{date}": {} for date in ("20250522", "20250825", "20260120")
    },
    "memory": {"memory_20250818": _EXAMPLES},
    "str_replace_editor": {"text_editor_20250124": _EXAMPLES},
    "str_replace_based_edit_tool": {
        "text_editor_20250429": _EXAMPLES,
        "text_editor_20250728": _EDITS,
    },
    "web_search": dict.fromkeys(["web_search_20250305", "web_search_20260209"], _SEARCH),
    "web_fetch": dict.fromkeys(
        [f"web_fetch_{date}" for date in (20250910, 20260209, 20260309)], _FETCH
    ),
    **{
        f"tool_search_tool_{way}": {
            f"tool_search_tool_{way}{date}": {} for date in ("_20251119", "")
        }
        for way in ("bm25", "regex")
    },
}
_SERVICES = kinds(
    **{
        kind: {"name": maybe(text(name)), **more, **_EVERY_TOOL}
        for name, versions in _BY_NAME.items()
        for kind, more in versions.items()
    }
)
_OWN = fields(
    name=NAME,
    input_schema=SCHEMA,
    type=maybe(text("custom")),
    description=maybe(string),
    eager_input_streaming=maybe(flag),
    **_EXAMPLES,
    **_EVERY_TOOL,
)


def _tool(value: Any, path: Path) -> Iterator[Issue]:
    """A tool without a type, or of type "custom", is the user's; any other is the service's."""
    kind = value.get("type", MISSING) if isinstance(value, dict) else MISSING
    yield from (_OWN if kind in (MISSING, "custom") else tagged(_SERVICES))(value, path)


_SYSTEM = fields(text=_SAID, type=maybe(text("text")), **MARK)


@lru_cache(maxsize=16)
def body(names: tuple[str, ...], *, openai_style: bool) -> Rule:
    """The whole body for the model of these names; its turns may be in OpenAI's style too."""
    turns = openai_rules.messages(OPENAI_PARTS_OF_NEWER_CLAUDE, newer=True)
    return fields(
        model=text(*names),
        messages=turns if openai_style else _MESSAGES,
        max_tokens=maybe(number(1)),
        metadata=maybe(mapping(string)),
        stop_sequences=maybe(array(filled)),
        stream=maybe(flag),
        system=maybe(by_kind(string=string, array=array(_SYSTEM))),
        thinking=maybe(thinking()),
        tool_choice=maybe(TOOL_CHOICE),
        tools=maybe(array(_tool)),
    )
