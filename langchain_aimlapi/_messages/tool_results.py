"""The results of tools that a message holds, whatever form they have, and the media in them.

The documents of OpenAI's dialects give a result text and nothing else, while agents do take
screenshots and fetch papers. Such media are shown in one user turn behind the results; it names
the call that returned them, and each result says where its media are.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from langchain_aimlapi._messages.conversation import MessageContext, tool_call_id_of
from langchain_aimlapi._messages.parts import Media, Part, Text, Thought, ToolResult, kind_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from langchain_aimlapi._http.json import JsonObject


class Result(NamedTuple):
    """The result of one call.

    Attributes:
        call_id: The call, as the conversation names it.
        parts: What the tool returned.
        text: The same, where it was given as one string.
        is_error: Whether it failed.
        cache_control: That of the result, or the last one inside of it: Claude takes
            none inside (docs.claude.com, prompt caching).
    """

    call_id: str
    parts: list[Part]
    text: str | None = None
    is_error: bool = False
    cache_control: Mapping[str, Any] | None = None


def results_of_tool(context: MessageContext) -> list[Result]:
    """Return the results of a tool's message.

    As a rule it is one. Anthropic's `tool_result` blocks may stand in it; those that name another
    call are results of their own.
    """
    own = tool_call_id_of(context.message)
    content = context.message.content
    failed = getattr(context.message, "status", None) == "error"
    if isinstance(content, str):
        return [Result(own, [Text(content)], content, failed)]
    results: dict[str, Result] = {}
    for part in context.parts():
        if isinstance(part, ToolResult):
            result = result_of_block(context, part)
        else:
            result = Result(own, [part], cache_control=getattr(part, "cache_control", None))
        call_id = result.call_id or own
        results[call_id] = _joined(call_id, results.get(call_id), result)
    found = results.values() or [Result(own, [])]
    return [result._replace(is_error=result.is_error or failed) for result in found]


def result_of_block(context: MessageContext, block: ToolResult) -> Result:
    """Return the result that a block holds, as Anthropic's API has them in user turns."""
    parts = list(_parts_inside(context, block))
    marks = [getattr(part, "cache_control", None) for part in parts]
    mark = block.cache_control or next(filter(None, reversed(marks)), None)
    text = block.content if isinstance(block.content, str) else None
    return Result(block.id, parts, text, block.is_error, mark)


def _parts_inside(context: MessageContext, block: ToolResult) -> Iterator[Part]:
    inside = context.message.model_copy(update={"content": block.content})
    for part in context._replace(message=inside).parts():
        if isinstance(part, ToolResult):
            yield from _parts_inside(context, part)
        else:
            yield part


def _joined(call_id: str, first: Result | None, second: Result) -> Result:
    if first is None:
        return second._replace(call_id=call_id)
    failed = first.is_error or second.is_error
    mark = second.cache_control or first.cache_control
    return Result(call_id, [*first.parts, *second.parts], is_error=failed, cache_control=mark)


# --- media, which a result cannot hold ----------------------------------------------------------
class MediaTurn(dict[str, Any]):
    """The user turn of media that tools returned."""


def split_media(
    parts: Sequence[Part], write: Callable[[int, Part], JsonObject], text_type: str
) -> tuple[list[Part], list[JsonObject]]:
    """Return the parts that a result holds itself, and its media as they are shown behind it.

    Args:
        parts: What the tool returned. Thoughts, of a model that plays the tool, are left out.
        write: Writes a part by its index; only media are written.
        text_type: The type of a text part on this endpoint: a file may be text.
    """
    inside: list[Part] = []
    media: list[JsonObject] = []
    kinds: list[str] = []
    for index, part in enumerate(parts):
        wire = write(index, part) if isinstance(part, Media) else None
        if wire is not None and wire["type"] != text_type:
            media.append(wire)
            kinds.append(kind_of(part))
        elif not isinstance(part, Thought):
            inside.append(part)
    if kinds:
        inside.append(Text(f"({', '.join(kinds)}: in the user turn that follows)"))
    return inside, media


def media_turn(call_id: str, text_type: str, media: Sequence[JsonObject]) -> MediaTurn:
    """Return the user turn that shows the media of a result.

    Args:
        call_id: The call that returned them.
        text_type: The type of a text part on this endpoint.
        media: The parts, as the endpoint takes them.
    """
    label = {"type": text_type, "text": f"Returned by the tool call {call_id}:"}
    return MediaTurn(role="user", content=[label, *media])


def media_last(
    turns: list[JsonObject], is_result: Callable[[JsonObject], bool]
) -> list[JsonObject]:
    """Return turns with all media of a run of results in one user turn behind the last of them.

    Between a call and its results no other turn may stand.

    Args:
        turns: The turns, or the items of a conversation.
        is_result: Whether one is the result of a call.
    """
    if not any(type(turn) is MediaTurn for turn in turns):
        return turns
    ordered: list[JsonObject] = []
    media: list[JsonObject] = []
    for turn in turns:
        if isinstance(turn, MediaTurn):
            media += turn["content"]
            continue
        if media and not is_result(turn):
            ordered.append({"role": "user", "content": media})
            media = []
        ordered.append(turn)
    return [*ordered, {"role": "user", "content": media}] if media else ordered
