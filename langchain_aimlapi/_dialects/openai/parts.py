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
    Text,
    Video,
)
from langchain_aimlapi.data.media_types import data_url

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

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
