"""The events that grow the items of an answer: a table of their types.

Types that are not here repeat what an item holds when it is done: its parts, the steps of a
server tool, its code. What a `done` event brings counts only where no delta brought it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from langchain_aimlapi._answers.coerce import dict_of, name_of, text_of
from langchain_aimlapi._dialects.responses.reader import (
    CUSTOM_CALL,
    FUNCTION_CALL,
    MESSAGE,
    REASONING,
    ItemReader,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from langchain_aimlapi._answers.delta import Delta
    from langchain_aimlapi._dialects.responses.order import Items
    from langchain_aimlapi._http.json import JsonObject

OUTPUT_TEXT = "response.output_text.delta"


class PieceEvent(NamedTuple):
    """A type of event that brings a piece of one field of an item, or the whole field.

    Attributes:
        item: Type of the item, where no earlier event named it.
        part: Field of the event that names the part of the item that grows.
        field: Field of the event that holds the piece.
        read: What takes it in.
    """

    item: str
    part: str
    field: str
    read: Callable[[ItemReader, int, str], list[Delta]]


_PIECES: Mapping[str, PieceEvent] = {
    OUTPUT_TEXT: PieceEvent(MESSAGE, "content_index", "delta", ItemReader.text),
    "response.output_text.done": PieceEvent(
        MESSAGE, "content_index", "text", ItemReader.rest_of_text
    ),
    "response.refusal.delta": PieceEvent(MESSAGE, "content_index", "delta", ItemReader.refusal),
    "response.refusal.done": PieceEvent(
        MESSAGE, "content_index", "refusal", ItemReader.rest_of_refusal
    ),
    "response.reasoning_summary_text.delta": PieceEvent(
        REASONING, "summary_index", "delta", ItemReader.summary
    ),
    "response.reasoning_summary_text.done": PieceEvent(
        REASONING, "summary_index", "text", ItemReader.rest_of_summary
    ),
    "response.reasoning_text.delta": PieceEvent(
        REASONING, "content_index", "delta", ItemReader.thought
    ),
    "response.reasoning_text.done": PieceEvent(
        REASONING, "content_index", "text", ItemReader.rest_of_thought
    ),
    "response.function_call_arguments.delta": PieceEvent(
        FUNCTION_CALL, "", "delta", ItemReader.arguments
    ),
    "response.function_call_arguments.done": PieceEvent(
        FUNCTION_CALL, "", "arguments", ItemReader.rest_of_arguments
    ),
    "response.custom_tool_call_input.delta": PieceEvent(
        CUSTOM_CALL, "", "delta", ItemReader.arguments
    ),
    "response.custom_tool_call_input.done": PieceEvent(
        CUSTOM_CALL, "", "input", ItemReader.rest_of_arguments
    ),
}


def read_event(kind: str, items: Items, body: JsonObject) -> list[Delta]:
    """Return what an event adds to the items of an answer, nothing if its type is not known."""
    piece = _PIECES.get(kind)
    if piece is not None:
        return _grown(piece, items, body)
    read = _OTHERS.get(kind)
    return read(items, body) if read is not None else []


def _grown(piece: PieceEvent, items: Items, body: JsonObject) -> list[Delta]:
    text = text_of(body.get(piece.field))
    if not text:
        return []
    reader, part = items.of(body, piece.item), _number(body.get(piece.part))
    deltas = piece.read(reader, part, text)
    if piece.item == MESSAGE and not items.is_waiting(reader):
        items.text = (reader.index, part)
    return items.in_turn(reader, deltas)


def _added(items: Items, body: JsonObject) -> list[Delta]:
    item = dict_of(body.get("item"))
    reader = items.of(body, name_of(item.get("type")))
    return items.in_turn(reader, reader.begin(item))


def _done(items: Items, body: JsonObject) -> list[Delta]:
    item = dict_of(body.get("item"))
    return items.finish(items.of(body, name_of(item.get("type"))), item)


def _annotated(items: Items, body: JsonObject) -> list[Delta]:
    reader = items.of(body, MESSAGE)
    reader.annotate(_number(body.get("content_index")), body.get("annotation"))
    return []


_OTHERS: Mapping[str, Callable[[Items, JsonObject], list[Delta]]] = {
    "response.output_item.added": _added,
    "response.output_item.done": _done,
    "response.output_text.annotation.added": _annotated,
}


def _number(value: Any) -> int:
    return value if type(value) is int else 0
