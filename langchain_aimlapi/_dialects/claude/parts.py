"""The blocks of a Claude-style turn: one writer per kind of part."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from langchain_aimlapi._answers.coerce import dicts_of
from langchain_aimlapi._dialects.claude.server_tools import server_block
from langchain_aimlapi._messages.parts import ContentProblem, Media, Part, Raw, Text, Thought
from langchain_aimlapi.profiles import ModelFacts, takes_source_urls

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from langchain_aimlapi._http.json import JsonObject

IMAGE_TYPES = ("image/jpeg", "image/png", "image/gif", "image/webp")
DOCUMENTED_BLOCKS = frozenset(
    {"string", "text", "image", "document", "search_result", "thinking", "redacted_thinking"}
    | {"tool_use", "tool_result", "server_tool_use", "tool_search_tool_result"}
    | {"web_search_tool_result", "web_fetch_tool_result", "code_execution_tool_result"}
    | {"bash_code_execution_tool_result", "text_editor_code_execution_tool_result"}
)
"""Blocks of a turn in the documents of `/messages`, which are alike for all models."""

_MAX_BLOCKS = 5
"""Blocks a message may have in the documents of the older Claude models."""


def write(part: Part, facts: ModelFacts) -> JsonObject | None:
    """Return a part as a block, or None where the Claude schema has no such block.

    Raises:
        ContentProblem: The schema has such blocks, but not of this kind of data.
    """
    match part:
        case Text():
            block: JsonObject = {"type": "text", "text": part.text}
        case Media(kind="image"):
            block = _image(part, facts)
        case Media(kind="file"):
            block = _document(part, facts)
        case Media(kind="audio", text=str(text)) if text:
            block = {"type": "text", "text": text}
        case Media():
            raise ContentProblem(f"the Claude schema has no {part.kind}")
        case Thought() if part.encrypted is not None:
            block = {"type": "redacted_thinking", "data": part.encrypted}
        case Thought():
            block = {"type": "thinking", "thinking": part.text, "signature": part.signature}
        case Raw():
            block = dict(part.value) if part.verbatim else server_block(part.value)
        case _:
            return None
    return with_cache_control(block, part)


def with_cache_control(block: JsonObject, part: Any) -> JsonObject:
    """Return `block` with the `cache_control` of `part`, if it has one."""
    cache_control = getattr(part, "cache_control", None)
    if cache_control is not None:
        block["cache_control"] = cache_control
    return block


def _image(part: Media, facts: ModelFacts) -> JsonObject:
    source = _source(part, facts, "image/png")
    mime = source.get("media_type")
    if mime is not None and mime not in IMAGE_TYPES:
        raise ContentProblem(f"{mime} is not one of {', '.join(IMAGE_TYPES)}")
    return {"type": "image", "source": source}


def _document(part: Media, facts: ModelFacts) -> JsonObject:
    if part.text is not None:
        source: JsonObject = {"type": "text", "media_type": "text/plain", "data": part.text}
    else:
        source = _source(part, facts, "application/pdf")
        mime = source.get("media_type", "application/pdf")
        if mime != "application/pdf":
            raise ContentProblem(f"{mime} is not one of application/pdf, text/*")
    block: JsonObject = {"type": "document", "source": source}
    if takes_source_urls(facts):  # older documents allow no further keys
        block.update(part.extras)
        if part.filename:
            block.setdefault("title", part.filename)
    return block


def _source(part: Media, facts: ModelFacts, mime_type: str) -> JsonObject:
    if part.data is not None:
        return {"type": "base64", "media_type": part.mime_type or mime_type, "data": part.data}
    if part.url is None:
        raise ContentProblem("ids of uploads are not known here: pass base64 data")
    if not takes_source_urls(facts):
        raise ContentProblem("it documents base64 data only, no URLs: fetch it and pass base64")
    return {"type": "url", "url": part.url}


def thoughts_of(kwargs: Mapping[str, Any]) -> list[Thought]:
    """Return the thoughts that the fields of an answer hold beside its content.

    `reasoning_details` are `reasoning.text` with a signature and `reasoning.encrypted`; the text
    of a signature may stand in `reasoning_content` alone.
    """
    found: list[Thought] = []
    for detail in dicts_of(kwargs.get("reasoning_details")):
        if not str(detail.get("format") or "anthropic").startswith("anthropic"):
            continue  # signed by another vendor: Claude would refuse it
        if detail.get("type") == "reasoning.encrypted" and detail.get("data"):
            found.append(Thought(encrypted=str(detail["data"])))
        else:
            signature = str(detail.get("signature") or "") or None
            found.append(Thought(str(detail.get("text") or ""), signature))
    text = kwargs.get("reasoning_content")
    if isinstance(text, str) and not any(thought.text for thought in found):
        return [Thought(text), *found]
    return found


def with_signed_thoughts(parts: Iterable[Part]) -> list[Part]:
    """Return the parts without thoughts that Claude neither signed nor encrypted.

    A signature without a text is that of the unsigned text before it: `reasoning_details` may
    hold them apart.
    """
    signed: list[Part] = []
    unsigned = ""
    for part in parts:
        if not isinstance(part, Thought) or part.encrypted is not None:
            signed.append(part)
        elif part.signature:
            signed.append(part._replace(text=part.text or unsigned))
            unsigned = ""
        else:
            unsigned += part.text  # by itself Claude does not take it back
    return signed


def as_blocks(content: str | list[JsonObject]) -> list[JsonObject]:
    """Return the content of a turn as blocks."""
    return [{"type": "text", "text": content}] if isinstance(content, str) else content


def join_excess_texts(content: str | list[JsonObject]) -> str | list[JsonObject]:
    """Return `content` with neighbouring plain texts joined when there are too many blocks."""
    if isinstance(content, str) or len(content) <= _MAX_BLOCKS:
        return content
    joined: list[JsonObject] = []
    for block in content:
        if joined and block.keys() == joined[-1].keys() == {"type", "text"}:
            joined[-1] = {"type": "text", "text": f"{joined[-1]['text']}\n\n{block['text']}"}
        else:
            joined.append(block)
    return joined
