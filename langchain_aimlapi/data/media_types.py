"""What tells the type of media: `data:` URLs and the first characters of base64 data."""

from __future__ import annotations

import base64
import binascii
from urllib.parse import unquote_to_bytes

_SCHEME = "data:"
_SIGNATURES = (
    ("iVBORw0KGgo", "image/png"),
    ("/9j/", "image/jpeg"),
    ("R0lGOD", "image/gif"),
    ("JVBERi", "application/pdf"),
    ("SUQz", "audio/mpeg"),  # an ID3 tag
    *((f"//{third}", "audio/mpeg") for third in "IJKLMNOPopqrstuv"),  # a frame of layer III
    *((f"//{third}", "audio/aac") for third in "EFGHklmn"),  # a frame in ADTS
    ("T2dnUw", "audio/ogg"),
    ("ZkxhQ", "audio/flac"),
)
_REGISTERED = {
    "image/jpg": "image/jpeg",
    "application/x-pdf": "application/pdf",
    "audio/mp3": "audio/mpeg",
    "audio/x-mp3": "audio/mpeg",
    "audio/x-wav": "audio/wav",
    "audio/wave": "audio/wav",
    "audio/vnd.wave": "audio/wav",
}
_RIFF = "UklGR"
_RIFF_FORMS = {b"WEBP": "image/webp", b"WAVE": "audio/wav"}
TELLING = 16
"""Characters of base64 that tell a type: those of a RIFF header hold its mark, length and form."""


def is_data_url(text: object) -> bool:
    """Return whether `text` is a `data:` URL; the scheme may be written in capitals."""
    return isinstance(text, str) and text[: len(_SCHEME)].lower() == _SCHEME


def split_data_url(url: str, *, encode: bool = True) -> tuple[str, str] | None:
    """Return MIME type and base64 data of a `data:` URL (RFC 2397), None where it has no data.

    Args:
        url: The URL.
        encode: Whether data that are not base64 are encoded; else they count as none.

    Returns:
        The type, `""` where the URL names none, and the data.
    """
    header, comma, data = url.partition(",")
    if not comma:
        return None
    mime, *options = header[len(_SCHEME) :].split(";")
    mime = canonical(mime.strip())
    if any(option.strip().lower() == "base64" for option in options):
        return mime, data
    if not encode:
        return None
    return mime, base64.b64encode(unquote_to_bytes(data)).decode()


def data_url(mime_type: str, data: str) -> str:
    """Return base64 `data` as a `data:` URL."""
    return f"{_SCHEME}{mime_type};base64,{data}"


def canonical(mime_type: str) -> str:
    """Return a MIME type under the name that is registered, in small letters.

    LangChain puts `audio/` before the `format` of an `input_audio`, though it may be a MIME type.
    """
    mime = mime_type.lower().replace("audio/audio/", "audio/")
    return _REGISTERED.get(mime, mime)


def is_riff(data: str) -> bool:
    """Return whether base64 `data` is a RIFF file: a recording, an image or a video."""
    return data.startswith(_RIFF)


def mime_type_of(data: str) -> str | None:
    """Return the MIME type that the first characters of base64 `data` tell, if any."""
    if is_riff(data):
        try:
            head = base64.b64decode(data[:TELLING] + "==")
        except binascii.Error:
            return None
        return _RIFF_FORMS.get(head[8:12])
    return next((mime for start, mime in _SIGNATURES if data.startswith(start)), None)
