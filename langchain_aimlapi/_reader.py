"""Reads a message or a delta, whatever the habits of the vendor: one reader for both.

What is sent where differs; what comes out is one `Delta`. Facts of the choice and of the whole
body (ids, finish reason, usage) are not read here, but in `_metadata`.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

KEPT = (
    "extra_content",
    "thought_signature",
    "encrypted_content",
    "executed_tools",
    "provider_metadata",
)
"""Fields of a message that have no place in LangChain but are worth keeping, once, as sent."""

Block = dict[str, Any]


@dataclass(slots=True)
class Delta:
    """What a message or a delta brings.

    Attributes:
        text: Text of the answer.
        reasoning: Text of the reasoning; once, though it may be sent in several places.
        source: Where the reasoning was found.
        details: Reasoning in pieces that carry signatures or are encrypted, as
            `reasoning_details` of OpenRouter's form.
        refusal: Text of a refusal.
        media: Images and other parts, as LangChain's standard blocks.
        audio: The `audio` object, as sent.
        annotations: Annotations, as sent.
        calls: Entries of `tool_calls`, as sent.
        legacy_call: The `function_call` of older APIs, as sent.
        kept: Fields of `KEPT`.
    """

    text: str = ""
    reasoning: str = ""
    source: str = ""
    details: list[Block] = field(default_factory=list)
    refusal: str = ""
    media: list[Block] = field(default_factory=list)
    audio: Mapping[str, Any] | None = None
    annotations: list[Block] = field(default_factory=list)
    calls: list[Any] = field(default_factory=list)
    legacy_call: Mapping[str, Any] | None = None
    kept: dict[str, Any] = field(default_factory=dict)


def read_delta(message: Mapping[str, Any]) -> Delta:
    """Read a message or a delta.

    Reasoning is taken from the first of `reasoning_content`, `reasoning`, `reasoning_details`
    and thinking parts that has any: many services send the same text in two of them.
    """
    delta = Delta()
    thought = _read_content(message.get("content"), delta)
    for name, read in _FIELDS.items():
        value = message.get(name)
        if value:
            read(delta, value)
    said = {
        "reasoning_content": _plain(message.get("reasoning_content")),
        "reasoning": _plain(message.get("reasoning")),
        "reasoning_details": "".join(map(text_of_detail, delta.details)),
        "content": thought,
    }
    for source, text in said.items():
        if text:
            delta.reasoning, delta.source = text, source
            break
    for name in KEPT:
        if message.get(name):
            delta.kept[name] = message[name]
    return delta


def text_of_detail(detail: Mapping[str, Any]) -> str:
    """Return the readable text of an entry of `reasoning_details`."""
    text = detail.get("text") or detail.get("summary")
    return text if isinstance(text, str) else ""


def _plain(value: Any) -> str:
    """Return the text of a field that should be text but may be a list of parts or an object."""
    if isinstance(value, str):
        return value
    if isinstance(value, list):
        return "".join(map(_plain, value))
    if isinstance(value, Mapping):
        named = (value.get(name) for name in ("text", "content", "summary"))
        return next((text for text in named if isinstance(text, str)), "")
    return ""


# --- content ------------------------------------------------------------------------------------
def _read_content(content: Any, delta: Delta) -> str:
    """Read the content into `delta`; return the text of its thinking parts."""
    if isinstance(content, str):
        delta.text = content
        return ""
    if content is None:
        return ""
    if not isinstance(content, list):
        # JSON modes of some services answer with the object itself.
        delta.text = json.dumps(content, ensure_ascii=False)
        return ""
    thought: list[str] = []
    for part in content:
        if isinstance(part, str):
            delta.text += part
        elif isinstance(part, Mapping):
            thought.append(_read_part(part, delta))
    return "".join(thought)


def _read_part(part: Mapping[str, Any], delta: Delta) -> str:
    kind = part.get("type")
    kind = kind if kind is None or isinstance(kind, str) else "unknown"
    if kind in _TEXT_PARTS or (kind is None and isinstance(part.get("text"), str)):
        delta.text += _plain(part.get("text"))
        _annotations(delta, part.get("annotations"))
        return ""
    if kind in _THINKING_PARTS:
        detail = _detail_of_thinking(part)
        delta.details.append(detail)
        return text_of_detail(detail)
    if kind == "refusal":
        delta.refusal += _plain(part.get("refusal"))
    else:
        delta.media.append(media_block(part))
    return ""


_TEXT_PARTS = frozenset({"text", "output_text"})
_THINKING_PARTS = frozenset({"thinking", "reasoning", "redacted_thinking"})


def _detail_of_thinking(part: Mapping[str, Any]) -> Block:
    """Return a thinking part, of Claude's or Mistral's form, as an entry of `reasoning_details`."""
    if part.get("type") == "redacted_thinking":
        return {"type": "reasoning.encrypted", "data": _plain(part.get("data"))}
    text = next(
        (said for name in ("thinking", "summary", "text") if (said := _plain(part.get(name)))), ""
    )
    detail: Block = {"type": "reasoning.text", "text": text}
    if part.get("signature"):
        detail["signature"] = part["signature"]
    return detail


def media_block(part: Any) -> Block:
    """Return an image, audio, video or other part as a LangChain block."""
    if isinstance(part, str):
        return _by_url("image", part)
    kind = str(part.get("type") or "image_url")
    block_type = _MEDIA.get(kind)
    inner = part.get(kind)
    where = inner if isinstance(inner, Mapping) else {**part, "url": inner or part.get("url")}
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
    head, comma, data = url.partition(",")
    if head[:5].lower() == "data:" and comma and head.lower().endswith(";base64"):
        mime = head[5:-7].partition(";")[0]
        block: Block = {"type": block_type, "base64": data}
        return {**block, "mime_type": mime} if mime else block
    return {"type": block_type, "url": url}


# --- fields beside the content ------------------------------------------------------------------
def _details(delta: Delta, value: Any) -> None:
    delta.details.extend(dict(d) for d in _dicts(value))


def _thinking_blocks(delta: Delta, value: Any) -> None:
    # LiteLLM's form of Claude's blocks, beside `reasoning_content` with the same text.
    if not delta.details:
        delta.details.extend(map(_detail_of_thinking, _dicts(value)))


def _refusal(delta: Delta, value: Any) -> None:
    delta.refusal += _plain(value)


def _images(delta: Delta, value: Any) -> None:
    images = value if isinstance(value, list) else [value]
    delta.media.extend(media_block(i) for i in images if isinstance(i, (str, Mapping)) and i)


def _audio(delta: Delta, value: Any) -> None:
    delta.audio = value if isinstance(value, Mapping) else None


def _annotations(delta: Delta, value: Any) -> None:
    delta.annotations.extend(dict(a) for a in _dicts(value))


def _calls(delta: Delta, value: Any) -> None:
    delta.calls = value if isinstance(value, list) else [value]


def _legacy_call(delta: Delta, value: Any) -> None:
    delta.legacy_call = value if isinstance(value, Mapping) else None


def _dicts(value: Any) -> list[Mapping[str, Any]]:
    return [item for item in value if isinstance(item, Mapping)] if isinstance(value, list) else []


_FIELDS: dict[str, Callable[[Delta, Any], None]] = {
    "reasoning_details": _details,
    "thinking_blocks": _thinking_blocks,
    "refusal": _refusal,
    "images": _images,
    "audio": _audio,
    "annotations": _annotations,
    "tool_calls": _calls,
    "function_call": _legacy_call,
}
