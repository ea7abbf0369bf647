"""What the service says of its models: the catalogue, retirements, and a document each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .ids import digest_of
from .models import BY_NAME, MODELS, Model
from .rules import Refusal

if TYPE_CHECKING:
    from collections.abc import Mapping

Json = dict[str, Any]

TYPE = "openai/chat-completions"


def _tag(value: Any) -> str:
    return f'"{digest_of(value)[:32]}"'


def listing(query: Mapping[str, str]) -> tuple[Json, str]:
    """Return the catalogue for a query, and its tag; values of one filter are alternatives."""
    wanted = _values(query, "include")
    found = [
        {name: value for name, value in item.items() if name not in _EXTRAS or name in wanted}
        for item in map(_item, MODELS)
        if all(
            set(_values(query, name)) & set(has)
            for name, has in _filters(item).items()
            if _values(query, name)
        )
    ]
    return {"object": "list", "data": found}, _tag(found)


_EXTRAS = ("modalities", "capabilities", "pricing")


def _values(query: Mapping[str, str], name: str) -> list[str]:
    values = [value.strip() for value in query.get(name, "").split(",") if value.strip()]
    return [*_EXTRAS] if values == ["all"] else values


def _filters(item: Json) -> dict[str, list[str]]:
    into, out = item["modalities"].values()
    return {
        "id": [item["id"], *item["aliases"]],
        "type": [item["type"]],
        "tags": item["tags"],
        "capabilities": item["capabilities"],
        "modalities": [*into, *out],
        "input_modalities": into,
        "output_modalities": out,
    }


def _item(model: Model) -> Json:
    units = [
        {"name": "token", "measure": measure, "price": price, "per": 1_000_000}
        for measure, price in zip(("input", "output"), model.prices, strict=True)
    ]
    return {
        "id": model.id,
        "aliases": list(model.names[1:]),
        "type": TYPE,
        "info": {
            "name": model.title,
            "developer": model.developer,
            "releasedAt": "2025-05-22",
            "contextLength": model.context,
            "outputMax": model.output_max,
            "cutoffAt": "2025-03-01",
            "docsJson": f"https://docs.aimlapi.com/{model.id}.json",
        },
        "tags": list(model.tags),
        "modalities": model.modalities,
        "capabilities": model.capabilities,
        "pricing": {"kind": "fixed", "currency": "USD", "units": units},
    }


# --- retirements ---
_FIELDS = ("id", "aliases", "status", "deprecated_at", "shutdown_at", "replaced_by", "reason")
_RETIREMENTS: tuple[Json, ...] = tuple(dict(zip(_FIELDS, row, strict=True)) for row in (
    ("openai/gpt-5.3-chat", ["gpt-5.3-chat"], "withdrawn", "2026-08-10", "2026-08-10",
     "openai/gpt-5.3-codex", "provider_delisted"),
    ("openai/gpt-4o", ["gpt-4o"], "deprecated", "2026-07-30", None, None, None),
    ("aura-2-zeus-en", ["deepgram/aura-2-zeus-en", "#g1_aura-2-zeus-en"], "superseded",
     "2026-06-26", None, "deepgram/aura-2", "consolidated"),
))  # fmt: skip
"""As the page of `GET /v1/models/deprecations` has them; the one of gpt-4o is made up."""


def deprecations(query: Mapping[str, str]) -> tuple[Json, str]:
    """Return the retirements of a status, since a day, and their tag."""
    wanted, since = _values(query, "status"), query.get("since", "")
    rows = [
        row
        for row in _RETIREMENTS
        if row["status"] in (wanted or [row["status"]])
        and max(row["deprecated_at"] or "", row["shutdown_at"] or "") >= since
    ]
    # The tag is weak and is that of the rows alone: the time of the answer is another each time.
    body = {"object": "list", "generated_at": "2026-08-24T13:59:21.643Z", "data": rows}
    return body, f"W/{_tag(rows)}"


# --- documents ---
def document(query: Mapping[str, str]) -> tuple[Json, str]:
    """Return the OpenAPI document of a model, and its tag."""
    model = BY_NAME.get(query.get("model", ""))
    if model is None or query.get("endpoint", TYPE) != TYPE:
        raise Refusal(404, "Cannot GET /docs-json")
    known: Json = {"reasoning_effort": {"type": "string", "enum": ["low", "high", "newest"]}}
    fields = {name: known.get(name, {}) for name in sorted(model.parameters)}
    schema = {"type": "object", "properties": {"model": {}, "messages": {}, **fields}}
    body = {"requestBody": {"content": {"application/json": {"schema": schema}}}}
    made = {"openapi": "3.0.0", "paths": {"/v1/chat/completions": {"post": body}}}
    return made, _tag(made)
