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
    flag,
    is_base64,
    json_text,
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
    yield from text()(value, path)
    parts = split_data_url(value) if isinstance(value, str) else None
    if parts is None or not is_base64(parts[1]):
        yield Issue(path, f"Invalid. Expected a base64 data URL, received '{str(value)[:40]}'")


def _parts(*, images: bool) -> Rule:
    rules: dict[str, Rule] = {
        "input_text": record({"type": text("input_text"), "text": text()}),
        "input_file": record(
            {"type": text("input_file")}, {"file_data": _file_data, "filename": text()}
        ),
    }
    if images:
        rules["input_image"] = record(
            {"type": text("input_image")},
            {"detail": text("high", "low", "auto"), "image_url": nullable(link_or_data_url)},
        )
    return array(tagged(rules))


_URL_CITATION = record(
    {
        "type": text("url_citation"),
        "url": text(at_least=1),
        "title": text(),
        "start_index": number(0, whole=True),
        "end_index": number(0, whole=True),
    }
)
_SAID = array(
    tagged(
        {
            "output_text": record(
                {
                    "type": text("output_text"),
                    "text": text(),
                    "annotations": array(tagged({"url_citation": _URL_CITATION})),
                },
                {"logprobs": array(open_object)},
            ),
            "refusal": record({"type": text("refusal"), "refusal": text()}),
        }
    )
)


def _message(documented: Documented) -> Rule:
    parts = _parts(images=documented.images)
    kind: dict[str, Rule] = {"type": text("message")}
    spoken = record(
        {
            "role": text("user", "assistant", "system", "developer"),
            "content": by_kind(string=text(), array=parts),
        },
        {**kind, "status": _STATUS},
    )
    answered = record(
        {
            "id": text(at_least=1),
            "role": text("assistant"),
            "status": _STATUS,
            **kind,
            "content": _SAID,
        }
    )

    def rule(value: Any, path: Path) -> Iterator[Issue]:
        # Only an answer that bears its id may come in parts, and those are parts of answers.
        is_answer = value.get("role") == "assistant" and ("id" in value or "status" in value)
        yield from (answered if is_answer else spoken)(value, path)

    return rule


_CALL_ID = text(at_least=1)
_CODE_OUTPUT = tagged(
    {
        "logs": record({"type": text("logs"), "logs": text()}),
        "image": record({"type": text("image"), "url": text()}),
    }
)
_ID = text(at_least=1)

# Items by the tool that a model needs for them; "" needs none, "reasoning" the parameter.
_ITEMS: dict[str, dict[str, Rule]] = {
    "function": {
        "function_call": record(
            {
                "type": text("function_call"),
                "call_id": _CALL_ID,
                "name": _NAME,
                "arguments": json_text,
            },
            {"id": text(), "status": _STATUS},
        ),
        "function_call_output": record(
            {"type": text("function_call_output"), "call_id": _CALL_ID, "output": text()},
            {"id": nullable(text()), "status": nullable(_STATUS)},
        ),
    },
    "reasoning": {
        "reasoning": record(
            {
                "type": text("reasoning"),
                "id": _ID,
                "summary": array(record({"type": text("summary_text"), "text": text()})),
            },
            {"encrypted_content": nullable(text()), "status": _STATUS},
        )
    },
    "web_search_preview": {
        # The documents leave `action` out, which answers have.
        "web_search_call": record(
            {
                "type": text("web_search_call"),
                "id": _ID,
                "status": text("in_progress", "completed", "searching", "failed"),
            },
            {"action": open_object},
        )
    },
    "code_interpreter": {
        "code_interpreter_call": record(
            {
                "type": text("code_interpreter_call"),
                "id": _ID,
                "code": text(),
                "outputs": nullable(array(_CODE_OUTPUT)),
                "status": text("in_progress", "completed", "interpreting"),
                "container_id": _ID,
            }
        )
    },
    "mcp": {
        "mcp_list_tools": record(
            {
                "type": text("mcp_list_tools"),
                "id": _ID,
                "server_label": text(at_least=1),
                "tools": array(
                    record(
                        {"name": text(at_least=1), "input_schema": open_object},
                        {"annotations": nullable(open_object), "description": nullable(text())},
                    )
                ),
            },
            {"error": nullable(text())},
        ),
        "mcp_approval_request": record(
            {
                "type": text("mcp_approval_request"),
                "id": _ID,
                "arguments": text(),
                "name": text(at_least=1),
                "server_label": text(at_least=1),
            }
        ),
        "mcp_approval_response": record(
            {
                "type": text("mcp_approval_response"),
                "approval_request_id": _ID,
                "approve": flag,
            },
            {"id": nullable(text()), "reason": nullable(text())},
        ),
        "mcp_call": record(
            {
                "type": text("mcp_call"),
                "id": _ID,
                "arguments": text(),
                "name": text(at_least=1),
                "server_label": text(at_least=1),
            },
            {"error": nullable(text()), "output": nullable(text())},
        ),
    },
    "": {"item_reference": record({"type": text("item_reference"), "id": _ID})},
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

    return by_kind(string=text(), array=array(item))


def _tools(kinds: frozenset[str]) -> Rule:
    place = record(
        {"type": text("approximate")},
        {name: nullable(text()) for name in ("city", "country", "region", "timezone")},
    )
    allowed = by_kind(
        array=array(text()), object=record({}, {"tool_names": array(text())}), null=null
    )
    names = record({}, {"tool_names": array(text())})
    approval = by_kind(
        string=text("always", "never"),
        object=record({}, {"always": names, "never": names}),
        null=null,
    )
    rules: dict[str, Rule] = {
        "function": record(
            {
                "type": text("function"),
                "name": _NAME,
                "parameters": open_object,
                "strict": flag,
            },
            {"description": text()},
        ),
        "mcp": record(
            {
                "type": text("mcp"),
                "server_label": text(at_least=1),
                "server_url": text(at_least=1),
            },
            {
                "allowed_tools": allowed,
                "headers": nullable(mapping(text())),
                "require_approval": approval,
            },
        ),
        "code_interpreter": record(
            {
                "type": text("code_interpreter"),
                "container": by_kind(string=text(), object=record({"type": text("auto")})),
            }
        ),
        "local_shell": record({"type": text("local_shell")}),
    }
    for name in _SEARCH_TOOLS:
        rules[name] = record(
            {"type": text(name)},
            {"search_context_size": _EFFORT, "user_location": nullable(place)},
        )
    return array(tagged({kind: rules[kind] for kind in sorted(kinds)}))


_FORMAT = tagged(
    {
        "text": record({"type": text("text")}),
        "json_object": record({"type": text("json_object")}),
        "json_schema": record(
            {"type": text("json_schema"), "name": _NAME, "schema": open_object},
            {"strict": nullable(flag), "description": text()},
        ),
    }
)

_PARAMETERS: dict[str, Rule] = {
    "background": flag,
    "include": nullable(array(text(*_INCLUDED))),
    "instructions": nullable(text()),
    "max_output_tokens": number(16, whole=True),
    "parallel_tool_calls": nullable(flag),
    "previous_response_id": nullable(text()),
    "prompt": nullable(record({"id": _ID}, {"variables": anything, "version": nullable(text())})),
    "reasoning": nullable(
        record(
            {},
            {
                "effort": nullable(_EFFORT),
                "summary": nullable(text("auto", "concise", "detailed")),
            },
        )
    ),
    "store": nullable(flag),
    "stream": nullable(flag),
    "temperature": nullable(number(0, 2)),
    "text": record({"format": _FORMAT}),
    "tool_choice": by_kind(
        string=text("none", "auto", "required"),
        object=tagged(
            {
                "function": record({"type": text("function"), "name": _NAME}),
                **{name: record({"type": text(name)}) for name in _SERVER_TOOLS},
            }
        ),
    ),
    "top_p": nullable(number(0, 1)),
    "truncation": text("auto", "disabled"),
}


def body(documented: Documented) -> Rule:
    """The whole body for one model: a field that it does not document is refused."""
    optional = {name: _PARAMETERS[name] for name in documented.parameters - {"tools"}}
    optional["tools"] = _tools(documented.tools)
    return record(
        {"model": text(*documented.model.names), "input": _input(documented)},
        {name: optional[name] for name in sorted(optional)},
    )
