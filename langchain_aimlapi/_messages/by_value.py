"""What is made of plain data once for each value, and kept.

An agent sends the same tools with every call, and the same calls of tools with every step. They
are known again by their value, so what was edited in place is made again.
"""

from __future__ import annotations

import marshal
from functools import lru_cache
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

_T = TypeVar("_T")
_Made = TypeVar("_Made")

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


class KeptList(list[_T]):
    """A list that is made once for each value, and what is made of it in turn. It never changes."""

    def __init__(self, items: Iterable[_T]) -> None:
        """Make a list of `items`."""
        super().__init__(items)
        self._made: dict[Callable[[Any], Any], Any] = {}

    def once(self, make: Callable[[Any], _Made]) -> _Made:
        """Return what `make` makes of the list, made once."""
        if make not in self._made:
            self._made[make] = make(self)
        made: _Made = self._made[make]
        return made

    def mapped(self, make: Callable[[Any], Iterable[_Made]]) -> KeptList[_Made]:
        """Return the list that `make` makes of this one, made once."""
        if make not in self._made:
            self._made[make] = KeptList(make(self))
        made: KeptList[_Made] = self._made[make]
        return made


def mapped(items: list[Any], make: Callable[[Any], list[_T]]) -> list[_T]:
    """Return the list that `make` makes of another: made once, if the other is kept."""
    return items.mapped(make) if type(items) is KeptList else make(items)


def kept_if_equal(
    make: Callable[[list[Any]], Iterable[_T]], *, most: int
) -> Callable[[Any], KeptList[_T] | None]:
    """Return a function that returns the list that `make` makes of plain data, and keeps it.

    To compare a value takes a quarter of the time that it takes to write it, as `kept_by_value`
    does. The order of keys makes no difference. It returns None for objects of classes.

    Args:
        make: Makes a list of a copy of the data, whose types are the built-in ones exactly.
        most: How many values are kept.
    """
    recent: list[tuple[Any, KeptList[_T]]] = []

    def kept(value: Any) -> KeptList[_T] | None:
        for known, made in tuple(recent):
            if known == value:
                return made
        try:
            known = _comparable(value)
        except (TypeError, RecursionError):
            return None
        made = KeptList(make(_plain(known)))
        recent[:] = [(known, made), *recent[: most - 1]]
        return made

    return kept


class _Exactly:
    """A number that equals those of its own type only: JSON tells `1` from `true` and `1.0`."""

    __slots__ = ("number",)
    __hash__ = None  # type: ignore[assignment]  # it stands in lists and dicts, as a value

    def __init__(self, number: float) -> None:
        self.number = number

    def __eq__(self, other: object) -> bool:
        return type(other) is type(self.number) and other == self.number


def _comparable(value: Any) -> Any:
    """Return a copy of plain data to compare others with.

    Raises:
        TypeError: It is no plain data.
    """
    kind = type(value)
    if kind is dict and all(type(key) is str for key in value):
        return {key: _comparable(item) for key, item in value.items()}
    if kind is list:
        return [_comparable(item) for item in value]
    if kind in {bool, int, float}:
        return _Exactly(value)
    if kind is not str and value is not None:
        raise TypeError(f"{kind.__name__} is no plain data")
    return value


def _plain(known: Any) -> Any:
    """Return a copy of the data that `_comparable` was given."""
    if type(known) is dict:
        return {key: _plain(item) for key, item in known.items()}
    if type(known) is list:
        return [_plain(item) for item in known]
    return known.number if type(known) is _Exactly else known
