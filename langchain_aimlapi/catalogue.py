"""The live list of models: what there is, what it can do, what it costs per million tokens.

    from langchain_aimlapi.catalogue import find_model, list_models

    for model in list_models(capabilities=["tools"], input_modalities=["image"]):
        print(model.id, model.context, model.price("input"), model.price("output"))
    find_model("gpt-4o").price("output")  # USD per million tokens

The service answers without a key. An answer is cached in memory with its `ETag`; asked again, the
service only says that nothing changed (RFC 9110, 13.1.2).
"""

import difflib
import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, cast
from urllib.parse import urlencode

from typing_extensions import Unpack

from langchain_aimlapi._http.redaction import hide_key
from langchain_aimlapi._model.access import Access, AccessSettings, ETagCache
from langchain_aimlapi._model.hints import either, warn_of_unknown
from langchain_aimlapi._services.catalogue import CatalogueModel, Rate, read_listing
from langchain_aimlapi.account import Metrics, ametrics, metrics
from langchain_aimlapi.errors import ConfigurationError, NotFoundError

__all__ = [
    "Asking",
    "CatalogueModel",
    "Pick",
    "Rate",
    "afind_model",
    "alist_models",
    "apick_model",
    "find_model",
    "list_models",
    "pick_model",
]

CHAT_TYPE = "openai/chat-completions"
"""The type of chat models."""
_cache: ETagCache[tuple[CatalogueModel, ...]] = ETagCache()


class Asking(AccessSettings, total=False):
    """What to ask for, and where.

    Filters take one value or several: a model has to meet every filter, by any of its values.

    Attributes:
        id: Ids or aliases.
        type: Kinds of endpoint; chat models alone unless it is given, None for all.
        tags: The service's tags.
        capabilities: Such as `"tools"`.
        modalities: Of input or output.
        input_modalities: Such as `"image"`.
        output_modalities: Such as `"audio"`.
        include: `"pricing"`, `"modalities"`, `"capabilities"`, or `"all"`, the default. Of
            other words the service takes no notice.
        api_key: Not needed, and not sent unless it is given.
        base_url: Root of the API; `AIMLAPI_API_BASE` of the environment otherwise.
        timeout: Seconds for the whole of one attempt, 30 by default; None for no limit.
        max_retries: Retries of a failed attempt, if one may help; 2 by default.
        http_client: Your own client, an async one for the async functions; it is left open.
    """

    id: str | Sequence[str] | None
    type: str | Sequence[str] | None
    tags: str | Sequence[str] | None
    capabilities: str | Sequence[str] | None
    modalities: str | Sequence[str] | None
    input_modalities: str | Sequence[str] | None
    output_modalities: str | Sequence[str] | None
    include: str | Sequence[str] | None


_FILTERS = [name for name in Asking.__annotations__ if name not in AccessSettings.__annotations__]


class _Question:
    """One question to the catalogue: who is asked, for what, and what is returned of the answer."""

    def __init__(self, asking: Asking) -> None:
        hide_key(asking)
        unknown = asking.keys() - Asking.__annotations__.keys()
        if unknown:
            raise TypeError(f"list_models() has no argument {', '.join(sorted(unknown))}")
        settings = {name: value for name, value in asking.items() if name not in _FILTERS}
        self.access = Access(cast("AccessSettings", settings), needs_key=False)
        wanted: dict[str, Any] = {"type": CHAT_TYPE, "include": "all", **asking}
        query = {
            name: value if isinstance(value, str) else ",".join(value)
            for name in _FILTERS
            if (value := wanted.get(name))
        }
        self.path = f"{self.access.version}/models" + (f"?{urlencode(query)}" if query else "")
        self._ids = asking.get("id")

    def listed(self, models: tuple[CatalogueModel, ...]) -> list[CatalogueModel]:
        """Return the models, and warn of ids that were asked for and are not among them."""
        warn_of_unknown(self._ids, [name for model in models for name in model.names])
        return list(models)


def list_models(**asking: Unpack[Asking]) -> list[CatalogueModel]:
    """Return the models that the service lists now.

    Args:
        **asking: Filters and settings: the keys of `Asking`.

    Raises:
        TypeError: An argument is none of `Asking`.
        AIMLAPIError: The service refuses a filter, or cannot be reached or read.
    """
    question = _Question(asking)
    with question.access.sync() as client:
        return question.listed(client.get(question.path, read_listing, _cache))


async def alist_models(**asking: Unpack[Asking]) -> list[CatalogueModel]:
    """Return the models that the service lists; the async form of `list_models`, same errors."""
    question = _Question(asking)
    async with question.access.asynchronous() as client:
        return question.listed(await client.get(question.path, read_listing, _cache))


def find_model(
    name: str, models: Iterable[CatalogueModel] | None = None, **asking: Unpack[Asking]
) -> CatalogueModel:
    """Return the model that is called `name`, its id or an alias.

    Args:
        name: An id or an alias.
        models: Where to look; the live catalogue if it is left out.
        **asking: Arguments of `list_models`.

    Raises:
        NotFoundError: There is none; the error names what looks like it.
        AIMLAPIError: The catalogue cannot be reached or read.
    """
    hide_key(asking)
    return _find(name, list_models(**asking) if models is None else models)


async def afind_model(
    name: str, models: Iterable[CatalogueModel] | None = None, **asking: Unpack[Asking]
) -> CatalogueModel:
    """Return the model that is called `name`; the async form of `find_model`, same errors."""
    hide_key(asking)
    return _find(name, await alist_models(**asking) if models is None else models)


def _find(name: str, models: Iterable[CatalogueModel]) -> CatalogueModel:
    listed = list(models)
    by_id = {model.id: model for model in listed}
    if name in by_id:  # an id wins over an alias of another model
        return by_id[name]
    by_name = {alias: model for model in reversed(listed) for alias in model.names}
    if name in by_name:
        return by_name[name]
    near = difflib.get_close_matches(name, by_name, n=3)
    hint = f"Did you mean {either(near)}?" if near else None
    raise NotFoundError(f"The catalogue lists no model {name!r}.", hint=hint)


# --- models that match criteria -----------------------------------------------------------------
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


def pick_model(
    *,
    capabilities: Iterable[str] = (),
    input_modalities: Iterable[str] = (),
    context: int | None = None,
    max_price: float | None = None,
    developers: Iterable[str] = (),
    by: By = "price",
    **settings: Unpack[AccessSettings],
) -> list[Pick]:
    """Return the models that match all criteria, the best first, with the figures that decided.

    Args:
        capabilities: All of these, such as `"tools"`.
        input_modalities: All of these, such as `"image"`.
        context: Tokens that the context window has at least.
        max_price: USD per million tokens at most, of three tokens sent and one received.
        developers: One of these, such as `"OpenAI"`.
        by: `"price"`, the cheapest first; `"latency"`, by the time to the first token, or
            `"speed"`, by tokens per second, both as measured by the service just now. A model
            without the figure comes last.
        **settings: Key and place of the service.

    Raises:
        ConfigurationError: `by` is none of these.
        NotFoundError: No model matches all criteria.
        AIMLAPIError: The catalogue cannot be reached or read.

    Example:
        ```python
        from langchain_aimlapi import ChatAIMLAPI
        from langchain_aimlapi.catalogue import pick_model

        best, *others = pick_model(capabilities=["tools"], max_price=2.0, by="latency")
        model = ChatAIMLAPI(model=best.id).with_fallbacks(
            [ChatAIMLAPI(model=other.id) for other in others[:2]]
        )
        ```
    """
    hide_key(settings)
    criteria = _Criteria(capabilities, input_modalities, context, max_price, developers, by=by)
    measured = metrics(**settings) if criteria.needs_metrics else None
    return criteria.pick(list_models(**settings), measured)


async def apick_model(
    *,
    capabilities: Iterable[str] = (),
    input_modalities: Iterable[str] = (),
    context: int | None = None,
    max_price: float | None = None,
    developers: Iterable[str] = (),
    by: By = "price",
    **settings: Unpack[AccessSettings],
) -> list[Pick]:
    """Return the models that match; the async form of `pick_model`, with the same errors."""
    hide_key(settings)
    criteria = _Criteria(capabilities, input_modalities, context, max_price, developers, by=by)
    measured = await ametrics(**settings) if criteria.needs_metrics else None
    return criteria.pick(await alist_models(**settings), measured)


_INPUT_SHARE = 0.75
"""Of the tokens of a typical call: three are sent for each one that is received."""
_MAX_NAMED = 30
"""Words of a list that a hint names."""


class _Criteria:
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
