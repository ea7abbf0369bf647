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
from typing import Any

from typing_extensions import Unpack

from langchain_aimlapi._http.redaction import hide_key
from langchain_aimlapi._model.access import (
    Access,
    AccessSettings,
    AnswerFile,
    ETagCache,
    File,
    aask,
    ask,
)
from langchain_aimlapi._model.hints import either, warn_of_unknown
from langchain_aimlapi._services.live_facts import endpoint_of, live_facts, read_document
from langchain_aimlapi._services.picks import By, Pick, needs_metrics, pick
from langchain_aimlapi._services.reading import path_of
from langchain_aimlapi._services.rows import (
    CatalogueModel,
    Rate,
    Retirement,
    read_day,
    read_listing,
    read_retirements,
)
from langchain_aimlapi._warning import warn
from langchain_aimlapi.account import metrics_of
from langchain_aimlapi.errors import (
    APIConnectionError,
    APITimeoutError,
    ConfigurationError,
    NotFoundError,
    ServerError,
)
from langchain_aimlapi.profiles import use_live_facts

__all__ = [
    "Asking",
    "CatalogueModel",
    "Criteria",
    "Pick",
    "Rate",
    "RefreshOptions",
    "Retirement",
    "RetirementQuery",
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


def list_models(**asking: Unpack[Asking]) -> list[CatalogueModel]:
    """Return the models that the service lists now.

    Args:
        **asking: Filters and settings: the keys of `Asking`.

    Raises:
        TypeError: An argument is none of `Asking`.
        AIMLAPIError: The service refuses a filter, or cannot be reached or read.
    """
    return ask(_list_models, asking, Asking)


async def alist_models(**asking: Unpack[Asking]) -> list[CatalogueModel]:
    """Return the models that the service lists; the async form of `list_models`, same errors."""
    return await aask(_list_models, asking, Asking)


async def _list_models(access: Access, **filters: Any) -> list[CatalogueModel]:
    wanted = {"type": CHAT_TYPE, **filters, "include": filters.get("include", "all")}
    path = path_of(f"{access.version}/models", {name: _joined(wanted[name]) for name in wanted})
    models = await access.get(path, read_listing, _cache)
    warn_of_unknown(filters.get("id"), [name for model in models for name in model.names])
    return list(models)


def _joined(value: str | Iterable[str] | None) -> str:
    return value if isinstance(value, str) else ",".join(value or ())


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
    by_name = {alias: model for model in reversed(listed) for alias in model.names}
    by_name |= {model.id: model for model in listed}  # an id wins over an alias of another model
    if name in by_name:
        return by_name[name]
    near = difflib.get_close_matches(name, by_name, n=3)
    hint = f"Did you mean {either(near)}?" if near else None
    raise NotFoundError(f"The catalogue lists no model {name!r}.", hint=hint)


# --- models that match criteria -----------------------------------------------------------------
class Criteria(AccessSettings, total=False):
    """What a model has to match, how the matches are sorted, and where to ask.

    Attributes:
        capabilities: All of these, such as `"tools"`.
        input_modalities: All of these, such as `"image"`.
        context: Tokens that the context window has at least.
        max_price: USD per million tokens at most, of three tokens sent and one received.
        developers: One of these, such as `"OpenAI"`.
        by: `"price"`, the default, the cheapest first; `"latency"`, by the time to the first
            token, or `"speed"`, by tokens per second, both as measured by the service just now.
            A model without the figure comes last.
    """

    capabilities: Iterable[str]
    input_modalities: Iterable[str]
    context: int | None
    max_price: float | None
    developers: Iterable[str]
    by: By


def pick_model(**criteria: Unpack[Criteria]) -> list[Pick]:
    """Return the models that match all criteria, the best first, with the figures that decided.

    Args:
        **criteria: The keys of `Criteria`, and key and place of the service.

    Raises:
        ConfigurationError: `by` is no order.
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
    return ask(_pick_model, criteria, Criteria)


async def apick_model(**criteria: Unpack[Criteria]) -> list[Pick]:
    """Return the models that match; the async form of `pick_model`, with the same errors."""
    return await aask(_pick_model, criteria, Criteria)


async def _pick_model(access: Access, by: By = "price", **criteria: Any) -> list[Pick]:
    measured = await metrics_of(access) if needs_metrics(by) else None
    return pick(await _list_models(access), measured, by, criteria)


# --- models that end ----------------------------------------------------------------------------
class RetirementQuery(AccessSettings, total=False):
    """Which models that end to return, and where to ask.

    Attributes:
        status: One or several of `"deprecated"`, `"superseded"`, `"withdrawn"`; all if left out.
        since: The day, or an ISO date, on or after which a model was deprecated or shut down.
            Models without a date are left out then.
    """

    status: str | Iterable[str] | None
    since: date | str | None


def retirements(**query: Unpack[RetirementQuery]) -> list[Retirement]:
    """Return the models that the service has deprecated, superseded or withdrawn, newest first.

    Args:
        **query: The keys of `RetirementQuery`, and the place of the service; no key is needed.

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
    return ask(_retirements, query, RetirementQuery)


async def aretirements(**query: Unpack[RetirementQuery]) -> list[Retirement]:
    """Return the models that end; the async form of `retirements`, with the same errors."""
    return await aask(_retirements, query, RetirementQuery)


_STATUSES = ("deprecated", "superseded", "withdrawn")


async def _retirements(
    access: Access, status: str | Iterable[str] | None = None, since: date | str | None = None
) -> list[Retirement]:
    """Ask for the list; what the service would ignore in silence is refused."""
    wanted, day = _joined(status), read_day(since)
    if unknown := [each for each in wanted.split(",") if each not in ("", *_STATUSES)]:
        known = ", ".join(map(repr, _STATUSES))
        raise ConfigurationError(f"status is one of {known}, not {unknown[0]!r}.")
    if since and day is None:
        raise ConfigurationError(f"since is a date such as 2026-08-01, not {since!r}.")
    path = path_of(f"{access.version}/models/deprecations", {"status": wanted, "since": day})
    found = await access.get(path, read_retirements, _cached_retirements)
    return list(found)


# --- facts of this process ----------------------------------------------------------------------
class RefreshOptions(AccessSettings, total=False):
    """What to bring into this process, and where to ask.

    Attributes:
        documents: Ids whose parameters are read from their documents, one request each.
        cache: A file that keeps the answers with their tags, so that the next process only asks
            whether they changed. Where the service cannot be reached, the file is used instead,
            with a warning.
    """

    documents: Iterable[str]
    cache: File


def refresh(**settings: Unpack[RefreshOptions]) -> list[CatalogueModel]:
    """Bring what the service says of its chat models now into this process, and return them.

    Models that are made from now on know context windows, endpoints, prices and retirements of
    the live catalogue, those that are newer than the package as well. What is packaged stays the
    floor. Each refresh takes the place of the one before.

    Args:
        **settings: The keys of `RefreshOptions`, and the place of the service; no key is needed.

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
    return ask(_refresh, settings, RefreshOptions)


async def arefresh(**settings: Unpack[RefreshOptions]) -> list[CatalogueModel]:
    """Bring what the service says into this process; the async form of `refresh`, same errors."""
    return await aask(_refresh, settings, RefreshOptions)


_UNREACHABLE = (APIConnectionError, APITimeoutError, ServerError)
_answers = AnswerFile(None)


async def _refresh(
    access: Access, documents: Iterable[str] = (), cache: File = None
) -> list[CatalogueModel]:
    answers = _answers if cache is None else AnswerFile(cache)

    async def ask(path: str) -> bytes:
        try:
            return await access.get(path, bytes, answers)
        except _UNREACHABLE as error:
            known = answers.in_file(access.root + path)
            if known is None:
                raise
            warn(f"The service cannot be reached: facts are those of {answers.path}. {error}")
            return known

    listed = read_listing(await ask(f"{access.version}/models?include=all"))
    models = [model for model in listed if endpoint_of(model)]
    retired = read_retirements(await ask(f"{access.version}/models/deprecations"))
    names = [documents] if isinstance(documents, str) else documents
    wanted = {_find(name, models).id for name in names}
    found = []
    for model in models:
        if model.id in wanted:
            path = path_of("/docs-json", {"model": model.id, "endpoint": model.type})
            found.append((model.id, read_document(await ask(path))))
    facts = live_facts(models, retired, found)
    answers.write()
    use_live_facts(facts)
    return models
