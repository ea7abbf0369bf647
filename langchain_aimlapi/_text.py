"""Makes texts of the service fit to be shown: a terminal or a log must not obey them."""

from __future__ import annotations

import re

REPLACEMENT = "\ufffd"

_CONTROLS = (  # compiled when first needed
    # Sequences go as a whole, for their letters mean nothing without the control character:
    # operating system command and kin (a title, a link, the clipboard), then CSI (colours, moves).
    r"(?:\x1b[\]PX^_]|[\x90\x98\x9d\x9e\x9f])[^\x07\x1b\x9c\r\n]*(?:\x07|\x1b\\|\x9c)?"
    r"|(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]?"
    # The other C0 and C1 controls, marks that turn the direction of a text, and halves of
    # surrogate pairs, which no stream of text can take.
    r"|[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]"
)


def printable(text: str) -> str:
    """Return `text` with each control character or sequence as U+FFFD; tabs and line feeds stay."""
    if text.isprintable():
        return text
    return re.sub(_CONTROLS, REPLACEMENT, text)


def printable_line(text: str) -> str:
    """Return the same on one line: a line break could feign a line of its own."""
    if text.isprintable():
        return text
    return printable(text).replace("\n", " ").replace("\t", " ")
