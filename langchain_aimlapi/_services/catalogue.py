"""The catalogue: models and prices as it lists them."""

from __future__ import annotations

from collections.abc import Mapping  # noqa: TC003  # of public fields, which tools resolve
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from pydantic_core import from_json

from langchain_aimlapi._answers.coerce import dict_of, dicts_of, number_of, string_of
from langchain_aimlapi.errors import MalformedResponseError

if TYPE_CHECKING:
    from collections.abc import Iterator

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
    return tuple(map(_read_model, items_of(body, "catalogue")))


def items_of(body: bytes, what: str) -> list[Any]:
    """Return the items of a list, bare or in `data`; raise `MalformedResponseError` without one."""
    try:
        payload = from_json(body)
    except ValueError as error:
        raise MalformedResponseError(f"The {what} cannot be read: {error}.") from None
    items = payload.get("data") if isinstance(payload, dict) else payload
    if not isinstance(items, list):
        raise MalformedResponseError(f"The {what} holds no list.")
    return items


def _read_model(item: Any) -> CatalogueModel:
    """Read an item of the catalogue; what is missing or of another type is left out."""
    if not isinstance(item, dict) or not isinstance(item.get("id"), str):
        raise MalformedResponseError(f"The catalogue lists a model without an id: {item!r:.200}")
    info = dict_of(item.get("info"))
    modalities = dict_of(item.get("modalities"))
    pricing = dict_of(item.get("pricing"))
    return CatalogueModel(
        id=item["id"],
        aliases=texts_of(item.get("aliases")),
        type=string_of(item.get("type")),
        name=string_of(info.get("name")),
        developer=string_of(info.get("developer")),
        released=string_of(info.get("releasedAt")),
        cutoff=string_of(info.get("cutoffAt")),
        context=_count(info.get("contextLength")),
        output_max=_count(info.get("outputMax")),
        tags=texts_of(item.get("tags")),
        capabilities=texts_of(item.get("capabilities")),
        input_modalities=texts_of(modalities.get("input")),
        output_modalities=texts_of(modalities.get("output")),
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
        yield Rate(unit, price, per, _measure(sent), dict(when))


_MEASURES = {"provided": "input", "generated": "output"}
"""Of a unit's `origin`, which the live catalogue has in place of `measure`; beside it `content`
says of what: github.com/anomalyco/models.dev/pull/6189, by the staff of the service."""


def _measure(sent: dict[str, Any]) -> str | None:
    origin, content = string_of(sent.get("origin")), string_of(sent.get("content"))
    if sent.get("measure") or origin is None:
        return string_of(sent.get("measure"))
    measure = _MEASURES.get(origin, origin)
    return measure if content in {None, "text"} else f"{content}_{measure}"


def _price(value: Any) -> float | None:
    number = number_of(value)
    return number if number is not None and number >= 0 else None


def texts_of(value: Any) -> tuple[str, ...]:
    """Return the texts of a list; nothing of what is none."""
    return tuple(x for x in value if isinstance(x, str)) if isinstance(value, list) else ()


def _count(value: Any) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and value > 0 else None
