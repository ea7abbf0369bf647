"""The output items of an answer as Deltas, in whatever pieces they come, in their order.

A whole body is its items, each complete. A stream grows them, and completes each with the item as
it was when it was done, or as it stands in the last event: then comes what no piece brought.

Items are known by their `output_index`, as their ids may change with every event. What comes of an
item waits until those before it are done; only reasoning that is still open lets the answer pass,
once it has its place.
"""

from __future__ import annotations

import json
from collections import Counter
from itertools import count
from typing import TYPE_CHECKING, Any

from langchain_aimlapi._answers.coerce import dict_of, dicts_of, name_of, string_of, text_of
from langchain_aimlapi._answers.delta import Delta
from langchain_aimlapi._answers.json_text import holds_none
from langchain_aimlapi._dialects.responses.items import (
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
_PARTS = {"output_text": _TEXT, "text": _TEXT, "refusal": _REFUSAL}
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
        self._open: dict[int, ItemReader] = {}  # that are not done, or wait for one that is not
        self._latest = 0

    def read(self, kind: str, body: Mapping[str, Any]) -> list[Delta]:
        """Read an event about an item; one of another kind brings nothing."""
        if kind in _PIECES:
            item_type, what, part, field = _PIECES[kind]
            if text := text_of(body.get(field)):
                reader = self._reader_of(body, item_type)
                add = reader.add if field == "delta" else reader.add_rest
                deltas = add(what, _number(body.get(part)), text)
                if min(self._open) == reader.index and not reader.held:
                    return deltas  # as nearly always: nothing before it is open
                reader.held += deltas
                return self._released()
            return []
        if kind == "response.output_text.annotation.added":
            reader = self._reader_of(body, _MESSAGE)
            reader.annotate(_number(body.get("content_index")), body.get("annotation"))
        if kind in _WHOLE:
            item = dict_of(body.get("item"))
            reader = self._reader_of(body, name_of(item.get("type")))
            reader.held += _WHOLE[kind](reader, item)
        return self._released()

    def finish_all(self, output: Any) -> list[Delta]:
        """Read the items of a whole answer; return what no event has brought of them."""
        for index, item in enumerate(dicts_of(output)):
            kind = name_of(item.get("type"))
            reader = self._reader_of({"output_index": index}, kind)
            # A response that leaves items out numbers the others differently.
            if reader.kind == kind:
                reader.held += reader.complete(item)
        for reader in self._open.values():
            reader.is_done = True
        return self._released()

    def _reader_of(self, body: Mapping[str, Any], kind: str) -> ItemReader:
        """Return the reader of the item that an event is about; `kind` is that of a new one."""
        index = body.get("output_index")
        index = self._latest = index if type(index) is int else self._latest
        reader = self._readers.get(index)
        if reader is None:
            reader = ItemReader(index, kind, self._metadata, stored=self.stored)
            self._readers[index] = reader
        self._open[index] = reader
        return reader

    def _released(self) -> list[Delta]:
        """Return what need not wait for an item before it, in order."""
        deltas: list[Delta] = []
        still_open: list[ItemReader] = []
        for index, reader in sorted(self._open.items()):
            if reader.held:
                for earlier in still_open:
                    deltas += earlier.reserve()
                deltas += reader.held
                reader.held = []
            if reader.is_done:
                del self._open[index]
            elif reader.kind == REASONING:
                still_open.append(reader)
            else:
                break
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
        is_begun: Whether anything of it was read.
        held: What was read, and was not returned yet.
    """

    def __init__(self, index: int, kind: str, metadata: Metadata, *, stored: bool = True) -> None:
        self.index = index
        self.kind = kind
        self.is_done = False
        self.is_begun = False
        self.held: list[Delta] = []
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
        """Add an annotation of a text; it counts where the finished text has none."""
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
        return list(self._completed(item))

    def _completed(self, item: Mapping[str, Any]) -> Iterator[Delta]:
        match self.kind:
            case "message":
                yield from self._message(item)
            case "reasoning":
                yield from self._reasoning(item)
            case "function_call" | "custom_tool_call":
                yield from self._call(item)
            case "image_generation_call" if string_of(item.get("result")):
                yield Delta(blocks=[image_block(item)])
            case kind if kind in SERVER_TOOLS:
                item = {**item, "type": kind}  # its end may lack the type of its beginning
                yield Delta(blocks=[call_block(item), result_block(item)])
            case _:
                yield _kept(item)

    def _message(self, item: Mapping[str, Any]) -> Iterator[Delta]:
        self._extras = self._extras or _more(item, _OF_A_MESSAGE)
        id_ = name_of(item.get("id"))
        contents = dicts_of(item.get("content"))
        kinds = [_PARTS.get(name_of(content.get("type"))) for content in contents]
        parts = {
            what: self._parts(what, [n for n, kind in enumerate(kinds) if kind == what])
            for what in (_TEXT, _REFUSAL)
        }
        for place, (what, content) in enumerate(zip(kinds, contents, strict=True)):
            if what is None:
                yield _kept({**item, "content": [content]})
            else:
                yield from self._part(what, parts[what][place], content, id_)

    def _part(self, what: str, part: int, content: Mapping[str, Any], id_: str) -> Iterator[Delta]:
        yield from self.add_rest(what, part, text_of(content.get(what)))
        if logprobs := dicts_of(content.get("logprobs")):
            self._metadata.note_choice({"logprobs": {"content": logprobs}})
        found = dicts_of(content.get("annotations")) or self._annotations.get(part)
        # A text that is empty is no block, whatever its id.
        more = {"id": id_} if (what, part) in self._lengths else {}
        yield self._block(what, part, annotations=found, **more)

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

    # --- small things ---
    def _block(self, what: str, part: int, **fields: Any) -> Delta:
        """Return a piece of the block that a part of the item is."""
        block = {"type": _BLOCK_TYPES[what], "key": (self.index, what, part), **fields}
        return Delta(blocks=[block])

    def _called(self, item: Mapping[str, Any], text: str) -> list[Delta]:
        custom = self.kind == _CUSTOM_CALL
        call: Block = {"arguments" if not custom else "input": text}
        entry: Block = {"index": self.index, "custom" if custom else "function": call}
        if not self.is_begun:
            call["name"] = name_of(item.get("name"))
        if not self._call_id and (call_id := name_of(item.get("call_id"))):
            self._call_id = entry["id"] = call_id
        self.is_begun = self.is_begun or bool(item)
        self._is_empty = not custom and self._is_empty and (not text or holds_none(text))
        self._lengths[_ARGUMENTS, 0] += len(text)
        return [Delta(calls=[entry])]


_WHOLE: Mapping[str, Callable[[ItemReader, Mapping[str, Any]], list[Delta]]] = {
    "response.output_item.added": ItemReader.begin,
    "response.output_item.done": ItemReader.complete,
}
"""Events that bring an item itself."""


def _kept(item: Mapping[str, Any]) -> Delta:
    """Return an item that goes back as it came."""
    return Delta(blocks=[{"type": "non_standard", "value": dict(item)}])


def _more(item: Mapping[str, Any], known: frozenset[str]) -> Block:
    """Return the fields of an item that have no place of their own."""
    return {
        name: value
        for name, value in item.items()
        if name not in known and value not in (None, "", [], {}) and (name, value) != _COMPLETED
    }


def _number(value: Any) -> int:
    return value if type(value) is int else 0
