"""Our messages and chunks as LangChain's standard content blocks.

LangChain asks for them by `response_metadata["model_provider"]`, for `content_blocks` and for
`output_version="v1"`. Order: reasoning, text and media, refusal, tool calls. The blocks of a
chunk bear an index, "lc_..." and different for each block of the message, by which LangChain
merges the blocks of a stream; those of a whole message bear none.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, cast

from langchain_core.messages import AIMessage, AIMessageChunk, BaseMessage
from langchain_core.messages.block_translators import register_translator

from langchain_aimlapi._answers.delta import Block, text_of_detail

if TYPE_CHECKING:
    from langchain_core.messages.content import ContentBlock

TEXT_INDEX = "lc_txt_0"
REASONING_INDEX = "lc_rs"
REDACTED_INDEX = "lc_rd"
REFUSAL_INDEX = "lc_refusal_0"
CALL_INDEX = "lc_tc"

_TEXTS_OF_DETAIL = frozenset({"type", "index", "text", "summary"})
_CITATION_TEXTS = {
    "url": "url",
    "title": "title",
    "cited_text": "cited_text",
    "content": "cited_text",
}
_CITATION_PLACES = ("start_index", "end_index")


def register(provider: str) -> None:
    """Make LangChain ask here for the blocks of messages of `provider`."""
    register_translator(provider, translate_content, translate_content_chunk)


def translate_content(message: AIMessage) -> list[ContentBlock]:
    """Return the blocks of a whole message."""
    kwargs = message.additional_kwargs
    content = [_without_index(part) for part in _content_blocks(message)]
    kinds = {block.get("type") for block in content}
    blocks: list[Block] = []
    if "reasoning" not in kinds:
        blocks += map(_without_index, _reasoning_blocks(kwargs))
    blocks += content
    if citations := _citations(kwargs):
        texts = [block for block in content if block.get("type") == "text"]
        for text in texts[:1]:
            text["annotations"] = [*text.get("annotations", ()), *citations]
    blocks += map(_without_index, _refusal_blocks(kwargs))
    if "tool_call" not in kinds:
        extras = kwargs.get("tool_call_extras")
        blocks += [
            _with_extras(
                {"type": "tool_call", "id": c.get("id"), "name": c["name"], "args": c["args"]},
                extras,
            )
            for c in message.tool_calls
        ]
    return cast("list[ContentBlock]", blocks)


def translate_content_chunk(chunk: AIMessageChunk) -> list[ContentBlock]:
    """Return the blocks of a chunk, or of the whole message that chunks were merged into."""
    if chunk.chunk_position == "last" and _is_merged(chunk):
        return translate_content(chunk)
    return cast("list[ContentBlock]", list(delta_blocks(chunk)))


def delta_blocks(chunk: AIMessageChunk) -> Iterator[Block]:
    """Yield what one chunk of a stream adds, as blocks with their indices."""
    kwargs = chunk.additional_kwargs
    yield from _reasoning_blocks(kwargs)
    for part in _content_blocks(chunk):
        yield {"index": TEXT_INDEX, **part} if part.get("type") == "text" else part
    if citations := _citations(kwargs):
        yield {"type": "text", "text": "", "annotations": citations, "index": TEXT_INDEX}
    yield from _refusal_blocks(kwargs)
    extras = kwargs.get("tool_call_extras")
    for call in chunk.tool_call_chunks:
        block: Block = {
            "type": "tool_call_chunk",
            "id": call["id"],
            "name": call["name"],
            "args": call["args"],
        }
        if call["index"] is not None:
            block["index"] = f"{CALL_INDEX}_{call['index']}"
        yield _with_extras(block, extras)


def _is_merged(chunk: AIMessageChunk) -> bool:
    """Return whether a chunk at the last position is the sum of a stream, not its last chunk.

    Our last chunk says what is said once; it has no text, no reasoning and names no call.
    """
    content = chunk.content
    return (
        bool(content and isinstance(content[0], str))  # of a text, too, the first is one
        or not chunk.additional_kwargs.keys().isdisjoint(_SAID_BEFORE)
        or any(call["name"] for call in chunk.tool_call_chunks)
    )


_SAID_BEFORE = frozenset({"reasoning_content", "reasoning_details", "refusal"})


# --- blocks of each kind ------------------------------------------------------------------------
def _content_blocks(message: BaseMessage) -> list[Block]:
    content = message.content
    if isinstance(content, str):
        return [{"type": "text", "text": content}] if content else []
    parts = [part for part in content if part != ""]
    if all(isinstance(part, str) or part.get("type") in _OURS for part in parts):
        return [
            {"type": "text", "text": part} if isinstance(part, str) else dict(part)
            for part in parts
        ]
    # A message that somebody else wrote: LangChain knows the habits of other vendors.
    bare = AIMessage(content=parts)
    return cast("list[Block]", [dict(block) for block in bare.content_blocks])


_OURS = frozenset({"text", "image", "audio", "video", "non_standard"})


def _reasoning_blocks(kwargs: Mapping[str, Any]) -> Iterator[Block]:
    """Yield the blocks of the reasoning, one per entry of `reasoning_details` if there are any.

    The text stands in `reasoning_content` as well, as a rule. Where it does not agree, that text
    counts, and the details add what only they have, the first of them to the same block.
    """
    text = kwargs.get("reasoning_content")
    text = text if isinstance(text, str) else ""
    details = [d for d in _list(kwargs.get("reasoning_details")) if isinstance(d, Mapping)]
    texts = [text_of_detail(detail) for detail in details]
    if "".join(texts) != text:
        with_first = bool(details) and _goes_with_text(details[0])
        texts = [text if with_first and place == 0 else "" for place in range(len(details))]
        if not with_first:
            yield {"type": "reasoning", "reasoning": text, "index": f"{REASONING_INDEX}_0"}
    for place, (detail, said) in enumerate(zip(details, texts, strict=True)):
        block = _block_of_detail(detail, said)
        index = REASONING_INDEX if block["type"] == "reasoning" else REDACTED_INDEX
        if said or block.keys() - {"type", "reasoning"}:
            yield {**block, "index": f"{index}_{detail.get('index', place)}"}


def _goes_with_text(detail: Mapping[str, Any]) -> bool:
    return detail.get("index", 0) == 0 and not _is_redacted(detail)


def _is_redacted(detail: Mapping[str, Any]) -> bool:
    return bool(detail.get("data")) and str(detail.get("format") or "anthropic")[:9] == "anthropic"


def _block_of_detail(detail: Mapping[str, Any], text: str) -> Block:
    if _is_redacted(detail):
        # Claude's encrypted reasoning has no standard block, and must go back as it is.
        value = {"type": "redacted_thinking", "data": detail["data"]}
        return {"type": "non_standard", "value": value}
    extras = {
        name: value
        for name, value in detail.items()
        if name not in _TEXTS_OF_DETAIL and value is not None
    }
    block: Block = {"type": "reasoning", "reasoning": text}
    return {**block, "extras": extras} if extras else block


def _refusal_blocks(kwargs: Mapping[str, Any]) -> Iterator[Block]:
    if refusal := kwargs.get("refusal"):
        value = {"type": "refusal", "refusal": refusal}
        yield {"type": "non_standard", "value": value, "index": REFUSAL_INDEX}


def _citations(kwargs: Mapping[str, Any]) -> list[Block]:
    annotations = _list(kwargs.get("annotations"))
    return [_citation(found) for found in annotations if isinstance(found, Mapping)]


def _citation(annotation: Mapping[str, Any]) -> Block:
    """Return an annotation as LangChain's citation, or as it is if it cites no page."""
    if annotation.get("type") != "url_citation":
        return {"type": "non_standard_annotation", "value": dict(annotation)}
    inner = annotation.get("url_citation")
    said = inner if isinstance(inner, Mapping) else annotation
    citation: Block = {"type": "citation"}
    for name, ours in _CITATION_TEXTS.items():
        if isinstance(said.get(name), str):
            citation.setdefault(ours, said[name])
    for name in _CITATION_PLACES:
        if isinstance(said.get(name), int):
            citation[name] = said[name]
    return citation


# --- small things -------------------------------------------------------------------------------
def _with_extras(block: Block, extras: Any) -> Block:
    """Return a call with what its vendor wants back with it: Gemini's thought signature."""
    extra = extras.get(block["id"]) if isinstance(extras, Mapping) else None
    return block if extra is None else {**block, "extras": {"extra_content": extra}}


def _without_index(block: Block) -> Block:
    return {name: value for name, value in block.items() if name != "index"}


def _list(value: Any) -> Iterable[Any]:
    return value if isinstance(value, list) else ()
