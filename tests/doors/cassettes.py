"""Reads, writes, scrubs and matches cassettes."""

from __future__ import annotations

from typing import Any

# Users record cassettes and replay them; only tests make and open the files themselves.
from langchain_aimlapi.testing import _format as texts
from langchain_aimlapi.testing import _match as match
from langchain_aimlapi.testing import _scrub as scrub

__all__ = ["cassette_from", "match", "scrub", "text_of_cassette", "texts"]


def cassette_from(text: str) -> dict[str, Any]:
    """Return what the text of a cassette says."""
    return texts.loads(text)


def text_of_cassette(interactions: Any, source: str) -> str:
    """Return the text of a cassette."""
    return texts.dumps(interactions, source)
