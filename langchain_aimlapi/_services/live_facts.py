"""What the running service says of its models, as facts: lists, retirements, documents."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from langchain_aimlapi._answers.coerce import dict_of, dicts_of
from langchain_aimlapi._services.reading import object_of
from langchain_aimlapi.errors import MalformedResponseError
from langchain_aimlapi.profiles import CHAT, LiveFacts

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from langchain_aimlapi._services.rows import CatalogueModel, Retirement

_ENDPOINTS = {"chat-completions": CHAT, "responses": "responses", "messages": "messages"}
"""Names of endpoints, by the last word of a type in the catalogue, `openai/chat-completions`."""


# --- documents ----------------------------------------------------------------------------------
_NOT_PARAMETERS = frozenset({"model", "messages", "input"})
_LIMITS = ("minimum", "maximum", "enum", "default")


def read_document(body: bytes) -> LiveFacts:
    """Read the OpenAPI document of a model: what its requests take, by endpoint.

    Raises:
        MalformedResponseError: It describes no endpoint of chat models.
    """
    parameters: dict[str, frozenset[str]] = {}
    limits: dict[str, dict[str, Any]] = {}
    for path, operations in dict_of(object_of(body, "document").get("paths")).items():
        endpoint = path.removeprefix("/v1").lstrip("/")
        if endpoint in _ENDPOINTS.values():
            fields = _fields_of(operations)
            parameters[endpoint] = parameters.get(endpoint, frozenset()) | fields.keys()
            limits |= {name: found for name, found in fields.items() if found}
    if not parameters:
        raise MalformedResponseError("The document describes no endpoint of chat models.")
    return LiveFacts({}, {}, parameters, limits)


def _fields_of(operations: Any) -> dict[str, dict[str, Any]]:
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
    return found


# --- facts of this process ----------------------------------------------------------------------
def endpoint_of(model: CatalogueModel) -> str | None:
    """Return the endpoint of chat models that serves a model, if one does."""
    return _ENDPOINTS.get((model.type or "").rpartition("/")[2])


def live_facts(
    models: Sequence[CatalogueModel],
    retired: Iterable[Retirement],
    documents: Iterable[tuple[str, LiveFacts]],
) -> dict[str, LiveFacts]:
    """Return facts by id and alias.

    Args:
        models: Chat models, each listed once for each of its endpoints.
        retired: Models that end.
        documents: Ids, and what `read_document` returned.
    """
    by_id: dict[str, LiveFacts] = {}
    for id_, facts in (*((model.id, _facts_of(model)) for model in models), *documents):
        by_id[id_] = _merged(by_id.get(id_, _NOTHING), facts)
    found = {alias: by_id[model.id] for model in models for alias in model.aliases} | by_id
    for row in retired:
        for name in row.names:
            known = found.get(name, _NOTHING)
            found[name] = known._replace(listed={**known.listed, **_facts_of_end(row)})
    return found


_NOTHING = LiveFacts({}, {}, {}, {})


def _merged(one: LiveFacts, other: LiveFacts) -> LiveFacts:
    return LiveFacts(*({**first, **second} for first, second in zip(one, other, strict=True)))


def _facts_of(model: CatalogueModel) -> LiveFacts:
    listed = _given(
        name=model.name,
        developer=model.developer,
        context=model.context,
        published_output=model.output_max,
        released=model.released,
        output_modalities=model.output_modalities,
        prices=model.prices,
    )
    endpoint = str(endpoint_of(model))
    return LiveFacts(listed, undocumented_facts(model), {endpoint: frozenset()}, {})


def _facts_of_end(row: Retirement) -> dict[str, Any]:
    return _given(
        deprecated=row.status != "superseded",
        replaced_by=row.replaced_by,
        shutdown_at=row.shutdown_at.isoformat() if row.shutdown_at else None,
    )


def _given(**facts: Any) -> dict[str, Any]:
    """Return the fields of `ModelFacts` that the service says something of."""
    return {name: value for name, value in facts.items() if value not in (None, "", (), {})}


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
