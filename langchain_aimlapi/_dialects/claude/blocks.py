"""The typed blocks of an answer: one reader per type, for whole blocks and for those in pieces.

Text, thinking and calls are passed on as they come. Everything else is put together first and
passed on when it is whole, as LangChain's block for it, or as it was sent where there is none.
"""

from __future__ import annotations

import json
from collections.abc import Hashable, Iterator, Mapping
from typing import Any

from langchain_aimlapi._answers.arguments import read_arguments
from langchain_aimlapi._answers.coerce import dicts_of, list_of, string_of, text_of
from langchain_aimlapi._answers.delta import Block, Delta
from langchain_aimlapi._dialects.claude.server_tools import DIRECT, block_of


class Blocks:
    """The blocks of one answer while they come."""

    def __init__(self) -> None:
        self._open: dict[Hashable, _Block] = {}
        self._latest: Hashable = 0

    def start(self, index: Any, sent: Any) -> list[Delta]:
        """Begin a block; return what it brings."""
        if not isinstance(sent, Mapping):
            return []
        before = self.stop(index)
        return [*before, *self._opened(index, str(sent.get("type"))).start(sent)]

    def add(self, index: Any, piece: Any) -> list[Delta]:
        """Add a piece to a block; return what it brings."""
        if not isinstance(piece, Mapping):
            return []
        block = self._open.get(self._key(index))
        if block is None:
            # Its start was lost: the piece says what it is a piece of.
            block = self._opened(index, _TYPE_OF_PIECE.get(str(piece.get("type")), "unknown"))
        return list(block.add(piece))

    def stop(self, index: Any) -> list[Delta]:
        """End a block; return what it brings."""
        block = self._open.pop(self._key(index), None)
        return [] if block is None else list(block.stop())

    def close(self) -> list[Delta]:
        """End all blocks that nobody ended."""
        return [delta for index in list(self._open) for delta in self.stop(index)]

    def _opened(self, index: Any, kind: str) -> _Block:
        key = self._latest = self._key(index)
        block = self._open[key] = _READERS.get(kind, _OtherBlock)(key)
        return block

    def _key(self, index: Any) -> Hashable:
        return index if isinstance(index, (int, str)) else self._latest


class _Block:
    """A block that is passed on as it comes; all its pieces have its `key`."""

    def __init__(self, key: Hashable) -> None:
        self.key = key

    def start(self, sent: Mapping[str, Any]) -> Iterator[Delta]:
        return self.add(sent)

    def add(self, piece: Mapping[str, Any]) -> Iterator[Delta]:
        raise NotImplementedError

    def stop(self) -> Iterator[Delta]:
        yield from ()

    def _delta(self, **fields: Any) -> Delta:
        return Delta(blocks=[{**fields, "key": self.key}])


class _Text(_Block):
    """`text`, with citations: in pieces each by itself, else all in a list."""

    def add(self, piece: Mapping[str, Any]) -> Iterator[Delta]:
        text = text_of(piece.get("text"))
        cited = piece.get("citations") or piece.get("citation")
        if cited and (notes := [_citation(sent) for sent in dicts_of(list_of(cited))]):
            yield self._delta(type="text", text=text, annotations=notes)
        elif text:
            yield self._delta(type="text", text=text)


class _Thinking(_Block):
    """`thinking`; its signature goes on once, when it is whole."""

    def __init__(self, key: Hashable) -> None:
        super().__init__(key)
        self._signature = ""

    def add(self, piece: Mapping[str, Any]) -> Iterator[Delta]:
        self._signature += text_of(piece.get("signature"))
        if text := text_of(piece.get("thinking")):
            yield self._delta(type="reasoning", reasoning=text)

    def stop(self) -> Iterator[Delta]:
        if self._signature:
            extras = {"signature": self._signature}
            yield self._delta(type="reasoning", reasoning="", extras=extras)


class _ToolUse(_Block):
    """`tool_use`. Its input comes in pieces, or whole at the start: then no piece follows."""

    def __init__(self, key: Hashable) -> None:
        super().__init__(key)
        self._whole = ""

    def start(self, sent: Mapping[str, Any]) -> Iterator[Delta]:
        given = sent.get("input")
        if given:
            self._whole = given if isinstance(given, str) else json.dumps(given, ensure_ascii=False)
        caller = sent.get("caller")
        entry = {"id": sent.get("id"), "function": {"name": sent.get("name")}}
        if caller and caller != DIRECT:
            entry["extra_content"] = {"anthropic": {"caller": caller}}
        yield self._call(entry)

    def add(self, piece: Mapping[str, Any]) -> Iterator[Delta]:
        if text := text_of(piece.get("partial_json")):
            self._whole = ""
            yield self._call({"function": {"arguments": text}})

    def stop(self) -> Iterator[Delta]:
        if self._whole:
            yield self._call({"function": {"arguments": self._whole}})

    def _call(self, entry: dict[str, Any]) -> Delta:
        return Delta(calls=[{"index": self.key, **entry}])


class _OtherBlock(_Block):
    """Any other block: put together, then written in LangChain's words, or kept as it is."""

    def __init__(self, key: Hashable) -> None:
        super().__init__(key)
        self._sent: Block = {}
        self._texts: dict[str, list[str]] = {}
        self._citations: list[Any] = []

    def start(self, sent: Mapping[str, Any]) -> Iterator[Delta]:
        self._sent = dict(sent)
        yield from ()

    def add(self, piece: Mapping[str, Any]) -> Iterator[Delta]:
        for name, value in piece.items():
            if name == "citation":
                self._citations.append(value)
            elif isinstance(value, str) and name != "type":
                self._texts.setdefault(name, []).append(value)
            elif value is not None and name != "type":
                self._sent[name] = value
        yield from ()

    def stop(self) -> Iterator[Delta]:
        sent = self._sent
        for name, pieces in self._texts.items():
            text = "".join(pieces)
            if name != "partial_json":
                sent[name] = (string_of(sent.get(name)) or "") + text
            elif text:
                args = read_arguments(text).args
                sent.update({"partial_json": text} if args is None else {"input": args})
        if self._citations:
            earlier = sent.get("citations")
            sent["citations"] = [*(earlier if isinstance(earlier, list) else ()), *self._citations]
        if sent:
            yield self._delta(**block_of(sent))


_READERS: Mapping[str, type[_Block]] = {
    "text": _Text,
    "thinking": _Thinking,
    "tool_use": _ToolUse,
}
_TYPE_OF_PIECE = {
    "text_delta": "text",
    "citations_delta": "text",
    "thinking_delta": "thinking",
    "signature_delta": "thinking",
    "input_json_delta": "tool_use",
}


# --- citations ---
_CITATION_FIELDS = {
    "url": "url",
    "cited_text": "cited_text",
    "title": "title",
    "document_title": "title",
}


def _citation(sent: Mapping[str, Any]) -> dict[str, Any]:
    """Return a citation in LangChain's form, or as it is where it cites nothing.

    Places are those in the source, not in the answer, so they stand in `extras`, under the names
    that Claude gives them.
    """
    if not (isinstance(sent.get("url"), str) or isinstance(sent.get("cited_text"), str)):
        return {"type": "non_standard_annotation", "value": dict(sent)}
    citation: dict[str, Any] = {"type": "citation"}
    for name, ours in _CITATION_FIELDS.items():
        if isinstance(sent.get(name), str):
            citation.setdefault(ours, sent[name])
    extras = {k: v for k, v in sent.items() if k != "type" and k not in _CITATION_FIELDS}
    return {**citation, "extras": extras} if extras else citation
