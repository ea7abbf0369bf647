"""Tool calls: put together from deltas, in whatever form they come, and read at the end.

`call_table` decides what a delta is and which call it belongs to; here that is done.
"""

from __future__ import annotations

import json
from hashlib import blake2s
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from langchain_core.messages.tool import invalid_tool_call, tool_call, tool_call_chunk

from langchain_aimlapi._answers.call_table import (
    Entry,
    Kind,
    Name,
    Sent,
    State,
    Tie,
    is_no_value,
    kind_of,
    read_entry,
)
from langchain_aimlapi._answers.coerce import merged_under
from langchain_aimlapi._answers.json_text import Scan, holds_none, may_hold_none, read_arguments

if TYPE_CHECKING:
    from collections.abc import Container, Sequence

    from langchain_core.messages import InvalidToolCall, ToolCall
    from langchain_core.messages.tool import ToolCallChunk

    from langchain_aimlapi._answers.metadata import Metadata

_ID_LENGTH = 24

CUSTOM_INPUT = "input"
"""Argument that holds the free text of a `custom` tool call."""
_CUSTOM_START = f'{{"{CUSTOM_INPUT}": "'
_CUSTOM_END = '"}'


NO_NAME = "The call names no tool."

BROKEN_CALLS = "broken_tool_calls"
"""Key of `additional_kwargs`: the calls whose arguments cannot be read, as they were sent.

LangChain parses the arguments of a merged stream once more. It would repair arguments that were
cut off into a call with wrong arguments; the last chunk adds a closing bracket or two that prevent
this. The text as it was sent stands here: for the merged message, for standard blocks and for the
next request.
"""


class Call:
    """One call while it is put together."""

    def __init__(self, number: int) -> None:
        """Start an empty call; `number` is its place in the answer, from 0."""
        self.number = number
        self.sent_id = ""  # its id as sent, which another call may have as well
        self.id = ""
        self.name = ""
        self.named_again = False
        self.custom = False
        self.extra: Any = None  # `extra_content`: opaque, to be sent back with the call
        self.args: dict[str, Any] | None = None  # known when the call is closed
        self.error = ""
        self._pieces: list[str] = []
        self._held = ""  # may become `{}`, which counts only where no other arguments are
        self._scan = Scan()
        # What was not shown yet.
        self._new_name = ""
        self._new_arguments = ""
        self._is_id_new = True

    @property
    def arguments(self) -> str:
        """The arguments so far, as text."""
        return "".join(self._pieces)

    # --- what the table asks for ---
    @property
    def state(self) -> State:
        """The arguments so far."""
        if self.custom:
            return State.OPEN if self._pieces else State.NONE
        if not self._pieces:
            if not self._held:
                return State.NONE
            return State.EMPTY if holds_none(self._held) else State.OPEN
        if self._scan.open or self._scan.in_string:
            return State.OPEN
        return State.NAMED_AGAIN if self.named_again else State.WHOLE

    def compare_name(self, name: str) -> Name:
        """Return how the name in an entry stands to that of the call."""
        if not name or (is_no_value(name) and self.name not in {"", name}):
            return Name.NO
        if not self.name:
            return Name.FIRST
        return Name.SAME if name == self.name else Name.OTHER

    def compare_arguments(self, entry: Entry, state: State) -> Sent:
        """Return how the arguments in an entry stand to those of the call."""
        text = entry.arguments
        if entry.custom or self.custom:
            return Sent.MORE if text else Sent.NONE
        text = text.strip()
        if not text:
            return Sent.NONE
        if holds_none(text):
            return Sent.EMPTY
        is_whole = state in {State.WHOLE, State.NAMED_AGAIN}
        if is_whole and self._pieces[0][0] == text[0] and text == self.arguments.strip():
            return Sent.REPEATED
        return Sent.BEGIN if text[0] == "{" else Sent.MORE

    # --- what entries bring ---
    def add(self, entry: Entry, kind: Kind) -> None:
        """Add what an entry brings.

        The name is set once, however often it is repeated: LangChain would concatenate it. White
        space before the arguments is left out, so that blank arguments are none.
        """
        self.extra = merged_under(self.extra, entry.extra or None)
        self.named_again = kind is Kind.NAMED_AGAIN or (
            self.named_again and not entry.arguments.strip()
        )
        name = ""
        if kind is Kind.NAME_GOES_ON:
            # A piece may repeat what was there: "get_", then "get_weather".
            name = entry.name.removeprefix(self.name)
        elif not self.name:
            name = entry.name
        self.name += name
        self._new_name += name
        if kind not in {Kind.NOISE, Kind.NAMED_AGAIN}:
            self._append(self._certain_arguments(entry))

    def take(self) -> ToolCallChunk | None:
        """Return what is new as LangChain's chunk, which has the id once; None if nothing is."""
        name, arguments = self._new_name, self._new_arguments
        new_id = self.id if self._is_id_new else ""
        # An id alone is not shown yet: without a name or arguments there is no call.
        if not (name or arguments or (new_id and self)):
            return None
        self._new_name = self._new_arguments = ""
        self._is_id_new = not self.id
        return tool_call_chunk(
            name=name or None, args=arguments, id=new_id or None, index=self.number
        )

    def _certain_arguments(self, entry: Entry) -> str:
        """Return what of the arguments in an entry is new and certain to count."""
        text = entry.arguments
        if entry.custom or self.custom:
            # Free text becomes the one argument, escaped piece by piece.
            text = json.dumps(text, ensure_ascii=False)[1:-1]
            if not self.custom:
                self.custom, text = True, _CUSTOM_START + text
            return text
        if not text.strip():
            return text if self._pieces else ""
        if self._pieces and self.state is State.OPEN:
            return text
        if not holds_none(self._held):
            text = self._held + text
        if may_hold_none(text):
            self._held = text
            return ""
        self._held = ""
        return text if self._pieces else text.lstrip()

    def __bool__(self) -> bool:
        """Return whether there is anything to call."""
        return bool(self.name or self._pieces)

    def _append(self, arguments: str) -> None:
        if arguments:
            self._pieces.append(arguments)
            self._new_arguments += arguments
            self._scan.feed(arguments)

    # --- the end ---
    def release(self) -> None:
        """Add the arguments that were held back, if they count after all."""
        held, self._held = self._held, ""
        is_noise = self._pieces or held.strip() == "null" or not (self.name or self.sent_id)
        if not (is_noise and holds_none(held)):
            self._append(held)

    def close(self) -> None:
        """Complete the call, which has an id by now.

        Arguments that cannot be read get an end that keeps them so: see `Scan.unrepairable_suffix`.
        """
        if self.custom:
            self._append(_CUSTOM_END)
        read = read_arguments(self.arguments)
        self.args, self.error = read.args, read.error
        if not self.name:
            self.error = NO_NAME
        # JSON that is no object is invalid to LangChain too.
        if not read.is_json or (self.error and read.args is not None):
            self._new_arguments += self._scan.unrepairable_suffix()
        # An id may be repeated. It is, where extras or the text of a broken call are found by it.
        self._is_id_new = self._is_id_new or self.extra is not None or bool(self.error)


def _made_up_id(seed: str | None, number: int) -> str:
    """Return an id for a call without one: the same each time the same answer is read."""
    if not seed:
        return f"call_{uuid4().hex[:_ID_LENGTH]}"
    digest = blake2s(f"{seed}:{number}".encode(errors="replace")).hexdigest()
    return f"call_{digest[:_ID_LENGTH]}"


class CallAssembler:
    """Puts the calls of one answer together.

    Args:
        metadata: Of the answer, whose id is part of the ids of calls that came without.

    Attributes:
        calls: The calls, in the order in which they began.
    """

    def __init__(self, metadata: Metadata) -> None:
        self.calls: list[Call] = []
        self._metadata = metadata
        self._by_id: dict[str, Call] = {}  # the latest that an id began
        self._by_index: dict[str, Call] = {}

    def __bool__(self) -> bool:
        """Return whether there is any call."""
        return any(self.calls)

    def feed(self, entries: Sequence[Any]) -> list[ToolCallChunk]:
        """Add the entries of one delta; return LangChain's chunks, at most one per call."""
        touched: dict[int, Call] = {}
        for entry in filter(None, map(read_entry, entries)):
            kind, call, entry_for_it = self._place(entry, touched)
            touched[call.number] = call
            call.add(entry_for_it, kind)
        return [chunk for call in touched.values() if (chunk := call.take())]

    def release(self) -> list[ToolCallChunk]:
        """Return the arguments that were held back until the end."""
        for call in self.calls:
            call.release()
        return [chunk for call in self.calls if (chunk := call.take())]

    def close(self) -> list[ToolCallChunk]:
        """Complete the calls; return what is still to be streamed of them."""
        for call in self.calls:
            call.release()
        self.calls = [call for call in self.calls if call]
        for call in self.calls:
            self.id_of(call)
            call.close()
        return [chunk for call in self.calls if (chunk := call.take())]

    def id_of(self, call: Call) -> str:
        """Return the id of a call, made up where none came: results need one."""
        call.id = call.id or _made_up_id(self._metadata.seed, call.number)
        return call.id

    def valid(self) -> list[ToolCall]:
        """Return the calls that can be made."""
        return [
            tool_call(name=call.name, args=call.args or {}, id=call.id)
            for call in self.calls
            if not call.error
        ]

    def broken(self) -> list[InvalidToolCall]:
        """Return the calls that cannot be read: the text as it was sent, and what is wrong."""
        return [
            invalid_tool_call(
                name=call.name or None, args=call.arguments, id=call.id, error=call.error
            )
            for call in self.calls
            if call.error
        ]

    def extras(self) -> dict[str, Any]:
        """Return `extra_content` by call id."""
        return {call.id: call.extra for call in self.calls if call.extra is not None}

    def _place(self, entry: Entry, touched: Container[int]) -> tuple[Kind, Call, Entry]:
        """Return what an entry is, its call, and the entry as it concerns the call."""
        tie, call = self._tie(entry, touched)
        kind = Kind.NEW_CALL
        if call is not None:
            state = call.state
            sent = call.compare_arguments(entry, state)
            kind = kind_of(tie, call.compare_name(entry.name), state, sent)
        if kind is Kind.NEXT_CALL and call is not None:
            entry = entry._replace(name=call.name, id=call.sent_id)
        if call is None or kind in {Kind.NEW_CALL, Kind.NEXT_CALL}:
            call = Call(len(self.calls))
            self.calls.append(call)
        if entry.id and not call.sent_id:
            call.sent_id = entry.id
            call.id = "" if entry.id in self._by_id else entry.id
            self._by_id[entry.id] = call
        if entry.at is not None:
            self._by_index[entry.at] = call
        return kind, call, entry

    def _tie(self, entry: Entry, touched: Container[int]) -> tuple[Tie, Call | None]:
        """Return the earlier call that an entry may belong to, and what ties it to that call."""
        at_index = None if entry.at is None else self._by_index.get(entry.at)
        by_id = self._by_id.get(entry.id) if entry.id else None
        if by_id is not None and (at_index is None or at_index.sent_id):
            if entry.at is None:
                return Tie.SAME_DELTA if by_id.number in touched else Tie.ID, by_id
            if at_index is None:
                return Tie.ID_AT_FREE_INDEX, by_id
            return Tie.ID, at_index if at_index.sent_id == entry.id else by_id
        has_new_id = bool(entry.id and by_id is None)
        if entry.at is not None:
            is_other = has_new_id and at_index is not None and bool(at_index.sent_id)
            return Tie.NEW_ID_AT_INDEX if is_other else Tie.INDEX, at_index
        latest = self.calls[-1] if self.calls else None
        if latest is not None and has_new_id and latest.sent_id:
            return Tie.NEW_ID_IN_ORDER, latest
        is_beside = latest is not None and latest.number in touched
        return Tie.SAME_DELTA if is_beside else Tie.ORDER, latest


def calls_of_message(entries: Sequence[Any]) -> list[Any]:
    """Return the entries of a whole message: each is a call of its own, whatever it repeats."""
    return [
        {**entry, "index": place} if isinstance(entry, dict) else entry
        for place, entry in enumerate(entries)
    ]
