"""Results of tools in the OpenAI style: text in the tool's turn, media in a user turn after it.

The documents give a tool's turn text and nothing else, while agents do take screenshots and fetch
papers. So the media follow the results in one user turn, which says what returned them, and each
result says where its media are.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from langchain_aimlapi._messages.openai_content import text_or_parts, write_part
from langchain_aimlapi._messages.parts import Audio, File, Image, Part, Text, Video
from langchain_aimlapi._messages.turns import Place, kind_of, unsupported

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from langchain_aimlapi._http.json import JsonObject


class MediaTurn(dict[str, Any]):
    """The user turn of media that tools returned."""


def tool_turns(place: Place, call_id: str, parts: Sequence[Part]) -> Iterator[JsonObject]:
    """Yield the turn of a result and, if it holds media, the user turn that shows them.

    Raises:
        UnsupportedContentError: Neither turn takes what the tool returned.
    """
    kept: list[Part] = []
    shown: list[JsonObject] = []
    kinds: list[str] = []
    for index, part in enumerate(parts):
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
        kept.append(Text(f"({', '.join(kinds)}: in the user turn that follows)"))
    content = text_or_parts(place, "tool", kept)
    yield {"role": "tool", "tool_call_id": call_id, "content": content}
    if shown:
        label = {"type": "text", "text": f"Returned by the tool call {call_id}:"}
        yield MediaTurn(role="user", content=[label, *shown])


def media_last(turns: Iterable[JsonObject]) -> Iterator[JsonObject]:
    """Yield turns with all media of a run of results in one user turn behind the last of them.

    Between a call and its results no other turn may stand.
    """
    held: JsonObject | None = None
    for turn in turns:
        if isinstance(turn, MediaTurn):
            content = turn["content"] if held is None else [*held["content"], *turn["content"]]
            held = {"role": "user", "content": content}
            continue
        if held is not None and turn["role"] != "tool":
            yield held
            held = None
        yield turn
    if held is not None:
        yield held
