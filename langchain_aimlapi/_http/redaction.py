"""Keeps keys out of everything that is shown: tracebacks, errors, logs, dumps, cassettes.

A key travels as a `Secret`, which shows itself as `***`, and is text only where a header is
written or a text is searched for it.
"""

from __future__ import annotations

import base64
import html
import re
from bisect import bisect_right
from collections.abc import Awaitable
from typing import TYPE_CHECKING, Any, Generic, NoReturn, TypeVar

from pydantic import SecretStr
from typing_extensions import override

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

MASK = "***"
_SHORTEST = 4
"""Characters. A shorter value is no real secret, and hiding it would damage any text."""
_SHORTEST_IN_BASE64 = 8
"""Characters. What is left of a shorter one between its neighbours turns up by chance."""
_LAYERS = 3
"""How often escapes are undone: a key may stand in JSON that is a string of JSON, in a URL."""

_T = TypeVar("_T")


class Hidden(Generic[_T]):
    """A value that does not show itself, whoever prints, logs, formats or reports it.

    It is no string, mapping or sequence, since reporters of errors walk through those.
    """

    __slots__ = ("_value",)

    def __init__(self, value: _T) -> None:
        """Hide `value`."""
        self._value = value

    def reveal(self) -> _T:
        """Return the value. Keep the result out of variables: tracebacks show those."""
        return self._value

    @override
    def __repr__(self) -> str:
        return MASK

    @override
    def __str__(self) -> str:
        return MASK

    @override
    def __format__(self, format_spec: str) -> str:
        return format(MASK, format_spec)

    @override
    def __eq__(self, other: object) -> bool:
        return isinstance(other, Hidden) and self._value == other._value

    @override
    def __hash__(self) -> int:
        return hash(self._value)

    @override
    def __reduce__(self) -> NoReturn:
        raise TypeError("A hidden value is not pickled.")


class Secret(Hidden[str]):
    """A key, a password or the value of a header."""

    __slots__ = ()


def hidden(value: Any) -> Any:
    """Return a text as a `Secret`, what yields one later or hides itself as it is."""
    if isinstance(value, SecretStr):
        return Secret(value.get_secret_value())
    if isinstance(value, str):
        return Secret(value)
    if value is None or isinstance(value, (Hidden, Awaitable)) or callable(value):
        return value
    return Hidden(value)


def hide_key(arguments: Any) -> None:
    """Hide the `api_key` in the arguments that a function collected.

    It changes the mapping itself, since a traceback shows the arguments of every function.
    """
    if "api_key" in arguments:
        arguments["api_key"] = hidden(arguments["api_key"])


class Redactor:
    r"""Finds secrets in texts, in every spelling in which a service sends them back.

    One list of spellings for errors and for cassettes. Upper and lower case make no difference.
    A secret is found as it is and in base64, on its own or inside of more (`user:key`, at any
    byte offset, both alphabets); each of these also with some or all of its characters written as
    JSON and Python (`\u002f`, `\x2f`, `\/`), URLs (`%2F`, `%2f`) and HTML (`&#39;`, `&#x27;`,
    `&apos;`) do, up to three layers deep, and divided by line breaks or tags; in hexadecimal
    digits; with a blank between its characters.

    The time is linear in the length of the text.

    Args:
        secrets: What to find. Values of fewer than four characters are not looked for.
        mask: What is put in the place of each.
    """

    def __init__(self, secrets: Iterable[Secret], mask: str = MASK) -> None:
        """Make the list of spellings."""
        self._mask = mask
        plain = {secret.reveal() for secret in secrets}
        known = sorted(text for text in plain if len(text) >= _SHORTEST)
        # A key may itself look like an escape, which is then undone with those of the text.
        undone = [_undo(text)[0] for text in known]
        self._any_case = {_lower(text) for text in (*known, *undone) if len(text) >= _SHORTEST}
        self._any_case |= {text.encode(errors="replace").hex() for text in known}
        self._any_case |= {" ".join(_lower(text)) for text in known}
        self._base64 = {piece for text in known for piece in _in_base64(text)}

    def redact(self, text: str) -> str:
        """Return `text` with the mask in the place of every secret."""
        spans = self._spans(text)
        if not spans:
            return text
        pieces: list[str] = []
        end = 0
        for start, stop in sorted(spans):
            if start >= end:
                pieces += (text[end:start], self._mask)
            end = max(end, stop)
        return "".join((*pieces, text[end:]))

    def _spans(self, text: str) -> list[tuple[int, int]]:
        if not self._any_case:
            return []
        found: list[tuple[int, int]] = []
        layers: list[_Places] = []
        flat = text
        for layer in range(_LAYERS + 1):
            for start, stop in self._spans_as_it_is(flat):
                for places in reversed(layers):
                    start, stop = places.before(start), places.before(stop - 1, last=True)  # noqa: PLW2901  # through the layers
                found.append((start, stop))
            if layer < _LAYERS:
                flat, places = _undo(flat)
                if not places:
                    break
                layers.append(places)
        return found

    def _spans_as_it_is(self, text: str) -> Iterator[tuple[int, int]]:
        lower = _lower(text)
        for needle in self._any_case:
            yield from _occurrences(lower, needle)
        for needle, before, after in self._base64:
            for start, stop in _occurrences(text, needle):
                yield max(0, start - before), min(len(text), stop + after)


def redact(text: str, secrets: Iterable[Secret]) -> str:
    """Return `text` with every secret in it replaced by `***`; see `Redactor`."""
    return Redactor(secrets).redact(text)


# --- layers of escapes ---


class _Places:
    """Where the characters of an undone text stood before, for each that was moved."""

    def __init__(self) -> None:
        self._after: list[int] = []  # places in the undone text from which on ...
        self._before: list[int] = []  # ... the characters stood here
        self._ends: list[int] = []  # where the first of them ended

    def note(self, after: int, before: int, end: int) -> None:
        self._after.append(after)
        self._before.append(before)
        self._ends.append(end)

    def __bool__(self) -> bool:
        return bool(self._after)

    def before(self, place: int, *, last: bool = False) -> int:
        """Return where the character at `place` began, or ended if it is the last."""
        row = bisect_right(self._after, place) - 1
        if row < 0:
            return place + last
        moved = place - self._after[row]
        if moved == 0:
            return self._ends[row] if last else self._before[row]
        return self._ends[row] + moved - 1 + last


_ESCAPE = re.compile(
    # Only ASCII is undone: keys and headers hold nothing else.
    r"\\u00[0-7][0-9A-Fa-f]|\\x[0-7][0-9A-Fa-f]|\\[^ux\r\n]"
    r"|%[0-7][0-9A-Fa-f]"
    r"|&#[0-9]{1,7};|&#[xX][0-9A-Fa-f]{1,6};|&[A-Za-z]{2,24};"
    # A line break with what a fold puts around it (mail, quoted-printable, shell); the
    # zero bytes of UTF-16; a tag of HTML, which may stand in the middle of a word.
    r"|</?[A-Za-z][^<>]{0,200}>|[=\\]?[\r\n][ \t\r\n]*|\x00"
)
_MAY_ESCAPE = re.compile(r"[\\%&<\r\n\x00]")
_OF_JSON = {"n": "\n", "r": "\r", "t": "\t", "b": "\b", "f": "\f", "0": "\0"}


def _undo(text: str) -> tuple[str, _Places]:
    """Return `text` without its outermost layer of escapes, and where its characters stood."""
    places = _Places()
    if not _MAY_ESCAPE.search(text):
        return text, places
    pieces: list[str] = []
    end = size = 0
    for match in _ESCAPE.finditer(text):
        plain = _plain(match[0])
        if plain is None:
            continue
        start, stop = match.span()
        pieces += (text[end:start], plain)
        size += start - end
        if plain:
            places.note(size, start, stop)
            size += 1
        else:
            places.note(size, stop, stop + 1)  # the next character is the first that moved
        end = stop
    return "".join((*pieces, text[end:])), places


def _plain(escape: str) -> str | None:
    """Return the character that an escape stands for, nothing for a fold, None for neither."""
    if escape[0] == "&":
        character = html.unescape(escape)
        return character if len(character) == 1 and character.isascii() else None
    if escape[0] == "%" or escape[:2] in {"\\u", "\\x"}:
        return bytes.fromhex(escape[-2:]).decode("ascii")
    if escape[0] == "\\" and escape[1] not in "\r\n":
        return _OF_JSON.get(escape[1], escape[1])
    return ""


# --- spellings ---

_LOWER = {upper: upper + 32 for upper in range(ord("A"), ord("Z") + 1)}


def _lower(text: str) -> str:
    """Return `text` with small ASCII letters; `str.lower` would change its length."""
    return text.translate(_LOWER)


def _in_base64(text: str) -> Iterator[tuple[str, int, int]]:
    """Yield, for each byte offset, the part of base64 that does not depend on the text around.

    With it come the numbers of characters before and after it that hold some bits of `text` and
    some of its neighbours.
    """
    if len(text) < _SHORTEST_IN_BASE64 or not text.isascii():
        return
    for offset in range(3):
        encoded = base64.b64encode(b"\0" * offset + text.encode()).decode()
        first = -(-offset * 8 // 6)  # characters that hold bits of what stands before
        last = (offset + len(text)) * 8 // 6  # those that hold nothing but known bits
        inner = encoded[first:last]
        before = 1 if offset else 0
        after = 0 if (offset + len(text)) % 3 == 0 else 1
        yield inner, before, after
        if (url_safe := inner.translate({ord("+"): "-", ord("/"): "_"})) != inner:
            yield url_safe, before, after


def _occurrences(text: str, needle: str) -> Iterator[tuple[int, int]]:
    start = text.find(needle)
    while start >= 0:
        stop = start + len(needle)
        yield start, stop
        start = text.find(needle, stop)
