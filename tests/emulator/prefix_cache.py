"""Claude's cache of prompts: which prefix of a request was seen before, and what that saves.

Source of the rules: https://platform.claude.com/docs/en/build-with-claude/prompt-caching. Nothing
expires here, as no run of tests takes five minutes; so no clock is needed.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from . import conversation, usage

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .models import Model

Json = dict[str, Any]

_LOOKED_BACK = 20
"""How many blocks are tried for a mark, its own being the first."""
_SHORTEST = 1024
"""Tokens below which a prefix is not kept."""
_PRICE_OF_READING, _PRICE_OF_5_MINUTES, _PRICE_OF_AN_HOUR = 0.1, 1.25, 2.0
"""What tokens cost, in parts of the price of input."""


@dataclass
class CachedTokens:
    """Tokens of one request that were read from the cache, or written to it."""

    read: int = 0
    written_for_5_minutes: int = 0
    written_for_an_hour: int = 0

    @property
    def written(self) -> int:
        return self.written_for_5_minutes + self.written_for_an_hour

    def at_full_price(self, prompt: int) -> float:
        """Return how many tokens outside of the cache would cost what this prompt does."""
        return (
            prompt
            - self.read * (1 - _PRICE_OF_READING)
            + self.written_for_5_minutes * (_PRICE_OF_5_MINUTES - 1)
            + self.written_for_an_hour * (_PRICE_OF_AN_HOUR - 1)
        )


class PrefixCache:
    """What one server has cached, each key's and each model's apart."""

    def __init__(self) -> None:
        self._tokens: dict[bytes, int] = {}
        """Of each prefix, by its digest."""

    def look_up(self, key: str, body: Json, model: Model) -> CachedTokens | None:
        """Read the longest known prefix of a request, and keep those that it marks.

        Returns:
            What is read and written; None where nothing is marked.
        """
        prefixes = list(_prefixes(body))
        digests = [_digest([key, model.id, prefix]) for prefix, _ in prefixes]
        marks = {end: mark for end, (_, mark) in enumerate(prefixes) if mark}
        if not marks:
            return None
        tried = {n for end in marks for n in range(max(end - _LOOKED_BACK + 1, 0), end + 1)}
        found = CachedTokens(max(self._tokens.get(digests[n], 0) for n in tried))
        covered = found.read
        for end, mark in marks.items():
            tokens = usage.prompt_tokens(conversation.read(prefixes[end][0], model))
            if tokens < _SHORTEST:
                continue
            self._tokens[digests[end]] = tokens
            written, covered = max(tokens - covered, 0), max(tokens, covered)
            if mark.get("ttl") == "1h":
                found.written_for_an_hour += written
            else:
                found.written_for_5_minutes += written
        return found


def _prefixes(body: Json) -> Iterator[tuple[Json, Json | None]]:
    """Yield the prefixes of a body, each a block longer, without marks, and the mark at its end."""
    prefix: Json = {"messages": []}
    for name in ("tools", "system"):
        for block in _blocks(body.get(name)):
            prefix = {**prefix, name: [*prefix.get(name, ()), conversation.without_mark(block)]}
            yield prefix, block.get("cache_control")
    for message in body["messages"]:
        before, turn = prefix["messages"], {**message, "content": []}
        for block in _blocks(message["content"]):
            turn = {**turn, "content": [*turn["content"], conversation.without_mark(block)]}
            prefix = {**prefix, "messages": [*before, turn]}
            yield prefix, block.get("cache_control")
        prefix = {**prefix, "messages": [*before, turn]}


def _digest(value: Any) -> bytes:
    """Return a digest of what is sent, where the order of keys counts as well."""
    return hashlib.sha256(json.dumps(value).encode()).digest()


def _blocks(content: Any) -> list[Json]:
    return [{"type": "text", "text": content}] if isinstance(content, str) else content or []
