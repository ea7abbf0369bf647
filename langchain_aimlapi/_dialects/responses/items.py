"""What an item of the endpoint is among LangChain's blocks, and which tool it belongs to.

One table for both directions: an item becomes blocks when an answer is read, and the blocks
become the same item again when the answer goes back as history.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, NamedTuple

from langchain_aimlapi._answers.coerce import dict_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from langchain_aimlapi._answers.delta import Block

Item = dict[str, Any]

RESPONSES = "responses"

WEB_SEARCHES = frozenset({"web_search_preview", "web_search_preview_2025_03_11", "web_search"})


class ServerTool(NamedTuple):
    """How the trace of a tool that the service runs is split into a call and its result.

    Attributes:
        name: Name of the tool in the block of the call; "" takes the item's own.
        args: Fields of the item that are the arguments.
        output: Fields of the item that are the result.
        tools: The item is documented for models that have one of these tools.
    """

    name: str
    args: tuple[str, ...]
    output: tuple[str, ...]
    tools: frozenset[str]


SERVER_TOOLS: Mapping[str, ServerTool] = {
    "web_search_call": ServerTool("web_search", ("action",), (), WEB_SEARCHES),
    "x_search_call": ServerTool("x_search", ("action",), (), frozenset({"x_search"})),
    "code_interpreter_call": ServerTool(
        "code_interpreter", ("code",), ("outputs",), frozenset({"code_interpreter"})
    ),
    "file_search_call": ServerTool(
        "file_search", ("queries",), ("results",), frozenset({"file_search"})
    ),
    "mcp_list_tools": ServerTool("mcp_list_tools", (), ("tools", "error"), frozenset({"mcp"})),
    "mcp_call": ServerTool("", ("arguments",), ("output", "error"), frozenset({"mcp"})),
}
"""Items that are a call and its result in one; all others are kept as they came."""

IMAGE = "image_generation_call"
REASONING = "reasoning"
REASONING_TEXT = "reasoning_text"
SUMMARY_TEXT = "summary_text"

TOOLS_OF: Mapping[str, frozenset[str]] = {
    **{kind: row.tools for kind, row in SERVER_TOOLS.items()},
    "mcp_approval_request": frozenset({"mcp"}),
    "mcp_approval_response": frozenset({"mcp"}),
    "local_shell_call": frozenset({"local_shell"}),
    "local_shell_call_output": frozenset({"local_shell"}),
    "function_call": frozenset({"function"}),
    "function_call_output": frozenset({"function"}),
    IMAGE: frozenset({"image_generation"}),
}
"""Of items that only this endpoint has: models take them that are documented with such a tool."""

_FAILED = frozenset({"failed", "incomplete"})

_ID_PREFIXES: Mapping[str, str] = {"message": "msg_", REASONING: "rs_"}
_NOT_OF_ITEMS = re.compile(
    r"lc_|lc-|run[-_]|chatcmpl|gen-|call_|toolu_|srvtoolu_|[0-9a-f]{8}-[0-9a-f]{4}-"
)
"""How ids begin that LangChain or another endpoint made up, UUIDs among them."""


def is_service_id(kind: str, item_id: Any) -> bool:
    """Return whether the service can have given an item of this kind its id.

    It answers 400 to ids that it does not know.
    """
    if not isinstance(item_id, str) or not item_id:
        return False
    return item_id.startswith(_ID_PREFIXES.get(kind, "")) and not _NOT_OF_ITEMS.match(item_id)


def is_stored(response: Mapping[str, Any]) -> bool:
    """Return whether the service keeps an answer; one without the field `store` may be kept."""
    return response.get("store") is not False


# --- an item as blocks --------------------------------------------------------------------------
def call_block(item: Mapping[str, Any]) -> Block:
    """Return the call in the trace of a server tool, with all that has no better place."""
    kind = str(item.get("type"))
    row = SERVER_TOOLS[kind]
    moved = {"id", *row.args, *row.output}
    args: Any = {name: item[name] for name in row.args if item.get(name) is not None}
    if row.args == ("action",):
        args = {k: v for k, v in dict_of(item.get("action")).items() if k != "sources"}
    elif row.args == ("arguments",):
        args = _parsed(item.get("arguments"))
    if not row.name:
        moved.add("name")
    extras = {name: value for name, value in item.items() if name not in moved}
    return {
        "type": "server_tool_call",
        "id": str(item.get("id") or ""),
        "name": row.name or str(item.get("name") or ""),
        "args": args,
        "extras": extras,
    }


def result_block(item: Mapping[str, Any]) -> Block:
    """Return the result in the trace of a server tool."""
    row = SERVER_TOOLS[str(item.get("type"))]
    output: Any = {name: item[name] for name in row.output if name in item}
    if row.args == ("action",):
        output.update({k: v for k, v in dict_of(item.get("action")).items() if k == "sources"})
    failed = bool(item.get("error")) or str(item.get("status")) in _FAILED
    block: Block = {
        "type": "server_tool_result",
        "tool_call_id": str(item.get("id") or ""),
        "status": "error" if failed else "success",
    }
    if output:
        block["output"] = output
    return block


def image_block(item: Mapping[str, Any]) -> Block:
    """Return an image that the model made."""
    form = item.get("output_format")
    return {
        "type": "image",
        "base64": item["result"],
        "mime_type": f"image/{form}" if isinstance(form, str) and form else "image/png",
        "id": str(item.get("id") or ""),
        "extras": {k: v for k, v in item.items() if k not in {"id", "result"}},
    }


def _parsed(text: Any) -> dict[str, Any]:
    try:
        value = json.loads(text or "{}")
    except (TypeError, ValueError, RecursionError):
        value = None
    return value if isinstance(value, dict) else {"arguments": text}


# --- blocks as the item they came from ----------------------------------------------------------
def server_item(call: Mapping[str, Any], result: Mapping[str, Any] | None) -> Item | None:
    """Return the item that a call and its result were, or None where another service made them."""
    extras = dict_of(call.get("extras"))
    kind = str(extras.get("type"))
    row = SERVER_TOOLS.get(kind)
    if row is None:
        return None
    item: Item = {"type": kind, "id": call.get("id"), **extras}
    args = call.get("args")
    output = (result or {}).get("output")
    if not row.name:
        item["name"] = call.get("name")
    if row.args == ("action",):
        if args or output:
            item["action"] = {**dict_of(args), **dict_of(output)}
        return item
    if row.args == ("arguments",):
        item["arguments"] = json.dumps(args, ensure_ascii=False)
    else:
        item.update(dict_of(args))
    item.update(dict_of(output))
    if kind == "code_interpreter_call":
        # Both are required, and null where the service was not asked to show them.
        item.setdefault("code", "")
        item.setdefault("outputs", None)
    return item


def image_item(block: Mapping[str, Any]) -> Item | None:
    """Return the item that an image was, or None for any other image."""
    extras = dict_of(block.get("extras"))
    if extras.get("type") != IMAGE:
        return None
    return {**extras, "id": block.get("id"), "result": block.get("base64")}


def reasoning_item(blocks: list[Mapping[str, Any]]) -> Item:
    """Return the item that blocks of reasoning with one id were: each is a part of it."""
    extras: dict[str, Any] = {}
    for block in blocks:
        extras.update(dict_of(block.get("extras")))
    kind = extras.pop("part", SUMMARY_TEXT)
    texts = [block.get("reasoning") for block in blocks]
    parts = [{"type": kind, "text": text} for text in texts if text]
    item: Item = {"type": REASONING, "id": blocks[0].get("id"), "summary": []}
    item["summary" if kind == SUMMARY_TEXT else "content"] = parts
    return {**item, **extras}
