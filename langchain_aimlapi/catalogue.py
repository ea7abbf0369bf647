"""The live list of models: what there is, what it can do, what it costs per million tokens.

    from langchain_aimlapi.catalogue import find_model, list_models, refresh, retirements

    for model in list_models(capabilities=["tools"], input_modalities=["image"]):
        print(model.id, model.context, model.price("input"), model.price("output"))
    find_model("gpt-4o").price("output")  # USD per million tokens
    refresh()  # this process knows what the service says now
    retirements(status="withdrawn")

The service answers without a key. An answer is cached in memory with its `ETag`; asked again, the
service only says that nothing changed (RFC 9110, 13.1.2).
"""

import difflib
from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any, cast
from urllib.parse import urlencode

from typing_extensions import Unpack

from langchain_aimlapi._http.redaction import hide_key
from langchain_aimlapi._model.access import Access, AccessSettings, AnswerFile, ETagCache, File
from langchain_aimlapi._model.hints import either, warn_of_unknown
from langchain_aimlapi._services.catalogue import CatalogueModel, Rate, read_listing
from langchain_aimlapi._services.live_facts import (
    Retirement,
    read_live,
    read_retirements,
    retirements_query,
)
from langchain_aimlapi._services.picks import By, Criteria, Pick
from langchain_aimlapi._warning import warn
from langchain_aimlapi.account import ametrics, metrics
from langchain_aimlapi.errors import (
    AIMLAPIError,
    APIConnectionError,
    APITimeoutError,
    NotFoundError,
    ServerError,
)
from langchain_aimlapi.profiles import use_live_facts

__all__ = [
    "Asking",
    "CatalogueModel",
    "Pick",
    "Rate",
    "Retirement",
    "afind_model",
    "alist_models",
    "apick_model",
    "arefresh",
    "aretirements",
    "find_model",
    "list_models",
    "pick_model",
    "refresh",
    "retirements",
]

CHAT_TYPE = "openai/chat-completions"
"""The type of chat models."""
_cache: ETagCache[tuple[CatalogueModel, ...]] = ETagCache()
_cached_retirements: ETagCache[tuple[Retirement, ...]] = ETagCache()


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
    criteria = Criteria(capabilities, input_modalities, context, max_price, developers, by=by)
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
    criteria = Criteria(capabilities, input_modalities, context, max_price, developers, by=by)
    measured = await ametrics(**settings) if criteria.needs_metrics else None
    return criteria.pick(await alist_models(**settings), measured)


# --- models that end ----------------------------------------------------------------------------
def retirements(
    *,
    status: str | Iterable[str] | None = None,
    since: date | str | None = None,
    **settings: Unpack[AccessSettings],
) -> list[Retirement]:
    """Return the models that the service has deprecated, superseded or withdrawn, newest first.

    Args:
        status: One or several of `"deprecated"`, `"superseded"`, `"withdrawn"`; all if left out.
        since: The day, or an ISO date, on or after which a model was deprecated or shut down.
            Models without a date are left out then.
        **settings: Place of the service; no key is needed.

    Raises:
        ConfigurationError: `status` or `since` is none that the service knows.
        AIMLAPIError: The list cannot be reached or read.

    Example:
        ```python
        from langchain_aimlapi.catalogue import retirements

        for ended in retirements(since="2026-08-01"):
            print(ended.id, ended.status, ended.shutdown_at, ended.replaced_by)
        ```
    """
    hide_key(settings)
    access, path = _retirements(status, since, settings)
    with access.sync() as client:
        rows = client.get(path, read_retirements, _cached_retirements)
    return list(rows)


async def aretirements(
    *,
    status: str | Iterable[str] | None = None,
    since: date | str | None = None,
    **settings: Unpack[AccessSettings],
) -> list[Retirement]:
    """Return the models that end; the async form of `retirements`, with the same errors."""
    hide_key(settings)
    access, path = _retirements(status, since, settings)
    async with access.asynchronous() as client:
        rows = await client.get(path, read_retirements, _cached_retirements)
    return list(rows)


def _retirements(
    status: str | Iterable[str] | None, since: date | str | None, settings: AccessSettings
) -> tuple[Access, str]:
    query = retirements_query(status, since)
    access = Access(settings, needs_key=False)
    return access, f"{access.version}/models/deprecations" + (f"?{query}" if query else "")


# --- facts of this process ----------------------------------------------------------------------
def refresh(
    *,
    documents: Iterable[str] = (),
    cache: File = None,
    **settings: Unpack[AccessSettings],
) -> list[CatalogueModel]:
    """Bring what the service says of its chat models now into this process, and return them.

    Models that are made from now on know context windows, endpoints, prices and retirements of
    the live catalogue, those that are newer than the package as well. What is packaged stays the
    floor. Each refresh takes the place of the one before.

    Args:
        documents: Ids whose parameters are read from their documents, one request each.
        cache: A file that keeps the answers with their tags, so that the next process only asks
            whether they changed. Where the service cannot be reached, the file is used instead,
            with a warning.
        **settings: Place of the service; no key is needed.

    Raises:
        NotFoundError: One of `documents` is not listed.
        ConfigurationError: `cache` is a file of something else.
        AIMLAPIError: The service cannot be reached or read. Nothing has changed then.

    Example:
        ```python
        from langchain_aimlapi import ChatAIMLAPI
        from langchain_aimlapi.catalogue import refresh

        refresh(cache="aimlapi-facts.json")
        print(ChatAIMLAPI("openai/gpt-4o").profile)
        ```
    """
    hide_key(settings)
    refreshing = _Refreshing(documents, cache, settings)
    with refreshing.access.sync() as client:
        while (path := refreshing.path) is not None:
            try:
                answer = client.get(path, bytes, refreshing.answers)
            except _UNREACHABLE as error:
                answer = refreshing.in_file(client.root + path, error)
            refreshing.take(answer)
    return refreshing.models


async def arefresh(
    *,
    documents: Iterable[str] = (),
    cache: File = None,
    **settings: Unpack[AccessSettings],
) -> list[CatalogueModel]:
    """Bring what the service says into this process; the async form of `refresh`, same errors."""
    hide_key(settings)
    refreshing = _Refreshing(documents, cache, settings)
    async with refreshing.access.asynchronous() as client:
        while (path := refreshing.path) is not None:
            try:
                answer = await client.get(path, bytes, refreshing.answers)
            except _UNREACHABLE as error:
                answer = refreshing.in_file(client.root + path, error)
            refreshing.take(answer)
    return refreshing.models


_UNREACHABLE = (APIConnectionError, APITimeoutError, ServerError)
_answers = AnswerFile(None)


class _Refreshing:
    """One refresh, without IO but for the file: which path is asked next, and what comes of it.

    Attributes:
        access: Who is asked.
        answers: The answers of earlier refreshes, with their tags.
        path: What to ask for next; None at the end.
        models: The chat models that are listed, at the end.
    """

    def __init__(self, documents: Iterable[str], cache: File, settings: AccessSettings) -> None:
        self.access = Access(settings, needs_key=False)
        self.answers = _answers if cache is None else AnswerFile(cache)
        self.models: list[CatalogueModel] = []
        wanted = (documents,) if isinstance(documents, str) else tuple(documents)
        self._steps = read_live(
            self.access.version, lambda models: [_find(name, models) for name in wanted]
        )
        self.path: str | None = next(self._steps)

    def in_file(self, url: str, error: AIMLAPIError) -> bytes:
        """Return what the file has in place of an answer, or raise the error."""
        known = self.answers.in_file(url)
        if known is None:
            raise error
        warn(f"The service cannot be reached: facts are those of {self.answers.path}. {error}")
        return known

    def take(self, answer: bytes) -> None:
        """Go on with the answer; at the end its facts count in this process."""
        try:
            self.path = self._steps.send(answer)
        except StopIteration as done:
            by_name, models = done.value
            self.answers.write()
            use_live_facts(by_name)
            self.path, self.models = None, list(models)
