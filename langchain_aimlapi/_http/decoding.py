"""Decoding of compressed bodies in bounded steps: some kilobytes may stand for gigabytes.

Only what can be decoded so is asked for.
"""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING

from langchain_aimlapi._http.failures import UndecodableError

if TYPE_CHECKING:
    from collections.abc import Iterator

_IDENTITY = frozenset({"", "identity"})
_WINDOWS = {
    "gzip": zlib.MAX_WBITS | 16,
    "x-gzip": zlib.MAX_WBITS | 16,
    "deflate": zlib.MAX_WBITS,
}
"""The format, as the `wbits` of zlib name it."""
_INPUT = 1 << 16
"""Bytes that are looked at in one step."""
_OUTPUT = 1 << 20
"""Bytes that come out of one step at most."""
_HEAD = 2
"""Bytes by which deflate with a header is known."""
_SHOWN = 100
"""Characters of an encoding's name that an error shows at most."""


def acceptable(accepted: str) -> str:
    """Return what of a client's `Accept-Encoding` can be decoded here."""
    kept = [each for each in accepted.split(",") if _name(each) in _WINDOWS]
    return ",".join(kept).strip() or "identity"


def decoder_of(encoding: str) -> Inflater | None:
    """Return what decodes a body, or None for one that is not encoded.

    Args:
        encoding: The `Content-Encoding` of the response.

    Raises:
        UndecodableError: It is one that cannot be decoded in steps, so was not asked for.
    """
    name = _name(encoding)
    if name in _IDENTITY:
        return None
    if name not in _WINDOWS:
        raise UndecodableError(f"the encoding {name[:_SHOWN]!r} was not asked for")
    return Inflater(name)


def _name(encoding: str) -> str:
    return encoding.partition(";")[0].strip().lower()


class Inflater:
    """Decodes one body of gzip or deflate.

    Args:
        name: Its encoding.
    """

    def __init__(self, name: str) -> None:
        """Start before the first byte."""
        self._window = _WINDOWS[name]
        self._member = zlib.decompressobj(self._window)
        self._head = b""  # of a deflate body, whose kind is not known yet
        self._known = name != "deflate"
        self._ended = False

    def feed(self, data: bytes) -> Iterator[bytes]:
        """Yield what `data` stands for, in steps of bounded size.

        Raises:
            UndecodableError: It is not encoded as it claims to be.
        """
        if not self._known:
            data = self._head + data
            if len(data) < _HEAD:
                self._head = data
                return
            self._know_by(data)
        for start in range(0, len(data), _INPUT):
            rest = data[start : start + _INPUT]
            if self._member.eof:
                rest = self._next_member(rest)
            while not self._ended:
                decoded = self._decoded(rest)
                if decoded:
                    yield decoded
                rest = self._member.unconsumed_tail
                if self._member.eof:
                    rest = self._next_member(self._member.unused_data)
                if not rest and len(decoded) < _OUTPUT:
                    break

    def _know_by(self, data: bytes) -> None:
        """Look at the start of a deflate body: what many services call so has no header."""
        self._known = True
        is_zlib = data[0] & 0x0F == zlib.DEFLATED and int.from_bytes(data[:_HEAD], "big") % 31 == 0
        if not is_zlib:  # RFC 1950, 2.2
            self._window = -zlib.MAX_WBITS
            self._member = zlib.decompressobj(self._window)

    def _decoded(self, data: bytes) -> bytes:
        try:
            return self._member.decompress(data, _OUTPUT)
        except zlib.error as error:
            raise UndecodableError(str(error)) from None

    def _next_member(self, rest: bytes) -> bytes:
        """Return what belongs to the next member of a gzip file; anything else is ignored."""
        if rest and self._window > zlib.MAX_WBITS and rest.startswith(b"\x1f"):
            self._member = zlib.decompressobj(self._window)
            return rest
        self._ended = bool(rest)
        return b""
