"""Our messages and chunks as LangChain's standard content blocks.

LangChain asks for them by `response_metadata["model_provider"]`, for `content_blocks` and for
`output_version="v1"`. Order: reasoning, text and media, refusal, tool calls. The blocks of a
chunk bear an index, "lc_..." and different for each block of the message, by which LangChain
merges the blocks of a stream; those of a whole message bear none.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from langchain_core.messages.block_translators import register_translator

from langchain_aimlapi._answers.calls import BROKEN_CALLS
from langchain_aimlapi._answers.coerce import dicts_of
from langchain_aimlapi._answers.content import TEXT_INDEX
from langchain_aimlapi._answers.reasoning import reasoning_blocks

if TYPE_CHECKING:
    from langchain_core.messages import AIMessage, AIMessageChunk, BaseMessage
    from langchain_core.messages.content import ContentBlock

    from langchain_aimlapi._answers.delta import Block

REFUSAL_INDEX = "lc_refusal_0"
CALL_INDEX = "lc_tc"
BROKEN_INDEX = "lc_itc"


def register(provider: str) -> None:
    """Make LangChain ask here for the blocks of messages of `provider`."""
    register_translator(provider, translate_content, translate_content_chunk)


def translate_content(message: AIMessage) -> list[ContentBlock]:
    """Return the blocks of a whole message."""
    kwargs = message.additional_kwargs
    content = _content_blocks(message)
    kinds = {block["type"] for block in content}
    calls = _calls(message)
    blocks: list[Any] = []
    if "reasoning" not in kinds:
        blocks += map(_without_index, reasoning_blocks(kwargs))
    for block in content:
        if block["type"] != "tool_use":
            blocks.append(_without_index(block))
        elif (id_ := block.get("id")) in calls:
            blocks.append(calls.pop(id_))
    if citations := _citations(kwargs):
        texts = [block for block in blocks if block["type"] == "text"]
        if not texts:
            texts = [{"type": "text", "text": ""}]
            blocks += texts
        texts[0]["annotations"] = [*texts[0].get("annotations", ()), *citations]
    if "refusal" not in kinds:
        blocks += map(_without_index, _refusal_blocks(kwargs))
    blocks += calls.values()
    return blocks


def _calls(message: AIMessage) -> dict[Any, Block]:
    """Return the blocks of the calls, valid and invalid, by id."""
    kwargs = message.additional_kwargs
    broken, extras = _broken(kwargs), kwargs.get("tool_call_extras")
    calls: list[Any] = [
        *message.tool_calls,
        *(broken.get(call["id"]) or call for call in message.invalid_tool_calls),
    ]
    # A call without an id, as somebody else may write it, is not one with another.
    return {call["id"] or n: _with_extras({**call}, extras) for n, call in enumerate(calls)}


def _broken(kwargs: Mapping[str, Any]) -> dict[Any, Block]:
    """Return the calls that cannot be read, as they were sent, by id."""
    return {call.get("id"): call for call in dicts_of(kwargs.get(BROKEN_CALLS))}


def translate_content_chunk(chunk: AIMessageChunk) -> list[ContentBlock]:
    """Return the blocks of a chunk, or of the whole message that chunks were merged into."""
    if chunk.chunk_position == "last" and _is_merged(chunk):
        return translate_content(chunk)
    blocks: list[Any] = list(delta_blocks(chunk))
    return blocks


def delta_blocks(chunk: AIMessageChunk) -> Iterator[Block]:
    """Yield what one chunk of a stream adds, as blocks with their indices."""
    kwargs = chunk.additional_kwargs
    yield from reasoning_blocks(kwargs)
    for part in _content_blocks(chunk):
        if part["type"] != "tool_use":  # the call itself came before
            yield {"index": TEXT_INDEX, **part} if part["type"] == "text" else part
    if citations := _citations(kwargs):
        yield {"type": "text", "text": "", "annotations": citations, "index": TEXT_INDEX}
    yield from _refusal_blocks(kwargs)
    extras, broken = kwargs.get("tool_call_extras"), _broken(kwargs)
    for call in chunk.tool_call_chunks:
        block: Block = {**call, "index": f"{CALL_INDEX}_{call['index']}"}
        sent = broken.get(call["id"])
        if sent is None:
            yield _with_extras(block, extras)
            continue
        # What the last chunk adds to broken arguments is for LangChain's merge alone.
        yield _with_extras({**block, "args": ""}, extras)
        yield {**sent, "index": f"{BROKEN_INDEX}_{call['index']}"}


def _is_merged(chunk: AIMessageChunk) -> bool:
    """Return whether a chunk at the last position is the sum of a stream, not its last chunk.

    Our last chunk holds what is sent once; it has no content and no reasoning, names no call, and
    of arguments it has the end at most.
    """
    kwargs = chunk.additional_kwargs
    if chunk.content or not kwargs.keys().isdisjoint(_SENT_BEFORE):
        return True
    return any(call["name"] or (call["args"] or "").strip('"]}') for call in chunk.tool_call_chunks)


_SENT_BEFORE = frozenset({"reasoning_content", "reasoning_details", "refusal"})


# --- blocks of each kind ------------------------------------------------------------------------
def _content_blocks(message: BaseMessage) -> list[Block]:
    content = message.content
    if isinstance(content, str):
        return [{"type": "text", "text": content}] if content else []
    return [_block_of(part) for part in content if part != ""]


def _block_of(part: str | Mapping[str, Any]) -> Block:
    if isinstance(part, str):
        return {"type": "text", "text": part}
    if "type" not in part:  # of a message that somebody rewrote
        known = isinstance(part.get("text"), str)
        return {"type": "text", **part} if known else {"type": "non_standard", "value": dict(part)}
    block = dict(part)
    if isinstance(block.get("annotations"), list):
        block["annotations"] = [_citation(found) for found in dicts_of(block["annotations"])]
    return block


def _refusal_blocks(kwargs: Mapping[str, Any]) -> Iterator[Block]:
    if refusal := kwargs.get("refusal"):
        yield {"type": "refusal", "refusal": refusal, "index": REFUSAL_INDEX}


def _citations(kwargs: Mapping[str, Any]) -> list[Block]:
    return [_citation(found) for found in dicts_of(kwargs.get("annotations"))]


def _citation(annotation: Mapping[str, Any]) -> Block:
    """Return an annotation as LangChain's citation, or as it is if it cites no page."""
    kind = str(annotation.get("type"))
    if kind in _STANDARD:
        return dict(annotation)
    if kind != "url_citation":
        return {"type": "non_standard_annotation", "value": dict(annotation)}
    inner = annotation.get("url_citation")
    fields = inner if isinstance(inner, Mapping) else annotation
    known = {
        ours: fields[name]
        for name, (ours, kind_of) in _CITATION_FIELDS.items()
        if isinstance(fields.get(name), kind_of)
    }
    return {"type": "citation", **known}


_CITATION_FIELDS: Mapping[str, tuple[str, type]] = {
    "url": ("url", str),
    "title": ("title", str),
    "content": ("cited_text", str),
    "cited_text": ("cited_text", str),
    "start_index": ("start_index", int),
    "end_index": ("end_index", int),
}
_STANDARD = frozenset({"citation", "non_standard_annotation"})


# --- small things -------------------------------------------------------------------------------
def _with_extras(block: Block, extras: Any) -> Block:
    """Return a call with what its vendor wants back with it: Gemini's thought signature."""
    extra = extras.get(block["id"]) if isinstance(extras, Mapping) else None
    return block if extra is None else {**block, "extras": {"extra_content": extra}}


def _without_index(block: Block) -> Block:
    return {name: value for name, value in block.items() if name != "index"}
