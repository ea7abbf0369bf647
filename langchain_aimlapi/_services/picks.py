"""Which models of the catalogue match criteria, and the best of them first."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from langchain_aimlapi.errors import ConfigurationError, NotFoundError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from langchain_aimlapi._services.rows import CatalogueModel, Metrics, ModelMetrics

By = Literal["price", "latency", "speed"]


@dataclass(frozen=True, slots=True)
class Pick:
    """A model that matches the criteria, and the figures that decided.

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


_INPUT_SHARE = 0.75
"""Of the tokens of a typical call: three are sent for each one that is received."""
_LISTS = ("capabilities", "input_modalities", "developers")
"""Criteria that are words, of which `developers` is a choice."""


def _or_inf(value: float | None) -> float:
    return math.inf if value is None else value


_ORDERS: Mapping[By, Callable[[Pick], float]] = {
    "price": lambda pick: _or_inf(pick.price),
    "latency": lambda pick: _or_inf(pick.ttft_ms),
    "speed": lambda pick: -(pick.tokens_per_second or 0.0),
}


def needs_metrics(by: By) -> bool:
    """Return whether models are sorted by what the service measures.

    Raises:
        ConfigurationError: `by` is no order.
    """
    if by not in _ORDERS:
        raise ConfigurationError(f"by is one of {', '.join(map(repr, _ORDERS))}, not {by!r}.")
    return by != "price"


def pick(
    models: Sequence[CatalogueModel], metrics: Metrics | None, by: By, criteria: Mapping[str, Any]
) -> list[Pick]:
    """Return the models that match, in order, with what was measured of them; see `pick_model`.

    Raises:
        NotFoundError: No model matches.
    """
    rows = () if metrics is None else metrics.models
    measured = {row.model: row for row in rows if row.endpoint != "/v1/embeddings"}
    words = {model.id: _words_of(model) for model in models}
    wanted = {name: _folded(criteria.get(name)) for name in _LISTS}
    picks = [_pick(model, measured) for model in models if _match(words[model.id], wanted)]
    least, most = criteria.get("context") or 0, _or_inf(criteria.get("max_price"))
    found = [each for each in picks if (each.context or 0) >= least and _or_inf(each.price) <= most]
    if not found:
        listed = frozenset().union(*(each for has in words.values() for each in has.values()))
        unlisted = sorted(frozenset().union(*wanted.values()) - listed)
        raise NotFoundError(
            "No model of the catalogue matches all criteria.",
            hint=f"None has {', '.join(map(repr, unlisted))}." if unlisted else "Ask for less.",
        )
    return sorted(found, key=lambda each: (_ORDERS[by](each), each.id))


def _pick(model: CatalogueModel, measured: Mapping[str | None, ModelMetrics]) -> Pick:
    row = next((measured[name] for name in model.names if name in measured), None)
    first, speed = (row.ttft_ms, row.tokens_per_second) if row else (None, None)
    sent, received = model.price("input"), model.price("output")
    price = None
    if sent is not None and received is not None:
        price = _INPUT_SHARE * sent + (1 - _INPUT_SHARE) * received
    medians = (first.p50 if first else None, speed.p50 if speed else None)
    return Pick(model.id, price, sent, received, model.context, model.developer, *medians)


def _folded(words: str | Iterable[str] | None) -> frozenset[str]:
    """Return words as they are compared; a single text stands for a list of one."""
    listed = [words] if isinstance(words, str) else words or ()
    return frozenset(word.replace(" ", "").lower() for word in listed)


def _words_of(model: CatalogueModel) -> dict[str, frozenset[str]]:
    return {
        "capabilities": _folded(model.capabilities),
        "input_modalities": _folded(model.input_modalities),
        "developers": _folded(model.developer),
    }


def _match(has: Mapping[str, frozenset[str]], wanted: Mapping[str, frozenset[str]]) -> bool:
    makers = wanted["developers"]
    return (
        wanted["capabilities"] <= has["capabilities"]
        and wanted["input_modalities"] <= has["input_modalities"]
        and (not makers or not makers.isdisjoint(has["developers"]))
    )
