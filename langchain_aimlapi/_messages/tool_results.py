"""The results of tools that a message holds, whatever form they have."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from langchain_aimlapi._messages.parts import Part, Text, ToolResult
from langchain_aimlapi._messages.turns import Place, parts_of, tool_call_id_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping


class Result(NamedTuple):
    """The result of one call.

    Attributes:
        call_id: The call, as the conversation names it.
        parts: What the tool returned.
        text: The same, where it was given as one string.
        is_error: Whether it failed.
        cache_control: The cache mark of the result, or the last one inside of it: Claude takes
            none inside (docs.claude.com, prompt caching).
    """

    call_id: str
    parts: list[Part]
    text: str | None = None
    is_error: bool = False
    cache_control: Mapping[str, Any] | None = None


def results_of_tool(place: Place) -> list[Result]:
    """Return the results of a tool's message.

    As a rule it is one. Anthropic's `tool_result` blocks may stand in it; those that name another
    call are results of their own.
    """
    own = tool_call_id_of(place.message)
    content = place.message.content
    failed = getattr(place.message, "status", None) == "error"
    if isinstance(content, str):
        return [Result(own, [Text(content)], content, failed)]
    found: dict[str, list[Result]] = {}
    for part in parts_of(place):
        if isinstance(part, ToolResult):
            found.setdefault(part.id or own, []).append(_result(place, part))
        else:
            mark = getattr(part, "cache_control", None)
            found.setdefault(own, []).append(Result(own, [part], cache_control=mark))
    joined = [_joined(call_id, results) for call_id, results in found.items()] or [Result(own, [])]
    return [result._replace(is_error=result.is_error or failed) for result in joined]


def results_of_user(place: Place, parts: Iterable[Part]) -> list[Result]:
    """Return the results that stand in a user turn, as Anthropic's API has them."""
    return [_result(place, part) for part in parts if isinstance(part, ToolResult)]


def _result(place: Place, block: ToolResult) -> Result:
    parts = list(_flat(place, block))
    mark = block.cache_control or _last_mark(parts)
    text = block.content if isinstance(block.content, str) else None
    return Result(block.id, parts, text, block.is_error, mark)


def _flat(place: Place, block: ToolResult) -> Iterator[Part]:
    inside = place.message.model_copy(update={"content": block.content})
    for part in parts_of(place._replace(message=inside)):
        if isinstance(part, ToolResult):
            yield from _flat(place, part)
        else:
            yield part


def _last_mark(parts: Iterable[Part]) -> Mapping[str, Any] | None:
    marks = [getattr(part, "cache_control", None) for part in parts]
    return next((mark for mark in reversed(marks) if mark), None)


def _joined(call_id: str, results: list[Result]) -> Result:
    first, *more = results
    if not more:
        return first._replace(call_id=call_id)
    marks = [result.cache_control for result in results if result.cache_control]
    return Result(
        call_id,
        [part for result in results for part in result.parts],
        is_error=any(result.is_error for result in results),
        cache_control=marks[-1] if marks else None,
    )
