"""What is written of plain data once for each value, and kept.

An agent sends the same tools with every call, and the same calls of tools with every step. They
are known again by their value, so what was edited in place is written again.
"""

from __future__ import annotations

import marshal
from functools import lru_cache
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

_T = TypeVar("_T")

_VERSION = 2
"""Of marshal, the last one without references: what is written depends on values alone."""


def kept_by_value(
    make: Callable[[Any], _T | None], *, most: int, longest: int
) -> Callable[[Any], _T | None]:
    """Return a function that returns what `make` makes of plain data, and keeps it.

    It returns None for what it does not keep: long values, objects of classes, and what `make`
    returns None for.

    Args:
        make: Makes something of a copy of the data, whose types are the built-in ones exactly.
        most: How many values are kept.
        longest: How many bytes the longest of them has, about.
    """

    @lru_cache(maxsize=most)
    def of_written(written: bytes) -> _T | None:
        return make(marshal.loads(written))  # noqa: S302  # was written a moment ago, by us

    def kept(value: Any) -> _T | None:
        try:
            written = marshal.dumps(value, _VERSION)
        except ValueError:
            return None
        return of_written(written) if len(written) <= longest else None

    return kept
