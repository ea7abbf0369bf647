"""What a message is made of, once its dialect does not matter any more: frozen parts.

Named tuples, because ten dataclasses would make the import slower. Tuples of two kinds may be
equal, so parts are distinguished by their type, never compared.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any, NamedTuple

from langchain_aimlapi.data.media_types import data_url

InputBlock = Mapping[str, Any]


class ContentProblem(ValueError):  # noqa: N818  # a finding; the schema turns it into an error
    """A block that cannot be read or written: why, and which one where that is known."""

    def __init__(self, why: str, block: int | None = None) -> None:
        super().__init__(why)
        self.block = block


class Text(NamedTuple):
    """Plain text."""

    text: str
    cache_control: Mapping[str, Any] | None = None


class Image(NamedTuple):
    """An image by URL, or as base64 `data` with a MIME type, or by the id of an upload."""

    url: str | None = None
    data: str | None = None
    mime_type: str | None = None
    detail: str | None = None
    file_id: str | None = None
    cache_control: Mapping[str, Any] | None = None


class File(NamedTuple):
    """A document; `text` holds a plain-text one. `extras`: title, context, citations of Claude."""

    url: str | None = None
    data: str | None = None
    mime_type: str | None = None
    filename: str | None = None
    file_id: str | None = None
    text: str | None = None
    extras: Mapping[str, Any] = MappingProxyType({})
    cache_control: Mapping[str, Any] | None = None


class Audio(NamedTuple):
    """A recording; `transcript` is that of an answer the model spoke."""

    url: str | None = None
    data: str | None = None
    mime_type: str | None = None
    file_id: str | None = None
    transcript: str | None = None
    cache_control: Mapping[str, Any] | None = None

    @property
    def is_silent(self) -> bool:
        """Whether there is nothing to hear or to read."""
        return self.data is None and self.url is None and not self.transcript


class Video(NamedTuple):
    """A video by URL or as base64 `data`."""

    url: str | None = None
    data: str | None = None
    mime_type: str | None = None
    file_id: str | None = None
    cache_control: Mapping[str, Any] | None = None


class Thinking(NamedTuple):
    """Reasoning of an earlier answer; Claude takes it back only with its signature."""

    text: str
    signature: str | None = None


class RedactedThinking(NamedTuple):
    """Reasoning of Claude in encrypted form."""

    data: str


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


Part = (
    Text | Image | File | Audio | Video | Thinking | RedactedThinking | ToolUse | ToolResult | Raw
)
Media = Image | File | Audio | Video
Thought = Thinking | RedactedThinking

_KINDS: Mapping[type[Any], str] = {
    Thinking: "reasoning",
    RedactedThinking: "reasoning",
    ToolUse: "tool call",
    ToolResult: "tool result",
}


def kind_of(part: Part) -> str:
    """Return what errors call a part: a block without a type by its keys."""
    if isinstance(part, Raw):
        return str(part.value.get("type") or ", ".join(map(str, part.value)))
    return _KINDS.get(type(part)) or type(part).__name__.lower()


def media_url(part: Media, default: str) -> str:
    """Return where a part's media are: its URL, or a `data:` URL that holds them.

    Args:
        part: The part.
        default: The MIME type of data without one, such as `image/png`; all have to be of its kind.

    Raises:
        ContentProblem: The media are of another kind, or known by the id of an upload alone.
    """
    if part.data is None:
        if part.url is None:
            raise ContentProblem("ids of uploads are not known here: pass a URL or base64 data")
        return part.url
    return data_url(mime_type_of(part, default), part.data)


def mime_type_of(part: Media, default: str) -> str:
    """Return the MIME type of a part, which has to be of the kind of `default`; see `media_url`."""
    mime, kind = part.mime_type or default, default.partition("/")[0]
    if not mime.startswith(f"{kind}/"):
        raise ContentProblem(f"{mime} is not a type of {kind}")
    return mime
