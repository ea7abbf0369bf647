"""Keeps keys out of everything that is shown: tracebacks, errors, logs, dumps, cassettes.

A key travels as pydantic's `SecretStr`, and is text only where a header is written or a text is
searched for it.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Awaitable
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, quote_plus

from pydantic import Secret, SecretStr

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

MASK = "***"
_MIN_CHARACTERS = 4
"""A shorter value is no real secret, and hiding it would damage any text."""
_MIN_CHARACTERS_IN_BASE64 = 8
"""What is left of a shorter one between its neighbours turns up by chance."""

_HIDDEN = (SecretStr, Secret)


def hidden(value: Any) -> Any:
    """Return a value that does not show itself; None and what yields one later as it is."""
    if value is None or isinstance(value, (*_HIDDEN, Awaitable)) or callable(value):
        return value
    return SecretStr(value) if isinstance(value, str) else Secret(value)


def revealed(value: Any) -> Any:
    """Return what `hidden` hid. Keep it out of variables: tracebacks show those."""
    return value.get_secret_value() if isinstance(value, _HIDDEN) else value


def hide_key(arguments: Any) -> None:
    """Hide the `api_key` in the arguments that a function collected.

    It changes the mapping itself, since a traceback shows the arguments of every function.
    """
    if "api_key" in arguments:
        arguments["api_key"] = hidden(arguments["api_key"])


class Redactor:
    r"""Finds secrets in texts, in the spellings in which services send them back.

    One list of spellings for errors and for cassettes: as it is, as JSON (`\/`, `\"`) and URLs
    (`%2F`, `%2f`) write it, in upper or lower case, and in base64, on its own or inside of more
    (`user:key`, at any byte offset, both alphabets). The time is linear in the length of the text.

    Args:
        secrets: What to find. Values of fewer than four characters are not looked for.
        mask: What is put in the place of each.
    """

    def __init__(self, secrets: Iterable[SecretStr], mask: str = MASK) -> None:
        self._mask = mask
        known = {secret.get_secret_value() for secret in secrets}
        spellings = {re.escape(one) for text in known for one in _spellings(text)}
        found = spellings.union(*map(_in_base64, known))
        # The longest first: a secret may begin with another one.
        pattern = "|".join(sorted(found, key=len, reverse=True))
        self._pattern = re.compile(pattern, re.ASCII | re.IGNORECASE) if found else None

    def redact(self, text: str) -> str:
        """Return `text` with the mask in the place of every secret."""
        return text if self._pattern is None else self._pattern.sub(self._mask, text)


def _spellings(text: str) -> Iterator[str]:
    if len(text) < _MIN_CHARACTERS:
        return
    yield text
    in_json = json.dumps(text)[1:-1]
    yield from (in_json, in_json.replace("/", "\\/"), json.dumps(text, ensure_ascii=False)[1:-1])
    yield from (quote(text, safe=""), quote(text), quote_plus(text))


def _in_base64(text: str) -> Iterator[str]:
    """Yield a pattern, for each byte offset, of the base64 that holds `text`.

    Only the inner part does not depend on the text around; a character before and after it holds
    some bits of `text` and some of its neighbours.
    """
    if len(text) < _MIN_CHARACTERS_IN_BASE64 or not text.isascii():
        return
    for offset in range(3):
        encoded = base64.b64encode(b"\0" * offset + text.encode()).decode()
        first = -(-offset * 8 // 6)  # characters that hold bits of what stands before
        last = (offset + len(text)) * 8 // 6  # those that hold nothing but known bits
        before = ".?" if offset else ""
        after = ".?" if (offset + len(text)) % 3 else ""
        for inner in (encoded, encoded.translate(_URL_SAFE)):
            yield f"{before}(?-i:{re.escape(inner[first:last])}){after}"


_URL_SAFE = {ord("+"): "-", ord("/"): "_"}
