"""What a message is made of, once its dialect does not matter any more: frozen parts.

Named tuples, because ten dataclasses would make the import slower. Tuples of two kinds may be
equal, so parts are distinguished by their type, never compared.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any, Literal, NamedTuple

from langchain_aimlapi.data.media_types import data_url

InputBlock = Mapping[str, Any]
MediaKind = Literal["image", "file", "audio", "video"]


class ContentProblem(ValueError):  # noqa: N818  # a finding; the schema turns it into an error
    """Why a block cannot be read or written."""


class Text(NamedTuple):
    """Plain text."""

    text: str
    cache_control: Mapping[str, Any] | None = None


class Media(NamedTuple):
    """An image, a file, a recording or a video.

    By URL, as base64 `data` with a MIME type, or by the id of an upload. `text` is that of a
    plain-text file, or the transcript of an answer the model spoke. `extras`: title, context,
    citations of Claude.
    """

    kind: MediaKind
    url: str | None = None
    data: str | None = None
    mime_type: str | None = None
    file_id: str | None = None
    text: str | None = None
    filename: str | None = None
    detail: str | None = None
    extras: Mapping[str, Any] = MappingProxyType({})
    cache_control: Mapping[str, Any] | None = None

    @property
    def is_speech(self) -> bool:
        """Whether it is a recording of which the words are known, or nothing at all is left."""
        return self.kind == "audio" and bool(self.text or self.is_text)

    @property
    def is_text(self) -> bool:
        """Whether all there is, is text: nothing, of an answer whose transcript is missing."""
        return self.url is self.data is self.file_id is None


class Thought(NamedTuple):
    """Reasoning of an earlier answer; Claude takes it back signed, or in encrypted form."""

    text: str = ""
    signature: str | None = None
    encrypted: str | None = None


class ToolUse(NamedTuple):
    """A tool call. `args` is the raw text when it was not valid JSON."""

    id: str | None
    name: str
    args: Mapping[str, Any] | str
    extra_content: Any = None
    cache_control: Mapping[str, Any] | None = None


class ToolResult(NamedTuple):
    """The result of a tool call, as a block inside a user turn."""

    id: str
    content: str | Sequence[str | InputBlock]
    is_error: bool = False
    cache_control: Mapping[str, Any] | None = None


class Raw(NamedTuple):
    """A block in words that are not LangChain's; `verbatim` when the user wrapped it himself."""

    value: Mapping[str, Any]
    verbatim: bool = False


Part = Text | Media | Thought | ToolUse | ToolResult | Raw

_KINDS: Mapping[type[Any], str] = {
    Text: "text",
    Thought: "reasoning",
    ToolUse: "tool call",
    ToolResult: "tool result",
}
_DEFAULT_TYPES: Mapping[MediaKind, str] = {
    "image": "image/png",
    "audio": "audio/wav",
    "video": "video/mp4",
    "file": "application/pdf",
}


def kind_of(part: Part) -> str:
    """Return what errors call a part: a block without a type by its keys."""
    if isinstance(part, Raw):
        return str(part.value.get("type") or ", ".join(map(str, part.value)))
    return part.kind if isinstance(part, Media) else _KINDS[type(part)]


def text_of(part: Part) -> str | None:
    """Return the text that a part is or, in place of a sound, has; None where it is no text."""
    if isinstance(part, Media):
        return part.text if part.is_text else None
    return part.text if isinstance(part, Text) else None


def media_url(part: Media) -> str:
    """Return where a part's media are: its URL, or a `data:` URL that holds them.

    Raises:
        ContentProblem: The media are of another kind, or known by the id of an upload alone.
    """
    if part.data is None:
        if part.url is None:
            raise ContentProblem("ids of uploads are not known here: pass a URL or base64 data")
        return part.url
    return data_url(mime_type_of(part), part.data)


def mime_type_of(part: Media) -> str:
    """Return the MIME type of a part, the usual one of its kind where it has none.

    Raises:
        ContentProblem: It is the type of something else.
    """
    mime = part.mime_type or _DEFAULT_TYPES[part.kind]
    if part.kind != "file" and not mime.startswith(f"{part.kind}/"):
        raise ContentProblem(f"{mime} is not a type of {part.kind}")
    return mime
