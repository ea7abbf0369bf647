"""Tool calls: put together from deltas, in whatever form they come, and read at the end.

A delta belongs to a call by its id, else by its index, else by order. Upstreams leave each of
these out, repeat them, or let them collide; see `CallAssembler`.
"""

from __future__ import annotations

import json
import re
from hashlib import blake2s
from typing import Any, NamedTuple
from uuid import uuid4

from langchain_core.messages import InvalidToolCall, ToolCall
from langchain_core.messages.tool import ToolCallChunk

from langchain_aimlapi._answers.coerce import name_of

_OUTSIDE_STRING = re.compile(r'["{}\[\]]')
_INSIDE_STRING = re.compile(r'["\\]')
_CLOSER = {"{": "}", "[": "]"}
_ID_LENGTH = 24

CUSTOM_INPUT = "input"
"""Argument that holds the free text of a `custom` tool call."""
_CUSTOM_START = f'{{"{CUSTOM_INPUT}": "'
_CUSTOM_END = '"}'


NO_NAME = "The call names no tool."


class Entry(NamedTuple):
    """One entry of a delta's `tool_calls`, read."""

    id: str
    at: int | str | None  # the index
    name: str
    arguments: str
    custom: bool
    extra: Any


def read_entry(entry: Any) -> Entry | None:
    """Read an entry of `tool_calls`, or None when there is nothing to read in it.

    The function may be null, its arguments null, absent, text or an object; a `custom` tool has
    free text instead; some upstreams put name and arguments beside the id.
    """
    if not isinstance(entry, dict):
        return None
    custom = entry.get("custom")
    is_custom = isinstance(custom, dict)
    function = custom if is_custom else entry.get("function")
    if not isinstance(function, dict):
        function = entry if "name" in entry else {}
    arguments = function.get("input" if is_custom else "arguments")
    if arguments is None:
        arguments = ""
    elif not isinstance(arguments, str):
        arguments = json.dumps(arguments, ensure_ascii=False)
    index = entry.get("index")
    return Entry(
        id=name_of(entry.get("id")),
        at=index if isinstance(index, (int, str)) else None,
        name=name_of(function.get("name")),
        arguments=arguments,
        custom=is_custom,
        extra=entry.get("extra_content"),
    )


class _Scan:
    """How far a text got as JSON: what is open, and whether it can still become whole."""

    __slots__ = ("_escaped", "broken", "in_string", "open")

    def __init__(self) -> None:
        self.open: list[str] = []  # closing brackets that are still to come
        self.in_string = False
        self.broken = False  # a closing bracket came that closes nothing
        self._escaped = False  # ends with a backslash: the next character belongs to it

    def feed(self, text: str) -> None:
        """Read on; a text may be given in pieces."""
        at = 0
        if self._escaped and text:
            at, self._escaped = 1, False
        while match := (_INSIDE_STRING if self.in_string else _OUTSIDE_STRING).search(text, at):
            at = match.end()
            mark = match.group()
            if mark == '"':
                self.in_string = not self.in_string
            elif mark == "\\":
                at += 1
                self._escaped = at > len(text)
            elif mark in _CLOSER:
                self.open.append(_CLOSER[mark])
            elif not self.open or self.open.pop() != mark:
                self.broken = True

    def spoiler(self) -> str:
        """Return the shortest text that keeps LangChain from repairing the text into JSON.

        When it merges chunks, LangChain closes what is open, and so makes a valid call with
        wrong arguments of one that was cut off. It gives up, and puts the call into
        `invalid_tool_calls`, when a closing bracket does not match what is open.
        """
        if self.broken:
            return ""
        end_of_string = ('""' if self._escaped else '"') if self.in_string else ""
        return end_of_string + ("}" if self.open[-1:] == ["]"] else "]")


class Arguments(NamedTuple):
    """What a text of arguments holds."""

    args: dict[str, Any] | None
    error: str = ""
    is_json: bool = True


def read_arguments(text: str) -> Arguments:
    """Read the arguments that a text holds as a JSON object; no text at all is no arguments.

    Control characters inside strings pass, as they do in LangChain.
    """
    if not text.strip():
        return Arguments({})
    try:
        value = json.loads(text, strict=False)
    except RecursionError:
        return Arguments(None, "Arguments are nested too deeply.", is_json=False)
    except ValueError as error:
        return Arguments(None, f"Arguments are not valid JSON: {error}", is_json=False)
    if not isinstance(value, dict):
        return Arguments(None, f"Arguments are no JSON object but {type(value).__name__}.")
    return Arguments(value)


class Call:
    """One call while it is put together."""

    __slots__ = (
        "_id_emitted",
        "_pieces",
        "_scan",
        "_scanned",
        "args",
        "custom",
        "error",
        "extra",
        "id",
        "name",
        "number",
    )

    def __init__(self, number: int) -> None:
        """Start an empty call; `number` is its place in the answer, from 0."""
        self.number = number
        self.id = ""
        self.name = ""
        self.custom = False
        self.extra: Any = None  # `extra_content`: opaque, to be sent back with the call
        self.args: dict[str, Any] | None = None  # known when the call is closed
        self.error = ""
        self._id_emitted = False
        self._pieces: list[str] = []
        self._scan = _Scan()
        self._scanned = 0

    @property
    def arguments(self) -> str:
        """The arguments so far, as text."""
        return "".join(self._pieces)

    def take(self, entry: Entry) -> ToolCallChunk | None:
        """Add what an entry brings; return it as LangChain's chunk, or None if it is nothing new.

        Id and name are set once, however often they are repeated: LangChain would concatenate
        them. White space before the arguments is left out, so that blank arguments are none.
        """
        name = "" if self.name else entry.name
        self.name = self.name or entry.name
        if self.extra is None:
            self.extra = entry.extra or None
        arguments = entry.arguments
        if entry.custom or self.custom:
            # Free text becomes the one argument, escaped piece by piece.
            arguments = json.dumps(arguments, ensure_ascii=False)[1:-1]
            if not self.custom:
                self.custom, arguments = True, _CUSTOM_START + arguments
        if not self._pieces:
            arguments = arguments.lstrip()
        if arguments:
            self._pieces.append(arguments)
        self.id = self.id or entry.id
        new_id = "" if self._id_emitted else self.id
        # An id alone is not shown yet: without a name or arguments there is no call.
        if not (name or arguments or (new_id and self)):
            return None
        self._id_emitted = bool(self.id)
        return _chunk(self.number, new_id, name, arguments)

    def __bool__(self) -> bool:
        """Return whether there is anything to call."""
        return bool(self.name or self._pieces)

    def scan(self) -> _Scan:
        """Return how far the arguments are as JSON; each piece is looked at once."""
        for piece in self._pieces[self._scanned :]:
            self._scan.feed(piece)
        self._scanned = len(self._pieces)
        return self._scan

    def is_open(self) -> bool:
        """Return whether the arguments have begun and are not closed yet."""
        scan = self.scan()
        return bool(scan.open or scan.in_string)

    def is_whole(self) -> bool:
        """Return whether the arguments are closed, so that nothing more can belong to them."""
        return bool(self._pieces) and not self.is_open()

    def id_for(self, response_id: str | None) -> str:
        """Return the id, made up where none came: results need one."""
        self.id = self.id or _made_up_id(response_id, self.number)
        return self.id

    def close(self, response_id: str | None) -> ToolCallChunk | None:
        """Complete the call; return what is still to be streamed of it, if anything.

        That is the end of a `custom` tool's text, an id where none came, and for arguments that
        cannot be read a text that keeps them so: see `_Scan.spoiler`.
        """
        tail = ""
        self.id_for(response_id)
        if self.custom:
            tail = _CUSTOM_END
            self._pieces.append(tail)
        read = read_arguments(self.arguments)
        self.args, self.error = read.args, read.error
        if not self.name:
            self.error = NO_NAME
        # JSON that is no object is invalid to LangChain too.
        if not read.is_json or (self.error and read.args is not None):
            tail += self.scan().spoiler()
        # An id may be repeated. It is, where extras or the text of a broken call are found by it.
        found_by_id = self.extra is not None or self.error
        new_id = self.id if found_by_id or not self._id_emitted else ""
        return _chunk(self.number, new_id, "", tail) if new_id or tail else None

    @property
    def as_tool_call(self) -> ToolCall:
        """The call as LangChain's valid one."""
        return ToolCall(name=self.name, args=self.args or {}, id=self.id, type="tool_call")

    @property
    def as_invalid(self) -> InvalidToolCall:
        """The call as LangChain's invalid one: the text as it came, and why it cannot be read."""
        return InvalidToolCall(
            name=self.name or None,
            args=self.arguments,
            id=self.id,
            error=self.error,
            type="invalid_tool_call",
        )


def _chunk(number: int, id_: str, name: str, arguments: str) -> ToolCallChunk:
    return ToolCallChunk(
        name=name or None, args=arguments, id=id_ or None, index=number, type="tool_call_chunk"
    )


def _made_up_id(response_id: str | None, number: int) -> str:
    """Return an id for a call without one: the same each time the same answer is read."""
    if not response_id:
        return f"call_{uuid4().hex[:_ID_LENGTH]}"
    digest = blake2s(f"{response_id}:{number}".encode(errors="replace")).hexdigest()
    return f"call_{digest[:_ID_LENGTH]}"


class CallAssembler:
    """Puts the calls of one answer together.

    An entry with an id belongs to the call of that id; a new id starts a new call, also at an
    index that is taken. An entry without id belongs to the latest call at its index, or without
    index to the latest call at all. Another name starts a new call, unless JSON is open; the same
    name does so only if what was there is complete and something new begins.
    """

    def __init__(self) -> None:
        """Start without calls."""
        self.calls: list[Call] = []
        self._by_id: dict[str, Call] = {}
        self._by_index: dict[int | str, Call] = {}

    def __bool__(self) -> bool:
        """Return whether there is any call."""
        return any(self.calls)

    def feed(self, entries: list[Any]) -> list[ToolCallChunk]:
        """Add the entries of one delta; return LangChain's chunks, at most one per call."""
        chunks: dict[int, ToolCallChunk] = {}
        touched: set[int] = set()
        for raw in entries:
            entry = self._without_collision(read_entry(raw))
            if entry is None:
                continue
            call = self._call_of(entry, touched)
            touched.add(call.number)
            chunk = call.take(entry)
            if chunk is None:
                continue
            # Chunks inside one message are not merged with each other, so it is done here.
            earlier = chunks.get(call.number)
            if earlier is not None:
                chunk["name"] = earlier["name"] or chunk["name"]
                chunk["id"] = earlier["id"] or chunk["id"]
                chunk["args"] = (earlier["args"] or "") + (chunk["args"] or "")
            chunks[call.number] = chunk
        return list(chunks.values())

    def close(self, response_id: str | None) -> list[ToolCallChunk]:
        """Complete the calls; return what is still to be streamed of them."""
        self.calls = [call for call in self.calls if call]
        tails = [call.close(response_id) for call in self.calls]
        return [tail for tail in tails if tail is not None]

    def broken(self) -> list[InvalidToolCall]:
        """Return the calls that cannot be read, as they were sent."""
        return [call.as_invalid for call in self.calls if call.error]

    def extras(self) -> dict[str, Any]:
        """Return `extra_content` by call id."""
        return {call.id: call.extra for call in self.calls if call.extra is not None}

    def _call_of(self, entry: Entry, touched: set[int]) -> Call:
        call = self._by_id.get(entry.id) if entry.id else None
        there = call or self._at(entry.at)
        if there is None or (call is None and self._starts_new_call(entry, there, touched)):
            there = Call(len(self.calls))
            self.calls.append(there)
        if entry.id:
            self._by_id[entry.id] = there
        if entry.at is not None:
            self._by_index[entry.at] = there
        return there

    def _without_collision(self, entry: Entry | None) -> Entry | None:
        """Return an entry without its id if that is another call's, None if it is a mere repeat."""
        call = self._by_id.get(entry.id) if entry and entry.id else None
        if entry is None or call is None or not (entry.name and entry.arguments.strip()):
            return entry
        if not call.is_whole():  # the call of a custom tool is not, before its end
            return entry  # another piece, with the name once more
        if entry.name == call.name and entry.arguments.strip() == call.arguments.strip():
            return None
        return entry._replace(id="")

    def _at(self, index: int | str | None) -> Call | None:
        if index is not None:
            return self._by_index.get(index)
        return self.calls[-1] if self.calls else None

    @staticmethod
    def _starts_new_call(entry: Entry, call: Call, touched: set[int]) -> bool:
        if entry.id and call.id:
            # An id that changes with every delta, without a name, is still the same call.
            return bool(entry.name) or entry.at is None
        if not entry.name or not call.name:
            return False
        if entry.at is None and call.number in touched:
            return True  # several whole calls in one delta
        if entry.name != call.name:
            return not call.is_open()
        # The name is often repeated with every piece of the arguments.
        return call.is_whole() and bool(entry.arguments.strip())
