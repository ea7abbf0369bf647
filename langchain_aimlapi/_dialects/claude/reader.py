"""Reads answers in Claude's own dialect, of `/messages` and of batches: events, or one message.

First come its events and the facts about it, then its typed blocks, then its token counts as
LangChain counts them: cached tokens are a part of the input.

Text, thinking and calls are passed on as they come. Every other block is put together first and
passed on when it is whole, as LangChain's block for it, or as it was sent where there is none.
"""

from __future__ import annotations

import json
from collections.abc import Hashable, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from langchain_aimlapi._answers.coerce import (
    dict_of,
    dicts_of,
    list_of,
    name_of,
    string_of,
    text_of,
)
from langchain_aimlapi._answers.delta import Block, Delta
from langchain_aimlapi._answers.json_text import read_arguments
from langchain_aimlapi._answers.reading import EventReader
from langchain_aimlapi._answers.usage import Places, read_details, read_usage
from langchain_aimlapi._dialects.claude.body import NAME
from langchain_aimlapi._dialects.claude.server_tools import DIRECT, block_of

if TYPE_CHECKING:
    from langchain_core.messages.ai import UsageMetadata

    from langchain_aimlapi._answers.answer import Answer

_MESSAGE_FACTS = ("container", "context_management", "stop_sequence", "stop_details")
"""Fields of a message that go into `response_metadata` as sent."""
_NOTED = ("id", "model", "usage", "meta")
"""Fields that mean what they mean on the other endpoints."""
_USAGE_FACTS = ("service_tier", "inference_geo", "server_tool_use", "iterations")
"""Fields of its usage that do so too."""
_REFUSAL = "refusal"


class Reader(EventReader):
    """Reads one message, whole or in events."""

    def __init__(self, answer: Answer, *, model: str = "", several: bool = False) -> None:
        super().__init__(answer, model=model, several=several)
        # Claude stops "to call a tool" only if one is to be called; others were answered already.
        answer.metadata.settled = True
        answer.metadata.read_usage = read_counts
        answer.metadata.set_once("endpoint", NAME)
        self._blocks: dict[str, _Block] = {}  # that have not ended
        self._latest = "0"
        self._stop_details: Any = None

    def read_event(self, name: str, body: dict[str, Any]) -> Iterable[Delta]:
        """Read an event; those of unknown types bring nothing."""
        sent = body.get("index")  # an event without one is about the latest block
        index = str(sent) if isinstance(sent, (int, str)) else self._latest
        match string_of(body.get("type")) or name:
            case "content_block_delta":
                self.seen = True
                return self._add_piece(index, body.get("delta"))
            case "content_block_start":
                self.seen = True
                return self._start_block(index, body.get("content_block"))
            case "content_block_stop":
                return self._stop_block(index)
            case "message_start":
                return self._start(body.get("message"))
            case "message_delta":  # how the message ends, and the counts, which are final here
                self._note(body)
                self._note(dict_of(body.get("delta")))
            case "message_stop":
                self._note(body)
                self.stopped = True
        return ()

    def read_whole(self, body: Any, data: bytes) -> Iterable[Delta]:
        """Read a whole message; one that says why it ended may have no content.

        A filter stopped it before any.
        """
        fields = dict_of(body)
        has_content = isinstance(fields.get("content"), (list, str))
        if not (has_content or name_of(fields.get("stop_reason"))):
            raise self.answer.malformed("The answer holds no content.", data)
        self.stopped = True
        return self._start(fields)

    def close(self) -> Iterable[Delta]:
        """End the blocks that nobody ended; note the counts, and a refusal."""
        rest = [delta for index in list(self._blocks) for delta in self._stop_block(index)]
        metadata = self.answer.metadata
        for name in _USAGE_FACTS:
            if metadata.counts.get(name) is not None:
                metadata.set_once(name, metadata.counts[name])
        if metadata.finish == _REFUSAL:
            rest.append(Delta(blocks=[_refusal(self._stop_details)]))
        return rest

    def _start(self, message: Any) -> list[Delta]:
        """Read the message itself: in a stream it has no content yet, as a rule."""
        if not isinstance(message, Mapping):
            return []
        self.seen = True
        self._note(message)
        content = message.get("content")
        if isinstance(content, str):
            content = [{"type": "text", "text": content}]
        return [
            delta
            for index, block in enumerate(dicts_of(content))
            for delta in (*self._start_block(str(index), block), *self._stop_block(str(index)))
        ]

    def _note(self, fields: Mapping[str, Any]) -> None:
        metadata = self.answer.metadata
        metadata.note({name: fields[name] for name in _NOTED if name in fields})
        metadata.finish = name_of(fields.get("stop_reason")) or metadata.finish
        self._stop_details = fields.get("stop_details") or self._stop_details
        for name in _MESSAGE_FACTS:
            if fields.get(name) is not None:
                metadata.set_once(name, fields[name])

    # --- its blocks ---
    def _start_block(self, index: str, sent: Any) -> list[Delta]:
        if not isinstance(sent, Mapping):
            return []
        before = self._stop_block(index)
        return [*before, *self._opened(index, sent.get("type")).start(sent)]

    def _add_piece(self, index: str, piece: Any) -> list[Delta]:
        if not isinstance(piece, Mapping):
            return []
        # Where the start was lost, the piece says what it is a piece of: "text_delta".
        kind = str(piece.get("type")).removesuffix("_delta")
        kind = _OF_PIECES.get(kind, kind)
        return list((self._blocks.get(index) or self._opened(index, kind)).add(piece))

    def _opened(self, index: str, kind: Any) -> _Block:
        self._latest = index
        block = self._blocks[index] = _READERS.get(str(kind), _OtherBlock)(index)
        return block

    def _stop_block(self, index: str) -> list[Delta]:
        block = self._blocks.pop(index, None)
        return [] if block is None else list(block.stop())


_OF_PIECES = {"input_json": "tool_use", "signature": "thinking", "citations": "text"}
"""Of pieces that are not named after their block: the type of that block."""


def _refusal(details: Any) -> dict[str, Any]:
    """Return a refusal as LangChain's block; most have no explanation."""
    fields = dict_of(details)
    said = str(fields.get("explanation") or "")
    extras = {"category": fields["category"]} if fields.get("category") else None
    return {"type": _REFUSAL, "refusal": said, "extras": extras, "key": _REFUSAL}


# --- blocks ---
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
        notes = [_citation(sent) for sent in dicts_of(list_of(cited))] if cited else []
        if text or notes:
            yield self._delta(type="text", text=text, annotations=notes)


class _Thinking(_Block):
    """`thinking`, and its signature behind it."""

    def add(self, piece: Mapping[str, Any]) -> Iterator[Delta]:
        text, signature = text_of(piece.get("thinking")), text_of(piece.get("signature"))
        extras = {"signature": signature} if signature else None
        if text or extras:
            yield self._delta(type="reasoning", reasoning=text, extras=extras)


class _ToolUse(_Block):
    """`tool_use`. Its input comes in pieces, or whole at the start: then no piece follows."""

    _whole = ""

    def start(self, sent: Mapping[str, Any]) -> Iterator[Delta]:
        if given := sent.get("input"):
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

    def start(self, sent: Mapping[str, Any]) -> Iterator[Delta]:
        self._sent = dict(sent)
        yield from ()

    def add(self, piece: Mapping[str, Any]) -> Iterator[Delta]:
        for name, value in piece.items():
            if isinstance(value, str) and name != "type":
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
        if sent:
            yield self._delta(**block_of(sent))


_READERS: Mapping[str, type[_Block]] = {"text": _Text, "thinking": _Thinking, "tool_use": _ToolUse}
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


# --- token counts ---
_COUNTED = frozenset({"input_tokens", "output_tokens"})
_WRITTEN = "cache_creation_input_tokens"
_WRITTEN_BY_TTL: Places = {
    name: (f"cache_creation.{name}",)
    for name in ("ephemeral_5m_input_tokens", "ephemeral_1h_input_tokens")
}


def read_counts(sent: Mapping[str, Any]) -> UsageMetadata | None:
    """Return LangChain's usage, or None where the counts cannot be believed.

    Claude counts apart what was read from and written to its cache; LangChain's input is the sum.
    Where it says for how long something is cached, those counts replace the one of all that was
    written: the details are parts of the input, and none may be counted twice.
    """
    usage: dict[str, Any] = {"input_tokens": 0, "output_tokens": 0, **sent}
    usage.pop("total_tokens", None)
    by_ttl = read_details(sent, _WRITTEN_BY_TTL)
    if by_ttl:
        usage.setdefault(_WRITTEN, sum(by_ttl.values()))
    read = None if _COUNTED.isdisjoint(sent) else read_usage(usage)
    if read is None:
        return None
    details: dict[str, Any] = dict(read.get("input_token_details") or {})
    read["input_tokens"] += details.get("cache_read", 0) + details.get("cache_creation", 0)
    read["total_tokens"] = read["input_tokens"] + read["output_tokens"]
    if by_ttl and "cache_creation" in details:
        details["cache_creation"] = max(details["cache_creation"] - sum(by_ttl.values()), 0)
    if details or by_ttl:
        details.update(by_ttl)
        read["input_token_details"] = details  # type: ignore[typeddict-item]  # and two of Claude's
    return read
