"""The content of a turn of the user or of the instructions: text, images, files."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from langchain_aimlapi._messages.parts import (
    ContentProblem,
    Media,
    Part,
    Raw,
    Thought,
    ToolResult,
    kind_of,
    media_url,
    text_of,
)
from langchain_aimlapi._messages.tool_results import media_turn, split_media

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from langchain_aimlapi._http.json import JsonObject
    from langchain_aimlapi._messages.conversation import MessageContext

_ACCEPTED = frozenset({"text", "image", "file"})
_TEXT = "input_text"


def content_of(context: MessageContext, parts: Sequence[Part]) -> Any:
    """Return the parts of a turn as the wire has them, or "" where there are none.

    Raises:
        UnsupportedContentError: The endpoint has no such part.
    """
    written = [
        _written(context, index, part)
        for index, part in enumerate(parts)
        if not isinstance(part, ToolResult)
    ]
    return written or ""


def _written(context: MessageContext, index: int, part: Part) -> JsonObject:
    def write(part: Part) -> JsonObject:
        text = text_of(part)
        if text is not None:
            return {"type": _TEXT, "text": text}
        match part:
            case Media(kind="image"):
                return _image(part)
            case Media(kind="file"):
                return _file(part)
            case Raw() if not (context.facts.known and _is_undocumented(part)):
                return dict(part.value)
        raise ContentProblem(f"the Responses endpoint takes no {kind_of(part)}")

    return context.write(index, part, write, _ACCEPTED)


def _is_undocumented(part: Raw) -> bool:
    """Return whether a block is in words that the endpoint does not document."""
    return not part.verbatim and not str(part.value.get("type")).startswith("input_")


def _image(part: Media) -> JsonObject:
    # The vendor's own document requires the level of detail; "auto" is what it is without one.
    image = {"type": "input_image", "detail": part.detail or "auto"}
    if part.file_id is not None and part.url is None and part.data is None:
        return {**image, "file_id": part.file_id}
    return {**image, "image_url": media_url(part)}


def _file(part: Media) -> JsonObject:
    if part.data is None and part.url is None:
        return {"type": "input_file", "file_id": part.file_id}
    if part.data is None:
        return {"type": "input_file", "file_url": part.url}
    return {
        "type": "input_file",
        "filename": part.filename or "document.pdf",
        "file_data": media_url(part),
    }


# --- results of tools ---------------------------------------------------------------------------
def result_items(
    context: MessageContext, call_id: str, parts: Sequence[Part], item_type: str
) -> Iterator[JsonObject]:
    """Yield the item of a result and, if it holds media, the user turn that shows them.

    The documents give a result one string. OpenAI's own parts (`input_image`, `input_file`) are
    sent as the list in which its API takes them.

    Raises:
        UnsupportedContentError: The tool returned what no turn takes.
    """

    def written(index: int, part: Part) -> JsonObject:
        if isinstance(part, Raw):  # a tool that returned plain dicts
            return {"type": _TEXT, "text": context.json_text(part.value, f"block {index}")}
        return _written(context, index, part)

    inside, media = split_media(parts, written, _TEXT)
    output: Any
    if media and _has_own_parts(context.message.content):
        output = [
            written(index, part)
            for index, part in enumerate(parts)
            if not isinstance(part, Thought)
        ]
        media = []
    else:
        output = "\n".join(written(index, part)["text"] for index, part in enumerate(inside))
    yield {"type": item_type, "call_id": call_id, "output": output}
    if media:
        yield media_turn(call_id, _TEXT, media)


_OWN_PARTS = frozenset({"input_image", "input_file"})


def _has_own_parts(content: Any) -> bool:
    """Return whether content holds parts in the form of OpenAI's Responses API."""
    blocks = content if isinstance(content, list) else []
    return any(
        isinstance(block, Mapping)
        and (block.get("type") in _OWN_PARTS or _has_own_parts(block.get("content")))
        for block in blocks
    )
