"""Keeps keys out of everything that is shown: errors, logs, dumps."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

MASK = "***"
_SHORTEST = 4
"""Characters. A shorter value is no secret worth the name, and hiding it would garble any text."""


def redact(text: str, secrets: Iterable[str]) -> str:
    """Return `text` with every occurrence of a secret replaced by `***`."""
    # Longest first: of a key and its prefix, the whole key has to go.
    for secret in sorted(set(secrets), key=len, reverse=True):
        if len(secret) >= _SHORTEST:
            text = text.replace(secret, MASK)
    return text
