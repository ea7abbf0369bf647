"""Content blocks in: whatever form a message carries, one frozen part per block comes out.

Four dialects are read: LangChain's standard blocks (v1), its older ones with `source_type` (v0),
and the shapes of OpenAI and of Anthropic. A request schema then writes parts, and never has to
know which dialect they came in.

    >>> read_block({"type": "image", "base64": "iVBORw0KGgo=", "mime_type": "image/png"})
    Image(url=None, data='iVBORw0KGgo=', mime_type='image/png', detail=None, file_id=None, ...)
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from langchain_aimlapi._messages.parts import (
    Audio,
    ContentProblem,
    File,
    Image,
    InputBlock,
    Part,
    Raw,
    RedactedThinking,
    Text,
    Thinking,
    ToolResult,
    ToolUse,
    Video,
)
from langchain_aimlapi.data.media_types import canonical, is_data_url, mime_type_of, split_data_url

_AUDIO_MIME = {"wav": "audio/wav", "mp3": "audio/mpeg"}
_EXTENSIONS = {"pdf": "application/pdf", "txt": "text/plain", "md": "text/markdown"}
_CLAUDE_EXTRAS = ("title", "context", "citations")


def read_content(content: str | Sequence[str | InputBlock]) -> list[Part]:
    """Return the parts of a message's content.

    Raises:
        ContentProblem: A block cannot be read; it says which.
    """
    if isinstance(content, str):
        return [Text(content)]
    return [_read_at(index, block) for index, block in enumerate(content)]


def _read_at(index: int, block: str | InputBlock) -> Part:
    try:
        return read_block(block)
    except ContentProblem as problem:
        raise ContentProblem(str(problem), index) from None


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
    if not isinstance(mark, Mapping) or isinstance(part, (Thinking, RedactedThinking, Raw)):
        return part
    return part._replace(cache_control=mark)


def decode_text(data: str) -> str:
    """Return the text of base64 `data`.

    Raises:
        ContentProblem: It is not base64 of UTF-8 text.
    """
    try:
        return base64.b64decode(data).decode("utf-8-sig")
    except (binascii.Error, UnicodeDecodeError):
        raise ContentProblem("its data is not base64 of UTF-8 text") from None


def file_text(part: File) -> str | None:
    """Return the text of a plain-text file, or None where it is no text.

    Raises:
        ContentProblem: Its type says text but its data is something else.
    """
    if part.text is None and part.data is not None and (part.mime_type or "").startswith("text/"):
        return decode_text(part.data)
    return part.text


def text_of(part: Part) -> str | None:
    """Return the text that a part is or, in place of a sound, has; None where it is no text.

    Raises:
        ContentProblem: Its type says text but its data is something else.
    """
    if isinstance(part, Text):
        return part.text
    if isinstance(part, File):
        return file_text(part)
    if isinstance(part, Audio) and part.data is None and part.url is None:
        return part.transcript or None
    return None


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


def _media_source(block: InputBlock, *, source_required: bool = True) -> dict[str, Any]:
    """Return url, data, mime_type and file_id of a v1 or v0 media block."""
    mime = block.get("mime_type")
    found: dict[str, Any] = {"mime_type": canonical(mime) if isinstance(mime, str) else None}
    by = block.get("source_type")  # v0 names the one that counts
    data = block.get("base64") if by is None else None
    if by == "base64" or (by is None and data is None and block.get("url") is None):
        data = data or block.get("data")
    url = block.get("url") if by in {None, "url"} else None
    file_id = block.get("id") if by == "id" else block.get("file_id")
    if is_data_url(url):
        mime_of_url, data = _data_of(url)
        found["mime_type"] = found["mime_type"] or mime_of_url
        url = None
    if is_data_url(data):
        found["mime_type"], data = _data_of(data)
    if data is not None and not isinstance(data, str):
        raise ContentProblem(f"its data is {type(data).__name__}, not base64 text")
    given = {"url": url, "data": data, "file_id": file_id}
    found.update({name: value for name, value in given.items() if value})
    if found["mime_type"] is None and data:
        found["mime_type"] = mime_type_of(data)
    if source_required and len(found) == 1:
        raise ContentProblem('it has no "url", "base64" or "file_id"')
    return found


def _data_of(url: Any) -> tuple[str, str]:
    split = split_data_url(url)
    if split is None:
        raise ContentProblem("its data URL has no data")
    mime, data = split
    return mime or "text/plain", data  # the type that a URL means which names none


def _image(block: InputBlock) -> Part:
    if isinstance(block.get("source"), Mapping):
        return _claude_source(block)
    return Image(**_media_source(block), detail=_lookup(block, "detail"))


def _audio(block: InputBlock) -> Part:
    transcript = _lookup(block, "transcript")
    # The id of a spoken answer is enough; its transcript may be missing.
    where = _media_source(block, source_required=transcript is None and "id" not in block)
    return Audio(**where, transcript=transcript)


def _video(block: InputBlock) -> Part:
    return Video(**_media_source(block))


def _file(block: InputBlock) -> Part:
    openai = block.get("file")
    if isinstance(openai, Mapping):
        data = openai.get("file_data")
        names = {name: openai.get(name) for name in ("filename", "file_id")}
        block = {**block, **names, ("base64" if _is_base64(data) else "url"): data}
    if block.get("source_type") == "text":
        return _plain_text(block)
    where = _media_source(block)
    filename = _lookup(block, "filename", "file_name", "name")
    if where["mime_type"] is None:
        extension = str(filename or "").rpartition(".")[2].lower()
        where["mime_type"] = _EXTENSIONS.get(extension)
    major = (where["mime_type"] or "").split("/")[0]
    if major in {"image", "audio", "video"}:  # a file block may hold anything
        media: Callable[..., Part] = {"image": Image, "audio": Audio, "video": Video}[major]
        return media(**where)
    return File(**where, filename=filename, extras=_extras(block))


def _plain_text(block: InputBlock) -> Part:
    text = block.get("text")
    where = _media_source(block) if text is None else {"text": str(text)}
    where["mime_type"] = where.get("mime_type") or "text/plain"
    return File(**where, filename=_lookup(block, "filename", "name"), extras=_extras(block))


def _extras(block: InputBlock) -> dict[str, Any]:
    values = {name: _lookup(block, name) for name in _CLAUDE_EXTRAS}
    return {name: value for name, value in values.items() if value is not None}


def _is_base64(data: Any) -> bool:
    links = ("http:", "https:")
    return isinstance(data, str) and not (is_data_url(data) or data[:6].lower().startswith(links))


def _claude_source(block: InputBlock) -> Part:
    """Read Anthropic's `source` of an image or a document, whose fields have other names."""
    given = block.get("source")
    source: Mapping[str, Any] = given if isinstance(given, Mapping) else {}
    kind, is_image = str(source.get("type")), block.get("type") == "image"
    if kind not in _SOURCE_FIELDS or (is_image and kind == "text"):
        return Raw(block)
    theirs, ours = _SOURCE_FIELDS[kind]
    fields = {key: block[key] for key in block if key != "source"}
    fields |= {ours: source.get(theirs), "mime_type": source.get("media_type")}
    if is_image:
        return _image(fields)
    fields["filename"] = _lookup(block, "filename", "title")
    return _plain_text(fields) if kind == "text" else _file(fields)


_SOURCE_FIELDS = {
    "url": ("url", "url"),
    "base64": ("data", "base64"),
    "file": ("file_id", "file_id"),
    "text": ("data", "text"),
}
"""Of a `type` of source: the field that it has, and its name in LangChain's blocks."""


def _nested(block: InputBlock, name: str) -> InputBlock:
    """Return what stands under `name`, where a URL may stand alone."""
    inner = block.get(name)
    return inner if isinstance(inner, Mapping) else {"url": inner}


def _image_url(block: InputBlock) -> Part:
    image = _nested(block, "image_url")
    return Image(**_media_source(image), detail=image.get("detail") or block.get("detail"))


def _input_image(block: InputBlock) -> Part:
    """Read an image as OpenAI's Responses API has it: the URL stands in the block itself."""
    if block.get("image_url") is None and block.get("file_id"):
        return Image(file_id=str(block["file_id"]), detail=block.get("detail"))
    return _image_url(block)


def _input_file(block: InputBlock) -> Part:
    """Read a file as OpenAI's Responses API has it: chat/completions nests the same fields."""
    data = block.get("file_data")
    return _file({**block, "file": {**block, "file_data": data or block.get("file_url")}})


def _input_audio(block: InputBlock) -> Part:
    audio = _nested(block, "input_audio")
    form = str(audio.get("format") or "").lower()
    mime = _AUDIO_MIME.get(form, form if "/" in form else f"audio/{form}") if form else None
    data = audio.get("data")
    where = _media_source({("base64" if _is_base64(data) else "url"): data, "mime_type": mime})
    return Audio(**where)


def _video_url(block: InputBlock) -> Part:
    return Video(**_media_source(_nested(block, "video_url")))


def _thinking(block: InputBlock) -> Part:
    text = block.get("thinking")
    if text is None:
        text = block.get("reasoning")
    # Only the vendor who made a signature can read it.
    claudes = str(_lookup(block, "format") or "anthropic").startswith("anthropic")
    return Thinking(str(text or ""), _lookup(block, "signature") if claudes else None)


def _redacted_thinking(block: InputBlock) -> Part:
    return RedactedThinking(str(block.get("data") or ""))


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


_READERS: Mapping[str, Callable[[InputBlock], Part]] = {
    "text": _text,
    "input_text": _text,
    "output_text": _text,
    "refusal": _refusal,
    "image": _image,
    "image_url": _image_url,
    "input_image": _input_image,
    "input_file": _input_file,
    "audio": _audio,
    "input_audio": _input_audio,
    "video": _video,
    "video_url": _video_url,
    "file": _file,
    "document": _claude_source,
    "text-plain": _plain_text,
    "reasoning": _thinking,
    "thinking": _thinking,
    "redacted_thinking": _redacted_thinking,
    "tool_call": _tool_use,
    "tool_call_chunk": _tool_use,
    "invalid_tool_call": _tool_use,
    "tool_use": _tool_use,
    "function_call": _tool_use,
    "tool_result": _tool_result,
    "non_standard": _non_standard,
}
