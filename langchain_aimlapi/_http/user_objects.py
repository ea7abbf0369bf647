"""What users make with httpx or httpx2 and hand over: clients, timeouts, and what clients raise.

httpx2 has the interface of httpx and is never imported here: the user's client has brought it. So
types are known by their module and name. Nothing here imports httpx either before such an object
is looked at: constructing a model does without the import.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from langchain_aimlapi.errors import ConfigurationError

if TYPE_CHECKING:
    from httpx import AsyncClient, Client, Timeout
else:
    # Annotations of public fields and functions that name these resolve without httpx.
    AsyncClient = Client = Timeout = Any

__all__ = ["AsyncClient", "Client", "Timeout"]  # imported from here for annotations

CONNECT = 15.0
"""Seconds to connect where no timeout is set: an answer may take minutes, a connection not."""
_MODULES = ("httpx", "httpx2")


def names_of(exception: BaseException) -> frozenset[str]:
    """Return the name of its class, and of those classes of httpx or httpx2 that it inherits."""
    kind = type(exception)
    return frozenset({kind.__name__, *(cls.__name__ for cls in _classes(kind))})


def errors_of(client: object) -> tuple[type[Exception], ...]:
    """Return what a client raises when a request fails; anything else is a defect and stays.

    Args:
        client: The user's client, or None for one of ours.
    """
    found = next(_classes(type(client)), None)
    module: Any = sys.modules["httpx" if found is None else _root(found)]
    return module.TransportError, module.DecodingError, module.InvalidURL


def _is_of(value: object, name: str) -> bool:
    """Return whether `value` is an instance of a class `name` of httpx or httpx2."""
    return any(cls.__name__ == name for cls in _classes(type(value)))


def _classes(kind: type[Any]) -> Iterator[type[Any]]:
    return (cls for cls in kind.__mro__ if _root(cls) in _MODULES)


def _root(cls: type[Any]) -> str:
    return str(cls.__module__).partition(".")[0]


def checked_client(value: Any, *, kind: str) -> Any:
    """Return the value of a field for a client of this kind, or for None.

    Raises:
        ConfigurationError: It is neither.
    """
    if value is None or _is_of(value, kind):
        return value
    given = type(value)
    name = f"{_root(given)}.{given.__qualname__}"
    field = "http_client" if kind == "Client" else "http_async_client"
    raise ConfigurationError(f"{field} must be an httpx.{kind} or httpx2.{kind}, not {name}.")


def as_timeout(value: Any) -> float | Timeout | None:
    """Return a timeout as seconds or an `httpx.Timeout`; None switches it off.

    Args:
        value: One of these, `{"connect": ..., "read": ..., "write": ..., "pool": ...}` or a
            tuple in this order, in seconds.

    Raises:
        ConfigurationError: It is none of these, or not more than 0.
    """
    try:
        if _is_of(value, "Timeout"):
            value = value.as_dict()
        if isinstance(value, (Mapping, Sequence)) and not isinstance(value, str):
            import httpx  # noqa: PLC0415  # slow to import, and not needed to construct a model

            named = isinstance(value, Mapping)
            value = httpx.Timeout(**dict(value)) if named else httpx.Timeout(tuple(value))
            parts = list(value.as_dict().values())
        else:
            value = None if value is None else float(value)
            parts = [value]
        is_positive = all(part is None or part > 0 for part in parts)
    except (IndexError, TypeError, ValueError):  # parts that are none, or too few
        raise ConfigurationError(
            "timeout is in seconds, or has the parts connect, read, write and pool."
        ) from None
    if not is_positive:
        msg = "timeout is in seconds and must be more than 0; None switches it off."
        raise ConfigurationError(msg)
    timeout: float | Timeout | None = value
    return timeout


def timeouts_of(
    timeout: float | Timeout | None, client: Client | AsyncClient | None, *, chosen: bool
) -> tuple[Timeout, float | None]:
    """Return the bounds of a request's phases, and of one non-streaming attempt as a whole.

    A number bounds everything. The parts of an `httpx.Timeout` bound their phases; together no
    attempt may take longer than their sum, and one unbounded phase leaves the whole unbounded.

    Args:
        timeout: The model's, or that of the call.
        client: The user's client, if there is one: it brings a timeout of its own.
        chosen: Whether the user set `timeout`. It wins over that of the client then.

    Returns:
        The phases, and the seconds for the whole or None for no limit.
    """
    import httpx  # noqa: PLC0415  # slow to import, and not needed to construct a model

    if chosen:
        phases = httpx.Timeout(timeout)
    elif client is not None:
        timeout = phases = client.timeout
    else:
        phases = httpx.Timeout(timeout, connect=CONNECT)
    if timeout is None or isinstance(timeout, (int, float)):
        return phases, timeout
    parts = (timeout.connect, timeout.write, timeout.read, timeout.pool)
    return phases, None if None in parts else sum(part for part in parts if part is not None)
