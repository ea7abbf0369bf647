"""Results of tools in the OpenAI style: text in the tool's turn, media in a user turn after it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from langchain_aimlapi._dialects.openai.content import text_or_parts, write_part
from langchain_aimlapi._messages.parts import (
    Audio,
    File,
    Image,
    Part,
    RedactedThinking,
    Text,
    Thinking,
    Video,
)
from langchain_aimlapi._messages.tool_media import media_turn, reference_to
from langchain_aimlapi._messages.turns import Place, kind_of, unsupported

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from langchain_aimlapi._http.json import JsonObject


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
