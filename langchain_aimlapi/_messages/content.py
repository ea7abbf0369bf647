"""Content blocks in: whatever form a message carries, one frozen part per block comes out.

Four dialects are read: LangChain's standard blocks (v1), its older ones with `source_type` (v0),
and the shapes of OpenAI and of Anthropic. A request schema then writes parts, and never has to
know which dialect they came in.

    >>> read_block({"type": "image", "base64": "iVBORw0KGgo=", "mime_type": "image/png"})
    Media(kind='image', url=None, data='iVBORw0KGgo=', mime_type='image/png', ...)
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, cast

from langchain_aimlapi._messages.parts import (
    ContentProblem,
    InputBlock,
    Media,
    MediaKind,
    Part,
    Raw,
    Text,
    Thought,
    ToolResult,
    ToolUse,
)
from langchain_aimlapi.data.media_types import canonical, is_data_url, mime_type_of, split_data_url

_EXTENSIONS = {"pdf": "application/pdf", "txt": "text/plain", "md": "text/markdown"}
_CLAUDE_EXTRAS = ("title", "context", "citations")


def read_content(content: str | Sequence[str | InputBlock]) -> list[Part]:
    """Return the parts of a message's content.

    Raises:
        ContentProblem: A block cannot be read.
    """
    return [*map(read_block, [content] if isinstance(content, str) else content)]


def read_block(block: str | InputBlock) -> Part:
    """Return the part that a content block stands for.

    Raises:
        ContentProblem: A block of a known type lacks its data.
    """
    if isinstance(block, str):
        return Text(block)
    kind = block.get("type")
    if kind is None:
        return Text(block["text"]) if isinstance(block.get("text"), str) else Raw(block)
    reader = _READERS.get(kind)
    part = reader(block) if reader else Raw(block)
    mark = _lookup(block, "cache_control")
    if not isinstance(mark, Mapping) or isinstance(part, (Thought, Raw)):
        return part
    return part._replace(cache_control=mark)


# --- readers, one per block type ----------------------------------------------------------------
def _lookup(block: InputBlock, *names: str) -> Any:
    """Return the first of `names` that is set, on the block, in its `extras` or `metadata`."""
    for fields in (block, block.get("extras"), block.get("metadata")):
        if fields is block or (fields and isinstance(fields, Mapping)):
            for name in names:
                if fields.get(name) is not None:
                    return fields[name]
    return None


def _text(block: InputBlock) -> Part:
    text = block.get("text")
    if not isinstance(text, str):
        raise ContentProblem("it has no text")
    return Text(text)


def _refusal(block: InputBlock) -> Part:
    return Text(str(block.get("refusal") or ""))


_NESTED = ("image_url", "video_url", "input_audio", "file", "source")
"""Fields in which OpenAI and Anthropic nest media; a URL may stand in them by itself."""
_SOURCES = frozenset({"url", "base64", "file", "text"})
"""Types of Anthropic's `source` that other vendors have words for."""


def _read_media(kind: MediaKind, block: InputBlock) -> Part:
    """Read media, whose fields have LangChain's names, those of OpenAI or those of Anthropic."""
    source = block.get("source")
    kind_of_source = source.get("type") if isinstance(source, Mapping) else None
    if (source or block["type"] == "document") and kind_of_source not in _SOURCES:
        return Raw(block)
    fields = _flat(block)
    text = _lookup(fields, "transcript") if kind == "audio" else None
    if kind == "file":
        text = None if fields.get("text") is None else str(fields["text"])
    # The id of a spoken answer is enough; its transcript may be missing.
    may_be_empty = text is not None or (kind == "audio" and "id" in block)
    part = Media(kind, **_place(fields, may_be_empty=may_be_empty), text=text)
    if kind == "file":
        return _as_what_it_holds(part, fields)
    return part._replace(detail=_lookup(fields, "detail"))


def _flat(block: InputBlock) -> InputBlock:
    """Return a block with all its fields side by side."""
    name = next((name for name in _NESTED if block.get(name)), None)
    if name is None:
        return block
    inner = block[name]
    if not isinstance(inner, Mapping):
        inner = {"url": inner} if name.endswith("_url") else {}
    fields = {**block, **inner}
    if name == "source" and inner["type"] == "text":
        fields["text"] = fields.pop("data", None)
    return fields


def _place(block: InputBlock, *, may_be_empty: bool) -> dict[str, Any]:
    """Return `url`, `data`, `mime_type` and `file_id` of media."""
    data = block.get("base64") or block.get("data") or block.get("file_data")
    url = block.get("url") or block.get("file_url")
    if data is not None and not isinstance(data, str):
        raise ContentProblem(f"its data is {type(data).__name__}, not base64 text")
    if data and data[:6].lower().startswith(("http:", "https:")):
        url, data = data, None
    mime = block.get("mime_type") or block.get("media_type") or _mime_of_format(block)
    mime = canonical(mime) if isinstance(mime, str) else None
    if is_data_url(link := str(data or url)):
        split = split_data_url(link)
        if split is None:
            raise ContentProblem("its data URL has no data")
        mime_of_url, data = split
        url, mime = None, mime_of_url or mime or "text/plain"  # which a URL without a type means
    file_id = block.get("id") if block.get("source_type") == "id" else block.get("file_id")
    if not (url or data or file_id or may_be_empty):
        raise ContentProblem('it has no "url", "base64" or "file_id"')
    mime = mime or (mime_type_of(data) if data else None)
    return {"url": url or None, "data": data or None, "mime_type": mime, "file_id": file_id or None}


def _mime_of_format(block: InputBlock) -> str | None:
    """Return the type of OpenAI's `input_audio`, whose `format` may be a MIME type."""
    form = block.get("format") if "input_audio" in block else None
    return form if not form or "/" in str(form) else f"audio/{form}"


def _as_what_it_holds(part: Media, block: InputBlock) -> Part:
    """Return a file as what is in it: text, or the media that a file may hold as well."""
    filename = _lookup(block, "filename", "file_name", "name", "title")
    mime = part.mime_type
    if mime is None and (part.text is not None or block["type"] == "text-plain"):
        mime = "text/plain"
    mime = mime or _EXTENSIONS.get(str(filename or "").rpartition(".")[2].lower())
    major = (mime or "").partition("/")[0]
    if major in {"image", "audio", "video"}:
        return part._replace(kind=cast("MediaKind", major), mime_type=mime)
    if major == "text" and part.data is not None:
        part = part._replace(text=_decoded(part.data), data=None)
    values = {name: _lookup(block, name) for name in _CLAUDE_EXTRAS}
    extras = {name: value for name, value in values.items() if value is not None}
    return part._replace(mime_type=mime, filename=filename, extras=extras)


def _decoded(data: str) -> str:
    try:
        return base64.b64decode(data).decode("utf-8-sig")
    except (binascii.Error, UnicodeDecodeError):
        raise ContentProblem("its data is not base64 of UTF-8 text") from None


def _thinking(block: InputBlock) -> Part:
    text = block.get("thinking")
    if text is None:
        text = block.get("reasoning")
    # Only the vendor who made a signature can read it.
    claudes = str(_lookup(block, "format") or "anthropic").startswith("anthropic")
    return Thought(str(text or ""), _lookup(block, "signature") if claudes else None)


def _redacted_thinking(block: InputBlock) -> Part:
    return Thought(encrypted=str(block.get("data") or ""))


def _tool_use(block: InputBlock) -> Part:
    """Read a call: `args` in LangChain's words, `input` in Anthropic's, `arguments` in OpenAI's."""
    args = next((block[key] for key in ("args", "input", "arguments") if key in block), None)
    if isinstance(args, str):
        args = parse_arguments(args)
    return ToolUse(
        id=block.get("call_id") or block.get("id"),
        name=str(block.get("name") or ""),
        args=args if isinstance(args, (str, Mapping)) else {},
        extra_content=_lookup(block, "extra_content"),
    )


def parse_arguments(text: str) -> dict[str, Any] | str:
    """Return the object that `text` holds as JSON, or the text itself.

    Raw control characters inside of strings pass, as they do in LangChain; NaN does not.
    """
    try:
        value = json.loads(text, strict=False, parse_constant=_refuse_constant)
    except (ValueError, RecursionError):
        return text
    return value if isinstance(value, dict) else text


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is no JSON")


def _tool_result(block: InputBlock) -> Part:
    content = block.get("content")
    if isinstance(content, Mapping) and "type" in content:
        content = [content]
    elif content and not isinstance(content, (str, list)):
        content = json.dumps(content, ensure_ascii=False, default=str)
    return ToolResult(
        id=str(block.get("tool_use_id") or block.get("tool_call_id") or ""),
        content=content or "",
        is_error=bool(block.get("is_error")),
    )


def _non_standard(block: InputBlock) -> Part:
    value = block.get("value")
    if not isinstance(value, Mapping):
        raise ContentProblem('a non_standard block needs a dict as its "value"')
    # These have no standard block, so answers in standard form wrap them. They are not something
    # that the user wants to be passed on whatever the model is.
    reader = {"redacted_thinking": _redacted_thinking, "refusal": _refusal}.get(
        str(value.get("type"))
    )
    return reader(value) if reader else Raw(value, verbatim=True)


_TYPES: tuple[tuple[Callable[[InputBlock], Part], tuple[str, ...]], ...] = (
    (_text, ("text", "input_text", "output_text")),
    (_refusal, ("refusal",)),
    (partial(_read_media, "image"), ("image", "image_url", "input_image")),
    (partial(_read_media, "audio"), ("audio", "input_audio")),
    (partial(_read_media, "video"), ("video", "video_url")),
    (partial(_read_media, "file"), ("file", "input_file", "document", "text-plain")),
    (_thinking, ("reasoning", "thinking")),
    (_redacted_thinking, ("redacted_thinking",)),
    (_tool_use, ("tool_call", "tool_call_chunk", "invalid_tool_call", "tool_use", "function_call")),
    (_tool_result, ("tool_result",)),
    (_non_standard, ("non_standard",)),
)
_READERS = {kind: read for read, kinds in _TYPES for kind in kinds}
