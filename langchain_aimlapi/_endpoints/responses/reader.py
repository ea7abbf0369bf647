"""One item of an answer as Deltas, in whatever pieces it comes: all at once, or grown by events.

A whole body is its items, each complete. A stream grows them, and completes each with the item as
it was when it was done, or as it stands in the last event: then comes what no piece brought.
"""

from __future__ import annotations

import json
from collections import Counter
from itertools import count
from typing import TYPE_CHECKING, Any, ClassVar

from langchain_aimlapi._answers.arguments import holds_none
from langchain_aimlapi._answers.coerce import dicts_of, name_of, text_of
from langchain_aimlapi._answers.delta import Delta
from langchain_aimlapi._endpoints.responses.facts import is_stored
from langchain_aimlapi._endpoints.responses.items import (
    IMAGE,
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

MESSAGE = "message"
REASONING = "reasoning"
FUNCTION_CALL = "function_call"
CUSTOM_CALL = "custom_tool_call"


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
        """Start before the first piece."""
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
        if self.kind == MESSAGE:
            self._extras = _more(item, _OF_A_MESSAGE)
        if self.kind in {FUNCTION_CALL, CUSTOM_CALL}:
            return self._called(item, "")
        return []

    def reserve(self) -> list[Delta]:
        """Give reasoning its place in front of what comes before it is done."""
        if self.kind != REASONING or self.is_begun or not self._id:
            return []
        self.is_begun = True
        return [_delta("reasoning", (self.index, 0), id=self._id)]

    def text(self, part: int, text: str) -> list[Delta]:
        """Add to a text."""
        self.grow(part, text)
        extras = {"extras": self._extras} if self._extras else {}
        return [_delta("text", (self.index, part), text=text, **extras)]

    def grow(self, part: int, text: str) -> None:
        """Note a piece of a text that was shown without a Delta."""
        self._note("text", part, text)

    def refusal(self, part: int, text: str) -> list[Delta]:
        """Add to a refusal."""
        self._note("refusal", part, text)
        return [_delta("refusal", (self.index, part), refusal=text)]

    def summary(self, part: int, text: str) -> list[Delta]:
        """Add to the summary of reasoning."""
        self._note("summary", part, text)
        return [_delta("reasoning", (self.index, part), reasoning=text)]

    def thought(self, part: int, text: str) -> list[Delta]:
        """Add to reasoning that is shown as it is."""
        self._note("content", part, text)
        return [_delta("reasoning", (self.index, "content", part), reasoning=text)]

    def arguments(self, _: int, text: str) -> list[Delta]:
        """Add to the arguments of a call."""
        return self._called({}, text)

    def annotate(self, part: int, annotation: Any) -> None:
        """Add an annotation of a text."""
        self._annotations.setdefault(part, []).extend(dicts_of([annotation]))

    # --- what is whole ---
    def rest_of_text(self, part: int, text: str) -> list[Delta]:
        """Return what of a text no piece has brought."""
        rest = text[self._lengths["text", part] :]
        return self.text(part, rest) if rest else []

    def rest_of_refusal(self, part: int, text: str) -> list[Delta]:
        """Return what of a refusal no piece has brought."""
        rest = text[self._lengths["refusal", part] :]
        return self.refusal(part, rest) if rest else []

    def rest_of_summary(self, part: int, text: str) -> list[Delta]:
        """Return what of a summary no piece has brought."""
        rest = text[self._lengths["summary", part] :]
        return self.summary(part, rest) if rest else []

    def rest_of_thought(self, part: int, text: str) -> list[Delta]:
        """Return what of reasoning no piece has brought."""
        rest = text[self._lengths["content", part] :]
        return self.thought(part, rest) if rest else []

    def rest_of_arguments(self, part: int, text: str) -> list[Delta]:
        """Return what of the arguments no piece has brought."""
        rest = self._rest_of_arguments(text)
        return self.arguments(part, rest) if rest else []

    def _rest_of_arguments(self, text: str) -> str:
        # `{}` in front of the arguments is no part of them.
        return text if self._is_empty else text[self._lengths["arguments", 0] :]

    def complete(self, item: Mapping[str, Any]) -> list[Delta]:
        """Read the whole item; return what no piece has brought."""
        if self.is_done:
            return []
        self.is_done = True
        self.kind = name_of(item.get("type")) or self.kind
        read = self._COMPLETERS.get(self.kind)
        return list(read(self, item) if read is not None else self._other(item))

    def _message(self, item: Mapping[str, Any]) -> Iterator[Delta]:
        self._extras = self._extras or _more(item, _OF_A_MESSAGE)
        id_ = name_of(item.get("id"))
        contents = list(enumerate(dicts_of(item.get("content"))))
        kinds = [name_of(content.get("type")) for _, content in contents]
        texts = self._parts("text", [n for n, kind in enumerate(kinds) if kind in _TEXT_PARTS])
        refusals = self._parts("refusal", [n for n, kind in enumerate(kinds) if kind == "refusal"])
        for place, content in contents:
            if place in texts:
                yield from self._whole_text(texts[place], content, id_)
            elif place in refusals:
                part = refusals[place]
                yield from self.rest_of_refusal(part, text_of(content.get("refusal")))
                yield _delta("refusal", (self.index, part), refusal="", id=id_)
            else:
                kept = {**item, "content": [content]}
                yield _delta("non_standard", (self.index, place), value=kept)

    def _whole_text(self, part: int, content: Mapping[str, Any], id_: str) -> Iterator[Delta]:
        rest = self.rest_of_text(part, text_of(content.get("text")))
        yield from rest
        if isinstance(content.get("logprobs"), list) and content["logprobs"]:
            self._metadata.note_choice({"logprobs": {"content": content["logprobs"]}})
        found = dicts_of(content.get("annotations")) or self._annotations.get(part)
        # What is known at the end makes no block of a text that is the whole answer.
        if found or not rest:
            yield _delta("text", (self.index, part), text="", annotations=found)
        if ("text", part) in self._lengths:
            yield _delta("text", (self.index, part), text="", id=id_)

    def _reasoning(self, item: Mapping[str, Any]) -> Iterator[Delta]:
        summary = [text_of(part) for part in dicts_of(item.get("summary"))]
        content = [text_of(part) for part in dicts_of(item.get("content"))]
        shown = any(kind == "content" for kind, _ in self._lengths)
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
        kind, rest = ("content", self.rest_of_thought) if raw else ("summary", self.rest_of_summary)
        texts = texts or [""]
        parts = self._parts(kind, range(len(texts)))
        for place, text in enumerate(texts):
            part = parts[place]
            yield from rest(part, text)
            more = {"extras": extras} if extras and not place else {}
            key = (self.index, "content", part) if raw else (self.index, part)
            yield _delta("reasoning", key, reasoning="", id=id_, **more)

    def _parts(self, kind: str, places: Sequence[int]) -> dict[int, int]:
        """Return under which number events have grown the parts of a whole item, by their place.

        Some services count the parts of all items on in their events.
        """
        grown = [part for each, part in self._lengths if each == kind]
        if set(grown) <= set(places):
            return {place: place for place in places}
        more = count(max(grown) + 1)
        return dict(zip(places, (*grown, *(next(more) for _ in places)), strict=False))

    def _call(self, item: Mapping[str, Any]) -> Iterator[Delta]:
        whole = item.get("input" if self.kind == CUSTOM_CALL else "arguments") or ""
        text = whole if isinstance(whole, str) else json.dumps(whole, ensure_ascii=False)
        rest = self._rest_of_arguments(text)
        if rest or not self.is_begun or not self._call_id:
            yield from self._called(item, rest)

    def _server_tool(self, item: Mapping[str, Any]) -> Iterator[Delta]:
        key = (self.index,)
        item = {**item, "type": self.kind}  # its end may lack the type of its beginning
        blocks = [{**call_block(item), "key": key}, {**result_block(item), "key": key}]
        yield Delta(blocks=blocks)

    def _image(self, item: Mapping[str, Any]) -> Iterator[Delta]:
        if isinstance(item.get("result"), str) and item["result"]:
            yield Delta(blocks=[{**image_block(item), "key": (self.index,)}])
        else:
            yield from self._other(item)

    def _other(self, item: Mapping[str, Any]) -> Iterator[Delta]:
        yield _delta("non_standard", (self.index,), value=dict(item))

    # --- small things ---
    def _called(self, item: Mapping[str, Any], text: str) -> list[Delta]:
        custom = self.kind == CUSTOM_CALL
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
        self._lengths["arguments", 0] += len(text)
        return [Delta(calls=[entry])]

    def _note(self, kind: str, part: int, text: str) -> None:
        self.is_begun = True
        self._lengths[kind, part] += len(text)

    _COMPLETERS: ClassVar[Mapping[str, Callable[[Any, Mapping[str, Any]], Iterator[Delta]]]] = {
        MESSAGE: _message,
        REASONING: _reasoning,
        FUNCTION_CALL: _call,
        CUSTOM_CALL: _call,
        IMAGE: _image,
        **dict.fromkeys(SERVER_TOOLS, _server_tool),
    }


def deltas_of(response: Mapping[str, Any], metadata: Metadata) -> Iterator[Delta]:
    """Yield what a whole response holds, item by item."""
    items = dicts_of(response.get("output"))
    for index, item in enumerate(items):
        reader = ItemReader(index, "", metadata, stored=is_stored(response))
        yield from reader.complete(item)
    text = response.get("output_text")
    if not items and isinstance(text, str) and text:
        yield Delta(text=text)


def _delta(kind: str, key: tuple[Any, ...], **fields: Any) -> Delta:
    return Delta(blocks=[{"type": kind, "key": key, **fields}])


def _more(item: Mapping[str, Any], known: frozenset[str]) -> Block:
    """Return the fields of an item that have no place of their own."""
    return {
        name: value
        for name, value in item.items()
        if name not in known and value not in (None, "", [], {}) and (name, value) != _COMPLETED
    }


_COMPLETED = ("status", "completed")
