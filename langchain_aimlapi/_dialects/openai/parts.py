"""The parts of an OpenAI-style turn: one writer per kind of part."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from langchain_aimlapi._messages.content import file_text
from langchain_aimlapi._messages.parts import (
    Audio,
    ContentProblem,
    File,
    Image,
    Media,
    Part,
    Raw,
    RedactedThinking,
    Text,
    Thinking,
    ToolResult,
    Video,
)
from langchain_aimlapi._messages.tool_media import media_turn, reference_to
from langchain_aimlapi._messages.turns import (
    Place,
    is_accepted,
    json_text,
    kind_of,
    role_of,
    unsupported,
)
from langchain_aimlapi._warning import warn
from langchain_aimlapi.data.media_types import data_url

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from langchain_aimlapi._http.json import JsonObject


_AUDIO_FORMATS = {"audio/wav": "wav", "audio/mpeg": "mp3"}
"""Other formats are documented under their MIME type (`audio/flac`, `audio/ogg`, ...)."""


def write(part: Part) -> JsonObject | None:
    """Return a part as the wire has it, or None for what has no place in a turn's content.

    Raises:
        ContentProblem: The schema has such parts, but not of this kind of data.
    """
    writer = _WRITERS.get(type(part))
    if writer is None:
        return None
    wire = writer(part)
    cache_control = getattr(part, "cache_control", None)
    if cache_control is not None:
        wire["cache_control"] = cache_control
    return wire


def _text(part: Text) -> JsonObject:
    return {"type": "text", "text": part.text}


def _image(part: Image) -> JsonObject:
    if part.data is not None:
        mime = part.mime_type or "image/png"
        if not mime.startswith("image/"):
            raise ContentProblem(f"{mime} is not a type of image")
        url = data_url(mime, part.data)
    else:
        url = _url_of(part)
    image = {"url": url}
    if part.detail:
        image["detail"] = part.detail
    return {"type": "image_url", "image_url": image}


def _file(part: File) -> JsonObject:
    text = file_text(part)
    if text is not None:
        return {"type": "text", "text": text}
    if part.file_id:
        return {"type": "file", "file": {"file_id": part.file_id}}
    if part.data is not None:
        mime = part.mime_type or "application/pdf"
        if mime != "application/pdf":
            raise ContentProblem(f"{mime} is not a type of file that it takes: PDF and text are")
        return _pdf(part, data_url(mime, part.data))
    return _pdf(part, _url_of(part))


def _pdf(part: File, file_data: str) -> JsonObject:
    # Older documents require a name.
    return {
        "type": "file",
        "file": {"filename": part.filename or "document.pdf", "file_data": file_data},
    }


def _audio(part: Audio) -> JsonObject:
    if part.data is None and part.url is None and part.transcript:
        return {"type": "text", "text": part.transcript}
    mime = part.mime_type or "audio/wav"
    if not mime.startswith("audio/"):
        raise ContentProblem(f"{mime} is not a type of audio")
    audio = {"data": part.data if part.data is not None else _url_of(part)}
    audio["format"] = _AUDIO_FORMATS.get(mime, mime)
    return {"type": "input_audio", "input_audio": audio}


def _video(part: Video) -> JsonObject:
    if part.data is None:
        return {"type": "video_url", "video_url": {"url": _url_of(part)}}
    mime = part.mime_type or "video/mp4"
    if not mime.startswith("video/"):
        raise ContentProblem(f"{mime} is not a type of video")
    return {"type": "video_url", "video_url": {"url": data_url(mime, part.data)}}


def _raw(part: Raw) -> JsonObject:
    return dict(part.value)


def _url_of(part: Media) -> str:
    if part.url is None:
        raise ContentProblem("ids of uploads are not known here: pass a URL or base64 data")
    return part.url


_WRITERS: Mapping[type[Any], Callable[[Any], JsonObject]] = {
    Text: _text,
    Image: _image,
    File: _file,
    Audio: _audio,
    Video: _video,
    Raw: _raw,
}


def content_of(place: Place, role: str, parts: Sequence[Part]) -> Any:
    """Return the parts of a turn, or one string where the role takes nothing else."""
    accepted = place.facts.parts_for(role)
    if accepted is not None and accepted <= {"string"}:
        return joined(place, role, parts)
    written: list[JsonObject] = []
    not_taken: list[tuple[int, Part]] = []
    for index, part in enumerate(parts):
        if isinstance(part, ToolResult):
            continue  # a turn of its own
        wire = write_part(place, index, part)
        if is_accepted(str(wire.get("type")), part, accepted):
            written.append(wire)
        elif isinstance(part, Text):
            not_taken.append((index, part))
        else:
            raise unsupported(place, index, part, accepted)
    if not_taken and not written:
        raise unsupported(place, *not_taken[0], accepted)
    if not_taken:
        # A captioner, say, that documents recordings and nothing else.
        warn(
            f"{place}: the text is left out, because {place.facts.model} takes only "
            f"{', '.join(sorted(accepted or ()))}."
        )
    takes_string = accepted is None or "string" in accepted
    return written if written or not takes_string else ""


def text_or_parts(place: Place, role: str, parts: Sequence[Part], *, separator: str = "\n") -> Any:
    """Return text as one string, which every role takes; as parts only to keep what marks them."""
    accepted = place.facts.parts_for(role)
    takes_parts = accepted is None or "text" in accepted
    marked = any(
        (isinstance(part, Text) and part.cache_control)
        or (isinstance(part, Raw) and part.verbatim and role != "tool")
        for part in parts
    )
    if marked and takes_parts:
        return content_of(place, role, parts)
    return joined(place, role, parts, separator=separator)


def joined(place: Place, role: str, parts: Sequence[Part], *, separator: str = "\n") -> str:
    """Return the text of parts as one string.

    Raises:
        UnsupportedContentError: One of them is not text.
    """
    texts: list[str] = []
    for index, part in enumerate(parts):
        if isinstance(part, ToolResult):
            continue  # a turn of its own
        wire = write_part(place, index, part)
        if wire.get("type") == "text":
            texts.append(wire["text"])
        elif isinstance(part, Raw) and role == "tool":  # a tool that returned plain dicts
            texts.append(json_text(place, part.value, f"block {index}"))
        else:
            raise unsupported(place, index, part, frozenset({"text"}))
    return separator.join(texts)


def write_part(place: Place, index: int, part: Part) -> JsonObject:
    accepted = place.facts.parts_for(role_of(place))
    try:
        wire = write(part)
    except ContentProblem as problem:
        raise unsupported(place, index, part, accepted, str(problem)) from None
    if wire is None:
        raise unsupported(place, index, part, accepted)
    return wire


def tool_turns(place: Place, call_id: str, parts: Sequence[Part]) -> Iterator[JsonObject]:
    """Yield the turn of a result and, if it holds media, the user turn that shows them.

    Raises:
        UnsupportedContentError: Neither turn takes what the tool returned.
    """
    kept: list[Part] = []
    shown: list[JsonObject] = []
    kinds: list[str] = []
    for index, part in enumerate(parts):
        if isinstance(part, (Thinking, RedactedThinking)):
            continue  # of a model that plays the tool
        wire = (
            write_part(place, index, part) if isinstance(part, (Image, File, Audio, Video)) else {}
        )
        if wire.get("type", "text") == "text":
            kept.append(part)
            continue
        accepted = place.facts.parts_for("user")
        if accepted is not None and wire["type"] not in accepted:
            why = "neither a tool turn nor a user turn of this model takes one"
            raise unsupported(place, index, part, place.facts.parts_for("tool"), why)
        shown.append(wire)
        kinds.append(kind_of(part))
    if shown:
        kept.append(Text(reference_to(kinds)))
    content = text_or_parts(place, "tool", kept)
    yield {"role": "tool", "tool_call_id": call_id, "content": content}
    if shown:
        yield media_turn(call_id, "text", shown)
