"""The output items of an answer as Deltas, in whatever pieces they come, in their order.

A whole body is its items, each complete. A stream grows them, and completes each with the item as
it was when it was done, or as it stands in the last event: then comes what no piece brought.

Items are known by their `output_index`, as their ids may change with every event. What comes of an
item waits until those before it are done; only reasoning that is still open lets the answer pass,
once it has its place.
"""

from __future__ import annotations

import json
from bisect import insort
from collections import Counter
from itertools import count
from typing import TYPE_CHECKING, Any, ClassVar

from langchain_aimlapi._answers.arguments import holds_none
from langchain_aimlapi._answers.coerce import dict_of, dicts_of, name_of, text_of
from langchain_aimlapi._answers.delta import Delta
from langchain_aimlapi._dialects.responses.items import (
    IMAGE,
    REASONING,
    REASONING_TEXT,
    SERVER_TOOLS,
    call_block,
    image_block,
    result_block,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from langchain_aimlapi._answers.delta import Block
    from langchain_aimlapi._answers.metadata import Metadata

_OF_A_MESSAGE = frozenset({"id", "type", "role", "status", "content"})
_OF_REASONING = frozenset({"id", "type", "summary", "content"})
_TEXT_PARTS = frozenset({"output_text", "text"})
_COMPLETED = ("status", "completed")

_MESSAGE = "message"
_FUNCTION_CALL = "function_call"
_CUSTOM_CALL = "custom_tool_call"

# What of an item comes in pieces.
_TEXT = "text"
_REFUSAL = "refusal"
_SUMMARY = "summary"
_THOUGHT = "content"
_ARGUMENTS = "arguments"
_BLOCK_TYPES = {_TEXT: "text", _REFUSAL: "refusal", _SUMMARY: "reasoning", _THOUGHT: "reasoning"}

_PIECES: Mapping[str, tuple[str, str, str, str]] = {
    f"response.{name}.{end}": (item, what, part, "delta" if end == "delta" else whole)
    for name, item, what, part, whole in (
        ("output_text", _MESSAGE, _TEXT, "content_index", "text"),
        ("refusal", _MESSAGE, _REFUSAL, "content_index", "refusal"),
        ("reasoning_summary_text", REASONING, _SUMMARY, "summary_index", "text"),
        ("reasoning_text", REASONING, _THOUGHT, "content_index", "text"),
        ("function_call_arguments", _FUNCTION_CALL, _ARGUMENTS, "", "arguments"),
        ("custom_tool_call_input", _CUSTOM_CALL, _ARGUMENTS, "", "input"),
    )
    for end in ("delta", "done")
}
"""Events that bring a piece of an item, or the whole of what was to come in pieces: the type of
the item, what of it grows, and the fields of the event that name the part and hold the text."""


class Items:
    """The items of one stream.

    Args:
        metadata: Where they note log probabilities.

    Attributes:
        stored: Whether the service keeps the answer.
    """

    def __init__(self, metadata: Metadata) -> None:
        self.stored = True
        self._metadata = metadata
        self._readers: dict[int, ItemReader] = {}
        self._held: dict[int, list[Delta]] = {}  # of items that wait for one before them
        self._open: list[int] = []  # items that are not done, in order
        self._latest = 0

    def __bool__(self) -> bool:
        """Return whether there is any."""
        return bool(self._readers)

    def read(self, kind: str, body: Mapping[str, Any]) -> list[Delta]:
        """Read an event about an item; one of another kind brings nothing."""
        if kind in _PIECES:
            item_type, what, part, field = _PIECES[kind]
            text = text_of(body.get(field))
            if not text:
                return []
            reader = self._reader_of(body, item_type)
            add = reader.add if field == "delta" else reader.add_rest
            return self._in_turn(reader, add(what, _number(body.get(part)), text))
        item = dict_of(body.get("item"))
        match kind:
            case "response.output_item.added":
                reader = self._reader_of(body, name_of(item.get("type")))
                return self._in_turn(reader, reader.begin(item))
            case "response.output_item.done":
                return self._finish(self._reader_of(body, name_of(item.get("type"))), item)
            case "response.output_text.annotation.added":
                reader = self._reader_of(body, _MESSAGE)
                reader.annotate(_number(body.get("content_index")), body.get("annotation"))
        return []

    def _reader_of(self, body: Mapping[str, Any], kind: str) -> ItemReader:
        """Return the reader of the item that an event is about; `kind` is that of a new one."""
        index = body.get("output_index")
        index = self._latest = index if type(index) is int else self._latest
        reader = self._readers.get(index)
        if reader is None:
            reader = ItemReader(index, kind, self._metadata, stored=self.stored)
            self._readers[index] = reader
            insort(self._open, index)
        return reader

    def _in_turn(self, reader: ItemReader, deltas: list[Delta]) -> list[Delta]:
        """Return Deltas of an item, or hold them back until it is their turn."""
        if not deltas:
            return []
        if self._is_waiting(reader):
            self._held.setdefault(reader.index, []).extend(deltas)
            return []
        if self._open and self._open[0] < reader.index:
            earlier = (self._readers[index] for index in self._open if index < reader.index)
            return [*(delta for each in earlier for delta in each.reserve()), *deltas]
        return deltas

    def _is_waiting(self, reader: ItemReader) -> bool:
        """Return whether an item before this one is still open, and lets nothing pass."""
        for index in self._open:
            if index >= reader.index:
                return False
            if self._readers[index].kind != REASONING:
                return True
        return False

    def _finish(self, reader: ItemReader, item: Mapping[str, Any]) -> list[Delta]:
        """Read an item that is whole; return it with what waited for it."""
        deltas = self._in_turn(reader, reader.complete(item))
        if reader.index in self._open:
            self._open.remove(reader.index)
        return [*deltas, *self._released()] if self._held else deltas

    def finish_all(self, output: Any) -> list[Delta]:
        """Read the items of a whole answer; return what no event has brought of them."""
        deltas: list[Delta] = []
        for index, item in enumerate(dicts_of(output)):
            kind = name_of(item.get("type"))
            reader = self._reader_of({"output_index": index}, kind)
            # A response that leaves items out numbers the others differently.
            if reader.kind == kind:
                deltas += self._finish(reader, item)
        self._open.clear()
        return [*deltas, *self._released()]

    def _released(self) -> list[Delta]:
        """Return what need not wait any more."""
        deltas: list[Delta] = []
        for index in sorted(self._held):
            reader = self._readers[index]
            if self._is_waiting(reader):
                break
            deltas += self._in_turn(reader, self._held.pop(index))
        return deltas


class ItemReader:
    """Reads one item.

    Args:
        index: Its place in the answer.
        kind: Its type.
        metadata: Where log probabilities are noted.
        stored: Whether the service keeps the answer, so that reasoning is known by its id alone.

    Attributes:
        index: Its place in the answer.
        kind: Its type.
        is_done: Whether it is complete.
        is_begun: Whether anything of it was returned.
    """

    def __init__(self, index: int, kind: str, metadata: Metadata, *, stored: bool = True) -> None:
        self.index = index
        self.kind = kind
        self.is_done = False
        self.is_begun = False
        self._metadata = metadata
        self._stored = stored
        self._lengths: Counter[tuple[str, int]] = Counter()  # returned, by kind and part
        self._annotations: dict[int, list[Block]] = {}
        self._extras: Block = {}  # of a message: what else its item holds
        self._id = ""
        self._call_id = ""
        self._is_empty = True  # nothing but `{}` came of its arguments

    # --- pieces ---
    def begin(self, item: Mapping[str, Any]) -> list[Delta]:
        """Read an item that was only begun: what is certain already."""
        self.kind = name_of(item.get("type")) or self.kind
        self._id = name_of(item.get("id"))
        if self.kind == _MESSAGE:
            self._extras = _more(item, _OF_A_MESSAGE)
        if self.kind in {_FUNCTION_CALL, _CUSTOM_CALL}:
            return self._called(item, "")
        return []

    def reserve(self) -> list[Delta]:
        """Give reasoning its place in front of what comes before it is done."""
        if self.kind != REASONING or self.is_begun or not self._id:
            return []
        self.is_begun = True
        return [self._block(_SUMMARY, 0, id=self._id)]

    def add(self, what: str, part: int, text: str) -> list[Delta]:
        """Add a piece of a text, a refusal, a summary, reasoning or arguments."""
        if what == _ARGUMENTS:
            return self._called({}, text)
        self.is_begun = True
        self._lengths[what, part] += len(text)
        extras = {"extras": self._extras} if what == _TEXT and self._extras else {}
        return [self._block(what, part, **{_BLOCK_TYPES[what]: text}, **extras)]

    def annotate(self, part: int, annotation: Any) -> None:
        """Add an annotation of a text."""
        self._annotations.setdefault(part, []).extend(dicts_of([annotation]))

    # --- what is whole ---
    def add_rest(self, what: str, part: int, text: str) -> list[Delta]:
        """Return what of a text, a refusal, ... no piece has brought."""
        known = 0 if what == _ARGUMENTS and self._is_empty else self._lengths[what, part]
        rest = text[known:]
        return self.add(what, part, rest) if rest else []

    def complete(self, item: Mapping[str, Any]) -> list[Delta]:
        """Read the whole item; return what no piece has brought."""
        if self.is_done:
            return []
        self.is_done = True
        self.kind = name_of(item.get("type")) or self.kind
        read = self._COMPLETERS.get(self.kind)
        return list(read(self, item)) if read is not None else [self._other(item)]

    def _message(self, item: Mapping[str, Any]) -> Iterator[Delta]:
        self._extras = self._extras or _more(item, _OF_A_MESSAGE)
        id_ = name_of(item.get("id"))
        contents = list(enumerate(dicts_of(item.get("content"))))
        kinds = [name_of(content.get("type")) for _, content in contents]
        texts = self._parts(_TEXT, [n for n, kind in enumerate(kinds) if kind in _TEXT_PARTS])
        refusals = self._parts(_REFUSAL, [n for n, kind in enumerate(kinds) if kind == "refusal"])
        for place, content in contents:
            if place in texts:
                yield from self._whole_text(texts[place], content, id_)
            elif place in refusals:
                part = refusals[place]
                yield from self.add_rest(_REFUSAL, part, text_of(content.get("refusal")))
                yield self._block(_REFUSAL, part, id=id_)
            else:
                yield self._other({**item, "content": [content]})

    def _whole_text(self, part: int, content: Mapping[str, Any], id_: str) -> Iterator[Delta]:
        rest = self.add_rest(_TEXT, part, text_of(content.get("text")))
        yield from rest
        if isinstance(content.get("logprobs"), list) and content["logprobs"]:
            self._metadata.note_choice({"logprobs": {"content": content["logprobs"]}})
        found = dicts_of(content.get("annotations")) or self._annotations.get(part)
        # What is known at the end makes no block of a text that is the whole answer.
        if found or not rest:
            yield self._block(_TEXT, part, annotations=found)
        if (_TEXT, part) in self._lengths:
            yield self._block(_TEXT, part, id=id_)

    def _reasoning(self, item: Mapping[str, Any]) -> Iterator[Delta]:
        summary = [text_of(part) for part in dicts_of(item.get("summary"))]
        content = [text_of(part) for part in dicts_of(item.get("content"))]
        shown = any(what == _THOUGHT for what, _ in self._lengths)
        raw = any(content) and (not any(summary) or shown)
        extras = _more(item, _OF_REASONING)
        if raw:
            extras["part"] = REASONING_TEXT
        elif any(content):
            extras["content"] = item["content"]
        texts = content if raw else summary
        sealed = extras.get("encrypted_content")
        if not (any(texts) or sealed or self._stored or self.is_begun):
            return  # nothing to show, and nothing that could be sent back
        id_ = name_of(item.get("id"))
        what = _THOUGHT if raw else _SUMMARY
        texts = texts or [""]
        parts = self._parts(what, range(len(texts)))
        for place, text in enumerate(texts):
            yield from self.add_rest(what, parts[place], text)
            more = {"extras": extras} if extras and not place else {}
            yield self._block(what, parts[place], id=id_, **more)

    def _parts(self, what: str, places: Sequence[int]) -> dict[int, int]:
        """Return under which number events have grown the parts of a whole item, by their place.

        Events may count the parts of all items in one sequence.
        """
        grown = [part for each, part in self._lengths if each == what]
        if set(grown) <= set(places):
            return {place: place for place in places}
        more = count(max(grown) + 1)
        return dict(zip(places, (*grown, *(next(more) for _ in places)), strict=False))

    def _call(self, item: Mapping[str, Any]) -> Iterator[Delta]:
        whole = item.get("input" if self.kind == _CUSTOM_CALL else "arguments") or ""
        text = whole if isinstance(whole, str) else json.dumps(whole, ensure_ascii=False)
        rest = text if self._is_empty else text[self._lengths[_ARGUMENTS, 0] :]
        if rest or not self.is_begun or not self._call_id:
            yield from self._called(item, rest)

    def _server_tool(self, item: Mapping[str, Any]) -> Iterator[Delta]:
        item = {**item, "type": self.kind}  # its end may lack the type of its beginning
        yield Delta(blocks=[call_block(item), result_block(item)])

    def _image(self, item: Mapping[str, Any]) -> Iterator[Delta]:
        is_shown = isinstance(item.get("result"), str) and item["result"]
        yield Delta(blocks=[image_block(item)]) if is_shown else self._other(item)

    @staticmethod
    def _other(item: Mapping[str, Any]) -> Delta:
        return Delta(blocks=[{"type": "non_standard", "value": dict(item)}])

    # --- small things ---
    def _block(self, what: str, part: int, **fields: Any) -> Delta:
        """Return a piece of the block that a part of the item is."""
        return Delta(
            blocks=[{"type": _BLOCK_TYPES[what], "key": (self.index, what, part), **fields}]
        )

    def _called(self, item: Mapping[str, Any], text: str) -> list[Delta]:
        custom = self.kind == _CUSTOM_CALL
        call: Block = {"arguments" if not custom else "input": text}
        entry: Block = {"index": self.index, "custom" if custom else "function": call}
        if not self.is_begun:
            call["name"] = name_of(item.get("name"))
        if not self._call_id:
            self._call_id = name_of(item.get("call_id"))
            if self._call_id:
                entry["id"] = self._call_id
        self.is_begun = self.is_begun or bool(item)
        self._is_empty = not custom and self._is_empty and (not text or holds_none(text))
        self._lengths[_ARGUMENTS, 0] += len(text)
        return [Delta(calls=[entry])]

    _COMPLETERS: ClassVar[Mapping[str, Callable[[Any, Mapping[str, Any]], Iterator[Delta]]]] = {
        _MESSAGE: _message,
        REASONING: _reasoning,
        _FUNCTION_CALL: _call,
        _CUSTOM_CALL: _call,
        IMAGE: _image,
        **dict.fromkeys(SERVER_TOOLS, _server_tool),
    }


def _more(item: Mapping[str, Any], known: frozenset[str]) -> Block:
    """Return the fields of an item that have no place of their own."""
    return {
        name: value
        for name, value in item.items()
        if name not in known and value not in (None, "", [], {}) and (name, value) != _COMPLETED
    }


def _number(value: Any) -> int:
    return value if type(value) is int else 0
