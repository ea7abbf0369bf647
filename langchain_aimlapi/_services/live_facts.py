"""What the running service says of its models: retirements, documents, and both as facts."""

from __future__ import annotations

import json
from collections.abc import Mapping  # noqa: TC003  # of public fields, which tools resolve
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from langchain_aimlapi._answers.coerce import dict_of, dicts_of, string_of
from langchain_aimlapi._services.catalogue import CatalogueModel, items_of, read_listing, texts_of
from langchain_aimlapi.errors import ConfigurationError, MalformedResponseError
from langchain_aimlapi.profiles import CHAT, LiveFacts

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable, Sequence

_ENDPOINTS = {"chat-completions": CHAT, "responses": "responses", "messages": "messages"}
"""Names of endpoints, by the last word of a type in the catalogue, `openai/chat-completions`."""


# --- retirements --------------------------------------------------------------------------------
STATUSES = ("deprecated", "superseded", "withdrawn")


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
    aliases: tuple[str, ...] = ()
    deprecated_at: date | None = None
    shutdown_at: date | None = None
    replaced_by: str | None = None
    reason: str | None = None
    raw: Mapping[str, Any] = field(default_factory=dict, repr=False, compare=False)

    @property
    def names(self) -> tuple[str, ...]:
        """The id and the aliases."""
        return (self.id, *self.aliases)


def read_retirements(body: bytes) -> tuple[Retirement, ...]:
    """Read the list of retirements; raise `MalformedResponseError` if it is none."""
    return tuple(map(_read_retirement, items_of(body, "list of retirements")))


def _read_retirement(row: Any) -> Retirement:
    sent = dict_of(row)
    id_, status = string_of(sent.get("id")), string_of(sent.get("status"))
    if not id_ or not status:
        raise MalformedResponseError(f"The list of retirements has a strange row: {row!r:.200}")
    return Retirement(
        id=id_,
        status=status,
        aliases=texts_of(sent.get("aliases")),
        deprecated_at=_day(sent.get("deprecated_at")),
        shutdown_at=_day(sent.get("shutdown_at")),
        replaced_by=string_of(sent.get("replaced_by")),
        reason=string_of(sent.get("reason")),
        raw=sent,
    )


def _day(value: Any) -> date | None:
    with suppress(TypeError, ValueError):
        return date.fromisoformat(value[:10])
    return None


def retirements_query(status: str | Iterable[str] | None, since: date | str | None) -> str:
    """Return the query of the list; what the service would ignore in silence is refused.

    Raises:
        ConfigurationError: A status is none, or `since` is no date.
    """
    wanted = (status,) if isinstance(status, str) else tuple(status or ())
    if unknown := [each for each in wanted if each not in STATUSES]:
        known = ", ".join(map(repr, STATUSES))
        raise ConfigurationError(f"status is one of {known}, not {unknown[0]!r}.")
    day = _day(str(since)) if since else None
    if since and day is None:
        raise ConfigurationError(f"since is a date such as 2026-08-01, not {since!r}.")
    query = {"status": ",".join(wanted), "since": day}
    return urlencode({name: value for name, value in query.items() if value})


# --- documents ----------------------------------------------------------------------------------
_NOT_PARAMETERS = frozenset({"model", "messages", "input"})
_LIMITS = ("minimum", "maximum", "enum", "default")


def read_document(body: bytes) -> LiveFacts:
    """Read the OpenAPI document of a model: what its requests take, by endpoint.

    Raises:
        MalformedResponseError: It describes no endpoint of chat models.
    """
    try:
        paths = dict_of(dict_of(json.loads(body)).get("paths"))
    except ValueError as error:
        raise MalformedResponseError(f"The document cannot be read: {error}.") from None
    parameters: dict[str, frozenset[str]] = {}
    limits: dict[str, dict[str, Any]] = {}
    for path, operations in paths.items():
        endpoint = path.removeprefix("/v1").lstrip("/")
        if endpoint in _ENDPOINTS.values():
            fields = dict(_fields_of(operations))
            parameters[endpoint] = parameters.get(endpoint, frozenset()) | fields.keys()
            limits |= {name: found for name, found in fields.items() if found}
    if not parameters:
        raise MalformedResponseError("The document describes no endpoint of chat models.")
    return LiveFacts({}, {}, parameters, limits)


def _fields_of(operations: Any) -> Iterable[tuple[str, dict[str, Any]]]:
    """Return the fields of a body with their limits.

    The body of a router is a choice of bodies, one for each model that may answer: what one of
    them takes is taken.
    """
    body = dict_of(dict_of(dict_of(operations).get("post")).get("requestBody"))
    schema = dict_of(dict_of(dict_of(body.get("content")).get("application/json")).get("schema"))
    found: dict[str, dict[str, Any]] = {}
    for variant in (schema, *dicts_of(schema.get("anyOf")), *dicts_of(schema.get("oneOf"))):
        for name, field_schema in dict_of(variant.get("properties")).items():
            if name not in _NOT_PARAMETERS:
                limits = {key: x for key, x in dict_of(field_schema).items() if key in _LIMITS}
                known = found.setdefault(name, {})
                choices = [*known.get("enum", ()), *(limits.get("enum") or ())]
                known |= {**limits, **({"enum": list(dict.fromkeys(choices))} if choices else {})}
    return found.items()


# --- facts of this process ----------------------------------------------------------------------
def read_live(
    version: str, named: Callable[[Sequence[CatalogueModel]], Sequence[CatalogueModel]]
) -> Generator[str, bytes, tuple[dict[str, LiveFacts], tuple[CatalogueModel, ...]]]:
    """Yield the path of each request, take its answer, and return facts by name, and the models.

    Args:
        version: Path of the API's version, such as `"/v1"`.
        named: Picks of the listed models those whose documents are read.
    """
    listed = read_listing((yield f"{version}/models?include=all"))
    models = tuple(model for model in listed if _endpoint_of(model))
    retired = read_retirements((yield f"{version}/models/deprecations"))
    by_id: dict[str, LiveFacts] = {}
    wanted = {model.id for model in named(models)}
    for model in models:  # listed once for each of its endpoints
        live = _merged(by_id.get(model.id, _NOTHING), _facts_of(model))
        if model.id in wanted:
            query = urlencode({"model": model.id, "endpoint": model.type})
            live = _merged(live, read_document((yield f"/docs-json?{query}")))
        by_id[model.id] = live
    found = {alias: by_id[model.id] for model in models for alias in model.aliases} | by_id
    for row in retired:
        for name in row.names:
            known = found.get(name, _NOTHING)
            found[name] = known._replace(listed={**known.listed, **_facts_of_end(row)})
    return found, models


_NOTHING = LiveFacts({}, {}, {}, {})


def _endpoint_of(model: CatalogueModel) -> str | None:
    return _ENDPOINTS.get((model.type or "").rpartition("/")[2])


def _merged(one: LiveFacts, other: LiveFacts) -> LiveFacts:
    return LiveFacts(*({**first, **second} for first, second in zip(one, other, strict=True)))


def _facts_of(model: CatalogueModel) -> LiveFacts:
    endpoint = str(_endpoint_of(model))
    return LiveFacts(listed_facts(model), undocumented_facts(model), {endpoint: frozenset()}, {})


def _facts_of_end(row: Retirement) -> dict[str, Any]:
    end = {
        "deprecated": row.status != "superseded",
        "replaced_by": row.replaced_by,
        "shutdown_at": row.shutdown_at.isoformat() if row.shutdown_at else None,
    }
    return _given(end)


def _given(facts: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in facts.items() if value not in (None, "", (), {})}


def listed_facts(model: CatalogueModel) -> dict[str, Any]:
    """Return what the catalogue says of a model, as fields of `ModelFacts`."""
    facts = {
        "name": model.name,
        "developer": model.developer,
        "context": model.context,
        "published_output": model.output_max,
        "released": model.released,
        "output_modalities": model.output_modalities,
        "prices": model.prices,
    }
    return _given(facts)


_PARTS_OF_MODALITIES = {
    "text": ("string", "text"),
    "image": ("image_url",),
    "file": ("file",),
    "audio": ("input_audio",),
    "video": ("video_url",),
}
_PARAMETERS_OF_CAPABILITIES = {
    "tools": ("tools", "tool_choice"),
    "structured-output": ("response_format",),
    "structured-outputs": ("response_format",),
    "reasoning": ("reasoning_effort",),
}


def undocumented_facts(model: CatalogueModel) -> dict[str, Any]:
    """Return what a profile needs of a model that has no document, as fields of `ModelFacts`."""
    parts = (_PARTS_OF_MODALITIES.get(kind, ()) for kind in model.input_modalities)
    words = (word.replace("_", "-") for word in model.capabilities)
    parameters = (_PARAMETERS_OF_CAPABILITIES.get(word, ()) for word in words)
    return {
        "parameters": frozenset().union(*parameters),
        "parts_by_role": {"user": frozenset().union(*parts)},
    }
