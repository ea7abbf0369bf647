"""The body of `/v1/responses`: fields, items, parts and tools as the documents have them."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

from .openai_rules import EFFORT, NAME
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
    maybe,
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

    from .models import Model, Responses

_STATUS = maybe(text("in_progress", "completed", "incomplete"))
_MAYBE_TEXT = maybe(nullable(string))
_INCLUDED = text("reasoning.encrypted_content", "code_interpreter_call.outputs")


def _file_data(value: Any, path: Path) -> Iterator[Issue]:
    yield from string(value, path)
    parts = split_data_url(value) if isinstance(value, str) else None
    if parts is None or not is_base64(parts[1]):
        yield Issue(path, f"Invalid. Expected a base64 data URL, received '{str(value)[:40]}'")


_PARTS = kinds(
    input_text={"text": string},
    input_file={"file_data": maybe(_file_data), "filename": maybe(string)},
    input_image={
        "detail": maybe(text("high", "low", "auto")),
        "image_url": maybe(nullable(link_or_data_url)),
    },
)
_CITED = typed("url_citation", url=filled, title=string, start_index=number(0), end_index=number(0))
_SAID = kinds(
    output_text={"text": string, "annotations": array(_CITED), "logprobs": maybe(anything)},
    refusal={"refusal": string},
)
_SPOKEN = fields(
    role=text("user", "assistant", "system", "developer"),
    content=by_kind(string=string, array=array(tagged(_PARTS))),
    type=maybe(text("message")),
)
_ANSWERED = typed(
    "message", id=filled, role=text("assistant"), status=_STATUS, content=array(tagged(_SAID))
)


def _message(value: Any, path: Path) -> Iterator[Issue]:
    # Only an answer that bears its id may come in parts, and those are parts of answers.
    yield from (_ANSWERED if "id" in value else _SPOKEN)(value, path)


_CODE_OUTPUT = tagged(kinds(logs={"logs": string}))
_MCP_CALL = {"id": filled, "arguments": string, "name": filled, "server_label": filled}
# Items by the tool that a model needs for them; "reasoning" is the parameter.
_ITEMS: dict[str, dict[str, Rule]] = {
    "function": kinds(
        function_call={
            "call_id": filled,
            "name": NAME,
            "arguments": json_text,
            "id": maybe(string),
            "status": _STATUS,
        },
        function_call_output={"call_id": filled, "output": string, "id": _MAYBE_TEXT},
    ),
    "reasoning": kinds(
        reasoning={
            "id": filled,
            "summary": array(typed("summary_text", text=string)),
            "encrypted_content": _MAYBE_TEXT,
            "status": _STATUS,
        }
    ),
    "web_search_preview": kinds(
        # The documents leave the action out; answers have it.
        web_search_call={"id": filled, "status": _STATUS, "action": maybe(open_object)}
    ),
    "code_interpreter": kinds(
        code_interpreter_call={
            "id": filled,
            "code": string,
            "outputs": nullable(array(_CODE_OUTPUT)),
            "status": _STATUS,
            "container_id": filled,
        }
    ),
    "mcp": kinds(
        mcp_list_tools={"id": filled, "server_label": filled, "tools": array(open_object)},
        mcp_approval_request=_MCP_CALL,
        mcp_approval_response={"approval_request_id": filled, "approve": flag},
        mcp_call={**_MCP_CALL, "error": _MAYBE_TEXT, "output": _MAYBE_TEXT},
    ),
}


def _input(documented: Responses) -> Rule:
    variants: dict[str, Rule] = {"message": _message}
    for needed in documented.tools | (documented.parameters & {"reasoning"}):
        variants |= _ITEMS[needed]
    typed_item = tagged(variants)

    def item(value: Any, path: Path) -> Iterator[Issue]:
        bare = isinstance(value, dict) and value.get("type", MISSING) is MISSING
        yield from (_message if bare else typed_item)(value, path)

    return by_kind(string=string, array=array(item))


_TOOLS = kinds(
    function={
        "name": NAME,
        "parameters": open_object,
        "strict": flag,
        "description": maybe(string),
    },
    mcp={
        "server_label": filled,
        "server_url": filled,
        "require_approval": maybe(text("always", "never")),
    },
    code_interpreter={"container": by_kind(string=string, object=typed("auto"))},
    web_search_preview={"search_context_size": maybe(EFFORT)},
)
_SCHEMA = {"name": NAME, "schema": open_object}
_SCHEMA_MORE = {"strict": maybe(nullable(flag)), "description": maybe(string)}
_FORMAT = tagged(kinds(text={}, json_object={}, json_schema={**_SCHEMA, **_SCHEMA_MORE}))
_CHOICES = kinds(function={"name": NAME}, web_search_preview={}, code_interpreter={}, mcp={})
_PARAMETERS: dict[str, Rule] = {
    "include": nullable(array(_INCLUDED)),
    "instructions": nullable(string),
    "max_output_tokens": number(16, whole=True),
    "parallel_tool_calls": nullable(flag),
    "previous_response_id": nullable(string),
    "reasoning": fields(
        effort=maybe(nullable(EFFORT)),
        summary=maybe(nullable(text("auto", "concise", "detailed"))),
    ),
    "store": nullable(flag),
    "stream": nullable(flag),
    "temperature": nullable(number(0, 2)),
    "text": fields(format=_FORMAT),
    "tool_choice": by_kind(string=text("none", "auto", "required"), object=tagged(_CHOICES)),
    "top_p": nullable(number(0, 1)),
}


@lru_cache(maxsize=16)
def body(model: Model) -> Rule:
    """The whole body for one model: a field that it does not document is refused."""
    documented = model.responses
    assert documented is not None
    tools = array(tagged({kind: _TOOLS[kind] for kind in sorted(documented.tools)}))
    rules = {**_PARAMETERS, "tools": tools}
    more = {name: maybe(rules[name]) for name in sorted(documented.parameters)}
    return fields(model=text(*model.names), input=_input(documented), **more)
