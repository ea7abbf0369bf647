"""Claude's own form of an answer, which results have, as one of `/chat/completions`."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from pydantic_core import to_json

from langchain_aimlapi.errors import MalformedResponseError

if TYPE_CHECKING:
    from collections.abc import Mapping


def as_completion(message: Any) -> bytes:
    """Return an answer in Claude's own form as the body of a completion.

    Raises:
        MalformedResponseError: It is in no such form.
    """
    content = message.get("content") if isinstance(message, dict) else None
    if not isinstance(content, list):
        raise MalformedResponseError("A result of the batch holds no message.")
    blocks = [block for block in content if isinstance(block, dict)]
    calls = [_call(block) for block in blocks if block.get("type") == "tool_use"]
    rest = [_block(block) for block in blocks if block.get("type") != "tool_use"]
    answer = {"role": "assistant", "content": rest, **({"tool_calls": calls} if calls else {})}
    usage = message.get("usage")
    completion = {
        "id": message.get("id"),
        "model": message.get("model"),
        "choices": [{"index": 0, "message": answer, "finish_reason": message.get("stop_reason")}],
        "usage": _usage(usage),
        "service_tier": usage.get("service_tier") if isinstance(usage, dict) else None,
    }
    return to_json(completion)


def _block(block: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return a block; citations of a text become annotations, which is what they are elsewhere."""
    citations = block.get("citations")
    if block.get("type") != "text" or not isinstance(citations, list):
        return block
    cited = [_annotation(each) for each in citations if isinstance(each, dict)]
    return {**block, "annotations": cited}


def _annotation(citation: Mapping[str, Any]) -> Mapping[str, Any]:
    if not isinstance(citation.get("url"), str):
        return citation
    return {"type": "url_citation", "url_citation": citation}


def _call(block: Mapping[str, Any]) -> dict[str, Any]:
    arguments = json.dumps(block.get("input") or {}, ensure_ascii=False)
    function = {"name": block.get("name"), "arguments": arguments}
    return {"id": block.get("id"), "type": "function", "function": function}


def _usage(usage: Any) -> dict[str, Any] | None:
    """Return Claude's counts, whose `input_tokens` leave out what the cache covers, as a whole."""
    if not isinstance(usage, dict):
        return None
    parts = ("input_tokens", "cache_creation_input_tokens", "cache_read_input_tokens")
    sent, written, read = (n if isinstance(n := usage.get(part), int) else 0 for part in parts)
    return {
        "prompt_tokens": sent + written + read,
        "completion_tokens": usage.get("output_tokens"),
        "prompt_tokens_details": {"cached_tokens": read, "cache_write_tokens": written},
    }
