"""Which call a delta of a streamed call belongs to, and what it adds: one table for all endpoints.

Theory of operation. A delta is `{index, id, name, arguments}`, each of which may be left out,
repeated, or shared by two calls. Three questions are answered in turn. First, what ties the delta
to an earlier call: an id that began a call, else the index, else the order (`Tie`); a delta that
nothing ties begins a call. Second, what it brings, compared with that call: its name (`Name`) and
its arguments (`Sent`), against the arguments that came before (`State`). Third, what that means
(`Kind`): `ROWS` is read from above, and the first row that fits counts. So the rare habits stand
above the common ones, and the last row, "it goes on", is the form that OpenAI documents. An id or
a name that is repeated is not new, an id that begins a second call is not used twice, and `{}`
counts only where no other arguments come. Deltas that the rows cannot tell apart end as text that
is no JSON, which is an invalid call: no row may make a valid call with the arguments of another.
"""

from __future__ import annotations

import json
from enum import Enum, auto
from functools import cache
from typing import Any, NamedTuple

from langchain_aimlapi._answers.coerce import name_of

_NO_VALUES = frozenset({"null", "none", "undefined", "nil"})
"""What stands in place of an id or a name that is missing, in lower case."""


class Entry(NamedTuple):
    """One entry of a delta's `tool_calls`, read."""

    id: str
    at: str | None  # the index, a number as a rule
    name: str
    arguments: str
    custom: bool
    extra: Any


def read_entry(entry: Any) -> Entry | None:
    """Read an entry of `tool_calls`, or None when there is nothing to read in it.

    The function may be null, its arguments null, absent, text or an object; a `custom` tool has
    free text instead; name and arguments may also stand beside the id.
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
    id_, index = name_of(entry.get("id")), entry.get("index")
    return Entry(
        id="" if is_no_value(id_) else id_,
        at=str(index) if isinstance(index, (int, str)) else None,
        name=name_of(function.get("name")),
        arguments=arguments,
        custom=is_custom,
        extra=entry.get("extra_content"),
    )


def is_no_value(text: str) -> bool:
    """Return whether an id or a name stands for a missing one."""
    return text.strip().lower() in _NO_VALUES


class Tie(Enum):
    """What ties a delta to an earlier call."""

    ID = auto()  # its id is that of the call
    ID_AT_FREE_INDEX = auto()  # the same, but no call has its index
    INDEX = auto()  # its index; one of the two has no id
    NEW_ID_AT_INDEX = auto()  # its index; its id was not seen before
    ORDER = auto()  # it follows the call; it has no index, and one of the two no id
    NEW_ID_IN_ORDER = auto()  # it follows the call; it has no index, its id was not seen before
    SAME_DELTA = auto()  # the same, or its id, in the very delta that brought the call


class Name(Enum):
    """The name in a delta, compared with that of the call."""

    NO = auto()
    FIRST = auto()  # the call had none
    SAME = auto()
    OTHER = auto()


class State(Enum):
    """The arguments of the call so far."""

    NONE = auto()
    EMPTY = auto()  # `{}` or `null`
    OPEN = auto()
    WHOLE = auto()
    NAMED_AGAIN = auto()  # whole, and then the call was named once more, without arguments


class Sent(Enum):
    """The arguments in a delta."""

    NONE = auto()
    EMPTY = auto()  # `{}` or `null`
    REPEATED = auto()  # those that the call has already, all of them
    BEGIN = auto()  # they begin an object
    MORE = auto()


class Kind(Enum):
    """What a delta is."""

    NEW_CALL = auto()
    NEXT_CALL = auto()  # another call of the name that was repeated before
    GOES_ON = auto()  # with the arguments, or with the name where the call has none
    NAME_GOES_ON = auto()  # and so may the arguments
    NAMED_AGAIN = auto()  # a repetition, unless arguments follow
    NOISE = auto()


Row = tuple[set[Tie] | None, set[Name] | None, set[State] | None, set[Sent] | None, Kind]
"""Where the first four fit, a delta is of the kind. None fits always."""

_NEW_ID = {Tie.NEW_ID_AT_INDEX, Tie.NEW_ID_IN_ORDER}
_TIED = {Tie.ID, Tie.INDEX, Tie.ORDER}
_WHOLE = {State.WHOLE, State.NAMED_AGAIN}
_ENDED = {State.EMPTY, *_WHOLE}

# Deltas in the comments are {index, id, name, arguments}; "-" is absent, A and B are objects.
ROWS: tuple[Row, ...] = (
    # {0,X,f,'{"a"'} {1,X,f,': 1}'}: the index counts deltas.
    ({Tie.ID_AT_FREE_INDEX}, {Name.SAME}, {State.OPEN}, {Sent.MORE}, Kind.GOES_ON),
    # {0,X,f,A} {0,Y,g,B}: two calls share an index.
    (_NEW_ID, {Name.FIRST, Name.SAME, Name.OTHER}, None, None, Kind.NEW_CALL),
    # {0,X,f,A} {1,X,f,B}: two calls share an id.
    ({Tie.ID_AT_FREE_INDEX}, {Name.SAME, Name.OTHER}, None, None, Kind.NEW_CALL),
    # [{-,-,f,A}, {-,-,f,B}]: several whole calls in one delta.
    ({Tie.SAME_DELTA}, {Name.SAME, Name.OTHER}, None, None, Kind.NEW_CALL),
    # {-,X,f,A} {-,Y,-,-} {-,-,g,B}: the name comes after the id.
    ({Tie.NEW_ID_IN_ORDER}, {Name.NO}, None, {Sent.NONE}, Kind.NEW_CALL),
    ({Tie.NEW_ID_IN_ORDER}, {Name.NO}, _ENDED, None, Kind.NEW_CALL),
    # {0,X,get_,-} {0,-,weather,-}: a name in pieces. Without index and id it is another call.
    ({Tie.ID, Tie.INDEX}, {Name.OTHER}, {State.NONE}, None, Kind.NAME_GOES_ON),
    ({Tie.ORDER}, {Name.OTHER}, {State.NONE}, None, Kind.NEW_CALL),
    # {0,-,f,A} {0,-,g,B}; a name in the midst of arguments is none.
    (_TIED, {Name.OTHER}, _ENDED, None, Kind.NEW_CALL),
    # {0,X,f,A} {0,X,f,-}: the name is repeated once more at the end ...
    (_TIED, {Name.SAME}, _WHOLE, {Sent.NONE}, Kind.NAMED_AGAIN),
    # ... {0,-,-,B}: or another call began, with the same index and id.
    (None, {Name.NO}, {State.NAMED_AGAIN}, {Sent.BEGIN}, Kind.NEXT_CALL),
    # {0,X,f,A} {0,X,f,A}: the whole call is repeated. Without an id it is another one.
    ({Tie.ID}, {Name.SAME}, _WHOLE, {Sent.REPEATED}, Kind.NOISE),
    # {0,X,f,A} {0,X,f,{}}: behind arguments `{}` is noise; without index and id it is a call.
    ({Tie.ID, Tie.INDEX}, {Name.SAME}, _WHOLE, {Sent.EMPTY}, Kind.NOISE),
    # {-,-,f,{}} {-,-,f,A}: two calls; with an index or an id `{}` in front is noise.
    ({Tie.ORDER}, {Name.SAME}, {State.EMPTY}, {Sent.EMPTY, Sent.BEGIN, Sent.MORE}, Kind.NEW_CALL),
    # {0,X,f,A} {0,X,f,B}: whole calls, one by one, at one index and with one id.
    (_TIED, {Name.SAME}, _WHOLE, None, Kind.NEW_CALL),
    # {0,X,f,A} {0,-,-,{}}, {0,-,-,A}: nothing new.
    (None, {Name.NO}, _WHOLE, {Sent.EMPTY, Sent.REPEATED}, Kind.NOISE),
    # {0,X,f,-} {0,-,-,'{"a"'} {0,-,-,': 1}'}: as it is documented.
    (None, None, None, None, Kind.GOES_ON),
)


@cache
def kind_of(tie: Tie, name: Name, state: State, sent: Sent) -> Kind:
    """Return what a delta is that is tied to an earlier call."""
    return next(
        kind
        for ties, names, states, texts, kind in ROWS
        if (ties is None or tie in ties)
        and (names is None or name in names)
        and (states is None or state in states)
        and (texts is None or sent in texts)
    )
