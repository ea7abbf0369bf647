"""Which of the listed models do, and in which order: by price, latency or speed."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from langchain_aimlapi.errors import ConfigurationError, NotFoundError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from langchain_aimlapi._services.catalogue.listing import CatalogueModel

By = Literal["price", "latency", "speed"]

_INPUT, _OUTPUT = 3, 1
"""Tokens of a typical call: three are sent for each one that is received."""

_SHOWN = 30
"""Words of a list that a hint names."""


@dataclass(frozen=True, slots=True)
class Pick:
    """A model that meets the wishes, and the figures that decided.

    Attributes:
        id: Model id.
        price: USD per million tokens, of three tokens sent and one received.
        input_price: USD per million tokens sent.
        output_price: USD per million tokens received.
        context: Context window, in tokens.
        developer: Who made it.
        ttft_ms: Milliseconds to the first token, the median of recent requests; None where it
            was not asked for, or where there was no traffic.
        tokens_per_second: Output tokens per second, the median of recent requests; None likewise.
    """

    id: str
    price: float | None = None
    input_price: float | None = None
    output_price: float | None = None
    context: int | None = None
    developer: str | None = None
    ttft_ms: float | None = None
    tokens_per_second: float | None = None


@dataclass(frozen=True, slots=True)
class Wishes:
    """What a model has to meet.

    Attributes:
        capabilities: All of these.
        input_modalities: All of these.
        context: Tokens that the context window has at least.
        max_price: USD per million tokens at most, as in `Pick.price`.
        developers: One of these, whatever the case.
    """

    capabilities: frozenset[str] = frozenset()
    input_modalities: frozenset[str] = frozenset()
    context: int | None = None
    max_price: float | None = None
    developers: frozenset[str] = frozenset()

    def are_met_by(self, model: CatalogueModel, price: float | None) -> bool:
        """Return whether `model` does."""
        developer = _bare(model.developer or "")
        return (
            self.capabilities <= set(model.capabilities)
            and self.input_modalities <= set(model.input_modalities)
            and (self.context is None or (model.context or 0) >= self.context)
            and (self.max_price is None or (price is not None and price <= self.max_price))
            and (not self.developers or developer in self.developers)
        )


def _bare(developer: str) -> str:
    return developer.replace(" ", "").lower()


def wishes(
    capabilities: Iterable[str],
    input_modalities: Iterable[str],
    context: int | None,
    max_price: float | None,
    developers: Iterable[str],
) -> Wishes:
    """Return the wishes; a single text stands for a list of one."""

    def several(value: Iterable[str]) -> Iterable[str]:
        return [value] if isinstance(value, str) else value

    return Wishes(
        capabilities=frozenset(several(capabilities)),
        input_modalities=frozenset(several(input_modalities)),
        context=context,
        max_price=max_price,
        developers=frozenset(map(_bare, several(developers))),
    )


def picked(
    models: Sequence[CatalogueModel],
    wanted: Wishes,
    by: By,
    measured: Mapping[str, tuple[float | None, float | None]],
) -> list[Pick]:
    """Return the models that do, the best first.

    Args:
        models: The catalogue.
        wanted: What a model has to meet.
        by: What makes one better. A model without that figure comes last.
        measured: By name: milliseconds to the first token, and tokens per second.

    Raises:
        NotFoundError: No model does.
    """
    found: list[Pick] = []
    for model in models:
        sent, received = model.price("input"), model.price("output")
        price = None
        if sent is not None and received is not None:
            price = (_INPUT * sent + _OUTPUT * received) / (_INPUT + _OUTPUT)
        if wanted.are_met_by(model, price):
            first, speed = next((measured[n] for n in model.names if n in measured), (None, None))
            found.append(
                Pick(model.id, price, sent, received, model.context, model.developer, first, speed)
            )
    if not found:
        hint = " ".join((*_never_listed(models, wanted), "Ask for less."))
        raise NotFoundError("No model of the catalogue meets all wishes.", hint=hint)
    return sorted(found, key=ORDERS[by])


def _never_listed(models: Sequence[CatalogueModel], wanted: Wishes) -> Iterator[str]:
    """Say which wished words no model has, and which words there are."""
    for field in ("capabilities", "input_modalities"):
        known = {word for model in models for word in getattr(model, field)}
        strange = getattr(wanted, field) - known
        if strange and known:
            words = ", ".join(map(repr, sorted(strange)))
            yield f"No model has {words}; {field} are {_list(known)}."
    developers = {_bare(model.developer): model.developer for model in models if model.developer}
    strange = wanted.developers - developers.keys()
    if strange and developers:
        words = ", ".join(map(repr, sorted(strange)))
        yield f"No model is of {words}; developers are {_list(developers.values())}."


def _list(words: Iterable[str]) -> str:
    known = sorted(words, key=str.lower)
    return ", ".join(known[:_SHOWN]) + (", ..." if len(known) > _SHOWN else "")


def _or_last(value: float | None) -> float:
    return math.inf if value is None else value


ORDERS: Mapping[By, Callable[[Pick], tuple[float, str]]] = {
    "price": lambda pick: (_or_last(pick.price), pick.id),
    "latency": lambda pick: (_or_last(pick.ttft_ms), pick.id),
    "speed": lambda pick: (-(pick.tokens_per_second or 0.0), pick.id),
}


def checked_order(by: str, orders: Sequence[str] = tuple(ORDERS)) -> None:
    """Do nothing if `by` is an order.

    Raises:
        ConfigurationError: It is none.
    """
    if by not in orders:
        raise ConfigurationError(f"by is one of {', '.join(map(repr, orders))}, not {by!r}.")
