"""Which models of the catalogue match criteria, and the best of them first."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from langchain_aimlapi.errors import ConfigurationError, NotFoundError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

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
_MAX_NAMED = 30
"""Words of a list that a hint names at most."""
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
    wanted = {name: _folded(criteria.get(name) or ()) for name in _LISTS}
    picks = [_pick(model, measured) for model in models if _match(model, wanted)]
    least, most = criteria.get("context") or 0, _or_inf(criteria.get("max_price"))
    found = [each for each in picks if (each.context or 0) >= least and _or_inf(each.price) <= most]
    if not found:
        hint = " ".join((*_unlisted(wanted, models), "Ask for less."))
        raise NotFoundError("No model of the catalogue matches all criteria.", hint=hint)
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


def _folded(words: str | Iterable[str]) -> dict[str, str]:
    """Return words by what is compared of them; a single text stands for a list of one."""
    listed = [words] if isinstance(words, str) else words
    return {word.replace(" ", "").lower(): word for word in listed}


def _words_of(model: CatalogueModel, name: str) -> dict[str, str]:
    return _folded(model.developer or () if name == "developers" else getattr(model, name))


def _match(model: CatalogueModel, wanted: Mapping[str, Mapping[str, str]]) -> bool:
    has = {name: _words_of(model, name).keys() for name in _LISTS}
    makers = wanted["developers"].keys()
    return (
        wanted["capabilities"].keys() <= has["capabilities"]
        and wanted["input_modalities"].keys() <= has["input_modalities"]
        and (not makers or not makers.isdisjoint(has["developers"]))
    )


def _unlisted(
    wanted: Mapping[str, Mapping[str, str]], models: Sequence[CatalogueModel]
) -> Iterator[str]:
    """Say which words of the criteria no model has, and which words there are."""
    for name in _LISTS:
        known = {key: word for model in models for key, word in _words_of(model, name).items()}
        unlisted = [repr(word) for key, word in wanted[name].items() if key not in known]
        if unlisted and known:
            there_are = ", ".join(sorted(known.values(), key=str.lower)[:_MAX_NAMED])
            yield f"No model has {', '.join(unlisted)} among its {name}; there are {there_are}."
