"""The body of `/v1/responses`: fields, items, parts and tools as the documents have them."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

from . import rules as z
from .openai_rules import EFFORT, NAME

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .models import Model, Responses

_STATUS = z.maybe(z.text("in_progress", "completed", "incomplete"))
_MAYBE_TEXT = z.maybe(z.nullable(z.string))
_INCLUDED = z.text("reasoning.encrypted_content", "code_interpreter_call.outputs")


def _file_data(value: Any, path: z.Path) -> Iterator[z.Issue]:
    yield from z.string(value, path)
    parts = z.split_data_url(value) if isinstance(value, str) else None
    if parts is None or not z.is_base64(parts[1]):
        yield z.Issue(path, f"Invalid. Expected a base64 data URL, received '{str(value)[:40]}'")


_PARTS = z.kinds(
    input_text={"text": z.string},
    input_file={"file_data": z.maybe(_file_data), "filename": z.maybe(z.string)},
    input_image={
        "detail": z.maybe(z.text("high", "low", "auto")),
        "image_url": z.maybe(z.nullable(z.link_or_data_url)),
    },
)
_CITED = z.typed(
    "url_citation", url=z.filled, title=z.string, start_index=z.number(0), end_index=z.number(0)
)
_SAID = z.kinds(
    output_text={"text": z.string, "annotations": z.array(_CITED), "logprobs": z.maybe(z.anything)},
    refusal={"refusal": z.string},
)
_SPOKEN = z.fields(
    role=z.text("user", "assistant", "system", "developer"),
    content=z.by_kind(string=z.string, array=z.array(z.tagged(_PARTS))),
    type=z.maybe(z.text("message")),
)
_ANSWERED = z.typed(
    "message",
    id=z.filled,
    role=z.text("assistant"),
    status=_STATUS,
    content=z.array(z.tagged(_SAID)),
)


def _message(value: Any, path: z.Path) -> Iterator[z.Issue]:
    # Only an answer that bears its id may come in parts, and those are parts of answers.
    yield from (_ANSWERED if "id" in value else _SPOKEN)(value, path)


_CODE_OUTPUT = z.tagged(z.kinds(logs={"logs": z.string}))
_MCP_CALL = {"id": z.filled, "arguments": z.string, "name": z.filled, "server_label": z.filled}
# Items by the tool that a model needs for them; "reasoning" is the parameter.
_ITEMS: dict[str, dict[str, z.Rule]] = {
    "function": z.kinds(
        function_call={
            "call_id": z.filled,
            "name": NAME,
            "arguments": z.json_text,
            "id": z.maybe(z.string),
            "status": _STATUS,
        },
        function_call_output={"call_id": z.filled, "output": z.string, "id": _MAYBE_TEXT},
    ),
    "reasoning": z.kinds(
        reasoning={
            "id": z.filled,
            "summary": z.array(z.typed("summary_text", text=z.string)),
            "encrypted_content": _MAYBE_TEXT,
            "status": _STATUS,
        }
    ),
    "web_search_preview": z.kinds(
        # The documents leave the action out; answers have it.
        web_search_call={"id": z.filled, "status": _STATUS, "action": z.maybe(z.open_object)}
    ),
    "code_interpreter": z.kinds(
        code_interpreter_call={
            "id": z.filled,
            "code": z.string,
            "outputs": z.nullable(z.array(_CODE_OUTPUT)),
            "status": _STATUS,
            "container_id": z.filled,
        }
    ),
    "mcp": z.kinds(
        mcp_list_tools={"id": z.filled, "server_label": z.filled, "tools": z.array(z.open_object)},
        mcp_approval_request=_MCP_CALL,
        mcp_approval_response={"approval_request_id": z.filled, "approve": z.flag},
        mcp_call={**_MCP_CALL, "error": _MAYBE_TEXT, "output": _MAYBE_TEXT},
    ),
}


def _input(documented: Responses) -> z.Rule:
    variants: dict[str, z.Rule] = {"message": _message}
    for needed in documented.tools | (documented.parameters & {"reasoning"}):
        variants |= _ITEMS[needed]
    typed_item = z.tagged(variants)

    def item(value: Any, path: z.Path) -> Iterator[z.Issue]:
        bare = isinstance(value, dict) and value.get("type", z.MISSING) is z.MISSING
        yield from (_message if bare else typed_item)(value, path)

    return z.by_kind(string=z.string, array=z.array(item))


_TOOLS = z.kinds(
    function={
        "name": NAME,
        "parameters": z.open_object,
        "strict": z.flag,
        "description": z.maybe(z.string),
    },
    mcp={
        "server_label": z.filled,
        "server_url": z.filled,
        "require_approval": z.maybe(z.text("always", "never")),
    },
    code_interpreter={"container": z.by_kind(string=z.string, object=z.typed("auto"))},
    web_search_preview={"search_context_size": z.maybe(EFFORT)},
)
_SCHEMA = {"name": NAME, "schema": z.open_object}
_SCHEMA_MORE = {"strict": z.maybe(z.nullable(z.flag)), "description": z.maybe(z.string)}
_FORMAT = z.tagged(z.kinds(text={}, json_object={}, json_schema={**_SCHEMA, **_SCHEMA_MORE}))
_CHOICES = z.kinds(function={"name": NAME}, web_search_preview={}, code_interpreter={}, mcp={})
_PARAMETERS: dict[str, z.Rule] = {
    "include": z.nullable(z.array(_INCLUDED)),
    "instructions": z.nullable(z.string),
    "max_output_tokens": z.number(16, whole=True),
    "parallel_tool_calls": z.nullable(z.flag),
    "previous_response_id": z.nullable(z.string),
    "reasoning": z.fields(
        effort=z.maybe(z.nullable(EFFORT)),
        summary=z.maybe(z.nullable(z.text("auto", "concise", "detailed"))),
    ),
    "store": z.nullable(z.flag),
    "stream": z.nullable(z.flag),
    "temperature": z.nullable(z.number(0, 2)),
    "text": z.fields(format=_FORMAT),
    "tool_choice": z.by_kind(string=z.text("none", "auto", "required"), object=z.tagged(_CHOICES)),
    "top_p": z.nullable(z.number(0, 1)),
}


@lru_cache(maxsize=16)
def body(model: Model) -> z.Rule:
    """The whole body for one model: a field that it does not document is refused."""
    documented = model.responses
    assert documented is not None
    tools = z.array(z.tagged({kind: _TOOLS[kind] for kind in sorted(documented.tools)}))
    rules = {**_PARAMETERS, "tools": tools}
    more = {name: z.maybe(rules[name]) for name in sorted(documented.parameters)}
    return z.fields(model=z.text(*model.names), input=_input(documented), **more)
