"""The items of one stream, and the order in which they are shown: that of the whole answer.

Items are known by their `output_index`: some services give them another id in every event. What
comes of an item waits until those before it are done; only reasoning that is still open lets the
answer pass, once it has its place.
"""

from __future__ import annotations

from bisect import insort
from typing import TYPE_CHECKING, Any

from langchain_aimlapi._answers.coerce import dicts_of, name_of
from langchain_aimlapi._dialects.responses.reader import REASONING, ItemReader

if TYPE_CHECKING:
    from collections.abc import Mapping

    from langchain_aimlapi._answers.delta import Delta
    from langchain_aimlapi._answers.metadata import Metadata


class Items:
    """The items of one stream.

    Args:
        metadata: Where they note log probabilities.

    Attributes:
        stored: Whether the service keeps the answer.
        text: The text that the latest event has brought more of, if it did: item and part.
    """

    def __init__(self, metadata: Metadata) -> None:
        """Start without items."""
        self.stored = True
        self.text: tuple[int, int] | None = None
        self._metadata = metadata
        self._readers: dict[int, ItemReader] = {}
        self._held: dict[int, list[Delta]] = {}  # of items that wait for one before them
        self._open: list[int] = []  # items that are not done, in order
        self._latest = 0

    def __bool__(self) -> bool:
        """Return whether there is any."""
        return bool(self._readers)

    def grow(self, index: int, part: int, text: str) -> None:
        """Note a piece of a text that was shown without a Delta."""
        self._readers[index].grow(part, text)

    def of(self, body: Mapping[str, Any], kind: str) -> ItemReader:
        """Return the item that an event belongs to.

        Args:
            body: The event.
            kind: Type of the item, if it was not heard of before.
        """
        index = body.get("output_index")
        index = self._latest = index if type(index) is int else self._latest
        reader = self._readers.get(index)
        if reader is None:
            reader = ItemReader(index, kind, self._metadata, stored=self.stored)
            self._readers[index] = reader
            insort(self._open, index)
        return reader

    def in_turn(self, reader: ItemReader, deltas: list[Delta]) -> list[Delta]:
        """Return Deltas of an item, or hold them back until it is their turn."""
        if not deltas:
            return []
        if self.is_waiting(reader):
            self._held.setdefault(reader.index, []).extend(deltas)
            return []
        if self._open and self._open[0] < reader.index:
            earlier = (self._readers[index] for index in self._open if index < reader.index)
            return [*(delta for each in earlier for delta in each.reserve()), *deltas]
        return deltas

    def is_waiting(self, reader: ItemReader) -> bool:
        """Return whether an item before this one is still open, and lets nothing pass."""
        for index in self._open:
            if index >= reader.index:
                return False
            if self._readers[index].kind != REASONING:
                return True
        return False

    def finish(self, reader: ItemReader, item: Mapping[str, Any]) -> list[Delta]:
        """Read an item that is whole; return it with what waited for it."""
        deltas = self.in_turn(reader, reader.complete(item))
        if reader.index in self._open:
            self._open.remove(reader.index)
        return [*deltas, *self._released()] if self._held else deltas

    def finish_all(self, output: Any) -> list[Delta]:
        """Read the items of a whole answer; return what no event has brought of them."""
        deltas: list[Delta] = []
        for index, item in enumerate(dicts_of(output)):
            kind = name_of(item.get("type"))
            reader = self.of({"output_index": index}, kind)
            # An answer that leaves some of its items out counts the others otherwise.
            if reader.kind == kind:
                deltas += self.finish(reader, item)
        self._open.clear()
        return [*deltas, *self._released()]

    def _released(self) -> list[Delta]:
        """Return what need not wait any more."""
        deltas: list[Delta] = []
        for index in sorted(self._held):
            reader = self._readers[index]
            if self.is_waiting(reader):
                break
            deltas += self.in_turn(reader, self._held.pop(index))
        return deltas
