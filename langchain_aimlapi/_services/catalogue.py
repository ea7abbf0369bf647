"""The catalogue: models and prices as it lists them, and which of them match criteria."""

from __future__ import annotations

import math
from collections.abc import Mapping  # noqa: TC003  # of public fields, which tools resolve
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from pydantic_core import from_json

from langchain_aimlapi._answers.coerce import dict_of, dicts_of, number_of, string_of
from langchain_aimlapi.errors import ConfigurationError, MalformedResponseError, NotFoundError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from langchain_aimlapi._services.account import Metrics

PER_MILLION = 1_000_000


# --- models and prices --------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class Rate:
    """A price, as listed.

    Attributes:
        unit: What is counted: `"token"`, `"second"`, `"image"` ...
        price: USD for `per` units.
        per: So many units cost `price`; it differs between models and units.
        measure: Which of them: `"input"`, `"output"` ...; None where there is only one kind.
        when: Parameters of the request that the rate is for; empty if it is for all.
    """

    unit: str
    price: float
    per: float
    measure: str | None = None
    when: Mapping[str, Any] = field(default_factory=dict, hash=False)

    @property
    def per_million(self) -> float | None:
        """USD per million tokens; None for what is counted otherwise."""
        return self.price * (PER_MILLION / self.per) if self.unit == "token" else None


@dataclass(frozen=True, slots=True)
class CatalogueModel:
    """One model, as the catalogue lists it.

    Attributes:
        id: The id to call it by.
        aliases: Other names that may be called.
        type: What kind of endpoint serves it; `"openai/chat-completions"` for chat models.
        name: Display name.
        developer: Who made it.
        released: Date, as the service writes it.
        cutoff: Date up to which it knows the world, as the service writes it.
        context: Context window, in tokens.
        output_max: Longest answer, in tokens.
        tags: The service's tags.
        capabilities: Such as `"tools"`, `"vision"`, `"reasoning"`; empty unless asked for.
        input_modalities: Such as `"text"`, `"image"`; empty unless asked for.
        output_modalities: The same for answers.
        pricing: `"fixed"`; `"variants"` if the price depends on parameters of the request;
            `"variable"` if it is not known before; None unless asked for.
        currency: Of the prices, where it is named; the service charges USD.
        rates: All prices that are listed, also those of other units than tokens.
        raw: The item as sent, with all that has no attribute here.
    """

    id: str
    aliases: tuple[str, ...] = ()
    type: str | None = None
    name: str | None = None
    developer: str | None = None
    released: str | None = None
    cutoff: str | None = None
    context: int | None = None
    output_max: int | None = None
    tags: tuple[str, ...] = ()
    capabilities: tuple[str, ...] = ()
    input_modalities: tuple[str, ...] = ()
    output_modalities: tuple[str, ...] = ()
    pricing: str | None = None
    currency: str | None = None
    rates: tuple[Rate, ...] = ()
    raw: Mapping[str, Any] = field(default_factory=dict, repr=False, compare=False)

    @property
    def names(self) -> tuple[str, ...]:
        """The id and the aliases."""
        return (self.id, *self.aliases)

    @property
    def prices(self) -> dict[str, float]:
        """USD per million tokens, by measure, of the rates that depend on nothing."""
        measures = dict.fromkeys(rate.measure for rate in self.rates if rate.measure)
        found = ((measure, self.price(measure)) for measure in measures)
        return {measure: price for measure, price in found if price is not None}

    def price(self, measure: str, **parameters: Any) -> float | None:
        """Return the USD per million tokens of `"input"`, `"output"` ..., or None.

        Args:
            measure: Which tokens.
            **parameters: Those of the request, for a model whose price depends on them: of the
                rates whose `when` they meet, the one with most conditions counts.
        """
        rates = [
            rate
            for rate in self.rates
            if rate.measure == measure
            and rate.unit == "token"
            and all(parameters.get(name) == value for name, value in rate.when.items())
        ]
        return max(rates, key=lambda rate: len(rate.when)).per_million if rates else None


def read_listing(body: bytes) -> tuple[CatalogueModel, ...]:
    """Read the catalogue; raise `MalformedResponseError` if it is no list of models with ids."""
    try:
        payload = from_json(body)
    except ValueError as error:
        raise MalformedResponseError(f"The catalogue cannot be read: {error}.") from None
    items = payload.get("data") if isinstance(payload, dict) else payload
    if not isinstance(items, list):
        raise MalformedResponseError("The catalogue holds no list of models.")
    return tuple(map(_read_model, items))


def _read_model(item: Any) -> CatalogueModel:
    """Read an item of the catalogue; what is missing or of another type is left out."""
    if not isinstance(item, dict) or not isinstance(item.get("id"), str):
        raise MalformedResponseError(f"The catalogue lists a model without an id: {item!r:.200}")
    info = dict_of(item.get("info"))
    modalities = dict_of(item.get("modalities"))
    pricing = dict_of(item.get("pricing"))
    return CatalogueModel(
        id=item["id"],
        aliases=_texts(item.get("aliases")),
        type=string_of(item.get("type")),
        name=string_of(info.get("name")),
        developer=string_of(info.get("developer")),
        released=string_of(info.get("releasedAt")),
        cutoff=string_of(info.get("cutoffAt")),
        context=_count(info.get("contextLength")),
        output_max=_count(info.get("outputMax")),
        tags=_texts(item.get("tags")),
        capabilities=_texts(item.get("capabilities")),
        input_modalities=_texts(modalities.get("input")),
        output_modalities=_texts(modalities.get("output")),
        pricing=string_of(pricing.get("kind")),
        currency=string_of(pricing.get("currency")),
        rates=tuple(_rates(pricing, {})),
        raw=item,
    )


def _rates(pricing: dict[str, Any], when: Mapping[str, Any]) -> Iterator[Rate]:
    """Yield the rates of `units` and `variants`; a variant is a rate, or holds units itself."""
    for unit in dicts_of(pricing.get("units")):
        yield from _rate(unit, when)
    for variant in dicts_of(pricing.get("variants")):
        conditions = {**when, **dict_of(variant.get("when"))}
        yield from _rate(variant, conditions)
        yield from _rates({"units": variant.get("units")}, conditions)


def _rate(sent: dict[str, Any], when: Mapping[str, Any]) -> Iterator[Rate]:
    """Yield the rate, if it is one: a price means nothing without its `per`."""
    unit = string_of(sent.get("unit")) or string_of(sent.get("name"))
    price, per = _price(sent.get("price")), _price(sent.get("per"))
    if unit and price is not None and per:
        yield Rate(unit, price, per, string_of(sent.get("measure")), dict(when))


def _price(value: Any) -> float | None:
    number = number_of(value)
    return number if number is not None and number >= 0 else None


def _texts(value: Any) -> tuple[str, ...]:
    return tuple(x for x in value if isinstance(x, str)) if isinstance(value, list) else ()


def _count(value: Any) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and value > 0 else None


# --- models that match criteria -------------------------------------------------------------------
By = Literal["price", "latency", "speed"]

_INPUT, _OUTPUT = 3, 1
"""Tokens of a typical call: three are sent for each one that is received."""
_MAX_NAMED = 30
"""Words of a list that a hint names."""


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


class Criteria:
    """What a model has to match; see `pick_model`."""

    def __init__(
        self,
        capabilities: Iterable[str],
        input_modalities: Iterable[str],
        context: int | None,
        max_price: float | None,
        developers: Iterable[str],
    ) -> None:
        self.capabilities = _words(capabilities)
        self.input_modalities = _words(input_modalities)
        self.context = context or 0
        self.max_price = math.inf if max_price is None else max_price
        self.developers = set(map(_folded, _words(developers)))

    def match(self, model: CatalogueModel, price: float | None) -> bool:
        """Return whether `model` does, at `price` (as in `Pick.price`); a model may have none."""
        return (
            self.capabilities <= set(model.capabilities)
            and self.input_modalities <= set(model.input_modalities)
            and (model.context or 0) >= self.context
            and (self.max_price == math.inf if price is None else price <= self.max_price)
            and (not self.developers or _folded(model.developer or "") in self.developers)
        )

    def pick(self, models: Sequence[CatalogueModel], metrics: Metrics | None = None) -> list[Pick]:
        """Return the models that match, with what was measured of them.

        Raises:
            NotFoundError: No model does.
        """
        measured = {} if metrics is None else _measured(metrics)
        found: list[Pick] = []
        for model in models:
            sent, received = model.price("input"), model.price("output")
            price = None
            if sent is not None and received is not None:
                price = (_INPUT * sent + _OUTPUT * received) / (_INPUT + _OUTPUT)
            if self.match(model, price):
                of_model = next((measured[n] for n in model.names if n in measured), (None, None))
                facts = (price, sent, received, model.context, model.developer)
                found.append(Pick(model.id, *facts, *of_model))
        if not found:
            hint = " ".join((*self._unlisted(models), "Ask for less."))
            raise NotFoundError("No model of the catalogue matches all criteria.", hint=hint)
        return found

    def _unlisted(self, models: Sequence[CatalogueModel]) -> Iterator[str]:
        """Say which words of the criteria no model has, and which words there are."""
        for name in ("capabilities", "input_modalities"):
            known = {word for model in models for word in getattr(model, name)}
            unlisted = getattr(self, name) - known
            if unlisted and known:
                words = ", ".join(map(repr, sorted(unlisted)))
                yield f"No model has {words}; {name} are {_named(known)}."
        developers = {
            _folded(model.developer): model.developer for model in models if model.developer
        }
        unlisted = self.developers - developers.keys()
        if unlisted and developers:
            words = ", ".join(map(repr, sorted(unlisted)))
            yield f"No model is of {words}; developers are {_named(developers.values())}."


def _words(value: Iterable[str]) -> set[str]:
    """Return words; a single text stands for a list of one."""
    return {value} if isinstance(value, str) else set(value)


def _folded(developer: str) -> str:
    return developer.replace(" ", "").lower()


def _named(words: Iterable[str]) -> str:
    known = sorted(words, key=str.lower)
    return ", ".join(known[:_MAX_NAMED]) + (", ..." if len(known) > _MAX_NAMED else "")


def _measured(metrics: Metrics) -> dict[str, tuple[float | None, float | None]]:
    """Return by name the medians of the time to the first token, and of tokens per second."""
    return {
        row.model: (
            row.ttft_ms.p50 if row.ttft_ms else None,
            row.tokens_per_second.p50 if row.tokens_per_second else None,
        )
        for row in metrics.models
        if row.model and row.endpoint != "/v1/embeddings"
    }


def _or_last(value: float | None) -> float:
    return math.inf if value is None else value


_ORDERS: Mapping[By, Callable[[Pick], tuple[float, str]]] = {
    "price": lambda pick: (_or_last(pick.price), pick.id),
    "latency": lambda pick: (_or_last(pick.ttft_ms), pick.id),
    "speed": lambda pick: (-(pick.tokens_per_second or 0.0), pick.id),
}


def order_of(by: By) -> Callable[[Pick], tuple[float, str]]:
    """Return a key to sort by, with models without the figure last.

    Raises:
        ConfigurationError: There is no such order.
    """
    if by not in _ORDERS:
        raise ConfigurationError(f"by is one of {', '.join(map(repr, _ORDERS))}, not {by!r}.")
    return _ORDERS[by]
