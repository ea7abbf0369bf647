"""Reads a message or a delta, whatever the habits of the vendor: one reader for both.

What is sent where differs; what comes out is one `Delta`. Facts of the choice and of the whole
body (ids, finish reason, usage) are not read here, but in `Metadata`.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from langchain_aimlapi._answers.assembler import EXTRA_CONTENT
from langchain_aimlapi._answers.calls import calls_of_message
from langchain_aimlapi._answers.coerce import dicts_of, name_of, text_of
from langchain_aimlapi._answers.delta import Block, Delta
from langchain_aimlapi._answers.reasoning import detail_of_thinking, text_of_detail
from langchain_aimlapi.data.media_types import is_data_url, split_data_url

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

KEPT = (
    EXTRA_CONTENT,
    "thought_signature",
    "encrypted_content",
    "executed_tools",
    "provider_metadata",
)
"""Fields of a message that have no place in LangChain but are worth keeping, once, as sent."""


def read_delta(message: Mapping[str, Any]) -> Delta:
    """Read a message or a delta.

    Reasoning is taken from the first of `reasoning_content`, `reasoning`, `reasoning_details`
    and thinking parts that has any: many services send the same text in two of them.
    """
    delta = Delta()
    _read_content(message.get("content"), delta)
    for name, value in message.items():
        read = _FIELDS.get(name) if value else None
        if read is not None:
            read(delta, name, value)
    if delta.thoughts or delta.details:
        thoughts = delta.thoughts
        thoughts.setdefault("reasoning_details", "".join(map(text_of_detail, delta.details)))
        delta.source = next((source for source in _SOURCES if thoughts.get(source)), "")
        delta.reasoning = thoughts.get(delta.source, "")
    return delta


def read_message(message: Mapping[str, Any]) -> Delta:
    """Read a whole message, each of whose calls is one of its own."""
    delta = read_delta(message)
    delta.calls = calls_of_message(delta.calls)
    return delta


def message_of(choice: Any) -> Mapping[str, Any] | None:
    """Return the whole message of a choice, None if there is no answer in it.

    A choice that has a reason why it ended and no message is an empty answer: hosts of Gemini and
    Azure send that where a filter stopped the model, or where no tokens were left.
    """
    if not isinstance(choice, dict):
        return None
    for name in ("message", "delta"):
        if isinstance(choice.get(name), dict):
            found: Mapping[str, Any] = choice[name]
            return found
    text = choice.get("text")
    if isinstance(text, str):
        return {"content": text}
    return {} if name_of(choice.get("finish_reason")) else None


_SOURCES = ("reasoning_content", "reasoning", "reasoning_details")


# --- content ------------------------------------------------------------------------------------
def _read_content(content: Any, delta: Delta) -> None:
    if isinstance(content, str):
        delta.text = content
    elif isinstance(content, list):
        _read_parts(content, delta)
    elif content is not None:
        # JSON modes of some services answer with the object itself.
        delta.text = json.dumps(content, ensure_ascii=False)


def _read_parts(parts: list[Any], delta: Delta) -> None:
    blocks: list[Block] = []
    for part in parts:
        if isinstance(part, str):
            blocks.append({"type": "text", "text": part})
        elif isinstance(part, dict):
            kind = part.get("type")
            kind = kind if kind is None or isinstance(kind, str) else "unknown"
            if kind in _TEXT_PARTS or (kind is None and isinstance(part.get("text"), str)):
                annotations = dicts_of(part.get("annotations"))
                more = {"annotations": annotations} if annotations else {}
                blocks.append({"type": "text", "text": text_of(part.get("text")), **more})
            elif kind in _THINKING_PARTS:
                delta.details.append(detail_of_thinking(part))
            elif kind == "refusal":
                delta.refusal += text_of(part.get("refusal"))
            else:
                blocks.append(media_block(part))
    delta.blocks = blocks


_TEXT_PARTS = frozenset({"text", "output_text"})
_THINKING_PARTS = frozenset({"thinking", "reasoning", "redacted_thinking"})


def media_block(part: Any) -> Block:
    """Return an image, audio, video or other part as a LangChain block."""
    if isinstance(part, str):
        return _by_url("image", part)
    kind = str(part.get("type") or "image_url")
    block_type = _MEDIA.get(kind)
    inner = part.get(kind)
    where = inner if isinstance(inner, dict) else {**part, "url": inner or part.get("url")}
    if block_type and isinstance(where.get("url"), str):
        return _by_url(block_type, where["url"])
    data = next((where[k] for k in ("b64_json", "base64", "data") if where.get(k)), None)
    if block_type and isinstance(data, str):
        block: Block = {"type": block_type, "base64": data}
        mime = where.get("mime_type") or where.get("media_type")
        return {**block, "mime_type": mime} if isinstance(mime, str) else block
    return {"type": "non_standard", "value": dict(part)}


_MEDIA = {
    "image_url": "image",
    "image": "image",
    "output_image": "image",
    "video_url": "video",
    "video": "video",
    "audio": "audio",
    "output_audio": "audio",
    "audio_url": "audio",
}


def _by_url(block_type: str, url: str) -> Block:
    split = split_data_url(url, encode=False) if is_data_url(url) else None
    if split is None:
        return {"type": block_type, "url": url}
    mime, data = split
    block: Block = {"type": block_type, "base64": data}
    return {**block, "mime_type": mime} if mime else block


# --- fields beside the content ------------------------------------------------------------------
def _thought(delta: Delta, name: str, value: Any) -> None:
    delta.thoughts[name] = text_of(value)


def _details(delta: Delta, _: str, value: Any) -> None:
    # What stands in `thinking_blocks`, if they came first, is the same once more.
    delta.details = dicts_of(value)


def _thinking_blocks(delta: Delta, _: str, value: Any) -> None:
    """Read LiteLLM's form of Claude's blocks, beside `reasoning_content` with the same text."""
    if not delta.details:
        delta.details = [detail_of_thinking(block) for block in dicts_of(value)]


def _refusal(delta: Delta, _: str, value: Any) -> None:
    delta.refusal += text_of(value)


def _images(delta: Delta, _: str, value: Any) -> None:
    images = value if isinstance(value, list) else [value]
    delta.media += [media_block(i) for i in images if isinstance(i, (str, dict)) and i]


def _audio(delta: Delta, _: str, value: Any) -> None:
    delta.audio = value if isinstance(value, dict) else None


def _annotations(delta: Delta, _: str, value: Any) -> None:
    delta.annotations += dicts_of(value)


def _calls(delta: Delta, _: str, value: Any) -> None:
    delta.calls = value if isinstance(value, list) else [value]


def _legacy_call(delta: Delta, _: str, value: Any) -> None:
    delta.legacy_call = value if isinstance(value, dict) else None


def _keep(delta: Delta, name: str, value: Any) -> None:
    delta.kept[name] = value


_FIELDS: dict[str, Callable[[Delta, str, Any], None]] = {
    "reasoning_content": _thought,
    "reasoning": _thought,
    "reasoning_details": _details,
    "thinking_blocks": _thinking_blocks,
    "refusal": _refusal,
    "images": _images,
    "audio": _audio,
    "annotations": _annotations,
    "tool_calls": _calls,
    "function_call": _legacy_call,
    **dict.fromkeys(KEPT, _keep),
}
