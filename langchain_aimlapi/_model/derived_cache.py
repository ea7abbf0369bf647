"""What follows from the fields of a model, made once until one of them changes."""

from __future__ import annotations

from operator import itemgetter
from typing import TYPE_CHECKING, Any, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

_T = TypeVar("_T")


class DerivedCache(Generic[_T]):
    """Caches one value that follows from some fields of a model.

    Each time it compares the fields with those that the value was made of, so a field may be set,
    and its list or dict may be edited in place. The cache is no part of the model: a copy or a
    pickle of it is empty.

    Args:
        fields: Names of the fields, two or more.
        make: Makes the value of a model.
    """

    __slots__ = ("_fields", "_made", "_make", "_read")

    def __init__(self, fields: Iterable[str], make: Callable[[Any], _T]) -> None:
        self._fields = tuple(fields)
        self._read = itemgetter(*self._fields)
        self._make = make
        self._made: tuple[tuple[Any, ...], _T] | None = None

    def __reduce__(self) -> tuple[Any, ...]:
        """Copy and pickle as an empty cache."""
        return type(self), (self._fields, self._make)

    def get(self, model: Any) -> _T:
        """Return the value for what the fields of `model` are now."""
        values = self._read(model.__dict__)
        if self._made is not None and self._made[0] == values:
            return self._made[1]
        # Read before the value is made: a change meanwhile is noticed the next time.
        seen = tuple(map(_copied, values))
        made = self._make(model)
        self._made = (seen, made)
        return made

    def pop(self) -> _T | None:
        """Return the cached value, if there is one, and forget it."""
        made, self._made = self._made, None
        return None if made is None else made[1]


def _copied(value: Any) -> Any:
    """Return a copy of lists and dicts all the way down; what they hold is compared, not copied."""
    if isinstance(value, dict):
        return {key: _copied(inner) for key, inner in value.items()}
    return [_copied(inner) for inner in value] if isinstance(value, list) else value
