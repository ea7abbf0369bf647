"""The rows of the account and of the catalogue: what they hold, and where an answer has it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping  # noqa: TC003  # of public fields, which tools resolve
from dataclasses import dataclass, field
from datetime import date, datetime, timezone
from typing import Annotated, Any, TypeVar

from pydantic import (
    AliasPath,
    BeforeValidator,
    Field,
    TypeAdapter,
    ValidationError,
    ValidatorFunctionWrapHandler,
    WrapValidator,
)

from langchain_aimlapi._answers.coerce import dict_of, dicts_of, number_of, string_of
from langchain_aimlapi._services.reading import items_of, object_of
from langchain_aimlapi.errors import MalformedResponseError

_T = TypeVar("_T")


# --- fields of rows -----------------------------------------------------------------------------
# A field that is missing or of another type than documented is None, never an error: one odd row
# must not hide the others.
def _none_if_odd(value: Any, validate: ValidatorFunctionWrapHandler) -> Any:
    try:
        return validate(value)
    except ValidationError:
        return None


def _moment(value: Any) -> datetime:
    """Return a moment of ISO 8601, in UTC; without an offset it is one of UTC."""
    # Python 3.10 does not read the "Z" of UTC.
    read = datetime.fromisoformat(str(value).replace("Z", "+00:00"))
    return (read if read.tzinfo else read.replace(tzinfo=timezone.utc)).astimezone(timezone.utc)


def _day(value: Any) -> date:
    return date.fromisoformat(str(value)[:10])


def _texts(value: Any) -> tuple[str, ...]:
    return tuple(x for x in value if isinstance(x, str)) if isinstance(value, list) else ()


LENIENT = WrapValidator(_none_if_odd)
Text = Annotated[str | None, Field(min_length=1), LENIENT]
Texts = Annotated[tuple[str, ...], BeforeValidator(_texts)]
Number = Annotated[float | None, Field(strict=True, allow_inf_nan=False), LENIENT]
Count = Annotated[int | None, Field(strict=True), LENIENT]
Size = Annotated[int | None, Field(strict=True, gt=0), LENIENT]
Moment = Annotated[datetime | None, BeforeValidator(_moment), LENIENT]
Day = Annotated[date | None, BeforeValidator(_day), LENIENT]
read_moment = TypeAdapter(Moment).validate_python
"""Returns what a `Moment` is read as, given as a datetime or as text."""
read_day = TypeAdapter(Day).validate_python
"""The same of a `Day`."""


def at(*path: str) -> Any:
    """Say where in a row a field stands, if not under its own name."""
    return Field(validation_alias=AliasPath(*path))


# --- balance ------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class Balance:
    """What is left on the account.

    Attributes:
        usd: US dollars.
        currency: `"USD"`.
    """

    usd: Annotated[float, Field(strict=True, allow_inf_nan=False), at("current_balance")]
    currency: Annotated[str, BeforeValidator(lambda sent: string_of(sent) or "USD")] = "USD"


_BALANCE = TypeAdapter(Balance)


def read_balance(body: bytes) -> Balance:
    """Return the balance; raise `MalformedResponseError` if there is none."""
    return _row(_BALANCE, object_of(body, "balance"), "balance")


# --- log ----------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class LogEntry:
    """One request that was made with the key. What the service does not say is None.

    Attributes:
        created: When the request was made, in UTC.
        status: `"succeeded"` or `"failed"`; a failed request is not charged.
        origin: `"api"` or `"playground"`.
        model: Model id.
        usd: What it cost, in US dollars.
        credits: What it cost, in credits of the service.
        input_tokens: Tokens sent.
        output_tokens: Tokens received.
        request_id: Id of the HTTP call.
        inference_id: As in `response_metadata["inference_id"]`.
        client_request_id: The id that you sent with the request, if you did.
    """

    created: Moment = None
    status: Text = None
    origin: Text = None
    model: Text = None
    usd: Annotated[Number, at("cost", "usd")] = None
    credits: Annotated[Count, at("cost", "credits")] = None
    input_tokens: Annotated[Count, at("tokens", "input")] = None
    output_tokens: Annotated[Count, at("tokens", "output")] = None
    request_id: Text = None
    inference_id: Text = None
    client_request_id: Text = None


_LOG = TypeAdapter(list[LogEntry])


def read_log(body: bytes) -> tuple[list[LogEntry], bool]:
    """Return the rows of a page of the log, and whether there are more."""
    payload = object_of(body, "log")
    more = dict_of(payload.get("pagination")).get("has_more")
    return _LOG.validate_python(dicts_of(items_of(payload, "log"))), bool(more)


# --- metrics ------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class Percentiles:
    """Of recent successful requests. Of speeds, the median `p50` is the typical one."""

    p50: Number = None
    p75: Number = None
    p90: Number = None
    p99: Number = None


@dataclass(frozen=True, slots=True)
class ModelMetrics:
    """How fast one model has been just now.

    Attributes:
        model: An id or an alias of the catalogue.
        endpoint: The path that was measured.
        ttft_ms: Milliseconds to the first token of a stream.
        tokens_per_second: Output tokens per second; a higher percentile is a faster request.
        duration_ms: Milliseconds of a whole request.
    """

    model: Annotated[Text, at("alias")] = None
    endpoint: Text = None
    ttft_ms: Annotated[Percentiles | None, LENIENT, at("metrics", "ttft_ms")] = None
    tokens_per_second: Annotated[Percentiles | None, LENIENT, at("metrics", "tps")] = None
    duration_ms: Annotated[Percentiles | None, LENIENT, at("metrics", "duration_ms")] = None


@dataclass(frozen=True, slots=True)
class Metrics:
    """How fast the models have been just now; one without traffic is absent.

    Attributes:
        window_seconds: Seconds that the percentiles were computed over.
        generated: When, in UTC.
        models: One entry per model and endpoint.
    """

    window_seconds: Count = None
    generated: Annotated[Moment, at("generated_at")] = None
    models: Annotated[tuple[ModelMetrics, ...], BeforeValidator(dicts_of)] = ()


_METRICS = TypeAdapter(Metrics)


def read_metrics(body: bytes) -> Metrics:
    """Return how fast the models have been."""
    return _METRICS.validate_python(object_of(body, "answer"))


# --- catalogue ----------------------------------------------------------------------------------
PER_MILLION = 1_000_000


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


def _read_rates(pricing: Any) -> tuple[Rate, ...]:
    return tuple(_rates(dict_of(pricing), {}))


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
    price, per = number_of(sent.get("price")), number_of(sent.get("per"))
    if unit and price is not None and price >= 0 and per and per > 0:
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
    aliases: Texts = ()
    type: Text = None
    name: Annotated[Text, at("info", "name")] = None
    developer: Annotated[Text, at("info", "developer")] = None
    released: Annotated[Text, at("info", "releasedAt")] = None
    cutoff: Annotated[Text, at("info", "cutoffAt")] = None
    context: Annotated[Size, at("info", "contextLength")] = None
    output_max: Annotated[Size, at("info", "outputMax")] = None
    tags: Texts = ()
    capabilities: Texts = ()
    input_modalities: Annotated[Texts, at("modalities", "input")] = ()
    output_modalities: Annotated[Texts, at("modalities", "output")] = ()
    pricing: Annotated[Text, at("pricing", "kind")] = None
    currency: Annotated[Text, at("pricing", "currency")] = None
    rates: Annotated[tuple[Rate, ...], BeforeValidator(_read_rates), at("pricing")] = ()
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


@dataclass(frozen=True, slots=True)
class Retirement:
    """One model that ends, as the service lists it.

    Attributes:
        id: Model id.
        status: `"deprecated"` still works; `"superseded"` does too, but `replaced_by` answers;
            `"withdrawn"` is answered with 404.
        aliases: Other names of the model.
        deprecated_at: The day on which it was deprecated.
        shutdown_at: The day on which it is no longer served; None where no day is set.
        replaced_by: The id to use instead.
        reason: `"provider_delisted"`, `"consolidated"` or `"unknown"`; None of a deprecated one.
        raw: The row as sent, with all that has no attribute here.
    """

    id: str
    status: str
    aliases: Texts = ()
    deprecated_at: Day = None
    shutdown_at: Day = None
    replaced_by: Text = None
    reason: Text = None
    raw: Mapping[str, Any] = field(default_factory=dict, repr=False, compare=False)

    @property
    def names(self) -> tuple[str, ...]:
        """The id and the aliases."""
        return (self.id, *self.aliases)


_MODEL = TypeAdapter(CatalogueModel)
_RETIREMENT = TypeAdapter(Retirement)


def read_listing(body: bytes) -> tuple[CatalogueModel, ...]:
    """Read the catalogue; raise `MalformedResponseError` if it is no list of models with ids."""
    return _rows(_MODEL, body, "catalogue")


def read_retirements(body: bytes) -> tuple[Retirement, ...]:
    """Read the list of retirements; raise `MalformedResponseError` if it is none."""
    return _rows(_RETIREMENT, body, "list of retirements")


def _rows(kind: TypeAdapter[_T], body: bytes, what: str) -> tuple[_T, ...]:
    items = items_of(object_of(body, what), what)
    return tuple(_row(kind, item, what) for item in items)


def _row(kind: TypeAdapter[_T], row: Any, what: str) -> _T:
    try:
        return kind.validate_python({**dict_of(row), "raw": row})
    except ValidationError as error:
        missing = error.errors(include_url=False, include_input=False)[0]["loc"][0]
        raise MalformedResponseError(f"The {what} has a row without {missing!r}.") from None
