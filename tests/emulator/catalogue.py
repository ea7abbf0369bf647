"""`GET /models`: the catalogue, its filters, and what `include` adds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .models import MODELS, Model

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

Json = dict[str, Any]

TYPE = "openai/chat-completions"
INCLUDES = ("pricing", "modalities", "capabilities")

_FILTERS: dict[str, Callable[[Model], list[str]]] = {
    "id": lambda model: list(model.names),
    "type": lambda _: [TYPE],
    "tags": lambda model: list(model.tags),
    "capabilities": lambda model: model.capabilities,
    "modalities": lambda model: [x for kinds in model.modalities.values() for x in kinds],
    "input_modalities": lambda model: model.modalities["input"],
    "output_modalities": lambda model: model.modalities["output"],
}


def _values(query: Mapping[str, str], name: str) -> list[str]:
    return [value.strip() for value in query.get(name, "").split(",") if value.strip()]


def listing(query: Mapping[str, str]) -> Json:
    """Return the catalogue for a query."""
    wanted = _values(query, "include")
    includes = INCLUDES if "all" in wanted else tuple(wanted)
    found = [_item(model, includes) for model in MODELS if _passes(model, query)]
    return {"object": "list", "data": found}


def _passes(model: Model, query: Mapping[str, str]) -> bool:
    for name, values_of in _FILTERS.items():
        wanted, has = _values(query, name), set(values_of(model))
        if wanted and has.isdisjoint(wanted):  # several values of one filter are alternatives
            return False
    return True


def _item(model: Model, includes: tuple[str, ...]) -> Json:
    item: Json = {
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
    }
    extras: dict[str, Callable[[], Any]] = {
        "modalities": lambda: model.modalities,
        "capabilities": lambda: model.capabilities,
        "pricing": lambda: _pricing(model),
    }
    return item | {name: extras[name]() for name in extras if name in includes}


def _pricing(model: Model) -> Json:
    units = [
        {"name": "token", "measure": measure, "price": price, "per": 1_000_000}
        for measure, price in zip(("input", "output"), model.prices, strict=True)
    ]
    return {"kind": "fixed", "currency": "USD", "units": units}
