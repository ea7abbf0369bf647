"""Reads and writes the text of a cassette."""

from __future__ import annotations

from typing import Any

# Users record cassettes and replay them; only tests make and open the files themselves.
from langchain_aimlapi.testing import _format


def cassette_from(text: str) -> dict[str, Any]:
    """Return what the text of a cassette says."""
    return _format.loads(text)


def text_of_cassette(interactions: Any, source: str) -> str:
    """Return the text of a cassette."""
    return _format.dumps(interactions, source)
