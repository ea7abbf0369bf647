"""Which models of the catalogue match criteria, and the best of them first."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from langchain_aimlapi.errors import ConfigurationError, NotFoundError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from langchain_aimlapi._services.account import Metrics
    from langchain_aimlapi._services.catalogue import CatalogueModel

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
"""Words of a list that a hint names."""


class Criteria:
    """What a model has to match, and how the matches are sorted; see `pick_model`."""

    def __init__(
        self,
        capabilities: Iterable[str],
        input_modalities: Iterable[str],
        context: int | None,
        max_price: float | None,
        developers: Iterable[str],
        *,
        by: By,
    ) -> None:
        if by not in _ORDERS:
            raise ConfigurationError(f"by is one of {', '.join(map(repr, _ORDERS))}, not {by!r}.")
        self.needs_metrics = by != "price"
        self._order = _ORDERS[by]
        self._capabilities = _words(capabilities)
        self._input_modalities = _words(input_modalities)
        self._developers = set(map(_folded, _words(developers)))
        self._context = context or 0
        self._max_price = math.inf if max_price is None else max_price

    def pick(self, models: Sequence[CatalogueModel], metrics: Metrics | None) -> list[Pick]:
        """Return the models that match, in order, with what was measured of them.

        Raises:
            NotFoundError: No model does.
        """
        measured = {} if metrics is None else _medians(metrics)
        found: list[Pick] = []
        for model in models:
            sent, received = model.price("input"), model.price("output")
            price = None
            if sent is not None and received is not None:
                price = _INPUT_SHARE * sent + (1 - _INPUT_SHARE) * received
            if self._match(model, price):
                medians = next((measured[n] for n in model.names if n in measured), (None, None))
                facts = (price, sent, received, model.context, model.developer)
                found.append(Pick(model.id, *facts, *medians))
        if not found:
            hint = " ".join((*self._unlisted(models), "Ask for less."))
            raise NotFoundError("No model of the catalogue matches all criteria.", hint=hint)
        return sorted(found, key=lambda pick: (self._order(pick), pick.id))

    def _match(self, model: CatalogueModel, price: float | None) -> bool:
        return (
            self._capabilities <= set(model.capabilities)
            and self._input_modalities <= set(model.input_modalities)
            and (model.context or 0) >= self._context
            and _or_inf(price) <= self._max_price
            and (not self._developers or _folded(model.developer or "") in self._developers)
        )

    def _unlisted(self, models: Sequence[CatalogueModel]) -> Iterator[str]:
        """Say which words of the criteria no model has, and which words there are."""
        makers = {_folded(model.developer): model.developer for model in models if model.developer}
        abilities = {word: word for model in models for word in model.capabilities}
        inputs = {word: word for model in models for word in model.input_modalities}
        for name, wanted, known in (
            ("capabilities", self._capabilities, abilities),
            ("input_modalities", self._input_modalities, inputs),
            ("developers", self._developers, makers),
        ):
            unlisted = ", ".join(map(repr, sorted(wanted - known.keys())))
            if unlisted and known:
                there_are = _named(known.values())
                yield f"No model has {unlisted} among its {name}; there are {there_are}."


def _words(value: Iterable[str]) -> set[str]:
    """Return words; a single text stands for a list of one."""
    return {value} if isinstance(value, str) else set(value)


def _folded(developer: str) -> str:
    return developer.replace(" ", "").lower()


def _named(words: Iterable[str]) -> str:
    known = sorted(words, key=str.lower)
    return ", ".join(known[:_MAX_NAMED]) + (", ..." if len(known) > _MAX_NAMED else "")


def _medians(metrics: Metrics) -> dict[str, tuple[float | None, float | None]]:
    """Return by name the medians of the time to the first token, and of tokens per second."""
    return {
        row.model: (
            row.ttft_ms.p50 if row.ttft_ms else None,
            row.tokens_per_second.p50 if row.tokens_per_second else None,
        )
        for row in metrics.models
        if row.model and row.endpoint != "/v1/embeddings"
    }


def _or_inf(value: float | None) -> float:
    return math.inf if value is None else value


_ORDERS: Mapping[By, Callable[[Pick], float]] = {
    "price": lambda pick: _or_inf(pick.price),
    "latency": lambda pick: _or_inf(pick.ttft_ms),
    "speed": lambda pick: -(pick.tokens_per_second or 0.0),
}
