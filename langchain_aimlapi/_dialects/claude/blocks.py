"""The typed blocks of an answer: one reader per type, for whole blocks and for those in pieces.

Text, thinking and calls are passed on as they come. Everything else is put together first and
passed on when it is whole, as LangChain's block for it, or as it was sent where there is none.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Hashable, Mapping
from typing import Any

from langchain_aimlapi._answers.arguments import read_arguments
from langchain_aimlapi._answers.coerce import dict_of, string_or_empty
from langchain_aimlapi._answers.delta import Block, Delta

_NAMES = {"code_execution": "code_interpreter"}
"""Claude's names of tools that it runs itself, where LangChain has another."""
_MCP = "remote_mcp"
_DIRECT = {"type": "direct"}


class Blocks:
    """The blocks of one answer while they come."""

    def __init__(self) -> None:
        self._open: dict[Hashable, _Block] = {}
        self._latest: Hashable = 0

    def start(self, index: Any, sent: Any) -> list[Delta]:
        """Begin a block; return what it brings."""
        if not isinstance(sent, Mapping):
            return []
        before = self.stop(index) if self._key(index) in self._open else []
        return before + _as_list(self._opened(index, str(sent.get("type"))).start(sent))

    def add(self, index: Any, piece: Any) -> list[Delta]:
        """Add a piece to a block; return what it brings."""
        if not isinstance(piece, Mapping):
            return []
        block = self._open.get(self._key(index))
        if block is None:
            # Its start was lost: the piece says what it is a piece of.
            block = self._opened(index, _TYPE_OF_PIECE.get(str(piece.get("type")), "unknown"))
        return _as_list(block.add(piece))

    def stop(self, index: Any) -> list[Delta]:
        """End a block; return what it brings."""
        block = self._open.pop(self._key(index), None)
        return [] if block is None else _as_list(block.stop())

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

    def start(self, sent: Mapping[str, Any]) -> Delta | None:
        raise NotImplementedError

    def add(self, piece: Mapping[str, Any]) -> Delta | None:
        raise NotImplementedError

    def stop(self) -> Delta | None:
        return None

    def _delta(self, **fields: Any) -> Delta:
        return Delta(blocks=[{**fields, "key": self.key}])


class _Text(_Block):
    """`text`, with citations."""

    def start(self, sent: Mapping[str, Any]) -> Delta | None:
        return self._text_delta(string_or_empty(sent.get("text")), sent.get("citations"))

    def add(self, piece: Mapping[str, Any]) -> Delta | None:
        return self._text_delta(string_or_empty(piece.get("text")), [piece.get("citation")])

    def _text_delta(self, text: str, citations: Any) -> Delta | None:
        cited = citations if isinstance(citations, list) else ()
        if notes := [_citation(sent) for sent in cited if isinstance(sent, Mapping)]:
            return self._delta(type="text", text=text, annotations=notes)
        return self._delta(type="text", text=text) if text else None


class _Thinking(_Block):
    """`thinking`; its signature goes on once, when it is whole."""

    def __init__(self, key: Hashable) -> None:
        super().__init__(key)
        self._signature: list[str] = []

    def start(self, sent: Mapping[str, Any]) -> Delta | None:
        return self.add(sent)

    def add(self, piece: Mapping[str, Any]) -> Delta | None:
        self._signature.append(string_or_empty(piece.get("signature")))
        text = string_or_empty(piece.get("thinking"))
        return self._delta(type="reasoning", reasoning=text) if text else None

    def stop(self) -> Delta | None:
        signature = "".join(self._signature)
        if not signature:
            return None
        return self._delta(type="reasoning", reasoning="", extras={"signature": signature})


class _ToolUse(_Block):
    """`tool_use`. Its input comes in pieces, or whole at the start: then no piece follows."""

    def __init__(self, key: Hashable) -> None:
        super().__init__(key)
        self._whole = ""

    def start(self, sent: Mapping[str, Any]) -> Delta | None:
        given = sent.get("input")
        if isinstance(given, str):
            self._whole = given
        elif given:
            self._whole = json.dumps(given, ensure_ascii=False)
        entry: Block = {"index": self.key, "id": sent.get("id")}
        entry["function"] = {"name": sent.get("name")}
        caller = sent.get("caller")
        if caller and caller != _DIRECT:
            entry["extra_content"] = {"anthropic": {"caller": caller}}
        return Delta(calls=[entry])

    def add(self, piece: Mapping[str, Any]) -> Delta | None:
        text = string_or_empty(piece.get("partial_json"))
        if not text:
            return None
        self._whole = ""
        return self._arguments(text)

    def stop(self) -> Delta | None:
        return self._arguments(self._whole) if self._whole else None

    def _arguments(self, text: str) -> Delta:
        return Delta(calls=[{"index": self.key, "function": {"arguments": text}}])


class _OtherBlock(_Block):
    """Any other block: put together, then written in LangChain's words, or kept as it is."""

    def __init__(self, key: Hashable) -> None:
        super().__init__(key)
        self._sent: Block = {}
        self._texts: dict[str, list[str]] = {}
        self._citations: list[Any] = []

    def start(self, sent: Mapping[str, Any]) -> Delta | None:
        self._sent = dict(sent)
        return None

    def add(self, piece: Mapping[str, Any]) -> Delta | None:
        for name, value in piece.items():
            if name == "citation":
                self._citations.append(value)
            elif isinstance(value, str) and name != "type":
                self._texts.setdefault(name, []).append(value)
            elif value is not None and name != "type":
                self._sent[name] = value
        return None

    def stop(self) -> Delta | None:
        sent = self._sent
        for name, pieces in self._texts.items():
            text = "".join(pieces)
            if name != "partial_json":
                sent[name] = string_or_empty(sent.get(name)) + text
            elif text:
                args = read_arguments(text).args
                sent.update({"partial_json": text} if args is None else {"input": args})
        if self._citations:
            earlier = sent.get("citations")
            sent["citations"] = [*(earlier if isinstance(earlier, list) else ()), *self._citations]
        if not sent:
            return None
        write = _whole_of(str(sent.get("type")))
        return self._delta(**write(sent))


# --- citations ---
_CITATION_TITLES = ("title", "document_title")
_CITATION_TEXTS = ("url", "cited_text")


def _citation(sent: Mapping[str, Any]) -> dict[str, Any]:
    """Return a citation in LangChain's form, or as it is where it cites nothing.

    Places are those in the source, not in the answer, so they stand in `extras`, under the names
    that Claude gives them.
    """
    if not any(isinstance(sent.get(name), str) for name in _CITATION_TEXTS):
        return {"type": "non_standard_annotation", "value": dict(sent)}
    citation: dict[str, Any] = {"type": "citation"}
    for name in _CITATION_TEXTS:
        if isinstance(sent.get(name), str):
            citation[name] = sent[name]
    title = next((sent[name] for name in _CITATION_TITLES if isinstance(sent.get(name), str)), None)
    if title is not None:
        citation["title"] = title
    known = {*_CITATION_TEXTS, *_CITATION_TITLES, "type"}
    if extras := {name: value for name, value in sent.items() if name not in known}:
        citation["extras"] = extras
    return citation


# --- blocks that are whole, in LangChain's words ------------------------------------------------
def _server_call(sent: Mapping[str, Any]) -> Block:
    name, given = string_or_empty(sent.get("name")), sent.get("input")
    block: Block = {"type": "server_tool_call", "id": string_or_empty(sent.get("id"))}
    block["name"] = _NAMES.get(name, name)
    block["args"] = dict_of(given)
    return _with_extras(block, sent, {"type", "id", "name", "input"})


def _mcp_call(sent: Mapping[str, Any]) -> Block:
    block = _server_call({**sent, "name": _MCP})
    extras = {"tool_name": string_or_empty(sent.get("name")), **block.get("extras", {})}
    return {**block, "extras": extras}


def _server_result(sent: Mapping[str, Any]) -> Block:
    output = sent.get("content")
    failed = bool(sent.get("is_error")) or (
        isinstance(output, Mapping) and bool(output.get("error_code"))
    )
    block: Block = {
        "type": "server_tool_result",
        "tool_call_id": string_or_empty(sent.get("tool_use_id")),
        "status": "error" if failed else "success",
        "output": output,
        "extras": {"block_type": sent["type"]},
    }
    return _with_extras(block, sent, {"type", "tool_use_id", "content", "is_error"})


def _non_standard(sent: Mapping[str, Any]) -> Block:
    return {"type": "non_standard", "value": dict(sent)}


def _with_extras(block: Block, sent: Mapping[str, Any], known: set[str]) -> Block:
    more = {name: value for name, value in sent.items() if name not in known}
    if more.get("caller") == _DIRECT:
        del more["caller"]  # the default
    return {**block, "extras": {**block.get("extras", {}), **more}} if more else block


def _whole_of(kind: str) -> Callable[[Mapping[str, Any]], Block]:
    if kind.endswith("_tool_result"):
        return _server_result
    return _WHOLE.get(kind, _non_standard)


_WHOLE: Mapping[str, Callable[[Mapping[str, Any]], Block]] = {
    "server_tool_use": _server_call,
    "mcp_tool_use": _mcp_call,
}
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


def _as_list(delta: Delta | None) -> list[Delta]:
    return [] if delta is None else [delta]
