"""The parts of an OpenAI-style turn: one writer per kind of part."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from langchain_aimlapi._messages.conversation import MessageContext, is_accepted
from langchain_aimlapi._messages.parts import (
    ContentProblem,
    Media,
    Part,
    Raw,
    Text,
    media_url,
    mime_type_of,
)
from langchain_aimlapi._messages.tool_results import media_turn, split_media
from langchain_aimlapi._warning import warn

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from langchain_aimlapi._http.json import JsonObject
    from langchain_aimlapi._messages.parts import MediaKind
    from langchain_aimlapi.errors import UnsupportedContentError

_AUDIO_FORMATS = {"audio/wav": "wav", "audio/mpeg": "mp3"}
"""Other formats are documented under their MIME type (`audio/flac`, `audio/ogg`, ...)."""


def write(part: Part) -> JsonObject | None:
    """Return a part as the wire has it, or None for what has no place in a turn's content.

    Raises:
        ContentProblem: The schema has such parts, but not of this kind of data.
    """
    match part:
        case Raw():
            return dict(part.value)
        case Media() if not part.is_text:
            wire = _WRITERS[part.kind](part)
        case Text() | Media() if part.text is not None:
            wire = {"type": "text", "text": part.text}
        case _:
            return None
    if part.cache_control is not None:
        wire["cache_control"] = part.cache_control
    return wire


def _image(part: Media) -> JsonObject:
    detail = {"detail": part.detail} if part.detail else {}
    return {"type": "image_url", "image_url": {"url": media_url(part), **detail}}


def _file(part: Media) -> JsonObject:
    if part.file_id:
        return {"type": "file", "file": {"file_id": part.file_id}}
    mime = mime_type_of(part)
    if part.data is not None and mime != "application/pdf":
        raise ContentProblem(f"{mime} is not a type of file that it takes: PDF and text are")
    # Older documents require a name.
    file = {"filename": part.filename or "document.pdf", "file_data": media_url(part)}
    return {"type": "file", "file": file}


def _audio(part: Media) -> JsonObject:
    mime = mime_type_of(part)
    data = media_url(part) if part.data is None else part.data
    audio = {"data": data, "format": _AUDIO_FORMATS.get(mime, mime)}
    return {"type": "input_audio", "input_audio": audio}


def _video(part: Media) -> JsonObject:
    return {"type": "video_url", "video_url": {"url": media_url(part)}}


_WRITERS: Mapping[MediaKind, Callable[[Media], JsonObject]] = {
    "image": _image,
    "file": _file,
    "audio": _audio,
    "video": _video,
}


def content_of(context: MessageContext, role: str, parts: Sequence[Part]) -> Any:
    """Return the parts of a turn, or one string where the role takes nothing else."""
    accepted = context.facts.parts_for(role)
    if accepted is not None and accepted <= {"string"}:
        return joined_text(context, role, parts)
    written: list[JsonObject] = []
    refusal: UnsupportedContentError | None = None
    for index, part in enumerate(parts):
        wire = _written(context, index, part)
        if is_accepted(str(wire.get("type")), part, accepted):
            written.append(wire)
            continue
        refusal = context.unsupported(index, part, accepted)
        if not isinstance(part, Text):
            raise refusal
    if refusal is not None and not written:
        raise refusal
    if refusal is not None:  # of a captioner, say, that documents recordings and nothing else
        warn(f"{refusal} It is left out.")
    takes_string = accepted is None or "string" in accepted
    return written if written or not takes_string else ""


def text_or_parts(
    context: MessageContext, role: str, parts: Sequence[Part], *, separator: str = "\n"
) -> Any:
    """Return text as one string, which every role takes; as parts only to keep `cache_control`."""
    accepted = context.facts.parts_for(role)
    needs_parts = any(
        (isinstance(part, Text) and part.cache_control)
        or (isinstance(part, Raw) and part.verbatim and role != "tool")
        for part in parts
    )
    if needs_parts and (accepted is None or "text" in accepted):
        return content_of(context, role, parts)
    return joined_text(context, role, parts, separator=separator)


def joined_text(
    context: MessageContext, role: str, parts: Sequence[Part], *, separator: str = "\n"
) -> str:
    """Return the text of parts as one string.

    Raises:
        UnsupportedContentError: One of them is not text.
    """
    texts: list[str] = []
    for index, part in enumerate(parts):
        wire = _written(context, index, part)
        if wire.get("type") == "text":
            texts.append(wire["text"])
        elif isinstance(part, Raw) and role == "tool":  # a tool that returned plain dicts
            texts.append(context.json_text(part.value, f"block {index}"))
        else:
            raise context.unsupported(index, part, frozenset({"text"}))
    return separator.join(texts)


def _written(context: MessageContext, index: int, part: Part) -> JsonObject:
    return context.write(index, part, write, context.facts.parts_for(context.role))


def tool_turns(
    context: MessageContext, call_id: str, parts: Sequence[Part]
) -> Iterator[JsonObject]:
    """Yield the turn of a result and, if it holds media, the user turn that shows them.

    Raises:
        UnsupportedContentError: Neither turn takes what the tool returned.
    """
    shown = context.facts.parts_for("user")

    def written(index: int, part: Part) -> JsonObject:
        wire = _written(context, index, part)
        if shown is None or wire["type"] in shown or wire["type"] == "text":
            return wire
        why = "neither a tool turn nor a user turn of this model takes one"
        raise context.unsupported(index, part, context.facts.parts_for("tool"), why)

    inside, media = split_media(parts, written, "text")
    content = text_or_parts(context, "tool", inside)
    yield {"role": "tool", "tool_call_id": call_id, "content": content}
    if media:
        yield media_turn(call_id, "text", media)
