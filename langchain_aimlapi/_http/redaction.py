"""Keeps keys out of everything that is shown: errors, logs, dumps."""

from __future__ import annotations

import html
import json
from typing import TYPE_CHECKING
from urllib.parse import quote

if TYPE_CHECKING:
    from collections.abc import Iterable

MASK = "***"
_SHORTEST = 4
"""Characters. A shorter value is no secret worth the name, and hiding it would garble any text."""


def redact(text: str, secrets: Iterable[str]) -> str:
    """Return `text` with every occurrence of a secret replaced by `***`.

    Bodies and pages that echo a secret may write it as JSON, HTML or a URL does, so those
    spellings go as well.
    """
    # Longest first: of a key and its prefix, the whole key has to go.
    for secret in sorted(set(secrets), key=len, reverse=True):
        if len(secret) < _SHORTEST:
            continue
        text = text.replace(secret, MASK)
        if not secret.isalnum():
            for spelling in _spellings(secret):
                text = text.replace(spelling, MASK)
    return text


def _spellings(secret: str) -> set[str]:
    as_json = json.dumps(secret)[1:-1]
    return {
        as_json,
        as_json.replace("/", "\\/"),
        html.escape(secret),
        quote(secret, safe=""),
    } - {secret}
