"""The content of a turn of the user or of the instructions: text, images, files."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from langchain_aimlapi._messages.content import file_text
from langchain_aimlapi._messages.parts import (
    Audio,
    ContentProblem,
    File,
    Image,
    Part,
    Raw,
    RedactedThinking,
    Text,
    Thinking,
    ToolResult,
    Video,
)
from langchain_aimlapi._messages.tool_media import media_turn, reference_to
from langchain_aimlapi._messages.turns import Place, json_text, kind_of, unsupported
from langchain_aimlapi.data.media_types import data_url

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from langchain_aimlapi._http.json import JsonObject


ACCEPTED = frozenset({"text", "image", "file"})


def content_of(place: Place, parts: Sequence[Part]) -> Any:
    """Return the parts of a turn as the wire has them, or "" where there are none.

    Raises:
        UnsupportedContentError: The endpoint has no such part.
    """
    written = [
        write(place, index, part)
        for index, part in enumerate(parts)
        if not isinstance(part, ToolResult)
    ]
    return written or ""


def write(place: Place, index: int, part: Part) -> JsonObject:
    """Return one part as the wire has it.

    Raises:
        UnsupportedContentError: The endpoint has no such part.
    """
    writer = _WRITERS.get(type(part))
    if writer is None or _is_undocumented(place, part):
        why = f"the Responses endpoint takes no {kind_of(part)}"
        raise unsupported(place, index, part, ACCEPTED, why)
    try:
        return writer(part)
    except ContentProblem as problem:
        raise unsupported(place, index, part, ACCEPTED, str(problem)) from None


def _is_undocumented(place: Place, part: Part) -> bool:
    """Return whether a block is in words that the endpoint does not document."""
    if not isinstance(part, Raw) or part.verbatim or not place.facts.known:
        return False
    return not str(part.value.get("type")).startswith("input_")


def _text(part: Text) -> JsonObject:
    return {"type": "input_text", "text": part.text}


def _image(part: Image) -> JsonObject:
    if part.file_id is not None and part.url is None and part.data is None:
        return {"type": "input_image", "file_id": part.file_id, "detail": part.detail or "auto"}
    url = part.url or ""
    if part.data is not None:
        mime = part.mime_type or "image/png"
        if not mime.startswith("image/"):
            raise ContentProblem(f"{mime} is not a type of image")
        url = data_url(mime, part.data)
    # The vendor's own document requires the level of detail; "auto" is what it is without one.
    return {"type": "input_image", "image_url": url, "detail": part.detail or "auto"}


def _file(part: File) -> JsonObject:
    text = file_text(part)
    if text is not None:
        return {"type": "input_text", "text": text}
    if part.data is None and part.url is None:
        return {"type": "input_file", "file_id": part.file_id}
    if part.data is None:
        return {"type": "input_file", "file_url": part.url}
    return {
        "type": "input_file",
        "filename": part.filename or "document.pdf",
        "file_data": data_url(part.mime_type or "application/pdf", part.data),
    }


def _audio(part: Audio) -> JsonObject:
    if part.data is None and part.url is None and part.transcript:
        return {"type": "input_text", "text": part.transcript}
    raise ContentProblem("the Responses endpoint takes no audio")


def _video(_: Video) -> JsonObject:
    raise ContentProblem("the Responses endpoint takes no video")


def _raw(part: Raw) -> JsonObject:
    return dict(part.value)


_WRITERS: Mapping[type[Any], Callable[[Any], JsonObject]] = {
    Text: _text,
    Image: _image,
    File: _file,
    Audio: _audio,
    Video: _video,
    Raw: _raw,
}


# --- results of tools ---------------------------------------------------------------------------
def result_items(
    place: Place, call_id: str, parts: Sequence[Part], kind: str
) -> Iterator[JsonObject]:
    """Yield the item of a result and, if it holds media, the user turn that shows them.

    The documents give a result one string. OpenAI's own parts (`input_image`, `input_file`) are
    sent as the list in which its API takes them.

    Raises:
        UnsupportedContentError: The tool returned what no turn takes.
    """
    written: list[JsonObject] = []
    shown: list[JsonObject] = []
    kinds: list[str] = []
    for index, part in enumerate(parts):
        if isinstance(part, (Thinking, RedactedThinking)):
            continue  # of a model that plays the tool
        if isinstance(part, Raw):  # a tool that returned plain dicts
            part = Text(json_text(place, part.value, f"block {index}"))  # noqa: PLW2901  # as text
        wire = write(place, index, part)
        written.append(wire)
        if wire["type"] != "input_text":
            shown.append(wire)
            kinds.append(kind_of(part))
    if shown and _has_own_parts(place.message.content):
        yield {"type": kind, "call_id": call_id, "output": written}
        return
    texts = [wire["text"] for wire in written if wire["type"] == "input_text"]
    if shown:
        texts.append(reference_to(kinds))
    yield {"type": kind, "call_id": call_id, "output": "\n".join(texts)}
    if shown:
        yield media_turn(call_id, "input_text", shown)


_OWN_PARTS = frozenset({"input_image", "input_file"})


def _has_own_parts(content: Any) -> bool:
    """Return whether content holds parts in the form of OpenAI's Responses API."""
    blocks = content if isinstance(content, list) else []
    return any(
        isinstance(block, Mapping)
        and (block.get("type") in _OWN_PARTS or _has_own_parts(block.get("content")))
        for block in blocks
    )
