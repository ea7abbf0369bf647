"""Tools that Claude's own servers run: their calls and results as LangChain's blocks, and back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from langchain_aimlapi._answers.coerce import dict_of, string_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from langchain_aimlapi._answers.delta import Block
    from langchain_aimlapi._http.json import JsonObject

_OWN_IDS = ("srvtoolu_", "mcptoolu_")
"""How the ids begin that Claude gives to calls of tools which it runs itself."""
_NAMES = {"code_interpreter": "code_execution"}
"""LangChain's names of such tools that differ from Claude's."""
_STANDARD_NAMES = {theirs: ours for ours, theirs in _NAMES.items()}
_MCP = "remote_mcp"
DIRECT = {"type": "direct"}
"""The `caller` of a call that the model made itself, which is the default."""
_OUTER = frozenset({"block_type", "tool_name", "partial_json"})
"""Extras that stand elsewhere in the block, or that mean nothing to Claude."""


# --- Claude's blocks as LangChain's ---
def block_of(sent: Mapping[str, Any]) -> Block:
    """Return a whole block in LangChain's words; what it has no words for goes back as it came."""
    kind = str(sent.get("type"))
    if kind.endswith("_tool_result"):
        return _result_block(sent)
    if kind not in {"server_tool_use", "mcp_tool_use"}:
        return {"type": "non_standard", "value": dict(sent)}
    name = string_of(sent.get("name")) or ""
    is_mcp = kind == "mcp_tool_use"
    block: Block = {
        "type": "server_tool_call",
        "id": string_of(sent.get("id")) or "",
        "name": _MCP if is_mcp else _STANDARD_NAMES.get(name, name),
        "args": dict_of(sent.get("input")),
    }
    known = {"tool_name": name} if is_mcp else {}
    return _with_extras(block, sent, {"type", "id", "name", "input"}, known)


def _result_block(sent: Mapping[str, Any]) -> Block:
    output = sent.get("content")
    failed = sent.get("is_error") or dict_of(output).get("error_code")
    block: Block = {
        "type": "server_tool_result",
        "tool_call_id": string_of(sent.get("tool_use_id")) or "",
        "status": "error" if failed else "success",
        "output": output,
    }
    names = {"type", "tool_use_id", "content", "is_error"}
    return _with_extras(block, sent, names, {"block_type": sent["type"]})


def _with_extras(
    block: Block, sent: Mapping[str, Any], names: set[str], extras: Mapping[str, Any]
) -> Block:
    more = {**extras, **{name: value for name, value in sent.items() if name not in names}}
    if more.get("caller") == DIRECT:
        del more["caller"]
    return {**block, "extras": more} if more else block


# --- and back ---
def is_foreign(block: Mapping[str, Any]) -> bool:
    """Return whether a block is the trace of a tool that another vendor's servers ran."""
    kind = str(block.get("type"))
    return (kind in _WRITERS or kind == "server_tool_call_chunk") and not _is_claudes(block)


def _is_claudes(block: Mapping[str, Any]) -> bool:
    name = block.get("id") if block.get("type") == "server_tool_call" else block.get("tool_call_id")
    return str(name).startswith(_OWN_IDS) or str(_extras(block).get("block_type")).endswith(
        "_tool_result"
    )


def server_block(block: Mapping[str, Any]) -> JsonObject:
    """Return LangChain's block of a server tool in Claude's words, any other block as it is."""
    write = _WRITERS.get(str(block.get("type")))
    written = write(block) if write else dict(block)
    written.pop("index", None)  # of a stream that was merged
    return written


def caller_of(extra_content: Any) -> Any:
    """Return which of Claude's own tools made a call, if one did: it is to be sent back."""
    return dict_of(dict_of(extra_content).get("anthropic")).get("caller")


def _extras(block: Mapping[str, Any]) -> dict[str, Any]:
    return dict_of(block.get("extras"))


def _call(block: Mapping[str, Any]) -> JsonObject:
    extras, name = _extras(block), str(block.get("name") or "")
    more = {key: value for key, value in extras.items() if key not in _OUTER}
    call: JsonObject = {
        "type": "server_tool_use",
        "id": block.get("id"),
        "name": _NAMES.get(name, name),
    }
    if name == _MCP:
        call = {**call, "type": "mcp_tool_use", "name": extras.get("tool_name")}
    return {**call, "input": block.get("args") or {}, **more}


def _result(block: Mapping[str, Any]) -> JsonObject:
    extras = _extras(block)
    kind = str(extras.get("block_type") or "web_search_tool_result")
    output = block.get("output")
    more = {key: value for key, value in extras.items() if key not in _OUTER}
    result: JsonObject = {"type": kind, "tool_use_id": block.get("tool_call_id")}
    if kind == "mcp_tool_result":
        result["is_error"] = block.get("status") == "error"
    return {**result, "content": [] if output is None else output, **more}


_WRITERS: Mapping[str, Callable[[Mapping[str, Any]], JsonObject]] = {
    "server_tool_call": _call,
    "server_tool_result": _result,
}
