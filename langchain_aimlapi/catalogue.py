"""The live list of models: what there is, what it can do, what it costs per million tokens.

    from langchain_aimlapi.catalogue import find_model, list_models

    for model in list_models(capabilities=["tools"], input_modalities=["image"]):
        print(model.id, model.context, model.price("input"), model.price("output"))
    find_model("gpt-4o").price("output")  # USD per million tokens

The service answers without a key. An answer is kept in memory with its `ETag`; asked again, the
service only says that nothing changed (RFC 9110, 13.1.2).
"""

import difflib
import os
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, TypedDict, cast
from urllib.parse import urlencode

from pydantic import SecretStr
from pydantic_core import from_json
from typing_extensions import Unpack

from langchain_aimlapi._http.checks import DEFAULT_BASE_URL, validate_api_key, validate_base_url
from langchain_aimlapi._http.redaction import Secret, hide_key
from langchain_aimlapi._http.user_objects import AsyncClient, Client, timeouts_of
from langchain_aimlapi._model.etags import ETagCache
from langchain_aimlapi._model.hints import either, warn_of_unknown
from langchain_aimlapi._services.catalogue.listing import CatalogueModel, Rate, read_model
from langchain_aimlapi._services.catalogue.picking import (
    By,
    Pick,
    checked_order,
    picked,
    wishes,
)
from langchain_aimlapi.account import Metrics, ametrics, metrics
from langchain_aimlapi.errors import MalformedResponseError, NotFoundError

if TYPE_CHECKING:
    from langchain_aimlapi._http.request_defaults import ClientSettings
    from langchain_aimlapi._http.requests import Reply

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
_QUERY = (
    "id",
    "type",
    "tags",
    "capabilities",
    "modalities",
    "input_modalities",
    "output_modalities",
    "include",
)


# --- asking -------------------------------------------------------------------------------------
_cache: ETagCache[tuple[CatalogueModel, ...]] = ETagCache()


class _Ask:
    """One question to the catalogue, and how its answer is read: the same sync and async."""

    def __init__(self, asking: "Asking") -> None:
        hide_key(asking)
        unknown = asking.keys() - Asking.__annotations__.keys()
        if unknown:
            raise TypeError(f"list_models() has no argument {', '.join(sorted(unknown))}")
        key = cast("Any", asking.get("api_key"))
        self.key = validate_api_key(key) if isinstance(key, Secret) else None
        base = asking.get("base_url") or os.environ.get("AIMLAPI_API_BASE") or DEFAULT_BASE_URL
        self._base = validate_base_url(base)
        self._timeout = asking.get("timeout", 30.0)
        self._max_retries = asking.get("max_retries", 2)
        wanted: dict[str, Any] = {"type": CHAT_TYPE, "include": "all", **asking}
        query = {
            name: value if isinstance(value, str) else ",".join(value)
            for name, value in ((name, wanted.get(name)) for name in _QUERY)
            if value
        }
        self._ids = asking.get("id")
        self.path = f"/models?{urlencode(query)}" if query else "/models"
        self._question = _cache.ask((self._base + self.path, self.key))

    @property
    def settings(self) -> "ClientSettings":
        from langchain_aimlapi._http.request_defaults import ClientSettings  # noqa: PLC0415  # imports httpx

        timeout, total = timeouts_of(self._timeout, None, chosen=True)
        return ClientSettings(
            base_url=self._base,
            timeout=timeout,
            total_timeout=total,
            max_retries=self._max_retries,
        )

    @property
    def call(self) -> dict[str, Any]:
        return {
            "api_key": self.key,
            "client_request_id": None,
            "if_none_match": self._question.if_none_match,
        }

    def read(self, reply: "Reply") -> list[CatalogueModel]:
        models = self._question.read(reply, _read_listing)
        warn_of_unknown(self._ids, [name for model in models for name in model.names])
        return list(models)


def _read_listing(body: bytes) -> tuple[CatalogueModel, ...]:
    try:
        payload = from_json(body)
    except ValueError as error:
        raise MalformedResponseError(f"The catalogue cannot be read: {error}.") from None
    items = payload.get("data") if isinstance(payload, dict) else payload
    if not isinstance(items, list):
        raise MalformedResponseError("The catalogue holds no list of models.")
    return tuple(map(read_model, items))


class Asking(TypedDict, total=False):
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
        max_retries: Repeats of a failed attempt, if one may help; 2 by default.
    """

    id: str | Sequence[str] | None
    type: str | Sequence[str] | None
    tags: str | Sequence[str] | None
    capabilities: str | Sequence[str] | None
    modalities: str | Sequence[str] | None
    input_modalities: str | Sequence[str] | None
    output_modalities: str | Sequence[str] | None
    include: str | Sequence[str] | None
    api_key: str | SecretStr | None
    base_url: str | None
    timeout: float | None
    max_retries: int


class Where(TypedDict, total=False):
    """Key and place of the service, as in `Asking`."""

    api_key: str | SecretStr | None
    base_url: str | None
    timeout: float | None
    max_retries: int


def list_models(
    *, http_client: Client | None = None, **asking: Unpack[Asking]
) -> list[CatalogueModel]:
    """Return the models that the service lists now.

    Args:
        http_client: Your own client; it is left open.
        **asking: Filters and settings: the keys of `Asking`.

    Raises:
        TypeError: An argument is none of `Asking`.
        AIMLAPIError: The service refuses a filter, or cannot be reached or read.
    """
    from langchain_aimlapi._http.client import SyncClient  # noqa: PLC0415  # slow to import

    ask = _Ask(asking)
    client = SyncClient(ask.settings, http_client)
    try:
        return client.fetch("GET", ask.path, b"", ask.read, **ask.call)
    finally:
        client.close()


async def alist_models(
    *, http_client: AsyncClient | None = None, **asking: Unpack[Asking]
) -> list[CatalogueModel]:
    """Return the models that the service lists now; the async form of `list_models`.

    Raises:
        TypeError: An argument is none of `Asking`.
        AIMLAPIError: The service refuses a filter, or cannot be reached or read.
    """
    from langchain_aimlapi._http.async_client import AsyncClient  # noqa: PLC0415  # slow to import

    ask = _Ask(asking)
    client = AsyncClient(ask.settings, http_client)
    try:
        return await client.fetch("GET", ask.path, b"", ask.read, **ask.call)
    finally:
        await client.aclose()


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
    """Return the model that is called `name`; see `find_model`.

    Raises:
        NotFoundError: There is none; the error names what looks like it.
        AIMLAPIError: The catalogue cannot be reached or read.
    """
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


def pick_model(
    *,
    capabilities: Iterable[str] = (),
    input_modalities: Iterable[str] = (),
    context: int | None = None,
    max_price: float | None = None,
    developers: Iterable[str] = (),
    by: By = "price",
    **asking: Unpack[Where],
) -> list[Pick]:
    """Return the models that meet all wishes, the best first, with the figures that decided.

    Args:
        capabilities: All of these, such as `"tools"`.
        input_modalities: All of these, such as `"image"`.
        context: Tokens that the context window has at least.
        max_price: USD per million tokens at most, of three tokens sent and one received.
        developers: One of these, such as `"OpenAI"`.
        by: `"price"`, the cheapest first; `"latency"`, by the time to the first token, or
            `"speed"`, by tokens per second, both as measured by the service just now. A model
            without the figure comes last.
        **asking: Key and place of the service.

    Raises:
        ConfigurationError: `by` is none of these.
        NotFoundError: No model meets all wishes.
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
    checked_order(by)
    hide_key(asking)
    wanted = wishes(capabilities, input_modalities, context, max_price, developers)
    measured = {} if by == "price" else _measured(metrics(**asking))
    return picked(list_models(**asking), wanted, by, measured)


async def apick_model(
    *,
    capabilities: Iterable[str] = (),
    input_modalities: Iterable[str] = (),
    context: int | None = None,
    max_price: float | None = None,
    developers: Iterable[str] = (),
    by: By = "price",
    **asking: Unpack[Where],
) -> list[Pick]:
    """Return the models that meet all wishes; the async form of `pick_model`.

    Raises:
        ConfigurationError: `by` is none of its orders.
        NotFoundError: No model meets all wishes.
        AIMLAPIError: The catalogue cannot be reached or read.
    """
    checked_order(by)
    hide_key(asking)
    wanted = wishes(capabilities, input_modalities, context, max_price, developers)
    measured = {} if by == "price" else _measured(await ametrics(**asking))
    return picked(await alist_models(**asking), wanted, by, measured)


def _measured(found: Metrics) -> dict[str, tuple[float | None, float | None]]:
    """Return the typical figures by name: the medians."""
    return {
        row.model: (
            row.ttft_ms.p50 if row.ttft_ms else None,
            row.tokens_per_second.p50 if row.tokens_per_second else None,
        )
        for row in found.models
        if row.model and row.endpoint != "/v1/embeddings"
    }
