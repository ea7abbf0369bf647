"""What is made of a model's fields and kept until one of them changes: also when in place."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from operator import is_, itemgetter
from typing import TYPE_CHECKING, Any, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable


_T = TypeVar("_T")
_Hook = TypeVar("_Hook", bound="Callable[..., Any]")


def with_signature(hook: _Hook) -> _Hook:
    """Keep the signature of a hook, which LangChain otherwise works out for each call."""
    hook.__signature__ = inspect.signature(hook)  # type: ignore[attr-defined]  # inspect's own
    return hook


class Kept(Generic[_T]):
    """A thing that follows from some fields of a model, made when it is first asked for.

    It notices changes by itself: each time it checks whether the fields still hold the same
    objects, and whether their lists and dicts still have the same content. It is no part of the
    model's value: a copy or a pickle of it is empty.

    Args:
        fields: Names of the fields, two or more.
        make: Makes the thing of a model.
    """

    __slots__ = ("_fields", "_made", "_make", "_read")

    def __init__(self, fields: Iterable[str], make: Callable[[Any], _T]) -> None:
        """Make nothing yet."""
        self._fields = tuple(fields)
        self._read = itemgetter(*self._fields)
        self._make = make
        self._made: tuple[_Seen, _T] | None = None

    def __reduce__(self) -> tuple[Any, ...]:
        """Copy and pickle as one that has made nothing."""
        return type(self), (self._fields, self._make)

    def of(self, model: Any) -> _T:
        """Return the thing for what the fields of `model` are now."""
        made = self._made
        if made is not None and made[0].equals(self._read(model.__dict__)):
            return made[1]
        # Looked at before: what changes while the thing is made is noticed the next time.
        seen = _Seen(self._read(model.__dict__))
        thing = self._make(model)
        self._made = (seen, thing)
        return thing

    def taken(self) -> _T | None:
        """Return the thing that was made, if one was, and keep it no longer."""
        made, self._made = self._made, None
        return None if made is None else made[1]


class _Seen:
    """Values that fields had. Its repr shows none of them: headers and proxies hold secrets."""

    __slots__ = ("_contents", "_numbers", "_values")

    def __init__(self, values: tuple[Any, ...]) -> None:
        self._values = values
        self._numbers = [(n, type(v)) for n, v in enumerate(values) if isinstance(v, (int, float))]
        self._contents = [(v, repr(v)) for v in values if isinstance(v, (dict, list, Mapping))]

    def equals(self, values: tuple[Any, ...]) -> bool:
        if not all(map(is_, values, self._values)):
            if values != self._values:
                return False
            for place, kind in self._numbers:
                if type(values[place]) is not kind:  # 5 equals 5.0, but not as JSON
                    return False
        for value, text in self._contents:  # noqa: SIM110  # a generator takes twice the time
            if repr(value) != text:
                return False
        return True
