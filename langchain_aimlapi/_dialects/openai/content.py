"""The content of an OpenAI-style turn: one string, or the parts that the role documents."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from langchain_aimlapi._dialects.openai.parts import write
from langchain_aimlapi._messages.parts import ContentProblem, Part, Raw, Text, ToolResult
from langchain_aimlapi._messages.turns import Place, is_accepted, json_text, role_of, unsupported
from langchain_aimlapi._warning import warn

if TYPE_CHECKING:
    from collections.abc import Sequence

    from langchain_aimlapi._http.json import JsonObject


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
