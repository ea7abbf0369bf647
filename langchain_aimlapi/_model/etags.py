"""Answers cached with their `ETag`: asked again, the service may say that nothing changed.

See RFC 9110, 13.1.2. An answer without an `ETag` is not cached.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

    from langchain_aimlapi._http.redaction import Secret
    from langchain_aimlapi._http.requests import Reply

_T = TypeVar("_T")

_MAX_ANSWERS = 32
_NOT_MODIFIED = 304

CacheKey = tuple[str, "Secret | None"]
"""Where an answer is from: URL and key."""


@dataclass(frozen=True, slots=True)
class KnownAnswer(Generic[_T]):
    """What an earlier answer meant, and its tag."""

    etag: str
    value: _T


class ETagCache(Generic[_T]):
    """The latest answers, by URL and key; safe to use from threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._cached: OrderedDict[CacheKey, KnownAnswer[_T]] = OrderedDict()

    def ask(self, key: CacheKey) -> Conditional[_T]:
        """Return a question about `key` that names what is known of its answer."""
        with self._lock:
            return Conditional(self, key, self._cached.get(key))

    def put(self, key: CacheKey, known: KnownAnswer[_T]) -> None:
        """Cache an answer; the oldest of too many is dropped."""
        with self._lock:
            self._cached[key] = known
            self._cached.move_to_end(key)
            while len(self._cached) > _MAX_ANSWERS:
                self._cached.popitem(last=False)


@dataclass(frozen=True, slots=True)
class Conditional(Generic[_T]):
    """One question: what is sent of an earlier answer, and how the new one is read."""

    cache: ETagCache[_T] | None
    key: CacheKey
    known: KnownAnswer[_T] | None

    @property
    def if_none_match(self) -> str | None:
        """The tag of the answer that is known."""
        return None if self.known is None else self.known.etag

    def read(self, reply: Reply, read: Callable[[bytes], _T]) -> _T:
        """Return the known answer if it still holds, else what `read` makes of the new one."""
        if reply.status == _NOT_MODIFIED and self.known is not None:
            return self.known.value
        value = read(reply.body)
        etag = reply.headers.get("etag")
        if etag and self.cache is not None:
            self.cache.put(self.key, KnownAnswer(etag, value))
        return value
