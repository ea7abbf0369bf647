"""Which httpx a client is of: `httpx`, or `httpx2`, which has the same interface.

Our own clients are httpx's. A user's may be of either, and httpx2 is never imported here: the
user's client has brought it. So types are known by their module and name, exceptions as well.
"""

from __future__ import annotations

import sys
from typing import Any

NAMES = ("httpx", "httpx2")


def is_of(value: object, name: str) -> bool:
    """Return whether `value` is an instance of a class `name` of either module."""
    return any(cls.__name__ == name for cls in _classes(type(value)))


def names_of(exception: BaseException) -> frozenset[str]:
    """Return the names of the classes of either module that `exception` is an instance of."""
    return frozenset(cls.__name__ for cls in _classes(type(exception)))


def errors_of(client: object) -> tuple[type[Exception], ...]:
    """Return what a client raises when a request fails; anything else is a defect and stays.

    Args:
        client: The user's client, or None for one of ours.
    """
    found = next(_classes(type(client)), None)
    module: Any = sys.modules["httpx" if found is None else _root(found)]
    return module.TransportError, module.DecodingError, module.InvalidURL


def _classes(kind: type[Any]) -> Any:
    return (cls for cls in kind.__mro__ if _root(cls) in NAMES)


def _root(cls: type[Any]) -> str:
    return cls.__module__.partition(".")[0]
