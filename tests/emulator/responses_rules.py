"""The body of `/v1/responses`: fields, items, parts and tools as the documents have them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .rules import (
    MISSING,
    Issue,
    Path,
    Rule,
    anything,
    array,
    by_kind,
    fields,
    filled,
    flag,
    is_base64,
    json_text,
    kinds,
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
    from collections.abc import Iterator

    from .responses_models import Documented

_STATUS = text("in_progress", "completed", "incomplete")
_EFFORT = text("low", "medium", "high")
_NAME = text(pattern=r"[A-Za-z0-9_-]{1,64}", says="1 to 64 characters of a-z A-Z 0-9 _ -")
_SEARCH_TOOLS = ("web_search_preview", "web_search_preview_2025_03_11")
_SERVER_TOOLS = (*_SEARCH_TOOLS, "computer_use_preview", "code_interpreter", "mcp")
_INCLUDED = (
    "message.input_image.image_url",
    "computer_call_output.output.image_url",
    "reasoning.encrypted_content",
    "code_interpreter_call.outputs",
)


def _file_data(value: Any, path: Path) -> Iterator[Issue]:
    yield from string(value, path)
    parts = split_data_url(value) if isinstance(value, str) else None
    if parts is None or not is_base64(parts[1]):
        yield Issue(path, f"Invalid. Expected a base64 data URL, received '{str(value)[:40]}'")


def _parts(*, images: bool) -> Rule:
    pictures = kinds(
        input_image={
            "detail": maybe(text("high", "low", "auto")),
            "image_url": maybe(nullable(link_or_data_url)),
        }
    )
    rules = kinds(
        input_text={"text": string},
        input_file={"file_data": maybe(_file_data), "filename": maybe(string)},
    )
    return array(tagged(rules | pictures if images else rules))


_PLACE = number(0, whole=True)
_CITED = kinds(
    url_citation={"url": filled, "title": string, "start_index": _PLACE, "end_index": _PLACE}
)
_SAID = kinds(
    output_text={
        "text": string,
        "annotations": array(tagged(_CITED)),
        "logprobs": maybe(array(open_object)),
    },
    refusal={"refusal": string},
)


def _message(documented: Documented) -> Rule:
    parts = _parts(images=documented.images)
    spoken = fields(
        role=text("user", "assistant", "system", "developer"),
        content=by_kind(string=string, array=parts),
        type=maybe(text("message")),
        status=maybe(_STATUS),
    )
    answered = typed(
        "message",
        id=filled,
        role=text("assistant"),
        status=_STATUS,
        content=array(tagged(_SAID)),
    )

    def rule(value: Any, path: Path) -> Iterator[Issue]:
        # Only an answer that bears its id may come in parts, and those are parts of answers.
        is_answer = value.get("role") == "assistant" and ("id" in value or "status" in value)
        yield from (answered if is_answer else spoken)(value, path)

    return rule


_CODE_OUTPUT = tagged(kinds(logs={"logs": string}, image={"url": string}))
_MAYBE_TEXT = maybe(nullable(string))
_MCP_TOOL = fields(
    name=filled,
    input_schema=open_object,
    annotations=maybe(nullable(open_object)),
    description=_MAYBE_TEXT,
)
_MCP_CALL = {"id": filled, "arguments": string, "name": filled, "server_label": filled}

# Items by the tool that a model needs for them; "" needs none, "reasoning" the parameter.
_ITEMS: dict[str, dict[str, Rule]] = {
    "function": kinds(
        function_call={
            "call_id": filled,
            "name": _NAME,
            "arguments": json_text,
            "id": maybe(string),
            "status": maybe(_STATUS),
        },
        function_call_output={
            "call_id": filled,
            "output": string,
            "id": _MAYBE_TEXT,
            "status": maybe(nullable(_STATUS)),
        },
    ),
    "reasoning": kinds(
        reasoning={
            "id": filled,
            "summary": array(typed("summary_text", text=string)),
            "encrypted_content": _MAYBE_TEXT,
            "status": maybe(_STATUS),
        }
    ),
    "web_search_preview": kinds(
        web_search_call={
            "id": filled,
            "status": text("in_progress", "completed", "searching", "failed"),
            "action": maybe(open_object),  # the documents leave it out; answers have it
        }
    ),
    "code_interpreter": kinds(
        code_interpreter_call={
            "id": filled,
            "code": string,
            "outputs": nullable(array(_CODE_OUTPUT)),
            "status": text("in_progress", "completed", "interpreting"),
            "container_id": filled,
        }
    ),
    "mcp": kinds(
        mcp_list_tools={
            "id": filled,
            "server_label": filled,
            "tools": array(_MCP_TOOL),
            "error": _MAYBE_TEXT,
        },
        mcp_approval_request=_MCP_CALL,
        mcp_approval_response={
            "approval_request_id": filled,
            "approve": flag,
            "id": _MAYBE_TEXT,
            "reason": _MAYBE_TEXT,
        },
        mcp_call={**_MCP_CALL, "error": _MAYBE_TEXT, "output": _MAYBE_TEXT},
    ),
    "": kinds(item_reference={"id": filled}),
}


def _input(documented: Documented) -> Rule:
    has = {"", *documented.tools} | ({"reasoning"} if documented.reasons else set())
    message = _message(documented)
    variants = {"message": message}
    for tool, items in _ITEMS.items():
        if tool in has:
            variants |= items
    typed = tagged(variants)

    def item(value: Any, path: Path) -> Iterator[Issue]:
        bare = isinstance(value, dict) and value.get("type", MISSING) is MISSING
        yield from (message if bare else typed)(value, path)

    return by_kind(string=string, array=array(item))


_SOME_TOOLS = fields(tool_names=maybe(array(string)))
_APPROVAL = by_kind(
    string=text("always", "never"),
    object=fields(always=maybe(_SOME_TOOLS), never=maybe(_SOME_TOOLS)),
    null=null,
)
_WHERE = typed(
    "approximate", city=_MAYBE_TEXT, country=_MAYBE_TEXT, region=_MAYBE_TEXT, timezone=_MAYBE_TEXT
)
_SEARCH = {"search_context_size": maybe(_EFFORT), "user_location": maybe(nullable(_WHERE))}
_TOOLS = kinds(
    function={
        "name": _NAME,
        "parameters": open_object,
        "strict": flag,
        "description": maybe(string),
    },
    mcp={
        "server_label": filled,
        "server_url": filled,
        "allowed_tools": maybe(by_kind(array=array(string), object=_SOME_TOOLS, null=null)),
        "headers": maybe(nullable(mapping(string))),
        "require_approval": maybe(_APPROVAL),
    },
    code_interpreter={"container": by_kind(string=string, object=typed("auto"))},
    local_shell={},
    **dict.fromkeys(_SEARCH_TOOLS, _SEARCH),
)
_SCHEMA = {"name": _NAME, "schema": open_object}
_SCHEMA_MORE = {"strict": maybe(nullable(flag)), "description": maybe(string)}
_FORMAT = tagged(kinds(text={}, json_object={}, json_schema={**_SCHEMA, **_SCHEMA_MORE}))
_CHOICES = kinds(function={"name": _NAME}, **{name: {} for name in _SERVER_TOOLS})
_SUMMARY = text("auto", "concise", "detailed")

_PARAMETERS: dict[str, Rule] = {
    "background": flag,
    "include": nullable(array(text(*_INCLUDED))),
    "instructions": nullable(string),
    "max_output_tokens": number(16, whole=True),
    "parallel_tool_calls": nullable(flag),
    "previous_response_id": nullable(string),
    "prompt": nullable(fields(id=filled, variables=maybe(anything), version=_MAYBE_TEXT)),
    "reasoning": nullable(
        fields(effort=maybe(nullable(_EFFORT)), summary=maybe(nullable(_SUMMARY)))
    ),
    "store": nullable(flag),
    "stream": nullable(flag),
    "temperature": nullable(number(0, 2)),
    "text": fields(format=_FORMAT),
    "tool_choice": by_kind(string=text("none", "auto", "required"), object=tagged(_CHOICES)),
    "top_p": nullable(number(0, 1)),
    "truncation": text("auto", "disabled"),
}


def body(documented: Documented) -> Rule:
    """The whole body for one model: a field that it does not document is refused."""
    tools = array(tagged({kind: _TOOLS[kind] for kind in sorted(documented.tools)}))
    rules = {**_PARAMETERS, "tools": tools}
    more = {name: maybe(rules[name]) for name in sorted(documented.parameters | {"tools"})}
    return fields(model=text(*documented.model.names), input=_input(documented), **more)
