"""Names and ids of tool calls in a history, as the next service takes them.

A conversation may go on with another vendor's model, and each vendor refuses ids of another form.
"""

from __future__ import annotations

import re
from base64 import b32encode
from functools import lru_cache
from hashlib import blake2b
from typing import TYPE_CHECKING

from langchain_core.messages import AIMessage, ToolMessage

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from langchain_core.messages import BaseMessage

MAX_NAME_LENGTH = 64
_NAME = re.compile(r"[a-zA-Z0-9_-]{1,64}")
_REFUSED = re.compile(r"[^a-zA-Z0-9_-]")

UNNAMED = "unknown"
"""The name of a call that a model left without one: services refuse an empty name."""


@lru_cache(maxsize=2048)
def fitting_name(name: str) -> str:
    """Return the name of a call as every service takes it: `^[a-zA-Z0-9_-]{1,64}$`.

    Models invent names such as `multi_tool_use.parallel`, and services then refuse every later
    request of the conversation.
    """
    if _NAME.fullmatch(name):
        return name
    return _REFUSED.sub("_", name)[:MAX_NAME_LENGTH] or UNNAMED


@lru_cache(maxsize=4096)
def fitting_id(call_id: str, allowed: re.Pattern[str] | None) -> str:
    """Return the id of a call as `allowed` wants it; an id that fits stays as it is.

    Args:
        call_id: The id in the conversation.
        allowed: What ids have to match; None allows all.
    """
    if allowed is None or allowed.fullmatch(call_id):
        return call_id
    digest = blake2b(call_id.encode(errors="surrogatepass"), digest_size=20).digest()
    text = b32encode(digest).decode().lower()
    candidates = (_REFUSED.sub("_", call_id) or "call", f"call_{text[:24]}", text[:9])
    return next((made for made in candidates if allowed.fullmatch(made)), call_id)


def all_ids_fit(messages: Iterable[BaseMessage], allowed: re.Pattern[str] | None) -> bool:
    """Return whether no id of a call or a result has to be changed."""
    if allowed is None:
        return True
    return all(not call_id or allowed.fullmatch(call_id) for call_id in _ids_of(messages))


def _ids_of(messages: Iterable[BaseMessage]) -> Iterator[str | None]:
    for message in messages:
        if isinstance(message, AIMessage):
            for call in message.tool_calls:
                yield call["id"]
        elif isinstance(message, ToolMessage):
            yield message.tool_call_id


class CallIds:
    """The ids of calls in one request.

    Args:
        allowed: What ids have to match; None allows all.
        unique: Whether no two calls of the request may have the same id. Some models count their
            calls from the start in each turn, and Claude refuses an id that comes again.
    """

    def __init__(self, allowed: re.Pattern[str] | None, *, unique: bool = False) -> None:
        """Begin before the first call."""
        self.allowed = allowed
        self._unique = unique
        self._calls: dict[str, list[str]] = {}
        """By the id of the conversation: the ids of the latest turn that calls."""
        self._used: set[str] = set()
        self._next: dict[str, int] = {}

    def forget_call(self, name: str) -> None:
        """Forget what an id of an earlier turn, used again, was written as."""
        self._calls.pop(name, None)

    def id_of_call(self, name: str) -> str:
        """Return the id with which a call is sent."""
        stem = written = fitting_id(name, self.allowed)
        if not self._unique:
            return written
        n = self._next.get(stem, 1)
        while written in self._used:
            n += 1
            suffix = f"_{n}"
            written = stem[: MAX_NAME_LENGTH - len(suffix)] + suffix
        self._next[stem] = n
        self._used.add(written)
        self._calls.setdefault(name, []).append(written)
        return written

    def id_of_result(self, name: str) -> str:
        """Return the id of the latest call named `name`, as it was sent."""
        if not self._unique:
            return fitting_id(name, self.allowed)
        ids = self._calls.get(name)
        if not ids:
            return self.id_of_call(name)  # no message makes that call
        return ids.pop(0) if len(ids) > 1 else ids[0]
